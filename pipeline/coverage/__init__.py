"""GP coverage: one row for each demand point with every rule's verdict, measure, margin and status."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.coverage.limits import all_limits
from pipeline.coverage.reach import NOBODY, Reach, rank_by_id
from pipeline.coverage.rules import CLOSED, INTAKE_UNKNOWN, OPEN, PER, RULES, Judged, Supply, judge
from pipeline.settings.coverage import CoverageSettings
from pipeline.supply import serves

ACCESS_RULES: Final = ("choice", "time", "closed", "island")
"""The rules on reaching a practice at all; `capacity` and `fragile` tell of pressure and of risk."""


def supply_of(practices: pd.DataFrame, on: dt.date) -> Supply:
    """Take what the rules need from the practices frame.

    Parameters
    ----------
    practices
        Frame with ``practice_id``, ``capacity`` (GPs), ``open_to_new`` (nullable boolean), what
        `pipeline.supply.serves` asks for and, where practices have several sites, ``provider``.
    on
        The day of the study.
    """
    capacity = practices["capacity"].to_numpy(dtype=np.float64, na_value=0.0)
    serving = serves(practices, on).to_numpy() & (capacity > 0)
    intake = np.select(
        [
            practices["open_to_new"].isna().to_numpy(),
            practices["open_to_new"].eq(other=False).fillna(value=False),
        ],
        [INTAKE_UNKNOWN, CLOSED],
        OPEN,
    )
    provider = practices["provider"] if "provider" in practices else practices["practice_id"]
    codes, _ = pd.factorize(provider.astype("str"), sort=True)
    return Supply(
        capacity,
        serving,
        intake.astype(np.int8),
        rank_by_id(practices["practice_id"]),
        codes.astype(np.int32),
    )


def coverage(
    demand: pd.DataFrame,
    practices: pd.DataFrame,
    reach: Reach,
    settings: CoverageSettings,
    on: dt.date,
) -> pd.DataFrame:
    """Judge every rule for every demand point.

    Parameters
    ----------
    demand
        Frame with ``demand_id``, ``municipality_code`` and ``weight`` (people, ≥ 0).
    practices
        Frame as `supply_of` asks for, in the order of the columns of `reach`.
    reach
        Travel between the two, in the order of both frames.
    settings
        The rules.
    on
        The day that limits and practices hold.

    Returns
    -------
    pd.DataFrame
        The index of `demand`; ``demand_id``, ``municipality_code``, ``people``, ``nearest_practice``,
        ``travel_min``, ``travel_status``, ``open_by_road`` and ``open_straight`` (open practices within the
        limit of choice), ``gps_per_10000``, ``patients_per_gp`` (missing where no GP is in reach), and for
        each rule switched on ``<rule>_broken`` (nullable boolean), ``<rule>_measure``, ``<rule>_margin``
        (negative when broken) and ``<rule>_status``; ``rules_broken`` joins the broken ones with ``|``.

    Raises
    ------
    ValueError
        The frames and `reach` differ in length, or travel times or distances end short of a limit.
    """
    if (len(demand), len(practices)) != (reach.time.points, reach.time.practices):
        raise ValueError("demand and practices must have one row for each row and column of the travel times")
    people = demand["weight"].to_numpy(dtype=np.float64)
    limits = all_limits(settings, demand["municipality_code"], on)
    judged = judge(people, reach, supply_of(practices, on), limits, settings)
    ids = np.array([*practices["practice_id"], None], dtype=object)
    columns: dict[str, object] = {
        "demand_id": demand["demand_id"],
        "municipality_code": demand["municipality_code"],
        "people": people,
        "nearest_practice": pd.array(ids[judged.nearest], dtype="string"),
        "travel_min": judged.nearest_s.astype(np.float64) / 60,
        "travel_status": _travel_status(judged, reach),
        "open_by_road": pd.array(judged.open_by_road, dtype="Int64")
        if judged.open_by_road is not None
        else pd.array([pd.NA] * len(demand), dtype="Int64"),
        "open_straight": judged.open_straight,
    }
    if judged.access is not None:
        per_person = judged.access.per_person
        columns["gps_per_10000"] = per_person * PER
        columns["patients_per_gp"] = np.divide(
            1.0, per_person, out=np.full(len(demand), np.nan), where=per_person > 0
        )
    for rule, verdict in judged.verdicts.items():
        columns[f"{rule}_broken"] = pd.arrays.BooleanArray(verdict.broken.copy(), ~verdict.known)
        columns[f"{rule}_measure"] = verdict.measure
        columns[f"{rule}_margin"] = verdict.margin
        columns[f"{rule}_status"] = verdict.status
    columns["rules_broken"] = join_broken(
        {rule: verdict.broken for rule, verdict in judged.verdicts.items()}, len(demand)
    )
    return pd.DataFrame(columns, index=demand.index)


def _travel_status(judged: Judged, reach: Reach) -> NDArray[np.object_]:
    reached = judged.nearest != NOBODY
    if reach.status is None:
        return np.where(reached, "ok", "beyond_cutoff").astype(object)
    missing = ~reached & (reach.status == "ok")
    return np.where(missing, "beyond_cutoff", reach.status).astype(object)


def join_broken(broken: Mapping[str, NDArray[np.bool_]], rows: int) -> NDArray[np.object_]:
    """Join the names of the broken rules of each row with ``|``, in the order of `RULES`."""
    names = [rule for rule in RULES if rule in broken]
    code = np.zeros(rows, dtype=np.int64)
    for bit, rule in enumerate(names):
        code += broken[rule].astype(np.int64) << bit
    words = np.array(
        [
            "|".join(rule for bit, rule in enumerate(names) if value >> bit & 1)
            for value in range(2 ** len(names))
        ],
        dtype=object,
    )
    return np.asarray(words[code], dtype=object)


def flagged(covered: pd.DataFrame, rules: Sequence[str]) -> pd.Series:
    """Tell which rows break at least one of some rules; a rule that is off or unknown flags nothing."""
    present = [f"{rule}_broken" for rule in rules if f"{rule}_broken" in covered]
    if not present:
        return pd.Series(data=False, index=covered.index)
    return covered[present].fillna(value=False).any(axis=1).astype(bool)


def points_xy(points: gpd.GeoSeries) -> NDArray[np.float64]:
    """Coordinates of points as an array of shape (n, 2); NaN where a geometry is missing or empty."""
    missing = (points.isna() | points.is_empty).to_numpy()
    xy = np.full((len(points), 2), np.nan)
    xy[~missing, 0] = points[~missing].x
    xy[~missing, 1] = points[~missing].y
    return xy
