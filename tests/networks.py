"""Small networks, written out or drawn at random, and the slow but plain way to find journeys on them."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

import networkx as nx
import numpy as np
from hypothesis import strategies as st

from pipeline.roads.model import RoadArcs, RoadClass, RoadFlag
from pipeline.travel.network import Network, build_network
from pipeline.travel.snapping import Places
from pipeline.travel_status import Status

ORIGIN = np.array([600_000.0, 6_200_000.0])
PRIVATE = RoadFlag.DESTINATION_ONLY


def at(east: float, north: float) -> tuple[float, float]:
    """Give a point some metres east and north of `ORIGIN`."""
    return float(ORIGIN[0] + east), float(ORIGIN[1] + north)


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
        lines.append([a, a + np.array([30, 40]), b] if loop else [a, b])
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


class Plain:
    """The plain way: a networkx graph in three phases, before the public core, in it, and after it.

    A journey never comes back into the core. Roads are cut at the spots asked for.
    """

    def __init__(self, network: Network, closed: Collection[int] = ()) -> None:
        self.network, self.closed = network, closed
        self.core = public_core(network.arcs)
        self.graph = nx.DiGraph()
        for node in range(network.nodes):
            self.join((node, 0), (node, 2), np.inf if node in self.core else 0)
        for arc in range(len(network.arcs.tail)):
            self._drive(arc)

    def join(self, a: object, b: object, ms: float) -> None:
        """Join two states, keeping the fastest."""
        if a != b and ms < self.graph.get_edge_data(a, b, {"ms": np.inf})["ms"]:
            self.graph.add_edge(a, b, ms=ms)

    def start(self, node: int) -> tuple[int, int]:
        """Give the state of a journey that begins at a junction."""
        return node, 1 if node in self.core else 0

    def end(self, node: int) -> tuple[int, int]:
        """Give the state of a journey that ends at a junction."""
        return node, 1 if node in self.core else 2

    def ms(self, arc: int) -> int:
        """Tell the milliseconds of an arc."""
        return round(float(self.network.arcs.seconds[arc]) * 1000)

    def _drive(self, arc: int) -> None:
        arcs = self.network.arcs
        tail, head, private = int(arcs.tail[arc]), int(arcs.head[arc]), arcs.flags[arc] & PRIVATE
        inside = tail in self.core, head in self.core
        if arc in self.closed or (all(inside) and private):
            return
        self.join(self.start(tail), self.end(head) if inside[0] else self.start(head), self.ms(arc))
        if not any(inside):
            self.join((tail, 2), (head, 2), self.ms(arc))

    def place(self, spot: int, spots: list[tuple[int, float]]) -> None:
        """Join one of the spots to what it touches."""
        edge, along = spots[spot]
        if along in (0, 1):
            node = int(self.network.edge_node[edge, int(along)])
            self.join(("from", spot), self.start(node), 0)
            self.join(self.end(node), ("to", spot), 0)
            return
        for way, arc in enumerate(self.network.edge_arc[edge].tolist()):
            if arc < 0 or arc in self.closed:
                continue
            ms, passed = self.ms(arc), (along if way == 0 else 1 - along)
            self.join(("from", spot), self.start(int(self.network.arcs.head[arc])), round(ms * (1 - passed)))
            self.join(self.end(int(self.network.arcs.tail[arc])), ("to", spot), round(ms * passed))
            for other, (edge2, along2) in enumerate(spots):
                further = (along2 if way == 0 else 1 - along2) - passed
                if edge2 == edge and along2 not in (0, 1) and further >= 0:
                    self.join(("from", spot), ("to", other), round(ms * further))


def oracle(network: Network, spots: list[tuple[int, float]], closed: Collection[int] = ()) -> np.ndarray:
    """Find the milliseconds between all pairs of spots with networkx and Dijkstra."""
    plain = Plain(network, closed)
    for spot in range(len(spots)):
        plain.place(spot, spots)
    found = np.full((len(spots), len(spots)), np.inf)
    for spot in range(len(spots)):
        if ("from", spot) in plain.graph:
            lengths = nx.single_source_dijkstra_path_length(plain.graph, ("from", spot), weight="ms")
            found[spot] = [lengths.get(("to", other), np.inf) for other in range(len(spots))]
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
