"""Look the locked packages up among known weaknesses: one that is known fails, a service out of reach is told.

Run by ``make audit``.
"""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOCKS = ("requirements.lock", "requirements-bench.lock")
PATIENCE_S = 120

Weakness = tuple[str, str, str, str]


def known_weaknesses(lock: Path) -> list[Weakness] | None:
    """Package, version, name of the weakness and the versions that mend it; None where nobody could be asked."""
    command = [sys.executable, "-m", "pip_audit", "--requirement", str(lock)]
    command += [
        "--no-deps",
        "--disable-pip",
        "--format",
        "json",
        "--progress-spinner",
        "off",
        "--timeout",
        "10",
    ]
    try:
        run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE_S)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return weaknesses_told(run.stdout)


def weaknesses_told(text: str) -> list[Weakness] | None:
    """Read the service's answer; None where there is none."""
    try:
        packages = json.loads(text)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return None
    packages = [package for package in packages if "skip_reason" not in package]
    if not packages:  # a mirror that knows no weaknesses skips every package, and calls that good
        return None
    return [
        (
            package["name"],
            package.get("version", ""),
            found["id"],
            ", ".join(found.get("fix_versions", [])) or "–",
        )
        for package in packages
        for found in package.get("vulns", [])
    ]


def report(found: dict[str, list[Weakness] | None]) -> tuple[int, list[str]]:
    """Exit code and lines to say."""
    lines = [
        f"{lock}: not looked up, the service cannot be reached"
        for lock, known in found.items()
        if known is None
    ]
    weak = sorted({weakness for known in found.values() for weakness in known or ()})
    lines += [f"{name} {version}: {what}, mended in {mended}" for name, version, what, mended in weak]
    return int(bool(weak)), lines


def main() -> int:
    """Look up every lock and say what is known."""
    code, lines = report({lock: known_weaknesses(ROOT / lock) for lock in LOCKS})
    sys.stdout.write("".join(f"audit: {line}\n" for line in lines))
    return code


if __name__ == "__main__":
    sys.exit(main())
