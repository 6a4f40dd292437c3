"""Explain cards and the page on the user's own list: everything told, in both languages, names as text."""

import dataclasses
import io
import json
import re
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import expect
from pypdf import PdfReader

from maps.figures.figure_pool import FigurePool
from maps.figures.figure_set import cluster_atlas
from maps.figures.map_set import shown_figure
from maps.figures.sheet import Caption
from maps.figures.site_figures import ALL, prepare_sites, site_orders
from maps.pages.candidates_page import FILE, candidates_page
from maps.pages.satellites_page import satellites_page
from maps.papers import site_card
from maps.papers.site_card import SiteCard, card_links, card_sites
from maps.papers.site_cards import write_cards
from maps.study_pages import PAGES, write_map_pages, write_start_page
from maps.telling.site_telling import SiteTelling
from maps.web.parts import Link
from pipeline.site_words import CRITERIA
from pipeline.study_result import StudyResult
from tests.found import some
from tests.page_toys import IMAGE, SCRIPT
from tests.site_page_toys import site_study
from tests.visitor import PHONE, Visitor, wait_until

LINKS = (Link("Oversigt", "index.html"), Link("Egne forslag", FILE))


def _in(study: StudyResult, lang: str) -> StudyResult:
    asked = study.settings.study.model_copy(update={"language": lang})
    return dataclasses.replace(study, settings=study.settings.model_copy(update={"study": asked}))


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> StudyResult:
    return site_study(tmp_path_factory.mktemp("study"))


@pytest.fixture(scope="module")
def told(study: StudyResult) -> SiteTelling:
    return SiteTelling.of(study)


@pytest.fixture(scope="module")
def site(study: StudyResult, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page and the cards in both languages."""
    root = tmp_path_factory.mktemp("site")
    for lang in ("da", "en"):
        one = _in(study, lang)
        folder = root / lang
        folder.mkdir()
        (folder / FILE).write_text(candidates_page(one, links=LINKS), encoding="utf-8")
        with FigurePool() as pool:
            atlas = cluster_atlas(one, one.shown_scheme)
            write_cards(SiteTelling.of(one), atlas, folder, pool=pool, links=LINKS)
    return root


def test_own_proposals_and_the_best_of_each_function_get_a_card(told: SiteTelling) -> None:
    sites = card_sites(told)
    own = told.sites.loc[told.sites["kind"] == "candidate", "site_id"]
    assert set(own) <= set(sites)
    for ranked in told.ranking.values():
        best = ranked[ranked["rank"] == 1]
        assert set(best["site_id"]) <= set(sites)


def test_of_a_long_list_the_best_get_a_card(told: SiteTelling, monkeypatch: pytest.MonkeyPatch) -> None:
    own = told.sites.loc[told.sites["kind"] == "candidate", "site_id"]
    ranks = pd.concat(list(told.ranking.values())).groupby("site_id")["rank"].min()
    monkeypatch.setattr(site_card, "MOST_OWN", 1)
    best = [site for site in card_sites(told) if site in set(own)]
    assert 1 <= len(best) < len(own)
    assert ranks[best[0]] == ranks[ranks.index.isin(own)].min()


def test_a_link_to_a_card_leads_to_a_file_that_is_there(told: SiteTelling, site: Path) -> None:
    links = card_links(told)
    assert links
    page = (site / "da" / FILE).read_text(encoding="utf-8")
    every = satellites_page(told.names.result)
    for key, href in links.items():
        for ending in (".html", ".pdf", ".png"):
            assert (site / "da" / href).with_suffix(ending).stat().st_size > 1000
        assert href in every
        assert told.sites.loc[key, "kind"] != "candidate" or f'href="{href}"' in page


def test_without_papers_nothing_links_to_cards(study: StudyResult) -> None:
    maps = study.settings.maps.model_copy(update={"sheets": False})
    off = dataclasses.replace(study, settings=study.settings.model_copy(update={"maps": maps}))
    assert card_links(SiteTelling.of(off)) == {}
    assert 'href="cards/' not in candidates_page(off)


def test_a_card_names_every_criterion_and_every_function(told: SiteTelling, site: Path) -> None:
    card = SiteCard(told, "forslag-nord")
    text = (site / "da" / "cards" / "forslag-nord.html").read_text(encoding="utf-8")
    for key, reason in told.reasons_of(card.main):
        assert reason in text
        assert not key or told.say(CRITERIA[key])[1:] in text
    for row in card.rows.itertuples():
        assert told.function_names[row.function_id] in text
    assert "delvis antaget" in text


def test_the_main_function_is_one_of_the_best_verdict(told: SiteTelling) -> None:
    order = ["suitable", "reservations", "not_suitable"]
    for site_id in some(card_sites(told)):
        card = SiteCard(told, site_id)
        ranks = [order.index(verdict) for verdict in card.rows["verdict"]]
        assert ranks == sorted(ranks)
        assert order.index(card.main["verdict"]) == min(ranks)


def test_pdf_holds_the_same_words_and_both_pictures(site: Path) -> None:
    content = (site / "da" / "cards" / "forslag-nord.pdf").read_bytes()
    reader = PdfReader(io.BytesIO(content))
    words = " ".join(" ".join(page.extract_text() for page in reader.pages).split())
    for told in ("Forslag Nord", "Begrundelsen: kriterierne ét for ét", "Metode og kilder", "Nye steder"):
        assert told in words


def test_names_never_become_code(site: Path) -> None:
    for page in some(site.rglob("*.html")):
        text = page.read_text(encoding="utf-8")
        assert IMAGE not in text
        assert SCRIPT not in text


def test_rows_left_out_are_told_with_their_reason(told: SiteTelling, site: Path) -> None:
    assert told.left_out["name"].tolist() == [SCRIPT]
    page = (site / "da" / FILE).read_text(encoding="utf-8")
    part = page.partition('id="left-out"')[2].partition("</section>")[0]
    assert "alert(2)&lt;/script&gt;" in part
    assert "Atlantis" in part


def test_the_page_is_the_same_every_time(study: StudyResult, site: Path) -> None:
    assert candidates_page(study, links=LINKS) == (site / "da" / FILE).read_text(encoding="utf-8")


def test_the_page_of_the_list_links_its_own_figures(study: StudyResult, tmp_path: Path) -> None:
    (tmp_path / "static").mkdir()
    for name in ("candidates-blood_tests.svg", "candidates-xray.pdf", "satellites-xray.pdf"):
        (tmp_path / "static" / name).write_text("drawn")
    own = [page for page in PAGES if page.file == FILE]
    write_map_pages(study, tmp_path, own)
    write_start_page(study, tmp_path, tmp_path / "none", own)
    page = (tmp_path / FILE).read_text(encoding="utf-8")
    linked = set(re.findall(r'href="(static/[^"]+)"', page))
    assert linked == {"static/candidates-blood_tests.svg", "static/candidates-xray.pdf"}


def test_cards_are_the_same_every_time(told: SiteTelling, site: Path, tmp_path: Path) -> None:
    with FigurePool() as pool:
        atlas = cluster_atlas(told.names.result, told.names.result.shown_scheme)
        again = write_cards(told, atlas, tmp_path, pool=pool, links=LINKS)
    for path in some(again):
        assert path.read_bytes() == (site / "da" / "cards" / path.name).read_bytes(), path.name


def test_only_a_study_with_a_list_has_the_page(study: StudyResult) -> None:
    page = next(page for page in PAGES if page.file == FILE)
    assert page.wanted(study)
    none = study.settings.sites.model_copy(update={"candidates": None})
    bare = dataclasses.replace(study, settings=study.settings.model_copy(update={"sites": none}))
    assert not page.wanted(bare)


def test_figures_of_all_functions_and_of_each_are_ordered(told: SiteTelling) -> None:
    orders = site_orders(told, Caption("", "", "Kilde", (), "da"), ("png",))
    names = [order.name for order in orders]
    assert names == [
        f"{name}{end}"
        for name in (ALL, *(f"{ALL}-{key}" for key in told.functions))
        for end in ("", "-slide")
    ]
    maps = prepare_sites(told, cluster_atlas(told.names.result, told.names.result.shown_scheme))
    figure = shown_figure(maps, ALL, orders[0].caption)
    words = {text.get_text() for text in figure.findobj(lambda artist: hasattr(artist, "get_text"))}
    assert any("alle 10 funktioner" in word for word in words)


@pytest.mark.browser
def test_a_reader_compares_two_candidates(visit: Visitor, site: Path) -> None:
    page = visit(site / "da" / FILE)
    table = page.locator("#side-by-side table")
    expect(table.locator("thead th")).to_have_count(3)
    expect(table).to_contain_text("Vurdering")
    page.get_by_label("Funktion", exact=True).select_option("telemedicine_room")
    page.get_by_label("Første forslag").select_option("forslag-nord")
    expect(table.locator("thead")).to_contain_text("Forslag Nord")
    page.get_by_label("Andet forslag").select_option("kun-rontgen")
    expect(page.locator("#side-by-side")).to_contain_text("ikke vurderet for denne funktion")
    kept = "#function=telemedicine_room&first=forslag-nord&second=kun-rontgen"
    wait_until(page, f"location.hash === {json.dumps(kept)}")
    again = visit(site / "da" / FILE, fragment=kept)
    assert again.locator("#side-by-side").inner_text() == page.locator("#side-by-side").inner_text()
    page.locator("#functions summary").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#functions details").first).to_have_attribute("open", "")


@pytest.mark.browser
@pytest.mark.parametrize("size", [(1280, 720), PHONE])
def test_no_word_of_a_key_figure_breaks(visit: Visitor, site: Path, size: tuple[int, int]) -> None:
    page = visit(site / "da" / "cards" / "forslag-nord.html", size=size)
    broken = page.locator(".figures dd").evaluate_all(
        """nodes => nodes.flatMap(node => [...node.firstChild.data.matchAll(/[^\\s\\u00a0]+/g)].filter(word => {
            const range = document.createRange();
            range.setStart(node.firstChild, word.index);
            range.setEnd(node.firstChild, word.index + word[0].length);
            return range.getClientRects().length > 1;
        }).map(word => word[0]))"""
    )
    assert broken == []


@pytest.mark.browser
@pytest.mark.parametrize("size", [(1440, 1000), PHONE])
@pytest.mark.parametrize("lang", ["da", "en"])
@pytest.mark.parametrize("name", [FILE, "cards/forslag-nord.html"])
def test_axe_finds_nothing_and_nothing_is_cut_off(
    visit: Visitor, site: Path, name: str, lang: str, size: tuple[int, int]
) -> None:
    page = visit(site / lang / name, size=size, bypass_csp=True)
    assert page.evaluate("document.documentElement.lang") == lang
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    assert visit.findings(page) == []
    visit.shoot(page, f"{name.replace('/', '-')}-{lang}-{size[0]}", whole=True)
