"""The order of a road graph's vertices and the hierarchy that comes of it, before any times."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import routingkit_cch
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import depth_first_order

from pipeline.travel.cch import FAR, Tree, close_upwards, complete, customise, peel, tree_shape
from pipeline.travel.destination import RouteGraph
from pipeline.travel.doors import Touch
from pipeline.travel.sweep import Cone, Doors

I32 = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Metric:
    """Times of the hierarchy's arcs: int32 arrays of shape (hierarchy arcs,), ticks.

    `up` counts from the lower vertex to the upper one, `down` the other way.
    """

    up: I32
    down: I32

    @property
    def reversed(self) -> Self:
        """The times of the same journeys backwards."""
        return type(self)(self.down, self.up)


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """A contraction hierarchy without times.

    Parameters
    ----------
    rank
        Int32 array of shape (vertices,): place of each vertex in the order, a postorder of the tree.
    tree
        Upper neighbours and elimination tree, by rank.
    below
        Int32 array of shape (ranks,): size of each subtree.
    arc_at
        Int32 array of shape (graph arcs,): the hierarchy arc of each arc of the graph.
    arc_up
        Bool array of shape (graph arcs,): whether it leads up.
    """

    rank: I32
    tree: Tree
    below: I32
    arc_at: I32
    arc_up: NDArray[np.bool_]

    def base_metric(self, ticks: I32) -> Metric:
        """Put arc times, int32 of shape (graph arcs,), onto the hierarchy: of parallel ones the fastest."""
        size = len(self.tree.out)
        up, down = np.full(size, FAR, dtype=np.int32), np.full(size, FAR, dtype=np.int32)
        np.minimum.at(up, self.arc_at[self.arc_up], ticks[self.arc_up])
        np.minimum.at(down, self.arc_at[~self.arc_up], ticks[~self.arc_up])
        return Metric(up, down)

    def customised(self, base: Metric) -> Metric:
        """Find the times of all shortcuts from the times of arcs."""
        up, down = base.up.copy(), base.down.copy()
        customise(self.tree.ptr, self.tree.out, up, down)
        return Metric(up, down)

    def cone(self, doors: Doors, metric: Metric) -> Cone:
        """Cut out what lies above some targets, for a sweep down to them.

        Parameters
        ----------
        doors
            Where the targets touch the graph; a target without doors gets no answer and no entry.
        metric
            Times from the sources towards the targets.
        """
        tree = self.tree
        served = np.flatnonzero(np.diff(doors.ptr) > 0)
        lowest = np.minimum.reduceat(doors.vertex, doors.ptr[served]) if len(served) else doors.vertex[:0]
        marked = _above(tree.parent, lowest)
        vertex = np.flatnonzero(marked)[::-1].astype(np.int32)
        before = np.concatenate([[0], np.cumsum(marked)]).astype(np.int32)
        entry = len(vertex) - before[1:]
        inside = before[vertex + 1] - before[vertex + 1 - self.below[vertex]]
        degree = (tree.ptr[1:] - tree.ptr[:-1])[vertex]
        arc_ptr = np.concatenate([[0], np.cumsum(degree)]).astype(np.int32)
        arcs = _ranges(tree.ptr[vertex], degree)
        at = entry[lowest]
        order = np.argsort(at, kind="stable")
        target = served[order]
        counts = np.diff(doors.ptr)[target]
        touching = _ranges(doors.ptr[target], counts)
        return Cone(
            vertex=vertex,
            slot=tree.slot[vertex],
            skip=(np.arange(len(vertex)) + inside).astype(np.int32),
            arc_ptr=arc_ptr,
            arc_slot=tree.out_slot[arcs],
            arc_ticks=metric.down[arcs],
            target_ptr=np.searchsorted(at[order], np.arange(len(vertex) + 1)).astype(np.int64),
            target=target.astype(np.int64),
            door_ptr=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
            door_slot=tree.slot[doors.vertex[touching]],
            door_ticks=doors.ticks[touching],
        )


def _ranges(start: NDArray[np.integer], size: NDArray[np.integer]) -> NDArray[np.int64]:
    """Concatenate the ranges that begin at `start` and have `size` numbers."""
    first = np.cumsum(size) - size
    return np.asarray(np.arange(size.sum()) - np.repeat(first - start, size), dtype=np.int64)


def order_vertices(graph: RouteGraph, node_xy: NDArray[np.float64]) -> I32:
    """Rank the vertices by nested dissection, the least important first.

    Vertices with at most two neighbours are taken away first, which leaves well under half of a road network;
    the rest is cut along narrow places by RoutingKit's inertial flow. The ranks are then renumbered to a
    postorder of the elimination tree, which changes neither its shape nor the shortcuts.

    Parameters
    ----------
    graph
        The graph.
    node_xy
        Float64 array of shape (nodes, 2), EPSG:25832.

    Returns
    -------
    NDArray
        Int32 array of shape (vertices,): the rank of each vertex.
    """
    count = len(graph.vertex_node)
    ends = np.concatenate([graph.tail, graph.head]), np.concatenate([graph.head, graph.tail])
    both = csr_array((np.ones(len(ends[0]), dtype=np.int8), ends), shape=(count, count))
    both.sum_duplicates()
    ptr, near = both.indptr.astype(np.int64), both.indices.astype(np.int32)
    degree, taken = np.diff(ptr).astype(np.int32), np.empty(count, dtype=np.int32)
    taken = taken[: peel(ptr, near, degree, taken)]
    left = np.ones(count, dtype=bool)
    left[taken] = False
    rest = np.flatnonzero(left)
    number = np.cumsum(left) - 1
    size = degree[rest]
    tail = np.repeat(np.arange(len(rest)), size)
    head = number[near[_ranges(ptr[rest], size)]]
    xy = node_xy[graph.vertex_node[rest]]
    inertial = (
        routingkit_cch.compute_order_inertial(
            len(rest), tail.tolist(), head.tolist(), xy[:, 1].tolist(), xy[:, 0].tolist()
        )
        if len(rest)
        else []
    )
    first = np.empty(count, dtype=np.int32)
    first[np.concatenate([taken, rest[np.asarray(inertial, dtype=np.intp)]])] = np.arange(count)
    parent = _complete(graph, first)[2]
    return np.asarray(_postorder(parent)[first], dtype=np.int32)


def _complete(graph: RouteGraph, rank: I32) -> tuple[I32, I32, I32]:
    """Find the upper neighbours of each rank with all shortcuts, CSR, and its parent in the tree."""
    count = len(rank)
    a, b = rank[graph.tail], rank[graph.head]
    pair = (np.minimum(a, b), np.maximum(a, b))
    upper = csr_array((np.ones(len(a), dtype=np.int8), pair), shape=(count, count))
    upper.sum_duplicates()
    starts, parent = np.empty(count + 1, dtype=np.int32), np.empty(count, dtype=np.int32)
    out = complete(upper.indptr.astype(np.int64), upper.indices.astype(np.int32), starts, parent)
    return starts, out[: starts[-1]].copy(), parent


def _above(parent: I32, vertices: I32) -> NDArray[np.bool_]:
    """Mark vertices and everything above them in the tree."""
    marked = np.zeros(len(parent), dtype=bool)
    close_upwards(parent, vertices, marked)
    return marked


def _postorder(parent: I32) -> I32:
    """Give a forest new numbers such that every subtree is a run of them that ends with its root."""
    count = len(parent)
    above = np.where(parent < 0, count, parent)
    forest = csr_array(
        (np.ones(count, dtype=np.int8), (above, np.arange(count))), shape=(count + 1, count + 1)
    )
    walk = depth_first_order(forest, count, return_predecessors=False)
    number = np.empty(count + 1, dtype=np.int32)
    number[walk[::-1]] = np.arange(count + 1)
    return number[:count]


def build_hierarchy(graph: RouteGraph, rank: I32) -> Hierarchy:
    """Build the hierarchy of a graph from the order of its vertices.

    Raises
    ------
    ValueError
        The order is not one of this graph.
    """
    count = len(graph.vertex_node)
    if len(rank) != count or not np.array_equal(np.bincount(rank, minlength=count), np.ones(count)):
        raise ValueError("the order of the vertices belongs to another graph")
    ptr, out, parent = _complete(graph, rank)
    depth, below = np.empty_like(parent), np.empty_like(parent)
    tree_shape(parent, depth, below)
    a, b = rank[graph.tail].astype(np.int64), rank[graph.head].astype(np.int64)
    key = np.repeat(np.arange(count, dtype=np.int64), np.diff(ptr)) * count + out
    arc_at = np.searchsorted(key, np.minimum(a, b) * count + np.maximum(a, b)).astype(np.int32)
    return Hierarchy(rank, Tree(ptr, out, depth[out], parent, depth), below, arc_at, a < b)


def add_hubs(
    hierarchy: Hierarchy, base: Metric, arriving: Touch, leaving: Touch, between: I32
) -> tuple[Hierarchy, Metric]:
    """Put new vertices on top of the order, so that new links need no new order.

    A vertex above all others adds one shortcut to each vertex on the way up from where it touches the graph:
    some hundred, whatever the size of the network. All queries then work as before, and exactly.

    Parameters
    ----------
    hierarchy, base
        The hierarchy and the times of its arcs, not customised.
    arriving, leaving
        Ways from vertices to hubs and from hubs to vertices: hub `a`, vertex `b`.
    between
        Int32 array of shape (hubs, hubs): ticks from hub to hub, `FAR` where there is no link.

    Returns
    -------
    tuple
        The larger hierarchy, its hubs numbered from `len(hierarchy.below)` on, and its base metric.
    """
    tree, count, hubs = hierarchy.tree, len(hierarchy.below), len(between)
    touched = [np.concatenate([way.b[way.a == i] for way in (arriving, leaving)]) for i in range(hubs)]
    lists = [np.flatnonzero(_above(tree.parent, found.astype(np.int32))) for found in touched]
    found, owner = np.concatenate(lists), np.repeat(np.arange(hubs), [len(marked) for marked in lists])
    order = np.lexsort((owner, found))
    vertex, hub = found[order], owner[order]
    behind = tree.ptr[vertex + 1]
    at = behind + np.arange(len(vertex))
    low, high = np.triu_indices(hubs, 1)
    size = np.diff(tree.ptr) + np.bincount(vertex, minlength=count)
    ptr = np.concatenate([[0], np.cumsum(np.concatenate([size, np.arange(hubs)[::-1]]))]).astype(np.int32)
    out = np.concatenate([np.insert(tree.out, behind, count + hub), count + high]).astype(np.int32)
    parent = np.concatenate([tree.parent, np.arange(count + 1, count + hubs + 1)]).astype(np.int32)
    parent[parent < 0] = count
    parent[-1] = -1
    slot = np.concatenate([tree.slot + hubs, np.arange(hubs)]).astype(np.int32)
    up = np.concatenate([np.insert(base.up, behind, FAR), between[low, high]]).astype(np.int32)
    down = np.concatenate([np.insert(base.down, behind, FAR), between[high, low]]).astype(np.int32)
    for way, ticks in ((arriving, up), (leaving, down)):
        row = np.searchsorted(vertex * hubs + hub, way.b * hubs + way.a)
        np.minimum.at(ticks, at[row], way.ticks.astype(np.int32))
    below = np.concatenate([hierarchy.below, np.ones(hubs, dtype=np.int32)])
    larger = replace(hierarchy, tree=Tree(ptr, out, slot[out], parent, slot), below=below)
    return larger, Metric(up, down)
