"""From fetched files to the tables of a study: the best layer for each role, and what is missing is told."""

import datetime as dt
import shutil
import tomllib
import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import Point, box

from pipeline.demand import bands_of
from pipeline.demand.study import study_demand
from pipeline.errors import MissingInputError, SettingsError, TableError
from pipeline.fetch.layers import fetch_layers
from pipeline.fetch.states import wanted_layers
from pipeline.fetch.store import put_folder_in_place
from pipeline.fetch.world import World
from pipeline.layers import load_bundled_areas
from pipeline.open_data.census_grid import cut_census_grid
from pipeline.open_data.hospitals import better_hospitals
from pipeline.open_data.osm_areas import read_osm_areas
from pipeline.open_data.population import read_folk1a, with_population
from pipeline.open_data.study_data import make_study_data
from pipeline.osm_places import read_places
from pipeline.settings.fetch import FetchSettings
from pipeline.settings.file import load_settings
from pipeline.sources import GEODATA, load_sources
from pipeline.study import run_study
from pipeline.study_inputs import read_inputs
from pipeline.supply.merged import merge_practices, telling_words
from pipeline.supply.readers import read_practices
from pipeline.supply.study import study_practices
from pipeline.tables import load_table
from tests.hostile_server import hostile_server, whole
from tests.osm_files import Town

TODAY = dt.date(2026, 11, 28)
OFFLINE = World(free=lambda _: 10**12, environ={})


# --- population ----------------------------------------------------------------------------------------------------


def folk1a(
    path: Path, municipalities: pd.DataFrame, *, quarters=("2026K3", "2026K4"), people=1000, **more
) -> Path:
    rows = ["OMRÅDE;KØN;ALDER;TID;INDHOLD"]
    for at, quarter in enumerate(quarters):
        areas = [("000", "Hele landet"), ("084", "Region Hovedstaden")]
        kept = municipalities[~municipalities["municipality_code"].isin(more.get("without", ()))]
        areas += [
            (code[1:], name) for code, name in zip(kept["municipality_code"], kept["name"], strict=True)
        ]
        for row, (code, name) in enumerate(areas):
            rows.append(f"{code} {name};TOT I alt;IALT I alt;{quarter} {quarter};{people + row + at}")
    path.write_text("\n".join(rows + list(more.get("extra", ()))) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def municipalities() -> pd.DataFrame:
    return load_table("municipalities")


def test_the_newest_quarter_is_read_without_country_and_regions(tmp_path, municipalities):
    found = read_folk1a(folk1a(tmp_path / "f.csv", municipalities), municipalities)
    assert (found.quarter, found.day) == ("2026K4", "2026-10-01")
    assert list(found.people.index) == sorted(municipalities["municipality_code"])
    assert found.people["0101"] == 1003


def test_the_table_of_municipalities_takes_the_figures_and_keeps_its_contract(tmp_path, municipalities):
    found = read_folk1a(folk1a(tmp_path / "f.csv", municipalities), municipalities)
    text = pd.read_csv(GEODATA / "municipalities.csv", dtype=str, keep_default_na=False)
    path = tmp_path / "municipalities.csv"
    with_population(text, found, "Kilde: Danmarks Statistik").to_csv(path, index=False)
    new = load_table("municipalities", path)
    assert new["population"].tolist() == found.people[new["municipality_code"]].tolist()
    assert set(new["population_date"].astype(str)) == {"2026-10-01"}
    assert new["source"].str.startswith("population: Kilde: Danmarks Statistik, FOLK1A, 2026K4").all()
    unchanged = ["municipality_code", "name", "region_2007", "area_km2", "precision"]
    pd.testing.assert_frame_equal(new[unchanged], municipalities[unchanged])


def test_missing_and_doubled_municipalities_are_told_at_once(tmp_path, municipalities):
    path = folk1a(
        tmp_path / "f.csv", municipalities, without=("0751", "0411"),
        extra=["101 København;TOT I alt;IALT I alt;2026K4 2026K4;5"],
    )  # fmt: skip
    with pytest.raises(TableError) as caught:
        read_folk1a(path, municipalities)
    assert [str(fault.where) for fault in caught.value.faults] == [
        "municipalities 0101",
        "municipalities 0751",
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("OMRÅDE;TID\n101 København;2026K4\n", "people"),
        ("OMRÅDE;KØN;TID;INDHOLD\n101 København;M Mænd;2026K4;7\n", "rows for all together"),
        ("OMRÅDE;TID;INDHOLD\n101 København;soon;7\n", "quarters such as 2026K4"),
    ],
)
def test_a_table_of_another_shape_is_refused(tmp_path, municipalities, text, told):
    path = tmp_path / "f.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(TableError, match=told):
        read_folk1a(path, municipalities)


# --- census grid ---------------------------------------------------------------------------------------------------


def one_area() -> gpd.GeoDataFrame:
    west, south = 600_000.0, 6_200_000.0
    return gpd.GeoDataFrame(
        {"municipality_code": ["0741"], "name": ["Øen"]},
        geometry=[box(west, south, west + 30_000, south + 30_000)],
        crs="EPSG:25832",
    )


def cell(x: float, y: float) -> str:
    point = gpd.GeoSeries([Point(x, y)], crs="EPSG:25832").to_crs("EPSG:3035").iloc[0]
    return f"CRS3035RES1000mN{int(point.y // 1000) * 1000}E{int(point.x // 1000) * 1000}"


def test_the_grid_of_europe_is_cut_to_the_municipalities(tmp_path):
    inside, far = cell(615_000, 6_215_000), cell(615_000, 6_300_000)
    path = tmp_path / "grid.csv"
    path.write_text(
        "GRD_ID,T,M,F,Y_LT15,Y_1564,Y_GE65,CNTR_ID\n"
        f"{inside},120,60,60,20,-8888,-9999,DK\n{far},99,1,1,1,1,1,DK\n"
        "CRS3035RES1000mN942000E1886000,55,1,1,1,1,1,PT\nIT_unallocated,400,1,1,1,1,1,IT\n"
        f"{cell(610_000, 6_210_000)},0,0,0,0,0,0,DK\n"
    )
    cells = cut_census_grid(path, one_area())
    assert cells["GRD_ID"].tolist() == [inside]
    assert cells["T"].tolist() == [120]
    assert cells[["Y_LT15", "Y_1564", "Y_GE65"]].isna().iloc[0].tolist() == [False, True, True]


def test_a_grid_of_another_place_or_shape_is_refused(tmp_path):
    path = tmp_path / "grid.csv"
    path.write_text("GRD_ID,T\nCRS3035RES1000mN942000E1886000,55\n")
    with pytest.raises(TableError, match="no cell inside"):
        cut_census_grid(path, one_area())
    path.write_text("id,people\n1,2\n")
    with pytest.raises(TableError, match="GRD_ID, T"):
        cut_census_grid(path, one_area())


# --- areas and hospitals of an extract ------------------------------------------------------------------------------


def island(*, side=3_000, hole=False, lost=False, ref="741", level="7") -> Town:
    """A square of four ways, given in no order; with a lake, or without the node of a corner."""
    town = Town()
    corners = [(0, 0), (side, 0), (side, side), (0, side)]
    for at, corner in enumerate(corners):
        if not (lost and at == 2):
            town.node(at + 1, *corner)
    for at, ends in enumerate([(2, 1), (2, 3), (4, 3), (4, 1)]):
        town.way(list(ends), osm_id=10 + at)
    members = [("way", 12, "outer"), ("way", 10, "outer"), ("way", 13, "outer"), ("way", 11, "outer")]
    if hole:
        for at, corner in enumerate([(1000, 1000), (2000, 1000), (2000, 2000), (1000, 2000)]):
            town.node(at + 20, *corner)
        town.way([20, 21, 22, 23, 20], osm_id=30)
        members.append(("way", 30, "inner"))
    return town.relation(
        1, members, type="boundary", boundary="administrative", admin_level=level, name="Øen Kommune", ref=ref
    )


def of_size(km2: float) -> pd.DataFrame:
    return pd.DataFrame(
        {"municipality_code": ["0741"], "kind": ["municipality"], "area_km2": [km2], "name": ["Øen"]}
    )


def test_pieces_of_a_boundary_become_an_area(tmp_path):
    found = read_osm_areas(island().write(tmp_path / "a.osm"), of_size(9.0))
    assert found.frame["municipality_code"].tolist() == ["0741"]
    assert found.frame.geometry.area.iloc[0] == pytest.approx(9e6, rel=1e-5)
    assert (found.doubtful, found.frame["missing_ways"].tolist()) == ((), [0])


def test_a_ring_within_a_ring_is_a_hole(tmp_path):
    found = read_osm_areas(island(hole=True).write(tmp_path / "a.osm"), of_size(8.0))
    assert found.frame.geometry.area.iloc[0] == pytest.approx(8e6, rel=1e-5)


def test_a_boundary_cut_off_gives_no_area_and_is_doubtful(tmp_path):
    found = read_osm_areas(island(lost=True).write(tmp_path / "a.osm"), of_size(9.0))
    assert found.frame.empty
    assert found.doubtful == ("0741",)


def test_an_area_far_from_the_registered_size_is_doubtful(tmp_path):
    path = island(side=6_000).write(tmp_path / "a.osm")
    assert read_osm_areas(path, of_size(20.0)).doubtful == ("0741",)
    assert read_osm_areas(path, of_size(34.0)).doubtful == ()


@pytest.mark.parametrize("odd", [{"level": "4"}, {"ref": "DE-1"}, {"ref": "999"}])
def test_boundaries_of_other_kinds_and_countries_are_no_municipalities(tmp_path, odd):
    assert read_osm_areas(island(**odd).write(tmp_path / "a.osm"), of_size(9.0)).frame.empty


def test_places_are_read_as_points_ways_and_relations(tmp_path):
    town = Town().node(1, 0, 0, amenity="hospital").node(2, 0, 0).node(3, 100, 0).node(4, 100, 100)
    town.way([2, 3, 4, 2], amenity="hospital", osm_id=5).way([2, 3], osm_id=6)
    town.relation(7, [("way", 6, "outer")], amenity="hospital", type="multipolygon")
    town.relation(8, [("way", 99, "outer")], amenity="hospital", type="multipolygon")
    found = read_places(town.write(tmp_path / "a.osm"), ("amenity", "hospital"))
    assert [place.osm_id for place in found] == ["node/1", "relation/7", "way/5"]


def hospital_table() -> pd.DataFrame:
    lon, lat = 10.6, 55.93
    rows = [
        ("Sygehus Øen", lon, lat, "estimate"),
        ("Regionshospitalet Vestby", lon, lat + 0.06, "address"),
        ("Hospitalet Udby", lon - 2, lat, "address"),
    ]
    frame = pd.DataFrame(rows, columns=["name", "lon", "lat", "point_precision"]).astype(str)
    return frame.assign(hospital_id=["a", "b", "c"], point_error_m="600", point_source="guess")


def test_only_estimated_points_move_and_only_to_a_hospital_of_like_name(tmp_path):
    table = hospital_table()
    at = gpd.GeoSeries.from_xy([10.6], [55.93], crs=4326).to_crs(25832).iloc[0]
    town = Town()
    dx, dy = at.x - 600_000, at.y - 6_200_000
    town.node(1, dx + 500, dy, amenity="hospital", name="Privathospitalet")
    town.node(2, dx + 2_000, dy, amenity="hospital", name="Øen Akuthus")
    path = town.write(tmp_path / "a.osm")
    land = gpd.GeoDataFrame({"municipality_code": ["0741"]}, geometry=[at.buffer(20_000)], crs=25832)
    new, findings = better_hospitals(table, path, land)
    moved = gpd.GeoSeries.from_xy(new["lon"].astype(float), new["lat"].astype(float), crs=4326).to_crs(25832)
    assert moved.iloc[0].distance(Point(at.x + 2_000, at.y)) < 2
    assert new.loc[0, "point_source"] == "OpenStreetMap node/2 in a.osm"
    assert new.loc[1:].equals(table.loc[1:])
    told = {finding.kind: str(finding.message) for finding in findings}
    assert "Sygehus Øen" in told["osm_hospitals_moved"]
    assert "Regionshospitalet Vestby" in told["osm_hospitals_alone"]
    assert "Hospitalet Udby" not in str(told), "outside the study area nothing is compared"
    assert "Privathospitalet" in told["osm_hospitals_unknown"]


# --- practices -----------------------------------------------------------------------------------------------------


def practices(rows, source) -> gpd.GeoDataFrame:
    frame = pd.DataFrame(rows, columns=["practice_id", "name", "x", "y"])
    return gpd.GeoDataFrame(
        frame.assign(provider=frame["practice_id"], status="ok", precision="register", source=source,
                     valid_from=pd.NaT, valid_to=pd.NaT),
        geometry=gpd.points_from_xy(frame["x"], frame["y"]), crs="EPSG:25832",
    )  # fmt: skip


def test_doctors_of_the_map_are_added_once_with_their_source():
    register = practices([("1", "Lægerne Hansen", 0, 0), ("2", "Lægehuset Åby", 5_000, 0)], "sor.csv")
    mapped = practices(
        [
            ("node/1", "Klinik X", 40, 0),  # the same house under another name
            ("node/2", "Læge Karin Hansen", 300, 0),  # near, and of like name
            ("node/3", "Lægerne", 300, 100),  # near, but only common words
            ("node/4", "Hansen", 3_000, 0),  # like name, but far
        ],
        "osm",
    )
    merged, (finding,) = merge_practices(register, mapped, TODAY)
    assert merged["practice_id"].tolist() == ["1", "2", "node/3", "node/4"]
    assert merged["source"].tolist() == ["sor.csv", "sor.csv", "osm", "osm"]
    assert merged["precision"].tolist() == ["register", "register", "approximate", "approximate"]
    assert finding.severity == "warning"


def test_a_practice_that_has_closed_hides_no_doctor_of_the_map():
    register = practices([("1", "Lægerne Hansen", 0, 0), ("2", "Lægehuset Åby", 5_000, 0)], "sor.csv")
    register["valid_to"] = pd.to_datetime(["2020-01-01", "2027-01-01"])
    mapped = practices([("node/1", "Lægerne Hansen", 0, 0), ("node/2", "Lægehuset Åby", 5_000, 0)], "osm")
    merged, _ = merge_practices(register, mapped, TODAY)
    assert merged["practice_id"].tolist() == ["1", "2", "node/1"]


def test_merging_with_nothing_changes_nothing():
    register = practices([("1", "Lægerne Hansen", 0, 0)], "sor.csv")
    merged, _ = merge_practices(register, practices([], "osm"), TODAY)
    assert merged["practice_id"].tolist() == ["1"]
    alone, _ = merge_practices(practices([], "sor.csv"), register, TODAY)
    assert alone["practice_id"].tolist() == ["1"]


@pytest.mark.parametrize(("name", "words"), [("Lægerne i Åby ApS", {"åby"}), ("Klinik", set()), ("", set())])
def test_common_words_do_not_tell_practices_apart(name, words):
    assert telling_words(name) == words


def test_a_table_of_practices_keeps_the_source_and_precision_of_its_rows(tmp_path):
    path = tmp_path / "p.csv"
    path.write_text(
        "provider,x,y,source,precision\na,610000,6210000,sor.csv,register\nb,611000,6210000,osm,approximate\n"
    )
    found = read_practices(path, one_area())
    assert found[["source", "precision"]].to_numpy().tolist() == [
        ["sor.csv", "register"],
        ["osm", "approximate"],
    ]
    path.write_text("provider,x,y,precision\na,610000,6210000,sure\n")
    with pytest.raises(TableError, match="measured, register"):
        read_practices(path, one_area())


# --- the whole way ---------------------------------------------------------------------------------------------------


def settings_in(folder: Path) -> FetchSettings:
    return FetchSettings(folder=folder, spare_gb=0)


def bring(settings: FetchSettings, by_hand: Path) -> None:
    fetch_layers(
        settings, wanted_layers(settings, load_sources()), today=TODAY, from_folder=by_hand, world=OFFLINE
    )


def write_study(path: Path, data: str, more: str = "") -> Path:
    text = f'[study]\nname = "x"\ntitle = "X"\nas_of = 2018-12-31\ndata = "{data}"\n{more}'
    path.write_text(text, encoding="utf-8")
    return path


def test_without_any_layer_everything_is_bundled_and_told(tmp_path):
    made = make_study_data(settings_in(tmp_path / "data"))
    raw = tomllib.loads(made.path.read_text(encoding="utf-8"))
    assert set(raw) == {"study"}
    assert {row["severity"] for row in raw["study"]["told"]} == {"warning"}
    settings = load_settings(write_study(tmp_path / "s.toml", "data/study/open-data.toml"))
    assert settings.boundaries.file == settings.roads.file == "bundled"
    assert [one.da.split(":")[0] for one in settings.study.told] == [
        "Veje", "Kommunernes befolkning", "Grænser", "Lægepraksisser", "Hvor folk bor",
    ]  # fmt: skip


def test_a_study_that_was_never_fetched_tells_what_to_run(tmp_path):
    with pytest.raises(MissingInputError, match="make data"):
        load_settings(write_study(tmp_path / "s.toml", "data/open-data.toml"))


def test_the_studys_own_words_go_before_the_fetched_ones(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    for name in ("roads.osm.pbf", "own.gpkg", "areas.gpkg", "m.csv"):
        (folder / name).write_bytes(b"x")
    (folder / "open-data.toml").write_text(
        '[roads]\nfile = "roads.osm.pbf"\ncredit = "them"\n[tables]\nmunicipalities = "m.csv"\n'
        '[boundaries]\nfile = "areas.gpkg"\ncredit = "theirs"\nkey = "k"\n'
    )
    more = '[roads]\ncredit = "us"\n[boundaries]\nfile = "data/own.gpkg"\n[tables]\nhospitals = "bundled"\n'
    settings = load_settings(write_study(tmp_path / "s.toml", "data/open-data.toml", more))
    assert (settings.roads.file, settings.roads.credit) == (folder / "roads.osm.pbf", "us")
    assert (settings.boundaries.file, settings.boundaries.key) == (folder / "own.gpkg", None)
    assert settings.tables.municipalities == folder / "m.csv"


def test_a_fault_in_the_fetched_settings_is_told(tmp_path):
    (tmp_path / "open-data.toml").write_text('[roads]\nfile = "gone.osm.pbf"\n')
    with pytest.raises(SettingsError, match=r"gone\.osm\.pbf"):
        load_settings(write_study(tmp_path / "s.toml", "open-data.toml"))


def test_a_file_that_was_changed_behind_the_lock_is_not_used(tmp_path, municipalities):
    by_hand = tmp_path / "by-hand"
    by_hand.mkdir()
    folk1a(by_hand / "FOLK1A.csv", municipalities)
    settings = settings_in(tmp_path / "data")
    bring(settings, by_hand)
    assert "tables" in tomllib.loads(make_study_data(settings).path.read_text())
    (settings.folder / "statbank-folk1a.csv").write_text("OMRÅDE;TID;INDHOLD\n")
    made = make_study_data(settings)
    assert "tables" not in tomllib.loads(made.path.read_text())
    assert any("geodata.lock" in str(line.told) for line in made.lines)


def test_a_layer_that_cannot_be_read_is_passed_over_with_its_fault(tmp_path):
    by_hand = tmp_path / "by-hand"
    by_hand.mkdir()
    (by_hand / "FOLK1A.csv").write_text("OMRÅDE;TID\n101 København;2026K4\n", encoding="utf-8")
    (by_hand / "SorEntity_daily.csv").write_text(
        "SorId;EntityName;EntityTypeName\n1;Tandlæge;tandlægepraksis\n"
    )
    (by_hand / "lau.geojson").write_text('{"type": "FeatureCollection", "features": []}')
    settings = settings_in(tmp_path / "data")
    bring(settings, by_hand)
    made = make_study_data(settings)
    told = [f"{line.role}: {line.told!s}" for line in made.lines]
    for start in ("Population of municipalities: StatBank", "GP practices: SOR", "Boundaries: GISCO LAU"):
        assert any(line.startswith(start) and "is not used" in line for line in told), told


@pytest.mark.parametrize("at", ["make_demand", "write_whole", "put_folder_in_place"])
def test_a_making_that_is_stopped_leaves_the_earlier_study(tmp_path, municipalities, monkeypatch, at):
    by_hand = tmp_path / "by-hand"
    by_hand.mkdir()
    folk1a(by_hand / "FOLK1A.csv", municipalities)
    settings = settings_in(tmp_path / "data")
    bring(settings, by_hand)
    made = make_study_data(settings)
    before = {path.name: path.read_bytes() for path in made.path.parent.iterdir()}

    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(f"pipeline.open_data.study_data.{at}", stop)
    (settings.folder / "statbank-folk1a.csv").unlink()
    with pytest.raises(KeyboardInterrupt):
        make_study_data(settings)
    monkeypatch.undo()
    assert {path.name: path.read_bytes() for path in made.path.parent.iterdir()} == before
    make_study_data(settings)
    assert [path.name for path in made.path.parent.iterdir()] == ["open-data.toml"]


def test_a_folder_left_aside_by_a_killed_run_does_no_harm(tmp_path):
    fresh, target, aside = tmp_path / "fresh", tmp_path / "study", tmp_path / ".study.old"
    for folder in (fresh, aside):
        folder.mkdir()
        (folder / "a.txt").write_text(folder.name)
    put_folder_in_place(fresh, target)
    assert (target / "a.txt").read_text() == "fresh"
    assert not aside.exists()


def recorded(folder: Path, municipalities: pd.DataFrame) -> dict[str, bytes]:
    """Files in the shape in which the publishers give them, of the whole country but small."""
    areas = load_bundled_areas(municipalities).frame
    inner = areas.geometry.representative_point()
    lau = gpd.GeoDataFrame(
        {"GISCO_ID": "DK_" + areas["municipality_code"].str[1:], "CNTR_CODE": "DK",
         "LAU_ID": areas["municipality_code"].str[1:], "LAU_NAME": areas["name"]},
        geometry=areas.geometry.to_numpy(), crs=areas.crs,
    )  # fmt: skip
    abroad = lau.iloc[:1].assign(
        GISCO_ID="DE_01001000", CNTR_CODE="DE", LAU_ID="01001000", LAU_NAME="Flensburg"
    )
    pd.concat([lau, abroad.set_geometry(abroad.translate(0, -90_000))]).to_crs(4326).to_file(
        folder / "lau.geojson"
    )
    cells = "".join(f"{cell(x, y)},100,50,50,20,60,20,DK\n" for x, y in zip(inner.x, inner.y, strict=True))
    table = (
        "GRD_ID,T,M,F,Y_LT15,Y_1564,Y_GE65,CNTR_ID\nCRS3035RES1000mN942000E1886000,5,1,1,1,1,1,PT\n" + cells
    )
    with zipfile.ZipFile(folder / "grid.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("Eurostat_Census-GRID_2021_V3/read.me", "words")
        archive.writestr("Eurostat_Census-GRID_2021_V3/ESTAT_Census_2021_V3.csv", table)
    sor = SOR.splitlines()[0] + "\n" + "".join(
        f'="{at}";Lægehuset {at};almen lægepraksis;="{at:06d}";2010-01-01;;{x:.0f};{y:.0f}\n'
        for at, (x, y) in enumerate(zip(inner.x, inner.y, strict=True))
    )  # fmt: skip
    return {
        "gisco-lau": (folder / "lau.geojson").read_bytes(),
        "geostat-grid-2021": (folder / "grid.zip").read_bytes(),
        "statbank-folk1a": folk1a(folder / "folk1a.csv", municipalities).read_bytes(),
        "sor": sor.encode("cp1252"),
    }


def test_the_publishers_files_make_a_study_without_any_file_by_hand(tmp_path, municipalities):
    """Each layer in its recorded shape, over the network of this machine, into the tables that the study reads."""
    files = recorded(tmp_path, municipalities)
    settings = settings_in(tmp_path / "data").model_copy(update={"layers": tuple(files)})
    with hostile_server() as server:
        sources = load_sources()
        for name, body in files.items():
            ending = ".zip" if name == "geostat-grid-2021" else ".geojson" if name == "gisco-lau" else ".csv"
            plan = sources[name].fetch.model_copy(
                update={"address": server.on(f"/{name}{ending}", whole(body))}
            )
            sources[name] = sources[name].model_copy(update={"fetch": plan})
        world = World(free=lambda _: 10**12, environ={}, loopback_http=True)
        fetch_layers(settings, wanted_layers(settings, sources), today=TODAY, world=world)
    made = make_study_data(settings)
    told = {str(line.role): str(line.told) for line in made.lines}
    assert told["Boundaries"] == "GISCO LAU, local administrative units"
    assert told["Where people live"] == "GEOSTAT census grid 2021, 1 km, 99 cells"
    assert told["GP practices"] == "SOR, register of health organisations"

    study = load_settings(write_study(tmp_path / "s.toml", "data/study/open-data.toml"))
    assert study.practices.credit == "Sundhedsdatastyrelsen, SOR, 2026-11-28"
    inputs = read_inputs(study)
    assert inputs.areas.precision == "measured"
    assert len(inputs.areas.frame) == 99
    assert set(inputs.tables["municipalities"]["population_date"].astype(str)) == {"2026-10-01"}
    demand, _ = study_demand(study.demand, inputs.tables, inputs.areas.frame)
    assert demand["weight"].sum() == 9_900
    assert set(bands_of(demand)) == {"people_0_14", "people_15_64", "people_65_plus"}
    found, _ = study_practices(study.practices, inputs.tables, inputs.areas.frame, demand, study.study.as_of)
    assert found["municipality_code"].nunique() == 99
    assert set(found["source"]) == {"sor.csv"}
    assert set(found["precision"]) == {"register"}


SAMSOE = "0741"


def samsoe_tables(folder: Path) -> str:
    """Cut the bundled tables to one municipality; gives the section of the settings."""
    folder.mkdir()
    tables = {name: pd.read_csv(GEODATA / f"{name}.csv", dtype=str, keep_default_na=False) for name in (
        "municipalities", "clusters", "cluster_members", "settlements", "hospitals", "hospital_status",
        "hospital_clusters", "health_houses", "house_functions", "gp_supply_municipality",
    )}  # fmt: skip
    for name in (
        "municipalities",
        "cluster_members",
        "settlements",
        "health_houses",
        "gp_supply_municipality",
    ):
        tables[name] = tables[name][tables[name]["municipality_code"] == SAMSOE]
    kept = tables["cluster_members"][["scheme", "cluster_id"]].drop_duplicates()
    tables["clusters"] = tables["clusters"].merge(kept)
    tables["house_functions"] = tables["house_functions"][tables["house_functions"]["house_id"] == "samsoe"]
    row = tables["hospitals"].iloc[:1].assign(
        hospital_id="samsoe-h", name="Samsø Sundheds- og Akuthus", municipality_code=SAMSOE, town="Tranebjerg",
        lon="10.61", lat="55.84", point_precision="estimate",
    )  # fmt: skip
    tables["hospitals"] = row
    tables["hospital_status"] = tables["hospital_status"].iloc[:1].assign(hospital_id="samsoe-h")
    links = tables["hospital_clusters"].iloc[:1].assign(hospital_id="samsoe-h", valid_from="", valid_to="")
    tables["hospital_clusters"] = links.drop(columns=["scheme", "cluster_id"]).merge(kept, how="cross")[
        tables["hospital_clusters"].columns
    ]
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.csv", index=False)
    kept_out = ("municipalities", "hospitals")
    return "[tables]\n" + "".join(
        f'{name} = "{folder / name}.csv"\n' for name in tables if name not in kept_out
    )


LIMIT = '[[coverage.choice.limits_km]]\nvalue = 15\nsource = "§ 59"\n'

SOR = (
    "SorId;EntityName;EntityTypeName;ProviderId;FromDate;ToDate;"
    "ActivityAddressCoordETRS89z32EMeasure;ActivityAddressCoordETRS89z32NMeasure\n"
    '="1";Lægerne Samsø;almen lægepraksis;="012345";2010-01-01;;600000;6188200\n'
    '="2";Tandlægen;tandlægepraksis;;2010-01-01;;600000;6188200\n'
)


@pytest.mark.testdata
def test_one_extract_gives_a_whole_study_of_samsoe(tmp_path, testdata):
    """Roads, boundaries, hospital and addresses from one extract, people from FOLK1A, practices from SOR."""
    by_hand = tmp_path / "by-hand"
    by_hand.mkdir()
    shutil.copy(testdata / "roads" / "samsoe-2020.osm.pbf", by_hand / "denmark-latest.osm.pbf")
    section = samsoe_tables(tmp_path / "own")
    own = {name: tmp_path / "own" / f"{name}.csv" for name in ("municipalities", "hospitals")}
    table = load_table("municipalities", own["municipalities"])
    folk1a(by_hand / "FOLK1A.csv", table, people=3_600)
    (by_hand / "SorEntity_daily.csv").write_text(SOR, encoding="utf-8")
    settings = settings_in(tmp_path / "data")
    bring(settings, by_hand)
    make_study_data(settings, tables=own)
    first = {path.name: path.read_bytes() for path in (settings.folder / "study").iterdir()}
    assert set(first) == {
        "boundaries.parquet", "hospitals.csv", "municipalities.csv", "population.parquet", "practices.csv",
        "open-data.toml",
    }  # fmt: skip
    make_study_data(settings, tables=own)
    assert {path.name: path.read_bytes() for path in (settings.folder / "study").iterdir()} == first

    study = load_settings(write_study(tmp_path / "s.toml", "data/study/open-data.toml", section + LIMIT))
    inputs = read_inputs(study)
    assert inputs.areas.frame.geometry.area.sum() / 1e6 == pytest.approx(113.6, rel=0.02)
    assert inputs.tables["hospitals"]["point_source"].tolist() == [
        "OpenStreetMap way/676577282 in geofabrik-denmark.osm.pbf"
    ]
    result = run_study(study, inputs)
    assert result.demand["weight"].sum() == pytest.approx(3_603, abs=0.5)
    assert len(result.demand) > 50
    assert study.demand.addresses == settings.folder / "geofabrik-denmark.osm.pbf"
    reached = result.access.demand if hasattr(result.access, "demand") else result.demand
    assert len(reached) == len(result.demand)
    assert np.isfinite(result.demand["weight"]).all()
    kinds = [finding.kind for finding in result.findings]
    assert kinds.count("data_told") == len(study.study.told)
    credits_ = f"{study.roads.credit} {study.practices.credit} {study.demand.credit}"
    assert "OpenStreetMap" in credits_
    assert "Danmarks Statistik" in credits_
