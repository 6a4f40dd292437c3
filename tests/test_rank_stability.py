"""Rankings under draws: nothing drawn changes nothing, seeds hold, and what tips a rank is found."""

import dataclasses

import numpy as np
import pytest

from pipeline.settings.sites import SiteRules
from pipeline.sites.evaluation import evaluate_sites
from pipeline.sites.functions_file import load_functions
from pipeline.sites.inputs import function_case
from pipeline.sites.rank_stability import FAMILIES, rank_stability
from tests.site_toys import toy_inputs

FUNCTIONS = load_functions()


def calm(**changes):
    """Settings in which nothing is drawn, but for the changes."""
    still = {
        "runs": 12,
        "speed_changes": [0.0],
        "demand_spread": 0,
        "weight_spread": 0,
        "age_spread": 0,
        "top": 2,
    }
    return SiteRules.model_validate({"stability": {**still, **changes}})


def without_ranges(functions):
    """The catalogue with every figure certain."""

    def sure(figure):
        return figure.model_copy(update={"low": None, "high": None})

    kept = [
        f.model_copy(update={"visits_per_1000": sure(f.visits_per_1000), "min_volume": sure(f.min_volume)})
        for f in functions
    ]
    return functions.model_copy(update={"function": tuple(kept)})


def shaken(inputs, function_id, rules, functions=FUNCTIONS, at_speed=None):
    function = functions.get(function_id)
    only = functions.only((function_id,))
    evaluated = evaluate_sites(inputs, only, rules).table
    case = function_case(inputs, function, functions)
    return evaluated, rank_stability(case, evaluated, functions, rules, at_speed=at_speed)


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("function_id", ["blood_tests", "xray", "midwife"])
def test_with_nothing_drawn_the_ranking_is_the_evaluation_s(seed, function_id):
    evaluated, found = shaken(toy_inputs(FUNCTIONS, seed), function_id, calm(), without_ranges(FUNCTIONS))
    ranks = evaluated.set_index("site_id")["rank"].astype(float)
    table = found.table.set_index("site_id")
    for column in ("rank", "rank_low", "rank_median", "rank_high"):
        assert table[column].to_dict() == pytest.approx(ranks.loc[table.index].to_dict(), nan_ok=True)
    kept = table.dropna(subset=["rank"])
    assert (kept["p_top"] == (kept["rank"] <= 2)).all()
    assert (table["tipped_by"] == "").all()
    assert (found.families[["other_winner", "other_top"]] == 0).all(axis=None)


def test_every_candidate_has_a_chance_between_0_and_1_and_ranks_in_order():
    _, found = shaken(toy_inputs(FUNCTIONS, 4), "blood_tests", SiteRules())
    table = found.table.dropna(subset=["rank"])
    assert table["p_top"].between(0, 1).all()
    assert (table["rank_low"] <= table["rank_median"]).all()
    assert (table["rank_median"] <= table["rank_high"]).all()
    assert table["p_top"].sum() >= 3 - 1e-9
    assert found.families["family"].tolist() == list(FAMILIES)
    assert found.table.loc[found.table["site_id"] == "c0", "rank"].isna().all()


def test_the_same_seed_gives_the_same_and_another_seed_another_result():
    inputs = toy_inputs(FUNCTIONS, 5)
    rules = SiteRules.model_validate({"stability": {"runs": 60, "demand_spread": 0.5}})
    first, second = (shaken(inputs, "blood_tests", rules)[1].table for _ in range(2))
    assert first.equals(second)
    other = SiteRules.model_validate({"stability": {"runs": 60, "demand_spread": 0.5, "seed": 7}})
    assert not first.equals(shaken(inputs, "blood_tests", other)[1].table)


def test_the_weights_tip_a_ranking_that_hangs_on_them():
    inputs = toy_inputs(FUNCTIONS, 6)
    found = [
        shaken(inputs, f, calm(runs=200, weight_spread=1.0))[1]
        for f in ("outpatient_controls", "midwife", "mammography")
    ]
    tipped = [row for each in found for row in each.table["tipped_by"]]
    assert "weights" in tipped
    for each in found:
        moved = each.families.set_index("family")
        assert (moved.loc[["speed", "demand", "age_weights"], ["other_winner", "other_top"]] == 0).all(
            axis=None
        )


def test_a_minimum_volume_that_is_unsure_tips_those_near_it():
    inputs = toy_inputs(FUNCTIONS, 1)
    families = set()
    for function in FUNCTIONS:
        table = shaken(inputs, function.id, calm(runs=120))[1].table
        families |= set(table["tipped_by"])
    assert families <= {"", "rate", "min_volume"}
    assert families & {"rate", "min_volume"}


def test_measured_times_at_another_speed_replace_the_scaled_ones():
    inputs = toy_inputs(FUNCTIONS, 2)
    rules = calm(runs=20, speed_changes=[-0.2])
    slow = dataclasses.replace(inputs, today_min=inputs.today_min / 0.8, site_min=inputs.site_min / 0.8)
    functions = without_ranges(FUNCTIONS)
    case = function_case(slow, functions.get("blood_tests"), functions)
    _, scaled = shaken(inputs, "blood_tests", rules, functions)
    _, measured = shaken(inputs, "blood_tests", rules, functions, at_speed={-0.2: case})
    assert measured.table["rank_median"].equals(scaled.table["rank_median"])
    nowhere = dataclasses.replace(inputs, site_min=np.full_like(inputs.site_min, np.nan))
    useless = function_case(nowhere, functions.get("blood_tests"), functions)
    _, gone = shaken(inputs, "blood_tests", rules, functions, at_speed={-0.2: useless})
    assert gone.table["rank_median"].dropna().eq(1).all()


def test_no_runs_leave_the_ranking_as_it_is():
    evaluated, found = shaken(toy_inputs(FUNCTIONS, 3), "midwife", calm(runs=0))
    assert found.families["runs"].eq(0).all()
    ranks = evaluated.set_index("site_id")["rank"].astype(float)
    table = found.table.set_index("site_id")
    assert table["rank_high"].to_dict() == pytest.approx(ranks.loc[table.index].to_dict(), nan_ok=True)
