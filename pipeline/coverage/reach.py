"""Which practices a demand point reaches, how fast and how far: pairs as sparse arrays."""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array, issparse
from scipy.spatial import cKDTree

from pipeline.travel_status import Status

NOBODY: Final = -1
"""Stands for 'no practice' in index arrays inside; frames show it as missing."""

UNKNOWN_STATUS: Final = frozenset(
    status.word
    for status in (Status.NO_ROAD_NEARBY, Status.LOOSE_ROAD, Status.OUTSIDE_STUDY_AREA, Status.NOT_LOCATED)
)
"""Statuses of points whose travel time is not known at all; no rule can judge them."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """One value for each pair of demand point and practice that has one, row by row.

    Parameters
    ----------
    indptr
        Int64 array of shape (points + 1,): where each point's pairs start.
    practice
        Int32 array of shape (pairs,): column of the practice.
    value
        Float32 array of shape (pairs,): seconds or metres, ≥ 0, finite.
    practices
        Number of practices (columns), those without pairs among them.
    """

    indptr: NDArray[np.int64]
    practice: NDArray[np.int32]
    value: NDArray[np.float32]
    practices: int

    @property
    def points(self) -> int:
        """Number of demand points (rows)."""
        return len(self.indptr) - 1

    @property
    def point(self) -> NDArray[np.int32]:
        """Row of each pair."""
        return np.repeat(np.arange(self.points, dtype=np.int32), np.diff(self.indptr))

    @classmethod
    def from_dense(cls, matrix: ArrayLike, *, most: float = np.inf) -> Self:
        """Keep the finite values up to `most` of a points × practices matrix.

        Raises
        ------
        ValueError
            The matrix has not two dimensions, or holds negative values.
        """
        dense = np.asarray(matrix)
        if dense.ndim != 2:
            raise ValueError(f"a matrix of points × practices has two dimensions, not {dense.ndim}")
        with np.errstate(invalid="ignore"):
            if (dense < 0).any():
                raise ValueError("travel times and distances are never negative")
            kept = np.isfinite(dense) & (dense <= most)
        indptr = np.concatenate([[0], np.cumsum(kept.sum(axis=1))]).astype(np.int64)
        columns = np.broadcast_to(np.arange(dense.shape[1], dtype=np.int32), dense.shape)
        return cls(indptr, columns[kept], dense[kept].astype(np.float32), dense.shape[1])

    @classmethod
    def from_sparse(cls, matrix: csr_array, *, most: float = np.inf) -> Self:
        """Keep the stored values up to `most`; a stored zero is a pair, an absent one is not."""
        if not issparse(matrix):
            raise TypeError("expected a sparse matrix")
        rows = matrix.tocsr()
        if not rows.has_sorted_indices:
            rows = rows.sorted_indices()
        found = cls(
            rows.indptr.astype(np.int64),
            rows.indices.astype(np.int32),
            rows.data.astype(np.float32),
            int(rows.shape[1]),
        )
        return found.only(np.isfinite(found.value) & (found.value <= most))

    @classmethod
    def straight(
        cls, points_xy: NDArray[np.float64], practices_xy: NDArray[np.float64], *, most: float
    ) -> Self:
        """Straight-line distances up to `most`, metres.

        Parameters
        ----------
        points_xy, practices_xy
            Float64 arrays of shape (n, 2), EPSG:25832; rows with NaN reach nothing.
        most
            Longest distance kept, metres.
        """
        here = np.flatnonzero(np.isfinite(points_xy).all(axis=1))
        there = np.flatnonzero(np.isfinite(practices_xy).all(axis=1))
        if not len(here) or not len(there):
            return cls(
                np.zeros(len(points_xy) + 1, dtype=np.int64),
                np.zeros(0, dtype=np.int32),
                np.zeros(0, dtype=np.float32),
                len(practices_xy),
            )
        # The tree looks a little too far; what counts is the distance as it is computed below.
        tree = cKDTree(points_xy[here])
        pairs = tree.sparse_distance_matrix(
            cKDTree(practices_xy[there]), most * (1 + 1e-9) + 1e-6, output_type="ndarray"
        )
        point, practice = here[pairs["i"]], there[pairs["j"]]
        metres = np.hypot(*(points_xy[point] - practices_xy[practice]).T)
        near = metres <= most
        order = np.lexsort((practice[near], point[near]))
        counts = np.bincount(point[near], minlength=len(points_xy))
        return cls(
            np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
            practice[near][order].astype(np.int32),
            metres[near][order].astype(np.float32),
            len(practices_xy),
        )

    def only(self, kept: NDArray[np.bool_]) -> Self:
        """Keep the pairs marked in `kept`, a bool array of shape (pairs,)."""
        if kept.all():
            return self
        before = np.concatenate([[0], np.cumsum(kept)]).astype(np.int64)
        return type(self)(before[self.indptr], self.practice[kept], self.value[kept], self.practices)

    def matrix(self, values: NDArray[np.floating]) -> csr_array:
        """Put one of `values` for each pair into a points × practices matrix."""
        return csr_array((values, self.practice, self.indptr), shape=(self.points, self.practices))

    def count(
        self,
        limits: NDArray[np.floating],
        counted: NDArray[np.bool_],
        provider: NDArray[np.int32] | None = None,
    ) -> NDArray[np.int64]:
        """Count each point's practices at most its limit away.

        Parameters
        ----------
        limits
            Float array of shape (points,); NaN counts nothing.
        counted
            Bool array of shape (practices,): the practices that count.
        provider
            Int32 array of shape (practices,): sites of one provider count once. Left out, each is its own.
        """
        near = (self.value <= np.repeat(limits, np.diff(self.indptr))) & counted.take(self.practice)
        total = np.zeros(self.points, dtype=np.int64)
        filled = np.flatnonzero(np.diff(self.indptr))
        if len(filled):
            total[filled] = np.add.reduceat(near.view(np.uint8), self.indptr[filled], dtype=np.int32)
        if provider is None or len(provider) == 0:
            return total
        several = np.bincount(provider)[provider] > 1
        at = np.flatnonzero(near & several[self.practice]) if several.any() else np.zeros(0, dtype=np.intp)
        if not len(at):
            return total
        row = np.searchsorted(self.indptr, at, side="right") - 1
        width = int(provider.max()) + 1
        once = np.unique(row.astype(np.int64) * width + provider[self.practice[at]]) // width
        again = np.bincount(row, minlength=self.points) - np.bincount(once, minlength=self.points)
        return np.asarray(total - again, dtype=np.int64)

    def nearest(
        self, serving: NDArray[np.bool_], rank: NDArray[np.int32]
    ) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
        """Look up the least value of each point and the practice that has it.

        Parameters
        ----------
        serving
            Bool array of shape (practices,): the practices that take part.
        rank
            Int32 array of shape (practices,): of practices equally near the one with the lowest rank wins,
            so that the order of rows does not matter.

        Returns
        -------
        tuple
            Float32 array of shape (points,), NaN where nothing is reached, and int32 array of the practices'
            columns, `NOBODY` there.
        """
        least = np.full(self.points, np.nan, dtype=np.float32)
        which = np.full(self.points, NOBODY, dtype=np.int32)
        filled = np.flatnonzero(np.diff(self.indptr))
        if not len(filled):
            return least, which
        starts = self.indptr[filled]
        value = np.where(serving[self.practice], self.value, np.float32(np.inf))
        low = np.minimum.reduceat(value, starts)
        ties = value == np.repeat(low, np.diff(np.append(starts, len(value))))
        order = np.where(ties, rank[self.practice], np.iinfo(np.int32).max)
        first = np.minimum.reduceat(order, starts)
        by_rank = np.empty(self.practices, dtype=np.int32)
        by_rank[rank] = np.arange(self.practices, dtype=np.int32)
        reached = np.isfinite(low)
        least[filled[reached]] = low[reached]
        which[filled[reached]] = by_rank[first[reached]]
        return least, which


@dataclass(frozen=True, slots=True)
class Reach:
    """All that the rules need to know of travel.

    Parameters
    ----------
    time
        Driving times, seconds, ferries with their wait among them, at least up to `time_most_s`.
    straight
        Straight-line distances, metres, at least up to the longest limit of choice.
    road
        Distances by road, metres, likewise; None when only straight lines are known.
    nearest_s, nearest
        Shape (points,): time to the nearest practice without any cut-off (NaN: none can be reached) and its
        column (`NOBODY`); left out, they are taken from `time`.
    point_land, practice_land
        Int arrays of shape (points,) and (practices,): the landmass each stands on, two on the same one being
        joined by road without a ferry; `NOBODY` where not known. None when ferries are not known.
    status
        Shape (points,), text: ``ok`` or the reason why a time is missing.
    time_most_s, most_m
        Cut-off of `time`, seconds, and of `straight` and `road`, metres.
    """

    time: Pairs
    straight: Pairs
    road: Pairs | None = None
    nearest_s: NDArray[np.float32] | None = None
    nearest: NDArray[np.int32] | None = None
    point_land: NDArray[np.int32] | None = None
    practice_land: NDArray[np.int32] | None = None
    status: NDArray[np.object_] | None = None
    time_most_s: float = np.inf
    most_m: float = np.inf

    def __post_init__(self) -> None:
        shape = (self.time.points, self.time.practices)
        for pairs in (self.straight, self.road):
            if pairs is not None and (pairs.points, pairs.practices) != shape:
                raise ValueError("times and distances must be of the same points and practices")
        for array in (self.nearest_s, self.nearest, self.point_land, self.status):
            if array is not None and len(array) != shape[0]:
                raise ValueError("arrays by point must have one entry for each point")
        if self.practice_land is not None and len(self.practice_land) != shape[1]:
            raise ValueError("landmasses of practices must have one entry for each practice")
        if (self.nearest_s is None) != (self.nearest is None):
            raise ValueError("give both the nearest time and the nearest practice, or neither")

    @property
    def known(self) -> NDArray[np.bool_]:
        """Shape (points,): travel from the point is known, so that rules can judge it."""
        if self.status is None:
            return np.ones(self.time.points, dtype=bool)
        return ~np.isin(self.status, list(UNKNOWN_STATUS))

    def nearest_among(
        self, serving: NDArray[np.bool_], rank: NDArray[np.int32]
    ) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
        """Nearest serving practice: from the pairs, beyond their cut-off from the unlimited search."""
        seconds, which = self.time.nearest(serving, rank)
        if self.nearest_s is not None and self.nearest is not None:
            far = (which == NOBODY) & (self.nearest != NOBODY) & serving[self.nearest]
            seconds[far], which[far] = self.nearest_s[far], self.nearest[far]
        return seconds, which


def rank_by_id(ids: ArrayLike) -> NDArray[np.int32]:
    """Rank practices by their id, so that ties never depend on the order of rows."""
    order = np.argsort(np.asarray(ids, dtype=str), kind="stable")
    rank = np.empty(len(order), dtype=np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    return rank
