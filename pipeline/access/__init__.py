"""Who reaches which acute hospital, and how soon: travel times joined to people and areas."""

from dataclasses import dataclass
from typing import Final

import geopandas as gpd
import pandas as pd
import shapely

from pipeline.access.catchments import access_figures, catchments, nearest_facility, own_cluster
from pipeline.findings import Finding
from pipeline.messages import msg
from pipeline.travel.homes import Homes
from pipeline.travel.routing import Router
from pipeline.travel.snapping import Places
from pipeline.travel_status import Status, status_words

COUNTRY = "country"

MOST_TOLD: Final = 5
"""So many hospitals without a road are told of one by one; more have one cause."""


@dataclass(frozen=True, slots=True)
class Access:
    """Travel times to the nearest acute hospital.

    Parameters
    ----------
    nearest
        One row per demand point: people, nearest hospital, ``travel_min``, ``status``.
    hospitals
        The acute hospitals, in the order that times were asked for.
    places
        Where the hospitals meet the road network.
    catchments
        Each municipality divided by the hospital its people reach soonest, scheme by scheme.
    figures
        ``scheme``, ``level`` (``municipality``, ``cluster``, ``country``), ``key``, ``name`` and the figures
        of `pipeline.access.catchments.access_figures`.
    findings
        Hospitals without a road, people without a travel time.
    """

    nearest: pd.DataFrame
    hospitals: gpd.GeoDataFrame
    places: Places
    catchments: pd.DataFrame
    figures: pd.DataFrame
    findings: tuple[Finding, ...]


def acute_access(
    router: Router,
    demand: gpd.GeoDataFrame,
    facilities: gpd.GeoDataFrame,
    members: pd.DataFrame,
    pairs: pd.DataFrame,
    clusters: pd.DataFrame,
    homes: Homes,
) -> Access:
    """Measure the way from every demand point to the nearest acute hospital.

    Parameters
    ----------
    router
        Travel times on the study's network.
    demand
        Demand points: ``demand_id``, ``municipality_code``, ``weight``; EPSG:25832.
    facilities
        The study's facilities; those with the role ``acute`` take part.
    members, pairs, clusters
        The study's ``cluster_members``, ``facility_clusters`` and ``clusters``.
    homes
        Where the demand points meet the roads. Hospitals are joined the same way, but over water too, since a
        drawn coast can leave one off the land.
    """
    acute = facilities[(facilities["role"] == "acute") & facilities.geometry.notna()]
    acute = acute.sort_values("facility_id", ignore_index=True)
    hospitals = shapely.get_coordinates(acute.geometry.to_numpy())
    places = homes.joining.join(router, hospitals)
    found = router.nearest(homes.places, places)
    status = status_words(homes.reasons(found.status))
    nearest = nearest_facility(demand, acute, found.value[:, 0], found.facility[:, 0], status)
    names = members.drop_duplicates("municipality_code").set_index("municipality_code")["municipality_name"]
    table = catchments(nearest, members, pairs, names, acute.set_index("facility_id")["name"])
    figures = _figures(nearest, members, pairs, names, clusters)
    return Access(nearest, acute, places, table, figures, _findings(acute, places, nearest))


def _figures(
    nearest: pd.DataFrame,
    members: pd.DataFrame,
    pairs: pd.DataFrame,
    names: pd.Series,
    clusters: pd.DataFrame,
) -> pd.DataFrame:
    parts = []
    for scheme, own_members in members.groupby("scheme", sort=True):
        own = own_cluster(nearest, own_members, pairs[pairs["scheme"] == scheme])
        label = clusters[clusters["scheme"] == scheme].set_index("cluster_id")["name"]
        by_town = access_figures(nearest, nearest["municipality_code"].rename("key"), own)
        parts.append(_labelled(by_town, scheme, "municipality", names))
        shares = own_members[["cluster_id", "municipality_code", "share"]]
        spread = nearest.assign(own=own).merge(shares, on="municipality_code")
        spread = spread.assign(people=spread["people"] * spread["share"])
        by_cluster = access_figures(spread, spread["cluster_id"].rename("key"), spread["own"])
        parts.append(_labelled(by_cluster, scheme, "cluster", label))
        whole = access_figures(nearest, pd.Series(COUNTRY, index=nearest.index, name="key"), own)
        parts.append(_labelled(whole, scheme, COUNTRY, pd.Series(dtype=object)))
    return pd.concat(parts, ignore_index=True)


def _labelled(figures: pd.DataFrame, scheme: object, level: str, names: pd.Series) -> pd.DataFrame:
    rows = figures.reset_index()
    rows.insert(0, "scheme", str(scheme))
    rows.insert(1, "level", level)
    rows.insert(3, "name", rows["key"].map(names))
    return rows


def _findings(acute: gpd.GeoDataFrame, places: Places, nearest: pd.DataFrame) -> tuple[Finding, ...]:
    lonely = acute.loc[~places.ok, ["facility_id", "name"]]
    told = [
        Finding(
            "hospital_without_road",
            msg("{name} has no road within reach and takes no part in travel times", name=name),
            keys=(str(key),),
        )
        for key, name in lonely.itertuples(index=False, name=None)
    ]
    if len(lonely) > MOST_TOLD:
        names = "; ".join(lonely["name"].astype(str))
        message = msg(
            "{count:n} of {all:n} acute {all:|hospital|hospitals} {count:|has|have} no road within "
            "reach and {count:|takes|take} no part in travel times; do the roads cover the whole "
            "country? {names}",
            count=len(lonely),
            all=len(acute),
            names=names,
        )
        told = [Finding("hospital_without_road", message, keys=tuple(lonely["facility_id"].astype(str)))]
    reasons = {
        Status.OTHER_LANDMASS.word: msg("no road and no car ferry leads to an acute hospital"),
        Status.NO_ROAD_NEARBY.word: msg("no road is near"),
        Status.LOOSE_ROAD.word: msg("the only road near is joined to nothing"),
        Status.OUTSIDE_STUDY_AREA.word: msg("outside the road network"),
        Status.NO_WAY.word: msg("every way is closed or one-way"),
        Status.NOT_LOCATED.word: msg("no coordinates"),
    }
    lost = nearest[nearest["status"].isin(reasons) & (nearest["people"] > 0)]
    for status, rows in lost.groupby("status", sort=True):
        message = msg(
            "{people:n} {people:|person has|people have} no travel time to an acute hospital: {reason}",
            people=round(float(rows["people"].sum())),
            reason=reasons[str(status)],
        )
        codes = tuple(sorted(set(rows["municipality_code"].dropna())))
        told.append(Finding("people_without_travel_time", message, keys=codes))
    ferry = nearest[nearest["status"] == Status.FERRY_ONLY.word]
    if len(ferry):
        message = msg(
            "{people:n} {people:|person reaches|people reach} an acute hospital only by ferry; "
            "boarding is counted in their time",
            people=round(float(ferry["people"].sum())),
        )
        told.append(
            Finding(
                "ferry_only", message, "note", keys=tuple(sorted(set(ferry["municipality_code"].dropna())))
            )
        )
    return tuple(told)
