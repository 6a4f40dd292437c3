"""Agreement with PySAL spopt, an independent implementation, on cases that both define alike."""

import numpy as np
import pulp
import pytest
from spopt.locate import LSCP, MCLP, PCenter, PMedian

from pipeline.location.max_cover import max_cover
from pipeline.location.p_center import p_center
from pipeline.location.p_median import p_median
from pipeline.location.set_cover import set_cover
from pipeline.location.siting_input import siting_problem

# The peer still builds its models in the way that PuLP is about to leave behind.
pytestmark = pytest.mark.filterwarnings("ignore:.*PuLP 4.*:DeprecationWarning")

CASES = [(30, 8, 0), (60, 12, 1), (90, 15, 2)]


def solver():
    return pulp.PULP_CBC_CMD(msg=False, threads=1)


def case(points, sites, seed):
    rng = np.random.default_rng(seed)
    homes, places = rng.uniform(0, 60, (points, 2)), rng.uniform(0, 60, (sites, 2))
    times = np.hypot(*(homes[:, None] - places[None]).transpose(2, 0, 1))
    return times.astype(np.float32).astype(float), rng.integers(1, 100, points).astype(float)


def opened(model) -> int:
    return sum(variable.value() > 0.5 for variable in model.fac_vars)


@pytest.mark.parametrize(("points", "sites", "seed"), CASES)
def test_maximal_coverage_agrees(points, sites, seed):
    times, people = case(points, sites, seed)
    for limit, most in ((10, 2), (15, 4)):
        theirs = MCLP.from_cost_matrix(times, people, limit, most).solve(solver())
        ours = max_cover(siting_problem(times, people), limit, most)
        assert ours.value == pytest.approx(pulp.value(theirs.problem.objective))


@pytest.mark.parametrize(("points", "sites", "seed"), CASES)
def test_p_median_agrees(points, sites, seed):
    times, people = case(points, sites, seed)
    for most in (1, 3):
        theirs = PMedian.from_cost_matrix(times, people, most).solve(solver())
        ours = p_median(siting_problem(times, people), most)
        assert ours.status == "optimal"
        assert ours.value == pytest.approx(pulp.value(theirs.problem.objective))


@pytest.mark.parametrize(("points", "sites", "seed"), CASES)
def test_p_center_agrees(points, sites, seed):
    times, people = case(points, sites, seed)
    for most in (2, 4):
        theirs = PCenter.from_cost_matrix(times, most).solve(solver())
        ours = p_center(siting_problem(times, people), most)
        assert ours.value == pytest.approx(pulp.value(theirs.problem.objective))


@pytest.mark.parametrize(("points", "sites", "seed"), CASES)
def test_set_cover_agrees(points, sites, seed):
    times, people = case(points, sites, seed)
    limit = float(times.min(axis=1).max()) + 6
    theirs = LSCP.from_cost_matrix(times, limit).solve(solver())
    ours = set_cover(siting_problem(times, people), limit)
    assert ours.value == opened(theirs)


def test_sites_of_today_agree_with_predefined_sites_of_the_peer():
    times, people = case(50, 10, 5)
    fixed = np.zeros(10, dtype=int)
    fixed[[2, 7]] = 1
    theirs = MCLP.from_cost_matrix(times, people, 12, 4, predefined_facilities_arr=fixed).solve(solver())
    ours = max_cover(siting_problem(times, people, existing=[2, 7]), 12, 2)
    assert ours.value == pytest.approx(pulp.value(theirs.problem.objective))
