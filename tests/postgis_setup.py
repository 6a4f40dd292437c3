"""Make sure that the database tests have PostgreSQL with PostGIS: install Debian's where that may be done.

Run by ``make test``. It never fails: where nothing can be installed it says why, and the database tests skip.
The tests start a server of their own from these programs (`tests.postgis_server`); the system's is left alone.
"""

import re
import shutil
import sys
from pathlib import Path

from tests import debian_packages

LIBRARIES = Path("/usr/lib/postgresql")
SHARED = Path("/usr/share/postgresql")
PACKAGE = re.compile(r"^postgresql-(\d+)-postgis-3 ", re.MULTILINE)


def find_programs(libraries: Path = LIBRARIES, shared: Path = SHARED) -> Path | None:
    """Folder with initdb and postgres of the newest PostgreSQL that has PostGIS; None without one."""
    found = sorted(
        (int(control.parts[-3]), libraries / control.parts[-3] / "bin")
        for control in shared.glob("*/extension/postgis.control")
        if control.parts[-3].isdigit()
    )
    fit = [folder for _, folder in found if all((folder / name).exists() for name in ("initdb", "postgres"))]
    if fit:
        return fit[-1]
    initdb = shutil.which("initdb")
    home = Path(initdb).resolve().parent if initdb else None
    return home if home and list(home.parent.glob("share/**/extension/postgis.control")) else None


def install() -> str:
    """Install the newest PostgreSQL for which there is PostGIS; returns why it did not work, or nothing."""
    reason = debian_packages.update()
    if reason:
        return reason
    listed, reason = debian_packages.run(
        ["apt-cache", "search", "--names-only", "^postgresql-[0-9]+-postgis-3$"]
    )
    versions = sorted(int(version) for version in PACKAGE.findall(listed))
    if reason or not versions:
        return reason or "there is no package postgresql-…-postgis-3"
    newest = versions[-1]
    reason = debian_packages.install(f"postgresql-{newest}", f"postgresql-{newest}-postgis-3")
    return reason or ("" if find_programs() else "the packages were installed, but no initdb is found")


def main() -> int:
    """Look, install if need be, tell."""
    if find_programs():
        return 0
    reason = debian_packages.reason_not_to_install("POSTGIS_INSTALL", "PostgreSQL and PostGIS")
    if not reason:
        sys.stdout.write(
            "Installing PostgreSQL with PostGIS for the database tests (only the first time) ...\n"
        )
        reason = install()
    if reason:
        sys.stdout.write(f"No PostGIS, so the database tests will be skipped: {reason}.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
