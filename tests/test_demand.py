import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from pyproj import Transformer
from shapely import Point, box

from pipeline.demand import (
    add_children,
    bands_of,
    build_demand,
    compare_population,
    demand_findings,
    settlement_names,
)
from pipeline.demand.readers import cell_centres, read_demand
from pipeline.errors import CRSError, MissingInputError, TableError

X, Y = 560_000.0, 6_220_000.0


@pytest.fixture
def areas():
    """Two municipalities of 20 × 20 km side by side."""
    return gpd.GeoDataFrame(
        {"municipality_code": ["0751", "0707"], "name": ["Aarhus", "Norddjurs"]},
        geometry=[box(X, Y, X + 20_000, Y + 20_000), box(X + 20_000, Y, X + 40_000, Y + 20_000)],
        crs="EPSG:25832",
    )


@pytest.fixture
def settlements():
    to_degrees = Transformer.from_crs("EPSG:25832", "EPSG:4326", always_xy=True)
    lon, lat = to_degrees.transform([X + 5_000, X + 35_000], [Y + 5_000, Y + 5_000])
    return pd.DataFrame(
        {
            "geonameid": [1, 2],
            "name": ["Vestby", "Østby"],
            "lon": lon,
            "lat": lat,
            "population": pd.array([4000, 900], dtype="Int64"),
            "municipality_code": ["0751", "0707"],
        }
    )


def test_points_get_municipality_name_and_status(areas, settlements):
    points = gpd.GeoSeries(
        [Point(X + 1, Y + 1), Point(X + 39_000, Y + 1), Point(X - 5_000, Y), Point(), Point(X - 100, Y + 9)],
        crs="EPSG:25832",
    )
    people = np.array([10.0, np.nan, 3.0, 4.0, 5.0])
    demand = build_demand(
        points, people, pd.Series(list("abcde")), areas, settlements, source="s", precision="register"
    )
    assert demand["status"].tolist() == ["ok", "no_figures", "outside_study_area", "no_point", "snapped"]
    assert demand["municipality_code"].fillna("").tolist() == ["0751", "0707", "", "", "0751"]
    assert demand["settlement"].tolist() == ["Vestby", "Østby", "Vestby", "", "Vestby"]
    assert demand["weight"].sum() == 22
    assert {f.kind for f in demand_findings(demand)} == {
        "demand_outside_study_area",
        "demand_no_point",
        "demand_no_figures",
    }


def test_children_are_added_up_to_the_population_to_the_hundredth(areas, settlements):
    points = gpd.GeoSeries([Point(X + 100 * i, Y + 50) for i in range(1, 8)], crs="EPSG:25832")
    adults = np.array([10.0, 20.5, 0.0, 7.25, 100.0, 1.0, 3.0])
    bands = {
        "people_18_29": adults * 0.5,
        "people_30_34": adults * np.array([0.5, 0.5, 0.5, 0.5, 0, 0.5, 0.5]),
    }
    demand = build_demand(
        points,
        adults,
        pd.Series(list("abcdefg")),
        areas,
        settlements,
        source="s",
        precision="register",
        bands=bands,
    )
    grown = add_children(demand, pd.Series({"0751": 180.0, "0707": 50.0}))
    assert grown["weight"].sum() == pytest.approx(180, abs=1e-9)
    assert (grown["weight"] * 100).round().sum() == 18_000
    assert np.allclose(grown["weight"] - grown["people_0_17"], adults)
    assert grown["people_0_17"][4] == 0, "no parents there"
    assert bands_of(grown) == ["people_0_17", "people_18_29", "people_30_34"]
    assert grown["precision"].unique().tolist() == ["modelled"]
    shuffled = add_children(demand.iloc[::-1], pd.Series({"0751": 180.0})).loc[grown.index]
    assert shuffled["people_0_17"].tolist() == grown["people_0_17"].tolist()


def test_more_adults_than_people_adds_no_children_and_empty_places_get_the_missing(areas, settlements):
    points = gpd.GeoSeries(
        [Point(X + 1, Y + 1), Point(X + 30_000, Y + 1), Point(X + 31_000, Y + 1)], crs="EPSG:25832"
    )
    demand = build_demand(
        points,
        np.array([50.0, 0.0, 0.0]),
        pd.Series(list("abc")),
        areas,
        settlements,
        source="s",
        precision="register",
    )
    grown = add_children(demand, pd.Series({"0751": 40.0, "0707": 7.0}))
    assert grown["weight"].tolist() == [50.0, 3.5, 3.5]


def test_a_sum_far_from_the_population_is_reported_with_the_name():
    demand = pd.DataFrame({"municipality_code": ["0751", "0707"], "weight": [1000.0, 300.0]})
    known = pd.DataFrame(
        {
            "municipality_code": ["0751", "0707", "0101"],
            "name": ["Aarhus", "Norddjurs", "København"],
            "population": [1050, 600, 5],
        }
    )
    findings = compare_population(demand, known)
    assert [f.keys for f in findings] == [("0707",), ("0101",)]
    assert "300" in str(findings[0].message)


def test_cell_codes_of_all_forms_name_the_centre():
    codes = pd.Series(
        ["CRS3035RES1000mN3629000E4319000", "1kmN3629E4319", "100mN36290E43190", "1km_6223_575"], name="cell"
    )
    points = cell_centres(codes, "f").to_crs("EPSG:3035")
    assert points[0].distance(Point(4_319_500, 3_629_500)) < 0.01
    assert points[1].distance(points[0]) < 0.01
    assert points[2].distance(Point(4_319_050, 3_629_050)) < 0.01
    danish = cell_centres(codes, "f")[3]
    assert danish.distance(Point(575_500, 6_223_500)) < 1e-6


def test_wrong_cell_codes_are_told_with_their_rows():
    with pytest.raises(TableError) as told:
        cell_centres(pd.Series(["1kmN3629E4319", "nonsense", ""], name="GRD_ID"), "grid.csv")
    assert [str(f.where) for f in told.value.faults] == ["row 3, column GRD_ID", "row 4, column GRD_ID"]


def write_grid(folder, areas, name="grid.csv"):
    """Census cells over and around the two municipalities."""
    bounds = areas.to_crs("EPSG:3035").total_bounds // 1000
    rows = [
        (f"CRS3035RES1000mN{n * 1000:.0f}E{e * 1000:.0f}", 10 + (n + e) % 5)
        for n in np.arange(bounds[1] - 5, bounds[3] + 5)
        for e in np.arange(bounds[0] - 5, bounds[2] + 5)
    ]
    frame = pd.DataFrame(rows, columns=["GRD_ID", "T"]).assign(Y_LT15=2, Y_1564=6)
    frame["Y_GE65"] = frame["T"] - 8
    frame.loc[0, "Y_LT15"] = -9999
    frame.to_csv(folder / name, index=False)
    return frame


def test_census_grid_is_cut_to_the_study_area_and_says_so(tmp_path, areas, settlements):
    frame = write_grid(tmp_path, areas)
    demand, findings = read_demand(tmp_path / "grid.csv", areas, settlements)
    assert 800 <= len(demand) <= 1000  # 800 km² and the cells within 1 km of it
    assert demand["municipality_code"].notna().all()
    assert bands_of(demand) == ["people_0_14", "people_15_64", "people_65_plus"]
    assert demand["weight"].sum() == demand[bands_of(demand)].sum().sum()
    outside = next(f for f in findings if f.kind == "grid_cells_outside")
    assert demand["weight"].sum() + outside.message.values["people"] == frame["T"].sum()  # noqa: PD011  (a message)
    assert demand["demand_id"].is_unique


def test_the_same_grid_as_geopackage_gives_the_same(tmp_path, areas, settlements):
    frame = write_grid(tmp_path, areas)
    centres = cell_centres(frame["GRD_ID"], "f")
    cells = gpd.GeoDataFrame(
        frame, geometry=centres.buffer(500, cap_style="square"), crs="EPSG:25832"
    ).to_crs("EPSG:3035")
    cells.to_file(tmp_path / "grid.gpkg", layer="census", driver="GPKG")
    first, _ = read_demand(tmp_path / "grid.csv", areas, settlements)
    second, _ = read_demand(tmp_path / "grid.gpkg", areas, settlements, layer="census")
    assert second["weight"].tolist() == first["weight"].tolist()
    assert (second.geometry.distance(first.geometry) < 0.01).all()


def test_a_grid_of_another_country_is_refused(tmp_path, areas, settlements):
    pd.DataFrame({"GRD_ID": ["1kmN2700E4300"], "T": [5]}).to_csv(tmp_path / "at.csv", index=False)
    with pytest.raises(TableError, match="no cell inside"):
        read_demand(tmp_path / "at.csv", areas, settlements)


@pytest.mark.parametrize("sign", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_points_from_text_files_as_people_save_them(tmp_path, areas, settlements, sign, encoding):
    amount = "12.5" if sign == "," else "12,5"
    rows = [
        f"id{sign}længdegrad{sign}breddegrad{sign}indbyggere",
        f"å1{sign}10.03{sign}56.2{sign}{amount}",
        f"a2{sign}10.1{sign}56.2{sign}7",
    ]
    (tmp_path / "p.csv").write_text("\n".join(rows), encoding=encoding)
    demand, _ = read_demand(tmp_path / "p.csv", areas, settlements)
    assert demand["weight"].tolist() == [12.5, 7.0]
    assert demand["demand_id"].tolist() == ["å1", "a2"]
    assert demand["status"].tolist() == ["ok", "ok"]


@pytest.mark.parametrize("suffix", ["gpkg", "geojson", "parquet"])
def test_points_from_layers_in_another_crs(tmp_path, areas, settlements, suffix):
    layer = gpd.GeoDataFrame(
        {"pop": [3.0, 4.0], "people_0_17": [1.0, 1.0], "people_18_plus": [2.0, 3.0]},
        geometry=[Point(X + 10, Y + 10), Point(X + 30_000, Y + 10)],
        crs="EPSG:25832",
    ).to_crs("EPSG:4326")
    path = tmp_path / f"p.{suffix}"
    if suffix == "parquet":
        layer.to_parquet(path)
    else:
        layer.to_file(path)
    demand, _ = read_demand(path, areas, settlements)
    assert demand["municipality_code"].tolist() == ["0751", "0707"]
    assert demand.geometry[0].distance(Point(X + 10, Y + 10)) < 0.01
    assert bands_of(demand) == ["people_0_17", "people_18_plus"]
    assert demand["demand_id"].tolist() == ["row-2", "row-3"]


def test_plain_parquet_with_mapped_metre_columns(tmp_path, areas, settlements):
    pd.DataFrame({"e": [X + 5.0], "n": [Y + 5.0], "antal": [9]}).to_parquet(tmp_path / "p.parquet")
    demand, _ = read_demand(
        tmp_path / "p.parquet", areas, settlements, columns={"x": "e", "y": "n", "people": "antal"}
    )
    assert demand["weight"].tolist() == [9.0]
    assert demand["status"].tolist() == ["ok"]


def test_all_faults_of_a_table_are_told_at_once(tmp_path, areas, settlements):
    rows = ["id,x,y,people", f"a,{X},{Y},-4", f"a,{X},{Y},many", f"b,{X},{Y},5"]
    (tmp_path / "p.csv").write_text("\n".join(rows), encoding="utf-8")
    with pytest.raises(TableError) as told:
        read_demand(tmp_path / "p.csv", areas, settlements)
    assert sorted(str(f.where) for f in told.value.faults) == [
        "row 2, column people",
        "row 3, column id",
        "row 3, column people",
    ]


def test_missing_columns_and_wrong_mappings_are_told_with_the_columns_there(tmp_path, areas, settlements):
    (tmp_path / "p.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(TableError) as told:
        read_demand(tmp_path / "p.csv", areas, settlements, columns={"peple": "a", "x": "nope"})
    text = told.value.text("en")
    assert "did you mean people?" in text
    assert "a column nope" in text
    assert "a, b" in text
    with pytest.raises(TableError, match="a geometry, or columns"):
        read_demand(tmp_path / "p.csv", areas, settlements, columns={"people": "a"})
    with pytest.raises(TableError, match="names such as people_0_17"):
        read_demand(tmp_path / "p.csv", areas, settlements, columns={"people": "a"}, bands={"old": "b"})


def test_thousands_of_like_faults_are_summed_up(tmp_path, areas, settlements):
    rows = ["x,y,people", *[f"{X},{Y},-1"] * 5000]
    (tmp_path / "p.csv").write_text("\n".join(rows), encoding="utf-8")
    with pytest.raises(TableError) as told:
        read_demand(tmp_path / "p.csv", areas, settlements)
    assert len(told.value.faults) == 21
    assert "4,980 rows more" in str(told.value.faults[-1].found)


def test_degrees_named_as_metres_and_unknown_crs_are_refused(tmp_path, areas, settlements):
    (tmp_path / "p.csv").write_text("x,y,people\n10.1,56.2,5\n", encoding="utf-8")
    with pytest.raises(CRSError, match="look like degrees"):
        read_demand(tmp_path / "p.csv", areas, settlements)
    with pytest.raises(CRSError, match="EPSG:nonsense"):
        read_demand(tmp_path / "p.csv", areas, settlements, crs="EPSG:nonsense")
    demand, _ = read_demand(tmp_path / "p.csv", areas, settlements, crs="EPSG:4326")
    assert demand["municipality_code"].tolist() == ["0751"]


def test_a_layer_in_metres_that_says_degrees_is_told_with_the_crs_that_fits(tmp_path, areas, settlements):
    path = tmp_path / "people.gpkg"
    points = [Point(X + 1, Y + 1), Point(X + 9, Y + 1)]
    gpd.GeoDataFrame({"people": [5, 3]}, geometry=points, crs="EPSG:4326").to_file(path)
    with pytest.raises(CRSError, match="said to be EPSG:4326") as told:
        read_demand(path, areas, settlements)
    assert "EPSG:25832" in str(told.value)


def test_a_point_at_no_real_place_is_kept_without_one(tmp_path, areas, settlements):
    path = tmp_path / "people.gpkg"
    points = [Point(10.0, 56.15), Point(1e300, 1e300)]
    gpd.GeoDataFrame({"people": [5, 3]}, geometry=points, crs="EPSG:4326").to_file(path)
    demand, _ = read_demand(path, areas, settlements)
    assert demand["status"].tolist() == ["ok", "no_point"]
    assert demand["settlement"].tolist()[1] == ""


def test_missing_empty_and_broken_files_are_told(tmp_path, areas, settlements):
    with pytest.raises(MissingInputError, match="no such file"):
        read_demand(tmp_path / "none.csv", areas, settlements)
    (tmp_path / "empty.csv").write_text("x,y,people\n", encoding="utf-8")
    with pytest.raises(TableError, match="no rows"):
        read_demand(tmp_path / "empty.csv", areas, settlements)
    (tmp_path / "broken.gpkg").write_bytes(b"not a geopackage")
    with pytest.raises(MissingInputError, match="cannot be read"):
        read_demand(tmp_path / "broken.gpkg", areas, settlements)


def test_ages_that_do_not_sum_are_reported(tmp_path, areas, settlements):
    (tmp_path / "p.csv").write_text(
        f"x,y,people,people_0_17,people_18_plus\n{X + 1},{Y + 1},100,10,50\n", encoding="utf-8"
    )
    _, findings = read_demand(tmp_path / "p.csv", areas, settlements)
    assert [f.kind for f in findings] == ["ages_do_not_sum"]


def test_names_without_settlements_are_empty():
    points = gpd.GeoSeries([Point(X, Y)], crs="EPSG:25832")
    assert settlement_names(points, pd.DataFrame(columns=["geonameid", "name", "lon", "lat"])).tolist() == [
        ""
    ]


@pytest.mark.parametrize(("towns", "findings"), [(3, 3), (30, 1)])
def test_many_municipalities_that_do_not_fit_are_told_as_one(towns, findings):
    codes = [f"{n:04d}" for n in range(101, 101 + towns)]
    demand = pd.DataFrame({"municipality_code": codes, "weight": 70.0})
    table = pd.DataFrame({"municipality_code": codes, "name": codes, "population": 100})
    told = compare_population(demand, table)
    assert len(told) == findings
    assert sorted(key for one in told for key in one.keys) == codes
