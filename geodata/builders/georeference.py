"""Place a drawn map of Denmark's municipalities on the ground (EPSG:25832).

Three steps, all moving vertices only, so that shared borders stay shared:

1. a thin-plate spline through the municipality centroids (Duchon 1977; `scipy.interpolate.RBFInterpolator`),
   with a little smoothing because drawn shapes and therefore their centroids are rough;
2. municipalities that border on no other (islands) are brought to their own area and centroid; Bornholm,
   drawn in a corner of the map, is placed by them alone;
3. local nudges: towns must lie on land, and points whose municipality is known must lie in it. The nearest
   edge is pulled past the point, and a Gaussian kernel fades the pull out over some kilometres.

Control points come from the bundled tables and GeoNames; official boundary files are never used, only
measured against (`geodata.builders.check_municipality_areas`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.interpolate import RBFInterpolator

from pipeline.crs import METRIC

Floats = npt.NDArray[np.float64]

BORNHOLM: Final = "0400"
"""Drawn in the upper right corner of the map, far from its place."""

SMOOTHING: Final = 1e-3
UNIT: Final = 1e4
"""Drawing units per unit of the spline: keeps its kernel near 1, so that `SMOOTHING` means something."""

MARGIN_M: Final = 150.0
"""How far inside its area a known point shall lie."""

FARTHEST_M: Final = 4_000.0
"""A point farther from its area is left alone: it is on an island that is not drawn, or is wrong."""

REACH_M: Final = 4_000.0
"""Standard deviation of the Gaussian that fades a nudge out."""

DOUBT: Final = 0.2
"""Variance of a nudge relative to the kernel's: neighbours that disagree meet half-way."""

ROUNDS: Final = 6


@dataclass(frozen=True)
class Control:
    """What is known of places on the ground; all in EPSG:25832.

    Parameters
    ----------
    centroids
        Centroid of each municipality's *drawn* part: undrawn islands taken out. Index ``municipality_code``.
    area_km2
        Land area of each municipality's drawn part, same index.
    drawn_islands
        Points of islands that are drawn, column ``municipality_code`` and geometry.
    placed
        Points known to lie in a municipality, column ``municipality_code`` and geometry.
    towns
        Points known to lie on land.
    """

    centroids: gpd.GeoSeries
    area_km2: pd.Series
    drawn_islands: gpd.GeoDataFrame
    placed: gpd.GeoDataFrame
    towns: gpd.GeoSeries


def georeference(drawn: gpd.GeoSeries, control: Control) -> gpd.GeoSeries:
    """Move every vertex of the drawn coverage to its place.

    Parameters
    ----------
    drawn
        Areas in drawing units, y up, a valid coverage; index ``municipality_code``.
    control
        What is known of places on the ground.

    Returns
    -------
    geopandas.GeoSeries
        The same areas with the same vertices in the same order, EPSG:25832.
    """
    rough = _affine(drawn, control)
    mainland = drawn.drop(BORNHOLM)
    source, target = _spline_points(mainland, rough, control)
    spline = RBFInterpolator(source / UNIT, target, kernel="thin_plate_spline", smoothing=SMOOTHING)
    placed = move(mainland, lambda xy: spline(xy / UNIT))
    areas = gpd.GeoSeries(pd.concat([placed, rough[[BORNHOLM]]]).sort_index(), crs=METRIC)
    for code in _islands(drawn):
        areas[code] = _to_size(areas[code], control.centroids[code], control.area_km2[code])
    for _ in range(ROUNDS):
        anchors, pulls = _nudges(areas, control)
        areas = move(areas, _nudge(anchors, pulls))
    return areas


def move(areas: gpd.GeoSeries, function: Callable[[Floats], Floats]) -> gpd.GeoSeries:
    """Send every distinct vertex through `function` once: equal vertices stay equal to the last bit."""
    geometry = areas.to_numpy().copy()
    xy, back = np.unique(shapely.get_coordinates(geometry), axis=0, return_inverse=True)
    moved = np.vstack([function(part) for part in np.array_split(xy, len(xy) // 5000 + 1)])
    return gpd.GeoSeries(
        shapely.set_coordinates(geometry, moved[back.ravel()]), index=areas.index, crs=METRIC
    )


def _affine(drawn: gpd.GeoSeries, control: Control) -> gpd.GeoSeries:
    """Map by least squares through the centroids, Bornholm left out: near enough to tell islands apart."""
    codes = drawn.index.drop(BORNHOLM)
    design = np.c_[_xy(drawn[codes].centroid), np.ones(len(codes))]
    solution = np.linalg.lstsq(design, _xy(control.centroids[codes]), rcond=None)[0]
    return move(drawn, lambda xy: np.c_[xy, np.ones(len(xy))] @ solution)


def _spline_points(drawn: gpd.GeoSeries, rough: gpd.GeoSeries, control: Control) -> tuple[Floats, Floats]:
    """Centroids of municipalities and of drawn islands, in the drawing and on the ground."""
    source = [_xy(drawn.centroid)]
    target = [_xy(control.centroids[drawn.index])]
    islands = control.drawn_islands
    for code, place in zip(islands["municipality_code"], islands.geometry, strict=True):
        parts = shapely.get_parts(drawn[code])
        nearest = np.argmin(shapely.distance(shapely.centroid(shapely.get_parts(rough[code])), place))
        source.append(shapely.get_coordinates(shapely.centroid(parts[nearest])))
        target.append(shapely.get_coordinates(place))
    return np.vstack(source), np.vstack(target)


def _islands(drawn: gpd.GeoSeries) -> list[str]:
    """Codes of municipalities that border on no other."""
    borders = shapely.STRtree(drawn.to_numpy()).query(drawn.to_numpy(), predicate="intersects")
    neighbours = np.bincount(borders[0], minlength=len(drawn)) - 1
    return [str(code) for code in drawn.index[neighbours == 0]]


def _to_size(area: shapely.Geometry, centroid: shapely.Point, area_km2: float) -> shapely.Geometry:
    """Scale an area to its size and shift it to its centroid."""
    now = shapely.get_coordinates(area.centroid)
    factor = np.sqrt(area_km2 * 1e6 / area.area)
    placed: shapely.Geometry = shapely.transform(
        area, lambda xy: (xy - now) * factor + shapely.get_coordinates(centroid)
    )
    return placed


def _nudges(areas: gpd.GeoSeries, control: Control) -> tuple[Floats, Floats]:
    """Points on edges that must move, and by how much."""
    placed = control.placed[control.placed["municipality_code"].isin(areas.index)]
    homes = areas[placed["municipality_code"]].to_numpy()
    land = np.repeat(shapely.coverage_union_all(areas.to_numpy()), len(control.towns))
    points = np.r_[placed.geometry.to_numpy(), control.towns.to_numpy()]
    homes = np.r_[homes, land]
    shapely.prepare(homes)
    edges = shapely.boundary(homes)
    depth = shapely.distance(edges, points) * np.where(shapely.contains(homes, points), 1, -1)
    wanting = (depth < MARGIN_M) & (depth > -FARTHEST_M)
    to_point = shapely.get_coordinates(shapely.shortest_line(edges[wanting], points[wanting])).reshape(
        -1, 2, 2
    )
    way = to_point[:, 1] - to_point[:, 0]
    length = np.maximum(np.hypot(way[:, 0], way[:, 1]), 1e-6)
    outwards = way / length[:, None] * np.where(depth[wanting] > 0, -1, 1)[:, None]
    return to_point[:, 0], outwards * (MARGIN_M - depth[wanting])[:, None]


def _nudge(anchors: Floats, pulls: Floats) -> Callable[[Floats], Floats]:
    """Give the displacement that the pulls cause: a Gaussian process mean (Rasmussen, Williams 2006)."""
    weights = np.linalg.solve(_kernel(anchors, anchors) + DOUBT * np.eye(len(anchors)), pulls)
    return lambda xy: np.asarray(xy + _kernel(xy, anchors) @ weights)


def _kernel(a: Floats, b: Floats) -> Floats:
    squared = ((a[:, None] - b[None]) ** 2).sum(axis=-1)
    return np.asarray(np.exp(-squared / (2 * REACH_M**2)))


def _xy(points: gpd.GeoSeries) -> Floats:
    return np.asarray(shapely.get_coordinates(points.to_numpy()))
