"""Travel time drawn as areas: land in cells, each with its time and nearest facility, joined to bands."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from pipeline.crs import METRIC
from pipeline.travel.homes import Joining
from pipeline.travel.routing import Router
from pipeline.travel.snapping import Places
from pipeline.travel_status import status_words

CELL_M: Final = 2_000.0
"""Side of a cell: half the distance that people drive in about two minutes on a country road."""

REACH_M: Final = 5_000.0
"""A cell's middle may be this far from a road: fields and heaths belong to the roads around them."""

BANDS_MIN: Final = (15, 30, 45, 60)
"""Upper ends of the bands, minutes; what is farther, and what is not reached, has bands of its own."""

FARTHER: Final = "farther"
NOT_REACHED: Final = "not_reached"
TILE_CELLS: Final = 10
"""Cells along the side of the tiles that the land is cut to first."""

_GRID_M: Final = 1.0  # neighbouring cells meet in the same points


def land_cells(land: shapely.Geometry, *, size_m: float = CELL_M) -> NDArray[np.object_]:
    """Cut land into square cells; those at the coast are cut off there.

    Parameters
    ----------
    land
        Polygon or MultiPolygon, EPSG:25832.
    size_m
        Side of a cell, metres.

    Returns
    -------
    NDArray
        Polygons or MultiPolygons, from south-west to north-east.
    """
    west, south, east, north = (
        np.floor(land.bounds[0] / size_m),
        np.floor(land.bounds[1] / size_m),
        np.ceil(land.bounds[2] / size_m),
        np.ceil(land.bounds[3] / size_m),
    )
    x, y = np.meshgrid(np.arange(west, east) * size_m, np.arange(south, north) * size_m)
    boxes = shapely.box(x.ravel(), y.ravel(), x.ravel() + size_m, y.ravel() + size_m)
    shapely.prepare(land)
    touching = boxes[shapely.intersects(land, boxes)]
    whole = shapely.contains(land, touching)
    cells = touching.copy()
    cells[~whole] = _cut(touching[~whole], land, size_m)
    return np.asarray([_polygons(cell) for cell in cells[shapely.area(cells) > 0]], dtype=object)


def _cut(cells: NDArray[np.object_], land: shapely.Geometry, size_m: float) -> NDArray[np.object_]:
    """Cut cells off at the coast: the land is cut to large tiles first, so that no cell meets all of it."""
    if not len(cells):
        return cells
    side = TILE_CELLS * size_m
    tile = np.floor(shapely.bounds(cells)[:, :2] / side)
    _, tile_of = np.unique(tile, axis=0, return_inverse=True)
    found = cells.copy()
    for rows in np.split(
        np.argsort(tile_of.ravel(), kind="stable"), np.cumsum(np.bincount(tile_of.ravel()))[:-1]
    ):
        west, south = tile[rows[0]] * side
        piece = _polygons(shapely.intersection(land, shapely.box(west, south, west + side, south + side)))
        found[rows] = shapely.intersection(cells[rows], piece, grid_size=_GRID_M)
    return found


def _polygons(shape: shapely.Geometry) -> shapely.Geometry:
    """Keep the polygons of what an intersection left."""
    if shape.geom_type in ("Polygon", "MultiPolygon"):
        return shape
    return shapely.MultiPolygon([part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"])


def join_cells(cells: NDArray[np.object_]) -> shapely.MultiPolygon:
    """Join cells of `land_cells` to one shape.

    Where they meet in the same points, as nearly everywhere, their shared sides only need to be dropped. A
    coast drawn to the metre can leave two neighbours that do not; what dropping sides makes of these is no
    valid shape, and they are joined by overlay.
    """
    try:
        union = shapely.coverage_union_all(cells)
        joined = shapely.is_valid(union)
    except shapely.GEOSException:
        joined = False
    if not joined:
        union = shapely.union_all(cells, grid_size=_GRID_M)
    return shapely.MultiPolygon([part for part in shapely.get_parts(union) if part.geom_type == "Polygon"])


def access_cells(
    router: Router,
    facilities: Places,
    facility_ids: pd.Series,
    land: shapely.Geometry,
    *,
    joining: Joining,
    pieces: NDArray[np.object_] | None,
    size_m: float = CELL_M,
) -> gpd.GeoDataFrame:
    """Measure the way from each cell of land to the nearest facility.

    Parameters
    ----------
    router
        Travel times.
    facilities, facility_ids
        Where the facilities meet the roads, and their ids in the same order.
    land
        The land to show, EPSG:25832.
    joining
        How homes are joined to the roads; a cell's middle may be `REACH_M` away all the same.
    pieces
        Pieces of land (`pipeline.travel.land.land_parts`): no cell is joined to a road across
        water. None where they are not known.
    size_m
        Side of a cell, metres.

    Returns
    -------
    gpd.GeoDataFrame
        ``travel_min`` (missing where none), ``facility_id``, ``status`` and the cell, EPSG:25832.
    """
    cells = land_cells(land, size_m=size_m)
    middle = shapely.get_coordinates(shapely.point_on_surface(cells))
    far = replace(joining, max_access_m=max(REACH_M, joining.max_access_m))
    places = far.join(router, middle, pieces)
    found = router.nearest(places, facilities)
    ids = np.array([*facility_ids, None], dtype=object)
    frame = pd.DataFrame(
        {
            "travel_min": found.value[:, 0].astype(float) / 60,
            "facility_id": ids[np.where(found.facility[:, 0] < 0, len(facility_ids), found.facility[:, 0])],
            "status": status_words(found.status),
        }
    )
    return gpd.GeoDataFrame(frame, geometry=cells, crs=METRIC)


def band_of(travel_min: pd.Series, bands: Sequence[int] = BANDS_MIN) -> pd.Series:
    """Name the band of each time: its upper end in minutes as text, ``farther`` or ``not_reached``."""
    place = np.searchsorted(np.array(bands, dtype=float), travel_min.to_numpy(dtype=float), side="left")
    words = np.array([*(str(limit) for limit in bands), FARTHER], dtype=object)
    named = words[np.clip(place, 0, len(bands))]
    return pd.Series(np.where(travel_min.isna(), NOT_REACHED, named), index=travel_min.index, dtype=object)


def access_zones(cells: gpd.GeoDataFrame, bands: Sequence[int] = BANDS_MIN) -> gpd.GeoDataFrame:
    """Join cells of one band and one facility; the zones cover the land without gap or overlap.

    Parameters
    ----------
    cells
        Result of `access_cells`.
    bands
        Upper ends of the bands, minutes.

    Returns
    -------
    gpd.GeoDataFrame
        ``band``, ``facility_id`` (missing where none) and MultiPolygon geometry, sorted by both.
    """
    keys = pd.DataFrame(
        {"band": band_of(cells["travel_min"], bands), "facility_id": cells["facility_id"].fillna("")}
    )
    shapes, rows = [], []
    for key, index in keys.groupby(["band", "facility_id"], sort=True).groups.items():
        shapes.append(join_cells(cells.geometry.loc[index].to_numpy()))
        rows.append(key)
    frame = pd.DataFrame(rows, columns=["band", "facility_id"])
    frame["facility_id"] = frame["facility_id"].replace("", None)
    return gpd.GeoDataFrame(frame, geometry=shapes, crs=METRIC)
