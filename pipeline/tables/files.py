"""Read a table as text, cell by cell, and tell what is wrong with the file itself.

People save tables from spreadsheets: as CSV with commas or semicolons, in UTF-8 or Windows-1252, or as a
workbook. All of these are read; where half a row is missing the rest is read as far as it goes, so that the
faults of its cells are told at the same time.
"""

import codecs
import csv
import io
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pipeline.errors import Fault, MissingInputError
from pipeline.limits import check_table
from pipeline.messages import Message, msg
from pipeline.tables.workbooks import read_workbook

TABLE: Final = msg("an Excel workbook (.xlsx) or a CSV file")
SAVE_AGAIN: Final = msg("save it again as .xlsx in a spreadsheet program")
UTF16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
ZIP: Final = b"PK\x03\x04"
OLD_WORKBOOK: Final = b"\xd0\xcf\x11\xe0"
"""First bytes of .xlsx and .xls."""

DELIMITERS: Final = (",", ";", "\t", "|")

MIXED: Final = re.compile("Ã[\u0080-\u00bf]")
"""UTF-8 that was read as Windows-1252: of such a file only a part is in another encoding."""

EXCEL_TEXT: Final = re.compile(r'^="(.*)"$')
"""Text that Excel is made to keep as text: ="0123"."""


@dataclass(frozen=True, slots=True)
class TextTable:
    """A table as text.

    Parameters
    ----------
    source
        The file as the user named it, for messages.
    header
        Column names.
    rows
        Cells of each row, as many as the header has; row *i* is row *i* + 2 of the file.
    faults
        What is wrong with the file itself.
    broken
        Positions of rows that are empty or of the wrong length: their cells mean nothing.
    danish
        Whether numbers may have a decimal comma and days come first in dates: so in workbooks, and in text
        whose columns are not separated by commas.
    """

    source: str
    header: list[str]
    rows: list[list[str]]
    faults: list[Fault] = field(default_factory=list)
    broken: frozenset[int] = frozenset()
    danish: bool = False


def row_name(position: int) -> Message:
    """Name a data row the way a spreadsheet does, the header being row 1."""
    return msg("row {row}", row=position + 2)


def _read_bytes(path: Path, most: int = -1) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(most)
    except (FileNotFoundError, IsADirectoryError) as error:
        found = msg("a folder") if path.is_dir() else msg("no such file")
        raise MissingInputError(
            Fault(str(path), "", found, TABLE, msg("correct the path, or put the file there"))
        ) from error
    except OSError as error:
        raise MissingInputError(
            Fault(
                str(path),
                "",
                msg("a file that cannot be read: {reason}", reason=error.strerror or type(error).__name__),
                TABLE,
                msg("check the file's permissions"),
            )
        ) from error


def decoded(raw: bytes, source: str) -> tuple[str, list[Fault]]:
    """Turn bytes into text: UTF-8, UTF-16 with its mark, or Windows-1252; never more than one of them."""
    if raw.startswith(UTF16):
        return raw.decode("utf-16", errors="replace"), []
    if b"\x00" in raw:
        return "", [Fault(source, "", msg("binary data, not text"), TABLE, msg("give a CSV file"))]
    try:
        return raw.decode("utf-8-sig"), []
    except UnicodeDecodeError as error:
        text = raw.decode("cp1252", errors="replace")
        if not (MIXED.search(text) or "\ufffd" in text):
            return text, []
        line = raw.count(b"\n", 0, error.start) + 1
        words = text.splitlines()[line - 1].strip() if line <= len(text.splitlines()) else ""
        found = msg("text in no known or in two encodings: “{words}”", words=words[:60])
        return text, [Fault(source, msg("line {line}", line=line), found, TABLE, SAVE_AGAIN)]


def delimiter(text: str) -> str:
    """Find what separates the columns: the commonest of `DELIMITERS` in the first row."""
    first = text.split("\n", 1)[0]
    return max(DELIMITERS, key=first.count)


def _records(text: str, sign: str, source: str) -> tuple[list[list[str]], list[Fault]]:
    records: list[list[str]] = []
    try:
        for record in csv.reader(io.StringIO(text, newline=""), delimiter=sign, strict=True):
            records.append([EXCEL_TEXT.sub(r"\1", cell.strip()) for cell in record])  # noqa: PERF401
    except csv.Error:
        fault = Fault(
            source,
            row_name(len(records) - 1),
            msg("quotes that are not closed, or that stand inside a cell; nothing was read from here on"),
            msg("quotes around a whole cell, doubled where they stand inside it"),
            msg("correct the quotes in this row"),
        )
        return records, [fault]
    return records, []


def read_text_table(path: Path, *, sheet: str = "") -> TextTable:
    """Read a table as text.

    Parameters
    ----------
    path
        File with a header row: a workbook (.xlsx), or CSV with commas, semicolons, tabs or vertical bars in
        UTF-8, UTF-16 or Windows-1252, quotes around cells that hold the separator.
    sheet
        Name of the sheet that is meant where a workbook holds several.

    Returns
    -------
    TextTable
        Cells without surrounding blanks, and the faults of the file itself. Rows of the wrong length are
        reported and cut or filled up.

    Raises
    ------
    MissingInputError
        The file is not there or cannot be read.
    TableError
        A workbook with several sheets, none of them the one that is meant.
    LimitError
        The file or one of its lines is too large.
    """
    source = str(path)
    if path.exists() and not path.is_file():
        check_table(path)
    head = _read_bytes(path, len(ZIP))
    if head == OLD_WORKBOOK:
        found = msg("an Excel workbook of the old kind (.xls)")
        return TextTable(source, [], [], [Fault(source, "", found, TABLE, SAVE_AGAIN)])
    if head == ZIP:
        return _table(source, read_workbook(path, names=[sheet] if sheet else []), [], danish=True)
    check_table(path)
    text, faults = decoded(_read_bytes(path), source)
    sign = delimiter(text)
    records, broken = _records(text, sign, source) if text.strip() else ([], [])
    return _table(source, records, [*faults, *broken], danish=sign != ",")


def _table(source: str, records: list[list[str]], faults: list[Fault], *, danish: bool) -> TextTable:
    """Part the header from the rows, and see that all are as long."""
    if not any(map(any, records)):
        empty = Fault(source, "", msg("an empty file"), TABLE, msg("give a file with a header row and data"))
        return TextTable(source, [], [], faults or [empty])
    header, rows = records[0], records[1:]
    if not any(header):
        mend = msg("delete the empty rows above the header")
        fault = Fault(source, msg("row {row}", row=1), msg("an empty row"), msg("the names of columns"), mend)
        return TextTable(source, [], [], [*faults, fault])
    while rows and not any(rows[-1]):
        rows.pop()
    wrong = _wrong_lengths(source, rows, len(header))
    fitted = [(row + [""] * len(header))[: len(header)] for row in rows]
    return TextTable(source, header, fitted, [*faults, *wrong.values()], frozenset(wrong), danish)


def _wrong_lengths(source: str, rows: list[list[str]], width: int) -> dict[int, Fault]:
    """Fault by position of each row that is empty or not as long as the header."""
    faults = {}
    for position, row in enumerate(rows):
        if not any(row):
            faults[position] = empty_row(source, position)
        elif len(row) < width or any(row[width:]):
            faults[position] = wrong_length(source, position, len(row), width)
    return faults


def empty_row(source: str, position: int) -> Fault:
    """Tell a row without data that is not at the end."""
    return Fault(source, row_name(position), msg("an empty row"), msg("a row of data"), msg("delete the row"))


def wrong_length(source: str, position: int, length: int, width: int) -> Fault:
    """Tell a row that is longer or shorter than the header."""
    return Fault(
        source,
        row_name(position),
        msg("{count} cells", count=length),
        msg("{count} cells, as in the header", count=width),
        msg("add the missing cells, or put quotes around a cell that holds the separator"),
    )
