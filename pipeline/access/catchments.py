"""Travel-time catchments of the acute hospitals, held against the administrative clusters."""

from typing import Final

import numpy as np
import pandas as pd

from pipeline.travel.status import ANSWERED, Status

LIMITS_MIN: Final = (15, 30, 45, 60)
"""Minutes that shares of people are told for; 30 is a convention of studies, no Danish goal is known."""

ANSWER_WORDS: Final = tuple(status.word for status in ANSWERED)


def weighted_quantile(values: pd.Series, weights: pd.Series, share: float) -> float:
    """Give the value that `share` of the weight does not exceed.

    Parameters
    ----------
    values, weights
        Same index; rows with a missing value or no weight are left out.
    share
        0–1; 0.5 is the weighted median.

    Returns
    -------
    float
        The smallest value with at least `share` of the weight at or below it; NaN without any weight.
    """
    known = values.notna() & (weights > 0)
    if not known.any():
        return float("nan")
    order = np.argsort(values[known].to_numpy(), kind="stable")
    reached = np.cumsum(weights[known].to_numpy()[order])
    at = int(np.searchsorted(reached, share * reached[-1] * (1 - 1e-12)))
    return float(values[known].to_numpy()[order][at])


def nearest_facility(
    demand: pd.DataFrame,
    facilities: pd.DataFrame,
    seconds: np.ndarray,
    facility: np.ndarray,
    status: np.ndarray,
) -> pd.DataFrame:
    """Put the engine's answer beside each demand point.

    Parameters
    ----------
    demand
        ``demand_id``, ``municipality_code``, ``weight`` (people).
    facilities
        ``facility_id`` and ``name``, in the order that the engine got them.
    seconds
        Float array of shape (demand,): travel time to the nearest facility, seconds; NaN where none.
    facility
        Int array of shape (demand,): its row in `facilities`, -1 where none.
    status
        Object array of shape (demand,): `Status` words.

    Returns
    -------
    pd.DataFrame
        ``demand_id``, ``municipality_code``, ``people``, ``facility_id``, ``travel_min``, ``status``; index
        of `demand`.
    """
    ids = np.array([*facilities["facility_id"], None], dtype=object)
    return pd.DataFrame(
        {
            "demand_id": demand["demand_id"],
            "municipality_code": demand["municipality_code"],
            "people": demand["weight"].astype(float),
            "facility_id": ids[np.where(facility < 0, len(facilities), facility)],
            "travel_min": np.asarray(seconds, dtype=float) / 60,
            "status": status,
        },
        index=demand.index,
    )


def own_cluster(nearest: pd.DataFrame, members: pd.DataFrame, pairs: pd.DataFrame) -> pd.Series:
    """Tell whether each point's nearest hospital belongs to a cluster of the point's municipality.

    Parameters
    ----------
    nearest
        Result of `nearest_facility`.
    members, pairs
        Rows of one scheme: ``cluster_id`` with ``municipality_code``, and with ``facility_id``.

    Returns
    -------
    pd.Series
        Nullable bool, same index; missing where no hospital is reached or the municipality is in no cluster.
    """
    inside = members[["cluster_id", "municipality_code"]].merge(pairs[["cluster_id", "facility_id"]])
    known = pd.MultiIndex.from_frame(inside[["municipality_code", "facility_id"]].drop_duplicates())
    own = pd.MultiIndex.from_frame(nearest[["municipality_code", "facility_id"]]).isin(known)
    told = nearest["facility_id"].notna() & nearest["municipality_code"].isin(members["municipality_code"])
    return pd.Series(own, index=nearest.index, dtype="boolean").mask(~told)


def catchments(
    nearest: pd.DataFrame,
    members: pd.DataFrame,
    pairs: pd.DataFrame,
    names: pd.Series,
    facility_names: pd.Series,
) -> pd.DataFrame:
    """Divide each municipality by the hospital its people reach soonest, scheme by scheme.

    Parameters
    ----------
    nearest
        Result of `nearest_facility`.
    members, pairs
        The study's ``cluster_members`` and ``facility_clusters``, all schemes.
    names, facility_names
        Municipality name by code, facility name by id.

    Returns
    -------
    pd.DataFrame
        ``scheme``, ``municipality_code``, ``municipality_name``, ``facility_id``, ``facility_name``,
        ``people``, ``people_share`` (of the municipality), ``travel_min_median``, ``travel_min_p90``,
        ``own_cluster`` (nullable bool) and ``status``; people who reach no hospital stand in a row of their
        own with the reason. People add up to the demand in every scheme.
    """
    parts = []
    for scheme, own_members in members.groupby("scheme", sort=True):
        own = own_cluster(nearest, own_members, pairs[pairs["scheme"] == scheme])
        rows = nearest.assign(own_cluster=own, facility_id=nearest["facility_id"].fillna(""))
        keys = ["municipality_code", "facility_id", "status"]
        for key, group in rows.groupby(keys, sort=True, dropna=False):
            parts.append(
                {
                    "scheme": scheme,
                    **dict(zip(keys, key, strict=True)),
                    "people": group["people"].sum(),
                    "travel_min_median": weighted_quantile(group["travel_min"], group["people"], 0.5),
                    "travel_min_p90": weighted_quantile(group["travel_min"], group["people"], 0.9),
                    "own_cluster": group["own_cluster"].iloc[0],
                }
            )
    table = pd.DataFrame(parts)
    total = table.groupby(["scheme", "municipality_code"])["people"].transform("sum")
    table = table.assign(
        municipality_name=table["municipality_code"].map(names),
        facility_name=table["facility_id"].map(facility_names),
        facility_id=table["facility_id"].replace("", None),
        people_share=table["people"] / total.where(total > 0),
        own_cluster=table["own_cluster"].astype("boolean"),
    )
    columns = (
        "scheme municipality_code municipality_name facility_id facility_name people people_share "
        "travel_min_median travel_min_p90 own_cluster status"
    )
    order = ["scheme", "municipality_code", "people", "facility_id", "status"]
    ascending = [True, True, False, True, True]
    return table[columns.split()].sort_values(order, ascending=ascending, ignore_index=True)


def access_figures(nearest: pd.DataFrame, groups: pd.Series, own: pd.Series | None = None) -> pd.DataFrame:
    """Sum up travel times by group (municipality, cluster or country).

    Parameters
    ----------
    nearest
        Result of `nearest_facility`.
    groups
        Group key of each row, same index; rows without one are left out.
    own
        Optional result of `own_cluster`, same index.

    Returns
    -------
    pd.DataFrame
        Index the group; ``people``, ``people_reached``, ``travel_min_median``, ``travel_min_p90``,
        ``travel_min_max``, ``share_within_15_minutes`` … ``_60_minutes`` (of all people),
        ``people_ferry_only``, ``people_unreached`` and, with `own`, ``share_outside_own_cluster`` (of the
        people reached).
    """
    rows = (nearest if own is None else nearest.assign(own=own))[groups.notna()]
    result = {}
    for key, group in rows.groupby(groups[groups.notna()], sort=True):
        people, minutes = group["people"], group["travel_min"]
        total, answered = people.sum(), group["status"].isin(ANSWER_WORDS)
        within = {
            f"share_within_{limit}_minutes": people[minutes <= limit].sum() / total if total else np.nan
            for limit in LIMITS_MIN
        }
        reached = people[answered].sum()
        figures = {
            "people": total,
            "people_reached": reached,
            "travel_min_median": weighted_quantile(minutes, people, 0.5),
            "travel_min_p90": weighted_quantile(minutes, people, 0.9),
            "travel_min_max": minutes[people > 0].max(),
            **within,
            "people_ferry_only": people[group["status"] == Status.FERRY_ONLY.word].sum(),
            "people_unreached": total - reached,
        }
        if own is not None:
            told = group["own"].notna()
            outside = people[told & ~group["own"].astype("boolean").fillna(value=True)].sum()
            base = people[told].sum()
            figures["share_outside_own_cluster"] = outside / base if base else np.nan
        result[key] = figures
    table: pd.DataFrame = pd.DataFrame.from_dict(result, orient="index")
    return table.rename_axis(str(groups.name))
