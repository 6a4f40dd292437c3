import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pipeline.demand.apportion import largest_remainder, share_out

WEIGHTS = st.floats(0, 1e6, allow_subnormal=False)


@given(st.integers(1, 5), st.integers(0, 40), st.data())
def test_every_unit_of_a_group_with_members_is_given_out(groups, members, data):
    units = data.draw(arrays(np.int64, groups, elements=st.integers(0, 10**9)))
    group = data.draw(arrays(np.int64, members, elements=st.integers(0, groups - 1)))
    weight = data.draw(arrays(np.float64, members, elements=WEIGHTS))
    got = share_out(units, weight, group)
    assert (got >= 0).all()
    for g in range(groups):
        mine = group == g
        if mine.any():
            assert got[mine].sum() == units[g]
            shares = weight[mine] if weight[mine].sum() > 0 else np.ones(mine.sum())
            due = shares / shares.sum() * units[g]
            assert (np.abs(got[mine] - due) <= 1 + 1e-6 * due).all()


def test_even_shares_are_spread_through_the_group():
    assert share_out(np.array([2]), np.ones(4), np.zeros(4, int)).tolist() == [1, 0, 1, 0]


def test_members_without_weight_share_evenly():
    assert share_out(np.array([4, 6]), np.array([0.0, 0.0, 1.0, 0.0]), np.array([0, 0, 1, 1])).tolist() == [
        2,
        2,
        6,
        0,
    ]


@pytest.mark.parametrize(
    ("units", "weight"), [([-1], [1.0]), ([1], [-1.0]), ([1], [np.nan]), ([1], [np.inf])]
)
def test_senseless_units_and_weights_are_refused(units, weight):
    with pytest.raises(ValueError, match="never negative"):
        share_out(np.array(units), np.array(weight), np.array([0]))


@given(st.integers(0, 60), arrays(np.float64, st.integers(1, 8), elements=st.floats(0, 1000)))
def test_largest_remainder_gives_every_seat_within_one_of_its_share(seats, weight):
    got = largest_remainder(seats, weight)
    assert got.sum() == seats
    shares = weight if weight.sum() > 0 else np.ones(len(weight))
    assert (np.abs(got - shares / shares.sum() * seats) < 1 + 1e-6).all()


def test_largest_remainder_by_hand():
    # Hamilton's method: 10 seats, due 4.7, 3.3, 2.0 → 5, 3, 2.
    assert largest_remainder(10, np.array([47.0, 33.0, 20.0])).tolist() == [5, 3, 2]
    assert largest_remainder(1, np.array([5.0, 5.0])).tolist() == [1, 0]
    with pytest.raises(ValueError, match="at least one member"):
        largest_remainder(1, np.array([]))
