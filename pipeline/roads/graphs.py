"""Road arcs from osmnx graphs and to networkx graphs, for small areas, interchange and comparison."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Protocol

import networkx as nx
import numpy as np
from numpy.typing import NDArray
from shapely import LineString

from pipeline.crs import METRIC
from pipeline.errors import Fault, RoadError
from pipeline.messages import Message, msg
from pipeline.roads.barriers import NODE_KEYS, node_rule
from pipeline.roads.ferries import known_ferry, minutes_with_wait, sailing_min_of
from pipeline.roads.graph_edges import (
    coordinates,
    edge_name,
    edge_points,
    edge_rule,
    partner_key,
    projection,
    stated,
)
from pipeline.roads.lines_to_arcs import RoadLines, to_arcs
from pipeline.roads.model import RoadArcs, RoadClass
from pipeline.roads.profile import WAY_KEYS, WayRule
from pipeline.roads.split import PointDelays
from pipeline.settings.roads import RoadSettings


class HasArcs(Protocol):
    """A network that was built from road arcs."""

    @property
    def arcs(self) -> RoadArcs:
        """The arcs it was built from."""


@dataclass(slots=True)
class _Line:
    """A road line between two nodes, with the graph's edges along and against it."""

    start: int
    end: int
    points: NDArray[np.float64]
    rule: WayRule
    name: str
    edges: list[Mapping[str, Any] | None]


def from_osmnx(graph: nx.MultiDiGraph, settings: RoadSettings) -> RoadArcs:
    """Make road arcs of an osmnx graph.

    Parameters
    ----------
    graph
        A graph as osmnx or `to_networkx` make them, simplified or not: nodes with `x` and `y` in the CRS of
        `graph.graph["crs"]`, edges with whatever is known of `length` (metres), `travel_time` (seconds),
        `geometry`, `highway`, `maxspeed` and further OpenStreetMap keys.
    settings
        Speeds and delays of edges without `travel_time`; an edge that has one keeps it as it is.

    Returns
    -------
    RoadArcs
        Nodes in the graph's order; edges that cars may not use are left out and counted.

    Raises
    ------
    CRSError
        The graph has no CRS, or an unknown one.
    RoadError
        A node lacks coordinates, or no edge is left.
    """
    number = {node: row for row, node in enumerate(graph.nodes)}
    to_metric = projection(graph)
    xy = to_metric(coordinates(graph))
    notes: Counter[str] = Counter(graph_edges=graph.number_of_edges())
    classed = any("highway" in data for *_, data in graph.edges(data=True))
    lines: list[_Line] = []
    waiting: dict[Hashable, _Line] = {}
    for u, v, data in graph.edges(data=True):
        rule = edge_rule(data, settings, classed=classed)
        if rule.reason:
            notes[rule.reason] += 1
            continue
        if rule.road_class is RoadClass.FERRY:
            takes = known_ferry([edge_name(data, rule)], settings.ferries).car is not False
            notes["ferries_foot"] += not takes
            if not (takes and settings.ferries.use):
                continue
        start, end = number[u], number[v]
        key = partner_key(start, end, data)
        partner = waiting.get(key)
        if partner is not None and partner.start == end:
            partner.edges[1] = data
            del waiting[key]
            continue
        points = edge_points(data, xy[start], xy[end], to_metric)
        line = _Line(start, end, points, rule, edge_name(data, rule), [data, None])
        lines.append(line)
        if start != end:
            waiting[key] = line
    if not lines:
        raise _no_edges(notes)
    arcs = to_arcs(_road_lines(lines, graph, xy, settings), settings, notes)
    return _as_stated(arcs, lines)


def to_networkx(roads: RoadArcs | HasArcs) -> nx.MultiDiGraph:
    """Make a graph that networkx and osmnx understand; for small areas, since it takes far more memory.

    Parameters
    ----------
    roads
        Road arcs, or a network built from them.

    Returns
    -------
    nx.MultiDiGraph
        Nodes 0, 1, … with `x` and `y` (EPSG:25832, metres); edges in the order of the arcs with `length`
        (metres), `travel_time` (seconds), `geometry` (in the direction of travel), `highway`, `oneway`,
        `reversed`, `osmid` (number of the road line), `road_class`, `road_flags` and, where there is one,
        `name`.
    """
    arcs = roads if isinstance(roads, RoadArcs) else roads.arcs
    graph = nx.MultiDiGraph(crs=METRIC, simplified=True)
    graph.add_nodes_from((node, {"x": x, "y": y}) for node, (x, y) in enumerate(arcs.node_xy.tolist()))
    two_way = np.bincount(arcs.edge, minlength=len(arcs.line_start) - 1) > 1
    names = {int(arc): name for name, members in arcs.named.items() for arc in members}
    for arc, (tail, head) in enumerate(zip(arcs.tail.tolist(), arcs.head.tolist(), strict=True)):
        edge, forward = int(arcs.edge[arc]), bool(arcs.forward[arc])
        points = arcs.line_xy[arcs.line_start[edge] : arcs.line_start[edge + 1]]
        graph.add_edge(
            tail,
            head,
            osmid=edge,
            highway=RoadClass(int(arcs.road_class[arc])).name.lower(),
            length=float(arcs.length_m[arc]),
            travel_time=float(arcs.seconds[arc]),
            oneway=not two_way[edge],
            reversed=not forward,
            geometry=LineString(points if forward else points[::-1]),
            road_class=int(arcs.road_class[arc]),
            road_flags=int(arcs.flags[arc]),
            **({"name": names[arc]} if arc in names else {}),
        )
    return graph


def from_place(
    place: str, settings: RoadSettings, *, progress: Callable[[Message], None] | None = None
) -> RoadArcs:
    """Fetch the roads of a place through osmnx; needs the internet.

    Parameters
    ----------
    place
        Name as a geocoder understands it, for example ``Samsø Kommune, Danmark``. Small areas only.
    settings
        Speeds and delays.
    progress
        Is told what goes on.

    Returns
    -------
    RoadArcs
        As from `from_osmnx`. Barriers, ferries and limits that differ by direction are not in such a graph;
        an extract (`read_osm`) has them.

    Raises
    ------
    RoadError
        There is no internet, the place is not known, or it has no roads for cars.
    """
    import osmnx as ox  # noqa: PLC0415 takes seconds to load, and few need it

    if progress:
        progress(msg("Asking OpenStreetMap for the roads of {place}", place=place))
    try:
        with _osmnx_settings(ox):
            graph = ox.graph_from_place(place, network_type="drive_service", retain_all=True)
    except (OSError, ValueError, TypeError) as error:
        raise RoadError(
            Fault(
                source=place,
                where=msg("place name"),
                found=msg("no answer that can be used ({detail})", detail=f"{type(error).__name__}: {error}"),
                expected=msg("a place that OpenStreetMap knows, and an internet connection"),
                mend=msg("download an extract of the area and name that file instead"),
            )
        ) from error
    return from_osmnx(graph, settings)


@contextmanager
def _osmnx_settings(ox: Any) -> Iterator[None]:  # noqa: ANN401
    """Let osmnx keep the keys that the car profile needs, and no cache beside the user's files."""
    before = (ox.settings.useful_tags_way, ox.settings.use_cache)
    ox.settings.useful_tags_way = sorted({*before[0], *WAY_KEYS})
    ox.settings.use_cache = False
    try:
        yield
    finally:
        ox.settings.useful_tags_way, ox.settings.use_cache = before


def _road_lines(
    lines: list[_Line], graph: nx.MultiDiGraph, xy: NDArray[np.float64], settings: RoadSettings
) -> RoadLines:
    rules = [
        node_rule({key: str(data[key]) for key in sorted(NODE_KEYS.intersection(data))}, settings)
        for _, data in graph.nodes(data=True)
    ]
    lost = np.array([max(rule.forward_s, rule.backward_s) for rule in rules])
    signal = np.array([rule.signal for rule in rules], dtype=bool)
    start = np.array([line.start for line in lines], dtype=np.int32)
    end = np.array([line.end for line in lines], dtype=np.int32)
    names = sorted({line.name for line in lines if line.name})
    limits = np.array([(line.rule.limit_forward, line.rule.limit_backward) for line in lines])
    return RoadLines(
        node_xy=xy,
        start=start,
        end=end,
        line_start=np.concatenate([[0], np.cumsum([len(line.points) for line in lines], dtype=np.int64)]),
        line_xy=np.concatenate([line.points for line in lines]),
        road_class=np.array([line.rule.road_class for line in lines], dtype=np.uint8),
        flags=np.array([line.rule.flags for line in lines], dtype=np.uint8),
        forward=np.ones(len(lines), dtype=bool),
        backward=np.array([line.edges[1] is not None for line in lines], dtype=bool),
        limit_forward=limits[:, 0],
        limit_backward=limits[:, 1],
        cap_kmh=np.array([line.rule.cap_kmh for line in lines]),
        zone=np.array([line.rule.zone for line in lines], dtype=np.int8),
        roundabout=np.array([line.rule.roundabout for line in lines], dtype=bool),
        delays=PointDelays(lost[end], lost[start], signal[end], signal[start]),
        fixed_s=np.array([_ferry_s(line, settings) for line in lines]),
        name=np.array([names.index(line.name) if line.name else -1 for line in lines], dtype=np.int32),
        names=names,
    )


def _ferry_s(line: _Line, settings: RoadSettings) -> float:
    """Time of a ferry that states none, from its length, seconds; NaN for roads."""
    if line.rule.road_class is not RoadClass.FERRY:
        return float("nan")
    length = float(np.hypot(*np.diff(line.points, axis=0).T).sum())
    known = known_ferry([line.name], settings.ferries)
    return minutes_with_wait(sailing_min_of(length, settings.ferries), known, settings.ferries) * 60


def _as_stated(arcs: RoadArcs, lines: list[_Line]) -> RoadArcs:
    """Let lengths and times that the graph states stand."""
    side = np.where(arcs.forward, 0, 1)

    def figures(key: str, computed: NDArray[np.float32]) -> NDArray[np.float32]:
        said = np.array([[stated(data, key) for data in line.edges] for line in lines])[arcs.edge, side]
        return np.where(np.isnan(said), computed, said).astype(np.float32)

    return replace(
        arcs, seconds=figures("travel_time", arcs.seconds), length_m=figures("length", arcs.length_m)
    )


def _no_edges(notes: Counter[str]) -> RoadError:
    return RoadError(
        Fault(
            source="graph",
            where=msg("edges"),
            found=msg("no road for cars among {edges:n} edges", edges=notes["graph_edges"]),
            expected=msg("edges with highway=primary, residential, service …"),
            mend=msg("fetch the graph with network_type='drive_service'"),
        )
    )
