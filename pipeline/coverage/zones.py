"""GP coverage drawn as areas: land in cells, each with what holds for the people there, joined to zones."""

from collections.abc import Mapping
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from pipeline.access.areas import CELL_M, REACH_M, join_cells
from pipeline.coverage import ACCESS_RULES, points_xy
from pipeline.coverage.reach import UNKNOWN_STATUS
from pipeline.coverage.rules import RULES
from pipeline.crs import METRIC

BOUNDS: Final[Mapping[str, tuple[float, ...]]] = {
    "combined": (0, 1, 2),
    "choice": (0, 1, 2, 5, 10),
    "time": (5, 10, 15, 20, 30),
    "capacity": (1_400, 1_600, 1_800, 2_000, 2_400),
    "closed": (0,),
    "fragile": (0, 1, 2),
    "island": (0,),
}
"""Upper ends of the classes by what is shown; what is more has the class after the last.

``combined``: rules on access broken; ``choice``: open practices; ``time``: minutes; ``capacity``: people
per GP; ``fragile``: closings until a gap; ``closed`` and ``island``: 1 where the rule is broken.
"""

UNKNOWN: Final = -1
"""Class of land where nothing is known: no usable road, no rule, or nobody near."""

NOTHING: Final = -2
"""Class of land from which no practice is reached at all."""


def point_values(covered: pd.DataFrame) -> pd.DataFrame:
    """Take from the verdicts the number that each map shows.

    Parameters
    ----------
    covered
        Frame of `pipeline.coverage.coverage`.

    Returns
    -------
    pd.DataFrame
        Same index; a float column for each key of `BOUNDS` whose rule is switched on: NaN where nothing is
        known, infinite where no practice is reached.
    """
    unknown = covered["travel_status"].isin(UNKNOWN_STATUS).to_numpy()
    rules = [rule for rule in RULES if f"{rule}_broken" in covered]
    broken = {rule: covered[f"{rule}_broken"].to_numpy(dtype=float, na_value=np.nan) for rule in rules}
    access = [broken[rule] for rule in rules if rule in ACCESS_RULES]
    shown = {"combined": np.nansum(np.array([np.zeros(len(covered)), *access]), axis=0)}
    for rule in rules:
        if rule in {"closed", "island"}:
            shown[rule] = broken[rule]
        elif rule == "capacity":
            shown[rule] = covered["patients_per_gp"].fillna(np.inf).to_numpy(dtype=float)
        elif rule == "time":
            shown[rule] = covered["travel_min"].fillna(np.inf).to_numpy(dtype=float)
        else:
            measure = covered[f"{rule}_measure"].to_numpy(dtype=float)
            shown[rule] = np.where(np.isnan(broken[rule]), np.nan, measure)
    return pd.DataFrame(
        {name: np.where(unknown, np.nan, values) for name, values in shown.items()}, index=covered.index
    )


def class_of(values: pd.Series, bounds: tuple[float, ...]) -> NDArray[np.int64]:
    """Give each value the number of its class, from 0; `UNKNOWN` for NaN, `NOTHING` for infinite."""
    numbers = values.to_numpy(dtype=float)
    found = np.searchsorted(np.array(bounds, dtype=float), numbers, side="left").astype(np.int64)
    found[np.isnan(numbers)] = UNKNOWN
    found[np.isinf(numbers)] = NOTHING
    return found


def nearest_point(
    cells: gpd.GeoSeries, demand: gpd.GeoDataFrame, *, size_m: float = CELL_M, reach_m: float = REACH_M
) -> NDArray[np.int64]:
    """Find the demand point that stands for each cell of land.

    Parameters
    ----------
    cells
        Result of `pipeline.access.areas.land_cells`, EPSG:25832.
    demand
        Demand frame; points without people or coordinates stand for nothing.
    size_m
        Side of a cell, metres.
    reach_m
        Farthest that a point outside a cell may stand for it, metres.

    Returns
    -------
    NDArray
        Int64 array of shape (cells,): row of `demand`, -1 where nobody lives near. Of the points in a cell it
        is the one with most people; a cell without any takes the nearest one.
    """
    xy, people = points_xy(demand.geometry), demand["weight"].to_numpy(dtype=float)
    lived = np.flatnonzero(np.isfinite(xy).all(axis=1) & (people > 0))
    chosen = np.full(len(cells), -1, dtype=np.int64)
    if not len(lived):
        return chosen
    middles = shapely.get_coordinates(shapely.point_on_surface(cells.to_numpy()))
    ranked = np.lexsort((demand["demand_id"].to_numpy(dtype=str)[lived], -people[lived]))
    order = np.asarray(lived[ranked], dtype=np.int64)
    away, near = (
        np.asarray(found) for found in cKDTree(xy[order]).query(middles, distance_upper_bound=reach_m)
    )
    chosen[np.isfinite(away)] = order[near[np.isfinite(away)]]
    at = _squares(xy[order], size_m)
    first = ~at.duplicated()
    inside = pd.Series(order[first], index=at[first])
    own = inside.reindex(_squares(middles, size_m)).to_numpy(dtype=float)
    chosen[np.isfinite(own)] = own[np.isfinite(own)].astype(np.int64)
    return chosen


def coverage_zones(cells: gpd.GeoSeries, demand: gpd.GeoDataFrame, covered: pd.DataFrame) -> gpd.GeoDataFrame:
    """Join cells of land that are alike in all that the maps show.

    Parameters
    ----------
    cells
        Result of `pipeline.access.areas.land_cells`, EPSG:25832.
    demand, covered
        Demand and its verdicts, in the same order.

    Returns
    -------
    gpd.GeoDataFrame
        A column with the class for each column of `point_values`, and MultiPolygon geometry; the zones cover
        the land without gap or overlap, sorted by their classes.
    """
    values = point_values(covered)
    point = nearest_point(cells, demand)
    classes = pd.DataFrame(
        {
            name: np.where(point < 0, UNKNOWN, class_of(values[name], BOUNDS[name])[point])
            for name in values.columns
        }
    )
    return joined_cells(cells, classes)


def joined_cells(cells: gpd.GeoSeries, classes: pd.DataFrame) -> gpd.GeoDataFrame:
    """Join cells of land that have the same classes.

    Parameters
    ----------
    cells
        Result of `pipeline.access.areas.land_cells`, EPSG:25832.
    classes
        Whole numbers, a row for each cell in the same order.

    Returns
    -------
    gpd.GeoDataFrame
        The columns of `classes` and MultiPolygon geometry, without gap or overlap, sorted by the classes.
    """
    shapes, rows = [], []
    for key, index in classes.reset_index(drop=True).groupby(list(classes.columns), sort=True).groups.items():
        shapes.append(join_cells(cells.to_numpy()[index.to_numpy()]))
        rows.append(key)
    frame = pd.DataFrame(rows, columns=classes.columns, dtype="int64")
    return gpd.GeoDataFrame(frame, geometry=shapes, crs=METRIC)


def _squares(xy: NDArray[np.float64], size_m: float) -> pd.MultiIndex:
    """Name the square of the grid that each point lies in."""
    east, north = np.floor(xy / size_m).astype(np.int64).T
    return pd.MultiIndex.from_arrays([east, north])
