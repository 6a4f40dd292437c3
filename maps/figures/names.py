"""Names on a map: written where they touch nothing, tied to their place where they stand apart from it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely

from maps import theme
from maps.figures.labels import Coverage, Ground, Size, around_point, inside_area
from maps.figures.lettering import Style, Weight, block_size, breaks
from maps.figures.panels import Panel, grown
from maps.figures.placing import Candidates, place
from maps.figures.sheet import Sheet
from maps.figures.surface import Box

_SECOND: Final = 0.84  # size of the second line
_LEADER_MM: Final = 1.3
_ROOM: Final = (1.0, 0.4)  # around the text, mm


@dataclass(frozen=True, slots=True)
class Name:
    """A name to write on a map.

    Parameters
    ----------
    text
        The name.
    at
        What it belongs to: an area in metres (EPSG:25832), or a point on paper in mm.
    size
        Type size, points.
    second
        A smaller line below the name.
    most
        Width at which the name is broken into lines, mm.
    gap
        From a point to its name, mm.
    """

    text: str
    at: shapely.Geometry
    size: float
    weight: Weight = "normal"
    style: Style = "normal"
    colour: str = theme.INK
    second: str = ""
    most: float = 26.0
    gap: float = 1.6


@dataclass(frozen=True, slots=True)
class Written:
    """A name as written: its box (mm), what it covers of others (mm²), whether a line ties it to its spot."""

    name: Name
    box: Box
    overlap: float
    tied: bool


def write_names(
    sheet: Sheet,
    panel: Panel,
    names: Sequence[Name],
    *,
    land: shapely.Geometry,
    blocked: Sequence[Box],
    avoided: Sequence[Box],
) -> list[Written]:
    """Write names on a panel without collisions.

    Parameters
    ----------
    sheet, panel
        Where to write.
    names
        What to write.
    land
        All areas, metres: names keep off those that are not theirs.
    blocked
        Boxes that no name may touch, mm: insets, scale bar, notes.
    avoided
        Boxes that names should not touch, mm: markers.
    """
    if not names:
        return []
    frame = grown(panel.box, -0.8)
    on_paper = panel.shape_to_paper(shapely.clip_by_rect(land, *panel.extent))
    ground = Ground(
        frame,
        blocked=np.array(blocked).reshape(-1, 4),
        avoided=np.array(avoided).reshape(-1, 4),
        land=Coverage.of(on_paper, frame, 0.7),
    )
    ways = [breaks(name.text, name.most, name.size, name.weight) for name in names]
    candidates = [
        _candidates(panel, name, [_block(name, lines) for lines in lists], ground)
        for name, lists in zip(names, ways, strict=True)
    ]
    spots = place(candidates)
    written = []
    for name, lists, label, spot in zip(names, ways, candidates, spots, strict=True):
        tied = _tie(sheet, panel, name, label, spot.box)
        _write(sheet, name, lists[spot.shape], spot.box)
        written.append(Written(name, spot.box, spot.overlap, tied))
    return written


def _block(name: Name, lines: Sequence[str]) -> Size:
    width, height = block_size(lines, name.size, name.weight)
    below = block_size([name.second], name.size * _SECOND) if name.second else (0.0, 0.0)
    return max(width, below[0]) + _ROOM[0], height + below[1] + _ROOM[1]


def _write(sheet: Sheet, name: Name, lines: Sequence[str], box: Box) -> None:
    x, align = (box[0] + box[2]) / 2, "center"
    if name.at.geom_type == "Point":  # lines begin, or end, beside their point
        sides = {"left": box[0] + _ROOM[0] / 2, "right": box[2] - _ROOM[0] / 2}
        beside = "left" if box[0] >= name.at.x else "right" if box[2] <= name.at.x else ""
        x, align = (sides[beside], beside) if beside else (x, align)
    top = box[3] - _ROOM[1] / 2
    look = {"colour": name.colour, "align": align, "halo": True}
    top = sheet.block(x, top, lines, name.size, weight=name.weight, style=name.style, **look)
    if name.second:
        sheet.block(x, top, [name.second], name.size * _SECOND, style="italic", **look)


def _candidates(panel: Panel, name: Name, sizes: Sequence[Size], ground: Ground) -> Candidates:
    if name.at.geom_type == "Point":
        ((x, y),) = shapely.get_coordinates(name.at).tolist()
        return around_point((x, y), sizes, name.gap, ground)
    on_paper = panel.shape_to_paper(shapely.intersection(name.at, shapely.box(*panel.extent)))
    return inside_area(on_paper, sizes, ground)


def _tie(sheet: Sheet, panel: Panel, name: Name, label: Candidates, box: Box) -> bool:
    """Draw a line from a name to its place where it stands apart from it."""
    anchor, frame = shapely.Point(label.anchor), shapely.box(*box)
    if name.at.geom_type == "Point":
        apart = shapely.distance(frame, anchor) - name.gap > _LEADER_MM
    else:
        apart = not shapely.intersects(panel.shape_to_paper(name.at), frame.centroid)
    if apart:
        start = shapely.get_coordinates(shapely.shortest_line(frame, anchor))[0]
        sheet.line([(float(start[0]), float(start[1])), label.anchor], theme.INK, 0.45, zorder=3)
    return bool(apart)
