"""Views on a sheet: which part of the country a box on paper shows, with scale bar and north arrow."""

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pyproj
import shapely
from matplotlib.patches import Polygon
from numpy.typing import NDArray

from maps import theme
from maps.figures.sheet import INSET, MAIN, Sheet
from maps.figures.surface import Box, Surface
from pipeline.crs import GEOGRAPHIC, METRIC
from pipeline.messages import translator

Floats = NDArray[np.float64]
Shapes = NDArray[Any]
"""Array of geometries."""

_BAR_MM: Final = 34.0
_ARROW: Final = np.array([(0.0, 3.4), (1.5, -1.4), (0.0, -0.4), (-1.5, -1.4)])


@dataclass(slots=True)
class Panel:
    """One view on the sheet: a box on paper (mm) that shows an extent (metres, EPSG:25832).

    Parameters
    ----------
    name
        ``main``, ``bornholm`` or ``capital``.
    box, extent
        The same rectangle on paper and in the country.
    surface
        What is drawn on, in metres.
    instead
        Extents that other panels show larger: no markers and names here.
    east_m
        Nothing east of this is drawn, metres: an inset shows it in another place.
    """

    name: str
    box: Box
    extent: Box
    surface: Surface
    instead: list[Box] = field(default_factory=list)
    east_m: float = float("inf")

    @property
    def metres_per_mm(self) -> float:
        """Scale of the view."""
        return (self.extent[2] - self.extent[0]) / (self.box[2] - self.box[0])

    def to_paper(self, points: Floats) -> Floats:
        """Turn metres, shape (n, 2), into millimetres on the sheet."""
        placed: Floats = (points - np.array(self.extent[:2])) / self.metres_per_mm + np.array(self.box[:2])
        return placed

    def shape_to_paper(self, shape: shapely.Geometry) -> shapely.Geometry:
        """Turn a geometry in metres into one in millimetres on the sheet."""
        return shapely.transform(shape, self.to_paper)

    def shows(self, points: Floats) -> NDArray[np.bool_]:
        """Tell which points, shape (n, 2), metres, belong to this panel."""
        seen: NDArray[np.bool_] = inside(points, self.extent)
        seen &= points[:, 0] <= self.east_m
        for extent in self.instead:
            seen &= ~inside(points, extent)
        return seen

    def view(self) -> shapely.Geometry:
        """Give the extent with a little around it: what is worth drawing."""
        west, south, east, north = grown(self.extent, 2 * self.metres_per_mm)
        return shapely.box(west, south, min(east, self.east_m), north)


def add_panel(
    sheet: Sheet, name: str, box: Box, wanted: Box, *, pad: float = 0.0, west_first: bool = False
) -> Panel:
    """Add a view that shows the wanted extent as large as the box allows.

    Parameters
    ----------
    sheet
        What to draw on.
    name, box
        Of the panel.
    wanted
        What must be seen, metres.
    pad
        Room around it, mm.
    west_first
        Leave room that is left over to the east, where Denmark's insets go; otherwise on both sides.
    """
    width, height = box[2] - box[0], box[3] - box[1]
    scale = max((wanted[2] - wanted[0]) / (width - 2 * pad), (wanted[3] - wanted[1]) / (height - 2 * pad))
    west = wanted[0] - pad * scale if west_first else (wanted[0] + wanted[2] - width * scale) / 2
    south = (wanted[1] + wanted[3] - height * scale) / 2
    extent = (west, south, west + width * scale, south + height * scale)
    main = name == "main"
    surface = Surface(sheet.figure, box, extent, MAIN if main else INSET)
    surface.frame(theme.SEA, theme.RULE if main else theme.MUTED, 0.5)
    return Panel(name, box, extent, surface)


def inside(points: Floats, extent: Box) -> NDArray[np.bool_]:
    """Tell which points, shape (n, 2), lie in an extent."""
    low, high = np.array(extent[:2]), np.array(extent[2:])
    within: NDArray[np.bool_] = np.all((points >= low) & (points <= high), axis=1)
    return within


def grown(box: Box, by: float) -> Box:
    """Move each side of a box outwards."""
    return box[0] - by, box[1] - by, box[2] + by, box[3] + by


def total_bounds(shapes: Shapes) -> Box:
    """Bounds of all geometries together."""
    west, south, east, north = shapely.total_bounds(shapes)
    return float(west), float(south), float(east), float(north)


def bar_length(metres_per_mm: float, most_mm: float) -> float:
    """Choose the longest round length that a scale bar of at most `most_mm` can show, metres."""
    rounds = [base * 10.0**power for power in range(1, 7) for base in (1, 2, 4, 5)]
    return max((metres for metres in rounds if metres / metres_per_mm <= most_mm), default=rounds[0])


def scale_block(sheet: Sheet, panel: Panel) -> tuple[float, tuple[float, float]]:
    """Choose the length of the scale bar, metres, and the room that it and the arrow take, mm."""
    length = bar_length(panel.metres_per_mm, _BAR_MM * sheet.form.map_scale)
    size = _mark_size(sheet)
    return length, (length / panel.metres_per_mm + 15.0 * size, 8.0 * size)


def draw_scale(sheet: Sheet, panel: Panel, box: Box, length: float) -> None:
    """Draw an arrow to true north and a scale bar of `length` metres into a box, mm."""
    type_size, size = sheet.map_pt("small"), _mark_size(sheet)
    _draw_north(sheet, panel, box[0] + 3.2 * size, box[1] + 4.2 * size)
    half = length / panel.metres_per_mm / 2
    x, y = box[0] + 8.0 * size, box[1] + 1.6 * size
    say = translator(sheet.caption.lang)
    for number in range(3):
        if number < 2:
            part = (x + number * half, y, x + (number + 1) * half, y + 1.1 * size)
            sheet.frame(part, fill=(theme.INK, theme.PAPER)[number], line=theme.INK, zorder=4)
        km = number * length / 2000
        text = say.number(km, 0 if km == int(km) else len(f"{km:.3f}".rstrip("0").split(".")[1]))
        text += " km" * (number == 2)
        sheet.text(x + number * half, y + 2.0 * size, text, type_size, align="center", halo=True)


def _mark_size(sheet: Sheet) -> float:
    """Size of the scale bar and the arrow as part of those at A4 width: they shrink less than names do."""
    return float(np.sqrt(sheet.form.map_scale))


def _draw_north(sheet: Sheet, panel: Panel, x: float, y: float) -> None:
    turn, size = convergence(panel.extent), _mark_size(sheet)
    turned = _ARROW @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]) * size + (x, y)
    look: dict[str, Any] = {"closed": True, "edgecolor": theme.INK, "linewidth": 0.5, "zorder": 4}
    sheet.paper.add(Polygon(turned, facecolor=theme.PAPER, **look))
    sheet.paper.add(Polygon(turned[:3], facecolor=theme.INK, **look))
    sheet.text(x, y - 4.0 * size, "N", sheet.map_pt("small"), weight="bold", align="center", halo=True)


def convergence(extent: Box) -> float:
    """Angle from grid north to true north at the middle of an extent, radians, counter-clockwise.

    On the transverse Mercator projection with central meridian 9° E the meridians lean towards it by
    atan(tan(longitude - 9°) sin(latitude)); see J. P. Snyder, "Map Projections: A Working Manual" (1987).
    """
    to_degrees = pyproj.Transformer.from_crs(METRIC, GEOGRAPHIC, always_xy=True)
    lon, lat = to_degrees.transform((extent[0] + extent[2]) / 2, (extent[1] + extent[3]) / 2)
    return float(np.arctan(np.tan(np.radians(lon - 9.0)) * np.sin(np.radians(lat))))
