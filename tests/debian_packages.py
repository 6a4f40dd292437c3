"""Install Debian's packages for tests through apt-get, where that may be done; never fails a test run."""

import os
import shutil
import subprocess


def reason_not_to_install(leave: str, what: str) -> str:
    """Why packages cannot or should not be installed here; empty when they can.

    `leave` names the environment variable that gives leave with a 1, `what` tells what to install by hand.
    """
    if os.environ.get(leave, "") != "1":
        return f"{leave} is not 1"
    if shutil.which("apt-get") is None:
        return f"there is no apt-get; install {what} by hand"
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return f"not root; ask an administrator for {what}"
    return ""


def run(command: list[str]) -> tuple[str, str]:
    """Run a command; returns what it wrote, and why it did not work or an empty text."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, check=False, timeout=600
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return "", f"{' '.join(command)}: {error}"
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        return "", f"{' '.join(command)} ended with {done.returncode}: {last}"
    return done.stdout, ""


def update() -> str:
    """Renew the lists of packages; returns why it did not work, or an empty text."""
    return run(["apt-get", "update", "-qq"])[1]


def install(*packages: str) -> str:
    """Install packages; returns why it did not work, or an empty text."""
    return run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages])[1]
