"""Figures drawn while a study is still computed are those drawn afterwards."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from maps.figures import figure_set
from maps.figures.ahead import drawing_ahead
from maps.figures.figure_pool import FigurePool, Order
from pipeline.settings.file import load_settings
from pipeline.study_clusters import cluster_study
from pipeline.study_inputs import read_inputs
from pipeline.study_result import ClusterStudy
from pipeline.workers import SERIAL
from pipeline.workers.local import LocalWorkers
from tests.tiny_study import settings_file

FIGURES = 2


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ClusterStudy:
    """A study that draws its first figures only."""
    whole = figure_set.cluster_orders

    def first(study: ClusterStudy, scheme: str) -> Iterator[Order]:
        return islice(whole(study, scheme), FIGURES)

    monkeypatch.setattr(figure_set, "cluster_orders", first)
    read = load_settings(settings_file(tmp_path))
    maps = read.maps.model_copy(update={"figures": True, "figure_formats": ("svg",)})
    settings = read.model_copy(update={"maps": maps})
    return cluster_study(settings, read_inputs(settings))


def test_figures_drawn_ahead_are_the_same_files(study: ClusterStudy, tmp_path: Path) -> None:
    late = figure_set.draw_cluster_figures(study, tmp_path / "late", pool=FigurePool(SERIAL))
    with LocalWorkers(2) as workers, drawing_ahead(study, workers) as ahead:
        assert ahead is not None
        folder = ahead.result()
        assert folder.stat().st_mode == (tmp_path / "late").stat().st_mode
        early = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert len(early) == len(late) == FIGURES
    assert early == {path.name: path.read_bytes() for path in late}
    assert not folder.exists()


def test_nothing_is_drawn_ahead_where_nobody_helps(study: ClusterStudy) -> None:
    with drawing_ahead(study, SERIAL) as ahead:
        assert ahead is None


def test_a_study_that_fails_ends_the_drawing(study: ClusterStudy) -> None:
    with (
        pytest.raises(ZeroDivisionError),
        LocalWorkers(2) as workers,
        drawing_ahead(study, workers),
    ):
        raise ZeroDivisionError
