"""How deep a JSON text is nested, found without building anything of it."""

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

BLOCK: Final = 1 << 20
QUOTE, BACKSLASH = ord('"'), ord("\\")
STEPS: Final = np.zeros(256, dtype=np.int32)
"""By byte: 1 opens a level, -1 closes one."""
STEPS[[ord("["), ord("{")]] = 1
STEPS[[ord("]"), ord("}")]] = -1


def deepest(path: Path) -> int:
    """Count the deepest nesting of brackets outside strings, in one pass and constant memory.

    Parameters
    ----------
    path
        A JSON text in UTF-8; one that is broken gives what its brackets say.
    """
    most = depth = 0
    quoted, backslashes = 0, 0  # whether a string is open; backslashes that the block before ended with
    with path.open("rb") as file:
        while raw := file.read(BLOCK):
            block = np.frombuffer(raw, np.uint8)
            quotes = (block == QUOTE) & ~_escaped(block, backslashes)
            inside = (np.cumsum(quotes) + quoted) % 2
            levels = depth + np.cumsum(np.where(inside == 0, STEPS[block], 0))
            most = max(most, int(levels.max()))
            depth, quoted = int(levels[-1]), int(inside[-1])
            tail = len(raw) - len(raw.rstrip(b"\\"))
            backslashes = tail + (backslashes if tail == len(raw) else 0)
    return most


def _escaped(block: NDArray[np.uint8], before: int) -> NDArray[np.bool_]:
    """Mark bytes that an odd number of backslashes stands before."""
    slash = block == BACKSLASH
    if not slash.any():
        marks = np.zeros(len(block), dtype=np.bool_)
        marks[0] = before % 2 == 1
        return marks
    at = np.arange(len(block))
    last_other = np.maximum.accumulate(np.where(slash, -1 - before, at))
    run = at - last_other  # backslashes that end here
    return np.concatenate([[before % 2 == 1], run[:-1] % 2 == 1])
