"""Show a folder of results on this machine only: static, read-only, with headers that forbid the rest."""

import html
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, Final

HOST: Final = "127.0.0.1"
"""Loopback: no other machine can ask."""

START: Final = "index.html"

_HEAD_BYTES: Final = 16_384
_POLICY: Final = re.compile(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)"')
_NO_FRAME: Final = "frame-ancestors 'none'"
_PLAIN_POLICY: Final = f"default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox; {_NO_FRAME}"
"""For files that are no page of ours: a drawing may be styled, nothing may run."""

_TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
    ".json": "application/json; charset=utf-8",
    ".geojson": "application/geo+json; charset=utf-8",
    ".svg": "image/svg+xml; charset=utf-8",
    ".gpkg": "application/geopackage+sqlite3",
    ".parquet": "application/vnd.apache.parquet",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


class _Results(SimpleHTTPRequestHandler):
    """Answers GET and HEAD for files of one folder; anything else is refused."""

    server_version = "Klyngekort"
    sys_version = ""
    protocol_version = "HTTP/1.1"
    extensions_map = {**SimpleHTTPRequestHandler.extensions_map, **_TYPES}  # noqa: RUF012  as the base has it
    timeout = 30
    folder: Path
    known_hosts: frozenset[str]

    def send_head(self) -> BytesIO | BinaryIO | None:
        """Check who asks and what for, then send a file's headers."""
        self._policy = _PLAIN_POLICY
        if self.headers.get("Host", "").lower() not in self.known_hosts:
            # A page of somebody else whose name was pointed at this machine would ask with its own name.
            self.send_error(HTTPStatus.MISDIRECTED_REQUEST)
            return None
        path = self._file()
        if path is None:
            self.send_error(HTTPStatus.NOT_FOUND)
            return None
        if path.suffix == ".html":
            self._policy = page_policy(path)
        return super().send_head()

    def _file(self) -> Path | None:
        """Find the file asked for; None for hidden files, folders and whatever lies outside the folder."""
        path = Path(self.translate_path(self.path))
        path = path / START if path.is_dir() else path
        root = self.folder.resolve()
        try:
            inside = path.resolve().relative_to(root)
        except ValueError:
            return None
        hidden = any(part.startswith(".") for part in inside.parts)
        return path if path.is_file() and not hidden else None

    def end_headers(self) -> None:
        """Add the headers that every answer has."""
        for name, value in (
            ("Content-Security-Policy", getattr(self, "_policy", _PLAIN_POLICY)),
            ("X-Content-Type-Options", "nosniff"),
            ("X-Frame-Options", "DENY"),
            ("Referrer-Policy", "no-referrer"),
            ("Cross-Origin-Opener-Policy", "same-origin"),
            ("Cross-Origin-Resource-Policy", "same-origin"),
            ("Cache-Control", "no-store"),
        ):
            self.send_header(name, value)
        super().end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, ANN401  as the base has it
        """Say nothing: the terminal is for the builds."""


def page_policy(page: Path) -> str:
    """Give the policy that a page carries itself, and that no other page may frame it."""
    with page.open("rb") as file:
        found = _POLICY.search(file.read(_HEAD_BYTES).decode("utf-8", errors="replace"))
    return f"{html.unescape(found[1])}; {_NO_FRAME}" if found else _PLAIN_POLICY


@contextmanager
def serving(folder: Path, port: int) -> Iterator[str]:
    """Serve a folder while the block runs.

    Parameters
    ----------
    folder
        Results of a study; it may be replaced meanwhile.
    port
        Port to listen on; 0 takes any free one.

    Yields
    ------
    str
        Address of the start page.

    Raises
    ------
    OSError
        The port is taken.
    """

    class Handler(_Results):
        def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
            super().__init__(*args, directory=str(folder), **kwargs)

    Handler.folder = folder
    with ThreadingHTTPServer((HOST, port), Handler) as server:
        server.daemon_threads = True
        bound = server.server_address[1]
        Handler.known_hosts = frozenset(f"{name}:{bound}" for name in (HOST, "localhost"))
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.2}, daemon=True)
        thread.start()
        try:
            yield f"http://{HOST}:{bound}/{START}"
        finally:
            server.shutdown()
            thread.join()


class Watch:
    """Tells when files have changed since they were last looked at."""

    def __init__(self, files: Callable[[], list[Path]]) -> None:
        self._files = files
        self._seen = self._look()

    def _look(self) -> dict[Path, tuple[int, int] | None]:
        return {path: self._stamp(path) for path in self._files()}

    @staticmethod
    def _stamp(path: Path) -> tuple[int, int] | None:
        try:
            about = path.stat()
        except OSError:
            return None  # an editor may just be putting the new file in its place
        return about.st_mtime_ns, about.st_size

    def changed(self) -> list[Path]:
        """Give the files that are new or differ, and take what stands there now as seen."""
        now = self._look()
        differ = [path for path, stamp in now.items() if stamp is not None and stamp != self._seen.get(path)]
        self._seen = {path: stamp or self._seen.get(path) for path, stamp in now.items()}
        return differ
