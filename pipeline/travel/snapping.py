"""Where points meet the road network: the nearest point on a road that doors stand on."""

from dataclasses import dataclass, fields
from functools import cached_property
from typing import Final, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pipeline.travel.line_index import LineIndex
from pipeline.travel.lines import point_along
from pipeline.travel.network import Network
from pipeline.travel_status import Status

MAX_ACCESS_M: Final = 2_000.0
"""Longest straight way from a point to its road, metres. Assumption."""

ACCESS_KMH: Final = 20.0
"""Speed on the straight way between a point and its road, km/h: yards, drives and parking. Assumption."""


@dataclass(frozen=True, slots=True)
class Places:
    """Points as the network sees them, one row each. Made by `Router.snap` or `at_nodes`.

    Parameters
    ----------
    edge
        Int32 array of shape (places,): the road line the point is on, -1 where there is none.
    along
        Float64 array of shape (places,): how far along that line, 0 to 1 of its length; NaN where none.
    node
        Int32 array of shape (places,): the junction, where the place is one; else -1.
    access_m, access_s
        Float32 arrays of shape (places,): straight way between point and road, metres and seconds; NaN where
        there is no road.
    status
        Uint8 array of shape (places,): `Status`; ``OK`` where the place can be travelled from and to.
    """

    edge: NDArray[np.int32]
    along: NDArray[np.float64]
    node: NDArray[np.int32]
    access_m: NDArray[np.float32]
    access_s: NDArray[np.float32]
    status: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.edge)

    def take(self, rows: ArrayLike) -> Self:
        """Keep some rows: positions, or a bool array."""
        picked = np.asarray(rows)
        picked = picked if picked.size else picked.astype(np.intp)
        return type(self)(*(getattr(self, column.name)[picked] for column in fields(self)))

    @property
    def ok(self) -> NDArray[np.bool_]:
        """Whether each place can be travelled from and to."""
        return np.asarray(self.status == Status.OK)

    def nodes(self, network: Network) -> NDArray[np.int32]:
        """Find a junction that stands for each place: its own or the first of its road; -1 where none."""
        at_edge = np.where(self.edge >= 0, network.edge_node[self.edge, 0], -1)
        return np.asarray(np.where(self.node >= 0, self.node, at_edge), dtype=np.int32)

    def xy(self, network: Network) -> NDArray[np.float64]:
        """Find the points on the road, float64 of shape (places, 2), EPSG:25832; NaN where none."""
        found = np.full((len(self), 2), np.nan)
        at_node = self.node >= 0
        found[at_node] = network.arcs.node_xy[self.node[at_node]]
        start, line_xy = network.arcs.line_start, network.arcs.line_xy
        for row in np.flatnonzero(~at_node & (self.edge >= 0)):
            edge = self.edge[row]
            found[row] = point_along(line_xy[start[edge] : start[edge + 1]], self.along[row])
        return found


def at_nodes(nodes: ArrayLike) -> Places:
    """Take junctions themselves as places, without any access leg.

    Parameters
    ----------
    nodes
        Int array of shape (places,): rows of `RoadArcs.node_xy`.
    """
    node = np.asarray(nodes, dtype=np.int32)
    count = len(node)
    return Places(
        edge=np.full(count, -1, dtype=np.int32),
        along=np.full(count, np.nan),
        node=node,
        access_m=np.zeros(count, dtype=np.float32),
        access_s=np.zeros(count, dtype=np.float32),
        status=np.full(count, Status.OK, dtype=np.uint8),
    )


class Snapper:
    """Finds the nearest point on a usable road for many points at once.

    Parameters
    ----------
    network
        The network; its `edge_snappable` roads take part.
    only
        Bool array of shape (edges,): leave out all other roads.
    """

    def __init__(self, network: Network, *, only: NDArray[np.bool_] | None = None) -> None:
        self._network = network
        self._chosen = network.edge_snappable if only is None else network.edge_snappable & only

    @cached_property
    def _index(self) -> LineIndex:
        return self._lines(self._chosen)

    @cached_property
    def _loose(self) -> LineIndex:
        return self._lines(self._network.edge_loose)

    def _lines(self, edges: NDArray[np.bool_]) -> LineIndex:
        arcs = self._network.arcs
        return LineIndex(arcs.line_start, arcs.line_xy, np.flatnonzero(edges))

    def snap(
        self,
        xy: ArrayLike,
        *,
        max_access_m: float = MAX_ACCESS_M,
        access_kmh: float = ACCESS_KMH,
    ) -> Places:
        """Find where points meet the road network.

        Parameters
        ----------
        xy
            Float array of shape (points, 2), EPSG:25832; rows that are not finite get ``NOT_LOCATED``.
        max_access_m
            Longest straight way to a road, metres.
        access_kmh
            Speed on it, km/h.

        Returns
        -------
        Places
            One row for each point. Without a road in reach the status says why: ``OUTSIDE_STUDY_AREA``,
            ``LOOSE_ROAD`` (only roads joined to nothing) or ``NO_ROAD_NEARBY``.

        Raises
        ------
        ValueError
            The longest access leg is negative or the access speed is not above 0.
        """
        if not (max_access_m >= 0 and access_kmh > 0):
            raise ValueError("the longest access leg must be 0 or more, the access speed above 0")
        points = np.asarray(xy, dtype=np.float64).reshape(-1, 2)
        edge, along, away = self._index.nearest(points, max_access_m)
        found = edge >= 0
        status = np.full(len(points), Status.OK, dtype=np.uint8)
        status[~found] = self._reasons(points[~found], max_access_m)
        node = np.full(len(points), -1, dtype=np.int32)
        for side in (0, 1):
            there = found & (along == side)
            node[there] = self._network.edge_node[edge[there], side]
        return Places(
            edge=edge,
            along=along,
            node=node,
            access_m=away.astype(np.float32),
            access_s=(away / (access_kmh / 3.6)).astype(np.float32),
            status=status,
        )

    def _reasons(self, points: NDArray[np.float64], max_access_m: float) -> NDArray[np.uint8]:
        """Say why points found no road."""
        node_xy = self._network.arcs.node_xy
        low = np.array([node_xy[:, 0].min(), node_xy[:, 1].min()]) - max_access_m
        high = np.array([node_xy[:, 0].max(), node_xy[:, 1].max()]) + max_access_m
        located = np.isfinite(points).all(axis=1)
        with np.errstate(invalid="ignore"):
            outside = ((points < low) | (points > high)).any(axis=1)
        reasons = np.select(
            [~located, outside],
            [int(Status.NOT_LOCATED), int(Status.OUTSIDE_STUDY_AREA)],
            int(Status.NO_ROAD_NEARBY),
        ).astype(np.uint8)
        open_ = np.flatnonzero(reasons == Status.NO_ROAD_NEARBY)
        loose = self._loose.nearest(points[open_], max_access_m)[0] >= 0
        reasons[open_[loose]] = Status.LOOSE_ROAD
        return reasons
