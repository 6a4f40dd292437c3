"""The same inputs give the same bytes, wherever and however a run is made: every file is compared."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.settings import PROJECT
from tests.tiny_study import settings_file

PATIENCE_S = 400

WORLDS = (
    {
        "TZ": "UTC",
        "LC_ALL": "C.UTF-8",
        "PYTHONHASHSEED": "1",
        "OMP_NUM_THREADS": "2",
        "NUMBA_NUM_THREADS": "2",
    },
    {
        "TZ": "Pacific/Auckland",
        "LC_ALL": "C",
        "PYTHONHASHSEED": "99",
        "OMP_NUM_THREADS": "1",
        "NUMBA_NUM_THREADS": "1",
        "SOURCE_DATE_EPOCH": "1",
    },
)
"""Two machines, as far as one can play both."""

DRAWN = """
import sys
from pathlib import Path
from maps.figures.figure_files import save_figure
from maps.figures.cluster_figures import cluster_figure, clusters_figure
from maps.paper.document import paper_pdf
from maps.paper.page import paper_html
from maps.paper.word import paper_docx
from tests.test_figures import CAPTION, prepare_clusters, toys
from tests.test_paper import PAPER
out = Path(sys.argv[1])
atlas = prepare_clusters(
    toys.country(), toys.clusters(), toys.members(), toys.facilities(), toys.pairs(), scheme=toys.SCHEME
)
save_figure(clusters_figure(atlas, CAPTION), out, "all", title="Ærø", source="kilde")
save_figure(cluster_figure(atlas, "vest", CAPTION), out, "vest", title="Ærø", source="kilde")
(out / "paper.pdf").write_bytes(paper_pdf(PAPER))
(out / "paper.docx").write_bytes(paper_docx(PAPER))
(out / "paper.html").write_text(paper_html(PAPER), encoding="utf-8")
"""


def side_by_side(commands: list[list[str]], folders: list[Path]) -> None:
    """Run each command in a world of its own, at the same time."""
    runs = []
    for command, world, folder in zip(commands, WORLDS, folders, strict=True):
        folder.mkdir(parents=True, exist_ok=True)
        environment = {**os.environ, "PYTHONPATH": str(PROJECT), **world}
        runs.append(
            subprocess.Popen(
                command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
            )
        )
    for run in runs:
        _, told = run.communicate(timeout=PATIENCE_S)
        assert run.returncode == 0, told.decode()


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def assert_same(one: Path, other: Path, endings: set[str]) -> None:
    first, second = files(one), files(other)
    assert set(first) == set(second)
    assert endings <= {Path(name).suffix for name in first}
    assert [name for name in first if first[name] != second[name]] == []


@pytest.mark.slow
def test_two_runs_in_different_worlds_give_the_same_files(tmp_path: Path) -> None:
    config = settings_file(tmp_path)
    places = [tmp_path / "one", tmp_path / "two" / "deeper"]
    command = [sys.executable, "-m", "maps", "maps", "--config", str(config), "--quiet", "--out"]
    side_by_side([[*command, str(place / "out")] for place in places], places)
    kinds = {".html", ".gpkg", ".xlsx", ".parquet", ".csv", ".json"}
    assert_same(*(place / "out" / "tiny" for place in places), kinds)


@pytest.mark.slow
def test_figures_and_papers_drawn_in_different_worlds_are_the_same(tmp_path: Path) -> None:
    places = [tmp_path / "one", tmp_path / "two" / "deeper"]
    side_by_side([[sys.executable, "-c", DRAWN, str(place)] for place in places], places)
    assert_same(*places, {".png", ".svg", ".pdf", ".docx", ".html"})
