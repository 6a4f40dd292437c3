import datetime as dt
import tomllib
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import Point, box

from pipeline.coverage.gap_table import Surroundings
from pipeline.coverage.study import CoverageInputs, CoverageResult, inputs_of_study, run_coverage
from pipeline.coverage.travel import CoverageTravel
from pipeline.demand import bands_of
from pipeline.demand.study import read_count_areas, study_demand
from pipeline.errors import TableError
from pipeline.roads.model import RoadClass, RoadFlag
from pipeline.schemas.coverage import CONTRACTS
from pipeline.settings import DemandSettings, PracticeSettings
from pipeline.settings.coverage import CoverageSettings
from pipeline.settings.file import parse_settings
from pipeline.supply.study import study_practices
from pipeline.tables import load_table
from pipeline.travel.homes import Homes
from pipeline.travel.land import land_parts
from pipeline.travel.network import build_network
from pipeline.travel.routing import Router
from tests.coverage_toys import DAY, demand_frame, practice_frame, settings_of
from tests.networks import ORIGIN, Road, roads

KM = 1000.0


def metres(*spots):
    return np.array(spots, dtype=float) * KM + ORIGIN


def country():
    """A 12 km road with a town at each end, an island by ferry, and a piece of road that is joined to nothing."""
    nodes = [(i * KM, 0) for i in range(13)]
    edges = [Road(i, i + 1, 60.0) for i in range(12)]
    nodes += [(6 * KM, 5 * KM), (7 * KM, 5 * KM), (8 * KM, 5 * KM)]
    edges += [Road(13, 14, 60.0), Road(14, 15, 60.0)]
    edges += [Road(6, 13, 1200.0, kind=RoadClass.FERRY, flags=RoadFlag.NO_SNAP, name="Færge")]
    nodes += [(3 * KM, -4 * KM), (5 * KM, -4 * KM)]
    edges += [Road(16, 17, 30.0)]
    return build_network(roads(nodes, edges))


def areas():
    shapes = [box(-1, -5, 6.5, 2), box(6.5, -2, 13, 2), box(5, 4, 9, 6)]
    return gpd.GeoDataFrame(
        {"municipality_code": ["0751", "0707", "0741"], "name": ["Vest", "Øst", "Øen"]},
        geometry=gpd.GeoSeries(shapes).affine_transform([KM, 0, 0, KM, *ORIGIN]),
        crs="EPSG:25832",
    )


def world():
    demand = demand_frame(
        [500.0, 800.0, 900.0, 100.0, 40.0],
        ["0751", "0751", "0707", "0741", "0751"],
        metres((0, 0), (2, 0), (12, 0), (7, 5), (3.2, -4)),
    )
    practices = practice_frame([1.0, 1.0], xy=metres((0, 0), (1, 0)), codes=["0751"] * 2)
    return demand, practices.assign(provider=practices["practice_id"], capacity_precision="register")


@pytest.fixture(scope="module")
def router():
    return Router(country())


def travel_of(router, chosen=None):
    demand, practices = world()
    homes = Homes.at(router, demand.geometry.get_coordinates(), land=land_parts(areas()))
    return CoverageTravel(router, demand, practices, chosen or CoverageSettings(), DAY, homes=homes)


def test_the_engine_gives_times_distances_statuses_and_landmasses(router):
    reach = travel_of(router).at()
    assert reach.nearest_s == pytest.approx([0, 60, 660, 1560, np.nan], abs=1, nan_ok=True)
    assert reach.nearest.tolist() == [0, 1, 1, 1, -1]
    assert reach.status.tolist() == ["ok", "ok", "ok", "ferry_only", "loose_road"]
    assert reach.road.count(np.full(5, 11_500.0), np.ones(2, bool)).tolist() == [2, 2, 1, 1, 0]
    assert reach.straight.count(np.full(5, 1500.0), np.ones(2, bool)).tolist() == [2, 1, 0, 0, 0]
    assert reach.point_land[0] == reach.practice_land[0] != reach.point_land[3]


def test_speed_changes_times_but_neither_distances_nor_the_ferry(router):
    travel = travel_of(router)
    today, slow = travel.at(), travel.at(0.5)
    assert slow.nearest_s[2] == pytest.approx(2 * today.nearest_s[2], abs=1)
    assert slow.nearest_s[3] == pytest.approx(1200 + 2 * 360, abs=2)
    assert slow.road is today.road


def test_a_road_that_leads_nowhere_is_not_taken_for_an_island(router):
    demand, practices = world()
    with_land = travel_of(router).at().status[4]
    without = CoverageTravel(router, demand, practices, CoverageSettings(), DAY).at().status[4]
    assert with_land == "loose_road"
    assert without == "other_landmass"


def test_practices_that_do_not_serve_are_never_the_nearest(router):
    demand, practices = world()
    practices["capacity"] = [1.0, 0.0]
    reach = CoverageTravel(router, demand, practices, CoverageSettings(), DAY).at()
    assert set(reach.nearest.tolist()) == {0, -1}


def test_site_times_are_those_of_each_rows_own_site(router):
    measure = travel_of(router).site_times()
    minutes, km = measure(metres((2, 0), (12, 0)), np.array([0, 1, 2, 4]), np.array([0, 1, 1, 0]))
    assert minutes == pytest.approx([2, 10, 0, np.nan], abs=0.05, nan_ok=True)
    assert km == pytest.approx([2, 10, 0, np.nan], abs=0.05, nan_ok=True)


def result(router, chosen=None, earlier=(), practices=None):
    demand, known = world()
    around = Surroundings(areas(), load_table("settlements"), pd.Series({"0751": "Nord"}))
    members = pd.DataFrame(
        {
            "scheme": "sundhedsklynger-2022",
            "cluster_id": ["sk22-a", "sk22-a", "sk22-b"],
            "cluster_name": ["A", "A", "B"],
            "municipality_code": ["0751", "0707", "0741"],
            "share": 1.0,
        }
    )
    municipalities = pd.DataFrame(
        {"municipality_code": ["0707", "0741", "0751"], "name": ["Øst", "Øen", "Vest"]}
    )
    inputs = CoverageInputs(
        demand, known if practices is None else practices, around, municipalities, members
    )
    return run_coverage(router, inputs, chosen or CoverageSettings(), DAY, earlier=earlier)


@pytest.fixture(scope="module")
def whole(router) -> CoverageResult:
    return result(router)


def test_all_result_tables_keep_their_contracts(whole):
    tables = whole.tables()
    assert set(tables) == {contract.name for contract in CONTRACTS}
    for contract in CONTRACTS:
        chosen = contract.select(tables[contract.name])
        assert list(chosen.columns) == list(contract.columns)


def test_tables_keep_their_contracts_with_rules_and_runs_off_too(router):
    chosen = settings_of(
        capacity={"enabled": False},
        closed={"enabled": False},
        fragile={"enabled": False},
        robustness={"runs": 0, "speed_changes": [], "limit_changes": []},
    )
    tables = result(router, chosen).tables()
    for contract in CONTRACTS:
        contract.select(tables[contract.name])
    assert tables["gp_gaps"]["certainty"].isna().all()


def test_the_whole_way_finds_the_island_and_the_far_town(whole):
    covered = whole.covered.set_index("demand_id")
    assert covered.loc["d003", "island_broken"]
    assert covered.loc["d003", "time_broken"]
    assert not covered.loc["d002", "time_broken"]
    assert pd.isna(covered.loc["d004", "time_broken"])
    kinds = {finding.kind for finding in whole.findings}
    assert {"people_not_judged", "people_in_gaps"} <= kinds
    access = whole.gaps["access"].table.set_index("municipality_code")
    assert access.loc["0741", "rules"] == "time|island"
    assert whole.by_municipality["people"].sum() == 2340
    assert whole.precision == "modelled"


def test_a_practice_that_has_closed_stands_in_the_table_and_counts_for_nothing(router, whole):
    _, practices = world()
    closed = practices.iloc[[1]].assign(
        practice_id="p9", provider="p9", valid_to=pd.Timestamp("2020-01-01"), capacity_precision="modelled"
    )
    found = result(router, practices=pd.concat([practices, closed], ignore_index=True))
    assert found.serving.tolist() == [True, True, False]
    assert found.tables()["practices"]["practice_id"].tolist() == ["p000", "p001", "p9"]
    pd.testing.assert_frame_equal(found.by_municipality, whole.by_municipality)
    pd.testing.assert_frame_equal(found.by_cluster, whole.by_cluster)
    pd.testing.assert_frame_equal(found.by_practice_cluster, whole.by_practice_cluster)


def test_a_second_scenario_is_compared_with_the_first(router, whole):
    _, practices = world()
    more = pd.concat(
        [
            practices,
            practices.iloc[[0]].assign(
                practice_id="p9", provider="p9", geometry=[Point(*metres((12, 0))[0])]
            ),
        ]
    )
    second = result(router, earlier=[whole], practices=more.reset_index(drop=True)).by_municipality.set_index(
        "municipality_code"
    )
    assert second.loc["0707", "median_min_change"] == pytest.approx(-11, abs=0.1)
    assert second.loc["0751", "people_any_change"] <= 0
    assert whole.by_municipality["median_min_change"].isna().all()


def test_an_ended_limit_is_told(router):
    demand, practices = world()
    around = Surroundings(areas(), load_table("settlements"), pd.Series(dtype=str))
    members = pd.DataFrame(
        {
            "scheme": ["x"],
            "cluster_id": ["x"],
            "cluster_name": ["X"],
            "municipality_code": ["0751"],
            "share": [1.0],
        }
    )
    inputs = CoverageInputs(
        demand, practices, around, pd.DataFrame({"municipality_code": ["0751"], "name": ["Vest"]}), members
    )
    chosen = settings_of(robustness={"runs": 0, "speed_changes": [], "limit_changes": []})
    later = run_coverage(router, inputs, chosen, dt.date(2026, 1, 1))
    assert "capacity_limit_expired" in {finding.kind for finding in later.findings}


def count_layer(folder, **changes):
    frame = gpd.GeoDataFrame(
        {
            "dagi_id": ["7", "8"],
            "navn": ["A", "B"],
            "kommunekode": ["751", "0707"],
            "befolkning": ["10,5", "20"],
            "unge": [4, 5],
            "gamle": [6.5, 15],
        },
        geometry=areas().geometry[:2].to_numpy(),
        crs="EPSG:25832",
    ).assign(**changes)
    frame.to_file(folder / "a.gpkg")
    bands = {"people_0_17": "unge", "people_18_plus": "gamle"}
    return DemandSettings(kind="areas", file=folder / "a.gpkg", bands=bands)


def test_counts_by_area_are_spread_along_the_roads_of_the_network(tmp_path):
    tables = {name: load_table(name) for name in ("municipalities", "settlements")}
    demand, _ = study_demand(count_layer(tmp_path), tables, areas(), country().arcs)
    assert demand["weight"].sum() == pytest.approx(30.5)
    assert demand.groupby("municipality_code")["people_0_17"].sum().round(2).to_dict() == {
        "0707": 5,
        "0751": 4,
    }
    assert set((demand.geometry.y - ORIGIN[1]).round()) == {0, -4000}, "on the two roads"


def test_faults_of_a_layer_of_areas_are_told_at_once(tmp_path):
    wrong = count_layer(tmp_path, dagi_id=["7", "7"], befolkning=["-1", "x"])
    with pytest.raises(TableError) as told:
        read_count_areas(wrong, wrong.file)
    assert len(told.value.faults) == 3
    points = tmp_path / "p.csv"
    points.write_text("x,y,people\n1,2,3\n", encoding="utf-8")
    with pytest.raises(TableError, match="a layer of polygons"):
        read_count_areas(DemandSettings(kind="areas", file=points), points)


def test_every_kind_of_source_gives_frames_that_fit(tmp_path):
    names = ("municipalities", "settlements", "gp_supply_region", "gp_supply_municipality")
    tables = {name: load_table(name) for name in names}
    land = gpd.read_file("geodata/boundaries/municipalities.geojson").to_crs("EPSG:25832")
    demand, _ = study_demand(DemandSettings(), tables, land)
    bundled, findings = study_practices(PracticeSettings(), tables, land, demand, DAY)
    assert bundled["capacity"].sum() == pytest.approx(3326)
    assert [finding.kind for finding in findings] == ["intake_unknown"]
    at_points, _ = study_practices(PracticeSettings(), tables, land, demand.drop(columns="geonameid"), DAY)
    assert at_points["capacity"].sum() == pytest.approx(3326)
    csv = tmp_path / "p.csv"
    csv.write_text("id,lon,lat\na,10.2,56.15\nb,10.21,56.15\n", encoding="utf-8")
    table, _ = study_practices(PracticeSettings(kind="table", file=csv), tables, land, demand, DAY)
    assert table["capacity"].tolist() == [399, 399], "the whole region's GPs fall to the two that are known"


@pytest.mark.testdata
def test_samsoe_from_its_addresses_to_its_gaps(testdata):
    from pipeline.roads.osm import read_osm  # noqa: PLC0415
    from pipeline.settings import RoadsSettings  # noqa: PLC0415

    path = testdata / "roads" / "samsoe-2020.osm.pbf"
    island = Router(build_network(read_osm(path, RoadsSettings().profile)))
    land = gpd.read_file(testdata / "boundaries" / "municipalities-2025.gpkg").rename(
        columns={"kommunekode": "municipality_code", "kommunenavn": "name"}
    )
    tables = {
        name: load_table(name)
        for name in ("municipalities", "settlements", "gp_supply_region", "gp_supply_municipality")
    }
    voting = DemandSettings(
        kind="areas",
        file=testdata / "population" / "voting-areas-2025.gpkg",
        addresses=path,
        adults_only=True,
        thin_m=250,
    )
    demand, _ = study_demand(voting, tables, land)
    demand = demand[demand["municipality_code"] == "0741"].reset_index(drop=True)
    assert demand["weight"].sum() == pytest.approx(3682)
    register = PracticeSettings(kind="table", file=testdata / "health" / "gp-practices-2025.geojson")
    practices, _ = study_practices(register, tables, land, demand, DAY)
    practices = practices[practices["municipality_code"] == "0741"].reset_index(drop=True)
    assert len(practices) == 1
    reach = CoverageTravel(island, demand, practices, CoverageSettings(), DAY).at()
    assert (pd.Series(reach.status) == "ok").mean() > 0.98
    assert 1 < np.nanmedian(reach.nearest_s) / 60 < 15


@pytest.mark.testdata
def test_the_committed_example_reads_the_real_files(testdata):
    text = Path("config/gp-coverage.toml").read_text(encoding="utf-8")
    raw = tomllib.loads(text.replace("../data", testdata.resolve().as_posix()))
    settings = parse_settings(raw, source="config/gp-coverage.toml", folder=Path("config"))
    assert settings.coverage.choice.limits_km[1].municipalities == ("0101", "0147", "0155", "0185")
    names = ("municipalities", "settlements", "gp_supply_region", "gp_supply_municipality")
    tables = {name: load_table(name) for name in names}
    land = gpd.read_file(settings.boundaries.file).rename(
        columns={"kommunekode": "municipality_code", "kommunenavn": "name"}
    )
    members = pd.DataFrame(
        {
            "scheme": ["x"],
            "cluster_id": ["x"],
            "cluster_name": ["X"],
            "municipality_code": ["0751"],
            "share": [1.0],
        }
    )
    inputs, findings = inputs_of_study(settings, tables, land, members, "x")
    assert inputs.demand["weight"].sum() == pytest.approx(5_840_045)
    assert inputs.practices["capacity"].sum() == pytest.approx(3327), "3,326 by region and one on Christiansø"
    kinds = {finding.kind for finding in findings}
    assert {"area_figures_implausible", "areas_no_figures", "capacity_modelled", "intake_unknown"} <= kinds
    assert bands_of(inputs.demand)[0] == "people_0_17"
