"""Travel-time catchments of the acute hospitals, held against the administrative clusters."""

from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.schemas.travel import LIMITS_MIN
from pipeline.travel_status import ANSWERED, Status
from pipeline.weighted import weighted_quantile

ANSWER_WORDS: Final = tuple(status.word for status in ANSWERED)


def _known_quantile(values: NDArray[np.float64], weights: NDArray[np.float64], share: float) -> float:
    """Give the value that `share` of the people who have one do not exceed."""
    known = ~np.isnan(values)
    return weighted_quantile(values[known], weights[known], share)


def _rows_of(group: NDArray[np.integer[Any]]) -> list[NDArray[np.intp]]:
    """List the rows of each group 0 … n-1 in their order; rows of group -1 are left out."""
    order = np.argsort(group, kind="stable")
    order = order[np.count_nonzero(group < 0) :]
    return np.split(order, np.flatnonzero(np.diff(group[order])) + 1) if len(order) else []


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
        grouped = rows.groupby(keys, sort=True, dropna=False)
        people, minutes = rows["people"].to_numpy(), rows["travel_min"].to_numpy()
        members_of = _rows_of(grouped.ngroup().to_numpy())
        heads = rows[[*keys, "own_cluster"]].iloc[[at[0] for at in members_of]]
        parts.append(
            heads.assign(
                scheme=scheme,
                people=[people[at].sum() for at in members_of],
                travel_min_median=[_known_quantile(minutes[at], people[at], 0.5) for at in members_of],
                travel_min_p90=[_known_quantile(minutes[at], people[at], 0.9) for at in members_of],
            )
        )
    table = pd.concat(parts, ignore_index=True)
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
    people = nearest["people"].to_numpy(dtype=float)
    minutes = nearest["travel_min"].to_numpy(dtype=float)
    answered = nearest["status"].isin(ANSWER_WORDS).to_numpy()
    ferry = (nearest["status"] == Status.FERRY_ONLY.word).to_numpy()
    told = None if own is None else own.notna().to_numpy()
    outside = None if own is None else ~own.astype("boolean").fillna(value=True).to_numpy(dtype=bool)
    codes, keys = pd.factorize(groups, sort=True)
    result = {}
    for key, at in zip(keys, _rows_of(codes), strict=True):
        mine, times = people[at], minutes[at]
        total, reached = mine.sum(), mine[answered[at]].sum()
        within = {
            f"share_within_{limit}_minutes": mine[times <= limit].sum() / total if total else np.nan
            for limit in LIMITS_MIN
        }
        lived = times[(mine > 0) & ~np.isnan(times)]
        figures = {
            "people": total,
            "people_reached": reached,
            "travel_min_median": _known_quantile(times, mine, 0.5),
            "travel_min_p90": _known_quantile(times, mine, 0.9),
            "travel_min_max": lived.max() if len(lived) else np.nan,
            **within,
            "people_ferry_only": mine[ferry[at]].sum(),
            "people_unreached": total - reached,
        }
        if told is not None and outside is not None:
            base = mine[told[at]].sum()
            figures["share_outside_own_cluster"] = mine[outside[at]].sum() / base if base else np.nan
        result[key] = figures
    table: pd.DataFrame = pd.DataFrame.from_dict(result, orient="index")
    return table.rename_axis(str(groups.name))
