"""A web server on this machine that misbehaves the way real ones do; nothing leaves the machine."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Answer = Callable[["Handler"], None]


@dataclass
class Server:
    """Answers by path; every request is kept, with its headers."""

    answers: dict[str, list[Answer]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    release: threading.Event = field(default_factory=threading.Event)
    port: int = 0

    def on(self, path: str, *answers: Answer) -> str:
        """Answer a path with these, one after the other; the last one again and again."""
        self.answers[path] = list(answers)
        return f"http://127.0.0.1:{self.port}{path}"

    def times(self, path: str) -> int:
        return sum(asked.partition("?")[0] == path for asked, _ in self.asked)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "Listener"

    def do_GET(self) -> None:
        state = self.server.state
        state.asked.append((self.path, dict(self.headers)))
        answers = state.answers[self.path.partition("?")[0]]
        (answers.pop(0) if len(answers) > 1 else answers[0])(self)

    def log_message(self, *args: object) -> None:
        pass

    def start(self, code: int, length: int | None, **headers: str) -> None:
        self.send_response(code)
        if length is not None:
            self.send_header("Content-Length", str(length))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def hang_up(self) -> None:
        self.close_connection = True
        self.wfile.flush()


class Listener(ThreadingHTTPServer):
    daemon_threads = True
    state: Server

    def handle_error(self, *args: object) -> None:
        """A client that hangs up is what these tests are about."""


def whole(body: bytes, *, tag: str = '"v1"', ranges: bool = True, **headers: str) -> Answer:
    """The file, and parts of it to whoever asks for the same version."""

    def answer(handler: Handler) -> None:
        span = handler.headers.get("Range")
        if span and ranges and handler.headers.get("If-Range") in (None, tag):
            first = int(span.removeprefix("bytes=").rstrip("-"))
            if first >= len(body):
                handler.start(416, 0, Content_Range=f"bytes */{len(body)}")
                return
            rest = body[first:]
            told = f"bytes {first}-{len(body) - 1}/{len(body)}"
            handler.start(206, len(rest), ETag=tag, Content_Range=told)
            handler.wfile.write(rest)
            return
        handler.start(200, len(body), ETag=tag, **headers)
        handler.wfile.write(body)

    return answer


def cut_off(body: bytes, at: int, *, tag: str = '"v1"') -> Answer:
    """Promise the whole file, send a part of it and hang up."""

    def answer(handler: Handler) -> None:
        handler.start(200, len(body), ETag=tag)
        handler.wfile.write(body[:at])
        handler.hang_up()

    return answer


def silent_after(body: bytes, at: int, release: threading.Event) -> Answer:
    """Send a part and fall silent."""

    def answer(handler: Handler) -> None:
        handler.start(200, len(body), ETag='"v1"')
        handler.wfile.write(body[:at])
        handler.wfile.flush()
        release.wait(20)
        handler.hang_up()

    return answer


def status(code: int, **headers: str) -> Answer:
    """A bare status."""
    return lambda handler: handler.start(code, 0, **headers)


def chunked(*blocks: bytes, end: bool = True) -> Answer:
    """The file in chunks without a length; without the end it breaks off."""

    def answer(handler: Handler) -> None:
        handler.start(200, None, Transfer_Encoding="chunked")
        for block in blocks:
            handler.wfile.write(f"{len(block):x}\r\n".encode() + block + b"\r\n")
        if end:
            handler.wfile.write(b"0\r\n\r\n")
        else:
            handler.hang_up()

    return answer


def promising(length: int) -> Answer:
    """Promise a file of some length and send none of it."""

    def answer(handler: Handler) -> None:
        handler.start(200, length, ETag='"v1"')
        handler.hang_up()

    return answer


@contextmanager
def hostile_server() -> Iterator[Server]:
    """Run the server for a while."""
    listener = Listener(("127.0.0.1", 0), Handler)
    listener.state = Server(port=listener.server_address[1])
    thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield listener.state
    finally:
        listener.state.release.set()
        listener.shutdown()
        listener.server_close()
        thread.join()
