"""Links of a road network: names of bridges and tunnels, and the ramps that lead to ferries."""

from collections import defaultdict
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree

from pipeline.roads.extract import Tags
from pipeline.roads.model import RoadFlag

ONE_LINK_M: Final = 2000.0
"""Bridges of one name are one link when their ends lie within this distance; many bridges bear their street's
name, and closing one should not close them all, metres."""


def link_names(
    way_id: NDArray[np.int64],
    tag_set: NDArray[np.int32],
    linked: NDArray[np.bool_],
    tags: Sequence[Tags],
    ends: tuple[NDArray[np.float64], NDArray[np.float64]],
    *,
    taken: AbstractSet[str] = frozenset(),
    kind: str = "way",
) -> tuple[list[str], NDArray[np.int32]]:
    """Name every link: bridge, tunnel or whatever else shall be closed by name.

    Parameters
    ----------
    way_id, tag_set, linked
        Id and tag set of the way that each road line is a part of, and whether it is a link.
    tags
        The tag sets.
    ends
        Coordinates of the two ends of each road line, EPSG:25832, metres.
    taken
        Names that ferries have.
    kind
        What the ids are ids of.

    Returns
    -------
    tuple[list[str], NDArray[np.int32]]
        Names, and the row of each line's name (-1 for none): the bridge's or tunnel's own name, else the
        road's, else ``<kind>/<id>``. Links of one name far apart, or with a ferry's name, bear the id too.
    """
    name = np.full(len(way_id), -1, dtype=np.int32)
    rows = np.flatnonzero(linked)
    called: dict[str, list[int]] = defaultdict(list)
    for row, code, osm_id in zip(rows.tolist(), tag_set[rows].tolist(), way_id[rows].tolist(), strict=True):
        own = tags[code]
        text = own.get("bridge:name") or own.get("tunnel:name") or own.get("name") or f"{kind}/{osm_id}"
        called[text].append(row)
    names: list[str] = []
    for text in sorted(called):
        lines = np.array(called[text])
        groups = _near(ends[0][lines], ends[1][lines]) if len(lines) > 1 else np.zeros(1, dtype=np.int32)
        apart = groups.max() > 0 or text in taken
        for group in range(groups.max() + 1):
            members = lines[groups == group]
            name[members] = len(names)
            names.append(f"{text} ({kind}/{way_id[members].min()})" if apart else text)
    return names, name


def _near(start_xy: NDArray[np.float64], end_xy: NDArray[np.float64]) -> NDArray[np.int32]:
    """Group lines whose ends lie near each other, groups numbered by their first line."""
    count = len(start_xy)
    pairs = KDTree(np.concatenate([start_xy, end_xy])).query_pairs(ONE_LINK_M, output_type="ndarray") % count
    own = np.stack([np.arange(count)] * 2, axis=1)
    i, j = np.concatenate([pairs, own]).T
    graph = coo_array((np.ones(len(i), dtype=np.int8), (i, j)), shape=(count, count))
    groups: NDArray[np.int32] = connected_components(graph, directed=False)[1]
    return groups


def open_ramps(
    start: NDArray[np.int32],
    end: NDArray[np.int32],
    flags: NDArray[np.uint8],
    node_xy: NDArray[np.float64],
    terminals: NDArray[np.int32],
    reach_m: float,
) -> tuple[NDArray[np.uint8], int]:
    """Open the access-only roads that lead to ferry terminals to the ferries' traffic.

    Waiting lanes and quays are often tagged for customers only. A ferry's passengers are its customers, yet a
    road "for doors only" would cut the ferry off; so such roads lose that flag when they hang together with a
    terminal and lie within reach of it, and become harbour ramps that no point snaps to.

    Parameters
    ----------
    start, end, flags
        Nodes at the ends of each road line, and its flags.
    node_xy
        Coordinates of the nodes, EPSG:25832, metres.
    terminals
        Nodes at which ferries end.
    reach_m
        How far from a terminal its ramps may lie, metres.

    Returns
    -------
    tuple[NDArray[np.uint8], int]
        The flags, changed, and how many road lines were opened.
    """
    private = np.flatnonzero(flags & RoadFlag.DESTINATION_ONLY)
    if not len(terminals) or not len(private):
        return flags, 0
    tree = KDTree(node_xy[terminals])
    near = np.ones(len(private), dtype=bool)
    for ends in (start, end):
        near &= np.isfinite(tree.query(node_xy[ends[private]], distance_upper_bound=reach_m)[0])
    private = private[near]
    nodes, at = np.unique(np.concatenate([start[private], end[private]]), return_inverse=True)
    i, j = np.split(at, 2)
    graph = coo_array((np.ones(len(i), dtype=np.int8), (i, j)), shape=(len(nodes), len(nodes)))
    group = connected_components(graph, directed=False)[1]
    ramps = private[np.isin(group[i], group[np.isin(nodes, terminals)])]
    opened = flags.copy()
    opened[ramps] = (opened[ramps] & ~np.uint8(RoadFlag.DESTINATION_ONLY)) | np.uint8(RoadFlag.NO_SNAP)
    return opened, len(ramps)
