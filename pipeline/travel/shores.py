"""Points that would cross water to their road: kept on their own piece of land."""

from dataclasses import replace
from typing import Final

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from pipeline.travel.land import NO_LAND, land_labels
from pipeline.travel.line_index import LineIndex
from pipeline.travel.network import Network
from pipeline.travel.snapping import Places
from pipeline.travel_status import Status

ASHORE_M: Final = 150.0
"""Access legs up to this long are never doubted, metres: outlines of land are no better than that."""


def keep_ashore(
    network: Network,
    xy: ArrayLike,
    places: Places,
    land: NDArray[np.object_],
    *,
    max_access_m: float,
    access_kmh: float,
) -> Places:
    """Find another road for points whose access leg would lead to another piece of land.

    Parameters
    ----------
    network
        The network.
    xy
        The points, float array of shape (points, 2), EPSG:25832.
    places
        Where they were snapped to.
    land
        As for `pipeline.travel.land.land_labels`. Points on none of its pieces, and roads on none (piers),
        are not doubted.
    max_access_m, access_kmh
        As the points were snapped with.

    Returns
    -------
    Places
        The same, but doubtful points on the nearest road of their own piece of land, or with the status
        ``NO_ROAD_NEARBY`` where it has none in reach.
    """
    points = np.asarray(xy, dtype=np.float64).reshape(-1, 2)
    far = np.flatnonzero(places.ok & (places.access_m > ASHORE_M))
    if not len(far):
        return places
    home = land_labels(points[far], land)
    there = land_labels(places.take(far).xy(network), land)
    astray = (home != there) & (home != NO_LAND) & (there != NO_LAND)
    rows, home = far[astray], home[astray]
    if not len(rows):
        return places
    edge, along, node = places.edge.copy(), places.along.copy(), places.node.copy()
    access_m, status = places.access_m.copy(), places.status.copy()
    for piece in np.unique(home):
        mine = rows[home == piece]
        index = _roads_on(network, land[piece], points[mine], max_access_m)
        edge[mine], along[mine], access_m[mine] = index.nearest(points[mine], max_access_m)
    found = edge[rows] >= 0
    status[rows[~found]] = Status.NO_ROAD_NEARBY
    node[rows] = -1
    for side in (0, 1):
        ends = rows[found & (along[rows] == side)]
        node[ends] = network.edge_node[edge[ends], side]
    access_s = places.access_s.copy()
    access_s[rows] = access_m[rows] / (access_kmh / 3.6)
    return replace(
        places, edge=edge, along=along, node=node, access_m=access_m, access_s=access_s, status=status
    )


def _roads_on(
    network: Network, piece: shapely.Polygon, points: NDArray[np.float64], reach_m: float
) -> LineIndex:
    """Index the roads near some points whose middle lies on a piece of land."""
    start, line_xy = network.arcs.line_start, network.arcs.line_xy
    low, high = points.min(axis=0) - reach_m, points.max(axis=0) + reach_m
    inside = ((line_xy >= low) & (line_xy <= high)).all(axis=1)
    near = np.logical_or.reduceat(inside, start[:-1]) & network.edge_snappable
    edges = np.flatnonzero(near)
    first, last = line_xy[start[edges]], line_xy[start[edges + 1] - 1]
    halfway = line_xy[(start[edges] + start[edges + 1]) // 2]
    middle = np.where((start[edges + 1] - start[edges] > 2)[:, None], halfway, (first + last) / 2)
    shapely.prepare(piece)
    on_it = shapely.contains_xy(piece, middle[:, 0], middle[:, 1])
    return LineIndex(start, line_xy, edges[on_it])
