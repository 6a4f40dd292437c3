"""Hospitals and health houses as points, joined to municipality and cluster, with their role on a day."""

import datetime as dt
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from pipeline.clusters.schemes import in_force, rows_in_view
from pipeline.crs import GEOGRAPHIC, METRIC
from pipeline.findings import Finding
from pipeline.messages import msg

MOST_SNAP_M: Final = 1_000.0
"""A point at most this far outside every municipality (harbour, coast) is taken to the nearest."""

COLUMNS: Final = [
    "facility_id",
    "register_id",
    "kind",
    "name",
    "role",
    "address",
    "town",
    "municipality_code",
    "municipality_stated",
    "municipality_polygon",
    "snapped_m",
    "stated_dist_m",
    "status",
    "valid_from",
    "valid_to",
    "point_precision",
    "source",
    "precision",
    "note",
    "note_da",
    "geometry",
]


def roles_on(hospitals: pd.DataFrame, hospital_status: pd.DataFrame, on: dt.date) -> pd.Series:
    """Tell each hospital's role on a day.

    Returns
    -------
    pd.Series
        ``acute``, ``non_acute``, ``planned`` or ``closed`` by facility id; a hospital whose rows all begin
        later is ``planned``, one whose rows all have ended is ``closed``.
    """
    ids = hospitals["hospital_id"]
    rows = hospital_status.sort_values(["hospital_id", "valid_from"], na_position="first")
    current = rows[in_force(rows, on)].groupby("hospital_id")["status"].last()
    begins = pd.to_datetime(rows["valid_from"]).groupby(rows["hospital_id"]).min()
    index = pd.Index("hospital-" + ids, name="facility_id")
    role = pd.Series(ids.map(current).to_numpy(), index=index, dtype=object)
    later = pd.Series((ids.map(begins) > pd.Timestamp(on)).to_numpy(), index=role.index)
    return role.where(role.notna(), np.where(later, "planned", "closed"))


def locate(points: gpd.GeoSeries, areas: gpd.GeoDataFrame, *, most_m: float = MOST_SNAP_M) -> pd.DataFrame:
    """Find the municipality that each point lies in.

    Parameters
    ----------
    points
        Points in EPSG:25832; empty or missing ones are allowed.
    areas
        Municipality areas with ``municipality_code``, EPSG:25832.
    most_m
        A point outside every area, but at most this far from one, is taken to the nearest, metres.

    Returns
    -------
    pd.DataFrame
        ``municipality_polygon`` (code or missing), ``snapped_m`` (0 inside, missing where not found) and
        ``status`` (``ok``, ``snapped``, ``outside_study_area``, ``no_point``), same index as `points`.
    """
    ordered = areas.sort_values("municipality_code")
    codes = ordered["municipality_code"].to_numpy()
    tree = shapely.STRtree(ordered.geometry.to_numpy())
    shapes = points.to_numpy()
    usable = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    usable[usable] = np.isfinite(shapely.get_coordinates(shapes[usable])).all(axis=1)
    code = np.full(len(shapes), None, dtype=object)
    snapped = np.full(len(shapes), np.nan)
    at = np.flatnonzero(usable)
    (point, area), dist = tree.query_nearest(
        shapes[at], max_distance=most_m, return_distance=True, all_matches=True
    )
    order = np.lexsort((area, point))[::-1]  # on a border the lower code wins, whatever the tree's order
    code[at[point[order]]] = codes[area[order]]
    snapped[at[point[order]]] = dist[order]
    status = np.select(
        [~usable, pd.isna(code), snapped > 0], ["no_point", "outside_study_area", "snapped"], "ok"
    )
    return pd.DataFrame(
        {"municipality_polygon": code, "snapped_m": snapped.round(1), "status": status}, index=points.index
    )


def place_facilities(facilities: gpd.GeoDataFrame, areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Join facilities to municipalities; a stated municipality stands, and a differing polygon is reported.

    Parameters
    ----------
    facilities
        Points in EPSG:25832 with ``municipality_stated`` (code or missing).
    areas
        Municipality areas, EPSG:25832.

    Returns
    -------
    gpd.GeoDataFrame
        `facilities` with ``municipality_code`` (the stated one, else the polygon's),
        ``municipality_polygon``, ``snapped_m``, ``stated_dist_m`` (distance to the stated municipality where
        it is another than the polygon's, metres) and ``status`` (``municipality_differs`` there).
    """
    found = locate(facilities.geometry, areas)
    stated = facilities["municipality_stated"]
    polygon = found["municipality_polygon"]
    differs = stated.notna() & polygon.notna() & (stated != polygon)
    shape_of = pd.Series(areas.geometry.to_numpy(), index=areas["municipality_code"])
    distance = pd.Series(np.nan, index=facilities.index)
    distance[differs] = shapely.distance(
        facilities.geometry[differs].to_numpy(), stated[differs].map(shape_of).to_numpy()
    ).round(0)
    return facilities.assign(
        municipality_code=stated.where(stated.notna(), polygon),
        municipality_polygon=polygon,
        snapped_m=found["snapped_m"],
        stated_dist_m=distance,
        status=found["status"].where(~differs, "municipality_differs"),
    )


def _points(table: pd.DataFrame) -> gpd.GeoSeries:
    points = gpd.GeoSeries.from_xy(table["lon"], table["lat"], index=table.index, crs=GEOGRAPHIC)
    return points.to_crs(METRIC).where(table["lon"].notna() & table["lat"].notna(), None)


def build_facilities(
    hospitals: pd.DataFrame, roles: pd.Series, health_houses: pd.DataFrame, areas: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """Put hospitals and health houses into one frame of points.

    Parameters
    ----------
    hospitals, health_houses
        The tables of these names (``lon`` and ``lat`` in WGS84).
    roles
        Result of `roles_on`.
    areas
        Municipality areas, EPSG:25832.

    Returns
    -------
    gpd.GeoDataFrame
        Sorted by kind and id, EPSG:25832; ``facility_id`` is unique over both kinds, ``register_id`` is the
        id in the facility's own table; houses without a point keep their row with status ``no_point``.
    """
    name_today = hospitals["name_today"]
    hospital_rows = hospitals.assign(
        facility_id="hospital-" + hospitals["hospital_id"],  # a hospital and a house may share a town's name
        register_id=hospitals["hospital_id"],
        kind="hospital",
        name=name_today.where(name_today.notna() & (name_today != ""), hospitals["name"]),
        role=("hospital-" + hospitals["hospital_id"]).map(roles),
        valid_from=None,
        valid_to=None,
        geometry=_points(hospitals),
    )
    opened = health_houses["opened_year"]
    house_rows = health_houses.assign(
        facility_id="house-" + health_houses["house_id"],
        register_id=health_houses["house_id"],
        kind="health_house",
        role=health_houses["status"].astype(str).str.split("_").str[0],
        valid_from=opened.astype("Int64").astype("string").astype(object),
        valid_to=None,
        geometry=_points(health_houses),
    )
    both = pd.concat([hospital_rows, house_rows], ignore_index=True).rename(
        columns={"municipality_code": "municipality_stated"}
    )
    points = gpd.GeoDataFrame(both, geometry="geometry", crs=METRIC)
    placed = place_facilities(points, areas)
    return placed[list(COLUMNS)].sort_values(["kind", "facility_id"], ignore_index=True)


def facility_clusters(
    facilities: gpd.GeoDataFrame, members: pd.DataFrame, hospital_clusters: pd.DataFrame, view: pd.DataFrame
) -> pd.DataFrame:
    """Pair facilities with clusters, many to many.

    A hospital belongs to the clusters that a source states for it; one without a statement, and every health
    house, belongs to the clusters of its municipality.

    Returns
    -------
    pd.DataFrame
        ``scheme``, ``cluster_id``, ``facility_id`` and ``basis`` (``stated``, ``spatial`` or ``both``).
    """
    spatial = facilities[["facility_id", "municipality_code"]].merge(
        members[["scheme", "cluster_id", "municipality_code"]], on="municipality_code"
    )[["scheme", "cluster_id", "facility_id"]]
    stated = rows_in_view(hospital_clusters, view)
    stated = stated.assign(facility_id="hospital-" + stated["hospital_id"])
    stated = stated[["scheme", "cluster_id", "facility_id"]].drop_duplicates()
    pairs = spatial.merge(stated, how="outer", indicator=True)
    told = pd.MultiIndex.from_frame(stated[["scheme", "facility_id"]])
    is_told = pd.MultiIndex.from_frame(pairs[["scheme", "facility_id"]]).isin(told)
    basis = pairs["_merge"].astype(str).map({"both": "both", "right_only": "stated", "left_only": "spatial"})
    kept: pd.DataFrame = pairs.assign(basis=basis)[(basis != "spatial") | ~is_told]
    kept = kept.sort_values(["scheme", "cluster_id", "facility_id"], ignore_index=True)
    return kept[["scheme", "cluster_id", "facility_id", "basis"]]


def count_by_cluster(pairs: pd.DataFrame, facilities: gpd.GeoDataFrame, roles: pd.DataFrame) -> pd.DataFrame:
    """Count the facilities in use by scheme and cluster.

    Parameters
    ----------
    pairs
        Result of `facility_clusters`.
    facilities
        Result of `build_facilities`.
    roles
        ``scheme``, ``facility_id``, ``role`` on the scheme's day.

    Returns
    -------
    pd.DataFrame
        ``acute_hospitals``, ``hospitals`` (acute and other, not planned or closed) and ``health_houses``
        (open), indexed by scheme and cluster.
    """
    rows = pairs.merge(facilities[["facility_id", "kind"]], on="facility_id").merge(
        roles, on=["scheme", "facility_id"], how="left"
    )
    hospital, house = rows["kind"] == "hospital", rows["kind"] == "health_house"
    marks = pd.DataFrame(
        {
            "acute_hospitals": hospital & (rows["role"] == "acute"),
            "hospitals": hospital & rows["role"].isin(["acute", "non_acute"]),
            "health_houses": house & (rows["role"] == "open"),
        }
    )
    counts: pd.DataFrame = marks.groupby([rows["scheme"], rows["cluster_id"]]).sum().astype("int64")
    return counts


def placement_findings(facilities: gpd.GeoDataFrame, names: pd.Series) -> list[Finding]:
    """Report every facility whose point and municipality do not agree.

    Parameters
    ----------
    facilities
        Result of `build_facilities`.
    names
        Municipality name by code.
    """
    told = []
    for row in facilities.itertuples():
        key = (str(row.facility_id),)
        if row.status == "municipality_differs":
            message = msg(
                "{name} is stated to lie in {stated}, but its point lies in {polygon}, {metres:n} m away",
                name=row.name,
                stated=names.get(row.municipality_stated, row.municipality_stated),
                polygon=names.get(row.municipality_polygon, row.municipality_polygon),
                metres=row.stated_dist_m,
            )
            told.append(Finding("municipality_differs", message, keys=key))
        elif row.status == "snapped":
            message = msg(
                "{name} lies {metres:n} m outside the nearest municipality and was taken to {polygon}",
                name=row.name,
                metres=row.snapped_m,
                polygon=names.get(row.municipality_polygon, row.municipality_polygon),
            )
            told.append(Finding("snapped", message, "note", keys=key))
        elif row.status == "outside_study_area":
            message = msg("{name} lies outside every municipality", name=row.name)
            told.append(Finding("outside_study_area", message, keys=key))
        elif row.status == "no_point":
            message = msg("{name} has no point and is not on the map", name=row.name)
            told.append(Finding("no_point", message, keys=key))
    return told
