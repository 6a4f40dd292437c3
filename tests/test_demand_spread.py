import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point, box

from pipeline.demand.default import default_demand
from pipeline.demand.doubts import (
    IMPLAUSIBLE,
    crowded_areas,
    doubt_findings,
    implausible_islands,
    move_implausible,
)
from pipeline.demand.spread import AreaColumns, spread_over_points
from pipeline.tables import load_table

X, Y = 560_000.0, 6_220_000.0
NAMES = AreaColumns("id", "code", "adults", ("people_18_64", "people_65_plus"))
NO_TOWNS = pd.DataFrame({"geonameid": [], "name": [], "lon": [], "lat": []})
VOTING = AreaColumns(
    "dagi_id",
    "kommunekode",
    "adults",
    tuple(
        f"adults_{band}"
        for band in "18_19 20_24 25_29 30_34 35_39 40_44 45_49 50_54 55_59 60_64 65_69 70_plus".split()  # noqa: SIM905
    ),
)


def strip(figures):
    """Areas of 1 × 1 km in a row, with their people below and above 65."""
    figures = np.asarray(figures, dtype=float)
    return gpd.GeoDataFrame(
        {
            "id": [f"a{i}" for i in range(len(figures))],
            "name": [f"Område {i}" for i in range(len(figures))],
            "code": ["0751"] * len(figures),
            "people_18_64": figures[:, 0],
            "people_65_plus": figures[:, 1],
            "adults": figures.sum(axis=1),
        },
        geometry=[box(X + 1000 * i, Y, X + 1000 * (i + 1), Y + 1000) for i in range(len(figures))],
        crs="EPSG:25832",
    )


def dwellings(xy, weight=None):
    xy = np.asarray(xy, dtype=float).reshape(-1, 2)
    return gpd.GeoDataFrame(
        {"weight": np.ones(len(xy)) if weight is None else weight},
        geometry=[Point(X + x, Y + y) for x, y in xy],
        crs="EPSG:25832",
    )


@given(
    st.lists(st.tuples(st.integers(0, 99_999), st.integers(0, 99_999)), min_size=1, max_size=4),
    st.lists(st.tuples(st.integers(0, 4500), st.integers(0, 1000), st.floats(0.1, 9)), max_size=25),
    st.randoms(use_true_random=False),
)
@settings(deadline=None, max_examples=40)
def test_every_hundredth_of_every_band_is_kept_in_its_area_whatever_the_order(hundredths, spots, rng):
    areas = strip(np.array(hundredths) / 100)
    points = dwellings([spot[:2] for spot in spots], [spot[2] for spot in spots])
    frame, _ = spread_over_points(areas, points, NO_TOWNS, NAMES, source="s")
    area = frame["demand_id"].str.split("-").str[0]
    for band, column in (("people_18_64", 0), ("people_65_plus", 1)):
        sums = (frame[band] * 100).round().groupby(area).sum()
        assert sums.tolist() == [row[column] for row in hundredths]
    assert np.allclose(frame["weight"], frame["people_18_64"] + frame["people_65_plus"])
    assert frame["demand_id"].is_unique
    rows = rng.sample(range(len(points)), len(points))
    again, _ = spread_over_points(areas.iloc[::-1], points.iloc[rows], NO_TOWNS, NAMES, source="s")
    pd.testing.assert_frame_equal(pd.DataFrame(frame), pd.DataFrame(again))


def test_people_follow_the_weight_of_the_dwellings():
    frame, findings = spread_over_points(
        strip([[60, 40]]), dwellings([[100, 100], [900, 900]], [1.0, 3.0]), NO_TOWNS, NAMES, source="s"
    )
    assert frame["weight"].tolist() == [25, 75]
    assert frame["people_65_plus"].tolist() == [10, 30]
    assert frame["status"].tolist() == ["ok", "ok"]
    assert findings == []


def test_areas_without_dwellings_or_figures_keep_a_row_and_a_reason():
    frame, findings = spread_over_points(
        strip([[10, 5], [7, 3], [np.nan, np.nan]]),
        dwellings([[50, 50], [2500, 500]]),
        NO_TOWNS,
        NAMES,
        source="s",
    )
    assert frame["status"].tolist() == ["ok", "area_without_dwellings", "no_figures"]
    assert frame["weight"].tolist() == [15, 10, 0]
    assert frame.geometry[1].within(strip([[1, 1], [1, 1]]).geometry[1])
    assert {f.kind for f in findings} == {"areas_no_figures", "areas_area_without_dwellings"}


def test_people_in_no_age_band_are_spread_too():
    areas = strip([[10, 5]]).assign(adults=20.0)
    frame, findings = spread_over_points(areas, dwellings([[1, 1], [2, 2]]), NO_TOWNS, NAMES, source="s")
    assert frame["weight"].sum() == 20
    assert frame[["people_18_64", "people_65_plus"]].sum().sum() == 15
    assert [f.kind for f in findings] == ["ages_do_not_sum"]


def isle(adults, side=1500):
    """A town on a large land and an islet without any town."""
    areas = strip([[3000, 1000], [adults * 0.6, adults * 0.4]])
    land = box(X, Y, X + 12_000, Y + 12_000)
    islet = box(X + 20_000, Y, X + 20_000 + side, Y + side)
    return areas.set_geometry([land, islet], crs="EPSG:25832")


def test_an_islet_with_a_towns_people_is_found_and_the_excess_moved():
    areas = isle(2000)
    plausible = implausible_islands(areas, NO_TOWNS, NAMES)
    assert plausible.to_dict() == {"a1": pytest.approx(30 * 2.25)}
    moved = move_implausible(areas, plausible, NAMES)
    assert moved["adults"].tolist() == pytest.approx([6000 - 67.5, 67.5])
    assert moved[list(NAMES.bands)].sum(axis=1).tolist() == pytest.approx(moved["adults"].tolist())
    assert moved["people_18_64"].sum() == pytest.approx(areas["people_18_64"].sum())
    told = doubt_findings(areas, plausible, pd.Series(dtype=float), NAMES, label="name")
    assert "Område 1: 2,000 people cannot live on this island" in str(told[0].message)
    frame, _ = spread_over_points(
        moved,
        dwellings([]),
        NO_TOWNS,
        NAMES,
        source="s",
        doubtful=pd.Series(IMPLAUSIBLE, index=plausible.index),
    )
    assert frame.loc[frame["demand_id"] == "a1-1", "status"].tolist() == [IMPLAUSIBLE]


def test_an_ordinary_island_and_one_with_a_town_are_left_alone():
    assert implausible_islands(isle(200), NO_TOWNS, NAMES).empty
    town = gpd.GeoSeries([Point(X + 20_100, Y + 100)], crs="EPSG:25832").to_crs("EPSG:4326")
    towns = pd.DataFrame({"geonameid": [1], "name": ["By"], "lon": town.x, "lat": town.y})
    assert implausible_islands(isle(2000), towns, NAMES).empty


def test_with_nowhere_to_move_them_the_people_stay():
    areas = isle(2000).assign(code=["0707", "0825"])
    moved = move_implausible(areas, implausible_islands(areas, NO_TOWNS, NAMES), NAMES)
    assert moved["adults"].tolist() == areas["adults"].tolist()


def test_too_many_people_for_the_addresses_are_found():
    areas = strip([[60, 40], [6, 4], [6, 4]])
    addresses = dwellings([[10 * i, 10] for i in range(5)] + [[1100 + 10 * i, 10] for i in range(5)])
    crowded = crowded_areas(areas, addresses, NAMES)
    assert crowded.to_dict() == {"a0": 20.0}
    told = doubt_findings(areas, pd.Series(dtype=float), crowded, NAMES, label="name")
    assert "Område 0: 20.0 people for each address" in str(told[0].message)


@pytest.fixture(scope="module")
def bundled():
    municipalities, settlements_ = load_table("municipalities"), read_settlements()
    areas = gpd.read_file("geodata/boundaries/municipalities.geojson").to_crs("EPSG:25832")
    return municipalities, settlements_, areas, default_demand(municipalities, settlements_, areas)


def read_settlements():
    return pd.read_csv("geodata/settlements.csv", dtype={"municipality_code": str, "population": "Int64"})


def test_bundled_demand_sums_exactly_to_every_municipality(bundled):
    municipalities, _, areas, demand = bundled
    sums = demand.groupby("municipality_code")["weight"].sum()
    known = municipalities.set_index("municipality_code")["population"].astype(float)
    pd.testing.assert_series_equal(sums, known, check_names=False)
    assert (demand["weight"] % 1 == 0).all()
    assert demand["precision"].unique().tolist() == ["modelled"]
    assert demand["demand_id"].is_unique
    near = areas.set_index("municipality_code").geometry
    off = demand.geometry.distance(gpd.GeoSeries(demand["municipality_code"].map(near), crs=demand.crs))
    assert (off > 0).mean() < 0.001  # a town's point may lie off a generalised coast


def test_bundled_demand_does_not_depend_on_the_order_of_rows(bundled):
    municipalities, towns, areas, demand = bundled
    again = default_demand(municipalities.iloc[::-1], towns.sample(frac=1, random_state=1), areas.iloc[::-1])
    pd.testing.assert_frame_equal(pd.DataFrame(demand), pd.DataFrame(again))


def test_bundled_towns_have_their_known_size_and_doubtful_figures_are_not_used(bundled):
    _, towns, _, demand = bundled
    town = demand[demand["demand_id"].str.startswith("town-")]
    people = town.groupby(town["demand_id"].str.split("-").str[1].astype(int))["weight"].sum()
    by_name = towns.assign(modelled=towns["geonameid"].map(people)).set_index("name")
    assert by_name.loc["Herning", "modelled"] == by_name.loc["Herning", "population"]
    assert by_name.loc["Tranekær", "modelled"] <= 3000  # GeoNames gives it all of Langeland
    ratio = (by_name["modelled"] / by_name["population"]).dropna().astype(float)
    assert ratio.between(0.8, 1.25).mean() > 0.95


def test_a_municipality_without_town_or_grid_point_keeps_its_people():
    areas = gpd.GeoDataFrame(
        {"municipality_code": ["0411"]}, geometry=[box(X + 10, Y + 10, X + 60, Y + 60)], crs="EPSG:25832"
    )
    rows = pd.DataFrame({"municipality_code": ["0411"], "population": [90], "seat": ["Christiansø"]})
    towns = pd.DataFrame(
        {
            "geonameid": [],
            "name": [],
            "lon": [],
            "lat": [],
            "population": pd.array([], dtype="Int64"),
            "municipality_code": [],
        }
    )
    demand = default_demand(rows, towns, areas)
    assert demand["weight"].tolist() == [90.0]
    assert demand.geometry[0].within(areas.geometry[0])


@pytest.mark.testdata
def test_real_voting_areas_known_faults_are_found_and_sums_kept(testdata):
    areas = gpd.read_file(testdata / "population" / "voting-areas-2025.gpkg")
    towns = read_settlements()
    plausible = implausible_islands(areas, towns, VOTING)
    names = areas.set_index("dagi_id")["navn"]
    assert {names[key].split(" ")[0] for key in plausible.index} == {"Omø", "Agersø", "Askø", "Femø"}
    assert (plausible < 350).all()
    moved = move_implausible(areas, plausible, VOTING)
    frame, findings = spread_over_points(
        moved,
        dwellings([]),
        towns,
        VOTING,
        source="s",
        doubtful=pd.Series(IMPLAUSIBLE, index=plausible.index),
    )
    assert len(frame) == len(areas)
    assert (frame["status"] == "no_figures").sum() == 18
    assert (frame["status"] == IMPLAUSIBLE).sum() == 4
    given = areas.groupby("kommunekode")["adults"].sum()
    spread = frame.groupby("municipality_code")["weight"].sum()
    assert (spread - given).abs().max() < 0.5
    assert "areas_no_figures" in {f.kind for f in findings}
