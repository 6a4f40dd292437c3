"""Whether roads and facilities lie in the same part of the country at all."""

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import Fault, RoadError
from pipeline.messages import Message, msg
from pipeline.roads.model import RoadArcs, RoadClass

REACH_M = 10_000.0
"""How far outside the roads' bounds a facility may lie and still belong to the same place, metres."""


def check_overlap(
    arcs: RoadArcs, points: NDArray[np.floating], source: str, *, reach_m: float = REACH_M
) -> NDArray[np.bool_]:
    """Refuse roads of another place than the facilities.

    Parameters
    ----------
    arcs
        Roads; ferries do not count, for they reach far beyond an extract.
    points
        Array of shape (points, 2): facilities or demand points, EPSG:25832, metres; missing ones NaN.
    source
        The road file, as the user named it.
    reach_m
        How far outside the roads' bounds a point may lie, metres.

    Returns
    -------
    NDArray[np.bool_]
        Whether each point lies within the roads' bounds and reach; False for missing ones.

    Raises
    ------
    RoadError
        Not one of the points does.
    """
    xy = np.asarray(points, dtype=float).reshape(-1, 2)
    road = np.unique(arcs.tail[arcs.road_class != RoadClass.FERRY])
    there = np.isfinite(xy).all(axis=1)
    if not len(road) or not there.any():
        return np.zeros(len(xy), dtype=bool)
    low, high = arcs.node_xy[road].min(axis=0), arcs.node_xy[road].max(axis=0)
    inside = there & (xy >= low - reach_m).all(axis=1) & (xy <= high + reach_m).all(axis=1)
    if not inside.any():
        raise RoadError(
            Fault(
                source=source,
                where=msg("the place that the roads cover"),
                found=msg("roads in {box}", box=_box(low, high)),
                expected=msg(
                    "roads around the {points:n} {points:|point|points}, which lie in {box}",
                    points=int(there.sum()),
                    box=_box(xy[there].min(axis=0), xy[there].max(axis=0)),
                ),
                mend=msg("use an extract of the study area, or check the points' coordinate system"),
            )
        )
    return np.asarray(inside)


def _box(low: NDArray[np.floating], high: NDArray[np.floating]) -> Message:
    return msg(
        "E {west:n}–{east:n} km, N {south:n}–{north:n} km (EPSG:25832)",
        west=low[0] / 1000,
        east=high[0] / 1000,
        south=low[1] / 1000,
        north=high[1] / 1000,
    )
