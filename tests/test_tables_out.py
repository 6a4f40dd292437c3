"""Result tables as people and programs open them: CSV, Danish Excel, Parquet, workbook, GeoPackage, GeoJSON."""

import csv
import datetime as dt
import gc
import hashlib
import io
import json
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path
from xml.etree import ElementTree as ET

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pyogrio
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import MultiPolygon, Point, box

from maps import theme
from maps.files.geopackage import Layer, write_geopackage
from maps.files.gis_layers import study_layers, table_name
from maps.files.qgis_styles import (
    Category,
    Interval,
    categorised,
    fill_symbol,
    graduated,
    line_symbol,
    marker_symbol,
    single,
)
from maps.files.tables import (
    Origin,
    neutral_text,
    stamped,
    write_csv,
    write_csv_danish,
    write_geojson,
    write_tables,
)
from maps.files.workbook import MAX_ROWS, write_workbook
from tests.found import some

ORIGIN = Origin(
    "Danmarks klynger",
    "2018-07-01",
    ("GeoNames (CC BY 4.0)", "Danmarks Statistik"),
    ("Grænserne er omtrentlige.",),
)
DANGEROUS = [
    "=1+1",
    "+SUM(A1)",
    "-2+3",
    "@cmd",
    "\t=1",
    "\r=1",
    "\n=1",
    " =1+1",
    "\uff1d1+1",
    "=HYPERLINK(1)",
]
HARMLESS = [
    "Ærø",
    "-5",
    "+12,5",
    "3",
    "a=b",
    "",
    "<script>",
    "<img src=x onerror=alert(1)>",
    'et "citat"; og mere',
]


@pytest.fixture
def table() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "municipality_code": ["0101", "0492", "0563"],
            "name": ["København", "=Ærø", None],
            "population": pd.array([638117, None, 3], dtype="Int64"),
            "travel_min": [12.5, float("nan"), -3.25],
            "shared": [True, False, True],
            "valid_from": pd.to_datetime(["2018-01-01", None, "2020-02-29"]),
            "source": ["DST", "DST", "-"],
        }
    )


@pytest.fixture
def points() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {
            "facility_id": ["a", "b", "c"],
            "kind": ["hospital", "health_house", "hospital"],
            "role": ["acute", "open", "non_acute"],
            "name": ["Æ", "<script>alert(1)</script>", "Ø & Å"],
        },
        geometry=[Point(720_000, 6_175_000), Point(500_000, 6_100_000), None],
        crs="EPSG:25832",
    )


@pytest.fixture
def areas() -> gpd.GeoDataFrame:
    shapes = [box(i * 1000, 0, i * 1000 + 1000, 1000) for i in range(3)]
    names = ["Ærø", 'Nord"fyn', "Å & <Ø>"]
    codes = ["0492", "0480", "0999"]
    return gpd.GeoDataFrame({"municipality_code": codes, "name": names}, geometry=shapes, crs="EPSG:25832")


@pytest.fixture
def clusters(areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    ids = {"scheme": ["klynger-2018"] * 2 + ["sundhedsraad-2027"], "cluster_id": ["a", "b", "c"]}
    shapes = [MultiPolygon([shape]) for shape in areas.geometry]
    return gpd.GeoDataFrame(
        {**ids, "name": ["Nord", "Syd & <b>", "Råd"], "colour": [0, 1, 5]}, geometry=shapes, crs=areas.crs
    )


def parsed(style: str | None) -> ET.Element:
    assert style
    return ET.fromstring(style)  # noqa: S314  # our own text


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("text", DANGEROUS)
def test_text_that_would_run_is_neutralised(text: str) -> None:
    assert neutral_text(text) == f"'{text}"


@pytest.mark.parametrize("text", HARMLESS)
def test_harmless_text_stays(text: str) -> None:
    assert neutral_text(text) == text


@given(st.text())
def test_no_neutral_text_begins_like_a_formula_unless_it_is_a_number(text: str) -> None:
    done = neutral_text(text)
    assert done in (text, f"'{text}")
    if done.lstrip().startswith(("=", "+", "-", "@")):
        float(done.strip().replace(",", "."))


def test_plain_csv_holds_the_values_but_no_formula(tmp_path: Path, table: pd.DataFrame) -> None:
    write_tables(tmp_path, {"towns": table}, ORIGIN)
    raw = (tmp_path / "towns.csv").read_bytes()
    assert b"\r" not in raw
    assert not raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(raw.decode("utf-8"))))
    assert [row["name"] for row in rows] == ["København", "'=Ærø", ""]
    assert rows[0]["municipality_code"] == "0101"
    assert rows[0]["travel_min"] == "12.5"
    assert {row["data_date"] for row in rows} == {"2018-07-01"}
    assert rows[0]["source"] == "DST"


def test_values_of_several_kinds_in_one_column_are_written_for_each_reader(tmp_path: Path) -> None:
    values = [15.234, 16, "Nørre = 1,5", np.True_, np.float32(0.5), 2.0, 1 / 3, -7.25, None]
    frame = pd.DataFrame({"before": pd.Series(values, dtype=object), "change": 1.555})
    write_tables(tmp_path, {"kinds": frame}, ORIGIN, any_kind=("before",))
    danish = pd.read_csv(tmp_path / "kinds-da.csv", sep=";", dtype=str, keep_default_na=False)
    told = ["15,234", "16", "Nørre = 1,5", "ja", "0,5", "2", "0,333333", "-7,25", ""]
    assert danish["before"].tolist() == told
    assert set(danish["change"]) == {"1,555"}
    plain = ["15.234", "16", "Nørre = 1,5", "True", "0.5", "2", "0.333333333333", "-7.25", ""]
    text = pd.read_csv(tmp_path / "kinds.csv", dtype=str, keep_default_na=False)
    assert text["before"].tolist() == plain
    assert pd.read_parquet(tmp_path / "kinds.parquet")["before"].fillna("").tolist() == plain
    book = write_workbook(tmp_path / "kinds.xlsx", {"kinds": frame}, ORIGIN)
    cells = [row[0] for row in openpyxl.load_workbook(book)["kinds"].iter_rows(min_row=2, values_only=True)]
    assert cells == [15.234, 16, "Nørre = 1,5", True, 0.5, 2, 1 / 3, -7.25, None]


def test_danish_csv_opens_in_danish_excel(tmp_path: Path, table: pd.DataFrame) -> None:
    write_tables(tmp_path, {"towns": table}, ORIGIN)
    raw = (tmp_path / "towns-da.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig")), delimiter=";"))
    assert [row["travel_min"] for row in rows] == ["12,5", "", "-3,25"]
    assert [row["name"] for row in rows] == ["København", "'=Ærø", ""]
    assert [row["population"] for row in rows] == ["638117", "", "3"]
    assert [row["shared"] for row in rows] == ["ja", "nej", "ja"]
    assert rows[0]["valid_from"] == "2018-01-01"
    assert rows[2]["source"] == "'-"


def test_every_kind_of_text_column_is_neutralised(tmp_path: Path) -> None:
    kinds = {kind: pd.Series(["=1+1", None], dtype=kind) for kind in ("object", "string", "category", "str")}
    write_tables(tmp_path, {"kinds": pd.DataFrame(kinds)}, ORIGIN)
    text = (tmp_path / "kinds-da.csv").read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text), delimiter=";"))
    assert [rows[0][kind] for kind in kinds] == ["'=1+1"] * 4
    assert [rows[1][kind] for kind in kinds] == [""] * 4


def test_rows_without_a_source_get_one(table: pd.DataFrame) -> None:
    told = stamped(table.drop(columns="source"), ORIGIN)
    assert set(told["source"]) == {"Klyngekort: Danmarks klynger (provenance.json)"}
    assert told.index.equals(table.index)
    assert "data_date" not in table.columns


def test_points_leave_longitude_and_latitude_in_csv(tmp_path: Path, points: gpd.GeoDataFrame) -> None:
    write_tables(tmp_path, {"facilities": points}, ORIGIN)
    found = pd.read_csv(tmp_path / "facilities.csv")
    expected = points.geometry.to_crs("EPSG:4326")
    assert "geometry" not in found
    assert found["lon"][:2].tolist() == pytest.approx(expected.x[:2].tolist(), abs=1e-6)
    assert found["lat"][:2].tolist() == pytest.approx(expected.y[:2].tolist(), abs=1e-6)
    assert found["lon"].isna().tolist() == [False, False, True]


def test_parquet_keeps_types_geometry_and_origin(
    tmp_path: Path, table: pd.DataFrame, clusters: gpd.GeoDataFrame
) -> None:
    meanings = {"towns": {"name": "Kommunens navn"}}
    write_tables(tmp_path, {"towns": table, "clusters": clusters}, ORIGIN, meanings)
    back = pd.read_parquet(tmp_path / "towns.parquet")
    assert back["name"].tolist()[:2] == ["København", "=Ærø"]
    assert back["population"].dtype == "Int64"
    told = json.loads(pq.read_schema(tmp_path / "towns.parquet").metadata[b"klyngekort"])
    assert told["data_date"] == "2018-07-01"
    assert told["sources"] == list(ORIGIN.credit_lines)
    assert told["columns"] == {"name": "Kommunens navn"}
    areas = gpd.read_parquet(tmp_path / "clusters.parquet")
    assert areas.crs == "EPSG:25832"
    assert areas.geometry.geom_equals(clusters.geometry).all()


def test_geojson_is_degrees_with_source(tmp_path: Path, clusters: gpd.GeoDataFrame) -> None:
    path = write_geojson(clusters, tmp_path / "clusters.geojson", ORIGIN)
    found = json.loads(path.read_text(encoding="utf-8"))
    assert found["features"][1]["properties"]["name"] == "Syd & <b>"
    assert found["features"][0]["properties"]["data_date"] == "2018-07-01"
    assert abs(found["features"][0]["geometry"]["coordinates"][0][0][0][0]) < 180


def test_workbook_has_contents_tables_and_dictionary(tmp_path: Path, table: pd.DataFrame) -> None:
    dictionary = {"towns": {"name": "Kommunens navn"}}
    path = write_workbook(
        tmp_path / "k.xlsx", {"towns": table}, ORIGIN, dictionary, titles={"towns": "Kommuner"}
    )
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["Indhold", "towns", "Dataordbog"]
    sheet = book["towns"]
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:H4"
    columns = {cell.value: cell.column - 1 for cell in sheet[1]}
    rows = [list(row) for row in sheet.iter_rows(min_row=2)]
    first, second = rows[0], rows[1]
    assert first[columns["municipality_code"]].value == "0101"
    assert first[columns["population"]].value == 638117
    assert first[columns["population"]].number_format == "#,##0"
    assert first[columns["travel_min"]].number_format == "#,##0.0"
    assert first[columns["shared"]].value is True
    assert first[columns["valid_from"]].value == dt.datetime(2018, 1, 1)  # noqa: DTZ001
    assert first[columns["valid_from"]].number_format == "yyyy-mm-dd"
    assert second[columns["name"]].value == "'=Ærø"
    assert second[columns["population"]].value is None
    assert second[columns["travel_min"]].value is None
    contents = [cell.value for row in book["Indhold"].iter_rows() for cell in row]
    assert {"2018-07-01", "Danmarks Statistik", "Grænserne er omtrentlige.", "Kommuner"} <= set(contents)
    meanings = {row[1]: row[3] for row in book["Dataordbog"].iter_rows(min_row=2, values_only=True)}
    assert meanings["name"] == "Kommunens navn"
    assert set(meanings) == set(columns)
    assert meanings["data_date"]


@pytest.mark.parametrize("text", DANGEROUS)
def test_no_cell_of_the_workbook_is_a_formula(tmp_path: Path, text: str) -> None:
    frame = pd.DataFrame({text: [text], "fine": ["fine"]})
    book = openpyxl.load_workbook(
        write_workbook(tmp_path / "k.xlsx", {text: frame}, Origin(text, text, (text,), (text,)))
    )
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert cells
    assert {cell.data_type for cell in cells if cell.column > 0} <= {"s", "n"}
    assert not [
        cell.value for cell in cells if str(cell.value).lstrip("\t\r\n ").startswith(("=", "+", "-", "@"))
    ]


def test_workbook_takes_awkward_names_and_characters(tmp_path: Path) -> None:
    frame = pd.DataFrame({"a": ["nul\x00tegn", "x" * 40_000], "b": [float("inf"), 1.0]})
    names = [
        "a/b:c",
        "a b c",
        "en meget lang tabel med et navn 1",
        "en meget lang tabel med et navn 2",
        "INDHOLD",
    ]
    book = openpyxl.load_workbook(write_workbook(tmp_path / "k.xlsx", dict.fromkeys(names, frame), ORIGIN))
    assert len({name.lower() for name in book.sheetnames}) == len(names) + 2
    assert max(len(name) for name in book.sheetnames) <= 31
    assert book["a b c"]["A2"].value == "nul tegn"
    assert book["a b c"]["B2"].value == "inf"


def test_a_table_too_long_for_a_sheet_is_named_in_the_contents(tmp_path: Path) -> None:
    frame = pd.DataFrame({"n": range(MAX_ROWS + 1)})
    book = openpyxl.load_workbook(write_workbook(tmp_path / "k.xlsx", {"long": frame}, ORIGIN, lang="en"))
    assert book.sheetnames == ["Contents", "Data dictionary"]
    assert "only as CSV and Parquet" in [cell.value for row in book["Contents"].iter_rows() for cell in row]


class Stop:
    def __str__(self) -> str:
        raise KeyboardInterrupt


def test_a_workbook_that_is_interrupted_ends_quietly(tmp_path: Path, table: pd.DataFrame) -> None:
    broken = pd.DataFrame({"a": ["fine", Stop()]})
    with pytest.raises(KeyboardInterrupt):
        write_workbook(tmp_path / "k.xlsx", {"towns": table, "broken": broken}, ORIGIN)
    gc.collect()
    assert not (tmp_path / "k.xlsx").exists()


def test_workbook_of_no_rows_and_no_tables(tmp_path: Path) -> None:
    for tables in ({}, {"empty": pd.DataFrame({"a": []})}, {"nothing": pd.DataFrame()}):
        book = openpyxl.load_workbook(write_workbook(tmp_path / "k.xlsx", tables, ORIGIN))
        assert len(book.sheetnames) == len(tables) + 2


def test_geopackage_holds_layers_styles_sources_and_dictionary(
    tmp_path: Path, areas: gpd.GeoDataFrame, clusters: gpd.GeoDataFrame, points: gpd.GeoDataFrame
) -> None:
    members = pd.DataFrame({"cluster_id": ["a"], "municipality_code": ["0492"]})
    layers = study_layers(
        areas, clusters, points, {"cluster_members": members}, scheme_names={"klynger-2018": "Klynger"}
    )
    path = write_geopackage(tmp_path / "k.gpkg", layers, ORIGIN, {"municipalities": {"name": "Navn"}})
    found = {str(name): kind for name, kind in pyogrio.list_layers(path)}
    assert {"facilities", "municipalities", "clusters_klynger_2018", "clusters_sundhedsraad_2027"} <= set(
        found
    )
    assert {"cluster_members", "sources", "data_dictionary", "layer_styles"} <= set(found)
    assert found["clusters_klynger_2018"] == "MultiPolygon"
    assert found["cluster_members"] is None
    back = gpd.read_file(path, layer="clusters_klynger_2018")
    assert back["name"].tolist() == ["Nord", "Syd & <b>"]
    assert back.crs == "EPSG:25832"
    assert set(back["data_date"]) == {"2018-07-01"}
    houses = gpd.read_file(path, layer="facilities")
    assert len(houses) == 3
    assert houses.geometry.isna().tolist() == [False, False, True]
    with sqlite3.connect(path) as database:
        styles = dict(database.execute("SELECT f_table_name, styleQML FROM layer_styles WHERE useAsDefault"))
        meaning = database.execute(
            "SELECT meaning FROM data_dictionary WHERE layer='municipalities' AND column='name'"
        ).fetchone()
        problems = database.execute("PRAGMA integrity_check").fetchone()
        columns = {row[1] for row in database.execute("PRAGMA table_info(layer_styles)")}
        metadata = database.execute("SELECT metadata FROM gpkg_metadata").fetchall()
    database.close()
    assert set(styles) == {
        "facilities",
        "municipalities",
        "clusters_klynger_2018",
        "clusters_sundhedsraad_2027",
    }
    assert meaning == ("Navn",)
    assert problems == ("ok",)
    assert {"f_geometry_column", "styleName", "styleSLD", "update_time"} <= columns
    assert any("Danmarks Statistik" in text for (text,) in metadata)
    sources = pyogrio.read_dataframe(path, layer="sources")
    assert "Grænserne er omtrentlige." in set(sources["text"])


def test_cluster_style_gives_each_cluster_the_fill_of_the_maps(
    areas: gpd.GeoDataFrame, clusters: gpd.GeoDataFrame, points: gpd.GeoDataFrame
) -> None:
    layers = {layer.name: layer for layer in study_layers(areas, clusters, points)}
    style = parsed(layers["clusters_klynger_2018"].style)
    renderer = style.find("renderer-v2")
    assert renderer is not None
    assert renderer.attrib["attr"] == "cluster_id"
    assert [(part.get("value"), part.get("label")) for part in renderer.iter("category")] == [
        ("a", "Nord"),
        ("b", "Syd & <b>"),
    ]
    fills = [
        option.get("value")
        for option in renderer.findall("symbols/symbol/layer/Option/Option")
        if option.get("name") == "color"
    ]
    expected = [tuple(int(theme.fill_of(n)[i : i + 2], 16) for i in (1, 3, 5)) for n in (0, 1)]
    assert fills == [f"{r},{g},{b},255" for r, g, b in expected]
    facility_style = parsed(layers["facilities"].style)
    assert [part.get("value") for part in facility_style.iter("category")] == [
        "hospital:acute",
        "hospital:non_acute",
        "health_house:open",
    ]


@pytest.mark.parametrize(
    "style",
    [
        single(line_symbol(theme.ACCENT, style="dash")),
        single(marker_symbol("circle", theme.ACUTE), label="name"),
        categorised("a", []),
        categorised("a", [Category('<"&>', "Å'", fill_symbol(None, border=None, hatch=True))], label='n"'),
        graduated("min", [Interval(0, 10.5, "≤ 10", fill_symbol(theme.SEQUENTIAL[0]))], label="name"),
    ],
)
def test_styles_are_valid_xml_with_a_symbol_for_each_entry(style: str) -> None:
    root = parsed(style)
    assert root.tag == "qgis"
    renderer = root.find("renderer-v2")
    assert renderer is not None
    named = {symbol.get("name") for symbol in renderer.findall("symbols/symbol")}
    used = {part.get("symbol") for kind in ("category", "range") for part in renderer.iter(kind)}
    assert used <= named
    assert (root.get("labelsEnabled") == "1") == (root.find("labeling") is not None)


def test_a_graduated_style_keeps_its_bounds() -> None:
    style = parsed(graduated("min", [Interval(0, 10.5, "kort", fill_symbol(theme.SEQUENTIAL[0]))]))
    (part,) = style.iter("range")
    assert (part.get("lower"), part.get("upper"), part.get("label")) == ("0", "10.5", "kort")


def test_table_names_are_plain() -> None:
    assert table_name("clusters", "Sundhedsråd 2027!") == "clusters_sundhedsr_d_2027"


def test_the_same_tables_give_the_same_bytes(
    tmp_path: Path,
    table: pd.DataFrame,
    areas: gpd.GeoDataFrame,
    clusters: gpd.GeoDataFrame,
    points: gpd.GeoDataFrame,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tables = {"towns": table, "facilities": points, "clusters": clusters}

    def write(folder: Path) -> dict[str, str]:
        paths = write_tables(folder, tables, ORIGIN)
        paths.append(write_workbook(folder / "k.xlsx", tables, ORIGIN))
        paths.append(write_geopackage(folder / "k.gpkg", study_layers(areas, clusters, points), ORIGIN))
        paths.append(write_geojson(clusters, folder / "k.geojson", ORIGIN))
        return {path.name: digest(path) for path in paths}

    first = write(tmp_path / "one")
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    real = dt.datetime

    class Later(real):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> dt.datetime:
            return real(2031, 5, 6, 7, 8, 9, tzinfo=tz)

    monkeypatch.setattr(openpyxl.writer.excel.datetime, "datetime", Later)
    assert write(tmp_path / "two") == first
    assert len(first) == 12
    with zipfile.ZipFile(tmp_path / "two" / "k.xlsx") as book:
        assert {member.date_time for member in book.infolist()} == {(2000, 1, 1, 0, 0, 0)}
        assert b"2031" not in book.read("docProps/core.xml")


def test_an_older_geopackage_is_replaced_and_the_clock_runs_again(
    tmp_path: Path, areas: gpd.GeoDataFrame
) -> None:
    path = tmp_path / "k.gpkg"
    write_geopackage(path, [Layer("old", areas)], ORIGIN)
    write_geopackage(path, [Layer("new", areas)], ORIGIN)
    assert {str(name) for name, _ in pyogrio.list_layers(path)} == {"new", "sources", "data_dictionary"} | {
        "layer_styles"
    }
    assert pyogrio.get_gdal_config_option("OGR_CURRENT_DATE") is None


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\r=", " =", "a\r="])
def test_neither_form_of_csv_runs_text_as_a_formula(tmp_path: Path, start: str) -> None:
    text = f"{start}cmd|' /C calc'!A0"
    frame = pd.DataFrame({"name": [text], start + "head": [1]})
    for write, separator in ((write_csv, ","), (write_csv_danish, ";")):
        raw = write(frame, tmp_path / "x.csv").read_bytes().decode("utf-8-sig")
        for row in some(csv.reader(io.StringIO(raw, newline=""), delimiter=separator)):
            assert not row[0].startswith(("=", "+", "-", "@", "\t", "\r"))
            assert not row[1].startswith(("=", "+", "-", "@", "\t", "\r"))


def test_the_geopackage_is_of_a_version_that_every_qgis_3_reads(tmp_path: Path) -> None:
    places = gpd.GeoDataFrame({"name": ["Ærø"]}, geometry=[Point(0, 0)], crs=25832)
    write_geopackage(tmp_path / "x.gpkg", [Layer("places", places)], ORIGIN)
    with closing(sqlite3.connect(tmp_path / "x.gpkg")) as database:
        assert database.execute("PRAGMA user_version").fetchone() == (10200,)
