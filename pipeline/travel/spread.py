"""The compiled loops that find the nearest of many: lists of the best, carried up and down the hierarchy.

Two passes over the hierarchy's arcs, one in rising and one in falling rank, take the place of a search with a
queue: their work does not depend on how many facilities there are.
"""

from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipeline.travel.cch import FAR, Tree
from pipeline.travel.sweep import Doors

I32 = NDArray[np.int32]

NO_LABEL: Final = 2**31 - 1
"""Stands for 'no source', after all of them."""


@njit(cache=True)
def _insert(ticks: I32, label: I32, v: int, x: int, name: int) -> None:
    """Put a label into row v, sorted by time and then by label, each label once, the worst falling out."""
    most = ticks.shape[1]
    last = most - 1
    for i in range(most):
        if label[v, i] == name:
            if ticks[v, i] <= x:
                return
            last = i
            break
    if x > ticks[v, last] or (x == ticks[v, last] and name > label[v, last]):
        return
    i = last
    while i > 0 and (ticks[v, i - 1] > x or (ticks[v, i - 1] == x and label[v, i - 1] > name)):
        ticks[v, i], label[v, i] = ticks[v, i - 1], label[v, i - 1]
        i -= 1
    ticks[v, i], label[v, i] = x, name


@njit(cache=True)
def _pass_on(ticks: I32, label: I32, a: int, found: I32, who: I32, b: int, way: int) -> None:
    """Offer the list of row a to row b of other lists, `way` ticks further on."""
    most = ticks.shape[1]
    for i in range(most):
        x = ticks[a, i] + way
        if x >= FAR or x > found[b, most - 1]:
            break
        _insert(found, who, b, x, label[a, i])


@njit(cache=True)
def spread(tree: Tree, up: I32, down: I32, doors: Doors, ticks: I32, label: I32) -> None:
    """Find the nearest sources of every vertex.

    Parameters
    ----------
    tree, up, down
        The hierarchy and the times of its arcs, away from the sources.
    doors
        Where the sources touch the graph.
    ticks, label
        Int32 arrays of shape (vertices, how many are wanted), filled with time and source, sorted by time, of
        equally near ones the lowest first; to begin with all `FAR` and `NO_LABEL`.
    """
    # Numba counts references each time an array is taken out of a tuple, so that is done once, out here.
    door_ptr, door_vertex, door_ticks = doors.ptr, doors.vertex, doors.ticks
    ptr, out = tree.ptr, tree.out
    for source in range(len(door_ptr) - 1):
        for i in range(door_ptr[source], door_ptr[source + 1]):
            _insert(ticks, label, door_vertex[i], door_ticks[i], source)
    count = len(ptr) - 1
    for v in range(count):
        for j in range(ptr[v], ptr[v + 1]):
            _pass_on(ticks, label, v, ticks, label, out[j], up[j])
    for v in range(count - 1, -1, -1):
        for j in range(ptr[v], ptr[v + 1]):
            _pass_on(ticks, label, out[j], ticks, label, v, down[j])


@njit(cache=True)
def _offer(ticks: I32, label: I32, v: int, x: int, name: int) -> None:
    """Keep the better of what v has and what is offered; of two equally good the lower label."""
    if x < ticks[v] or (x == ticks[v] and x < FAR and name < label[v]):
        ticks[v], label[v] = x, name


@njit(cache=True)
def spread_one(tree: Tree, up: I32, down: I32, doors: Doors, ticks: I32, label: I32) -> None:
    """Find the nearest source of every vertex: `spread` for lists of one, `ticks` and `label` flat."""
    door_ptr, door_vertex, door_ticks = doors.ptr, doors.vertex, doors.ticks
    ptr, out = tree.ptr, tree.out
    for source in range(len(door_ptr) - 1):
        for i in range(door_ptr[source], door_ptr[source + 1]):
            _offer(ticks, label, door_vertex[i], door_ticks[i], source)
    count = len(ptr) - 1
    for v in range(count):
        if ticks[v] < FAR:
            for j in range(ptr[v], ptr[v + 1]):
                _offer(ticks, label, out[j], ticks[v] + up[j], label[v])
    for v in range(count - 1, -1, -1):
        for j in range(ptr[v], ptr[v + 1]):
            _offer(ticks, label, v, ticks[out[j]] + down[j], label[out[j]])


@njit(cache=True)
def gather(ticks: I32, label: I32, doors: Doors, nearby: Doors, found: I32, who: I32) -> None:
    """Merge the lists of the vertices that each place touches.

    Parameters
    ----------
    ticks, label
        From `spread`.
    doors
        Where the places touch the graph.
    nearby
        Sources that a place reaches without passing a vertex: `vertex` holds the source.
    found, who
        Filled as `spread` does, for the places.
    """
    door_ptr, door_vertex, door_ticks = doors.ptr, doors.vertex, doors.ticks
    near_ptr, near_source, near_ticks = nearby.ptr, nearby.vertex, nearby.ticks
    for place in range(len(door_ptr) - 1):
        for i in range(door_ptr[place], door_ptr[place + 1]):
            _pass_on(ticks, label, door_vertex[i], found, who, place, door_ticks[i])
        for i in range(near_ptr[place], near_ptr[place + 1]):
            _insert(found, who, place, near_ticks[i], near_source[i])
