"""People, patients and visits of a function: national averages hold, nobody is lost, ages count."""

import numpy as np
import pandas as pd
import pytest

from pipeline.sites.function_demand import age_bands, function_demand, people_by_band
from pipeline.sites.functions_file import load_functions

CATALOGUE = load_functions()
NATION = 5_840_000.0


def demand_of(function_id, **columns):
    frame = pd.DataFrame(columns, index=[f"p{i}" for i in range(len(columns["weight"]))])
    return function_demand(people_by_band(frame), CATALOGUE.get(function_id), CATALOGUE.ages)


@pytest.mark.parametrize("function_id", CATALOGUE.ids)
def test_without_age_bands_the_rate_is_the_national_average(function_id):
    function = CATALOGUE.get(function_id)
    found = demand_of(function_id, weight=[NATION])
    assert found.loc["p0", "visits"] == pytest.approx(
        found.loc["p0", "target_people"] * function.visits_per_1000.value / 1000
    )
    assert found.loc["p0", "basis"] == "national_age_mix"


@pytest.mark.parametrize("function_id", CATALOGUE.ids)
def test_bands_with_the_national_mix_give_the_same_as_no_bands(function_id):
    bands = {f"people_{b.from_age}_{b.to_age}": [NATION * b.share] for b in CATALOGUE.ages.bands}
    with_bands = demand_of(function_id, weight=[NATION], **bands)
    without = demand_of(function_id, weight=[NATION])
    for column in ("target_people", "patients", "visits"):
        assert with_bands.loc["p0", column] == pytest.approx(without.loc["p0", column])
    assert with_bands.loc["p0", "basis"] == "age_bands"


def test_known_totals_are_met():
    women_50_69 = demand_of("mammography", weight=[NATION]).loc["p0", "target_people"]
    assert 650_000 < women_50_69 < 800_000
    sessions = demand_of("dialysis", weight=[NATION]).loc["p0", "visits"]
    assert 0.9 < sessions / (2605 * 0.74 * 156) < 1.1


def test_older_places_need_more_blood_tests_and_fewer_midwives():
    bands = {"people_0_17": [0.0, 500.0], "people_18_64": [500.0, 500.0], "people_65_plus": [500.0, 0.0]}
    blood = demand_of("blood_tests", weight=[1000.0, 1000.0], **bands)["visits"]
    midwife = demand_of("midwife", weight=[1000.0, 1000.0], **bands)["target_people"]
    assert blood["p0"] > 2 * blood["p1"]
    assert midwife["p1"] > midwife["p0"] > 0


def test_ages_no_band_covers_are_taken_from_the_rest():
    adults = {"adults_18_64": [600.0, 0.0, 700.0], "adults_65_plus": [200.0, 0.0, 500.0]}
    found = demand_of("blood_tests", weight=[1000.0, 1000.0, 600.0], **adults)
    assert found["target_people"].tolist() == pytest.approx([1000.0, 1000.0, 600.0])
    assert found["basis"].tolist() == ["age_bands", "national_age_mix", "age_bands"]
    assert found.loc["p1", "visits"] == pytest.approx(600.0)
    children = demand_of("mammography", weight=[1000.0], adults_18_49=[0.0], adults_50_plus=[0.1])
    assert children.loc["p0", "target_people"] < 0.1


def test_bands_by_sex_are_used_when_both_are_there():
    both = {"women_50_69": [100.0], "men_50_69": [50.0], "women_0_49": [100.0], "men_0_49": [750.0]}
    found = demand_of("mammography", weight=[1000.0], **both)
    assert found.loc["p0", "target_people"] == pytest.approx(100.0)
    only_women = demand_of("mammography", weight=[1000.0], women_50_69=[100.0])
    assert only_women.loc["p0", "basis"] == "national_age_mix"


def test_a_target_group_that_cuts_a_band_takes_its_years_only():
    found = demand_of("midwife", weight=[1000.0], people_0_109=[1000.0])
    assert found.loc["p0", "target_people"] == pytest.approx(
        demand_of("midwife", weight=[1000.0]).loc["p0", "target_people"]
    )


def test_band_columns_are_found_by_name():
    columns = pd.Index(["weight", "adults_70_plus", "adults_18_19", "households", "age_class", "x_1_2"])
    assert [(band.low, band.high) for band in age_bands(columns)] == [(18, 19), (70, 109)]


def test_rows_keep_their_order_and_missing_bands_count_as_nobody():
    frame = pd.DataFrame(
        {"weight": [10.0, 20.0], "people_0_64": [np.nan, 10.0], "people_65_plus": [5.0, 10.0]}
    )
    frame.index = [7, 3]
    found = function_demand(people_by_band(frame), CATALOGUE.get("blood_tests"), CATALOGUE.ages)
    assert found.index.tolist() == [7, 3]
    assert found["target_people"].tolist() == pytest.approx([10.0, 20.0])
    turned = function_demand(people_by_band(frame[::-1]), CATALOGUE.get("blood_tests"), CATALOGUE.ages)
    pd.testing.assert_frame_equal(turned[::-1], found)
