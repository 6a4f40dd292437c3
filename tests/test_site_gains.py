"""Gains, spread and Huff shares of candidates against plain recomputation, one candidate at a time."""

import numpy as np
import pytest

from pipeline.sites.gains import NOBODY, find_gains, spread
from pipeline.sites.huff import LEAST_MIN, attraction, draw_visits
from pipeline.weighted import gini, weighted_quantile

SEEDS = range(8)


def case(seed, points=60, today=5, sites=9):
    rng = np.random.default_rng(seed)
    times = rng.uniform(0, 60, (points, today + sites)).round(1).astype(np.float32)
    times[rng.random(times.shape) < 0.15] = np.nan
    times[:4, :today] = np.nan
    people = rng.integers(0, 40, points).astype(float)
    return times[:, :today], times[:, today:], people


def best(times):
    return np.where(np.isnan(times), np.inf, times).min(axis=1, initial=np.inf).astype(float)


@pytest.mark.parametrize("seed", SEEDS)
def test_pairs_are_exactly_those_where_the_candidate_is_nearer(seed):
    today, sites, _ = case(seed)
    gains = find_gains(today, sites)
    before = best(today)
    for c in range(sites.shape[1]):
        rows = gains.row[gains.start[c] : gains.start[c + 1]]
        assert rows.tolist() == np.flatnonzero(np.nan_to_num(sites[:, c], nan=np.inf) < before).tolist()
        assert gains.minutes[gains.start[c] : gains.start[c + 1]].tolist() == sites[rows, c].tolist()
    assert (gains.nearest == NOBODY).tolist() == np.isinf(before).tolist()
    assert gains.today_min.tolist() == before.tolist()


@pytest.mark.parametrize("seed", SEEDS)
def test_minutes_saved_equal_plain_recomputation(seed):
    today, sites, people = case(seed)
    gains = find_gains(today, sites)
    before = best(today)
    reached = np.isfinite(before)
    for c, saved in enumerate(gains.sums(gains.saved_min * people[gains.row])):
        after = np.minimum(before, np.nan_to_num(sites[:, c], nan=np.inf))
        assert saved == pytest.approx(float(people[reached] @ (before[reached] - after[reached])))
    dense = gains.matrix(gains.saved_min).toarray()
    assert (people @ dense).tolist() == pytest.approx(
        gains.sums(gains.saved_min * people[gains.row]).tolist()
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_spread_equals_plain_recomputation(seed):
    today, sites, people = case(seed)
    found = spread(find_gains(today, sites), people)
    before = best(today)
    counted = np.isfinite(before) & (people > 0)
    lists = [np.minimum(before, np.nan_to_num(sites[:, c], nan=np.inf)) for c in range(sites.shape[1])]
    for c, after in enumerate([*lists, before]):
        times, weights = after[counted], people[counted]
        assert found.worst_min[c] == pytest.approx(times.max())
        assert found.p90_min[c] == pytest.approx(weighted_quantile(times, weights, 0.9))
        assert found.gini[c] == pytest.approx(gini(times, weights))


def test_nobody_with_a_site_today_leaves_the_spread_missing():
    found = spread(find_gains(np.full((3, 1), np.nan, np.float32), np.ones((3, 2), np.float32)), np.ones(3))
    assert np.isnan(found.worst_min).all()
    assert np.isnan(found.gini).all()
    nothing = find_gains(np.zeros((3, 0), np.float32), np.ones((3, 2), np.float32))
    assert (nothing.nearest == NOBODY).all()
    assert np.diff(nothing.start).tolist() == [3, 3]


@pytest.mark.parametrize("seed", SEEDS)
def test_huff_shares_sum_to_one_and_nothing_is_lost(seed):
    today, sites, people = case(seed)
    drawn = draw_visits(people, attraction(today), attraction(sites))
    before = np.nansum(attraction(today), axis=1)
    for c in range(sites.shape[1]):
        all_sites = np.column_stack([attraction(today), attraction(sites[:, [c]])])
        total = all_sites.sum(axis=1)
        shares = np.divide(all_sites, total[:, None], out=np.zeros_like(all_sites), where=total[:, None] > 0)
        served = total > 0
        assert shares[served].sum(axis=1) == pytest.approx(1.0)
        drawn_by_all = people @ shares
        assert drawn.volume[c] == pytest.approx(drawn_by_all[-1])
        assert drawn.today - drawn.taken[c] == pytest.approx(drawn_by_all[:-1])
        newly = people[(before == 0) & served].sum()
        assert drawn.volume[c] == pytest.approx(drawn.taken[c].sum() + newly)
    assert drawn.today.sum() == pytest.approx(people[before > 0].sum())


def test_attraction_falls_with_time_and_ends_where_no_way_is():
    pull = attraction(np.array([0.0, LEAST_MIN, 2.0, 4.0, np.nan, np.inf], dtype=np.float32))
    assert pull.tolist() == pytest.approx([1, 1, 0.25, 0.0625, 0, 0])
    assert attraction(np.array([4.0], np.float32), power=1.0)[0] == pytest.approx(0.25)


def test_a_candidate_on_a_site_of_today_gains_nothing_by_nearness_and_half_by_huff():
    today = np.array([[5.0], [9.0]], dtype=np.float32)
    assert len(find_gains(today, today).row) == 0
    drawn = draw_visits(np.array([10.0, 20.0]), attraction(today), attraction(today))
    assert drawn.volume[0] == pytest.approx(15.0)
