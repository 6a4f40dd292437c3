"""Digests of files and of the project's own code."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Final

from pipeline.settings import PROJECT

CODE: Final = ("pipeline", "maps", "geodata/sources.toml", "config/functions.toml")
"""What makes the same inputs give other results when it changes, below the project's root."""


def file_digest(path: Path) -> str:
    """Return the SHA-256 digest of a file's bytes, as 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@cache
def code_digest(root: Path = PROJECT) -> str:
    """Return one SHA-256 digest of the project's own code: of every file's place and bytes, in fixed order.

    A version number stands still while code changes, and a commit says nothing of changes not committed.
    """
    files = [
        path
        for name in CODE
        for path in ((root / name).rglob("*") if (root / name).is_dir() else (root / name,))
        if path.is_file() and "__pycache__" not in path.parts
    ]
    told = hashlib.sha256()
    for path in sorted(files, key=lambda path: path.relative_to(root).as_posix()):
        told.update(f"{path.relative_to(root).as_posix()}\0{file_digest(path)}\n".encode())
    return told.hexdigest()
