"""Travel time as a surface over land, and the areas and lines that it is cut into.

The surface is measured, not guessed: every point of a lattice is a place like any other, with its own road,
access leg and way. Areas are cut out by marching squares, straight between neighbouring points, so an area of
more minutes always holds the area of fewer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import contourpy
import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from pipeline.crs import METRIC
from pipeline.travel.homes import Joining
from pipeline.travel.routing import Direction, Router
from pipeline.travel.snapping import Places

STEP_M: Final = 500.0
"""Distance between neighbouring points of a lattice, metres: under a minute's drive."""

_NEVER_S: Final = 1e6
"""Seconds that stand for 'not reached' between points: areas end at the last point that is reached."""


@dataclass(frozen=True, slots=True)
class Lattice:
    """Points in rows and columns, put onto the road network once and measured often.

    Parameters
    ----------
    x, y
        Float64 arrays of shape (columns,) and (rows,): eastings and northings, EPSG:25832, rising.
    places
        The points as places, row after row.
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    places: Places


@dataclass(frozen=True, slots=True)
class Surface:
    """Travel time over a lattice.

    Parameters
    ----------
    x, y
        As in `Lattice`.
    value
        Float32 array of shape (rows, columns): seconds; NaN where nothing is reached.
    facility
        Int32 array of shape (rows, columns): row of the nearest facility, -1 where there is none.
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    value: NDArray[np.float32]
    facility: NDArray[np.int32]


def make_lattice(
    router: Router,
    *,
    bounds: tuple[float, float, float, float] | None = None,
    step_m: float = STEP_M,
    joining: Joining | None = None,
    land: NDArray[np.object_] | None = None,
) -> Lattice:
    """Lay a lattice over a network.

    Parameters
    ----------
    router
        Travel times; all states of one network may use the same lattice.
    bounds
        West, south, east, north, EPSG:25832; left out, the whole network and what is joined to it.
    step_m
        Distance between neighbouring points, metres. Points lie on its multiples, so that lattices of
        different bounds agree.
    joining
        How the points are joined to the roads; as the engine does by default when left out.
    land
        Pieces of land (`pipeline.travel.land.land_parts`): no point is joined to a road across water.

    Raises
    ------
    ValueError
        The step is not above 0, or the bounds are empty.
    """
    how = joining or Joining()
    if bounds is None:
        node_xy = router.network.arcs.node_xy
        west, south = node_xy.min(axis=0) - how.max_access_m
        east, north = node_xy.max(axis=0) + how.max_access_m
    else:
        west, south, east, north = bounds
    if not (step_m > 0 and east > west and north > south):
        raise ValueError("a lattice needs a step above 0 and bounds with an area")
    x = np.arange(np.floor(west / step_m), np.ceil(east / step_m) + 1) * step_m
    y = np.arange(np.floor(south / step_m), np.ceil(north / step_m) + 1) * step_m
    xy = np.column_stack([np.tile(x, len(y)), np.repeat(y, len(x))])
    return Lattice(x, y, how.join(router, xy, land))


def travel_time_surface(
    router: Router, lattice: Lattice, facilities: Places, *, direction: Direction = "to"
) -> Surface:
    """Measure the way from every point of a lattice to its nearest facility (or from it).

    Parameters
    ----------
    router
        Travel times in the state wanted.
    lattice
        From `make_lattice` with a router of the same network.
    facilities
        One or many, from `Router.snap`.
    direction
        ``to`` the facilities or ``from`` them.
    """
    found = router.nearest(lattice.places, facilities, direction=direction)
    shape = (len(lattice.y), len(lattice.x))
    return Surface(
        lattice.x, lattice.y, found.value[:, 0].reshape(shape), found.facility[:, 0].reshape(shape)
    )


def isochrones(
    surface: Surface, minutes: Sequence[float], *, land: shapely.Geometry | None = None
) -> gpd.GeoDataFrame:
    """Cut out the areas from which a facility is reached within given minutes.

    Parameters
    ----------
    surface
        From `travel_time_surface`.
    minutes
        Limits, in any order.
    land
        Areas end at its shore; left out, they reach as far as access legs do. EPSG:25832.

    Returns
    -------
    gpd.GeoDataFrame
        ``minutes`` (rising, each once) and MultiPolygons in EPSG:25832, with their holes, each within the
        next; empty where nobody is that near.
    """
    limits = _limits(minutes)
    return gpd.GeoDataFrame(
        {"minutes": limits}, geometry=[_within(surface, limit, land) for limit in limits], crs=METRIC
    )


def isochrone_lines(
    surface: Surface, minutes: Sequence[float], *, land: shapely.Geometry | None = None
) -> gpd.GeoDataFrame:
    """Draw the lines where travel time is just so many minutes; shores and ends of roads are no such lines.

    Parameters
    ----------
    surface, minutes, land
        As for `isochrones`.

    Returns
    -------
    gpd.GeoDataFrame
        ``minutes`` (rising, each once) and MultiLineStrings in EPSG:25832.
    """
    limits = _limits(minutes)
    contours = _contours(surface, beyond=np.nan)
    lines = [
        shapely.MultiLineString([np.asarray(xy) for xy in contours.lines(limit * 60)]) for limit in limits
    ]
    if land is not None:
        lines = [_only(shapely.intersection(line, land), "LineString") for line in lines]
    return gpd.GeoDataFrame({"minutes": limits}, geometry=lines, crs=METRIC)


def _limits(minutes: Sequence[float]) -> list[float]:
    limits = sorted({float(limit) for limit in minutes})
    if not limits or not (limits[0] > 0 and limits[-1] * 60 < _NEVER_S):
        raise ValueError("isochrones need limits above 0 minutes")
    return limits


def _contours(surface: Surface, *, beyond: float) -> contourpy.ContourGenerator:
    """Make ready for cutting, with a time for the points that nothing is reached from."""
    z = np.where(np.isnan(surface.value), beyond, surface.value).astype(np.float64)
    areas, lines = contourpy.FillType.OuterOffset, contourpy.LineType.Separate
    return contourpy.contour_generator(surface.x, surface.y, z, fill_type=areas, line_type=lines)


def _within(surface: Surface, limit_min: float, land: shapely.Geometry | None) -> shapely.MultiPolygon:
    """Cut out where travel time is at most so many minutes."""
    filled = _contours(surface, beyond=_NEVER_S).filled(-1.0, limit_min * 60)
    points = [np.asarray(xy) for xy in filled[0]]
    cuts = [np.asarray(cut, dtype=np.int64) for cut in filled[1]]
    if not points:
        return shapely.MultiPolygon()
    size = np.concatenate([np.diff(cut) for cut in cuts])
    rings = shapely.linearrings(np.concatenate(points), indices=np.repeat(np.arange(len(size)), size))
    outer = np.repeat(np.arange(len(cuts)), [len(cut) - 1 for cut in cuts])
    area = shapely.make_valid(shapely.multipolygons(shapely.polygons(rings, indices=outer)))
    if land is not None:
        area = shapely.intersection(area, land)
    return _only(area, "Polygon")


def _only(shape: shapely.Geometry, kind: str) -> shapely.Geometry:
    """Keep the parts of one kind, as a multi-part geometry."""
    parts = shapely.get_parts(shapely.get_parts(shape))
    kept = [part for part in parts if part.geom_type == kind and not part.is_empty]
    return shapely.MultiPolygon(kept) if kind == "Polygon" else shapely.MultiLineString(kept)
