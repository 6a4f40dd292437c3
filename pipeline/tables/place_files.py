"""Open a file of places in any of the forms people have: text, GDAL layer or Parquet."""

import io
from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd

from pipeline.errors import Fault, InputError, MissingInputError, TableError, first_line
from pipeline.gis_files import CANNOT_READ, read_layer
from pipeline.limits import check_frame, check_layer, check_table
from pipeline.messages import msg
from pipeline.tables.files import EXCEL_TEXT, decoded, delimiter, wrong_length
from pipeline.tables.workbooks import WORKBOOKS, read_workbook

TEXT_SUFFIXES: Final = frozenset({".csv", ".tsv", ".txt"})
MOST_FAULTS: Final = 20
"""So many rows with the same fault are told."""

SPARE: Final = 20
"""So many cells more than the header may a row have to be told with its number."""

PARQUET_SUFFIXES: Final = frozenset({".parquet", ".geoparquet"})


def open_table(path: Path, *, layer: str | None = None) -> pd.DataFrame:
    """Read a table whole; text files give text in every column, others keep their types.

    Parameters
    ----------
    path
        CSV with commas, semicolons or tabs (UTF-8 or Windows-1252), a workbook (.xlsx), or a file that GDAL
        or Parquet reads.
    layer
        Layer or sheet of a file with several.

    Returns
    -------
    pd.DataFrame
        A GeoDataFrame where the file has geometry; index 0 … n-1.

    Raises
    ------
    MissingInputError
        The file is not there or cannot be read.
    TableError
        The file has no rows, or several sheets.
    """
    if not path.exists() or path.is_dir():
        raise MissingInputError(
            Fault(
                str(path),
                "",
                msg("no such file"),
                msg("a table of places"),
                msg("correct the path in the settings"),
            )
        )
    suffix = path.suffix.lower()
    (check_table if suffix in TEXT_SUFFIXES else check_layer)(path)
    try:
        if suffix in TEXT_SUFFIXES:
            frame = _read_text(path)
        elif suffix in WORKBOOKS:
            frame = _read_sheet(path, layer)
        elif suffix in PARQUET_SUFFIXES:
            frame = _read_parquet(path)
        else:
            frame = read_layer(path, layer)
    except InputError:
        raise
    except CANNOT_READ as error:
        raise MissingInputError(
            Fault(
                str(path),
                layer or "",
                msg("a file that cannot be read: {reason}", reason=first_line(error)[:120]),
                msg("CSV, Excel (.xlsx), GeoPackage, GeoJSON, Shapefile or GeoParquet"),
                msg("open the file in a GIS program and save it again, or name an existing layer"),
            )
        ) from error
    check_frame(frame, path)
    if frame.empty:
        raise TableError(
            Fault(
                str(path),
                layer or "",
                msg("no rows"),
                msg("at least one row of data"),
                msg("give a file with data"),
            )
        )
    return frame.reset_index(drop=True)


def _read_parquet(path: Path) -> pd.DataFrame:
    try:
        frame: pd.DataFrame = gpd.read_parquet(path)
    except ValueError as error:
        if "geo" not in str(error).lower():
            raise
        frame = pd.read_parquet(path)
    return frame


def _read_text(path: Path) -> pd.DataFrame:
    text, faults = decoded(path.read_bytes(), str(path))
    if faults:
        raise TableError(faults)
    sign = delimiter(text)
    widest = max((line.count(sign) for line in text.splitlines()), default=0) + 1
    # Columns go by number: of rows longer than the header pandas would take the first cells for an index.
    raw = pd.read_csv(
        io.StringIO(text),
        sep=sign,
        dtype=str,
        keep_default_na=False,
        skip_blank_lines=False,
        header=None,
        names=list(range(min(widest, text.split("\n", 1)[0].count(sign) + 1 + SPARE))),
    ).fillna("")
    for at in raw.columns:
        raw[at] = raw[at].str.strip().str.replace(EXCEL_TEXT, r"\1", regex=True)
    return _with_header(raw, str(path))


def _with_header(raw: pd.DataFrame, source: str) -> pd.DataFrame:
    """Take the first row for the header; empty rows at the end go, those further up keep their place."""
    if raw.empty:
        return raw
    filled = (raw != "").to_numpy()
    width, end = (
        int(np.flatnonzero(used).max(initial=-1)) + 1 for used in (filled[:1].any(0), filled.any(1))
    )
    long = np.flatnonzero(filled[1:end, width:].any(axis=1))
    if len(long):
        last = filled.shape[1] - np.argmax(filled[1:, ::-1], axis=1)
        raise TableError([wrong_length(source, int(at), int(last[at]), width) for at in long[:MOST_FAULTS]])
    names = pd.Series(raw.iloc[0, :width], dtype="str").reset_index(drop=True)
    again = names.groupby(names).cumcount()
    frame = raw.iloc[1:end, :width].set_axis(
        names.where(again == 0, names + "." + again.astype("str")), axis=1
    )
    return frame.reset_index(drop=True)


def _read_sheet(path: Path, sheet: str | None) -> pd.DataFrame:
    rows = read_workbook(path, names=[sheet] if sheet else [])
    return _with_header(pd.DataFrame(rows, dtype="str"), str(path)) if rows else pd.DataFrame()
