"""Sheets of clusters: what they tell, that names stay text, and that they come out alike again."""

from pathlib import Path

import pandas as pd
import pytest
from pypdf import PdfReader

from maps.figures.figure_pool import FigurePool
from maps.figures.figure_set import cluster_atlas
from maps.naming import Names
from maps.paper.word import paper_docx
from maps.papers.cluster_paper import ClusterPapers
from maps.papers.cluster_sheets import write_sheets
from maps.papers.report_paper import report_paper
from maps.web.parts import Link
from tests.found import some
from tests.page_toys import IMAGE, toy_study

ACCESS = pd.DataFrame(
    {"scheme": ["a"], "level": ["cluster"], "key": ["east"], "share_within_30_minutes": [0.875]}
)


@pytest.fixture(scope="module")
def papers() -> ClusterPapers:
    return ClusterPapers(Names(toy_study(), "da"), {"acute_access": ACCESS})


@pytest.fixture(scope="module")
def sheets(papers: ClusterPapers, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("toy")
    write(papers, folder)
    return folder / "sheets"


def write(papers: ClusterPapers, folder: Path) -> list[Path]:
    study = papers.names.result
    atlas = cluster_atlas(study, study.shown_scheme)
    links = (Link("Start", "index.html"),)
    with FigurePool() as pool:
        return write_sheets(papers, atlas, folder, pool=pool, notes=lambda _: ("Omtrentlig",), links=links)


def test_every_cluster_of_the_shown_scheme_has_a_sheet(papers: ClusterPapers, sheets: Path) -> None:
    keys = set(papers.clusters.index)
    assert keys
    assert {path.stem for path in sheets.glob("*.html")} == keys
    assert {path.stem for path in sheets.glob("*.pdf")} == keys
    for path in sheets.glob("*.pdf"):
        assert len(PdfReader(path).pages) == 2


def test_a_sheet_leads_back_to_the_pages(sheets: Path) -> None:
    for path in some(sheets.glob("*.html")):
        page = path.read_text(encoding="utf-8")
        assert 'href="../index.html"' in page
        assert f'href="{path.stem}.pdf"' in page


def test_names_that_try_to_break_out_stay_text(sheets: Path) -> None:
    for path in some(sheets.glob("*.html")):
        page = path.read_text(encoding="utf-8")
        assert "<img src=x" not in page
        assert "<script" not in page
    told = "".join(page.extract_text() for path in sheets.glob("*.pdf") for page in PdfReader(path).pages)
    assert IMAGE in " ".join(told.split())


def test_key_figures_are_those_of_the_cluster(papers: ClusterPapers, sheets: Path) -> None:
    page = (sheets / "east.html").read_text(encoding="utf-8")
    assert f"<dd>{papers.clusters.loc['east', 'municipalities']}" in page
    assert "88\u00a0%" in page
    assert "88\u00a0%" not in (sheets / "west.html").read_text(encoding="utf-8")


def test_the_same_study_gives_the_same_sheets(papers: ClusterPapers, sheets: Path, tmp_path: Path) -> None:
    for path in some(write(papers, tmp_path)):
        assert path.read_bytes() == (sheets / path.name).read_bytes(), path.name


def test_the_report_needs_no_figures(papers: ClusterPapers, tmp_path: Path) -> None:
    assert paper_docx(report_paper(papers, tmp_path)).startswith(b"PK")
