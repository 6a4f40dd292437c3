"""The map on a sheet: Denmark in one view, with insets for Bornholm and the crowded capital.

A `BaseMap` draws areas, lines, markers and names on all its panels, so that a figure says only what to show.
"""

from collections.abc import Sequence
from typing import Any, Final

import geopandas as gpd
import numpy as np
import shapely
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.transforms import IdentityTransform
from numpy.typing import NDArray

from maps import theme
from maps.figures.labels import Coverage, free_place
from maps.figures.legend import LineStyle, add_markers
from maps.figures.lettering import MM_PER_PT, balanced, block_size
from maps.figures.linework import area_path, stripes
from maps.figures.marks import spread
from maps.figures.names import Name, Written, write_names
from maps.figures.panels import (
    Floats,
    Panel,
    Shapes,
    add_panel,
    draw_scale,
    grown,
    inside,
    scale_block,
    total_bounds,
)
from maps.figures.sheet import GROUND, Sheet
from maps.figures.surface import Box, Surface
from pipeline.messages import msg, translator

BORNHOLM_WEST_M: Final = 820_000.0
"""What lies east of this easting (EPSG:25832) is Bornholm and Christiansø, drawn in an inset."""

CAPITAL_M: Final[Box] = (697_500.0, 6_156_500.0, 735_500.0, 6_194_500.0)
"""The capital area, enlarged in an inset: west, south, east, north in EPSG:25832."""

CAPITAL_FROM_M_PER_MM: Final = 1_000.0
"""Scale from which on the capital area is too small to read."""

_CAPITAL_MM: Final = 50.0  # at A4 width
_CAPITAL_SLIDE_MM: Final = 36.0
_BORNHOLM_MM: Final = 40.0  # at most, at A4 width
_LEAST_INSET_MM: Final = 26.0
_PAD_MM: Final = 2.5
_STRIPE_MM: Final = 1.6


def on_bornholm(shapes: Shapes) -> NDArray[np.bool_]:
    """Tell which geometries lie on Bornholm or Christiansø."""
    west: Floats = shapely.bounds(shapes)[:, 0]
    return west > BORNHOLM_WEST_M


class BaseMap:
    """A sheet's map with its panels.

    Parameters
    ----------
    sheet
        What to draw on.
    land
        Areas of the whole study, simplified for print; EPSG:25832.
    extent
        What the main panel must show, metres; all land but Bornholm when left out.
    bornholm
        Whether Bornholm gets an inset; where it needs one when left out.
    """

    def __init__(
        self, sheet: Sheet, land: gpd.GeoDataFrame, *, extent: Box | None = None, bornholm: bool | None = None
    ) -> None:
        self.sheet = sheet
        shapes = land.geometry.to_numpy()
        far = on_bornholm(shapes)
        near = shapes if far.all() else shapes[~far]
        wanted = extent or total_bounds(near)
        pad = 0.0 if extent else _PAD_MM
        self.main = add_panel(sheet, "main", sheet.map_box, wanted, pad=pad, west_first=extent is None)
        self.panels = [self.main]
        self.taken: list[Box] = []
        self._ties: list[Box] = []
        self._marked: list[Box] = []
        seen = shapes[shapely.intersects(self.main.view(), shapes) | far]
        self._land = shapely.coverage_union_all(seen)
        self.keep_free(near if extent is None else seen[~on_bornholm(seen)])
        if (extent is None if bornholm is None else bornholm) and far.any() and not far.all():
            self.main.east_m = BORNHOLM_WEST_M
            self._add_bornholm(total_bounds(shapes[far]))
        crowded = shapely.intersects(shapely.box(*CAPITAL_M), near).sum() >= 5
        if extent is None and crowded and self.main.metres_per_mm >= CAPITAL_FROM_M_PER_MM:
            title = translator(sheet.caption.lang)(msg("The capital area"))
            wide = _CAPITAL_SLIDE_MM if sheet.form.height else _CAPITAL_MM * sheet.form.width / theme.A4_MM
            metres_per_mm = (CAPITAL_M[2] - CAPITAL_M[0]) / wide
            self._tie(*self._inset("capital", title, CAPITAL_M, metres_per_mm))

    def drawn(self) -> Box:
        """Bounds of what the panels show, metres."""
        return total_bounds(np.array([panel.view() for panel in self.panels]))

    def keep_free(self, shapes: Shapes) -> None:
        """State what must stay visible on the main panel; all land when never called."""
        shown = self.main.shape_to_paper(shapely.coverage_union_all(shapes))
        self._shown = Coverage.of(shown, self.sheet.map_box, 0.5)

    def free(self, size: tuple[float, float], corner: tuple[float, float]) -> Box:
        """Reserve room for something on the map's face, off what must stay visible where that can be; mm."""
        taken = np.array([grown(box, 1.5) for box in [*self.taken, *self._ties]]).reshape(-1, 4)
        box = free_place(size, grown(self.sheet.map_box, -1.2), taken, self._shown, corner=corner)
        self.taken.append(box)
        return box

    def _add_bornholm(self, bounds: Box) -> None:
        """Move Bornholm next to the rest: at the same scale where there is room, else at its own."""
        widest = _BORNHOLM_MM * self.sheet.form.map_scale
        same, own = self.main.metres_per_mm, (bounds[2] - bounds[0]) / (widest - 4)
        say = translator(self.sheet.caption.lang)
        title = "Bornholm" if same >= own else say(msg("Bornholm (other scale)"))
        self._inset("bornholm", title, grown(bounds, 2 * max(same, own)), max(same, own))

    def _inset(self, name: str, title: str, wanted: Box, metres_per_mm: float) -> tuple[Panel, Box]:
        """Add a panel with a title; gives it and its box with the title, mm."""
        size = self.sheet.map_pt("small")
        title_size = block_size([title], size, "bold")
        head = title_size[1] + 0.8
        least = max(title_size[0] + 2, _LEAST_INSET_MM * self.sheet.form.map_scale)
        width = max((wanted[2] - wanted[0]) / metres_per_mm, least)
        box = self.free((width, (wanted[3] - wanted[1]) / metres_per_mm + head), (1.0, 1.0))
        west, south, east, north = box
        Surface(self.sheet.figure, box, box, GROUND).frame(theme.PAPER, theme.MUTED, 0.7)
        panel = add_panel(self.sheet, name, (west, south, east, north - head), wanted)
        self.sheet.block(west + 1, north - 0.4, [title], size, weight="bold")
        self.panels.append(panel)
        self.main.instead.append(panel.extent)
        return panel, box

    def _tie(self, panel: Panel, box: Box) -> None:
        """Frame on the main panel what an inset enlarges, and tie the two together."""
        ((west, south), (east, north)) = self.main.to_paper(np.array(panel.extent).reshape(2, 2)).tolist()
        self.sheet.frame((west, south, east, north), fill="none", line=theme.MUTED, width=0.7, zorder=2)
        small, large = shapely.box(west, south, east, north), shapely.box(*box)
        corners = [((west, south), box[:2]), ((east, south), (box[2], box[1]))]
        corners += [((west, north), (box[0], box[3])), ((east, north), box[2:])]
        for start, end in corners:
            tie = shapely.LineString([start, end])
            if not (shapely.crosses(tie, small) or shapely.crosses(tie, large)):  # only the two outer ones
                self.sheet.line([start, end], theme.MUTED, 0.5, zorder=2)
                along = shapely.get_coordinates(shapely.segmentize(tie, 2.0)).tolist()
                self._ties += [(x, y, x, y) for x, y in along]

    def areas(
        self, shapes: Shapes, fills: Sequence[Sequence[str]], *, hatch: str | None = None, zorder: float = 1
    ) -> None:
        """Fill areas; several colours for one area stripe it.

        Parameters
        ----------
        shapes
            Polygons, EPSG:25832.
        fills
            Colours of each.
        hatch
            Letters of a matplotlib hatch over all of them.
        zorder
            Higher numbers lie above lower ones.
        """
        look: dict[str, Any] = {
            "hatch": hatch,
            "hatchcolor": theme.MUTED,
            "edgecolor": "none",
            "zorder": zorder,
        }
        for panel in self.panels:
            view = panel.view()
            width = _STRIPE_MM * panel.metres_per_mm
            for number in np.flatnonzero(shapely.intersects(view, shapes)).tolist():
                colours = fills[number]
                part = shapely.clip_by_rect(shapes[number], *view.bounds)
                for colour, stripe in zip(colours, stripes(part, len(colours), width), strict=True):
                    panel.surface.add(PathPatch(area_path(stripe), facecolor=colour, **look))

    def mosaic(self, shapes: Shapes, fill: str, *, hatch: str | None = None, zorder: float = 1) -> None:
        """Fill many areas in one colour as one drawing, without hairlines between neighbours."""
        look: dict[str, Any] = {"facecolor": fill, "edgecolor": fill, "linewidth": 0.2, "zorder": zorder}
        for panel in self.panels:
            view = panel.view()
            cut = shapely.clip_by_rect(shapes[shapely.intersects(view, shapes)], *view.bounds)
            panel.surface.add(PathPatch(area_path(cut), hatch=hatch, hatchcolor=theme.MUTED, **look))

    def lines(
        self, shapes: Shapes, colour: str, width: float, *, style: LineStyle = "-", zorder: float = 2
    ) -> None:
        """Draw LineStrings, EPSG:25832, in one colour; `width` in points at A4, `style` of matplotlib."""
        width = self.sheet.line_width(width)
        look: dict[str, Any] = {"colors": colour, "linewidths": width, "linestyles": style, "zorder": zorder}
        for panel in self.panels:
            view = panel.view()
            seen = shapes[shapely.intersects(view, shapes)]
            parts = shapely.get_parts(shapely.clip_by_rect(seen, *view.bounds))
            runs = [shapely.get_coordinates(part) for part in parts]
            drawn = LineCollection(runs, capstyle="round", joinstyle="round", **look)
            panel.surface.add(drawn)

    def dots(self, points: Floats, colour: str, size_mm: float, *, zorder: float = 1.2) -> None:
        """Draw many equal dots, metres (n, 2); in vector files they are one picture, to keep those small."""
        look: dict[str, Any] = {"facecolors": colour, "linewidths": 0, "zorder": zorder, "rasterized": True}
        radius = size_mm / 2 / MM_PER_PT
        for panel in self.panels:
            seen = points[inside(points, panel.extent) & (points[:, 0] <= panel.east_m)]
            place = {"offsets": seen, "offset_transform": panel.surface.transform}
            drawn = PathCollection([Path.unit_circle()], sizes=[radius**2], **place, **look)
            drawn.set_transform(IdentityTransform())
            panel.surface.add(drawn)

    def markers(
        self, points: Floats, kinds: Sequence[str], *, scale: float = 1.0, faint: bool = False
    ) -> Floats:
        """Draw markers; those that would hide each other move apart and are tied to their true place.

        Parameters
        ----------
        points
            Metres, EPSG:25832, shape (n, 2).
        kinds
            Keys of `maps.theme.MARKERS`; earlier keys lie above later ones.
        scale
            Size as part of the sheet's marker size.
        faint
            Pale, at their true place, and not kept clear by names.

        Returns
        -------
        ndarray
            Where each marker stands on paper, mm, shape (n, 2); NaN where it is outside the map.
        """
        where = np.full((len(kinds), 2), np.nan)
        half_of = {kind: self.sheet.marker_half(kind) * scale for kind in kinds}
        halves = np.array([half_of[kind] for kind in kinds])
        for panel in self.panels:
            shown = np.flatnonzero(panel.shows(points)) if len(kinds) else np.array([], dtype=int)
            true = panel.to_paper(points[shown])
            if faint and panel is self.main:  # not through insets, scale and notes
                clear = ~np.any([inside(true, box) for box in [(0.0, 0.0, 0.0, 0.0), *self.taken]], axis=0)
                shown, true = shown[clear], true[clear]
            where[shown] = true if faint else spread(true, halves[shown])
            far = np.hypot(*(where[shown] - true).T) > halves[shown] * 0.5
            for number in np.flatnonzero(far):
                self.sheet.line(
                    [tuple(where[shown[number]]), tuple(true[number])], theme.INK, 0.5, zorder=3.5
                )
        for level, kind in enumerate(reversed([kind for kind in theme.MARKERS if kind in half_of])):
            mine = np.array([kind == other for other in kinds]) & np.isfinite(where).all(axis=1)
            look: dict[str, Any] = {"alpha": 0.4, "zorder": 3.2} if faint else {"zorder": 4 + level / 10}
            add_markers(self.sheet.paper, kind, where[mine], half_of[kind], **look)
        if not faint:
            boxes = np.hstack([where - halves[:, None], where + halves[:, None]])
            self._marked += [(w, s, e, n) for w, s, e, n in boxes[np.isfinite(where).all(axis=1)].tolist()]
        return where

    def names(self, names: Sequence[Name]) -> list[Written]:
        """Write names without collisions, each on the panel that shows its place."""
        return [
            written
            for panel in self.panels
            for written in write_names(
                self.sheet,
                panel,
                [name for name in names if self._home(name) is panel],
                land=self._land,
                blocked=self.taken if panel is self.main else [],
                avoided=self._marked,
            )
        ]

    def _home(self, name: Name) -> Panel | None:
        if name.at.geom_type == "Point":  # already on paper; insets lie above the main panel
            spot = shapely.get_coordinates(name.at)
            return next((panel for panel in reversed(self.panels) if inside(spot, panel.box)[0]), None)
        spot = shapely.get_coordinates(
            shapely.point_on_surface(max(shapely.get_parts(name.at), key=shapely.area))
        )
        return next((panel for panel in self.panels if panel.shows(spot)[0]), None)

    def scale_and_north(self) -> None:
        """Put a scale bar in kilometres and an arrow to true north on the map's face."""
        length, room = scale_block(self.sheet, self.main)
        draw_scale(self.sheet, self.main, self.free(room, (0.0, 0.0)), length)

    def notes(self) -> None:
        """Write the caption's notes on the map's face."""
        size = self.sheet.map_pt("small")
        lines = [
            line
            for note in self.sheet.caption.notes
            for line in balanced(note, 36.0 * self.sheet.form.map_scale, size)
        ]
        if lines:
            width, height = block_size(lines, size)
            box = self.free((width + 3.0, height + 1.2), (1.0, 0.0))
            self.sheet.frame(box, line=theme.MUTED, zorder=1)
            self.sheet.block(box[0] + 1.2, box[3] - 0.6, lines, size, style="italic")
