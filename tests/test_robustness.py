import numpy as np
import pandas as pd
import pytest

from pipeline.coverage import coverage, flagged
from pipeline.coverage.gap_table import Judgement, Surroundings, gap_table
from pipeline.coverage.robustness import certainty_words, shake
from pipeline.coverage.robustness_draws import draw_closings, draw_people, plan_runs
from pipeline.messages import translator
from pipeline.settings.coverage import RobustnessSettings
from tests.coverage_toys import DAY, demand_frame, practice_frame, reach_of, settings_of
from tests.test_gap_areas import AROUND, KM, X, Y, land, towns

BASE = np.array([300.0, 930.0, 2000.0, 850.0, 300.0])
"""Seconds to the nearest practice: fine, just too far, much too far, just within, fine."""


def world(order=None, **parts):
    """Five points of a row, 8 km apart, each its own gap where flagged; three practices at the same time."""
    xy = np.column_stack([X + 8 * KM * np.arange(5) + KM, np.full(5, Y + KM)])
    chosen = settings_of(
        choice={"enabled": False}, closed={"enabled": False}, capacity={"enabled": False}, **parts
    )
    demand = demand_frame([10.0, 20.0, 30.0, 40.0, 50.0], xy=xy)
    practices = practice_frame([1.0, 1.0, 1.0])
    seconds = np.column_stack([BASE, BASE + 1, BASE + 2])
    rows = np.arange(5) if order is None else np.array(order)
    demand = demand.iloc[rows]

    def reach_at(factor):
        return reach_of(seconds[rows] / factor)

    return demand, practices, chosen, reach_at


def run(order=None, **parts):
    demand, practices, chosen, reach_at = world(order, **parts)
    covered = coverage(demand, practices, reach_at(1.0), chosen, DAY)
    around = Surroundings(land((0, 0, 50, 3)), towns(("By", 20, 1, 900)), pd.Series(dtype=str))
    gaps = {"access": gap_table(Judgement(demand, practices, covered, chosen, DAY), around)}
    return gaps, shake(demand, practices, chosen, DAY, reach_at, gaps)


def test_a_gap_far_beyond_the_limit_is_certain_and_a_narrow_one_depends():
    gaps, shaken = run()
    told = shaken.gaps["access"].set_index(gaps["access"].table["people"])
    assert told.loc[30.0, ["share_runs", "certainty", "depends_on"]].tolist() == [1.0, "certain", ""]
    assert told.loc[20.0, "certainty"] == "depends"
    assert told.loc[20.0, "depends_on"] == "speed|limit"
    assert told.loc[20.0, "share_runs"] == pytest.approx(shaken.points["share_access"][1])
    assert 0 < shaken.points["share_access"][3] < 0.66, "a gap when driving is slower or the limit tighter"
    assert shaken.points["share_access"][[0, 4]].tolist() == [0, 0]


def test_the_first_run_is_today_and_single_runs_change_one_thing():
    gaps, shaken = run()
    runs = shaken.runs
    assert runs.loc[0, ["changed", "people_access", "practices_closed"]].tolist() == ["today", 50.0, 0]
    alone = runs[runs["changed"] == "speed"].set_index("speed_change")["people_access"]
    assert alone.to_dict() == {-0.2: 90.0, -0.1: 90.0, 0.1: 30.0, 0.2: 30.0}
    limit = runs[runs["changed"] == "limit"].set_index("limit_change")["people_access"]
    assert limit.to_dict() == {-0.1: 90.0, 0.1: 30.0}
    assert (runs["changed"] == "all").sum() == 100
    assert gaps["access"].table["people"].sum() == 50


def test_slower_driving_and_tighter_limits_never_mend_a_gap():
    _, shaken = run(robustness={"demand_spread": 0, "closing_chance": 0})
    single = shaken.runs[shaken.runs["changed"].isin(["speed", "limit", "today"])]
    effect = (1 + single["speed_change"]) * (1 + single["limit_change"])
    ordered = single.assign(effect=effect).sort_values("effect")
    assert ordered["people_access"].is_monotonic_decreasing


def test_same_seed_same_result_whatever_the_order_of_rows_and_another_seed_another():
    gaps, first = run()
    _, again = run()
    _, turned = run(order=[3, 1, 4, 0, 2])
    _, other = run(robustness={"seed": 7})
    pd.testing.assert_frame_equal(first.runs, again.runs)
    pd.testing.assert_frame_equal(first.gaps["access"], again.gaps["access"])
    pd.testing.assert_frame_equal(first.points, turned.points.loc[first.points.index])
    assert np.allclose(first.runs["people_access"], turned.runs["people_access"])
    assert not first.runs["practices_closed"].equals(other.runs["practices_closed"])
    assert len(gaps["access"].table) == 2


def test_each_speed_is_measured_once():
    demand, practices, chosen, reach_at = world()
    asked = []

    def counted(factor):
        asked.append(round(factor, 6))
        return reach_at(factor)

    shake(demand, practices, chosen, DAY, counted, {})
    assert asked == [0.8, 0.9, 1.0, 1.1, 1.2]


def test_a_gap_that_hangs_on_one_practice_is_told_by_its_closing():
    # One practice serves everybody: when it closes, all are in a gap; nothing else matters.
    demand = demand_frame([10.0, 10.0], xy=np.array([[X + KM, Y + KM], [X + 9 * KM, Y + KM]]))
    chosen = settings_of(
        choice={"enabled": False},
        closed={"enabled": False},
        capacity={"enabled": False},
        robustness={"closing_chance": 0.5},
    )
    practices = practice_frame([1.0])
    reach = reach_of([[300.0], [300.0]])
    covered = coverage(demand, practices, reach, chosen, DAY)
    covered["time_broken"] = pd.array([True, False], dtype="boolean")
    gaps = {"access": gap_table(Judgement(demand, practices, covered, chosen, DAY), AROUND)}
    told = shake(demand, practices, chosen, DAY, lambda _: reach, gaps).gaps["access"]
    assert told["certainty"].tolist() == ["depends"]
    assert "closing" in told["depends_on"][0]
    assert 0.3 < told["share_runs"][0] < 0.7


def test_without_random_runs_the_single_ones_decide():
    _, shaken = run(robustness={"runs": 0, "demand_spread": 0, "closing_chance": 0})
    assert len(shaken.runs) == 1 + 4 + 2
    assert shaken.gaps["access"]["share_runs"].tolist() == pytest.approx([1.0, 4 / 7])


def test_without_gaps_there_is_nothing_to_tell():
    demand, practices, chosen, _ = world()
    near = reach_of(np.full((5, 3), 60.0))
    covered = coverage(demand, practices, near, chosen, DAY)
    around = Surroundings(land((0, 0, 50, 3)), towns(("By", 20, 1, 900)), pd.Series(dtype=str))
    gaps = {"access": gap_table(Judgement(demand, practices, covered, chosen, DAY), around)}
    shaken = shake(demand, practices, chosen, DAY, lambda _: near, gaps)
    assert shaken.gaps["access"].empty
    assert shaken.points["share_access"].max() < 0.2


def test_drawn_people_keep_the_sums_of_municipalities_and_the_wanted_spread():
    rng = np.random.default_rng(3)
    people = rng.uniform(1, 50, 4000)
    group = pd.Series(rng.choice(["0751", "0101", None], 4000))
    ids = pd.Series([f"d{i:05d}" for i in range(4000)])
    drawn = draw_people(people, group, ids, 0.1, 5)
    for code in ("0751", "0101"):
        mine = (group == code).to_numpy()
        assert drawn[mine].sum() == pytest.approx(people[mine].sum())
    assert (drawn / people).std() == pytest.approx(0.1, abs=0.01)
    turn = rng.permutation(4000)
    again = draw_people(people[turn], group.iloc[turn], ids.iloc[turn], 0.1, 5)
    assert np.allclose(again, drawn[turn])
    assert draw_people(people, group, ids, 0.0, 5) is people


def test_drawn_closings_have_the_stated_chance_and_follow_the_id():
    rank = np.arange(20_000, dtype=np.int32)
    closed = draw_closings(rank, 0.02, 11)
    assert closed.mean() == pytest.approx(0.02, abs=0.004)
    turn = np.random.default_rng(1).permutation(20_000)
    assert np.array_equal(draw_closings(rank[turn], 0.02, 11), closed[turn])
    assert not draw_closings(rank, 0.0, 11).any()


def test_the_plan_follows_the_settings():
    plan = plan_runs(
        RobustnessSettings(runs=3, speed_changes=(0.5,), limit_changes=(), demand_spread=0, closing_chance=0)
    )
    assert [run_.name for run_ in plan] == ["today", "speed", "all", "all", "all"]
    assert {run_.limit for run_ in plan} == {0.0}
    assert len({run_.draw for run_ in plan if run_.name == "all"}) == 3


@pytest.mark.parametrize(
    ("certainty", "on", "words"),
    [
        ("certain", "", "robust"),
        ("likely", "", "ret robust"),
        ("depends", "speed", "afhænger af kørehastigheden"),
        ("depends", "speed|limit", "afhænger af kørehastigheden og grænsen"),
        ("depends", "speed|limit|closing", "afhænger af flere ting"),
    ],
)
def test_certainty_in_plain_danish(certainty, on, words):
    assert translator("da")(certainty_words(certainty, on)) == words


def test_flagged_people_of_today_are_those_of_the_coverage():
    demand, practices, chosen, reach_at = world()
    covered = coverage(demand, practices, reach_at(1.0), chosen, DAY)
    _, shaken = run()
    assert shaken.runs["people_access"][0] == covered.loc[flagged(covered, ["time"]), "people"].sum()
