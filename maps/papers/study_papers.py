"""Write a study's papers: the clusters' sheets, the cards of candidate sites and the Word report."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from maps.figures.figure_pool import FigurePool
from maps.figures.figure_set import cluster_atlas, cluster_notes
from maps.naming import Names
from maps.paper.word import paper_docx
from maps.papers.cluster_paper import ClusterPapers
from maps.papers.cluster_sheets import write_sheets
from maps.papers.report_paper import FILE, report_paper
from maps.papers.site_cards import write_cards
from maps.telling.site_telling import SiteTelling
from maps.web.parts import Link
from pipeline.messages import translator
from pipeline.study_result import StudyResult


def write_papers(
    result: StudyResult,
    tables: Mapping[str, pd.DataFrame],
    folder: Path,
    *,
    pool: FigurePool,
    links: tuple[Link, ...] = (),
) -> list[Path]:
    """Write the sheet of each cluster of the shown scheme, cards of candidate sites, and the report.

    Parameters
    ----------
    result
        What the study found.
    tables
        Result tables by name.
    folder
        The study's folder, with the static figures in ``static`` where there are any.
    pool
        The processes that draw.
    links
        The pages of the study, for the sheets' navigation.

    Returns
    -------
    list of Path
        The files written.
    """
    names = Names(result, result.settings.study.language)
    papers, shown = ClusterPapers(names, tables), result.shown_scheme
    say = translator(names.lang)
    sheets = write_sheets(
        papers,
        cluster_atlas(result, shown),
        folder,
        pool=pool,
        notes=lambda key: cluster_notes(result, shown, key, say),
        links=links,
    )
    cards = (
        []
        if result.sites is None
        else write_cards(SiteTelling.of(result), cluster_atlas(result, shown), folder, pool=pool, links=links)
    )
    report = folder / FILE
    report.write_bytes(paper_docx(report_paper(papers, folder / "static")))
    return [*sheets, *cards, report]
