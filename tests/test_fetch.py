"""Fetching: whatever a server or a folder does, nothing half or wrong is used, and what was there stays."""

import datetime as dt
import hashlib
import logging
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import osmium
import pytest
from shapely import Point

from pipeline.errors import FetchError, KlyngekortError, OutputError, SettingsError
from pipeline.fetch.layers import Events, fetch_layers
from pipeline.fetch.lock import LOCK, read_lock
from pipeline.fetch.states import layer_states, wanted_layers
from pipeline.fetch.world import World
from pipeline.settings.fetch import FetchSettings
from pipeline.settings.file import load_fetch_settings
from pipeline.sources import FetchPlan, Source, load_sources
from tests.hostile_server import (
    Server,
    chunked,
    cut_off,
    hostile_server,
    promising,
    silent_after,
    status,
    whole,
)
from tests.osm_files import Town

ROOT = Path(__file__).resolve().parents[1]
TODAY = dt.date(2026, 11, 28)
OLD = b"id;people\n1;10\n"
BODY = b"id;people\n" + b"".join(b"%d;%d\n" % (row, row * 7) for row in range(60_000))
NEWER = b"id;people\n1;11\n2;12\n"
ENDS = (".gpkg", ".geojson", ".parquet", ".osm.pbf", ".osm", ".shp.zip", ".csv")
KEY = "s3cr3t-k3y"


class Clock:
    """Time that passes only when somebody waits, and by a step at each look."""

    def __init__(self, step: float = 0.0) -> None:
        self.now, self.step, self.waits = 0.0, step, []

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds

    def __call__(self) -> float:
        self.now += self.step
        return self.now


class Setting:
    """A data folder that holds one earlier layer, a server, and a layer to fetch from it."""

    def __init__(self, tmp_path: Path, server: Server) -> None:
        self.server, self.clock = server, Clock()
        self.folder = tmp_path / "data"
        self.settings = FetchSettings(folder=self.folder, spare_gb=0, connect_s=5, read_s=5, first_wait_s=1)
        self.world = World(
            sleep=self.clock.sleep, clock=self.clock, free=lambda _: 10**12, environ={}, loopback_http=True
        )
        self.told: list[str] = []
        self.tmp_path = tmp_path

    def source(self, address: str = "", **plan: object) -> Source:
        shape = {"content": "csv", "files": ("people*.csv",), "about_mb": 1.0, **plan}
        made = FetchPlan(**shape)
        # The list of sources takes https only; only a test puts another address in.
        return load_sources()["sor"].model_copy(
            update={"id": "people", "fetch": made.model_copy(update={"address": address})}
        )

    def fetch(self, source: Source, **more: object) -> dict:
        events = Events(tell=lambda one, message: self.told.append(f"{one.id} {message}"))
        return fetch_layers(
            self.settings, [source], today=TODAY, **{"world": self.world, "events": events, **more}
        )

    def with_earlier(self) -> Source:
        """Fetch a good file first: what every fault must leave alone."""
        source = self.source(self.server.on("/people.csv", whole(OLD)))
        self.fetch(source)
        assert self.kept() == OLD
        return source

    def kept(self) -> bytes:
        return (self.folder / "people.csv").read_bytes()

    def files(self) -> set[str]:
        return {path.name for path in self.folder.iterdir() if path.name != ".incoming"}

    def refused(self, source: Source, **more: object) -> str:
        with pytest.raises(KlyngekortError) as caught:
            self.fetch(source, **more)
        return str(caught.value)


@pytest.fixture(scope="module")
def listening() -> Iterator[Server]:
    with hostile_server() as server:
        yield server


@pytest.fixture
def here(tmp_path: Path, listening: Server) -> Setting:
    listening.asked.clear()
    listening.answers.clear()
    return Setting(tmp_path, listening)


def test_a_good_file_is_fetched_and_locked_with_address_date_hash_size_and_licence(here: Setting) -> None:
    address = here.server.on("/people.csv", whole(BODY))
    source = here.source(address)
    here.fetch(source)
    locked = read_lock(here.folder).layer["people"]
    assert here.kept() == BODY
    assert locked.sha256 == hashlib.sha256(BODY).hexdigest()
    assert (locked.origin, locked.date, locked.size) == (address, TODAY, len(BODY))
    assert (locked.licence, locked.credit) == (source.licence, source.credit)
    assert here.files() == {"people.csv", LOCK}


def test_what_is_there_is_not_asked_for_again(here: Setting) -> None:
    source = here.with_earlier()
    here.fetch(source)
    assert here.server.times("/people.csv") == 1
    assert here.told[-1] == "people is there"


def test_a_file_in_chunks_without_length_is_taken_when_it_ends_well(here: Setting) -> None:
    here.fetch(here.source(here.server.on("/people.csv", chunked(BODY[:1000], BODY[1000:]))))
    assert here.kept() == BODY


# --- faults of servers: each test names what is broken and sees that the earlier file stays -----------------------


def _again(here: Setting, *answers: object) -> Source:
    source = here.with_earlier()
    here.server.on("/people.csv", *answers)
    return source


def _stays(here: Setting) -> None:
    assert here.kept() == OLD
    assert read_lock(here.folder).layer["people"].sha256 == hashlib.sha256(OLD).hexdigest()
    assert here.files() == {"people.csv", LOCK}


def test_a_download_cut_off_is_resumed_where_it_broke(here: Setting) -> None:
    source = _again(here, cut_off(BODY, 5_000, tag='"v2"'), whole(BODY, tag='"v2"'))
    here.fetch(source, update=True)
    assert here.kept() == BODY
    ranges = [headers.get("Range") for _, headers in here.server.asked]
    assert ranges == [None, None, "bytes=5000-"]
    assert here.clock.waits == [1]


def test_a_download_cut_off_every_time_is_given_up_and_goes_on_in_the_next_run(here: Setting) -> None:
    source = _again(here, cut_off(BODY, 5_000, tag='"v2"'), status(503))
    text = here.refused(source, update=True)
    assert "503" in text
    assert here.clock.waits == [1, 1, 2, 4, 8]
    _stays(here)
    here.server.on("/people.csv", whole(BODY, tag='"v2"'))
    here.fetch(source, update=True)
    assert here.server.asked[-1][1]["Range"] == "bytes=5000-"
    assert here.kept() == BODY


def test_a_server_without_ranges_sends_the_whole_file_again(here: Setting) -> None:
    source = _again(here, cut_off(BODY, 5_000, tag='"v2"'), whole(BODY, tag='"v2"', ranges=False))
    here.fetch(source, update=True)
    assert here.kept() == BODY


def test_a_file_that_changes_between_two_attempts_is_not_glued_together(here: Setting) -> None:
    source = _again(here, cut_off(b"x" * 9_000, 5_000, tag='"v1"'), whole(BODY, tag='"v2"'))
    here.fetch(source, update=True)
    assert here.kept() == BODY


def test_chunks_that_break_off_are_not_taken_for_the_file(here: Setting) -> None:
    source = _again(here, chunked(BODY[:1000], end=False))
    assert "broke off in the middle" in here.refused(source, update=True)
    _stays(here)


def test_a_server_that_falls_silent_is_given_up(here: Setting) -> None:
    here.settings = here.settings.model_copy(update={"read_s": 0.3, "attempts": 1})
    source = here.with_earlier()
    here.server.on("/people.csv", silent_after(BODY, 0, here.server.release))
    text = here.refused(source, update=True)
    assert "fell silent" in text or "no answer in time" in text
    _stays(here)


def test_a_server_that_is_too_slow_for_the_time_allowed_is_given_up(here: Setting) -> None:
    source = _again(here, whole(BODY))
    here.clock.step = 3 * 60 * 60
    assert "fetch.longest_min" in here.refused(source, update=True)
    _stays(here)


def test_a_server_that_trickles_is_given_up_after_the_time_allowed(here: Setting) -> None:
    here.settings = here.settings.model_copy(update={"read_s": 30})
    source = _again(here, silent_after(BODY, 3, here.server.release))
    here.clock.step = 5 * 60 * 60
    assert "fetch.longest_min" in here.refused(source, update=True)
    _stays(here)


@pytest.mark.parametrize(
    ("code", "told"), [(404, "no file at this address"), (410, "410"), (403, "no entry")]
)
def test_a_missing_or_closed_address_is_told_at_once_without_trying_again(
    here: Setting, code: int, told: str
) -> None:
    source = _again(here, status(code))
    text = here.refused(source, update=True)
    assert told in text
    assert "fetch.addresses" in text
    assert here.server.times("/people.csv") == 2
    _stays(here)


def test_a_server_that_asks_to_wait_is_left_alone_as_long(here: Setting) -> None:
    source = _again(here, status(429, Retry_After="37"), whole(BODY))
    here.fetch(source, update=True)
    assert here.clock.waits == [37]
    assert "people the answer 429; tries again in 37 seconds" in here.told
    assert here.kept() == BODY


def test_a_server_that_asks_to_wait_for_ever_is_given_up(here: Setting) -> None:
    source = _again(here, status(429, Retry_After="999999"))
    assert "429" in here.refused(source, update=True)
    assert max(here.clock.waits) == here.settings.longest_wait_s
    _stays(here)


def test_waits_double_and_are_the_same_every_time(here: Setting) -> None:
    source = _again(here, status(500))
    here.refused(source, update=True)
    first = list(here.clock.waits)
    here.clock.waits.clear()
    here.refused(source, update=True)
    assert first == here.clock.waits == [1, 2, 4, 8]


@pytest.mark.parametrize(
    "page",
    [
        b"<!DOCTYPE html><html><body>Log in</body></html>",
        b"\xef\xbb\xbf\n <HTML>moved, sorry; come; again</HTML>",
        b'<?xml version="1.0"?><html xmlns="x">a;b</html>',
    ],
)
def test_a_web_page_instead_of_data_is_refused(here: Setting, page: bytes) -> None:
    source = _again(here, whole(page, Content_Type="text/csv"))
    text = here.refused(source, update=True)
    assert "a web page (HTML) instead of data" in text
    _stays(here)


@pytest.mark.parametrize("body", [b'{"error": "too, many"}', b"\x00\x01;\x02", b"no columns here", b"  \n "])
def test_an_error_message_or_rubbish_instead_of_a_table_is_refused(here: Setting, body: bytes) -> None:
    source = _again(here, whole(body))
    assert "a table as text (CSV)" in here.refused(source, update=True)
    _stays(here)


def test_a_redirect_to_another_host_is_refused(here: Setting) -> None:
    source = _again(here, status(302, Location="https://elsewhere.example/people.csv?apiKey=hidden"))
    text = here.refused(source, update=True)
    assert "a redirect to https://elsewhere.example" in text
    assert "hidden" not in text
    _stays(here)


def test_a_redirect_down_to_plain_http_on_another_port_is_refused(here: Setting) -> None:
    source = _again(here, status(301, Location="http://127.0.0.1:9/people.csv"))
    assert "redirect" in here.refused(source, update=True)
    _stays(here)


def test_a_redirect_on_the_same_host_is_followed_but_not_in_circles(here: Setting) -> None:
    source = _again(here, status(302, Location="/people-261128.csv"))
    here.server.on("/people-261128.csv", whole(BODY))
    here.fetch(source, update=True)
    assert here.kept() == BODY
    here.server.on("/people-261128.csv", status(302, Location="/people.csv"))
    assert "redirects" in here.refused(source, update=True)
    assert here.kept() == BODY


def test_plain_http_is_refused_unless_a_test_asks_for_it(here: Setting) -> None:
    source = here.with_earlier()
    here.world = replace(here.world, loopback_http=False)
    assert "an address that begins with https:" in here.refused(source, update=True)
    here.world = replace(here.world, loopback_http=True)
    elsewhere = here.source("http://files.example/people.csv")
    assert "an address that begins with https:" in here.refused(elsewhere, update=True)
    _stays(here)


@pytest.mark.parametrize(
    "address", ["http://a.example/x", "https://user:pw@a.example/x", "ftp://a.example/x"]
)
def test_settings_take_https_addresses_without_password_only(address: str) -> None:
    with pytest.raises(ValueError, match="pattern"):
        FetchSettings(addresses={"sor": address})


def test_a_file_larger_than_allowed_is_refused_before_it_comes(here: Setting) -> None:
    source = _again(here, promising(5_000_000_000))
    assert "at most 4,000 MB" in here.refused(source, update=True)
    _stays(here)


def test_a_file_that_grows_larger_than_allowed_is_stopped(here: Setting) -> None:
    source = here.with_earlier()
    here.settings = here.settings.model_copy(update={"largest_gb": 0.0001})
    here.server.on("/people.csv", chunked(*[BODY] * 3))
    assert "fetch.largest_gb" in here.refused(source, update=True)
    _stays(here)


def test_a_disk_without_room_is_told_before_anything_comes(here: Setting) -> None:
    source = _again(here, whole(BODY))
    here.world = replace(here.world, free=lambda _: len(BODY) - 1)
    with pytest.raises(OutputError, match=r"fetch\.spare_gb"):
        here.fetch(source, update=True)
    _stays(here)


def test_a_disk_that_fills_up_on_the_way_loses_nothing(here: Setting) -> None:
    big = BODY * 30
    source = _again(here, whole(big))
    looks = iter([10**12, 0])
    here.world = replace(here.world, free=lambda _: next(looks, 0))
    with pytest.raises(OutputError, match="earlier files are untouched"):
        here.fetch(source, update=True)
    _stays(here)


def test_a_full_disk_that_only_the_write_finds_is_told_the_same(
    here: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = _again(here, whole(BODY))
    opened = Path.open

    def full(path: Path, mode: str = "r", *args: object, **more: object) -> object:
        if path.name.endswith(".part") and "b" in mode:
            raise OSError(28, "No space left on device")
        return opened(path, mode, *args, **more)

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(OutputError, match="room"):
        here.fetch(source, update=True)
    monkeypatch.undo()
    _stays(here)


@pytest.mark.parametrize(("code", "told"), [(28, "the disk is full"), (30, "Read-only"), (5, "Input/output")])
def test_a_disk_that_fails_at_the_last_step_is_told_and_loses_nothing(
    here: Setting, monkeypatch: pytest.MonkeyPatch, code: int, told: str
) -> None:
    source = _again(here, whole(BODY))

    def fail(_: int) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(OutputError, match=told):
        here.fetch(source, update=True)
    monkeypatch.undo()
    assert here.kept() == OLD
    here.fetch(source, update=True)
    assert here.kept() == BODY


def test_stopping_in_the_middle_leaves_the_earlier_file_and_the_next_run_heals(here: Setting) -> None:
    source = _again(here, whole(BODY))

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        here.fetch(source, update=True, events=Events(progress=stop))
    _stays(here)
    here.fetch(source, update=True)
    assert here.kept() == BODY


KILLED = """
import datetime, sys
from pathlib import Path
from pipeline.fetch.layers import Events, fetch_layers
from pipeline.fetch.world import World
from pipeline.settings.fetch import FetchSettings
from pipeline.sources import FetchPlan, load_sources

plan = FetchPlan(content="csv", about_mb=1).model_copy(update={"address": sys.argv[2]})
source = load_sources()["sor"].model_copy(update={"id": "people", "fetch": plan})
fetch_layers(
    FetchSettings(folder=Path(sys.argv[1]), spare_gb=0), [source], today=datetime.date(2026, 11, 28), update=True,
    world=World(loopback_http=True), events=Events(progress=lambda *_: print("going", flush=True)),
)
"""


def test_a_run_killed_in_the_middle_leaves_the_earlier_file_and_the_next_run_heals(here: Setting) -> None:
    source = here.with_earlier()
    address = here.server.on("/people.csv", silent_after(BODY, 300_000, here.server.release))
    run = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(here.folder), address], stdout=subprocess.PIPE, cwd=ROOT
    )
    assert run.stdout is not None
    assert run.stdout.readline().strip() == b"going"
    run.kill()
    run.communicate()
    _stays(here)
    here.server.on("/people.csv", whole(BODY))
    here.fetch(source, update=True)
    assert here.kept() == BODY
    assert here.server.asked[-1][1].get("Range", "bytes=").startswith("bytes=")


@pytest.mark.parametrize("at", ["write_lock", "put_in_place"])
def test_a_run_that_dies_between_lock_and_file_is_healed_by_the_next(
    here: Setting, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    source = _again(here, whole(BODY))

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(f"pipeline.fetch.layers.{at}", die)
    with pytest.raises(KeyboardInterrupt):
        here.fetch(source, update=True)
    monkeypatch.undo()
    assert here.kept() == OLD
    here.fetch(source, update=at == "write_lock")
    assert here.kept() == BODY
    assert read_lock(here.folder).layer["people"].sha256 == hashlib.sha256(BODY).hexdigest()


def test_a_folder_that_cannot_be_written_is_told(here: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    (here.tmp_path / "a-file").write_text("x")
    here.settings = here.settings.model_copy(update={"folder": here.tmp_path / "a-file" / "data"})
    with pytest.raises(OutputError, match="data folder"):
        here.fetch(here.source(here.server.on("/people.csv", whole(BODY))))


# --- the lock ------------------------------------------------------------------------------------------------------


def test_a_changed_file_is_told_with_both_hashes_and_needs_update(here: Setting) -> None:
    source = _again(here, whole(BODY))
    (here.folder / "people.csv").unlink()
    text = here.refused(source)
    assert hashlib.sha256(OLD).hexdigest() in text
    assert hashlib.sha256(BODY).hexdigest() in text
    assert "--update" in text
    assert read_lock(here.folder).layer["people"].sha256 == hashlib.sha256(OLD).hexdigest()
    assert not (here.folder / "people.csv").exists()
    here.fetch(source, update=True)
    assert here.kept() == BODY
    assert here.server.times("/people.csv") == 2, "the file that was shown is the one that is taken"


def test_a_changed_file_of_an_address_that_was_corrected_is_not_taken_for_that_of_the_new(
    here: Setting,
) -> None:
    source = _again(here, whole(BODY))
    (here.folder / "people.csv").unlink()
    here.refused(source)
    corrected = here.source(here.server.on("/newer.csv", whole(NEWER)))
    here.fetch(corrected, update=True)
    assert here.server.times("/newer.csv") == 1
    assert here.kept() == NEWER
    locked = read_lock(here.folder).layer["people"]
    assert locked.origin == corrected.fetch.address
    assert locked.sha256 == hashlib.sha256(NEWER).hexdigest()
    assert not [path for path in (here.folder / ".incoming").iterdir() if path.name != "lock"]


def test_a_damaged_file_is_noticed_and_the_locked_one_fetched_again(here: Setting) -> None:
    source = here.with_earlier()
    (here.folder / "people.csv").write_bytes(OLD[:-3])
    assert [row.state for row in layer_states(here.settings, [source], today=TODAY)] == ["changed"]
    here.fetch(source)
    _stays(here)


def test_states_tell_present_stale_changed_and_missing(here: Setting) -> None:
    source = here.source(here.server.on("/people.csv", whole(OLD)), fresh_days=30)

    def state(day: dt.date = TODAY, one: Source = source) -> str:
        return layer_states(here.settings, [one], today=day, world=here.world)[0].state

    assert state() == "missing"
    assert state(one=here.source()) == "by_hand"
    assert state(one=here.source(source.fetch.address, key_from="A_KEY", key_parameter="k")) == "needs_key"
    here.fetch(source)
    assert state() == "present"
    assert state(TODAY + dt.timedelta(days=31)) == "stale"
    (here.folder / "people.csv").write_bytes(b"other;file\n")
    assert state() == "changed"


@pytest.mark.parametrize("name", ["../outside.csv", "/etc/passwd", "a/b.csv", ".hidden"])
def test_a_lock_from_somebody_else_cannot_point_outside_the_folder(here: Setting, name: str) -> None:
    here.with_earlier()
    lock = here.folder / LOCK
    lock.write_text(lock.read_text().replace('"people.csv"', f'"{name}"'))
    with pytest.raises(SettingsError, match=r"layer\.people\.file"):
        read_lock(here.folder)


def test_a_damaged_lock_is_told_and_nothing_is_fetched(here: Setting) -> None:
    source = here.with_earlier()
    (here.folder / LOCK).write_text("[layer.people\n")
    assert "not valid TOML" in here.refused(source)
    assert here.kept() == OLD


def test_two_runs_at_once_do_not_meet_in_one_folder(here: Setting) -> None:
    source = _again(here, whole(BODY))

    def second(*_: object) -> None:
        assert "another run is fetching" in here.refused(source, update=True, events=Events())

    here.fetch(source, update=True, events=Events(tell=second))
    assert here.kept() == BODY


def test_the_same_fetch_writes_the_same_lock(here: Setting, tmp_path: Path) -> None:
    source = here.with_earlier()
    first = (here.folder / LOCK).read_bytes()
    here.fetch(source, update=True)
    assert (here.folder / LOCK).read_bytes() == first


# --- keys ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer", [status(403), status(302, Location="https://b.example/?apiKey=" + KEY), cut_off(BODY, 9)]
)
def test_a_key_is_sent_but_stands_in_no_lock_log_message_or_file(
    here: Setting, caplog: pytest.LogCaptureFixture, answer: object
) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("urllib3").setLevel(logging.DEBUG)
    address = here.server.on("/people.csv", whole(BODY)) + "?Register=DAGI"
    source = here.source(address, key_from="A_KEY", key_parameter="apiKey")
    here.fetch(source)
    assert here.told[-1].startswith("people needs a key in the variable A_KEY")
    here.world = replace(here.world, environ={"A_KEY": KEY})
    here.fetch(source)
    assert here.server.asked[-1][0] == f"/people.csv?Register=DAGI&apiKey={KEY}"
    here.server.on("/people.csv", answer)
    with pytest.raises(FetchError) as caught:
        here.fetch(source, update=True)
    texts = [str(caught.value), caplog.text, *here.told]
    texts += [path.read_text(errors="replace") for path in here.folder.rglob("*") if path.is_file()]
    assert not [text for text in texts if KEY in text]


def test_a_key_in_an_address_of_the_settings_is_refused_and_not_repeated(tmp_path: Path) -> None:
    path = tmp_path / "my.toml"
    path.write_text(f'[fetch.addresses]\nsor = "https://a.example/x?apiKey={KEY}"\n')
    with pytest.raises(SettingsError, match="keys come from the environment") as caught:
        load_fetch_settings(path)
    assert KEY not in str(caught.value)


def test_letters_and_stars_of_an_address_reach_the_server_in_order(here: Setting) -> None:
    address = here.server.on("/people.csv", whole(BODY)) + "?OMRÅDE=*&KØN=TOT&Tid=*"
    here.fetch(here.source(address))
    assert here.server.asked[-1][0] == "/people.csv?OMR%C3%85DE=*&K%C3%98N=TOT&Tid=*"


def test_a_proxy_of_the_environment_is_used_and_its_password_never_told(
    here: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    here.settings = here.settings.model_copy(update={"attempts": 1})
    source = here.source("http://127.0.0.1:9/people.csv")
    here.server.on("http://127.0.0.1:9/people.csv", whole(BODY))
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{here.server.port}")
    here.fetch(source)
    assert here.kept() == BODY
    monkeypatch.setenv("http_proxy", f"http://me:{KEY}@127.0.0.1:9")
    text = here.refused(source, update=True)
    assert "proxy" in text
    assert KEY not in text


def test_passwords_of_a_netrc_are_not_sent(here: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = here.tmp_path / "netrc"
    netrc.write_text(f"machine 127.0.0.1 login me password {KEY}\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    here.fetch(here.source(here.server.on("/people.csv", whole(BODY))))
    assert "Authorization" not in here.server.asked[-1][1]


# --- archives ------------------------------------------------------------------------------------------------------


def _zip(path: Path, **members: bytes) -> bytes:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in members.items():
            archive.writestr(name, body)
    return path.read_bytes()


def _archive(here: Setting, members: dict[str, bytes], **plan: object) -> Source:
    body = _zip(here.tmp_path / "made.zip", **members)
    return here.source(here.server.on("/people.zip", whole(body)), member="*/table_*.csv", **plan)


def test_the_wanted_file_is_taken_from_an_archive_and_both_are_locked(here: Setting) -> None:
    here.fetch(_archive(here, {"set/table_1.csv": BODY, "set/read.me": b"words", "empty/": b""}))
    locked = read_lock(here.folder).layer["people"]
    assert here.kept() == BODY
    assert locked.member == "set/table_1.csv"
    assert locked.member_sha256 == hashlib.sha256(BODY).hexdigest()
    assert locked.sha256 != locked.member_sha256
    assert layer_states(here.settings, [here.source()], today=TODAY)[0].state == "present"
    assert here.files() == {"people.csv", LOCK}


def test_a_file_that_is_not_packed_where_an_archive_was_expected_is_taken_as_it_is(here: Setting) -> None:
    here.fetch(here.source(here.server.on("/people.zip", whole(BODY)), member="*/table_*.csv"))
    assert here.kept() == BODY
    assert read_lock(here.folder).layer["people"].member == ""


@pytest.mark.parametrize(
    "name", ["../../table_1.csv", "/outside/table_1.csv", "a\\..\\table_1.csv", "C:/table_1.csv"]
)
def test_a_path_that_leads_out_of_the_archive_is_refused(here: Setting, name: str) -> None:
    source = _archive(here, {"set/table_1.csv": BODY, name: b"slip"})
    assert "leads outside the folder" in here.refused(source)
    assert here.files() == set()
    assert not list(here.tmp_path.parent.rglob("table_1.csv"))


def test_a_link_in_an_archive_is_refused(here: Setting) -> None:
    path = here.tmp_path / "made.zip"
    with zipfile.ZipFile(path, "w") as archive:
        link = zipfile.ZipInfo("set/table_1.csv")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    source = here.source(here.server.on("/people.zip", whole(path.read_bytes())), member="*.csv")
    assert "leads outside the folder" in here.refused(source)


def test_a_bomb_is_stopped_at_the_limit_and_nothing_is_left(here: Setting) -> None:
    here.settings = here.settings.model_copy(update={"unpacked_gb": 0.02, "unpacked_ratio": 10_000})
    source = _archive(here, {"set/table_1.csv": b"a;b\n" * 8_000_000})
    assert "unpacks to more than 20 MB" in here.refused(source)
    assert here.files() == set()
    assert not list(here.folder.rglob("*.unpacked"))


def test_a_file_that_grows_too_much_is_taken_for_a_bomb(here: Setting) -> None:
    source = _archive(here, {"set/table_1.csv": b"a;b\n" * 5_000_000})
    assert "unpacks to more than" in here.refused(source)


def test_a_lie_about_the_size_is_not_believed(here: Setting) -> None:
    here.settings = here.settings.model_copy(update={"unpacked_gb": 0.02})
    body = bytearray(_zip(here.tmp_path / "made.zip", **{"set/table_1.csv": b"a;b\n" * 8_000_000}))
    at = body.rindex(b"PK\x01\x02")
    body[at + 24 : at + 28] = (100).to_bytes(4, "little")
    source = here.source(here.server.on("/people.zip", whole(bytes(body))), member="*.csv")
    text = here.refused(source)
    assert "damaged" in text or "unpacks to more than" in text
    assert here.files() == set()


def test_too_many_files_in_an_archive_are_refused(here: Setting) -> None:
    here.settings = here.settings.model_copy(update={"unpacked_files": 3})
    source = _archive(here, {f"set/table_{at}.csv": b"a;b\n" for at in range(4)})
    assert "at most 3 files" in here.refused(source)


@pytest.mark.parametrize("members", [{"set/other.txt": b"x"}, {"a/table_1.csv": OLD, "b/table_2.csv": OLD}])
def test_an_archive_without_or_with_two_of_the_file_is_refused(
    here: Setting, members: dict[str, bytes]
) -> None:
    assert "one file like */table_*.csv" in here.refused(_archive(here, members))


def test_an_archive_cut_off_or_with_a_wrong_checksum_is_refused(here: Setting) -> None:
    body = _zip(here.tmp_path / "made.zip", **{"set/table_1.csv": BODY})
    source = here.source(here.server.on("/people.zip", whole(body[:-30])), member="*.csv")
    assert "breaks off" in here.refused(source)
    spoilt = bytearray(body)
    spoilt[200] ^= 0xFF
    here.server.on("/people.zip", whole(bytes(spoilt), tag='"v2"'))
    assert "damaged" in here.refused(source)
    assert here.files() == set()


def test_a_web_page_within_an_archive_is_refused(here: Setting) -> None:
    assert "web page" in here.refused(_archive(here, {"set/table_1.csv": b"<html>a;b</html>"}))


# --- files cut off that no server told about -----------------------------------------------------------------------


def _whole_files(folder: Path) -> dict[str, tuple[str, bytes]]:
    """A small whole file of every kind: its content and its bytes."""
    point = gpd.GeoDataFrame({"name": ["Ærø"]}, geometry=[Point(600_000, 6_200_000)], crs="EPSG:25832")
    point.to_file(folder / "a.gpkg")
    point.to_file(folder / "a.geojson")
    point.to_parquet(folder / "a.parquet")
    with osmium.SimpleWriter(str(folder / "a.osm.pbf")) as writer:
        for at in range(20_000):
            writer.add_node(osmium.osm.mutable.Node(id=at + 1, location=(10.0 + at / 1e5, 55.0)))
    _zip(folder / "a.shp.zip", **{"a.shp": BODY})
    Town().node(1, 0, 0).way([1, 1], highway="residential").write(folder / "a.osm")
    (folder / "a.csv").write_bytes(b"id;people\n1;10\n2;20")
    kinds = {".osm.pbf": "osm", ".osm": "osm", ".csv": "csv"}
    return {end: (kinds.get(end, "vector"), (folder / f"a{end}").read_bytes()) for end in ENDS}


@pytest.mark.parametrize("end", ENDS)
def test_a_file_that_was_cut_off_before_it_came_is_refused(here: Setting, end: str) -> None:
    content, body = _whole_files(here.tmp_path)[end]
    by_hand = here.tmp_path / "by-hand"
    by_hand.mkdir()
    source = here.source(content=content, files=("file.*",))
    # A table is known to break off only in a row that lacks cells.
    ends = (len(body.rstrip()) - 1, len(body) * 2 // 3) if end != ".csv" else (body.rindex(b";"),)
    for at in ends:
        (by_hand / f"file{end}").write_bytes(body[:at])
        assert "breaks off" in here.refused(source, from_folder=by_hand)
    assert here.files() == set()
    (by_hand / f"file{end}").write_bytes(body)
    here.fetch(source, from_folder=by_hand)
    assert (here.folder / f"people{end}").read_bytes() == body


# --- from a folder -------------------------------------------------------------------------------------------------


@pytest.fixture
def by_hand(tmp_path: Path) -> Path:
    folder = tmp_path / "by-hand" / "deep"
    folder.mkdir(parents=True)
    (folder / "people-2026.csv").write_bytes(BODY)
    return tmp_path / "by-hand"


def test_a_folder_takes_the_place_of_the_network_with_the_same_lock(here: Setting, by_hand: Path) -> None:
    here.fetch(here.source("https://nowhere.example/x.csv"), from_folder=by_hand)
    locked = read_lock(here.folder).layer["people"]
    assert here.kept() == BODY
    assert (locked.by, locked.origin) == ("folder", "people-2026.csv")
    assert (by_hand / "deep" / "people-2026.csv").read_bytes() == BODY
    assert not here.server.asked


def test_a_file_of_a_folder_that_differs_from_the_lock_needs_update_too(here: Setting, by_hand: Path) -> None:
    source = here.with_earlier()
    assert "--update" in here.refused(source, from_folder=by_hand)
    _stays(here)
    here.fetch(source, from_folder=by_hand, update=True)
    assert here.kept() == BODY


def test_a_web_page_saved_by_hand_is_refused_too(here: Setting, by_hand: Path) -> None:
    source = here.with_earlier()
    (by_hand / "deep" / "people-2026.csv").write_bytes(b"<html>please; log in</html>")
    assert "web page" in here.refused(source, from_folder=by_hand, update=True)
    _stays(here)


def test_a_folder_without_the_file_is_told_and_leaves_what_is_there(here: Setting, tmp_path: Path) -> None:
    source = here.with_earlier()
    empty = tmp_path / "empty"
    empty.mkdir()
    here.fetch(source, from_folder=empty)
    assert "people*.csv" in here.told[-1]
    _stays(here)
    assert "no such folder" in here.refused(source, from_folder=tmp_path / "none")


def test_two_files_that_fit_are_told_and_none_is_guessed(here: Setting, by_hand: Path) -> None:
    (by_hand / "people-2025.csv").write_bytes(OLD)
    assert "deep/people-2026.csv, people-2025.csv" in here.refused(here.source(), from_folder=by_hand)


# --- the list of layers --------------------------------------------------------------------------------------------


def test_every_layer_of_the_default_study_can_be_fetched_or_says_why_not() -> None:
    sources = load_sources()
    layers = wanted_layers(FetchSettings(), sources)
    assert [layer.id for layer in layers if not layer.fetch.address] == ["voting-areas", "provider-register"]
    assert all(layer.fetch.address.startswith("https://") for layer in layers if layer.fetch.address)
    assert [layer.id for layer in layers if layer.fetch.key_from] == ["dagi"]


def test_whoever_asks_for_dawa_is_told_that_it_is_closed() -> None:
    with pytest.raises(FetchError, match="DAWA is closed for good"):
        wanted_layers(FetchSettings(), load_sources(), ["dawa"])


def test_unknown_layers_are_all_told_at_once() -> None:
    with pytest.raises(FetchError) as caught:
        wanted_layers(
            FetchSettings(addresses={"nowhere": "https://a.example/x"}), load_sources(), ["dawa", "sor"]
        )
    assert [fault.source for fault in caught.value.faults] == ["dawa", "nowhere"]


def test_the_others_are_fetched_though_one_fails(here: Setting) -> None:
    bad = here.source(here.server.on("/bad.csv", status(404))).model_copy(update={"id": "bad"})
    good = here.source(here.server.on("/people.csv", whole(BODY)))
    with pytest.raises(FetchError) as caught:
        fetch_layers(here.settings, [bad, good], today=TODAY, world=here.world)
    assert [fault.source for fault in caught.value.faults] == ["bad"]
    assert here.kept() == BODY
