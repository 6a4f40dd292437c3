"""P-center: the journey of the worst-off, made as short as k sites can make it (Hakimi 1964).

The limit is narrowed down, and at each limit a covering problem says whether it can be kept (Minieka 1970).
Every yes is a choice of sites and every no a proof, so the search ends with the optimum.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pipeline.location.deadline import TIME_LIMIT_S, Deadline
from pipeline.location.full_cover import FullCover, full_cover
from pipeline.location.linear_model import Solved
from pipeline.location.siting import Answer, SitingProblem, Status, Times
from pipeline.location.siting_solve import answer_without, chosen_sites
from pipeline.messages import Message, msg

_LONGEST: Final = float(np.finfo(np.float32).max)
"""Longer than every journey that can be made at all."""


def p_center(
    problem: SitingProblem, most: int, *, backup: int = 1, time_limit_s: float = TIME_LIMIT_S
) -> Answer:
    """Choose at most `most` new sites so that the longest journey is as short as possible.

    Parameters
    ----------
    problem
        The problem; only demand points with people count.
    most
        Most new sites.
    backup
        The journey that counts is the one to the nearest site (1), the second nearest (2) …
    time_limit_s
        Seconds after which the answer carries a gap instead of a proof.

    Returns
    -------
    Answer
        ``value`` is the longest journey in minutes. Demand points that too few sites can ever reach are left
        out and stand in ``blockers``, and a note counts their people.
    """
    rows, blockers = reachable_rows(problem, backup)
    notes = (*problem.notes, *left_out_notes(problem, blockers, backup))
    deadline = Deadline.after(time_limit_s)
    found = smallest_limit(problem, rows, most, deadline, backup=backup)
    if found.sites is None:

        def works(eased: SitingProblem, count: int | None) -> Solved:
            return full_cover(eased, _LONGEST, deadline.half(), backup=backup, most=count, rows=rows).solved

        told = answer_without("p_center", problem, most, found.last, works)
        return Answer("p_center", told.status, (), np.nan, np.nan, blockers, notes=(*notes, *told.notes))
    status: Status = "optimal" if found.proven >= found.limit_min else "gap"
    return Answer("p_center", status, found.sites, found.limit_min, found.proven, blockers, notes=notes)


@dataclass(frozen=True, slots=True)
class Narrowed:
    """Where the search for the smallest limit ended.

    Parameters
    ----------
    limit_min
        Smallest limit found to work; NaN when none does.
    proven
        No smaller limit than this works.
    sites
        New sites that keep it; None when no limit works.
    last
        The solver's last answer.
    """

    limit_min: float
    proven: float
    sites: tuple[int, ...] | None
    last: Solved


def smallest_limit(
    problem: SitingProblem,
    rows: NDArray[np.int64],
    most: int | None,
    deadline: Deadline,
    *,
    backup: int = 1,
) -> Narrowed:
    """Find the smallest travel-time limit within which all of some demand points can be covered.

    Parameters
    ----------
    problem
        The problem.
    rows
        Demand points that count; each can be reached by `backup` sites.
    most
        Most new sites; None for any number.
    deadline
        When the whole search ends; a covering problem gets half of the time left.
    backup
        How many open sites must be within the limit.
    """
    times = problem.travel_min[rows][:, ~problem.forbidden]

    def covered(limit: float) -> FullCover:
        return full_cover(problem, limit, deadline.half(), backup=backup, most=most, rows=rows)

    low = float(reach_minutes(times, backup).max(initial=0.0))
    high = float(times.max(initial=0.0, where=np.isfinite(times)))
    widest = covered(high)
    if not len(widest.solved.values):
        return Narrowed(np.nan, np.nan, None, widest.solved)
    best = widest
    high = _longest(problem, rows, best, backup)
    proven = low
    while low < high and deadline.left_s:
        # Travel times are float32: between two neighbours there is no middle, and the lower one is tried.
        middle = float(np.float32((low + high) / 2))
        middle = low if middle >= high else middle
        trial = covered(middle)
        if len(trial.solved.values):
            best, high = trial, _longest(problem, rows, trial, backup)
            continue
        above = times[(times > middle) & (times <= high)]
        low = float(above.min(initial=np.float32(high)))
        if trial.solved.status == "infeasible" and proven < low:
            proven = low
    return Narrowed(high, min(proven, high), chosen_sites(best.solved, best.rules), best.solved)


def reachable_rows(problem: SitingProblem, backup: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Part the demand points with people into those that `backup` sites can reach, and the others."""
    asked = np.flatnonzero(problem.weight > 0)
    usable = np.isfinite(problem.travel_min[asked][:, ~problem.forbidden]).sum(axis=1)
    return asked[usable >= backup], asked[usable < backup]


def reach_minutes(times: Times, backup: int) -> Times:
    """Minutes from each row to the `backup`-nearest column; infinite where there are too few."""
    if times.shape[1] < backup:
        return np.full(len(times), np.inf, np.float32)
    return np.partition(times, backup - 1, axis=1)[:, backup - 1]


def _longest(problem: SitingProblem, rows: NDArray[np.int64], cover: FullCover, backup: int) -> float:
    opened = [*np.flatnonzero(problem.existing).tolist(), *chosen_sites(cover.solved, cover.rules)]
    return float(reach_minutes(problem.travel_min[rows][:, opened], backup).max(initial=0.0))


def left_out_notes(problem: SitingProblem, blockers: NDArray[np.int64], backup: int) -> tuple[Message, ...]:
    """Count the people that no choice of sites can reach."""
    if not len(blockers):
        return ()
    people = float(problem.weight[blockers].sum())
    if backup == 1:
        return (
            msg(
                "{people:n} {people:|person is|people are} out of reach of every site and left out",
                people=people,
            ),
        )
    return (
        msg(
            "{people:n} {people:|person is|people are} within reach of fewer than {backup} sites and "
            "left out",
            people=people,
            backup=backup,
        ),
    )
