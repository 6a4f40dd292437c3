"""Roads that may be driven to a door on them but never through: built into the graph, not into the search.

Nodes that only access-only roads lead to are doubled where a way through exists. One copy is for arriving:
its arcs lead in and never back out. The other is for leaving: its arcs lead out and never back in. A journey
may change from leaving to arriving (a trip within the private area) but never the other way round, so every
door is reached by its best gate, one-way driveways work, and nothing passes through.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from pipeline.roads.model import RoadArcs, RoadFlag

DOUBLE: Final = -1
"""Stands for 'no road arc' in `RouteGraph.arc`: the step, taking no time, from leaving to arriving copy."""


@dataclass(frozen=True, slots=True)
class RouteGraph:
    """The graph that journeys are searched on: vertices are nodes, some of them twice.

    Parameters
    ----------
    start_vertex
        Int32 array of shape (nodes,): the vertex where a journey from this node starts. One that ends at the
        node ends at the vertex with the node's own number.
    vertex_node
        Int32 array of shape (vertices,): the node of each vertex.
    tail, head
        Int32 arrays of shape (graph arcs,): the vertices an arc leaves and enters, never the same.
    arc
        Int32 array of shape (graph arcs,): the road arc it stands for, or `DOUBLE`.
    blocked
        Bool array of shape (graph arcs,): access-only roads between two public junctions. Doors on them are
        reached from either end; nothing drives from one end to the other.
    """

    start_vertex: NDArray[np.int32]
    vertex_node: NDArray[np.int32]
    tail: NDArray[np.int32]
    head: NDArray[np.int32]
    arc: NDArray[np.int32]
    blocked: NDArray[np.bool_]


def components(
    nodes: int, tail: NDArray[np.int32], head: NDArray[np.int32], *, strong: bool = False
) -> NDArray[np.int32]:
    """Label the nodes by component, the one with most nodes first (then the one with the lowest node)."""
    ones = np.ones(len(tail), dtype=np.int8)
    graph = csr_array((ones, (tail, head)), shape=(nodes, nodes))
    count, label = connected_components(graph, connection="strong" if strong else "weak")
    size = np.bincount(label, minlength=count)
    lowest = np.full(count, nodes)
    np.minimum.at(lowest, label, np.arange(nodes))
    rank = np.empty(count, dtype=np.int32)
    rank[np.lexsort((lowest, -size))] = np.arange(count, dtype=np.int32)
    return rank[label]


def route_graph(arcs: RoadArcs) -> RouteGraph:
    """Build the graph of journeys from road arcs.

    Self-loops lead nowhere and are left out; a point on one is still reached from its junction. Parallel arcs
    all stay: the fastest wins when times are set, and another may once it is closed.

    The public core is the largest part, in each connected network, whose junctions all reach each other on
    public roads. What lies outside it and is joined to it through access-only roads (a gated street with
    public roads behind) counts as access-only too.
    """
    nodes = len(arcs.node_xy)
    tail, head = arcs.tail, arcs.head
    private = (arcs.flags & RoadFlag.DESTINATION_ONLY) > 0
    core = _public_core(nodes, tail, head, ~private)
    doubled = _doubled(core, tail, head, private)
    copies = np.flatnonzero(doubled).astype(np.int32)
    start = np.arange(nodes, dtype=np.int32)
    start[copies] = np.arange(nodes, nodes + len(copies), dtype=np.int32)

    moves = tail != head
    arriving = np.flatnonzero(moves & ~(doubled[tail] & ~doubled[head])).astype(np.int32)
    leaving = np.flatnonzero(moves & doubled[tail]).astype(np.int32)
    arc = np.concatenate([arriving, leaving, np.full(len(copies), DOUBLE, dtype=np.int32)])
    shut = private & core[tail] & core[head]
    return RouteGraph(
        start_vertex=start,
        vertex_node=np.concatenate([np.arange(nodes, dtype=np.int32), copies]),
        tail=np.concatenate([tail[arriving], start[tail[leaving]], start[copies]]),
        head=np.concatenate([head[arriving], start[head[leaving]], copies]),
        arc=arc,
        blocked=(arc != DOUBLE) & shut[arc],
    )


def _public_core(
    nodes: int, tail: NDArray[np.int32], head: NDArray[np.int32], public: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Mark, in each connected network, the largest part joined both ways by public roads."""
    if public.all():
        return np.ones(nodes, dtype=bool)
    network = components(nodes, tail, head)
    part = components(nodes, tail[public], head[public], strong=True)
    largest = np.full(network.max(initial=-1) + 1, nodes, dtype=np.int32)
    np.minimum.at(largest, network, part)
    return np.asarray(part == largest[network])


def _doubled(
    core: NDArray[np.bool_],
    tail: NDArray[np.int32],
    head: NDArray[np.int32],
    private: NDArray[np.bool_],
) -> NDArray[np.bool_]:
    """Mark the nodes outside the core whose piece has access-only roads and two gates or more."""
    nodes = len(core)
    if core.all():
        return np.zeros(nodes, dtype=bool)
    within = ~core[tail] & ~core[head]
    piece = components(nodes, tail[within], head[within])
    across = core[tail] != core[head]
    inner = np.where(core[tail], head, tail)
    gate = np.where(core[tail], tail, head)
    pieces = piece.max() + 1
    pairs = np.unique(piece[inner[across]].astype(np.int64) * nodes + gate[across])
    gates = np.bincount(pairs // nodes, minlength=pieces)
    has_private = np.zeros(pieces, dtype=bool)
    has_private[piece[inner[private & (within | across)]]] = True
    return np.asarray(~core & ((gates >= 2) & has_private)[piece])
