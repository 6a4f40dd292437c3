"""Markers that lie on each other are moved apart on paper, just as far as needed to see them all."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_ROUNDS: Final = 80
_TOUCH: Final = 0.92  # of the two half sides: corners of markers may touch
_GOLDEN: Final = np.pi * (3 - np.sqrt(5))  # turns that never repeat, for markers on the very same point


def spread(points: Floats, halves: Floats, *, fixed: NDArray[np.bool_] | None = None) -> Floats:
    """Move overlapping markers apart.

    Parameters
    ----------
    points
        Middles of the markers, shape (n, 2), mm.
    halves
        Half the side of each, shape (n,), mm.
    fixed
        Markers that stay where they are; the others make room.

    Returns
    -------
    ndarray
        New middles, shape (n, 2); markers that touch no other stay.
    """
    moved = points.astype(float).copy()
    count = len(moved)
    if count < 2:
        return moved
    stays = np.zeros(count, dtype=bool) if fixed is None else fixed
    one, other = np.triu_indices(count, 1)
    near = (halves[one] + halves[other]) * _TOUCH
    give = np.where(stays[one] & ~stays[other], 0.0, np.where(stays[other] & ~stays[one], 1.0, 0.5))
    turn = _GOLDEN * (one + 1)
    for _ in range(_ROUNDS):
        apart = moved[other] - moved[one]
        distance = np.hypot(*apart.T)
        close = distance < near - 1e-6
        if not close.any():
            break
        same = distance < 1e-6
        direction = np.where(
            same[:, None],
            np.column_stack([np.cos(turn), np.sin(turn)]),
            apart / np.maximum(distance, 1e-6)[:, None],
        )
        push = direction * np.where(close, near - distance, 0.0)[:, None]
        np.subtract.at(moved, one, push * give[:, None])
        np.add.at(moved, other, push * (1 - give)[:, None])
    return moved
