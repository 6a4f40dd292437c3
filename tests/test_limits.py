"""Inputs that ask for too much are refused in words, before they fill the memory."""

import gzip
import json
import os
import resource
import subprocess
import sys
import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import InputError, LimitError, SettingsError
from pipeline.json_depth import BLOCK, deepest
from pipeline.layers import read_vector
from pipeline.limits import limited, reading_within
from pipeline.roads.extract import Extract
from pipeline.roads.lines import read_road_lines
from pipeline.settings import PROJECT
from pipeline.settings.file import load_settings, parse_settings, read_toml
from pipeline.settings.limits import LimitSettings
from pipeline.settings.roads import RoadSettings
from pipeline.tables import load_table
from pipeline.tables.files import read_text_table
from pipeline.tables.place_files import open_table

SMALL_MEMORY = 3_000_000_000  # bytes; the libraries alone map more than two thousand million


def in_small_memory(code: str, *args: str) -> str:
    """Run code in a process of little memory; gives its output, or fails with what it said."""
    run = subprocess.run(
        [sys.executable, "-c", code, *args],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        cwd=PROJECT,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_DATA, (SMALL_MEMORY, SMALL_MEMORY)),
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_a_text_of_two_gigabytes_in_one_line_is_refused_without_reading_it(tmp_path: Path) -> None:
    path = tmp_path / "one-line.csv"
    with path.open("wb") as file:
        file.truncate(2_000_000_000)  # a hole on the disk: takes no room
    for read in (read_text_table, open_table):
        with pytest.raises(LimitError, match="2,000 MB"):
            read(path)


def test_a_long_line_is_refused_though_the_file_is_small_enough(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    path.write_bytes(b"name,lon\n" + b"x" * 3_000_000 + b",1\n")
    for read in (read_text_table, open_table):
        with pytest.raises(LimitError, match="a line of more than 1,000 kB"):
            read(path)
    with reading_within(LimitSettings(line_kb=4_000)):
        assert len(open_table(path)) == 1


def test_a_raised_line_limit_still_reads_in_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "hole.csv"
    with path.open("wb") as file:
        file.truncate(900_000_000)
    code = """
import sys
from pathlib import Path
from pipeline.errors import LimitError
from pipeline.tables.files import read_text_table
try:
    read_text_table(Path(sys.argv[1]))
except LimitError as error:
    print(error.text("da"))
"""
    assert "en linje på mere end 1.000 kB" in in_small_memory(code, str(path))


@pytest.mark.parametrize("ending", ["\n", "\r", "\r\n"])
def test_lines_of_every_system_are_told_apart(tmp_path: Path, ending: str) -> None:
    path = tmp_path / "lines.csv"
    path.write_bytes((("x" * 900 + ending) * 3_000).encode())
    with reading_within(LimitSettings(line_kb=1)):
        assert len(open_table(path)) == 2_999


def polygon(vertices: int) -> shapely.Polygon:
    angle = np.linspace(0, 2 * np.pi, vertices - 1, endpoint=False)
    ring = np.column_stack([10 + np.cos(angle), 56 + np.sin(angle)])
    return shapely.Polygon(np.vstack([ring, ring[:1]]))


@pytest.mark.parametrize("name", ["a.gpkg", "a.geojson", "a.parquet"])
def test_a_polygon_of_a_million_vertices_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    frame = gpd.GeoDataFrame({"name": ["x"]}, geometry=[polygon(1_000_000)], crs="EPSG:4326")
    (frame.to_parquet if name.endswith("parquet") else frame.to_file)(path)
    for read in (read_vector, open_table, lambda at: read_road_lines(at, RoadSettings())):
        with pytest.raises(LimitError, match="1,000,000 vertices") as caught:
            read(path)
        assert "limits.vertices" in str(caught.value)


@pytest.mark.parametrize("depth", [65, 2_000, 200_000])
def test_deeply_nested_geojson_is_refused(tmp_path: Path, depth: int) -> None:
    path = tmp_path / "deep.geojson"
    nest = "[" * depth + "]" * depth
    path.write_text('{"type":"FeatureCollection","features":' + nest + "}", encoding="utf-8")
    for read in (read_vector, open_table, lambda at: read_road_lines(at, RoadSettings())):
        with pytest.raises(LimitError, match=f"nested {depth + 1:,} deep"):
            read(path)


@given(
    st.recursive(
        st.none() | st.text(alphabet='[]{}"\\a/æ'),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text('[]{}"\\'), inner, max_size=3),
    ),
    st.integers(1, 9),
)
def test_the_depth_found_is_that_of_the_parsed_text(tmp_path_factory, value: object, block: int) -> None:
    def depth(part: object) -> int:
        inner = part.values() if isinstance(part, dict) else part if isinstance(part, list) else None
        return 0 if inner is None else 1 + max(map(depth, inner), default=0)

    path = tmp_path_factory.mktemp("json") / "a.json"
    path.write_text(json.dumps(value), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pipeline.json_depth.BLOCK", block)  # strings and escapes across blocks
        assert deepest(path) == depth(value)
    assert block < BLOCK


def test_a_zip_that_unpacks_to_gigabytes_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("areas.geojson", bytes(100_000_000))
    assert path.stat().st_size < 200_000
    for read in (read_vector, open_table):
        with pytest.raises(LimitError, match=r"packed into 0\.1 MB"):
            read(path)


def test_an_extract_that_unpacks_to_gigabytes_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.osm.gz"
    with gzip.open(path, "wb") as file:
        file.write(b'<?xml version="1.0"?><osm version="0.6">')
        for _ in range(100):
            file.write(b" " * 1_000_000)
        file.write(b"</osm>")
    with pytest.raises(LimitError, match=r"packed into 0\.1 MB"):
        Extract(path)


def test_a_parquet_of_more_rows_than_allowed_is_refused_by_its_footer(tmp_path: Path) -> None:
    path = tmp_path / "many.parquet"
    pq.write_table(pa.table({"x": pa.array(np.zeros(2_000))}), path)
    with reading_within(LimitSettings(rows=1_000)), pytest.raises(LimitError, match="2,000 rows"):
        open_table(path)


def test_too_many_rows_of_any_layer_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "many.csv"
    pd.DataFrame({"name": ["a"] * 30}).to_csv(path, index=False)
    with reading_within(LimitSettings(rows=20)), pytest.raises(LimitError, match="30 rows"):
        open_table(path)


@pytest.mark.parametrize("suffix", [".geojson", ".gpkg", ".shp", ".vrt", ".gml"])
def test_a_layer_that_points_elsewhere_is_refused(tmp_path: Path, suffix: str) -> None:
    hidden = tmp_path / "hidden.geojson"
    gpd.GeoDataFrame({"a": [1]}, geometry=[polygon(9)], crs="EPSG:4326").to_file(hidden)
    path = tmp_path / f"innocent{suffix}"
    path.write_text(
        f'<OGRVRTDataSource><OGRVRTLayer name="hidden"><SrcDataSource>{hidden}</SrcDataSource>'
        "</OGRVRTLayer></OGRVRTDataSource>",
        encoding="utf-8",
    )
    for read in (read_vector, open_table, lambda at: read_road_lines(at, RoadSettings())):
        with pytest.raises(LimitError, match="may point to other files"):
            read(path)


def test_a_pipe_is_refused_instead_of_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "pipe.csv"
    os.mkfifo(path)
    for read in (read_text_table, open_table, read_vector):
        with pytest.raises(LimitError, match="neither a file nor a folder"):
            read(path)
    with pytest.raises(SettingsError, match="a pipe"):
        read_toml(path)
    with pytest.raises(InputError):
        Extract(path)


@pytest.mark.parametrize(
    "text",
    [
        "a = " + "[" * 100_000,
        "a = " + "9" * 10_000,
        "a = " + "{b=" * 5_000,
        "[" + "a." * 20_000 + "b]\nx=1",
        "a = 0x" + "f" * 9_000,
    ],
    ids=["nested", "digits", "tables", "dotted", "hexadecimal"],
)
def test_settings_without_end_are_refused_in_words(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError):
        load_settings(path)


def test_a_settings_file_of_gigabytes_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    with path.open("wb") as file:
        file.truncate(3_000_000_000)
    with pytest.raises(SettingsError, match="more than 4 MB"):
        load_settings(path)


def test_limits_come_from_the_settings(tmp_path: Path) -> None:
    study = '[study]\nname = "x"\ntitle = "X"\nas_of = 2024-01-01\n[limits]\ntext_mb = 1\n'
    path = tmp_path / "x.toml"
    path.write_text(study, encoding="utf-8")
    table = tmp_path / "municipalities.csv"
    table.write_bytes((PROJECT / "geodata" / "municipalities.csv").read_bytes() + b"\n" * 1_000_000)

    @limited
    def read(settings: object) -> pd.DataFrame:
        return load_table("municipalities", table)

    with pytest.raises(LimitError, match="at most 1 MB"):
        read(load_settings(path))
    assert len(load_table("municipalities", table)) > 90  # the limit holds for that study only


def test_a_limit_below_one_is_a_fault_of_the_settings() -> None:
    raw = {"study": {"name": "x", "title": "X", "as_of": "2024-01-01"}, "limits": {"rows": 0}}
    with pytest.raises(SettingsError, match=r"limits\.rows"):
        parse_settings(raw, source="x.toml", folder=Path())
