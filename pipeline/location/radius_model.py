"""The p-median in its radius form: small enough to be solved exactly for hundreds of points and sites.

Cornuejols, Nemhauser & Wolsey 1980; Elloumi 2010.
"""

import numpy as np
from scipy.sparse import csr_array, eye_array, hstack

from pipeline.location.cover_patterns import covering_model
from pipeline.location.interchange import Field
from pipeline.location.linear_model import LinearModel
from pipeline.location.siting_rules import Rules


def radius_model(field: Field, rules: Rules) -> tuple[LinearModel, float]:
    r"""Write a p-median as a covering model with steps of distance.

    Parameters
    ----------
    field
        Minutes, none above the point's base.
    rules
        Rules over the same sites.

    Returns
    -------
    tuple
        The model, and the weighted minutes that no choice can save.

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
    constant = float(field.weight @ (ranked[:, 0] if sites else field.base).astype(np.float64))
    within = np.zeros((points, sites), dtype=bool)
    kept, price = [np.zeros((0, (sites + 7) // 8), np.uint8)], [np.zeros(0)]
    for rank in range(sites):
        within[np.arange(points), order[:, rank]] = True
        at = np.flatnonzero(rise[:, rank] > 0)
        kept.append(np.packbits(within[at], axis=1))
        price.append(field.weight[at] * rise[at, rank])
    bits, group = np.unique(np.concatenate(kept), axis=0, return_inverse=True)
    steps = np.bincount(group.ravel(), np.concatenate(price), minlength=len(bits)).astype(np.float64)
    near = csr_array(np.unpackbits(bits, axis=1, count=sites).astype(np.float64))
    rows = csr_array(hstack([near, eye_array(len(bits))], format="csr"))
    return covering_model(rules, np.zeros(sites), rows, np.ones(len(bits)), extra_cost=steps), constant
