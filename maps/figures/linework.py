"""Shapes for print: a coverage simplified to the paper, its borders by kind, stripes, matplotlib paths."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from matplotlib.path import Path
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Borders:
    """The borders of a coverage, each once, as arrays of LineStrings.

    Parameters
    ----------
    coast
        Edges with an area on one side only.
    inner
        Edges between two areas of the same group.
    group
        Edges between two areas of different groups.
    """

    coast: NDArray[Any]
    inner: NDArray[Any]
    group: NDArray[Any]


def simplify_areas(areas: gpd.GeoDataFrame, tolerance_m: float) -> gpd.GeoDataFrame:
    """Drop detail finer than `tolerance_m` without opening gaps between neighbours.

    Parameters
    ----------
    areas
        Polygons forming a valid coverage, EPSG:25832.
    tolerance_m
        Metres; Visvalingam and Whyatt (1993), as `shapely.coverage_simplify` does it.

    Returns
    -------
    gpd.GeoDataFrame
        Same rows and index.
    """
    simple = shapely.coverage_simplify(areas.geometry.to_numpy(), tolerance_m)
    return areas.set_geometry(gpd.GeoSeries(simple, index=areas.index, crs=areas.crs))


def clipped(areas: gpd.GeoDataFrame, box: tuple[float, float, float, float]) -> gpd.GeoDataFrame:
    """Cut a coverage to a rectangle; areas outside are dropped.

    The cut adds edges along the rectangle, so it should lie outside what is shown.
    """
    shapes = areas.geometry.to_numpy()
    inside = shapely.intersects(shapely.box(*box), shapes)
    cut = shapely.clip_by_rect(shapes[inside], *box)
    return areas[inside].set_geometry(gpd.GeoSeries(cut, index=areas.index[inside], crs=areas.crs))


@dataclass(frozen=True, slots=True)
class Edges:
    """Every edge of a coverage once, with the shapes on its two sides.

    Parameters
    ----------
    segments
        Both ends of each edge, shape (n, 2, 2).
    one, other
        Numbers of the shapes on its sides; the same where there is only one (the coast).
    """

    segments: NDArray[np.float64]
    one: NDArray[np.intp]
    other: NDArray[np.intp]

    @classmethod
    def of(cls, shapes: NDArray[Any]) -> "Edges":
        """Take apart a coverage whose neighbours share their vertices exactly."""
        segments, owner = _segments(shapes)
        if not len(segments):
            return cls(segments, owner, owner)
        points, number = np.unique(segments.reshape(-1, 2), axis=0, return_inverse=True)
        ends = np.sort(number.reshape(-1, 2), axis=1)
        key = ends[:, 0] * len(points) + ends[:, 1]
        order = np.argsort(key, kind="stable")
        _, first, count = np.unique(key[order], return_index=True, return_counts=True)
        return cls(segments[order[first]], owner[order[first]], owner[order[first + count - 1]])

    def borders(self, groups: Sequence[object]) -> Borders:
        """Sort the edges into coast, inner borders and borders of groups.

        Parameters
        ----------
        groups
            What each shape belongs to; equal values belong together.
        """
        kinds = {value: place for place, value in enumerate(dict.fromkeys(groups))}
        group = np.array([kinds[value] for value in groups], dtype=int)
        coast = self.one == self.other
        apart = group[self.one] != group[self.other]
        return Borders(self._merged(coast), self._merged(~coast & ~apart), self._merged(apart))

    def _merged(self, chosen: NDArray[np.bool_]) -> NDArray[Any]:
        if not chosen.any():
            return np.array([], dtype=object)
        lines = shapely.multilinestrings(shapely.linestrings(self.segments[chosen]))
        parts: NDArray[Any] = shapely.get_parts(shapely.line_merge(lines))
        return parts


def _segments(shapes: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Take the shapes apart into segments (n, 2, 2) and the number of the shape that each belongs to."""
    parts, part_shape = shapely.get_parts(shapes, return_index=True)
    rings, ring_part = shapely.get_rings(parts, return_index=True)
    points, point_ring = shapely.get_coordinates(rings, return_index=True)
    inside = point_ring[1:] == point_ring[:-1]
    segments = np.stack([points[:-1][inside], points[1:][inside]], axis=1)
    moving = (segments[:, 0] != segments[:, 1]).any(axis=1)
    return segments[moving], part_shape[ring_part[point_ring[:-1][inside]]][moving]


def stripes(shape: shapely.Geometry, count: int, width_m: float) -> list[shapely.Geometry]:
    """Cut a shape into diagonal stripes for `count` owners, in turn.

    Parameters
    ----------
    shape
        Polygon or MultiPolygon.
    count
        Owners, at least one.
    width_m
        Width of a stripe, metres.

    Returns
    -------
    list of shapely.Geometry
        One MultiPolygon for each owner; together they fill the shape.
    """
    if count <= 1:
        return [shape]
    west, south, east, north = shape.bounds
    step = width_m * np.sqrt(2)  # of a 45° stripe along the x axis
    height = north - south
    first = np.floor((west - north) / step)  # counted from a fixed line, so that stripes of neighbours meet
    number = np.arange(first, np.ceil((east - south) / step) + 1)
    left = number * step + south
    corners = np.stack(
        [
            np.column_stack([left, np.full_like(left, south)]),
            np.column_stack([left + step, np.full_like(left, south)]),
            np.column_stack([left + step + height, np.full_like(left, north)]),
            np.column_stack([left + height, np.full_like(left, north)]),
        ],
        axis=1,
    )
    bands = shapely.polygons(corners)
    turn = number.astype(int) % count
    return [shapely.union_all(shapely.intersection(bands[turn == owner], shape)) for owner in range(count)]


def area_path(shapes: shapely.Geometry | NDArray[Any]) -> Path:
    """Turn one or many polygonal geometries into one matplotlib path, holes included."""
    parts = shapely.get_parts(shapes)
    polygons = parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON]
    rings = shapely.get_rings(
        shapely.orient_polygons(polygons)
    )  # holes turn the other way, so they stay empty
    points, ring = shapely.get_coordinates(rings, return_index=True)
    if not len(points):
        return Path(np.empty((0, 2)))
    codes = np.full(len(points), Path.LINETO, dtype=np.uint8)
    starts = np.flatnonzero(np.diff(ring, prepend=-1))
    codes[starts] = Path.MOVETO
    codes[np.append(starts[1:] - 1, len(points) - 1)] = Path.CLOSEPOLY
    return Path(points, codes)
