"""Pieces of land: which one a point stands on, told from the outlines of areas."""

from typing import Final

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

SLIVER_M: Final = 5.0
"""Gaps between neighbouring areas up to twice this width are faults of the outlines, not water."""

NO_LAND: Final = -1


def land_parts(areas: gpd.GeoDataFrame) -> NDArray[np.object_]:
    """Join areas to pieces of land, closing slivers between neighbours.

    Returns
    -------
    NDArray
        Polygons in EPSG:25832, the largest first.
    """
    joined = shapely.union_all(shapely.buffer(areas.geometry.to_numpy(), SLIVER_M, quad_segs=2))
    parts = np.asarray(shapely.get_parts(joined), dtype=object)
    order = np.lexsort((shapely.bounds(parts)[:, 0], -shapely.area(parts)))
    return np.asarray(parts[order], dtype=object)


def land_labels(xy: ArrayLike, land: NDArray[np.object_]) -> NDArray[np.int32]:
    """Find the piece of land that each point stands on.

    Parameters
    ----------
    xy
        Float array of shape (points, 2), EPSG:25832.
    land
        Polygons that do not overlap, one for each island and one for the mainland, EPSG:25832.

    Returns
    -------
    NDArray
        Int32 array of shape (points,): row of `land`, `NO_LAND` on water and where there is no point.
    """
    points = np.asarray(xy, dtype=np.float64).reshape(-1, 2)
    label = np.full(len(points), NO_LAND, dtype=np.int32)
    located = np.flatnonzero(np.isfinite(points).all(axis=1))
    # Polygons ask, points are asked: so each polygon is prepared once.
    tree = shapely.STRtree(shapely.points(points[located]))
    piece, point = tree.query(land, predicate="intersects")
    label[located[point[::-1]]] = piece[::-1]
    return label


def nearest_land(xy: ArrayLike, land: NDArray[np.object_]) -> NDArray[np.int32]:
    """Find the piece of land that each point stands on or, off every coast, is nearest to.

    Parameters
    ----------
    xy, land
        As for `land_labels`.

    Returns
    -------
    NDArray
        Int32 array of shape (points,): row of `land`, `NO_LAND` where there is no point.
    """
    points = np.asarray(xy, dtype=np.float64).reshape(-1, 2)
    label = land_labels(points, land)
    lost = np.flatnonzero((label == NO_LAND) & np.isfinite(points).all(axis=1))
    if len(lost) and len(land):
        off, nearest = shapely.STRtree(land).query_nearest(shapely.points(points[lost]), all_matches=False)
        label[lost[off]] = nearest
    return label
