"""Gaps keep their ids from state to state, whatever comes or goes beside them."""

import geopandas as gpd
import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.coverage.gap_table import GapTable
from pipeline.coverage.same_gaps import State, with_known_ids


def state(member, *, names=None, order=None):
    """Gaps numbered by their people, as a table of gaps numbers them."""
    size = max(member, default=-1) + 1
    ids = names or [f"access-0751-{n + 1}" for n in range(size)]
    points = pd.Series([f"d{n}" for n in (order or range(len(member)))])
    table = gpd.GeoDataFrame({"gap_id": pd.Series(ids, dtype="str")}, geometry=[None] * size)
    return State(GapTable(table, np.asarray(member, dtype=np.int64)), points)


def ids(now, *earlier, people=None):
    weight = np.ones(len(now.point)) if people is None else np.asarray(people, dtype=float)
    return with_known_ids(now, weight, list(earlier)).table["gap_id"].tolist()


def test_a_gap_keeps_its_id_when_a_larger_one_comes_before_it():
    before = state([0, 0, 1, -1, -1, -1])
    now = state([1, 1, 2, 0, 0, 0])
    assert ids(now, before) == ["access-0751-3", "access-0751-1", "access-0751-2"]


def test_of_two_gaps_that_join_the_one_with_most_people_stays():
    before = state([0, 1, 1])
    assert ids(state([0, 0, 0]), before) == ["access-0751-2"]
    assert ids(state([0, 0, 0]), before, people=[5, 1, 1]) == ["access-0751-1"]


def test_of_a_gap_that_parts_the_larger_part_stays_and_the_other_is_new():
    assert ids(state([0, 1, 1]), state([0, 0, 0])) == ["access-0751-2", "access-0751-1"]


def test_a_gap_new_in_two_scenarios_has_one_id_in_both():
    today, first = state([0, -1, -1, -1]), state([1, 0, 0, -1], names=["access-0751-2", "access-0751-1"])
    assert ids(state([0, 1, -1, 2]), today, first) == ["access-0751-1", "access-0751-2", "access-0751-3"]


def test_points_are_told_by_name_and_without_earlier_states_ids_stay():
    before = state([0, 1], order=[1, 0])
    assert ids(state([0, 1]), before) == ["access-0751-2", "access-0751-1"]
    assert ids(before) == ["access-0751-1", "access-0751-2"]
    assert ids(state([-1, -1]), before) == []


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(-1, 4), st.integers(-1, 4)), min_size=1, max_size=30))
def test_ids_are_unique_and_a_known_one_shares_people(pairs):
    dense = [
        pd.factorize(np.where(np.array(side) < 0, np.nan, side))[0].tolist()
        for side in zip(*pairs, strict=True)
    ]
    before, now = state(dense[0]), state(dense[1])
    found = ids(now, before)
    assert len(set(found)) == len(found)
    known = before.gaps.table["gap_id"].tolist()
    for gap, name in enumerate(found):
        shared = [was for was, here in zip(*dense, strict=True) if here == gap]
        assert (name in known) == (name in {known[was] for was in shared if was >= 0})


def test_a_new_gap_never_takes_a_number_of_an_earlier_state():
    assert ids(state([-1, 0]), state([0, -1])) == ["access-0751-2"]
