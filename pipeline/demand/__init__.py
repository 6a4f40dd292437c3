"""Where people live: the `demand` frame that every finding on GP coverage starts from.

Columns: ``demand_id``, ``municipality_code`` (missing outside the study area), ``settlement`` (name of the
nearest one), ``weight`` (people), any ``people_<from>_<to>`` (people by age, where known), ``precision``,
``source``, ``status`` and geometry (points, EPSG:25832).
"""

import re
from collections.abc import Mapping
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from pipeline.clusters.facilities import locate
from pipeline.crs import GEOGRAPHIC, METRIC
from pipeline.demand.apportion import share_out
from pipeline.findings import Finding
from pipeline.messages import msg

BAND: Final = re.compile(r"people_[0-9]+_([0-9]+|plus)")
"""Names of age-band columns: ``people_0_17``, ``people_70_plus``."""

HUNDREDTHS: Final = 100
"""Weights are kept in hundredths of a person when they are shared out, so that sums stay exact."""

PARENTS: Final = ("people_25_29", "people_30_34", "people_35_39", "people_40_44", "people_45_49")
"""Age bands that children are placed with where only adults are counted."""

CHILDREN: Final = "people_0_17"

MOST_TOLD: Final = 20
"""So many municipalities are told of one by one; more have one cause."""

MOST_OFF: Final = 0.1
"""A municipality whose sum is farther than this from its known population is reported."""


def bands_of(demand: pd.DataFrame) -> list[str]:
    """List the age-band columns, in their order."""
    return [str(name) for name in demand.columns if BAND.fullmatch(str(name))]


def under_and_over(frame: pd.DataFrame) -> dict[str, NDArray[np.float64]]:
    """Sum the bands up to people under 18 and people of 65 and more; missing where no band tells.

    Parameters
    ----------
    frame
        A frame with age bands, or without.

    Returns
    -------
    dict
        ``under_18`` and ``over_64``, each of shape (rows,). Bands that reach across the limits are left out.
    """
    young, old = [], []
    for name in bands_of(frame):
        first, last = name.removeprefix("people_").split("_")
        if last != "plus" and int(last) < 18:
            young.append(name)
        if int(first) >= 65:
            old.append(name)
    nothing = np.full(len(frame), np.nan)
    return {
        "under_18": frame[young].sum(axis=1).to_numpy(dtype=np.float64) if young else nothing,
        "over_64": frame[old].sum(axis=1).to_numpy(dtype=np.float64) if old else nothing,
    }


def build_demand(
    points: gpd.GeoSeries,
    people: NDArray[np.float64],
    ids: pd.Series,
    areas: gpd.GeoDataFrame,
    settlements: pd.DataFrame,
    *,
    source: str,
    precision: str,
    bands: Mapping[str, NDArray[np.float64]] | None = None,
) -> gpd.GeoDataFrame:
    """Make the demand frame from points and figures.

    Parameters
    ----------
    points
        Points, EPSG:25832; empty ones are kept with status ``no_point``.
    people
        Shape (points,): people at each; NaN (not known) counts as 0 and gets the status ``no_figures``.
    ids
        Text, unique.
    areas
        Municipality areas, EPSG:25832.
    settlements
        Table ``settlements``, for names.
    source, precision
        Where the figures come from and how sure they are.
    bands
        Age band (``people_0_14`` …) → people, shape (points,).

    Returns
    -------
    gpd.GeoDataFrame
        The frame of this module, ``status`` being ``ok``, ``snapped`` (just off the coast),
        ``outside_study_area``, ``no_point`` or ``no_figures``.
    """
    found = locate(points, areas)
    unknown = ~np.isfinite(people)
    status = found["status"].mask(unknown & found["status"].isin(["ok", "snapped"]).to_numpy(), "no_figures")
    columns = {
        "demand_id": ids.astype("str").to_numpy(),
        "municipality_code": found["municipality_polygon"].astype("str").to_numpy(),
        "settlement": settlement_names(points, settlements),
        "weight": np.where(unknown, 0.0, people),
        **{name: np.nan_to_num(values) for name, values in (bands or {}).items()},
        "precision": precision,
        "source": source,
        "status": status.to_numpy(),
    }
    return gpd.GeoDataFrame(columns, geometry=points.to_numpy(), crs=METRIC)


def settlement_names(points: gpd.GeoSeries, settlements: pd.DataFrame) -> NDArray[np.object_]:
    """Name points after their nearest settlement; empty text where there is no point."""
    names = np.full(len(points), "", dtype=object)
    here = ~(points.isna() | points.is_empty).to_numpy()
    if settlements.empty or not here.any():
        return names
    rows = settlements.sort_values("geonameid")
    town = gpd.GeoSeries.from_xy(rows["lon"], rows["lat"], crs=GEOGRAPHIC).to_crs(METRIC)
    xy = np.column_stack([points[here].x, points[here].y])
    _, at = cKDTree(np.column_stack([town.x, town.y])).query(xy)
    names[here] = rows["name"].to_numpy(dtype=object)[at]
    return names


def add_children(demand: gpd.GeoDataFrame, population: pd.Series) -> gpd.GeoDataFrame:
    """Turn a count of adults into people: children are added up to each municipality's population.

    Parameters
    ----------
    demand
        Demand frame that counts adults.
    population
        People of all ages by municipality code; a municipality without a figure stays as it is.

    Returns
    -------
    gpd.GeoDataFrame
        `demand` with ``people_0_17`` and a ``weight`` that sums to the population of each municipality, to
        the hundredth. Children are placed with adults of 25 to 49 where those bands are known, otherwise with
        all adults; where nobody is counted, evenly. Where the adults outnumber the population, none are
        added. ``precision`` becomes ``modelled``.
    """
    known = demand["municipality_code"].isin(population.dropna().index).to_numpy()
    codes, names = pd.factorize(demand["municipality_code"].where(known), sort=True)
    adults = np.rint(demand["weight"].to_numpy() * HUNDREDTHS).astype(np.int64)
    counted = np.bincount(codes[known], weights=adults[known], minlength=len(names))
    people = population.reindex(names).to_numpy(dtype=np.float64) * HUNDREDTHS
    missing = np.maximum(np.rint(people - counted), 0).astype(np.int64)
    parents = [name for name in PARENTS if name in demand]
    near = demand[parents].sum(axis=1).to_numpy() if parents else demand["weight"].to_numpy()
    none = np.bincount(codes[known], weights=near[known], minlength=len(names)) == 0
    placed = np.where(none[codes], demand["weight"].to_numpy(), near) if len(names) else near
    order = np.argsort(demand["demand_id"].to_numpy(dtype=str), kind="stable")
    order = order[known[order]]
    children = np.zeros(len(demand), dtype=np.int64)
    children[order] = share_out(missing, placed[order], codes[order])
    bands = bands_of(demand)
    result = demand.assign(weight=(adults + children) / HUNDREDTHS, precision="modelled")
    result.insert(
        list(result.columns).index(bands[0] if bands else "precision"), CHILDREN, children / HUNDREDTHS
    )
    return result


def compare_population(
    demand: pd.DataFrame, municipalities: pd.DataFrame, *, most_off: float = MOST_OFF
) -> list[Finding]:
    """Report municipalities whose demand does not sum to their population.

    Parameters
    ----------
    demand
        Demand frame.
    municipalities
        Table ``municipalities`` with ``municipality_code``, ``name`` and ``population``.
    most_off
        Relative difference that is let pass.
    """
    rows = municipalities.dropna(subset=["population"]).set_index("municipality_code")
    counted = demand.groupby("municipality_code")["weight"].sum().reindex(rows.index).fillna(0.0)
    known = rows["population"].astype(float)
    off = (counted - known).abs() > most_off * known
    if off.sum() > MOST_TOLD:
        told = msg(
            "In {count:n} of {all:n} municipalities the demand points do not hold the population: "
            "{counted:n} people together, where {known:n} live. Does the file count adults only "
            "(adults_only), or another year?",
            count=int(off.sum()),
            all=len(rows),
            counted=float(counted[off].sum()),
            known=float(known[off].sum()),
        )
        return [Finding("demand_differs_from_population", told, keys=tuple(map(str, rows.index[off])))]
    return [
        Finding(
            "demand_differs_from_population",
            msg(
                "{name}: the demand points hold {counted:n} people, the municipality has {known:n}",
                name=str(rows.loc[code, "name"]),
                counted=float(counted[code]),
                known=float(known[code]),
            ),
            keys=(str(code),),
        )
        for code in rows.index[off]
    ]


def demand_findings(demand: pd.DataFrame) -> list[Finding]:
    """Report demand that stands outside the study area, has no point or no figures."""
    told = {
        "outside_study_area": msg(
            "{count:n} {count:|demand point|demand points} with {people:n} {people:|person|people} "
            "{count:|lies|lie} outside the study area"
        ),
        "no_point": msg(
            "{count:n} {count:|demand point|demand points} with {people:n} {people:|person|people} "
            "{count:|has|have} no coordinates"
        ),
        "no_figures": msg(
            "{count:n} {count:|demand point has|demand points have} no figures and count as nobody"
        ),
    }
    findings = []
    for status, message in told.items():
        rows = demand[demand["status"] == status]
        if len(rows):
            people = float(rows["weight"].sum())
            findings.append(
                Finding(
                    f"demand_{status}",
                    msg(message.text, count=len(rows), people=people),
                    keys=tuple(rows["demand_id"].head(20)),
                )
            )
    return findings
