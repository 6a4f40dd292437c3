"""One-way main roads with no way back beside them: a sign that an extract has lost directions."""

from typing import Final

import numpy as np
import shapely

from pipeline.roads.model import RoadArcs, RoadClass, RoadFlag

BESIDE_M: Final = 60.0
"""How far apart the two carriageways of a road lie at most, metres."""

SHORTEST_M: Final = 100.0
"""Shorter roads are slip roads and islands at junctions, metres."""

_MAIN: Final = (RoadClass.TRUNK, RoadClass.PRIMARY, RoadClass.SECONDARY, RoadClass.TERTIARY)


def lone_oneway_km(arcs: RoadArcs) -> float:
    """Measure the one-way main roads outside towns that have no opposite carriageway.

    In towns one-way streets stand alone for good reason; a country road that can be driven in one direction
    only is hardly ever true, and sends everybody who comes the other way on a detour.

    Parameters
    ----------
    arcs
        Roads as read.

    Returns
    -------
    float
        Kilometres. A few stand for odd layouts; many say that the extract should not be trusted.
    """
    single = np.bincount(arcs.edge, minlength=len(arcs.line_start) - 1)[arcs.edge] == 1
    main = np.flatnonzero(single & np.isin(arcs.road_class, _MAIN))
    country = (arcs.flags[main] & int(RoadFlag.URBAN)) == 0
    asked = np.flatnonzero(country & (arcs.length_m[main] >= SHORTEST_M))
    if not len(asked):
        return 0.0
    edge = arcs.edge[main]
    counts = np.diff(arcs.line_start)[edge]
    rows = np.arange(counts.sum()) + np.repeat(arcs.line_start[edge] - (np.cumsum(counts) - counts), counts)
    lines = shapely.linestrings(arcs.line_xy[rows], indices=np.repeat(np.arange(len(main)), counts))
    heading = arcs.node_xy[arcs.head[main]] - arcs.node_xy[arcs.tail[main]]
    middle = shapely.line_interpolate_point(lines[asked], 0.5, normalized=True)
    i, j = shapely.STRtree(lines).query(middle, predicate="dwithin", distance=BESIDE_M)
    opposite = (heading[asked[i]] * heading[j]).sum(axis=1) < 0
    alone = np.ones(len(asked), dtype=bool)
    alone[i[opposite]] = False
    return float(arcs.length_m[main[asked[alone]]].sum() / 1000)
