"""One state of the network, ready to answer: sweeps between places, in ticks."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pipeline.travel.cch import FAR
from pipeline.travel.doors import Ground
from pipeline.travel.hierarchy import Hierarchy, Metric
from pipeline.travel.snapping import Places
from pipeline.travel.spread import NO_LABEL, gather, spread, spread_one
from pipeline.travel.sweep import Doors, Sink, distribute, sweep
from pipeline.travel.sweep_blocks import SweepJob, lanes_for, sweep_spread
from pipeline.travel.threads import cores, in_threads
from pipeline.workers import SERIAL, Workers

I32 = NDArray[np.int32]

WORTH_SPREADING: Final = 20_000_000
"""Fewer pairs than this are found here sooner than the network is sent to anybody."""


@dataclass(frozen=True, slots=True)
class Engine:
    """A hierarchy with times, the ground that places stand on, and who helps with large sweeps.

    In all methods `backwards` turns every journey round: times are then from the targets to the sources.
    """

    hierarchy: Hierarchy
    metric: Metric
    ground: Ground
    workers: Workers = SERIAL

    def spread(self, sources: Places, most: int, *, backwards: bool) -> tuple[I32, I32]:
        """Find the nearest sources of every vertex of the hierarchy (see `pipeline.travel.spread.spread`)."""
        metric = self.metric.reversed if backwards else self.metric
        doors = self.ground.doors(sources, leaving=not backwards)
        ticks, label = _no_lists(len(self.hierarchy.tree.parent), most)
        if most == 1:
            lists = ticks.reshape(-1), label.reshape(-1)
            spread_one(self.hierarchy.tree, metric.up, metric.down, doors, *lists)
        else:
            spread(self.hierarchy.tree, metric.up, metric.down, doors, ticks, label)
        return ticks, label

    def nearest(self, sources: Places, targets: Places, most: int, *, backwards: bool) -> tuple[I32, I32]:
        """Find the nearest sources of each target: ticks and source, of shape (targets, most)."""
        ticks, label = self.spread(sources, most, backwards=backwards)
        target, source, direct = self._along_road(sources, targets, backwards=backwards)
        order = np.argsort(target, kind="stable")
        ptr = np.concatenate([[0], np.cumsum(np.bincount(target, minlength=len(targets)))]).astype(np.int64)
        nearby = Doors(ptr, source[order].astype(np.int32), direct[order].astype(np.int32))
        found, who = _no_lists(len(targets), most)
        gather(ticks, label, self.ground.doors(targets, leaving=backwards), nearby, found, who)
        return found, who

    def table(
        self, sources: Places, targets: Places, *, backwards: bool, most: int, unit: float
    ) -> NDArray[np.float32]:
        """Find all times, float32 of shape (targets, sources), a tick counting `unit`; NaN beyond `most`."""
        table = np.empty((len(targets), len(sources)), dtype=np.float32)
        if not table.size:
            return table
        self._sweep(sources, targets, backwards=backwards, most=most, unit=unit, table=table)
        target, source, ticks = self._along_road(sources, targets, backwards=backwards)
        near = ticks <= most
        target, source, value = target[near], source[near], (ticks[near] * unit).astype(np.float32)
        table[target, source] = np.fmin(table[target, source], value)
        return table

    def pairs(self, sources: Places, targets: Places, *, backwards: bool, most: int) -> tuple[I32, I32, I32]:
        """Find the pairs within `most` ticks: target, source and ticks, sorted by target and source."""
        none = np.empty((0, 0), dtype=np.float32)
        found = self._sweep(sources, targets, backwards=backwards, most=most, unit=1.0, table=none)
        direct = np.column_stack(self._along_road(sources, targets, backwards=backwards)).astype(np.int32)
        direct = direct[direct[:, 2] <= most]
        found = np.concatenate([found, direct]) if len(direct) else found
        for key, size in ((1, len(sources)), (0, len(targets))):
            counts = np.bincount(found[:, key], minlength=size)
            turned = np.empty_like(found)
            distribute(found, key, np.cumsum(counts) - counts, turned)
            found = turned
        twice = (found[1:, :2] == found[:-1, :2]).all(axis=1)
        found[:-1, 2][twice] = np.minimum(found[:-1, 2], found[1:, 2])[twice]
        found = found[np.append(True, ~twice)] if len(found) else found
        return found[:, 0], found[:, 1], found[:, 2]

    def _along_road(
        self, sources: Places, targets: Places, *, backwards: bool
    ) -> tuple[NDArray[np.integer], NDArray[np.integer], NDArray[np.int64]]:
        """Find targets and sources on the same road line, and the ticks along it."""
        if backwards:
            found = self.ground.along_road(targets, sources)
            return found.a, found.b, found.ticks
        found = self.ground.along_road(sources, targets)
        return found.b, found.a, found.ticks

    def _sweep(
        self,
        sources: Places,
        targets: Places,
        *,
        backwards: bool,
        most: int,
        unit: float,
        table: NDArray[np.float32],
    ) -> I32:
        metric = self.metric.reversed if backwards else self.metric
        doors, column = self.ground.doors(sources, leaving=not backwards), np.arange(len(sources))
        prunes = most < FAR - 1
        if prunes:
            doors, column = _by_rank(doors)
        touched = self.ground.doors(targets, leaving=backwards)
        cone = self.hierarchy.cone(touched, metric)
        if prunes:
            table.fill(np.nan)
        elif len(table):
            table[np.diff(touched.ptr) == 0] = np.nan
        slots = int(self.hierarchy.tree.slot.max(initial=-1)) + 1
        if self.workers.elsewhere and len(sources) * len(targets) >= WORTH_SPREADING:
            job = SweepJob(slots, self.hierarchy.tree, metric.up, cone, most, unit, prunes, len(targets))
            return sweep_spread(self.workers, job, doors, column, table)
        sink = Sink(table.reshape(-1), column, unit, prunes)
        lanes = lanes_for(-(-len(sources) // cores()), slots)
        found: dict[int, I32] = {}

        def work(first: int, last: int) -> None:
            numbers, used = sweep(
                (first, last), (lanes, slots), self.hierarchy.tree, metric.up, doors, cone, most, sink
            )
            found[first] = numbers[:used].reshape(-1, 3)

        in_threads(work, -(-len(sources) // lanes))
        return np.concatenate([found[first] for first in sorted(found)])


def _no_lists(rows: int, most: int) -> tuple[I32, I32]:
    return np.full((rows, most), FAR, dtype=np.int32), np.full((rows, most), NO_LABEL, dtype=np.int32)


def _by_rank(doors: Doors) -> tuple[Doors, NDArray[np.int64]]:
    """Sort places by the lowest vertex they touch, so that neighbours are swept together."""
    counts = np.diff(doors.ptr)
    lowest = np.full(len(counts), np.iinfo(np.int32).max, dtype=np.int32)
    some = counts > 0
    if some.any():
        lowest[some] = np.minimum.reduceat(doors.vertex, doors.ptr[:-1][some])
    order = np.argsort(lowest, kind="stable").astype(np.int64)
    ptr = np.concatenate([[0], np.cumsum(counts[order])]).astype(np.int64)
    at = np.arange(ptr[-1]) + np.repeat(doors.ptr[order] - ptr[:-1], counts[order])
    return Doors(ptr, doors.vertex[at], doors.ticks[at]), order
