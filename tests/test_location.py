"""The models behind one door, and the curve of what each further site brings."""

import numpy as np
import pytest

from pipeline import location
from pipeline.location import choose_sites, marginal_curve, outcome
from pipeline.location.siting import Answer, SitingError
from pipeline.location.siting_input import siting_problem
from tests.siting_oracle import choices, covered, random_case


@pytest.fixture
def problem():
    times, people = random_case(np.random.default_rng(11), 40, 9)
    return siting_problem(times, people, existing=[0], names=[f"by{j}" for j in range(9)])


@pytest.mark.parametrize("model", ["max_cover", "capacitated_cover", "p_median", "p_center"])
def test_a_further_site_never_makes_it_worse(problem, model):
    curve = marginal_curve(problem, model, 4, limit_min=10)
    assert curve.table["new_sites"].tolist() == [0, 1, 2, 3, 4]
    # What cannot be done with few sites (an island without any) is missing, never a number.
    solved = curve.table.dropna(subset=["value"])
    assert len(solved) >= 2
    assert (solved["gain"].dropna() >= 0).all()
    assert solved["status"].isin(["optimal", "heuristic"]).all()


def test_the_curve_of_coverage_equals_brute_force(problem):
    curve = marginal_curve(problem, "max_cover", 3, limit_min=10)
    best = [max(covered(problem, chosen, 10) for chosen in choices(problem, k)) for k in range(4)]
    assert curve.table["value"].tolist() == pytest.approx(best)
    assert curve.table["people_within"].tolist() == pytest.approx(best)
    assert curve.table["gain"].iloc[1:].tolist() == pytest.approx(np.diff(best).tolist())


def test_more_sites_than_candidates_are_refused_and_the_curve_says_so(problem):
    with pytest.raises(SitingError, match="0 to 8 new sites"):
        choose_sites(problem, "p_median", 9)
    with pytest.raises(SitingError, match="-1 new sites"):
        choose_sites(problem, "p_median", -1)
    curve = marginal_curve(problem, "p_median", 30)
    assert curve.table["new_sites"].max() == 8
    assert "30 sites were asked for, but there are 8 candidates" in str(curve.notes[0])


def test_a_covering_model_needs_a_limit(problem):
    with pytest.raises(SitingError, match="a travel-time limit in minutes"):
        choose_sites(problem, "max_cover", 2)


def test_the_outcome_tells_what_people_get():
    times = np.array([[10.0, 2.0], [20.0, 30.0], [np.nan, np.nan]])
    problem = siting_problem(times, [1, 3, 5], existing=[0])
    told = outcome(problem, (1,), 15)
    assert told["people_within"] == 1
    assert told["people_reached"] == 4
    assert told["mean_min"] == pytest.approx((2 + 3 * 20) / 4)
    assert told["p90_min"] == 20
    assert told["worst_min"] == 20
    nobody = outcome(siting_problem(times, [0, 0, 5], existing=[0]), (), None)
    assert nobody["people_reached"] == 0
    assert np.isnan(nobody["mean_min"])
    assert np.isnan(nobody["people_within"])


def test_names_of_the_chosen_sites_stand_in_the_table(problem):
    row = marginal_curve(problem, "max_cover", 1, limit_min=10).table.iloc[1]
    answer = choose_sites(problem, "max_cover", 1, limit_min=10)
    assert row["sites"] == "; ".join(f"by{site}" for site in answer.sites)


def test_progress_is_told_after_each_number_of_sites(problem):
    seen = []
    marginal_curve(problem, "max_cover", 2, limit_min=10, progress=lambda done, of: seen.append((done, of)))
    assert seen == [(1, 3), (2, 3), (3, 3)]


def test_a_search_stopped_early_keeps_the_smaller_choice_and_its_doubt(problem, monkeypatch):
    found = {
        0: Answer("max_cover", "optimal", (), 50.0, 50.0),
        1: Answer("max_cover", "optimal", (3,), 90.0, 90.0),
        2: Answer("max_cover", "gap", (5, 6), 80.0, 130.0),
        3: Answer("max_cover", "unsettled", (), np.nan, np.nan),
    }
    monkeypatch.setattr(location, "_solver", lambda *_: found.get)
    table = location.marginal_curve(problem, "max_cover", 3, limit_min=10).table
    assert table["value"].tolist() == [50, 90, 90, 90]
    assert table["sites"].tolist() == ["", "by3", "by3", "by3"]
    assert table["status"].tolist() == ["optimal", "optimal", "gap", "gap"]
    assert table["bound"].iloc[2:].tolist() == [130, problem.weight.sum()]


def test_remarks_on_the_problem_are_handed_on():
    problem = siting_problem([[5.0, 1.0]], [10], existing=[0], min_volume=[99, 0])
    assert "below its minimum of 99" in str(marginal_curve(problem, "max_cover", 1, limit_min=2).notes[0])
