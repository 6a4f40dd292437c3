"""Publish results in one step: written next to their place, moved in when whole, earlier results untouched.

A run writes into a hidden folder beside the results (``out/.denmark.new``) and takes the place of the earlier
results only when everything is there. A run that fails, is stopped or is killed leaves the earlier results as
they were; what it left behind is cleared away by the next run.
"""

import errno
import logging
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from maps.files.exchange import exchange
from pipeline.errors import Fault, OutputError
from pipeline.folder_lock import hold
from pipeline.messages import Message, msg

logger = logging.getLogger(__name__)

MANIFEST: Final = ".klyngekort"
"""Lists the files that a run published: everything else in the folder is somebody's own and is kept."""

_DISK_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_READ_ONLY: Final = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})
_LEAST_FREE: Final = 256 * 1024  # bytes; below this a library's own words for a full disk are not needed
_WRITERS: Final = frozenset({"pyogrio", "sqlite3"})  # do not say why they cannot write
_SQLITE_ASIDE: Final = ("-wal", "-shm", "-journal")  # would spoil a new database of the same name


def check_free(out_dir: Path | str) -> None:
    """See that results can be published into a folder, before hours are spent on computing them.

    Raises
    ------
    OutputError
        As `publishing`.
    """
    with _claimed(Path(out_dir).resolve()):
        pass


@contextmanager
def publishing(out_dir: Path | str, *, update: bool = False) -> Iterator[Path]:
    """Give a folder to write results into, and put it in the place of `out_dir` when the block ends well.

    What no run published into `out_dir` (notes, a QGIS project, links, empty folders) is carried over; a link
    stays a link, whatever it points to. A folder that holds files but was never published into is refused, so
    that nobody's documents are replaced by maps.

    Parameters
    ----------
    out_dir
        Where the results shall stand; made when absent. Its parent must be writable.
    update
        Start from a copy of the present results, for a run that makes only a part of them.

    Yields
    ------
    Path
        An empty folder (or the copy) on the same file system as `out_dir`.

    Raises
    ------
    OutputError
        If the folder cannot be written, the disk is full, another run is publishing into the same folder, or
        `out_dir` holds files that are not results. Earlier results are untouched.
    """
    target = Path(out_dir).resolve()
    with _claimed(target) as (fresh, aside):
        try:
            fresh.mkdir()
            for name in _entries(target) if update else ():
                _copy(target / name, fresh / name)
        except OSError as error:
            shutil.rmtree(fresh, ignore_errors=True)
            raise _refusal(error, target) from error
        try:
            yield fresh
            _write_manifest(target, fresh)
            _swap(target, fresh, aside)
        except Exception as error:
            refusal = _as_output_error(error, target, fresh)
            if refusal is None:
                raise
            raise refusal from error
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
        shutil.rmtree(aside, ignore_errors=True)


@contextmanager
def _claimed(target: Path) -> Iterator[tuple[Path, Path]]:
    """Hold the lock of a results folder, healed and fit for results; gives the two folders beside it."""
    if not target.name:
        raise _failure(target, msg("the root of a file system"), msg("a folder of its own for the results"))
    fresh, aside = target.with_name(f".{target.name}.new"), target.with_name(f".{target.name}.old")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        lock = target.with_name(f".{target.name}.lock").open("a")
    except OSError as error:
        raise _refusal(error, target) from error
    with lock:
        _take(lock, target)
        try:
            _recover(target, fresh, aside)
            _check_target(target)
        except OSError as error:
            raise error if isinstance(error, OutputError) else _refusal(error, target) from error
        yield fresh, aside


def _take(lock: IO[str], target: Path) -> None:
    """Hold the lock until the file is closed."""
    try:
        held = hold(lock)
    except OSError as error:
        raise _refusal(error, target) from error
    if not held:
        raise OutputError(
            Fault(
                source=str(target),
                where=msg("results folder"),
                found=msg("another run is writing its results here"),
                expected=msg("one run at a time in a folder"),
                mend=msg("wait until the other run has ended, or choose another results folder"),
            )
        )


def _recover(target: Path, fresh: Path, aside: Path) -> None:
    """Clear away what a killed run left; bring earlier results back if it died between the two moves."""
    if aside.exists() and not target.exists():
        aside.rename(target)
    for left in (fresh, aside):
        if left.exists():
            logger.info("Clearing away what an interrupted run left: %s", left)
            shutil.rmtree(left)


def _check_target(target: Path) -> None:
    if target.exists() and not target.is_dir():
        raise _failure(target, msg("a file"), msg("a folder, or nothing yet"))
    if target.is_dir() and any(target.iterdir()) and not (target / MANIFEST).is_file():
        raise _failure(
            target, msg("files that Klyngekort did not write"), msg("an empty folder, or earlier results")
        )


def _entries(folder: Path) -> list[str]:
    """List files, links and empty folders below a folder; nothing below a link, nothing of SQLite's own."""
    return sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if (path.is_symlink() or not path.is_dir() or not any(path.iterdir()))
        and not path.name.endswith(_SQLITE_ASIDE)
    )


def _copy(entry: Path, place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    if entry.is_dir() and not entry.is_symlink():
        place.mkdir()
    else:
        shutil.copy2(entry, place, follow_symlinks=False)


def _same(entry: Path, other: Path) -> bool:
    if entry.is_symlink() or other.is_symlink():
        return entry.is_symlink() and other.is_symlink() and entry.readlink() == other.readlink()
    if entry.is_dir() or other.is_dir():
        return entry.is_dir() and other.is_dir()
    return entry.read_bytes() == other.read_bytes()


def _write_manifest(target: Path, fresh: Path) -> None:
    """List the run's own files and carry over what somebody else put beside the earlier results."""
    manifest = target / MANIFEST
    earlier = set(manifest.read_text(encoding="utf-8").splitlines()) if manifest.is_file() else set()
    carried = set()
    for name in sorted(set(_entries(target)) - earlier - {MANIFEST}):
        place = fresh / name
        if not os.path.lexists(place):
            _copy(target / name, place)
            carried.add(name)
        elif _same(target / name, place):  # copied at the start of an update
            carried.add(name)
    own = [name for name in _entries(fresh) if name not in carried and name != MANIFEST]
    (fresh / MANIFEST).write_text("".join(f"{name}\n" for name in own), encoding="utf-8", newline="\n")


def _swap(target: Path, fresh: Path, aside: Path) -> None:
    """Put the new results in the place of the earlier ones, which are then in `fresh` or `aside`."""
    for path in (*fresh.rglob("*"), fresh):
        _settle(path)
    if target.exists() and exchange(fresh, target):
        return
    had_earlier = target.exists()
    if had_earlier:
        target.rename(aside)
    try:
        fresh.rename(target)
    except BaseException:
        if had_earlier and not target.exists():
            aside.rename(target)
        raise


def _settle(path: Path) -> None:
    """See that a file is on disk before earlier results go, whatever becomes of the power."""
    if path.is_symlink() or sys.platform == "win32":
        return
    place = os.open(path, os.O_RDONLY)
    try:
        os.fsync(place)
    finally:
        os.close(place)


def _as_output_error(error: Exception, target: Path, fresh: Path) -> OutputError | None:
    """Tell a failure to write from all others; GDAL and SQLite have their own words for want of room."""
    if isinstance(error, OutputError):
        return None
    if isinstance(error, OSError) and error.errno in _DISK_FULL | _READ_ONLY:
        named = (
            error.filename is None or str(fresh) in str(error.filename) or str(target) in str(error.filename)
        )
        return _refusal(error, target) if named or error.errno in _DISK_FULL else None
    number = next((number for number in _DISK_FULL if f"IO_{errno.errorcode[number]}" in str(error)), None)
    if number is not None:  # as the library that writes workbooks puts it
        return _refusal(OSError(number, os.strerror(number)), target)
    if type(error).__module__.partition(".")[0] in _WRITERS and _files_limited():
        return _refusal(OSError(errno.EFBIG, os.strerror(errno.EFBIG)), target)
    try:
        free = shutil.disk_usage(fresh).free
    except OSError:
        return None
    return _refusal(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), target) if free < _LEAST_FREE else None


def _files_limited() -> bool:
    """Whether this process may write files of a certain size only; never on Windows."""
    if sys.platform == "win32":
        return False
    import resource  # noqa: PLC0415  there is none on Windows

    return resource.getrlimit(resource.RLIMIT_FSIZE)[0] != resource.RLIM_INFINITY


def _refusal(error: OSError, target: Path) -> OutputError:
    """Tell the error of the operating system so that it can be mended."""
    if error.errno == errno.EFBIG:
        return _failure(
            target,
            msg("a file larger than this process may write"),
            msg("room for the results"),
            msg("ask for a higher limit (ulimit -f) and run again"),
        )
    if error.errno in _DISK_FULL:
        return _failure(
            target, msg("the disk is full"), msg("room for the results"), msg("free some room and run again")
        )
    if error.errno in _READ_ONLY:
        return _failure(target, msg("the folder cannot be written"), msg("a folder with write permission"))
    return _failure(target, error.strerror or str(error), msg("a folder that can be written"))


def _failure(
    target: Path, found: Message | str, expected: Message, mend: Message | None = None
) -> OutputError:
    return OutputError(
        Fault(
            source=str(target),
            where=msg("results folder"),
            found=found,
            expected=expected,
            mend=mend or msg("choose another results folder; earlier results are untouched"),
        )
    )
