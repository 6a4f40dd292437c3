"""A PostgreSQL server with PostGIS for tests: its own files, its own socket, gone when the tests end."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

ADMIN = "chief"
ADMIN_PASSWORD = "not-a-secret"  # noqa: S105  of a server that lives as long as the tests

INITDB = ("--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C", "--no-sync")


@dataclass(frozen=True)
class Server:
    """A running server.

    `folder` holds its socket; nothing listens on the network.
    """

    folder: Path

    def url(self, database: str, user: str = ADMIN, password: str = ADMIN_PASSWORD) -> str:
        """Address of a database, as a user would write it."""
        return f"postgresql://{user}:{password}@/{database}?host={self.folder}"

    def run(self, database: str, *statements: str) -> None:
        """Run statements as the administrator, each by itself."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)

    def rows(self, database: str, query: str) -> list[tuple[object, ...]]:
        """Rows of a query, asked by the administrator."""
        with psycopg.connect(self.url(database)) as connection:
            return connection.execute(query).fetchall()


@contextmanager
def running(programs: Path) -> Iterator[Server]:
    """Make a cluster in a temporary folder and run it; as root it belongs to the user postgres."""
    who = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
    # Not below pytest's own folder: only its owner may enter that, and a socket's path must be short.
    folder = Path(tempfile.mkdtemp(prefix="klyngekort-db-"))
    try:
        secret = folder / "password"
        secret.write_text(ADMIN_PASSWORD)
        if who:
            for path in (folder, secret):
                shutil.chown(path, "postgres", "postgres")
        data = folder / "data"
        _run(
            [programs / "initdb", "-D", data, "-U", ADMIN, "--pwfile", secret, *INITDB],
            folder,
            who,
        )
        options = {
            "listen_addresses": "",
            "unix_socket_directories": folder,
            "fsync": "off",
            "full_page_writes": "off",
            "max_connections": 20,
            "shared_buffers": "32MB",
        }
        told = " ".join(f"-c {name}='{value}'" for name, value in options.items())
        control = [programs / "pg_ctl", "-D", data, "-w", "-t", "60"]
        _run([*control, "-l", folder / "log", "-o", told, "start"], folder, who)
        try:
            yield Server(folder)
        finally:
            _run([*control, "-m", "immediate", "stop"], folder, who)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(command: list[object], folder: Path, who: dict[str, object]) -> None:
    # The server keeps what it inherits open: it must not hold the pipes that its starter is read from.
    with (folder / "output").open("ab") as output:
        done = subprocess.run(
            [str(part) for part in command],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            check=False,
            timeout=120,
            **who,
        )
    if done.returncode:
        log = folder / "log"
        told = (folder / "output").read_text() + (log.read_text() if log.exists() else "")
        raise RuntimeError(f"{command[0]} ended with {done.returncode}:\n{told}")
