"""Can everybody be within a limit? The covering problem behind set cover and p-center."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.location.cover_patterns import binding_patterns, covering_model, merge_patterns
from pipeline.location.deadline import Deadline
from pipeline.location.linear_model import Solved
from pipeline.location.siting import SitingProblem
from pipeline.location.siting_rules import Rules, build_rules
from pipeline.location.siting_solve import solve_with_rules


@dataclass(frozen=True, slots=True)
class FullCover:
    """Whether, and with which sites, every demand point is within a limit.

    Parameters
    ----------
    solved
        The solver's answer.
    rules
        The candidate sites and the rules on them.
    blockers
        Demand points that too few sites reach within the limit, even if all were open.
    """

    solved: Solved
    rules: Rules
    blockers: NDArray[np.int64]


def full_cover(
    problem: SitingProblem,
    limit_min: float,
    deadline: Deadline,
    *,
    backup: int = 1,
    most: int | None = None,
    cost: NDArray[np.float64] | None = None,
    rows: NDArray[np.int64] | None = None,
) -> FullCover:
    """Find sites, as cheap as possible, that bring every demand point within a limit.

    Parameters
    ----------
    problem
        The problem; sites of today cover at no cost.
    limit_min
        Travel-time limit, minutes, included.
    deadline
        When the solver stops.
    backup
        How many open sites must be within the limit of each demand point.
    most
        Most new sites.
    cost
        Cost of each site, shape (sites,); None to accept the first choice found.
    rows
        Demand points that must be covered; those with people when left out.
    """
    asked = np.flatnonzero(problem.weight > 0) if rows is None else rows
    rules = build_rules(problem, most)
    near = problem.travel_min[asked] <= limit_min
    need = np.maximum(backup - near[:, problem.existing].sum(axis=1), 0)
    possible = rules.columns[rules.upper > 0]
    short = near[:, possible].sum(axis=1) < need
    if short.any():
        return FullCover(Solved("infeasible", np.zeros(0), np.inf), rules, asked[short])
    patterns = binding_patterns(merge_patterns(problem, limit_min, asked[need > 0], need[need > 0]))
    price = np.zeros(len(rules.columns)) if cost is None else cost[rules.columns]
    model = covering_model(rules, price, patterns.covers, patterns.need.astype(np.float64))
    solved = solve_with_rules(problem, model, rules, deadline)
    return FullCover(solved, rules, np.zeros(0, np.int64))
