"""What would close a gap: where a new practice would stand best, and whom it would help."""

from collections.abc import Callable
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.coverage.reach import rank_by_id
from pipeline.coverage.rules import PER
from pipeline.settings.coverage import CoverageSettings

DETOUR: Final = 1.4
"""Road distance over straight line, the national ratio to hospitals (KL, 20 January 2016: 20 to 14 km)."""

ROUGH_KMH: Final = 60.0
"""Speed of the rough estimate of what a new practice would help, where no travel times are at hand."""

MOST_SITES: Final = 300
"""Points of a gap that are tried as the place of a new practice; of larger gaps, those with most people."""

SiteTimes = Callable[
    [NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]],
    tuple[NDArray[np.float64], NDArray[np.float64]],
]
"""From site coordinates of shape (sites, 2), rows of the demand frame and the site of each of them to minutes
and km by road from each row to its site, NaN where there is no way."""


def with_sites(
    table: gpd.GeoDataFrame,
    rows: pd.DataFrame,
    settings: CoverageSettings,
    site_times: SiteTimes | None,
    kind: str,
) -> gpd.GeoDataFrame:
    """Find the best place of a new practice in each gap, and count whom it would help.

    Parameters
    ----------
    table
        One row a gap, in the order of gap numbers.
    rows
        Flagged rows with ``gap``, ``row`` (position in the demand frame), ``x``, ``y``, ``people``, the
        verdicts and ``limit_km``, ``limit_min`` and ``limit_gp`` of each, NaN where the rule is off or has no
        limit: then no place is too far for it, and how many GPs the people need cannot be told.
    settings
        The rules.
    site_times
        Measures the way to the sites; left out, straight lines with a detour stand in.
    kind
        Kind of gap.

    Returns
    -------
    gpd.GeoDataFrame
        `table` with ``close_x``, ``close_y``, ``close_practices``, ``close_gps``, ``close_people`` and
        ``close_basis``.
    """
    xy, gap = rows[["x", "y"]].to_numpy(), rows["gap"].to_numpy()
    sites = _sites(xy, rows["people"].to_numpy(), rank_by_id(rows["demand_id"]), gap)
    apart_km = np.hypot(*(xy - sites[gap]).T) / 1000
    if site_times is None:
        km = apart_km * DETOUR
        minutes = km / ROUGH_KMH * 60
    else:
        minutes, km = site_times(sites, rows["row"].to_numpy(), rows["gap"].to_numpy())
    in_km = apart_km if settings.choice.measure == "straight" else km
    limit_km, limit_min = rows["limit_km"].to_numpy(), rows["limit_min"].to_numpy()
    near = np.isnan(limit_km) | (in_km <= limit_km)
    in_time = np.isnan(limit_min) | (minutes <= limit_min)
    missing = np.maximum(settings.choice.practices - _column(rows, "choice_measure"), 0)
    held = near & np.isfinite(limit_km)
    needed = pd.Series(np.where(held, missing, 0)).groupby(rows["gap"].to_numpy()).max()
    practices = np.maximum(needed.to_numpy(), 1).astype(np.int64)
    in_reach = minutes <= settings.closed.within_min
    by_road = in_time & np.isfinite(minutes)
    helped = np.ones(len(rows), dtype=bool)
    for rule, fine in (("choice", near), ("time", in_time), ("closed", in_reach), ("island", by_road)):
        if kind == "access":
            helped &= ~_broken(rows, rule) | fine
    if kind == "fragile":
        helped = in_time & near
    if kind == "capacity":
        practices[:] = 0
        helped = by_road
    people = rows["people"].to_numpy()
    short = np.maximum(1 / rows["limit_gp"].to_numpy() - _column(rows, "gps_per_10000") / PER, 0)
    gps = people * (short if kind == "capacity" else 1 / rows["limit_gp"].to_numpy())
    by_gap = (
        pd.DataFrame({"gap": rows["gap"].to_numpy(), "helped": people * helped, "gps": gps})
        .groupby("gap")
        .sum(skipna=False)
    )
    return table.assign(
        close_x=sites[:, 0],
        close_y=sites[:, 1],
        close_practices=practices,
        close_gps=by_gap["gps"].to_numpy(),
        close_people=by_gap["helped"].to_numpy(),
        close_basis="straight_lines" if site_times is None else "travel_times",
    )


def _column(rows: pd.DataFrame, name: str) -> NDArray[np.float64]:
    return rows[name].to_numpy(dtype=np.float64) if name in rows else np.zeros(len(rows))


def _broken(rows: pd.DataFrame, rule: str) -> NDArray[np.bool_]:
    if f"{rule}_broken" not in rows:
        return np.zeros(len(rows), dtype=bool)
    return np.asarray(rows[f"{rule}_broken"].fillna(value=False).to_numpy(dtype=bool))


def _sites(
    xy: NDArray[np.float64],
    people: NDArray[np.float64],
    rank: NDArray[np.int32],
    gap: NDArray[np.integer],
) -> NDArray[np.float64]:
    """Choose the point of each gap with the least total distance to its people; `gap` never falls."""
    found = []
    for rows in np.split(np.arange(len(gap)), np.flatnonzero(np.diff(gap)) + 1):
        here, crowd = xy[rows], people[rows]
        tried = np.lexsort((rank[rows], -crowd))[:MOST_SITES]
        away = np.hypot(here[tried, None, 0] - here[None, :, 0], here[tried, None, 1] - here[None, :, 1])
        found.append(here[tried[int(np.argmin(np.round(away @ crowd, 3)))]])
    return np.array(found)
