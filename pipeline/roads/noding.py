"""Lines made a network: ends that nearly meet are joined, and lines cut where others end on them."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree
from shapely.ops import substring

from pipeline.roads.split import along

_SAME_M: Final = 1e-6
"""A bend this near to a cut is the cut, metres."""


@dataclass(frozen=True, slots=True)
class Noded:
    """Lines from node to node.

    Parameters
    ----------
    node_xy
        Float64 array of shape (nodes, 2), metres.
    start, end
        Int32: nodes at each line's ends, never the same.
    line_start, line_xy
        Points of the lines, as in `RoadArcs`.
    source
        Int32: the line that each is a part of.
    dropped
        Number of lines too short to keep: both their ends are one node.
    """

    node_xy: NDArray[np.float64]
    start: NDArray[np.int32]
    end: NDArray[np.int32]
    line_start: NDArray[np.int64]
    line_xy: NDArray[np.float64]
    source: NDArray[np.int32]
    dropped: int


@dataclass(frozen=True, slots=True)
class _Cuts:
    """Places to cut lines at: line, distance from its start in metres, and the point that becomes a node."""

    line: NDArray[np.int64]
    at_m: NDArray[np.float64]
    point: NDArray[np.int64]


def node_lines(
    lines: NDArray[Any],
    tolerance_m: float,
    *,
    crossings: bool = False,
    whole: NDArray[np.bool_] | None = None,
) -> Noded:
    """Join lines to a network.

    Parameters
    ----------
    lines
        Array of shapely LineStrings, two-dimensional, metres, none empty.
    tolerance_m
        Ends within this distance of each other become one node (their mean), and a line is cut where another
        ends within this distance of it.
    crossings
        Cut lines where they cross as well.
    whole
        Lines that are joined at their ends only (ferries).

    Returns
    -------
    Noded
        Parts in the order of the lines. A ring is cut in its middle, so that no part begins where it ends.
    """
    whole = np.zeros(len(lines), dtype=bool) if whole is None else whole
    coords, owner = shapely.get_coordinates(lines, return_index=True)
    line_start = np.searchsorted(owner, np.arange(len(lines) + 1)).astype(np.int64)
    ends = np.concatenate([coords[line_start[:-1]], coords[line_start[1:] - 1]])
    across = _crossings(lines, whole) if crossings else (np.empty((0, 2)), np.empty((2, 0), dtype=np.int64))
    points = np.concatenate([ends, across[0]])
    node = _clusters(points, tolerance_m)
    sums = np.stack([np.bincount(node, weights=points[:, axis]) for axis in (0, 1)], axis=1)
    node_xy = sums / np.bincount(node)[:, None]
    cuts = _cuts(lines, whole, points, across[1], tolerance_m)
    return _cut(coords, line_start, node, node_xy, cuts, tolerance_m)


def _clusters(points: NDArray[np.float64], tolerance_m: float) -> NDArray[np.int32]:
    """Give points that hang together within the tolerance one number, in the order of their first."""
    pairs = KDTree(points).query_pairs(tolerance_m, output_type="ndarray").reshape(-1, 2)
    graph = coo_array((np.ones(len(pairs), dtype=np.int8), tuple(pairs.T)), shape=(len(points),) * 2)
    label = connected_components(graph, directed=False)[1]
    _, first, group = np.unique(label, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int32)
    rank[np.argsort(first)] = np.arange(len(first), dtype=np.int32)
    return rank[group]


def _crossings(
    lines: NDArray[Any], whole: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Points at which two lines cross, and the two lines of each."""
    i, j = shapely.STRtree(lines).query(lines, predicate="crosses")
    once = (i < j) & ~whole[i] & ~whole[j]
    i, j = i[once], j[once]
    parts, pair = shapely.get_parts(shapely.intersection(lines[i], lines[j]), return_index=True)
    single = shapely.get_type_id(parts) == shapely.GeometryType.POINT
    order = np.lexsort((j[pair[single]], i[pair[single]]))
    pair = pair[single][order]
    return shapely.get_coordinates(parts[single][order]), np.stack([i[pair], j[pair]]).astype(np.int64)


def _cuts(
    lines: NDArray[Any],
    whole: NDArray[np.bool_],
    points: NDArray[np.float64],
    across: NDArray[np.int64],
    tolerance_m: float,
) -> _Cuts:
    """Find where lines are cut: at the ends of others that lie on them, and at crossings."""
    count = len(lines)
    ends = shapely.points(points[: 2 * count])
    point, line = shapely.STRtree(lines).query(ends, predicate="dwithin", distance=tolerance_m)
    # Where an end lies at an end of the other line, the two are one node already.
    gap = np.stack([np.hypot(*(points[point] - points[line + side]).T) for side in (0, count)])
    inside = (point % count != line) & ~whole[line] & ~whole[point % count] & (gap > tolerance_m).all(axis=0)
    point, line = point[inside], line[inside]
    crossing = 2 * count + np.arange(across.shape[1])
    point = np.concatenate([point, crossing, crossing])
    line = np.concatenate([line, across[0], across[1]])
    at_m = shapely.line_locate_point(lines[line], shapely.points(points[point]))
    own = _own_cuts(lines, whole, tolerance_m)
    return _Cuts(*(np.concatenate([a, b]) for a, b in zip((line, at_m, point), own, strict=True)))


def _own_cuts(
    lines: NDArray[Any], whole: NDArray[np.bool_], tolerance_m: float
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]:
    """Find where a line ends on itself (a loop at the end of a street, drawn in one go)."""
    found: list[tuple[int, float, int]] = []
    for row in np.flatnonzero(~shapely.is_simple(lines) & ~whole).tolist():
        line = lines[row]
        for point, rest in (
            (row, substring(line, 3 * tolerance_m, line.length)),
            (row + len(lines), substring(line, 0, line.length - 3 * tolerance_m)),
        ):
            end = shapely.get_point(line, 0 if point == row else -1)
            if rest.distance(end) <= tolerance_m and not line.is_ring:
                before = 3 * tolerance_m if point == row else 0.0
                found.append((row, before + rest.project(end), point))
    line_row, at_m, point_row = np.array(found, dtype=float).reshape(-1, 3).T
    return line_row.astype(np.int64), at_m, point_row.astype(np.int64)


def _cut(
    coords: NDArray[np.float64],
    line_start: NDArray[np.int64],
    node: NDArray[np.int32],
    node_xy: NDArray[np.float64],
    cuts: _Cuts,
    tolerance_m: float,
) -> Noded:
    """Cut the lines and put the nodes' coordinates at the parts' ends."""
    count = len(line_start) - 1
    distance = along(line_start, coords)
    owner = np.repeat(np.arange(count), np.diff(line_start))
    stop = np.full(len(coords), -1, dtype=np.int64)
    stop[line_start[:-1]], stop[line_start[1:] - 1] = node[:count], node[count : 2 * count]
    # Ends stay outermost even where a cut lies on them.
    place = np.where(stop < 0, 1, np.where(np.isin(np.arange(len(stop)), line_start[:-1]), 0, 2))
    owner = np.concatenate([owner, cuts.line])
    xy = np.concatenate([coords, node_xy[node[cuts.point]]])
    stop = np.concatenate([stop, node[cuts.point]])
    place = np.concatenate([place, np.ones(len(cuts.line), dtype=np.int64)])
    at_m = np.concatenate([distance, cuts.at_m])
    order = np.lexsort((stop, at_m, place, owner))
    owner, xy, stop, at_m = owner[order], xy[order], stop[order], at_m[order]
    beside = np.zeros(len(stop), dtype=bool)
    close = (np.diff(owner) == 0) & (np.diff(at_m) < _SAME_M)
    beside[:-1] |= close & (stop[1:] >= 0)
    beside[1:] |= close & (stop[:-1] >= 0)
    kept = (stop >= 0) | ~beside
    owner, xy, stop, at_m = owner[kept], xy[kept], stop[kept], at_m[kept]

    first, last = _between(stop, owner)
    ring = (stop[first] == stop[last]) & (last - first > 1) & (at_m[last] - at_m[first] > 2 * tolerance_m)
    middle = (first[ring] + last[ring]) // 2
    stop[middle] = len(node_xy) + np.arange(len(middle))
    node_xy = np.concatenate([node_xy, xy[middle]])
    first, last = _between(stop, owner)
    kept = stop[first] != stop[last]
    first, last = first[kept], last[kept]

    counts = last - first + 1
    starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    line_xy = xy[np.arange(starts[-1]) + np.repeat(first - starts[:-1], counts)]
    line_xy[starts[:-1]], line_xy[starts[1:] - 1] = node_xy[stop[first]], node_xy[stop[last]]
    dropped = count - len(np.unique(owner[first]))
    return _compact(
        Noded(
            node_xy,
            stop[first].astype(np.int32),
            stop[last].astype(np.int32),
            starts,
            line_xy,
            owner[first].astype(np.int32),
            dropped,
        )
    )


def _between(stop: NDArray[np.int64], owner: NDArray[np.int64]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Rows of every node on a line and of the next one on the same line."""
    stops = np.flatnonzero(stop >= 0)
    same = owner[stops[:-1]] == owner[stops[1:]]
    return stops[:-1][same], stops[1:][same]


def _compact(noded: Noded) -> Noded:
    """Leave out nodes that no line ends at."""
    used, number = np.unique(np.concatenate([noded.start, noded.end]), return_inverse=True)
    start, end = np.split(number.astype(np.int32), 2)
    return Noded(
        noded.node_xy[used], start, end, noded.line_start, noded.line_xy, noded.source, noded.dropped
    )
