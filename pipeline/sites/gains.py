"""Who gains by a candidate site: found once, for the pairs of candidate and demand point that matter.

Travel times are not computed again for a candidate. A point gains where the candidate is nearer than the
nearest site of today, and every measure of the candidate is read off these pairs.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.sparse import csc_array

NOBODY = -1
"""Stands for 'no site of today' in index arrays."""


@dataclass(frozen=True)
class Gains:
    """Pairs of candidate and demand point where the candidate is the nearer one, candidate by candidate.

    Parameters
    ----------
    start
        Int64 array of shape (candidates + 1,): where each candidate's pairs begin.
    row
        Int32 array of shape (pairs,): demand point.
    minutes
        Float32 array of shape (pairs,): minutes to the candidate.
    today_min
        Float32 array of shape (demand,): minutes to the nearest site of today; infinite where there is none.
    nearest
        Int64 array of shape (demand,): column of that site; `NOBODY` where there is none.
    """

    start: NDArray[np.int64]
    row: NDArray[np.int32]
    minutes: NDArray[np.float32]
    today_min: NDArray[np.float32]
    nearest: NDArray[np.int64]

    @property
    def candidates(self) -> int:
        """Number of candidates."""
        return len(self.start) - 1

    @cached_property
    def candidate(self) -> NDArray[np.int64]:
        """Candidate of each pair."""
        return np.repeat(np.arange(self.candidates), np.diff(self.start))

    @cached_property
    def before_min(self) -> NDArray[np.float64]:
        """Minutes to the nearest site of today in each pair; infinite where there was no way."""
        return self.today_min[self.row].astype(np.float64)

    @cached_property
    def saved_min(self) -> NDArray[np.float64]:
        """Minutes saved in each pair; 0 where there was no way at all before."""
        reached = np.isfinite(self.before_min)
        return np.where(reached, self.before_min - self.minutes, 0.0)

    def matrix(self, values: NDArray[np.float64]) -> csc_array:
        """Spread one value for each pair out as demand × candidates."""
        return csc_array((values, self.row, self.start), shape=(len(self.today_min), self.candidates))

    def sums(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Add one value for each pair up by candidate."""
        return np.bincount(self.candidate, weights=values, minlength=self.candidates).astype(np.float64)


def find_gains(today_min: NDArray[np.float32], site_min: NDArray[np.float32]) -> Gains:
    """Find the pairs in which a candidate is nearer than every site of today.

    Parameters
    ----------
    today_min
        Minutes, shape (demand, sites of today); NaN or infinite where there is no way.
    site_min
        Minutes, shape (demand, candidates).
    """
    rows = len(site_min)
    times = np.where(np.isnan(today_min), np.float32(np.inf), today_min).astype(np.float32)
    if times.shape[1]:
        nearest = times.argmin(axis=1).astype(np.int64)
        best = times[np.arange(rows), nearest]
        nearest[~np.isfinite(best)] = NOBODY
    else:
        nearest, best = np.full(rows, NOBODY, np.int64), np.full(rows, np.inf, np.float32)
    start, row, minutes = _pairs(np.ascontiguousarray(site_min, dtype=np.float32), best)
    return Gains(start, row, minutes, best, nearest)


@njit(cache=True)
def _pairs(
    site_min: NDArray[np.float32], best: NDArray[np.float32]
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32]]:
    rows, candidates = site_min.shape
    start = np.zeros(candidates + 1, dtype=np.int64)
    for i in range(rows):
        for c in range(candidates):
            if site_min[i, c] < best[i]:
                start[c + 1] += 1
    for c in range(candidates):
        start[c + 1] += start[c]
    at = start[:-1].copy()
    row = np.empty(start[-1], dtype=np.int32)
    minutes = np.empty(start[-1], dtype=np.float32)
    for i in range(rows):
        for c in range(candidates):
            if site_min[i, c] < best[i]:
                row[at[c]] = i
                minutes[at[c]] = site_min[i, c]
                at[c] += 1
    return start, row, minutes


@dataclass(frozen=True, slots=True)
class Spread:
    """How journeys are spread over people when each candidate in turn is open.

    Parameters
    ----------
    worst_min, p90_min, gini
        Float64 arrays of shape (candidates + 1,): longest journey, journey that nine in ten people do not
        exceed, and Gini coefficient of the minutes; the last entry is today. People whom no site of today
        reaches are left out, so that before and after speak of the same people.
    """

    worst_min: NDArray[np.float64]
    p90_min: NDArray[np.float64]
    gini: NDArray[np.float64]


def spread(gains: Gains, people: NDArray[np.float64], share: float = 0.9) -> Spread:
    """Measure longest journeys and inequality for each candidate, from today's order and its changes alone.

    Parameters
    ----------
    gains
        Result of `find_gains`.
    people
        Shape (demand,), ≥ 0.
    share
        Share of the people whose journeys the quantile covers.
    """
    counted = np.isfinite(gains.today_min) & (people > 0)
    order = np.flatnonzero(counted)
    order = order[np.argsort(gains.today_min[order], kind="stable")]
    kept = counted[gains.row]
    start = np.concatenate([[0], np.cumsum(np.bincount(gains.candidate[kept], minlength=gains.candidates))])
    found = _spread(
        start.astype(np.int64), gains.row[kept], gains.minutes[kept], gains.today_min, order, people, share
    )
    return Spread(*found)


@njit(cache=True)
def _spread(
    start: NDArray[np.int64],
    row: NDArray[np.int32],
    minutes: NDArray[np.float32],
    today: NDArray[np.float32],
    order: NDArray[np.int64],
    people: NDArray[np.float64],
    share: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    candidates = len(start) - 1
    worst = np.full(candidates + 1, np.nan)
    quantile, gini = worst.copy(), worst.copy()
    changed = np.full(len(today), -1, dtype=np.int64)
    weight, spent = 0.0, 0.0
    for i in order:
        weight += people[i]
        spent += people[i] * today[i]
    if weight <= 0:
        return worst, quantile, gini
    for c in range(candidates + 1):
        first, last = (start[c], start[c + 1]) if c < candidates else (0, 0)
        faster = first + np.argsort(minutes[first:last])
        total = spent
        for at in range(first, last):
            changed[row[at]] = c
            total -= people[row[at]] * (today[row[at]] - minutes[at])
        # Walk through today's order without those who gain, and the gainers in theirs, as one sorted line.
        old, new, reached, time_so_far, area, longest = 0, 0, 0.0, 0.0, 0.0, 0.0
        quantile_found = False
        while old < len(order) or new < len(faster):
            if old < len(order) and changed[order[old]] == c:
                old += 1
                continue
            if new >= len(faster) or (old < len(order) and today[order[old]] <= minutes[faster[new]]):
                here, count = today[order[old]], people[order[old]]
                old += 1
            else:
                here, count = minutes[faster[new]], people[row[faster[new]]]
                new += 1
            reached += count
            if not quantile_found and reached >= share * weight * (1 - 1e-12):
                quantile[c] = here
                quantile_found = True
            area += count * (2 * time_so_far + count * here)
            time_so_far += count * here
            longest = here
        worst[c] = longest
        gini[c] = max(1 - area / (weight * total), 0.0) if total > 0 else 0.0
    return worst, quantile, gini
