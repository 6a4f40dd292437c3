"""New links on top of a hierarchy: bridges, tunnels and ferries that do not exist yet."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pyproj import Transformer

from pipeline.crs import GEOGRAPHIC, METRIC
from pipeline.errors import Fault, InputError
from pipeline.messages import msg
from pipeline.roads.model import RoadFlag
from pipeline.travel.cch import FAR
from pipeline.travel.doors import NO_ARC, Ground, Touch
from pipeline.travel.hierarchy import Hierarchy, Metric, add_hubs
from pipeline.travel.network import Network
from pipeline.travel.snapping import MAX_ACCESS_M, Places, Snapper

LONGEST_S = 86_400.0


class LinkError(InputError):
    """A what-if names a link that the network does not have, or a new one that touches no road."""


@dataclass(frozen=True, slots=True)
class NewLink:
    """A bridge, tunnel or ferry that does not exist yet.

    Parameters
    ----------
    name
        Its name; routes tell it.
    start_xy, end_xy
        Easting and northing of its ends, EPSG:25832, metres. Each end is joined to the nearest public road.
    seconds
        Time from end to end, waiting included, seconds; at most a day.
    length_m
        Length, metres; left out, the straight line.
    both_ways
        Whether it can be used from end to start too.
    ferry
        Whether it is a ferry; anything else joins landmasses.
    """

    name: str
    start_xy: tuple[float, float]
    end_xy: tuple[float, float]
    seconds: float
    length_m: float | None = None
    both_ways: bool = True
    ferry: bool = False

    @property
    def metres(self) -> float:
        """Its length, metres."""
        straight = float(np.hypot(self.end_xy[0] - self.start_xy[0], self.end_xy[1] - self.start_xy[1]))
        return straight if self.length_m is None else self.length_m


@dataclass(frozen=True, slots=True)
class Crossings:
    """New links joined to the network; their ends are hubs, 2i and 2i + 1 those of link i.

    Parameters
    ----------
    links
        The links.
    ends
        Where the hubs meet the roads.
    arriving, leaving
        Ways from vertices to hubs and from hubs to vertices (`a` is the hub).
    between
        Ways from hub to hub: a link (`arc` is `NO_ARC`) or a piece of the same road.
    """

    links: tuple[NewLink, ...]
    ends: Places
    arriving: Touch
    leaving: Touch
    between: Touch

    def on_top(self, hierarchy: Hierarchy, base: Metric) -> tuple[Hierarchy, Metric]:
        """Put the hubs on top of a hierarchy."""
        hubs = len(self.ends)
        ticks = np.full((hubs, hubs), FAR, dtype=np.int64)
        np.minimum.at(ticks, (self.between.a, self.between.b), self.between.ticks)
        return add_hubs(hierarchy, base, self.arriving, self.leaving, ticks.astype(np.int32))


def public_roads(network: Network) -> Snapper:
    """Make ready to snap to roads that may be driven through; new links begin on no others."""
    public = np.ones(network.edges, dtype=bool)
    public[network.arcs.edge[(network.arcs.flags & RoadFlag.DESTINATION_ONLY) > 0]] = False
    return Snapper(network, only=public)


def link_ends(roads: Snapper, links: Sequence[NewLink]) -> Places:
    """Join the ends of new links to the nearest road: rows 2i and 2i + 1 are those of link i.

    Parameters
    ----------
    roads
        From `public_roads`.
    links
        The links.

    Raises
    ------
    LinkError
        An end has no road nearby, or a time or length makes no sense.
    """
    xy = np.array([end for link in links for end in (link.start_xy, link.end_xy)], dtype=np.float64)
    ends = roads.snap(xy)
    lon, lat = Transformer.from_crs(METRIC, GEOGRAPHIC, always_xy=True).transform(xy[:, 0], xy[:, 1])
    faults = []
    for i, link in enumerate(links):
        where = msg("new link {name}", name=link.name)
        faults += [
            Fault(
                source="",
                where=where,
                found=msg("no public road near {at}", at=f"{lon[row]:.4f}, {lat[row]:.4f}"),
                expected=msg("ends within {metres:n} m of a road", metres=MAX_ACCESS_M),
                mend=msg("give both ends, longitude first, near roads of the network"),
            )
            for row in (2 * i, 2 * i + 1)
            if not ends.ok[row]
        ]
        if not (0 <= link.seconds <= LONGEST_S and link.metres >= 0):
            faults.append(
                Fault(
                    source="",
                    where=where,
                    found=msg("{seconds} seconds, {metres} metres", seconds=link.seconds, metres=link.metres),
                    expected=msg("0 to {most:n} seconds and at least 0 metres", most=LONGEST_S),
                    mend=msg("correct the new link"),
                )
            )
    if faults:
        raise LinkError(faults)
    return ends


def crossings(ground: Ground, ends: Places, links: Sequence[NewLink], ticks: NDArray[np.int64]) -> Crossings:
    """Find what new links are joined to.

    Parameters
    ----------
    ground
        The network's ground, without hubs.
    ends
        From `link_ends`.
    links
        The links.
    ticks
        Int64 array of shape (links,): time (or length) of each.
    """
    number = np.arange(len(links))
    back = np.flatnonzero([link.both_ways for link in links])
    a, b = np.concatenate([2 * number, 2 * back + 1]), np.concatenate([2 * number + 1, 2 * back])
    nothing = np.zeros(len(a))
    over = Touch(a, b, np.concatenate([ticks, ticks[back]]), np.full(len(a), NO_ARC), nothing, nothing)
    along = ground.along_road(ends, ends)
    along = along.rows(along.a != along.b)
    return Crossings(
        links=tuple(links),
        ends=ends,
        arriving=ground.touching(ends, leaving=False),
        leaving=ground.touching(ends, leaving=True),
        between=Touch(*(np.concatenate(columns) for columns in zip(over, along, strict=True))),
    )
