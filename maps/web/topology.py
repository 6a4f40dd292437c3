"""Areas as shared border lines: each border stands once in a page, however many layers use it.

Areas are simplified as a coverage, so that neighbours keep one common border, then cut into arcs where three
areas (or two and the sea) meet. A shape is a list of rings, a ring a list of arc numbers (``~n`` means arc
``n`` backwards), as in TopoJSON. A cluster is the arcs that only one of its municipalities has.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Final

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from pipeline.crs import GEOGRAPHIC, METRIC

DECIMALS: Final = 5
"""Decimals of a degree in a page: about one metre."""

SCREEN_TOLERANCE_M: Final = 60.0
"""Detail dropped for the screen: two pixels at zoom 12 in Denmark."""

Point = tuple[int, int]
Ring = list[int]


@dataclass(frozen=True, slots=True)
class Topology:
    """Arcs and the shapes made of them.

    Parameters
    ----------
    arcs
        Each arc as whole 1e-5 degrees: longitude, latitude of its first point, then steps.
    shapes
        Rings by shape name; an even-odd fill of the rings gives the area with its holes.
    bounds
        West, south, east, north in degrees.
    lines
        Named sets of arcs that are drawn as lines: ``coast`` (arcs of one shape only), ``inner`` (arcs
        between two shapes).
    """

    arcs: tuple[tuple[int, ...], ...]
    shapes: dict[str, list[Ring]]
    bounds: tuple[float, float, float, float]
    lines: dict[str, tuple[int, ...]] = field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        """Plain lists for the page."""
        return {
            "scale": 10**DECIMALS,
            "arcs": self.arcs,
            "shapes": self.shapes,
            "bounds": self.bounds,
            "lines": self.lines,
        }

    def with_shapes(self, shapes: Mapping[str, list[Ring]]) -> "Topology":
        """Name further shapes made of the same arcs, for example clusters by `merged`."""
        return replace(self, shapes={**self.shapes, **shapes})

    def with_borders(self, name: str, shapes: Iterable[str]) -> "Topology":
        """Name the inland borders of some shapes as one set of lines, each border once."""
        coast = set(self.lines["coast"])
        arcs = {_plain(arc) for shape in shapes for ring in self.shapes[shape] for arc in ring}
        return replace(self, lines={**self.lines, name: tuple(sorted(arcs - coast))})

    def with_lines(self, name: str, lines: Iterable[shapely.LineString]) -> "Topology":
        """Name lines that bound no shape, for example isochrones; EPSG:4326."""
        first = len(self.arcs)
        points = [shapely.get_coordinates(line) * 10**DECIMALS for line in lines]
        arcs = tuple(_steps(tuple((int(x), int(y)) for x, y in np.rint(part).astype(int))) for part in points)
        return replace(
            self,
            arcs=self.arcs + arcs,
            lines={**self.lines, name: tuple(range(first, first + len(arcs)))},
        )

    def joined(self, other: "Topology") -> "Topology":
        """Add the shapes and named lines of a layer with borders of its own; bounds stay those of `self`."""
        first = len(self.arcs)
        moved = {
            name: [[arc + first if arc >= 0 else ~(~arc + first) for arc in ring] for ring in rings]
            for name, rings in other.shapes.items()
        }
        lines = {name: tuple(arc + first for arc in arcs) for name, arcs in other.lines.items()}
        return replace(
            self,
            arcs=self.arcs + other.arcs,
            shapes={**self.shapes, **moved},
            lines={**lines, **self.lines},
        )


def screen_areas(areas: gpd.GeoDataFrame, *, tolerance_m: float = SCREEN_TOLERANCE_M) -> gpd.GeoDataFrame:
    """Simplify areas for the screen without opening gaps between neighbours.

    Parameters
    ----------
    areas
        Polygons forming a valid coverage, EPSG:25832.
    tolerance_m
        Detail to drop, metres (Visvalingam and Whyatt, as `shapely.coverage_simplify` does it).

    Returns
    -------
    gpd.GeoDataFrame
        Same rows and index, EPSG:4326.

    Raises
    ------
    ValueError
        The areas are not in EPSG:25832.
    """
    if areas.crs != METRIC:
        raise ValueError(f"areas must be in {METRIC}, not {areas.crs}")
    simple = shapely.coverage_simplify(areas.geometry.to_numpy(), tolerance_m)
    return areas.set_geometry(gpd.GeoSeries(simple, index=areas.index, crs=METRIC)).to_crs(GEOGRAPHIC)


def build_topology(names: Sequence[str], geometry: gpd.GeoSeries) -> Topology:
    """Cut the polygons of a coverage into shared arcs.

    Parameters
    ----------
    names
        A name for each polygon.
    geometry
        Polygons or MultiPolygons in EPSG:4326, in the order of `names`.

    Raises
    ------
    ValueError
        Two polygons have one name.
    """
    if len(set(names)) != len(names):
        raise ValueError("each shape needs a name of its own")
    rings = {name: _rings(shape) for name, shape in zip(names, geometry, strict=True)}
    junctions = _junctions(ring for shape in rings.values() for ring in shape)
    arcs: dict[tuple[Point, ...], int] = {}
    shapes = {
        name: [[_number(arcs, arc) for arc in _cut(ring, junctions)] for ring in shape]
        for name, shape in rings.items()
    }
    west, south, east, north = (round(float(value), DECIMALS) for value in geometry.total_bounds)
    steps = tuple(_steps(arc) for arc in arcs)
    uses = Counter(_plain(arc) for shape in shapes.values() for ring in shape for arc in ring)
    lines = {
        "coast": tuple(arc for arc in range(len(steps)) if uses[arc] == 1),
        "inner": tuple(arc for arc in range(len(steps)) if uses[arc] > 1),
    }
    return Topology(steps, shapes, (west, south, east, north), lines)


def zone_topology(
    zones: gpd.GeoDataFrame, shapes: Mapping[str, NDArray[np.bool_]], *, tolerance_m: float
) -> Topology:
    """Cut zones into shared borders and name shapes that are some of them together.

    Parameters
    ----------
    zones
        Polygons forming a valid coverage, EPSG:25832.
    shapes
        Name of each shape → which zones it is made of.
    tolerance_m
        Detail to drop, metres.

    Returns
    -------
    Topology
        The named shapes only; its borders stand for no lines.
    """
    keys = [str(number) for number in range(len(zones))]
    parts = build_topology(keys, screen_areas(zones, tolerance_m=tolerance_m).geometry)
    named = {
        name: merged(parts, [keys[row] for row in np.flatnonzero(rows)]) for name, rows in shapes.items()
    }
    return replace(parts, shapes=named, lines={})


def merged(topology: Topology, members: Iterable[str]) -> list[Ring]:
    """Outline of several shapes together: the arcs that only one of them has, chained into rings."""
    left: dict[int, int] = {}
    for name in sorted(set(members)):
        for ring in topology.shapes[name]:
            for arc in ring:
                if left.get(~arc):  # the border to a fellow member, run the other way
                    left[~arc] -= 1
                else:
                    left[arc] = left.get(arc, 0) + 1
    return _chain([arc for arc, times in left.items() for _ in range(times)], topology.arcs)


def _plain(arc: int) -> int:
    return arc if arc >= 0 else ~arc


def _rings(shape: shapely.Geometry) -> list[list[Point]]:
    found = []
    # neighbours run their common border in opposite directions only if all rings turn the same way
    for part in shapely.get_parts(shapely.orient_polygons(shape)):
        for ring in shapely.get_rings(part):
            whole = np.rint(shapely.get_coordinates(ring) * 10**DECIMALS).astype(np.int64)
            keep = np.ones(len(whole), dtype=bool)
            keep[1:] = (whole[1:] != whole[:-1]).any(axis=1)
            points = [(int(x), int(y)) for x, y in whole[keep]][:-1]
            if len(points) > 2:
                found.append(points)
    return found


def _junctions(rings: Iterable[list[Point]]) -> set[Point]:
    """Points whose neighbours are not the same two in every ring that passes."""
    beside: dict[Point, frozenset[Point]] = {}
    junctions: set[Point] = set()
    for ring in rings:
        for before, point, after in zip([ring[-1], *ring[:-1]], ring, [*ring[1:], ring[0]], strict=True):
            pair = frozenset((before, after))
            if beside.setdefault(point, pair) != pair:
                junctions.add(point)
    return junctions


def _cut(ring: list[Point], junctions: set[Point]) -> list[tuple[Point, ...]]:
    places = [i for i, point in enumerate(ring) if point in junctions]
    if not places:  # an island or an enclave: start at its lowest point, so that both sides agree
        start = ring.index(min(ring))
        return [(*ring[start:], *ring[:start], ring[start])]
    turned = [*ring[places[0] :], *ring[: places[0]], ring[places[0]]]
    cuts = [*(place - places[0] for place in places), len(ring)]
    return [tuple(turned[a : b + 1]) for a, b in pairwise(cuts)]


def _number(arcs: dict[tuple[Point, ...], int], arc: tuple[Point, ...]) -> int:
    back = arc[::-1]
    if back in arcs:
        return ~arcs[back]
    return arcs.setdefault(arc, len(arcs))


def _steps(arc: tuple[Point, ...]) -> tuple[int, ...]:
    flat = [*arc[0]]
    for (x0, y0), (x1, y1) in pairwise(arc):
        flat += [x1 - x0, y1 - y0]
    return tuple(flat)


def _ends(arc: int, arcs: Sequence[tuple[int, ...]]) -> tuple[Point, Point]:
    steps = arcs[_plain(arc)]
    first = (steps[0], steps[1])
    last = (sum(steps[0::2]), sum(steps[1::2]))
    return (first, last) if arc >= 0 else (last, first)


def _chain(outline: list[int], arcs: Sequence[tuple[int, ...]]) -> list[Ring]:
    """Join arcs end to end; as many arcs start as end in every point, so each walk closes."""
    onward: dict[Point, list[int]] = defaultdict(list)
    for arc in reversed(outline):
        onward[_ends(arc, arcs)[0]].append(arc)
    rings: list[Ring] = []
    for begin in list(onward):
        while onward[begin]:
            ring = [onward[begin].pop()]
            while (end := _ends(ring[-1], arcs)[1]) != begin:
                ring.append(onward[end].pop())
            rings.append(ring)
    return rings
