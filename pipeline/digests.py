"""Digests of files and of the project's own code."""

import hashlib
from collections.abc import Iterable
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Final

import pyogrio
import pyproj
import shapely

from pipeline.settings import PROJECT

CODE: Final = ("pipeline", "maps", "geodata/sources.toml", "config/functions.toml")
"""What makes the same inputs give other results when it changes, below the project's root."""

READING_CODE: Final = ("pipeline",)
"""What makes the same roads give another network when it changes."""

READING_LIBRARIES: Final = (
    "geopandas",
    "networkx",
    "numba",
    "numpy",
    "osmium",
    "pandas",
    "pyarrow",
    "pyogrio",
    "pyproj",
    "scipy",
    "shapely",
)
"""Packages that roads and areas are read with."""


def file_digest(path: Path) -> str:
    """Return the SHA-256 digest of a file's bytes, or of all files in a folder, as 64 hexadecimal digits."""
    if path.is_dir():
        return _together(path, (inner for inner in path.rglob("*") if inner.is_file()))
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@cache
def code_digest(root: Path = PROJECT, names: tuple[str, ...] = CODE) -> str:
    """Return one SHA-256 digest of the project's own code: of every file's place and bytes, in fixed order.

    Parameters
    ----------
    root
        The project's root.
    names
        Folders and files below it.

    A version number stands still while code changes, and a commit says nothing of changes not committed.
    """
    files = [
        path
        for name in names
        for path in ((root / name).rglob("*") if (root / name).is_dir() else (root / name,))
        if path.is_file() and "__pycache__" not in path.parts
    ]
    return _together(root, files)


def reader_digest() -> str:
    """Return one SHA-256 digest of what decides how files are read: own code, and versions of libraries."""
    told = hashlib.sha256(code_digest(names=READING_CODE).encode())
    for name in READING_LIBRARIES:
        told.update(f"|{name} {metadata.version(name)}".encode())
    libraries = (pyogrio.__gdal_version__, shapely.geos_version, pyproj.proj_version_str)
    told.update(f"|{libraries}".encode())
    return told.hexdigest()


def _together(root: Path, files: Iterable[Path]) -> str:
    """Return one digest of several files: of every one's place below `root` and bytes, in fixed order."""
    told = hashlib.sha256()
    for path in sorted(files, key=lambda path: path.relative_to(root).as_posix()):
        told.update(f"{path.relative_to(root).as_posix()}\0{file_digest(path)}\n".encode())
    return told.hexdigest()
