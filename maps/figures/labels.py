"""Where a name may stand on paper: candidate places around a point and over an area, and what they cost.

All lengths are millimetres on paper. For the choice of places see E. Imhof, "Positioning names on maps",
The American Cartographer 2 (1975).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from maps.figures.placing import Candidates, Floats, overlap_areas
from maps.figures.surface import Box

Size = tuple[float, float]
"""Width and height, mm."""

_NEAR_MM: Final = (0.0, 3.5, 6.5, 10.0, 14.0, 19.0)  # how far from its point a label may go, nearest first


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of any box lies on something, answered from sums over a fine grid.

    Parameters
    ----------
    total
        Sums of covered cells south-west of each grid corner.
    origin
        West and south of the grid, mm.
    cell
        Size of a cell, mm.
    """

    total: NDArray[np.int64]
    origin: Size
    cell: float

    @classmethod
    def of(cls, shape: shapely.Geometry, frame: Box, cell: float) -> "Coverage":
        """Count which cells of the frame have their middle on `shape`."""
        west, south, east, north = frame
        across, up = np.arange(west, east, cell) + cell / 2, np.arange(south, north, cell) + cell / 2
        shapely.prepare(shape)
        full = shapely.contains_xy(shape, *np.meshgrid(across, up))
        total = np.pad(full.cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0))).astype(np.int64)
        return cls(total, (west, south), cell)

    def share(self, boxes: Floats) -> Floats:
        """Share of each box (k, 4) that is covered, 0 to 1; what is outside the frame is not."""
        origin = np.array([*self.origin, *self.origin])
        most = np.array(self.total.shape)[[1, 0, 1, 0]] - 1
        west, south, east, north = np.clip(np.rint((boxes - origin) / self.cell), 0, most).astype(int).T
        inner = (
            self.total[north, east]
            - self.total[south, east]
            - self.total[north, west]
            + self.total[south, west]
        )
        share: Floats = inner * self.cell**2 / np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
        return np.minimum(share, 1.0)


@dataclass(frozen=True, slots=True)
class Ground:
    """What labels must keep clear of.

    Parameters
    ----------
    frame
        West, south, east, north that labels must stay inside, mm.
    blocked
        Boxes that labels must not touch (n, 4), mm.
    avoided
        Boxes that labels should not touch, for example markers (n, 4), mm.
    land
        Where areas that are named lie: a name on another's area would mislead.
    """

    frame: Box
    blocked: Floats
    avoided: Floats
    land: Coverage | None = None

    def cost(self, boxes: Floats) -> Floats:
        """Cost of lying on what is blocked or avoided, or outside the frame, shape (k,)."""
        west, south, east, north = self.frame
        beyond = np.maximum(
            0, [west - boxes[:, 0], south - boxes[:, 1], boxes[:, 2] - east, boxes[:, 3] - north]
        )
        cost: Floats = (
            200.0 * beyond.sum(axis=0)
            + 200.0 * overlap_areas(boxes, self.blocked).sum(axis=1)
            + 8.0 * overlap_areas(boxes, self.avoided).sum(axis=1)
        )
        return cost


def around_point(point: tuple[float, float], sizes: Sequence[Size], gap: float, ground: Ground) -> Candidates:
    """List places around a point: right, left, above, below and between, then the same further off.

    Parameters
    ----------
    point
        Middle of the marker, mm.
    sizes
        Width and height of the label for each of its line breaks, the best liked first, mm.
    gap
        From the point to the nearest edge of the label, mm.
    ground
        What to keep clear of.
    """
    turns = np.radians(np.arange(0, 360, 15))
    cosine, sine = np.cos(turns), np.sin(turns)
    # From the right and a little up (Imhof's order): the right side reads best, below worst.
    taste = 0.6 * (1 - cosine) + 0.4 * (sine < -0.3)
    boxes, costs, shapes = [], [], []
    for number, size in enumerate(sizes):
        half = np.array(size) / 2
        # The label's box touches the circle of this reach in the turn's direction.
        with np.errstate(divide="ignore"):
            stretch = np.minimum(half[0] / np.abs(cosine), half[1] / np.abs(sine))
        for ring, off in enumerate(_NEAR_MM):
            middle = np.array(point) + np.column_stack([cosine, sine]) * (gap + off + stretch)[:, None]
            boxes.append(np.hstack([middle - half, middle + half]))
            costs.append(taste + 3.0 * ring + 0.4 * off + 0.8 * number)
            shapes.append(np.full(len(turns), number))
    every = np.vstack(boxes)
    return Candidates(every, np.concatenate(costs) + ground.cost(every), np.concatenate(shapes), point)


def inside_area(
    area: shapely.Geometry, sizes: Sequence[Size], ground: Ground, *, step: float | None = None
) -> Candidates:
    """List places over an area, best near its visual middle and wholly inside, and others around it.

    Parameters
    ----------
    area
        Polygon or MultiPolygon on paper, mm; the label belongs to its largest part.
    sizes
        Width and height of the label for each of its line breaks, the best liked first, mm.
    ground
        What to keep clear of.
    step
        Distance of the places from each other, mm; by the area's size when left out.
    """
    rough = shapely.simplify(area, 0.3)
    largest = max(shapely.get_parts(rough), key=shapely.area)
    middle = visual_middle(largest)
    west, south, east, north = largest.bounds
    step = step or float(np.clip(np.sqrt(largest.area) / 12, 1.0, 3.0))
    own = Coverage.of(rough, rough.bounds, 0.4)
    boxes, costs, shapes = [], [], []
    for number, size in enumerate(sizes):
        half = np.array(size) / 2
        spans = ((west, east, half[0] + 4), (south, north, half[1] + 4))
        xs, ys = (np.arange(low - room, high + room + step, step) for low, high, room in spans)
        centres = np.vstack([[middle], np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)])
        places = np.hstack([centres - half, centres + half])
        within = own.share(places)
        gap = shapely.distance(largest, shapely.points(centres))
        far = np.hypot(*(centres - middle).T)
        # A label that sticks out still belongs while its middle lies on the area; else it needs a leader.
        beside = np.where(gap > 0, 10.0 + 2.0 * gap, 0.0)
        foreign = 0.0 if ground.land is None else np.clip(ground.land.share(places) - within, 0, None)
        boxes.append(places)
        costs.append(0.25 * far + 8.0 * (1 - within) + 30.0 * foreign + beside + 0.8 * number)
        shapes.append(np.full(len(places), number))
    every = np.vstack(boxes)
    anchor = (float(middle[0]), float(middle[1]))
    return Candidates(every, np.concatenate(costs) + ground.cost(every), np.concatenate(shapes), anchor)


def visual_middle(polygon: shapely.Polygon) -> Floats:
    """Find the middle of the largest circle inside a polygon (pole of inaccessibility), shape (2,)."""
    tolerance = max(np.sqrt(polygon.area) / 40, 1e-6)
    circle = shapely.maximum_inscribed_circle(polygon, tolerance=tolerance)
    start: Floats = shapely.get_coordinates(circle)[0]
    return start


def free_place(
    size: tuple[float, float],
    frame: Box,
    taken: Floats,
    land: Coverage,
    *,
    corner: tuple[float, float],
) -> Box:
    """Find room for a box (inset, scale bar): on no other box, over as little land as can be, near a corner.

    Parameters
    ----------
    size
        Width and height, mm.
    frame
        West, south, east, north to stay inside, mm.
    taken
        Boxes already there (n, 4), mm.
    land
        What should stay visible.
    corner
        The wished corner: 0 or 1 for west or east, then 0 or 1 for south or north; between is allowed.

    Returns
    -------
    tuple of float
        West, south, east, north, mm.
    """
    west, south, east, north = frame
    room = np.maximum([east - west - size[0], north - south - size[1]], 0)
    across, up = (np.append(np.arange(0, most, 1.0), most) for most in room)
    low = np.stack(np.meshgrid(across, up), axis=-1).reshape(-1, 2) + np.array([west, south])
    boxes = np.hstack([low, low + size])
    covered = land.share(boxes) * size[0] * size[1]
    wished = np.array([west, south]) + np.array(corner) * room
    far = np.hypot(*(low - wished).T)
    costs = (
        20.0 * covered + 30.0 * (covered > 0.3) + 100.0 * overlap_areas(boxes, taken).sum(axis=1) + 0.3 * far
    )
    best = boxes[int(np.argmin(costs))]
    return float(best[0]), float(best[1]), float(best[2]), float(best[3])
