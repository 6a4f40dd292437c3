"""The p-median in its radius form: small enough to be solved exactly for hundreds of points and sites.

Cornuejols, Nemhauser & Wolsey 1980; Elloumi 2010.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, eye_array, hstack

from pipeline.location.cover_patterns import covering_model
from pipeline.location.interchange import Field
from pipeline.location.linear_model import LinearModel
from pipeline.location.siting import weighted_sum
from pipeline.location.siting_rules import Rules


@dataclass(frozen=True, slots=True)
class Steps:
    """The steps of distance of a field; they hold for any number of sites.

    Parameters
    ----------
    near
        0/1 matrix, shape (steps, sites): the sites within each step.
    price
        Weighted minutes to be added where no open site is within the step, shape (steps,).
    constant
        Weighted minutes that no choice can save.
    """

    near: csr_array
    price: NDArray[np.float64]
    constant: float


def distance_steps(field: Field) -> Steps:
    r"""Write the journeys of a field as steps of distance.

    Parameters
    ----------
    field
        Minutes, none above the point's base.

    Notes
    -----
    With the distinct minutes ``D_1 < … < D_K < D_{K+1} = base`` of a point its journey is
    ``D_1 + Σ_k (D_{k+1} - D_k) z_k`` where ``z_k + Σ_{j: d_j ≤ D_k} y_j ≥ 1``: z is 1 unless an open site is
    within D_k. Steps with the same sites are merged, whichever point they belong to.
    """
    points, sites = field.minutes.shape
    order = np.argsort(field.minutes, axis=1, kind="stable")
    ranked = np.take_along_axis(field.minutes, order, axis=1)
    upper = np.column_stack([ranked[:, 1:], field.base]).astype(np.float64) if sites else ranked
    rise = np.maximum(upper - ranked, 0.0)
    constant = weighted_sum(field.weight, ranked[:, 0] if sites else field.base)
    within = np.zeros((points, sites), dtype=bool)
    width = (sites + 7) // 8
    kept, price = [np.zeros((0, width), np.uint8)], [np.zeros(0)]
    for rank in range(sites):
        within[np.arange(points), order[:, rank]] = True
        at = np.flatnonzero(rise[:, rank] > 0)
        kept.append(np.packbits(within[at], axis=1))
        price.append(field.weight[at] * rise[at, rank])
    packed = np.concatenate(kept)
    keys = packed.view(np.dtype((np.void, max(width, 1)))).ravel() if width else np.zeros(len(packed))
    _, first, group = np.unique(keys, return_index=True, return_inverse=True)
    steps = np.bincount(group.ravel(), np.concatenate(price), minlength=len(first)).astype(np.float64)
    near = csr_array(np.unpackbits(packed[first], axis=1, count=sites).astype(np.float64))
    return Steps(near, steps, constant)


def radius_model(steps: Steps, rules: Rules) -> LinearModel:
    """Write a p-median as a covering model: its cost is the weighted minutes above the steps' constant."""
    size, sites = steps.near.shape
    rows = csr_array(hstack([steps.near, eye_array(size)], format="csr"))
    return covering_model(rules, np.zeros(sites), rows, np.ones(size), extra_cost=steps.price)
