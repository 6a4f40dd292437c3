"""The pages of a study: which there are, how they lead to each other, and the start page before them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final

from maps.naming import Names
from maps.pages.access_page import access_page
from maps.pages.candidates_page import FILE as CANDIDATES
from maps.pages.candidates_page import candidates_page
from maps.pages.candidates_page import wanted as own_list
from maps.pages.clusters_page import clusters_page
from maps.pages.gp_page import gp_coverage_page
from maps.pages.houses_page import ABOUT as HOUSES
from maps.pages.houses_page import houses_page
from maps.pages.index_page import FILE as START
from maps.pages.index_page import PageCard, index_page
from maps.pages.news import compared, news, state_of, write_state
from maps.pages.satellites_page import FILE as SATELLITES
from maps.pages.satellites_page import satellites_page
from maps.study_files import figure_files, study_files
from maps.telling.key_figures import key_figures
from maps.web.parts import Link
from pipeline.messages import Message, msg, translator
from pipeline.study_result import StudyResult


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a study: its file, what it is called, what it shows, how it is made and whether it is.

    A page with `figures` lists the figures whose names begin so, and is written when they are drawn.
    """

    file: str
    title: Message
    text: Message
    make: Callable[..., str]
    picture: str = ""
    wanted: Callable[[StudyResult], bool] = lambda _: True
    figures: str = ""


PAGES: Final = (
    Page(
        "clusters.html",
        msg("Clusters"),
        msg("The health clusters of 2018, 2022 and 2027 with their hospitals and health houses."),
        clusters_page,
        "clusters",
    ),
    Page(
        "acute-access.html",
        msg("Acute hospitals"),
        msg("How soon people reach an acute hospital by car, and whether it is that of their own cluster."),
        access_page,
        "acute-access",
    ),
    Page(
        "gp-coverage.html",
        msg("GP coverage"),
        msg(
            "Where people lack a GP: every gap with its people, its reasons, how robust it is, what would "
            "close it."
        ),
        gp_coverage_page,
        "gp-coverage",
        lambda result: result.coverage is not None,
    ),
    Page(
        SATELLITES,
        msg("Satellite functions"),
        msg("Where hospital functions could move out: the best new places, and why each one stands there."),
        satellites_page,
        "satellites",
        lambda result: result.sites is not None,
    ),
    Page(
        CANDIDATES,
        msg("Own proposals"),
        msg("Your own list of candidate sites: ranked for each function, compared, and what was left out."),
        candidates_page,
        wanted=own_list,
        figures="candidates",
    ),
    Page("houses.html", msg("Health houses"), HOUSES, houses_page, "houses"),
)
"""The pages of a study beside the start page, in the order of the navigation."""


def page_links(result: StudyResult, wanted: Sequence[Page] = PAGES) -> tuple[Link, ...]:
    """Link to the pages that a study has, the start page first."""
    pages = (Link(page.title, page.file) for page in wanted if page.wanted(result))
    return (Link(msg("Start page"), START), *pages)


def write_map_pages(result: StudyResult, new: Path, wanted: Sequence[Page] = PAGES) -> None:
    """Write the pages that the study has something for in `new`, those that list figures apart."""
    links = page_links(result, wanted)
    for page in (page for page in wanted if page.wanted(result) and not page.figures):
        (new / page.file).write_text(page.make(result, links=links), encoding="utf-8")


def write_start_page(result: StudyResult, new: Path, earlier: Path, wanted: Sequence[Page] = PAGES) -> None:
    """Write the start page with pictures of all pages and links to all files in `new`.

    Pages that list figures are written too. News are told against the results in `earlier`.
    """
    links = page_links(result, wanted)
    cards = []
    for page in (page for page in wanted if page.wanted(result)):
        picture = new / "static" / f"{page.picture}.png"
        cards.append(PageCard(page.title, page.text, page.file, picture if picture.exists() else None))
        if page.figures:
            listed = (figure_files(new, page.figures),)
            text = page.make(result, links=links, downloads=listed)
            (new / page.file).write_text(text, encoding="utf-8")
    lang = result.settings.study.language
    fields = key_figures(Names(result, lang))
    now, before = compared(state_of(result, fields), earlier)
    write_state(new, now, before)
    text = index_page(
        result,
        cards=cards,
        downloads=study_files(result, new),
        links=links,
        news=news(now, before, fields, translator(lang), _input_titles(result)),
        version=version("klyngekort"),
    )
    (new / START).write_text(text, encoding="utf-8")


def _input_titles(result: StudyResult) -> dict[str, str]:
    say = translator(result.settings.study.language)
    listed = {source.layer: source.title(say.lang) for source in result.sources.values()}
    return {**listed, "satellite_functions": say(msg("Satellite functions"))}
