"""Draw many figures side by side, whoever the workers are."""

import logging
import tempfile
from collections.abc import Callable, Iterable
from concurrent.futures import CancelledError
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol, Self

from matplotlib.figure import Figure

from maps.figures.figure_files import save_figure
from maps.figures.sheet import A4, SLIDE, Caption, Format
from pipeline.workers import SERIAL, Workers

ON_SLIDES: Final = "-slide"
"""Added to the name of a figure that is made for a slide."""


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


def print_and_slide(
    name: str,
    draw: Callable[..., Figure],
    caption: Caption,
    formats: tuple[str, ...],
    args: tuple[Any, ...] = (),
) -> list[Order]:
    """Order a figure as A4 in `formats`, and as slide."""
    return [
        Order(name, draw, caption, A4, formats, args),
        Order(f"{name}{ON_SLIDES}", draw, caption, SLIDE, ("png",), args),
    ]


class Job(Protocol):
    """Something to write from a source that many jobs share; pickled, so made of plain data and functions."""

    @property
    def name(self) -> str:
        """What the job is called when it is done."""

    def write(self, source: object, folder: Path) -> list[Path]:
        """Write its files into a folder that holds nothing else yet."""


class FigurePool:
    """Draws figures with the help of workers.

    Parameters
    ----------
    workers
        Who draws. Files are put into their folder here, so that workers need not see it.
    """

    def __init__(self, workers: Workers = SERIAL) -> None:
        self._workers = workers
        self._given_up = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._given_up = kind is not None

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
            What every order is drawn from, for example a `maps.figures.cluster_atlas.ClusterAtlas`.
        orders
            What to draw; the slowest first keeps all workers busy to the end.
        folder
            Where the files go; made when absent.
        done
            Called with each figure's name when it is written, in order.

        Returns
        -------
        list of Path
            The files in the order asked for, whoever drew them.
        """
        listed = list(orders)
        folder.mkdir(parents=True, exist_ok=True)
        files: list[Path] = []
        wanted = (order for order in listed if self._go_on())
        for order, drawn in zip(listed, self._workers.map(_draw, source, wanted), strict=True):
            for name, content in drawn.items():
                (folder / name).write_bytes(content)
                files.append(folder / name)
            done(order.name)
        return files

    def _go_on(self) -> bool:
        """Whether somebody still waits for figures; ends the thread that draws where nobody does."""
        if self._given_up:
            raise CancelledError
        return True


def _draw(source: object, job: Job) -> dict[str, bytes]:
    """Do one job: its files by name."""
    logging.getLogger("fontTools").setLevel(logging.ERROR)  # it warns of font tables that print does not need
    with tempfile.TemporaryDirectory(prefix="klyngekort-") as folder:
        return {path.name: path.read_bytes() for path in job.write(source, Path(folder))}
