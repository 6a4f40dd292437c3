"""P-median and p-center against brute force over all subsets, with proven bounds and labels."""

import numpy as np
import pytest

from pipeline.location.interchange import Field, improve, search
from pipeline.location.lagrange import cheapest, lower_bound
from pipeline.location.p_center import p_center
from pipeline.location.p_median import p_median
from pipeline.location.siting import SitingError
from pipeline.location.siting_input import siting_problem
from tests.siting_oracle import choices, keeps, minutes, random_case
from tests.test_cover import restricted

SEEDS = range(12)


def journey(problem, chosen, unreached, rows):
    times = np.minimum(minutes(problem, chosen)[rows], unreached)
    return float(problem.weight[rows] @ times)


def reached_rows(problem, backup=1):
    usable = np.isfinite(problem.travel_min[:, ~problem.forbidden]).sum(axis=1)
    return np.flatnonzero((problem.weight > 0) & (usable >= backup))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("most", [0, 1, 3])
@pytest.mark.parametrize("exact_cells", [10**6, 0])
def test_p_median_equals_brute_force(seed, most, exact_cells):
    problem = restricted(np.random.default_rng(300 + seed))
    rows = reached_rows(problem)
    values = [journey(problem, chosen, 120.0, rows) for chosen in choices(problem, most)]
    answer = p_median(problem, most, unreached_min=120.0, exact_cells=exact_cells)
    if not values:
        assert answer.status == "infeasible"
        return
    assert answer.status in ({"optimal"} if exact_cells else {"optimal", "heuristic"})
    if answer.status == "optimal":
        assert answer.value == pytest.approx(min(values))
    assert keeps(problem, answer.sites)
    assert journey(problem, answer.sites, 120.0, rows) == pytest.approx(answer.value)
    assert min(values) <= answer.value * (1 + 1e-9) + 1e-9
    assert answer.bound <= min(values) * (1 + 1e-9) + 1e-9


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("backup", [1, 2])
def test_p_center_equals_brute_force(seed, backup):
    problem = restricted(np.random.default_rng(400 + seed), points=8)
    rows = reached_rows(problem, backup)
    answer = p_center(problem, 3, backup=backup)
    values = [minutes(problem, chosen, backup)[rows].max(initial=0.0) for chosen in choices(problem, 3)]
    lost = np.setdiff1d(np.flatnonzero(problem.weight > 0), rows)
    assert answer.blockers.tolist() == lost.tolist()
    if not values or not np.isfinite(min(values)):
        assert answer.status == "infeasible"
        return
    assert answer.status == "optimal"
    assert answer.value == pytest.approx(min(values))
    assert keeps(problem, answer.sites)
    assert minutes(problem, answer.sites, backup)[rows].max(initial=0.0) == pytest.approx(answer.value)


@pytest.mark.parametrize("seed", range(20))
def test_the_lagrangian_bound_is_below_the_optimum_and_close(seed):
    rng = np.random.default_rng(500 + seed)
    times, people = random_case(rng, 60, 12, holes=0.0)
    field = Field(times.astype(np.float32), np.full(60, 90.0, np.float32), people)
    best = p_median(siting_problem(times, people), 3, unreached_min=90.0, exact_cells=10**6)
    assert best.status == "optimal"
    bound = lower_bound(field, cheapest(3), best.value, field.nearest(best.sites))
    assert bound.value <= best.value + 1e-6
    assert bound.value >= 0.97 * best.value
    rough = lower_bound(field, cheapest(3), 1.5 * best.value, field.base)
    assert rough.value <= best.value + 1e-6


@pytest.mark.parametrize("seed", range(10))
def test_no_single_swap_or_addition_betters_the_search(seed):
    rng = np.random.default_rng(600 + seed)
    times, people = random_case(rng, 50, 12, holes=0.0)
    base = rng.uniform(5, 40, 50).astype(np.float32)
    field = Field(times.astype(np.float32), base, people)
    found = improve(field, [], 4, fixed=[1], banned=[2])
    assert 1 in found
    assert 2 not in found
    value = field.total(found)
    for into in range(12):
        for out in [*found, None]:
            trial = {*found, into} - {out}
            if into != 2 and (1 in trial) and len(trial) <= 4:
                assert field.total(trial) >= value - 1e-6
    assert field.total(search(field, [[1]], 4, fixed=[1], banned=[2], shakes=10)) <= value


def test_the_sum_of_minutes_never_rises_with_more_sites():
    times, people = random_case(np.random.default_rng(1), 80, 15)
    problem = siting_problem(times, people)
    for exact_cells in (10**6, 0):
        answers = [p_median(problem, most, exact_cells=exact_cells) for most in range(7)]
        values = [answer.value for answer in answers]
        assert values == sorted(values, reverse=True)
        assert all(answer.bound <= answer.value for answer in answers)


def test_moving_every_point_and_site_together_changes_nothing():
    rng = np.random.default_rng(2)
    homes, places = rng.uniform(0, 50, (60, 2)), rng.uniform(0, 50, (10, 2))
    people = rng.integers(1, 9, 60)

    def solved(shift):
        gaps = (homes + shift)[:, None] - (places + shift)[None]
        times = np.hypot(gaps[..., 0], gaps[..., 1])
        problem = siting_problem(times, people)
        return p_median(problem, 3).sites, p_center(problem, 3).sites

    assert solved(np.array([0.0, 0.0])) == solved(np.array([512.0, -256.0]))


def test_a_duplicate_candidate_changes_nothing():
    times, people = random_case(np.random.default_rng(3), 40, 9, holes=0.0)
    twice = np.column_stack([times, times[:, 2], times[:, 5]])
    plain, doubled = siting_problem(times, people), siting_problem(twice, people)
    assert p_median(doubled, 3).value == pytest.approx(p_median(plain, 3).value)
    assert p_center(doubled, 3).value == p_center(plain, 3).value


def test_the_same_input_gives_the_same_answer():
    times, people = random_case(np.random.default_rng(4), 200, 25)
    problem = siting_problem(times, people)
    first, second = (p_median(problem, 4, exact_cells=0) for _ in range(2))
    assert first.sites == second.sites
    assert first.bound == second.bound


def test_people_nobody_reaches_are_left_out_and_counted():
    times = np.array([[5.0, 9.0], [np.nan, np.nan], [3.0, np.nan]])
    problem = siting_problem(times, [10, 7, 4])
    median = p_median(problem, 1)
    assert median.sites == (0,)
    assert median.value == pytest.approx(62.0)
    assert median.blockers.tolist() == [1]
    assert "7 people are out of reach" in str(median.notes[0])
    center = p_center(problem, 1)
    assert center.value == 5
    assert center.blockers.tolist() == [1]


def test_people_the_choice_leaves_out_count_as_far_away():
    times = np.array([[5.0, np.nan], [np.nan, 5.0]])
    problem = siting_problem(times, [10, 1])
    answer = p_median(problem, 1, unreached_min=60.0)
    assert answer.sites == (0,)
    assert answer.value == pytest.approx(110.0)
    assert "1 person is not reached by this choice and counts as 60 min" in str(answer.notes[0])
    with pytest.raises(SitingError, match="longest journey"):
        p_median(problem, 1, unreached_min=2.0)
    assert p_center(problem, 1).status == "infeasible"
    assert p_center(problem, 2).value == 5


def test_today_s_sites_stay_open_and_are_not_counted():
    times = np.array([[2.0, 9.0, 1.0], [9.0, 1.0, 9.0]])
    problem = siting_problem(times, [1, 1], existing=[0])
    assert p_median(problem, 1).sites == (1,)
    assert p_median(problem, 0).value == pytest.approx(11.0)
    assert p_center(problem, 1).value == 2


def test_labels_tell_how_sure_the_answer_is():
    times, people = random_case(np.random.default_rng(5), 300, 40, holes=0.0)
    problem = siting_problem(times, people)
    exact = p_median(problem, 3)
    assert str(exact.label) == "optimal"
    assert exact.gap == 0
    quick = p_median(problem, 8, exact_cells=0)
    assert quick.bound <= quick.value
    if quick.status == "heuristic":
        assert str(quick.label).startswith("heuristic, bound ")
        assert 0 < quick.gap < 0.05
    stopped = p_median(problem, 8, exact_cells=10**6, time_limit_s=0.0)
    assert stopped.status in {"gap", "unsettled"}


def test_contradictions_are_told_at_once():
    with pytest.raises(SitingError) as told:
        siting_problem(
            [[1.0, 2.0, -3.0]],
            [1, 2],
            must=[0],
            forbidden=[0, 5],
            budget=-1,
            quotas={3: (1, None), 0: (4, 2)},
            min_volume=[1, 2],
            cost=[1, np.nan, 1],
        )
    wheres = [str(fault.where) for fault in told.value.faults]
    assert sorted(set(wheres)) == [
        "budget",
        "cost",
        "forbidden",
        "min_volume",
        "must",
        "quotas",
        "travel_min",
        "weight",
    ]
    assert wheres.count("quotas") == 2
    with pytest.raises(SitingError, match="two dimensions"):
        siting_problem([1.0, 2.0])
