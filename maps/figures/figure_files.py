"""Write figures to files: PNG at 300 dpi, SVG and PDF with real text, the same bytes for the same figure."""

import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from maps import theme
from maps.files.printable import printable

FORMATS: Final = ("png", "svg", "pdf")

_SETTINGS: Final[Any] = {
    "svg.fonttype": "none",  # real text
    "svg.hashsalt": "klyngekort",  # ids that do not change from run to run
    "pdf.fonttype": 42,  # whole TrueType glyphs embedded: text can be searched and copied
    "pdf.compression": 4,
    "hatch.linewidth": 0.5,
    "text.hinting": "no_hinting",  # text as wide as measured
    "path.simplify": False,
    "text.parse_math": False,
    "axes.unicode_minus": False,
}
_METADATA: Final[dict[str, dict[str, Any]]] = {
    "svg": {"Creator": "Klyngekort", "Date": None},
    "pdf": {"Creator": "Klyngekort", "Producer": None, "CreationDate": None},
}
_PNG_LEVEL: Final = 3  # two thirds of the time of 6, and hardly larger
_SOURCE: Final = {"svg": "Source", "pdf": "Subject"}  # what the formats call it
_FAMILY: Final = re.compile(rf"'{theme.FONT_FIGURE}'")
_STACK: Final = f"'{theme.FONT_FIGURE}', Verdana, 'Bitstream Vera Sans', Arial, sans-serif"


def save_figure(
    figure: Figure,
    folder: Path,
    name: str,
    formats: Sequence[str] = FORMATS,
    *,
    title: str = "",
    source: str = "",
) -> list[Path]:
    """Write a figure in several formats.

    Parameters
    ----------
    figure
        What to write; its size in inches is kept.
    folder
        Made when absent.
    name
        File name without ending.
    formats
        Of ``png``, ``svg`` and ``pdf``.
    title, source
        Kept in the files' metadata.

    Returns
    -------
    list of Path
        The files, in the order of `formats`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    title, source = printable(title), printable(source)
    for text in figure.findobj(Text):
        if isinstance(text, Text):
            text.set_text(printable(text.get_text().expandtabs(1)))
    written = []
    for ending in formats:
        path = folder / f"{name}.{ending}"
        path.write_bytes(figure_bytes(figure, ending, title=title, source=source))
        written.append(path)
    return written


def figure_bytes(figure: Figure, ending: str, *, title: str = "", source: str = "") -> bytes:
    """Give the content of a figure's file of a format (``png``, ``svg``, ``pdf``); see `save_figure`."""
    buffer = io.BytesIO()
    with mpl.rc_context(_SETTINGS):
        if ending == "png":
            _save_png(figure, buffer, title, source)
        else:
            told = {**_METADATA[ending], "Title": title, _SOURCE[ending]: source}
            figure.savefig(buffer, format=ending, dpi=theme.DPI, metadata=told)
    content = buffer.getvalue()
    return _readable_svg(content.decode("utf-8")).encode("utf-8") if ending == "svg" else content


def _save_png(figure: Figure, buffer: io.BytesIO, title: str, source: str) -> None:
    """Write without transparency, which a sheet of paper has no use for: a quarter less to pack."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()  # type: ignore[no-untyped-call]
    drawn = np.asarray(canvas.buffer_rgba())[:, :, :3]  # type: ignore[no-untyped-call]
    told = PngInfo()
    told.add_text("Software", "Klyngekort")
    told.add_itxt("Title", title)
    told.add_itxt("Source", source)
    image = Image.fromarray(np.ascontiguousarray(drawn))
    image.save(buffer, "PNG", dpi=(theme.DPI, theme.DPI), compress_level=_PNG_LEVEL, pnginfo=told)


def figure_title(png: Path) -> str:
    """Read a figure's title from its PNG file; empty where there is no such file or it tells none."""
    if not png.is_file():
        return ""
    with Image.open(png) as image:
        return str(image.info.get("Title", ""))


def _readable_svg(text: str) -> str:
    """Name type faces of like width for readers without the figures' own."""
    return _FAMILY.sub(_STACK, text)
