"""Maximal coverage: how many people k new sites bring within a travel-time limit (Church & ReVelle 1974)."""

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, eye_array, hstack

from pipeline.location.cover_patterns import Patterns, covering_model, merge_patterns
from pipeline.location.deadline import TIME_LIMIT_S, Deadline
from pipeline.location.interchange import Field, search
from pipeline.location.linear_model import Guess, Solved
from pipeline.location.siting import Answer, SitingProblem, Status, covered_weight
from pipeline.location.siting_rules import Rules, build_rules, pick_by_score, position_test, without_idle
from pipeline.location.siting_solve import answer_without, chosen_sites, rules_can_be_kept, solve_with_rules

SHAKES: Final = 30
"""Shakes of the first solution; each is cheap next to the proof that it may shorten."""


def max_cover(
    problem: SitingProblem,
    limit_min: float,
    most: int,
    *,
    time_limit_s: float = TIME_LIMIT_S,
    patterns: Patterns | None = None,
) -> Answer:
    r"""Choose at most `most` new sites so that as many people as possible are within the limit.

    Parameters
    ----------
    problem
        The problem; those whom a site of today reaches are covered already.
    limit_min
        Travel-time limit, minutes, included.
    most
        Most new sites.
    time_limit_s
        Seconds after which the answer carries a gap instead of a proof.
    patterns
        Result of `uncovered_patterns` for this problem and limit, where it is at hand.

    Returns
    -------
    Answer
        ``value`` is the number of people within the limit, those covered today among them.

    Notes
    -----
    Maximise ``Σ_p w_p z_p`` with ``z_p ≤ Σ_{j∈N_p} y_j``, ``Σ y_j ≤ k``, y binary and 0 ≤ z ≤ 1, over
    patterns *p* of demand points with the same covering sites *N_p* (Church & ReVelle 1974).
    """
    base = covered_weight(problem, (), limit_min)
    patterns = patterns or uncovered_patterns(problem, limit_min)

    deadline = Deadline.after(time_limit_s)
    rules = build_rules(problem, most)
    size = len(patterns.weight)
    model = covering_model(
        rules,
        np.zeros(len(rules.columns)),
        csr_array(hstack([patterns.covers, -eye_array(size)], format="csr")),
        np.zeros(size),
        extra_cost=-patterns.weight,
        extra_upper=np.ones(size),
    )
    guess = _guess(problem, patterns, rules, most, deadline)
    solved = solve_with_rules(problem, model, rules, deadline, guess=guess)
    proven = min(base - solved.bound, float(problem.weight.sum()))
    if not len(solved.values):

        def works(eased: SitingProblem, count: int | None) -> Solved:
            return rules_can_be_kept(eased, count, deadline.half())

        return answer_without("max_cover", problem, most, solved, works, bound=proven)
    sites = without_idle(
        problem,
        chosen_sites(solved, rules),
        most,
        lambda chosen: -covered_weight(problem, chosen, limit_min),
    )
    value = covered_weight(problem, sites, limit_min)
    status: Status = "optimal" if solved.status == "optimal" else "gap"
    bound = value if status == "optimal" else proven
    return Answer("max_cover", status, sites, value, bound, notes=problem.notes)


def uncovered_patterns(problem: SitingProblem, limit_min: float) -> Patterns:
    """Merge the demand points whom no site of today covers; they hold for any number of new sites."""
    rows = np.flatnonzero((problem.today_min > limit_min) & (problem.weight > 0))
    return merge_patterns(problem, limit_min, rows, np.ones(len(rows), np.int64))


def _guess(problem: SitingProblem, patterns: Patterns, rules: Rules, most: int, deadline: Deadline) -> Guess:
    """Round the linear relaxation to the most-used sites, and improve by swaps; volumes come later."""
    eased = replace(problem, min_volume=np.zeros_like(problem.min_volume))

    def guess(values: NDArray[np.float64]) -> NDArray[np.float64] | None:
        sites = len(rules.columns)
        first = pick_by_score(rules, values[:sites], deadline)
        if first is None:
            return None
        field = Field(
            minutes=(1 - patterns.covers.toarray()).astype(np.float32),
            base=np.ones(len(patterns.weight), np.float32),
            weight=patterns.weight,
        )
        best = search(
            field,
            [first],
            most,
            fixed=np.flatnonzero(rules.lower > 0).tolist(),
            banned=np.flatnonzero(rules.upper == 0).tolist(),
            allowed=position_test(eased, rules, most),
            shakes=SHAKES,
            deadline=deadline,
        )
        opened = np.zeros(sites)
        opened[list(best)] = 1.0
        return np.concatenate([opened, np.minimum(patterns.covers @ opened, 1.0)])

    return guess
