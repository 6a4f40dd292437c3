"""Travel times on a whole country's roads: nearest, matrix, route, what-ifs.

>>> router = Router(network)                                # doctest: +SKIP
>>> homes, hospitals = router.snap(homes_xy), router.snap(hospitals_xy)    # doctest: +SKIP
>>> router.nearest(homes, hospitals).value[:, 0] / 60       # minutes to the nearest  # doctest: +SKIP
>>> slower = router.reweight(speed_factor=0.9, closed=["Storebælt"])        # doctest: +SKIP
>>> slower.nearest(homes, hospitals).value[:, 0] / 60       # doctest: +SKIP
"""

from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Literal, Self

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array
from shapely import LineString

from pipeline.memory import usable_memory
from pipeline.travel.answers import NOBODY, Matrix, Nearest, Route, Side, too_large
from pipeline.travel.cch import FAR
from pipeline.travel.destination import DOUBLE, components
from pipeline.travel.doors import Ground
from pipeline.travel.engine import Engine
from pipeline.travel.hierarchy import Hierarchy, build_hierarchy, order_vertices
from pipeline.travel.network import Network, landmasses
from pipeline.travel.new_links import Crossings, crossings, link_ends, public_roads
from pipeline.travel.paths import Incoming, Pathfinder, length_of, line_of, names_of
from pipeline.travel.shores import keep_ashore
from pipeline.travel.snapping import ACCESS_KMH, MAX_ACCESS_M, Places, Snapper
from pipeline.travel.what_if import TICKS, WhatIf, arc_ticks, closed_arcs
from pipeline.travel_status import Status
from pipeline.workers import SERIAL, Workers

Direction = Literal["to", "from"]
"""``to``: from the points to the facilities. ``from``: from the facilities to the points."""

_PAIRS_AT_ONCE: Final = 5_000_000
"""Pairs that a block of a streamed matrix may have."""


class Router:
    """Travel times on one network, in one state.

    Parameters
    ----------
    network
        The network.
    order
        The order of its vertices (`pipeline.travel.network_files.cached_order`); left out, it is found,
        which takes seconds for a whole country.
    state
        Speeds, closed and new links; left out, the network as it was read.
    shared
        What another router of the same network has made already.
    workers
        Who helps with large matrices.
    """

    def __init__(
        self,
        network: Network,
        order: NDArray[np.int32] | None = None,
        *,
        state: WhatIf | None = None,
        shared: "Shared | None" = None,
        workers: Workers = SERIAL,
    ) -> None:
        if shared is None:
            if order is None:
                order = order_vertices(network.graph, network.arcs.node_xy)
            shared = Shared(network, build_hierarchy(network.graph, order))
        self.network: Final = network
        self.state: Final = state or WhatIf()
        self.shared: Final = shared
        self.workers: Final = workers
        self._unit: Final = 1 / TICKS[self.state.measure]
        self._closed: Final = closed_arcs(network, self.state.closed)
        self._engine, self._crossings = self._set_up()
        self.node_landmass: Final = self._label_land(ferries=False)

    def reweight(self, state: WhatIf | None = None, /, **changes: Any) -> Self:  # noqa: ANN401
        """Put the same network into another state; this router stays as it is.

        Parameters
        ----------
        state
            The new state. What-ifs do not pile up: each starts from the network as it was read.
        **changes
            Instead of a state, its fields: ``speed_factor``, ``class_factors``, ``closed``, ``opened``,
            ``measure`` (see `WhatIf`).

        Raises
        ------
        LinkError
            A link to close is unknown, or a new one touches no road.
        """
        new = state if state is not None else WhatIf(**changes)
        return type(self)(self.network, state=new, shared=self.shared, workers=self.workers)

    def at_speed(self, factor: float) -> Self:
        """Keep the present state, and multiply the speed of every road by a factor; ferries keep theirs."""
        return self.reweight(replace(self.state, speed_factor=self.state.speed_factor * factor))

    def by_length(self) -> Self:
        """Keep the present state, and measure metres by road for seconds."""
        return self.reweight(replace(self.state, measure="distance"))

    def _set_up(self) -> tuple[Engine, Crossings | None]:
        network, state, hierarchy = self.network, self.state, self.shared.hierarchy
        ticks = arc_ticks(network, state, self._closed)
        graph = network.graph
        graph_ticks = np.where(graph.arc == DOUBLE, 0, ticks[graph.arc]).astype(np.int32)
        graph_ticks[graph.blocked] = FAR
        base = hierarchy.base_metric(graph_ticks)
        rates = (TICKS["time"], 0.0) if state.measure == "time" else (0.0, TICKS["distance"])
        ground = Ground(network, hierarchy.rank, ticks, *rates)
        new = None
        if state.opened:
            ends = link_ends(self.shared.public_roads, state.opened)
            lengths = [link.seconds if state.measure == "time" else link.metres for link in state.opened]
            link_ticks = np.rint(np.array(lengths) * TICKS[state.measure]).astype(np.int64)
            new = crossings(ground, ends, state.opened, link_ticks)
            hierarchy, base = new.on_top(hierarchy, base)
            ground = ground._replace(hubs=ends)
        return Engine(hierarchy, hierarchy.customised(base), ground, self.workers), new

    def _label_land(self, *, ferries: bool) -> NDArray[np.int32]:
        """Label nodes by what is joined by road, or by road and ferry, in this state."""
        network = self.network
        if ferries:
            arcs = network.arcs
            label = components(network.nodes, arcs.tail[~self._closed], arcs.head[~self._closed])
        else:
            label = landmasses(network, self._closed) if self._closed.any() else network.node_landmass
        if self._crossings is None:
            return label
        joins = [i for i, link in enumerate(self._crossings.links) if ferries or not link.ferry]
        ends = label[self._crossings.ends.nodes(network)].reshape(-1, 2)[joins]
        group = components(int(label.max()) + 1, ends[:, 0], ends[:, 1])
        lowest = np.full(len(group), len(group), dtype=np.int32)
        np.minimum.at(lowest, group, np.arange(len(group), dtype=np.int32))
        return np.asarray(lowest[group][label], dtype=np.int32)

    @cached_property
    def _joined(self) -> NDArray[np.int32]:
        return self._label_land(ferries=True)

    def snap(
        self,
        xy: ArrayLike,
        *,
        max_access_m: float = MAX_ACCESS_M,
        access_kmh: float = ACCESS_KMH,
        land: NDArray[np.object_] | None = None,
    ) -> Places:
        """Find where points meet the road network.

        Parameters
        ----------
        xy, max_access_m, access_kmh
            As for `pipeline.travel.snapping.Snapper.snap`.
        land
            Polygons, one for each island and one for the mainland (EPSG:25832): no point then crosses water
            to its road (`pipeline.travel.shores.keep_ashore`).
        """
        places = self.shared.snapper.snap(xy, max_access_m=max_access_m, access_kmh=access_kmh)
        if land is None:
            return places
        return keep_ashore(self.network, xy, places, land, max_access_m=max_access_m, access_kmh=access_kmh)

    def landmass(self, places: Places) -> NDArray[np.int32]:
        """Find each place's landmass in this state, int32 of shape (places,); `NOBODY` without a road."""
        return self._label(places, self.node_landmass)

    def _label(self, places: Places, labels: NDArray[np.int32]) -> NDArray[np.int32]:
        node = places.nodes(self.network)
        return np.asarray(np.where(node >= 0, labels[node], NOBODY), dtype=np.int32)

    def nearest(
        self,
        points: Places,
        facilities: Places,
        *,
        direction: Direction = "to",
        k: int = 1,
        cutoff: float | None = None,
    ) -> Nearest:
        """Find the nearest facilities of each point.

        Parameters
        ----------
        points, facilities
            From `snap`; of facilities without a road nothing is found.
        direction
            ``to`` the facility or ``from`` it.
        k
            How many facilities for each point.
        cutoff
            Longest time, seconds (metres for distances); None for no limit.
        """
        ticks, who = self._engine.nearest(facilities, points, k, backwards=direction == "to")
        found = ticks <= self._most(cutoff)
        value = np.where(found, (ticks * self._unit).astype(np.float32), np.float32(np.nan))
        land, theirs = self.landmass(points), self.landmass(facilities)
        reached = ticks[:, 0] < FAR
        home = theirs[np.where(reached, who[:, 0], 0)] if len(facilities) else land
        served = np.unique(theirs[facilities.ok])
        status = np.select(
            [
                ~points.ok,
                found[:, 0] & (home == land),
                found[:, 0],
                reached,
                np.full(len(points), not len(served)),
                np.isin(land, served),
            ],
            [
                points.status,
                Status.OK,
                Status.FERRY_ONLY,
                Status.BEYOND_CUTOFF,
                Status.NO_FACILITY,
                Status.NO_WAY,
            ],
            Status.OTHER_LANDMASS,
        )
        return Nearest(value, np.where(found, who, NOBODY).astype(np.int32), status.astype(np.uint8))

    def matrix(
        self,
        points: Places,
        facilities: Places,
        *,
        direction: Direction = "to",
        cutoff: float | None = None,
        memory: float | None = None,
    ) -> Matrix:
        """Find the times between all points and all facilities.

        Parameters
        ----------
        points, facilities
            From `snap`.
        direction
            ``to`` the facilities or ``from`` them.
        cutoff
            Longest time, seconds (metres for distances); a low one saves time. None for no limit.
        memory
            Bytes that the result may take; left out, half of the machine's memory.

        Raises
        ------
        TooLargeError
            The result would need more memory; `within` or `write_matrix` are for that.
        """
        needed, limit = 4.0 * len(points) * len(facilities), memory or usable_memory()
        if needed > limit:
            raise too_large(len(points), len(facilities), needed, limit)
        most = self._most(cutoff)
        if len(facilities) <= len(points):
            value = self._engine.table(
                facilities, points, backwards=direction == "to", most=most, unit=self._unit
            )
        else:
            value = self._engine.table(
                points, facilities, backwards=direction == "from", most=most, unit=self._unit
            ).T
        # Who is joined by ferries at all matters only where a cut-off may hide a way.
        joined = self.node_landmass if cutoff is None else self._joined
        sides = [
            Side(places.status, self.landmass(places), self._label(places, joined))
            for places in (points, facilities)
        ]
        return Matrix(value, sides[0], sides[1], cutoff)

    def within(
        self, points: Places, facilities: Places, cutoff: float, *, direction: Direction = "to"
    ) -> csr_array:
        """Find the pairs of point and facility up to a cut-off.

        Parameters
        ----------
        points, facilities
            From `snap`.
        cutoff
            Longest time, seconds (metres for distances).
        direction
            ``to`` the facilities or ``from`` them.

        Returns
        -------
        csr_array
            Float32 of shape (points, facilities), columns sorted; a stored 0 is a pair, an absent one is not.
        """
        point, facility, value = self._pairs(points, facilities, cutoff, direction)
        ptr = np.concatenate([[0], np.cumsum(np.bincount(point, minlength=len(points)))])
        return csr_array((value, facility, ptr), shape=(len(points), len(facilities)))

    def write_matrix(
        self,
        points: Places,
        facilities: Places,
        path: Path,
        *,
        direction: Direction = "to",
        cutoff: float | None = None,
    ) -> int:
        """Write all pairs that are joined to a Parquet file, block by block, and count them.

        The columns are ``point`` and ``facility`` (rows of the two lists) and ``value`` (seconds, or metres
        for distances), sorted by both. Memory stays bounded whatever the size; the file appears when whole.
        """
        schema = pa.schema([("point", pa.int32()), ("facility", pa.int32()), ("value", pa.float32())])
        rows = max(1, _PAIRS_AT_ONCE // max(1, len(facilities)))
        count = 0
        unfinished = path.with_name(path.name + ".part")
        try:
            with pq.ParquetWriter(unfinished, schema, use_dictionary=["point", "facility"]) as writer:
                for first in range(0, len(points), rows):
                    block = np.arange(first, min(first + rows, len(points)))
                    point, *rest = self._pairs(points.take(block), facilities, cutoff, direction)
                    writer.write_table(pa.table([point + np.int32(first), *rest], schema=schema))
                    count += len(point)
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)
        return count

    def route(self, origin: Places, destination: Places) -> Route:
        """Find the fastest way between two places of one row each (`Places.take`)."""
        if len(origin) != 1 or len(destination) != 1:
            raise ValueError("a route has one origin and one destination")
        for place in (origin, destination):
            if not place.ok[0]:
                return Route(np.nan, np.nan, None, (), np.zeros(0, np.int32), Status(place.status[0]))
        apart = self.landmass(origin)[0] != self.landmass(destination)[0]
        finder = Pathfinder(self._engine, self.shared.incoming, self._crossings)
        ticks, steps = finder.find(origin, destination)
        if ticks == FAR:
            why = Status.OTHER_LANDMASS if apart else Status.NO_WAY
            return Route(np.nan, np.nan, None, (), np.zeros(0, np.int32), why)
        network, new = self.network, self._crossings
        line = line_of(network, new, steps)
        return Route(
            value=ticks * self._unit,
            length_m=length_of(network, new, steps),
            geometry=LineString(line) if len(line) > 1 else None,
            links=names_of(network, new, steps),
            arcs=np.array([step.arc for step in steps if step.arc >= 0], dtype=np.int32),
            status=Status.FERRY_ONLY if apart else Status.OK,
        )

    def _pairs(
        self, points: Places, facilities: Places, cutoff: float | None, direction: Direction
    ) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float32]]:
        point, facility, ticks = self._engine.pairs(
            facilities, points, backwards=direction == "to", most=self._most(cutoff)
        )
        return point, facility, (ticks * self._unit).astype(np.float32)

    def _most(self, cutoff: float | None) -> int:
        if cutoff is None:
            return FAR - 1
        if not cutoff >= 0:
            raise ValueError("a cut-off is 0 or more")
        return int(min(np.floor(cutoff / self._unit + 1e-6), FAR - 1))


class Shared:
    """What all states of a network share: the hierarchy without times, and the indexes made when asked."""

    def __init__(self, network: Network, hierarchy: Hierarchy) -> None:
        self.network = network
        self.hierarchy = hierarchy

    @cached_property
    def snapper(self) -> Snapper:
        """The index of roads to snap to."""
        return Snapper(self.network)

    @cached_property
    def public_roads(self) -> Snapper:
        """The index of roads that new links may begin on."""
        return public_roads(self.network)

    @cached_property
    def incoming(self) -> Incoming:
        """The index of arcs that single ways are found with."""
        return Incoming(self.network.graph, self.hierarchy.rank)
