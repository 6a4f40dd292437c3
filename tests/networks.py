"""Small networks, written out or drawn at random, and the slow but plain way to find journeys on them."""

from collections.abc import Iterable
from dataclasses import dataclass

import networkx as nx
import numpy as np
from hypothesis import strategies as st

from pipeline.network import Network, build_network
from pipeline.roads.model import RoadArcs, RoadClass, RoadFlag
from pipeline.snapping import Places
from pipeline.status import Status

ORIGIN = np.array([600_000.0, 6_200_000.0])


@dataclass(frozen=True)
class Road:
    """A straight road between two nodes; `seconds` are whole milliseconds, so that sums are exact."""

    a: int
    b: int
    seconds: float = 60.0
    both_ways: bool = True
    private: bool = False
    kind: RoadClass = RoadClass.RESIDENTIAL
    flags: RoadFlag = RoadFlag.NONE
    name: str = ""


def roads(node_xy: Iterable[tuple[float, float]], edges: Iterable[Road]) -> RoadArcs:
    """Make road arcs of a list of nodes (metres east and north of `ORIGIN`) and roads."""
    xy = np.asarray(list(node_xy), dtype=float).reshape(-1, 2) + ORIGIN
    rows, lines, named = [], [], {}
    for edge, road in enumerate(edges):
        a, b = xy[road.a], xy[road.b]
        loop = road.a == road.b
        lines.append([a, a + [30, 40], b] if loop else [a, b])
        flags = road.flags | (RoadFlag.DESTINATION_ONLY if road.private else RoadFlag.NONE)
        for forward in (True, False)[: 2 if road.both_ways else 1]:
            ends = (road.a, road.b) if forward else (road.b, road.a)
            if road.name:
                named.setdefault(road.name, []).append(len(rows))
            length = 100.0 if loop else float(np.hypot(*(a - b)))
            rows.append((*ends, road.seconds, length, int(road.kind), int(flags), edge, forward))
    columns = list(zip(*rows, strict=True)) if rows else [()] * 8
    kinds = (np.int32, np.int32, np.float32, np.float32, np.uint8, np.uint8, np.int32, bool)
    arrays = [np.array(column, dtype=kind) for column, kind in zip(columns, kinds, strict=True)]
    starts = np.concatenate([[0], np.cumsum([len(line) for line in lines])]).astype(np.int64)
    line_xy = np.concatenate([np.asarray(line) for line in lines]) if lines else np.zeros((0, 2))
    return RoadArcs(
        xy, *arrays, starts, line_xy, named={name: np.array(arcs, np.int32) for name, arcs in named.items()}
    )


def grid(columns: int, rows: int, *, step_m: float = 1000.0, seconds: float = 60.0) -> RoadArcs:
    """Make a chequerboard of two-way roads; node `row * columns + column`."""
    xy = [(c * step_m, r * step_m) for r in range(rows) for c in range(columns)]
    across = [
        Road(r * columns + c, r * columns + c + 1, seconds) for r in range(rows) for c in range(columns - 1)
    ]
    up = [
        Road(r * columns + c, (r + 1) * columns + c, seconds) for r in range(rows - 1) for c in range(columns)
    ]
    return roads(xy, across + up)


def places_on(network: Network, spots: Iterable[tuple[int, float]]) -> Places:
    """Put places on road lines without snapping: (edge, share of its length)."""
    edge, along = (np.array(column) for column in zip(*spots, strict=True))
    node = np.full(len(edge), -1, dtype=np.int32)
    for side in (0, 1):
        node[along == side] = network.edge_node[edge[along == side], side]
    zeros = np.zeros(len(edge), dtype=np.float32)
    status = np.full(len(edge), Status.OK, dtype=np.uint8)
    return Places(edge.astype(np.int32), along.astype(float), node, zeros, zeros, status)


def public_core(arcs: RoadArcs) -> set[int]:
    """Find, in each connected network, the most nodes that reach each other on public roads."""
    every, public = nx.DiGraph(), nx.DiGraph()
    for graph in (every, public):
        graph.add_nodes_from(range(len(arcs.node_xy)))
    for tail, head, flags in zip(arcs.tail, arcs.head, arcs.flags, strict=True):
        every.add_edge(int(tail), int(head))
        if not flags & RoadFlag.DESTINATION_ONLY:
            public.add_edge(int(tail), int(head))
    core: set[int] = set()
    parts = list(nx.strongly_connected_components(public))
    for network in nx.weakly_connected_components(every):
        inside = [part for part in parts if part <= network]
        core |= min(inside, key=lambda part: (-len(part), min(part)))
    return core


def oracle(network: Network, spots: list[tuple[int, float]], closed: set[int] = frozenset()) -> np.ndarray:
    """Find the milliseconds between all pairs of spots with networkx: roads cut at the spots, Dijkstra.

    A journey has three phases: before the public core, in it, after it. It never comes back into the core.
    """
    arcs, core = network.arcs, public_core(network.arcs)
    graph = nx.DiGraph()

    def join(a: object, b: object, ms: float) -> None:
        if a != b and ms < graph.get_edge_data(a, b, {"ms": np.inf})["ms"]:
            graph.add_edge(a, b, ms=ms)

    for node in range(network.nodes):
        for phase in (0, 1, 2):
            graph.add_node((node, phase))
        if node not in core:
            join((node, 0), (node, 2), 0)
    for arc, (tail, head) in enumerate(zip(arcs.tail.tolist(), arcs.head.tolist(), strict=True)):
        ms = round(float(arcs.seconds[arc]) * 1000)
        if arc in closed:
            continue
        if tail in core and head in core:
            if not arcs.flags[arc] & RoadFlag.DESTINATION_ONLY:
                join((tail, 1), (head, 1), ms)
        elif head in core:
            join((tail, 0), (head, 1), ms)
        elif tail in core:
            join((tail, 1), (head, 2), ms)
        else:
            join((tail, 0), (head, 0), ms)
            join((tail, 2), (head, 2), ms)
    for spot, (edge, along) in enumerate(spots):
        graph.add_node(("from", spot))
        graph.add_node(("to", spot))
        if along in (0, 1):
            node = int(network.edge_node[edge, int(along)])
            join(("from", spot), (node, 1 if node in core else 0), 0)
            join((node, 1 if node in core else 2), ("to", spot), 0)
            continue
        for way, arc in enumerate(network.edge_arc[edge].tolist()):
            if arc < 0 or arc in closed:
                continue
            tail, head = int(arcs.tail[arc]), int(arcs.head[arc])
            ms, passed = round(float(arcs.seconds[arc]) * 1000), (along if way == 0 else 1 - along)
            join(("from", spot), (head, 1 if head in core else 0), round(ms * (1 - passed)))
            join((tail, 1 if tail in core else 2), ("to", spot), round(ms * passed))
            for other, (edge2, along2) in enumerate(spots):
                passed2 = along2 if way == 0 else 1 - along2
                if edge2 == edge and along2 not in (0, 1) and passed2 >= passed:
                    join(("from", spot), ("to", other), round(ms * (passed2 - passed)))
    found = np.full((len(spots), len(spots)), np.inf)
    for spot in range(len(spots)):
        lengths = nx.single_source_dijkstra_path_length(graph, ("from", spot), weight="ms")
        for other in range(len(spots)):
            found[spot, other] = lengths.get(("to", other), np.inf)
    return found


@st.composite
def networks(draw: st.DrawFn) -> tuple[Network, list[tuple[int, float]]]:
    """Draw a small network with every oddity, and spots on it."""
    count = draw(st.integers(2, 9))
    node = st.integers(0, count - 1)
    metre = st.integers(0, 40).map(lambda step: step * 125.0)
    xy = draw(st.lists(st.tuples(metre, metre), min_size=count, max_size=count))
    road = st.builds(
        Road,
        a=node,
        b=node,
        seconds=st.sampled_from([0.0, 1.0, 1.0, 2.0, 3.5, 10.0, 60.0, 1234.125]),
        both_ways=st.booleans(),
        private=st.sampled_from([False, False, True]),
        kind=st.sampled_from([RoadClass.RESIDENTIAL, RoadClass.MOTORWAY, RoadClass.FERRY]),
    )
    edges = draw(st.lists(road, min_size=1, max_size=18))
    share = st.sampled_from([0.0, 0.125, 0.25, 0.5, 0.5, 0.875, 1.0])
    spots = draw(st.lists(st.tuples(st.integers(0, len(edges) - 1), share), min_size=1, max_size=6))
    return build_network(roads(xy, edges)), spots
