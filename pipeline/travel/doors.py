"""From places to the graph: by which vertices a place is left and reached, and after how long."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.travel.cch import FAR
from pipeline.travel.network import Network
from pipeline.travel.snapping import Places
from pipeline.travel.sweep import Doors

I32 = NDArray[np.int32]

NO_ARC: Final = -1


class Touch(NamedTuple):
    """Ways along one road line, as columns: between a place and a vertex, or between two places.

    `a` and `b` are what is joined (row of the place, then vertex or row of the second place), `ticks` the
    time including access legs, `arc` the road arc driven (`NO_ARC` where the place is the vertex), `start`
    and `end` the shares of its line's length between which it is driven.
    """

    a: NDArray[np.integer]
    b: NDArray[np.integer]
    ticks: NDArray[np.int64]
    arc: NDArray[np.integer]
    start: NDArray[np.float64]
    end: NDArray[np.float64]

    def rows(self, kept: NDArray[np.int64] | NDArray[np.bool_]) -> "Touch":
        """Keep some rows."""
        return Touch(*(column[kept] for column in self))  # type: ignore[arg-type]


class Ground(NamedTuple):
    """What is needed to put places onto the graph.

    `rank` is the number of each vertex in the hierarchy, `arc_ticks` the time of each road arc (`FAR` where
    closed), `per_s` and `per_m` the ticks for a second and a metre of an access leg (one of them is 0).
    `hubs` are the ends of new links; hub i is vertex `len(rank) + i` of the hierarchy.
    """

    network: Network
    rank: I32
    arc_ticks: I32
    per_s: float
    per_m: float
    hubs: Places | None = None

    def access(self, places: Places) -> NDArray[np.int64]:
        """Count the ticks of each access leg; 0 where there is none."""
        ticks = np.nan_to_num(places.access_s * self.per_s) + np.nan_to_num(places.access_m * self.per_m)
        return np.asarray(np.minimum(np.rint(ticks), FAR), dtype=np.int64)

    def doors(self, places: Places, *, leaving: bool) -> Doors:
        """Find the vertices that a place is left by (or reached by) and the ticks to (or from) each."""
        touch = self.touching(places, leaving=leaving)
        ptr = np.concatenate([[0], np.cumsum(np.bincount(touch.a, minlength=len(places)))])
        return Doors(ptr.astype(np.int64), touch.b.astype(np.int32), touch.ticks.astype(np.int32))

    def touching(self, places: Places, *, leaving: bool) -> Touch:
        """Find the ways from places to vertices (or from vertices to places), sorted by place.

        A junction is itself. A place on a road is left along the road and, where that is allowed, against it.
        """
        net = self.network
        vertex_of = self.rank[net.graph.start_vertex] if leaving else self.rank[: net.nodes]
        access = self.access(places)
        row = np.flatnonzero(places.ok & (places.node >= 0))
        nothing = np.zeros(len(row))
        no_arc = np.full(len(row), NO_ARC)
        parts = [Touch(row, vertex_of[places.node[row]], access[row], no_arc, nothing, nothing)]
        row = np.flatnonzero(places.ok & (places.node < 0))
        edge, along = places.edge[row], places.along[row]
        for way in (0, 1):
            arc = net.edge_arc[edge, way]
            whole = np.where(arc >= 0, self.arc_ticks[arc], FAR)
            end = (1 - way) if leaving else way
            ticks = np.where(whole < FAR, np.rint(whole * np.abs(along - end)), FAR).astype(np.int64)
            shares = (along, np.full(len(row), float(end)))
            vertex = vertex_of[net.edge_node[edge, end]]
            parts.append(Touch(row, vertex, access[row] + ticks, arc, *(shares if leaving else shares[::-1])))
        if self.hubs is not None:
            pairs = self.along_road(*((places, self.hubs) if leaving else (self.hubs, places)))
            mine, hub = (pairs.a, pairs.b) if leaving else (pairs.b, pairs.a)
            parts.append(pairs._replace(a=mine, b=hub + len(self.rank)))
        every = Touch(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))
        order = np.flatnonzero(every.ticks < FAR)
        return every.rows(order[np.argsort(every.a[order], kind="stable")])

    def along_road(self, start: Places, end: Places) -> Touch:
        """Find the places that share a road line, and the direct way from the first to the second."""
        a = np.flatnonzero(start.ok & (start.node < 0))
        b = np.flatnonzero(end.ok & (end.node < 0))
        b = b[np.argsort(end.edge[b], kind="stable")]
        low = np.searchsorted(end.edge[b], start.edge[a], side="left")
        size = np.searchsorted(end.edge[b], start.edge[a], side="right") - low
        first = np.repeat(a, size)
        second = b[np.arange(size.sum()) + np.repeat(low - (np.cumsum(size) - size), size)]
        shares = start.along[first], end.along[second]
        ticks, used = np.full(len(first), FAR, dtype=np.int64), np.full(len(first), NO_ARC)
        for way in (0, 1):
            arc = self.network.edge_arc[start.edge[first], way]
            whole = np.where(arc >= 0, self.arc_ticks[arc], FAR)
            ahead = shares[1] - shares[0] if way == 0 else shares[0] - shares[1]
            part = np.where((whole < FAR) & (ahead >= 0), np.rint(whole * ahead), FAR).astype(np.int64)
            better = part < ticks
            ticks[better], used[better] = part[better], arc[better]
        ticks += self.access(start)[first] + self.access(end)[second]
        return Touch(first, second, ticks, used, *shares).rows(ticks < FAR)
