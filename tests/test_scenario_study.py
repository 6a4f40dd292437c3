"""Scenarios on the bundled country: what changes is found again, what cannot differ is today's own."""

import numpy as np
import pandas as pd
import pytest

from maps.scenario_report import figures_table, rows_table
from maps.scenario_results import comparisons, write_scenarios
from pipeline.errors import SettingsError
from pipeline.messages import translator
from pipeline.scenarios import Scenario
from pipeline.scenarios.run import run_scenarios
from pipeline.settings.file import load_settings
from pipeline.study_inputs import read_inputs
from pipeline.travel.new_links import LinkError
from tests.tiny_study import settings_file

HOUSE = {"id": "hus", "title": "Hus", "close": [{"facility": "lemvig"}]}
HOSPITAL = {
    "id": "sygehus",
    "title": "Sygehus",
    "open": [{"name": "Akut Skagen", "at": [10.58, 57.72], "kind": "acute_hospital"}],
}


GROWN = {
    "id": "vaekst",
    "title": "Vækst",
    "population": {"factor": 1.1, "municipalities": {"0665": 0.5}},
    "move": [{"facility": "lemvig", "to": [8.32, 56.56]}],
}


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    return settings_file(tmp_path_factory.mktemp("scenarios"))


@pytest.fixture(scope="module")
def inputs(config):
    return read_inputs(load_settings(config))


@pytest.fixture(scope="module")
def study(config, inputs):
    loaded = [(Scenario.model_validate(each), config) for each in (HOUSE, HOSPITAL)]
    return run_scenarios(load_settings(config), inputs, loaded)


def test_closing_a_house_takes_over_all_journeys_to_hospitals(study):
    house, _ = study.runs
    assert house.result.access is study.today.access
    assert house.result.zones is study.today.zones
    assert house.ground.router is study.runs[1].ground.router
    closed = house.result.facilities.set_index("facility_id")["role"]
    assert closed["house-lemvig"] == "closed"
    before, after = (each.clusters["health_houses"].sum() for each in (study.today, house.result))
    assert after == before - len(study.today.schemes)


def test_a_new_acute_hospital_shortens_journeys_and_lengthens_none(study):
    _, hospital = study.runs
    before = study.today.access.nearest["travel_min"].to_numpy()
    after = hospital.result.access.nearest["travel_min"].to_numpy()
    both = np.isfinite(before)
    assert (after[both] <= before[both] + 1e-4).all()
    assert (after[both] < before[both] - 5).any()
    acute = hospital.result.facility_roles.query("role == 'acute'")["facility_id"]
    assert (acute == "hospital-new-akut-skagen").sum() == len(study.today.schemes)


def test_people_of_another_year_are_in_every_table(config, inputs):
    scenario = Scenario.model_validate(GROWN)
    study = run_scenarios(load_settings(config), inputs, [(scenario, config)])
    today, after = study.today, study.runs[0].result
    for result in (today, after):
        towns = result.municipalities.set_index("municipality_code")["population"]
        living = result.demand.groupby("municipality_code")["weight"].sum()
        assert living.to_numpy() == pytest.approx(towns[living.index].to_numpy())
        check = result.population_check
        assert (check["difference"] == 0).all()
        assert set(check["country"]) == {towns.sum()}
        own = result.practice_clusters.set_index("municipality_codes")["population"]
        assert (own == towns[own.index]).all()
        members = result.cluster_members
        assert (members["population"] == members["municipality_code"].map(towns)).all()
    before, now = (r.municipalities.set_index("municipality_code")["population"] for r in (today, after))
    assert now["0665"] == round(before["0665"] * 0.5)
    assert now["0101"] == round(before["0101"] * 1.1)
    told = next(iter(comparisons(study))).tables
    assert set(told["clusters"]["column"]) >= {"population", "population_full"}
    moved = told["facilities"].query("facility_id == 'house-lemvig'")
    assert {"lon", "lat"} <= set(moved["column"])


def test_every_pair_of_states_is_compared_in_every_table(study):
    told = list(comparisons(study))
    assert [(each.before, each.after) for each in told] == [
        ("today", "hus"),
        ("today", "sygehus"),
        ("hus", "sygehus"),
    ]
    house, hospital, between = (each.tables for each in told)
    assert house["acute_access"].empty
    assert len(hospital["acute_access"])
    assert set(house["facilities"]["column"]) == {"role"}
    assert set(hospital["facilities"]["row"]) == {"added"}
    assert {"", "name", "lon", "lat"} <= set(hospital["facilities"]["column"])
    assert set(between["facilities"]["row"]) == {"added", "changed"}


@pytest.mark.parametrize("lang", ["da", "en"])
def test_the_terminal_tells_the_country_s_figures(study, lang):
    told = list(comparisons(study))[1]
    assert figures_table(told, {}, translator(lang)).row_count > 0
    assert rows_table(told, translator(lang)).row_count == len(told.tables)


def test_what_differs_is_written_and_stays_the_same(study, config, tmp_path):
    files = {"hus": config, "sygehus": config}
    for name in ("one", "two"):
        write_scenarios(study, tmp_path / name, files)
    first, second = (tmp_path / name / "tables" for name in ("one", "two"))
    written = sorted(path.relative_to(first) for path in first.rglob("*.*"))
    assert all((first / path).read_bytes() == (second / path).read_bytes() for path in written)
    changed = pd.read_csv(first / "today-sygehus" / "acute_access.csv")
    assert {"before", "after", "change"} <= set(changed.columns)
    assert not (first / "today-hus" / "acute_access.csv").exists()
    danish = pd.read_csv(first / "today-sygehus" / "acute_access-da.csv", sep=";", dtype=str)
    minutes = danish.loc[danish["change"].notna(), ["before", "after", "change"]]
    assert len(minutes)
    assert not any("." in value for value in minutes.to_numpy().ravel())


@pytest.mark.parametrize(
    ("change", "error", "said"),
    [
        ({"close": [{"facility": "lemvigx"}]}, SettingsError, "house-lemvig"),
        ({"close_link": [{"link": "kalundborg-samsoe"}]}, LinkError, "Kalundborg-Samsø"),
    ],
)
def test_what_is_not_there_is_told_with_the_scenario_s_file(config, inputs, change, error, said):
    wrong = Scenario.model_validate({"id": "x", "title": "X", **change})
    with pytest.raises(error) as told:
        run_scenarios(load_settings(config), inputs, [(wrong, config)])
    assert said in told.value.text("da")
    assert str(config) in told.value.text("da")
