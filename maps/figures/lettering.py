"""Type of static figures: measured and broken into lines in millimetres, real text in every format."""

import hashlib
import os
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

import matplotlib as mpl
import numpy as np
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from matplotlib.backend_bases import RendererBase
from matplotlib.font_manager import FontProperties, findfont
from matplotlib.patheffects import Stroke
from matplotlib.text import Text
from matplotlib.textpath import text_to_path

from maps import theme

MM_PER_INCH: Final = 25.4
MM_PER_PT: Final = MM_PER_INCH / 72
LINE_HEIGHT: Final = 1.22
"""Distance of two baselines, of the type size."""

ASCENT: Final = 0.94
"""From the top of a line to its baseline, of the type size."""

_UNUSED_TABLES: Final = frozenset({"GSUB", "GPOS", "GDEF", "MATH", "FFTM"})  # layout rules, maker's dates
_LETTERS: Final = frozenset(
    chr(code)
    for start, end in (
        (0x20, 0x7F),
        (0xA0, 0x250),
        (0x2010, 0x2045),
        (0x20AC, 0x20AD),
        (0x2190, 0x2194),
        (0x2260, 0x2266),
    )
    for code in range(start, end)
)

Weight = Literal["normal", "bold"]
Style = Literal["normal", "italic"]


def font(text: str, size: float, weight: Weight = "normal", style: Style = "normal") -> FontProperties:
    """Give the figures' type face for a text at a size in points."""
    return _font(size, weight, style, whole=not _LETTERS.issuperset(text))


@cache
def _font(size: float, weight: Weight, style: Style, *, whole: bool) -> FontProperties:
    file = None if whole else _light_face(weight, style)
    return FontProperties(family=theme.FONT_FIGURE, size=size, weight=weight, style=style, fname=file)


@cache
def face_file(weight: Weight = "normal", style: Style = "normal") -> Path:
    """Find the file of the figures' type face, which matplotlib carries."""
    return Path(findfont(FontProperties(family=theme.FONT_FIGURE, weight=weight, style=style)))


@cache
def _light_face(weight: Weight, style: Style) -> str:
    """Give a copy of the face with the letters of Latin scripts only, kept in matplotlib's own cache.

    Cutting the used letters out of the whole face, with its layout rules for other scripts, takes ten times
    as long, for each face of each PDF. Shapes, widths and kerning are the same.
    """
    whole = face_file(weight, style)
    digest = hashlib.sha256(whole.read_bytes()).hexdigest()[:12]
    light = Path(mpl.get_cachedir()) / f"{whole.stem}-latin-{digest}.ttf"
    if not light.is_file():
        with TTFont(whole, recalcTimestamp=False) as face:
            for table in _UNUSED_TABLES & set(face.keys()):
                del face[table]
            options = Options(legacy_kern=True, hinting=True, name_IDs=["*"], notdef_outline=True)
            subsetter = Subsetter(options)
            subsetter.populate(unicodes=sorted(map(ord, _LETTERS)))
            subsetter.subset(face)
            half = light.with_suffix(f".{os.getpid()}")
            face.save(half)
        half.replace(light)  # in one step: other processes may be doing the same
    return str(light)


@cache
def line_width(text: str, size: float, weight: Weight = "normal") -> float:
    """Measure one line of text, mm."""
    width, _, _ = text_to_path.get_text_width_height_descent(text, font(text, size, weight), ismath=False)
    return float(width) * MM_PER_PT


def block_size(lines: Sequence[str], size: float, weight: Weight = "normal") -> tuple[float, float]:
    """Measure lines under each other: width and height, mm."""
    return max(line_width(line, size, weight) for line in lines), block_height(len(lines), size)


def block_height(lines: int, size: float) -> float:
    """Height of so many lines, mm."""
    return lines * size * LINE_HEIGHT * MM_PER_PT


def wrapped(text: str, width: float, size: float, weight: Weight = "normal") -> list[str]:
    """Break text at spaces into lines no wider than `width` (mm), save for a single longer word."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and line_width(longer, size, weight) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def balanced(text: str, most: float, size: float, weight: Weight = "normal") -> list[str]:
    """Break text into as few lines as keep each under `most` mm, all about equally long."""
    few = wrapped(text, most, size, weight)
    if len(few) <= 1:
        return few or [""]
    start = line_width(" ".join(few), size, weight) / len(few)
    tries = (wrapped(text, float(width), size, weight) for width in np.arange(start, most, 1.0))
    return next((lines for lines in tries if len(lines) == len(few)), few)


def breaks(text: str, most: float, size: float, weight: Weight = "normal") -> list[list[str]]:
    """List ways to break a name into lines, the fewest lines first; more lines make a narrower label."""
    ways = [balanced(text, most, size, weight)]
    words = len(text.split())
    for count in range(len(ways[0]) + 1, min(words, len(ways[0]) + 2) + 1):
        tries = (wrapped(text, most * float(part), size, weight) for part in np.linspace(1, 0.1, 46))
        ways += [lines for lines in tries if len(lines) == count][:1]
    return ways


class Halo(Text):
    """Text with a light outline under it, drawn twice so that vector files keep real text."""

    def __init__(self, *args: Any, outline: float = 1.9, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        self._effect = Stroke(linewidth=outline, foreground=theme.PAPER, joinstyle="round")

    def draw(self, renderer: RendererBase) -> None:
        """Draw the outline as a path, then the text itself."""
        self.set_path_effects([self._effect])
        super().draw(renderer)
        self.set_path_effects([])
        super().draw(renderer)
