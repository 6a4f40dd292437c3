"""A study's network: kept between runs, made anew when anything it rests on changes or the file is damaged."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
from typer.testing import CliRunner

import pipeline.travel.road_source as source
from maps.cli import app
from pipeline import digests
from pipeline.roads.generated import generated_roads
from pipeline.settings import RoadsSettings
from pipeline.travel.road_source import study_router
from tests.tiny_study import settings_file


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Count how often the roads are read."""
    seen: list[int] = []

    def read(*_: object, **__: object) -> object:
        seen.append(1)
        return generated_roads(60, seed=4)

    monkeypatch.setattr(source, "read_roads", read)
    return seen


def _settings(folder: Path, **changes: object) -> RoadsSettings:
    extract = folder / "roads.osm"
    extract.write_text("x", encoding="utf-8")
    return RoadsSettings.model_validate({"file": str(extract), **changes}, context={"folder": folder})


def _router(settings: RoadsSettings, folder: Path, digest: str = "a") -> source.Router:
    return study_router(settings, {}, gpd.GeoDataFrame(), digest=digest, cache=folder / "cache")


def test_a_second_run_reads_no_roads_and_gives_the_same_network(tmp_path: Path, reads: list[int]) -> None:
    first, again = (_router(_settings(tmp_path), tmp_path) for _ in range(2))
    assert len(reads) == 1
    assert np.array_equal(first.network.arcs.seconds, again.network.arcs.seconds)


def test_another_file_or_profile_is_read_anew_and_a_snapping_limit_is_not(
    tmp_path: Path, reads: list[int]
) -> None:
    _router(_settings(tmp_path), tmp_path)
    _router(_settings(tmp_path, longest_access_m=900), tmp_path)
    assert len(reads) == 1
    _router(_settings(tmp_path), tmp_path, digest="b")
    _router(_settings(tmp_path, profile={"walk_kmh": 6}), tmp_path)
    assert len(reads) == 3


def test_other_code_or_another_library_reads_the_roads_anew(
    tmp_path: Path, reads: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = digests.reader_digest()
    _router(_settings(tmp_path), tmp_path)
    monkeypatch.setattr(digests, "code_digest", lambda **_: "other code")
    _router(_settings(tmp_path), tmp_path)
    assert len(reads) == 2
    code = digests.reader_digest()
    monkeypatch.setattr(digests.metadata, "version", lambda name: "99" if name == "osmium" else "1")
    _router(_settings(tmp_path), tmp_path)
    assert len(reads) == 3
    assert len({before, code, digests.reader_digest()}) == 3


def test_a_damaged_file_heals_with_the_next_run(tmp_path: Path, reads: list[int]) -> None:
    _router(_settings(tmp_path), tmp_path)
    (kept,) = (tmp_path / "cache").glob("network-*.npz")
    kept.write_bytes(kept.read_bytes()[:500])
    _router(_settings(tmp_path), tmp_path)
    _router(_settings(tmp_path), tmp_path)
    assert len(reads) == 2


def test_a_folder_that_cannot_be_written_costs_only_time(tmp_path: Path, reads: list[int]) -> None:
    (tmp_path / "cache").write_text("in the way", encoding="utf-8")
    assert _router(_settings(tmp_path), tmp_path).network.nodes > 0
    assert len(reads) == 1


def far_roads(folder: Path) -> Path:
    """Write an extract with one road in Hamburg."""
    nodes = "".join(
        f'<node id="{n}" version="1" lat="53.5{n}" lon="10.0" timestamp="2024-01-01T00:00:00Z"/>'
        for n in (1, 2)
    )
    way = '<way id="1" version="1"><nd ref="1"/><nd ref="2"/><tag k="highway" v="primary"/></way>'
    path = folder / "roads.osm"
    path.write_text(f'<osm version="0.6">{nodes}{way}</osm>', encoding="utf-8")
    return path


def test_roads_of_another_place_are_refused_with_both_places(tmp_path: Path) -> None:
    config = settings_file(tmp_path)
    config.write_text(f'{config.read_text()}\n[roads]\nfile = "{far_roads(tmp_path)}"\n', encoding="utf-8")
    args = ["maps", "--config", str(config), "--out", str(tmp_path / "out"), "--lang", "en"]
    result = CliRunner().invoke(app, args)
    assert result.exit_code == 2, result.output
    told = " ".join(result.output.split())
    assert "roads in E" in told
    assert "which lie in E" in told
    assert not (tmp_path / "out" / "tiny").exists()
