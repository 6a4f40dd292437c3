"""Floating catchment areas: how many GPs there are for each person once all have competed for them."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pipeline.coverage.reach import Pairs
from pipeline.settings.coverage import CatchmentMethod, Decay

STEP_WEIGHTS: Final = (1.0, 0.68, 0.22)
"""Weights of the three zones of Luo and Qi (2009), https://doi.org/10.1016/j.healthplace.2009.06.002."""

EDGE_WEIGHT: Final = 0.01
"""What the exponential decay has fallen to at the edge of the catchment."""


@dataclass(frozen=True, slots=True)
class Access:
    """The outcome of a floating catchment.

    Parameters
    ----------
    per_person
        Float64 array of shape (points,): GPs for each person; 0 where none is reached, never NaN.
    load
        Float64 array of shape (practices,): people who fall to each practice.
    reached_capacity, unreached_capacity
        GPs with and without anybody in reach; the first is what is shared out, exactly.
    """

    per_person: NDArray[np.float64]
    load: NDArray[np.float64]
    reached_capacity: float
    unreached_capacity: float


def decay_weights(seconds: NDArray[np.floating], decay: Decay, catchment_s: float) -> NDArray[np.float64]:
    """Weigh travel times: 1 at the door, falling to the edge of the catchment, 0 beyond it.

    Parameters
    ----------
    seconds
        Travel times of any shape, seconds.
    decay
        ``none`` (1 all over), ``step`` (three zones of equal width: 1, 0.68, 0.22; Luo and Qi 2009),
        ``linear``, ``gaussian`` (0 at the edge; Dai 2010, https://doi.org/10.1016/j.healthplace.2010.06.012)
        or ``exponential`` (0.01 at the edge).
    catchment_s
        Edge of the catchment, seconds.
    """
    part = np.asarray(seconds, dtype=np.float64) / catchment_s
    if decay == "none":
        weight = np.ones_like(part)
    elif decay == "step":
        weight = np.select([part <= 1 / 3, part <= 2 / 3], STEP_WEIGHTS[:2], STEP_WEIGHTS[2])
    elif decay == "linear":
        weight = 1 - part
    elif decay == "gaussian":
        edge = np.exp(-0.5)
        weight = (np.exp(-0.5 * part**2) - edge) / (1 - edge)
    else:
        weight = EDGE_WEIGHT**part
    return np.where(part <= 1, np.maximum(weight, 0), 0.0)


def pull_of(times: Pairs, method: CatchmentMethod, decay: Decay, catchment_s: float) -> NDArray[np.float64]:
    """Weigh every pair as a method does, whatever practices serve; shape (pairs,)."""
    return decay_weights(times.value, "none" if method == "2sfca" else decay, catchment_s)


def floating_catchment(
    times: Pairs,
    people: NDArray[np.floating],
    capacity: NDArray[np.floating],
    *,
    method: CatchmentMethod,
    decay: Decay,
    catchment_s: float,
    weights: NDArray[np.float64] | None = None,
) -> Access:
    """Share capacity out among the people who compete for it.

    Parameters
    ----------
    times
        Travel times of people × practice pairs, seconds.
    people
        Float array of shape (points,), ≥ 0.
    capacity
        Float array of shape (practices,): GPs; 0 for a practice that does not serve.
    method
        ``2sfca`` (Luo and Wang 2003, https://doi.org/10.1068/b29120; no decay), ``e2sfca`` (Luo and Qi 2009)
        or ``balanced`` (see `Notes`).
    decay
        See `decay_weights`; not used by ``2sfca``.
    catchment_s
        Edge of the catchment, seconds.
    weights
        Result of `pull_of` for these times, where it is at hand.

    Notes
    -----
    With weights w of point i and practice j, people P and GPs S:

    - 2SFCA and E2SFCA: A_i = Σ_j w_ij S_j / Σ_k P_k w_kj. One person counts in full at every practice
      in reach.
    - Balanced: each person is spread over the practices in reach, h_ij = w_ij / Σ_j w_ij, so that nobody
      counts twice (Páez, Higgins and Vivona 2019, https://doi.org/10.1371/journal.pone.0218773, step 1);
      the level of service S_j / Σ_k P_k h_kj is read back with the same shares,
      A_i = Σ_j h_ij S_j / Σ_k P_k h_kj. The paper shares the *level of service* out in its step 2, which
      gives an index that falls when points are split; with the shares h the outcome is GPs for each person,
      and Σ_i P_i A_i = Σ_j S_j.

    In all three the sum over people equals the GPs of the practices that anybody reaches.
    """
    if weights is None:
        weights = pull_of(times, method, decay, catchment_s)
    share = times.matrix(weights * (capacity > 0).take(times.practice))
    if method == "balanced":
        pull = share @ np.ones(times.practices)
        inverse = np.divide(1.0, pull, out=np.zeros_like(pull), where=pull > 0)
        share.data *= np.repeat(inverse, np.diff(times.indptr))
    load = share.T @ np.asarray(people, dtype=np.float64)
    reached = (load > 0) & (capacity > 0)
    ratio = np.divide(capacity, load, out=np.zeros(times.practices), where=reached)
    return Access(
        per_person=share @ ratio,
        load=load,
        reached_capacity=float(capacity[reached].sum()),
        unreached_capacity=float(capacity[~reached].sum()),
    )
