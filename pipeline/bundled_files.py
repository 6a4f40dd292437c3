"""Whether the data that ship with the project are as they were shipped.

``geodata/SHA256SUMS`` lists each bundled file with its digest, in the form that ``sha256sum --check`` reads.
Run ``python -m pipeline.bundled_files`` to renew it after a change to a bundled file.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pipeline.sources import GEODATA

LIST: Final = "SHA256SUMS"
BUNDLED: Final = ("*.csv", "boundaries/*", "sources.toml")


def bundled_files(folder: Path = GEODATA) -> list[Path]:
    """List what ships with the project as data, in the order of names."""
    found = {path for pattern in BUNDLED for path in folder.glob(pattern) if path.is_file()}
    return sorted(found, key=lambda path: path.relative_to(folder).as_posix())


def digest_list(folder: Path = GEODATA) -> str:
    """Write the list of digests."""
    lines = []
    for path in bundled_files(folder):
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        lines.append(f"{digest}  {path.relative_to(folder).as_posix()}\n")
    return "".join(lines)


def changed_files(folder: Path = GEODATA) -> Iterator[str]:
    """Name the files that are missing, added or other than listed; the list itself where it is missing."""
    try:
        told = (folder / LIST).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        yield LIST
        return
    yield from sorted({line.partition("  ")[2] for line in {*told} ^ {*digest_list(folder).splitlines()}})


def main() -> None:
    """Renew the list."""
    (GEODATA / LIST).write_text(digest_list(), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
