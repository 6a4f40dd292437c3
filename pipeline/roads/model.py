"""What every road reader hands on: directed arcs with times, as plain arrays."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, IntFlag

import numpy as np
from numpy.typing import NDArray


class RoadClass(IntEnum):
    """Class of a road, in falling order of importance; the values are stored on disk."""

    MOTORWAY = 0
    MOTORWAY_LINK = 1
    TRUNK = 2
    TRUNK_LINK = 3
    PRIMARY = 4
    PRIMARY_LINK = 5
    SECONDARY = 6
    SECONDARY_LINK = 7
    TERTIARY = 8
    TERTIARY_LINK = 9
    UNCLASSIFIED = 10
    RESIDENTIAL = 11
    LIVING_STREET = 12
    SERVICE = 13
    TRACK = 14
    FERRY = 15
    OTHER = 16


class RoadFlag(IntFlag):
    """What holds of an arc beyond its class."""

    NONE = 0
    BRIDGE = 1
    TUNNEL = 2
    DESTINATION_ONLY = 4
    """May be driven to reach a door on it, never to get through (private or access-only road)."""
    NO_SNAP = 8
    """Points never snap here (ferry, motorway, bridge, tunnel, harbour ramp)."""
    URBAN = 16
    APPROXIMATE = 32
    """The arc stands for a road whose line is not known (crow-fly line with a detour factor)."""


@dataclass(frozen=True, slots=True)
class RoadArcs:
    """Directed arcs of a road network, before it is checked, split into components and ordered.

    Parameters
    ----------
    node_xy
        Float64 array of shape (nodes, 2): easting and northing in EPSG:25832, metres.
    tail, head
        Int32 arrays of shape (arcs,): the nodes an arc leaves and enters. A two-way road is two arcs.
        Parallel arcs and self-loops may occur; the network deals with them.
    seconds
        Float32 array of shape (arcs,): driving time with all delays, > 0 or 0, finite.
    length_m
        Float32 array of shape (arcs,): length of the road (not of the crow-fly line), metres.
    road_class, flags
        Uint8 arrays of shape (arcs,): `RoadClass` and `RoadFlag` values.
    edge
        Int32 array of shape (arcs,): the row of the road line in `line_start`; both directions of a road
        share one line.
    forward
        Bool array of shape (arcs,): whether the arc runs along its line (True) or against it.
    line_start
        Int64 array of shape (edges + 1,): where each line's points start in `line_xy`.
    line_xy
        Float64 array of shape (points, 2), EPSG:25832: the lines' points, first and last at the two nodes.
    named
        Name or id of a link (ferry, bridge, tunnel) → int32 array of its arcs, for what-ifs that close it.
    node_names
        Optional place name → node (bundled network only).
    notes
        Counts worth telling, for the provenance: ``{"ways_read": 12345, ...}``.
    precision
        ``measured`` (surveyed lines), ``register`` or ``approximate``.
    """

    node_xy: NDArray[np.float64]
    tail: NDArray[np.int32]
    head: NDArray[np.int32]
    seconds: NDArray[np.float32]
    length_m: NDArray[np.float32]
    road_class: NDArray[np.uint8]
    flags: NDArray[np.uint8]
    edge: NDArray[np.int32]
    forward: NDArray[np.bool_]
    line_start: NDArray[np.int64]
    line_xy: NDArray[np.float64]
    named: Mapping[str, NDArray[np.int32]] = field(default_factory=dict)
    node_names: Mapping[str, int] = field(default_factory=dict)
    notes: Mapping[str, int] = field(default_factory=dict)
    precision: str = "measured"
