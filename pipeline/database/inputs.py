"""Inputs from a shared database: each table or view is copied to a local file, which the usual doors read.

So a table from the database goes through the very checks that a file does, its content has a digest in the
provenance, and a run can be repeated when the database has moved on.
"""

import csv
import datetime as dt
import hashlib
import io
import json
import os
import re
import tempfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import pandas as pd

from pipeline.database import DatabaseError, connect, refused
from pipeline.errors import CRSError, Fault, InputError, SettingsError
from pipeline.messages import msg
from pipeline.settings import IN_DATABASE, Settings

if TYPE_CHECKING:
    from sqlalchemy import Connection, Table

SNAPSHOTS: Final = Path(".cache") / "database"
"""Where copies are kept, below the folder that the command runs in."""

LAYERS: Final = frozenset(
    {"boundaries.file", "demand.file", "practices.file", "roads.file", "sites.candidates"}
)
"""Settings that may name a table with or without geometry; those under ``[tables]`` name plain tables."""

MOST_ROWS: Final = 20_000_000
"""A table with more rows is refused: it is hardly the one that was meant."""

_UNSAFE: Final = re.compile(r"[^0-9A-Za-zÆØÅæøå_.-]")


def local_copies(settings: Settings, folder: Path = SNAPSHOTS) -> Settings:
    """Copy every input that stands in the database to a file, and name the files instead.

    All tables are read in one transaction, so that they belong to the same moment. Rows are sorted by what
    they hold: the same content gives the same file, whatever the order the server keeps it in.

    Parameters
    ----------
    settings
        Settings in which a file may read ``postgis:table`` or ``postgis:schema.table``.
    folder
        Where the copies go, named after table and content; it may be deleted at any time.

    Returns
    -------
    Settings
        The same settings where nothing stands in the database; else with paths to the copies.

    Raises
    ------
    SettingsError
        A setting that cannot be read from a database.
    DatabaseError
        The database cannot be reached, or a table is not there or may not be read: all of them at once.
    CRSError
        A table whose geometries have different CRS.
    """
    wanted = list(_wanted(settings))
    wrong = [
        Fault(
            f"{IN_DATABASE}{name}",
            key,
            msg("a table of the database"),
            msg("a file: this input is no table"),
            msg("give the path of a file"),
        )
        for key, name in wanted
        if key not in LAYERS and not key.startswith("tables.")
    ]
    if wrong:
        raise SettingsError(wrong)
    if not wanted:
        return settings
    copies: dict[str, Path] = {}
    errors: list[InputError] = []
    with connect(settings.database, isolation="REPEATABLE READ") as connection:
        for key, name in wanted:
            try:
                copies[key] = _copy(connection, name, settings, folder, plain=key.startswith("tables."))
            except InputError as error:
                errors.append(error)
    if errors:
        raise type(errors[0])([fault for error in errors for fault in error.faults])
    changed: dict[str, dict[str, Path]] = {}
    for key, path in copies.items():
        section, field = key.split(".")
        changed.setdefault(section, {})[field] = path
    return settings.model_copy(
        update={
            section: getattr(settings, section).model_copy(update=fields)
            for section, fields in changed.items()
        }
    )


def _wanted(settings: Settings) -> Iterator[tuple[str, str]]:
    for section in type(settings).model_fields:
        part = getattr(settings, section)
        for field in type(part).model_fields:
            value = getattr(part, field)
            if isinstance(value, Path) and str(value).startswith(IN_DATABASE):
                yield f"{section}.{field}", str(value).removeprefix(IN_DATABASE)


def _copy(connection: "Connection", name: str, settings: Settings, folder: Path, *, plain: bool) -> Path:
    from sqlalchemy import func, select  # noqa: PLC0415
    from sqlalchemy.exc import DBAPIError  # noqa: PLC0415

    table = _table(connection, name, settings.database.inputs_schema)
    place = f"{IN_DATABASE}{name}"
    try:
        with connection.begin_nested():
            count = connection.scalar(select(func.count()).select_from(table)) or 0
            if count > MOST_ROWS:
                found, most = (
                    msg("{count:n} {count:|row|rows}", count=count),
                    msg("at most {count:n} rows", count=MOST_ROWS),
                )
                raise DatabaseError(
                    Fault(place, "", found, most, msg("make a view of the rows that are needed"))
                )
            content = _csv(connection, table) if plain else _parquet(connection, table, place)
    except DBAPIError as error:
        raise DatabaseError(refused(error, place, msg("a table that this user may read"))) from None
    digest = hashlib.sha256(content).hexdigest()
    stem = _UNSAFE.sub("_", f"{table.schema}.{table.name}").lstrip(".")
    path = folder / f"{stem}-{digest[:16]}{'.csv' if plain else '.parquet'}"
    _keep(path, content)
    return path


def _table(connection: "Connection", name: str, schema: str) -> "Table":
    """Find a table or view; names are looked up and quoted, never pasted into a statement."""
    from sqlalchemy import MetaData, Table  # noqa: PLC0415
    from sqlalchemy.exc import NoSuchTableError  # noqa: PLC0415

    head, dot, tail = name.partition(".")
    where, what = (head, tail) if dot else (schema, name)
    try:
        return Table(what, MetaData(), schema=where, autoload_with=connection, resolve_fks=False)
    except NoSuchTableError:
        raise DatabaseError(
            Fault(
                f"{IN_DATABASE}{name}",
                "",
                msg("no table or view {table} in the schema {schema}", table=what, schema=where),
                msg("a table or view that this user may see"),
                msg("correct the name (postgis:schema.table), or ask for the right to read it"),
            )
        ) from None


def _parquet(connection: "Connection", table: "Table", place: str) -> bytes:
    from geoalchemy2 import Geometry  # noqa: PLC0415
    from sqlalchemy import func, select  # noqa: PLC0415

    shapes = [column for column in table.columns if isinstance(column.type, Geometry)]
    if len(shapes) > 1:
        names = ", ".join(column.name for column in shapes)
        found = msg("several columns of geometry: {names}", names=names)
        mend = msg("make a view with one of them")
        raise DatabaseError(Fault(place, "", found, msg("one column of geometry"), mend))
    if not shapes:
        frame = pd.read_sql(select(table), connection)
        return _bytes(_sorted(_simple(frame)))
    (shape,) = shapes
    srid = func.ST_SRID(shape)
    systems = connection.scalars(select(srid).where(shape.is_not(None)).distinct().order_by(srid)).all()
    if len(systems) > 1:
        found = msg("geometries in different CRS: {names}", names=", ".join(map(str, systems)))
        mend = msg("transform them in a view: ST_Transform(geom, 25832)")
        raise CRSError(Fault(place, shape.name, found, msg("one CRS for the whole column"), mend))
    plain = [column for column in table.columns if column is not shape]
    query = select(*plain, func.ST_AsBinary(shape).label(shape.name))
    rows = pd.read_sql(query, connection)
    geometry = gpd.GeoSeries.from_wkb(rows[shape.name], crs=systems[0] if systems and systems[0] else None)
    keyed = _simple(rows.drop(columns=shape.name)).assign(**{_ORDER: [_hex(wkb) for wkb in rows[shape.name]]})
    order = _sorted(keyed.assign(**{_ROW: range(len(keyed))}))[_ROW]
    frame = gpd.GeoDataFrame(keyed.drop(columns=_ORDER), geometry=geometry.rename("geometry"))
    return _bytes(frame.iloc[order].reset_index(drop=True))


_ORDER: Final = "\x00order"
_ROW: Final = "\x00row"


def _hex(wkb: bytes | None) -> str:
    return "" if wkb is None else bytes(wkb).hex()


def _simple(frame: pd.DataFrame) -> pd.DataFrame:
    """Turn what only a database knows (ids, lists, documents) into text."""

    def plain(value: Any) -> Any:  # noqa: ANN401
        if value is None or isinstance(value, str | bool | int | float | dt.date):
            return value
        if isinstance(value, Decimal):
            return float(value)
        return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else str(value)

    words = [name for name, kind in frame.dtypes.items() if pd.api.types.is_object_dtype(kind)]
    return frame.assign(**{str(name): frame[name].map(plain) for name in words})


def _sorted(frame: pd.DataFrame) -> pd.DataFrame:
    names = [name for name in frame.columns if name != _ROW]
    order = frame[names].astype("str").sort_values(names, kind="stable").index if names else frame.index
    return frame.loc[order].reset_index(drop=True)


def _bytes(frame: pd.DataFrame) -> bytes:
    sink = io.BytesIO()
    frame.to_parquet(sink, index=False)
    return sink.getvalue()


def _csv(connection: "Connection", table: "Table") -> bytes:
    from sqlalchemy import select  # noqa: PLC0415

    rows = sorted([_cell(value) for value in row] for row in connection.execute(select(table)))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([column.name for column in table.columns])
    writer.writerows(rows)
    return text.getvalue().encode()


def _cell(value: Any) -> str:  # noqa: ANN401
    """Write a value the way a table file has it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat()
    if isinstance(value, float):
        return repr(value).removesuffix(".0")
    if isinstance(value, Decimal):
        return f"{value:f}"
    return str(value)


def _keep(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, unfinished = tempfile.mkstemp(dir=path.parent, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(unfinished).replace(path)
    finally:
        Path(unfinished).unlink(missing_ok=True)
