"""Get one file over https: resumed where it broke off, with patience, and with limits on time, size and room.

The bytes go to ``<name>.part`` beside the place where the file will stand; only a whole file gets its name.
Redirects to another host and plain http are refused. No message, log or file ever holds a key.
"""

import contextlib
import email.utils
import json
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol
from urllib.parse import SplitResult, quote, urlencode, urljoin, urlsplit, urlunsplit

import requests
import urllib3

from pipeline.errors import Fault, FetchError, OutputError
from pipeline.fetch.store import FULL
from pipeline.fetch.unpack import GB
from pipeline.fetch.world import World, check_room, no_room
from pipeline.messages import Message, msg
from pipeline.settings.fetch import FetchSettings

BLOCK: Final = 1 << 18
CHECK_ROOM_EVERY: Final = 1 << 23
MOST_REDIRECTS: Final = 5
LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
GONE: Final = frozenset({404, 410})
NO_ENTRY: Final = frozenset({401, 403, 407})
LATER: Final = frozenset({408, 425, 429, 500, 502, 503, 504})

BY_HAND: Final = msg("try again later, or fetch the file by hand and use --from-folder")
MOVED: Final = msg(
    "find the new address on the publisher's page and give it in the settings under fetch.addresses, or "
    "fetch the file by hand and use --from-folder"
)


class Progress(Protocol):
    """Is told of each block: bytes in all so far, and how many there will be, where known."""

    def __call__(self, done: int, total: int | None) -> None:
        """Take note of a block."""


class _AgainError(Exception):
    """An attempt that failed where another may not, with the wait that the server asks for, seconds."""

    def __init__(self, found: Message, wait_s: float | None = None) -> None:
        super().__init__(str(found))
        self.found, self.wait_s = found, wait_s


@dataclass(slots=True)
class Transfer:
    """One file to get; call it with where to put it (the form that pooch calls a downloader).

    Parameters
    ----------
    source
        The layer, as messages name it.
    part
        File that collects the bytes; kept between attempts and runs, for resuming.
    settings
        Patience and limits.
    world
        Clock, disk, environment.
    key
        Parameter and value that are added to the address on its way out, and nowhere else.
    progress
        Is told of each block.
    tell
        Is told of each wait.
    """

    source: str
    part: Path
    settings: FetchSettings
    world: World = field(default_factory=World)
    key: tuple[str, str] | None = None
    progress: Progress = lambda _done, _total: None
    tell: Callable[[Message], None] = lambda _message: None

    def __call__(self, url: str, output_file: str, pooch: Any = None) -> None:  # noqa: ANN401, ARG002
        """Get a file whole, or raise.

        Raises
        ------
        FetchError
            The address, the server or the file is not right, or patience has run out.
        OutputError
            There is no room for it.
        """
        # At its most talkative, urllib3 writes the address with everything in it.
        logging.getLogger("urllib3").setLevel(logging.WARNING)
        self._check_address(url)
        ends = self.world.clock() + self.settings.longest_min * 60
        fruitless = 0
        while True:
            before = _size(self.part)
            try:
                self._attempt(url, ends)
                break
            except _AgainError as trouble:
                fruitless = 0 if _size(self.part) > before else fruitless + 1
                wait = min(
                    max(self.settings.first_wait_s * 2 ** max(fruitless - 1, 0), trouble.wait_s or 0.0),
                    self.settings.longest_wait_s,
                )
                if fruitless >= self.settings.attempts or self.world.clock() + wait > ends:
                    raise self._refusal(
                        url, trouble.found, msg("the whole file within the patience of the settings"), BY_HAND
                    ) from trouble
                self.tell(msg("{reason}; tries again in {wait:n} seconds", reason=trouble.found, wait=wait))
                self.world.sleep(wait)
            except OSError as error:
                if isinstance(error, KNOWN_ERRORS) or error.errno not in FULL:
                    raise
                self._forget()
                raise no_room(self.part.parent, 0, 0) from error
        self.part.replace(output_file)
        self._note.unlink(missing_ok=True)

    @property
    def _note(self) -> Path:
        """What is known of the part: address, validator and length."""
        return self.part.with_name(f"{self.part.name}.json")

    def _forget(self) -> None:
        self.part.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)

    def _refusal(self, url: str, found: Message, expected: Message, mend: Message) -> FetchError:
        return FetchError(Fault(self.source, host_of(url), found, expected, mend))

    def _check_address(self, url: str) -> None:
        parts = urlsplit(url)
        local = parts.scheme == "http" and parts.hostname in LOOPBACK and self.world.loopback_http
        if parts.scheme != "https" and not local:
            found = msg("an address that begins with {scheme}:", scheme=parts.scheme or "-")
            raise self._refusal(url, found, msg("an address that begins with https:"), MOVED)

    def _attempt(self, url: str, ends: float) -> None:
        note = self._read_note(url)
        have = _size(self.part) if note else 0
        if not note:
            self._forget()
        headers = {"Range": f"bytes={have}-", "If-Range": note["validator"]} if note and have else {}
        with contextlib.closing(requests.Session()) as session:
            session.trust_env = False  # a .netrc must not send anybody's password along
            session.headers.update(
                {"Accept-Encoding": "identity", "User-Agent": "klyngekort (open health planning)"}
            )
            with contextlib.closing(self._answer(session, url, headers)) as answer:
                start = self._start(answer, url, have)
                if start is not None:
                    self._receive(answer, url, start, ends)

    def _answer(self, session: requests.Session, url: str, headers: Mapping[str, str]) -> requests.Response:
        """Ask, following redirects on the same host only."""
        goal = self._with_key(url)
        for _ in range(MOST_REDIRECTS + 1):
            try:
                answer = session.get(
                    goal,
                    headers=dict(headers),
                    stream=True,
                    allow_redirects=False,
                    timeout=(self.settings.connect_s, self.settings.read_s),
                    proxies=requests.utils.get_environ_proxies(goal),
                    verify=self._certificates(),
                )
            except requests.exceptions.SSLError as error:
                raise self._refusal(
                    url,
                    msg("a certificate that cannot be trusted"),
                    msg("a secure connection to the publisher"),
                    msg(
                        "if your network checks traffic, name your organisation's certificates in the "
                        "variable REQUESTS_CA_BUNDLE; never switch the check off"
                    ),
                ) from _bare(error)
            except requests.exceptions.ProxyError as error:
                raise _AgainError(
                    msg("the proxy named in HTTPS_PROXY does not answer or refuses")
                ) from _bare(error)
            except requests.exceptions.Timeout as error:
                raise _AgainError(msg("no answer in time")) from _bare(error)
            except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError) as error:
                raise _AgainError(msg("no connection to the server")) from _bare(error)
            if answer.status_code not in {301, 302, 303, 307, 308}:
                return answer
            answer.close()
            goal = self._onward(url, goal, answer.headers.get("Location", ""))
        raise self._refusal(
            url, msg("more than {most:n} redirects", most=MOST_REDIRECTS), msg("the file itself"), MOVED
        )

    def _onward(self, url: str, goal: str, location: str) -> str:
        onward = urljoin(goal, location)
        here, there = urlsplit(url), urlsplit(onward)
        if (here.scheme, here.hostname, here.port) != (there.scheme, there.hostname, there.port):
            raise self._refusal(
                url,
                msg("a redirect to {other}", other=f"{there.scheme}://{there.hostname or '-'}"),
                msg("the file from the host that the address names"),
                MOVED,
            )
        return onward

    def _with_key(self, url: str) -> str:
        parts = urlsplit(url)
        query = quote(parts.query, safe="=&*,:+%/")
        if self.key is not None:
            query = "&".join(part for part in (query, urlencode([self.key])) if part)
        return urlunsplit(SplitResult(parts.scheme, parts.netloc, quote(parts.path, safe="/%"), query, ""))

    def _certificates(self) -> str | bool:
        named = (self.world.environ.get(name) for name in ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"))
        return next((path for path in named if path), True)

    def _start(self, answer: requests.Response, url: str, have: int) -> int | None:
        """Tell from the answer where its bytes begin; None where all of them are here already."""
        code = answer.status_code
        if code == 206:
            span = answer.headers.get("Content-Range", "")
            if have and span.startswith(f"bytes {have}-"):
                return have
            self._forget()
            raise _AgainError(msg("another part of the file than was asked for"))
        if code == 416:
            whole = answer.headers.get("Content-Range", "").rpartition("/")[2]
            if have and whole == str(have):
                return None
            self._forget()
            raise _AgainError(msg("a file that has changed meanwhile"))
        if code == 200:
            return 0
        told = msg("the answer {code}", code=code)
        if code in LATER:
            raise _AgainError(told, _retry_after(answer.headers.get("Retry-After", "")))
        if code in GONE:
            found = msg("no file at this address (answer {code})", code=code)
            raise self._refusal(url, found, msg("the file"), MOVED)
        if code in NO_ENTRY:
            found = msg("no entry (answer {code})", code=code)
            mend = msg("check the key in the environment and that it opens this file; it is never shown here")
            raise self._refusal(url, found, msg("the file"), mend if self.key else MOVED)
        raise self._refusal(url, told, msg("the file"), MOVED)

    def _receive(self, answer: requests.Response, url: str, start: int, ends: float) -> None:
        if answer.headers.get("Content-Encoding", "identity") not in {"identity", ""}:
            found = msg("a packed answer, though a plain one was asked for")
            raise self._refusal(url, found, msg("the file as it is"), BY_HAND)
        length = answer.headers.get("Content-Length", "")
        total = start + int(length) if length.isdigit() else None
        if total is None and "chunked" not in answer.headers.get("Transfer-Encoding", "").lower():
            found = msg("an answer that does not tell where the file ends")
            raise self._refusal(url, found, msg("a file known to be whole"), BY_HAND)
        self._check_size(url, total or 0)
        check_room(self.part.parent, (total or 0) - start, self.settings, self.world)
        validator = _validator(answer.headers)
        note = {"address": url, "validator": validator}
        self._note.write_text(json.dumps(note), encoding="utf-8")
        done, checked = start, start
        with self.part.open("ab" if start else "wb") as file:
            for block in _blocks(answer):
                done += len(block)
                self._check_size(url, done)
                if done - checked >= CHECK_ROOM_EVERY:
                    check_room(self.part.parent, len(block), self.settings, self.world)
                    checked = done
                file.write(block)
                self.progress(done, total)
                if self.world.clock() > ends:
                    raise self._too_slow(url, done)
        if total is not None and done != total:
            raise _AgainError(
                msg("a file that breaks off at {done:n} of {total:n} bytes", done=done, total=total)
            )

    def _too_slow(self, url: str, done: int) -> FetchError:
        minutes = self.settings.longest_min
        return self._refusal(
            url,
            msg("{done:n} MB after {minutes:n} minutes", done=done // 1_000_000, minutes=minutes),
            msg("the whole file within fetch.longest_min"),
            msg("raise fetch.longest_min in the settings; the next run goes on where this one ended"),
        )

    def _check_size(self, url: str, size: int) -> None:
        most = self.settings.largest_gb * GB
        if size > most:
            self._forget()
            raise self._refusal(
                url,
                msg("a file of {size:n} MB or more", size=size // 1_000_000),
                msg("at most {most:n} MB", most=int(most) // 1_000_000),
                msg("see that the address is right; raise fetch.largest_gb in the settings if it is"),
            )

    def _read_note(self, url: str) -> dict[str, str]:
        """Read what is known of a part to go on with: nothing where it is of another address or unsure."""
        try:
            note = json.loads(self._note.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        sound = isinstance(note, dict) and note.get("address") == url and note.get("validator")
        return note if sound else {}


KNOWN_ERRORS: Final = (FetchError, OutputError)


def host_of(url: str) -> str:
    """Host of an address: as much of it as a message may show."""
    return urlsplit(url).hostname or url.partition("?")[0]


def _blocks(answer: requests.Response) -> Iterator[bytes]:
    """Give bytes as they come, however few at a time, so that the clock is looked at between them."""
    try:
        while block := answer.raw.read1(BLOCK, decode_content=False):
            yield block
    except urllib3.exceptions.ReadTimeoutError as error:
        raise _AgainError(msg("a server that fell silent in the middle of the file")) from _bare(error)
    except (urllib3.exceptions.HTTPError, ConnectionError, TimeoutError) as error:
        raise _AgainError(msg("a connection that broke off in the middle of the file")) from _bare(error)


def _validator(headers: Mapping[str, str]) -> str:
    """Find what tells that a file is still the same when it is resumed: a strong ETag, else its date."""
    tag = headers.get("ETag", "")
    return tag if tag.startswith('"') else headers.get("Last-Modified", "")


def _retry_after(text: str) -> float | None:
    """Read how long a server asks to be left alone, seconds: told as a number or as a date."""
    if text.strip().isdigit():
        return float(text)
    with contextlib.suppress(TypeError, ValueError):
        when = email.utils.parsedate_to_datetime(text).timestamp()
        return max(0.0, when - time.time())
    return None


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _bare(error: Exception) -> Exception:
    """Name the kind of an error without its text, which may hold an address with a key."""
    return RuntimeError(type(error).__name__)
