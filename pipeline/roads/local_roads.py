"""Assumed local roads of the bundled network: between neighbouring places and over open land."""

from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import Delaunay, cKDTree

from pipeline.roads.sketch import Lines, Points
from pipeline.settings.main_roads import MainRoadSettings

HARBOUR_M: Final = 2_500.0
"""A harbour or bridgehead this near a (coarsely drawn) piece of land belongs to it, metres."""

AT_PLACE_M: Final = 1_000.0
"""A harbour or bridgehead this near a place of a numbered road lies at it, metres."""

CAUSEWAY_M: Final = 4_000.0
"""A town without any known road or ferry is joined to a point at most this far away, metres: it has a bridge
or causeway that no list names."""


def lattice(land: shapely.Geometry, spacing_m: float, taken: NDArray[np.float64]) -> NDArray[np.float64]:
    """Crossings of assumed local roads: a triangular lattice over land, away from the places."""
    west, south, east, north = land.bounds
    rows = np.arange(south, north, spacing_m * np.sqrt(3) / 2)
    columns = np.arange(west, east, spacing_m)
    x = columns[None, :] + (np.arange(len(rows)) % 2)[:, None] * spacing_m / 2
    points = np.column_stack([x.ravel(), np.repeat(rows, len(columns))])
    shapely.prepare(land)
    inside = points[shapely.contains_xy(land, points[:, 0], points[:, 1])]
    distance, _ = cKDTree(taken).query(inside)
    free: NDArray[np.float64] = inside[distance > spacing_m / 2]
    return free


def local_roads(nodes: Points, land: shapely.Geometry, settings: MainRoadSettings) -> Lines:
    """Join neighbouring points by local roads where no water parts them.

    Neighbours are the edges of the Gabriel graph (K. R. Gabriel and R. R. Sokal, "A new statistical approach
    to geographic variation analysis", Systematic Zoology 18, 1969): no third point lies in the circle over
    the edge.
    """
    usable = np.setdiff1d(np.arange(len(nodes.xy)), np.fromiter(nodes.off_road, dtype=np.int64))
    xy, inverse = np.unique(nodes.xy[usable], axis=0, return_inverse=True)
    triangles = Delaunay(xy).simplices
    pairs = np.vstack([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    pairs = np.unique(np.sort(pairs, axis=1), axis=0)
    middle, radius = xy[pairs].mean(axis=1), np.hypot(*(xy[pairs[:, 0]] - xy[pairs[:, 1]]).T) / 2
    nearest, _ = cKDTree(xy).query(middle)
    gabriel = nearest >= radius * (1 - 1e-9)
    pairs = pairs[gabriel]
    shore = shapely.buffer(land, settings.most_water_m, quad_segs=2)
    shapely.prepare(shore)
    dry = shapely.covers(shore, shapely.linestrings(xy[pairs]))
    pairs = pairs[dry]

    first_of = np.full(len(xy), -1, dtype=np.int64)
    order = np.arange(len(usable))[::-1]
    first_of[inverse.ravel()[order]] = usable[order]  # the node that stands for its point
    same = first_of[inverse.ravel()]
    twin = same != usable
    first = np.r_[first_of[pairs[:, 0]], same[twin]]
    second = np.r_[first_of[pairs[:, 1]], usable[twin]]
    return _local(nodes, first, second, settings)


def join_pieces(nodes: Points, edges: Lines, land: shapely.Geometry, settings: MainRoadSettings) -> Lines:
    """Join loose pieces of local road to the rest of their own piece of land by the shortest line.

    Where the coarse coast leaves a headland without any road, one exists all the same.
    """
    count = len(nodes.xy)
    graph = coo_matrix((np.ones(len(edges.first)), (edges.first, edges.second)), shape=(count, count))
    _, piece = connected_components(graph, directed=False)
    parts = np.array(shapely.get_parts(land))
    usable = np.setdiff1d(np.arange(count), np.fromiter(nodes.off_road, dtype=np.int64))
    node, part = shapely.STRtree(parts).query(shapely.points(nodes.xy[usable]), predicate="intersects")
    pairs = []
    for number in np.unique(part):
        own = usable[node[part == number]]
        sizes = np.bincount(piece[own])
        home = own[piece[own] == sizes.argmax()]
        tree = cKDTree(nodes.xy[home])
        for loose in np.unique(piece[own]):
            if loose != sizes.argmax():
                members = own[piece[own] == loose]
                away, nearest = tree.query(nodes.xy[members])
                at = int(np.argmin(away))
                pairs.append((members[at], home[np.asarray(nearest)[at]]))
    ends = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return _local(nodes, ends[:, 0], ends[:, 1], settings)


def join_towns(nodes: Points, edges: Lines, towns: NDArray[np.int64], settings: MainRoadSettings) -> Lines:
    """Join towns that no known road or ferry leads to over the narrowest water: a bridge that no list names.

    Parameters
    ----------
    nodes, edges
        Every road and ferry so far.
    towns
        Nodes that people live at.
    settings
        Speed and detour of local roads.
    """
    count = len(nodes.xy)
    graph = coo_matrix((np.ones(len(edges.first)), (edges.first, edges.second)), shape=(count, count))
    _, piece = connected_components(graph, directed=False)
    main = int(np.bincount(piece).argmax())
    rest = np.setdiff1d(np.flatnonzero(piece == main), np.fromiter(nodes.off_road, dtype=np.int64))
    tree = cKDTree(nodes.xy[rest])
    pairs = []
    for loose in np.setdiff1d(np.unique(piece[towns]), [main]):
        members = np.flatnonzero(piece == loose)
        away, nearest = tree.query(nodes.xy[members])
        at = int(np.argmin(away))
        if np.asarray(away)[at] <= CAUSEWAY_M:
            pairs.append((members[at], rest[np.asarray(nearest)[at]]))
    ends = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return _local(nodes, ends[:, 0], ends[:, 1], settings)


def _local(
    nodes: Points, first: NDArray[np.int64], second: NDArray[np.int64], settings: MainRoadSettings
) -> Lines:
    """Assumed local roads between given nodes."""
    length = np.hypot(*(nodes.xy[first] - nodes.xy[second]).T) * settings.local.detour
    return Lines(
        first,
        second,
        np.full(len(first), "local"),
        length / (settings.local.kmh / 3.6),
        length,
    )


def to_harbours(
    nodes: Points, harbours: NDArray[np.int64], land: shapely.Geometry, settings: MainRoadSettings
) -> Lines:
    """Join harbours, bridgeheads and places off the drawn coast to the place or land they belong to."""
    parts = np.array(shapely.get_parts(land))
    tree = shapely.STRtree(parts)
    usable = np.setdiff1d(np.arange(len(nodes.xy)), [*nodes.off_road, *harbours.tolist()])
    numbers = np.fromiter(nodes.names.values(), dtype=np.int64)
    places = np.setdiff1d(numbers, [*nodes.off_road, *harbours.tolist()])
    away, place = (np.asarray(column) for column in cKDTree(nodes.xy[places]).query(nodes.xy[harbours]))
    at_place = away < AT_PLACE_M
    pairs = list(zip(harbours[at_place], places[place[at_place]], strict=True))
    harbours = harbours[~at_place]
    part_of = np.full(len(usable), -1)
    point, part = tree.query(shapely.points(nodes.xy[usable]), predicate="intersects")
    part_of[point[::-1]] = part[::-1]
    harbour, part = tree.query_nearest(shapely.points(nodes.xy[harbours]), max_distance=HARBOUR_M)
    for number, piece in zip(harbour, part, strict=True):
        own = usable[part_of == piece]
        if len(own):
            away = np.hypot(*(nodes.xy[own] - nodes.xy[harbours[number]]).T)
            pairs.append((harbours[number], own[int(away.argmin())]))
    joined = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return _local(nodes, joined[:, 0], joined[:, 1], settings)
