"""Write the two-page sheet of each cluster, as a page and as PDF, side by side in the processes that draw."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np
import shapely

from maps.figures.cluster_atlas import ClusterAtlas
from maps.figures.cluster_figures import Marked, cluster_figure
from maps.figures.figure_pool import FigurePool
from maps.figures.sheet import Caption, Format
from maps.naming import SHEETS
from maps.paper.document import paper_pdf
from maps.paper.model import Paper
from maps.paper.page import paper_html
from maps.paper.pictures import with_pictures
from maps.papers.cluster_paper import ClusterPapers
from maps.web.parts import Link
from pipeline.messages import msg

SHEET: Final = Format("sheet", 180.0, None, 1.0, 1.0, 0.14, tallest=0.82)
"""The map of a sheet: as wide as its page, low enough to leave room for the key figures."""

OUTLINE_DETAIL_M: Final = 200.0
"""Detail of a gap's outline dropped on a sheet, metres."""


@dataclass(frozen=True, slots=True)
class SheetJob:
    """One cluster's sheet to write; `name` is its file without ending."""

    name: str
    paper: Paper
    caption: Caption
    marked: Marked
    links: tuple[Link, ...] = ()

    def write(self, source: object, folder: Path) -> list[Path]:
        """Draw the map, put it into the paper and write both files."""
        if not isinstance(source, ClusterAtlas):
            raise TypeError("a sheet is drawn from the clusters")
        figure = cluster_figure(source, self.name, self.caption, SHEET, marked=self.marked)
        paper = with_pictures(self.paper, [figure])
        page, print_ = folder / f"{self.name}.html", folder / f"{self.name}.pdf"
        page.write_text(paper_html(paper, links=self.links), encoding="utf-8")
        print_.write_bytes(paper_pdf(paper, fit=True))
        return [page, print_]


def write_sheets(
    papers: ClusterPapers,
    atlas: ClusterAtlas,
    folder: Path,
    *,
    pool: FigurePool,
    notes: Callable[[str], tuple[str, ...]],
    links: tuple[Link, ...] = (),
) -> list[Path]:
    """Write a sheet of each cluster of the shown scheme.

    Parameters
    ----------
    papers
        What the sheets say.
    atlas
        The shown scheme, ready for print.
    folder
        The study's folder; sheets go to a folder of their own in it.
    pool
        The processes that draw.
    notes
        Gives what must be told on the face of a cluster's map.
    links
        The pages of the study, for the navigation.

    Returns
    -------
    list of Path
        HTML and PDF of each cluster in the order of their ids.
    """
    back = tuple(Link(link.title, f"../{link.href}") for link in links)
    jobs = [
        SheetJob(
            key,
            papers.paper(key),
            Caption("", "", "", notes(key), papers.names.lang),
            _marked(papers, key),
            (*back, Link(msg("For print (PDF)"), f"{key}.pdf")),
        )
        for key in papers.clusters.index
    ]
    return pool.draw(atlas, jobs, folder / SHEETS)


def _marked(papers: ClusterPapers, cluster_id: str) -> Marked:
    """Take the outlines of all gaps in the cluster, and the points of the sites that its sheet names."""
    gaps = papers.gaps(cluster_id)
    outlines = np.array([], dtype=object)
    if isinstance(gaps, gpd.GeoDataFrame) and len(gaps):
        drawn = shapely.simplify(gaps.geometry.to_numpy(), OUTLINE_DETAIL_M)
        parts = shapely.get_parts(shapely.boundary(drawn))
        outlines = np.asarray([part for part in parts if not part.is_empty], dtype=object)
    points = np.empty((0, 2))
    wanted = papers.sites(cluster_id)["site_id"].drop_duplicates()
    if len(wanted):
        sites = papers.tables["sites"].set_index("site_id").loc[wanted]
        points = shapely.get_coordinates(gpd.GeoSeries(sites["geometry"]).to_numpy())
    return Marked(outlines, points)
