"""Where k new sites should stand: the location models side by side, and what each further site brings."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final, Literal

import numpy as np
import pandas as pd

from pipeline.errors import Fault
from pipeline.location.capacitated_cover import capacitated_cover
from pipeline.location.deadline import TIME_LIMIT_S
from pipeline.location.max_cover import max_cover, uncovered_patterns
from pipeline.location.p_center import p_center
from pipeline.location.p_median import median_ground, p_median
from pipeline.location.siting import Answer, SitingError, SitingProblem, nearest_open, weighted_sum
from pipeline.messages import Message, msg
from pipeline.weighted import weighted_quantile

Counted = Literal["max_cover", "capacitated_cover", "p_median", "p_center"]

MORE_IS_BETTER: Final = frozenset({"max_cover", "capacitated_cover"})
"""Models whose value should be large."""

Progress = Callable[[int, int], None]
"""Told after each number of sites: how many are done, and how many there are."""


def choose_sites(
    problem: SitingProblem,
    model: Counted,
    most: int,
    *,
    limit_min: float | None = None,
    time_limit_s: float = TIME_LIMIT_S,
) -> Answer:
    """Choose at most `most` new sites by one of the models.

    Parameters
    ----------
    problem
        The problem.
    model
        ``max_cover`` (most people within the limit), ``capacitated_cover`` (the same, with room for their
        visits), ``p_median`` (shortest journeys together) or ``p_center`` (the worst-off's journey).
    most
        Most new sites.
    limit_min
        Travel-time limit of the covering models, minutes.
    time_limit_s
        Seconds after which the answer carries a gap instead of a proof.

    Raises
    ------
    SitingError
        More sites are asked for than there are candidates, or fewer than none; or the limit is missing.
    """
    _see_that_it_can_be_asked(problem, model, most, limit_min)
    return _solver(problem, model, limit_min, time_limit_s)(most)


def _see_that_it_can_be_asked(
    problem: SitingProblem, model: Counted, most: int, limit_min: float | None
) -> None:
    candidates = len(problem.candidates)
    faults = []
    if not 0 <= most <= candidates:
        faults.append(
            Fault(
                "",
                "most",
                msg("{count} new sites", count=most),
                msg("0 to {candidates} new sites, as many as there are candidates", candidates=candidates),
                msg("ask for fewer sites, or give more candidates"),
            )
        )
    if model in MORE_IS_BETTER and limit_min is None:
        faults.append(
            Fault(
                "", "limit_min", msg("nothing"), msg("a travel-time limit in minutes"), msg("add the limit")
            )
        )
    if faults:
        raise SitingError(faults)


def _solver(
    problem: SitingProblem, model: Counted, limit_min: float | None, time_limit_s: float
) -> Callable[[int], Answer]:
    """Make ready what a model's answers share, and give the function from number of sites to answer."""
    limit = float(limit_min or 0.0)
    if model == "p_median":
        ground = median_ground(problem)
        return partial(p_median, problem, time_limit_s=time_limit_s, ground=ground)
    if model == "p_center":
        return partial(p_center, problem, time_limit_s=time_limit_s)
    if model == "capacitated_cover":
        return partial(capacitated_cover, problem, limit, time_limit_s=time_limit_s)
    patterns = uncovered_patterns(problem, limit)
    return partial(max_cover, problem, limit, time_limit_s=time_limit_s, patterns=patterns)


@dataclass(frozen=True, slots=True)
class Curve:
    """What each further site brings.

    Parameters
    ----------
    table
        One row for each number of new sites from 0: ``new_sites``, ``value``, ``bound``, ``gap``, ``status``,
        ``gain`` (over one site fewer; positive is better), ``people_within`` (missing without a limit),
        ``people_reached``, ``mean_min``, ``p90_min``, ``worst_min`` and ``sites`` (names, ``; `` between).
    answers
        The answers behind the rows.
    notes
        Remarks for people.
    """

    table: pd.DataFrame
    answers: tuple[Answer, ...]
    notes: tuple[Message, ...]


def marginal_curve(
    problem: SitingProblem,
    model: Counted,
    most: int,
    *,
    limit_min: float | None = None,
    time_limit_s: float = TIME_LIMIT_S,
    progress: Progress | None = None,
) -> Curve:
    """Answer a model for 0, 1, … `most` new sites.

    Parameters
    ----------
    problem, model, limit_min, time_limit_s
        As in `choose_sites`; the time limit holds for each number of sites.
    most
        Largest number of new sites; taken down to the number of candidates, which a note tells.
    progress
        Told after each number of sites.

    Returns
    -------
    Curve
        Values never get worse with a further site: where a search stopped early, the smaller choice stands.
    """
    last = min(most, len(problem.candidates))
    notes: list[Message] = []
    if last < most:
        notes.append(
            msg("{asked} sites were asked for, but there are {count} candidates", asked=most, count=last)
        )
    _see_that_it_can_be_asked(problem, model, 0, limit_min)
    solver = _solver(problem, model, limit_min, time_limit_s)
    answers: list[Answer] = []
    for count in range(last + 1):
        answer = solver(count)
        if answers and _worse(answer, answers[-1], model):
            answer = _kept(problem, answers[-1], answer, model)
        answers.append(answer)
        if progress is not None:
            progress(count + 1, last + 1)
    rows = [
        {"new_sites": count, **answer_row(problem, answer, limit_min)} for count, answer in enumerate(answers)
    ]
    table = pd.DataFrame(rows)
    sign = 1.0 if model in MORE_IS_BETTER else -1.0
    table.insert(6, "gain", sign * table["value"].diff())
    notes += problem.notes
    return Curve(table, tuple(answers), tuple(notes))


def _worse(answer: Answer, before: Answer, model: Counted) -> bool:
    if np.isnan(before.value):
        return False
    if np.isnan(answer.value):
        return True
    return answer.value < before.value if model in MORE_IS_BETTER else answer.value > before.value


def _kept(problem: SitingProblem, before: Answer, answer: Answer, model: Counted) -> Answer:
    """Keep the smaller choice under the larger one's bound."""
    bound = answer.bound
    if np.isnan(bound):
        bound = float(problem.weight.sum()) if model in MORE_IS_BETTER else 0.0
    return Answer(before.model, "gap", before.sites, before.value, bound, before.blockers, notes=before.notes)


def answer_row(problem: SitingProblem, answer: Answer, limit_min: float | None) -> dict[str, object]:
    """Give an answer as a row of a curve's table, without ``new_sites`` and ``gain``."""
    solved = answer.status not in {"infeasible", "unsettled"}
    told = outcome(problem, answer.sites, limit_min) if solved else dict.fromkeys(OUTCOME, np.nan)
    return {
        "value": answer.value,
        "bound": answer.bound,
        "gap": answer.gap if solved else np.nan,
        "status": answer.status,
        "sites": "; ".join(problem.names[site] for site in answer.sites),
        **told,
    }


OUTCOME: Final = ("people_within", "people_reached", "mean_min", "p90_min", "worst_min")


def outcome(
    problem: SitingProblem, sites: tuple[int, ...], limit_min: float | None = None
) -> dict[str, float]:
    """Sum up what a choice of new sites gives the people.

    Parameters
    ----------
    problem
        The problem.
    sites
        New sites.
    limit_min
        Travel-time limit, minutes.

    Returns
    -------
    dict
        ``people_within`` the limit (missing without one), ``people_reached``, and of those reached
        ``mean_min``, ``p90_min`` and ``worst_min``.
    """
    _, minutes = nearest_open(problem, sites)
    reached = np.isfinite(minutes) & (problem.weight > 0)
    weight, times = problem.weight[reached], minutes[reached].astype(np.float64)
    people = float(weight.sum())
    return {
        "people_within": np.nan if limit_min is None else float(problem.weight[minutes <= limit_min].sum()),
        "people_reached": people,
        "mean_min": weighted_sum(weight, times) / people if people > 0 else np.nan,
        "p90_min": weighted_quantile(times, weight, 0.9),
        "worst_min": float(times.max()) if len(times) else np.nan,
    }
