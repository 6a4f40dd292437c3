"""Where dwellings stand: OpenStreetMap addresses, or points along residential roads, thinned to a grid."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np
import osmium
import pandas as pd
import shapely
from numpy.typing import NDArray

from pipeline.crs import GEOGRAPHIC, METRIC
from pipeline.errors import MissingInputError
from pipeline.limits import check_extract
from pipeline.osm_places import middles_of, unreadable_extract
from pipeline.roads.model import RoadArcs, RoadClass

ADDRESS_KEY: Final = "addr:housenumber"

ROAD_WEIGHT: Final[Mapping[RoadClass, float]] = {
    RoadClass.RESIDENTIAL: 1.0,
    RoadClass.LIVING_STREET: 1.0,
    RoadClass.UNCLASSIFIED: 0.15,
    RoadClass.TERTIARY: 0.1,
}
"""Dwellings along a metre of road, relative to a residential street. An assumption: residential streets have
houses side by side, country roads a farm or a house now and then."""

STEP_M: Final = 100.0
"""Distance between two points along a road."""


def read_addresses(path: Path) -> gpd.GeoDataFrame:
    """Read the addresses of an OpenStreetMap extract.

    Parameters
    ----------
    path
        ``.osm.pbf``, ``.osm`` or a packed form of it; nodes and closed ways with ``addr:housenumber`` count.

    Returns
    -------
    gpd.GeoDataFrame
        ``weight`` (1 each) and points in EPSG:25832, sorted by place; one for each address even where it is
        mapped both as a node and as a building at the same place. Empty where the extract has no addresses.

    Raises
    ------
    MissingInputError
        The file is not there or is no OpenStreetMap extract.
    """
    found: list[tuple[float, float]] = []
    shapes: list[list[int]] = []
    check_extract(path)
    try:
        for item in osmium.FileProcessor(str(path)).with_filter(osmium.filter.KeyFilter(ADDRESS_KEY)):
            if isinstance(item, osmium.osm.Node):
                found.append((item.location.lon, item.location.lat))
            elif isinstance(item, osmium.osm.Way):
                shapes.append([node.ref for node in item.nodes])
    except (RuntimeError, OSError, ValueError, LookupError) as error:
        raise MissingInputError(unreadable_extract(path, error)) from error
    lonlat = np.concatenate([np.array(found).reshape(-1, 2), middles_of(path, shapes)])
    lonlat = lonlat[np.isfinite(lonlat[:, 0])]
    points = gpd.GeoSeries.from_xy(lonlat[:, 0], lonlat[:, 1], crs=GEOGRAPHIC).to_crs(METRIC)
    xy = np.unique(np.round(np.column_stack([points.x, points.y]), 1), axis=0)
    return _frame(xy, np.ones(len(xy)))


def residential_points(arcs: RoadArcs, *, step_m: float = STEP_M) -> gpd.GeoDataFrame:
    """Put points along the roads that people live along.

    Parameters
    ----------
    arcs
        Roads as their reader hands them on.
    step_m
        Distance between points along a road, metres.

    Returns
    -------
    gpd.GeoDataFrame
        ``weight`` (metres of road that the point stands for, times `ROAD_WEIGHT` of its class) and points in
        EPSG:25832, sorted by place; empty where there is no such road.
    """
    lines = len(arcs.line_start) - 1
    per_class = np.zeros(len(RoadClass))
    for road_class, weight in ROAD_WEIGHT.items():
        per_class[road_class] = weight
    # Both directions of a road share one line; the heavier class counts, should they differ.
    line_weight = np.zeros(lines)
    np.maximum.at(line_weight, arcs.edge, per_class[arcs.road_class])
    lived = np.flatnonzero((line_weight > 0) & (np.diff(arcs.line_start) > 1))
    size = np.diff(arcs.line_start)[lived]
    vertex = np.arange(size.sum()) - np.repeat(np.cumsum(size) - size, size)
    xy = arcs.line_xy[np.repeat(arcs.line_start[lived], size) + vertex]
    return along_lines(xy, size, line_weight[lived], step_m=step_m)


def along_lines(
    xy: NDArray[np.float64], size: NDArray[np.int64], weight: NDArray[np.float64], *, step_m: float
) -> gpd.GeoDataFrame:
    """Put points evenly along lines, in the middle of the pieces they stand for.

    Parameters
    ----------
    xy
        Shape (vertices, 2): all lines' vertices one after the other, EPSG:25832.
    size
        Shape (lines,): number of vertices of each.
    weight
        Shape (lines,): weight of a metre of each.
    step_m
        Longest piece, metres.

    Returns
    -------
    gpd.GeoDataFrame
        ``weight`` (metres × weight; their sum is that of the lines) and points, sorted by place.
    """
    if not len(size):
        return _frame(np.empty((0, 2)), np.empty(0))
    lines = shapely.linestrings(xy, indices=np.repeat(np.arange(len(size)), size))
    length = shapely.length(lines)
    pieces = np.maximum(np.ceil(length / step_m), 1).astype(np.int64)
    line = np.repeat(np.arange(len(lines)), pieces)
    first = np.cumsum(pieces) - pieces
    at = (np.arange(len(line)) - first[line] + 0.5) / pieces[line]
    spots = shapely.line_interpolate_point(lines[line], at, normalized=True)
    held = (length / pieces * weight)[line]
    return _frame(shapely.get_coordinates(spots)[held > 0], held[held > 0])


def thin(points: gpd.GeoDataFrame, *, cell_m: float) -> gpd.GeoDataFrame:
    """Gather points in the cells of a grid; the one nearest to their weighted middle stands for them.

    Parameters
    ----------
    points
        ``weight`` and points, EPSG:25832.
    cell_m
        Side of a cell, metres.

    Returns
    -------
    gpd.GeoDataFrame
        The same columns, one row a cell that holds points, sorted by place; the weights keep their sum. Each
        point is one of the given ones, so it stands at a dwelling or a road and not in a lake.
    """
    frame = pd.DataFrame(
        {
            "x": points.geometry.x.to_numpy(),
            "y": points.geometry.y.to_numpy(),
            "weight": points["weight"].to_numpy(),
        }
    )
    frame["cell_x"], frame["cell_y"] = frame["x"] // cell_m, frame["y"] // cell_m
    cells = frame.assign(wx=frame["x"] * frame["weight"], wy=frame["y"] * frame["weight"]).groupby(
        ["cell_y", "cell_x"]
    )
    total = cells["weight"].transform("sum")
    off = np.hypot(
        frame["x"] - cells["wx"].transform("sum") / total, frame["y"] - cells["wy"].transform("sum") / total
    )
    chosen = frame.assign(weight=total, off=off.round(3)).sort_values(["cell_y", "cell_x", "off", "y", "x"])
    chosen = chosen.drop_duplicates(["cell_y", "cell_x"])
    return _frame(chosen[["x", "y"]].to_numpy(), chosen["weight"].to_numpy())


def _frame(xy: NDArray[np.float64], weight: NDArray[np.float64]) -> gpd.GeoDataFrame:
    order = np.lexsort((xy[:, 0], xy[:, 1]))
    return gpd.GeoDataFrame({"weight": weight[order]}, geometry=shapely.points(xy[order]), crs=METRIC)
