"""Which practices hold coverage up: who would be left in a gap if a single one closed."""

import datetime as dt

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.coverage import supply_of
from pipeline.coverage.limits import all_limits
from pipeline.coverage.reach import NOBODY, Pairs, Reach
from pipeline.settings.coverage import CoverageSettings


def practice_dependence(
    demand: pd.DataFrame,
    practices: pd.DataFrame,
    reach: Reach,
    settings: CoverageSettings,
    on: dt.date,
) -> pd.DataFrame:
    """Count, for each practice, the people who would break a rule if it closed and no other did.

    Parameters
    ----------
    demand, practices, reach, settings, on
        As for `pipeline.coverage.coverage`.

    Returns
    -------
    pd.DataFrame
        One row a practice, same index as `practices`: ``practice_id``, ``people_nearest`` (whose nearest
        practice it is), ``people_alone_time`` (who have no other within the limit of time),
        ``people_alone_choice`` (who would have too few to choose between), ``people_alone`` (either; nobody
        twice) and ``rank`` (1 for the most people alone; missing for practices that nobody depends on).
        People who break either rule already, or whose travel is not known, are not counted; where no limit
        holds, the rule is not broken.
    """
    people = demand["weight"].to_numpy(dtype=np.float64)
    supply = supply_of(practices, on)
    limits = all_limits(settings, demand["municipality_code"], on)
    _, nearest = reach.nearest_among(supply.serving, supply.rank)
    size = len(practices)
    reached = nearest != NOBODY
    found = np.bincount(nearest[reached], weights=people[reached], minlength=size).astype(np.float64)
    by_time, by_choice = _nobody(), _nobody()
    # One who breaks either rule already is in a gap today and cannot fall into one; nor can one not judged.
    settled = ~reach.known
    if settings.time.enabled:
        limit = limits["time"].value * 60
        by_time = _critical(reach.time, limit, supply.serving, 1, supply.provider)
        settled |= np.isfinite(limit) & (reach.time.count(limit, supply.serving) == 0)
    if settings.choice.enabled:
        straight = settings.choice.measure == "straight" or reach.road is None
        pairs = reach.straight if straight or reach.road is None else reach.road
        limit, wanted = limits["choice"].value * 1000, settings.choice.practices
        choosable = supply.may_choose(unknown_is_open=settings.choice.unknown_is_open)
        by_choice = _critical(pairs, limit, choosable, wanted, supply.provider)
        settled |= np.isfinite(limit) & (pairs.count(limit, choosable, supply.provider) < wanted)
    sums = {}
    both = np.unique(np.concatenate([by_time, by_choice]), axis=0)
    for name, rows in (("time", by_time), ("choice", by_choice), ("", both)):
        new = rows[~settled[rows[:, 0]]]
        sums[name] = np.bincount(new[:, 1], weights=people[new[:, 0]], minlength=size).astype(np.float64)
    alone = sums[""]
    order = np.lexsort((supply.rank, -alone))
    rank = np.empty(size, dtype=np.int64)
    rank[order] = np.arange(1, size + 1)
    return pd.DataFrame(
        {
            "practice_id": practices["practice_id"],
            "people_nearest": found,
            "people_alone_time": sums["time"],
            "people_alone_choice": sums["choice"],
            "people_alone": alone,
            "rank": pd.array(np.where(alone > 0, rank, 0), dtype="Int64"),
        },
        index=practices.index,
    ).assign(rank=lambda frame: frame["rank"].where(frame["rank"] > 0))


def _nobody() -> NDArray[np.int64]:
    return np.empty((0, 2), dtype=np.int64)


def _critical(
    pairs: Pairs,
    limit: NDArray[np.float64],
    counted: NDArray[np.bool_],
    wanted: int,
    provider: NDArray[np.int32],
) -> NDArray[np.int64]:
    """List (point, practice) where the point has just as many practices as it needs, this one among them.

    A site is not missed where another site of its provider is near enough.
    """
    near = (pairs.value <= np.repeat(limit, np.diff(pairs.indptr))) & counted[pairs.practice]
    just = pairs.count(limit, counted, provider) == wanted
    kept = near & np.repeat(just, np.diff(pairs.indptr))
    found: NDArray[np.int64] = np.column_stack([pairs.point[kept], pairs.practice[kept]]).astype(np.int64)
    _, site_of, sites = np.unique(
        np.column_stack([found[:, 0], provider[found[:, 1]]]), axis=0, return_inverse=True, return_counts=True
    )
    return np.asarray(found[sites[site_of.ravel()] == 1])
