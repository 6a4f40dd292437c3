"""One number to rank candidates by: what each saves, brings near, draws and mends, weighed by the council."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from pipeline.settings.sites import ScoreWeights

PARTS: Final = ("minutes", "newly_within", "volume", "gaps")
"""Parts of the score, as in `ScoreWeights`."""


_DIGITS: Final = 9
"""Decimals of a score: equal candidates must tie, whatever the order their measures were added in."""


def score_parts(
    saved: NDArray[np.float64],
    newly_within: NDArray[np.float64],
    volume: NDArray[np.float64],
    gaps: NDArray[np.float64],
    min_volume: float,
) -> NDArray[np.float64]:
    """Bring the measures of the candidates of one function to 0–1.

    Parameters
    ----------
    saved, newly_within, volume, gaps
        Visit-minutes saved a year, people newly within the limit, visits drawn a year and people in GP gaps
        helped; shape (candidates,), ≥ 0.
    min_volume
        Visits a year that count in full.

    Returns
    -------
    NDArray
        Shape (candidates, parts): share of the best candidate's measure; for volume the share of the minimum,
        at most 1.
    """
    enough = np.minimum(volume / min_volume, 1.0) if min_volume > 0 else np.ones_like(volume)
    return np.column_stack([_of_best(saved), _of_best(newly_within), enough, _of_best(gaps)])


def _of_best(values: NDArray[np.float64]) -> NDArray[np.float64]:
    top = values.max(initial=0.0)
    return values / top if top > 0 else np.zeros_like(values)


def score(
    parts: NDArray[np.float64], weights: ScoreWeights | NDArray[np.float64], suitable: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Weigh the parts; a candidate that fails a decisive criterion comes after all that do not.

    Parameters
    ----------
    parts
        Result of `score_parts`.
    weights
        Weights of the parts; only their proportions count, and all 0 means alike.
    suitable
        Whether the candidate fails no decisive criterion.

    Returns
    -------
    NDArray
        Between 0 and 1 for those that fail, between 1 and 2 for the others.
    """
    if isinstance(weights, ScoreWeights):
        weights = np.array([getattr(weights, part) for part in PARTS])
    if weights.sum() <= 0:
        weights = np.ones_like(weights)
    total: NDArray[np.float64] = np.round(parts @ (weights / weights.sum()) + suitable, _DIGITS)
    return total


def ranks(scores: NDArray[np.float64]) -> NDArray[np.int64]:
    """Rank from 1, the best; equal scores share the better rank (as in sport)."""
    order = np.sort(-scores)
    return np.asarray(np.searchsorted(order, -scores, side="left") + 1, dtype=np.int64)
