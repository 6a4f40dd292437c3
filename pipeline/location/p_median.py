"""P-median: new sites that make the journeys of all people together as short as possible.

Hakimi 1964, ReVelle & Swain 1970. Small problems are solved exactly in the radius form (Cornuejols, Nemhauser
& Wolsey 1980; Elloumi 2010); large ones by greedy adding and swaps with a Lagrangian bound.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import Fault
from pipeline.location.deadline import TIME_LIMIT_S, Deadline
from pipeline.location.interchange import Field, search
from pipeline.location.lagrange import Bound, Choose, cheapest, lower_bound
from pipeline.location.linear_model import Solved, solve
from pipeline.location.p_center import left_out_notes, reachable_rows
from pipeline.location.radius_model import Steps, distance_steps, radius_model
from pipeline.location.siting import (
    SAME,
    Answer,
    SitingError,
    SitingProblem,
    Status,
    nearest_minutes,
    nearest_open,
    weighted_sum,
)
from pipeline.location.siting_rules import (
    Rules,
    build_rules,
    keeps_rules,
    pick_by_score,
    position_test,
    rules_model,
    too_small,
    without_idle,
)
from pipeline.location.siting_solve import answer_without, chosen_sites, rules_can_be_kept, solve_with_rules
from pipeline.messages import Message, msg

EXACT_CELLS: Final = 60_000
"""Pairs of a point and a candidate that shortens its journey, up to which the exact model is used."""

SHAKES: Final = 20
"""Shakes of the first solution of a large problem."""


def p_median(
    problem: SitingProblem,
    most: int,
    *,
    unreached_min: float | None = None,
    exact_cells: int = EXACT_CELLS,
    time_limit_s: float = TIME_LIMIT_S,
    ground: "MedianGround | None" = None,
) -> Answer:
    """Choose at most `most` new sites so that the sum of people times minutes is as small as possible.

    Parameters
    ----------
    problem
        The problem; people go to the nearest open site, today's among them.
    most
        Most new sites.
    unreached_min
        Minutes that count for somebody whom no open site reaches, at least the longest journey; twice the
        longest journey when left out.
    exact_cells
        Size up to which the exact model is used.
    time_limit_s
        Seconds after which the answer carries a bound instead of a proof.
    ground
        Result of `median_ground` for this problem, where it is at hand.

    Returns
    -------
    Answer
        ``value`` is the sum of people times minutes. Points that no site can ever reach are left out and
        stand in ``blockers``.

    Raises
    ------
    SitingError
        `unreached_min` is shorter than the longest journey.
    """
    found = ground or median_ground(problem, unreached_min)
    case = _Case(found, build_rules(problem, most), most, Deadline.after(time_limit_s))
    return _exact(problem, case) if found.cells <= exact_cells else _searched(problem, case, exact_cells)


@dataclass(frozen=True)
class MedianGround:
    """What a p-median rests on whatever the number of new sites; `median_ground` builds it.

    Parameters
    ----------
    field
        Minutes from the points that a candidate can bring nearer.
    rows
        Demand points that some site reaches.
    unreached_min
        Minutes that count for somebody whom no open site reaches.
    constant
        Weighted minutes of the points outside the field.
    blockers
        Demand points that no site reaches.
    notes
        Remarks for people.
    """

    field: Field
    rows: NDArray[np.int64]
    unreached_min: float
    constant: float
    blockers: NDArray[np.int64]
    notes: tuple[Message, ...]

    @cached_property
    def cells(self) -> int:
        """Pairs of a point and a candidate that shortens its journey."""
        return int((self.field.minutes < self.field.base[:, None]).sum())

    @cached_property
    def steps(self) -> Steps:
        """Steps of distance of the field."""
        return distance_steps(self.field)


@dataclass(frozen=True, slots=True)
class _Case:
    """A p-median with its number of new sites, and when its answer must be there."""

    ground: MedianGround
    rules: Rules
    most: int
    deadline: Deadline

    @property
    def field(self) -> Field:
        return self.ground.field

    @property
    def fixed(self) -> list[int]:
        return [int(at) for at in np.flatnonzero(self.rules.lower > 0)]

    @property
    def banned(self) -> list[int]:
        return [int(at) for at in np.flatnonzero(self.rules.upper == 0)]

    def nearest(self, problem: SitingProblem, sites: tuple[int, ...]) -> NDArray[np.float32]:
        return nearest_open(problem, sites)[1][self.ground.rows]

    def value(self, problem: SitingProblem, sites: tuple[int, ...]) -> float:
        times = np.minimum(self.nearest(problem, sites), self.ground.unreached_min)
        return weighted_sum(problem.weight[self.ground.rows], times)

    def answer(self, problem: SitingProblem, status: Status, sites: tuple[int, ...], bound: float) -> Answer:
        kept = without_idle(problem, sites, self.most, lambda chosen: self.value(problem, chosen))
        value = self.value(problem, kept)
        low = value if status == "optimal" else min(bound, value)
        lost = ~np.isfinite(self.nearest(problem, kept))
        notes = self.ground.notes
        if lost.any():
            notes += (
                msg(
                    "{people:n} {people:|person is not reached by this choice and counts|people are not "
                    "reached by this choice and count} as {minutes:n} min",
                    people=float(problem.weight[self.ground.rows][lost].sum()),
                    minutes=self.ground.unreached_min,
                ),
            )
        return Answer("p_median", status, kept, value, low, self.ground.blockers, notes=notes)


def median_ground(problem: SitingProblem, unreached_min: float | None = None) -> MedianGround:
    """Find what the answers to a p-median rest on, whatever the number of new sites.

    Raises
    ------
    SitingError
        `unreached_min` is shorter than the longest journey.
    """
    rows, blockers = reachable_rows(problem, 1)
    times = problem.travel_min[rows]
    longest = float(times.max(initial=0.0, where=np.isfinite(times)))
    unreached = float(np.float32(2 * longest if unreached_min is None else unreached_min))
    if unreached < longest:
        raise SitingError(
            Fault(
                "",
                "unreached_min",
                msg("{minutes:n1} min", minutes=unreached),
                msg("at least the longest journey, {minutes:n1} min", minutes=longest),
                msg("correct {key}", key="unreached_min"),
            )
        )
    opened = np.flatnonzero(problem.existing | problem.must)
    base = np.minimum(nearest_minutes(times, opened), np.float32(unreached))
    minutes = np.minimum(times[:, problem.candidates], base[:, None])
    gaining = (minutes < base[:, None]).any(axis=1)
    weight = problem.weight[rows]
    field = Field(np.ascontiguousarray(minutes[gaining]), base[gaining], weight[gaining])
    constant = weighted_sum(weight[~gaining], base[~gaining])
    notes = (*problem.notes, *left_out_notes(problem, blockers, 1))
    return MedianGround(field, rows, unreached, constant, blockers, notes)


def _exact(problem: SitingProblem, case: _Case) -> Answer:
    model = radius_model(case.ground.steps, case.rules)
    eased = replace(problem, min_volume=np.zeros_like(problem.min_volume))
    near = case.ground.steps.near

    def guess(values: NDArray[np.float64]) -> NDArray[np.float64] | None:
        best = _improved(eased, case, values[: len(case.rules.columns)])
        if best is None:
            return None
        opened = np.zeros(len(case.rules.columns))
        opened[list(best)] = 1.0
        return np.concatenate([opened, np.maximum(1.0 - near @ opened, 0.0)])

    solved = solve_with_rules(problem, model, case.rules, case.deadline, guess=guess)
    bound = max(solved.bound, 0.0) + case.ground.steps.constant + case.ground.constant
    if not len(solved.values):
        return _without(problem, case, solved, bound)
    status: Status = "optimal" if solved.status == "optimal" else "gap"
    return case.answer(problem, status, chosen_sites(solved, case.rules), bound)


def _without(problem: SitingProblem, case: _Case, solved: Solved, bound: float) -> Answer:
    def works(eased: SitingProblem, count: int | None) -> Solved:
        return rules_can_be_kept(eased, count, case.deadline.half())

    told = answer_without("p_median", problem, case.most, solved, works, bound=bound)
    return replace(
        told, blockers=case.ground.blockers, notes=(*case.ground.notes, *told.notes[len(problem.notes) :])
    )


def _improved(problem: SitingProblem, case: _Case, score: NDArray[np.float64]) -> tuple[int, ...] | None:
    """Begin with the allowed sites of the highest scores, and improve by swaps."""
    start = pick_by_score(case.rules, score, case.deadline)
    if start is not None and not problem.only_counted:
        start = _large_enough(problem, case, start)
    return None if start is None else _swapped(problem, case, start)


def _swapped(problem: SitingProblem, case: _Case, start: tuple[int, ...]) -> tuple[int, ...]:
    return search(
        case.field,
        [start],
        case.most,
        fixed=case.fixed,
        banned=case.banned,
        allowed=position_test(problem, case.rules, case.most),
        shakes=SHAKES,
        deadline=case.deadline,
    )


def _large_enough(problem: SitingProblem, case: _Case, start: tuple[int, ...]) -> tuple[int, ...] | None:
    """Close sites that stay below their minimum volume until the choice keeps every rule."""
    positions = list(start)
    columns = case.rules.columns
    while not keeps_rules(problem, columns[positions].tolist(), case.most):
        small = set(too_small(problem, columns[positions].tolist()).tolist())
        loose = [at for at in positions if at not in case.fixed]
        first = [at for at in loose if int(columns[at]) in small] or loose
        if not first:
            return None
        positions.remove(first[-1])
    return tuple(positions)


def _searched(problem: SitingProblem, case: _Case, exact_cells: int) -> Answer:
    single = (case.field.weight[:, None] * (case.field.base[:, None] - case.field.minutes)).sum(axis=0)
    best = _improved(problem, case, single)
    if best is None:
        kept = rules_can_be_kept(problem, case.most, case.deadline)
        if not len(kept.values):
            return _without(problem, case, kept, np.nan)
        best = _swapped(problem, case, tuple(np.flatnonzero(kept.values > 0.5).tolist()))
    known = case.field.total(best)
    bound = lower_bound(case.field, _chooser(problem, case), known, case.field.nearest(best), case.deadline)
    sites = tuple(int(site) for site in case.rules.columns[list(best)])
    if known - bound.value <= SAME * known:
        return case.answer(problem, "optimal", sites, bound.value + case.ground.constant)
    smaller = _without_hopeless(problem, case, bound, known)
    if smaller is not None:
        less = median_ground(smaller, case.ground.unreached_min)
        if less.cells <= exact_cells:
            reduced = _Case(less, build_rules(smaller, case.most), case.most, case.deadline)
            exact = _exact(smaller, reduced)
            if exact.status == "optimal":
                better = min((sites, exact.sites), key=lambda chosen: case.value(problem, chosen))
                return case.answer(problem, "optimal", better, bound.value)
    return case.answer(problem, "heuristic", sites, bound.value + case.ground.constant)


def _chooser(problem: SitingProblem, case: _Case) -> Choose:
    """Give the cheapest choice under the rules; minimum volumes are left out, which keeps the bound valid."""
    if not np.isfinite(problem.budget) and not problem.quotas:
        usable = case.rules.upper > 0
        plain = cheapest(case.most - len(case.fixed))
        return lambda score: plain(np.where(usable, score, 0.0))

    def choose(score: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        solved = solve(rules_model(case.rules, score, whole=False), case.deadline)
        if solved.status != "optimal":
            return -np.inf, np.zeros_like(score)
        return weighted_sum(score, solved.values), solved.values

    return choose


def _without_hopeless(
    problem: SitingProblem, case: _Case, bound: Bound, known: float
) -> SitingProblem | None:
    """Forbid sites that no better choice can hold: opening one would lift the bound above the known value."""
    if not problem.only_counted:
        return None
    room = case.most - len(case.fixed)
    if room < 1 or room > len(bound.score):
        return None
    last = min(np.sort(bound.score)[room - 1], 0.0)
    hopeless = case.rules.columns[bound.value + bound.score - last > known]
    forbidden = problem.forbidden.copy()
    forbidden[hopeless] = True
    return replace(problem, forbidden=forbidden & ~problem.must)
