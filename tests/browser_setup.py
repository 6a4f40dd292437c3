"""Make sure that the browser tests have a Chromium: install Debian's through apt-get where that may be done.

Run by ``make test``. It never fails: where nothing can be installed it says why, and the browser tests skip.
"""

import os
import shutil
import sys

from tests import debian_packages

NAMES = ("chromium", "chromium-browser", "google-chrome")


def find_chromium() -> str | None:
    """Path of a Chromium: the one named by CHROMIUM, or the first on the search path."""
    named = os.environ.get("CHROMIUM", "")
    if named:
        return shutil.which(named)
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def install() -> str:
    """Install the package chromium; returns why it did not work, or an empty text."""
    reason = debian_packages.update() or debian_packages.install("chromium")
    return reason or ("" if find_chromium() else "the package was installed, but no chromium is found")


def main() -> int:
    """Look, install if need be, tell."""
    if find_chromium():
        return 0
    reason = debian_packages.reason_not_to_install("CHROMIUM_INSTALL", "Chromium (and name it in CHROMIUM)")
    if not reason:
        sys.stdout.write("Installing Chromium for the browser tests (only the first time) ...\n")
        reason = install()
    if reason:
        sys.stdout.write(f"No Chromium, so the browser tests will be skipped: {reason}.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
