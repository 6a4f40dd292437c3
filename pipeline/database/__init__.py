"""A shared PostgreSQL database with PostGIS: how it is reached, and what is said when it cannot be.

The address stands in an environment variable. It is never shown: messages name the variable, and the host and
database without user and password.
"""

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from pipeline.errors import Fault, InputError, MissingInputError
from pipeline.messages import Message, msg
from pipeline.settings.database import DatabaseSettings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import URL, Connection, Engine

__all__ = ["DatabaseError", "connect", "refusal", "refused"]

CONNECT_S: Final = 10
"""Seconds that a server may take to answer."""

_ADDRESS: Final = msg("an address such as postgresql://user@host:5432/database")

_BY_STATE: Final = {
    "28": (
        msg("the user name or password is not accepted"),
        msg("check the user in the address, and PGPASSWORD or the .pgpass file"),
    ),
    "3D": (msg("there is no such database"), msg("correct the database's name in the address")),
    "42501": (
        msg("this user has not the right to do that"),
        msg("ask the database's administrator; klyngekort publish-db --show-setup lists the rights needed"),
    ),
    "25006": (
        msg("the connection is read-only"),
        msg("publish to the primary server, not to a copy of it, with a user who may write"),
    ),
    "53": (
        msg("the server has no room left (disk, memory or connections)"),
        msg("ask the database's administrator for room, and run again"),
    ),
    "57": (msg("the server ended the connection"), msg("run the command again when the server is up")),
    "08": (msg("the connection was lost"), msg("run the command again when the server is up")),
}
"""What a server's codes mean (https://www.postgresql.org/docs/current/errcodes-appendix.html)."""

_BY_WORDS: Final = {
    "password authentication failed": "28",
    "no password supplied": "28",
    "server closed the connection": "08",
    "connection is lost": "08",
    "terminating connection": "57",
}
"""Failures that come without a code, by the client library's own words."""


class DatabaseError(InputError):
    """The shared database cannot be reached, or is not set up for this."""


def _address(settings: DatabaseSettings) -> "URL":
    from sqlalchemy import make_url  # noqa: PLC0415  an optional extra
    from sqlalchemy.exc import ArgumentError  # noqa: PLC0415

    variable = settings.url_variable
    given = os.environ.get(variable, "").strip()
    mend = msg("set the environment variable {name} before you run the command", name=variable)
    if not given:
        raise DatabaseError(
            Fault(variable, "", msg("an environment variable that is not set"), _ADDRESS, mend)
        )
    try:
        url = make_url(given)
    except (ArgumentError, ValueError):
        # The library's own words would repeat the address, and with it the password.
        raise DatabaseError(Fault(variable, "", msg("text that is no address"), _ADDRESS, mend)) from None
    if url.get_backend_name() not in {"postgresql", "postgres"}:
        found = msg("the address of another kind of database: {kind}", kind=url.get_backend_name())
        raise DatabaseError(Fault(variable, "", found, _ADDRESS, mend))
    return url.set(drivername="postgresql+psycopg")


def _engine(settings: DatabaseSettings) -> "tuple[Engine, str]":
    try:
        import geoalchemy2  # noqa: F401, PLC0415  makes geometry columns known
        import psycopg  # noqa: F401, PLC0415
        from sqlalchemy import NullPool, create_engine  # noqa: PLC0415
    except ImportError as error:
        raise MissingInputError(
            Fault(
                "sqlalchemy, psycopg, geoalchemy2",
                "",
                msg("libraries that are not installed"),
                msg("the libraries for shared databases"),
                msg('install them: pip install "klyngekort[shared]"'),
            )
        ) from error
    url = _address(settings)
    engine = create_engine(
        url,
        poolclass=NullPool,
        connect_args={"connect_timeout": CONNECT_S, "application_name": "klyngekort"},
    )
    return engine, f"{url.host or url.query.get('host', 'localhost')}/{url.database or ''}"


def refusal(error: Exception) -> tuple[Message | str, Message]:
    """Say in plain words why the database refused, and what can be done.

    Parameters
    ----------
    error
        What SQLAlchemy or the driver raised.
    """
    cause = getattr(error, "orig", None) or error
    words = (str(cause).strip().splitlines() or [type(cause).__name__])[0]
    state = getattr(cause, "sqlstate", None) or next(
        (code for text, code in _BY_WORDS.items() if text in str(cause)), ""
    )
    for start, told in _BY_STATE.items():
        if state.startswith(start):
            return told
    found = msg("the database refused: {reason}", reason=words[:200])
    return found, msg("check the address, and that the server is up and reachable from this machine")


def refused(error: Exception, place: str, expected: Message) -> Fault:
    """Make the fault of a refusal; `place` names the server and what was asked for."""
    found, mend = refusal(error)
    return Fault(place, "", found, expected, mend)


@contextmanager
def connect(settings: DatabaseSettings, *, isolation: str = "READ COMMITTED") -> "Iterator[Connection]":
    """Open a connection and a transaction: what is done in the block counts whole or not at all.

    Parameters
    ----------
    settings
        The database section of a study.
    isolation
        Isolation level; with ``REPEATABLE READ`` all that is read belongs to one moment.

    Raises
    ------
    MissingInputError
        The optional libraries are not installed.
    DatabaseError
        No address, the server does not answer, does not let this user in, or has no PostGIS.
    """
    engine, place = _engine(settings)
    from sqlalchemy import text  # noqa: PLC0415
    from sqlalchemy.exc import DBAPIError  # noqa: PLC0415

    try:
        opened = engine.connect().execution_options(isolation_level=isolation)
    except DBAPIError as error:
        raise DatabaseError(
            refused(error, place, msg("a PostgreSQL server that lets this user in"))
        ) from None
    with opened as connection, connection.begin():
        if not connection.scalar(text("SELECT count(*) FROM pg_extension WHERE extname = 'postgis'")):
            raise DatabaseError(
                Fault(
                    place,
                    "",
                    msg("a database without PostGIS"),
                    msg("a database with the extension postgis"),
                    msg("ask the administrator to run: CREATE EXTENSION postgis"),
                )
            )
        yield connection
