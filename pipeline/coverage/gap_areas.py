"""From flagged points to gap areas: which points belong together, and the land that they stand for."""

from dataclasses import dataclass
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from pipeline.coverage import points_xy
from pipeline.coverage.neighbours import Neighbours, find_neighbours, linked_nodes
from pipeline.crs import METRIC
from pipeline.settings.coverage import GapSettings
from pipeline.travel.land import land_parts, nearest_land

NO_GAP: Final = -1
"""Gap of a point that is not flagged."""

_DISC_SEGMENTS: Final = 8  # of a quarter circle
_INSIDE: Final = float(np.cos(np.pi / (4 * _DISC_SEGMENTS)))  # of its radius a drawn disc holds all round


@dataclass(frozen=True, slots=True)
class Gaps:
    """Flagged points in groups.

    Parameters
    ----------
    member
        Int64 array of shape (points,): the gap of each point, `NO_GAP` for the others.
    outlines
        One row a gap: ``gap`` (0 … gaps - 1) and geometry (MultiPolygon, EPSG:25832).
    """

    member: NDArray[np.int64]
    outlines: gpd.GeoDataFrame


def neighbours_of(demand: gpd.GeoDataFrame, settings: GapSettings) -> Neighbours:
    """Find the neighbours among demand points; they serve gaps of every kind."""
    people = demand["weight"].to_numpy(dtype=np.float64)
    return find_neighbours(
        points_xy(demand.geometry), people, link_m=settings.link_m, reach_m=settings.reach_m
    )


def find_gaps(
    demand: gpd.GeoDataFrame,
    flagged: pd.Series,
    areas: gpd.GeoDataFrame,
    settings: GapSettings,
    land: NDArray[np.int32] | None = None,
    neighbours: Neighbours | None = None,
) -> Gaps:
    """Merge neighbouring flagged points and outline the land they stand for.

    Parameters
    ----------
    demand
        Demand frame; points without people or coordinates form no gap.
    flagged
        Bool, same index.
    areas
        Municipality areas, EPSG:25832: the land that outlines are clipped to.
    settings
        Distances, and whether a gap ends at the municipality's border.
    land
        Piece of land of each point (`pipeline.travel.land.nearest_land`); found from `areas` when left out.
    neighbours
        Result of `neighbours_of`; found when left out.

    Notes
    -----
    Two flagged points belong together when they are neighbours among *all* points with people (they share an
    edge of the Delaunay triangulation) at most ``link_m`` apart, on the same piece of land and, if so set, in
    the same municipality. A gap's outline joins the points' Voronoi cells, each cut to a circle of
    ``reach_m`` and to the land. Gaps never overlap, and the order of rows does not matter.
    """
    near = neighbours or neighbours_of(demand, settings)
    hit = np.zeros(len(demand), dtype=bool)
    hit[near.rows] = flagged.to_numpy(dtype=bool)[near.rows]
    member = np.full(len(demand), NO_GAP, dtype=np.int64)
    if not hit.any():
        return Gaps(member, gpd.GeoDataFrame({"gap": []}, geometry=[], crs=METRIC))
    if land is None:
        land = nearest_land(points_xy(demand.geometry), land_parts(areas))
    ground = land.astype(np.int64)
    if settings.split_by_municipality:
        code, names = pd.factorize(demand["municipality_code"].fillna("").astype("str"), sort=True)
        ground = ground * max(len(names), 1) + code
    member[hit] = _groups(near, hit, ground)
    return Gaps(member, _outlines(near, member, areas, settings))


def _groups(near: Neighbours, hit: NDArray[np.bool_], ground: NDArray[np.int64]) -> NDArray[np.int64]:
    """Find the group of each flagged row; rows at one place and on one ground are one node."""
    mine = hit[near.rows]
    nodes, node_of = np.unique(
        np.column_stack([near.place[mine], ground[near.rows[mine]]]), axis=0, return_inverse=True
    )
    size = len(nodes)
    table = linked_nodes(nodes[:, 0], nodes[:, 1], near.pairs)
    joined = coo_array((np.ones(len(table)), (table[:, 0], table[:, 1])), shape=(size, size))
    _, label = connected_components(joined, directed=False)
    return np.asarray(label[node_of.ravel()], dtype=np.int64)


def _outlines(
    near: Neighbours, member: NDArray[np.int64], areas: gpd.GeoDataFrame, settings: GapSettings
) -> gpd.GeoDataFrame:
    """Join the cells of each gap's places and clip them to the land."""
    gap = member[near.rows]
    frame = pd.DataFrame({"gap": gap, "place": near.place})[gap != NO_GAP].drop_duplicates()
    frame = frame.sort_values(["gap", "place"])
    used = np.unique(frame["place"].to_numpy())
    cells, whole = _cut_cells(near, used, settings.reach_m)
    at = np.searchsorted(used, frame["place"].to_numpy())
    starts = np.flatnonzero(np.diff(frame["gap"].to_numpy())) + 1
    outlines = [_joined(cells[rows], whole[rows]) for rows in np.split(at, starts)]
    shapes = areas.sort_values("municipality_code").geometry.to_numpy()
    clipped = [_polygons(shape) for shape in _clipped(np.asarray(outlines, dtype=object), shapes)]
    return gpd.GeoDataFrame({"gap": np.arange(len(clipped))}, geometry=clipped, crs=METRIC)


def _cut_cells(
    near: Neighbours, used: NDArray[np.intp], reach_m: float
) -> tuple[NDArray[np.object_], NDArray[np.bool_]]:
    """Cut the cells of some places to a circle of `reach_m`; tells which lie within it as they are."""
    spots = near.spots[used]
    if near.cells is None:
        discs = shapely.buffer(shapely.points(spots), reach_m, quad_segs=_DISC_SEGMENTS)
        return np.asarray(discs, dtype=object), np.zeros(len(used), dtype=bool)
    cells = near.cells[used].copy()
    corners, cell = shapely.get_coordinates(cells, return_index=True)
    far = np.hypot(*(corners - spots[cell]).T)
    farthest = np.maximum.reduceat(far, np.flatnonzero(np.diff(cell, prepend=-1)))
    whole = farthest <= reach_m * _INSIDE
    discs = shapely.buffer(shapely.points(spots[~whole]), reach_m, quad_segs=_DISC_SEGMENTS)
    cells[~whole] = shapely.intersection(cells[~whole], discs)
    return cells, whole


def _joined(cells: NDArray[np.object_], whole: NDArray[np.bool_]) -> shapely.Geometry:
    """Join cells; those that no circle cut meet side by side and only lose their shared sides."""
    if not whole.any():
        return shapely.union_all(cells)
    inner = shapely.coverage_union_all(cells[whole])
    return inner if whole.all() else shapely.union_all([inner, *cells[~whole]])


def _clipped(outlines: NDArray[np.object_], areas: NDArray[np.object_]) -> NDArray[np.object_]:
    """Clip outlines to the land; one with no land in it stays as it is."""
    # Areas ask, outlines are asked: so each area is prepared once.
    tree = shapely.STRtree(outlines)
    area, outline = tree.query(areas, predicate="intersects")
    _, inside = tree.query(areas, predicate="contains")
    clipped = outlines.copy()
    border = ~np.isin(outline, inside)
    order = np.lexsort((area[border], outline[border]))
    area, outline = area[border][order], outline[border][order]
    parts = shapely.intersection(areas[area], outlines[outline])
    for rows in np.split(np.arange(len(outline)), np.flatnonzero(np.diff(outline)) + 1):
        if len(rows):
            land = shapely.union_all(parts[rows])
            clipped[outline[rows[0]]] = outlines[outline[rows[0]]] if shapely.is_empty(land) else land
    return clipped


def _polygons(shape: shapely.Geometry) -> shapely.MultiPolygon:
    """Keep the polygons of a shape as a MultiPolygon; touching points and lines are dropped."""
    parts = shapely.get_parts(shape)
    return shapely.MultiPolygon([part for part in parts if part.geom_type == "Polygon" and not part.is_empty])
