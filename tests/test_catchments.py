"""Catchments: people are conserved, quantiles are right, the own cluster is told honestly."""

import numpy as np
import pandas as pd
import pytest

from pipeline.access.catchments import (
    access_figures,
    catchments,
    nearest_facility,
    own_cluster,
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


def test_people_without_a_way_are_counted_but_do_not_move_the_median() -> None:
    whole = access_figures(_nearest(), pd.Series("land", index=range(5), name="key")).loc["land"]
    assert whole["people"] == 72
    assert whole["people_unreached"] == 7
    assert whole["travel_min_median"] == 30
    nobody = access_figures(_nearest().iloc[4:], pd.Series("land", index=[4], name="key")).loc["land"]
    assert np.isnan(nobody["travel_min_median"])
    assert np.isnan(nobody["travel_min_max"])
