"""Nearest road line to each of many points: a grid of line pieces, searched ring by ring."""

from typing import Final, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipeline.travel.threads import in_threads

SAME_M: Final = 0.001
"""A point this near the end of a line counts as the end, metres."""

_SMALLEST_CELL_M = 50.0
_LARGEST_CELL_M = 2_000.0


class _Grid(NamedTuple):
    """Line pieces sorted by the cell that their middle lies in; no piece is longer than a cell."""

    west: float
    south: float
    cell_m: float
    columns: int
    rows: int
    start: NDArray[np.int64]
    ends: NDArray[np.float64]
    piece: NDArray[np.int64]


@njit(cache=True, nogil=True)
def _search_box(
    xy: tuple[float, float],
    rows: tuple[int, int],
    ends: NDArray[np.float64],
    piece: NDArray[np.int64],
    so_far: tuple[float, int, float],
) -> tuple[float, int, float]:
    """Better the nearest piece so far (square of its distance, piece, part passed) with those of one cell."""
    x, y = xy
    best, found, part = so_far
    for j in range(rows[0], rows[1]):
        ax, ay, bx, by = ends[j, 0], ends[j, 1], ends[j, 2], ends[j, 3]
        square = (bx - ax) ** 2 + (by - ay) ** 2
        t = 0.0
        if square > 0:
            t = ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / square
        # Beyond an end the end itself is nearest, to the last bit: ties at junctions are seen as ties.
        if t <= 0:
            t, px, py = 0.0, ax, ay
        elif t >= 1:
            t, px, py = 1.0, bx, by
        else:
            px, py = ax + t * (bx - ax), ay + t * (by - ay)
        d = (px - x) ** 2 + (py - y) ** 2
        if d < best or (d == best and (found < 0 or piece[j] < found)):
            best, found, part = d, piece[j], t
    return best, found, part


@njit(cache=True, nogil=True)
def _search(
    first: int,
    last: int,
    xy: NDArray[np.float64],
    cap_m: float,
    grid: _Grid,
    out: tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]],
) -> None:
    """Write for each point the nearest piece, the part of it passed there, and the distance."""
    pieces, parts, distances = out
    # Numba counts references each time an array is taken out of a tuple, so that is done once, out here.
    starts, ends, piece = grid.start, grid.ends, grid.piece
    furthest = int(np.ceil(cap_m / grid.cell_m)) + 1
    for i in range(first, last):
        x, y = xy[i, 0], xy[i, 1]
        best, found, part = cap_m * cap_m, -1, 0.0
        column = int(np.floor((x - grid.west) / grid.cell_m))
        row = int(np.floor((y - grid.south) / grid.cell_m))
        dx = x - grid.west - column * grid.cell_m
        dy = y - grid.south - row * grid.cell_m
        margin = min(dx, grid.cell_m - dx, dy, grid.cell_m - dy)
        ring = max(0, -column, column - grid.columns + 1, -row, row - grid.rows + 1)
        while ring <= furthest:
            for r in range(max(row - ring, 0), min(row + ring, grid.rows - 1) + 1):
                # Top and bottom rows of the ring are searched whole, the others at their two ends.
                whole = abs(r - row) == ring
                c = max(column - ring, 0) if whole else column - ring
                while c <= column + ring and c < grid.columns:
                    if c >= 0:
                        rows = (starts[r * grid.columns + c], starts[r * grid.columns + c + 1])
                        best, found, part = _search_box((x, y), rows, ends, piece, (best, found, part))
                    c += 1 if whole else 2 * ring
            # No piece whose middle lies further out can come nearer than this.
            clear = ring * grid.cell_m + margin - grid.cell_m / 2
            if clear > 0 and clear * clear > best:
                break
            ring += 1
        pieces[i], parts[i], distances[i] = found, part, np.sqrt(best)


class LineIndex:
    """Finds the nearest point on any of many lines.

    Parameters
    ----------
    line_start
        Int64 array of shape (lines + 1,): where each line's points start in `line_xy`.
    line_xy
        Float64 array of shape (points, 2), EPSG:25832, metres.
    lines
        Int array: the lines that take part, rows of `line_start`.
    """

    def __init__(
        self, line_start: NDArray[np.int64], line_xy: NDArray[np.float64], lines: NDArray[np.integer]
    ) -> None:
        self.lines = np.sort(lines).astype(np.int64)
        counts = line_start[self.lines + 1] - line_start[self.lines] - 1
        self._first = np.concatenate([[0], np.cumsum(counts)])
        self._line = np.repeat(np.arange(len(self.lines)), counts)
        at = np.arange(self._first[-1]) - self._first[self._line] + line_start[self.lines[self._line]]
        a, b = line_xy[at], line_xy[at + 1]
        self._length = np.hypot(b[:, 0] - a[:, 0], b[:, 1] - a[:, 1])
        before = np.concatenate([[0.0], np.cumsum(self._length)])
        self._before = before[:-1] - before[self._first[self._line]]
        self._total = before[self._first[1:]] - before[self._first[:-1]]
        self._grid = self._sort_into_cells(a, b)

    def _sort_into_cells(self, a: NDArray[np.float64], b: NDArray[np.float64]) -> _Grid:
        if not len(a):
            nothing = np.zeros(0, dtype=np.int64)
            return _Grid(0.0, 0.0, 1.0, 0, 0, np.zeros(1, dtype=np.int64), np.zeros((0, 4)), nothing)
        # Column by column: NumPy is slow along the long axis of narrow arrays.
        width, height = (
            max(a[:, i].max(), b[:, i].max()) - min(a[:, i].min(), b[:, i].min()) for i in (0, 1)
        )
        cell = float(np.clip(np.sqrt(width * height / len(a)), _SMALLEST_CELL_M, _LARGEST_CELL_M))
        parts = np.maximum(np.ceil(self._length / cell), 1).astype(np.int64)
        self._piece_first = np.concatenate([[0], np.cumsum(parts)])
        self._parts = parts
        self._segment = np.repeat(np.arange(len(a)), parts)
        ends = np.hstack([a[self._segment], b[self._segment]])
        cut = np.flatnonzero(parts[self._segment] > 1)
        self._cut(ends, cut)
        x, y = (ends[:, 0] + ends[:, 2]) / 2, (ends[:, 1] + ends[:, 3]) / 2
        west, south = x.min(), y.min()
        column, row = ((x - west) / cell).astype(np.int64), ((y - south) / cell).astype(np.int64)
        columns, rows = int(column.max()) + 1, int(row.max()) + 1
        box = row * columns + column
        order = np.argsort(box, kind="stable")
        starts = np.concatenate([[0], np.cumsum(np.bincount(box, minlength=columns * rows))])
        return _Grid(float(west), float(south), cell, columns, rows, starts, ends[order], order)

    def _cut(self, ends: NDArray[np.float64], cut: NDArray[np.int64]) -> None:
        """Shorten pieces from a whole segment to their part of it; outer ends stay what they are."""
        segment = self._segment[cut]
        count = self._parts[segment]
        k = cut - self._piece_first[segment]
        start, step = ends[cut, :2].copy(), (ends[cut, 2:] - ends[cut, :2]) / count[:, None]
        inner = k > 0
        ends[cut[inner], :2] = start[inner] + k[inner, None] * step[inner]
        inner = k + 1 < count
        ends[cut[inner], 2:] = start[inner] + (k[inner, None] + 1) * step[inner]

    def nearest(
        self, xy: NDArray[np.float64], cap_m: float
    ) -> tuple[NDArray[np.int32], NDArray[np.float64], NDArray[np.float64]]:
        """Find the nearest point on a line for each point.

        Parameters
        ----------
        xy
            Float64 array of shape (points, 2), EPSG:25832; rows with NaN find nothing.
        cap_m
            Longest distance, metres.

        Returns
        -------
        tuple
            Line (int32, -1 where none is near; of lines equally near the lowest row), how far along it (0 to
            1 of its length, exactly 0 or 1 at its ends) and distance (metres), both NaN where none is near;
            each of shape (points,).
        """
        line = np.full(len(xy), -1, dtype=np.int32)
        along = np.full(len(xy), np.nan)
        away = np.full(len(xy), np.nan)
        near = self._in_box(xy, cap_m)
        points = np.ascontiguousarray(xy[near], dtype=np.float64)
        if not len(points):
            return line, along, away
        piece = np.empty(len(points), dtype=np.int64)
        part, distance = np.empty(len(points)), np.empty(len(points))
        grid, out = self._grid, (piece, part, distance)

        def work(first: int, last: int) -> None:
            _search(first, last, points, float(cap_m), grid, out)

        in_threads(work, len(points), least=2_000)
        hit = piece >= 0
        row, piece, part = near[hit], piece[hit], part[hit]
        segment = self._segment[piece]
        owner = self._line[segment]
        share = (piece - self._piece_first[segment] + part) / self._parts[segment]
        total = self._total[owner]
        passed = self._before[segment] + share * self._length[segment]
        line[row] = self.lines[owner]
        at_start, at_end = passed <= SAME_M, total - passed <= SAME_M
        share_of_line = np.divide(passed, total, out=np.zeros_like(passed), where=total > 0)
        along[row] = np.where(at_start, 0.0, np.where(at_end, 1.0, share_of_line))
        away[row] = distance[hit]
        return line, along, away

    def _in_box(self, xy: NDArray[np.float64], cap_m: float) -> NDArray[np.int64]:
        grid = self._grid
        if not len(grid.piece):
            return np.zeros(0, dtype=np.int64)
        reach = cap_m + grid.cell_m
        east, north = grid.west + grid.columns * grid.cell_m, grid.south + grid.rows * grid.cell_m
        inside = (xy[:, 0] >= grid.west - reach) & (xy[:, 0] <= east + reach)
        inside &= (xy[:, 1] >= grid.south - reach) & (xy[:, 1] <= north + reach)
        return np.flatnonzero(inside)
