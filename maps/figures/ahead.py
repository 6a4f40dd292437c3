"""Draw the figures that need the clusters alone while the rest of a study is still computed."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from maps.figures.figure_pool import FigurePool
from maps.figures.figure_set import draw_cluster_figures
from pipeline.study_result import ClusterStudy
from pipeline.workers import Workers

Drawn = Future[Path]
"""A folder with figures drawn ahead, once they are there."""


@contextmanager
def drawing_ahead(study: ClusterStudy, workers: Workers) -> Iterator[Drawn | None]:
    """Let processes that would wait draw the figures of clusters.

    Parameters
    ----------
    study
        The clusters.
    workers
        Who draws. Where nobody helps, or where those who do have a part in computing, nothing is drawn ahead.

    Yields
    ------
    Future or None
        The folder of the figures; it is gone after the block.
    """
    if not study.settings.maps.figures or workers.elsewhere or workers.count == 1:
        yield None
        return
    with (
        TemporaryDirectory(prefix="klyngekort-figures-") as folder,
        ThreadPoolExecutor(1, "drawing-ahead") as aside,
        FigurePool(workers) as pool,
    ):
        # Below the temporary folder, which nobody else may read: what is copied from here keeps its rights.
        yield aside.submit(_draw, study, Path(folder) / "figures", pool)


def _draw(study: ClusterStudy, folder: Path, pool: FigurePool) -> Path:
    draw_cluster_figures(study, folder, pool=pool)
    return folder
