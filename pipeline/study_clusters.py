"""The first part of a study: clusters, and the hospitals and health houses in them."""

from collections.abc import Callable
from dataclasses import replace

import geopandas as gpd
import pandas as pd

from pipeline.clusters import build_clusters, split_population
from pipeline.clusters.facilities import (
    build_facilities,
    count_by_cluster,
    facility_clusters,
    roles_on,
)
from pipeline.clusters.gp_figures import modelled_gps
from pipeline.clusters.schemes import members_in_view, schemes_in_view
from pipeline.settings import Settings
from pipeline.study_inputs import Inputs
from pipeline.study_result import ClusterStudy


def members_of_study(settings: Settings, inputs: Inputs) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Find who belongs to which cluster on the study's day, with everybody's share.

    Returns
    -------
    tuple of pd.DataFrame
        Every scheme with its day (`schemes_in_view`), and the members of all of them.

    Raises
    ------
    SettingsError
        The study's day is covered by no cluster scheme.
    """
    tables = inputs.tables
    towns = tables["municipalities"].set_index("municipality_code")
    view = schemes_in_view(tables["schemes"], settings.study.as_of)
    members = members_in_view(tables["cluster_members"], view)
    cluster_names = tables["clusters"].set_index(["scheme", "cluster_id"])["name"]
    members = members.join(
        split_population(members, towns["population"], settings.study.split_shared)
    ).assign(
        municipality_name=members["municipality_code"].map(towns["name"]),
        population=members["municipality_code"].map(towns["population"]),
    )
    return view, members.join(cluster_names.rename("cluster_name"), on=["scheme", "cluster_id"])


def cluster_study(
    settings: Settings, inputs: Inputs, *, progress: Callable[[str], None] = lambda _: None
) -> ClusterStudy:
    """Build the clusters and place hospitals and health houses: enough for every map of clusters.

    Parameters
    ----------
    settings, inputs, progress
        As for `run_study`.

    Raises
    ------
    SettingsError
        The study's day is covered by no cluster scheme.
    """
    tables, areas = inputs.tables, inputs.areas.frame

    progress("clusters")
    view, members = members_of_study(settings, inputs)
    gps = modelled_gps(tables["municipalities"], tables["gp_supply_region"], tables["gp_supply_municipality"])
    clusters = build_clusters(areas, members, tables["clusters"], gps)

    progress("facilities")
    roles = {on: roles_on(tables["hospitals"], tables["hospital_status"], on) for on in view["on"]}
    facilities = build_facilities(
        tables["hospitals"],
        roles_on(tables["hospitals"], tables["hospital_status"], settings.study.as_of),
        tables["health_houses"],
        areas,
    )
    house_roles = facilities.loc[facilities["kind"] == "health_house"].set_index("facility_id")["role"]
    facility_roles = pd.concat(
        [
            pd.concat([roles[on], house_roles]).rename("role").rename_axis("facility_id").reset_index()
            .assign(scheme=scheme)
            for scheme, on in zip(view["scheme"], view["on"], strict=True)
        ],
        ignore_index=True,
    )[["scheme", "facility_id", "role"]]  # fmt: skip
    municipalities = areas.merge(
        tables["municipalities"].drop(columns=["name", "source", "precision"]), on="municipality_code"
    )
    base = ClusterStudy(
        settings=settings,
        schemes=view,
        municipalities=municipalities,
        clusters=clusters,
        cluster_members=members,
        facilities=facilities,
        facility_roles=facility_roles,
        facility_clusters=pd.DataFrame(),
        files=inputs.files,
        sources=inputs.sources,
    )
    return with_places(base, facilities, facility_roles, tables["hospital_clusters"])


def with_places(
    base: ClusterStudy,
    facilities: gpd.GeoDataFrame,
    facility_roles: pd.DataFrame,
    hospital_clusters: pd.DataFrame,
) -> ClusterStudy:
    """Put hospitals and health houses into the clusters, and count them there.

    Parameters
    ----------
    base
        Clusters and their members.
    facilities, facility_roles
        Hospitals and health houses, and their role on each scheme's day.
    hospital_clusters
        Table of this name.
    """
    pairs = facility_clusters(facilities, base.cluster_members, hospital_clusters, base.schemes)
    counts = count_by_cluster(pairs, facilities, facility_roles)
    kept = base.clusters.drop(columns=[*counts.columns, "has_acute"], errors="ignore")
    clusters = kept.join(counts, on=["scheme", "cluster_id"]).fillna(dict.fromkeys(counts.columns, 0))
    clusters = clusters.astype(dict.fromkeys(counts.columns, "int64"))
    return replace(
        base,
        clusters=clusters.assign(has_acute=clusters["acute_hospitals"] > 0),
        facilities=facilities,
        facility_roles=facility_roles,
        facility_clusters=pairs,
    )
