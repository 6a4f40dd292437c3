"""GP coverage at three levels: practice cluster, municipality and health cluster."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.coverage import ACCESS_RULES, flagged, supply_of
from pipeline.coverage.reach import UNKNOWN_STATUS
from pipeline.coverage.rules import PER, RULES
from pipeline.weighted import gini, weighted_quantile

CHANGES: Final = ("people_any", "share_any", "median_min", "p90_min", "gps_per_10000")
"""Columns that are compared with a second scenario."""

NO_CLUSTER: Final = "none"
"""Group of people who reach no practice, among practice clusters."""


def summarise(
    covered: pd.DataFrame, group: pd.Series, gps: pd.Series, share: pd.Series | None = None
) -> pd.DataFrame:
    """Sum the findings of demand points up by group.

    Parameters
    ----------
    covered
        Frame of `pipeline.coverage.coverage`.
    group
        Group of each row, same index; a row without one belongs to none.
    gps
        GPs by group; a group without any has 0.
    share
        Part of each row's people that counts in the group, same index; all when left out.

    Returns
    -------
    pd.DataFrame
        One row a group, sorted: ``group``, ``people``, ``people_any`` and ``share_any`` (who break a rule on
        reaching a practice: choice, time, closed or island), ``people_<rule>`` and ``share_<rule>`` of each
        rule (missing for rules that are off; the share is of those who could be judged), ``people_unjudged``
        (travel time not known), ``median_min`` and ``p90_min`` (weighted by people; missing where that person
        reaches no practice), ``gps``, ``gps_per_10000`` and ``access_gini``.
    """
    shares = np.ones(len(covered)) if share is None else share.to_numpy(dtype=np.float64)
    return _summed(covered, np.arange(len(covered)), group, gps, shares)


def _summed(
    covered: pd.DataFrame,
    row: NDArray[np.integer],
    group: pd.Series,
    gps: pd.Series,
    share: NDArray[np.float64],
) -> pd.DataFrame:
    """Sum up rows of `covered` by position; a row may stand in several groups, with a share in each."""
    columns_of = _Columns.of(covered)
    codes, names = pd.factorize(group, sort=True)
    order = np.argsort(codes, kind="stable")[np.count_nonzero(codes < 0) :]
    parts = np.split(order, np.flatnonzero(np.diff(codes[order])) + 1) if len(order) else []
    told = [
        {"group": name, **columns_of.sums(row[part], share[part])}
        for name, part in zip(names, parts, strict=True)
    ]
    columns = ["group", "people", "people_any", "share_any"]
    columns += [f"{kind}_{rule}" for rule in RULES for kind in ("people", "share")]
    columns += ["people_unjudged", "median_min", "p90_min", "access_gini"]
    frame = pd.DataFrame(told, columns=columns)
    frame["gps"] = frame["group"].map(gps).astype(float).fillna(0.0)
    with_people = frame["people"].where(frame["people"] > 0)
    frame["gps_per_10000"] = (frame["gps"] / with_people * PER).fillna(0.0)
    return frame


@dataclass(frozen=True, slots=True)
class _Columns:
    """What is summed up, as plain arrays of shape (points,): slicing a frame by group takes far longer."""

    people: NDArray[np.float64]
    any: NDArray[np.bool_]
    broken: Mapping[str, NDArray[np.bool_]]
    known: Mapping[str, NDArray[np.bool_]]
    unknown: NDArray[np.bool_]
    minutes: NDArray[np.float64]
    gps: NDArray[np.float64] | None

    @classmethod
    def of(cls, covered: pd.DataFrame) -> "_Columns":
        """Take the columns of a frame of `pipeline.coverage.coverage`."""
        rules = [rule for rule in RULES if f"{rule}_broken" in covered]
        verdicts = {rule: covered[f"{rule}_broken"] for rule in rules}
        return cls(
            covered["people"].to_numpy(dtype=np.float64),
            flagged(covered, ACCESS_RULES).to_numpy(),
            {rule: one.fillna(value=False).to_numpy(dtype=bool) for rule, one in verdicts.items()},
            {rule: one.notna().to_numpy() for rule, one in verdicts.items()},
            covered["travel_status"].isin(UNKNOWN_STATUS).to_numpy(),
            covered["travel_min"].to_numpy(dtype=np.float64),
            covered["gps_per_10000"].to_numpy(dtype=np.float64) if "gps_per_10000" in covered else None,
        )

    def sums(self, rows: NDArray[np.integer], share: NDArray[np.float64]) -> dict[str, float]:
        """Sum up some rows."""
        people = self.people[rows] * share
        total = float(people.sum())
        told = {"people": total, "people_any": float(people[self.any[rows]].sum())}
        told["share_any"] = told["people_any"] / total if total else 0.0
        for rule in RULES:
            if rule not in self.broken:
                told[f"people_{rule}"] = told[f"share_{rule}"] = float("nan")
                continue
            known = self.known[rule][rows]
            base = float(people[known].sum())
            hit = float(people[self.broken[rule][rows]].sum())
            told[f"people_{rule}"] = hit if known.any() else float("nan")
            told[f"share_{rule}"] = told[f"people_{rule}"] / base if base else float("nan")
        told["people_unjudged"] = float(people[self.unknown[rows]].sum())
        minutes = self.minutes[rows]
        told["median_min"] = weighted_quantile(minutes, people, 0.5)
        told["p90_min"] = weighted_quantile(minutes, people, 0.9)
        if self.gps is not None:
            told["access_gini"] = gini(self.gps[rows], people)
        return told


def by_municipality(
    covered: pd.DataFrame, practices: pd.DataFrame, municipalities: pd.DataFrame, on: dt.date
) -> pd.DataFrame:
    """Sum up by municipality; every municipality of the table has its row, with nobody in it if need be.

    Parameters
    ----------
    covered, practices
        Findings and practices.
    municipalities
        ``municipality_code`` and ``name``.
    on
        The day that practices serve.

    Returns
    -------
    pd.DataFrame
        As `summarise`, with ``municipality_code`` and ``name`` in place of ``group``.
    """
    gps = _serving(practices, on).groupby("municipality_code")["capacity"].sum()
    frame = summarise(covered, covered["municipality_code"], gps).rename(
        columns={"group": "municipality_code"}
    )
    rows = municipalities[["municipality_code", "name"]].sort_values("municipality_code")
    frame = rows.merge(frame, on="municipality_code", how="left")
    frame["gps"] = frame["municipality_code"].map(gps).astype(float).fillna(0.0)
    filled = ["people", "people_any", "share_any", "people_unjudged", "gps_per_10000"]
    return frame.fillna(dict.fromkeys(filled, 0.0)).reset_index(drop=True)


def by_cluster(
    covered: pd.DataFrame, practices: pd.DataFrame, cluster_members: pd.DataFrame, on: dt.date
) -> pd.DataFrame:
    """Sum up by health cluster of every scheme.

    Parameters
    ----------
    covered, practices
        Findings and practices.
    cluster_members
        ``scheme``, ``cluster_id``, ``cluster_name``, ``municipality_code`` and ``share`` (part of the
        municipality that counts in the cluster, so that nobody counts twice unless the shares say so).
    on
        The day that practices serve.

    Returns
    -------
    pd.DataFrame
        As `summarise`, with ``scheme``, ``cluster_id`` and ``name`` in place of ``group``. GPs count with the
        share of their municipality too.
    """
    serving = _serving(practices, on)
    by_town = serving.groupby("municipality_code")["capacity"].sum()
    at_home = pd.DataFrame(
        {"row": np.arange(len(covered)), "municipality_code": covered["municipality_code"].to_numpy()}
    )
    frames = []
    for scheme, members in cluster_members.groupby("scheme", sort=True):
        wide = at_home.merge(members[["municipality_code", "cluster_id", "share"]], on="municipality_code")
        gps = (members["municipality_code"].map(by_town).fillna(0.0) * members["share"]).groupby(
            members["cluster_id"]
        )
        shares = wide["share"].to_numpy(dtype=np.float64)
        frame = _summed(covered, wide["row"].to_numpy(), wide["cluster_id"], gps.sum(), shares)
        names = members.drop_duplicates("cluster_id").set_index("cluster_id")["cluster_name"]
        frame.insert(0, "scheme", scheme)
        frame.insert(2, "name", frame["group"].map(names))
        frames.append(frame.rename(columns={"group": "cluster_id"}))
    return pd.concat(frames, ignore_index=True)


def by_practice_cluster(
    covered: pd.DataFrame,
    practices: pd.DataFrame,
    names: pd.Series,
    on: dt.date,
    cluster_of: pd.Series | None = None,
) -> pd.DataFrame:
    """Sum up by practice cluster: people belong to the cluster of their nearest practice.

    Parameters
    ----------
    covered, practices
        Findings and practices.
    names
        Name by practice cluster; of those that stand for a municipality, by ``pk-`` and its code.
    on
        The day that practices serve.
    cluster_of
        Practice cluster by provider (``practices["provider"]``). Left out, each municipality stands for one
        practice cluster, ``pk-`` and its code.

    Returns
    -------
    pd.DataFrame
        As `summarise`, with ``practice_cluster_id`` and ``name`` in place of ``group``, ``practices`` (how
        many serve) and ``basis`` (``stated`` or ``one_per_municipality``). People without a practice in reach
        are the group ``none``; a practice without a stated cluster belongs to ``pk-`` and its municipality's
        code.
    """
    serving = _serving(practices, on)
    default = "pk-" + serving["municipality_code"].astype("str")
    stated = serving["provider"].map(cluster_of) if cluster_of is not None else None
    cluster = default if stated is None else stated.where(stated.notna(), default)
    mine = pd.Series(cluster.to_numpy(), index=serving["practice_id"].to_numpy())
    group = covered["nearest_practice"].map(mine)
    group = group.where(group.notna(), NO_CLUSTER)
    gps = serving["capacity"].groupby(cluster.to_numpy()).sum()
    frame = summarise(covered, group, gps).rename(columns={"group": "practice_cluster_id"})
    frame.insert(1, "name", frame["practice_cluster_id"].map(names).fillna("").astype("str"))
    count = serving["practice_id"].groupby(cluster.to_numpy()).size()
    frame["practices"] = frame["practice_cluster_id"].map(count).fillna(0).astype("int64")
    frame["basis"] = "one_per_municipality" if cluster_of is None else "stated"
    return frame


def _serving(practices: pd.DataFrame, on: dt.date) -> pd.DataFrame:
    return practices[supply_of(practices, on).serving]


def with_change(summary: pd.DataFrame, other: pd.DataFrame | None, keys: list[str]) -> pd.DataFrame:
    """Add the change from a first scenario to a second one.

    Parameters
    ----------
    summary
        Summary of the second scenario.
    other
        Summary of the first, made the same way; None where there is none.
    keys
        Columns that name a group.

    Returns
    -------
    pd.DataFrame
        `summary` with ``<column>_change`` (second less first) for each of `CHANGES`; missing where a group
        stands in one scenario only.
    """
    if other is None:
        return summary.assign(**{f"{name}_change": np.nan for name in CHANGES})
    first = summary[keys].merge(other, on=keys, how="left")
    return summary.assign(
        **{f"{name}_change": summary[name].to_numpy() - first[name].to_numpy() for name in CHANGES}
    )
