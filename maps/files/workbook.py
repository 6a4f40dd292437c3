"""Write all tables as one Excel workbook: contents and sources, a sheet per table, a data dictionary."""

import datetime as dt
import io
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from pandas.api import types

from maps.files.office_files import EPOCH, without_time
from maps.files.printable import printable
from maps.files.tables import Dictionary, Origin, neutral_text, stamped, without_geometry
from maps.theme import INK, PAPER
from pipeline.messages import Language, msg, translator

FILE: Final = "klyngekort.xlsx"

MAX_ROWS: Final = 20_000
"""Tables longer than this stand in CSV and Parquet only; the contents sheet says so."""

_CELL_LIMIT: Final = 32_767
_WIDTHS: Final = (8.0, 60.0)
_SHEET_NAME: Final = re.compile(r"[\[\]:*?/\\]")

_HEADER_FONT: Final = Font(bold=True, color=PAPER.lstrip("#"))
_HEADER_FILL: Final = PatternFill("solid", start_color=INK.lstrip("#"))
_BOLD: Final = Font(bold=True, size=14)
_WRAP: Final = Alignment(wrap_text=True, vertical="top")

_FORMATS: Final = (  # by the end of the column's name, the first that fits
    (re.compile(r"(^|_)(year|seq|colour)$"), "0"),
    (re.compile(r"(^|_)(lon|lat)$"), "0.00000"),
    (re.compile(r"_min$"), "#,##0.0"),
    (re.compile(r"(_km2?|_mio_dkk|_pct)$"), "#,##0.0"),
    (re.compile(r"(^|_)share$"), "0.000"),
    (re.compile(r"(_m2?|population.*|gps)$"), "#,##0"),
)


def write_workbook(
    path: Path,
    tables: Mapping[str, pd.DataFrame],
    origin: Origin,
    dictionary: Dictionary | None = None,
    *,
    titles: Mapping[str, str] | None = None,
    lang: Language = "da",
    only_files: Collection[str] = (),
) -> Path:
    """Write the workbook; the same tables give the same bytes.

    Parameters
    ----------
    path
        The file to write, usually ``klyngekort.xlsx``.
    tables
        Name → table, in the order of the sheets; geometry is left out. Text that a spreadsheet would run as a
        formula begins with an apostrophe.
    origin
        Told on the first sheet and in columns of each table.
    dictionary
        Meaning of each column, for the last sheet.
    titles
        What each table is called on the contents sheet.
    lang
        Language of sheet names and headings that are not data.
    only_files
        Tables that stand in CSV and Parquet only, however short.

    Returns
    -------
    Path
        `path`.
    """
    say = translator(lang)
    book = Workbook(write_only=True)
    book.properties.creator = "Klyngekort"
    book.properties.title = printable(origin.title)
    book.properties.created = book.properties.modified = EPOCH
    shown = {name: without_geometry(stamped(frame, origin)) for name, frame in tables.items()}
    names = _sheet_names([say(msg("Contents")), *shown, say(msg("Data dictionary"))])
    left_out = {name for name, frame in shown.items() if len(frame) > MAX_ROWS or name in only_files}
    contents = [
        (
            name,
            (titles or {}).get(name, ""),
            len(frame),
            say(msg("only as CSV and Parquet")) if name in left_out else "",
        )
        for name, frame in shown.items()
    ]
    buffer = io.BytesIO()
    try:
        _contents_sheet(book, names[0], origin, contents, lang)
        for sheet, (name, frame) in zip(names[1:-1], shown.items(), strict=True):
            if name not in left_out:
                _table_sheet(book, sheet, frame)
        _table_sheet(book, names[-1], _dictionary_frame(shown, dictionary or {}, lang))
        book.save(buffer)
    except BaseException:
        for (
            opened
        ) in book.worksheets:  # its rows are streams; left open they complain when they are cleared away
            with suppress(Exception):
                opened.close()
        raise
    path.write_bytes(without_time(buffer.getvalue()))
    return path


def _sheet_names(wanted: Sequence[str]) -> list[str]:
    """Make names that Excel takes: at most 31 characters, no brackets, slashes and the like, no two alike."""
    taken: list[str] = []
    for name in wanted:
        short = _SHEET_NAME.sub(" ", printable(name)).strip("' ")[:31] or "-"
        number = 2
        while short.lower() in (other.lower() for other in taken):
            end = f" {number}"
            short = f"{short[: 31 - len(end)].removesuffix(f' {number - 1}')}{end}"
            number += 1
        taken.append(short)
    return taken


def _contents_sheet(
    book: Workbook, name: str, origin: Origin, contents: list[tuple[str, str, int, str]], lang: Language
) -> None:
    say = translator(lang)
    sheet = book.create_sheet(name)
    sheet.sheet_view.showGridLines = False
    for column, width in zip("ABCD", (26, 60, 12, 26), strict=True):
        sheet.column_dimensions[column].width = width
    sheet.append([_cell(sheet, origin.title, font=_BOLD)])
    sheet.append([])
    sheet.append(_cells(sheet, [say(msg("Data of")), origin.date]))
    for label, lines in ((say(msg("Sources")), origin.credit_lines), (say(msg("Note")), origin.notes)):
        for number, line in enumerate(lines):
            sheet.append([_cell(sheet, "" if number else label), _cell(sheet, line, alignment=_WRAP)])
    sheet.append([])
    sheet.append(_header(sheet, [say(msg("Table")), say(msg("Holds")), say(msg("Rows")), ""]))
    for row in contents:
        sheet.append(_cells(sheet, row))


def _dictionary_frame(
    shown: Mapping[str, pd.DataFrame], dictionary: Dictionary, lang: Language
) -> pd.DataFrame:
    say = translator(lang)
    rows = [
        (
            table,
            column,
            _kind(frame[column], lang),
            dictionary.get(table, {}).get(column) or own.get(column, ""),
        )
        for own in [
            {
                "source": say(msg("Where the row comes from")),
                "data_date": say(msg("The day the figures describe")),
            }
        ]
        for table, frame in shown.items()
        for column in frame.columns
    ]
    return pd.DataFrame(
        rows, columns=[say(msg("Table")), say(msg("Column")), say(msg("Kind")), say(msg("Meaning"))]
    )


def _kind(column: pd.Series, lang: Language) -> str:
    say = translator(lang)
    if types.is_bool_dtype(column):
        return say(msg("yes/no"))
    if types.is_integer_dtype(column):
        return say(msg("whole number"))
    if types.is_float_dtype(column):
        return say(msg("number"))
    return say(msg("date")) if types.is_datetime64_any_dtype(column) else say(msg("text"))


def _table_sheet(book: Workbook, name: str, frame: pd.DataFrame) -> None:
    sheet = book.create_sheet(name)
    sheet.freeze_panes = "A2"
    for number, column in enumerate(frame.columns):
        letter = get_column_letter(number + 1)
        sheet.column_dimensions[letter].width = _width(str(column), frame.iloc[:, number])
    sheet.append(_header(sheet, [str(column) for column in frame.columns]))
    for row in _rows(frame):
        sheet.append(_cells(sheet, row))
    if len(frame.columns):
        sheet.auto_filter.ref = f"A1:{get_column_letter(len(frame.columns))}{len(frame) + 1}"


def _width(name: str, column: pd.Series) -> float:
    """Make room for nearly all values and the name with its filter button, within reason."""
    lengths = column.astype(object).map(lambda value: len(str(value)), na_action="ignore").dropna()
    longest = float(np.quantile(lengths.astype(float), 0.95)) if len(lengths) else 0.0
    return min(max(longest + 2, len(name) + 4, _WIDTHS[0]), _WIDTHS[1])


def _rows(frame: pd.DataFrame) -> Iterator[list[tuple[Any, str | None]]]:
    """Give each row as values with their number formats."""
    formats = [_number_format(str(name), frame.iloc[:, number]) for number, name in enumerate(frame.columns)]
    columns = [frame.iloc[:, number].astype(object).tolist() for number in range(len(formats))]
    for values in zip(*columns, strict=True):
        yield list(zip(values, formats, strict=True))


def _number_format(name: str, column: pd.Series) -> str | None:
    if types.is_datetime64_any_dtype(column):
        return "yyyy-mm-dd"
    if types.is_bool_dtype(column) or not types.is_numeric_dtype(column):
        return None
    fitting = (form for pattern, form in _FORMATS if pattern.search(name))
    return next(fitting, "#,##0" if types.is_integer_dtype(column) else "#,##0.00")


def _header(sheet: Any, names: Sequence[str]) -> list[Cell]:  # noqa: ANN401
    return [_cell(sheet, name, font=_HEADER_FONT, fill=_HEADER_FILL) for name in names]


def _cells(sheet: Any, row: Sequence[Any]) -> list[Cell | None]:  # noqa: ANN401
    """Make cells of values, or of pairs of a value and its number format."""
    pairs = [value if isinstance(value, tuple) else (value, None) for value in row]
    return [None if _missing(value) else _cell(sheet, value, number_format=form) for value, form in pairs]


def _missing(value: Any) -> bool:  # noqa: ANN401
    return value is None or (np.ndim(value) == 0 and bool(pd.isna(value)))


def _cell(sheet: Any, value: Any, **style: Any) -> Cell:  # noqa: ANN401
    if isinstance(value, pd.Timestamp):
        value = value.to_pydatetime().replace(tzinfo=None)
    elif isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not np.isfinite(value):
        value = str(value)
    if not isinstance(value, bool | int | float | dt.date):
        value = neutral_text(printable(str(value), " "))[:_CELL_LIMIT]
    cell = WriteOnlyCell(sheet, value)
    if isinstance(value, str):
        cell.data_type = "s"  # never a formula, whatever it begins with
    for name, given in style.items():
        if given is not None:
            setattr(cell, name, given)
    return cell
