"""Read demand from a table of points or from a grid whose cells are named by a code."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd

from pipeline.crs import METRIC
from pipeline.demand import BAND, bands_of, build_demand, demand_findings
from pipeline.errors import Fault, TableError
from pipeline.findings import Finding
from pipeline.messages import msg
from pipeline.tables.place_files import open_table
from pipeline.tables.place_tables import COORDINATES, choose_columns, numbers, points_of, row_faults

FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "id": ("demand_id", "id", "fid", "gid"),
    "cell": ("grd_id", "grid_id", "cell_id", "cellcode", "celle_id", "kn1kmdk", "kn100mdk"),
    "people": (
        "people",
        "weight",
        "population",
        "befolkning",
        "indbyggere",
        "antal_personer",
        "t",
        "tot_p_2021",
        "tot_p_2018",
        "tot_p",
        "obs_value_t",
        "pop",
    ),
    **COORDINATES,
}

CENSUS_BANDS: Final[Mapping[str, str]] = {
    "people_0_14": "Y_LT15",
    "people_15_64": "Y_1564",
    "people_65_plus": "Y_GE65",
}
"""Age columns of Eurostat's census grid (Regulation (EU) 2018/1799)."""

CELL_CODE: Final = r"^(?:CRS3035RES)?(?P<size>[0-9]+)(?P<unit>k?m)N(?P<north>[0-9]+)E(?P<east>[0-9]+)$"
DANISH_CODE: Final = r"^(?P<size>[0-9]+)(?P<unit>k?m)_(?P<north>[0-9]+)_(?P<east>[0-9]+)$"
"""``CRS3035RES1000mN3500000E4300000`` or ``1kmN3500E4300`` (INSPIRE, EPSG:3035); ``1km_6223_575`` (Danish
square grid, EPSG:25832). Each names the lower left corner."""

RESERVED: Final = (-9_999.0, -8_888.0)
"""What Eurostat writes for a figure that is not available or confidential."""

WORST_BAND_GAP: Final = 0.02
"""Ages may fall short of the total by rounding and disclosure control; more than this share is reported."""


def cell_centres(codes: pd.Series, source: str) -> gpd.GeoSeries:
    """Find the centres of grid cells from their codes.

    Parameters
    ----------
    codes
        Cell codes, see `CELL_CODE` and `DANISH_CODE`.
    source
        The file, for messages.

    Returns
    -------
    gpd.GeoSeries
        Points in EPSG:25832, same index.

    Raises
    ------
    TableError
        A code of neither form; every row.
    """
    text = codes.astype("str").str.strip()
    european = text.str.extract(CELL_CODE)
    danish = text.str.extract(DANISH_CODE)
    is_danish = danish["size"].notna()
    parts = european.where(~is_danish, danish)
    wrong = parts["size"].isna().to_numpy()
    if wrong.any():
        raise TableError(
            row_faults(
                source,
                str(codes.name),
                np.flatnonzero(wrong),
                codes[wrong].tolist(),
                msg("a cell code such as CRS3035RES1000mN3500000E4300000, 1kmN3500E4300 or 1km_6223_575"),
                msg("correct the code, or give coordinates instead of codes"),
            )
        )
    size = parts["size"].astype(float) * parts["unit"].map({"km": 1000.0, "m": 1.0})
    # The long form counts metres, the short ones units of the cell's decimal step: 1kmN3500, 100mN35000.
    step = np.where(text.str.startswith("CRS"), 1.0, 10 ** np.floor(np.log10(size)))
    east, north = (
        parts["east"].astype(float) * step + size / 2,
        parts["north"].astype(float) * step + size / 2,
    )
    centre = gpd.GeoSeries.from_xy(east, north, index=codes.index, crs="EPSG:3035").to_crs(METRIC)
    as_danish = gpd.GeoSeries.from_xy(east, north, index=codes.index, crs=METRIC)
    return centre.where(~is_danish, as_danish)


def read_demand(
    path: Path,
    areas: gpd.GeoDataFrame,
    settlements: pd.DataFrame,
    *,
    columns: Mapping[str, str] | None = None,
    bands: Mapping[str, str] | None = None,
    layer: str | None = None,
    crs: str | None = None,
    precision: str = "register",
) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Read demand from a grid or a table of points.

    Parameters
    ----------
    path
        GeoPackage, GeoParquet, GeoJSON, Shapefile or CSV. A column of cell codes makes it a grid.
    areas
        Municipality areas, EPSG:25832. Cells of a grid outside them are left out and counted; points outside
        them stay with the status ``outside_study_area``.
    settlements
        Table ``settlements``, for names.
    columns
        Field (``id``, ``cell``, ``people``, ``lon``, ``lat``, ``x``, ``y``) → column, where names differ.
    bands
        Age band (``people_0_17`` …) → column.
    layer, crs
        Layer of a file with several; CRS where the file does not say.
    precision
        How sure the figures are.

    Returns
    -------
    tuple
        The demand frame and what a reader should know.

    Raises
    ------
    MissingInputError, CRSError, TableError
        What is wrong with the file, all at once.
    """
    source = str(path)
    frame = open_table(path, layer=layer)
    chosen = choose_columns(frame, FIELDS, columns or {}, required=["people"], source=source)
    people, faults = numbers(_disclosed(frame[chosen["people"]], "cell" in chosen), source)
    band_columns = _band_columns(frame, bands or {}, source)
    ages = {}
    for band, column in band_columns.items():
        ages[band], wrong = numbers(_disclosed(frame[column]), source)
        faults += wrong
    # A file of all Europe: only the cells near the study are worth placing.
    is_grid = "cell" in chosen and not {"x", "y"} <= set(chosen) and not {"lon", "lat"} <= set(chosen)
    ids = (
        frame[chosen["cell"] if is_grid else chosen["id"]] if is_grid or "id" in chosen else _row_names(frame)
    )
    faults += _doubled(ids, source)
    if faults:
        raise TableError(faults)
    points = (
        cell_centres(frame[chosen["cell"]], source) if is_grid else points_of(frame, chosen, source, crs=crs)
    )
    demand = build_demand(
        points, people, ids, areas, settlements, source=path.name, precision=precision, bands=ages
    )
    findings = []
    if is_grid:
        outside = demand["status"] == "outside_study_area"
        if outside.any():
            findings.append(
                Finding(
                    "grid_cells_outside",
                    msg(
                        "{file}: {count:n} {count:|cell|cells} with {people:n} {people:|person|people} "
                        "{count:|lies|lie} outside the municipalities and {count:|is|are} left out",
                        file=path.name,
                        count=int(outside.sum()),
                        people=float(demand.loc[outside, "weight"].sum()),
                    ),
                    severity="note",
                )
            )
        demand = demand[~outside].reset_index(drop=True)
        if demand.empty:
            raise TableError(
                Fault(
                    source,
                    "",
                    msg("no cell inside the municipalities"),
                    msg("cells of the study area"),
                    msg("give the file of this country, and check the cell codes"),
                )
            )
    return demand, [*findings, *demand_findings(demand), *_band_findings(demand, path.name)]


def _disclosed(column: pd.Series, reserved: bool = True) -> pd.Series:  # noqa: FBT001, FBT002
    """Empty the cells that hold a word for "not known" written as a number."""
    if not reserved:
        return column
    return column.mask(pd.to_numeric(column, errors="coerce").isin(RESERVED))


def _row_names(frame: pd.DataFrame) -> pd.Series:
    width = len(str(len(frame) + 1))
    return pd.Series([f"row-{at + 2:0{width}d}" for at in range(len(frame))], index=frame.index, name="row")


def _doubled(ids: pd.Series, source: str) -> list[Fault]:
    again = ids.astype("str").duplicated()
    return row_faults(
        source,
        str(ids.name),
        np.flatnonzero(again),
        ids[again].tolist(),
        msg("an id that stands only once"),
        msg("delete the doubled row, or name another column as id"),
    )


def _band_columns(frame: pd.DataFrame, mapped: Mapping[str, str], source: str) -> dict[str, str]:
    """Find age columns: mapped, already named as bands, or those of the census grid."""
    wrong = [band for band in mapped if not BAND.fullmatch(band)]
    absent = [column for column in mapped.values() if column not in frame.columns]
    if wrong or absent:
        listed = ", ".join(str(name) for name in list(frame.columns)[:30])
        raise TableError(
            [
                *(
                    Fault(
                        source,
                        msg("mapping of age bands"),
                        msg("the band {band}", band=band),
                        msg("names such as people_0_17 or people_65_plus"),
                        msg("correct the name of the band"),
                    )
                    for band in wrong
                ),
                *(
                    Fault(
                        source,
                        msg("mapping of age bands"),
                        msg("the columns {names}", names=listed),
                        msg("a column {column}", column=column),
                        msg("correct the name in the mapping of columns"),
                    )
                    for column in absent
                ),
            ]
        )
    if mapped:
        return dict(mapped)
    own = {name: name for name in bands_of(frame)}
    return own or {band: column for band, column in CENSUS_BANDS.items() if column in frame.columns}


def _band_findings(demand: pd.DataFrame, name: str) -> list[Finding]:
    bands = bands_of(demand)
    if not bands:
        return []
    total, by_age = float(demand["weight"].sum()), float(demand[bands].to_numpy().sum())
    if abs(by_age - total) <= WORST_BAND_GAP * max(total, 1.0):
        return []
    return [
        Finding(
            "ages_do_not_sum",
            msg(
                "{file}: the age groups sum to {by_age:n} people, the total to {total:n}",
                file=name,
                by_age=by_age,
                total=total,
            ),
        )
    ]
