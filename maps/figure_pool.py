"""Draw many figures side by side in a few processes."""

import logging
import os
import pickle
import signal
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import CancelledError, ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_all_start_methods, get_context, parent_process
from multiprocessing.connection import wait
from multiprocessing.context import BaseContext
from pathlib import Path
from typing import Any, Protocol, Self

from matplotlib.figure import Figure

from maps.figure_files import save_figure
from maps.sheet import A4, Caption, Format


@dataclass(frozen=True, slots=True)
class Order:
    """One figure to draw.

    Parameters
    ----------
    name
        File name without ending.
    draw
        Called with what the pool was given to draw from, `args`, `caption` and `form`; must be a function
        of a module, so that another process finds it.
    args
        Further positional arguments.
    caption, form
        Of the sheet.
    formats
        File formats.
    """

    name: str
    draw: Callable[..., Figure]
    caption: Caption
    form: Format = A4
    formats: tuple[str, ...] = ("png", "svg", "pdf")
    args: tuple[Any, ...] = ()

    def write(self, source: object, folder: Path) -> list[Path]:
        """Draw the figure and write its files."""
        figure = self.draw(source, *self.args, self.caption, self.form)
        told = self.caption
        return save_figure(figure, folder, self.name, self.formats, title=told.title, source=told.credit)


class Job(Protocol):
    """Something to write from a source that many jobs share; pickled, so made of plain data and functions."""

    @property
    def name(self) -> str:
        """What the job is called when it is done."""

    def write(self, source: object, folder: Path) -> list[Path]:
        """Write its files into a folder."""


class FigurePool:
    """Processes that draw figures; begin it early, and they load their libraries while others compute.

    Parameters
    ----------
    workers
        Processes; with one, everything is drawn in this process.
    """

    def __init__(self, workers: int = 2) -> None:
        self._workers = workers
        self._given_up = False
        self._pool = ProcessPoolExecutor(workers, _context(), _begin) if workers > 1 else None
        if self._pool is not None:
            for _ in range(workers):
                self._pool.submit(_wake)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._given_up = kind is not None
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=kind is not None)

    def draw(
        self,
        source: object,
        orders: Iterable[Job],
        folder: Path,
        *,
        done: Callable[[str], None] = lambda _: None,
    ) -> list[Path]:
        """Draw the orders and write their files.

        Parameters
        ----------
        source
            What every order is drawn from, for example a `maps.cluster_atlas.ClusterAtlas`.
        orders
            What to draw; the slowest first keeps all processes busy to the end.
        folder
            Where the files go; made when absent.
        done
            Called with each figure's name when it is written, in order.

        Returns
        -------
        list of Path
            The files in the order asked for, whichever process drew them.
        """
        listed = list(orders)
        folder.mkdir(parents=True, exist_ok=True)
        pages: Iterable[list[Path]]
        if self._pool is None:
            pages = (order.write(source, folder) for order in listed if self._go_on())
        else:
            packed = pickle.dumps(source, protocol=pickle.HIGHEST_PROTOCOL)
            pages = self._pool.map(_draw_packed, [packed] * len(listed), listed, [folder] * len(listed))
        files: list[Path] = []
        for order, written in zip(listed, pages, strict=True):
            files += written
            done(order.name)
        return files

    def _go_on(self) -> bool:
        """Whether somebody still waits for figures; ends the thread that draws where nobody does."""
        if self._given_up:
            raise CancelledError
        return True


def _context() -> BaseContext:
    """Choose how processes begin: copies of a small fresh one where the system can, else fresh ones.

    A copy of this process would be quicker, but it may hold threads (Arrow, GDAL, BLAS), and a copy of a
    process with threads can hang.
    """
    if "forkserver" not in get_all_start_methods():
        return get_context("spawn")
    context = get_context("forkserver")
    context.set_forkserver_preload(
        ["maps.figures", "matplotlib.backends.backend_pdf", "matplotlib.backends.backend_svg"]
    )
    return context


def _begin() -> None:
    """Leave Ctrl-C to the main process, end when it is killed, and keep what libraries say of fonts quiet."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logging.getLogger("fontTools").setLevel(logging.ERROR)
    main = parent_process()
    if main is not None:
        threading.Thread(target=_end_with, args=(main.sentinel,), daemon=True).start()


def _end_with(sentinel: int) -> None:
    """Wait for the main process to go; a killed one leaves nobody who would end this process."""
    wait([sentinel])
    os._exit(1)


def _wake() -> None:
    """Let a process begin before there is work."""


_source: tuple[bytes, object] = (b"", None)


def _draw_packed(packed: bytes, order: Job, folder: Path) -> list[Path]:
    global _source  # noqa: PLW0603  each process unpacks the geometry once, not with every figure
    if _source[0] != packed:
        _source = (packed, pickle.loads(packed))  # noqa: S301  from our own process
    return order.write(_source[1], folder)
