"""Pages in a real browser with the network cut: what a reader does with mouse, keyboard, screen reader, printer."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from maps.pages.clusters_page import clusters_page
from maps.pages.index_page import PageCard, index_page
from maps.web.downloads import Download, Downloads
from maps.web.parts import Link
from tests.page_toys import IMAGE, QUOTES, SCRIPT, toy_study
from tests.visitor import PHONE, Visitor, wait_until

pytestmark = pytest.mark.browser

LINKS = (Link("Oversigt", "index.html"), Link("Klynger", "clusters.html"))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The toy study's pages in both languages."""
    root = tmp_path_factory.mktemp("site")
    for lang in ("da", "en"):
        folder = root / lang
        folder.mkdir()
        study = toy_study(lang)
        (folder / "clusters.html").write_text(clusters_page(study, links=LINKS), encoding="utf-8")
        cards = [PageCard("Klynger", "Hvem hører til hvor", "clusters.html")]
        downloads = [Downloads("Tabeller", (Download("Klynger", (Link("CSV", "tables/clusters.csv"),)),))]
        start = index_page(study, cards=cards, downloads=downloads, links=LINKS, version="1")
        (folder / "index.html").write_text(start, encoding="utf-8")
    return root


@pytest.fixture
def clusters(site: Path) -> Path:
    """The cluster page in Danish."""
    return site / "da" / "clusters.html"


def _rows(page: Page) -> list[str]:
    return page.locator("#table tbody th button").evaluate_all(
        "nodes => nodes.map(n => n.firstChild.textContent)"
    )


def _choose_table(page: Page, name: str) -> None:
    page.locator("#table-choice").get_by_role("radio", name=name, exact=True).check()


@pytest.mark.parametrize(
    ("lang", "name", "title"),
    [
        ("da", "clusters.html", "Klynger, hospitaler og sundhedshuse – Prøve <i>æøå</i>"),
        ("en", "clusters.html", "Clusters, hospitals and health houses – Prøve <i>æøå</i>"),
        ("da", "index.html", "Prøve <i>æøå</i> – Klyngekort"),
        ("en", "index.html", "Prøve <i>æøå</i> – Klyngekort"),
    ],
    ids=["da-clusters", "en-clusters", "da-index", "en-index"],
)
def test_a_page_opens_in_its_language_without_error_or_request(
    visit: Visitor, site: Path, lang: str, name: str, title: str
) -> None:
    page = visit(site / lang / name)
    assert page.title() == title
    assert page.evaluate("document.documentElement.lang") == lang
    visit.shoot(page, f"{lang}-{name}")


def test_every_layer_can_be_taken_off_and_put_back(visit: Visitor, clusters: Path) -> None:
    page = visit(clusters)
    ticks = page.locator("#layers input[type=checkbox]")
    assert ticks.count() == 6
    for i in range(ticks.count()):
        tick = ticks.nth(i)
        before = page.locator("#legend li").all_text_contents()
        tick.focus()
        page.keyboard.press("Space")
        assert page.locator("#legend li").all_text_contents() != before
        page.keyboard.press("Space")
        assert page.locator("#legend li").all_text_contents() == before


def test_a_layer_taken_off_takes_its_markers_and_legend_along(visit: Visitor, clusters: Path) -> None:
    page = visit(clusters)
    marker = page.locator(".place[data-feature='facility:hospital-one']")
    expect(marker).to_have_count(1)
    page.get_by_label("Akuthospitaler", exact=True).uncheck()
    expect(marker).to_have_count(0)
    expect(page.locator("#legend").get_by_text("Akuthospital", exact=True)).to_have_count(0)


def test_a_marker_opens_by_keyboard_and_gives_the_focus_back(visit: Visitor, clusters: Path) -> None:
    page = visit(clusters)
    marker = page.locator(".place[data-feature='facility:hospital-one']")
    assert marker.get_attribute("role") == "button"
    assert marker.get_attribute("aria-label") == "Ærøskøbing Hospital, Akuthospital, 1. januar 2020"
    marker.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Ærøskøbing Hospital")
    expect(dialog).to_be_visible()
    wait_until(page, "document.activeElement.closest('[role=dialog]') !== null")
    page.keyboard.press("Tab")
    wait_until(page, "document.activeElement.closest('[role=dialog]') !== null")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(marker).to_be_focused()


def test_markers_are_reached_with_the_tab_key_alone(visit: Visitor, clusters: Path) -> None:
    page = visit(clusters)
    reached = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.dataset.feature || document.activeElement.id"))
    assert {
        "facility:hospital-one",
        "facility:hospital-two",
        "facility:house-one",
        "search",
        "table-filter",
    } <= reached


def test_what_has_the_focus_is_seen(visit: Visitor, clusters: Path) -> None:
    page = visit(clusters)
    for _ in range(30):
        page.keyboard.press("Tab")
        style = page.evaluate(
            """() => {
                let node = document.activeElement;
                if (node.matches('.segment input')) node = node.nextElementSibling;
                const css = getComputedStyle(node);
                return [css.outlineStyle, parseFloat(css.outlineWidth), node.outerHTML.slice(0, 80)];
            }"""
        )
        assert style[0] != "none", style
        assert style[1] >= 2, style


def test_skip_links_lead_past_the_map(visit: Visitor, clusters: Path) -> None:
    page = visit(clusters)
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    link = page.get_by_role("link", name="Spring kortet over, til tabellen")
    expect(link).to_be_in_viewport()
    page.keyboard.press("Enter")
    wait_until(page, "document.activeElement.id === 'table-part'")


def test_a_row_leads_to_the_map(visit: Visitor, clusters: Path) -> None:
    page = visit(clusters)
    _choose_table(page, "Kommuner")
    before = page.evaluate("klyngekort.map.getCenter().toString()")
    page.get_by_role("button", name="Køge – vis på kortet").click()
    expect(page.get_by_role("dialog", name="Køge")).to_be_visible()
    wait_until(page, f"klyngekort.map.getCenter().toString() !== {json.dumps(before)}")
    wait_until(page, "klyngekort.map.getBounds().contains([55.98, 9.4])")
    row = page.locator("#table tr[aria-current=true]")
    expect(row).to_have_count(1)
    expect(row).to_have_attribute("data-feature", "municipality:0106")
    page.keyboard.press("Escape")
    wait_until(page, "document.activeElement.closest('tr')?.dataset.feature === 'municipality:0106'")


def _click_at(page: Page, lat: float, lon: float) -> None:
    box = page.locator("#map_klyngekort").bounding_box()
    assert box is not None
    point = page.evaluate("([lat, lon]) => klyngekort.map.latLngToContainerPoint([lat, lon])", [lat, lon])
    page.mouse.click(box["x"] + point["x"], box["y"] + point["y"])


def _place(page: Page, key: str) -> tuple[float, float]:
    lon, lat = page.evaluate("key => klyngekort.data.features[key].at", key)
    return lat, lon


def test_an_area_on_the_map_leads_to_its_row(visit: Visitor, clusters: Path) -> None:
    page = visit(clusters)
    _click_at(page, *_place(page, "municipality:0104"))
    expect(page.get_by_role("dialog", name="West")).to_be_visible()
    row = page.locator("#table tr[aria-current=true]")
    expect(row).to_have_attribute("data-feature", "cluster:a/west")
    page.get_by_role("button", name="Vis i tabellen").press("Enter")
    expect(row).to_be_in_viewport()
    wait_until(page, "document.activeElement.closest('tr')?.dataset.feature === 'cluster:a/west'")


def test_a_shared_municipality_names_both_clusters(visit: Visitor, clusters: Path) -> None:
    page = visit(clusters)
    _click_at(page, *_place(page, "municipality:0102"))
    dialog = page.get_by_role("dialog", name="Aabenraa")
    expect(dialog.get_by_role("button", name="East (klynge)")).to_be_visible()
    dialog.get_by_role("button", name="West (klynge)").press("Enter")
    expect(page.get_by_role("dialog", name="West")).to_be_visible()


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("Ærø", "Ærø"),
        ("ærø", "Ærø"),
        ("aero", "Ærø"),
        ("aeroe", "Ærø"),
        ("åbenrå", "Aabenraa"),
        ("aabenraa", "Aabenraa"),
        ("Abenra", "Aabenraa"),
        ("koge", "Køge"),
        ("KØGE", "Køge"),
    ],
)
def test_search_finds_danish_names_however_they_are_typed(
    visit: Visitor, clusters: Path, query: str, name: str
) -> None:
    page = visit(clusters)
    page.get_by_label("Find et sted").fill(query)
    first = page.get_by_role("option").first
    assert first.locator(".hit-name").text_content() == name
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name=name)).to_be_visible()
    page.keyboard.press("Escape")
    wait_until(page, "document.activeElement.id === 'search'")


def test_search_is_used_with_the_arrow_keys(visit: Visitor, clusters: Path) -> None:
    page = visit(clusters)
    box = page.get_by_role("combobox")
    box.fill("ærø")
    options = page.get_by_role("option")
    assert options.count() == 2
    assert box.get_attribute("aria-activedescendant") == "hit-0"
    page.keyboard.press("ArrowDown")
    assert box.get_attribute("aria-activedescendant") == "hit-1"
    assert options.nth(1).get_attribute("aria-selected") == "true"
    page.keyboard.press("Escape")
    assert box.get_attribute("aria-expanded") == "false"
    box.fill("findes ikke")
    expect(page.locator("#live")).to_have_text("Intet sted fundet")


def test_the_switch_changes_map_table_and_cards(visit: Visitor, clusters: Path) -> None:
    page = visit(clusters)
    assert _rows(page) == ["East", "West"]
    expect(page.locator("#legend")).to_contain_text("Kommune i to klynger")
    page.get_by_label("Ordning B 2022").check()
    assert _rows(page) == ["Oest", "Vest"]
    expect(page.locator("#legend")).not_to_contain_text("Kommune i to klynger")
    expect(page.locator("#legend")).to_contain_text("Lukket hospital")
    assert page.locator(".label-text.cluster").all_text_contents() == ["Vest", "Oest (uden akuthospital)"]
    _click_at(page, *_place(page, "municipality:0104"))
    expect(page.get_by_role("dialog", name="Vest")).to_be_visible()


def test_an_address_opens_the_page_at_a_scheme_and_a_place(visit: Visitor, clusters: Path) -> None:
    page = visit(clusters, fragment="#view=b&f=municipality:0101")
    expect(page.get_by_role("dialog", name="Ærø")).to_be_visible()
    expect(page.get_by_label("Ordning B 2022")).to_be_checked()


def test_rows_are_sorted_the_danish_way_and_numbers_by_size(visit: Visitor, clusters: Path) -> None:
    page = visit(clusters)
    _choose_table(page, "Kommuner")
    head = page.locator("#table thead")
    assert _rows(page)[-3:] == ["Zebra", "Ærø", "Aabenraa"]
    assert head.locator("th").first.get_attribute("aria-sort") == "ascending"
    head.get_by_role("button", name="Kommune", exact=True).click()
    assert _rows(page)[:3] == ["Aabenraa", "Ærø", "Zebra"]
    assert head.locator("th").first.get_attribute("aria-sort") == "descending"
    head.get_by_role("button", name="Indbyggere").click()
    cells = page.locator("#table tbody tr td:nth-child(6)").all_text_contents()
    assert cells == ["600", "500", "400", "300", "201", "100"]
    assert head.locator("th[aria-sort=descending]").text_content().startswith("Indbyggere")
    wait_until(page, "document.activeElement.textContent.startsWith('Indbyggere')")


def test_rows_are_filtered(visit: Visitor, clusters: Path) -> None:
    page = visit(clusters)
    _choose_table(page, "Kommuner")
    page.get_by_label("Filtrér rækker").fill("abenra")
    assert _rows(page) == ["Aabenraa"]
    expect(page.locator("#table-count")).to_have_text("1 af 6 rækker")


def test_blanks_are_told_as_not_stated(visit: Visitor, clusters: Path) -> None:
    page = visit(clusters)
    _choose_table(page, "Sundhedshuse")
    row = page.locator("#table tr[data-feature='facility:house-two']")
    assert row.locator("td.missing").count() >= 6
    expect(row.locator("td.missing").first).to_have_text("ikke oplyst")
    row.get_by_role("button").click()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_hostile_names_stand_as_text_everywhere(visit: Visitor, clusters: Path) -> None:
    page = visit(clusters)
    _choose_table(page, "Kommuner")
    assert IMAGE in _rows(page)
    assert SCRIPT in _rows(page)
    page.locator("#table tr[data-feature='municipality:0105'] button").click()
    expect(page.get_by_role("dialog").locator("h3")).to_have_text(SCRIPT)
    page.keyboard.press("Escape")
    page.get_by_label("Find et sted").fill("onerror")
    expect(page.get_by_role("option").first).to_contain_text(IMAGE)
    page.keyboard.press("Escape")
    page.locator(".place[data-feature='facility:house-one']").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog").locator("h3")).to_have_text(IMAGE)
    expect(page.get_by_role("dialog")).to_contain_text(QUOTES)
    page.evaluate("klyngekort.map.setZoom(10, {animate: false})")
    assert IMAGE in page.locator(".label-text").all_text_contents()
    page.locator(".leaflet-interactive").first.hover()
    assert page.locator("img, iframe, object").count() == 0


def test_names_on_the_map_do_not_overlap(visit: Visitor, clusters: Path) -> None:
    page = visit(clusters)
    for zoom in (7, 8.5, 9.5, 11):
        page.evaluate("zoom => klyngekort.map.setZoom(zoom, {animate: false})", zoom)
        boxes = page.locator(".label-text").evaluate_all(
            "nodes => nodes.map(n => n.getBoundingClientRect().toJSON())"
        )
        assert boxes
        for i, a in enumerate(boxes):
            for b in boxes[i + 1 :]:
                apart = a["right"] <= b["left"] + 1 or b["right"] <= a["left"] + 1
                assert apart or a["bottom"] <= b["top"] + 1 or b["bottom"] <= a["top"] + 1


def test_on_paper_the_controls_go_and_every_row_stays(visit: Visitor, clusters: Path) -> None:
    page = visit(clusters)
    page.emulate_media(media="print")
    for hidden in ("#search", "#layers", ".leaflet-control-zoom", ".table-bar", "nav"):
        expect(page.locator(hidden)).to_be_hidden()
    for shown in ("h1", ".notes", "#legend", "#view-shown", "#table", "#credits"):
        expect(page.locator(shown)).to_be_visible()
    assert page.locator("#table-box").evaluate("box => box.scrollHeight <= box.clientHeight + 1")
    expect(page.locator("details:not([open])")).to_have_count(0)
    wait_until(page, "Math.abs(klyngekort.map.getSize().x - 688) < 6")
    visit.shoot(page, "print", whole=True)
    page.emulate_media(media="screen")
    expect(page.locator("details:not([open])")).not_to_have_count(0)


@pytest.mark.parametrize("name", ["clusters.html", "index.html"])
def test_a_phone_shows_everything_without_scrolling_sideways(visit: Visitor, site: Path, name: str) -> None:
    page = visit(site / "da" / name, size=PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
    visit.shoot(page, name, whole=True)


def test_on_a_phone_a_card_fits_the_screen(visit: Visitor, clusters: Path) -> None:
    page = visit(clusters, size=PHONE, has_touch=True)
    page.evaluate("klyngekort.choose('facility:house-one', {go: true})")
    wait_until(page, "!klyngekort.map._panAnim || !klyngekort.map._panAnim._inProgress")
    box = page.locator(".leaflet-popup-content-wrapper").bounding_box()
    area = page.locator("#map_klyngekort").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= PHONE[0]
    assert box["y"] >= area["y"]
    visit.shoot(page, "card")


def test_the_wheel_scrolls_the_page_until_the_map_is_chosen(visit: Visitor, clusters: Path) -> None:
    page = visit(clusters)
    zoom = page.evaluate("klyngekort.map.getZoom()")
    page.mouse.move(500, 500)
    page.mouse.wheel(0, 300)
    wait_until(page, "window.scrollY > 0")
    assert page.evaluate("klyngekort.map.getZoom()") == zoom


@pytest.mark.parametrize("lang", ["da", "en"])
@pytest.mark.parametrize("name", ["clusters.html", "index.html"])
def test_axe_finds_nothing(visit: Visitor, site: Path, lang: str, name: str) -> None:
    page = visit(site / lang / name, bypass_csp=True)
    assert visit.findings(page) == []


def test_axe_finds_nothing_while_in_use(visit: Visitor, clusters: Path) -> None:
    page = visit(clusters, bypass_csp=True)
    for tick in page.locator("#layers input:not(:checked)").all():
        tick.check()
    _choose_table(page, "Sundhedshuse")
    page.evaluate("klyngekort.choose('facility:house-one', {go: true, focus: true})")
    page.locator("details").evaluate_all("nodes => nodes.forEach(node => { node.open = true; })")
    assert visit.findings(page) == []
    page.keyboard.press("Escape")
    page.get_by_role("combobox").fill("æ")
    assert visit.findings(page) == []


def test_axe_finds_nothing_on_a_phone(visit: Visitor, clusters: Path) -> None:
    page = visit(clusters, size=PHONE, bypass_csp=True)
    assert visit.findings(page) == []


def test_the_policy_stops_what_slips_in(visit: Visitor, clusters: Path) -> None:
    page = visit(clusters)
    page.evaluate(
        """() => {
            const script = document.createElement('script');
            script.textContent = 'window.slipped = true';
            document.body.append(script);
            return fetch('https://example.org/').catch(() => {});
        }"""
    )
    assert page.evaluate("window.slipped") is None
    assert visit.requests == []
    assert any("Content Security Policy" in problem for problem in visit.problems)
    visit.problems.clear()


def test_a_background_map_is_fetched_only_when_ticked(visit: Visitor, tmp_path: Path) -> None:
    path = tmp_path / "clusters.html"
    study = toy_study(background_url="https://tiles.example/{z}/{x}/{y}.png", background_credit="Prøvekort")
    path.write_text(clusters_page(study), encoding="utf-8")
    page = visit(path)
    page.get_by_label("Zoom ind").click()
    assert visit.requests == []
    with page.expect_request("https://tiles.example/**"):
        page.get_by_label("Baggrundskort").check()
    expect(page.locator(".leaflet-control-attribution")).to_contain_text("Prøvekort")
    assert visit.requests
    assert all(address.startswith("https://tiles.example/") for address in visit.requests)
    visit.requests.clear()
    page.get_by_label("Baggrundskort").uncheck()
    page.get_by_label("Zoom ud").click()
    assert visit.requests == []
    visit.problems.clear()
