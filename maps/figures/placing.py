"""Choose places for labels so that none lies on another, at the least cost.

A label costs what its place costs and very much for lying on another label. Labels are placed in turn,
those with the least freedom first, then moved in turns until none can do better; then labels that fared badly
take a good place and make others move, where that pays. Nothing is random, so equal maps get equal labels.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from maps.figures.surface import Box

Floats = NDArray[np.float64]

_ON_LABEL: Final = 1_000.0  # cost of a mm² on another label: never worth it where any other place is left
_SWEEPS: Final = 12
_WORTH: Final = 2.0  # a better place must be this much cheaper to be worth moving others
_TRIES: Final = 6
_APART_MM: Final = 3.0
_SPOTS: Final = 60
_DEPTH: Final = 3


@dataclass(frozen=True, slots=True)
class Candidates:
    """Places that one label may take.

    Parameters
    ----------
    boxes
        West, south, east, north of each place, shape (k, 4), mm.
    costs
        What each place costs by itself, shape (k,).
    shapes
        Which of the label's line breaks each place is for, shape (k,).
    anchor
        The point that the label belongs to, mm.
    """

    boxes: Floats
    costs: Floats
    shapes: NDArray[np.intp]
    anchor: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a label ended up.

    Parameters
    ----------
    box
        West, south, east, north, mm.
    shape
        Which of its line breaks it has.
    overlap
        How much of it lies on other labels, mm²; 0 unless the map is too full.
    """

    box: Box
    shape: int
    overlap: float


def overlap_areas(boxes: Floats, others: Floats) -> Floats:
    """Areas that `boxes` (k, 4) share with `others` (n, 4), shape (k, n)."""
    low = np.maximum(boxes[:, None, :2], others[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], others[None, :, 2:])
    sides = np.clip(high - low, 0, None)
    shared: Floats = sides[..., 0] * sides[..., 1]
    return shared


def place(labels: Sequence[Candidates]) -> list[Placed]:
    """Choose a place for each label.

    Parameters
    ----------
    labels
        Each with at least one candidate place.

    Returns
    -------
    list of Placed
        In the order given.
    """
    freedom = [np.count_nonzero(label.costs < label.costs.min() + 5) for label in labels]
    order = sorted(range(len(labels)), key=lambda i: (freedom[i], i))
    chosen: Choice = {}
    for _ in range(_SWEEPS):
        before = dict(chosen)
        for i in order:
            chosen[i] = _best(labels, chosen, i)
        if chosen == before:
            break
    _make_room(labels, chosen, order)
    for i in order:
        if _hits(labels, chosen, i):
            chosen = _squeezed_in(labels, chosen, i, frozenset(), _DEPTH) or chosen
    placed = []
    for i, label in enumerate(labels):
        box = label.boxes[chosen[i]]
        west, south, east, north = (float(side) for side in box)
        overlap = float(overlap_areas(box[None], _others(labels, chosen, i)).sum())
        placed.append(Placed((west, south, east, north), int(label.shapes[chosen[i]]), overlap))
    return placed


Choice = dict[int, int]
"""Which of its places each label has; labels not yet placed are absent."""


def _others(labels: Sequence[Candidates], chosen: Choice, i: int) -> Floats:
    return np.array([labels[j].boxes[chosen[j]] for j in sorted(chosen) if j != i]).reshape(-1, 4)


def _best(labels: Sequence[Candidates], chosen: Choice, i: int) -> int:
    """Find the cheapest place of a label beside those already placed."""
    on_labels = overlap_areas(labels[i].boxes, _others(labels, chosen, i)).sum(axis=1)
    return int(np.argmin(labels[i].costs + _ON_LABEL * on_labels))


def _total(labels: Sequence[Candidates], chosen: Choice) -> float:
    boxes = _others(labels, chosen, -1)
    shared = overlap_areas(boxes, boxes)
    on_labels = (shared.sum() - np.trace(shared)) / 2
    return float(sum(labels[i].costs[chosen[i]] for i in sorted(chosen)) + _ON_LABEL * on_labels)


def _make_room(labels: Sequence[Candidates], chosen: Choice, order: Sequence[int]) -> None:
    """Let a label that fared badly take a good place, and those in its way look for others, if that pays."""
    total = _total(labels, chosen)
    for _ in range(_SWEEPS):
        before = total
        for i in order:
            for spot in _good_spots(labels[i], labels[i].costs[chosen[i]] - _WORTH):
                trial = {**chosen, i: spot}
                in_way = overlap_areas(labels[i].boxes[[spot]], _others(labels, trial, i))[0] > 0
                moving = [
                    j for j, hit in zip((j for j in sorted(trial) if j != i), in_way, strict=True) if hit
                ]
                for j in moving:
                    del trial[j]
                for j in sorted(moving, key=order.index):
                    trial[j] = _best(labels, trial, j)
                cost = _total(labels, trial)
                if cost < total - 1e-6:
                    chosen.update(trial)
                    total = cost
                    break
        if total >= before - 1e-6:
            break


def _hits(labels: Sequence[Candidates], chosen: Choice, i: int) -> list[int]:
    """List the labels that a label lies on."""
    others = [j for j in sorted(chosen) if j != i]
    shared = overlap_areas(labels[i].boxes[[chosen[i]]], _others(labels, chosen, i))[0]
    return [j for j, area in zip(others, shared, strict=True) if area > 0]


def _squeezed_in(
    labels: Sequence[Candidates], chosen: Choice, i: int, settled: frozenset[int], depth: int
) -> Choice | None:
    """Find any place for a label that lies on others, moving those that are not settled, and so on."""
    for spot in np.argsort(labels[i].costs, kind="stable")[:_SPOTS].tolist():
        hits = _hits(labels, {**chosen, i: spot}, i)
        if hits and (depth == 0 or settled & set(hits)):
            continue
        trial: Choice | None = {j: at for j, at in {**chosen, i: spot}.items() if j not in hits}
        for j in hits:
            if trial is not None and j not in trial:
                trial = _squeezed_in(labels, trial, j, settled | {i}, depth - 1)
        if trial is not None:
            return trial
    return None


def _good_spots(label: Candidates, most: float) -> list[int]:
    """List the cheapest places under a cost, some millimetres apart from each other."""
    spots: list[int] = []
    middles = (label.boxes[:, :2] + label.boxes[:, 2:]) / 2
    for spot in np.argsort(label.costs, kind="stable").tolist():
        if label.costs[spot] >= most or len(spots) == _TRIES:
            break
        if all(np.hypot(*(middles[spot] - middles[other])) > _APART_MM for other in spots):
            spots.append(spot)
    return spots
