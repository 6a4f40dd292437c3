"""Read a CSV file as text, cell by cell, and tell what is wrong with the file itself.

People save tables from spreadsheets: with semicolons, in Windows-1252, with half a row. Such a file is
refused with the mend, but read as far as it goes, so that the faults of its cells are told at the same time.
"""

import codecs
import csv
import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pipeline.errors import Fault, MissingInputError
from pipeline.limits import check_table
from pipeline.messages import Message, msg

CSV_UTF8: Final = msg("a CSV file in UTF-8 with commas between the columns")
SAVE_UTF8: Final = msg("in Excel choose “CSV UTF-8 (comma delimited)” when saving")
NO_UTF8: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
SPREADSHEETS: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""First bytes of .xlsx and .ods (zip) and of .xls."""

OTHER_DELIMITERS: Final = {";": msg("semicolons"), "\t": msg("tabs"), "|": msg("vertical bars")}


@dataclass(frozen=True, slots=True)
class TextTable:
    """A CSV file as text.

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
    """

    source: str
    header: list[str]
    rows: list[list[str]]
    faults: list[Fault] = field(default_factory=list)
    broken: frozenset[int] = frozenset()


def row_name(position: int) -> Message:
    """Name a data row the way a spreadsheet does, the header being row 1."""
    return msg("row {row}", row=position + 2)


def _read_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except (FileNotFoundError, IsADirectoryError) as error:
        found = msg("a folder") if path.is_dir() else msg("no such file")
        raise MissingInputError(
            Fault(str(path), "", found, CSV_UTF8, msg("correct the path, or put the file there"))
        ) from error
    except OSError as error:
        raise MissingInputError(
            Fault(
                str(path),
                "",
                msg("a file that cannot be read: {reason}", reason=error.strerror or type(error).__name__),
                CSV_UTF8,
                msg("check the file's permissions"),
            )
        ) from error


def _decode(raw: bytes, source: str) -> tuple[str, list[Fault]]:
    """Turn bytes into text; a file in another encoding is read as Windows-1252 and reported."""
    if raw.startswith(SPREADSHEETS):
        fault = Fault(source, "", msg("a spreadsheet workbook, not CSV"), CSV_UTF8, SAVE_UTF8)
        return "", [fault]
    if raw.startswith(NO_UTF8):
        found = msg("text in UTF-16")
        return raw.decode("utf-16", errors="replace"), [Fault(source, "", found, CSV_UTF8, SAVE_UTF8)]
    if b"\x00" in raw:
        return "", [Fault(source, "", msg("binary data, not text"), CSV_UTF8, msg("give a CSV file"))]
    try:
        return raw.decode("utf-8-sig"), []
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        text = raw.decode("cp1252", errors="replace")
        words = text.splitlines()[line - 1].strip() if line <= len(text.splitlines()) else ""
        found = msg("text that is not UTF-8, probably Windows-1252: “{words}”", words=words[:60])
        return text, [Fault(source, msg("line {line}", line=line), found, CSV_UTF8, SAVE_UTF8)]


def _delimiter(text: str, source: str) -> tuple[str, list[Fault]]:
    first = text.split("\n", 1)[0]
    if "," in first and first.count(",") >= max(first.count(sign) for sign in OTHER_DELIMITERS):
        return ",", []
    sign = max(OTHER_DELIMITERS, key=first.count)
    if not first.count(sign):
        return ",", []
    found = msg("columns separated by {signs}", signs=OTHER_DELIMITERS[sign])
    return sign, [Fault(source, msg("row {row}", row=1), found, CSV_UTF8, SAVE_UTF8)]


def read_text_table(path: Path) -> TextTable:
    """Read a CSV file as text.

    Parameters
    ----------
    path
        File with a header row; UTF-8, commas, quotes around cells that hold a comma.

    Returns
    -------
    TextTable
        Cells without surrounding blanks, and the faults of the file itself. Rows of the wrong length are
        reported and cut or filled up.

    Raises
    ------
    MissingInputError
        The file is not there or cannot be read.
    LimitError
        The file or one of its lines is too large.
    """
    source = str(path)
    check_table(path)
    text, faults = _decode(_read_bytes(path), source)
    if not text.strip():
        found = msg("an empty file")
        empty = Fault(source, "", found, CSV_UTF8, msg("give a file with a header row and data"))
        return TextTable(source, [], [], faults or [empty])
    sign, wrong_sign = _delimiter(text, source)
    faults += wrong_sign
    records: list[list[str]] = []
    try:
        for record in csv.reader(io.StringIO(text, newline=""), delimiter=sign, strict=True):
            records.append([cell.strip() for cell in record])  # noqa: PERF401
    except csv.Error:
        faults.append(
            Fault(
                source,
                row_name(len(records) - 1),
                msg("quotes that are not closed, or that stand inside a cell; nothing was read from here on"),
                msg("quotes around a whole cell, doubled where they stand inside it"),
                msg("correct the quotes in this row"),
            )
        )
    header = records[0] if records else []
    rows = records[1:]
    while rows and not any(rows[-1]):
        rows.pop()
    wrong = _wrong_lengths(source, rows, len(header))
    fitted = [(row + [""] * len(header))[: len(header)] for row in rows]
    return TextTable(source, header, fitted, [*faults, *wrong.values()], frozenset(wrong))


def _wrong_lengths(source: str, rows: list[list[str]], width: int) -> dict[int, Fault]:
    """Fault by position of each row that is empty or not as long as the header."""
    faults = {}
    for position, row in enumerate(rows):
        if not any(row):
            faults[position] = Fault(
                source,
                row_name(position),
                msg("an empty row"),
                msg("a row of data"),
                msg("delete the row"),
            )
        elif len(row) != width:
            faults[position] = Fault(
                source,
                row_name(position),
                msg("{count} cells", count=len(row)),
                msg("{count} cells, as in the header", count=width),
                msg("add the missing commas, or put quotes around a cell that holds a comma"),
            )
    return faults
