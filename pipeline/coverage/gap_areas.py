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
from scipy.spatial import Delaunay, QhullError, cKDTree

from pipeline.coverage import points_xy
from pipeline.crs import METRIC
from pipeline.settings.coverage import GapSettings
from pipeline.travel.land import land_parts, nearest_land

NO_GAP: Final = -1
"""Gap of a point that is not flagged."""


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


def find_gaps(
    demand: gpd.GeoDataFrame,
    flagged: pd.Series,
    areas: gpd.GeoDataFrame,
    settings: GapSettings,
    land: NDArray[np.int32] | None = None,
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

    Notes
    -----
    Two flagged points belong together when they are neighbours among *all* points with people (they share an
    edge of the Delaunay triangulation) at most ``link_m`` apart, on the same piece of land and, if so set, in
    the same municipality. A gap's outline joins the points' Voronoi cells, each cut to a circle of
    ``reach_m`` and to the land. Gaps never overlap, and the order of rows does not matter.
    """
    xy = points_xy(demand.geometry)
    lived = (demand["weight"].to_numpy() > 0) & np.isfinite(xy).all(axis=1)
    hit = lived & flagged.to_numpy(dtype=bool)
    member = np.full(len(demand), NO_GAP, dtype=np.int64)
    if not hit.any():
        return Gaps(member, gpd.GeoDataFrame({"gap": []}, geometry=[], crs=METRIC))
    spots, place = np.unique(np.round(xy[lived], 2), axis=0, return_inverse=True)
    rows = np.flatnonzero(lived)
    ground = (nearest_land(xy, land_parts(areas)) if land is None else land).astype(np.int64)
    if settings.split_by_municipality:
        code = demand["municipality_code"].fillna("").astype("str")
        ground = pd.factorize(pd.Series(ground, index=code.index).astype("str") + "/" + code)[0].astype(
            np.int64
        )
    one, two = _linked(spots, settings.link_m)
    member[hit] = _groups(place, rows, hit, ground, (one, two))
    outlines = _outlines(spots, place, rows, member, areas, settings)
    return Gaps(member, outlines)


def _linked(spots: NDArray[np.float64], link_m: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """List the pairs of neighbouring places at most `link_m` apart."""
    try:
        triangles = Delaunay(spots).simplices
        pairs = np.vstack([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    except (QhullError, ValueError):
        # Fewer than three places, or all on one line: the next place along it is the neighbour.
        order = np.lexsort((spots[:, 1], spots[:, 0]))
        pairs = np.column_stack([order[:-1], order[1:]])
    pairs = np.unique(np.sort(pairs, axis=1), axis=0)
    apart = np.hypot(*(spots[pairs[:, 0]] - spots[pairs[:, 1]]).T)
    near = pairs[apart <= link_m].astype(np.int64)
    return near[:, 0], near[:, 1]


def _groups(
    place: NDArray[np.int64],
    rows: NDArray[np.intp],
    hit: NDArray[np.bool_],
    ground: NDArray[np.int64],
    linked: tuple[NDArray[np.int64], NDArray[np.int64]],
) -> NDArray[np.int64]:
    """Find the group of each flagged row; rows at one place and on one ground are one node."""
    mine = hit[rows]
    node_of, nodes = _number(place[mine], ground[rows[mine]])
    at: dict[int, list[tuple[int, int]]] = {}
    for number, (spot, land) in enumerate(nodes):
        at.setdefault(int(spot), []).append((number, int(land)))
    edges = [
        (first, second)
        for one, two in zip(linked[0].tolist(), linked[1].tolist(), strict=True)
        if one in at and two in at
        for first, first_land in at[one]
        for second, second_land in at[two]
        if first_land == second_land
    ]
    size = len(nodes)
    table = np.array(edges, dtype=np.int64).reshape(-1, 2)
    joined = coo_array((np.ones(len(table)), (table[:, 0], table[:, 1])), shape=(size, size))
    _, label = connected_components(joined, directed=False)
    return np.asarray(label[node_of], dtype=np.int64)


def _number(
    place: NDArray[np.int64], ground: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    nodes, node_of = np.unique(np.column_stack([place, ground]), axis=0, return_inverse=True)
    return node_of.ravel(), nodes


def _outlines(
    spots: NDArray[np.float64],
    place: NDArray[np.int64],
    rows: NDArray[np.intp],
    member: NDArray[np.int64],
    areas: gpd.GeoDataFrame,
    settings: GapSettings,
) -> gpd.GeoDataFrame:
    """Join the cells of each gap's places and clip them to the land."""
    gap = member[rows]
    frame = pd.DataFrame({"gap": gap, "place": place})[gap != NO_GAP].drop_duplicates()
    frame = frame.sort_values(["gap", "place"])
    used = np.unique(frame["place"].to_numpy())
    cells = dict(zip(used.tolist(), _cells(spots, used, settings.reach_m), strict=True))
    shapes = areas.sort_values("municipality_code").geometry.to_numpy()
    tree = shapely.STRtree(shapes)
    clipped = []
    for _, places in frame.groupby("gap", sort=True)["place"]:
        whole = shapely.union_all([cells[spot] for spot in places])
        near = shapes[np.sort(tree.query(whole, "intersects"))]
        land = shapely.union_all(shapely.intersection(near, whole)) if len(near) else whole
        clipped.append(_polygons(land) if not shapely.is_empty(land) else _polygons(whole))
    return gpd.GeoDataFrame({"gap": np.arange(len(clipped))}, geometry=clipped, crs=METRIC)


def _cells(spots: NDArray[np.float64], used: NDArray[np.int64], reach_m: float) -> NDArray[np.object_]:
    """Cut the plane into the parts nearest to each place, none farther than `reach_m` from it."""
    discs = shapely.buffer(shapely.points(spots[used]), reach_m, quad_segs=8)
    if len(spots) < 2:
        return np.asarray(discs, dtype=object)
    # Only places that can touch a used one matter: twice the reach.
    tree = cKDTree(spots)
    near = np.unique(
        np.concatenate([np.asarray(found) for found in tree.query_ball_point(spots[used], 2 * reach_m)])
    )
    if len(near) < 2:
        return np.asarray(discs, dtype=object)
    cells = shapely.voronoi_polygons(
        shapely.MultiPoint(spots[near]),
        extend_to=shapely.union_all(shapely.box(*shapely.bounds(discs).T)),
        ordered=True,
    )
    mine = np.searchsorted(near, used)
    return np.asarray(shapely.intersection(shapely.get_parts(cells)[mine], discs), dtype=object)


def _polygons(shape: shapely.Geometry) -> shapely.MultiPolygon:
    """Keep the polygons of a shape as a MultiPolygon; touching points and lines are dropped."""
    parts = shapely.get_parts(shape)
    return shapely.MultiPolygon([part for part in parts if part.geom_type == "Polygon" and not part.is_empty])
