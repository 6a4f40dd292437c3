"""Networks made by a rule, of any size: for tests, and for measuring where there is no real extract."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import minimum_spanning_tree
from scipy.spatial import Delaunay

from pipeline.roads.model import RoadArcs, RoadClass, RoadFlag

JUNCTIONS_PER_KM2: Final = 5.0
"""Junctions for each square kilometre: Denmark's 460,000 on as much land as it has with the water between."""

CORNER: Final = (450_000.0, 6_050_000.0)
"""South-west corner of a generated network, EPSG:25832."""

_CLASSES: Final = (
    (RoadClass.RESIDENTIAL, 30.0, 0.35),
    (RoadClass.UNCLASSIFIED, 50.0, 0.35),
    (RoadClass.SECONDARY, 80.0, 0.25),
    (RoadClass.MOTORWAY, 110.0, 0.05),
)
"""Class, speed (km/h) and share of the roads."""


def generated_roads(
    junctions: int,
    *,
    seed: int = 1,
    extra: float = 0.15,
    one_way: float = 0.0,
    private: float = 0.0,
    islands: int = 0,
) -> RoadArcs:
    """Make a road network out of the Delaunay triangles of random points.

    All edges of the minimum spanning tree become roads, and some of the others. The same arguments give the
    same network on every machine.

    Parameters
    ----------
    junctions
        How many, at least 4.
    seed
        Another seed, another network.
    extra
        Share of the other triangle sides that become roads.
    one_way
        Share of those that lead one way only.
    private
        Share of the spanning tree's end points whose roads are all access-only.
    islands
        Cut the country into this many more landmasses, each joined to the one west of it by a ferry named
        ``ferry-1``, ``ferry-2`` …

    Returns
    -------
    RoadArcs
        Each road a line of three points, its time that of its length at its class's speed.
    """
    rng = np.random.default_rng(seed)
    side = 1000.0 * np.sqrt(junctions / JUNCTIONS_PER_KM2)
    node_xy = rng.random((junctions, 2)) * side + np.array(CORNER)
    corners = Delaunay(node_xy).simplices
    sides = np.sort(np.vstack([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [2, 0]]]), axis=1)
    pairs = np.column_stack(
        np.divmod(np.unique(sides[:, 0].astype(np.int64) * junctions + sides[:, 1]), junctions)
    )
    length = np.hypot(*(node_xy[pairs[:, 0]] - node_xy[pairs[:, 1]]).T)
    chosen = rng.random(len(pairs)) < extra
    land = np.minimum((node_xy[:, 0] - CORNER[0]) / side * (islands + 1), islands).astype(np.int64)
    apart = land[pairs[:, 0]] != land[pairs[:, 1]]
    # Each landmass gets a tree of its own before the sea is crossed.
    tree = _spanning_tree(pairs, length + np.where(apart, 10 * side, 0.0), junctions)
    ferry = np.zeros(len(pairs), dtype=bool)
    for west in range(islands):
        ferry[np.flatnonzero(apart & (land[pairs].min(axis=1) == west))[0]] = True
    kept = ((tree | chosen) & ~apart) | ferry
    pairs, tree, ferry = pairs[kept], tree[kept], ferry[kept]
    count = len(pairs)

    kind = rng.choice(len(_CLASSES), count, p=[share for _, _, share in _CLASSES])
    road_class = np.array([value for value, _, _ in _CLASSES], dtype=np.uint8)[kind]
    speed = np.array([kmh for _, kmh, _ in _CLASSES])[kind] / 3.6
    road_class[ferry], speed[ferry] = RoadClass.FERRY, 20 / 3.6
    yard = (np.bincount(pairs[tree].ravel(), minlength=junctions) == 1) & (rng.random(junctions) < private)
    closed = yard[pairs].any(axis=1)
    flags = np.where(closed, RoadFlag.DESTINATION_ONLY, RoadFlag.NONE).astype(np.uint8)
    flags[ferry] = RoadFlag.NO_SNAP
    flags[road_class == RoadClass.MOTORWAY] = RoadFlag.NO_SNAP
    single = ~tree & ~ferry & (rng.random(count) < one_way)

    a, b = node_xy[pairs[:, 0]], node_xy[pairs[:, 1]]
    bend = (rng.random(count) - 0.5)[:, None] * 0.2 * np.column_stack([a[:, 1] - b[:, 1], b[:, 0] - a[:, 0]])
    middle = (a + b) / 2 + bend
    drawn = np.hypot(*(middle - a).T) + np.hypot(*(b - middle).T)
    edge = np.concatenate([np.arange(count), np.flatnonzero(~single)])
    forward = np.arange(len(edge)) < count
    tail = np.where(forward, pairs[edge, 0], pairs[edge, 1])
    head = np.where(forward, pairs[edge, 1], pairs[edge, 0])
    sailing = np.flatnonzero(ferry)
    return RoadArcs(
        node_xy=node_xy,
        tail=tail.astype(np.int32),
        head=head.astype(np.int32),
        seconds=(drawn / speed)[edge].astype(np.float32),
        length_m=drawn[edge].astype(np.float32),
        road_class=road_class[edge],
        flags=flags[edge],
        edge=edge.astype(np.int32),
        forward=forward,
        line_start=np.arange(count + 1, dtype=np.int64) * 3,
        line_xy=np.stack([a, middle, b], axis=1).reshape(-1, 2),
        named={
            f"ferry-{number}": np.flatnonzero(edge == road).astype(np.int32)
            for number, road in enumerate(sailing, start=1)
        },
        notes={"junctions": junctions, "roads": count},
        precision="approximate",
    )


def _spanning_tree(
    pairs: NDArray[np.integer], length: NDArray[np.float64], junctions: int
) -> NDArray[np.bool_]:
    """Mark the pairs that the minimum spanning tree is made of."""
    graph = csr_array((length, (pairs[:, 0], pairs[:, 1])), shape=(junctions, junctions))
    tree = minimum_spanning_tree(graph).tocoo()
    key = pairs[:, 0] * junctions + pairs[:, 1]
    mine = np.minimum(tree.row, tree.col).astype(np.int64) * junctions + np.maximum(tree.row, tree.col)
    return np.isin(key, mine)
