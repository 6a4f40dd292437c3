"""The page on satellite functions: every row explains itself, what is assumed says so, names stay text."""

import json
import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from markupsafe import escape
from playwright.sync_api import expect

from maps.pages.satellites_page import FILE, satellites_page
from maps.study_pages import PAGES
from maps.telling.site_cover import cover_answers
from maps.telling.site_sections import curve_words
from maps.telling.site_telling import SiteTelling
from maps.web.packing import pack
from maps.web.parts import Link
from pipeline.coverage.zones import NOTHING
from pipeline.site_words import CRITERIA
from pipeline.sites.overview import NEARER, NEWLY_WITHIN, bounds_of, gain_column, time_column
from pipeline.study_result import StudyResult
from tests.found import some
from tests.page_data import unpacked
from tests.page_toys import IMAGE, SCRIPT, toy_study
from tests.site_page_toys import site_study
from tests.visitor import PHONE, Visitor, wait_until

CHOSEN = "telemedicine_room"


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> StudyResult:
    return site_study(tmp_path_factory.mktemp("study"))


@pytest.fixture(scope="module")
def html(study: StudyResult) -> str:
    return satellites_page(study, links=(Link("Oversigt", "index.html"),))


def _block(html: str, name: str) -> dict:
    found = re.search(rf'<script[^>]*id="{name}"[^>]*>(.*?)</script>', html, re.DOTALL)
    assert found
    return json.loads(found[1])


@pytest.fixture(scope="module")
def data(html: str) -> dict:
    return unpacked(_block(html, "page-data"))


def _table(data: dict, key: str) -> dict:
    return next(table for table in data["tables"] if table["key"] == key)


def _layer(data: dict, key: str) -> dict:
    return next(layer for layer in data["layers"] if layer["key"] == key)


def test_packed_data_come_back_whole() -> None:
    part = {"a": "a sentence that is long enough", "b": [1, None, "æ"], "c": {}}
    value = {"x": [part, part, "a sentence that is long enough"], "y": {"z": part}, "n": 1.5}
    packed = pack(value)
    assert unpacked(json.loads(json.dumps(packed))) == value
    assert json.dumps(packed).count("long enough") == 1


def test_every_candidate_that_lacks_the_function_is_ranked_and_explains_itself(
    study: StudyResult, data: dict
) -> None:
    table = study.sites.evaluation.table
    wanted = table[~table["already_there"]]
    rows = {(row["view"], row["feature"]) for row in _table(data, "ranking")["rows"]}
    assert rows == {(r.function_id, f"site:{r.function_id}/{r.site_id}") for r in wanted.itertuples()}
    for view, key in rows:
        feature = data["features"][key]
        assert feature["view"] == view
        why = [text for text, _ in feature["card"]["lists"][0]["items"]]
        assert len(why) == len(CRITERIA)
        assert all(text[0] in "✓?✗" for text in why)
        labels = {field["label"] for field in feature["card"]["fields"]}
        assert {"Vurdering", "Placering", "Blandt de 3 bedste", "Placering i ni af ti prøvekørsler"} <= labels


def test_signs_tell_the_verdict_of_each_criterion(study: StudyResult, data: dict) -> None:
    for row in some(study.sites.evaluation.table.query("not already_there").itertuples()):
        card = data["features"][f"site:{row.function_id}/{row.site_id}"]["card"]
        signs = [text[0] for text, _ in card["lists"][0]["items"]]
        words = {"met": "✓", "to_confirm": "?", "unmet": "✗"}
        assert signs == [words[getattr(row, key)] for key in CRITERIA]


def test_stated_and_assumed_places_have_markers_of_their_own(study: StudyResult, data: dict) -> None:
    shown = {(place["view"], place["feature"], place["marker"]) for place in _layer(data, "today")["places"]}
    pairs = study.sites.supply_pairs
    assert shown == {(p.function_id, f"place:{p.supply_id}", f"place_{p.basis}") for p in pairs.itertuples()}
    assert set(pairs["basis"]) == {"stated", "assumed"}


def test_the_land_is_coloured_by_the_nearest_place_of_today(study: StudyResult) -> None:
    overview = study.site_overview
    minutes = study.sites.inputs.today_min
    for function in some(study.sites.functions):
        columns = study.sites.cases[function.id].places
        nearest = np.full(len(minutes), np.inf)
        for row in range(len(minutes)):
            times = [minutes[row, column] for column in columns if np.isfinite(minutes[row, column])]
            nearest[row] = min(times, default=np.inf)
        np.testing.assert_array_equal(overview.today_min(function.id), nearest)
        classes = overview.zones[time_column(function.id)]
        if not len(columns):
            assert set(classes) == {NOTHING}
        assert classes.max() <= len(bounds_of(function))


def test_gained_land_is_what_new_places_bring_nearer(study: StudyResult) -> None:
    overview, inputs = study.site_overview, study.sites.inputs
    functions = {function.id: function for function in study.sites.functions}
    assert overview.chosen
    for (function_id, _, _), sites in overview.chosen.items():
        function = functions[function_id]
        gain = overview.gain(function, sites)
        before = overview.today_min(function_id)
        for row in range(len(gain)):
            after = min([before[row], *(m for m in inputs.site_min[row, list(sites)] if np.isfinite(m))])
            if before[row] > function.limit_min.value >= after:
                assert gain[row] == NEWLY_WITHIN
            elif after < before[row] and not before[row] - after < 5:
                assert gain[row] == NEARER
            else:
                assert gain[row] == 0


def test_zones_cover_the_land_and_hold_every_choice(study: StudyResult) -> None:
    overview = study.site_overview
    assert overview.zones.area.sum() == pytest.approx(overview.cells.area.sum(), rel=1e-6)
    assert {gain_column(*choice) for choice in overview.chosen} <= set(overview.zones.columns)


def test_people_of_the_municipalities_add_up(study: StudyResult) -> None:
    told = study.site_overview.by_municipality
    for row in some(study.sites.evaluation.today.itertuples()):
        mine = told[told["function_id"] == row.function_id]
        assert mine["people"].sum() == pytest.approx(row.target_people)
        within = (mine["people"] * mine["share_within"]).sum()
        assert within == pytest.approx(row.people_within)


def test_choices_tell_their_proof_and_lead_to_their_step(study: StudyResult, data: dict) -> None:
    rows = _table(data, "choices")["rows"]
    steps = {step["key"] for step in data["steps"]}
    assert len(rows) == sum(len(curve.answers) for curve in study.sites.curves.values())
    assert all(row["cells"][-1] for row in rows)
    assert {data["features"][row["feature"]]["step"] for row in rows} <= steps
    for (function_id, model, count), sites in study.site_overview.chosen.items():
        stars = [
            place
            for place in _layer(data, "best")["places"]
            if (place["view"], place["step"]) == (function_id, f"{model}-{count}")
        ]
        assert len(stars) == len(sites)


def test_every_colour_has_a_shape_and_a_legend(html: str, data: dict) -> None:
    shapes = _block(html, "geometry")["shapes"]
    for layer in some(data["layers"]):
        told = {line["key"] for line in layer.get("legend", ())}
        for part in layer.get("areas", ()):
            assert shapes[part["shape"]]
            assert set(part.get("legend", ())) <= told
        for place in layer.get("places", ()):
            assert place["feature"] in data["features"]
            assert set(place.get("legend", ())) <= told


def test_the_chart_s_numbers_stand_in_a_table_beside_it(study: StudyResult, html: str) -> None:
    for function in some(study.sites.functions):
        part = html.partition(f'<div data-view="{function.id}">')[2].partition("<div data-view=")[0]
        assert part.count('role="img"') == part.count("<figure") == 2
        curve = study.sites.curves[function.id, "max_cover"].table
        told = SiteTelling.of(study).say
        for value in some(curve["people_within"]):
            assert told.number(value) in part


def test_assumptions_stand_on_the_face(html: str) -> None:
    head = html.partition('<aside class="notes"')[2].partition("</aside>")[0]
    assert "steder antages kun at have dem" in head
    assert "Grænser, mindste volumener og flere besøgstal er antagelser" in head
    assert html.count('<span class="mark caution">antagelse</span>') > 10


def test_names_never_become_code(html: str, data: dict) -> None:
    assert IMAGE not in html
    assert SCRIPT not in html
    assert any(IMAGE in feature["name"] for feature in data["features"].values())


def test_candidates_of_one_name_are_told_apart(study: StudyResult) -> None:
    labels = SiteTelling.of(study).sites["label"]
    assert (study.sites.inputs.sites["name"] == IMAGE).sum() > 1
    assert labels.is_unique


def test_the_page_is_the_same_every_time(study: StudyResult, html: str) -> None:
    assert satellites_page(study, links=(Link("Oversigt", "index.html"),)) == html


def test_a_study_without_satellite_functions_has_no_page() -> None:
    bare = toy_study()
    assert not next(page for page in PAGES if page.file == FILE).wanted(bare)
    with pytest.raises(ValueError, match="no satellite functions"):
        satellites_page(bare)


@pytest.fixture(scope="module")
def pages(study: StudyResult, html: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("pages")
    english = study.settings.study.model_copy(update={"language": "en"})
    settings = study.settings.model_copy(update={"study": english})
    (root / "da.html").write_text(html, encoding="utf-8")
    other = replace(study, settings=settings)
    (root / "en.html").write_text(satellites_page(other), encoding="utf-8")
    return root


@pytest.mark.browser
def test_a_reader_chooses_function_and_number_of_places(visit: Visitor, pages: Path) -> None:
    page = visit(pages / "da.html")
    page.locator(f"#view-{CHOSEN}").check()
    expect(page.locator("[data-view]:visible")).to_have_count(1)
    expect(page.locator(f"[data-view={CHOSEN}]")).to_be_visible()
    stars = page.locator(".place[data-feature^='site:']")
    expect(stars).to_have_count(0)
    page.locator("#step-max_cover-1").focus()
    page.keyboard.press("Space")
    expect(stars).to_have_count(1)
    expect(page.locator("#step-note")).to_contain_text("Hvis funktionen åbner i")
    expect(page.locator("#legend")).to_contain_text("Nyt sted i det bedste valg")
    assert page.locator(".leaflet-raised-pane path").count() >= 1
    stars.first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text("Kriterier")
    page.keyboard.press("Escape")
    page.locator("#step-today").check()
    expect(stars).to_have_count(0)


@pytest.mark.browser
def test_the_address_keeps_function_and_number_of_places(visit: Visitor, pages: Path) -> None:
    page = visit(pages / "da.html")
    page.locator(f"#view-{CHOSEN}").check()
    page.locator("#step-max_cover-1").check()
    wait_until(page, f"location.hash === '#view={CHOSEN}&step=max_cover-1'")
    expect(page.locator("#shown")).to_contain_text("Nye steder: Flest borgere inden for grænsen: 1")
    page.reload()
    expect(page.locator("#step-max_cover-1")).to_be_checked()
    expect(page.locator(f"#view-{CHOSEN}")).to_be_checked()


@pytest.mark.browser
def test_a_row_opens_its_reasons_and_leads_to_the_map(visit: Visitor, pages: Path) -> None:
    page = visit(pages / "da.html", fragment=f"#view={CHOSEN}&step=p_median-1")
    button = page.locator("#table .unfold").first
    button.focus()
    page.keyboard.press("Enter")
    expect(button).to_have_attribute("aria-expanded", "true")
    expect(page.locator("#table tr.fold")).to_contain_text("Kriterier: ✓ opfyldt")
    page.keyboard.press("Enter")
    expect(page.locator("#table tr.fold")).to_have_count(0)
    page.locator("#table .row-link").first.click()
    card = page.get_by_role("dialog")
    expect(card).to_be_visible()
    card.get_by_role("button", name="Vis i tabellen").press("Enter")
    expect(page.locator("#table tr.chosen")).to_be_in_viewport()
    page.locator("#table-choices").check()
    page.get_by_role("button", name=re.compile("Flest borgere inden for grænsen: 2 nye steder")).click()
    expect(page.locator("#step-max_cover-2")).to_be_checked()


@pytest.mark.browser
@pytest.mark.parametrize("size", [(1440, 1000), PHONE])
@pytest.mark.parametrize("lang", ["da", "en"])
def test_axe_finds_nothing_and_nothing_is_cut_off(
    visit: Visitor, pages: Path, lang: str, size: tuple[int, int]
) -> None:
    page = visit(pages / f"{lang}.html", size=size, bypass_csp=True, fragment=f"#view={CHOSEN}")
    assert page.evaluate("document.documentElement.lang") == lang
    page.locator("#step-max_cover-1").check()
    page.locator("#table .unfold").first.click()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert visit.findings(page) == []
    visit.shoot(page, f"satellites-{lang}-{size[0]}", whole=True)
    assert page.locator("img, iframe, object").count() == 0


@pytest.mark.parametrize("model", ["max_cover", "p_median"])
def test_a_curve_without_any_choice_says_so(model: str) -> None:
    steps = [SimpleNamespace(solved=False, count=count, row=None) for count in range(3)]
    assert str(curve_words(steps, model)) == "No choice of places could be worked out."  # type: ignore[arg-type]


@pytest.mark.parametrize(("backup", "whom"), [(1, "af et sted"), (2, "af 2 steder")])
def test_the_page_tells_how_few_places_suffice_and_who_is_in_the_way(
    tmp_path: Path, backup: int, whom: str
) -> None:
    found = site_study(tmp_path, choice={"models": ["set_cover"], "backup": backup})
    told = SiteTelling.of(found)
    page = satellites_page(found)
    for function_id in some(told.functions):
        answers = cover_answers(told, function_id)
        assert whom in answers[0].head
        for (owner, _), curve in told.study.covers.items():
            answer = curve.answers[0]
            if owner != function_id or not answer.blockers.size:
                continue
            assert "ikke muligt" in answers[0].head
            assert any(line.startswith("De fleste af dem bor i: ") for line in answers[0].lines)
        for answer in answers:
            assert str(escape(answer.head)) in page
            assert not any(line.endswith("..") for line in answer.lines)


def test_nothing_is_told_of_set_cover_where_it_was_not_asked(html: str) -> None:
    assert "Hvor få nye steder" not in html
