"""Open a file of places in any of the forms people have: text, GDAL layer or Parquet."""

import io
import re
from pathlib import Path
from typing import Final

import geopandas as gpd
import pandas as pd
import pyogrio

from pipeline.errors import Fault, MissingInputError, TableError
from pipeline.limits import check_frame, check_layer, check_table
from pipeline.messages import msg

TEXT_SUFFIXES: Final = frozenset({".csv", ".tsv", ".txt"})
PARQUET_SUFFIXES: Final = frozenset({".parquet", ".geoparquet"})

_EXCEL_TEXT: Final = re.compile(r'^="(.*)"$')
"""Text that Excel is made to keep as text: ="0123"."""


def open_table(path: Path, *, layer: str | None = None) -> pd.DataFrame:
    """Read a table whole; text files give text in every column, others keep their types.

    Parameters
    ----------
    path
        CSV with commas, semicolons or tabs (UTF-8 or Windows-1252), or a file that GDAL or Parquet reads.
    layer
        Layer of a file with several.

    Returns
    -------
    pd.DataFrame
        A GeoDataFrame where the file has geometry; index 0 … n-1.

    Raises
    ------
    MissingInputError
        The file is not there or cannot be read.
    TableError
        The file has no rows.
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
        elif suffix in PARQUET_SUFFIXES:
            frame = _read_parquet(path)
        else:
            frame = gpd.read_file(path, layer=layer)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, OSError, ValueError) as error:
        raise MissingInputError(
            Fault(
                str(path),
                layer or "",
                msg("a file that cannot be read: {reason}", reason=str(error).splitlines()[0][:120]),
                msg("CSV, GeoPackage, GeoJSON, Shapefile or GeoParquet"),
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
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("cp1252", errors="replace")
    head = text.split("\n", 1)[0]
    sign = max((",", ";", "\t"), key=head.count)
    frame = pd.read_csv(io.StringIO(text), sep=sign, dtype=str, keep_default_na=False)
    names = [str(name).strip() for name in frame.columns]
    return pd.DataFrame(
        {
            name: frame.iloc[:, at].str.strip().str.replace(_EXCEL_TEXT, r"\1", regex=True)
            for at, name in enumerate(names)
        }
    )
