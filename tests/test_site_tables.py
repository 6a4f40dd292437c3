"""The tables of satellite functions keep their contracts, in both languages, with everything and with little."""

import dataclasses

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from pipeline.location import marginal_curve
from pipeline.location.siting_input import siting_problem
from pipeline.messages import msg
from pipeline.schemas import RESULTS
from pipeline.schemas.sites import CONTRACTS
from pipeline.settings.sites import SiteRules
from pipeline.sites.evaluation import evaluate_sites
from pipeline.sites.functions_file import load_functions
from pipeline.sites.inputs import function_case
from pipeline.sites.rank_stability import rank_stability
from pipeline.sites.tables import site_tables
from tests.site_toys import toy_inputs

FUNCTIONS = load_functions().only(("blood_tests", "xray"))
RULES = SiteRules.model_validate({"stability": {"runs": 8}})


def whole_sites(inputs) -> gpd.GeoDataFrame:
    """The sites frame as the reader makes it, with one that is left out."""
    frame = inputs.sites.assign(
        address="",
        town="By",
        snapped_m=0.0,
        point_precision="address",
        status="ok",
        reason=None,
        source="list.csv",
        precision="register",
    )
    out = frame.iloc[[0]].assign(site_id="off", status="in_the_sea", municipality_code=None, snapped_m=np.nan)
    out["reason"] = [msg("the point lies in the sea, {km:n1} km from the study area", km=12.3)]
    out = out.set_geometry(gpd.GeoSeries([shapely.Point()], index=out.index, crs=frame.crs))
    return gpd.GeoDataFrame(pd.concat([frame, out], ignore_index=True), crs=frame.crs)


@pytest.fixture(scope="module")
def everything():
    inputs = toy_inputs(FUNCTIONS, 1)
    evaluation = evaluate_sites(inputs, FUNCTIONS, RULES)
    stability, curves = [], {}
    for function in FUNCTIONS:
        case = function_case(inputs, function, FUNCTIONS)
        rows = evaluation.table[evaluation.table["function_id"] == function.id]
        stability.append(rank_stability(case, rows, FUNCTIONS, RULES))
        times = np.column_stack([inputs.today_min[:, case.places], inputs.site_min[:, case.columns]])
        problem = siting_problem(times, case.people, existing=range(len(case.places)))
        for model in ("max_cover", "p_center"):
            curves[function.id, model] = marginal_curve(problem, model, 2, limit_min=function.limit_min.value)
    pairs = inputs.supply_pairs.assign(basis="assumed")
    return inputs, evaluation, pairs, stability, curves


@pytest.mark.parametrize("lang", ["da", "en"])
def test_every_table_keeps_its_contract(everything, lang):
    inputs, evaluation, pairs, stability, curves = everything
    tables = site_tables(
        whole_sites(inputs), evaluation, pairs, FUNCTIONS, lang, stability=stability, curves=curves
    )
    assert set(tables) == {contract.name for contract in CONTRACTS}
    for name, frame in tables.items():
        chosen = RESULTS[name].select(frame)
        assert len(chosen) == len(frame) > 0


def test_reasons_and_labels_are_in_the_language_asked_for(everything):
    inputs, evaluation, pairs, stability, curves = everything
    sites = whole_sites(inputs)
    told = {
        lang: site_tables(sites, evaluation, pairs, FUNCTIONS, lang, stability=stability, curves=curves)
        for lang in ("da", "en")
    }
    assert told["da"]["sites"]["reason"].iloc[-1].startswith("punktet ligger i havet")
    assert told["en"]["sites"]["reason"].iloc[-1].startswith("the point lies in the sea")
    assert (told["da"]["site_evaluation"]["reasons"] != told["en"]["site_evaluation"]["reasons"]).all()
    assert told["da"]["functions_today"]["name"].tolist() == ["Blodprøver", "Røntgen"]


def test_little_is_enough(everything):
    inputs, *_ = everything
    bare = dataclasses.replace(inputs, demand=inputs.demand[["weight"]], groups={}, short_of_gps=None)
    pairs = bare.supply_pairs.assign(basis="stated")
    tables = site_tables(whole_sites(bare), evaluate_sites(bare, FUNCTIONS), pairs, FUNCTIONS, "da")
    assert set(tables) == {"sites", "site_evaluation", "functions_today", "site_groups"}
    for name in ("sites", "site_evaluation", "functions_today"):
        assert len(RESULTS[name].select(tables[name])) > 0
    assert tables["site_groups"].empty
    assert tables["functions_today"]["places_assumed"].tolist() == [0, 0]
