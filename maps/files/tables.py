"""Write result tables for people and programs: plain CSV, CSV for Danish Excel, Parquet and GeoJSON.

Plain CSV and Parquet are for programs. The Danish form is for opening in Excel: it has semicolons, decimal
commas, *ja*/*nej* and a byte order mark. In both forms of CSV, text that a spreadsheet would run as a formula
begins with an apostrophe, for either may be opened with a double click; Parquet holds it as it is. Every
table carries where its rows come from and of what day (`stamped`).
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, TypeVar

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
from pandas.api import types

from pipeline.crs import GEOGRAPHIC

Dictionary = Mapping[str, Mapping[str, str]]
"""Table → column → what it means."""

Frame = TypeVar("Frame", bound=pd.DataFrame)

_DANGEROUS: Final = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")  # the last four: full width
_CONTROL: Final = ("\t", "\r", "\n")
_NUMBER: Final = re.compile(r"[+-]?\d+([.,]\d+)?")
_DECIMALS: Final = 6
_YES_NO: Final = {True: "ja", False: "nej"}


@dataclass(frozen=True, slots=True)
class Origin:
    """Where results come from, as every file tells it.

    Parameters
    ----------
    title
        Of the study.
    date
        The day that the results describe, or the version of the data (ISO date or plain words).
    credit_lines
        Sources and credits that must follow the data.
    notes
        What a reader must know, for example that boundaries are approximate.
    """

    title: str
    date: str
    credit_lines: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @property
    def source(self) -> str:
        """Source of a row that names none: short, since it stands in every row; the record has them all."""
        return f"Klyngekort: {self.title} (provenance.json)"

    @property
    def credit(self) -> str:
        """All credits in one line."""
        return "; ".join(self.credit_lines)

    def as_dict(self) -> dict[str, Any]:
        """Give the plain values, for metadata."""
        return {
            "title": self.title,
            "data_date": self.date,
            "sources": list(self.credit_lines),
            "notes": list(self.notes),
        }


def stamped(frame: Frame, origin: Origin) -> Frame:
    """Add the columns ``source`` and ``data_date`` where a table does not have them.

    Parameters
    ----------
    frame
        Any result table.
    origin
        Fills ``source`` with the study's name and ``data_date`` with its day.

    Returns
    -------
    pd.DataFrame
        The same rows and index; a copy.
    """
    added = {"source": origin.source, "data_date": origin.date}
    return frame.assign(**{name: text for name, text in added.items() if name not in frame.columns})


def without_geometry(frame: pd.DataFrame) -> pd.DataFrame:
    """Drop the geometry; points leave ``lon`` and ``lat`` (WGS84, six decimals) where the table has none."""
    if not isinstance(frame, gpd.GeoDataFrame):
        return frame
    plain = pd.DataFrame(frame.drop(columns=frame.columns[frame.dtypes == "geometry"]))
    kinds = set(frame.geom_type.dropna())
    if kinds == {"Point"} and not {"lon", "lat"} & set(plain.columns):
        points = frame.geometry.to_crs(GEOGRAPHIC)
        plain = plain.assign(lon=points.x.round(_DECIMALS), lat=points.y.round(_DECIMALS))
    return plain


def neutral_text(text: str) -> str:
    """Put an apostrophe before text that a spreadsheet would take for a formula; numbers stay.

    A cell is taken for a formula when it begins with ``=``, ``+``, ``-`` or ``@``, or with a tab or line
    break before them (OWASP, CSV injection).
    """
    if not text or _NUMBER.fullmatch(text.strip()):
        return text
    return f"'{text}" if text.startswith(_CONTROL) or text.lstrip().startswith(_DANGEROUS) else text


def is_text(column: pd.Series) -> bool:
    """Whether a column may hold text."""
    return bool(types.is_object_dtype(column) or types.is_string_dtype(column)) or isinstance(
        column.dtype, pd.CategoricalDtype
    )


def for_spreadsheet(frame: pd.DataFrame) -> pd.DataFrame:
    """Neutralise all text of a table, column names too; numbers, dates and missing values stay."""
    done = frame.rename(columns=lambda name: neutral_text_or_value(str(name)))
    for number, name in enumerate(done.columns):
        column = frame.iloc[:, number]
        if is_text(column):
            neutral = column.astype(object).map(neutral_text_or_value)
            done[name] = neutral
    return done


def neutral_text_or_value(value: Any) -> Any:  # noqa: ANN401
    """`neutral_text` for text, anything else as it is.

    A bare carriage return is not quoted in CSV, so what stands behind it would begin a row of its own.
    """
    if not isinstance(value, str):
        return value
    return _neutral_line(value)


@lru_cache(maxsize=65_536)  # sources and codes stand in every row
def _neutral_line(text: str) -> str:
    return neutral_text(text.replace("\r\n", "\n").replace("\r", "\n"))


def write_csv(frame: pd.DataFrame, path: Path) -> Path:
    """Write plain CSV: UTF-8, commas, decimal points, line feeds; text no spreadsheet takes for a formula."""
    for_spreadsheet(without_geometry(frame)).to_csv(path, index=False, encoding="utf-8", lineterminator="\n")
    return path


def write_csv_danish(frame: pd.DataFrame, path: Path) -> Path:
    """Write CSV that Danish Excel opens as a table; numbers to six decimals.

    Excel drops leading zeros of codes in any CSV file; the workbook keeps them.
    """
    shown = for_spreadsheet(without_geometry(frame))
    for name in shown.columns:
        column = shown[name]
        if types.is_bool_dtype(column):
            shown[name] = column.astype(object).map(_YES_NO, na_action="ignore")
        elif types.is_float_dtype(column):
            shown[name] = column.round(_DECIMALS)
        elif types.is_object_dtype(column):
            shown[name] = column.map(_danish, na_action="ignore")
    shown.to_csv(path, index=False, sep=";", decimal=",", encoding="utf-8-sig", lineterminator="\n")
    return path


def _danish(value: Any) -> Any:  # noqa: ANN401
    """Write a value of a column of several kinds as the columns of one kind are written."""
    if isinstance(value, bool | np.bool_):
        return _YES_NO[bool(value)]
    if isinstance(value, float | np.floating):
        return np.format_float_positional(round(float(value), _DECIMALS), trim="-").replace(".", ",")
    return value


def _as_text(value: object) -> str | None:
    """Write a value of any kind for programs, numbers with a decimal point."""
    if value is None or value is pd.NA or value != value:  # noqa: PLR0124
        return None
    return f"{value:.12g}" if isinstance(value, float | np.floating) else str(value)


def write_parquet(
    frame: pd.DataFrame, path: Path, origin: Origin, meanings: Mapping[str, str] | None = None
) -> Path:
    """Write Parquet (GeoParquet when the table has a geometry) with its origin in the schema's metadata.

    The metadata key ``klyngekort`` holds JSON: title, day, sources, notes and the meaning of each column.
    """
    if isinstance(frame, gpd.GeoDataFrame):
        sink = pa.BufferOutputStream()
        frame.to_parquet(sink, index=False)
        table = pq.read_table(pa.BufferReader(sink.getvalue()))
    else:
        table = pa.Table.from_pandas(frame, preserve_index=False)
    told = json.dumps(
        {**origin.as_dict(), "columns": dict(meanings or {})}, ensure_ascii=False, sort_keys=True
    )
    table = table.replace_schema_metadata({**(table.schema.metadata or {}), b"klyngekort": told.encode()})
    pq.write_table(table, path, compression="zstd")
    return path


def write_geojson(frame: gpd.GeoDataFrame, path: Path, origin: Origin) -> Path:
    """Write GeoJSON (RFC 7946: WGS84, six decimals); the origin stands in each feature."""
    pyogrio.write_dataframe(
        stamped(frame, origin).to_crs(GEOGRAPHIC),
        path,
        driver="GeoJSON",
        layer=path.stem,
        RFC7946="YES",
        COORDINATE_PRECISION=str(_DECIMALS),
    )
    return path


def write_tables(
    folder: Path,
    tables: Mapping[str, pd.DataFrame],
    origin: Origin,
    dictionary: Dictionary | None = None,
    *,
    any_kind: Sequence[str] = (),
) -> list[Path]:
    """Write each table as ``<name>.csv``, ``<name>-da.csv`` and ``<name>.parquet``.

    Parameters
    ----------
    folder
        Made when absent.
    tables
        Name → table; a GeoDataFrame loses its geometry in CSV (points leave ``lon`` and ``lat``).
    origin
        What each file tells of its source and day.
    dictionary
        Meanings of the columns, kept in the Parquet files.
    any_kind
        Columns with values of any kind: text in plain CSV and Parquet, whose columns hold one kind.

    Returns
    -------
    list of Path
        The files, in the order written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, frame in tables.items():
        told = stamped(frame, origin)
        text = told.assign(**{key: told[key].astype(object).map(_as_text) for key in any_kind})
        written += [
            write_csv(text, folder / f"{name}.csv"),
            write_csv_danish(told, folder / f"{name}-da.csv"),
            write_parquet(text, folder / f"{name}.parquet", origin, (dictionary or {}).get(name)),
        ]
    return written
