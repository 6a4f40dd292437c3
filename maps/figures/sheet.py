"""The house style of static figures: a sheet measured in millimetres with title, legend, credits and map.

Everything is placed in millimetres from the lower left corner; matplotlib's global state stays untouched.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.text import Text

from maps import theme
from maps.figures.legend import KEY_MM, Entry, Legend, add_markers, draw_key, lay_out
from maps.figures.lettering import (
    ASCENT,
    LINE_HEIGHT,
    MM_PER_INCH,
    MM_PER_PT,
    Halo,
    Style,
    Weight,
    block_height,
    font,
    wrapped,
)
from maps.figures.surface import Box, Surface
from pipeline.messages import Language, msg, translator

MAIN: Final = 1
GROUND: Final = 2
INSET: Final = 3
PAPER: Final = 5
"""Levels of a sheet, from below: main map, grounds of insets, insets, what is written over them."""

_MARGIN: Final = 1.0
_GAP: Final = 2.0
_HAIRLINE_PT: Final = 0.3
_SAFE: Final = 0.985  # type set on a pixel grid may run a little wider than measured
_SIDE_LEGEND_MM: Final = 36.0


@dataclass(frozen=True, slots=True)
class Format:
    """A size of sheet.

    Parameters
    ----------
    name
        ``a4`` or ``slide``.
    width
        Millimetres.
    height
        Millimetres; None lets the map decide, with the legend under it instead of beside it.
    type_scale, map_scale
        Type sizes of captions, and of names on the map, as part of those at A4 width.
    marker_mm
        Millimetres on paper for a pixel of a marker on a page.
    tallest
        Greatest height of a single cluster's map, as part of its width.
    """

    name: str
    width: float
    height: float | None
    type_scale: float
    map_scale: float
    marker_mm: float
    tallest: float = 1.0


A4: Final = Format("a4", theme.A4_MM, None, 1.0, 1.0, 0.14)
"""Text width of an A4 page."""

SLIDE: Final = Format("slide", 6.4 * MM_PER_INCH, 3.6 * MM_PER_INCH, 0.78, 0.6, 0.08)
"""16:9, 1920 by 1080 pixels at 300 dpi."""


@dataclass(frozen=True, slots=True)
class Caption:
    """What a figure says of itself.

    Parameters
    ----------
    title, subtitle
        Above the map.
    credit
        Sources, with the date of the data.
    notes
        What a reader must know, for example that boundaries are approximate; written on the map's face.
    lang
        Language of numbers and fixed words.
    """

    title: str
    subtitle: str
    credit: str
    notes: tuple[str, ...] = ()
    lang: Language = "da"


class Sheet:
    """One figure, its drawing surface in millimetres and the room for its map.

    Parameters
    ----------
    form
        Size of the sheet.
    caption
        Title and credits.
    legend
        Entries in reading order.
    map_aspect
        Height of the map as part of its width, where the form leaves the height open.
    """

    def __init__(self, form: Format, caption: Caption, legend: Sequence[Entry], *, map_aspect: float) -> None:
        self.form, self.caption, self.width = form, caption, form.width
        beside = form.height is not None
        inner = form.width - 2 * _MARGIN
        legend_width = _SIDE_LEGEND_MM if beside else inner
        title = wrapped(caption.title, inner * _SAFE, self.pt("title"), "bold")
        subtitle = wrapped(caption.subtitle, inner * _SAFE, self.pt("subtitle"))
        credit, fine = _fitted(caption, inner * _SAFE, self.pt("small"), most=2 if beside else 4)
        heads = (block_height(len(title), self.pt("title")), block_height(len(subtitle), self.pt("subtitle")))
        credit_height = block_height(len(credit), fine)
        key = KEY_MM * form.type_scale
        laid_out = lay_out(legend, legend_width, self.pt("legend"), key=key, one_column=beside)
        head = sum(heads) + _GAP
        foot = credit_height + _GAP + (0.0 if beside else laid_out.height + _GAP)
        map_width = inner - (_SIDE_LEGEND_MM + _GAP if beside else 0.0)
        self.height = form.height or 2 * _MARGIN + head + map_width * map_aspect + foot
        self.map_box: Box = (
            form.width - _MARGIN - map_width,
            _MARGIN + foot,
            form.width - _MARGIN,
            self.height - _MARGIN - head,
        )

        self.figure = Figure(figsize=(self.width / MM_PER_INCH, self.height / MM_PER_INCH), dpi=theme.DPI)
        self.figure.set_facecolor(theme.PAPER)
        whole = (0.0, 0.0, self.width, self.height)
        self.paper = Surface(self.figure, whole, whole, PAPER)
        top = self.block(_MARGIN, self.height - _MARGIN, title, self.pt("title"), weight="bold")
        self.block(_MARGIN, top - 0.4, subtitle, self.pt("subtitle"), colour=theme.MUTED)
        self.block(_MARGIN, _MARGIN + credit_height, credit, fine, colour=theme.MUTED)
        self._draw_legend(laid_out, _MARGIN, self.map_box[3 if beside else 1] - (0.0 if beside else _GAP))

    def pt(self, role: str) -> float:
        """Type size of a role of `maps.theme.TYPE_PT` on this sheet, points."""
        return theme.TYPE_PT[role] * self.form.type_scale

    def map_pt(self, role: str) -> float:
        """Type size of a role on the map's face, points."""
        return theme.TYPE_PT[role] * self.form.map_scale

    def line_width(self, width: float) -> float:
        """Width of a line on the map's face, points, from that at A4; no hairline gets thinner."""
        return max(width * self.form.map_scale, min(width, _HAIRLINE_PT))

    def text(self, x: float, y: float, text: str, size: float, *, halo: bool = False, **look: Any) -> None:  # noqa: ANN401
        """Write one line with its baseline at `y`; text of data is never read as markup.

        `look`: ``weight``, ``style``, ``colour``, ``align`` (``left``, ``center``, ``right``), ``zorder``.
        """
        weight: Weight = look.get("weight", "normal")
        style: Style = look.get("style", "normal")
        kind = Halo if halo else Text
        line = kind(
            x, y, text, fontproperties=font(text, size, weight, style), color=look.get("colour", theme.INK),
            ha=look.get("align", "left"), va="baseline", parse_math=False, zorder=look.get("zorder", 6),
        )  # fmt: skip
        self.paper.add(line)

    def block(self, x: float, top: float, lines: Sequence[str], size: float, **look: Any) -> float:  # noqa: ANN401
        """Write lines under each other from `top` downwards and give the bottom, mm; see `text`."""
        for number, line in enumerate(lines):
            self.text(x, top - (number * LINE_HEIGHT + ASCENT) * size * MM_PER_PT, line, size, **look)
        return top - block_height(len(lines), size)

    def frame(
        self,
        box: Box,
        *,
        fill: str = theme.PAPER,
        line: str = theme.RULE,
        width: float = 0.5,
        zorder: float = 1,
    ) -> None:
        """Draw a framed box; ``none`` leaves it empty."""
        west, south, east, north = box
        self.paper.add(
            Rectangle((west, south), east - west, north - south, facecolor=fill, edgecolor=line,
                      linewidth=width, zorder=zorder)
        )  # fmt: skip

    def line(
        self, points: Sequence[tuple[float, float]], colour: str, width: float, *, zorder: float = 3
    ) -> None:
        """Draw a line through points, mm; its width in points."""
        xs, ys = zip(*points, strict=True)
        self.paper.add(Line2D(xs, ys, color=colour, linewidth=width, zorder=zorder, solid_capstyle="round"))

    def marker_half(self, name: str) -> float:
        """Half the side of a marker on this sheet, mm."""
        return theme.MARKERS[name].size * self.form.marker_mm / 2

    def markers(self, name: str, points: np.ndarray[Any, np.dtype[np.float64]], **look: Any) -> None:  # noqa: ANN401
        """Draw a marker of the theme at points on paper, mm."""
        add_markers(self.paper, name, points, self.marker_half(name), **look)

    def _draw_legend(self, legend: Legend, west: float, top: float) -> None:
        half_line = legend.size * LINE_HEIGHT * MM_PER_PT / 2
        for cell in legend.cells:
            x, y = west + cell.x, top - cell.y
            middle = y - half_line
            key = (x, middle - 0.2 * legend.key, x + 0.72 * legend.key, middle + 0.2 * legend.key)
            entry = cell.entry
            if entry.line:
                colour, width, style = entry.line
                entry = replace(entry, line=(colour, self.line_width(width), style))
            draw_key(self.paper, entry, key, self.marker_half(entry.marker or "site"))
            self.block(x + legend.key, y, cell.lines, legend.size)


def _fitted(caption: Caption, width: float, size: float, *, most: int) -> tuple[list[str], float]:
    """Break the credit into lines, smaller type for a long one; what still does not fit is pointed to."""
    lines: list[str] = []
    for part, room in ((1.0, most), (0.88, most + 2)):
        lines = wrapped(caption.credit, width, size * part)
        if len(lines) <= room:
            return lines, size * part
    size, room = size * 0.76, most + 4
    lines = wrapped(caption.credit, width, size)
    if len(lines) > room:
        rest = translator(caption.lang)(msg("… (all sources: provenance.json)"))
        words = " ".join(lines[:room]).split(" ")
        while len(wrapped(" ".join([*words, rest]), width, size)) > room:
            words.pop()
        lines = wrapped(" ".join([*words, rest]), width, size)
    return lines, size
