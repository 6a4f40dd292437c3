"""From road arcs to a network: what is joined to what, what may be snapped to, which landmass is which."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import Fault, RoadError
from pipeline.messages import msg
from pipeline.roads.model import RoadArcs, RoadClass, RoadFlag
from pipeline.travel.destination import RouteGraph, components, route_graph
from pipeline.travel.line_index import LineIndex

SNAP_CLASSES: Final = frozenset(RoadClass) - {
    RoadClass.MOTORWAY,
    RoadClass.MOTORWAY_LINK,
    RoadClass.TRUNK_LINK,
    RoadClass.PRIMARY_LINK,
    RoadClass.SECONDARY_LINK,
    RoadClass.TERTIARY_LINK,
    RoadClass.FERRY,
}
"""Classes of road that doors stand on."""

NEVER_SNAP: Final = RoadFlag.NO_SNAP | RoadFlag.BRIDGE | RoadFlag.TUNNEL

LONGEST_S: Final = 7 * 86_400.0
"""Longest time of one arc, seconds; anything above is a reader's mistake."""


@dataclass(frozen=True, slots=True)
class Network:
    """A road network that is checked and ready for an engine. Build it with `build_network`.

    Parameters
    ----------
    arcs
        The road arcs as read, none left out, so that each can be closed by itself.
    edge_arc
        Int32 array of shape (edges, 2): the arc along each road line and the one against it, -1 where there
        is none.
    edge_node
        Int32 array of shape (edges, 2): the nodes at the first and the last point of the line.
    node_usable
        Bool array of shape (nodes,): part of a network worth snapping to (see `build_network`).
    edge_snappable
        Bool array of shape (edges,): usable, of a class that doors stand on, no ferry, bridge or tunnel.
    edge_loose
        Bool array of shape (edges,): would be snappable, were it joined to anything.
    node_landmass
        Int32 array of shape (nodes,): the piece of land, two nodes on the same one being joined by road
        without a ferry; 0 is the one with most junctions.
    graph
        The graph that journeys are searched on.
    """

    arcs: RoadArcs
    edge_arc: NDArray[np.int32]
    edge_node: NDArray[np.int32]
    node_usable: NDArray[np.bool_]
    edge_snappable: NDArray[np.bool_]
    edge_loose: NDArray[np.bool_]
    node_landmass: NDArray[np.int32]
    graph: RouteGraph

    @property
    def nodes(self) -> int:
        """Number of junctions."""
        return len(self.arcs.node_xy)

    @property
    def edges(self) -> int:
        """Number of road lines."""
        return len(self.edge_arc)


def build_network(
    arcs: RoadArcs,
    *,
    snap_classes: Collection[RoadClass] = SNAP_CLASSES,
    island_km: float = 1.0,
    island_gap_m: float = 150.0,
    always_km: float = 50.0,
) -> Network:
    """Check road arcs, find what is joined to what, and mark what points may snap to.

    A part of the network is *usable* when all its junctions reach each other and it is the largest, or has
    `always_km` of road, or is an island: at least `island_km` of road and no other usable road within
    `island_gap_m`. What is left are loose pieces: gaps of digitising, one-way stubs, private yards.

    Parameters
    ----------
    arcs
        From any reader.
    snap_classes
        Classes of road that points may snap to.
    island_km
        Least road of an island of its own, km. Assumption.
    island_gap_m
        A piece nearer than this to the usable network is a gap of digitising and no island, metres; Denmark's
        narrowest car-ferry crossings are above 200 m. Assumption.
    always_km
        A piece with this much road is usable wherever it lies, km. Assumption.

    Raises
    ------
    RoadError
        There is no road at all.
    ValueError
        The arrays contradict each other: a mistake of the reader, not of the user.
    """
    if not len(arcs.tail):
        raise RoadError(
            Fault(
                source="",
                where=msg("the road network"),
                found=msg("no road at all"),
                expected=msg("roads that cars may use"),
                mend=msg("check that the file holds roads and covers the study area"),
            )
        )
    _check(arcs)
    edge_arc, edge_node = _edges(arcs)
    ferry = arcs.road_class == RoadClass.FERRY
    nodes = len(arcs.node_xy)
    may_snap = ~ferry & np.isin(arcs.road_class, [int(kind) for kind in snap_classes])
    may_snap &= (arcs.flags & int(NEVER_SNAP)) == 0
    barred = np.zeros(len(edge_arc), dtype=bool)
    barred[arcs.edge[~may_snap]] = True
    part = components(nodes, arcs.tail, arcs.head, strong=True)
    usable = _large_parts(arcs, part, edge_node, ferry, (island_km, always_km), island_gap_m)[part]
    ends = part[edge_node]
    joined = usable[edge_node].all(axis=1) & (ends[:, 0] == ends[:, 1])
    return Network(
        arcs=arcs,
        edge_arc=edge_arc,
        edge_node=edge_node,
        node_usable=usable,
        edge_snappable=joined & ~barred,
        edge_loose=~joined & ~barred,
        node_landmass=components(nodes, arcs.tail[~ferry], arcs.head[~ferry]),
        graph=route_graph(arcs),
    )


def _check(arcs: RoadArcs) -> None:
    nodes, count, edges = len(arcs.node_xy), len(arcs.tail), len(arcs.line_start) - 1
    columns = (arcs.head, arcs.seconds, arcs.length_m, arcs.road_class, arcs.flags, arcs.edge, arcs.forward)
    if any(len(column) != count for column in columns):
        raise ValueError("the arrays of the arcs differ in length")
    for name, index, size in (
        ("tail", arcs.tail, nodes),
        ("head", arcs.head, nodes),
        ("edge", arcs.edge, edges),
        *((f"named {name}", rows, count) for name, rows in arcs.named.items()),
    ):
        if len(index) and (index.min() < 0 or index.max() >= size):
            raise ValueError(f"{name} points outside its array")
    if not np.isfinite(arcs.node_xy).all() or not np.isfinite(arcs.line_xy).all():
        raise ValueError("nodes and lines need finite coordinates")
    if not ((arcs.seconds >= 0) & (arcs.seconds <= LONGEST_S)).all():
        raise ValueError(f"times of arcs must lie between 0 and {LONGEST_S:.0f} seconds")
    if not ((arcs.length_m >= 0) & (arcs.length_m < np.inf)).all():
        raise ValueError("lengths of arcs must be finite and at least 0")
    if (np.diff(arcs.line_start) < 2).any():
        raise ValueError("every road line needs two points")


def _edges(arcs: RoadArcs) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Find the two arcs and the two nodes of each road line."""
    edges = len(arcs.line_start) - 1
    way = np.where(arcs.forward, 0, 1)
    if np.bincount(arcs.edge.astype(np.int64) * 2 + way).max() > 1:
        raise ValueError("a road line has two arcs in the same direction; parallel roads need a line each")
    edge_arc = np.full((edges, 2), -1, dtype=np.int32)
    edge_arc[arcs.edge, way] = np.arange(len(arcs.tail), dtype=np.int32)
    if (edge_arc < 0).all(axis=1).any():
        raise ValueError("a road line has no arc")
    along, against = edge_arc.T
    first = np.where(along >= 0, arcs.tail[along], arcs.head[against])
    last = np.where(along >= 0, arcs.head[along], arcs.tail[against])
    both = (along >= 0) & (against >= 0)
    if (arcs.head[against[both]] != first[both]).any() or (arcs.tail[against[both]] != last[both]).any():
        raise ValueError("the two arcs of a road line do not join the same nodes")
    return edge_arc, np.column_stack([first, last]).astype(np.int32)


def _large_parts(
    arcs: RoadArcs,
    part: NDArray[np.int32],
    edge_node: NDArray[np.int32],
    ferry: NDArray[np.bool_],
    least_km: tuple[float, float],
    island_gap_m: float,
) -> NDArray[np.bool_]:
    """Mark the parts (strong components) worth snapping to: large ones, and islands of their own."""
    island_km, always_km = least_km
    parts = int(part.max()) + 1
    ends = part[edge_node]
    length = np.zeros(len(ends))
    length[arcs.edge] = arcs.length_m
    sailed = np.zeros(len(ends), dtype=bool)
    sailed[arcs.edge[ferry]] = True
    owner = np.where((ends[:, 0] == ends[:, 1]) & ~sailed, ends[:, 0], parts)
    road_km = np.bincount(owner, length, parts + 1)[:parts] / 1000
    large = road_km >= always_km
    large[np.argmax(road_km)] = True
    island = ~large & (road_km >= island_km)
    if island.any():
        settled = np.flatnonzero(np.append(large, False)[owner])
        index = LineIndex(arcs.line_start, arcs.line_xy, settled)
        owner_of_point = np.repeat(owner, np.diff(arcs.line_start))
        asked = np.append(island, False)[owner_of_point]
        touching = index.nearest(arcs.line_xy[asked], island_gap_m)[0] >= 0
        island[owner_of_point[asked][touching]] = False
    return np.asarray(large | island)


def landmasses(network: Network, closed: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Label the nodes by landmass when some roads are closed.

    Parameters
    ----------
    network
        The network.
    closed
        Bool array of shape (arcs,): arcs that cannot be used.

    Returns
    -------
    NDArray
        Int32 array of shape (nodes,), labels as in `Network.node_landmass` but counted afresh.
    """
    arcs = network.arcs
    kept = (arcs.road_class != RoadClass.FERRY) & ~closed
    return components(network.nodes, arcs.tail[kept], arcs.head[kept])
