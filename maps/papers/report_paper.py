"""The Word report of a study: figures and tables of the country and of each cluster, to take text from."""

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import pandas as pd
from PIL import Image

from maps.credits import study_credits
from maps.figures.lettering import MM_PER_INCH
from maps.naming import rows_of
from maps.paper.model import (
    Block,
    Credits,
    Heading,
    KeyFigures,
    Notes,
    PageBreak,
    Paper,
    Picture,
    Table,
)
from maps.papers.cluster_paper import ClusterPapers
from maps.quality import data_notes
from maps.telling.access_words import access_notes
from maps.telling.key_figures import key_figures
from maps.theme import DPI
from maps.web.parts import Column, Text
from pipeline.messages import msg

FILE: Final = "klyngekort.docx"

PIXELS_PER_INCH: Final = 200
"""Sharp enough for print, small enough for an e-mail."""

_COLOURS: Final = 128

NATIONAL: Final = (
    ("clusters", msg("The clusters with their hospitals and health houses")),
    ("acute-access", msg("Travel time to the acute hospitals")),
    ("gp-coverage", msg("Where people lack a GP")),
    ("satellites", msg("Satellite functions")),
    ("houses", msg("Health houses")),
)
"""Figures of the whole country, by file name."""


def report_paper(papers: ClusterPapers, figures: Path) -> Paper:
    """Write the report of a study.

    Parameters
    ----------
    papers
        What is told of each cluster.
    figures
        Folder of the static figures; those that are not there are left out.
    """
    names = papers.names
    result = names.result
    shown = result.shown_scheme
    blocks: list[Block] = [
        KeyFigures(key_figures(names)),
        Notes((*data_notes(result), *access_notes(result))),
        Heading(msg("The country")),
    ]
    for name, title in NATIONAL:
        blocks += _picture(figures / f"{name}.png", title)
    blocks += [
        _cluster_table(papers),
        Heading(msg("Sources and licences"), 3),
        Credits(study_credits(result)),
    ]
    for key in papers.clusters.index:
        blocks += [PageBreak(), *_cluster(papers, str(key), figures)]
    return Paper(
        lang=names.lang,
        title=result.settings.study.title,
        subtitle=msg("{scheme}, as on {day}.", scheme=names.schemes[shown], day=names.days[shown]),
        study=result.settings.study.title,
        footer=msg("Data as on {day}", day=names.days[shown]),
        blocks=tuple(blocks),
    )


def _cluster(papers: ClusterPapers, cluster_id: str, figures: Path) -> Iterator[Block]:
    """Take a cluster's sheet into the report: its headings one level down, its sources left to the report."""
    paper = papers.paper(cluster_id)
    yield Heading(paper.title)
    for block in paper.blocks:
        match block:
            case Picture():
                yield from _picture(figures / f"cluster-{cluster_id}.png", block.alt)
            case Heading():
                yield replace(block, level=3)
            case Notes() | Credits() | PageBreak():
                continue
            case _:
                yield block


def _cluster_table(papers: ClusterPapers) -> Table:
    columns = (
        Column(msg("Cluster")),
        Column(msg("Region")),
        Column(msg("Municipalities"), "number"),
        Column(msg("Population"), "number"),
        Column(msg("Acute hospitals"), "number"),
        Column(msg("Open health houses"), "number"),
        Column(msg("General practitioners"), "number"),
    )
    rows = tuple(
        (
            str(row.name),
            str(row.region),
            int(row.municipalities),
            round(row.population),
            int(row.acute_hospitals),
            int(row.health_houses),
            None if pd.isna(row.gps) else round(row.gps),
        )
        for row in rows_of(papers.clusters)
    )
    return Table(msg("The clusters in figures"), columns, rows)


def _picture(path: Path, alt: Text) -> Iterator[Picture]:
    """Take a figure's file at the report's resolution, in few colours."""
    if not path.is_file():
        return
    with Image.open(path) as opened:
        size = [round(side * PIXELS_PER_INCH / DPI) for side in opened.size]
        small = opened.convert("RGB").resize((size[0], size[1]), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    few = small.quantize(_COLOURS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    few.save(out, "PNG", dpi=(PIXELS_PER_INCH, PIXELS_PER_INCH))
    width, height = (side / PIXELS_PER_INCH * MM_PER_INCH for side in size)
    yield Picture(alt, width, height, png=out.getvalue())
