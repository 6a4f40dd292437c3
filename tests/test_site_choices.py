"""The best choice of sites under the rules of the settings, held against every possible choice."""

import dataclasses
from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from pipeline.errors import SettingsError
from pipeline.location.p_median import p_median
from pipeline.messages import translator
from pipeline.settings.sites import ChoiceRules, SiteRules
from pipeline.sites.choices import best_choices, choice_problem, cover_all, restrictions, usable_rows
from pipeline.sites.evaluation import evaluate_sites
from pipeline.sites.functions_file import load_functions
from pipeline.sites.inputs import function_case
from pipeline.sites.tables import site_tables
from tests.site_toys import toy_inputs
from tests.siting_oracle import choices, covered, keeps, minutes

FUNCTIONS = load_functions().only(("blodprøver",))
FUNCTION = FUNCTIONS.get("blood_tests")
TOWNS = pd.DataFrame(
    {
        "municipality_code": ["0101", "0102"],
        "region_2007": ["North", "South"],
        "region_2027": ["North", "All"],
    }
)


@pytest.fixture(scope="module")
def inputs():
    found = toy_inputs(FUNCTIONS, 3)
    codes = np.where(np.arange(len(found.sites)) % 2 == 0, "0101", "0102")
    return dataclasses.replace(found, sites=found.sites.assign(municipality_code=codes))


@pytest.fixture(scope="module")
def evaluation(inputs):
    return evaluate_sites(inputs, FUNCTIONS)


def limits(inputs, **rules):
    return restrictions(ChoiceRules.model_validate({"min_volume": False, **rules}), inputs.sites, TOWNS)


def case_of(inputs):
    return function_case(inputs, FUNCTION, FUNCTIONS)


@pytest.mark.parametrize(
    "rules",
    [
        {},
        {"must": ["Site 1"]},
        {"forbidden": ["site 2", "c3"]},
        {"budget_mio_dkk": 9, "cost_mio_dkk": 3},
        {"regions": {"North": [1, 1], "South": [0, 1]}},
        {"must": ["c1"], "regions": {"South": [1, 2]}, "budget_mio_dkk": 12, "cost_mio_dkk": 3},
    ],
)
def test_choices_under_rules_are_as_good_as_any(inputs, evaluation, rules):
    case, found = case_of(inputs), limits(inputs, **rules)
    usable = usable_rows(case, evaluation.table)
    problem = choice_problem(case, usable, found, volumes=False)
    curves = best_choices(case, evaluation.table, ["max_cover", "p_median"], 3, found)
    longest = 2 * float(problem.travel_min[np.isfinite(problem.travel_min)].max())
    rows = np.isfinite(problem.travel_min[:, ~problem.forbidden]).any(axis=1)
    for most in (1, 2, 3):
        options = list(choices(problem, most))
        answers = {model: curve.answers[most] for model, curve in curves.items()}
        if not options:
            assert {answer.status for answer in answers.values()} == {"infeasible"}
            continue
        limit = FUNCTION.limit_min.value
        assert answers["max_cover"].value == pytest.approx(max(covered(problem, c, limit) for c in options))
        best = min(
            float(problem.weight[rows] @ np.minimum(minutes(problem, c)[rows], longest)) for c in options
        )
        assert answers["p_median"].value == pytest.approx(best)
        for answer in answers.values():
            assert keeps(problem, answer.sites)


def test_a_limit_of_one_s_own_goes_before_the_function_s(inputs, evaluation):
    case = case_of(inputs)
    near = best_choices(case, evaluation.table, ["max_cover"], 2, limits(inputs, limit_min=5))
    far = best_choices(case, evaluation.table, ["max_cover"], 2, limits(inputs, limit_min=40))
    assert near["max_cover"].answers[2].value < far["max_cover"].answers[2].value


def test_a_candidate_without_cost_is_not_chosen_under_a_budget(inputs, evaluation):
    case, found = case_of(inputs), limits(inputs, budget_mio_dkk=100)
    usable = usable_rows(case, evaluation.table)
    problem = choice_problem(case, usable, found, volumes=False)
    priced = inputs.sites.iloc[usable].dropna(subset="cost_mio_dkk")["name"].tolist()
    assert 0 < len(priced) < len(usable)
    assert [problem.names[site] for site in problem.candidates] == priced
    assert "state no cost" in str(problem.notes[0])


def test_a_budget_too_small_for_any_site_is_told_with_the_cheapest(inputs, evaluation):
    case = case_of(inputs)
    poor = limits(inputs, budget_mio_dkk=2, cost_mio_dkk=3)
    curve = best_choices(case, evaluation.table, ["max_cover"], 2, poor)["max_cover"]
    assert not curve.answers[2].sites
    told = " ".join(map(str, curve.answers[2].notes))
    assert "The budget of 2.00 is too small for any site: the cheapest, " in told
    rich = best_choices(
        case, evaluation.table, ["max_cover"], 2, limits(inputs, budget_mio_dkk=9, cost_mio_dkk=3)
    )
    assert "too small" not in " ".join(map(str, rich["max_cover"].answers[2].notes))


def test_regions_of_two_years_that_share_a_municipality_are_refused_in_words(inputs):
    with pytest.raises(SettingsError) as caught:
        limits(inputs, regions={"South": [1, 1], "All": [0, 1], "North": [0, 1]})
    (fault,) = caught.value.faults
    assert fault.source == "sites.choice.regions"
    assert "1 municipality both in South and in All" in caught.value.text("en")
    assert "1 kommune både i South og i All" in caught.value.text("da")


def test_unknown_names_and_regions_come_all_at_once(inputs):
    with pytest.raises(SettingsError) as told:
        limits(
            inputs,
            must=["Site 9", "Site 1"],
            forbidden=["Nowhere", "Site 1"],
            regions={"Atlantis": [0, 1], "North": [3, 2]},
        )
    text = told.value.text("da")
    assert len(told.value.faults) == 5
    assert "mente du Site" in text
    assert "Atlantis" in text
    assert "Site 1 skal åbnes og må ikke åbnes" in text


def test_more_must_haves_than_places_tells_who_is_in_the_way(inputs, evaluation):
    found = limits(inputs, must=["c1", "c2"])
    curve = best_choices(case_of(inputs), evaluation.table, ["max_cover"], 2, found)["max_cover"]
    assert [answer.status for answer in curve.answers] == ["infeasible", "infeasible", "optimal"]
    assert any("must be opened" in str(note) for note in curve.answers[0].notes)


def test_a_must_have_that_cannot_hold_the_function_is_told(inputs, evaluation):
    found = limits(inputs, must=["c0"])
    problem = choice_problem(
        case_of(inputs), usable_rows(case_of(inputs), evaluation.table), found, volumes=False
    )
    assert "Site 0 must be opened, but cannot hold Blood tests" in str(problem.notes[0])


def test_a_region_without_candidates_is_told(inputs, evaluation):
    lone = dataclasses.replace(inputs, sites=inputs.sites.assign(municipality_code="0101"))
    problem = choice_problem(
        case_of(lone),
        usable_rows(case_of(lone), evaluation.table),
        limits(lone, regions={"South": [1, 2]}),
        volumes=False,
    )
    assert "No candidate in South" in str(problem.notes[0])


def test_set_cover_tells_who_has_no_site_and_the_smallest_limit(inputs, evaluation):
    found = cover_all(case_of(inputs), evaluation.table, limits(inputs, limit_min=3))
    answer = found["set_cover"].answers[0]
    assert answer.status == "infeasible"
    assert len(answer.blockers)
    assert answer.smallest_limit_min > 3
    possible = cover_all(
        case_of(inputs), evaluation.table, limits(inputs, limit_min=answer.smallest_limit_min)
    )["set_cover"].answers[0]
    assert set(possible.blockers.tolist()) <= set(answer.blockers.tolist())


@pytest.mark.parametrize("limit", [3.0, 8.0, 15.0])
@pytest.mark.parametrize("backup", [1, 2])
def test_everybody_who_can_be_within_the_limit_is_with_the_fewest_places(inputs, evaluation, limit, backup):
    rules = limits(inputs, limit_min=limit, backup=backup, min_volume=False)
    case = case_of(inputs)
    found = cover_all(case, evaluation.table, rules)
    answer = (found.get("set_cover_possible") or found["set_cover"]).answers[0]
    assert answer.status == "optimal"
    problem = choice_problem(case, usable_rows(case, evaluation.table), rules, volumes=False)
    near = problem.travel_min <= limit
    possible = near[:, problem.existing | ~problem.forbidden].sum(axis=1) >= backup
    asked = (problem.weight > 0) & possible
    opened = [*np.flatnonzero(problem.existing), *answer.sites]
    assert (near[:, opened].sum(axis=1)[asked] >= backup).all()
    free = problem.candidates
    for fewer in combinations(free, len(answer.sites) - 1) if 0 < len(answer.sites) <= 3 else ():
        trial = [*np.flatnonzero(problem.existing), *fewer]
        assert not (near[:, trial].sum(axis=1)[asked] >= backup).all()


@pytest.mark.parametrize("lang", ["da", "en"])
def test_the_table_of_choices_holds_notes_and_set_cover(inputs, evaluation, lang):
    case, found = case_of(inputs), limits(inputs)
    curves = best_choices(case, evaluation.table, ["max_cover"], 50, found)
    covers = cover_all(case, evaluation.table, found)
    table = site_tables(
        inputs.sites.assign(status="ok", reason=None),
        evaluation,
        inputs.supply_pairs.assign(basis="stated"),
        FUNCTIONS,
        lang,
        curves={("blood_tests", "max_cover"): curves["max_cover"]},
        covers={("blood_tests", asked): curve for asked, curve in covers.items()},
    )["site_choices"]
    assert table["model"].tolist()[-len(covers) :] == list(covers)
    fewer = table.loc[table["model"] == "max_cover", "notes"].iloc[-1]
    assert fewer.endswith(translator(lang)(curves["max_cover"].notes[0])), (
        "the number of sites asked for is larger than the candidates"
    )


def test_what_a_curve_shares_gives_the_same_answers_as_asking_anew(inputs, evaluation):
    case, found = case_of(inputs), limits(inputs)
    problem = choice_problem(case, usable_rows(case, evaluation.table), found, volumes=False)
    curve = best_choices(case, evaluation.table, ["p_median"], 3, found)["p_median"]
    for most in range(4):
        assert curve.answers[most].value == p_median(problem, most).value


def test_functions_are_found_by_name_in_both_languages_and_unknown_ones_told_together():
    every = load_functions()
    assert every.only(("Røntgen", "blood tests")).ids == ("blood_tests", "xray")
    with pytest.raises(SettingsError) as told:
        every.only(("xray", "hjernekirurgi", "alkymi"))
    assert len(told.value.faults) == 2


def test_settings_name_the_models():
    with pytest.raises(ValueError, match="max_cover"):
        SiteRules.model_validate({"choice": {"models": ["best"]}})


def test_a_minimum_volume_that_nobody_can_draw_is_told(inputs, evaluation):
    high = FUNCTION.model_copy(
        update={"min_volume": FUNCTION.min_volume.model_copy(update={"value": 1e9, "high": 1e9})}
    )
    case = dataclasses.replace(case_of(inputs), function=high)
    curve = best_choices(case, evaluation.table, ["max_cover"], 2, limits(inputs, min_volume=True))[
        "max_cover"
    ]
    assert curve.answers[2].sites == ()
    assert "No site can draw its minimum volume" in " ".join(map(str, curve.answers[2].notes))
