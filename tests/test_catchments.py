"""Catchments: people are conserved, quantiles are right, the own cluster is told honestly."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.access.catchments import (
    access_figures,
    catchments,
    nearest_facility,
    own_cluster,
    weighted_quantile,
)
from tests.toys import toy_members

PAIRS = pd.DataFrame(
    {
        "scheme": ["a", "a", "b"],
        "cluster_id": ["west", "east", "oest"],
        "facility_id": ["h1", "h2", "h2"],
    }
)
FACILITIES = pd.DataFrame({"facility_id": ["h1", "h2"], "name": ["Sygehus 1", "Sygehus 2"]})


def _nearest() -> pd.DataFrame:
    demand = pd.DataFrame(
        {
            "demand_id": list("pqrst"),
            "municipality_code": ["0101", "0101", "0102", "0105", "0106"],
            "weight": [10.0, 30.0, 20.0, 5.0, 7.0],
        }
    )
    seconds = np.array([600, 1800, 2400, 300, np.nan])
    words = np.array(["ok", "ok", "ferry_only", "ok", "other_landmass"], dtype=object)
    return nearest_facility(demand, FACILITIES, seconds, np.array([0, 1, 1, 0, -1]), words)


@given(
    st.lists(st.tuples(st.integers(0, 50), st.integers(1, 9)), min_size=1, max_size=20),
    st.sampled_from([0.1, 0.5, 0.9, 1.0]),
)
def test_a_weighted_quantile_is_that_of_the_repeated_values(
    rows: list[tuple[int, int]], share: float
) -> None:
    values, weights = (pd.Series(column, dtype=float) for column in zip(*rows, strict=True))
    repeated = np.sort(np.repeat(values, weights.astype(int)))
    expected = repeated[int(np.ceil(share * len(repeated) - 1e-9)) - 1]
    assert weighted_quantile(values, weights, share) == expected


def test_a_quantile_without_weight_is_missing() -> None:
    assert np.isnan(weighted_quantile(pd.Series([1.0]), pd.Series([0.0]), 0.5))
    assert np.isnan(weighted_quantile(pd.Series([np.nan]), pd.Series([3.0]), 0.5))


def test_the_own_cluster_is_any_cluster_of_the_municipality() -> None:
    members = toy_members()
    one = own_cluster(_nearest(), members[members["scheme"] == "a"], PAIRS[PAIRS["scheme"] == "a"])
    assert one.tolist()[:3] == [True, False, True]  # 0102 is in both clusters
    assert pd.isna(one.iloc[3])  # 0105 is in no cluster of scheme a
    assert pd.isna(one.iloc[4])  # reaches no hospital


def test_people_add_up_in_every_scheme_and_the_unreached_keep_their_reason() -> None:
    names = pd.Series({"0101": "Vestby"})
    table = catchments(_nearest(), toy_members(), PAIRS, names, FACILITIES.set_index("facility_id")["name"])
    assert table.groupby("scheme")["people"].sum().tolist() == [72.0, 72.0]
    lost = table[table["facility_id"].isna()]
    assert lost["status"].unique().tolist() == ["other_landmass"]
    assert lost["people"].tolist() == [7.0, 7.0]
    first = table.iloc[0]
    assert (first["municipality_name"], first["facility_name"], first["people_share"]) == (
        "Vestby",
        "Sygehus 2",
        0.75,
    )


def test_row_order_changes_nothing() -> None:
    args = toy_members(), PAIRS, pd.Series(dtype=str), FACILITIES.set_index("facility_id")["name"]
    one = catchments(_nearest(), *args)
    other = catchments(_nearest().sample(frac=1, random_state=1), *args)
    pd.testing.assert_frame_equal(one, other)


def test_figures_by_municipality() -> None:
    nearest = _nearest()
    members = toy_members()
    own = own_cluster(nearest, members[members["scheme"] == "a"], PAIRS[PAIRS["scheme"] == "a"])
    figures = access_figures(nearest, nearest["municipality_code"], own)
    west = figures.loc["0101"]
    assert west["people"] == 40
    assert west["travel_min_median"] == 30
    assert west["share_within_15_minutes"] == pytest.approx(0.25)
    assert west["share_within_30_minutes"] == 1
    assert west["share_outside_own_cluster"] == pytest.approx(0.75)
    assert figures.loc["0102", "people_ferry_only"] == 20
    assert figures.loc["0106", "people_unreached"] == 7
    assert np.isnan(figures.loc["0106", "travel_min_median"])
    assert figures["people"].sum() == nearest["people"].sum()
