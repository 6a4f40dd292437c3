"""Refuse inputs that ask for too much, before they are read: each door for files calls this module first.

The limits are those of the study's settings while `limited` functions run, else the defaults. They are kept
in a context variable, so that readers deep inside need no
parameter that they would only hand on.
"""

import bz2
import gzip
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from pathlib import Path
from typing import IO, Any, Final, TypeVar, cast

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from pipeline.errors import Fault, LimitError
from pipeline.json_depth import deepest
from pipeline.messages import Message, msg
from pipeline.settings import Settings
from pipeline.settings.limits import LimitSettings

MB: Final = 1_000_000
BLOCK: Final = 1 << 20
HEAD: Final = 4096
"""Bytes that tell what a file is."""

FREE_EXPANSION: Final = 50 * MB
"""A packed file that holds no more than this is no danger, whatever its ratio."""

PARQUET_MARK: Final = b"PAR1"
ZIP_MARK: Final = b"PK\x03\x04"
PACKED: Final[Mapping[bytes, Callable[..., Any]]] = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open}
XML_SUFFIXES: Final = frozenset({".gml", ".kml", ".gpx"})

_DAMAGES: Final = (
    OSError,
    EOFError,
    ValueError,
    RuntimeError,
    zlib.error,
    zipfile.BadZipFile,
    pa.ArrowException,
)

_LIMITS: ContextVar[LimitSettings] = ContextVar("limits", default=LimitSettings())  # noqa: B039  (frozen)

F = TypeVar("F", bound=Callable[..., Any])


@contextmanager
def reading_within(limits: LimitSettings) -> Iterator[None]:
    """Hold inputs against these limits until the block ends."""
    before = _LIMITS.set(limits)
    try:
        yield
    finally:
        _LIMITS.reset(before)


def limited(function: F) -> F:
    """Let a function whose first argument are a study's settings read within that study's limits."""

    @wraps(function)
    def inside(settings: Settings, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        with reading_within(settings.limits):
            return function(settings, *args, **kwargs)

    return cast("F", inside)


def check_table(path: Path) -> None:
    """Hold a text table against the limits: kind of file, size, longest line.

    Raises
    ------
    LimitError
        It is beyond one; nothing but its lines were looked at.
    """
    limits = _LIMITS.get()
    _check_size(path, limits.text_mb, "text_mb")
    if path.is_file():
        longest = _longest_line(path, limits.line_kb * 1000)
        if longest > limits.line_kb * 1000:
            found = msg("a line of more than {size:n} kB", size=limits.line_kb)
            raise LimitError(
                _fault(path, found, msg("lines of at most {size:n} kB", size=limits.line_kb), "line_kb")
            )


def check_layer(path: Path) -> None:
    """Hold a file of places, areas or lines against the limits, whatever its ending says it is.

    Raises
    ------
    LimitError
        It is beyond one, or it is a text that would make the reader open other files or addresses.
    """
    limits = _LIMITS.get()
    _check_size(path, limits.file_mb, "file_mb")
    head = _head(path)
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start[:1] in {b"{", b"["}:
        _check_size(path, limits.json_mb, "json_mb")
        depth = deepest(path)
        if depth > limits.json_depth:
            raise LimitError(
                _fault(
                    path,
                    msg("brackets nested {depth:n} deep", depth=depth),
                    msg("at most {depth:n}", depth=limits.json_depth),
                    "json_depth",
                )
            )
    elif start[:1] == b"<" and (
        path.suffix.lower() not in XML_SUFFIXES or b"<OGR" in head or b"<VRT" in head
    ):
        raise LimitError(
            Fault(
                str(path),
                "",
                msg("an XML text, which may point to other files and addresses"),
                msg("GeoPackage, GeoJSON, Shapefile (also zipped), GeoParquet or TopoJSON"),
                msg("export the layer in one of these forms"),
            )
        )
    _check_packed(path, head, limits)


def check_extract(path: Path) -> None:
    """Hold an OpenStreetMap extract against the limits.

    Raises
    ------
    LimitError
        It is beyond one.
    """
    limits = _LIMITS.get()
    _check_size(path, limits.file_mb, "file_mb")
    _check_packed(path, _head(path), limits)


def check_frame(frame: pd.DataFrame, source: Path) -> None:
    """Hold what was read against the limits: rows, and vertices of each geometry.

    Raises
    ------
    LimitError
        There are too many.
    """
    limits = _LIMITS.get()
    _check_rows(source, len(frame), limits)
    if isinstance(frame, gpd.GeoDataFrame) and frame.active_geometry_name:
        counts = shapely.get_num_coordinates(frame.geometry.to_numpy())
        if len(counts) and counts.max() > limits.vertices:
            raise LimitError(
                _fault(
                    source,
                    msg("a geometry of {count:n} vertices", count=int(counts.max())),
                    msg("at most {count:n}", count=limits.vertices),
                    "vertices",
                    msg("row {row}", row=int(np.argmax(counts)) + 1),
                )
            )


def _fault(path: Path, found: Message, expected: Message, key: str, where: Message | str = "") -> Fault:
    mend = msg("check that it is the right file; if it is, raise limits.{key} in the settings", key=key)
    return Fault(str(path), where, found, expected, mend)


def _check_size(path: Path, most_mb: int, key: str) -> None:
    """Refuse what is neither file nor folder (a pipe or device would never end) and what is too large."""
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise LimitError(
            Fault(
                str(path),
                "",
                msg("neither a file nor a folder"),
                msg("a file"),
                msg("copy its contents to a file and name that"),
            )
        )
    size = path.stat().st_size if path.is_file() else 0
    if size > most_mb * MB:
        found = msg("{size:n} MB", size=size / MB)
        raise LimitError(_fault(path, found, msg("at most {size:n} MB", size=most_mb), key))


def _check_rows(path: Path, rows: int, limits: LimitSettings) -> None:
    if rows > limits.rows:
        found = msg("{count:n} {count:|row|rows}", count=rows)
        raise LimitError(_fault(path, found, msg("at most {count:n}", count=limits.rows), "rows"))


def _head(path: Path) -> bytes:
    if not path.is_file():
        return b""
    try:
        with path.open("rb") as file:
            return file.read(HEAD)
    except OSError:  # the reader tells it in its own words
        return b""


def _longest_line(path: Path, enough: int) -> int:
    """Length of the longest line, or more than `enough` as soon as one is longer."""
    longest = running = 0
    try:
        with path.open("rb") as file:
            while longest <= enough and (block := file.read(BLOCK)):
                ends = np.flatnonzero(np.isin(np.frombuffer(block, np.uint8), (10, 13)))
                edges = np.concatenate([[-1 - running], ends, [len(block)]])
                longest = max(longest, int(np.diff(edges).max()) - 1)
                running = int(edges[-1] - edges[-2]) - 1
    except OSError:
        return 0
    return longest


def _check_packed(path: Path, head: bytes, limits: LimitSettings) -> None:
    """Refuse a packed file that holds far more than its size; a damaged one is left to its reader."""
    try:
        if head.startswith(PARQUET_MARK):
            held = _parquet_bytes(path, limits)
        elif head.startswith(ZIP_MARK):
            with zipfile.ZipFile(path) as archive:
                held = sum(member.file_size for member in archive.infolist())
        else:
            opener = next((opener for mark, opener in PACKED.items() if head.startswith(mark)), None)
            if opener is None:
                return
            with opener(path, "rb") as stream:
                held = _unpacked_bytes(stream, path.stat().st_size, limits)
    except LimitError:
        raise
    except _DAMAGES:
        return
    size = path.stat().st_size
    if held > FREE_EXPANSION and (held > limits.expansion * size or held > limits.file_mb * MB * 10):
        raise LimitError(
            _fault(
                path,
                msg("{held:n} MB or more packed into {size:n1} MB", held=held / MB, size=size / MB),
                msg("at most {times:n} times the file's size", times=limits.expansion),
                "expansion",
            )
        )


def _parquet_bytes(path: Path, limits: LimitSettings) -> int:
    found = pq.read_metadata(path)
    _check_rows(path, found.num_rows, limits)
    return sum(found.row_group(number).total_byte_size for number in range(found.num_row_groups))


def _unpacked_bytes(stream: IO[bytes], size: int, limits: LimitSettings) -> int:
    """Unpack and count until the end, or until it is too much; nothing is kept."""
    enough = max(FREE_EXPANSION, limits.expansion * size)
    held = 0
    while held <= enough and (block := stream.read(BLOCK)):
        held += len(block)
    return held
