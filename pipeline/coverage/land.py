"""Which piece of land a point stands on, told from the outlines of areas."""

from typing import Final

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from pipeline.coverage import points_xy

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


def land_of(points: gpd.GeoSeries, areas: gpd.GeoDataFrame) -> NDArray[np.int32]:
    """Label points by the piece of land they stand on, or the nearest one.

    Parameters
    ----------
    points
        Points, EPSG:25832.
    areas
        Areas that cover the land, EPSG:25832.

    Returns
    -------
    NDArray
        Int32 array of shape (points,): 0 is the largest piece of land; `NO_LAND` where there is no point.
    """
    xy = points_xy(points)
    here = np.flatnonzero(np.isfinite(xy).all(axis=1))
    label = np.full(len(points), NO_LAND, dtype=np.int32)
    parts = land_parts(areas)
    if not len(here) or not len(parts):
        return label
    spots = shapely.points(xy[here])
    # Polygons as the query are prepared once each; the other way round every point meets whole Jutland raw.
    part, spot = shapely.STRtree(spots).query(parts, predicate="intersects")
    label[here[spot]] = part
    lost = here[label[here] == NO_LAND]
    if len(lost):
        off, nearest = shapely.STRtree(parts).query_nearest(shapely.points(xy[lost]), all_matches=False)
        label[lost[off]] = nearest
    return label
