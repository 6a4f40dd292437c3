"""Set cover and maximal coverage against brute force over all subsets, and what must hold for any input."""

import numpy as np
import pytest

from pipeline.location.capacitated_cover import capacitated_cover
from pipeline.location.max_cover import max_cover
from pipeline.location.set_cover import set_cover
from pipeline.location.siting import SitingError
from pipeline.location.siting_input import siting_problem
from tests.siting_oracle import choices, covered, keeps, minutes, random_case, served

SEEDS = range(12)


def restricted(rng, points=14, sites=7):
    """A random problem with random restrictions of every kind."""
    times, people = random_case(rng, points, sites)
    roll = rng.random(6)
    return siting_problem(
        times,
        people,
        volume_weight=people * rng.uniform(0.5, 2, points),
        existing=[0] if roll[0] < 0.6 else [],
        must=[2] if roll[1] < 0.3 else [],
        forbidden=[3] if roll[2] < 0.4 else [],
        cost=rng.integers(1, 9, sites),
        budget=14 if roll[3] < 0.4 else None,
        min_volume=float(rng.integers(20, 120)) if roll[4] < 0.5 else 0.0,
        region=rng.integers(0, 2, sites),
        quotas={0: (1, 2)} if roll[5] < 0.3 else None,
    )


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("most", [0, 1, 3])
def test_max_cover_equals_brute_force(seed, most):
    problem = restricted(np.random.default_rng(seed))
    values = [covered(problem, chosen, 12) for chosen in choices(problem, most)]
    answer = max_cover(problem, 12, most)
    if not values:
        assert answer.status == "infeasible"
        assert answer.notes
        return
    assert answer.status == "optimal"
    assert answer.value == pytest.approx(max(values))
    assert len(answer.sites) <= most
    assert keeps(problem, answer.sites)
    assert covered(problem, answer.sites, 12) == pytest.approx(answer.value)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("backup", [1, 2])
def test_set_cover_equals_brute_force(seed, backup):
    problem = restricted(np.random.default_rng(100 + seed), points=6)
    limit = 28.0
    lived = problem.weight > 0
    good = [c for c in choices(problem, None) if (minutes(problem, c, backup)[lived] <= limit).all()]
    answer = set_cover(problem, limit, backup=backup)
    if good:
        assert answer.status == "optimal"
        assert answer.value == min(len(chosen) for chosen in good)
        assert answer.sites in {tuple(chosen) for chosen in good}
        cheapest = set_cover(problem, limit, backup=backup, least="cost")
        assert cheapest.value == min(problem.cost[list(chosen)].sum() for chosen in good)
        return
    assert answer.status == "infeasible"
    usable = ~problem.forbidden
    near = (problem.travel_min[:, usable] <= limit).sum(axis=1)
    if not problem.has_volumes:
        assert answer.blockers.tolist() == np.flatnonzero(lived & (near < backup)).tolist()
    reachable = lived & (np.isfinite(problem.travel_min[:, usable]).sum(axis=1) >= backup)
    longest = [minutes(problem, c, backup)[reachable].max(initial=0) for c in choices(problem, None)]
    if longest and np.isfinite(min(longest)):
        assert answer.smallest_limit_min == pytest.approx(min(longest))
    else:
        assert np.isnan(answer.smallest_limit_min)


@pytest.mark.parametrize("seed", SEEDS)
def test_capacitated_cover_equals_brute_force(seed):
    rng = np.random.default_rng(200 + seed)
    times, people = random_case(rng, 9, 5)
    problem = siting_problem(
        times,
        people,
        volume_weight=people * 2.0,
        existing=[0] if seed % 2 else [],
        capacity=np.where(rng.random(5) < 0.3, np.inf, rng.integers(20, 160, 5)),
        must=[1] if seed % 3 == 0 else [],
        cost=rng.integers(1, 5, 5),
        budget=5,
    )
    best = max(served(problem, chosen, 15) for chosen in choices(problem, 2))
    answer = capacitated_cover(problem, 15, 2)
    assert answer.status == "optimal"
    assert answer.value == pytest.approx(best)
    assert served(problem, answer.sites, 15) == pytest.approx(best)
    for idle in set(answer.sites) - set(np.flatnonzero(problem.must)):
        assert served(problem, set(answer.sites) - {idle}, 15) < best


def test_without_capacities_the_capacitated_model_is_the_plain_one():
    times, people = random_case(np.random.default_rng(7), 20, 8)
    problem = siting_problem(times, people, existing=[0])
    assert capacitated_cover(problem, 10, 3).value == pytest.approx(max_cover(problem, 10, 3).value)


def test_coverage_never_falls_with_more_sites():
    times, people = random_case(np.random.default_rng(3), 60, 15)
    problem = siting_problem(times, people)
    values = [max_cover(problem, 9, most).value for most in range(8)]
    assert values == sorted(values)
    assert values[0] == 0
    assert values[-1] <= people.sum()


def test_a_longer_limit_never_covers_fewer():
    times, people = random_case(np.random.default_rng(4), 60, 15)
    problem = siting_problem(times, people)
    values = [max_cover(problem, limit, 3).value for limit in (0, 5, 10, 20, 40)]
    assert values == sorted(values)


def test_a_duplicate_candidate_changes_nothing():
    times, people = random_case(np.random.default_rng(5), 40, 10)
    twice = np.column_stack([times, times[:, 4]])
    for most in (1, 3):
        assert max_cover(siting_problem(twice, people), 9, most).value == pytest.approx(
            max_cover(siting_problem(times, people), 9, most).value
        )
    times = np.nan_to_num(times, nan=30.0)
    twice = np.column_stack([times, times[:, 4]])
    assert (
        set_cover(siting_problem(twice, people), 30).value
        == set_cover(siting_problem(times, people), 30).value
    )


def test_the_order_of_rows_and_columns_changes_nothing():
    rng = np.random.default_rng(6)
    times, people = random_case(rng, 50, 12)
    rows, columns = rng.permutation(50), rng.permutation(12)
    plain = max_cover(siting_problem(times, people), 9, 3)
    turned = max_cover(siting_problem(times[rows][:, columns], people[rows]), 9, 3)
    assert turned.value == pytest.approx(plain.value)


def test_sites_that_add_nobody_are_not_opened():
    times = np.array([[1.0, 1.0, 9.0], [1.0, 1.0, 9.0]])
    answer = max_cover(siting_problem(times, [5, 5]), 2, 3)
    assert answer.value == 10
    assert len(answer.sites) == 1


def test_sites_that_serve_nobody_more_within_capacity_are_not_opened():
    times = np.array([[1.0, 20, 1, 20, 1], [1, 20, 20, 20, 1], [2, 1, 20, 20, 20], [3, 20, 20, 20, 20]])
    room = siting_problem(times, [20] * 4, capacity=[100, 50, 50, 50, 50])
    answer = capacitated_cover(room, 5, 4)
    assert (answer.sites, answer.value, answer.status) == ((0,), 80, "optimal")
    asked = siting_problem(times, [20] * 4, capacity=[100, 50, 50, 50, 50], must=[3])
    assert capacitated_cover(asked, 5, 4).sites == (0, 3)
    tight = siting_problem(times, [20] * 4, capacity=[60, 50, 50, 50, 50])
    assert capacitated_cover(tight, 5, 4).value == 80
    assert len(capacitated_cover(tight, 5, 4).sites) == 2


def test_a_point_on_the_limit_is_inside():
    problem = siting_problem([[30.0]], [1.0])
    assert max_cover(problem, 30, 1).value == 1
    assert max_cover(problem, 29.9, 1).value == 0


def test_everybody_covered_today_needs_no_site():
    problem = siting_problem([[5.0, 9.0], [5.0, 1.0]], [3, 4], existing=[0])
    assert set_cover(problem, 10).value == 0
    assert max_cover(problem, 10, 1).value == 7
    assert max_cover(problem, 10, 1).sites == ()


def test_an_impossible_cover_names_blockers_and_the_smallest_limit():
    problem = siting_problem([[5.0, 50.0], [20.0, 44.0], [np.nan, np.nan]], [100, 70, 9], names=["A", "B"])
    answer = set_cover(problem, 15)
    assert answer.status == "infeasible"
    assert answer.blockers.tolist() == [1, 2]
    assert answer.smallest_limit_min == 20
    told = " | ".join(str(note) for note in answer.notes)
    assert "79 people have no site within 15.0 min" in told
    assert "9 people are out of reach of every site" in told
    assert "20.0 min" in told
    assert str(answer.label) == "not possible"


def test_the_rule_that_blocks_is_named():
    times = np.array([[1.0, 50.0], [50.0, 1.0]])
    few = set_cover(siting_problem(times, [1, 1]), 10, most=1)
    assert few.smallest_limit_min == 50
    assert any("at most 1" in str(note) for note in few.notes)
    poor = set_cover(siting_problem(times, [1, 1], cost=[4, 4], budget=5), 10)
    assert any("budget of 5" in str(note) for note in poor.notes)
    torn = max_cover(siting_problem(times, [1, 1], region=[0, 0], quotas={0: (2, 2)}, forbidden=[1]), 10, 2)
    assert torn.status == "infeasible"
    told = [str(note) for note in torn.notes]
    assert any("in each region" in note for note in told)
    assert any("must not be opened" in note for note in told)


def test_a_minimum_volume_nobody_can_meet_is_told():
    times = np.array([[1.0, 2.0], [2.0, 1.0]])
    problem = siting_problem(times, [10, 10], min_volume=100, must=[0], names=["Aars", "Hobro"])
    answer = max_cover(problem, 10, 1)
    assert answer.status == "infeasible"
    assert any("Aars draws the most, 20 visits" in str(note) for note in answer.notes)
    free = max_cover(siting_problem(times, [10, 10], min_volume=100), 10, 1)
    assert free.sites == ()
    assert free.value == 0


def test_a_site_of_today_keeps_its_minimum():
    times = np.array([[5.0, 1.0], [5.0, 1.0], [5.0, 9.0]])
    shared = {"weight": [10, 10, 10], "existing": [0]}
    assert max_cover(siting_problem(times, min_volume=[10, 0], **shared), 2, 1).sites == (1,)
    assert max_cover(siting_problem(times, min_volume=[11, 0], **shared), 2, 1).sites == ()
    below = siting_problem(times, min_volume=[99, 0], **shared)
    assert max_cover(below, 2, 1).sites == (1,)
    assert "below its minimum of 99" in str(below.notes[0])


def test_minimum_volumes_and_capacities_do_not_go_together():
    problem = siting_problem([[1.0]], [1.0], min_volume=1, capacity=[5])
    with pytest.raises(SitingError, match="one of the two"):
        capacitated_cover(problem, 10, 1)


def test_no_points_no_sites_and_no_people_are_answered():
    assert max_cover(siting_problem(np.zeros((0, 3)), []), 10, 2).value == 0
    assert max_cover(siting_problem(np.zeros((4, 0)), np.ones(4)), 10, 2).value == 0
    assert max_cover(siting_problem(np.ones((4, 2)), np.zeros(4)), 10, 2).value == 0
    assert set_cover(siting_problem(np.zeros((0, 3)), []), 10).value == 0
