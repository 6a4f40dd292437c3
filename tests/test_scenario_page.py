"""The page on scenarios: today, after and the difference on one map; figures add up; names stay text."""

import dataclasses
import datetime as dt
import json
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import expect

from maps.figures.figure_set import cluster_atlas
from maps.figures.scenario_figures import difference_figure, prepare_scenarios, scenario_orders, state_figure
from maps.figures.sheet import Caption
from maps.naming import Names
from maps.pages.scenario_page import scenario_page
from maps.telling.scenario_layers import CLASSES, change_fill
from maps.telling.scenario_telling import ScenarioTelling, state_note
from maps.web.downloads import Download, Downloads
from maps.web.parts import Link
from pipeline.coverage.zones import UNKNOWN
from pipeline.messages import translator
from pipeline.scenarios import Scenario
from pipeline.scenarios.land import GP, ScenarioLand, change_column
from pipeline.scenarios.run import ScenarioRun, ScenarioStudy
from pipeline.study_result import StudyResult
from tests.gp_toys import gp_study
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


@pytest.mark.parametrize(
    ("limits", "west", "elsewhere", "said"),
    [
        ([{"value": 15}], 15, 15, "inden for 15 min."),
        (
            [{"value": 15}, {"value": 5, "municipalities": ["0101"]}],
            5,
            15,
            "inden for deres kommunes grænse.",
        ),
        ([{"value": 9, "municipalities": ["0101"]}], 9, np.nan, "inden for 9 min."),
        ([{"value": 15, "valid_to": dt.date(2020, 1, 1)}], np.nan, np.nan, "min."),
    ],
)
def test_journeys_are_held_to_the_limit_of_their_place(
    limits: list, west: float, elsewhere: float, said: str
) -> None:
    today = gp_study(time={"limits_min": limits})
    scenario = Scenario.model_validate({"id": "som-nu", "title": "Som nu"})
    land = ScenarioLand(ScenarioStudy(today, (ScenarioRun(scenario, None, today),)))  # type: ignore[arg-type]
    covered = today.coverage.covered
    limit = np.where(covered["municipality_code"] == "0101", west, elsewhere)
    held = covered[np.isfinite(limit)]
    near = held["travel_min"] <= limit[np.isfinite(limit)]
    within = held.loc[near, "people"].sum() / held["people"].sum() if len(held) else np.nan
    ((_, sums),) = land.sums(GP, (0, 1), pd.Series("all", index=covered.index))
    assert sums["within_before"] == pytest.approx(within, nan_ok=True)
    assert sums["within_after"] == pytest.approx(within, nan_ok=True)
    note = translator("da")(state_note(ScenarioTelling(land, Names(today, "da")), GP, 0))
    assert note.endswith(said)
    assert ("%" in note) == ("inden for" in said)


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


def test_only_what_changes_is_drawn_with_the_classes_of_the_page(
    states: ScenarioStudy, tmp_path: Path
) -> None:
    result = states.today
    told = ScenarioTelling(ScenarioLand(states), Names(result, "da"))
    source = prepare_scenarios(told, cluster_atlas(result, result.shown_scheme))
    orders = scenario_orders(told, Caption("", "", "Kilde", ("Omtrentlig",)), ("svg",))
    difference = difference_figure(told, CHOSEN, (0, 1))
    changed = {key for key in told.measures if told.land.changed(key, (0, 1))}
    assert CHOSEN in changed
    assert "acute" not in changed
    assert set(source.maps) == {
        name
        for key in changed
        for name in (
            difference_figure(told, key, (0, 1)),
            state_figure(told, key, 0),
            state_figure(told, key, 1),
        )
    }
    assert {order.name for order in orders} == {*source.maps, *(f"{name}-slide" for name in source.maps)}
    assert source.maps[difference].layer.classes.fills == tuple(map(change_fill, range(len(CLASSES))))
    (file,) = next(order for order in orders if order.name == difference).write(source, tmp_path)
    drawn = "".join(ET.fromstring(file.read_text(encoding="utf-8")).itertext())  # noqa: S314  # our own file
    assert "Ændring af rejsetid" in drawn
    assert "5 til 15 min. længere" in drawn


@pytest.mark.parametrize("basis", ["assumed", "stated"])
def test_places_that_are_only_assumed_are_told_on_the_page_and_its_figures(
    states: ScenarioStudy, basis: str
) -> None:
    assert states.today.sites is not None
    pairs = states.today.sites.supply_pairs.assign(basis=basis)
    today = dataclasses.replace(
        states.today, sites=dataclasses.replace(states.today.sites, supply_pairs=pairs)
    )
    study = dataclasses.replace(states, today=today)
    told = ScenarioTelling(ScenarioLand(study), Names(today, "da"))
    orders = scenario_orders(told, Caption("", "", "Kilde", ()), ("svg",))
    drawn = next(order for order in orders if order.name == difference_figure(told, CHOSEN, (0, 1)))
    words = "Hvor funktionerne er i dag, er delvis antaget"
    assert (words in scenario_page(study)) == (basis == "assumed")
    assert any(words in note for note in drawn.caption.notes) == (basis == "assumed")


def test_a_page_lists_the_files_beside_it(states: ScenarioStudy) -> None:
    page = scenario_page(
        states, downloads=(Downloads("Figurer", (Download("x", (Link("x.pdf", "static/x.pdf"),)),)),)
    )
    assert 'href="static/x.pdf"' in page
