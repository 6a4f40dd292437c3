"""The tables of a shared database that results stand in: columns, keys, indexes, comments and views.

Every table has a column ``run_id``; all that one run found has the same. The views ``latest_<table>`` show
the latest run of each study.
"""

from collections.abc import Sequence
from typing import Any, Final

from geoalchemy2 import Geometry
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Date,
    DateTime,
    Double,
    ForeignKey,
    Index,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    func,
    inspect,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.schema import CreateTable, SetColumnComment, SetTableComment

from pipeline.crs import METRIC
from pipeline.messages import Translator, msg
from pipeline.schemas import Contract

RUN: Final = "run_id"
LATEST: Final = "latest_"
SRID: Final = int(str(METRIC).rpartition(":")[2])

_TYPES: Final[dict[str, Any]] = {
    "text": Text,
    "number": Double,
    "whole": BigInteger,
    "flag": Boolean,
    "date": Date,
}


STAMPS: Final = {
    "source": msg("where the row comes from"),
    "data_date": msg("the day the figures describe"),
}
"""Columns that every table is stamped with."""


def runs_table(metadata: MetaData, say: Translator) -> Table:
    """Describe the table ``runs``: one row for each run, with all that it was made from."""

    def column(name: str, kind: Any, about: str, **more: Any) -> Column[Any]:  # noqa: ANN401
        return Column(name, kind, comment=about, **more)

    return Table(
        "runs",
        metadata,
        column(RUN, Text, say(msg("hash of inputs, settings and versions")), primary_key=True),
        column("study", Text, say(msg("short name of the study")), nullable=False, index=True),
        column("title", Text, say(msg("title of the study")), nullable=False),
        column("data_date", Text, say(msg("the day the figures describe")), nullable=False),
        column("credits", JSONB, say(msg("credit lines that must follow the data")), nullable=False),
        column("warnings", JSONB, say(msg("what a reader should know")), nullable=False),
        column("provenance", JSONB, say(msg("inputs with hashes, settings and versions")), nullable=False),
        column(
            "published_at",
            DateTime(timezone=True),
            say(msg("when the run was published")),
            nullable=False,
            server_default=func.clock_timestamp(),
        ),
        column(
            "published_by",
            Text,
            say(msg("database user who published it")),
            nullable=False,
            server_default=text("session_user"),
        ),
        comment=say(msg("Runs that were published")),
    )


def result_table(
    contract: Contract, columns: Sequence[str], metadata: MetaData, say: Translator, about: str
) -> Table:
    """Describe the table of one result.

    Parameters
    ----------
    contract
        What the result holds.
    columns
        Columns of the table at hand: those of the contract, and what every file is stamped with.
    metadata
        Holds the schema and the table ``runs``.
    say
        Language of the comments.
    about
        Source and day, for the table's comment.
    """
    parts: list[Any] = [
        Column(
            RUN,
            Text,
            ForeignKey(metadata.tables[f"{metadata.schema}.runs"].c[RUN], ondelete="CASCADE"),
            comment=say(msg("run that the row belongs to")),
            nullable=False,
        )
    ]
    whole_key = not any(contract.columns[name].nullable for name in contract.key)
    for name in columns:
        kind, allowed = column_kind(contract, name)
        shape = Geometry(shape_type(allowed), SRID, spatial_index=False) if kind == "geometry" else None
        fixed = whole_key and name in contract.key
        meaning = _meaning(contract, name, say)
        parts.append(Column(name, shape or _TYPES[kind], comment=meaning, nullable=not fixed))
        if shape is not None:
            parts.append(Index(f"{contract.name}_{name}_gist", name, postgresql_using="gist"))
        elif name == "municipality_code" and contract.key != (name,):
            parts.append(Index(f"{contract.name}_{name}", name))
    key = UniqueConstraint(RUN, *contract.key, name=f"{contract.name}_key")
    where = say(msg("Sources and credits of each run stand in the table runs."))
    return Table(contract.name, metadata, *parts, key, comment=f"{say(contract.title)}. {about} {where}")


def column_kind(contract: Contract, name: str) -> tuple[str, tuple[str, ...]]:
    """Tell what a column holds, and for geometry of which types; what a contract does not have is text."""
    known = contract.columns.get(name)
    traits = (known.metadata if known is not None else None) or {"kind": "text"}
    return str(traits["kind"]), tuple(traits.get("allowed") or ())


def _meaning(contract: Contract, name: str, say: Translator) -> str:
    known = contract.columns.get(name)
    if known is None:
        return say(STAMPS[name]) if name in STAMPS else ""
    unit = (known.metadata or {}).get("unit")
    return say(known.description) + (f" ({say(unit)})" if unit else "")


def shape_type(allowed: Sequence[str]) -> str:
    """Choose the geometry type of a column: points stay, areas and lines are written as collections."""
    kinds = {kind.removeprefix("Multi") for kind in allowed}
    if kinds == {"Point"} and "MultiPoint" not in allowed:
        return "POINT"
    return f"MULTI{kinds.pop().upper()}" if len(kinds) == 1 else "GEOMETRY"


def put_up(connection: Connection, table: Table) -> None:
    """Make a table, or add the columns and renew the comments that one from an earlier version lacks.

    What is as it should be is left alone, so that nobody who reads has to wait.
    """
    schema = table.schema or ""
    look = inspect(connection)
    if not look.has_table(table.name, schema=schema):
        table.create(connection)
        return
    present = {column["name"]: column.get("comment") or "" for column in look.get_columns(table.name, schema)}
    quoted = connection.dialect.identifier_preparer.format_table(table)
    for column in table.columns:
        if column.name not in present:
            told = CreateTable(Table(table.name, MetaData(), Column(column.name, column.type)))
            definition = str(told.compile(dialect=connection.dialect)).split("(", 1)[1].rsplit(")", 1)[0]
            connection.execute(text(f"ALTER TABLE {quoted} ADD COLUMN {definition.strip()}"))
        if present.get(column.name, "") != (column.comment or ""):
            connection.execute(SetColumnComment(column))
    if (look.get_table_comment(table.name, schema)["text"] or "") != (table.comment or ""):
        connection.execute(SetTableComment(table))


def put_up_views(connection: Connection, runs: Table, tables: Sequence[Table]) -> None:
    """Make the views of the latest run of each study, and renew those whose table has more columns by now."""
    quote = connection.dialect.identifier_preparer
    look = inspect(connection)
    views = set(look.get_view_names(runs.schema))

    def view(table: Table, rest: str) -> None:
        name = f"{LATEST}{table.name}"
        names = [column["name"] for column in look.get_columns(table.name, table.schema)]
        if name in views and [found["name"] for found in look.get_columns(name, table.schema)] == names:
            return
        target = f"{quote.quote_schema(str(table.schema))}.{quote.quote(name)}"
        listed = ", ".join(f"t.{quote.quote(column)}" for column in names)
        source = quote.format_table(table)
        connection.execute(
            text(f"CREATE OR REPLACE VIEW {target} AS SELECT {rest.format(columns=listed, table=source)}")
        )
        for column in table.columns:
            shown = Table(name, MetaData(schema=table.schema), Column(column.name, comment=column.comment))
            connection.execute(SetColumnComment(shown.columns[column.name]))

    view(
        runs, "DISTINCT ON (t.study) {columns} FROM {table} t ORDER BY t.study, t.published_at DESC, t.run_id"
    )
    latest = f"{quote.quote_schema(str(runs.schema))}.{quote.quote(LATEST + runs.name)}"
    for table in tables:
        view(table, f"{{columns}} FROM {{table}} t JOIN {latest} l ON l.run_id = t.run_id")
