"""The time limit of an answer holds for all its steps together, on a clock that solver runs move."""

import numpy as np
import pytest

from pipeline.location import choose_sites, deadline, linear_model, marginal_curve
from pipeline.location.deadline import Deadline
from pipeline.location.linear_model import Solved
from pipeline.location.set_cover import set_cover
from pipeline.location.siting import Answer
from pipeline.location.siting_input import siting_problem
from pipeline.location.siting_rules import build_rules, pick_by_score
from tests.siting_oracle import random_case

MODELS = ["max_cover", "p_median", "p_center", "capacitated_cover", "set_cover"]


class Clock:
    """Moves by what each solver run was permitted, as if the solver used all of it."""

    def __init__(self, monkeypatch, *, solves=True):
        self.now, self.runs, self.solves, self.run = 1000.0, [], solves, linear_model._run
        monkeypatch.setattr(deadline, "monotonic", lambda: self.now)
        monkeypatch.setattr(linear_model, "_run", self.solved)

    def solved(self, model, time_limit_s, **how):
        self.runs.append(time_limit_s)
        self.now += time_limit_s
        if not self.solves:
            return Solved("none", np.zeros(0), -np.inf)
        return self.run(model, 60.0, **how)


def entangled(seed, **rules):
    """A problem whose minimum volumes need many rounds of cuts."""
    times, people = random_case(np.random.default_rng(seed), 60, 14)
    return siting_problem(times, people, **{"min_volume": 260.0, **rules})


def answered(model, problem, time_limit_s):
    if model == "set_cover":
        return set_cover(problem, 28.0, time_limit_s=time_limit_s)
    return choose_sites(problem, model, 5, limit_min=12.0, time_limit_s=time_limit_s)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("solves", [True, False])
@pytest.mark.parametrize(
    "rules",
    [
        {},
        {"must": [0, 1, 2, 3, 4]},
        {"region": np.arange(14) % 2, "quotas": {0: (3, 5), 1: (3, 5)}},
        {"cost": np.arange(14.0), "budget": 9.0},
    ],
)
def test_all_solver_runs_of_an_answer_share_its_time(model, solves, rules, monkeypatch):
    clock = Clock(monkeypatch, solves=solves)
    volumes = {"min_volume": 0.0} if model == "capacitated_cover" else {}
    answered(model, entangled(1, **rules, **volumes), 10.0)
    assert clock.runs
    assert sum(clock.runs) <= 10.0 + 1e-6


@pytest.mark.parametrize("model", ["max_cover", "p_median", "p_center", "capacitated_cover"])
def test_each_number_of_sites_has_the_whole_time(model, monkeypatch):
    clock = Clock(monkeypatch)
    marginal_curve(entangled(1, min_volume=0.0), model, 3, limit_min=12.0, time_limit_s=10.0)
    assert 0 < sum(clock.runs) <= 4 * 10.0 + 1e-6


def test_a_choice_by_score_keeps_to_the_time_that_is_left(monkeypatch):
    problem = siting_problem(np.ones((3, 4)))
    clock = Clock(monkeypatch)
    assert pick_by_score(build_rules(problem, 2), np.arange(4.0), Deadline.after(7.0)) == (2, 3)
    assert clock.runs == [7.0]


@pytest.mark.parametrize("model", MODELS)
def test_an_answer_out_of_time_claims_no_more_than_was_proven(model, monkeypatch):
    problem = entangled(2, min_volume=0.0)
    best = answered(model, problem, 60.0)
    assert best.status == "optimal"
    Clock(monkeypatch, solves=False)
    answer = answered(model, problem, 10.0)
    assert answer.status == "unsettled"
    assert str(answer.label) == "not settled within the time limit"
    if model in {"max_cover", "capacitated_cover"}:
        assert best.value <= answer.bound <= problem.weight.sum()
    else:
        assert np.isnan(answer.bound) or 0 <= answer.bound <= best.value


def test_rules_that_were_not_tried_in_time_are_not_said_to_contradict(monkeypatch):
    problem = siting_problem(
        np.ones((2, 3)), must=[0, 1], cost=[4.0, 4.0, 1.0], budget=5.0, region=[0, 0, 1], quotas={1: (1, 1)}
    )
    told = [str(note) for note in choose_sites(problem, "max_cover", 3, limit_min=5.0).notes]
    assert "In the way: the budget of 5.00" in told
    assert not any("Not settled" in note for note in told)
    clock = Clock(monkeypatch)
    monkeypatch.setattr(
        linear_model,
        "_run",
        lambda *of, **how: (
            clock.solved(*of, **how) if not clock.runs else Solved("none", np.zeros(0), -np.inf)
        ),
    )
    told = [str(note) for note in choose_sites(problem, "max_cover", 3, limit_min=5.0).notes]
    assert "Not settled within the time limit: whether the budget of 5.00 is in the way" in told
    assert not any("contradict" in note for note in told)


def test_a_bound_that_says_nothing_is_not_told_as_a_percentage():
    assert str(Answer("set_cover", "gap", (1, 2), 2.0, 0.0).label) == "not proven within the time limit"
    assert str(Answer("set_cover", "gap", (1, 2), 2.0, 1.0).label) == "gap 100.00 %"
