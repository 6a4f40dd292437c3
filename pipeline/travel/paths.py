"""The way that a journey takes, found back from the times: road arcs, line and named links."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.travel.cch import FAR
from pipeline.travel.destination import DOUBLE, RouteGraph
from pipeline.travel.doors import NO_ARC, Touch
from pipeline.travel.engine import Engine
from pipeline.travel.lines import Line, joined, part_of
from pipeline.travel.network import Network
from pipeline.travel.new_links import Crossings
from pipeline.travel.snapping import Places

NO_HUB = -1


class Step(NamedTuple):
    """Part of a way: a road arc between two shares of its line's length, or a new link, or nothing at all.

    A new link is told by the hub that it is left by: 2i drives link i from its start, 2i + 1 from its end.
    """

    arc: int = NO_ARC
    start: float = 0.0
    end: float = 0.0
    hub: int = NO_HUB


@dataclass(frozen=True)
class Incoming:
    """The graph's arcs by the vertex (its rank) that they enter."""

    graph: RouteGraph
    rank: NDArray[np.int32]

    @cached_property
    def _by_head(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        head = self.rank[self.graph.head]
        order = np.argsort(head, kind="stable")
        return order, np.searchsorted(head[order], np.arange(len(self.rank) + 1))

    def arcs(self, vertex: int) -> NDArray[np.int64]:
        """Graph arcs that enter a vertex."""
        order, start = self._by_head
        return order[start[vertex] : start[vertex + 1]]


@dataclass(frozen=True)
class Pathfinder:
    """Finds single journeys in one state of the network.

    Parameters
    ----------
    engine
        The state.
    incoming
        The graph's arcs by head; the same for all states.
    crossings
        New links of this state.
    """

    engine: Engine
    incoming: Incoming
    crossings: Crossings | None

    def find(self, origin: Places, destination: Places) -> tuple[int, list[Step]]:
        """Find the fastest way between two places (of one row each): ticks and steps; `FAR` without a way."""
        ground = self.engine.ground
        passed = self.engine.spread(origin, 1, backwards=False)[0][:, 0]
        last = ground.touching(destination, leaving=False)
        direct = ground.along_road(origin, destination)
        totals = np.minimum(passed[last.b] + last.ticks, FAR)
        best = int(min(totals.min(initial=FAR), direct.ticks.min(initial=FAR)))
        if best == FAR:
            return FAR, []
        if best in direct.ticks:
            return best, [_step(direct, 0)]
        end = int(np.argmin(totals))
        way = self._back(int(last.b[end]), passed, ground.touching(origin, leaving=True))
        return best, [step for step in [*way, _step(last, end)] if step != Step()]

    def _back(self, vertex: int, passed: NDArray[np.int32], first: Touch) -> list[Step]:
        """Go back from a vertex over arcs that are exactly as long as times differ, to where journeys begin.

        Arcs without any time can lead round in circles, so no vertex is visited twice.
        """
        came: dict[int, tuple[int, Step]] = {}
        seen, open_ = {vertex}, [vertex]
        while open_:
            v = open_.pop()
            begun = np.flatnonzero((first.b == v) & (first.ticks == passed[v]))
            if len(begun):
                steps = [_step(first, int(begun[0]))]
                while v in came:
                    v, step = came[v]
                    steps.append(step)
                return steps
            for u, ticks, step in self._before(v):
                if passed[u] + ticks == passed[v] and u not in seen:
                    seen.add(u)
                    came[u] = (v, step)
                    open_.append(u)
        raise AssertionError("a time without a way that takes it")

    def _before(self, vertex: int) -> Iterator[tuple[int, int, Step]]:
        """List what leads to a vertex: the vertex before, ticks and step."""
        graph, ground = self.incoming.graph, self.engine.ground
        count = len(ground.rank)
        if vertex < count:
            for at in self.incoming.arcs(vertex):
                arc = int(graph.arc[at])
                if arc == DOUBLE:
                    yield int(ground.rank[graph.tail[at]]), 0, Step()
                elif not graph.blocked[at] and ground.arc_ticks[arc] < FAR:
                    forward = bool(ground.network.arcs.forward[arc])
                    whole = Step(arc, float(not forward), float(forward))
                    yield int(ground.rank[graph.tail[at]]), int(ground.arc_ticks[arc]), whole
        if self.crossings is None:
            return
        leaving, arriving, between = self.crossings.leaving, self.crossings.arriving, self.crossings.between
        for row in np.flatnonzero(leaving.b == vertex).tolist():
            yield count + int(leaving.a[row]), int(leaving.ticks[row]), _step(leaving, row)
        for row in np.flatnonzero(arriving.a == vertex - count).tolist():
            yield int(arriving.b[row]), int(arriving.ticks[row]), _step(arriving, row)
        for row in np.flatnonzero(between.b == vertex - count).tolist():
            hub = int(between.a[row])
            link = Step(hub=hub) if between.arc[row] == NO_ARC else _step(between, row)
            yield count + hub, int(between.ticks[row]), link


def _step(touch: Touch, row: int) -> Step:
    return Step(int(touch.arc[row]), float(touch.start[row]), float(touch.end[row]))


def line_of(network: Network, crossings: Crossings | None, steps: list[Step]) -> Line:
    """Draw a way: float64 array of shape (points, 2), EPSG:25832, in the direction of travel."""
    arcs = network.arcs
    parts: list[Line] = []
    for step in steps:
        if step.hub != NO_HUB and crossings is not None:
            link = crossings.links[step.hub // 2]
            ends = np.array([link.start_xy, link.end_xy], dtype=np.float64)
            parts.append(ends[::-1] if step.hub % 2 else ends)
        elif step.arc != NO_ARC:
            edge = arcs.edge[step.arc]
            line = arcs.line_xy[arcs.line_start[edge] : arcs.line_start[edge + 1]]
            parts.append(part_of(line, step.start, step.end))
    return joined(parts)


def length_of(network: Network, crossings: Crossings | None, steps: list[Step]) -> float:
    """Measure a way by road, metres."""
    links = crossings.links if crossings is not None else ()
    return float(
        sum(
            links[step.hub // 2].metres
            if step.hub != NO_HUB
            else abs(step.end - step.start) * float(network.arcs.length_m[step.arc])
            for step in steps
        )
    )


def names_of(network: Network, crossings: Crossings | None, steps: list[Step]) -> tuple[str, ...]:
    """List the named links of a way in the order they are used, each once."""
    used = np.array([step.arc for step in steps], dtype=np.int64)
    first: dict[str, int] = {}
    for name, rows in network.arcs.named.items():
        at = np.flatnonzero(np.isin(used, rows))
        if len(at):
            first[name] = int(at[0])
    if crossings is not None:
        for i, step in enumerate(steps):
            if step.hub != NO_HUB:
                first.setdefault(crossings.links[step.hub // 2].name, i)
    return tuple(sorted(first, key=lambda name: (first[name], name)))
