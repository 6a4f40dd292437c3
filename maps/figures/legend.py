"""Legends of static figures: entries with their keys, laid out in rows or in one column."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import shapely
from matplotlib.collections import PathCollection
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path
from matplotlib.transforms import IdentityTransform
from numpy.typing import NDArray

from maps import theme
from maps.figures.lettering import MM_PER_PT, block_height, line_width, wrapped
from maps.figures.linework import area_path, stripes
from maps.figures.surface import Surface

KEY_MM: Final = 7.0
"""Width of a key with the space after it, at A4 width."""

_BETWEEN_MM: Final = 4.0
_ROW_GAP_MM: Final = 1.1
_STRIPE_MM: Final = 1.1


LineStyle = Literal["-", "--", ":"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a legend.

    Parameters
    ----------
    label
        What the reader reads.
    marker
        Key of `maps.theme.MARKERS`.
    fills
        One colour fills the box, more stripe it.
    hatch
        Letters of a matplotlib hatch over the fill.
    line
        Colour, width in points and style (``-``, ``--``, ``:``) of a line.
    """

    label: str
    marker: str | None = None
    fills: tuple[str, ...] = ()
    hatch: str | None = None
    line: tuple[str, float, LineStyle] | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """An entry with its label broken into lines and its place from the legend's upper left corner, mm."""

    entry: Entry
    lines: tuple[str, ...]
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Legend:
    """A legend laid out: its cells, its height and the width of a key, mm."""

    cells: tuple[Cell, ...]
    height: float
    key: float
    size: float


def lay_out(
    entries: Sequence[Entry], width: float, size: float, *, key: float = KEY_MM, one_column: bool
) -> Legend:
    """Lay entries out in as many columns as fit, each read downwards.

    Parameters
    ----------
    entries
        In reading order.
    width
        Room, mm.
    size
        Type size, points.
    key
        Room for a key, mm.
    one_column
        Only one, whatever the room.
    """
    wanted = [_label_width(entry, width, size, key) for entry in entries]
    columns = (
        1 if one_column else max(1, int((width + _BETWEEN_MM) // (max(wanted, default=width) + _BETWEEN_MM)))
    )
    step = (width + _BETWEEN_MM) / columns
    per_column = -(-len(entries) // columns)
    cells: list[Cell] = []
    height = y = 0.0
    for number, entry in enumerate(entries):
        column, row = divmod(number, per_column)
        y = y if row else 0.0
        lines = tuple(wrapped(entry.label, step - _BETWEEN_MM - key, size)) or ("",)
        cells.append(Cell(entry, lines, column * step, y))
        y += block_height(len(lines), size)
        height = max(height, y)
        y += _ROW_GAP_MM
    return Legend(tuple(cells), height, key, size)


def _label_width(entry: Entry, width: float, size: float, key: float) -> float:
    lines = wrapped(entry.label, min(width - key, 62.0), size)
    return key + max((line_width(line, size) for line in lines), default=0.0)


def draw_key(
    paper: Surface, entry: Entry, box: tuple[float, float, float, float], marker_half: float
) -> None:
    """Draw the key of an entry into a box, mm."""
    west, south, east, north = box
    middle = ((west + east) / 2, (south + north) / 2)
    if entry.fills:
        parts = stripes(shapely.box(*box), len(entry.fills), _STRIPE_MM)
        for colour, part in zip(entry.fills, parts, strict=True):
            paper.add(PathPatch(area_path(part), facecolor=colour, edgecolor="none", zorder=2))
        paper.add(
            Rectangle((west, south), east - west, north - south, hatch=entry.hatch, zorder=3,
                      facecolor="none", edgecolor=theme.MUTED, linewidth=0.4)
        )  # fmt: skip
    if entry.line:
        colour, width, style = entry.line
        ends = ([west, east], [middle[1], middle[1]])
        paper.add(Line2D(*ends, color=colour, linewidth=width, linestyle=style, zorder=4))
    if entry.marker:
        add_markers(paper, entry.marker, np.array([middle]), marker_half)


def add_markers(
    surface: Surface,
    name: str,
    points: NDArray[np.float64],
    half: float,
    *,
    zorder: float = 4,
    alpha: float | None = None,
) -> None:
    """Draw a marker of the theme at points of a surface, `half` millimetres from its middle to its side."""
    scale = half / MM_PER_PT
    for number, shape in enumerate(theme.MARKERS[name].shapes):
        marks = PathCollection(
            [Path(np.array([*shape.points, shape.points[0]]), closed=True)],
            sizes=[scale**2],
            offsets=points,
            offset_transform=surface.transform,
            facecolors=shape.fill,
            edgecolors=shape.line,
            linewidths=shape.width * scale,
            joinstyle="round",
            zorder=zorder + number / 100,
            alpha=alpha,
        )
        marks.set_transform(IdentityTransform())
        surface.add(marks)
