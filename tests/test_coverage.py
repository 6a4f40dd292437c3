import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pipeline.coverage import coverage, flagged, supply_of
from pipeline.coverage.findings import capacity_figures, capacity_findings
from pipeline.coverage.limits import check_limits, limit_for, limits_of
from pipeline.coverage.reach import NOBODY
from pipeline.errors import SettingsError
from pipeline.messages import translator
from pipeline.settings.coverage import CoverageSettings, Limit
from pipeline.settings.file import parse_settings
from pipeline.tables import load_table
from tests.coverage_toys import DAY, demand_frame, practice_frame, reach_of, settings_of

SHAPES = st.tuples(st.integers(1, 6), st.integers(1, 5))
SECONDS = st.sampled_from([0.0, 200.0, 600.0, 900.0, 901.0, 1500.0, 1800.0, np.inf])


def cases():
    return SHAPES.flatmap(
        lambda shape: st.fixed_dictionaries(
            {
                "seconds": arrays(np.float64, shape, elements=SECONDS),
                "road": arrays(
                    np.float64,
                    shape,
                    elements=st.sampled_from([0.0, 4000.0, 9000.0, 15000.0, 15001.0, np.inf]),
                ),
                "people": arrays(np.float64, shape[0], elements=st.integers(0, 3000).map(float)),
                "capacity": arrays(np.float64, shape[1], elements=st.sampled_from([0.0, 0.5, 1.0, 2.0])),
                "intake": st.lists(
                    st.sampled_from([True, False, None]), min_size=shape[1], max_size=shape[1]
                ),
                "codes": st.lists(st.sampled_from(["0751", "0101"]), min_size=shape[0], max_size=shape[0]),
            }
        )
    )


def run(case, chosen=None, **more):
    demand = demand_frame(case["people"], case["codes"])
    practices = practice_frame(case["capacity"], case["intake"])
    reach = reach_of(case["seconds"], case["road"], **more)
    return coverage(demand, practices, reach, chosen or CoverageSettings(), DAY)


def broken(frame, rule):
    return frame[f"{rule}_broken"].astype(object).where(frame[f"{rule}_broken"].notna(), None).tolist()


@given(cases(), st.booleans(), st.sampled_from(["road", "straight"]), st.integers(1, 3))
@settings(deadline=None)
def test_choice_equals_brute_force(case, unknown_is_open, measure, wanted):
    frame = run(
        case,
        settings_of(choice={"unknown_is_open": unknown_is_open, "measure": measure, "practices": wanted}),
    )
    distance = case["road"] if measure == "road" else case["road"] / 1.3
    for i, code in enumerate(case["codes"]):
        limit = 5000 if code == "0101" else 15000
        count = 0
        for j, intake in enumerate(case["intake"]):
            is_open = unknown_is_open if intake is None else intake
            count += case["capacity"][j] > 0 and is_open and distance[i, j] <= limit
        assert frame["choice_measure"][i] == count
        assert frame["choice_broken"][i] == (count < wanted)
        assert frame["choice_margin"][i] == count - wanted


@given(cases())
@settings(deadline=None)
def test_time_equals_brute_force(case):
    frame = run(case)
    for i in range(len(case["people"])):
        serving = [case["seconds"][i, j] for j in range(len(case["capacity"])) if case["capacity"][j] > 0]
        least = min(serving, default=np.inf)
        assert frame["time_broken"][i] == (least > 900)
        if np.isfinite(least):
            assert frame["travel_min"][i] == pytest.approx(least / 60)
            assert frame["time_margin"][i] == pytest.approx(15 - least / 60)
            assert frame["travel_status"][i] == "ok"
        else:
            assert np.isnan(frame["travel_min"][i])
            assert frame["time_status"][i] == "beyond_cutoff"
            assert pd.isna(frame["nearest_practice"][i])


@given(cases())
@settings(deadline=None)
def test_closed_equals_brute_force_in_three_values(case):
    frame = run(case)
    for i in range(len(case["people"])):
        near = [
            case["intake"][j]
            for j in range(len(case["capacity"]))
            if case["capacity"][j] > 0 and case["seconds"][i, j] <= 1800
        ]
        expected = False if True in near else None if None in near else True
        assert broken(frame, "closed")[i] is expected


@given(cases(), st.sampled_from(["any", "nearest"]))
@settings(deadline=None)
def test_fragile_equals_closing_each_practice_in_turn(case, closing):
    chosen = settings_of(fragile={"closing": closing})
    frame = run(case, chosen)
    before = flagged(frame, ["choice", "time"])
    expected = np.zeros(len(before), dtype=bool)
    for j in range(len(case["capacity"])):
        capacity = case["capacity"].copy()
        capacity[j] = 0
        after = flagged(run(case | {"capacity": capacity}, chosen), ["choice", "time"])
        mine = (
            np.ones(len(before), bool)
            if closing == "any"
            else (frame["nearest_practice"] == f"p{j:03d}").fillna(value=False).to_numpy()
        )
        expected |= after.to_numpy() & ~before.to_numpy() & mine
    assert frame["fragile_broken"].tolist() == expected.tolist()


@given(cases(), st.data())
@settings(deadline=None)
def test_another_practice_makes_nobody_worse_in_choice_or_time(case, data):
    n = len(case["people"])
    more = {
        "seconds": np.column_stack([case["seconds"], data.draw(arrays(np.float64, n, elements=SECONDS))]),
        "road": np.column_stack(
            [
                case["road"],
                data.draw(arrays(np.float64, n, elements=st.sampled_from([100.0, 14000.0, np.inf]))),
            ]
        ),
        "capacity": np.append(case["capacity"], 1.0),
        "intake": [*case["intake"], True],
    }
    before, after = run(case), run(case | more)
    for rule in ("choice", "time"):
        assert not (after[f"{rule}_broken"] & ~before[f"{rule}_broken"]).any()
    assert (after["choice_margin"] >= before["choice_margin"]).all()
    gone = before["travel_min"].fillna(np.inf).to_numpy()
    assert (after["travel_min"].fillna(np.inf).to_numpy() <= gone).all()


@given(cases(), st.data())
@settings(deadline=None)
def test_order_of_rows_changes_nothing(case, data):
    rows = np.array(data.draw(st.permutations(range(len(case["people"])))))
    columns = np.array(data.draw(st.permutations(range(len(case["capacity"])))))
    reach = reach_of(case["seconds"], case["road"])
    first = coverage(
        demand_frame(case["people"], case["codes"]),
        practice_frame(case["capacity"], case["intake"]),
        reach,
        CoverageSettings(),
        DAY,
    )
    second = coverage(
        demand_frame(case["people"], case["codes"]).iloc[rows],
        practice_frame(case["capacity"], case["intake"]).iloc[columns],
        reach_of(case["seconds"][rows][:, columns], case["road"][rows][:, columns]),
        CoverageSettings(),
        DAY,
    ).loc[first.index]
    pd.testing.assert_frame_equal(first, second, rtol=1e-12)


@given(cases())
@settings(deadline=None)
def test_people_are_kept_and_counts_and_supply_are_never_missing(case):
    frame = run(case)
    assert frame["people"].sum() == case["people"].sum()
    for column in (
        "choice_measure",
        "closed_measure",
        "fragile_measure",
        "capacity_measure",
        "gps_per_10000",
        "open_by_road",
        "open_straight",
    ):
        assert frame[column].notna().all(), column
    for rule in ("choice", "time", "capacity", "fragile"):
        assert frame[f"{rule}_broken"].notna().all()
        said = frame[f"{rule}_margin"]
        assert ((said < 0) == frame[f"{rule}_broken"])[said.notna() & (rule != "fragile")].all()


def test_each_broken_rule_is_named_in_order():
    frame = coverage(
        demand_frame([100.0, 100.0]),
        practice_frame([2.0, 2.0, 2.0]),
        reach_of([[60, 60, 60], [2000, np.inf, np.inf]]),
        CoverageSettings(),
        DAY,
    )
    assert frame["rules_broken"].tolist() == ["", "choice|time|capacity|closed"]


def test_island_is_told_from_the_landmass_and_not_from_the_time():
    reach = reach_of(
        [[600.0, np.inf], [600.0, np.inf], [np.inf, np.inf], [600.0, 300.0]],
        point_land=np.array([0, 1, 2, NOBODY], np.int32),
        practice_land=np.array([0, 0], np.int32),
    )
    frame = coverage(demand_frame([1.0] * 4), practice_frame([1.0, 1.0]), reach, CoverageSettings(), DAY)
    assert broken(frame, "island") == [False, True, False, None]
    assert frame["island_status"].tolist() == ["ok", "ferry_only", "no_supply", "landmass_unknown"]
    assert frame["island_measure"][1] == 10


def test_an_island_with_its_own_practice_is_not_ferry_only_until_that_closes():
    land = {"point_land": np.array([1], np.int32), "practice_land": np.array([0, 1], np.int32)}
    seconds = [[600.0, 300.0]]
    served = coverage(
        demand_frame([1.0]), practice_frame([1.0, 1.0]), reach_of(seconds, **land), CoverageSettings(), DAY
    )
    unserved = coverage(
        demand_frame([1.0]), practice_frame([1.0, 0.0]), reach_of(seconds, **land), CoverageSettings(), DAY
    )
    assert broken(served, "island") == [False]
    assert broken(unserved, "island") == [True]


def test_points_off_the_network_are_not_judged_but_stay_in_the_table():
    reach = reach_of(
        [[60.0], [np.inf], [np.inf]],
        status=np.array(["ok", "no_road_nearby", "other_landmass"], dtype=object),
    )
    frame = coverage(demand_frame([1.0, 5.0, 7.0]), practice_frame([1.0]), reach, CoverageSettings(), DAY)
    assert broken(frame, "time") == [False, None, True]
    assert broken(frame, "choice")[1] is None
    assert frame["time_status"].tolist() == ["ok", "not_reached", "other_landmass"]
    assert frame["capacity_measure"].tolist()[1:] == [0.0, 0.0]
    assert frame["people"].sum() == 13


def test_practices_of_other_days_places_or_without_gps_serve_nobody():
    practices = practice_frame([1.0, 1.0, 1.0, 0.0, 1.0])
    practices["valid_from"] = pd.to_datetime(["2025-06-01", "2025-06-02", None, None, None])
    practices["valid_to"] = pd.to_datetime(["2025-06-02", None, "2025-06-01", None, None])
    practices.loc[4, "status"] = "outside_study_area"
    assert supply_of(practices, DAY).serving.tolist() == [True, False, False, False, False]


def test_limit_of_the_day_and_place():
    limits = (
        Limit(value=1600, valid_to=dt.date(2025, 7, 1)),
        Limit(value=1450, municipalities=("0580",), valid_from=dt.date(2025, 7, 1)),
        Limit(
            value=1500,
            municipalities=("0751",),
            valid_from=dt.date(2020, 1, 1),
            valid_to=dt.date(2021, 1, 1),
        ),
    )
    before, after = dt.date(2025, 6, 30), dt.date(2025, 7, 1)
    assert limit_for(limits, "0580", before) == (limits[0], False)
    assert limit_for(limits, "0580", after) == (limits[1], False)
    assert limit_for(limits, "0101", after) == (None, False)
    assert limit_for(limits, "0101", after, keep_expired=True) == (limits[0], True)
    assert limit_for(limits, "0751", dt.date(2020, 5, 1)) == (limits[2], False)
    assert limit_for(limits, "0751", after, keep_expired=True) == (limits[0], True)
    found = limits_of(limits, pd.Series(["0580", "0101", None]), after)
    assert found.value[0] == 1450
    assert np.isnan(found.value[1:]).all()


def test_without_a_limit_on_the_day_nothing_is_judged_and_the_reason_stands_there():
    late = dt.date(2026, 1, 1)
    args = demand_frame([5000.0]), practice_frame([1.0]), reach_of([[60.0]])
    kept = coverage(*args, CoverageSettings(), late)
    assert broken(kept, "capacity") == [True]
    assert kept["capacity_status"].tolist() == ["limit_expired"]
    gone = coverage(*args, settings_of(capacity={"keep_expired": False}), late)
    assert broken(gone, "capacity") == [None]
    assert gone["capacity_status"].tolist() == ["no_limit"]
    assert np.isnan(gone["capacity_margin"][0])


def test_exactly_1600_patients_a_gp_is_not_too_many():
    frame = coverage(
        demand_frame([800.0, 800.0]),
        practice_frame([1.0]),
        reach_of([[60.0], [120.0]]),
        CoverageSettings(),
        DAY,
    )
    assert broken(frame, "capacity") == [False, False]
    assert frame["patients_per_gp"].tolist() == pytest.approx([1600, 1600])
    frame = coverage(
        demand_frame([800.0, 801.0]),
        practice_frame([1.0]),
        reach_of([[60.0], [120.0]]),
        CoverageSettings(),
        DAY,
    )
    assert broken(frame, "capacity") == [True, True]


def test_a_rule_switched_off_leaves_no_trace():
    chosen = settings_of(
        **{rule: {"enabled": False} for rule in ("choice", "time", "capacity", "closed", "island")}
    )
    frame = coverage(demand_frame([1.0]), practice_frame([1.0]), reach_of([[2000.0]]), chosen, DAY)
    assert not [
        name for name in frame if name.startswith(("choice_", "time_", "capacity_", "closed_", "island_"))
    ]
    assert broken(frame, "fragile") == [None]
    assert frame["fragile_status"].tolist() == ["no_limit"]
    assert frame["rules_broken"].tolist() == [""]
    assert not flagged(frame, ["time"]).any()


def test_travel_times_that_end_short_of_a_limit_are_refused():
    args = demand_frame([1.0]), practice_frame([1.0])
    with pytest.raises(ValueError, match="a rule asks for 1800"):
        coverage(*args, reach_of([[60.0]], time_most_s=900), CoverageSettings(), DAY)


def test_distances_that_end_short_of_a_limit_are_refused():
    args = demand_frame([1.0]), practice_frame([1.0])
    coverage(*args, reach_of([[60.0]], most_m=15_000), CoverageSettings(), DAY)
    with pytest.raises(ValueError, match="distances end at 14999 m, but a rule asks for 15000 m"):
        coverage(*args, reach_of([[60.0]], most_m=14_999), CoverageSettings(), DAY)


def test_frames_of_another_length_are_refused():
    with pytest.raises(ValueError, match="one row for each row"):
        coverage(demand_frame([1.0, 2.0]), practice_frame([1.0]), reach_of([[60.0]]), CoverageSettings(), DAY)


def test_unknown_municipalities_and_contradicting_limits_are_told_all_at_once():
    chosen = settings_of(
        choice={"limits_km": [{"value": 15}, {"value": 5, "municipalities": ["0101", "9999"]}]},
        time={"limits_min": [{"value": 10}, {"value": 20, "valid_from": dt.date(2025, 1, 1)}]},
    )
    with pytest.raises(SettingsError) as told:
        check_limits(chosen, ["0101", "0751"], source="my.toml")
    text = told.value.text("en")
    assert len(told.value.faults) == 2
    assert "coverage.choice.limits_km, limit 2" in text
    assert "9999" in text
    assert "coverage.time.limits_min, limits 1 and 2" in text
    check_limits(CoverageSettings(), ["0101", "0147", "0155", "0185"], source="")


@pytest.mark.parametrize(
    ("section", "key"),
    [
        ({"time": {"limits_min": [{"value": 0}]}}, "coverage.time.limits_min.0.value"),
        ({"choice": {"practices": 0}}, "coverage.choice.practices"),
        ({"capacity": {"catchment_min": -1}}, "coverage.capacity.catchment_min"),
        ({"choice": {"limits_km": []}}, "coverage.choice.limits_km"),
        (
            {"choice": {"limits_km": [{"value": 5, "municipalities": ["101"]}]}},
            "coverage.choice.limits_km.0.municipalities.0",
        ),
        ({"robustness": {"speed_changes": [-1.0]}}, "coverage.robustness.speed_changes"),
        (
            {
                "time": {
                    "limits_min": [
                        {"value": 5, "valid_from": dt.date(2025, 2, 1), "valid_to": dt.date(2025, 1, 1)}
                    ]
                }
            },
            "coverage.time.limits_min.0",
        ),
    ],
)
def test_senseless_settings_are_told_with_their_key(section, key, tmp_path):
    raw = {"study": {"name": "x", "title": "X", "as_of": dt.date(2025, 1, 1)}, "coverage": section}
    with pytest.raises(SettingsError) as told:
        parse_settings(raw, source="my.toml", folder=tmp_path)
    assert [str(fault.where) for fault in told.value.faults] == [key]


def test_a_limit_of_nought_tells_how_to_leave_the_rule_out(tmp_path):
    raw = {
        "study": {"name": "x", "title": "X", "as_of": dt.date(2025, 1, 1)},
        "coverage": {"choice": {"limits_km": [{"value": 0}]}, "capacity": {"catchment_min": 0}},
    }
    with pytest.raises(SettingsError) as told:
        parse_settings(raw, source="my.toml", folder=tmp_path)
    assert len(told.value.faults) == 2
    assert told.value.text("da").count("et tal over 0\n") == 2
    assert told.value.text("da").count("enabled = false") == 2


def test_default_limits_are_those_of_the_bundled_table_of_rules():
    rules = load_table("rules").set_index("rule_id")
    chosen = CoverageSettings()
    everywhere, capital = chosen.choice.limits_km
    assert everywhere.value == rules.loc["gp_choice_distance", "value"]
    assert capital.value == rules.loc["gp_choice_distance_capital", "value"]
    assert set(capital.municipalities) == set(rules.loc["gp_choice_distance_capital", "area"].split("|"))
    assert chosen.choice.practices == rules.loc["gp_min_choices", "value"]
    (patients,) = chosen.capacity.limits_patients
    assert patients.value == rules.loc["gp_closing_limit", "value"]
    assert pd.Timestamp(patients.valid_to) == rules.loc["gp_closing_limit", "valid_to"]


def test_two_sites_of_one_practice_are_no_choice():
    practices = practice_frame([1.0, 1.0]).assign(provider=["a", "a"])
    args = demand_frame([100.0]), reach_of([[60.0, 90.0]])
    assert broken(coverage(args[0], practices, args[1], CoverageSettings(), DAY), "choice") == [True]
    other = practices.assign(provider=["a", "b"])
    assert broken(coverage(args[0], other, args[1], CoverageSettings(), DAY), "choice") == [False]


def test_more_people_for_each_gp_than_the_limit_everywhere_is_told_as_arithmetic():
    demand = demand_frame([3000.0, 2000.0], ["0751", "0751"])
    practices = practice_frame([2.0, 1.0, 4.0])
    practices.loc[2, "status"] = "outside_study_area"
    average, limit = capacity_figures(demand, practices, settings_of(), DAY)
    assert (average, limit) == (pytest.approx(5000 / 3), 1600)
    (finding,) = capacity_findings(average, limit)
    assert "1.667 borgere pr. læge, flere end grænsen på 1.600" in translator("da")(finding.message)
    assert capacity_findings(1600.0, 1600.0) == []
    assert capacity_findings(1700.0, float("nan")) == []
    nobody = capacity_figures(demand, practices.assign(status="no_point"), settings_of(), DAY)
    assert np.isinf(nobody[0])
