"""The data folder: one run at a time, a side room for files on their way in, and places taken in one step."""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from pipeline.errors import Fault, OutputError
from pipeline.messages import Message, msg

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
            _take(lock.fileno())
        except OSError as error:
            if error.errno not in {errno.EACCES, errno.EAGAIN, errno.EDEADLK}:
                raise _refusal(folder, error.strerror or str(error)) from error
            raise _refusal(folder, msg("another run is fetching into it")) from error
        yield incoming


def _take(handle: int) -> None:
    """Hold a lock until the file is closed; the system frees it when the process dies, however it dies."""
    if os.name == "nt":
        import msvcrt  # noqa: PLC0415

        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
    else:
        import fcntl  # noqa: PLC0415

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


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
