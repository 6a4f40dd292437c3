"""Ways cut into road lines from junction to junction, and the delays that stand on their points."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.roads.barriers import NodeRule


@dataclass(frozen=True, slots=True)
class Pieces:
    """Parts of ways between junctions.

    Parameters
    ----------
    way
        Int32 array: the way each piece is a part of.
    start
        Int64 array of shape (pieces + 1,): where a piece's points start in `points`.
    points
        Int32 array: row of the node at each point; a junction stands once in every piece that ends there.
    cut_ways
        Number of ways that lack a node and were cut there.
    """

    way: NDArray[np.int32]
    start: NDArray[np.int64]
    points: NDArray[np.int32]
    cut_ways: int

    @property
    def first(self) -> NDArray[np.int32]:
        """Row of the node at each piece's first point."""
        return self.points[self.start[:-1]]

    @property
    def last(self) -> NDArray[np.int32]:
        """Row of the node at each piece's last point."""
        return self.points[self.start[1:] - 1]


def split_ways(
    start: NDArray[np.int64], node: NDArray[np.int32], nodes: int, junctions: NDArray[np.integer]
) -> Pieces:
    """Cut ways at the nodes that they share, at their ends and where nodes are missing.

    A ring that would begin and end at one node is cut in its middle too, so that no road line is a loop.

    Parameters
    ----------
    start, node
        Way i runs over `node[start[i]:start[i + 1]]`, rows of nodes; -1 for a node that the extract lacks.
    nodes
        Number of nodes.
    junctions
        Rows of nodes to cut at as well (ferry terminals, barriers).
    """
    way = np.repeat(np.arange(len(start) - 1, dtype=np.int32), np.diff(start))
    here = np.flatnonzero(node >= 0)
    cut_ways = len(np.unique(way[node < 0]))
    at, way = node[here], way[here]
    follows = np.zeros(len(here), dtype=bool)
    follows[1:] = (np.diff(here) == 1) & (np.diff(way) == 0)
    again = np.zeros(len(here), dtype=bool)
    again[1:] = follows[1:] & (np.diff(at) == 0)
    at, way, follows = at[~again], way[~again], follows[~again]

    run = np.cumsum(~follows)
    ends = ~follows
    ends[:-1] |= ~follows[1:]
    ends[-1:] = True
    junction = np.bincount(at, minlength=nodes) > 1
    junction[at[ends]] = True
    junction[junctions] = True
    first, last = _between(junction[at], run)
    rings = at[first] == at[last]
    if rings.any():
        junction[at[(first[rings] + last[rings]) // 2]] = True
        first, last = _between(junction[at], run)
    counts = last - first + 1
    piece_start = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    rows = np.arange(piece_start[-1]) + np.repeat(first - piece_start[:-1], counts)
    return Pieces(way[first], piece_start, at[rows], cut_ways)


def _between(
    junction: NDArray[np.bool_], run: NDArray[np.integer]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Positions of each junction and of the next one in the same run of points."""
    found = np.flatnonzero(junction)
    same = run[found[:-1]] == run[found[1:]]
    return found[:-1][same], found[1:][same]


def along(start: NDArray[np.int64], xy: NDArray[np.float64]) -> NDArray[np.float64]:
    """Distance of every point from the start of its line, metres.

    Parameters
    ----------
    start
        Line i holds the points `xy[start[i]:start[i + 1]]`; every line has points.
    xy
        Coordinates of the points, metres.
    """
    step = np.zeros(len(xy))
    step[1:] = np.hypot(*np.diff(xy, axis=0).T)
    step[start[:-1]] = 0
    total = np.cumsum(step)
    return total - np.repeat(total[start[:-1]], np.diff(start))


@dataclass(frozen=True, slots=True)
class PointDelays:
    """Time lost at points of pieces, seconds, in each direction, and whether a signal is among them."""

    forward_s: NDArray[np.float64]
    backward_s: NDArray[np.float64]
    forward_signal: NDArray[np.bool_]
    backward_signal: NDArray[np.bool_]


def point_delays(
    pieces: Pieces,
    distance: NDArray[np.float64],
    rule_of_node: NDArray[np.int32],
    rules: list[NodeRule],
    oneway: NDArray[np.bool_],
) -> PointDelays:
    """Add up the delays of the points that an arc passes or arrives at (not of the one it leaves).

    Parameters
    ----------
    pieces
        The pieces.
    distance
        Distance of every point from the start of its piece, metres (`along`).
    rule_of_node, rules
        Rule of each node.
    oneway
        Whether a piece is driven in one direction only: then every sign on it faces the traffic.
    """
    count = len(pieces.way)
    seconds = np.array([(rule.forward_s, rule.backward_s) for rule in rules]).reshape(-1, 2)
    delays = seconds.max(axis=1, initial=0.0) > 0
    nearest = np.array([rule.nearest for rule in rules], dtype=bool)
    signal = np.array([rule.signal for rule in rules], dtype=bool)
    rule = rule_of_node[pieces.points]
    point = np.flatnonzero(delays[rule])
    rule = rule[point]
    piece = (np.searchsorted(pieces.start, point, side="right") - 1).astype(np.int64)
    is_first, is_last = point == pieces.start[piece], point == pieces.start[piece + 1] - 1
    length = distance[pieces.start[piece + 1] - 1]
    towards_end = distance[point] * 2 >= length
    picks = nearest[rule] & ~oneway[piece] & ~is_first & ~is_last
    forward = ~is_first & (~picks | towards_end)
    backward = ~is_last & (~picks | ~towards_end)

    def total(column: int, rows: NDArray[np.bool_]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        lost = np.zeros(count)
        np.add.at(lost, piece[rows], seconds[rule[rows], column])
        return lost, np.bincount(piece[rows & signal[rule]], minlength=count) > 0

    (forward_s, forward_signal), (backward_s, backward_signal) = total(0, forward), total(1, backward)
    return PointDelays(forward_s, backward_s, forward_signal, backward_signal)
