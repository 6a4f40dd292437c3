"""Points and parts of road lines by share of their length."""

import numpy as np
from numpy.typing import NDArray

Line = NDArray[np.float64]
"""Float64 array of shape (points, 2), EPSG:25832, metres."""


def point_along(line: Line, share: float) -> NDArray[np.float64]:
    """Find the point at a share (0 to 1) of a line's length."""
    passed = _passed(line)
    at = share * passed[-1]
    return np.array([np.interp(at, passed, line[:, 0]), np.interp(at, passed, line[:, 1])])


def part_of(line: Line, start: float, end: float) -> Line:
    """Cut out the part between two shares of a line's length, in the direction from `start` to `end`."""
    low, high = min(start, end), max(start, end)
    passed = _passed(line)
    between = (passed > low * passed[-1]) & (passed < high * passed[-1])
    part = np.vstack([point_along(line, low), line[between], point_along(line, high)])
    return part if start <= end else part[::-1]


def joined(parts: list[Line]) -> Line:
    """Put lines end to end, leaving out points that repeat the one before."""
    points = np.vstack(parts) if parts else np.empty((0, 2))
    repeats = np.zeros(len(points), dtype=bool)
    repeats[1:] = (points[1:] == points[:-1]).all(axis=1)
    return points[~repeats]


def _passed(line: Line) -> NDArray[np.float64]:
    return np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
