"""The register of health houses."""

import math

import pandas as pd
import pytest

from pipeline.clusters.houses import (
    FACTS,
    compare_houses,
    cost_per_m2,
    functions_by_cluster,
    functions_by_house,
    with_broader_functions,
)
from pipeline.errors import SettingsError


def _functions() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "function_id": ["xray", "midwife", "addiction", "jobs"],
            "name_da": ["Røntgen", "Jordemoder", "Misbrug", "Jobcenter"],
            "sector": ["region", "region", "municipality", "municipality"],
            "target_group": ["", "pregnant", "mental|addicted", None],
            "in_catalogue": [True, True, True, False],
            "part_of": None,
        }
    )


def _cells() -> pd.DataFrame:
    rows = [
        ("one", "xray", "present"),
        ("one", "midwife", "planned"),
        ("one", "addiction", "present"),
        ("two", "addiction", "present"),
        ("two", "jobs", "present"),
    ]
    return pd.DataFrame(rows, columns=["house_id", "function_id", "status"])


def _houses() -> pd.DataFrame:
    blank = dict.fromkeys([name for name in FACTS if name not in {"name", "cost_per_m2_dkk"}], "")
    return pd.DataFrame(
        {
            **blank,
            "house_id": ["one", "two", "three"],
            "name": ["Et", "To", "Tre"],
            "opened_year": [2018, 2019, None],
            "floor_area_m2": [5200, 6000, None],
            "total_cost_mio_dkk": [76, None, None],
            "regional_share_pct": [40, 32, None],
            "municipal_share_pct": [60, 68, None],
            "state_grant_mio_dkk": None,
        }
    )


def test_every_house_and_function_has_a_cell_and_blank_means_not_stated() -> None:
    cells = functions_by_house(_houses(), _cells(), _functions())
    assert cells.shape == (3, 4)
    assert cells.loc["one", "midwife"] == "planned"
    assert (cells.loc["three"] == "").all()


def test_a_cluster_lacks_only_functions_of_the_catalogue() -> None:
    pairs = pd.DataFrame({"scheme": "a", "cluster_id": "west", "facility_id": ["house-one", "house-two"]})
    clusters = pd.DataFrame({"scheme": "a", "cluster_id": ["west", "east"]})
    table = functions_by_cluster(pairs, _cells(), _functions(), clusters).set_index(
        ["cluster_id", "function_id"]
    )
    assert table.loc[("west", "addiction"), ["houses", "status"]].tolist() == [2, "present"]
    assert table.loc[("west", "midwife"), "status"] == "planned"
    assert table.loc[("east", "xray"), "status"] == "not_stated"
    assert "jobs" not in table.index.get_level_values("function_id")


def _with_clinics() -> tuple[pd.DataFrame, pd.DataFrame]:
    clinics = pd.DataFrame(
        {
            "function_id": ["clinics", "heart", "lung"],
            "sector": "region",
            "in_catalogue": [True, False, False],
            "part_of": [None, "clinics", "clinics"],
        }
    )
    rows = [
        ("one", "heart", "planned"),
        ("one", "lung", "present"),
        ("two", "lung", "present"),
        ("two", "heart", "present"),
        ("three", "clinics", "planned"),
        ("three", "heart", "planned"),
        ("four", "clinics", "planned"),
        ("four", "heart", "present"),
        ("four", "xray", "past"),
    ]
    held = pd.DataFrame(rows, columns=["house_id", "function_id", "status"])
    return held, pd.concat([_functions(), clinics], ignore_index=True)


def test_a_case_of_a_catalogue_function_counts_as_that_function() -> None:
    held, functions = _with_clinics()
    counted = with_broader_functions(held, functions).set_index(["house_id", "function_id"])
    told = {house: tuple(counted.loc[(house, "clinics")]) for house in ("one", "two", "three", "four")}
    assert told == {
        "one": ("present", "lung"),
        "two": ("present", "heart|lung"),
        "three": ("planned", ""),
        "four": ("present", "heart"),
    }
    assert counted.index.is_unique
    assert len(counted) == len(held) + 2  # one and two name their cases only
    for row in held.itertuples():
        assert counted.loc[(row.house_id, row.function_id), "status"] == (
            "present" if (row.house_id, row.function_id) == ("four", "clinics") else row.status
        )


def test_the_order_of_the_rows_does_not_matter() -> None:
    held, functions = _with_clinics()
    turned = with_broader_functions(held.iloc[::-1], functions)
    assert turned.equals(with_broader_functions(held, functions))


def test_a_cluster_counts_each_house_once_for_all_its_cases() -> None:
    held, functions = _with_clinics()
    pairs = pd.DataFrame({"scheme": "a", "cluster_id": "west", "facility_id": ["house-two", "house-three"]})
    clusters = pd.DataFrame({"scheme": ["a"], "cluster_id": ["west"]})
    table = functions_by_cluster(pairs, held, functions, clusters).set_index("function_id")
    assert table.loc["clinics", ["houses", "planned", "status"]].tolist() == [1, 1, "present"]
    assert "heart" not in table.index


def test_no_cost_per_area_without_an_area() -> None:
    frame = pd.DataFrame(
        {"floor_area_m2": [0, 100, None], "total_cost_mio_dkk": [5, 2, 3]}, index=["a", "b", "c"]
    )
    found = cost_per_m2(frame)
    assert found.loc["b"] == 20_000
    assert found.isna().tolist() == [True, False, True]


def test_two_houses_side_by_side() -> None:
    found = compare_houses(_houses(), _cells(), _functions(), "one", "two")
    assert found.facts.loc["cost_per_m2_dkk", "one"] == pytest.approx(76e6 / 5200)
    assert math.isnan(found.facts.loc["cost_per_m2_dkk", "two"])
    assert found.shared_functions == pytest.approx(1 / 4)
    assert found.shared_target_groups == pytest.approx(2 / 3)
    assert found.tenants.to_dict() == {
        "one": {"municipality": 1, "region": 2},
        "two": {"municipality": 2, "region": 0},
    }


def test_unknown_houses_are_all_named() -> None:
    with pytest.raises(SettingsError) as caught:
        compare_houses(_houses(), _cells(), _functions(), "nope", "nada")
    assert len(caught.value.faults) == 2
    assert "one, three, two" in str(caught.value)
