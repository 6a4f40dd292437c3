"""The page on GP coverage: every gap on the map is told, people add up, names stay text."""

import dataclasses
import json
import re
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import expect

from maps.naming import Names
from maps.pages.gp_page import FILE, gp_coverage_page
from maps.pages.gp_practices import Practices
from maps.results import COVERAGE_TABLES
from maps.study_pages import PAGES
from maps.web.parts import Link
from pipeline.coverage import ACCESS_RULES, supply_of
from pipeline.schemas import RESULTS
from pipeline.study_result import StudyResult
from tests.found import some
from tests.gp_toys import gp_study
from tests.page_data import unpacked
from tests.page_toys import IMAGE, SCRIPT, toy_study
from tests.visitor import PHONE, Visitor

ACCESS_VIEWS = {"combined", "choice", "time", "closed", "island"}


def _block(html: str, name: str) -> dict:
    found = re.search(rf'<script[^>]*id="{name}"[^>]*>(.*?)</script>', html, re.DOTALL)
    assert found
    return json.loads(found[1])


@pytest.fixture(scope="module")
def study() -> StudyResult:
    return gp_study()


@pytest.fixture(scope="module")
def html(study: StudyResult) -> str:
    return gp_coverage_page(study, links=(Link("Oversigt", "index.html"),))


@pytest.fixture(scope="module")
def data(html: str) -> dict:
    return unpacked(_block(html, "page-data"))


def _layer(data: dict, key: str) -> dict:
    return next(layer for layer in data["layers"] if layer["key"] == key)


def _rows(data: dict, key: str, view: str) -> list[dict]:
    table = next(table for table in data["tables"] if table["key"] == key)
    return [row for row in table["rows"] if row.get("view", view) == view]


def test_the_toy_has_gaps_of_every_kind(study: StudyResult) -> None:
    table = study.coverage.tables()["gp_gaps"]
    assert set(table["kind"]) == {"access", "capacity", "fragile"}


def test_only_practices_that_serve_on_the_day_are_shown(study: StudyResult) -> None:
    practices = study.coverage.practices.assign(valid_to=pd.to_datetime(["2020-01-01", *[None] * 4]))
    serving = supply_of(practices, study.settings.study.as_of).serving
    coverage = dataclasses.replace(study.coverage, practices=practices, serving=serving)
    names = Names(dataclasses.replace(study, coverage=coverage), "da")
    assert "p000" in set(Practices(names, study.coverage).frame["practice_id"])
    assert Practices(names, coverage).frame["practice_id"].tolist() == ["p001", "p002", "p003", "p004"]


def test_every_gap_on_the_map_stands_in_the_table_of_its_view(data: dict) -> None:
    shown = {(area["view"], area["shape"]) for area in _layer(data, "gaps")["areas"]}
    told = {
        (view["key"], row["feature"]) for view in data["views"] for row in _rows(data, "gaps", view["key"])
    }
    assert shown == told
    assert {key for _, key in shown} <= set(data["features"])


def test_every_gap_has_an_outline_and_every_colour_a_shape_and_a_legend(html: str, data: dict) -> None:
    shapes = _block(html, "geometry")["shapes"]
    for layer in some(data["layers"]):
        told = {line["key"] for line in layer.get("legend", ())}
        for area in layer.get("areas", ()):
            assert shapes[area["shape"]]
            assert set(area.get("legend", ())) <= told


def test_people_of_the_gaps_add_up_to_those_flagged(study: StudyResult, data: dict) -> None:
    covered = study.coverage.covered
    for view in some(data["views"]):
        rows = _rows(data, "gaps", view["key"])
        if view["key"] == "combined":
            flags = [f"{rule}_broken" for rule in ACCESS_VIEWS - {"combined"}]
            hit = covered[flags].fillna(value=False).any(axis=1)
        else:
            hit = covered[f"{view['key']}_broken"].fillna(value=False)
        wanted = covered.loc[hit.astype(bool), "people"].sum()
        assert sum(row["cells"][2] for row in rows) == pytest.approx(wanted, abs=len(rows))


def test_municipalities_and_clusters_add_up_to_everybody(study: StudyResult, data: dict) -> None:
    total = study.demand["weight"].sum()
    for view in some(data["views"]):
        assert sum(row["cells"][1] for row in _rows(data, "municipalities", view["key"])) == pytest.approx(
            total
        )


def test_a_card_tells_people_reasons_and_what_would_close_the_gap(study: StudyResult, data: dict) -> None:
    gaps = study.coverage.tables()["gp_gaps"].set_index("gap_id")
    worst = gaps[gaps["kind"] == "access"]["people"].idxmax()
    card = data["features"][f"gap:{worst}"]["card"]
    values = {field["label"]: field["value"] for field in card["fields"]}
    assert values["Berørte borgere"] == gaps.loc[worst, "people"]
    lists = {one["label"]: [text for text, _ in one["items"]] for one in card["lists"]}
    broken = set(gaps.loc[worst, "rules"].split("|"))
    assert len(lists["Derfor er det et hul"]) == len(broken & set(ACCESS_RULES))
    short = values["Brudte regler"].split(", ")
    assert len(short) == len(broken)
    assert any("12 km ad vej" in text and "der bør være 2" in text for text in lists["Derfor er det et hul"])
    assert lists["Det ville lukke hullet"]


def test_the_measure_told_is_the_worst_and_best_of_the_gap(study: StudyResult, data: dict) -> None:
    found = study.coverage
    member, table = found.gaps["access"].member, found.gaps["access"].table
    for row, gap_id in some(enumerate(table["gap_id"])):
        mine = found.covered[(member == row) & found.covered["choice_broken"].fillna(value=False).to_numpy()]
        card = data["features"][f"gap:{gap_id}"]["card"]
        texts = [text for text, _ in card["lists"][0]["items"] if text.startswith("Valg")]
        assert bool(texts) == bool(len(mine))
        if texts:
            low, high = mine["choice_measure"].min(), mine["choice_measure"].max()
            few = {0: "ingen åben praksis", 1: "1 åben praksis"}
            told = few[low] if low == high else f"{low:.0f} til {high:.0f} åbne praksisser"
            assert f"har {told} inden for" in texts[0]


def test_practices_are_told_apart_by_whether_they_take_patients(data: dict) -> None:
    places = _layer(data, "practices")["places"]
    assert {place["marker"] for place in places} == {"practice", "practice_closed"}
    assert len(places) == 4  # two stand on one point, one of them open
    assert all(place["feature"] in data["features"] and place["dot"] for place in places)


def test_names_never_become_code(html: str, data: dict) -> None:
    assert IMAGE not in html
    assert SCRIPT not in html
    names = {feature["name"] for feature in data["features"].values()}
    assert any(IMAGE in name for name in names)
    assert any(SCRIPT in name for name in names)


def test_the_page_is_the_same_every_time(study: StudyResult, html: str) -> None:
    assert gp_coverage_page(study, links=(Link("Oversigt", "index.html"),)) == html
    assert gp_coverage_page(gp_study(), links=(Link("Oversigt", "index.html"),)) == html


def test_what_is_modelled_stands_on_the_face(html: str) -> None:
    head = html.partition('<aside class="notes"')[2].partition("</aside>")[0]
    assert "Antallet af praktiserende læger er modelleret" in head
    assert "Hvor folk bor i en kommune, er modelleret" in head


def test_a_rule_switched_off_has_neither_view_nor_figures() -> None:
    off = gp_study(island={"enabled": False}, fragile={"enabled": False}, capacity={"enabled": False})
    data = unpacked(_block(gp_coverage_page(off), "page-data"))
    assert [view["key"] for view in data["views"]] == ["combined", "choice", "time", "closed"]
    told = json.dumps(data["features"], ensure_ascii=False)
    assert "Valg: " in told
    assert not re.search("Kapacitet: |Skrøbeligt: |Ø: ", told)


def test_a_study_without_rules_has_no_page() -> None:
    bare = toy_study()
    page = next(page for page in PAGES if page.file == FILE)
    assert not page.wanted(bare)
    with pytest.raises(ValueError, match="no GP coverage"):
        gp_coverage_page(bare)


def test_the_tables_keep_their_contracts(study: StudyResult) -> None:
    frames = study.coverage.tables()
    for name in COVERAGE_TABLES:
        assert len(RESULTS[name].select(frames[name])) == len(frames[name])


@pytest.mark.browser
def test_a_reader_filters_by_rule_opens_a_gap_and_finds_its_row(
    visit: Visitor, study: StudyResult, html: str, tmp_path: Path
) -> None:
    path = tmp_path / FILE
    path.write_text(html, encoding="utf-8")
    page = visit(path)
    rows = page.locator("#table tbody tr")
    expect(rows).not_to_have_count(0)
    page.locator("#view-capacity").check()
    wanted = (study.coverage.tables()["gp_gaps"]["kind"] == "capacity").sum()
    expect(rows).to_have_count(int(wanted))
    expect(page.locator("#table svg.bar")).to_have_count(int(wanted))
    page.locator("#table tbody th button").first.click()
    card = page.locator(".card-popup")
    expect(card).to_contain_text("Derfor er det et hul")
    page.keyboard.press("Escape")
    expect(card).to_have_count(0)
    expect(page.locator(".leaflet-gaps-pane path")).to_have_count(int(wanted))


@pytest.mark.browser
def test_dots_stay_while_other_layers_come_and_go(visit: Visitor, html: str, tmp_path: Path) -> None:
    path = tmp_path / FILE
    path.write_text(html, encoding="utf-8")
    page = visit(path)
    dots = page.locator(".leaflet-dots-pane path")
    drawn = dots.evaluate_all("dots => { dots.forEach(dot => { dot.known = true; }); return dots.length; }")
    assert drawn
    page.locator("#layer-borders").uncheck()
    page.locator("#view-capacity").check()
    assert dots.evaluate_all("dots => dots.filter(dot => dot.known).length") == drawn
    page.locator("#layer-practices").uncheck()
    expect(dots).to_have_count(0)
    page.locator("#layer-practices").check()
    expect(dots).to_have_count(drawn)
    dots.first.dispatch_event("click")
    expect(page.get_by_role("dialog")).to_be_visible()


@pytest.mark.browser
def test_neither_dots_nor_areas_take_the_focus(visit: Visitor, html: str, tmp_path: Path) -> None:
    path = tmp_path / FILE
    path.write_text(html, encoding="utf-8")
    page = visit(path)
    page.mouse.move(400, 400)
    page.mouse.move(500, 450)
    reached = []
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.id || document.activeElement.tagName"))
    assert "search" in reached
    assert "path" not in reached


@pytest.mark.browser
@pytest.mark.parametrize("size", [(1440, 1000), PHONE])
def test_axe_finds_nothing_and_nothing_is_cut_off(
    visit: Visitor, html: str, tmp_path: Path, size: tuple[int, int]
) -> None:
    path = tmp_path / FILE
    path.write_text(html, encoding="utf-8")
    page = visit(path, size=size, bypass_csp=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    assert visit.findings(page) == []
    visit.shoot(page, f"gp-{size[0]}", whole=True)


def test_practice_clusters_are_a_third_level_and_tell_who_reaches_none(
    study: StudyResult, data: dict
) -> None:
    table = next(table for table in data["tables"] if table["key"] == "practice-clusters")
    sums = study.coverage.by_practice_cluster
    shown = sum(row["cells"][2] for row in table["rows"])
    lost = sums.loc[sums["practice_cluster_id"] == "none", "people"].sum()
    assert shown + lost == pytest.approx(sums["people"].sum())
    assert f"{lost:,.0f}".replace(",", ".") in table["note"]
    assert {row["feature"] for row in table["rows"]} <= set(data["features"])


def test_the_list_beside_the_map_is_of_the_table_of_gaps(html: str, data: dict) -> None:
    assert data["ranking"]["table"] == "gaps"
    assert any(column.get("bar") for column in data["tables"][0]["columns"])
    assert 'id="ranking"' in html


def test_every_name_of_a_gap_stays_within_its_outline_in_its_view(html: str, data: dict) -> None:
    shapes = _block(html, "geometry")["shapes"]
    labels = _layer(data, "gaps")["labels"]
    assert labels
    for label in labels:
        assert label["shape"] in shapes
        assert not label.get("step")
        assert label["view"] in {view["key"] for view in data["views"]}
