"""A siting problem and its answer: what every location model takes and gives.

Demand points are rows, sites are columns. Sites that stand today stay open and are not counted; new sites are
chosen among the others. People go to the nearest open site; where two are equally near, a site of today goes
first, then the lower column.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import InputError
from pipeline.messages import Message, msg

Model = Literal["set_cover", "max_cover", "p_median", "p_center"]
Status = Literal["optimal", "gap", "heuristic", "infeasible", "unsettled"]
Times = NDArray[np.float32]

SAME: Final = 1e-7
"""Relative difference below which a value and its bound count as the same (travel times are float32)."""

NOBODY: Final = -1
"""Stands for 'no site' in index arrays."""

_BLOCK: Final = 4096


class SitingError(InputError):
    """A siting problem that contradicts itself."""


@dataclass(frozen=True)
class SitingProblem:
    """Who could be served from where, and which choices are allowed; `siting_input.siting_problem` builds it.

    Parameters
    ----------
    travel_min
        Float32 array of shape (demand, sites): minutes to each site; infinite where there is no way.
    weight
        Float64 array of shape (demand,): people (or visits) at each point, ≥ 0.
    volume_weight
        Float64 array of shape (demand,): visits a year, for minimum volumes and capacities.
    existing, must, forbidden
        Bool arrays of shape (sites,): open today; to be opened; not to be opened.
    cost
        Float64 array of shape (sites,): cost of opening.
    budget
        Most that the new sites may cost together; infinite for no budget.
    capacity
        Float64 array of shape (sites,): most visits a year; infinite for no limit.
    min_volume
        Float64 array of shape (sites,): fewest visits a year that an open site must draw; 0 for none.
    region
        Int64 array of shape (sites,): region of each site.
    quotas
        Region → (fewest, most) new sites.
    names
        Name of each site, for messages.
    notes
        What was found while the problem was put together.
    """

    travel_min: Times
    weight: NDArray[np.float64]
    volume_weight: NDArray[np.float64]
    existing: NDArray[np.bool_]
    must: NDArray[np.bool_]
    forbidden: NDArray[np.bool_]
    cost: NDArray[np.float64]
    budget: float
    capacity: NDArray[np.float64]
    min_volume: NDArray[np.float64]
    region: NDArray[np.int64]
    quotas: Mapping[int, tuple[int, int]]
    names: tuple[str, ...]
    notes: tuple[Message, ...] = ()

    @property
    def candidates(self) -> NDArray[np.int64]:
        """Columns that may be chosen, the must-haves among them."""
        return np.flatnonzero(~self.existing & ~self.forbidden)

    @property
    def free(self) -> NDArray[np.int64]:
        """Columns that may be chosen and need not be."""
        return np.flatnonzero(~self.existing & ~self.forbidden & ~self.must)

    @cached_property
    def today(self) -> "Served":
        """Site of today that each demand point goes to, and minutes to it."""
        nobody = np.full(len(self.weight), NOBODY), np.full(len(self.weight), np.inf, np.float32)
        return _nearer(self, np.flatnonzero(self.existing), nobody)

    @property
    def today_min(self) -> Times:
        """Minutes from each demand point to the nearest site of today; infinite where there is none."""
        return self.today[1]

    @cached_property
    def largest_volumes(self) -> NDArray[np.float64]:
        """Visits a year that each site would draw as the only new one; the most it can ever draw."""
        found = np.zeros(len(self.existing))
        for start in range(0, len(self.weight), _BLOCK):
            rows = slice(start, start + _BLOCK)
            nearer = self.travel_min[rows] < self.today_min[rows, None]
            found += np.einsum("i,ij->j", self.volume_weight[rows], nearer)
        return np.where(self.existing, volumes(self, ()), found)

    @property
    def has_volumes(self) -> bool:
        """Whether a site that is or may be open needs a minimum volume."""
        return bool((self.min_volume[self.existing | ~self.forbidden] > 0).any())

    @property
    def only_counted(self) -> bool:
        """Whether the number of sites is the only limit on the choice."""
        return not np.isfinite(self.budget) and not self.quotas and not self.has_volumes


@dataclass(frozen=True, slots=True)
class Answer:
    """What a location model found, and how sure it is.

    Parameters
    ----------
    model
        The model.
    status
        ``optimal`` (proven), ``gap`` (stopped at a time limit, with a proven bound), ``heuristic`` (good
        solution, with a proven bound), ``infeasible`` (proven) or ``unsettled`` (stopped with nothing).
    sites
        New sites chosen, columns in rising order; must-haves are among them.
    value
        What the model counts: new sites or their cost (set cover), people covered (maximal coverage),
        people × minutes (p-median), minutes of the worst-off (p-center). NaN without a solution.
    bound
        No choice can be better than this; NaN where nothing is proven.
    blockers
        Rows of the demand points that cannot be served within the limits.
    smallest_limit_min
        Infeasible: the smallest travel-time limit that works under all other limits; NaN where none does.
    notes
        Reasons and remarks for people.
    """

    model: Model
    status: Status
    sites: tuple[int, ...]
    value: float
    bound: float
    blockers: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    smallest_limit_min: float = float("nan")
    notes: tuple[Message, ...] = ()

    @property
    def gap(self) -> float:
        """Distance from value to bound as a share of the bound; 0 when proven optimal."""
        if self.status == "optimal":
            return 0.0
        if self.bound == 0:
            return 0.0 if self.value == 0 else float("inf")
        return abs(self.value - self.bound) / abs(self.bound)

    @property
    def label(self) -> Message:
        """How sure the answer is, in words."""
        if self.status == "optimal":
            return msg("optimal")
        if self.status == "infeasible":
            return msg("not possible")
        if self.status == "unsettled":
            return msg("not settled within the time limit")
        if self.status == "gap" and not np.isfinite(self.gap):
            return msg("not proven within the time limit")
        if self.status == "gap":
            return msg("gap {percent:n2} %", percent=100 * self.gap)
        return msg("heuristic, bound {bound:n1}", bound=self.bound)


def weighted_sum(weight: NDArray[np.float64], values: NDArray[np.floating]) -> float:
    """Sum of weight times value; added up in one order whatever the threads, as BLAS would not."""
    return float(np.einsum("i,i->", weight, values, dtype=np.float64))


def nearest_minutes(travel_min: Times, columns: NDArray[np.int64] | Sequence[int]) -> Times:
    """Minutes from each row to the nearest of some columns; infinite where none is reached."""
    found: Times = travel_min[:, np.asarray(columns, dtype=np.int64)].min(axis=1, initial=np.float32(np.inf))
    return found


Served = tuple[NDArray[np.int64], Times]
"""Column of the site that each demand point goes to (`NOBODY` where it reaches none), and minutes to it."""


def nearest_open(problem: SitingProblem, chosen: Sequence[int]) -> Served:
    """Find the open site that each demand point goes to.

    Parameters
    ----------
    problem
        The problem; its sites of today are open.
    chosen
        Columns of the new sites.
    """
    return _nearer(problem, np.array(sorted(chosen), dtype=np.int64), problem.today)


def _nearer(problem: SitingProblem, columns: NDArray[np.int64], before: Served) -> Served:
    if not len(columns):
        return before
    times = problem.travel_min[:, columns]
    best = times.argmin(axis=1)
    minutes = times[np.arange(len(times)), best]
    nearer = minutes < before[1]
    return np.where(nearer, columns[best], before[0]), np.where(nearer, minutes, before[1])


def volumes(problem: SitingProblem, chosen: Sequence[int]) -> NDArray[np.float64]:
    """Visits a year at every site when people go to the nearest open one; 0 at closed sites."""
    site, _ = nearest_open(problem, chosen)
    served = site != NOBODY
    return np.bincount(
        site[served], weights=problem.volume_weight[served], minlength=len(problem.existing)
    ).astype(np.float64)


def covered_weight(problem: SitingProblem, chosen: Sequence[int], limit_min: float) -> float:
    """People who reach an open site within the limit."""
    _, minutes = nearest_open(problem, chosen)
    return float(problem.weight[minutes <= limit_min].sum())
