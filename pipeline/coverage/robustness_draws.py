"""What is changed in each run of the robustness test, drawn so that it can be repeated."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.coverage.reach import rank_by_id
from pipeline.settings.coverage import RobustnessSettings

SINGLE_DRAWS: Final = 10
"""Runs that change only the people, and only the closings."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run: what is changed.

    Parameters
    ----------
    name
        ``today``, the factor that alone is changed, or ``all``.
    speed, limit
        Changes of speed and limits (0.1 is ten per cent more).
    draw
        Seed of the draws of people and closings; None leaves both as they are.
    demand, closing
        Whether people and closings are drawn.
    """

    name: str
    speed: float = 0.0
    limit: float = 0.0
    draw: int | None = None
    demand: bool = False
    closing: bool = False


def plan_runs(settings: RobustnessSettings) -> list[Run]:
    """List the runs: today, one factor at a time, then everything drawn at random."""
    runs = [Run("today")]
    runs += [Run("speed", speed=change) for change in settings.speed_changes]
    runs += [Run("limit", limit=change) for change in settings.limit_changes]
    if settings.demand_spread > 0:
        runs += [Run("demand", draw=settings.seed + at, demand=True) for at in range(SINGLE_DRAWS)]
    if settings.closing_chance > 0:
        runs += [Run("closing", draw=settings.seed + at, closing=True) for at in range(SINGLE_DRAWS)]
    speeds, limits = (0.0, *settings.speed_changes), (0.0, *settings.limit_changes)
    for at in range(settings.runs):
        draw = settings.seed + 1000 + at
        chance = np.random.default_rng(draw)
        speed, limit = (float(chance.choice(changes)) for changes in (speeds, limits))
        runs.append(Run("all", speed, limit, draw, demand=True, closing=True))
    return runs


def draw_people(
    people: NDArray[np.float64], group: pd.Series, ids: pd.Series, spread: float, seed: int
) -> NDArray[np.float64]:
    """Draw how many people live at each point; sums by group stay.

    Parameters
    ----------
    people
        Shape (points,).
    group
        Municipality of each point.
    ids
        Id of each point: the draw of a point does not depend on its row.
    spread
        Coefficient of variation of the draws (gamma distributed).
    seed
        Seed.
    """
    if spread <= 0:
        return people
    rank = rank_by_id(ids)
    factor = np.random.default_rng([seed, 1]).gamma(1 / spread**2, spread**2, len(people))[rank]
    drawn = people * factor
    codes, names = pd.factorize(group, use_na_sentinel=False)
    before, after = (np.bincount(codes, weights=some, minlength=len(names)) for some in (people, drawn))
    scale = np.divide(before, after, out=np.ones(len(names)), where=after > 0)
    return np.asarray(drawn * scale[codes], dtype=np.float64)


def draw_closings(provider: NDArray[np.int32], chance: float, seed: int) -> NDArray[np.bool_]:
    """Draw which practices close, each by itself and with all its sites.

    Parameters
    ----------
    provider
        Shape (practices,): number of each one's provider in the order of names, so that a draw does not
        depend on the row.
    chance
        Between 0 and 1.
    seed
        Seed.
    """
    size = int(provider.max(initial=-1)) + 1
    return np.asarray((np.random.default_rng([seed, 2]).random(size) < chance)[provider], dtype=bool)
