"""A small line chart as accessible inline SVG: what each further place brings."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from maps import theme
from pipeline.messages import Translator

WIDTH: Final = 460
HEIGHT: Final = 236
_LEFT, _RIGHT, _TOP, _BOTTOM = 74, 18, 26, 44
_LINES: Final = 4


@dataclass(frozen=True, slots=True)
class Chart:
    """A line over whole numbers from 0.

    Parameters
    ----------
    key
        Unique within the page; names the chart's title and description.
    title, description
        Read by who does not see the chart.
    across, along
        What the axes show.
    values
        One for each number from 0; None where there is none.
    decimals
        Of the numbers written.
    """

    key: str
    title: str
    description: str
    across: str
    along: str
    values: Sequence[float | None]
    decimals: int = 0


def nice_range(values: Sequence[float], decimals: int = 0) -> tuple[float, float, float]:
    """Choose an axis that holds all values: its low and high end and the step between its lines.

    The axis need not begin at 0: a line chart shows change, and the numbers stand at the points. Its ends
    differ by a step at least, also where all values are the same.

    Parameters
    ----------
    values
        At least one number, all finite.
    decimals
        Of the numbers at the lines: no two lines bear the same.
    """
    low, high = min(values), max(values)
    least = 10.0**-decimals
    raw = max(((high - low) or abs(high)) / _LINES, least)
    power = 10.0 ** math.floor(math.log10(raw))
    steps = (part * power for part in (1, 2, 2.5, 5, 10))
    step = next(step for step in steps if step >= raw and round(step / least, 6).is_integer())
    first = step * (low // step)
    last = first + step
    while last < high:
        last += step
    return first, last, step


def chart_svg(chart: Chart, say: Translator) -> str:
    """Draw a chart as SVG; text of data is escaped."""
    known = [(place, value) for place, value in enumerate(chart.values) if value is not None]
    if not known:
        return ""
    first, last, step = nice_range([value for _, value in known], chart.decimals)
    most = max(len(chart.values) - 1, 1)

    def x(place: float) -> float:
        return round(_LEFT + place / most * (WIDTH - _LEFT - _RIGHT), 1)

    def y(value: float) -> float:
        return round(HEIGHT - _BOTTOM - (value - first) / (last - first) * (HEIGHT - _TOP - _BOTTOM), 1)

    parts = [
        f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" xmlns="http://www.w3.org/2000/svg" role="img"',
        f' aria-labelledby="{chart.key}-title {chart.key}-desc">',
        f'<title id="{chart.key}-title">{escape(chart.title)}</title>',
        f'<desc id="{chart.key}-desc">{escape(chart.description)}</desc>',
        f'<text x="4" y="14" class="axis">{escape(chart.along)}</text>',
    ]
    lines = round((last - first) / step)
    for number in range(lines + 1):
        value = first + number * step
        parts.append(
            f'<path d="M{_LEFT} {y(value)}H{WIDTH - _RIGHT}" stroke="{theme.RULE}"/>'
            f'<text x="{_LEFT - 7}" y="{y(value) + 4}" text-anchor="end">'
            f"{say.number(value, chart.decimals)}</text>"
        )
    parts += [
        f'<text x="{x(place)}" y="{HEIGHT - 24}" text-anchor="middle">{place}</text>'
        for place in range(len(chart.values))
    ]
    middle = (WIDTH + _LEFT - _RIGHT) / 2
    parts.append(
        f'<text x="{middle:g}" y="{HEIGHT - 6}" text-anchor="middle" class="axis">'
        f"{escape(chart.across)}</text>"
    )
    line = " ".join(f"{x(place)},{y(value)}" for place, value in known)
    parts.append(f'<polyline points="{line}" fill="none" stroke="{theme.ACCENT}" stroke-width="2.4"/>')
    parts += [
        f'<circle cx="{x(place)}" cy="{y(value)}" r="4.2" fill="{theme.ACCENT}" stroke="#fff"/>'
        for place, value in known
    ]
    return "".join([*parts, "</svg>"])
