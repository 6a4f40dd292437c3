"""The doctor tells what is broken, what to look at, and how to mend it."""

import datetime as dt
import os
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from maps.cli import app
from maps.operate import doctor
from maps.operate.doctor import Check, examine
from pipeline.bundled_files import LIST, bundled_files, changed_files, digest_list
from pipeline.messages import msg
from pipeline.settings import PROJECT, RoadsSettings
from pipeline.sources import GEODATA
from pipeline.travel.road_source import study_router
from tests.osm_files import Town

TODAY = dt.date(2026, 1, 1)
CONFIG = PROJECT / "config" / "denmark.toml"


def test_the_bundled_files_are_those_listed() -> None:
    told = (GEODATA / LIST).read_text(encoding="utf-8")
    assert told == digest_list(), "run: python -m pipeline.bundled_files"
    assert len(bundled_files()) > 15


def test_a_bundled_file_that_is_changed_added_or_gone_is_named(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv", "c.csv"):
        (tmp_path / name).write_text(name, encoding="utf-8")
    assert list(changed_files(tmp_path)) == [LIST]
    (tmp_path / LIST).write_text(digest_list(tmp_path), encoding="utf-8")
    assert list(changed_files(tmp_path)) == []
    (tmp_path / "a.csv").write_text("other", encoding="utf-8")
    (tmp_path / "b.csv").unlink()
    (tmp_path / "d.csv").write_text("new", encoding="utf-8")
    assert list(changed_files(tmp_path)) == ["a.csv", "b.csv", "d.csv"]


def test_every_check_that_is_not_good_says_how_to_mend_it(tmp_path: Path) -> None:
    checks = list(examine(tmp_path / "out", CONFIG, today=TODAY))
    assert len(checks) > 10
    assert all(check.mend for check in checks if check.state == "bad")
    assert not (tmp_path / "out").exists()  # looking changes nothing


def test_an_old_python_is_broken() -> None:
    assert doctor.python((3, 10, 2)).state == "bad"
    assert doctor.python((3, 12, 0)).state == "good"


def test_packages_are_held_against_the_lock(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text(
        "numpy==2.2.0 \\\n    --hash=sha256:00\npandas==2.3.0 ; python_full_version >= '3.11' \\\n"
        "    --hash=sha256:00\ncolorama==0.4.6 ; sys_platform == 'win32' \\\n    --hash=sha256:00\n",
        encoding="utf-8",
    )

    def installed(**versions: str) -> Check:
        def version(name: str) -> str:
            if name not in versions:
                raise metadata.PackageNotFoundError(name)
            return versions[name]

        return doctor.packages(lock, version)

    assert installed(numpy="2.2.0", pandas="2.3.0").state == "good"
    other = installed(numpy="2.1.0", pandas="2.3.0")
    assert (other.state, str(other.found)) == ("look", "other versions than locked: numpy 2.1.0 ≠ 2.2.0")
    missing = installed(numpy="2.2.0")
    assert (missing.state, str(missing.found)) == ("bad", "missing: pandas")
    assert doctor.packages(tmp_path / "none").state == "look"


def test_a_folder_that_cannot_be_written_is_broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert doctor.writable(msg("x"), tmp_path / "deep" / "out").state == "good"
    (tmp_path / "file").write_text("", encoding="utf-8")
    found = doctor.writable(msg("x"), tmp_path / "file")
    assert found.state == "bad"
    assert os.strerror(20) in str(found.found)


def test_little_room_and_little_memory_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = doctor.shutil.disk_usage(tmp_path)
    for free, state in ((10e9, "good"), (2e9, "look"), (1e6, "bad")):
        monkeypatch.setattr(doctor.shutil, "disk_usage", lambda _, free=free: usage._replace(free=int(free)))
        assert doctor.disk(msg("x"), tmp_path).state == state
    assert doctor.memory(8_000_000_000).state == "good"
    assert doctor.memory(100_000_000).state == "look"


def test_damaged_and_half_written_caches_are_named(tmp_path: Path) -> None:
    assert doctor.cache(tmp_path / "none", TODAY).state == "good"
    np.savez(tmp_path / "network-1.npz", a=np.zeros(3))
    (tmp_path / ".order-2.npz.x.part").write_bytes(b"half")
    found = doctor.cache(tmp_path, TODAY)
    assert found.state == "look"
    assert "network-1.npz" in str(found.found)
    assert ".order-2.npz.x.part" in str(found.found)


def test_a_large_or_unused_cache_is_told_with_how_to_clear_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = Town().node(1, 0, 0).node(2, 500, 0).way([1, 2], highway="primary").write(tmp_path / "a.osm")
    cache = tmp_path / "cache"
    roads = RoadsSettings.model_validate({"file": str(town)})

    def use() -> None:
        study_router(roads, {}, None, digest="0" * 64, cache=cache)  # type: ignore[arg-type]

    use()
    kept = sorted(cache.iterdir())
    (cache / "database").mkdir()
    (cache / "database" / "towns.csv").write_text("a", encoding="utf-8")
    long_ago = dt.datetime.now(tz=dt.UTC) - dt.timedelta(days=200)
    for path in (*kept, cache / "database" / "towns.csv"):
        os.utime(path, (long_ago.timestamp(),) * 2)
    found = doctor.cache(cache, dt.datetime.now(tz=dt.UTC).date())
    assert (found.state, str(found.found)) == (
        "look",
        "3 files, 0.0 GB; the oldest was not used for 200 days",
    )
    assert f"delete the folder {cache}" in str(found.mend)
    use()  # a used file is young again
    (cache / "database" / "towns.csv").unlink()
    assert doctor.cache(cache, dt.datetime.now(tz=dt.UTC).date()).state == "good"
    monkeypatch.setattr(doctor, "MOST_CACHE", 100)
    assert doctor.cache(cache, dt.datetime.now(tz=dt.UTC).date()).state == "look"


def test_a_missing_type_face_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    assert doctor.font().state == "good"
    monkeypatch.setattr(doctor, "FONT_FIGURE", "Nowhere Grotesk")
    assert doctor.font().state == "bad"


def test_broken_settings_are_told_not_raised(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text("[fetch]\nnonsense = 1\n", encoding="utf-8")
    assert [check.state for check in doctor.fetched(path, dt.date(2026, 1, 1))] == ["bad"]


@pytest.mark.parametrize(
    ("state", "code", "told"), [("good", 0, "Alt er i orden"), ("bad", 1, "1 ting er i stykker")]
)
def test_the_command_ends_with_1_when_something_is_broken(
    monkeypatch: pytest.MonkeyPatch, state: str, code: int, told: str
) -> None:
    check = Check(msg("Python"), state, "[x] <y>", msg("set up again: make setup"))  # type: ignore[arg-type]
    monkeypatch.setattr(doctor, "examine", lambda *_, **__: iter([check]))
    result = CliRunner().invoke(app, ["doctor"])
    assert result.exit_code == code
    assert told in result.output
    assert "[x] <y>" in result.output
    assert "sæt op igen: make setup" in result.output
