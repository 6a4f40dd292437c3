"""Satellite functions end to end on a small drawn country: travel times, evaluation, choices and tables."""

import dataclasses

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from pipeline.coverage.gap_table import GapTable
from pipeline.crs import GEOGRAPHIC, METRIC
from pipeline.layers import load_bundled_areas
from pipeline.roads.generated import generated_roads
from pipeline.schemas import RESULTS
from pipeline.settings import PROJECT
from pipeline.settings.sites import SiteRules
from pipeline.sites import EVALUATED
from pipeline.sites.functions_file import load_functions
from pipeline.sites.places import Gazetteer
from pipeline.sites.reader import read_candidates
from pipeline.sites.study import SiteFrames, gather_sites, run_sites
from pipeline.tables import load_table
from pipeline.travel.network import build_network
from pipeline.travel.routing import Router
from pipeline.workers.local import LocalWorkers

RULES = {"towns_from": 500, "new_sites": 2, "stability": {"runs": 8, "speed_changes": [-0.2, 0.0, 0.2]}}


@pytest.fixture(scope="module")
def router() -> Router:
    return Router(build_network(generated_roads(900, seed=3)))


@pytest.fixture(scope="module")
def frames(router) -> SiteFrames:
    rng = np.random.default_rng(0)
    nodes = router.network.arcs.node_xy
    (west, south), (east, north) = nodes.min(axis=0) - 500, nodes.max(axis=0) + 500
    middle = (west + east) / 2
    boxes = [shapely.box(west, south, middle, north), shapely.box(middle, south, east, north)]
    areas = gpd.GeoDataFrame(
        {"municipality_code": ["0101", "0102"], "name": ["A", "B"]}, geometry=boxes, crs=METRIC
    )
    homes = nodes[rng.choice(len(nodes), 300, replace=False)]
    demand = gpd.GeoDataFrame(
        {
            "demand_id": [f"d{i}" for i in range(300)],
            "municipality_code": np.where(homes[:, 0] < middle, "0101", "0102"),
            "weight": rng.integers(100, 900, 300).astype(float),
        },
        geometry=gpd.points_from_xy(*homes.T),
        crs=METRIC,
    )
    places = nodes[rng.choice(len(nodes), 8, replace=False)]
    facilities = gpd.GeoDataFrame(
        {
            "facility_id": ["hospital-h1", "hospital-h2", "house-s1", "house-s2"],
            "register_id": ["h1", "h2", "s1", "s2"],
            "kind": ["hospital", "hospital", "health_house", "health_house"],
            "name": ["Hospital", "Other", "House", "Coming"],
            "role": ["acute", "non_acute", "open", "planned"],
            "address": "",
            "town": "By",
            "point_precision": "address",
            "source": "drawn",
        },
        geometry=gpd.points_from_xy(*places[:4].T),
        crs=METRIC,
    )
    towns = gpd.GeoSeries(gpd.points_from_xy(*places[4:].T), crs=METRIC).to_crs(GEOGRAPHIC)
    settlements = pd.DataFrame(
        {
            "geonameid": [1, 2, 3, 4],
            "name": ["Nord", "Syd", "Lille", "Vest"],
            "lon": towns.x,
            "lat": towns.y,
            "population": [9000, 4000, 300, 700],
            "municipality_code": "0101",
            "source": "drawn",
        }
    )
    gap = np.where(np.arange(300) < 40, 0, -1)
    outline = shapely.MultiPolygon([shapely.convex_hull(shapely.multipoints(homes[:40])).buffer(10)])
    return SiteFrames(
        demand=demand,
        areas=areas,
        municipalities=pd.DataFrame(
            {
                "municipality_code": ["0101", "0102"],
                "name": ["A", "B"],
                "seat": ["Nord", "Syd"],
                "seat_lon": towns.x[:2],
                "seat_lat": towns.y[:2],
            }
        ),
        settlements=settlements,
        facilities=facilities,
        house_functions=pd.DataFrame({"house_id": ["s1"], "function_id": ["xray"], "status": ["present"]}),
        cluster_members=pd.DataFrame(
            {
                "scheme": ["k", "k", "k"],
                "cluster_id": ["west", "west", "east"],
                "municipality_code": ["0101", "0102", "0102"],
                "share": [1.0, 0.5, 0.5],
            }
        ),
        gaps=GapTable(gpd.GeoDataFrame({"gap_id": ["g1"]}, geometry=[outline], crs=METRIC), gap),
    )


@pytest.fixture(scope="module")
def study(router, frames, tmp_path_factory):
    path = tmp_path_factory.mktemp("list") / "own.csv"
    path.write_text("navn,by,funktion\nEget forslag,Vest,xray\nUkendt,Atlantis,\n", encoding="utf-8")
    said = []
    found = run_sites(
        router,
        frames,
        SiteRules.model_validate({**RULES, "candidates": path}),
        progress=lambda text: said.append(str(text)),
    )
    assert len(said) == 4
    return found


def test_own_candidates_come_first_and_bad_ones_are_told(study):
    assert study.sites["name"].tolist()[:2] == ["Eget forslag", "Ukendt"]
    assert study.sites["status"].tolist()[:2] == ["ok", "unknown_place"]
    assert [finding.kind for finding in study.findings] == ["site_unknown_place"]
    assert study.sites["kind"].tolist()[2:] == ["health_house", "health_house", "town", "town", "town"]


def test_travel_times_are_the_engine_s(study, router, frames):
    used = study.inputs.sites
    points = router.snap(np.column_stack([frames.demand.geometry.x, frames.demand.geometry.y]))
    places = router.snap(np.column_stack([used.geometry.x, used.geometry.y]))
    seconds = router.matrix(points, places).value
    np.testing.assert_allclose(study.inputs.site_min, seconds / 60, rtol=1e-6)


def test_membership_follows_the_clusters_shares(study):
    ids, share = study.inputs.groups["k"]
    assert list(ids) == ["east", "west"]
    in_east = (study.inputs.demand["municipality_code"] == "0102").to_numpy()
    assert share.toarray()[in_east].tolist() == [[0.5, 0.5]] * int(in_east.sum())
    assert share.toarray()[~in_east].tolist() == [[0.0, 1.0]] * int((~in_east).sum())
    assert study.inputs.groups["gp_gap"][1].sum() == 40
    assert study.inputs.short_of_gps.any()


def test_the_house_that_states_a_function_has_it_already(study):
    table = study.evaluation.table.set_index(["function_id", "name"])
    assert table.loc[("xray", "House"), "verdict"] == "already_there"
    assert table.loc[("midwife", "House"), "verdict"] != "already_there"
    assert ("midwife", "Eget forslag") not in table.index


@pytest.mark.parametrize("lang", ["da", "en"])
def test_all_tables_keep_their_contracts(study, lang):
    tables = study.tables(lang)
    assert set(tables) == {
        "sites",
        "site_evaluation",
        "functions_today",
        "site_groups",
        "site_stability",
        "site_choices",
    }
    for name, frame in tables.items():
        assert len(RESULTS[name].select(frame)) > 0


def test_best_choices_hold_only_allowed_places_and_never_get_worse(study):
    choices = study.tables("en")["site_choices"]
    assert set(choices["model"]) == {"max_cover", "p_median"}
    assert (choices["gain"].dropna() >= 0).all()
    names = {
        name
        for text in choices.loc[choices["function_id"] == "xray", "sites"]
        for name in text.split("; ")
        if name
    }
    assert names <= {"Eget forslag", "Coming"}


def test_helpers_find_how_firm_rankings_are_as_one_process_does(router, frames):
    rules = SiteRules.model_validate({**RULES, "choice": {"models": []}})
    with LocalWorkers(2) as helpers:
        helped = run_sites(Router(router.network, shared=router.shared, workers=helpers), frames, rules)
    alone = run_sites(router, frames, rules)
    assert len(alone.stability) > 1
    for one, other in zip(alone.stability, helped.stability, strict=True):
        pd.testing.assert_frame_equal(one.table, other.table, check_exact=True)
        pd.testing.assert_frame_equal(one.families, other.families, check_exact=True)


def test_without_candidates_of_any_kind_the_tables_stay_empty(router, frames):
    rules = SiteRules.model_validate(
        {**RULES, "health_houses": False, "towns_from": 0, "choice": {"models": []}}
    )
    found = run_sites(router, frames, rules)
    assert found.sites.empty
    assert found.evaluation.table.empty
    assert len(found.evaluation.today) == len(found.functions.ids)


def test_the_example_list_of_candidates_is_understood():
    gazetteer = Gazetteer(load_table("settlements"), load_table("municipalities"))
    areas = load_bundled_areas(load_table("municipalities")).frame
    sites = read_candidates(PROJECT / "config" / "candidates-example.csv", areas, gazetteer, load_functions())
    assert sites["status"].isin(EVALUATED).all(), sites[["name", "status", "reason"]]
    assert sites["function_id"].isna().tolist()[:2] == [True, False]
    assert sites["host"].tolist()[0] == "health_house"
    assert sites["cost_mio_dkk"].notna().sum() == 5


def test_gathering_sites_without_an_own_list(frames):
    sites = gather_sites(frames, SiteRules(towns_from=1000), load_functions())
    assert sites["name"].tolist() == ["House", "Coming", "Nord", "Syd"]


def test_moving_people_places_and_roads_together_changes_nothing(router, frames):
    east, north = -4096.0, 2048.0  # powers of two move coordinates without rounding
    arcs = router.network.arcs
    shift = np.array([east, north])
    shifted = dataclasses.replace(arcs, node_xy=arcs.node_xy + shift, line_xy=arcs.line_xy + shift)
    moved_roads = Router(build_network(shifted))
    moved = {
        name: getattr(frames, name).assign(geometry=getattr(frames, name).geometry.translate(east, north))
        for name in ("demand", "areas", "facilities")
    }
    gaps = frames.gaps.table.assign(geometry=frames.gaps.table.geometry.translate(east, north))
    elsewhere = dataclasses.replace(frames, **moved, gaps=GapTable(gaps, frames.gaps.member))
    rules = SiteRules.model_validate({**RULES, "towns_from": 0, "only": ["xray", "dialysis"]})
    here, there = run_sites(router, frames, rules), run_sites(moved_roads, elsewhere, rules)
    pd.testing.assert_frame_equal(here.evaluation.table, there.evaluation.table, rtol=1e-4)
    pd.testing.assert_frame_equal(
        here.tables("da")["site_choices"], there.tables("da")["site_choices"], rtol=1e-4
    )
    pd.testing.assert_frame_equal(here.stability[0].table, there.stability[0].table)
