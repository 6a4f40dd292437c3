"""Sharing whole numbers out so that not one unit is lost: people over points, GPs over practices."""

import numpy as np
from numpy.typing import NDArray


def share_out(
    units: NDArray[np.int64], weight: NDArray[np.floating], group: NDArray[np.integer]
) -> NDArray[np.int64]:
    """Share each group's units out over its members in proportion to their weight, exactly.

    Cumulative rounding: a member gets the rounded running total less what those before it got, so that each
    is within one unit of its proper share and the sum is the group's figure to the unit.

    Parameters
    ----------
    units
        Shape (groups,): whole units to share out, ≥ 0.
    weight
        Shape (members,): weights ≥ 0; where a group's weights are all 0, its members share evenly.
    group
        Shape (members,): each member's group, 0 … groups - 1. The order of members within a group decides
        who gets the odd units; sort them first by something that has a meaning.

    Returns
    -------
    NDArray
        Int64 array of shape (members,). Units of a group without members stay out.

    Raises
    ------
    ValueError
        Negative or missing units or weights.
    """
    if (units < 0).any() or not np.isfinite(weight).all() or (weight < 0).any():
        raise ValueError("units and weights are finite and never negative")
    if not len(group):
        return np.zeros(0, dtype=np.int64)
    order = np.argsort(group, kind="stable")
    by_group, ordered = group[order], np.asarray(weight, dtype=np.float64)[order]
    total = np.bincount(by_group, weights=ordered, minlength=len(units))
    ordered = np.where(total[by_group] > 0, ordered, 1.0)
    total = np.bincount(by_group, weights=ordered, minlength=len(units))
    first = np.searchsorted(by_group, np.arange(len(units)))
    last = np.searchsorted(by_group, np.arange(len(units)), side="right") - 1
    # Weights are scaled before they are summed up: each group runs from 0 to 1, whatever the others hold.
    running = np.cumsum(ordered / total[by_group])
    before = np.where(first > 0, running[np.maximum(first - 1, 0)], 0.0)
    part = np.clip(running - before[by_group], 0.0, 1.0)
    filled = last >= first
    part[last[filled]] = 1.0
    reached = np.floor(part * units[by_group] + 0.5).astype(np.int64)
    got = np.diff(reached, prepend=0)
    got[first[filled]] = reached[first[filled]]
    shared = np.empty(len(group), dtype=np.int64)
    shared[order] = got
    return shared


def largest_remainder(seats: int, weight: NDArray[np.floating]) -> NDArray[np.int64]:
    """Give out whole seats by weight: the whole part first, then one each to the largest remainders.

    Parameters
    ----------
    seats
        How many to give out, ≥ 0.
    weight
        Shape (members,): weights ≥ 0, at least one member; all 0 counts as equal. Of equal remainders the
        greater weight wins, then the earlier member.

    Raises
    ------
    ValueError
        No member, or negative or missing weights.
    """
    if not len(weight) or not np.isfinite(weight).all() or (weight < 0).any() or seats < 0:
        raise ValueError("seats are shared among at least one member with weights that are never negative")
    shares = np.asarray(weight, dtype=np.float64)
    shares = shares if shares.sum() > 0 else np.ones(len(shares))
    due = shares / shares.sum() * seats
    whole: NDArray[np.int64] = np.floor(due + 1e-9).astype(np.int64)
    order = np.lexsort((np.arange(len(due)), -shares, -np.round(due - whole, 9)))
    whole[order[: seats - int(whole.sum())]] += 1
    return whole
