"""Road lines with classes, limits and delays made directed arcs with times: the last step of a reader."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.roads.model import RoadArcs, RoadFlag
from pipeline.roads.speeds import KMH_TO_MS, driving_kmh, junction_seconds
from pipeline.roads.split import PointDelays, along
from pipeline.roads.towns import in_town
from pipeline.settings.roads import RoadSettings


@dataclass(frozen=True, slots=True)
class RoadLines:
    """Road lines from junction to junction, before times are known; all arrays have one row per line.

    Parameters
    ----------
    node_xy
        Float64 array of shape (nodes, 2), EPSG:25832, metres.
    start, end
        Int32: nodes at the line's ends.
    line_start, line_xy
        Points of the lines, as in `RoadArcs`.
    road_class, flags
        Uint8: `RoadClass` and `RoadFlag`.
    forward, backward
        Bool: whether it may be driven along and against the line.
    limit_forward, limit_backward
        Signed limits, km/h; NaN where none is known.
    cap_kmh
        Speed not gone beyond, km/h; infinite where there is none.
    zone
        1 in a town, 0 outside, -1 unknown.
    roundabout
        Bool: part of a roundabout.
    delays
        Time lost at points.
    fixed_s
        Time of the whole line, seconds, where it does not follow from length and speed (ferries); NaN
        elsewhere.
    name
        Int32: row of the line's name in `names`; -1 for none.
    names
        Names of ferries, bridges and tunnels.
    """

    node_xy: NDArray[np.float64]
    start: NDArray[np.int32]
    end: NDArray[np.int32]
    line_start: NDArray[np.int64]
    line_xy: NDArray[np.float64]
    road_class: NDArray[np.uint8]
    flags: NDArray[np.uint8]
    forward: NDArray[np.bool_]
    backward: NDArray[np.bool_]
    limit_forward: NDArray[np.float64]
    limit_backward: NDArray[np.float64]
    cap_kmh: NDArray[np.float64]
    zone: NDArray[np.int8]
    roundabout: NDArray[np.bool_]
    delays: PointDelays
    fixed_s: NDArray[np.float64]
    name: NDArray[np.int32]
    names: Sequence[str] = ()


def to_arcs(
    lines: RoadLines, settings: RoadSettings, notes: Mapping[str, int], precision: str = "measured"
) -> RoadArcs:
    """Give every direction of every road line its driving time.

    Time is length over typical speed (`driving_kmh`), plus the delays that stand on the line, plus the
    junction's delay where no signal takes its place.

    Parameters
    ----------
    lines
        The road lines.
    settings
        Speeds and delays.
    notes, precision
        Handed on to `RoadArcs`.

    Returns
    -------
    RoadArcs
        Arcs in the order of the lines, forward before backward; `RoadFlag.URBAN` set.
    """
    edges = len(lines.start)
    distance = along(lines.line_start, lines.line_xy)
    length = distance[lines.line_start[1:] - 1] if edges else np.zeros(0)
    middle = lines.line_xy[(lines.line_start[:-1] + lines.line_start[1:]) // 2]
    ferry = np.isfinite(lines.fixed_s)
    urban = np.zeros(edges, dtype=bool)
    limit = np.fmin(lines.limit_forward, lines.limit_backward)[~ferry]
    urban[~ferry] = in_town(
        middle[~ferry], length[~ferry], lines.road_class[~ferry], limit, lines.zone[~ferry], settings
    )
    at_end, at_start = junction_seconds(lines.start, lines.end, lines.road_class, lines.roundabout, settings)
    delays = lines.delays

    def seconds(
        limit: NDArray[np.float64],
        lost: NDArray[np.float64],
        signal: NDArray[np.bool_],
        junction: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        kmh = driving_kmh(lines.road_class, limit, urban, lines.cap_kmh, settings)
        driven = length / (kmh * KMH_TO_MS) + lost + np.where(signal, 0.0, junction)
        return np.where(ferry, lines.fixed_s, driven)

    ways = (
        (lines.forward, seconds(lines.limit_forward, delays.forward_s, delays.forward_signal, at_end)),
        (lines.backward, seconds(lines.limit_backward, delays.backward_s, delays.backward_signal, at_start)),
    )
    edge = np.concatenate([np.flatnonzero(opened) for opened, _ in ways])
    forward = np.repeat([True, False], [int(opened.sum()) for opened, _ in ways])
    time = np.concatenate([taken[opened] for opened, taken in ways])
    order = np.argsort(edge, kind="stable")
    edge, forward = edge[order], forward[order]
    flags = lines.flags | np.where(urban, np.uint8(RoadFlag.URBAN), np.uint8(0))
    return RoadArcs(
        node_xy=lines.node_xy,
        tail=np.where(forward, lines.start[edge], lines.end[edge]).astype(np.int32),
        head=np.where(forward, lines.end[edge], lines.start[edge]).astype(np.int32),
        seconds=time[order].astype(np.float32),
        length_m=length[edge].astype(np.float32),
        road_class=lines.road_class[edge],
        flags=flags[edge].astype(np.uint8),
        edge=edge.astype(np.int32),
        forward=forward,
        line_start=lines.line_start,
        line_xy=lines.line_xy,
        named=_named(lines.name[edge], lines.names),
        notes=dict(notes),
        precision=precision,
    )


def _named(name: NDArray[np.int32], names: Sequence[str]) -> dict[str, NDArray[np.int32]]:
    """Arcs of each name, names in alphabetical order."""
    arcs = np.flatnonzero(name >= 0).astype(np.int32)
    arcs = arcs[np.argsort(name[arcs], kind="stable")]
    codes, first = np.unique(name[arcs], return_index=True)
    parts: list[NDArray[np.int32]] = np.split(arcs, first[1:]) if len(codes) else []
    found = {names[code]: part for code, part in zip(codes, parts, strict=True)}
    return {key: found[key] for key in sorted(found)}
