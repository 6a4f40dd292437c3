"""The register in a real browser with the network cut: filter, sort, compare, clusters, phone, paper."""

import itertools
import math
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from maps.pages.houses_page import houses_page
from maps.web.parts import Link
from pipeline.clusters.houses import compare_houses
from pipeline.study_result import StudyResult
from tests.found import some
from tests.house_toys import bundled_register, toy_register
from tests.page_toys import IMAGE, QUOTES, SCRIPT
from tests.visitor import PHONE, Visitor, wait_until

pytestmark = pytest.mark.browser

LINKS = (Link("Oversigt", "index.html"), Link("Klynger", "clusters.html"), Link("Huse", "houses.html"))


@pytest.fixture(scope="module")
def bundled() -> StudyResult:
    return bundled_register()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, bundled: StudyResult) -> Path:
    """The register of the toy houses and of the bundled ones."""
    root = tmp_path_factory.mktemp("houses")
    for name, study in (
        ("toy", toy_register()),
        ("da", bundled),
        ("en", bundled_register("en")),
    ):
        (root / f"{name}.html").write_text(houses_page(study, links=LINKS), encoding="utf-8")
    return root


def _shown(page: Page, table: str = "houses-matrix") -> list[str]:
    rows = page.locator(f"#{table} tbody tr:not([hidden])")
    return rows.evaluate_all("rows => rows.map(row => row.dataset.id)")


def _chosen(page: Page) -> list[str]:
    return [page.locator(f"#house-{i}").input_value() for i in (1, 2)]


@pytest.mark.parametrize("lang", ["da", "en"])
def test_the_page_opens_in_its_language_without_error_or_request(
    visit: Visitor, site: Path, lang: str
) -> None:
    page = visit(site / f"{lang}.html")
    assert page.evaluate("document.documentElement.lang") == lang
    assert page.evaluate("document.documentElement.dataset.ready") == "yes"
    heading = {"da": "Register over sundhedshuse", "en": "Register of health houses"}[lang]
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    assert visit.requests == []
    visit.shoot(page, lang, whole=True)


def test_the_comparison_counts_what_the_pipeline_counts(
    visit: Visitor, site: Path, bundled: StudyResult
) -> None:
    page = visit(site / "da.html")
    ids = sorted(bundled.houses["house_id"])
    pairs = [("haderslev", other) for other in ids[::2]] + list(itertools.pairwise(ids[::2]))
    told = page.evaluate("pairs => pairs.map(([a, b]) => klyngekort.compareHouses(a, b))", pairs)
    assert len(told) == len(pairs) == 51
    for (first, second), page_says in zip(pairs, told, strict=True):
        if first == second:
            continue
        found = compare_houses(bundled.houses, bundled.house_functions, bundled.functions, first, second)
        for share, kind in ((found.shared_functions, "functions"), (found.shared_target_groups, "groups")):
            if math.isnan(share):
                assert page_says[kind]["share"] is None
            else:
                assert page_says[kind]["share"] == pytest.approx(share)
        tenants = {sector: list(counts) for sector, counts in found.tenants.iterrows() if any(counts)}
        assert page_says["tenants"] == tenants
        held = found.functions[found.functions[[first, second]].isin(["present", "planned"]).any(axis=1)]
        parts = page_says["functions"]
        assert {*parts["both"], *parts["first"], *parts["second"]} == set(held["function_id"])


def test_a_cluster_in_full_says_what_the_study_found(
    visit: Visitor, site: Path, bundled: StudyResult
) -> None:
    page = visit(site / "da.html")
    for (scheme, cluster_id), rows in some(bundled.cluster_functions.groupby(["scheme", "cluster_id"])):
        told = page.evaluate("([s, c]) => klyngekort.clusterLists(s, c).lists", [scheme, cluster_id])
        for status, own in rows.groupby("status"):
            houses = {row.function_id: (row.houses, row.planned) for row in own.itertuples()}
            page_says = {e["fn"]: (len(e["held"]), len(e["planned"])) for e in told[status]}
            assert page_says == houses


def test_the_default_profile_shows_the_figures_of_the_presentation(visit: Visitor, site: Path) -> None:
    page = visit(site / "da.html")
    assert _chosen(page) == ["haderslev", "kolding-laasbyhoej"]
    table = page.locator(".compare")

    def row(label: str) -> list[str]:
        own = table.locator("tr", has=page.get_by_role("rowheader", name=label, exact=True))
        return own.locator("td").all_text_contents()

    assert row("Etageareal") == ["5.200 m²", "6.000 m²"]
    assert row("Samlet pris") == ["76 mio. kr.", "50 mio. kr."]
    assert row("Pris pr. m²") == ["14.615 kr.", "8.333 kr."]
    assert row("Regionens andel") == ["40 %", "32 %"]
    assert row("Areal til udlejning") == ["700 m²", "ikke oplyst"]
    expect(page.get_by_role("heading", name="Funktioner: 3 af 20 er fælles (15 %)")).to_be_visible()
    expect(page.get_by_role("heading", name="Målgrupper: 3 af 5 er fælles (60 %)")).to_be_visible()
    link = page.get_by_role("link", name="vis på kortet – Haderslev Sundhedscenter")
    assert link.get_attribute("href") == "clusters.html#f=facility:house-haderslev"


def test_any_two_houses_are_chosen_and_the_address_remembers_them(visit: Visitor, site: Path) -> None:
    page = visit(site / "da.html")
    page.get_by_label("Første hus", exact=True).select_option("lemvig")
    page.get_by_label("Andet hus", exact=True).select_option("skive")
    expect(page.locator(".compare thead th").first).to_contain_text("Lemvig Sundhedshus")
    expect(page.locator("#live")).to_have_text("Lemvig Sundhedshus og Skive Sundhedshus side om side")
    wait_until(page, "location.hash === '#compare=lemvig,skive&view=a'")
    page.get_by_label("Andet hus", exact=True).select_option("lemvig")
    assert _chosen(page) == ["skive", "lemvig"]
    again = visit(site / "da.html", fragment="#compare=lemvig,skive&view=b")
    assert _chosen(again) == ["lemvig", "skive"]
    expect(again.get_by_role("radio", name="Ordning B 2022")).to_be_checked()
    odd = visit(site / "da.html", fragment="#compare=nobody,skive&view=nowhere")
    assert _chosen(odd) == ["haderslev", "kolding-laasbyhoej"]


def test_a_house_of_the_register_is_taken_into_the_comparison(visit: Visitor, site: Path) -> None:
    page = visit(site / "da.html")
    page.get_by_role("button", name="Skive Sundhedshus – vis i sammenligningen").first.press("Enter")
    assert _chosen(page) == ["skive", "kolding-laasbyhoej"]
    wait_until(page, "document.activeElement.id === 'compare'")
    marked = page.locator("#houses-matrix tr.chosen").evaluate_all("rows => rows.map(r => r.dataset.id)")
    assert set(marked) == {"skive", "kolding-laasbyhoej"}


def test_houses_are_filtered_in_both_tables_and_the_totals_follow(
    visit: Visitor, site: Path, bundled: StudyResult
) -> None:
    page = visit(site / "da.html")
    houses = bundled.houses.set_index("house_id")
    filters = page.get_by_role("search")
    expect(page.locator("#house-count")).to_have_text("51 af 51 huse")
    filters.get_by_label("Ejer", exact=True).select_option("region")
    owned = set(houses.index[houses["owner"] == "region"])
    assert set(_shown(page)) == set(_shown(page, "facts-table")) == owned
    filters.get_by_label("Funktion", exact=True).select_option("outpatient_clinics")
    held = bundled.house_functions
    narrow = bundled.functions.loc[bundled.functions["part_of"] == "outpatient_clinics", "function_id"]
    clinics = held[held["function_id"].isin(["outpatient_clinics", *narrow])]
    expected = owned & set(clinics["house_id"][clinics["status"].isin(["present", "planned"])])
    assert set(_shown(page)) == expected
    assert expected
    page.get_by_role("button", name="Nulstil filtre").click()
    assert len(_shown(page)) == 51
    filters.get_by_label("Navn eller sted").fill("aeroeskoebing")
    assert _shown(page) == ["aeroeskoebing"]
    totals = page.locator("#houses-matrix tfoot td.total").all_text_contents()
    present = page.locator("#houses-matrix tr[data-id=aeroeskoebing] td.present").count()
    assert sum(map(int, totals)) == present
    filters.get_by_label("Navn eller sted").fill("findes ikke")
    expect(page.locator("#no-houses")).to_be_visible()
    expect(page.locator("#house-count")).to_have_text("0 af 51 huse")


def test_regions_and_clusters_are_those_of_the_division_shown(visit: Visitor, site: Path) -> None:
    page = visit(site / "toy.html")
    filters = page.get_by_role("search")
    assert filters.get_by_label("Klynge", exact=True).locator("option").all_text_contents() == [
        "alle",
        "East",
        "West",
    ]
    filters.get_by_label("Klynge", exact=True).select_option("east")
    assert set(_shown(page)) == {"one", "three"}
    filters.get_by_label("Landets inddeling").select_option("b")
    assert filters.get_by_label("Klynge", exact=True).locator("option").all_text_contents() == [
        "alle",
        "Oest",
        "Vest",
    ]
    assert len(_shown(page)) == 3
    expect(page.get_by_role("radio", name="Ordning B 2022")).to_be_checked()
    expect(page.locator(".scheme-part:visible")).to_have_attribute("data-scheme", "b")
    filters.get_by_label("Klynge", exact=True).select_option("vest")
    assert _shown(page) == ["two"]


def test_rows_are_sorted_by_any_heading_and_blanks_stay_last(visit: Visitor, site: Path) -> None:
    page = visit(site / "toy.html")
    assert _shown(page) == ["one", "two", "three"]  # <img … before Ølgod, and Aalborg with its å last
    heads = page.locator("#houses-matrix thead")
    expect(heads.locator("th[aria-sort=ascending]")).to_contain_text("Sundhedshus")
    heads.get_by_role("button", name="Sundhedshus").click()
    assert _shown(page) == ["three", "two", "one"]
    heads.get_by_role("button", name="Blodprøver").click()
    assert _shown(page) == ["one", "three", "two"]
    heads.get_by_role("button", name="Blodprøver").press("Enter")
    assert _shown(page) == ["three", "one", "two"]
    expect(heads.locator("th[aria-sort]")).to_have_count(1)
    for _ in range(2):
        heads.get_by_role("button", name="Antal").click()
        assert _shown(page)[0] == "one"  # the others state nothing that they hold
    expect(page.locator("#houses-matrix tr[data-id=three] td.count")).to_contain_text("+ 1 planlagt")
    page.locator("#tab-facts").check(force=True)
    facts = page.locator("#facts-table thead")
    facts.get_by_role("button", name="Etageareal").click()
    assert _shown(page, "facts-table") == ["one", "three", "two"]
    facts.get_by_role("button", name="Etageareal").click()
    assert _shown(page, "facts-table") == ["three", "one", "two"]
    facts.get_by_role("button", name="Åbnet").click()
    assert _shown(page, "facts-table") == ["one", "three", "two"]


def test_functions_beyond_the_catalogue_are_shown_on_request(visit: Visitor, site: Path) -> None:
    page = visit(site / "toy.html")
    head = page.get_by_role("columnheader", name="Hjerte <b>")
    expect(head).to_have_count(0)
    page.get_by_label("Vis også funktioner uden for kataloget").check()
    expect(head).to_be_visible()
    expect(page.get_by_role("columnheader", name="Regional, uden for kataloget")).to_be_visible()


def test_marks_are_told_to_those_who_do_not_see_them(visit: Visitor, site: Path) -> None:
    page = visit(site / "toy.html")
    cells = page.locator(
        "#houses-matrix tr[data-id=three] td:not(.extra):not(.count) .hidden"
    ).all_text_contents()
    assert cells == ["indtil huset blev afløst", "ikke oplyst", "planlagt", "ikke oplyst"]
    blank = page.locator("#houses-matrix tr[data-id=two] td.blank")
    assert blank.locator(".dot").count() == 0
    assert set(blank.all_inner_texts()) == {"ikke oplyst"}


def test_a_cluster_is_opened_from_its_row(visit: Visitor, site: Path) -> None:
    page = visit(site / "toy.html")
    page.locator("#clusters-a-matrix").get_by_role("button", name="West – vis i detaljer").press("Enter")
    wait_until(page, "document.activeElement.id === 'cluster-part'")
    box = page.locator("#cluster-lists")
    expect(box.get_by_role("heading", level=3)).to_have_text("West")
    expect(box.get_by_role("heading", name="Kun planlagt (1)")).to_be_visible()
    expect(box.get_by_role("heading", name="Ikke oplyst for noget hus (3)")).to_be_visible()
    expect(box).to_contain_text("Huse i registret (2): Ølgod hus, Aalborg hus.")
    expect(page.locator("#clusters-a-matrix tr.chosen")).to_have_attribute("data-id", "west")
    page.get_by_label("Én klynge i detaljer").select_option("east")
    expect(box.get_by_role("heading", name="Kendt i klyngen (3)")).to_be_visible()


def test_hostile_names_stand_as_text_everywhere(visit: Visitor, site: Path) -> None:
    page = visit(site / "toy.html")
    page.get_by_label("Vis også funktioner uden for kataloget").check()
    expect(page.locator(".compare thead th").first).to_contain_text(IMAGE)
    expect(page.locator(".compare")).to_contain_text(QUOTES)
    expect(page.locator(".compare")).to_contain_text(SCRIPT)
    expect(page.locator("#cluster-lists")).to_contain_text(IMAGE)
    expect(page.locator("#houses-matrix")).to_contain_text(IMAGE)
    assert page.locator("main img, main iframe, main object, main script, main i, main b").count() == 0


@pytest.mark.parametrize(
    ("tab", "size"), [("functions", (1440, 900)), ("facts", PHONE)], ids=["functions-desktop", "facts-phone"]
)
def test_axe_finds_nothing(visit: Visitor, site: Path, tab: str, size: tuple[int, int]) -> None:
    page = visit(site / "toy.html", size=size, bypass_csp=True)
    page.locator("#extra").evaluate("box => box.click()")
    page.locator(f"#tab-{tab}").check(force=True)
    page.locator("details").evaluate_all("nodes => nodes.forEach(node => { node.open = true; })")
    assert visit.findings(page) == []


def test_what_has_the_focus_is_seen(visit: Visitor, site: Path) -> None:
    page = visit(site / "toy.html")
    reached = set()
    while True:
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement === document.body"):
            break
        name, line, width = page.evaluate(
            """() => {
                let node = document.activeElement;
                if (node.matches('.segment input')) node = node.nextElementSibling;
                const css = getComputedStyle(node);
                return [node.id || node.dataset.open || node.outerHTML, css.outlineStyle, parseFloat(css.outlineWidth)];
            }"""
        )
        assert line != "none", name
        assert width >= 2
        reached.add(name)
    assert {
        "filter-words",
        "filter-cluster",
        "filter-clear",
        "extra",
        "one",
        "house-1",
        "one-cluster",
    } <= reached


@pytest.mark.parametrize("tab", ["functions", "facts"])
def test_a_phone_shows_everything_without_scrolling_sideways(visit: Visitor, site: Path, tab: str) -> None:
    page = visit(site / "da.html", size=PHONE)
    page.locator(f"#tab-{tab}").check(force=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
    table = page.locator(".compare")
    box = table.bounding_box()
    assert box is not None
    assert box["x"] + box["width"] <= PHONE[0]
    assert page.get_by_role("table", name="Haderslev Sundhedscenter og").count() == 1
    visit.shoot(page, tab, whole=True)


def test_heads_and_names_stay_in_sight_while_the_matrix_is_scrolled(visit: Visitor, site: Path) -> None:
    page = visit(site / "da.html")
    page.locator("#extra").check()
    box = page.locator("#part-functions .matrix-box")
    box.evaluate("box => { box.scrollLeft = 700; box.scrollTop = 600; }")
    outer = box.bounding_box()
    corner = page.locator("#houses-matrix thead .corner").bounding_box()
    name = page.locator("#houses-matrix tbody th").nth(20).bounding_box()
    foot = page.locator("#houses-matrix tfoot th").bounding_box()
    assert outer is not None
    assert corner is not None
    assert name is not None
    assert foot is not None
    assert corner["x"] == pytest.approx(outer["x"], abs=2)
    assert corner["y"] == pytest.approx(outer["y"], abs=2)
    assert name["x"] == pytest.approx(outer["x"], abs=2)
    assert foot["y"] + foot["height"] == pytest.approx(outer["y"] + outer["height"], abs=20)


def test_on_paper_both_tables_stand_whole_and_the_controls_go(visit: Visitor, site: Path) -> None:
    page = visit(site / "da.html", size=(688, 1000))
    page.emulate_media(media="print")
    for hidden in ("#filters", ".toc", "#tabs", "#one-cluster", "nav"):
        expect(page.locator(hidden).first).to_be_hidden()
    for shown in ("#houses-matrix", "#facts-table", ".compare", "#reading"):
        expect(page.locator(shown)).to_be_visible()
    for box in some(page.locator(".table-box:visible").all()):
        assert box.evaluate("box => box.scrollHeight <= box.clientHeight + 1")
        assert box.evaluate("box => box.scrollWidth <= box.clientWidth + 1")
    visit.shoot(page, "print", whole=True)


def test_without_script_the_tables_are_read(visit: Visitor, site: Path) -> None:
    page = visit(site / "da.html", java_script_enabled=False)
    for shown in ("#houses-matrix", "#facts-table", "#clusters-a-matrix", "#clusters-b-matrix"):
        expect(page.locator(shown)).to_be_visible()
    expect(page.locator("#filters")).to_be_hidden()
    expect(page.locator("noscript p")).to_contain_text("Uden JavaScript kan tabellerne læses")
