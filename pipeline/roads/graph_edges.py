"""What the nodes and edges of an osmnx graph say."""

from collections.abc import Callable, Hashable, Mapping
from typing import Any, Final

import networkx as nx
import numpy as np
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError as UnknownCRSError
from shapely import get_coordinates

from pipeline.crs import METRIC
from pipeline.errors import CRSError, Fault, RoadError
from pipeline.messages import msg
from pipeline.roads.model import RoadClass, RoadFlag
from pipeline.roads.profile import HIGHWAYS, WAY_KEYS, WayRule, way_rule
from pipeline.settings.roads import RoadSettings

_EDGE_KEYS: Final = frozenset(key for key in WAY_KEYS if not key.startswith("oneway") and ":" not in key)
"""Keys that mean the same on an edge as on a way: directions are the edges' own."""

Projection = Callable[[NDArray[np.float64]], NDArray[np.float64]]


def projection(graph: nx.MultiDiGraph) -> Projection:
    """Make the function that takes coordinates in the graph's CRS to EPSG:25832."""
    named = graph.graph.get("crs")
    try:
        crs = CRS.from_user_input(named)
    except UnknownCRSError as error:
        raise CRSError(
            Fault(
                source="graph",
                where="crs",
                found=str(named),
                expected=msg("a coordinate system, such as EPSG:4326"),
                mend=msg("set graph.graph['crs']"),
            )
        ) from error
    change = Transformer.from_crs(crs, METRIC, always_xy=True)
    return lambda xy: np.stack(change.transform(xy[:, 0], xy[:, 1]), axis=1)


def coordinates(graph: nx.MultiDiGraph) -> NDArray[np.float64]:
    """Read the nodes' coordinates, in the CRS and the order of the graph."""
    xy = np.array([(data.get("x", np.nan), data.get("y", np.nan)) for _, data in graph.nodes(data=True)])
    xy = xy.astype(float).reshape(-1, 2)
    lost = [str(node) for node, ok in zip(graph.nodes, np.isfinite(xy.sum(axis=1)), strict=True) if not ok]
    if lost:
        raise RoadError(
            Fault(
                source="graph",
                where=msg("node {node}", node=lost[0]),
                found=msg("{count:n} {count:|node|nodes} without coordinates", count=len(lost)),
                expected=msg("x and y for every node"),
                mend=msg("remove these nodes, or give them coordinates"),
            )
        )
    return xy


def edge_rule(data: Mapping[str, Any], settings: RoadSettings, *, classed: bool) -> WayRule:
    """Tell what an edge is to a car; its direction is the edge's own.

    Parameters
    ----------
    data
        Attributes of the edge.
    settings
        What the signs stand for.
    classed
        Whether the graph knows classes: then an edge without one is no road (a coastline, a building).
    """
    if "road_class" in data:
        flags = RoadFlag(int(data.get("road_flags", 0))) & ~RoadFlag.URBAN
        return WayRule(road_class=RoadClass(int(data["road_class"])), flags=flags)
    tags = {key: _text(key, data[key]) for key in sorted(_EDGE_KEYS.intersection(data))}
    return way_rule(tags, settings) if classed else WayRule()


def _text(key: str, value: object) -> str:
    """One text of a value that osmnx may have merged into a list: best class, all limits, else the first."""
    texts = sorted(str(part) for part in value) if isinstance(value, list | tuple | set) else [str(value)]
    if key == "highway":
        return min(texts, key=lambda text: HIGHWAYS.get(text, max(RoadClass) + 1))
    return ";".join(texts) if key == "maxspeed" else texts[0]


def partner_key(start: int, end: int, data: Mapping[str, Any]) -> Hashable:
    """Make a key that the two directions of one road share (their lengths agree to a centimetre)."""
    osmid = data.get("osmid")
    parts = frozenset(osmid) if isinstance(osmid, list) else osmid
    length = round(stated(data, "length") * 100) if np.isfinite(stated(data, "length")) else None
    return min(start, end), max(start, end), parts, length, data.get("road_class"), data.get("road_flags")


def edge_points(
    data: Mapping[str, Any], start: NDArray[np.float64], end: NDArray[np.float64], to_metric: Projection
) -> NDArray[np.float64]:
    """Points of an edge from node to node, EPSG:25832, metres; a straight line where it has no geometry."""
    geometry = data.get("geometry")
    if geometry is None or geometry.is_empty:
        return np.stack([start, end])
    points = to_metric(get_coordinates(geometry))
    return np.concatenate([start[None], points[1:-1], end[None]])


def edge_name(data: Mapping[str, Any], rule: WayRule) -> str:
    """Name of a ferry, bridge or tunnel; empty for other roads."""
    if not rule.flags & (RoadFlag.BRIDGE | RoadFlag.TUNNEL) and rule.road_class is not RoadClass.FERRY:
        return ""
    name = data.get("name") or data.get("osmid", "")
    first = min(name) if isinstance(name, list) else name
    return f"way/{first}" if isinstance(first, int) else str(first)


def stated(data: Mapping[str, Any] | None, key: str) -> float:
    """Read a figure of an edge; NaN where there is none that can be (none, negative, infinite, no number)."""
    value = (data or {}).get(key)
    try:
        figure = float(value) if value is not None else np.nan
    except (TypeError, ValueError):
        return np.nan
    return figure if 0 <= figure < np.inf else np.nan
