"""Look into a fetched file: whether it is what it should be, or a web page, an error message or cut off."""

import zipfile
from pathlib import Path
from typing import Final, Literal

from pipeline.errors import Fault, FetchError
from pipeline.messages import Message, msg

Kind = Literal["osm", "csv", "vector", "archive"]

WEB_PAGE: Final = (b"<!doctype html", b"<html", b"<head", b"<body")
ZIP: Final = b"PK\x03\x04"
SQLITE: Final = b"SQLite format 3\x00"
PARQUET: Final = b"PAR1"
PACKED: Final = (b"\x1f\x8b", b"BZh")
"""gzip and bzip2, as in .osm.gz and .osm.bz2."""

LOOKED_AT: Final = 4096

EXPECTED: Final = {
    "osm": msg("an OpenStreetMap extract (.osm.pbf, .osm, .osm.gz or .osm.bz2)"),
    "csv": msg("a table as text (CSV)"),
    "vector": msg("a vector layer (GeoPackage, GeoJSON, GeoParquet or a zipped Shapefile)"),
    "archive": msg("a zip archive"),
}
AGAIN: Final = msg(
    "open the address in a browser to see what the server says; the file may have moved: give its new "
    "address in the settings under fetch.addresses, or fetch it by hand and use --from-folder"
)


def check_content(path: Path, kind: Kind, *, source: str, where: Message | str = "") -> None:
    """Refuse a file that is not of its kind.

    Parameters
    ----------
    path
        The file as it came.
    kind
        What it must be.
    source
        The layer, as messages name it.
    where
        Where it came from, for messages; never with a key.

    Raises
    ------
    FetchError
        It is empty, a web page, or of another kind; nothing of it is kept.
    """
    with path.open("rb") as file:
        head = file.read(LOOKED_AT)
    found = _wrong(head, path, kind)
    if found is not None:
        raise FetchError(Fault(source, where, found, EXPECTED[kind], AGAIN))


def _wrong(head: bytes, path: Path, kind: Kind) -> Message | None:
    bare = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not bare:
        return msg("an empty file")
    # An XML declaration may stand before the page itself.
    if bare.lower().startswith(WEB_PAGE) or (b"<html" in bare.lower()[:1024] and bare[:1] == b"<"):
        return msg("a web page (HTML) instead of data: “{start}”", start=_start(bare))
    if kind == "archive":
        return None if head.startswith(ZIP) and zipfile.is_zipfile(path) else _other(bare, ended=True)
    right = {"osm": _osm, "csv": _csv, "vector": _vector}[kind](head, bare)
    if right and head.startswith(ZIP) and not zipfile.is_zipfile(path):
        return _other(bare, ended=True)
    return None if right else _other(bare)


def _osm(head: bytes, bare: bytes) -> bool:
    return (
        b"OSMHeader" in head[:64]
        or head.startswith(PACKED)
        or (bare.startswith(b"<") and b"<osm" in bare[:1024])
    )


def _csv(head: bytes, bare: bytes) -> bool:
    first = bare.split(b"\n", 1)[0]
    told = bare[:1] in (b"{", b"[", b"<")  # an error message as JSON or XML
    return not told and b"\x00" not in head and any(sign in first for sign in (b";", b",", b"\t"))


def _vector(head: bytes, bare: bytes) -> bool:
    geojson = bare.startswith(b"{") and (b'"type"' in bare or b'"features"' in bare)
    return geojson or head.startswith((SQLITE, PARQUET, ZIP))


def _other(bare: bytes, *, ended: bool = False) -> Message:
    if ended and bare.startswith(ZIP):
        return msg("a zip archive that breaks off")
    return msg("something else, beginning “{start}”", start=_start(bare))


def _start(bare: bytes) -> str:
    text = bare[:60].decode("utf-8", errors="replace")
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
