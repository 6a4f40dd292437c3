"""Every measure of the evaluation against plain recomputation; criteria, reasons and bad input."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from pipeline.location.siting import SitingError
from pipeline.settings.sites import ScoreWeights, SiteRules
from pipeline.site_words import CRITERIA, MET, VERDICTS
from pipeline.sites.criteria import DECISIVE, judge, staffing_risk
from pipeline.sites.evaluation import evaluate_sites
from pipeline.sites.function_demand import function_demand, people_by_band
from pipeline.sites.functions_file import load_functions
from pipeline.sites.reasons import add_reasons
from pipeline.sites.score import PARTS, ranks, score, score_parts
from pipeline.weighted import gini, weighted_quantile
from tests.found import some
from tests.site_toys import toy_inputs

FUNCTIONS = load_functions()
SEEDS = (1, 2, 3)


@pytest.fixture(scope="module", params=SEEDS)
def case(request):
    inputs = toy_inputs(FUNCTIONS, request.param)
    return inputs, evaluate_sites(inputs, FUNCTIONS)


def plain(inputs, function_id, site_id):
    """Before and after, for one candidate and function, with nothing clever."""
    function = FUNCTIONS.get(function_id)
    needs = function_demand(people_by_band(inputs.demand), function, FUNCTIONS.ages)
    ids = inputs.supply_pairs.loc[inputs.supply_pairs["function_id"] == function_id, "supply_id"]
    places = [j for j, name in enumerate(inputs.supply["supply_id"]) if name in set(ids)]
    today = np.where(np.isnan(inputs.today_min), np.inf, inputs.today_min)[:, places].astype(float)
    column = inputs.sites["site_id"].tolist().index(site_id)
    new = np.where(np.isnan(inputs.site_min[:, column]), np.inf, inputs.site_min[:, column]).astype(float)
    before = today.min(axis=1)
    return (
        function,
        needs,
        today,
        new,
        before,
        np.minimum(before, new),
        inputs.supply["name"].to_numpy()[places],
    )


def test_each_candidate_is_evaluated_for_the_functions_it_stands_for(case):
    inputs, found = case
    sizes = found.table.groupby("function_id").size()
    assert sizes["xray"] == len(inputs.sites)
    assert (sizes.drop("xray") == len(inputs.sites) - 1).all()
    assert not found.table.duplicated(["function_id", "site_id"]).any()
    assert found.today["function_id"].tolist() == list(FUNCTIONS.ids)


def test_reach_and_minutes_equal_plain_recomputation(case):
    inputs, found = case
    for row in some(found.table.to_dict("records")):
        function, needs, _, new, before, after, _ = plain(inputs, row["function_id"], row["site_id"])
        people, visits = needs["target_people"].to_numpy(), needs["visits"].to_numpy()
        limit = function.limit_min.value
        gain = people[after <= limit].sum() - people[before <= limit].sum()
        assert row["people_newly_within"] == pytest.approx(gain, abs=1e-6)
        first = np.isinf(before) & np.isfinite(after)
        assert row["people_newly_reached"] == pytest.approx(people[first].sum())
        assert row["people_nearer"] == pytest.approx(people[new < before].sum())
        had = np.isfinite(before)
        saved = before[had] - after[had]
        assert row["person_min_saved"] == pytest.approx(people[had] @ saved)
        assert row["visit_min_saved"] == pytest.approx(visits[had] @ saved)
        counted = had & (people > 0)
        for column, measure in {
            "worst_min_change": lambda times, _: times.max(),
            "p90_min_change": lambda times, weights: weighted_quantile(times, weights, 0.9),
            "gini_change": gini,
        }.items():
            change = measure(after[counted], people[counted]) - measure(before[counted], people[counted])
            assert row[column] == pytest.approx(change, abs=1e-6)


def test_volumes_equal_plain_recomputation_and_nothing_is_lost(case):
    inputs, found = case
    for row in some(found.table.to_dict("records")):
        function, needs, today, new, before, _, names = plain(inputs, row["function_id"], row["site_id"])
        visits = needs["visits"].to_numpy()
        won = new < before
        assert row["volume_nearest"] == pytest.approx(visits[won].sum())
        assert row["patients"] == pytest.approx(visits[won].sum() / function.visits_per_patient.value)
        nearest = today.argmin(axis=1)
        had = np.isfinite(before)
        drawn = np.array([visits[had & (nearest == j)].sum() for j in range(len(names))])
        taken = np.array([visits[had & won & (nearest == j)].sum() for j in range(len(names))])
        assert row["volume_taken"] == pytest.approx(taken.sum())
        assert row["volume_taken_most"] == pytest.approx(taken.max())
        assert row["volume_nearest"] == pytest.approx(row["volume_taken"] + visits[won & ~had].sum())
        pull = np.where(np.isfinite(today), np.maximum(today, 1.0) ** -2.0, 0)
        own = np.where(np.isfinite(new), np.maximum(new, 1.0) ** -2.0, 0)
        total = pull.sum(axis=1) + own
        assert row["volume_huff"] == pytest.approx(
            (visits * np.divide(own, total, out=np.zeros_like(own), where=total > 0)).sum()
        )
        if row["already_there"]:
            assert row["others_below"] == 0
            continue
        floor = function.min_volume.value
        base = pull.sum(axis=1)
        huff_today = (
            visits[:, None] * np.divide(pull, base[:, None], out=np.zeros_like(pull), where=base[:, None] > 0)
        ).sum(axis=0)
        huff_after = (
            visits[:, None]
            * np.divide(pull, total[:, None], out=np.zeros_like(pull), where=total[:, None] > 0)
        ).sum(axis=0)
        low = ((drawn >= floor) & (drawn - taken < floor)) | (
            (huff_today >= floor) & (huff_after < floor - 1e-6)
        )
        assert row["others_below"] == low.sum()
        assert row["others_below_names"] == "; ".join(names[low])


def test_a_candidate_on_a_place_of_today_is_already_there(case):
    inputs, found = case
    here = found.table[found.table["site_id"] == "c0"]
    assert here["already_there"].all()
    assert (here["verdict"] == "already_there").all()
    assert here["rank"].isna().all()
    assert (here["people_nearer"] == 0).all()
    assert not found.table.loc[found.table["site_id"] != "c0", "already_there"].any()
    assert len(inputs.sites) == 8


def test_shares_of_groups_add_up_to_the_whole(case):
    _, found = case
    cluster = found.groups[found.groups["grouping"] == "cluster"].groupby(["function_id", "site_id"])
    table = found.table.set_index(["function_id", "site_id"])
    minutes = cluster["person_min_saved"].sum()
    assert len(minutes) > 10
    assert minutes.to_numpy() == pytest.approx(table.loc[minutes.index, "person_min_saved"].to_numpy())
    within = cluster["people_newly_within"].sum()
    assert within.to_numpy() == pytest.approx(table.loc[within.index, "people_newly_within"].to_numpy())
    assert set(found.groups["grouping"]) == {"cluster", "gp_gap", "age_band"}
    ages = found.groups[(found.groups["grouping"] == "age_band") & (found.groups["function_id"] == "xray")]
    assert set(ages["group_id"]) == {"0-17", "18-64", "65-109"}
    residents = ages.groupby("site_id")["person_min_saved"].sum()
    xray = table.loc["xray"]
    assert residents.to_numpy() == pytest.approx(xray.loc[residents.index, "person_min_saved"].to_numpy())


def test_where_nobody_gains_the_table_of_groups_is_empty_and_keeps_its_types(case):
    inputs, found = case
    nowhere = dataclasses.replace(inputs, site_min=np.full_like(inputs.site_min, np.nan))
    groups = evaluate_sites(nowhere, FUNCTIONS).groups
    assert groups.empty
    figures = ["people", "people_newly_within", "person_min_saved", "mean_saved_min"]
    assert groups[figures].dtypes.tolist() == found.groups[figures].dtypes.tolist()


def test_people_in_gp_gaps_helped_equal_plain_recomputation(case):
    inputs, found = case
    share = inputs.groups["gp_gap"][1].toarray()
    least = FUNCTIONS.guideline.shorter_min.value
    for row in some(found.table.to_dict("records")[::5]):
        function, needs, _, _, before, after, _ = plain(inputs, row["function_id"], row["site_id"])
        people = needs["target_people"].to_numpy()
        limit = function.limit_min.value
        first = np.isinf(before) & np.isfinite(after)
        saved = np.zeros(len(before))
        had = np.isfinite(before)
        saved[had] = before[had] - after[had]
        helped = first | ((before > limit) & (after <= limit)) | (saved >= least)
        by_gap = (share * (people * helped)[:, None]).sum(axis=0)
        total = (share * people[:, None]).sum(axis=0)
        assert row["gap_people_helped"] == pytest.approx(by_gap.sum())
        assert row["gp_gaps_helped"] == ((by_gap >= 0.5 * total) & (total > 0)).sum()


def test_every_criterion_is_judged_and_unmet_ones_are_named(case):
    _, found = case
    table = found.table
    for key in CRITERIA:
        assert set(table[key]) <= set(MET)
    assert set(table["verdict"]) <= set(VERDICTS)
    for row in table.to_dict("records"):
        named = [key for key in row["unmet"].split("; ") if key]
        assert named == [key for key in CRITERIA if row[key] == "unmet"]
        if row["verdict"] == "suitable":
            assert not named
        if row["verdict"] == "not_suitable":
            assert set(named) & set(DECISIVE)
    heavy = table[table["function_id"] == "xray"]
    assert (heavy["no_heavy_equipment"] == "unmet").all()
    assert (table.loc[table["function_id"] == "emergency_clinic", "clear_target"] == "unmet").all()


def test_the_best_stand_first_and_failing_a_decisive_criterion_comes_last(case):
    _, found = case
    for _, rows in some(found.table.groupby("function_id")):
        ranked = rows[~rows["already_there"]]
        assert ranked["rank"].is_monotonic_increasing
        assert ranked["score"].is_monotonic_decreasing
        fails = (ranked[list(DECISIVE)] == "unmet").any(axis=1).to_numpy()
        assert not (fails[:-1] & ~fails[1:]).any()
        assert ((ranked["score"] >= 1) == ~fails).all()


def test_reasons_speak_of_every_criterion_in_both_languages(case):
    _, found = case
    for lang, word in (("da", "kr."), ("en", "DKK")):
        texts = add_reasons(found.table, FUNCTIONS, lang)["reasons"]
        assert texts.str.len().min() > 20
        assert not texts.str.contains(r"[{}]").any()
        assert not texts.str.contains(r"\bNaN\b", case=False).any()
        assert (
            texts[found.table["cost_per_visit_min_dkk"].notna() & ~found.table["already_there"]]
            .str.contains(word, regex=False)
            .all()
        )
    danish = add_reasons(found.table, FUNCTIONS, "da")["reasons"]
    assert not danish.str.contains(r"\b(?:visits|people|journeys)\b").any()


def test_the_order_of_demand_and_candidates_changes_nothing():
    inputs = toy_inputs(FUNCTIONS, 7)
    rng = np.random.default_rng(0)
    rows, columns = rng.permutation(len(inputs.demand)), rng.permutation(len(inputs.sites))
    turned = dataclasses.replace(
        inputs,
        demand=inputs.demand.iloc[rows],
        today_min=inputs.today_min[rows],
        sites=inputs.sites.iloc[columns].reset_index(drop=True),
        site_min=inputs.site_min[rows][:, columns],
        groups={name: (ids, share[rows]) for name, (ids, share) in inputs.groups.items()},
        short_of_gps=inputs.short_of_gps[columns],
    )
    first, second = (evaluate_sites(each, FUNCTIONS).table for each in (inputs, turned))
    key = ["function_id", "site_id"]
    pd.testing.assert_frame_equal(
        first.sort_values(key, ignore_index=True),
        second.sort_values(key, ignore_index=True),
        rtol=1e-9,
        atol=1e-9,
    )


def test_a_further_candidate_changes_no_measure_of_the_others():
    inputs = toy_inputs(FUNCTIONS, 8)
    fewer = dataclasses.replace(
        inputs,
        sites=inputs.sites.iloc[:5],
        site_min=inputs.site_min[:, :5],
        short_of_gps=inputs.short_of_gps[:5],
    )
    relative = ["score", "rank"]
    all_rows, some = (
        evaluate_sites(each, FUNCTIONS).table.drop(columns=relative) for each in (inputs, fewer)
    )
    kept = all_rows[all_rows["site_id"].isin(fewer.sites["site_id"])]
    key = ["function_id", "site_id"]
    pd.testing.assert_frame_equal(
        kept.sort_values(key, ignore_index=True), some.sort_values(key, ignore_index=True)
    )


def test_without_groups_gaps_and_shortage_the_columns_are_missing_not_zero():
    inputs = dataclasses.replace(toy_inputs(FUNCTIONS, 9), groups={}, short_of_gps=None)
    found = evaluate_sites(inputs, FUNCTIONS)
    assert found.table["gap_people_helped"].isna().all()
    assert found.table["gp_gaps_helped"].isna().all()
    assert set(found.groups["grouping"]) == {"age_band"}
    no_bands = dataclasses.replace(inputs, demand=inputs.demand[["weight"]])
    assert evaluate_sites(no_bands, FUNCTIONS).groups.empty


def test_a_function_nobody_offers_today_reaches_people_for_the_first_time():
    inputs = toy_inputs(FUNCTIONS, 10)
    none = inputs.supply_pairs[inputs.supply_pairs["function_id"] != "dialysis"]
    found = evaluate_sites(dataclasses.replace(inputs, supply_pairs=none), FUNCTIONS.only(("dialysis",)))
    assert (found.table["people_newly_reached"] == found.table["people_nearer"]).all()
    assert found.table["saved_per_visit_min"].isna().all()
    assert (found.table["shorter_transport"] == "met").all()
    assert found.today["people_reached"].tolist() == [0]
    texts = add_reasons(found.table, FUNCTIONS, "en")["reasons"]
    assert texts.str.contains("for the first time").all()


def test_shapes_that_do_not_fit_are_told_at_once():
    inputs = toy_inputs(FUNCTIONS, 11)
    with pytest.raises(SitingError) as told:
        dataclasses.replace(inputs, today_min=inputs.today_min[:3], short_of_gps=np.ones(2, bool))
    assert [str(fault.where) for fault in told.value.faults] == ["today_min", "short_of_gps"]


def test_progress_is_told_after_each_function():
    seen = []
    two = FUNCTIONS.only(("xray", "midwife"))
    evaluate_sites(toy_inputs(FUNCTIONS, 12), two, progress=lambda done, of: seen.append((done, of)))
    assert seen == [(1, 2), (2, 2)]


def measures(**changes):
    row = {
        "host": "health_house",
        "patients": 5000.0,
        "saved_per_visit_min": 12.0,
        "people_newly_reached": 0.0,
        "volume_nearest": 9000.0,
        "volume_huff": 9000.0,
        "others_below": 0,
        "already_there": False,
    }
    return pd.DataFrame([{**row, **changes}])


@pytest.mark.parametrize(
    ("changes", "criterion", "found", "verdict"),
    [
        ({}, "sufficient_volume", "met", "suitable"),
        ({"patients": 300.0}, "many_patients", "to_confirm", "reservations"),
        ({"patients": 30.0}, "many_patients", "unmet", "reservations"),
        ({"volume_huff": 100.0}, "sufficient_volume", "to_confirm", "reservations"),
        ({"volume_huff": 1.0, "volume_nearest": 1.0}, "sufficient_volume", "unmet", "not_suitable"),
        ({"saved_per_visit_min": 3.0}, "shorter_transport", "to_confirm", "reservations"),
        ({"saved_per_visit_min": 0.5}, "shorter_transport", "unmet", "not_suitable"),
        ({"saved_per_visit_min": np.nan}, "shorter_transport", "unmet", "not_suitable"),
        (
            {"saved_per_visit_min": np.nan, "people_newly_reached": 9.0},
            "shorter_transport",
            "met",
            "suitable",
        ),
        ({"others_below": 2}, "others_volume", "unmet", "not_suitable"),
        ({"already_there": True, "others_below": 2}, "others_volume", "unmet", "already_there"),
    ],
)
def test_each_criterion_leads_to_its_verdict(changes, criterion, found, verdict):
    judged = judge(measures(**changes), FUNCTIONS.get("blood_tests"), FUNCTIONS.guideline).iloc[0]
    assert judged[criterion] == found
    assert judged["verdict"] == verdict


def test_a_kind_of_place_that_may_not_hold_the_function_is_not_suitable():
    judged = judge(measures(host="town"), FUNCTIONS.get("xray"), FUNCTIONS.guideline).iloc[0]
    assert judged["allowed_host"] == "unmet"
    assert judged["verdict"] == "not_suitable"


def test_staffing_risk_adds_up():
    far = np.array([5.0, 80.0, 80.0])
    short = np.array([False, False, True])
    easy, scarce = FUNCTIONS.get("blood_tests"), FUNCTIONS.get("dialysis")
    assert staffing_risk(easy, far, short, 40).tolist() == ["low", "low", "medium"]
    assert staffing_risk(scarce, far, short, 40).tolist() == ["medium", "high", "high"]
    assert staffing_risk(scarce, far, None, 40).tolist() == ["medium", "high", "high"]


def test_scores_lie_between_nothing_and_the_best():
    parts = score_parts(
        np.array([10.0, 5.0]), np.array([0.0, 8.0]), np.array([50.0, 500.0]), np.zeros(2), 100.0
    )
    assert parts.tolist() == [[1.0, 0.0, 0.5, 0.0], [0.5, 1.0, 1.0, 0.0]]
    assert len(PARTS) == parts.shape[1]
    only_minutes = ScoreWeights(minutes=1, newly_within=0, volume=0, gaps=0)
    assert score(parts, only_minutes, np.array([False, True])).tolist() == [1.0, 1.5]
    alike = ScoreWeights(minutes=0, newly_within=0, volume=0, gaps=0)
    assert score(parts, alike, np.array([True, True])).tolist() == pytest.approx([1 + 1.5 / 4, 1 + 2.5 / 4])
    assert ranks(np.array([0.5, 2.0, 0.5, 1.0])).tolist() == [3, 1, 3, 2]


def test_settings_refuse_what_cannot_be_meant():
    with pytest.raises(ValueError, match="greater than or equal to 0"):
        ScoreWeights(minutes=-1)
    with pytest.raises(ValueError, match="changes between"):
        SiteRules.model_validate({"stability": {"speed_changes": [-1.5]}})
