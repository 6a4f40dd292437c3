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

FEWEST_LANES: Final = 32
"""A descent with fewer sources side by side is no faster."""

MOST_LANES: Final = 256
"""A descent with more is not worth the work for sources that lie far apart."""

CACHED: Final = 2**16
"""Numbers that the rows of a descent may hold together, so that they stay in a core's own cache."""


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


class Climbs(NamedTuple):
    """What the climbs of a block passed: vertex and ticks by slot and lane; last block by each vertex."""

    vertex: I32
    ticks: I32
    passed: I32


class Sink(NamedTuple):
    """Where a sweep's answers go: source i to column `column[i]` of `table`, a tick counting `unit` there.

    `table` is flat, with as many columns as there are sources; an empty one means that pairs are wanted. If
    not `scattered`, the columns are 0, 1, 2 … and every answer is written, NaN where there is none; else only
    those within the cut-off are.
    """

    table: NDArray[np.float32]
    column: NDArray[np.int64]
    unit: float
    scattered: bool


@njit(cache=True, nogil=True)
def _relax(to: I32, a: int, source: I32, b: int, ticks: int, lanes: int) -> None:
    """Better row a of `to` by row b of `source` plus a time, lane by lane."""
    i, j = np.uint64(a) * np.uint64(lanes), np.uint64(b) * np.uint64(lanes)
    for k in range(np.uint64(lanes)):
        to[i + k] = min(to[i + k], np.int32(source[j + k] + ticks))


@njit(cache=True, nogil=True, inline="always")
def _begin(row: I32, path: I32, climb: I32, slot: int, v: int, lanes: int) -> None:
    """Start v's row: with what the climbs brought to v, or with nothing if v is -1."""
    i = np.uint64(slot) * np.uint64(lanes)
    if v == -1:
        for k in range(np.uint64(lanes)):
            row[i + k] = FAR
        return
    for k in range(np.uint64(lanes)):
        row[i + k] = climb[i + k] if path[i + k] == v else FAR


@njit(cache=True, nogil=True, inline="always")
def _least(row: I32, slot: int, lanes: int) -> np.int32:
    i = np.uint64(slot) * np.uint64(lanes)
    best = np.int32(FAR)
    for k in range(np.uint64(lanes)):
        best = min(best, row[i + k])
    return best


@njit(cache=True, nogil=True)
def _climb(tree: Tree, up: I32, doors: Doors, source: int, most: int, mine: I32) -> int:
    """Search upwards from one source; `mine` is its time by slot. Return the lowest vertex it starts from."""
    ptr, out_slot, parent, slot = tree.ptr, tree.out_slot, tree.parent, tree.slot
    vertex, ticks = doors.vertex, doors.ticks
    for i in range(len(mine)):
        mine[i] = FAR
    lowest = -1
    for i in range(doors.ptr[source], doors.ptr[source + 1]):
        v = vertex[i]
        lowest = v if lowest < 0 else min(lowest, v)
        mine[slot[v]] = min(mine[slot[v]], ticks[i])
    v = lowest
    while v != -1:
        passed = mine[slot[v]]
        if passed <= most:
            for j in range(ptr[v], ptr[v + 1]):
                mine[out_slot[j]] = min(mine[out_slot[j]], np.int32(passed + up[j]))
        v = parent[v]
    return lowest


@njit(cache=True, nogil=True)
def _lay_out(tree: Tree, v: int, mine: I32, climbs: Climbs, block: int, lane: int) -> None:
    """Copy one climb, from v upwards, into its lane."""
    parent, slot = tree.parent, tree.slot
    vertex, ticks, passed = climbs.vertex, climbs.ticks, climbs.passed
    lanes = len(ticks) // len(mine)
    while v != -1:
        at = slot[v] * lanes + lane
        vertex[at], ticks[at] = v, mine[slot[v]]
        passed[v] = block
        v = parent[v]


@njit(cache=True, nogil=True, inline="always")
def _descend(
    row: I32, to: int, arcs: tuple[int, int], slot: I32, ticks: I32, least: I32, most: int, lanes: int
) -> bool:
    """Better a row by those of the upper neighbours; tell whether any of them is within the cut-off."""
    near = False
    for j in range(arcs[0], arcs[1]):
        if least[slot[j]] <= most:
            near = True
            _relax(row, to, row, slot[j], ticks[j], lanes)
    return near


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
    # Numba counts references each time an array is taken out of a tuple, so that is done once, out here.
    lanes, slots = shape
    vertices, slot_of, skip, arc_ptr = cone.vertex, cone.slot, cone.skip, cone.arc_ptr
    arc_slot, arc_ticks, target_ptr, targets = cone.arc_slot, cone.arc_ticks, cone.target_ptr, cone.target
    door_ptr, door_slot, door_ticks = cone.door_ptr, cone.door_slot, cone.door_ticks
    table, column = sink.table, sink.column
    climbs = Climbs(
        np.empty(slots * lanes, np.int32),
        np.empty(slots * lanes, np.int32),
        np.empty(len(tree.parent), np.int32),
    )
    on_path, climbed, passed = climbs.vertex, climbs.ticks, climbs.passed
    for v in range(len(passed)):
        passed[v] = -1
    row, mine, least = np.empty(slots * lanes, np.int32), np.empty(slots, np.int32), np.empty(slots, np.int32)
    answer, dense = np.empty(lanes, np.int32), len(table) > 0
    used, pairs = 0, np.empty(0 if dense else 4096, np.int32)
    for block in range(blocks[0], blocks[1]):
        first = block * lanes
        size = min(lanes, len(column) - first)
        for i in range(slots * lanes):
            on_path[i] = -1
        for k in range(size):
            v = _climb(tree, up, doors, first + k, most, mine)
            _lay_out(tree, v, mine, climbs, block, k)
        r = 0
        while r < len(vertices):
            slot, v = slot_of[r], vertices[r]
            near = passed[v] == block
            _begin(row, on_path, climbed, slot, v if near else -1, lanes)
            arcs = (arc_ptr[r], arc_ptr[r + 1])
            near |= _descend(row, slot, arcs, arc_slot, arc_ticks, least, most, lanes)
            # Where nothing comes near, nothing below does; a hub's row is asked all the same.
            least[slot] = _least(row, slot, lanes) if near else FAR
            after = r + 1 if near else skip[r]
            for i in range(target_ptr[r], target_ptr[after]):
                _answer(answer, row, (door_ptr[i], door_ptr[i + 1] if near else 0), door_slot, door_ticks)
                if dense and (near or not sink.scattered):
                    _write(table, column, (targets[i], first, size), answer, most, sink.unit, sink.scattered)
                elif near and not dense:
                    pairs, used = _append(pairs, used, column, (targets[i], first, size), answer, most)
            r = after
    return pairs, used


@njit(cache=True, nogil=True, inline="always")
def _answer(answer: I32, row: I32, doors: tuple[int, int], slot: I32, ticks: I32) -> None:
    """Find the times of a target: the least over its doors, nothing without any."""
    lanes = len(answer)
    for k in range(lanes):
        answer[k] = FAR
    for q in range(doors[0], doors[1]):
        _relax(answer, 0, row, slot[q], ticks[q], lanes)


@njit(cache=True, nogil=True)
def _write(
    table: NDArray[np.float32],
    column: NDArray[np.int64],
    where: tuple[int, int, int],
    answer: I32,
    most: int,
    unit: float,
    scattered: bool,  # noqa: FBT001
) -> None:
    """Write one target's answers into the table: target, first source and number of sources."""
    target, first, size = where
    start = np.uint64(target) * np.uint64(len(column))
    if scattered:
        for k in range(size):
            if answer[k] <= most:
                table[start + np.uint64(column[first + k])] = np.float32(answer[k] * unit)
        return
    start += np.uint64(first)
    for k in range(np.uint64(size)):
        table[start + k] = np.float32(answer[k] * unit) if answer[k] <= most else np.float32(np.nan)


@njit(cache=True, nogil=True)
def _append(
    pairs: I32, used: int, column: NDArray[np.int64], where: tuple[int, int, int], answer: I32, most: int
) -> tuple[I32, int]:
    """Add the pairs within the cut-off: target, column and ticks, one after the other."""
    target, first, size = where
    if used + 3 * size > len(pairs):
        longer = np.empty(2 * len(pairs) + 3 * size, np.int32)
        for i in range(used):
            longer[i] = pairs[i]
        pairs = longer
    for k in range(size):
        if answer[k] <= most:
            pairs[used], pairs[used + 1], pairs[used + 2] = target, column[first + k], answer[k]
            used += 3
    return pairs, used


@njit(cache=True)
def distribute(rows: I32, key: int, start: NDArray[np.int64], out: I32) -> None:
    """Copy rows, of shape (rows, 3), to where `start` says for the value in column `key`, in order."""
    for i in range(len(rows)):
        at = start[rows[i, key]]
        start[rows[i, key]] += 1
        out[at, 0], out[at, 1], out[at, 2] = rows[i, 0], rows[i, 1], rows[i, 2]
