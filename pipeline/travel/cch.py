"""The compiled loops of the customisable contraction hierarchy: order, shortcuts, times.

Vertices are numbered by rank here, the least important first. Times are whole ticks (milliseconds), so that
sums are exact and no answer depends on the order of adding.

References
----------
Dibbelt, Strasser, Wagner: Customizable Contraction Hierarchies. ACM Journal of Experimental Algorithmics 21
(2016).
"""

from typing import Final, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

FAR: Final = 2**30 - 1
"""Ticks that stand for 'no way': the sum of two still fits an int32.

Compiled code of other modules holds a copy: whoever changes it removes the compiled files in `__pycache__`.
"""

I32 = NDArray[np.int32]


class Tree(NamedTuple):
    """The hierarchy: arcs from each vertex to its upper neighbours, and the elimination tree.

    `ptr` (vertices + 1) tells where a vertex's arcs begin in `out` (rank of the upper neighbour, rising) and
    `out_slot` (its slot). `parent` is the least upper neighbour or -1. A `slot` is the row that a vertex uses
    in a sweep: different for any two of which one is above the other.
    """

    ptr: I32
    out: I32
    out_slot: I32
    parent: I32
    slot: I32


@njit(cache=True)
def peel(ptr: NDArray[np.int64], near: I32, degree: I32, taken: I32) -> int:
    """Take away vertices with at most two neighbours, joining the two, until none is left.

    Taken in rounds without two neighbours in one round, so that a long road does not become a deep tree.

    Parameters
    ----------
    ptr, near
        Neighbours of each vertex, CSR. Changed in place to those of the vertices that are left.
    degree
        How many neighbours each vertex has; changed in place.
    taken
        As many as vertices: filled with those taken, in that order.

    Returns
    -------
    int
        How many were taken.
    """
    count = len(degree)
    touched, listed = np.empty(count, np.int32), np.empty(count, np.int32)
    now, later = np.empty(count, np.int32), np.empty(count, np.int32)
    for v in range(count):
        now[v], touched[v], listed[v] = v, -1, -1
    size, total, turn = count, 0, 0
    while size > 0:
        waiting = 0
        for i in range(size):
            v = now[i]
            if degree[v] < 0 or degree[v] > 2:
                continue
            if touched[v] == turn:
                waiting = _list(later, waiting, v, listed, turn)
                continue
            first, neighbours = ptr[v], degree[v]
            taken[total] = v
            total += 1
            degree[v] = -1
            for side in range(neighbours):
                a, b = near[first + side], near[first + neighbours - 1 - side]
                _replace(ptr, near, degree, a, v, b)
                touched[a] = turn
                if degree[a] <= 2:
                    waiting = _list(later, waiting, a, listed, turn)
        now, later = later, now
        size = waiting
        turn += 1
    return total


@njit(cache=True)
def _list(later: I32, waiting: int, v: int, listed: I32, turn: int) -> int:
    """Note a vertex for the next round, once."""
    if listed[v] == turn:
        return waiting
    listed[v] = turn
    later[waiting] = v
    return waiting + 1


@njit(cache=True)
def _replace(ptr: NDArray[np.int64], near: I32, degree: I32, a: int, v: int, b: int) -> None:
    """Make b a neighbour of a in place of v, or strike v out when b is one already (or a itself)."""
    at, known = ptr[a], a == b
    for j in range(ptr[a], ptr[a] + degree[a]):
        if near[j] == v:
            at = j
        elif near[j] == b:
            known = True
    if known:
        degree[a] -= 1
        near[at] = near[ptr[a] + degree[a]]
    else:
        near[at] = b


@njit(cache=True)
def complete(ptr: NDArray[np.int64], upper: I32, starts: I32, parent: I32) -> I32:
    """Add the arcs that contraction in order of rank makes (chordal completion).

    Parameters
    ----------
    ptr, upper
        The upper neighbours of each vertex in the road graph, CSR.
    starts, parent
        Filled with the pointers of the result and with the parents in the elimination tree (-1 for none).

    Returns
    -------
    NDArray
        The upper neighbours of each vertex with all shortcuts, rising; longer than `starts` asks for.
    """
    count = len(parent)
    out = np.empty(2 * len(upper) + count, np.int32)
    child, sibling = np.empty(count, np.int32), np.empty(count, np.int32)
    seen, mine = np.empty(count, np.int32), np.empty(count, np.int32)
    for v in range(count):
        child[v], sibling[v], seen[v], parent[v] = -1, -1, -1, -1
    used = 0
    starts[0] = 0
    for v in range(count):
        size = _collect(upper, ptr[v], ptr[v + 1], v, seen, mine, 0)
        c = child[v]
        while c != -1:
            size = _collect(out, starts[c] + 1, starts[c + 1], v, seen, mine, size)
            c = sibling[c]
        if used + size > len(out):
            longer = np.empty(2 * len(out) + size, np.int32)
            for i in range(used):
                longer[i] = out[i]
            out = longer
        for i in range(size):
            out[used + i] = mine[i]
        if size > 0:
            above = out[used]
            parent[v] = above
            sibling[v] = child[above]
            child[above] = v
        used += size
        starts[v + 1] = used
    return out


@njit(cache=True)
def _collect(vertices: I32, first: int, last: int, v: int, seen: I32, mine: I32, size: int) -> int:
    """Sort those vertices into v's list that are not in it yet."""
    for j in range(first, last):
        u = vertices[j]
        if seen[u] != v:
            seen[u] = v
            i = size
            while i > 0 and mine[i - 1] > u:
                mine[i] = mine[i - 1]
                i -= 1
            mine[i] = u
            size += 1
    return size


@njit(cache=True)
def tree_shape(parent: I32, depth: I32, below: I32) -> None:
    """Measure a forest whose parents have higher numbers: depth, and vertices in the subtree, of each."""
    count = len(parent)
    for v in range(count):
        below[v] = 1
    for v in range(count):
        if parent[v] >= 0:
            below[parent[v]] += below[v]
    for v in range(count - 1, -1, -1):
        depth[v] = depth[parent[v]] + 1 if parent[v] >= 0 else 0


@njit(cache=True)
def customise(ptr: I32, out: I32, up: I32, down: I32) -> None:
    """Turn arc times into shortcut times, in place: the lower triangles of each vertex, in rising rank."""
    for v in range(len(ptr) - 1):
        end = ptr[v + 1]
        for i in range(ptr[v], end):
            to_me, from_me = down[i], up[i]
            if to_me == FAR and from_me == FAR:
                continue
            j = ptr[out[i]]
            for q in range(i + 1, end):
                while out[j] < out[q]:
                    j += 1
                up[j] = min(up[j], to_me + up[q])
                down[j] = min(down[j], down[q] + from_me)


@njit(cache=True)
def close_upwards(parent: I32, vertices: I32, marked: NDArray[np.bool_]) -> None:
    """Mark vertices and everything above them."""
    for i in range(len(vertices)):
        v = vertices[i]
        while v != -1 and not marked[v]:
            marked[v] = True
            v = parent[v]
