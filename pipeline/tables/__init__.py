"""Read the tables of a study: bundled ones and users' own, each held against its contract."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import pandas as pd

from pipeline.errors import Fault, InputError, TableError
from pipeline.messages import msg
from pipeline.schemas import BUNDLED, OPTIONAL, Contract, Reference
from pipeline.sources import GEODATA
from pipeline.tables.checks import (
    MOST_ROWS,
    against_contract,
    check_header,
    in_order,
    in_plain_form,
    more_alike,
    typed,
)
from pipeline.tables.files import read_text_table, row_name

__all__ = ["BUNDLED_TABLES", "GEODATA", "check_references", "load_table", "load_tables", "read_table"]

BUNDLED_TABLES: Final = tuple(name for name in BUNDLED if name not in OPTIONAL)
"""Names of the tables that ship with the project."""


def read_table(path: Path, contract: Contract, *, sheet: str = "") -> pd.DataFrame:
    """Read a CSV file or a workbook's sheet and hold it against a contract.

    Parameters
    ----------
    path
        CSV file or workbook with a header row; columns that may be empty may be left out.
    contract
        What the table must hold.
    sheet
        Name of the sheet that is meant where a workbook holds several.

    Returns
    -------
    pd.DataFrame
        The contract's columns in its order, typed: text as str, dates as datetime64[ms], missing as NaN, NaT
        or NA; index 0 … n-1, row *i* being row *i* + 2 of the file.

    Raises
    ------
    MissingInputError
        The file is not there or cannot be read.
    TableError
        The file or its contents break the contract: every fault with row, column and mend.
    """
    table = read_text_table(path, sheet=sheet)
    if not table.header:
        raise TableError(table.faults)
    table = in_plain_form(table, contract)
    faults = [*table.faults, *check_header(table, contract)]
    if not table.rows:
        mend = msg("add rows, or leave the table out of the settings")
        faults.append(Fault(table.source, "", msg("no rows"), msg("at least one row of data"), mend))
        raise TableError(faults)
    frame, troubles = typed(table, contract)
    absent = {
        (at, name)
        for name in contract.required
        if name not in table.header
        for at in range(len(frame))
    }  # fmt: skip
    broken = {(at, name) for at in table.broken for name in contract.columns}
    told = absent | broken | {(at, name) for at, name, _, _ in troubles}
    troubles += against_contract(table, frame, contract, told)
    faults += in_order(troubles, table.source, contract.columns)
    if faults:
        raise TableError(faults)
    return frame


def load_table(name: str, at: Path = GEODATA) -> pd.DataFrame:
    """Read one of the project's tables, bundled or a user's own in its place.

    Parameters
    ----------
    name
        Name of a contract in `pipeline.schemas.BUNDLED`.
    at
        The folder that holds ``<name>.csv``, or the file itself; a workbook may hold several tables, each on
        a sheet of its name.

    Returns
    -------
    pd.DataFrame
        As `read_table`.

    Raises
    ------
    KeyError
        No table of this name.
    MissingInputError, TableError
        As `read_table`.
    """
    contract = BUNDLED[name]
    return read_table(at / f"{name}.csv" if at.is_dir() else at, contract, sheet=name)


def load_tables(paths: Mapping[str, Path]) -> dict[str, pd.DataFrame]:
    """Read several tables and check that they fit each other; the faults of all of them are told at once.

    Parameters
    ----------
    paths
        File by table name.

    Raises
    ------
    InputError
        Of the kind of the first fault; holds every fault of every table. References are checked between
        tables that are in order themselves.
    """
    tables: dict[str, pd.DataFrame] = {}
    errors: list[InputError] = []
    for name, path in paths.items():
        try:
            tables[name] = load_table(name, path)
        except InputError as error:
            errors.append(error)
    try:
        check_references(tables, paths)
    except TableError as error:
        errors.append(error)
    if errors:
        raise type(errors[0])([fault for error in errors for fault in error.faults])
    return tables


def check_references(tables: Mapping[str, pd.DataFrame], paths: Mapping[str, Path] | None = None) -> None:
    """Check that every key named in one table stands in the other.

    Parameters
    ----------
    tables
        Frames by table name, as `load_table` gives them; references to tables that are not given are left
        unchecked.
    paths
        File by table name, for messages; bundled files where not given.

    Raises
    ------
    TableError
        Every row that refers to nothing.
    """
    files = {name: str((paths or {}).get(name, GEODATA / f"{name}.csv")) for name in tables}
    faults = []
    for name, frame in tables.items():
        for reference in BUNDLED[name].references:
            if reference.table in tables:
                other, target = tables[reference.table], files[reference.table]
                told = list(_dangling(frame, other, reference, files[name], target))
                faults += told[:MOST_ROWS]
                if len(told) > MOST_ROWS:
                    count = len(told) - MOST_ROWS
                    faults.append(more_alike(files[name], ", ".join(reference.columns), count, told[0]))
    if faults:
        raise TableError(faults)


def _dangling(
    frame: pd.DataFrame, other: pd.DataFrame, reference: Reference, source: str, target: str
) -> Iterator[Fault]:
    """Tell the rows that refer to a key which the other table does not have."""
    columns = list(reference.columns)
    used = frame[columns].dropna()
    if reference.separator:
        (column,) = columns
        used = used.assign(**{column: used[column].str.split(reference.separator, regex=False)}).explode(
            column
        )
        used = used[~used[column].isin(reference.also)]
    known = pd.MultiIndex.from_frame(other[list(reference.target)])
    unknown = used[~pd.MultiIndex.from_frame(used).isin(known)]
    for at, values in zip(unknown.index, unknown.itertuples(index=False), strict=True):
        shown = ", ".join(f"{name} = {value}" for name, value in zip(columns, values, strict=True))
        yield Fault(
            source,
            row_name(int(at)),
            msg("“{value}”", value=shown),
            msg("a row of {table} with this {columns}", table=target, columns=", ".join(reference.target)),
            msg("correct it here, or add the row there"),
        )
