"""The page on scenarios: today, after and the difference on one map; figures add up; names stay text."""

import dataclasses
import json
import re
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect

from maps.pages.scenario_page import scenario_page
from pipeline.coverage.zones import UNKNOWN
from pipeline.scenarios import Scenario
from pipeline.scenarios.land import ScenarioLand, change_column
from pipeline.scenarios.run import ScenarioRun, ScenarioStudy
from pipeline.study_result import StudyResult
from tests.page_data import unpacked
from tests.page_toys import IMAGE, SCRIPT
from tests.site_page_toys import site_study
from tests.visitor import PHONE, Visitor

CHOSEN = "telemedicine_room"


def _slower(study: StudyResult, minutes: float) -> StudyResult:
    """Give every journey of the chosen function some minutes more."""
    assert study.sites is not None
    assert study.site_overview is not None
    case = study.sites.cases[CHOSEN]
    inputs = study.sites.inputs
    times = inputs.today_min.copy()
    times[:, case.places] += np.float32(minutes)
    sites = dataclasses.replace(study.sites, inputs=dataclasses.replace(inputs, today_min=times))
    overview = dataclasses.replace(study.site_overview, study=sites)
    return dataclasses.replace(study, sites=sites, site_overview=overview)


@pytest.fixture(scope="module")
def states(tmp_path_factory: pytest.TempPathFactory) -> ScenarioStudy:
    study = site_study(tmp_path_factory.mktemp("study"))
    nearest = study.demand.assign(
        people=study.demand["weight"], travel_min=np.linspace(5, 50, len(study.demand)), status="ok"
    )
    hospitals = study.facilities[study.facilities["role"] == "acute"]
    assert study.site_overview is not None
    today = dataclasses.replace(
        study,
        access=type("Toy", (), {"nearest": nearest, "hospitals": hospitals})(),
        cells=study.site_overview.cells.to_frame("geometry"),
    )
    scenario = Scenario.model_validate(
        {"id": "langsom", "title": IMAGE, "note": SCRIPT, "speeds": {"all": 0.9}}
    )
    run = ScenarioRun(scenario, None, _slower(today, 7.0))  # type: ignore[arg-type]
    return ScenarioStudy(today, (run,))


@pytest.fixture(scope="module")
def html(states: ScenarioStudy) -> str:
    return scenario_page(states)


@pytest.fixture(scope="module")
def data(html: str) -> dict:
    found = re.search(r'<script[^>]*id="page-data"[^>]*>(.*?)</script>', html, re.DOTALL)
    assert found
    return unpacked(json.loads(found[1]))


def test_a_change_has_the_class_of_its_minutes(states: ScenarioStudy) -> None:
    land = ScenarioLand(states)
    assert set(land.zones[change_column(CHOSEN, (0, 1))]) <= {5, 3, UNKNOWN}
    assert 5 in set(land.zones[change_column(CHOSEN, (0, 1))])
    assert land.changed(CHOSEN, (0, 1))
    assert not land.changed("acute", (0, 1))
    assert land.zones.area.sum() == pytest.approx(states.today.cells.area.sum(), rel=1e-6)


def test_sums_of_municipalities_add_up_to_the_country(states: ScenarioStudy) -> None:
    land = ScenarioLand(states)
    towns = states.today.demand["municipality_code"]
    for key in land.measures:
        parts = [sums for _, sums in land.sums(key, (0, 1), towns)]
        ((_, whole),) = land.sums(key, (0, 1), towns.map(lambda _: "all"))
        for figure in ("people", "nearer", "farther"):
            assert sum(part[figure] for part in parts) == pytest.approx(whole[figure])
    ((_, whole),) = land.sums(CHOSEN, (0, 1), towns.map(lambda _: "all"))
    assert whole["after"] - whole["before"] == pytest.approx(7.0, abs=1e-4)
    assert whole["nearer"] == 0


def test_every_measure_has_both_states_and_the_difference(states: ScenarioStudy, data: dict) -> None:
    assert [step["key"] for step in data["steps"]] == ["state-0", "state-1", "difference-0-1"]
    for view in data["views"]:
        assert set(view["notes"]) == {"state-0", "state-1", "difference-0-1"}
    land = ScenarioLand(states)
    changed = [land.changed(view["key"], (0, 1)) for view in data["views"]]
    assert changed == sorted(changed, reverse=True)
    assert changed[0]


def test_places_and_functions_of_a_plan_are_told_by_name(states: ScenarioStudy) -> None:
    facilities = states.today.facilities.assign(register_id=["h1", "h2", "one", "two"])
    today = dataclasses.replace(states.today, facilities=facilities)
    plan = Scenario.model_validate(
        {
            "id": "plan",
            "title": "Plan",
            "close": [
                {"facility": "hospital-one", "functions": [CHOSEN, "blood"]},
                {"facility": "two"},
            ],
            "move": [{"facility": "nobody-knows", "to": [9.0, 55.0]}],
        }
    )
    run = dataclasses.replace(states.runs[0], scenario=plan)
    page = scenario_page(dataclasses.replace(states, today=today, runs=(run,)))
    functions = today.functions.set_index("function_id")["name_da"]
    assert f"Forlader Ærøskøbing Hospital: Telemedicinsk rum, {functions['blood']}" in page
    assert "Lukker: Uden punkt" in page
    assert "Flytter: nobody-knows" in page


def test_one_scenario_needs_no_column_of_its_own(states: ScenarioStudy, data: dict) -> None:
    heads = [column["title"] for column in data["tables"][0]["columns"]]
    assert "Scenarie" not in heads
    assert heads[data["tables"][0]["order"]] == "Mindst 1 min. kortere, borgere"
    two = dataclasses.replace(states, runs=states.runs * 2)
    assert "Scenarie" in scenario_page(two)


def test_names_never_become_code(html: str, data: dict) -> None:
    assert IMAGE not in html
    assert SCRIPT not in html
    assert data["steps"][1]["title"] == IMAGE


def test_the_page_is_the_same_every_time(states: ScenarioStudy, html: str) -> None:
    assert scenario_page(states) == html


@pytest.mark.browser
@pytest.mark.parametrize("size", [(1440, 1000), PHONE])
def test_a_reader_switches_states_and_axe_finds_nothing(
    visit: Visitor, html: str, tmp_path: Path, size: tuple[int, int]
) -> None:
    path = tmp_path / "scenario.html"
    path.write_text(html, encoding="utf-8")
    page = visit(path, size=size, bypass_csp=True)
    expect(page.locator("#legend")).to_contain_text("5 til 15 min. længere")
    page.locator("#step-state-0").check()
    expect(page.locator("#legend")).not_to_contain_text("5 til 15 min. længere")
    page.locator("#table .row-link").first.click()
    expect(page.locator("#step-difference-0-1")).to_be_checked()
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    assert visit.findings(page) == []
    visit.shoot(page, f"scenario-{size[0]}", whole=True)
