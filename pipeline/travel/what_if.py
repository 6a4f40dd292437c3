"""What-ifs on a network's times: other speeds, closed links, new links."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import Fault
from pipeline.messages import msg
from pipeline.roads.model import RoadClass
from pipeline.travel.cch import FAR
from pipeline.travel.network import Network
from pipeline.travel.new_links import LinkError, NewLink

Measure = Literal["time", "distance"]

TICKS: Final[Mapping[Measure, float]] = {"time": 1_000.0, "distance": 100.0}
"""Ticks for each second (of time) and each metre (of distance)."""


@dataclass(frozen=True, slots=True)
class WhatIf:
    """One state of the network; the default is the network as it was read.

    Parameters
    ----------
    speed_factor
        Speed of every road against today's: 0.9 is ten per cent slower. Ferries keep their timetable.
    class_factors
        Further factor on the speed of single classes, ferries among them.
    closed
        Names of links (`RoadArcs.named`) that cannot be used.
    opened
        New links.
    measure
        ``time``, or ``distance`` for shortest ways by road in metres, whatever they take.
    """

    speed_factor: float = 1.0
    class_factors: Mapping[RoadClass, float] | None = None
    closed: Collection[str] = ()
    opened: Sequence[NewLink] = ()
    measure: Measure = "time"


def closed_arcs(network: Network, names: Collection[str]) -> NDArray[np.bool_]:
    """Mark the arcs of named links.

    Raises
    ------
    LinkError
        A name is not known.
    """
    named = network.arcs.named
    faults = [
        Fault(
            source="",
            where=msg("closed link"),
            found=name,
            expected=msg("a link of the road network"),
            mend=msg("did you mean {names}?", names=", ".join(near))
            if (near := get_close_matches(name, sorted(named), n=3, cutoff=0.4))
            else msg("the road network names {count:n} {count:|link|links}", count=len(named)),
        )
        for name in sorted(set(names))
        if name not in named
    ]
    if faults:
        raise LinkError(faults)
    closed = np.zeros(len(network.arcs.tail), dtype=bool)
    for name in names:
        closed[named[name]] = True
    return closed


def arc_ticks(network: Network, state: WhatIf, closed: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Find the ticks of every road arc in one state of the network, `FAR` where closed.

    Raises
    ------
    ValueError
        A speed factor is not above 0 and finite.
    """
    arcs = network.arcs
    if state.measure == "distance":
        ticks = np.rint(arcs.length_m.astype(np.float64) * TICKS["distance"])
    else:
        factor = np.full(max(RoadClass) + 1, state.speed_factor)
        factor[RoadClass.FERRY] = 1.0
        for road_class, times in (state.class_factors or {}).items():
            factor[road_class] *= times
        if not ((factor > 0) & np.isfinite(factor)).all():
            raise ValueError("speed factors must be above 0 and finite")
        ticks = np.rint(arcs.seconds.astype(np.float64) * TICKS["time"] / factor[arcs.road_class])
    ticks = np.minimum(ticks, FAR - 1)
    ticks[closed] = FAR
    return ticks.astype(np.int32)
