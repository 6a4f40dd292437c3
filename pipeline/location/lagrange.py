"""A proven lower bound for the p-median, by Lagrangian relaxation of "everybody is served once".

Cornuejols, Fisher & Nemhauser 1977; subgradient steps after Held, Wolfe & Crowder 1974, deflected after
Camerini, Fratta & Maffioli 1975.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipeline.location.deadline import NEVER, Deadline
from pipeline.location.interchange import Field
from pipeline.location.siting import weighted_sum

MOST_STEPS: Final = 900
"""Subgradient steps; the bound hardly moves after some hundred."""

_PATIENCE: Final = 25
"""Steps without a better bound after which the step length is halved."""

_MEMORY: Final = 0.7
"""Share of the last direction that is kept (Camerini, Fratta & Maffioli 1975); it damps zigzags."""

_SHORTEST: Final = 1e-3
"""Step length, as a share of the full Polyak step, at which the search ends."""

_PROGRESS: Final = 1e-5
"""Rise of the bound, as a share of the known value, that counts as better."""

_CLOSED: Final = 1e-9
"""Gap, as a share of the known value, at which the bound has met it."""

Choose = Callable[[NDArray[np.float64]], tuple[float, NDArray[np.float64]]]
"""Takes the score of each site; gives the smallest sum of scores of an allowed choice, and the choice; minus
infinity where time ran out."""


@dataclass(frozen=True, slots=True)
class Bound:
    """A proven lower bound.

    Parameters
    ----------
    value
        No allowed choice has a smaller sum of weighted minutes.
    score
        Score of each site at the bound, ≤ 0: what the sum would fall by if it were open.
    multipliers
        One price for each point.
    """

    value: float
    score: NDArray[np.float64]
    multipliers: NDArray[np.float64]


@njit(cache=True)
def _scores(
    minutes: NDArray[np.float32], weight: NDArray[np.float64], price: NDArray[np.float64]
) -> NDArray[np.float64]:
    points, sites = minutes.shape
    score = np.zeros(sites)
    for i in range(points):
        here_weight, here_price = weight[i], price[i]
        for j in range(sites):
            score[j] += min(here_weight * minutes[i, j] - here_price, 0.0)
    return score


@njit(cache=True)
def _slope(
    minutes: NDArray[np.float32],
    weight: NDArray[np.float64],
    price: NDArray[np.float64],
    used: NDArray[np.float64],
) -> NDArray[np.float64]:
    points = len(weight)
    slope = np.ones(points)
    picked = np.flatnonzero(used)
    for i in range(points):
        for j in picked:
            if weight[i] * minutes[i, j] < price[i]:
                slope[i] -= used[j]
    return slope


def cheapest(most: int) -> Choose:
    """Choose at most `most` sites with the lowest scores below 0."""

    def choose(score: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        order = np.argsort(score, kind="stable")[:most]
        picked = order[score[order] < 0]
        used = np.zeros(len(score))
        used[picked] = 1.0
        return float(score[picked].sum()), used

    return choose


def lower_bound(
    field: Field,
    choose: Choose,
    known: float,
    served_min: NDArray[np.float32],
    deadline: Deadline = NEVER,
) -> Bound:
    r"""Raise the Lagrangian bound towards the value of a known choice.

    Parameters
    ----------
    field
        Minutes and weights.
    choose
        Gives the cheapest allowed choice for given scores (or a smaller sum, from a relaxation).
    known
        Weighted minutes of a known choice.
    served_min
        Minutes from each point to the nearest site of the known choice; the prices begin there.
    deadline
        When the search for a better bound ends.

    Notes
    -----
    For prices ``0 ≤ λ_i ≤ w_i b_i`` (b: minutes without any site) ``L(λ) = Σ_i λ_i + min_y Σ_j s_j(λ) y_j``
    with scores ``s_j(λ) = Σ_i min(0, w_i d_ij - λ_i)`` never exceeds the value of an allowed choice.
    """
    highest = field.weight * field.base.astype(np.float64)
    price = np.minimum(field.weight * served_min.astype(np.float64), highest)
    best = Bound(-np.inf, np.zeros(field.minutes.shape[1]), price)
    length, stale, direction = 1.0, 0, np.zeros(len(price))
    for _ in range(MOST_STEPS):
        score = _scores(field.minutes, field.weight, price)
        least, used = choose(score)
        value = float(price.sum()) + least
        stale = 0 if value > best.value + _PROGRESS * abs(known) else stale + 1
        if value > best.value:
            best = Bound(value, score, price)
        if not deadline.left_s or not np.isfinite(value):
            break
        if stale > _PATIENCE:
            length, stale = length / 2, 0
        direction = _slope(field.minutes, field.weight, price, used) + _MEMORY * direction
        steepness = weighted_sum(direction, direction)
        if length < _SHORTEST or steepness == 0 or known - best.value <= _CLOSED * abs(known):
            break
        step = length * max(known - value, _CLOSED * abs(known)) / steepness
        price = np.clip(price + step * direction, 0.0, highest)
    if not np.isfinite(best.value):
        nearest = np.minimum(field.minutes.min(axis=1, initial=np.inf), field.base)
        best = replace(best, value=weighted_sum(field.weight, nearest))
    return replace(best, value=min(best.value, known))
