"""Which demand points are neighbours, and the part of the plane that each stands for."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.spatial import Delaunay, QhullError

_FEW: Final = 2  # places that have no Voronoi cells
_ROOM: Final = 1.5  # cells reach this much farther than any outline


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Places with people, and which of them lie side by side.

    Parameters
    ----------
    rows
        Int array: rows of the demand frame with people and a point.
    place
        Int array of the same length: the place of each.
    spots
        Float64 array of shape (places, 2), EPSG:25832; several rows may share one.
    pairs
        Int64 array of shape (pairs, 2): neighbouring places at most as far apart as asked.
    cells
        Voronoi polygon of each place within the reach of any outline; None for fewer than two places.
    """

    rows: NDArray[np.intp]
    place: NDArray[np.intp]
    spots: NDArray[np.float64]
    pairs: NDArray[np.int64]
    cells: NDArray[np.object_] | None


def find_neighbours(
    xy: NDArray[np.float64], people: NDArray[np.float64], *, link_m: float, reach_m: float
) -> Neighbours:
    """Find the neighbours among all points with people.

    Parameters
    ----------
    xy
        Shape (points, 2), EPSG:25832; NaN where there is no point.
    people
        Shape (points,).
    link_m
        Longest distance between neighbours, metres.
    reach_m
        How far a point may stand for land, metres.
    """
    rows = np.flatnonzero((people > 0) & np.isfinite(xy).all(axis=1))
    spots, place = np.unique(np.round(xy[rows], 2), axis=0, return_inverse=True)
    return Neighbours(rows, place.ravel(), spots, _linked(spots, link_m), _cells(spots, reach_m))


def _linked(spots: NDArray[np.float64], link_m: float) -> NDArray[np.int64]:
    """List the pairs of neighbouring places at most `link_m` apart."""
    try:
        triangles = Delaunay(spots).simplices
        pairs = np.vstack([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    except (QhullError, ValueError):
        # Fewer than three places, or all on one line: the next place along it is the neighbour.
        order = np.lexsort((spots[:, 1], spots[:, 0]))
        pairs = np.column_stack([order[:-1], order[1:]])
    pairs = np.sort(pairs, axis=1).astype(np.int64)
    apart = np.hypot(*(spots[pairs[:, 0]] - spots[pairs[:, 1]]).T)
    pairs = pairs[apart <= link_m]
    key = np.unique(pairs[:, 0] * max(len(spots), 1) + pairs[:, 1])
    return np.column_stack([key // max(len(spots), 1), key % max(len(spots), 1)])


def _cells(spots: NDArray[np.float64], reach_m: float) -> NDArray[np.object_] | None:
    if len(spots) < _FEW:
        return None
    low, high = spots.min(axis=0) - _ROOM * reach_m, spots.max(axis=0) + _ROOM * reach_m
    found = shapely.voronoi_polygons(
        shapely.MultiPoint(spots), extend_to=shapely.box(*low, *high), ordered=True
    )
    return np.asarray(shapely.get_parts(found), dtype=object)


def linked_nodes(
    node_place: NDArray[np.integer],
    node_ground: NDArray[np.integer],
    pairs: NDArray[np.int64],
) -> NDArray[np.int64]:
    """List the pairs of nodes whose places are neighbours and that stand on the same ground.

    Parameters
    ----------
    node_place, node_ground
        Shape (nodes,): place and ground of each node; a node is one of each.
    pairs
        Neighbouring places.

    Returns
    -------
    NDArray
        Int64 array of shape (pairs, 2): positions of the two nodes.
    """
    nodes = pd.DataFrame({"place": node_place, "ground": node_ground, "node": np.arange(len(node_place))})
    sides = pd.DataFrame(pairs, columns=["one", "two"])
    first = sides.merge(nodes, left_on="one", right_on="place")[["two", "ground", "node"]]
    both = first.merge(nodes, left_on=["two", "ground"], right_on=["place", "ground"])
    found: NDArray[np.int64] = both[["node_x", "node_y"]].to_numpy(dtype=np.int64)
    return found
