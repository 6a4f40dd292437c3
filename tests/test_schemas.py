"""Contracts say what a column means, and refuse what breaks them."""

import datetime as dt
import re
from itertools import combinations

import geopandas as gpd
import pandas as pd
import pandera.errors
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.crs import METRIC
from pipeline.messages import Language, catalogue
from pipeline.schemas import BUNDLED, OPTIONAL, RESULTS, Contract, coverage, describe, dictionary, sites
from pipeline.schemas.common import no_overlap_rule, period_rule
from tests.found import some

EVERY = [*BUNDLED.values(), *RESULTS.values()]
UNITS = {
    "_km": "km",
    "_km2": "km²",
    "_km2_dagi_2015": "km²",
    "_m": "metres",
    "_m2": "m²",
    "_min": "minutes",
    "_pct": "per cent",
    "_mio_dkk": "million DKK",
    "lon": "degrees, WGS84",
    "lat": "degrees, WGS84",
}


def name_of(contract: Contract) -> str:
    room = "result" if contract is RESULTS.get(contract.name) else "bundled"
    return f"{room}-{contract.name}"


@pytest.mark.parametrize("contract", EVERY, ids=name_of)
def test_every_column_has_a_meaning_in_both_languages(contract: Contract) -> None:
    english, danish = describe(contract, "en"), describe(contract, "da")
    assert list(english["column"]) == list(contract.columns) == list(danish["column"])
    for told in (english, danish):
        assert (told["meaning"].str.len() > 1).all()
        assert (told["type"] != "").all()
    assert set(english["meaning"]) <= set(catalogue("da"))
    assert list(danish["meaning"]) == [catalogue("da")[text] for text in english["meaning"]]
    assert contract.title.text in catalogue("da")


@pytest.mark.parametrize("contract", EVERY, ids=name_of)
def test_a_unit_in_a_columns_name_is_the_unit_it_states(contract: Contract) -> None:
    told = describe(contract, "en").set_index("column")["unit"]
    for column, unit in some(told.items()):
        ends = [end for end in UNITS if str(column).endswith(end)]
        if ends and column != "geonameid":
            assert unit == UNITS[max(ends, key=len)], column
        if unit in {"km", "km²", "metres", "m²", "per cent", "million DKK"}:
            assert ends, column


@pytest.mark.parametrize("contract", EVERY, ids=name_of)
def test_keys_references_and_rules_name_columns_that_exist(contract: Contract) -> None:
    assert set(contract.key) <= set(contract.columns)
    for reference in contract.references:
        assert set(reference.columns) <= set(contract.columns)
        targets = [room[reference.table] for room in (BUNDLED, RESULTS) if reference.table in room]
        assert any(set(reference.target) <= set(target.columns) for target in targets)
        assert len(reference.target) == len(reference.columns)
    for rule in contract.rules:
        assert set(rule.columns) <= set(contract.columns)
    assert contract.schema.strict is True
    assert contract.schema.unique == list(contract.key)


@pytest.mark.parametrize("contract", BUNDLED.values(), ids=name_of)
def test_every_table_that_is_read_asks_for_source_and_precision(contract: Contract) -> None:
    assert {"source", "precision"} <= set(contract.required)
    assert contract.columns["note"].nullable


def test_practice_clusters_are_optional_and_the_rest_is_bundled() -> None:
    assert frozenset({"practice_clusters"}) == OPTIONAL
    assert set(RESULTS) == {
        "municipalities",
        "clusters",
        "cluster_members",
        "facilities",
        "facility_clusters",
        "house_functions",
        "catchments",
        "acute_access",
        *(contract.name for contract in coverage.CONTRACTS),
        *(contract.name for contract in sites.CONTRACTS),
    }


@pytest.mark.parametrize("lang", ["da", "en"])
def test_the_dictionary_holds_every_result(lang: Language) -> None:
    told = dictionary(lang)
    assert list(told) == list(RESULTS)
    for name, meanings in told.items():
        assert list(meanings) == list(RESULTS[name].columns)


def test_a_name_that_stands_in_both_rooms_means_the_result() -> None:
    assert "geometry" in set(describe("clusters")["column"])
    assert "hospitals_stated" in set(describe(BUNDLED["clusters"])["column"])
    assert "toll" in set(describe("links")["column"])
    with pytest.raises(KeyError):
        describe("no_such_table")


def test_limits_are_told_without_words() -> None:
    told = describe("clusters").set_index("column")["allowed"]
    assert told["colour"] == "0–5"
    assert told["municipalities"] == "≥ 1"
    assert told["gps_precision"] == "measured, register, modelled, approximate"
    assert told["name"] == ""


# Results


def facilities() -> gpd.GeoDataFrame:
    row = {
        "facility_id": "kolding",
        "kind": "hospital",
        "name": "Kolding Sygehus",
        "role": "acute",
        "address": "Sygehusvej 24",
        "town": "Kolding",
        "municipality_code": "0621",
        "municipality_stated": "0621",
        "municipality_polygon": "0621",
        "snapped_m": 0.0,
        "stated_dist_m": float("nan"),
        "status": "ok",
        "valid_from": None,
        "valid_to": None,
        "point_precision": "address",
        "source": "SOR",
        "precision": "register",
        "note": None,
        "note_da": None,
    }
    other = row | {
        "facility_id": "froestrup",
        "kind": "health_house",
        "role": "granted",
        "status": "no_point",
    }
    points = [shapely.Point(531_000, 6_150_000), None]
    return gpd.GeoDataFrame([row, other], geometry=points, crs=METRIC)


def test_a_result_is_cut_to_its_columns_in_their_order() -> None:
    frame = facilities().assign(extra=1)[["extra", *reversed(facilities().columns)]]
    chosen = RESULTS["facilities"].select(frame)
    assert list(chosen.columns) == list(RESULTS["facilities"].columns)
    assert isinstance(chosen, gpd.GeoDataFrame)
    assert chosen.crs == METRIC
    assert chosen["note"].isna().all()


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("role", "big"),
        ("status", "unknown"),
        ("kind", "clinic"),
        ("municipality_code", "621"),
        ("snapped_m", -1.0),
        ("name", None),
        ("geometry", shapely.Point(1, 1).buffer(1)),
    ],
)
def test_a_result_that_breaks_its_contract_is_refused(column: str, value: object) -> None:
    frame = facilities()
    frame[column] = pd.Series([value, frame[column].iloc[1]], dtype=frame[column].dtype)
    with pytest.raises(pandera.errors.SchemaErrors, match=column):
        RESULTS["facilities"].select(frame)


def test_two_results_of_one_key_are_refused() -> None:
    twice = pd.concat([facilities(), facilities().iloc[:1]], ignore_index=True)
    with pytest.raises(pandera.errors.SchemaErrors, match="facility_id"):
        RESULTS["facilities"].select(twice)


def test_a_result_without_one_of_its_columns_is_refused() -> None:
    with pytest.raises(KeyError, match="role"):
        RESULTS["facilities"].select(facilities().drop(columns="role"))


# Rules over several columns

DAYS = st.dates(dt.date(2018, 1, 1), dt.date(2018, 1, 12)) | st.none()
PERIODS = st.lists(st.tuples(st.sampled_from("ab"), DAYS, DAYS), max_size=8)


def frame_of(periods: list[tuple[str, dt.date | None, dt.date | None]]) -> pd.DataFrame:
    frame = pd.DataFrame(periods, columns=["who", "valid_from", "valid_to"])
    days = {name: pd.to_datetime(frame[name]).astype("datetime64[ms]") for name in ("valid_from", "valid_to")}
    return frame.assign(**days)


@settings(max_examples=300, deadline=None)
@given(PERIODS)
def test_overlaps_are_found_like_a_comparison_of_every_pair(
    periods: list[tuple[str, dt.date | None, dt.date | None]],
) -> None:
    proper = [p for p in periods if p[1] is None or p[2] is None or p[1] < p[2]]
    frame = frame_of(proper)
    clear = no_overlap_rule("who").test(frame)
    assert clear.index.equals(frame.index)
    low, high = dt.date.min, dt.date.max
    pairs = [
        (one, other)
        for one, other in combinations(range(len(proper)), 2)
        if proper[one][0] == proper[other][0]
        and (proper[one][1] or low) < (proper[other][2] or high)
        and (proper[other][1] or low) < (proper[one][2] or high)
    ]
    assert clear.all() == (not pairs)
    assert set(frame.index[~clear]) <= {row for pair in pairs for row in pair}


@settings(max_examples=100, deadline=None)
@given(PERIODS)
def test_a_period_is_in_order_when_it_holds_a_day(
    periods: list[tuple[str, dt.date | None, dt.date | None]],
) -> None:
    expected = [not (start and end) or start < end for _, start, end in periods]
    assert period_rule().test(frame_of(periods)).to_list() == expected


@pytest.mark.parametrize("contract", BUNDLED.values(), ids=name_of)
def test_patterns_hold_for_the_whole_cell(contract: Contract) -> None:
    for column in contract.columns.values():
        for check in column.checks:
            pattern = check.statistics.get("pattern") if check.error == "pattern" else None
            if pattern is not None:
                source = pattern.pattern if isinstance(pattern, re.Pattern) else pattern
                assert source.startswith("^(?:")
                assert source.endswith(")$")
