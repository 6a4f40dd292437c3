"""Close the white gaps of a map drawn with its areas apart, so that neighbours share one border.

Each area grows into the gap until it meets its neighbour half-way: the border is the medial axis of the gap,
found as the Voronoi diagram of points along the drawn edges (Aurenhammer 1991, ACM Computing Surveys 23(3)).
The country's outline, drawn without gaps, says where the land ends.
"""

from typing import Final

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from scipy.spatial import Voronoi, cKDTree

Floats = npt.NDArray[np.float64]

POINT_STEP: Final = 5.0
"""Spacing of the points along drawn edges, drawing units: a seventh of a gap, so borders waver little."""

GRID: Final = 0.001
"""Precision of the noding, drawing units (3 cm)."""

SEA: Final = 100.0
"""How far beyond the drawn areas borders reach, drawing units; more than any margin of the coast."""

NOBODY: Final = -1

FIT_SHARE: Final = 0.8
"""Share of the outline that counts when it is laid over the coast; the rest runs across gaps."""


def align_outline(outline: shapely.Geometry, drawn: gpd.GeoSeries) -> shapely.Geometry:
    """Lay the outline over the drawn areas: an affine map found by iterated closest points.

    Both are the same drawing at different scales, so the boxes give a start and the nearest vertices the
    rest.
    """
    target = drawn.get_coordinates().to_numpy()
    tree = cKDTree(target)
    source = shapely.get_coordinates(outline)
    low, high = source.min(axis=0), source.max(axis=0)
    scale = (target.max(axis=0) - target.min(axis=0)) / (high - low)
    placed = (source - low) * scale + target.min(axis=0)
    design = np.c_[source, np.ones(len(source))]
    for _ in range(30):
        distance, nearest = map(np.asarray, tree.query(placed))
        near = distance <= np.quantile(distance, FIT_SHARE)
        affine = np.linalg.lstsq(design[near], target[nearest[near]], rcond=None)[0]
        placed = design @ affine
    return shapely.make_valid(shapely.set_coordinates(outline, placed), method="structure")


def close_gaps(
    drawn: gpd.GeoSeries, outline: shapely.Geometry, *, enclave: tuple[str, str], margin: float = 0.0
) -> gpd.GeoSeries:
    """Grow the drawn areas over the whole land.

    Parameters
    ----------
    drawn
        Areas with gaps between them, one row per key.
    outline
        The land to be shared out, same units.
    enclave
        Keys of an area and of the neighbour that surrounds it on every side. The drawing leaves a mouth in
        the surrounding area; it is closed, so that the enclave touches no one else.
    margin
        How far the coast is moved outwards first, same units: the pen that keeps areas apart also eats the
        coast.

    Returns
    -------
    geopandas.GeoSeries
        The same keys; a valid coverage.
    """
    seeds = drawn.copy()
    inner, outer = enclave
    gap = seeds[inner].distance(seeds[outer])
    seeds[outer] = seeds[outer].union(seeds[inner].buffer(gap + 2).difference(seeds[inner].buffer(gap)))
    land = shapely.union_all([*drawn.to_numpy(), outline]).buffer(margin)
    faces = _faces(_borders(seeds), land)
    inside = shapely.point_on_surface(faces)
    owner = np.argmin([shapely.distance(inside, seed) for seed in seeds], axis=0)
    grown = [shapely.coverage_union_all(faces[owner == row]) for row in range(len(seeds))]
    return gpd.GeoSeries(grown, index=seeds.index)


def _borders(seeds: gpd.GeoSeries) -> npt.NDArray[np.object_]:
    """Edges of the Voronoi diagram that lie between points of two different seeds."""
    edges = shapely.segmentize(seeds.boundary.to_numpy(), POINT_STEP)
    points, row = shapely.get_coordinates(edges, return_index=True)
    points, first = np.unique(np.round(points, 2), axis=0, return_index=True)
    row = row[first]
    low, high = points.min(axis=0), points.max(axis=0)
    frame = shapely.get_coordinates(shapely.box(*(2 * low - high), *(2 * high - low)))[:-1]
    diagram = Voronoi(np.vstack([points, frame]))  # the frame keeps borders from running off to infinity
    owner = np.r_[row, np.full(len(frame), NOBODY)]
    one, other = owner[diagram.ridge_points].T
    ends = np.array(diagram.ridge_vertices)
    between = (one != other) & (one != NOBODY) & (other != NOBODY) & (ends >= 0).all(axis=1)
    segments: Floats = diagram.vertices[ends[between]]
    lines = shapely.linestrings(np.round(segments, 3))
    low, high = low - SEA, high + SEA  # vertices far out at sea would spoil the noding
    far = ~((segments >= low) & (segments <= high)).all(axis=(1, 2))
    lines[far] = shapely.clip_by_rect(lines[far], *low, *high)
    return np.asarray(lines[shapely.length(lines) > 0])


def _faces(borders: npt.NDArray[np.object_], land: shapely.Geometry) -> npt.NDArray[np.object_]:
    """Cut the land along the borders; every cut has the same vertices on both sides."""
    net = shapely.union_all([*borders, shapely.boundary(land)], grid_size=GRID)
    faces = np.array(shapely.get_parts(shapely.polygonize([net])))
    return np.asarray(faces[shapely.contains(land, shapely.point_on_surface(faces))])
