"""Quantiles and inequality of what people have, each row weighted by its people."""

import numpy as np
from numpy.typing import NDArray


def weighted_quantile(values: NDArray[np.float64], weights: NDArray[np.float64], share: float) -> float:
    """Find the value that a share of the people have at most.

    Parameters
    ----------
    values
        Shape (rows,); NaN stands for longer than any.
    weights
        Shape (rows,): people, ≥ 0.
    share
        Between 0 and 1.

    Returns
    -------
    float
        The lowest value with at least `share` of the people at or below it; NaN where that is somebody
        without a value, or where there is nobody.
    """
    total = weights.sum()
    if total <= 0:
        return float("nan")
    order = np.argsort(np.where(np.isnan(values), np.inf, values), kind="stable")
    reached = np.cumsum(weights[order])
    at = int(np.searchsorted(reached, share * total * (1 - 1e-12)))
    return float(values[order[min(at, len(order) - 1)]])


def gini(values: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    """Measure how unevenly something is shared: 0 when all have the same, towards 1 when one has all.

    Parameters
    ----------
    values
        Shape (rows,): what each person there has, ≥ 0, never NaN.
    weights
        Shape (rows,): people, ≥ 0.

    Returns
    -------
    float
        The Gini coefficient of the Lorenz curve over people; 0 where nobody has anything.
    """
    order = np.argsort(values, kind="stable")
    people = weights[order]
    had = values[order] * people
    if people.sum() <= 0 or had.sum() <= 0:
        return 0.0
    part = people / people.sum()
    lorenz = np.cumsum(had) / had.sum()
    below = np.concatenate([[0.0], lorenz[:-1]])
    return float(max(1 - (part * (lorenz + below)).sum(), 0.0))
