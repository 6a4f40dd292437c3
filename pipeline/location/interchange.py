"""Greedy adding and vertex substitution: good choices of sites fast, for any number of demand points.

The sum of weighted minutes to the nearest open site falls with each move. Whitaker's fast interchange
(1983), in the form of Resende & Werneck (2007), prices all swaps of one open for one closed site in one pass.
Maximal coverage is the same sum with 0 minutes for covered points and 1 for others (Church & ReVelle 1974).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipeline.location.deadline import NEVER, Deadline
from pipeline.location.siting import weighted_sum

MOST_MOVES: Final = 10_000
"""Moves after which the search stops; each move lowers the sum, so this only guards against rounding."""

Allowed = Callable[[frozenset[int]], bool]


@dataclass(frozen=True, slots=True)
class Field:
    """Minutes from demand points to sites.

    Parameters
    ----------
    minutes
        Float32 array of shape (points, sites), finite.
    base
        Float32 array of shape (points,): minutes when no site of the field is open.
    weight
        Float64 array of shape (points,).
    """

    minutes: NDArray[np.float32]
    base: NDArray[np.float32]
    weight: NDArray[np.float64]

    def nearest(self, chosen: Iterable[int]) -> NDArray[np.float32]:
        """Minutes from each point to the nearest open site, or `base`."""
        columns = sorted(chosen)
        found: NDArray[np.float32] = np.minimum(
            self.base, self.minutes[:, columns].min(axis=1, initial=np.float32(np.inf))
        )
        return found

    def total(self, chosen: Iterable[int]) -> float:
        """Sum of weight times minutes to the nearest open site."""
        return weighted_sum(self.weight, self.nearest(chosen))


@njit(cache=True)
def _price_moves(
    minutes: NDArray[np.float32],
    base: NDArray[np.float32],
    weight: NDArray[np.float64],
    opened: NDArray[np.int64],
) -> tuple[float, NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Sum now, gain of opening each site, loss of closing each open one, what a swap wins back of it."""
    points, sites = minutes.shape
    total = 0.0
    gain = np.zeros(sites)
    loss = np.zeros(len(opened))
    back = np.zeros((len(opened), sites))
    for i in range(points):
        first, second, owner = base[i], np.float32(np.inf), -1
        for at in range(len(opened)):
            here = minutes[i, opened[at]]
            if here < first:
                first, second, owner = here, first, at
            elif here < second:
                second = here
        here_weight = weight[i]
        total += here_weight * first
        if owner < 0:
            for j in range(sites):
                gain[j] += here_weight * max(first - minutes[i, j], np.float32(0))
        else:
            loss[owner] += here_weight * (second - first)
            won = back[owner]
            for j in range(sites):
                here = minutes[i, j]
                gain[j] += here_weight * max(first - here, np.float32(0))
                won[j] += here_weight * max(second - max(here, first), np.float32(0))
    return total, gain, loss, back


def improve(
    field: Field,
    start: Iterable[int],
    most: int,
    *,
    fixed: Iterable[int] = (),
    banned: Iterable[int] = (),
    allowed: Allowed | None = None,
) -> tuple[int, ...]:
    """Add and swap sites for as long as the sum of weighted minutes falls.

    Parameters
    ----------
    field
        Minutes and weights.
    start
        Sites that are open at first.
    most
        Most open sites.
    fixed, banned
        Sites that stay open, and sites that are never opened.
    allowed
        Tells whether a set of open sites keeps the other rules; every set does when left out.

    Returns
    -------
    tuple
        Open sites, rising: no single addition or swap that is allowed makes the sum smaller.
    """
    stays = frozenset(fixed)
    opened = sorted({*start, *stays})
    barred = frozenset(banned)
    for _ in range(MOST_MOVES):
        move = _best_move(field, opened, most, stays, barred, allowed)
        if move is None:
            break
        opened = sorted(move)
    return tuple(opened)


def _best_move(
    field: Field,
    opened: list[int],
    most: int,
    stays: frozenset[int],
    barred: frozenset[int],
    allowed: Allowed | None,
) -> frozenset[int] | None:
    """Find the best allowed addition or, when no room is left, swap; None when nothing helps."""
    is_open = frozenset(opened)
    closed = [s for s in range(field.minutes.shape[1]) if s not in is_open and s not in barred]
    if not closed:
        return None
    columns = np.array(opened, dtype=np.int64)
    total, gain, loss, back = _price_moves(field.minutes, field.base, field.weight, columns)
    least = 1e-9 * max(total, 1e-12)
    if len(opened) < most:
        for site in sorted(closed, key=lambda s: (-gain[s], s)):
            if gain[site] <= least:
                break
            move = is_open | {site}
            if allowed is None or allowed(move):
                return move
    profit = gain[None, closed] - loss[:, None] + back[:, closed]
    profit[[site in stays for site in opened]] = -np.inf
    flat = profit.ravel()
    better = np.flatnonzero(flat > least)
    for at in better[np.argsort(-flat[better], kind="stable")]:
        out, into = divmod(int(at), len(closed))
        move = (is_open - {opened[out]}) | {closed[into]}
        if allowed is None or allowed(move):
            return move
    return None


def search(
    field: Field,
    starts: Iterable[Iterable[int]],
    most: int,
    *,
    fixed: Iterable[int] = (),
    banned: Iterable[int] = (),
    allowed: Allowed | None = None,
    shakes: int = 0,
    deadline: Deadline = NEVER,
) -> tuple[int, ...]:
    """Improve several first choices, then shake the best one a number of times.

    A shake closes some open sites at random (fixed seed) and improves again; the better choice is kept.

    Parameters
    ----------
    field
        Minutes and weights.
    starts
        First choices, each allowed.
    most, fixed, banned, allowed
        As in `improve`.
    shakes
        Number of shakes; none are made where `allowed` is given.
    deadline
        When no further shake begins.

    Returns
    -------
    tuple
        Best set of open sites found, rising.
    """
    stays, barred = frozenset(fixed), frozenset(banned)
    best = min(
        (improve(field, start, most, fixed=stays, banned=barred, allowed=allowed) for start in starts),
        key=lambda found: (field.total(found), found),
    )
    value = field.total(best)
    draw = np.random.default_rng(0)
    for _ in range(shakes if allowed is None else 0):
        loose = [site for site in best if site not in stays]
        if len(loose) < 2 or not deadline.left_s:
            break
        count = min(len(loose), 2 + int(draw.integers(3)))
        closed = set(draw.choice(loose, size=count, replace=False).tolist())
        found = improve(field, [s for s in best if s not in closed], most, fixed=stays, banned=barred)
        if field.total(found) < value:
            best, value = found, field.total(found)
    return best
