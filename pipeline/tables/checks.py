"""Give a text table its types, hold it against its contract, and tell every fault with row and mend."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from difflib import get_close_matches
from itertools import groupby
from typing import Any, Final

import numpy as np
import pandas as pd
import pandera.errors
import pandera.pandas as pa

from pipeline.errors import Fault
from pipeline.messages import Message, msg
from pipeline.schemas import Contract, RowRule
from pipeline.tables.files import TextTable, row_name

MOST_ROWS: Final = 20
"""So many rows with the same fault in the same column are told one by one; the others are counted."""

NUMBER: Final = r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?"
WHOLE: Final = r"[+-]?[0-9]{1,18}"
DATE: Final = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
DECIMAL_COMMA: Final = re.compile(r"[+-]?([0-9]{1,3}(\.[0-9]{3})+|[0-9]+),[0-9]+")
THOUSANDS: Final = re.compile(r"[+-]?[0-9]{1,3}([., ][0-9]{3})+")
DAY_FIRST: Final = re.compile(r"([0-9]{1,2})[-./]([0-9]{1,2})[-./]([0-9]{4})")
FLAGS: Final = {"true": True, "false": False}
YES_NO: Final = {
    **dict.fromkeys(("ja", "sand", "yes", "1"), "true"),
    **dict.fromkeys(("nej", "falsk", "no", "0"), "false"),
}
SHORT_CODE: Final = re.compile(r"[1-9][0-9]{2}")
FILLER: Final[dict[str, Any]] = {"whole": 0, "flag": False}

EXPECTED: Final = {
    "number": msg("a number with a decimal point, such as 12.5"),
    "whole": msg("a whole number, such as 1200"),
    "flag": msg("true or false"),
    "date": msg("a day such as 2018-12-31"),
}

Cell = tuple[int, str]
"""Row position and column."""

Trouble = tuple[int, str, str, Fault]
"""Row position, column, kind of fault, fault."""


def check_header(table: TextTable, contract: Contract) -> list[Fault]:
    """Compare the header with the contract: missing, unknown and doubled columns."""
    faults = []
    header, row = table.header, msg("row {row}", row=1)
    for name in contract.required:
        if name not in header:
            expected = msg("the column {column}: {meaning}", column=name, meaning=_meaning(contract, name))
            mend = msg("add the column; every row needs a value")
            faults.append(Fault(table.source, row, msg("no column {column}", column=name), expected, mend))
    for name in sorted({name for name in header if header.count(name) > 1}):
        found = msg("the column {column} {count} times", column=name or "“”", count=header.count(name))
        mend = msg("delete or rename all but one of them")
        faults.append(Fault(table.source, row, found, msg("each column once"), mend))
    free = [name for name in contract.columns if name not in header]
    for name in dict.fromkeys(header):
        if name not in contract.columns:
            close = get_close_matches(name.lower(), free, n=1)
            mend = (
                msg("rename the column to {column}, or delete it", column=close[0])
                if close
                else msg("delete the column, or rename it to one of the expected columns")
            )
            expected = msg("columns of this table; not yet used: {words}", words=", ".join(free) or "–")
            found = msg("an unknown column {column}", column=name or "“”")
            faults.append(Fault(table.source, row, found, expected, mend))
    return faults


def _meaning(contract: Contract, name: str) -> Message:
    return Message(str(contract.columns[name].description))


def in_plain_form(table: TextTable, contract: Contract) -> TextTable:
    """Write cells as a contract wants them where a spreadsheet wrote them otherwise and no doubt is left.

    Municipality codes get back the zeros that spreadsheets drop, *ja* and *SAND* become true; in tables with
    Danish numbers decimal commas become points and 31-12-2018 becomes 2018-12-31.
    """
    kinds = [
        contract.columns[name].metadata["kind"] if name in contract.columns else "" for name in table.header
    ]
    codes = [name.endswith("municipality_code") for name in table.header]
    rows = [
        [
            _plain(cell, kind, is_code=is_code, danish=table.danish)
            for cell, kind, is_code in zip(row, kinds, codes, strict=True)
        ]
        for row in table.rows
    ]
    return replace(table, rows=rows)


def _plain(cell: str, kind: str, *, is_code: bool, danish: bool) -> str:
    if is_code and SHORT_CODE.fullmatch(cell):
        return cell.zfill(4)
    if kind == "flag":
        return YES_NO.get(cell.lower(), cell)
    if danish and kind == "number" and DECIMAL_COMMA.fullmatch(cell):
        return cell.replace(".", "").replace(",", ".")
    if danish and kind == "date":
        return _day(cell) or cell
    return cell


def _day(cell: str) -> str:
    """Turn 31-12-2018 into 2018-12-31; empty where it is no day first."""
    match = DAY_FIRST.fullmatch(cell)
    day, month, year = (int(part) for part in match.groups()) if match else (0, 0, 0)
    return f"{year:04d}-{month:02d}-{day:02d}" if 0 < month <= 12 and 0 < day <= 31 else ""


def typed(table: TextTable, contract: Contract) -> tuple[pd.DataFrame, list[Trouble]]:
    """Give each column its type.

    Returns
    -------
    frame
        The contract's columns in its order; cells that could not be read are missing, or hold a filler
        where the type knows no missing value.
    troubles
        One per cell that is empty where a value must stand, or cannot be read as its type; rows that are
        broken as a whole are passed over.
    """
    raw = pd.DataFrame(table.rows, columns=table.header, dtype="str")
    raw = raw.loc[:, ~raw.columns.duplicated()].reindex(columns=list(contract.columns), fill_value="")
    whole = pd.Series(~raw.index.isin(table.broken), index=raw.index)
    columns: dict[str, pd.Series] = {}
    troubles: list[Trouble] = []
    for name, column in contract.columns.items():
        cells = raw[name]
        empty = cells == ""
        if name in table.header and not column.nullable:
            troubles += [
                _trouble(
                    table, at, name, "empty", msg("an empty cell"), _expected(column), msg("fill in the cell")
                )
                for at in np.flatnonzero(empty & whole).tolist()
            ]
        values, wrong = _convert(cells.mask(empty), column)
        troubles += [
            _trouble(
                table,
                at,
                name,
                "type",
                _quoted(cells.iloc[at]),
                _expected(column),
                _mend(cells.iloc[at], column),
            )
            for at in np.flatnonzero(wrong & ~empty & whole).tolist()
        ]
        columns[name] = values
    return pd.DataFrame(columns, index=raw.index), troubles


def _trouble(
    table: TextTable, at: int, name: str, kind: str, found: Message, expected: Message, mend: Message
) -> Trouble:
    where = msg("row {row}, column {column}", row=int(at) + 2, column=name)
    return int(at), name, kind, Fault(table.source, where, found, expected, mend)


def _quoted(cell: Any) -> Message:  # noqa: ANN401
    return msg("“{value}”", value=cell)


def _convert(cells: pd.Series, column: pa.Column) -> tuple[pd.Series, pd.Series]:
    """Read text as the column's kind; the second result marks cells that cannot be."""
    kind = column.metadata["kind"]
    if kind == "text":
        return cells, pd.Series(data=False, index=cells.index)
    if kind == "date":
        days = pd.to_datetime(
            cells.where(cells.str.fullmatch(DATE).fillna(value=False)), format="%Y-%m-%d", errors="coerce"
        ).astype("datetime64[ms]")
        return days, cells.notna() & days.isna()
    if kind == "flag":
        flags = cells.str.lower().map(FLAGS).astype("boolean")
        wrong = cells.notna() & flags.isna()
        return (flags if column.nullable else flags.fillna(FILLER["flag"]).astype("bool")), wrong
    pattern = WHOLE if kind == "whole" else NUMBER
    fits = cells.str.fullmatch(pattern).fillna(value=False).astype(bool)
    if kind == "number":
        numbers = pd.to_numeric(cells.where(fits)).astype("float64")
        finite = pd.Series(np.isfinite(numbers), index=cells.index)
        return numbers.where(finite), cells.notna() & ~finite
    wholes = cells.where(fits).astype("Int64")
    return (
        wholes if column.nullable else wholes.fillna(FILLER["whole"]).astype("int64")
    ), ~fits & cells.notna()


def _expected(column: pa.Column) -> Message:
    traits = column.metadata
    if traits.get("allowed"):
        return msg("one of: {words}", words=", ".join(traits["allowed"]))
    looks: Message | None = traits.get("looks")
    return looks or EXPECTED.get(traits["kind"], msg("text"))


def _mend(cell: str, column: pa.Column) -> Message:
    """Say how to mend a cell that cannot be read, with the better spelling where it is clear."""
    kind = column.metadata["kind"]
    better = ""
    if kind == "date":
        better = _day(cell)
    elif kind == "number" and DECIMAL_COMMA.fullmatch(cell):
        better = cell.replace(".", "").replace(",", ".")
    elif THOUSANDS.fullmatch(cell):
        better = re.sub(r"[., ]", "", cell)
    elif kind == "whole" and re.fullmatch(r"[+-]?[0-9]+\.0+", cell):
        better = cell.partition(".")[0]
    if better:
        return msg("write {better}", better=better)
    return msg("correct the cell, or leave it empty") if column.nullable else msg("correct the cell")


def against_contract(
    table: TextTable, frame: pd.DataFrame, contract: Contract, told: Iterable[Cell]
) -> list[Trouble]:
    """Hold a typed frame against its pandera schema and tell every failure.

    Parameters
    ----------
    table, frame
        The text and what `typed` made of it.
    contract
        What the table must hold.
    told
        Cells that have been reported; nothing more is said about them.
    """
    try:
        contract.schema.validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as error:
        cases = error.failure_cases
        if cases["index"].isna().all():  # a dtype that `typed` does not give: not the user's fault
            raise
    else:
        return []
    skip = set(told)
    rules = {rule.name: rule for rule in contract.rules}
    troubles = []
    failures = {
        (
            str(case.check),
            "" if case.schema_context == "DataFrameSchema" else str(case.column),
            int(case.index),
        )
        for case in cases.itertuples()
        if pd.notna(case.index)
    }
    for check, name, at in sorted(failures):
        if name:
            if (at, name) not in skip:
                troubles.append(_cell_trouble(table, at, name, check, contract.columns[name]))
        elif check in rules and not any((at, column) in skip for column in rules[check].columns):
            troubles.append(_row_trouble(table, at, rules[check]))
    return [*troubles, *_doubles(table, frame, contract, skip)]


def _cell_trouble(table: TextTable, at: int, name: str, check: str, column: pa.Column) -> Trouble:
    traits = column.metadata
    cell = table.rows[at][table.header.index(name)] if name in table.header else ""
    expected, mend = _expected(column), msg("correct the cell")
    if check == "allowed":
        close = get_close_matches(cell.lower(), traits["allowed"], n=1, cutoff=0.5)
        mend = msg("write {better}", better=close[0]) if close else msg("choose one of these words")
    elif check == "range":
        expected = _span(traits["low"], traits["high"])
        mend = msg("correct the number; mind the unit")
        if traits.get("unit") is not None:
            mend = msg("correct the number; the unit is {unit}", unit=traits["unit"])
        if name.endswith(("lon", "lat")) and 0 < float(cell) < 90:
            mend = msg("correct the coordinate; longitude and latitude may be exchanged")
    return _trouble(table, at, name, check, _quoted(cell), expected, mend)


def _span(low: float | None, high: float | None) -> Message:
    if low is None:
        return msg("a number of at most {high:n}", high=high)
    if high is None:
        return msg("a number of at least {low:n}", low=low)
    if high < 10_000 and low >= 1_000:
        return msg("a year from {low} to {high}", low=low, high=high)
    return msg("a number from {low:n} to {high:n}", low=low, high=high)


def _row_trouble(table: TextTable, at: int, rule: RowRule) -> Trouble:
    cells = [
        (name, table.rows[at][table.header.index(name)]) for name in rule.columns if name in table.header
    ]
    found = msg("“{value}”", value=", ".join(f"{name} = {cell}" for name, cell in cells))
    where = row_name(at)
    return at, rule.columns[0], rule.name, Fault(table.source, where, found, rule.expected, rule.mend)


def _doubles(table: TextTable, frame: pd.DataFrame, contract: Contract, skip: set[Cell]) -> list[Trouble]:
    """Rows whose key stands further up already."""
    key = list(contract.key)
    if not set(key) & set(table.header):
        return []
    bad = sorted({at for at, name in skip if name in key})
    keys = frame[key].drop(index=frame.index[bad])
    first = keys.assign(at=keys.index).groupby(key, dropna=False)["at"].transform("min")
    again = keys.index[keys.index != first]
    shown = {at: ", ".join(_known(table, at, key)) for at in again}
    return [
        (
            int(at),
            key[0],
            "key",
            Fault(
                table.source,
                row_name(int(at)),
                msg(
                    "the same {columns} as row {row}: {values}",
                    columns=", ".join(key),
                    row=int(first[at]) + 2,
                    values=shown[at],
                ),
                msg("each combination of {columns} once", columns=", ".join(key)),
                msg("delete one of the two rows, or correct it"),
            ),
        )
        for at in again
    ]


def _known(table: TextTable, at: int, key: list[str]) -> Iterator[str]:
    for name in key:
        if name in table.header and (cell := table.rows[at][table.header.index(name)]):
            yield cell


def in_order(troubles: Iterable[Trouble], source: str, columns: Iterable[str]) -> list[Fault]:
    """Sort troubles by row and column; of many alike in one column the first are told, the others counted."""
    place = {name: number for number, name in enumerate(columns)}
    alike = sorted(troubles, key=lambda trouble: (place[trouble[1]], trouble[2], trouble[0]))
    kept: list[tuple[int, int, Fault]] = []
    for (name, _), group in groupby(alike, key=lambda trouble: trouble[1:3]):
        members = list(group)
        kept += [(at, place[name], fault) for at, _, _, fault in members[:MOST_ROWS]]
        if len(members) > MOST_ROWS:
            at, _, _, example = members[MOST_ROWS]
            kept.append((at, place[name], more_alike(source, name, len(members) - MOST_ROWS, example)))
    return [fault for _, _, fault in sorted(kept, key=lambda entry: entry[:2])]


def more_alike(source: str, column: str, count: int, example: Fault) -> Fault:
    """Count the rows that have the same fault as those told before."""
    found = msg("{count:n} more {count:|row|rows} with the same fault", count=count)
    return Fault(source, msg("column {column}", column=column), found, example.expected, example.mend)
