"""The compiled loop that finds travel times from many sources to many targets.

A search upwards from each source (a climb) meets one descent through the hierarchy above the targets, which
carries many sources side by side (Delling, Goldberg, Nowatzyk, Werneck: PHAST, IPDPS 2011; Delling, Goldberg,
Werneck: Faster Batched Shortest Paths in Road Networks, ATMOS 2011).

It differs from these in one thing. Ranks are a postorder of the elimination tree and every upper neighbour of
a vertex is one of its ancestors, so a descent in falling rank is a walk through that tree in which only the
rows of the ancestors are ever read. Rows are kept by depth, not by vertex: some hundred rows that stay in the
nearest cache, whatever the size of the country. And as nothing below a vertex is nearer than the nearest of
its upper neighbours, whole subtrees beyond a cut-off are passed over.
"""

from typing import Final, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipeline.travel.cch import FAR, Tree

I32 = NDArray[np.int32]

LANES: Final = 64
"""Sources that one descent carries side by side."""


class Doors(NamedTuple):
    """Where places touch the graph: place i by the entries `ptr[i]` to `ptr[i + 1]` of `vertex` and `ticks`.

    All vertices of one place lie on one way up the tree.
    """

    ptr: NDArray[np.int64]
    vertex: I32
    ticks: I32


class Cone(NamedTuple):
    """The part of the hierarchy above some targets, in falling rank, with what a descent needs of it.

    `skip` is the entry after a vertex's subtree. The targets served at entry r are those from `target_ptr[r]`
    to `target_ptr[r + 1]`; target i is row `target[i]` of the result and takes the least of the slots
    `door_slot` plus `door_ticks` from `door_ptr[i]` to `door_ptr[i + 1]`.
    """

    vertex: I32
    slot: I32
    skip: I32
    arc_ptr: I32
    arc_slot: I32
    arc_ticks: I32
    target_ptr: NDArray[np.int64]
    target: NDArray[np.int64]
    door_ptr: NDArray[np.int64]
    door_slot: I32
    door_ticks: I32


class Sink(NamedTuple):
    """Where a sweep's answers go: source i to column `column[i]` of `table`, a tick counting `unit` there.

    A table without rows means that pairs are wanted instead.
    """

    table: NDArray[np.float32]
    column: NDArray[np.int64]
    unit: float


@njit(cache=True, nogil=True)
def _relax(to: I32, a: int, source: I32, b: int, ticks: int, lanes: int) -> None:
    """Better row a of `to` by row b of `source` plus a time, lane by lane."""
    i, j = np.uint64(a) * np.uint64(lanes), np.uint64(b) * np.uint64(lanes)
    for k in range(np.uint64(lanes)):
        to[i + k] = min(to[i + k], np.int32(source[j + k] + ticks))


@njit(cache=True, nogil=True)
def _begin(row: I32, path: I32, climb: I32, slot: int, v: int, lanes: int) -> bool:
    """Start v's row with what the climbs brought to v; tell whether any climb passed v."""
    i = np.uint64(slot) * np.uint64(lanes)
    hits = 0
    for k in range(i, i + np.uint64(lanes)):
        hit = path[k] == v
        hits += hit
        row[k] = climb[k] if hit else np.int32(FAR)
    return hits > 0


@njit(cache=True, nogil=True)
def _least(row: I32, slot: int, lanes: int) -> np.int32:
    i = np.uint64(slot) * np.uint64(lanes)
    best = np.int32(FAR)
    for k in range(np.uint64(lanes)):
        best = min(best, row[i + k])
    return best


@njit(cache=True, nogil=True)
def _climb(tree: Tree, up: I32, doors: Doors, source: int, most: int, mine: I32) -> int:
    """Search upwards from one source; `mine` is its time by slot. Return the lowest vertex it starts from."""
    for i in range(len(mine)):
        mine[i] = FAR
    lowest = -1
    for i in range(doors.ptr[source], doors.ptr[source + 1]):
        v = doors.vertex[i]
        lowest = v if lowest < 0 else min(lowest, v)
        mine[tree.slot[v]] = min(mine[tree.slot[v]], doors.ticks[i])
    v = lowest
    while v != -1:
        ticks = mine[tree.slot[v]]
        if ticks <= most:
            for j in range(tree.ptr[v], tree.ptr[v + 1]):
                o = tree.out_slot[j]
                mine[o] = min(mine[o], np.int32(ticks + up[j]))
        v = tree.parent[v]
    return lowest


@njit(cache=True, nogil=True)
def _descend(row: I32, slot: int, cone: Cone, r: int, least: I32, most: int, lanes: int) -> bool:
    """Better a row by those of the upper neighbours; tell whether any of them is within the cut-off."""
    near = False
    for j in range(cone.arc_ptr[r], cone.arc_ptr[r + 1]):
        if least[cone.arc_slot[j]] <= most:
            near = True
            _relax(row, slot, row, cone.arc_slot[j], cone.arc_ticks[j], lanes)
    return near


@njit(cache=True, nogil=True)
def _lay_out(tree: Tree, v: int, mine: I32, path: I32, climb: I32, lanes: int, lane: int) -> None:
    """Copy one climb, from v upwards, into its lane."""
    while v != -1:
        at = tree.slot[v] * lanes + lane
        path[at], climb[at] = v, mine[tree.slot[v]]
        v = tree.parent[v]


@njit(cache=True, nogil=True)
def sweep(
    blocks: tuple[int, int],
    shape: tuple[int, int],
    tree: Tree,
    up: I32,
    doors: Doors,
    cone: Cone,
    most: int,
    sink: Sink,
) -> tuple[I32, int]:
    """Find the times from blocks of sources to all targets of a cone, up to a cut-off.

    Parameters
    ----------
    blocks
        The first block of sources, and the one after the last.
    shape
        How many sources make a block (lanes), and how many slots the tree has.
    tree, up
        The hierarchy and the times of its arcs upwards.
    doors
        Where the sources touch the graph. Sources close together in rank share more of their way.
    cone
        The targets, with the times of the arcs downwards.
    most
        Cut-off, ticks, below `FAR`.
    sink
        Where the answers go.

    Returns
    -------
    tuple
        Target, column and ticks of every pair within the cut-off, end to end, if the sink has no table; and
        how many numbers these are.
    """
    lanes, slots = shape
    row, path = np.empty(slots * lanes, np.int32), np.empty(slots * lanes, np.int32)
    climb = np.empty(slots * lanes, np.int32)
    mine, least, answer = np.empty(slots, np.int32), np.empty(slots, np.int32), np.empty(lanes, np.int32)
    entries, dense = len(cone.vertex), len(sink.table) > 0
    used, pairs = 0, np.empty(0 if dense else 4096, np.int32)
    for block in range(blocks[0], blocks[1]):
        first = block * lanes
        size = min(lanes, len(sink.column) - first)
        for i in range(slots * lanes):
            path[i] = -1
        for k in range(size):
            v = _climb(tree, up, doors, first + k, most, mine)
            _lay_out(tree, v, mine, path, climb, lanes, k)
        r = 0
        while r < entries:
            slot = cone.slot[r]
            near = _begin(row, path, climb, slot, cone.vertex[r], lanes)
            near |= _descend(row, slot, cone, r, least, most, lanes)
            # Where nothing comes near, nothing below does; a hub's row is asked all the same.
            least[slot] = _least(row, slot, lanes) if near else FAR
            after = r + 1 if near else cone.skip[r]
            for i in range(cone.target_ptr[r], cone.target_ptr[after]):
                _answer(answer, row, cone, i, near, lanes)
                if dense:
                    _write(sink, cone.target[i], first, size, answer, most)
                elif near:
                    pairs, used = _append(pairs, used, sink, cone.target[i], first, size, answer, most)
            r = after
    return pairs, used


@njit(cache=True, nogil=True)
def _answer(answer: I32, row: I32, cone: Cone, i: int, near: bool, lanes: int) -> None:  # noqa: FBT001
    """Find the times of target i: the least over its doors, nothing where no source is near."""
    for k in range(lanes):
        answer[k] = FAR
    if near:
        for q in range(cone.door_ptr[i], cone.door_ptr[i + 1]):
            _relax(answer, 0, row, cone.door_slot[q], cone.door_ticks[q], lanes)


@njit(cache=True, nogil=True)
def _write(sink: Sink, target: int, first: int, size: int, answer: I32, most: int) -> None:
    for k in range(size):
        value = answer[k] * sink.unit if answer[k] <= most else np.nan
        sink.table[target, sink.column[first + k]] = np.float32(value)


@njit(cache=True, nogil=True)
def _append(
    pairs: I32, used: int, sink: Sink, target: int, first: int, size: int, answer: I32, most: int
) -> tuple[I32, int]:
    """Add the pairs within the cut-off: target, column and ticks, one after the other."""
    if used + 3 * size > len(pairs):
        longer = np.empty(2 * len(pairs) + 3 * size, np.int32)
        for i in range(used):
            longer[i] = pairs[i]
        pairs = longer
    for k in range(size):
        if answer[k] <= most:
            pairs[used], pairs[used + 1], pairs[used + 2] = target, sink.column[first + k], answer[k]
            used += 3
    return pairs, used


@njit(cache=True)
def distribute(rows: I32, key: int, start: NDArray[np.int64], out: I32) -> None:
    """Copy rows, of shape (rows, 3), to where `start` says for the value in column `key`, in order."""
    for i in range(len(rows)):
        at = start[rows[i, key]]
        start[rows[i, key]] += 1
        out[at, 0], out[at, 1], out[at, 2] = rows[i, 0], rows[i, 1], rows[i, 2]
