"""A rectangle of a figure to draw on in its own units: a map's metres, or millimetres of the sheet.

matplotlib's axes do this and much more (ticks, limits, labels); a figure with several of them spends more
time on making them than on drawing.
"""

from typing import Any

from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.transforms import Affine2D, Bbox, Transform, TransformedBbox

from maps.figures.lettering import MM_PER_INCH

Box = tuple[float, float, float, float]
"""West, south, east, north."""


class Surface:
    """A box on the sheet that shows an extent.

    Parameters
    ----------
    figure
        What to draw on.
    box
        Place on the sheet, mm from its lower left corner.
    extent
        What the box shows, in the units that artists are drawn in.
    level
        Surfaces of higher levels lie above; within one, artists lie by their own order (0 to 9).
    """

    def __init__(self, figure: Figure, box: Box, extent: Box, level: int) -> None:
        self._figure = figure
        self._level = level
        west, south, east, north = box
        across, up = (east - west) / (extent[2] - extent[0]), (north - south) / (extent[3] - extent[1])
        to_mm = Affine2D().translate(-extent[0], -extent[1]).scale(across, up).translate(west, south)
        mm = Affine2D().scale(1 / MM_PER_INCH) + figure.dpi_scale_trans
        self.transform: Transform = to_mm + mm
        """From the surface's units to the figure."""
        self._clip = TransformedBbox(Bbox.from_extents(*box), mm)
        self._box, self._mm = box, mm

    def add(self, artist: Artist, *, clip: bool = True) -> None:
        """Draw an artist in the surface's units, cut off at its edge."""
        if not artist.is_transform_set():
            artist.set_transform(self.transform)
        if clip:
            artist.set_clip_box(self._clip)
        artist.set_zorder(10 * self._level + artist.get_zorder())
        self._figure.add_artist(artist)

    def frame(self, fill: str, line: str, width: float) -> None:
        """Fill the surface and frame it; `width` in points."""
        west, south, east, north = self._box
        sides: dict[str, Any] = {"transform": self._mm, "linewidth": width}
        place = ((west, south), east - west, north - south)
        self.add(Rectangle(*place, facecolor=fill, edgecolor="none", zorder=0, transform=self._mm))
        self.add(Rectangle(*place, facecolor="none", edgecolor=line, zorder=9, **sides), clip=False)
