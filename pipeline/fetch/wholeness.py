"""See from a file itself that it has its end: a browser's or a colleague's copy may have broken off."""

import os
import zipfile
from pathlib import Path
from typing import BinaryIO, Final

ZIP: Final = b"PK\x03\x04"
SQLITE: Final = b"SQLite format 3\x00"
PARQUET: Final = b"PAR1"

LONGEST_BLOB_HEADER: Final = 64 * 1024
"""Bytes; the format's own limit."""

PACKED: Final = (b"\x1f\x8b", b"BZh")
"""gzip and bzip2, as in .osm.gz and .osm.bz2."""

LONGEST_LINE: Final = 1 << 20
"""Bytes of a table's line that are looked at."""

_TAIL: Final = 64


def is_whole(path: Path) -> bool:
    """Tell whether a file has its end, as far as its kind can show that.

    Parameters
    ----------
    path
        ``.osm.pbf``, ``.osm``, GeoPackage, GeoParquet, GeoJSON, zip or CSV (whose last row must have as many
        cells as the first, or end its line); of packed XML nothing is known, and it passes.

    Returns
    -------
    bool
        False where it breaks off. The contents are not looked at.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(100)
        if head.startswith(ZIP):
            return zipfile.is_zipfile(path)
        if head.startswith(SQLITE):
            return _sqlite_size(head) <= size
        file.seek(max(0, size - _TAIL))
        tail = file.read()
        if head.startswith(PARQUET):
            return size > 2 * len(PARQUET) and tail.endswith(PARQUET)
        if b"OSMHeader" in head:
            return _pbf_ends(file, size)
        bare = head.removeprefix(b"\xef\xbb\xbf").lstrip()
        if bare.startswith((b"{", b"<")):
            return tail.rstrip().endswith(b"}" if bare.startswith(b"{") else b">")
        return bare.startswith(PACKED) or _table_ends(file, size)


def _table_ends(file: BinaryIO, size: int) -> bool:
    """See that the last line of a table ends, or has as many cells as the first."""
    file.seek(0)
    first = file.readline(LONGEST_LINE)
    file.seek(max(0, size - LONGEST_LINE))
    last = file.read()
    sign = max((b",", b";", b"\t"), key=first.count)
    return last.endswith((b"\n", b"\r")) or last.rpartition(b"\n")[2].count(sign) >= first.count(sign)


def _sqlite_size(head: bytes) -> int:
    """Size of an SQLite database from its header: pages of so many bytes (1 stands for 65,536)."""
    page = int.from_bytes(head[16:18], "big")
    return (65_536 if page == 1 else page) * int.from_bytes(head[28:32], "big")


def _pbf_ends(file: BinaryIO, size: int) -> bool:
    """Go from block to block of an OpenStreetMap extract by their headers; the last must end the file."""
    file.seek(0)
    while file.tell() < size:
        length = int.from_bytes(file.read(4), "big")
        if not 0 < length <= LONGEST_BLOB_HEADER:
            return False
        data = _data_size(file.read(length))
        if data is None or file.tell() + data > size:
            return False
        file.seek(data, os.SEEK_CUR)
    return True


def _data_size(header: bytes) -> int | None:
    """Read field 3 (``datasize``) of a block's header in protocol-buffer form."""
    at = 0
    while at < len(header):
        key, at = _number(header, at)
        value, at = _number(header, at)
        if key >> 3 == 3:
            return value
        if key & 7 == 2:  # a text: the number was its length
            at += value
    return None


def _number(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(data):
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            break
    return value, at
