"""Where people go when they do not all choose the nearest site (Huff 1963, 1964).

The share of a point's visits that a site draws is its attraction over the sum of all attractions, and
attraction falls with a power of the travel time. All sites are equally attractive but for their distance.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

POWER: Final = 2.0
"""Power of travel time by which attraction falls; Huff's own estimates lie about 2 to 3. Assumption here."""

LEAST_MIN: Final = 1.0
"""Shorter journeys count as this long, so that a site on the doorstep does not draw everybody."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """What each candidate would draw, and from whom.

    Parameters
    ----------
    volume
        Float64 array of shape (candidates,): visits a year that the candidate draws.
    today
        Float64 array of shape (sites of today,): visits a year that each draws today.
    taken
        Float64 array of shape (candidates, sites of today): visits a year that the candidate takes from each.
    """

    volume: NDArray[np.float64]
    today: NDArray[np.float64]
    taken: NDArray[np.float64]


def attraction(minutes: NDArray[np.float32], power: float = POWER) -> NDArray[np.float64]:
    """Attraction of sites over their travel time; 0 where there is no way.

    Parameters
    ----------
    minutes
        Any shape; NaN or infinite where there is no way.
    power
        Power by which attraction falls.
    """
    distance = np.maximum(minutes.astype(np.float64), LEAST_MIN) ** power
    return np.where(np.isfinite(minutes), 1.0 / distance, 0.0)


def draw_visits(
    visits: NDArray[np.float64],
    today: NDArray[np.float64],
    sites: NDArray[np.float64],
) -> Drawn:
    """Allot visits by Huff's shares, for each candidate on its own beside the sites of today.

    Parameters
    ----------
    visits
        Visits a year at each demand point.
    today, sites
        Attractions, shape (demand, sites of today) and (demand, candidates).

    Notes
    -----
    With *U* the sum of today's attractions and *u* the candidate's, it draws ``Σ_i v_i u_i/(U_i + u_i)`` and
    takes ``Σ_i v_i a_ij/U_i · u_i/(U_i + u_i)`` from site *j*: nothing is computed again for a candidate.
    """
    before = today.sum(axis=1)
    share = np.divide(today, before[:, None], out=np.zeros_like(today), where=before[:, None] > 0)
    by_site = share * visits[:, None]
    volume, taken = _draw(visits, before, sites, by_site)
    return Drawn(volume, by_site.sum(axis=0), taken)


@njit(cache=True)
def drawn_by_crowd(
    visits: NDArray[np.float64], before: NDArray[np.float64], sites: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Visits that each candidate would draw on its own, for many sets of visits at once.

    Parameters
    ----------
    visits
        Visits a year, shape (demand, crowds).
    before
        Sum of the attractions of today's sites, shape (demand,).
    sites
        Attractions of the candidates, shape (demand, candidates).

    Returns
    -------
    NDArray
        Float64 array of shape (crowds, candidates).
    """
    points, candidates = sites.shape
    found = np.zeros((visits.shape[1], candidates))
    won = np.zeros(candidates)
    for i in range(points):
        for c in range(candidates):
            won[c] = sites[i, c] / max(before[i] + sites[i, c], 1e-300)
        for r in range(visits.shape[1]):
            here = visits[i, r]
            for c in range(candidates):
                found[r, c] += here * won[c]
    return found


@njit(cache=True)
def _draw(
    visits: NDArray[np.float64],
    before: NDArray[np.float64],
    sites: NDArray[np.float64],
    by_site: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    points, candidates = sites.shape
    others = by_site.shape[1]
    volume = np.zeros(candidates)
    taken = np.zeros((others, candidates))
    won = np.zeros(candidates)
    for i in range(points):
        for c in range(candidates):
            pull = sites[i, c]
            won[c] = pull / max(before[i] + pull, 1e-300)
        for c in range(candidates):
            volume[c] += visits[i] * won[c]
        for j in range(others):
            part = by_site[i, j]
            if part > 0.0:
                from_site = taken[j]
                for c in range(candidates):
                    from_site[c] += part * won[c]
    return volume, np.ascontiguousarray(taken.T)
