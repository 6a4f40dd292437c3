"""What a reader should know about the clusters: overlaps, gaps, weak evidence and conflicts."""

import geopandas as gpd
import pandas as pd

from pipeline.evidence import EVIDENCE
from pipeline.findings import Finding
from pipeline.messages import Bilingual, msg


def cluster_findings(
    clusters: gpd.GeoDataFrame,
    members: pd.DataFrame,
    facilities: gpd.GeoDataFrame,
    pairs: pd.DataFrame,
    roles: pd.DataFrame,
    municipalities: pd.DataFrame,
) -> list[Finding]:
    """List what is out of the ordinary in each scheme.

    Parameters
    ----------
    clusters, members, facilities, pairs, roles
        The frames of these names of a study: clusters with ``has_acute``, members with ``shared`` and
        ``evidence``, facilities, facility-cluster pairs, roles by scheme.
    municipalities
        Table ``municipalities``.

    Returns
    -------
    list of Finding
        By scheme: shared municipalities, clusters without an acute hospital, hospitals without a cluster,
        municipalities in none, memberships below ``sourced``, conflicts between sources.
    """
    told: list[Finding] = []
    for scheme, rows in clusters.groupby("scheme", sort=True):
        name = str(scheme)
        own = members[members["scheme"] == scheme]
        told += _shared(name, own)
        told += _without_acute(name, rows)
        told += _in_none(name, own, municipalities)
        told += _without_cluster(name, facilities, pairs, roles)
        told += _evidence(name, own)
    return told


def _list(values: pd.Series) -> str:
    return ", ".join(sorted(set(values.astype(str))))


def _shared(scheme: str, members: pd.DataFrame) -> list[Finding]:
    shared = members[members["shared"]]
    if shared.empty:
        return []
    codes = tuple(sorted(set(shared["municipality_code"])))
    message = msg(
        "Municipalities in two or more clusters ({count:n}): {names}",
        count=len(codes),
        names=_list(shared["municipality_name"]),
    )
    return [Finding("shared_municipality", message, "note", scheme, codes)]


def _without_acute(scheme: str, clusters: pd.DataFrame) -> list[Finding]:
    return [
        Finding(
            "cluster_without_acute_hospital",
            msg("{name} ({region}) has no acute hospital", name=row.name, region=row.region),
            "warning",
            scheme,
            (str(row.cluster_id),),
        )
        for row in clusters.loc[~clusters["has_acute"], ["cluster_id", "name", "region"]].itertuples(
            index=False, name="Row"
        )
    ]


def _in_none(scheme: str, members: pd.DataFrame, municipalities: pd.DataFrame) -> list[Finding]:
    outside = municipalities[~municipalities["municipality_code"].isin(members["municipality_code"])]
    return [
        Finding(
            "municipality_in_no_cluster",
            msg(
                "{name} ({people:n} {people:|person|people}) is in no cluster",
                name=row.name,
                people=row.population,
            ),
            "note" if row.kind != "municipality" else "warning",
            scheme,
            (str(row.municipality_code),),
        )
        for row in outside[["municipality_code", "name", "kind", "population"]].itertuples(
            index=False, name="Row"
        )
    ]


def _without_cluster(
    scheme: str, facilities: gpd.GeoDataFrame, pairs: pd.DataFrame, roles: pd.DataFrame
) -> list[Finding]:
    placed = pairs.loc[pairs["scheme"] == scheme, "facility_id"]
    in_use = roles[(roles["scheme"] == scheme) & roles["role"].isin(["acute", "non_acute"])]["facility_id"]
    hospitals = facilities[(facilities["kind"] == "hospital") & facilities["facility_id"].isin(in_use)]
    left = hospitals[~hospitals["facility_id"].isin(placed)]
    return [
        Finding(
            "hospital_in_no_cluster",
            msg("{name} belongs to no cluster", name=row.name),
            "warning",
            scheme,
            (str(row.facility_id),),
        )
        for row in left[["facility_id", "name"]].itertuples(index=False, name="Row")
    ]


def _evidence(scheme: str, members: pd.DataFrame) -> list[Finding]:
    told = []
    weak = members[~members["evidence"].isin(["sourced"])]
    for evidence, rows in weak.groupby("evidence", sort=True):
        message = msg(
            "{count:n} of {all:n} {all:|membership is|memberships are} not stated in a primary "
            "source (mark: {evidence}): {names}",
            count=len(rows),
            all=len(members),
            evidence=EVIDENCE[str(evidence)],
            names=_list(rows["municipality_name"]),
        )
        told.append(Finding("membership_evidence", message, "note", scheme, tuple(rows["municipality_code"])))
    conflict = members[members["conflict"].fillna("") != ""]
    told += [
        Finding(
            "membership_conflict",
            msg(
                "Sources disagree on {name}: {conflict}",
                name=row.municipality_name,
                conflict=Bilingual(str(row.conflict_da), str(row.conflict)),
            ),
            "warning",
            scheme,
            (str(row.municipality_code),),
        )
        for row in conflict[["municipality_code", "municipality_name", "conflict", "conflict_da"]].itertuples(
            index=False, name="Row"
        )
    ]
    return told
