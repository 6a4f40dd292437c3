"""The data folder: one run at a time, a side room for files on their way in, and places taken in one step."""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from pipeline.errors import Fault, KlyngekortError, OutputError
from pipeline.folder_lock import hold
from pipeline.messages import Message, msg

FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
"""Errors that mean that the disk has no room left."""

INCOMING: Final = ".incoming"
"""Files on their way in, below the data folder; nothing reads from here."""


@contextmanager
def data_folder(folder: Path) -> Iterator[Path]:
    """Hold the data folder for one run, and give the room for files on their way in.

    Raises
    ------
    OutputError
        The folder cannot be written, or another run holds it.
    """
    try:
        incoming = folder / INCOMING
        incoming.mkdir(parents=True, exist_ok=True)
        lock = (incoming / "lock").open("a")
    except OSError as error:
        raise _refusal(folder, error.strerror or str(error)) from error
    with lock:
        try:
            held = hold(lock)
        except OSError as error:
            raise _refusal(folder, error.strerror or str(error)) from error
        if not held:
            raise _refusal(folder, msg("another run is fetching into it"))
        try:
            yield incoming
        except OSError as error:
            named = str(error.filename or folder)
            if isinstance(error, KlyngekortError) or not Path(named).is_relative_to(folder):
                raise
            raise _refusal(folder, _said(error)) from error


def put_in_place(fresh: Path, target: Path) -> None:
    """Let a whole file take its place in one step, safely on the disk."""
    with fresh.open("rb") as file:
        os.fsync(file.fileno())
    fresh.replace(target)


def put_folder_in_place(fresh: Path, target: Path) -> None:
    """Let a whole folder take the place of an earlier one, which stays until then."""
    aside = target.with_name(f".{target.name}.old")
    if aside.exists():
        if target.exists():
            shutil.rmtree(aside)
        else:
            aside.rename(target)
    if target.exists():
        target.rename(aside)
    fresh.rename(target)
    shutil.rmtree(aside, ignore_errors=True)


def _said(error: OSError) -> Message | str:
    return msg("the disk is full") if error.errno in FULL else error.strerror or str(error)


def _refusal(folder: Path, found: Message | str) -> OutputError:
    return OutputError(
        Fault(
            str(folder),
            msg("data folder"),
            found,
            msg("a folder that can be written, by one run at a time"),
            msg("choose another fetch.folder in the settings, or wait until the other run has ended"),
        )
    )
