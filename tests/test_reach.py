import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.sparse import csr_array

from pipeline.coverage.reach import NOBODY, Pairs, Reach, rank_by_id

MATRICES = st.tuples(st.integers(1, 6), st.integers(1, 6)).flatmap(
    lambda shape: arrays(
        np.float32, shape, elements=st.sampled_from([0.0, 1.0, 2.0, 3.0, 7.0, np.nan, np.inf])
    )
)


@given(MATRICES, st.sampled_from([1.0, 3.0, np.inf]))
def test_dense_and_sparse_keep_the_same_pairs(dense, most):
    pairs = Pairs.from_dense(dense, most=most)
    kept = np.isfinite(dense) & (dense <= most)
    assert np.array_equal(pairs.value, dense[kept])
    assert np.array_equal(np.column_stack([pairs.point, pairs.practice]), np.argwhere(kept))
    rows, columns = np.nonzero(np.isfinite(dense))
    stored = csr_array((dense[rows, columns], (rows, columns)), shape=dense.shape)
    again = Pairs.from_sparse(stored, most=most)
    assert np.array_equal(again.value, pairs.value)
    assert np.array_equal(again.practice, pairs.practice)
    assert np.array_equal(again.indptr, pairs.indptr)


@given(MATRICES, st.data())
@settings(deadline=None)
def test_nearest_and_count_equal_brute_force(dense, data):
    points, practices = dense.shape
    serving = data.draw(arrays(np.bool_, practices))
    rank = np.array(data.draw(st.permutations(range(practices))), dtype=np.int32)
    limits = data.draw(arrays(np.float64, points, elements=st.sampled_from([0.0, 2.0, 5.0, np.nan])))
    pairs = Pairs.from_dense(dense)
    least, which = pairs.nearest(serving, rank)
    counted = pairs.count(limits, serving)
    for i in range(points):
        reached = [j for j in range(practices) if serving[j] and np.isfinite(dense[i, j])]
        if reached:
            best = min(reached, key=lambda j: (dense[i, j], rank[j]))
            assert which[i] == best
            assert least[i] == dense[i, best]
        else:
            assert which[i] == NOBODY
            assert np.isnan(least[i])
        assert counted[i] == sum(dense[i, j] <= limits[i] for j in reached)


def test_straight_lines_are_measured_in_metres_and_cut_off():
    points = np.array([[0.0, 0.0], [3000.0, 4000.0], [np.nan, 0.0]])
    practices = np.array([[0.0, 0.0], [3000.0, 0.0], [np.nan, np.nan]])
    pairs = Pairs.straight(points, practices, most=4500)
    assert pairs.point.tolist() == [0, 0, 1]
    assert pairs.practice.tolist() == [0, 1, 1]
    assert pairs.value.tolist() == [0.0, 3000.0, 4000.0]
    assert pairs.points == 3
    assert Pairs.straight(points[:0], practices, most=10).points == 0


def test_negative_times_and_flat_arrays_are_refused():
    with pytest.raises(ValueError, match="never negative"):
        Pairs.from_dense([[1.0, -1.0]])
    with pytest.raises(ValueError, match="two dimensions"):
        Pairs.from_dense([1.0, 2.0])
    with pytest.raises(TypeError, match="sparse"):
        Pairs.from_sparse(np.zeros((2, 2)))


def test_arrays_of_another_size_are_refused():
    time = Pairs.from_dense([[1.0], [2.0]])
    with pytest.raises(ValueError, match="same points and practices"):
        Reach(time=time, straight=Pairs.from_dense([[1.0]]))
    with pytest.raises(ValueError, match="one entry for each point"):
        Reach(time=time, straight=time, status=np.array(["ok"], dtype=object))
    with pytest.raises(ValueError, match="both the nearest"):
        Reach(time=time, straight=time, nearest_s=np.zeros(2, np.float32))
    with pytest.raises(ValueError, match="landmasses"):
        Reach(time=time, straight=time, practice_land=np.zeros(2, np.int32))


def test_beyond_the_cut_off_the_unlimited_search_stands_in_unless_that_practice_closed():
    time = Pairs.from_dense([[10.0, np.nan], [np.nan, np.nan]])
    reach = Reach(
        time=time,
        straight=time,
        nearest_s=np.array([10, 99], np.float32),
        nearest=np.array([0, 1], np.int32),
    )
    rank = np.arange(2, dtype=np.int32)
    seconds, which = reach.nearest_among(np.array([True, True]), rank)
    assert seconds.tolist() == [10, 99]
    assert which.tolist() == [0, 1]
    seconds, which = reach.nearest_among(np.array([True, False]), rank)
    assert which.tolist() == [0, NOBODY]
    assert np.isnan(seconds[1])


def test_rank_follows_the_id_not_the_row():
    assert rank_by_id(["b", "c", "a"]).tolist() == [1, 2, 0]


def test_sites_of_one_provider_count_once():
    pairs = Pairs.from_dense([[1.0, 2.0, 3.0], [1.0, np.nan, 9.0], [np.nan, np.nan, np.nan]])
    limits, all_ = np.full(3, 5.0), np.ones(3, bool)
    assert pairs.count(limits, all_, np.array([0, 0, 1], np.int32)).tolist() == [2, 1, 0]
    assert pairs.count(limits, all_, np.array([0, 1, 0], np.int32)).tolist() == [2, 1, 0]
    assert pairs.count(limits, np.array([True, False, True]), np.array([0, 0, 1], np.int32)).tolist() == [
        2,
        1,
        0,
    ]
    assert pairs.count(np.full(3, 9.0), all_, np.zeros(3, np.int32)).tolist() == [1, 1, 0]
