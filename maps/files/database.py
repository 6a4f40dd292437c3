"""Publish a study's results into a shared PostGIS database: a run appears there whole or not at all.

What is published is what stands in the results folder: its tables, and its provenance. Runs are told apart by
a hash of inputs, settings and versions: the same run published again takes its own place.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from shapely.geometry.base import BaseGeometry

from maps.files.provenance import FILE
from pipeline.database import DatabaseError, connect, refusal
from pipeline.errors import Fault, MissingInputError, OutputError, first_line
from pipeline.messages import Language, Message, msg, translator
from pipeline.schemas import RESULTS, Contract
from pipeline.settings.database import DatabaseSettings

if TYPE_CHECKING:
    from sqlalchemy import Connection, Table

MADE_FROM: Final = ("software", "inputs", "settings")
"""Parts of the provenance that decide what a run finds."""

BATCH: Final = 2_000
"""Rows written at a time."""

_PLAIN: Final[Mapping[str, Callable[[Any], Any]]] = {
    "number": float,
    "whole": int,
    "flag": bool,
    "date": lambda day: pd.Timestamp(day).date(),
}
"""Kind of column → how a value becomes a plain one; all others are text."""


@dataclass(frozen=True, slots=True)
class Run:
    """A run as it stands in its results folder.

    Parameters
    ----------
    run_id
        Hash of what it was made from, 32 hexadecimal digits.
    record
        Its provenance.
    tables
        Result tables by name, geometry in EPSG:25832.
    """

    run_id: str
    record: Mapping[str, Any]
    tables: Mapping[str, pd.DataFrame]

    @property
    def study(self) -> Mapping[str, Any]:
        """The study section of the settings."""
        return dict(self.record["settings"]["study"])


@dataclass(frozen=True, slots=True)
class Published:
    """What was published: the run, whether it was there already, and the rows of each table."""

    run_id: str
    again: bool
    rows: Mapping[str, int]


def run_id(record: Mapping[str, Any]) -> str:
    """Make a run's id from its provenance: the same inputs, settings and versions give the same id."""
    told = {name: record[name] for name in MADE_FROM}
    text = json.dumps(told, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def read_run(folder: Path) -> Run:
    """Read a run from its results folder.

    Raises
    ------
    MissingInputError
        There are no results, or they are damaged or of another version: all faults at once.
    """
    path = folder / FILE
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        found = run_id(record)
        record["settings"]["study"]["name"]
    except FileNotFoundError:
        raise MissingInputError(_fault(path, msg("no such file"))) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise MissingInputError(_fault(path, msg("it cannot be read: {reason}", reason=error))) from error
    tables: dict[str, pd.DataFrame] = {}
    faults: list[Fault] = []
    for file in sorted((folder / "tables").glob("*.parquet")):
        contract = RESULTS.get(file.stem)
        if contract is None:
            faults.append(_fault(file, msg("a table that this version does not know")))
            continue
        try:
            frame = _read(file)
        except (OSError, ValueError, pa.ArrowException) as error:
            reason = first_line(error)[:120]
            faults.append(_fault(file, msg("it cannot be read: {reason}", reason=reason)))
            continue
        lost = [name for name in contract.columns if name not in frame.columns]
        if lost:
            faults.append(_fault(file, msg("no columns {names}", names=", ".join(lost))))
        tables[file.stem] = frame
    if not tables and not faults:
        faults.append(_fault(folder / "tables", msg("no tables")))
    if faults:
        raise MissingInputError(faults)
    return Run(found, record, tables)


def _fault(path: Path, found: Message) -> Fault:
    return Fault(
        str(path),
        "",
        found,
        msg("complete results of this version"),
        msg("make the results first: klyngekort maps, with the same settings and results folder"),
    )


def _read(path: Path) -> pd.DataFrame:
    spatial = b"geo" in (pq.read_schema(path).metadata or {})
    frame: pd.DataFrame = gpd.read_parquet(path) if spatial else pd.read_parquet(path)
    return frame


def publish_run(
    run: Run,
    settings: DatabaseSettings,
    *,
    lang: Language = "da",
    progress: Callable[[str], None] = lambda _: None,
) -> Published:
    """Write a run into the database, in one transaction.

    Parameters
    ----------
    run
        What to publish.
    settings
        Where: the database section of the study.
    lang
        Language of the comments on tables and columns.
    progress
        Called with the name of each table as it begins.

    Raises
    ------
    DatabaseError
        The database cannot be reached, or lacks PostGIS or the schema.
    OutputError
        The database refused, or was lost on the way: nothing of this run was written, and earlier runs stand.
    """
    with connect(settings) as connection:
        # From here on what goes wrong is a failure to write; the transaction takes everything back.
        from sqlalchemy.exc import DBAPIError  # noqa: PLC0415

        schema = settings.results_schema
        try:
            _check_schema(connection, schema)
            again = _write(connection, run, schema, lang, progress)
        except DBAPIError as error:
            found, mend = refusal(error)
            whole = msg("a database that takes the run; nothing was written, earlier runs are untouched")
            raise OutputError(Fault(_place(connection, schema), "", found, whole, mend)) from None
    return Published(run.run_id, again, {name: len(frame) for name, frame in run.tables.items()})


def _place(connection: "Connection", schema: str) -> str:
    url = connection.engine.url
    return f"{url.host or 'localhost'}/{url.database or ''} {schema}"


def _check_schema(connection: "Connection", schema: str) -> None:
    from sqlalchemy import text  # noqa: PLC0415

    known = connection.scalar(
        text("SELECT count(*) FROM pg_namespace WHERE nspname = :schema"), {"schema": schema}
    )
    allowed = known and connection.scalar(
        text("SELECT has_schema_privilege(:schema, 'CREATE')"), {"schema": schema}
    )
    if not allowed:
        raise DatabaseError(
            Fault(
                _place(connection, schema),
                "",
                msg("a schema that this user may not write to") if known else msg("no such schema"),
                msg("the schema {schema}, with the right to make tables in it", schema=schema),
                msg("let an administrator run what klyngekort publish-db --show-setup prints"),
            )
        )


def _write(
    connection: "Connection", run: Run, schema: str, lang: Language, progress: Callable[[str], None]
) -> bool:
    from sqlalchemy import MetaData, delete, func, insert, select  # noqa: PLC0415

    from maps.files.database_tables import put_up, put_up_views, result_table, runs_table  # noqa: PLC0415

    say = translator(lang)
    # One publisher at a time in a schema; the lock ends with the transaction.
    connection.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"klyngekort {schema}"))))
    metadata = MetaData(schema=schema)
    runs = runs_table(metadata, say)
    put_up(connection, runs)
    study = run.study
    again = bool(connection.execute(delete(runs).where(runs.c.run_id == run.run_id)).rowcount)
    connection.execute(
        insert(runs).values(
            run_id=run.run_id,
            study=study["name"],
            title=study["title"],
            data_date=study["as_of"],
            credits=run.record["credits"],
            warnings=run.record["warnings"],
            provenance=run.record,
        )
    )
    about = say(msg("Latest: {title}, data of {day}.", title=study["title"], day=study["as_of"]))
    tables = []
    for name, frame in run.tables.items():
        progress(name)
        table = result_table(RESULTS[name], [str(column) for column in frame.columns], metadata, say, about)
        put_up(connection, table)
        tables.append(table)
        for rows in _batches(table, frame, RESULTS[name], run.run_id):
            connection.execute(insert(table), rows)
    put_up_views(connection, runs, tables)
    return again


def _batches(
    table: "Table", frame: pd.DataFrame, contract: Contract, run: str
) -> Iterator[list[dict[str, Any]]]:
    """Give the rows in plain Python values, so many at a time."""
    columns = {name: _values(frame[name], contract, name) for name in map(str, frame.columns)}
    for first in range(0, len(frame), BATCH):
        part = range(first, min(first + BATCH, len(frame)))
        yield [
            {table.c.run_id.name: run, **{name: values[at] for name, values in columns.items()}}
            for at in part
        ]


def _values(column: pd.Series, contract: Contract, name: str) -> list[Any]:
    from geoalchemy2 import WKBElement  # noqa: PLC0415

    from maps.files.database_tables import SRID, column_kind, shape_type  # noqa: PLC0415

    kind, allowed = column_kind(contract, name)
    if kind == "geometry":
        many = shape_type(allowed).startswith("MULTI")
        shapes = [_collected(shape) if many else shape for shape in column]
        return [
            None if shape is None else WKBElement(shapely.to_wkb(shape), srid=SRID, extended=False)
            for shape in shapes
        ]
    turn = _PLAIN.get(kind, str)
    return [None if pd.isna(value) else turn(value) for value in column.astype(object)]


def _collected(shape: BaseGeometry | None) -> BaseGeometry | None:
    """Write a single area or line as a collection of one, as its column wants it."""
    collect = {"Polygon": shapely.multipolygons, "LineString": shapely.multilinestrings}
    return shape if shape is None or shape.geom_type not in collect else collect[shape.geom_type]([shape])
