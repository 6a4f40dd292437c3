"""Where GPs practise: the `practices` frame that every finding on GP coverage counts on.

Columns: ``practice_id`` (unique), ``provider`` (number or name that sites of one practice share), ``name``,
``capacity`` (GPs, may be a fraction), ``capacity_precision``, ``open_to_new`` (true, false or missing),
``valid_from``, ``valid_to`` (first day no longer there), ``municipality_code``, ``source``, ``precision``,
``status`` and geometry (points, EPSG:25832).
"""

import datetime as dt
from dataclasses import dataclass
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.clusters.facilities import locate
from pipeline.crs import METRIC
from pipeline.findings import Finding
from pipeline.messages import msg

SERVING_STATUS: Final = frozenset({"ok", "snapped"})
"""Statuses of practices whose place is known and in the study area; all others serve nobody."""

SAME_PLACE_M: Final = 1.0
"""Rows of one practice this near to each other are one row written twice."""


@dataclass(frozen=True, slots=True)
class PracticeRows:
    """What a reader found, row by row; all of the same length.

    Parameters
    ----------
    points
        Points, EPSG:25832, empty where there are none.
    provider, name
        Number or name of the practice (rows that share it are its sites), and the name to show.
    capacity
        Float64: GPs; NaN where not known.
    open_to_new
        Nullable boolean.
    valid_from, valid_to
        datetime64, NaT where open.
    """

    points: gpd.GeoSeries
    provider: pd.Series
    name: pd.Series
    capacity: NDArray[np.float64]
    open_to_new: pd.Series
    valid_from: pd.Series
    valid_to: pd.Series


def build_practices(
    rows: PracticeRows, areas: gpd.GeoDataFrame, *, source: str | pd.Series, precision: str | pd.Series
) -> gpd.GeoDataFrame:
    """Make the practices frame; capacities that are not known stay missing until `model_capacity`.

    Parameters
    ----------
    rows
        From a reader.
    areas
        Municipality areas, EPSG:25832.
    source, precision
        Where the rows come from and how sure the points are: one for all, or one for each row.

    Returns
    -------
    gpd.GeoDataFrame
        Sorted by ``practice_id``. Sites of one provider at different places become rows of their own
        (``123-1``, ``123-2``, by place). ``status`` is ``ok``, ``snapped`` (just off the coast),
        ``outside_study_area``, ``no_point`` or ``duplicate`` (the same provider at the same place again; the
        first row stands).
    """
    found = locate(rows.points, areas)
    here = found["status"].isin(["ok", "snapped", "outside_study_area"]).to_numpy()
    x, y = np.full(len(here), np.inf), np.full(len(here), np.inf)
    x[here], y[here] = rows.points[here].x, rows.points[here].y
    frame = pd.DataFrame(
        {
            "provider": rows.provider.astype("str").to_numpy(),
            "name": rows.name.astype("str").to_numpy(),
            "capacity": rows.capacity,
            "open_to_new": rows.open_to_new.astype("boolean").array,
            "valid_from": pd.to_datetime(rows.valid_from).to_numpy(),
            "valid_to": pd.to_datetime(rows.valid_to).to_numpy(),
            "municipality_code": found["municipality_polygon"].astype("str").to_numpy(),
            "source": source if isinstance(source, str) else source.to_numpy(),
            "precision": precision if isinstance(precision, str) else precision.to_numpy(),
            "status": found["status"].to_numpy(),
            "x": np.round(x / SAME_PLACE_M),
            "y": np.round(y / SAME_PLACE_M),
            "geometry": rows.points.to_numpy(),
        }
    ).sort_values(["provider", "y", "x", "valid_from", "name", "capacity"], ignore_index=True)
    again = frame.duplicated(["provider", "y", "x", "valid_from", "valid_to"])
    frame["status"] = frame["status"].mask(again & (frame["status"] != "no_point"), "duplicate")
    sites = frame.groupby("provider")["provider"].transform("size")
    number = frame.groupby("provider").cumcount() + 1
    frame.insert(
        0, "practice_id", frame["provider"].where(sites == 1, frame["provider"] + "-" + number.astype(str))
    )
    frame.insert(4, "capacity_precision", frame["precision"].where(frame["capacity"].notna()))
    placed = gpd.GeoDataFrame(frame.drop(columns=["x", "y"]), geometry="geometry", crs=METRIC)
    return placed.sort_values("practice_id", ignore_index=True)


def serves(practices: pd.DataFrame, on: dt.date) -> pd.Series:
    """Tell which practices serve anybody on a day, however many GPs they have.

    Parameters
    ----------
    practices
        Frame with ``status``, ``valid_from`` (first day) and ``valid_to`` (first day no longer there); both
        days may be missing.
    on
        The day; a practice not yet or no longer there serves nobody.

    Returns
    -------
    pd.Series
        Boolean, same index.
    """
    return practices["status"].isin(SERVING_STATUS) & _there(practices, on)


def _there(practices: pd.DataFrame, on: dt.date) -> pd.Series:
    day = pd.Timestamp(on)
    begun = ~(pd.to_datetime(practices["valid_from"]) > day)
    return begun & ~(pd.to_datetime(practices["valid_to"]) <= day)


def region_gps(gp_supply_region: pd.DataFrame) -> pd.Series:
    """Read the newest number of GPs of each region from the table ``gp_supply_region``."""
    rows = gp_supply_region[
        (gp_supply_region["measure"] == "gps") & (gp_supply_region["area_type"] == "region")
    ]
    return rows.sort_values("year").groupby("area")["value"].last().astype(float)


def model_capacity(
    practices: gpd.GeoDataFrame, region_of: pd.Series, gps_by_region: pd.Series, on: dt.date
) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Fill in capacities that are not known.

    Parameters
    ----------
    practices
        From `build_practices`.
    region_of
        Region by municipality code.
    gps_by_region
        GPs by region, see `region_gps`.
    on
        The day that practices serve (`serves`).

    Returns
    -------
    tuple
        `practices` with every capacity filled, and what a reader should know. Where capacities are known in a
        region, a practice without gets their mean. Where none is, the region's GPs are shared evenly among
        its providers, and a provider's evenly among its sites that serve. In a region without figures, a
        practice without gets the mean of all, and 1 GP where nothing at all is known. Filled ones have
        ``capacity_precision`` ``modelled``.
    """
    serving = serves(practices, on)
    region = practices["municipality_code"].map(region_of)
    known = practices["capacity"].notna()
    sites = serving.groupby(practices["provider"]).transform("sum").clip(lower=1)
    mean = practices["capacity"].where(serving & known).groupby(region).mean()
    # A provider with sites in two regions counts for a part in each, so that regions sum to their figure.
    providers = (serving / sites).groupby(region).sum()
    each = (gps_by_region / providers.where(providers > 0)).reindex(providers.index)
    overall = practices.loc[serving & known, "capacity"].mean()
    fallback = float(overall) if np.isfinite(overall) else 1.0
    guess = region.map(mean).fillna(region.map(each) / sites).fillna(fallback)
    filled = practices.assign(
        capacity=practices["capacity"].where(known, guess),
        capacity_precision=practices["capacity_precision"].where(known, "modelled"),
    )
    count = int((serving & ~known).sum())
    if not count:
        return filled, []
    return filled, [
        Finding(
            "capacity_modelled",
            msg(
                "{count:n} of {all:n} {all:|practice has|practices have} no number of GPs in the "
                "data; it is modelled from the figures of their region",
                count=count,
                all=int(serving.sum()),
            ),
            keys=tuple(practices.loc[serving & ~known, "practice_id"].head(20)),
        )
    ]


def practice_findings(practices: pd.DataFrame, on: dt.date) -> list[Finding]:
    """Report practices that serve nobody on a day, and why."""
    status, there = practices["status"], _there(practices, on)
    placed = status.isin(SERVING_STATUS)
    told = {
        "outside_study_area": (
            status == "outside_study_area",
            msg(
                "{count:n} {count:|practice stands|practices stand} outside the study area and serve "
                "nobody: {ids}"
            ),
        ),
        "no_point": (
            status == "no_point",
            msg("{count:n} {count:|practice has|practices have} no coordinates and serve nobody: {ids}"),
        ),
        "duplicate": (
            status == "duplicate",
            msg(
                "{count:n} {count:|practice stands|practices stand} twice at one place; the second "
                "is left out: {ids}"
            ),
        ),
        "of_other_days": (
            placed & ~there,
            msg(
                "{count:n} {count:|practice is|practices are} not yet or no longer there on {day} and serve "
                "nobody: {ids}"
            ),
        ),
        "without_gp": (
            placed & there & (practices["capacity"] == 0),
            msg("{count:n} {count:|practice has|practices have} 0 GPs and serve nobody: {ids}"),
        ),
    }
    findings = []
    for kind, (rows, message) in told.items():
        ids = tuple(practices.loc[rows, "practice_id"])
        if ids:
            listed = ", ".join(ids[:8]) + (" …" if len(ids) > 8 else "")
            words = msg(message.text, count=len(ids), ids=listed, day=on.isoformat())
            findings.append(Finding(f"practices_{kind}", words, keys=ids))
    serving = placed & there
    unknown = serving & practices["open_to_new"].isna()
    if unknown.any():
        findings.append(
            Finding(
                "intake_unknown",
                msg(
                    "for {count:n} of {all:n} {all:|practice|practices} it is not known whether they "
                    "take new patients",
                    count=int(unknown.sum()),
                    all=int(serving.sum()),
                ),
            )
        )
    return findings
