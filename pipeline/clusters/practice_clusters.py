"""Practice clusters (*praksisklynger*): groups of GP practices that work on quality together.

No public register of them exists, so the table is optional. Without it each municipality stands for one
practice cluster, and every result says so.
"""

import datetime as dt
from typing import Final

import geopandas as gpd
import pandas as pd
import shapely

from pipeline.clusters.schemes import in_force
from pipeline.crs import GEOGRAPHIC, METRIC

DEFAULT_BASIS: Final = "one_per_municipality"
STATED_BASIS: Final = "stated"


def default_practice_clusters(
    areas: gpd.GeoDataFrame, municipalities: pd.DataFrame, practices: pd.Series, gps: pd.Series
) -> gpd.GeoDataFrame:
    """Let each municipality stand for one practice cluster.

    Parameters
    ----------
    areas
        Municipality areas, EPSG:25832.
    municipalities
        Table ``municipalities``.
    practices, gps
        Number of practices and modelled number of general practitioners by municipality code.

    Returns
    -------
    gpd.GeoDataFrame
        ``practice_cluster_id``, ``name``, ``municipality_codes``, ``practices``, ``gps``, ``population``,
        ``basis`` (``one_per_municipality``), ``precision`` (``modelled``) and geometry, EPSG:25832.
    """
    rows = areas[["municipality_code", "geometry"]].merge(
        municipalities[["municipality_code", "name", "kind", "population"]], on="municipality_code"
    )
    rows = rows[rows["kind"] == "municipality"]
    code = rows["municipality_code"]
    frame = pd.DataFrame(
        {
            "practice_cluster_id": "pk-" + code,
            "name": rows["name"],
            "municipality_codes": code,
            "practices": code.map(practices).astype("Int64"),
            "gps": code.map(gps).round(1),
            "population": rows["population"].astype("Int64"),
            "basis": DEFAULT_BASIS,
            "precision": "modelled",
        }
    )
    return gpd.GeoDataFrame(frame, geometry=rows.geometry, crs=METRIC).reset_index(drop=True)


def stated_practice_clusters(
    practices: pd.DataFrame, areas: gpd.GeoDataFrame, on: dt.date
) -> gpd.GeoDataFrame:
    """Draw stated practice clusters as the land nearest to their practices.

    Parameters
    ----------
    practices
        Table ``practice_clusters``: ``practice_id``, ``practice_cluster_id``, ``name`` (of the cluster),
        ``lon``, ``lat`` (WGS84), ``valid_from``, ``valid_to``.
    areas
        Municipality areas, EPSG:25832: the land, and the borders that a catchment does not cross.
    on
        The day.

    Returns
    -------
    gpd.GeoDataFrame
        As `default_practice_clusters` with ``basis`` ``stated``; ``gps`` and ``population`` are missing,
        for no source gives them by practice cluster.

    Notes
    -----
    Each practice gets its Voronoi cell within its own municipality; cells of one cluster are joined. A
    municipality without any practice belongs to no practice cluster.
    """
    rows = practices[in_force(practices, on)].sort_values(["practice_cluster_id", "practice_id"])
    points = gpd.GeoDataFrame(
        rows, geometry=gpd.GeoSeries.from_xy(rows["lon"], rows["lat"], crs=GEOGRAPHIC).set_axis(rows.index)
    ).to_crs(METRIC)
    placed = points.sjoin(areas[["municipality_code", "geometry"]], predicate="within").drop(
        columns="index_right"
    )
    shape_of = pd.Series(areas.geometry.to_numpy(), index=areas["municipality_code"])
    parts = [_cells(group, shape_of[code]) for code, group in placed.groupby("municipality_code", sort=True)]
    cells = gpd.GeoDataFrame(pd.concat(parts), geometry="geometry", crs=METRIC)
    joined = cells.dissolve("practice_cluster_id", sort=True)
    members = placed.groupby("practice_cluster_id").agg(
        name=("name", "first"),
        municipality_codes=("municipality_code", lambda codes: "; ".join(sorted(set(codes)))),
        practices=("practice_id", "nunique"),
    )
    frame = joined[["geometry"]].join(members).reset_index()
    return frame.assign(
        practices=frame["practices"].astype("Int64"),
        gps=float("nan"),
        population=pd.array([pd.NA] * len(frame), dtype="Int64"),
        basis=STATED_BASIS,
        precision="approximate",
    )


def _cells(practices: gpd.GeoDataFrame, area: shapely.Geometry) -> gpd.GeoDataFrame:
    """Cut an area into the parts nearest to each distinct practice point."""
    unique = practices.drop_duplicates("geometry")
    sites = shapely.MultiPoint(unique.geometry.to_list())
    if len(unique) == 1:
        return gpd.GeoDataFrame(unique[["practice_cluster_id"]], geometry=[area], crs=METRIC)
    cells = shapely.voronoi_polygons(sites, extend_to=area, ordered=True).geoms
    clipped = [shapely.intersection(cell, area) for cell in cells]
    return gpd.GeoDataFrame(unique[["practice_cluster_id"]], geometry=clipped, crs=METRIC)
