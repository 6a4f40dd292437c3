"""Read a sheet of an Excel workbook as text, cell by cell, as a CSV file would hold it."""

import datetime as dt
import warnings
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import ParseError

from openpyxl import load_workbook

from pipeline.errors import Fault, MissingInputError, TableError
from pipeline.limits import check_layer
from pipeline.messages import msg

WORKBOOKS: Final = frozenset({".xlsx", ".xlsm"})
"""Endings of the workbooks that are read."""

_DAMAGES: Final = (
    OSError,
    EOFError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ParseError,
    zipfile.BadZipFile,
    zlib.error,
    NotImplementedError,
    RuntimeError,
)


def read_workbook(path: Path, *, names: Iterable[str] = ()) -> list[list[str]]:
    """Read the one sheet with data of a workbook, or the one of a given name.

    Parameters
    ----------
    path
        Workbook of Excel 2007 or later.
    names
        Names of the sheet that is meant where several hold data, the best first; the file's own name is one.

    Returns
    -------
    list of list of str
        Rows of equally many cells without surrounding blanks, up to the last that holds anything. Whole
        numbers have no decimals, days are ISO, truth is ``true`` or ``false``, empty cells are empty.

    Raises
    ------
    MissingInputError
        Not a workbook of this kind, or a damaged one.
    TableError
        Several sheets with data, none of them of a given name.
    LimitError
        It is larger than the limits allow.
    """
    check_layer(path)
    try:
        with warnings.catch_warnings(), path.open("rb") as file:  # opened here: its ending does not count
            warnings.simplefilter("ignore")  # on styles and validations, which are not read
            book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
            try:
                sheets = {sheet.title: _cells(sheet.iter_rows(values_only=True)) for sheet in book.worksheets}
            finally:
                book.close()
    except _DAMAGES as error:
        raise MissingInputError(
            Fault(
                str(path),
                "",
                msg("a workbook that cannot be read"),
                msg("an Excel workbook (.xlsx) or a CSV file"),
                msg("save it again as .xlsx in a spreadsheet program"),
            )
        ) from error
    full = {title: rows for title, rows in sheets.items() if rows}
    chosen = [title for name in (*names, path.stem) for title in full if title.casefold() == name.casefold()]
    if not chosen and len(full) > 1:
        raise TableError(
            Fault(
                str(path),
                "",
                msg("several sheets with data: {names}", names=", ".join(full)),
                msg("one sheet, or one called {name}", name=next(iter(names), path.stem)),
                msg("rename the sheet that is meant, or delete the others"),
            )
        )
    return full[chosen[0]] if chosen else next(iter(full.values()), [])


def _cells(rows: Iterable[tuple[object, ...]]) -> list[list[str]]:
    """Take the rows as text, without empty ones after the end, all as wide as the widest."""
    found: list[list[str]] = []
    for row in rows:
        cells = [_text(value) for value in row]
        while cells and not cells[-1]:
            cells.pop()
        found.append(cells)
    while found and not found[-1]:
        found.pop()
    width = max(map(len, found), default=0)
    return [cells + [""] * (width - len(cells)) for cells in found]


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date().isoformat()
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return str(value).strip()
