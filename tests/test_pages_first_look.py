"""Pages as a planner meets them: the first screen, what the address keeps, small screens, other colours."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from maps.pages.clusters_page import clusters_page
from maps.pages.index_page import PageCard, index_page
from maps.web.downloads import Download, Downloads
from maps.web.parts import Link
from tests.page_toys import toy_study
from tests.visitor import PHONE, Visitor, wait_until

pytestmark = pytest.mark.browser

LINKS = (Link("Oversigt", "index.html"), Link("Klynger", "clusters.html"))
LAPTOP = (1280, 720)
ZOOMED = (320, 568)
"""What 400 % leaves of a window of 1280 pixels."""

LEAST = 24
"""Pixels of the smallest target, WCAG 2.2."""

CARD_RIGHT = "document.querySelector('.leaflet-popup-content-wrapper')?.getBoundingClientRect().right"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("site")
    study = toy_study()
    (root / "clusters.html").write_text(clusters_page(study, links=LINKS), encoding="utf-8")
    cards = [PageCard("Klynger", "Hvem hører til hvor", "clusters.html")]
    files = tuple(
        Download(f"site_evaluation_with_a_long_name_{i}", (Link("GeoJSON", f"layers/{i}"),))
        for i in range(30)
    )
    book = Download("klyngekort", (Link("Excel", "x"),))
    downloads = [Downloads("Lag", files), Downloads("Regneark", (book,))]
    start = index_page(study, cards=cards, downloads=downloads, links=LINKS, version="1")
    (root / "index.html").write_text(start, encoding="utf-8")
    return root


@pytest.fixture
def clusters(site: Path) -> Path:
    return site / "clusters.html"


def _has_hash(page: Page, wanted: str) -> None:
    wait_until(page, f"location.hash === {json.dumps(wanted)}")


def _is_at(page: Page, view: str, *, practices: bool, chosen: str) -> None:
    wanted = json.dumps([view, practices, chosen])
    state = "[klyngekort.state.view, klyngekort.state.layers.practice, klyngekort.state.chosen]"
    wait_until(page, f"JSON.stringify({state}) === JSON.stringify({wanted})")


def test_the_address_keeps_what_is_shown(visit: Visitor, clusters: Path) -> None:
    page = visit(clusters)
    _has_hash(page, "")
    page.get_by_label("Ordning B 2022").check()
    _has_hash(page, "#view=b")
    page.locator("#layer-practice").check()
    page.locator("#layer-houses").uncheck()
    page.locator(".place[data-feature='facility:hospital-one']").press("Enter")
    _has_hash(page, "#view=b&on=practice&off=houses&f=facility:hospital-one")
    page.reload()
    page.wait_for_selector("html[data-ready=yes]")
    _is_at(page, "b", practices=True, chosen="facility:hospital-one")
    expect(page.get_by_role("dialog", name="Ærøskøbing Hospital")).to_be_visible()
    expect(page.locator("#layer-houses")).not_to_be_checked()
    expect(page.locator("#layer-practice")).to_be_checked()


def test_another_address_of_the_page_is_followed(visit: Visitor, clusters: Path) -> None:
    page = visit(clusters, fragment="#view=b&off=houses")
    page.evaluate("location.hash = '#view=a&f=municipality:0101'")
    expect(page.get_by_role("dialog", name="Ærø")).to_be_visible()
    _is_at(page, "a", practices=False, chosen="municipality:0101")
    expect(page.locator("#layer-houses")).to_be_checked()
    _has_hash(page, "#view=a&f=municipality:0101")
    page.evaluate("location.hash = '#view=nowhere&f=nobody&on=nothing'")
    page.evaluate("location.hash = '#main'")
    _is_at(page, "a", practices=False, chosen="municipality:0101")


@pytest.mark.parametrize("size", [LAPTOP, (1440, 900)])
def test_the_whole_map_stands_on_the_first_screen(
    visit: Visitor, clusters: Path, size: tuple[int, int]
) -> None:
    page = visit(clusters, size=size)
    bottom = page.locator(".stage").evaluate("node => node.getBoundingClientRect().bottom")
    assert size[1] - 60 <= bottom <= size[1]
    expect(page.locator(".leaflet-control-attribution")).to_be_in_viewport(ratio=1)
    page.set_viewport_size({"width": size[0], "height": 640})
    wait_until(page, "document.querySelector('.stage').getBoundingClientRect().bottom <= 640")


@pytest.mark.parametrize("key", ["municipality:0101", "municipality:0106", "facility:house-one"])
def test_a_card_is_not_hidden_by_the_legend(visit: Visitor, clusters: Path, key: str) -> None:
    page = visit(clusters, size=LAPTOP)
    for go in (True, False):
        page.evaluate("([key, go]) => klyngekort.choose(key, {go})", [key, go])
        legend = page.locator("#legend-box").bounding_box()
        assert legend is not None
        wait_until(page, f"{CARD_RIGHT} <= {legend['x']}")  # the map moves aside


def test_what_is_shown_stands_above_the_legend(visit: Visitor, clusters: Path) -> None:
    page = visit(clusters)
    expect(page.locator("#shown")).to_have_text("Landets inddeling: Ordning A 2018")
    page.get_by_label("Ordning B 2022").check()
    expect(page.locator("#shown")).to_have_text("Landets inddeling: Ordning B 2022")


def test_a_search_without_hits_says_so_in_sight(visit: Visitor, clusters: Path) -> None:
    page = visit(clusters)
    none = page.locator("#search-none")
    expect(none).to_be_hidden()
    page.get_by_role("combobox").fill("findes ikke")
    expect(none).to_be_visible()
    expect(none).to_have_text("Intet sted fundet")
    page.get_by_role("combobox").fill("ærø")
    expect(none).to_be_hidden()


@pytest.mark.parametrize("name", ["clusters.html", "index.html"])
def test_at_four_hundred_per_cent_nothing_scrolls_sideways(visit: Visitor, site: Path, name: str) -> None:
    page = visit(site / name, size=ZOOMED)
    page.locator("details").evaluate_all("nodes => nodes.forEach(node => { node.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") <= ZOOMED[0]
    visit.shoot(page, name, whole=True)


def test_long_lists_of_files_are_folded(visit: Visitor, site: Path) -> None:
    page = visit(site / "index.html")
    expect(page.get_by_role("link", name="Excel – klyngekort")).to_be_visible()
    link = page.get_by_role("link", name="GeoJSON – site_evaluation_with_a_long_name_29")
    expect(link).to_be_hidden()
    page.get_by_text("Lag (30)").click()
    expect(link).to_be_visible()


@pytest.mark.parametrize("size", [LAPTOP, PHONE])
def test_targets_are_large_enough(visit: Visitor, clusters: Path, size: tuple[int, int]) -> None:
    page = visit(clusters, size=size)
    page.evaluate("klyngekort.choose('cluster:a/east')")
    small = page.evaluate(
        """least => [...document.querySelectorAll('a[href], button, input, summary')]
            .filter(node => !node.closest('.skips, .leaflet-control-attribution, .credits'))
            .map(node => [node.outerHTML.slice(0, 90), (node.labels?.[0] || node).getBoundingClientRect(), node])
            .filter(([, box, node]) => box.width && node.type !== 'search' && Math.min(box.width, box.height) < least - 0.01)
            .map(([html, box]) => `${html} ${box.width} ${box.height}`)""",
        LEAST,
    )
    assert small == []


def test_the_page_one_is_on_is_marked_in_forced_colours(visit: Visitor, clusters: Path) -> None:
    page = visit(clusters, forced_colors="active")
    here = page.locator("nav a[aria-current=page]")
    assert here.evaluate("node => getComputedStyle(node).outlineStyle") == "solid"
    other = page.locator("nav a:not([aria-current])").first
    assert other.evaluate("node => getComputedStyle(node).outlineStyle") == "none"


def test_names_on_a_phone_are_not_cut_by_the_edge(visit: Visitor, clusters: Path) -> None:
    page = visit(clusters, size=PHONE)
    boxes = page.locator(".label-text").evaluate_all(
        "nodes => nodes.map(node => node.getBoundingClientRect()).map(box => [box.left, box.right])"
    )
    assert boxes
    assert all(left >= 0 and right <= PHONE[0] for left, right in boxes)
