"""The pages of the bundled study: small enough, every cluster named, nothing serious for assistive technology."""

import dataclasses
from io import BytesIO
from pathlib import Path

import pytest
from matplotlib.figure import Figure
from playwright.sync_api import expect
from pypdf import PdfReader

from maps.figures.cluster_figures import cluster_figure
from maps.figures.figure_set import cluster_atlas
from maps.figures.lettering import MM_PER_INCH
from maps.figures.sheet import Caption
from maps.naming import SHEETS, Names, sheet_file
from maps.pages.cluster_layers import study_topology
from maps.pages.index_page import PageCard, index_page
from maps.paper.document import paper_pdf
from maps.paper.page import paper_html
from maps.paper.pictures import with_pictures
from maps.papers.cluster_paper import ClusterPapers
from maps.papers.cluster_sheets import SHEET
from maps.results import result_tables
from maps.study_pages import PAGES, page_links
from pipeline.messages import Language
from pipeline.settings import PROJECT
from pipeline.settings.file import load_settings
from pipeline.study import run_study
from pipeline.study_inputs import read_inputs
from pipeline.study_result import StudyResult
from tests.found import some
from tests.visitor import PHONE, Visitor

MOST_BYTES = 5_000_000
CLUSTER = "hst-bornholm"
SCHEMES = {"klynger-2018": 22, "sundhedsklynger-2022": 22, "sundhedsraad-2027": 17}


@pytest.fixture(scope="module")
def study() -> StudyResult:
    settings = load_settings(PROJECT / "config" / "denmark.toml")
    return run_study(settings, read_inputs(settings))


@pytest.fixture(scope="module")
def site(study: StudyResult, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every page of the study in Danish, with the sheet of one cluster, and in English in a folder of its own."""
    folder = tmp_path_factory.mktemp("denmark")
    for lang, place in (("da", folder), ("en", folder / "en")):
        told = study.settings.study.model_copy(update={"language": lang})
        settings = study.settings.model_copy(update={"study": told})
        result = dataclasses.replace(study, settings=settings)
        links = page_links(result)
        (place / SHEETS).mkdir(parents=True)
        for page in PAGES:
            (place / page.file).write_text(page.make(result, links=links), encoding="utf-8")
        cards = [PageCard(page.title, page.text, page.file) for page in PAGES]
        start = index_page(result, cards=cards, links=links)
        (place / "index.html").write_text(start, encoding="utf-8")
        paper = ClusterPapers(Names(result, lang), result_tables(result)).paper(CLUSTER)
        atlas = cluster_atlas(result, result.shown_scheme)
        figure = cluster_figure(atlas, CLUSTER, Caption("", "", "", (), lang), SHEET)
        sheet = paper_html(with_pictures(paper, [figure]), links=links)
        (place / sheet_file(CLUSTER, "html")).write_text(sheet, encoding="utf-8")
    return folder


def test_the_pages_stay_within_their_budget(site: Path) -> None:
    for path in some(site.rglob("*.html")):
        assert 10_000 < path.stat().st_size <= MOST_BYTES, path.name


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_cluster_border_lies_between_different_clusters_only(study: StudyResult, scheme: str) -> None:
    topology = study_topology(Names(study, "da"))
    members = study.cluster_members[study.cluster_members["scheme"] == scheme]
    clusters_of = members.groupby("municipality_code")["cluster_id"].agg(frozenset)
    sides: dict[int, list[frozenset[str]]] = {}
    for code in study.municipalities["municipality_code"]:
        for arc in (max(arc, ~arc) for ring in topology.shapes[code] for arc in ring):
            sides.setdefault(arc, []).append(clusters_of.get(code, frozenset()))
    differing = {arc for arc, two in sides.items() if len(two) == 2 and two[0] != two[1]}
    assert differing
    assert set(topology.lines[f"border:{scheme}"]) == differing


def test_what_is_approximate_stands_on_the_face_of_every_page(site: Path) -> None:
    for path in some(path for path in site.glob("*.html") if path.name != "houses.html"):
        head = path.read_text(encoding="utf-8").partition('<aside class="notes"')[2].partition("</aside>")[0]
        assert "Kommunegrænserne er tilnærmede" in head
        assert "modelleret" in head


@pytest.mark.browser
@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_cluster_is_named_on_the_map_of_the_country(visit: Visitor, site: Path, scheme: str) -> None:
    page = visit(site / "clusters.html", fragment=f"#view={scheme}")
    expect(page.locator(".label-text.cluster")).to_have_count(SCHEMES[scheme])
    assert page.locator("#table tbody tr").count() == SCHEMES[scheme]
    visit.shoot(page, scheme)


@pytest.mark.browser
def test_the_seven_shared_municipalities_and_klynge_syd_are_shown(visit: Visitor, site: Path) -> None:
    page = visit(site / "clusters.html")
    striped = page.locator("path[fill^='url(#paint-'][fill$='-shared)']")
    assert striped.count() == 7
    names = page.locator(".label-text.cluster").all_text_contents()
    assert [name for name in names if "uden akuthospital" in name] == ["Klynge Syd (uden akuthospital)"]


@pytest.mark.browser
def test_bornholm_is_in_sight_on_a_desktop_and_a_button_away_on_a_phone(visit: Visitor, site: Path) -> None:
    inside = "klyngekort.map.getBounds().contains([55.1, 14.9])"
    assert visit(site / "clusters.html").evaluate(inside)
    phone = visit(site / "clusters.html", size=PHONE)
    assert not phone.evaluate(inside)
    phone.get_by_role("button", name="Bornholm", exact=True).click()
    assert phone.evaluate(inside)


FILES = ("index.html", *(page.file for page in PAGES), sheet_file(CLUSTER, "html"))
MAP_FILES = tuple(page.file for page in PAGES if page.file not in {"houses.html", "candidates.html"})


@pytest.mark.browser
@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("lang", ["da", "en"])
def test_a_page_is_accessible_in_its_language_at_every_width(
    visit: Visitor, site: Path, lang: str, name: str
) -> None:
    file = (site if lang == "da" else site / "en") / name
    page = visit(file, bypass_csp=True)
    assert page.evaluate("document.documentElement.lang") == lang
    assert page.title()
    if lang == "da" and name != "houses.html":  # the same markup in English; houses have tests of their own
        assert visit.findings(page) == []
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
    visit.shoot(page, f"{lang}-{Path(name).stem}-phone", whole=True)


@pytest.mark.browser
@pytest.mark.parametrize("name", MAP_FILES)
def test_search_finds_aeroe_and_opens_it_by_keyboard(visit: Visitor, site: Path, name: str) -> None:
    page = visit(site / name)
    page.get_by_role("combobox").first.fill("Ærø")
    assert "Ærø" in (page.get_by_role("option").first.text_content() or "")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


@pytest.mark.browser
@pytest.mark.parametrize("name", MAP_FILES)
def test_heads_of_a_printed_table_hold_no_buttons(visit: Visitor, site: Path, name: str) -> None:
    page = visit(site / name)
    page.emulate_media(media="print")
    shown = page.locator("#table thead button").evaluate_all(
        "all => all.map(b => getComputedStyle(b).display)"
    )
    assert shown
    assert set(shown) == {"contents"}


@pytest.mark.browser
def test_a_cluster_leads_to_its_sheet(visit: Visitor, site: Path) -> None:
    page = visit(site / "clusters.html", fragment=f"#f=cluster:klynger-2018/{CLUSTER}")
    link = page.get_by_role("dialog").get_by_role("link").first
    assert link.get_attribute("href") == sheet_file(CLUSTER, "html")
    link.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Bornholm")


BLANK = Figure(figsize=(SHEET.width / MM_PER_INCH, SHEET.width * (SHEET.tallest + 0.17) / MM_PER_INCH))
"""As large as the map of a sheet can be."""


def test_every_sheet_has_two_pages(study: StudyResult) -> None:
    papers = ClusterPapers(Names(study, "da"), result_tables(study))
    for key in some(papers.clusters.index):
        pages = PdfReader(BytesIO(paper_pdf(with_pictures(papers.paper(key), [BLANK]), fit=True))).pages
        assert len(pages) == 2, key


@pytest.mark.browser
@pytest.mark.parametrize(("lang", "step"), [("da", 1), ("en", 6)])
def test_sheets_print_on_two_pages(
    visit: Visitor, study: StudyResult, tmp_path: Path, lang: Language, step: int
) -> None:
    papers = ClusterPapers(Names(study, lang), result_tables(study))
    file = tmp_path / "sheet.html"
    for key in some(papers.clusters.index[::step]):
        sheet = paper_html(with_pictures(papers.paper(key), [BLANK]), links=page_links(study))
        file.write_text(sheet, encoding="utf-8")
        printed = visit(file).pdf(format="A4", print_background=True)
        visit.close()
        assert len(PdfReader(BytesIO(printed)).pages) == 2, key
