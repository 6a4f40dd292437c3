"""A figure for paper: what each further place brings, and the rank of one candidate for each function."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties

from maps import theme
from maps.figures.lettering import MM_PER_INCH
from maps.web.curve_chart import nice_range
from pipeline.messages import Language, translator

WIDTH_MM: Final = 180.0
HEIGHT_MM: Final = 62.0
_PT: Final = 7.0
_TITLES_AT: Final = (0.005, 0.5)


@dataclass(frozen=True, slots=True)
class Curves:
    """What the figure shows, in words and numbers.

    Parameters
    ----------
    lang
        Language of the numbers.
    titles
        Above the curve and above the ranks.
    axes
        Below the curve, beside it, and below the ranks.
    values
        People within the limit for 0, 1, 2 … new places; missing where there is no answer.
    ranks
        Function, rank, and the 5th and 95th percentile of the rank (missing where it was not tried).
    """

    lang: Language
    titles: tuple[str, str]
    axes: tuple[str, str, str]
    values: Sequence[float | None]
    ranks: Sequence[tuple[str, float, float, float]]


def curves_figure(shown: Curves) -> Figure:
    """Draw the figure."""
    figure = Figure(figsize=(WIDTH_MM / MM_PER_INCH, HEIGHT_MM / MM_PER_INCH), dpi=theme.DPI)
    curve = figure.add_axes((0.105, 0.2, 0.31, 0.66))
    ranks = figure.add_axes((0.725, 0.2, 0.26, 0.66))
    for axes, left, title in zip((curve, ranks), _TITLES_AT, shown.titles, strict=True):
        _bare(axes)
        figure.text(left, 0.92, title, **_look("bold"))
    _draw_curve(curve, shown)
    _draw_ranks(ranks, shown)
    return figure


def _look(weight: str = "normal") -> dict[str, Any]:
    font = FontProperties(family=theme.FONT_FIGURE, size=_PT, weight=weight)
    return {"fontproperties": font, "color": theme.INK, "parse_math": False}


def _bare(axes: Axes) -> None:
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(theme.RULE)
    axes.tick_params(length=0)
    axes.grid(visible=True, color=theme.RULE, linewidth=0.4)
    axes.set_axisbelow(True)


def _draw_curve(axes: Axes, shown: Curves) -> None:
    say = translator(shown.lang)
    values = np.array([np.nan if value is None else value for value in shown.values], dtype=float)
    places = np.arange(len(values))
    axes.plot(places, values, color=theme.ACCENT, linewidth=1.4, marker="o", markersize=3.2)
    axes.set_xticks(places, [str(place) for place in places], **_look())
    if np.isfinite(values).any():
        low, high = float(np.nanmin(values)), float(np.nanmax(values))
        first, last, step = nice_range((low, high))
        ticks = np.arange(first, last + step / 2, step)
        axes.set_yticks(ticks, [say.number(tick) for tick in ticks], **_look())
    axes.set_xlabel(shown.axes[0], **_look())
    axes.set_ylabel(shown.axes[1], **_look())


def _draw_ranks(axes: Axes, shown: Curves) -> None:
    rows = list(reversed(shown.ranks))
    heights = np.arange(len(rows))
    for height, (_, rank, low, high) in zip(heights, rows, strict=True):
        if np.isfinite(low):
            axes.plot([low, high], [height, height], color=theme.ACCENT, linewidth=2.4, alpha=0.45)
        axes.plot([rank], [height], color=theme.ACCENT, marker="o", markersize=3.6, linestyle="")
    axes.set_yticks(heights, [name for name, *_ in rows], **_look())
    most = max((value for _, *numbers in rows for value in numbers if np.isfinite(value)), default=1.0)
    ticks = sorted({1, *(int(tick) for tick in np.linspace(1, max(most, 2), 4))})
    axes.set_xlim(0.5 if most < 10 else 0, most * 1.06 + 0.5)
    axes.set_ylim(-0.6, max(len(rows) - 0.4, 0.6))
    axes.set_xticks(ticks, [str(tick) for tick in ticks], **_look())
    axes.set_xlabel(shown.axes[2], **_look())
