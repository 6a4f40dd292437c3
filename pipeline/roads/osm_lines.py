"""Road lines of an OpenStreetMap extract: pieces of ways with the meaning of their tags, and ferries."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.roads.barriers import NodeRule
from pipeline.roads.extract import Ways
from pipeline.roads.ferries import Ferries
from pipeline.roads.lines_to_arcs import RoadLines
from pipeline.roads.links import link_names, open_ramps
from pipeline.roads.model import RoadClass, RoadFlag
from pipeline.roads.profile import WayRule
from pipeline.roads.split import Pieces, PointDelays, along, point_delays
from pipeline.settings.roads import RoadSettings


@dataclass(frozen=True, slots=True)
class Profile:
    """What tags mean to a car: rules of ways (by tag set), rules of nodes, and which rule each node has."""

    ways: Sequence[WayRule]
    nodes: list[NodeRule]
    node_code: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Stopped:
    """Rows of the nodes at which no car passes, and of those with a gate that opens for doors behind it."""

    closed: NDArray[np.intp]
    gates: NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class OsmLines:
    """Road lines and what was counted on the way."""

    lines: RoadLines
    notes: dict[str, int]


def osm_lines(
    pieces: Pieces,
    roads: Ways,
    xy: NDArray[np.float64],
    profile: Profile,
    stopped: Stopped,
    ferries: Ferries,
    settings: RoadSettings,
) -> OsmLines:
    """Put road pieces, ferries and the joints of terminals together.

    Parameters
    ----------
    pieces
        Roads cut at junctions; `Pieces.way` is a row of `roads`, points are rows of `xy`.
    roads
        Ways that cars may use.
    xy
        Coordinates of the extract's nodes, EPSG:25832, metres.
    profile
        Rules of the tag sets of ways and nodes.
    stopped
        Nodes that stop cars: every piece ends there at a node of its own. At a private gate these ends are
        joined by lines without length that may be driven only to reach a door.
    ferries
        Crossings and joints.
    settings
        Reach of the harbours' ramps.
    """
    start, end, node_xy, more = _number(pieces, xy, stopped, ferries)
    code = roads.tags.code[pieces.way]
    rules = profile.ways
    forward = np.array([rule.forward for rule in rules], dtype=bool)[code]
    backward = np.array([rule.backward for rule in rules], dtype=bool)[code]
    distance = along(pieces.start, xy[pieces.points])
    delays = point_delays(pieces, distance, profile.node_code, profile.nodes, forward != backward)
    road_class = np.array([rule.road_class for rule in rules], dtype=np.uint8)[code]
    flags = np.array([rule.flags for rule in rules], dtype=np.uint8)[code]
    terminals = np.unique(np.stack([more.start, more.end])[:, more.road_class == RoadClass.FERRY])
    flags, opened = open_ramps(start, end, flags, node_xy, terminals, settings.ferries.ramp_m)
    ids = roads.ids[pieces.way]
    linked = (flags & (RoadFlag.BRIDGE | RoadFlag.TUNNEL)) > 0
    ends = node_xy[start], node_xy[end]
    names, name = link_names(ids, code, linked, roads.tags.sets, ends, taken=set(more.names))

    def both(road: NDArray[Any], extra: float | NDArray[Any]) -> NDArray[Any]:
        return np.concatenate([road, np.broadcast_to(np.asarray(extra, dtype=road.dtype), len(more.start))])

    lines = RoadLines(
        node_xy=node_xy,
        start=both(start, more.start),
        end=both(end, more.end),
        line_start=np.concatenate([pieces.start, pieces.start[-1] + more.line_start[1:]]),
        line_xy=xy[np.concatenate([pieces.points, more.points])],
        road_class=both(road_class, more.road_class),
        flags=both(flags, more.flags),
        forward=both(forward, 1),
        backward=both(backward, 1),
        limit_forward=both(np.array([rule.limit_forward for rule in rules])[code], np.nan),
        limit_backward=both(np.array([rule.limit_backward for rule in rules])[code], np.nan),
        cap_kmh=both(np.array([rule.cap_kmh for rule in rules])[code], np.inf),
        zone=both(np.array([rule.zone for rule in rules], dtype=np.int8)[code], -1),
        roundabout=both(np.array([rule.roundabout for rule in rules], dtype=bool)[code], 0),
        delays=PointDelays(
            both(delays.forward_s, 0.0),
            both(delays.backward_s, 0.0),
            both(delays.forward_signal, 0),
            both(delays.backward_signal, 0),
        ),
        fixed_s=both(np.full(len(code), np.nan), more.fixed_s),
        name=both(name, np.where(more.name >= 0, more.name + len(names), -1)),
        names=(*names, *more.names),
    )
    counts = {"barriers_closed": len(stopped.closed), "gates_private": len(stopped.gates)}
    return OsmLines(lines, {**counts, "harbour_roads_opened": opened})


@dataclass(frozen=True, slots=True)
class _More:
    """Lines that are no parts of roads: ferries, joints from terminals to roads, and gates."""

    start: NDArray[np.int32]
    end: NDArray[np.int32]
    line_start: NDArray[np.int64]
    points: NDArray[np.int64]
    road_class: NDArray[np.uint8]
    flags: NDArray[np.uint8]
    fixed_s: NDArray[np.float64]
    name: NDArray[np.int32]
    names: list[str]


def _number(
    pieces: Pieces, xy: NDArray[np.float64], stopped: Stopped, ferries: Ferries
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float64], _More]:
    """Give the nodes at which lines end a number; at a barrier every line gets an end of its own.

    Returns
    -------
    tuple
        Node at the start and at the end of each piece, coordinates of the nodes, and the lines that are no
        parts of roads.
    """
    ends = np.concatenate([pieces.first, pieces.last])
    gate = np.zeros(len(xy), dtype=bool)
    gate[stopped.gates] = True
    apart = gate.copy()
    apart[stopped.closed] = True
    apart = apart[ends]
    kept = gate.copy()
    kept[ends[~apart]] = True
    kept[[row for crossing in ferries.crossings for row in (crossing.rows[0], crossing.rows[-1])]] = True
    id_of = np.where(kept, np.cumsum(kept) - 1, -1).astype(np.int32)
    number = id_of[ends]
    number[apart] = kept.sum() + np.arange(apart.sum(), dtype=np.int32)
    start, end = np.split(number, 2)
    at_gate = np.flatnonzero(gate[ends])
    more = _more(ferries, id_of, (ends[at_gate], number[at_gate]))
    return start, end, np.concatenate([xy[kept], xy[ends[apart]]]), more


def _more(
    ferries: Ferries, id_of: NDArray[np.int32], gates: tuple[NDArray[np.int32], NDArray[np.int32]]
) -> _More:
    """Lines of crossings, joints and gates; `gates` holds the row and the number of each road's end there."""
    sailed = [crossing.rows for crossing in ferries.crossings]
    rows = [*sailed, *ferries.joints, *((row, row) for row in gates[0].tolist())]
    counts = (len(sailed), len(ferries.joints), len(gates[0]))
    end = id_of[np.array([row[-1] for row in rows], dtype=np.int64)]
    end[len(rows) - counts[2] :] = gates[1]
    flags = (
        RoadFlag.NO_SNAP,
        RoadFlag.NO_SNAP | RoadFlag.APPROXIMATE,
        RoadFlag.NO_SNAP | RoadFlag.DESTINATION_ONLY,
    )
    names = list(dict.fromkeys(crossing.name for crossing in ferries.crossings))
    unnamed = counts[1] + counts[2]
    return _More(
        start=id_of[np.array([row[0] for row in rows], dtype=np.int64)],
        end=end,
        line_start=np.concatenate([[0], np.cumsum([len(row) for row in rows], dtype=np.int64)]),
        points=np.array([row for line in rows for row in line], dtype=np.int64),
        road_class=np.repeat([RoadClass.FERRY, RoadClass.SERVICE, RoadClass.SERVICE], counts).astype(
            np.uint8
        ),
        flags=np.repeat(np.array(flags, dtype=np.uint8), counts),
        fixed_s=np.array([c.minutes * 60 for c in ferries.crossings] + [np.nan] * unnamed),
        name=np.array([names.index(c.name) for c in ferries.crossings] + [-1] * unnamed, dtype=np.int32),
        names=names,
    )
