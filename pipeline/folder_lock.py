"""One run at a time in a folder: a lock that the system frees when the run ends, however it ends."""

import errno
import sys
from typing import IO, Final

HELD: Final = frozenset({errno.EACCES, errno.EAGAIN, errno.EDEADLK})
"""Errors that mean that another run holds the lock."""


def hold(lock: IO[str]) -> bool:
    """Hold a lock until its file is closed.

    Parameters
    ----------
    lock
        Open file that stands for the folder.

    Returns
    -------
    bool
        False where another run holds it.

    Raises
    ------
    OSError
        The file system knows no locks, or refuses for another reason.
    """
    try:
        if sys.platform == "win32":
            import msvcrt  # noqa: PLC0415

            msvcrt.locking(lock.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl  # noqa: PLC0415

            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in HELD:
            return False
        raise
    return True
