"""Make sure that the browser tests have a Chromium: install Debian's through apt-get where that may be done.

Run by ``make test``. It never fails: where nothing can be installed it says why, and the browser tests skip.
"""

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome")


def find_chromium() -> str | None:
    """Path of a Chromium: the one named by CHROMIUM, or the first on the search path."""
    named = os.environ.get("CHROMIUM", "")
    if named:
        return shutil.which(named)
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def reason_not_to_install() -> str:
    """Why Chromium cannot or should not be installed here; empty when it can."""
    if os.environ.get("CHROMIUM_INSTALL", "") != "1":
        return "CHROMIUM_INSTALL is not 1"
    if shutil.which("apt-get") is None:
        return "there is no apt-get; install Chromium by hand and name it in CHROMIUM"
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return "not root; ask an administrator for the package chromium"
    return ""


def install() -> str:
    """Install the package chromium; returns why it did not work, or an empty text."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        ["apt-get", "update", "-qq"],
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"],
    ):
        try:
            run = subprocess.run(
                command, env=environment, capture_output=True, text=True, check=False, timeout=600
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            return f"{' '.join(command)}: {error}"
        if run.returncode:
            last = (run.stderr.strip().splitlines() or ["no message"])[-1]
            return f"{' '.join(command)} ended with {run.returncode}: {last}"
    return "" if find_chromium() else "the package was installed, but no chromium is found"


def main() -> int:
    """Look, install if need be, tell."""
    if find_chromium():
        return 0
    reason = reason_not_to_install()
    if not reason:
        sys.stdout.write("Installing Chromium for the browser tests (only the first time) ...\n")
        reason = install()
    if reason:
        sys.stdout.write(f"No Chromium, so the browser tests will be skipped: {reason}.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
