"""Write what was found on satellite functions alone: tables, layers, figures, cards, pages, in one step."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from maps.figures.figure_pool import FigurePool
from maps.figures.figure_set import cluster_atlas, national_figures
from maps.files.crate import write_crate
from maps.files.geopackage import write_geopackage
from maps.files.provenance import MadeBy, write_provenance
from maps.files.publish import publishing
from maps.files.site_layers import site_layers
from maps.files.tables import write_tables
from maps.files.workbook import write_workbook
from maps.papers.site_cards import write_cards
from maps.results import SITE_TABLES, origin_of, record_of
from maps.study_pages import PAGES, page_links, write_map_pages, write_start_page
from maps.telling.site_telling import SiteTelling
from pipeline.messages import translator
from pipeline.schemas import RESULTS, dictionary
from pipeline.study_result import StudyResult
from pipeline.workers import SERIAL, Workers

if TYPE_CHECKING:
    import pandas as pd

SITE_PAGES: Final = frozenset({"satellites.html", "candidates.html"})
"""Pages that belong to satellite functions."""


def write_site_results(
    result: StudyResult,
    folder: Path,
    *,
    config: Path | None = None,
    made_by: MadeBy | None = None,
    earlier: Path | None = None,
    workers: Workers = SERIAL,
    progress: Callable[[str], None] = lambda _: None,
) -> Path:
    """Write tables, layers, figures and pages of satellite functions; they appear whole or not at all.

    Parameters
    ----------
    result
        What the study found, with ``sites``.
    folder
        Where the results shall stand; earlier results there are replaced.
    config
        The settings file, for the record.
    made_by
        What was asked for, for the record.
    earlier
        Results that news are told against; those in `folder` when left out.
    workers
        Who draws figures and cards.
    progress
        Called with the name of each step as it begins.

    Returns
    -------
    Path
        `folder`.

    Raises
    ------
    OutputError
        The folder cannot be written; earlier results are untouched.
    ValueError
        The study has no satellite functions.
    """
    if result.sites is None:
        raise ValueError("a study without satellite functions")
    lang = result.settings.study.language
    say = translator(lang)
    origin, meanings = origin_of(result, say), dictionary(lang)
    with publishing(folder) as new, FigurePool(workers) as pool:
        progress("tables")
        found = result.sites.tables(lang)
        tables: dict[str, pd.DataFrame] = {
            name: RESULTS[name].select(found[name]) for name in SITE_TABLES if name in found
        }
        write_tables(new / "tables", tables, origin, meanings)
        titles = {name: say(RESULTS[name].title) for name in tables}
        write_workbook(new / "tables" / "klyngekort.xlsx", tables, origin, meanings, titles=titles, lang=lang)
        write_geopackage(new / "klyngekort.gpkg", site_layers(result.sites, tables, lang), origin, meanings)
        pages = [page for page in PAGES if page.file in SITE_PAGES]
        atlas = cluster_atlas(result, result.shown_scheme)
        if result.settings.maps.figures:
            progress("figures")
            for source, orders in national_figures(result, atlas, only="satellites"):
                pool.draw(source, orders, new / "static")
        if result.settings.maps.sheets:
            progress("sheets")
            links = page_links(result, pages)
            write_cards(SiteTelling.of(result), atlas, new, pool=pool, links=links)
        progress("pages")
        write_map_pages(result, new, pages)
        write_start_page(result, new, earlier or folder, pages)
        record = record_of(result, tables, origin, config, made_by)
        write_provenance(new, record)
        write_crate(new, record, origin, lang=lang)
    return folder
