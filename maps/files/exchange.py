"""Exchange two folders in one step, where the system can: nobody ever sees neither of them."""

import ctypes
import os
import sys
from pathlib import Path
from typing import Final

_HERE: Final = -100  # AT_FDCWD: paths are not relative to an open folder
_EXCHANGE: Final = 2  # RENAME_EXCHANGE of Linux's renameat2, RENAME_SWAP of macOS's renamex_np


def exchange(one: Path, other: Path) -> bool:
    """Let two folders of one file system change places.

    Returns
    -------
    bool
        Whether it was done; False where the system or the file system cannot, and then nothing was changed.
    """
    paths = os.fsencode(one), os.fsencode(other)
    try:
        library = ctypes.CDLL(None, use_errno=True)
        if sys.platform == "linux":
            failed = library.renameat2(_HERE, paths[0], _HERE, paths[1], _EXCHANGE)
        elif sys.platform == "darwin":
            failed = library.renamex_np(*paths, _EXCHANGE)
        else:
            return False
    except (OSError, AttributeError, TypeError):  # no such library, or one too old for the call
        return False
    return bool(failed == 0)
