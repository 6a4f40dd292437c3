"""Read practices from a table with columns of any name, or from the file of provider numbers."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd

from pipeline.errors import Fault, TableError
from pipeline.messages import msg
from pipeline.supply import PracticeRows, build_practices
from pipeline.tables.place_files import open_table
from pipeline.tables.place_tables import COORDINATES, choose_columns, numbers, points_of, row_faults

FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "provider": ("practice_id", "provider", "ydernummer", "ydernr", "yder", "id"),
    "name": ("name", "navn", "klinik", "praksis"),
    "capacity": (
        "capacity",
        "gps",
        "kapacitet",
        "laegekapaciteter",
        "lægekapaciteter",
        "antal_laeger",
        "læger",
    ),
    "open_to_new": ("open_to_new", "open", "aaben", "åben", "åben_for_tilgang", "tilgang"),
    "valid_from": ("valid_from", "fra", "startdato", "fradato"),
    "valid_to": ("valid_to", "til", "slutdato", "tildato"),
    "source": ("source",),
    "precision": ("precision",),
    **COORDINATES,
}
"""``source`` and ``precision`` are those of each row, where the table has them."""

PRECISIONS: Final = ("measured", "register", "modelled", "approximate")

OPEN_WORDS: Final = frozenset(
    {"true", "1", "1.0", "yes", "ja", "j", "y", "open", "åben", "aaben", "åbent", "x"}
)
CLOSED_WORDS: Final = frozenset({"false", "0", "0.0", "no", "nej", "n", "closed", "lukket", "lukke"})
BLANK_WORDS: Final = frozenset({"", "nan", "na", "none", "<na>", "nat", "null"})

DATE_FORMATS: Final = (
    "%Y-%m-%d",
    "%d-%m-%Y",
    "%d.%m.%Y",
    "%d/%m/%Y",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S",
)


def yes_or_no(column: pd.Series, source: str) -> tuple[pd.Series, list[Fault]]:
    """Read whether a practice takes new patients: ja, åben, 1 … or nej, lukket, 0 …; blank is unknown."""
    text = column.astype("str").str.strip().str.lower()
    blank = column.isna() | text.isin(BLANK_WORDS)
    told = pd.Series(pd.NA, index=column.index, dtype="boolean")
    told[text.isin(OPEN_WORDS) & ~blank] = True
    told[text.isin(CLOSED_WORDS) & ~blank] = False
    wrong = (told.isna() & ~blank).to_numpy()
    return told, row_faults(
        source,
        str(column.name),
        np.flatnonzero(wrong),
        column[wrong].tolist(),
        msg("yes or no (ja, nej, åben, lukket, 1, 0), or nothing where it is not known"),
        msg("correct the value, or leave the cell empty"),
    )


def dates(column: pd.Series, source: str) -> tuple[pd.Series, list[Fault]]:
    """Read days: 2025-06-30, 30-06-2025, 30.06.2025 or 30/06/2025; blank is open."""
    if pd.api.types.is_datetime64_any_dtype(column):
        return column.dt.tz_localize(None) if column.dt.tz is not None else column, []
    text = column.astype("str").str.strip()
    blank = column.isna() | text.str.lower().isin(BLANK_WORDS)
    days = pd.Series(pd.NaT, index=column.index, dtype="datetime64[s]")
    for form in DATE_FORMATS:
        open_ = days.isna() & ~blank
        if not open_.any():
            break
        found = pd.to_datetime(text.where(open_).str[:19], format=form, errors="coerce")
        days = days.fillna(found.dt.as_unit("s"))
    wrong = (days.isna() & ~blank).to_numpy()
    return days, row_faults(
        source,
        str(column.name),
        np.flatnonzero(wrong),
        column[wrong].tolist(),
        msg("a date such as 2025-06-30 or 30-06-2025"),
        msg("correct the date, or leave the cell empty"),
    )


def read_practices(
    path: Path,
    areas: gpd.GeoDataFrame,
    *,
    columns: Mapping[str, str] | None = None,
    layer: str | None = None,
    crs: str | None = None,
    precision: str = "register",
) -> gpd.GeoDataFrame:
    """Read practices from any table of points; a file of provider numbers and points alone will do.

    Parameters
    ----------
    path
        CSV, GeoPackage, GeoJSON, Shapefile or GeoParquet.
    areas
        Municipality areas, EPSG:25832.
    columns
        Field (``provider``, ``name``, ``capacity``, ``open_to_new``, ``valid_from``, ``valid_to``, ``lon``,
        ``lat``, ``x``, ``y``) → column, where names differ.
    layer, crs
        Layer of a file with several; CRS where the file does not say.
    precision
        How sure the points are.

    Returns
    -------
    gpd.GeoDataFrame
        The frame of `pipeline.supply`; capacities that the file does not give are missing (`model_capacity`).

    Raises
    ------
    MissingInputError, CRSError, TableError
        What is wrong with the file, all at once: negative capacities, dates that end before they begin, words
        that are neither yes nor no, missing columns.
    """
    source = str(path)
    frame = open_table(path, layer=layer)
    chosen = choose_columns(frame, FIELDS, columns or {}, required=[], source=source)
    faults: list[Fault] = []
    capacity = np.full(len(frame), np.nan)
    if "capacity" in chosen:
        capacity, wrong = numbers(frame[chosen["capacity"]], source)
        faults += wrong
    open_ = pd.Series(pd.NA, index=frame.index, dtype="boolean")
    if "open_to_new" in chosen:
        open_, wrong = yes_or_no(frame[chosen["open_to_new"]], source)
        faults += wrong
    days = {}
    for field in ("valid_from", "valid_to"):
        days[field] = pd.Series(pd.NaT, index=frame.index)
        if field in chosen:
            days[field], wrong = dates(frame[chosen[field]], source)
            faults += wrong
    backwards = (days["valid_from"] >= days["valid_to"]).to_numpy()
    faults += row_faults(
        source,
        chosen.get("valid_to", "valid_to"),
        np.flatnonzero(backwards),
        days["valid_to"][backwards].dt.date.tolist(),
        msg("a day after valid_from"),
        msg("correct one of the two days; valid_to is the first day no longer in force"),
    )
    own: dict[str, Any] = {"source": path.name, "precision": precision}
    own |= {field: frame[chosen[field]].astype("str") for field in own if field in chosen}
    if "precision" in chosen:
        odd = ~own["precision"].isin(PRECISIONS).to_numpy()
        faults += row_faults(
            source,
            chosen["precision"],
            np.flatnonzero(odd),
            own["precision"][odd].tolist(),
            msg("one of {words}", words=", ".join(PRECISIONS)),
            msg("correct the word, or delete the column"),
        )
    if faults:
        raise TableError(faults)
    width = len(str(len(frame) + 1))
    row_names = pd.Series([f"row-{at + 2:0{width}d}" for at in range(len(frame))], index=frame.index)
    provider = frame[chosen["provider"]].astype("str") if "provider" in chosen else row_names
    provider = provider.where(~provider.str.strip().str.lower().isin(BLANK_WORDS), row_names)
    rows = PracticeRows(
        points=points_of(frame, chosen, source, crs=crs),
        provider=provider,
        name=frame[chosen["name"]].astype("str") if "name" in chosen else provider,
        capacity=capacity,
        open_to_new=open_,
        valid_from=days["valid_from"],
        valid_to=days["valid_to"],
    )
    return build_practices(rows, areas, **own)
