"""The rules on which sites may be open together, as rows of a model and as a test of one choice."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from pipeline.location.deadline import Deadline
from pipeline.location.linear_model import LinearModel, solve
from pipeline.location.siting import SitingProblem, volumes

_SLACK: Final = 1e-6
"""Tolerance of sums of cost and volume, as a share of the limit."""


@dataclass(frozen=True, slots=True)
class Rules:
    """Rows over the candidate sites, which are a model's first columns.

    Parameters
    ----------
    columns
        Sites that may be chosen, rising.
    lower, upper
        Bounds of each site's variable: 1 and 1 for a must-have, 0 and 0 where it can never draw its volume.
    rows
        Shape (rules, len(columns)).
    row_lower, row_upper
        Ends of each row.
    """

    columns: NDArray[np.int64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    rows: csr_array
    row_lower: NDArray[np.float64]
    row_upper: NDArray[np.float64]


def build_rules(problem: SitingProblem, most: int | None = None) -> Rules:
    """Write number of sites, budget, quotas and must-haves as rows over the candidate sites.

    Parameters
    ----------
    problem
        The problem.
    most
        Most new sites; None for any number.
    """
    columns = problem.candidates
    rows: list[NDArray[np.float64]] = []
    ends: list[tuple[float, float]] = []
    if most is not None:
        rows.append(np.ones(len(columns)))
        ends.append((0.0, float(most)))
    if np.isfinite(problem.budget):
        rows.append(problem.cost[columns])
        ends.append((0.0, problem.budget * (1 + _SLACK)))
    for region, (low, high) in problem.quotas.items():
        rows.append((problem.region[columns] == region).astype(float))
        ends.append((float(low), float(high)))
    upper = np.ones(len(columns))
    if problem.has_volumes:
        upper = (problem.largest_volumes[columns] >= needed(problem)[columns]).astype(float)
    return Rules(
        columns=columns,
        lower=problem.must[columns].astype(float),
        upper=upper,
        rows=csr_array(np.array(rows) if rows else np.zeros((0, len(columns)))),
        row_lower=np.array([low for low, _ in ends]),
        row_upper=np.array([high for _, high in ends]),
    )


def needed(problem: SitingProblem) -> NDArray[np.float64]:
    """Minimum volume of each site, less a hair for rounding."""
    return problem.min_volume * (1 - _SLACK)


def keeps_rules(problem: SitingProblem, chosen: Sequence[int], most: int | None = None) -> bool:
    """Tell whether a choice of new sites keeps every rule, minimum volumes among them."""
    sites = np.array(sorted(chosen), dtype=np.int64)
    if most is not None and len(sites) > most:
        return False
    if not np.isin(np.flatnonzero(problem.must), sites).all():
        return False
    if (problem.forbidden | problem.existing)[sites].any():
        return False
    if problem.cost[sites].sum() > problem.budget * (1 + _SLACK):
        return False
    for region, (low, high) in problem.quotas.items():
        if not low <= int((problem.region[sites] == region).sum()) <= high:
            return False
    return not len(too_small(problem, sites))


def too_small(problem: SitingProblem, chosen: Sequence[int] | NDArray[np.int64]) -> NDArray[np.int64]:
    """Open sites, today's among them, that draw less than their minimum volume."""
    if not problem.has_volumes:
        return np.zeros(0, np.int64)
    is_open = problem.existing.copy()
    is_open[np.asarray(chosen, dtype=np.int64)] = True
    return np.flatnonzero(is_open & (volumes(problem, list(chosen)) < needed(problem)))


def rules_model(rules: Rules, cost: NDArray[np.float64], *, whole: bool = True) -> LinearModel:
    """Write the rules and a cost of each site as a model; with `whole` a site is open or shut, never half."""
    return LinearModel(
        cost=cost,
        lower=rules.lower,
        upper=rules.upper,
        whole=np.full(len(cost), whole),
        rows=rules.rows,
        row_lower=rules.row_lower,
        row_upper=rules.row_upper,
    )


def pick_by_score(rules: Rules, score: NDArray[np.float64], deadline: Deadline) -> tuple[int, ...] | None:
    """Choose the positions with the highest sum of scores that the rules allow; None if none are found."""
    solved = solve(rules_model(rules, -score), deadline)
    return tuple(np.flatnonzero(solved.values > 0.5).tolist()) if len(solved.values) else None


def position_test(
    problem: SitingProblem, rules: Rules, most: int | None
) -> Callable[[frozenset[int]], bool] | None:
    """Make the test of a set of positions for a search; None where the number of sites is the only rule."""
    if problem.only_counted:
        return None

    def allowed(positions: frozenset[int]) -> bool:
        return keeps_rules(problem, rules.columns[sorted(positions)].tolist(), most)

    return allowed


def without_idle(
    problem: SitingProblem,
    sites: tuple[int, ...],
    most: int,
    value: Callable[[tuple[int, ...]], float],
) -> tuple[int, ...]:
    """Leave out sites without which a value (small is good) is no worse, where the rules let them go."""
    kept = sites
    for site in reversed(sites):
        rest = tuple(other for other in kept if other != site)
        if value(rest) <= value(kept) and keeps_rules(problem, rest, most):
            kept = rest
    return kept
