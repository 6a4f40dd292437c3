"""What a candidate brings to groups of people: age bands, clusters, municipalities, GP gap areas."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csc_array, csr_array

from pipeline.sites.function_demand import age_bands
from pipeline.sites.inputs import FunctionCase, Membership

AGE_BANDS: Final = "age_band"
"""Name of the grouping by age; its people are all residents of the band, not the target group alone."""

MOST_HELPED: Final = 0.5
"""A GP gap area counts as helped when at least this share of its people is."""

_LEAST: Final = 1e-9


def group_gains(case: FunctionCase) -> pd.DataFrame:
    """Share out minutes saved and people newly within the limit by group.

    Returns
    -------
    pd.DataFrame
        ``function_id``, ``site_id``, ``grouping``, ``group_id``, ``people`` (target group; residents for age
        bands), ``people_newly_within``, ``person_min_saved`` and ``mean_saved_min`` (of all people of the
        group); rows without any gain are left out.
    """
    people = csr_array(case.people[:, None])
    memberships: dict[str, tuple[Membership, bool]] = {
        name: (member, True) for name, member in sorted(case.inputs.groups.items())
    }
    demand = case.inputs.demand
    bands = age_bands(demand.columns)
    if bands:
        counts = np.nan_to_num(demand[[band.column for band in bands]].to_numpy(dtype=np.float64))
        memberships[AGE_BANDS] = (([_label(b.sex, b.low, b.high) for b in bands], csr_array(counts)), False)
    within = case.gains.matrix(case.newly_within.astype(np.float64))
    saved = case.gains.matrix(case.gains.saved_min)
    ids = case.inputs.sites["site_id"].to_numpy(dtype=object)[case.columns]
    parts = [pd.DataFrame(columns=_COLUMNS).astype(dict.fromkeys(_COLUMNS[4:], "float64"))]
    for grouping, ((names, share), weighted) in memberships.items():
        here = csr_array(share.multiply(people)) if weighted else share
        parts.append(_long(here, within, saved, names, ids).assign(grouping=grouping))
    found = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
    return found.assign(function_id=case.function.id)[_COLUMNS]


_COLUMNS: Final = [
    "function_id",
    "site_id",
    "grouping",
    "group_id",
    "people",
    "people_newly_within",
    "person_min_saved",
    "mean_saved_min",
]


def _label(sex: str, low: int, high: int) -> str:
    ages = f"{low}-{high}"
    return ages if sex == "all" else f"{sex} {ages}"


def _long(
    people: csr_array, within: csc_array, saved: csc_array, names: Sequence[str], ids: NDArray[np.object_]
) -> pd.DataFrame:
    newly = (people.T @ within).toarray()
    minutes = (people.T @ saved).toarray()
    total = np.asarray(people.sum(axis=0)).ravel()
    group, site = np.nonzero((newly > _LEAST) | (minutes > _LEAST))
    labels = np.array(names, dtype=object)
    return pd.DataFrame(
        {
            "site_id": ids[site],
            "group_id": labels[group] if len(labels) else [],
            "people": total[group],
            "people_newly_within": newly[group, site],
            "person_min_saved": minutes[group, site],
            "mean_saved_min": minutes[group, site] / total[group],
        }
    )


def people_helped(
    case: FunctionCase, grouping: str, least_min: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Count people of a grouping who come within the limit, are reached at all, or save a noticeable time.

    Parameters
    ----------
    case
        One function.
    grouping
        Name of the grouping; missing values are given where it is not there.
    least_min
        Minutes saved from which somebody is helped.

    Returns
    -------
    tuple
        People of the target group helped by each candidate, and the number of groups in which at least
        `MOST_HELPED` of the people are.
    """
    gains = case.gains
    if grouping not in case.inputs.groups:
        missing = np.full(gains.candidates, np.nan)
        return missing, missing.copy()
    _, share = case.inputs.groups[grouping]
    people = csr_array(share.multiply(case.people[:, None]))
    hit = case.newly_within | case.newly_reached | (gains.saved_min >= least_min)
    by_group = (people.T @ gains.matrix(hit.astype(np.float64))).toarray()
    total = np.asarray(people.sum(axis=0)).ravel()
    enough = (by_group >= MOST_HELPED * total[:, None]) & (total[:, None] > 0)
    return by_group.sum(axis=0), enough.sum(axis=0).astype(np.float64)
