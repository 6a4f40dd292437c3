"""Denmark's cells of Eurostat's census grid, cut from the table of all Europe."""

from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd

from pipeline.clusters.facilities import locate
from pipeline.crs import DENMARK_BOX, METRIC
from pipeline.demand.readers import CELL_CODE, CENSUS_BANDS, RESERVED, cell_centres
from pipeline.errors import Fault, TableError
from pipeline.messages import msg

KEY: Final = "GRD_ID"
PEOPLE: Final = "T"
ROWS_AT_A_TIME: Final = 500_000
MARGIN_M: Final = 100_000.0
"""The box of Denmark in the grid's own CRS is taken this much larger: its axes are turned there."""


def cut_census_grid(path: Path, areas: gpd.GeoDataFrame) -> pd.DataFrame:
    """Read the table in pieces and keep the cells in the municipalities.

    Parameters
    ----------
    path
        CSV with ``GRD_ID``, ``T`` and, where there, ``Y_LT15``, ``Y_1564`` and ``Y_GE65``.
    areas
        Municipality areas, EPSG:25832.

    Returns
    -------
    pd.DataFrame
        The same columns, cells with people only, sorted by code; figures that are confidential or not
        available are missing. Rows without a cell (people that could not be placed) are left out.

    Raises
    ------
    TableError
        Columns are missing, or no cell lies in the municipalities.
    """
    head = pd.read_csv(path, nrows=0)
    if not {KEY, PEOPLE} <= set(head.columns):
        found = msg("the columns {names}", names=", ".join(map(str, head.columns[:20])))
        wanted = msg("the columns {names}", names=f"{KEY}, {PEOPLE}")
        raise TableError(Fault(str(path), "", found, wanted, msg("fetch the census grid of 2021 again")))
    bands = [column for column in CENSUS_BANDS.values() if column in head.columns]
    west, south, east, north = _box()
    parts = []
    for piece in pd.read_csv(path, usecols=[KEY, PEOPLE, *bands], chunksize=ROWS_AT_A_TIME):
        corner = piece[KEY].astype("str").str.extract(CELL_CODE)[["east", "north"]].astype(float)
        near = corner["east"].between(west, east) & corner["north"].between(south, north)
        parts.append(piece[near & (piece[PEOPLE] != 0)])
    cells = pd.concat(parts, ignore_index=True)
    here = (
        locate(cell_centres(cells[KEY], str(path)), areas)["status"].isin(["ok", "snapped"])
        if len(cells)
        else pd.Series(dtype=bool)
    )
    cells = cells[here.to_numpy()].sort_values(KEY, ignore_index=True)
    if cells.empty:
        wanted, mend = msg("cells of the study area"), msg("fetch the census grid of 2021 again")
        raise TableError(Fault(str(path), KEY, msg("no cell inside the municipalities"), wanted, mend))
    figures = cells[[PEOPLE, *bands]].astype(float)
    return pd.concat([cells[[KEY]], figures.mask(figures.isin(RESERVED))], axis=1)


def _box() -> tuple[float, float, float, float]:
    west, south, east, north = DENMARK_BOX
    corners = gpd.GeoSeries.from_xy([west, west, east, east], [south, north, south, north], crs=METRIC)
    there = corners.to_crs("EPSG:3035")
    x, y = np.asarray(there.x), np.asarray(there.y)
    return x.min() - MARGIN_M, y.min() - MARGIN_M, x.max() + MARGIN_M, y.max() + MARGIN_M
