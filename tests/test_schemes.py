"""Schemes in time and the comparison of two of them."""

import datetime as dt

import pandas as pd
import pytest

from pipeline.clusters import split_population
from pipeline.clusters.comparison import compare_schemes, find_scheme
from pipeline.clusters.schemes import in_force, members_in_view, rows_in_view, schemes_in_view
from pipeline.errors import SettingsError
from tests.toys import toy_members, toy_names, toy_population


def _schemes() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "scheme": ["new-2022", "old-2018"],
            "valid_from": pd.to_datetime(["2022-07-01", "2018-01-01"]),
            "valid_to": pd.to_datetime([None, "2022-07-01"]),
        }
    )


def test_a_row_holds_from_its_first_day_up_to_its_last_excluded() -> None:
    table = pd.DataFrame({"valid_from": ["2020-01-01", None], "valid_to": ["2021-01-01", "2020-01-01"]})
    assert in_force(table, dt.date(2020, 1, 1)).tolist() == [True, False]
    assert in_force(table, dt.date(2019, 12, 31)).tolist() == [False, True]
    assert in_force(table, dt.date(2021, 1, 1)).tolist() == [False, False]


def test_the_scheme_of_the_day_is_shown_and_the_others_stand_on_their_first_day() -> None:
    view = schemes_in_view(_schemes(), dt.date(2019, 5, 1))
    assert view["scheme"].tolist() == ["old-2018", "new-2022"]
    assert view["shown"].tolist() == [True, False]
    assert view["on"].tolist() == [dt.date(2019, 5, 1), dt.date(2022, 7, 1)]


def test_exactly_one_scheme_is_shown_where_two_are_in_force() -> None:
    both = _schemes().assign(valid_to=pd.NaT)
    view = schemes_in_view(both, dt.date(2023, 1, 1))
    assert view.loc[view["shown"], "scheme"].tolist() == ["new-2022"]


def test_a_day_that_no_scheme_covers_is_refused_with_the_spans() -> None:
    with pytest.raises(SettingsError) as caught:
        schemes_in_view(_schemes(), dt.date(2001, 1, 1), source="my.toml")
    text = str(caught.value)
    assert "my.toml" in text
    assert "2001-01-01" in text
    assert "old-2018 2018-01-01–2022-07-01" in text


def test_a_dated_membership_changes_within_a_scheme() -> None:
    table = pd.DataFrame(
        {
            "scheme": "old-2018",
            "cluster_id": ["x", "y"],
            "municipality_code": "0101",
            "valid_from": pd.to_datetime(["2018-01-01", "2020-01-01"]),
            "valid_to": pd.to_datetime(["2020-01-01", None]),
        }
    )
    for day, cluster in (("2019-01-01", "x"), ("2021-01-01", "y")):
        view = schemes_in_view(_schemes(), dt.date.fromisoformat(day))
        assert rows_in_view(table, view)["cluster_id"].tolist() == [cluster]
        assert not members_in_view(table, view)["shared"].any()


def test_every_kind_of_change_between_two_schemes_is_told() -> None:
    members = toy_members()
    members = members.join(split_population(members, toy_population(), "once"))
    changes = compare_schemes(members, toy_names(), "a", "b").set_index("municipality_code")["change"]
    assert changes.to_dict() == {
        "0101": "stays",
        "0102": "leaves_one",
        "0103": "stays",
        "0104": "stays",
        "0105": "enters",
        "0106": "moves",
    }


def test_a_municipality_that_ends_in_no_cluster_leaves_and_one_in_two_joins() -> None:
    members = toy_members()
    members = members.join(split_population(members, toy_population(), "once"))
    changes = compare_schemes(members, toy_names(), "b", "a").set_index("municipality_code")["change"]
    assert changes["0105"] == "leaves"
    assert changes["0102"] == "joins_one"


def test_a_scheme_compared_with_itself_changes_nothing() -> None:
    members = toy_members()
    members = members.join(split_population(members, toy_population(), "once"))
    same = pd.concat([members, members.assign(scheme="c")])
    names = pd.concat([toy_names(), toy_names().assign(scheme="c")])
    one = same[same["scheme"] == "a"]
    both = pd.concat([one, one.assign(scheme="c")], ignore_index=True)
    changes = compare_schemes(both, names.drop_duplicates(["scheme", "cluster_id"]), "a", "c")
    assert set(changes["change"]) == {"stays"}


def test_a_scheme_is_found_by_year_or_id_and_a_wrong_word_lists_them() -> None:
    assert find_scheme(_schemes(), "2022") == "new-2022"
    assert find_scheme(_schemes(), "old-2018") == "old-2018"
    with pytest.raises(SettingsError, match="old-2018"):
        find_scheme(_schemes(), "1999")
