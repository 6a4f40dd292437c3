"""One design for pages and figures: colours, hatches, marker shapes, type and sizes.

Every distinction that a colour makes is made a second time without it: clusters by their name, facilities
by their shape, shared, missing and approximate areas by a hatch.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import cos, pi, sin
from typing import Final

Ring = tuple[tuple[float, float], ...]

INK: Final = "#16202a"
"""Text, cluster borders and marker outlines."""

MUTED: Final = "#4a5763"
"""Secondary text; 7:1 on white."""

RULE: Final = "#c3ccd3"
"""Thin lines between parts of a page or table."""

PAPER: Final = "#ffffff"
SEA: Final = "#e8eff3"
LAND: Final = "#f4f2ed"
"""Land that no layer speaks of."""

BORDER_MUNICIPALITY: Final = "#7d8a94"
BORDER_CLUSTER: Final = "#26323c"
ACCENT: Final = "#0b5a8a"
"""Links, focus and buttons; 7.1:1 on white."""

HIGHLIGHT: Final = "#c2185b"
"""Outline of what the reader has chosen."""

CLUSTER_FILLS: Final = ("#72aee8", "#fbe29a", "#a4b866", "#f0b4ae", "#84dcf4", "#cf8bab")
"""Six fills for areas that lie side by side.

Found by a search over OKLab so that every pair stays at least 0.09 apart for normal sight and under
simulated protanopia, deuteranopia and tritanopia (Machado, Oliveira and Fernandes 2009), and so that `INK`
reads on each with a contrast of at least 6:1.
"""

SEQUENTIAL: Final = ("#fdf3c8", "#f6cf7d", "#e79a5b", "#bd5546", "#8c2f4f", "#4a1942")
"""Little → much (short → long travel time); lightness falls evenly, also for colour-blind readers."""

DIVERGING: Final = ("#2a5a8c", "#6f9fcb", "#b9d3e8", "#f4f2ed", "#f3cfa0", "#d98f45", "#8f4f12")
"""Less → as before → more; the middle is neutral."""

FONT_STACK: Final = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif'
"""Pages use the reader's own system font, so that none has to be carried along."""

FONT_FIGURE: Final = "DejaVu Sans"
"""Ships with matplotlib, holds every Danish letter and may be embedded."""

TYPE_PT: Final[Mapping[str, float]] = {
    "title": 13.0,
    "subtitle": 9.0,
    "label": 7.5,
    "legend": 7.5,
    "small": 6.5,
}
"""Type sizes of static figures in points at A4 width."""

A4_MM: Final = 160.0
"""Text width of an A4 page, millimetres."""

SLIDE: Final = (13.333, 7.5)
"""A 16:9 slide, inches."""

DPI: Final = 300


@dataclass(frozen=True, slots=True)
class Hatch:
    """A line pattern that lies over a fill.

    Parameters
    ----------
    name
        Stable identifier, used as the SVG pattern's id.
    angles
        Directions of the lines, degrees from horizontal, counter-clockwise; none means dots.
    gap, width
        Distance between lines and their width, CSS pixels.
    colour
        Of the lines or dots.
    matplotlib
        The same pattern in matplotlib's hatch letters.
    """

    name: str
    angles: tuple[int, ...]
    gap: float
    width: float
    colour: str
    matplotlib: str


HATCH_SHARED: Final = Hatch("shared", (45,), 8.0, 1.4, INK, "////")
"""A municipality that belongs to two clusters."""

HATCH_MISSING: Final = Hatch("missing", (45, 135), 9.0, 1.0, MUTED, "xxx")
"""No figure, or a municipality in no cluster."""

HATCH_APPROXIMATE: Final = Hatch("approximate", (), 7.0, 1.1, MUTED, "..")
"""A figure or area that is modelled or approximate."""

HATCH_NEARER: Final = Hatch("nearer", (0,), 6.0, 1.6, "#1f5f9e", "---")
"""Land whose way gets shorter."""

HATCHES: Final = (HATCH_SHARED, HATCH_MISSING, HATCH_APPROXIMATE, HATCH_NEARER)
"""Every hatch of a page."""

GAIN: Final = "#2f7dc4"
GAIN_LIGHT: Final = "#bcd9f2"
"""Land that comes within a limit, and land whose way gets shorter; blue stands in no ramp of travel times."""


@dataclass(frozen=True, slots=True)
class Shape:
    """One filled or stroked polygon of a marker, in a box from -1 to 1 with y upwards.

    `fill` and `line` are colours or ``none``; `width` is the line width as part of the box's half side.
    """

    points: Ring
    fill: str = "none"
    line: str = "none"
    width: float = 0.0


@dataclass(frozen=True, slots=True)
class Marker:
    """A marker as a stack of shapes, bottom first, and its side on a page (CSS pixels)."""

    name: str
    shapes: tuple[Shape, ...]
    size: int = 20


def _regular(sides: int, radius: float = 1.0, turn: float = 0.5) -> Ring:
    return tuple(
        (
            round(radius * sin(2 * pi * (i + turn) / sides), 4),
            round(radius * cos(2 * pi * (i + turn) / sides), 4),
        )
        for i in range(sides)
    )


def _star(points: int, outer: float, inner: float) -> Ring:
    radii = (outer, inner)
    return tuple(
        (round(radii[i % 2] * sin(pi * i / points), 4), round(radii[i % 2] * cos(pi * i / points), 4))
        for i in range(2 * points)
    )


def _box(half: float) -> Ring:
    return ((-half, -half), (half, -half), (half, half), (-half, half))


_A = (
    (-0.58, -0.6),
    (-0.34, -0.6),
    (-0.22, -0.26),
    (0.22, -0.26),
    (0.34, -0.6),
    (0.58, -0.6),
    (0.14, 0.64),
    (-0.14, 0.64),
)
_A_EYE = ((-0.13, -0.04), (0.13, -0.04), (0.0, 0.36))
_H = (
    (-0.42, -0.5), (-0.2, -0.5), (-0.2, -0.11), (0.2, -0.11), (0.2, -0.5), (0.42, -0.5),
    (0.42, 0.5), (0.2, 0.5), (0.2, 0.11), (-0.2, 0.11), (-0.2, 0.5), (-0.42, 0.5),
)  # fmt: skip
_CROSS = (
    (-0.4, -0.56), (0.0, -0.16), (0.4, -0.56), (0.56, -0.4), (0.16, 0.0), (0.56, 0.4),
    (0.4, 0.56), (0.0, 0.16), (-0.4, 0.56), (-0.56, 0.4), (-0.16, 0.0), (-0.56, -0.4),
)  # fmt: skip
_PLUS = (
    (-0.1, -0.4), (0.1, -0.4), (0.1, -0.1), (0.4, -0.1), (0.4, 0.1), (0.1, 0.1),
    (0.1, 0.4), (-0.1, 0.4), (-0.1, 0.1), (-0.4, 0.1), (-0.4, -0.1), (-0.1, -0.1),
)  # fmt: skip
_CHECK = ((-0.5, 0.02), (-0.15, -0.38), (0.52, 0.32), (0.36, 0.5), (-0.14, -0.02), (-0.33, 0.2))
_ASK = (
    (-0.36, 0.2), (-0.31, 0.44), (-0.1, 0.6), (0.13, 0.6), (0.33, 0.44), (0.35, 0.2), (0.23, 0.02),
    (0.1, -0.08), (0.1, -0.22), (-0.1, -0.22),
    (-0.1, 0.02), (0.08, 0.13), (0.14, 0.23), (0.12, 0.34), (0.03, 0.4),
    (-0.06, 0.4), (-0.13, 0.33), (-0.15, 0.2),
)  # fmt: skip
_ASK_DOT = ((-0.12, -0.58), (0.12, -0.58), (0.12, -0.34), (-0.12, -0.34))
_HOUSE = ((-0.82, -0.86), (0.82, -0.86), (0.82, 0.06), (0.0, 0.92), (-0.82, 0.06))
_DOOR = ((-0.24, -0.86), (0.24, -0.86), (0.24, -0.1), (-0.24, -0.1))
_DISC = _regular(24)
_DIAMOND = ((0.0, -0.96), (0.96, 0.0), (0.0, 0.96), (-0.96, 0.0))

ACUTE: Final = "#9b1230"
OTHER: Final = "#1f3a5f"
HOUSE: Final = "#0d5c4b"

MARKERS: Final[Mapping[str, Marker]] = {
    marker.name: marker
    for marker in (
        Marker(
            "acute",
            (
                Shape(_box(0.92), ACUTE, PAPER, 0.14),
                Shape(_A, PAPER),
                Shape(_A_EYE, ACUTE),
            ),
            size=22,
        ),
        Marker("non_acute", (Shape(_DISC, PAPER, OTHER, 0.2), Shape(_H, OTHER)), size=19),
        Marker("planned", (Shape(_DIAMOND, PAPER, OTHER, 0.2), Shape(_PLUS, OTHER)), size=20),
        Marker("closed", (Shape(_DISC, "#e9ecee", MUTED, 0.14), Shape(_CROSS, MUTED)), size=17),
        Marker("health_house", (Shape(_HOUSE, HOUSE, PAPER, 0.14), Shape(_DOOR, PAPER)), size=18),
        Marker("health_house_planned", (Shape(_HOUSE, PAPER, HOUSE, 0.2), Shape(_PLUS, HOUSE)), size=18),
        Marker(
            "health_house_closed",
            (
                Shape(_HOUSE, "#e9ecee", MUTED, 0.14),
                Shape(tuple((x * 0.7, y * 0.7 - 0.2) for x, y in _CROSS), MUTED),
            ),
            size=17,
        ),
        Marker("practice", (Shape(_DISC, INK, PAPER, 0.25),), size=9),
        Marker("practice_closed", (Shape(_regular(24, 0.9), PAPER, INK, 0.4),), size=9),
        Marker("practice_unknown", (Shape(_regular(24, 0.85), "#8d99a3", INK, 0.25),), size=8),
        Marker("place_stated", (Shape(_DISC, OTHER, PAPER, 0.14), Shape(_CHECK, PAPER)), size=18),
        Marker(
            "place_assumed",
            (Shape(_regular(24, 0.9), PAPER, OTHER, 0.16), Shape(_ASK, OTHER), Shape(_ASK_DOT, OTHER)),
            size=17,
        ),
        Marker("candidate_suitable", (Shape(_regular(24, 0.95), HOUSE, PAPER, 0.25),), size=13),
        Marker("candidate_reservations", (Shape(_regular(24, 0.8), PAPER, HOUSE, 0.45),), size=11),
        Marker("candidate_not_suitable", (Shape(_regular(24, 0.7), "#b9c1c8", MUTED, 0.25),), size=8),
        Marker("site", (Shape(_star(5, 1.0, 0.46), "#ffd23f", INK, 0.14),), size=24),
    )
}
"""Facilities told apart by shape: square A, circle H, diamond +, crossed circle, house, dot, star, tick."""


def fill_of(index: int) -> str:
    """Fill of a cluster's colour number; numbers beyond the palette start over."""
    return CLUSTER_FILLS[index % len(CLUSTER_FILLS)]


def ramp(classes: int) -> tuple[str, ...]:
    """Take `classes` (1 to 6) colours of `SEQUENTIAL`, spread over its whole length.

    Raises
    ------
    ValueError
        When more classes are asked for than a reader can tell apart.
    """
    last = len(SEQUENTIAL) - 1
    if not 1 <= classes <= last + 1:
        raise ValueError(f"a ramp holds 1 to {last + 1} classes, not {classes}")
    return tuple(SEQUENTIAL[round(i * last / max(classes - 1, 1))] for i in range(classes))


def luminance(colour: str) -> float:
    """Relative luminance of an ``#rrggbb`` colour (WCAG 2.2)."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21 (WCAG 2.2, success criterion 1.4.3)."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)
