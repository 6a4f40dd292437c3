import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pipeline.coverage import coverage, flagged
from pipeline.coverage.dependence import practice_dependence
from pipeline.coverage.summary import (
    by_cluster,
    by_municipality,
    by_practice_cluster,
    with_change,
)
from pipeline.settings.coverage import CoverageSettings
from pipeline.weighted import gini, weighted_quantile
from tests.coverage_toys import DAY, demand_frame, practice_frame, reach_of, settings_of

MUNICIPALITIES = pd.DataFrame(
    {"municipality_code": ["0751", "0101", "0707"], "name": ["Aarhus", "København", "Norddjurs"]}
)
FAR = np.inf
NAMES = pd.Series({"pk-0101": "København", "nord": "Nord"})


def toy():
    demand = demand_frame([100.0, 300.0, 600.0, 50.0], ["0101", "0101", "0751", "0751"])
    practices = practice_frame([1.0, 1.0, 0.5], codes=["0101", "0101", "0751"])
    reach = reach_of([[60, 120, FAR], [300, 240, FAR], [FAR, 1200, 600], [FAR, FAR, FAR]])
    return demand, practices, reach


def covered_of(demand, practices, reach, chosen=None):
    return coverage(demand, practices, reach, chosen or CoverageSettings(), DAY)


WEIGHTS = arrays(np.float64, 6, elements=st.integers(0, 5).map(float))
VALUES = arrays(np.float64, 6, elements=st.one_of(st.integers(0, 9).map(float)))


@given(VALUES, WEIGHTS, st.floats(0.01, 1))
def test_quantile_is_that_of_people_one_by_one(values, weights, share):
    each = np.sort(np.repeat(values, weights.astype(int)))
    found = weighted_quantile(values, weights, share)
    if len(each):
        assert found == each[max(int(np.ceil(share * len(each) * (1 - 1e-12))) - 1, 0)]
    else:
        assert np.isnan(found)


@given(VALUES, WEIGHTS)
def test_gini_is_the_mean_difference_of_people_one_by_one(values, weights):
    each = np.repeat(values, weights.astype(int))
    expected = np.abs(each[:, None] - each).mean() / (2 * each.mean()) if each.sum() else 0
    assert gini(values, weights) == pytest.approx(expected, abs=1e-12)


def test_gini_of_equal_shares_is_nought_and_of_one_owner_near_one():
    assert gini(np.ones(5), np.ones(5)) == pytest.approx(0)
    assert gini(np.array([0.0, 9.0]), np.array([99.0, 1.0])) == pytest.approx(0.99)
    assert gini(np.zeros(3), np.ones(3)) == 0


def test_somebody_without_a_time_makes_the_quantile_missing():
    assert np.isnan(weighted_quantile(np.array([5.0, np.nan]), np.array([1.0, 1.0]), 0.9))
    assert weighted_quantile(np.array([5.0, np.nan]), np.array([1.0, 1.0]), 0.5) == 5


def test_municipalities_by_hand():
    demand, practices, reach = toy()
    frame = by_municipality(covered_of(demand, practices, reach), practices, MUNICIPALITIES, DAY).set_index(
        "municipality_code"
    )
    assert frame.index.tolist() == ["0101", "0707", "0751"]
    assert frame.loc["0101", ["people", "people_time", "median_min", "p90_min", "gps"]].tolist() == [
        400,
        0,
        4,
        4,
        2,
    ]
    assert frame.loc["0101", "gps_per_10000"] == 50
    assert frame.loc["0751", ["people", "people_time", "share_time"]].tolist() == pytest.approx(
        [650, 50, 50 / 650]
    )
    assert frame.loc["0751", "median_min"] == 10
    assert frame.loc["0751", "p90_min"] == 10
    assert frame.loc["0707", ["people", "people_any", "gps", "gps_per_10000"]].tolist() == [0, 0, 0, 0]
    assert frame["people"].sum() == demand["weight"].sum()


def test_unreached_people_make_the_tail_missing_and_unknown_verdicts_leave_the_base():
    demand, practices, reach = toy()
    demand["weight"] = [100.0, 300.0, 100.0, 100.0]
    frame = by_municipality(covered_of(demand, practices, reach), practices, MUNICIPALITIES, DAY).set_index(
        "municipality_code"
    )
    assert frame.loc["0751", "median_min"] == 10
    assert np.isnan(frame.loc["0751", "p90_min"])
    known = reach_of([[60.0], [60.0]], status=np.array(["ok", "no_road_nearby"], dtype=object))
    covered = covered_of(demand_frame([10.0, 90.0]), practice_frame([1.0]), known)
    row = (
        by_municipality(covered, practice_frame([1.0]), MUNICIPALITIES, DAY)
        .set_index("municipality_code")
        .loc["0751"]
    )
    assert row["people_unjudged"] == 90
    assert row["share_choice"] == 1.0
    assert row["share_time"] == 0.0


def test_shared_municipalities_count_by_their_share_so_totals_add_up():
    demand, practices, reach = toy()
    members = pd.DataFrame(
        {
            "scheme": ["a", "a", "a", "b", "b"],
            "cluster_id": ["n", "s", "s", "x", "x"],
            "cluster_name": ["Nord", "Syd", "Syd", "Alt", "Alt"],
            "municipality_code": ["0101", "0101", "0751", "0101", "0751"],
            "share": [0.5, 0.5, 1.0, 1.0, 1.0],
        }
    )
    frame = by_cluster(covered_of(demand, practices, reach), practices, members, DAY)
    assert frame[["scheme", "cluster_id", "name"]].to_numpy().tolist() == [
        ["a", "n", "Nord"],
        ["a", "s", "Syd"],
        ["b", "x", "Alt"],
    ]
    assert frame["people"].tolist() == [200, 850, 1050]
    assert frame["gps"].tolist() == [1, 1.5, 2.5]
    assert frame.groupby("scheme")["people_any"].sum().tolist() == [650, 650]


def test_practice_clusters_follow_the_nearest_practice():
    demand, practices, reach = toy()
    covered = covered_of(demand, practices, reach)
    frame = by_practice_cluster(
        covered, practices.assign(provider=practices["practice_id"]), NAMES, DAY
    ).set_index("practice_cluster_id")
    assert frame["people"].to_dict() == {"none": 50, "pk-0101": 400, "pk-0751": 600}
    assert frame["practices"].to_dict() == {"none": 0, "pk-0101": 2, "pk-0751": 1}
    assert frame["basis"].unique().tolist() == ["one_per_municipality"]
    stated = pd.Series({"p000": "nord", "p001": "syd"})
    frame = by_practice_cluster(
        covered, practices.assign(provider=practices["practice_id"]), NAMES, DAY, stated
    ).set_index("practice_cluster_id")
    assert frame["people"].to_dict() == {"none": 50, "nord": 100, "syd": 300, "pk-0751": 600}
    assert frame["name"].to_dict() == {"none": "", "nord": "Nord", "syd": "", "pk-0751": ""}


def test_practices_of_other_days_count_in_no_sum():
    demand, practices = demand_frame([1000.0]), practice_frame([1.0, 1.0, 1.0])
    practices = practices.assign(provider=practices["practice_id"])
    practices["valid_from"] = pd.to_datetime([None, None, "2025-06-02"])
    practices["valid_to"] = pd.to_datetime([None, "2025-06-01", None])
    covered = covered_of(demand, practices, reach_of([[60, 30, 30]]))
    assert covered["gps_per_10000"].tolist() == [10]
    members = pd.DataFrame(
        {"scheme": "a", "cluster_id": "n", "cluster_name": "N", "municipality_code": ["0751"], "share": 1.0}
    )
    town = by_municipality(covered, practices, MUNICIPALITIES, DAY).set_index("municipality_code").loc["0751"]
    cluster = by_cluster(covered, practices, members, DAY).iloc[0]
    group = by_practice_cluster(covered, practices, NAMES, DAY).iloc[0]
    for row in (town, cluster, group):
        assert row[["gps", "gps_per_10000"]].tolist() == [1, 10]
    assert group["practices"] == 1


def test_rules_that_are_off_are_missing_not_nought():
    demand, practices, reach = toy()
    covered = covered_of(
        demand, practices, reach, settings_of(closed={"enabled": False}, capacity={"enabled": False})
    )
    frame = by_municipality(covered, practices, MUNICIPALITIES, DAY)
    assert frame[["people_closed", "share_closed", "people_capacity", "access_gini"]].isna().all().all()


def test_change_against_another_scenario():
    demand, practices, reach = toy()
    before = by_municipality(covered_of(demand, practices, reach), practices, MUNICIPALITIES, DAY)
    closed = practices.assign(capacity=[1.0, 1.0, 0.0])
    after = by_municipality(covered_of(demand, closed, reach), closed, MUNICIPALITIES, DAY)
    changed = with_change(after, before.iloc[::-1], ["municipality_code"]).set_index("municipality_code")
    assert changed.loc["0751", "median_min_change"] == 10
    assert changed.loc["0751", "people_any_change"] == 0, "too little choice before as well"
    assert changed.loc["0751", "gps_per_10000_change"] == pytest.approx(-0.5 / 650 * 10_000)
    assert changed.loc["0101", "median_min_change"] == 0


def limits_in_places(value):
    """One limit everywhere, one in København alone, one outside it, or a shorter one there."""
    here, there = {"municipalities": ["0101"]}, {"municipalities": ["0751"]}
    return st.sampled_from(
        [
            [{"value": value}],
            [{"value": value, **here}],
            [{"value": value, **there}],
            [{"value": value}, {"value": value / 3, **here}],
        ]
    )


CASES = st.tuples(st.integers(1, 5), st.integers(1, 4)).flatmap(
    lambda shape: st.tuples(
        arrays(np.float64, shape, elements=st.sampled_from([60.0, 600.0, 901.0, FAR])),
        arrays(np.float64, shape, elements=st.sampled_from([1000.0, 14000.0, 16000.0, FAR])),
        arrays(np.float64, shape[0], elements=st.integers(0, 50).map(float)),
        arrays(np.float64, shape[1], elements=st.sampled_from([0.0, 1.0])),
        st.lists(st.sampled_from(["0101", "0751"]), min_size=shape[0], max_size=shape[0]),
        arrays(object, shape[0], elements=st.sampled_from(["ok", "ok", "no_road_nearby"])),
        st.booleans(),
        st.booleans(),
        limits_in_places(15),
        limits_in_places(15),
    )
)


@given(CASES)
@settings(deadline=None)
def test_dependence_equals_closing_each_practice_in_turn(case):
    seconds, road, people, capacity, codes, status, use_time, use_choice, minutes, km = case
    chosen = settings_of(
        time={"enabled": use_time, "limits_min": minutes}, choice={"enabled": use_choice, "limits_km": km}
    )
    demand, practices = demand_frame(people, codes), practice_frame(capacity)
    reach = reach_of(seconds, road, status=status)
    told = practice_dependence(demand, practices, reach, chosen, DAY)
    before = flagged(covered_of(demand, practices, reach, chosen), ["time", "choice"])
    for j in range(len(capacity)):
        left = capacity.copy()
        left[j] = 0
        after = flagged(covered_of(demand, practice_frame(left), reach, chosen), ["time", "choice"])
        assert told.loc[j, "people_alone"] == people[(after & ~before).to_numpy()].sum()
    ranked = told.dropna(subset=["rank"]).sort_values("rank")
    assert ranked["people_alone"].is_monotonic_decreasing
    assert (told["rank"].isna() == (told["people_alone"] == 0)).all()
    assert told["people_nearest"].sum() <= people.sum()


@pytest.mark.parametrize(
    ("rule", "limits", "seconds"),
    [("time", {"limits_min": [{"value": 15, "municipalities": ["0101"]}]}, [60.0, 90.0]),
     ("choice", {"limits_km": [{"value": 15, "municipalities": ["0101"]}]}, [60.0, 2000.0])],
)  # fmt: skip
def test_people_without_a_limit_of_one_rule_may_depend_on_a_practice_by_the_other(rule, limits, seconds):
    told = practice_dependence(
        demand_frame([100.0]),
        practice_frame([1.0, 1.0]),
        reach_of([seconds]),
        settings_of(**{rule: limits}),
        DAY,
    )
    assert told[f"people_alone_{rule}"].tolist() == [0, 0]
    assert told["people_alone"].tolist() == ([100, 100] if rule == "time" else [100, 0])


def test_a_drive_that_is_known_is_not_unknown_where_no_limit_holds():
    demand, practices = demand_frame([100.0, 20.0, 3.0]), practice_frame([1.0])
    status = np.array(["ok", "no_road_nearby", "other_landmass"], dtype=object)
    reach = reach_of([[60.0], [FAR], [FAR]], status=status)
    for time in ({"limits_min": [{"value": 15, "municipalities": ["0101"]}]}, {"enabled": False}):
        covered = covered_of(demand, practices, reach, settings_of(time=time))
        town = by_municipality(covered, practices, MUNICIPALITIES, DAY).set_index("municipality_code")
        assert town["people_unjudged"].to_dict() == {"0101": 0, "0707": 0, "0751": 20}


def test_a_site_is_not_missed_where_its_provider_has_another_one_near():
    practices = practice_frame([1.0, 1.0, 1.0]).assign(provider=["a", "a", "b"])
    reach = reach_of(
        [[60.0, 90.0, 2000.0], [60.0, 2000.0, 2000.0]], [[1000.0, 1000.0, 1000.0], [1000.0, 99_000.0, 1000.0]]
    )
    told = practice_dependence(demand_frame([10.0, 5.0]), practices, reach, CoverageSettings(), DAY)
    assert told["people_alone_time"].tolist() == [5, 0, 0]
    assert told["people_alone_choice"].tolist() == [5, 0, 15]
    assert told["people_alone"].tolist() == [5, 0, 15]
