"""Health clusters as polygons with key figures.

A cluster is a set of municipalities. Where a municipality belongs to two clusters their polygons overlap, and
a stated split rule decides how its people count.
"""

from typing import Final

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import shapely

from pipeline.crs import METRIC
from pipeline.evidence import weakest_evidence
from pipeline.settings import SplitRule

MOST_COLOURS: Final = 6
NEAR_M: Final = 3_000.0
"""Clusters closer than this count as neighbours for the colours, so that a narrow sound does not join two."""


def split_population(members: pd.DataFrame, population: pd.Series, rule: SplitRule) -> pd.DataFrame:
    """Share out each municipality's people over the clusters it belongs to.

    Parameters
    ----------
    members
        Rows ``scheme``, ``cluster_id``, ``municipality_code``, ``shared``.
    population
        People by municipality code.
    rule
        ``once``: evenly, in whole people, so that the clusters of a scheme add up to the municipalities;
        ``full``: all of them in each cluster; ``none``: shared municipalities count in no cluster.

    Returns
    -------
    pd.DataFrame
        ``share`` (0–1) and ``population_part`` (people, whole numbers), same index as `members`.
    """
    people = members["municipality_code"].map(population).astype("int64")
    groups = members.groupby(["scheme", "municipality_code"])["cluster_id"]
    if rule == "full":
        return pd.DataFrame({"share": 1.0, "population_part": people})
    if rule == "none":
        alone = ~members["shared"]
        return pd.DataFrame({"share": alone.astype(float), "population_part": people.where(alone, 0)})
    parts = groups.transform("size")
    place = groups.rank(method="first").astype("int64") - 1
    whole = people // parts + (place < people % parts)  # the odd person goes to the first cluster by id
    return pd.DataFrame({"share": 1.0 / parts, "population_part": whole})


def neighbour_colours(geometry: gpd.GeoSeries, *, near_m: float = NEAR_M) -> pd.Series:
    """Give the polygons numbers 0–5 so that neighbours and overlapping polygons differ.

    Parameters
    ----------
    geometry
        Polygons in EPSG:25832.
    near_m
        Polygons closer than this are neighbours, metres.

    Returns
    -------
    pd.Series
        Int colour number, same index.

    Raises
    ------
    ValueError
        Six colours are not enough.

    Notes
    -----
    Greedy colouring in the order of saturation: D. Brélaz, "New methods to color the vertices of a graph",
    Communications of the ACM 22 (1979).
    """
    shapes = geometry.to_numpy()
    first, second = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=near_m)
    graph = nx.Graph()
    graph.add_nodes_from(range(len(shapes)))
    graph.add_edges_from(sorted((int(a), int(b)) for a, b in zip(first, second, strict=True) if a < b))
    colours = nx.greedy_color(graph, strategy="saturation_largest_first")
    if max(colours.values(), default=0) >= MOST_COLOURS:
        raise ValueError(f"more than {MOST_COLOURS} colours needed")
    return pd.Series([colours[i] for i in range(len(shapes))], index=geometry.index, dtype="int64")


def cluster_polygons(areas: gpd.GeoDataFrame, members: pd.DataFrame) -> gpd.GeoDataFrame:
    """Join the municipalities of each cluster into one polygon.

    Parameters
    ----------
    areas
        Municipality areas, a valid coverage in EPSG:25832, with ``municipality_code``.
    members
        Rows ``scheme``, ``cluster_id``, ``municipality_code``.

    Returns
    -------
    gpd.GeoDataFrame
        One row per scheme and cluster with ``area_km2`` and MultiPolygon geometry, EPSG:25832.
    """
    shape_of = pd.Series(areas.geometry.to_numpy(), index=areas["municipality_code"])
    keys, polygons = [], []
    for key, codes in members.groupby(["scheme", "cluster_id"], sort=True)["municipality_code"]:
        union = shapely.coverage_union_all(shape_of.loc[codes.sort_values()].to_numpy())
        parts = union.geoms if union.geom_type == "MultiPolygon" else [union]
        keys.append(key)
        polygons.append(shapely.MultiPolygon(list(parts)))
    frame = pd.DataFrame(keys, columns=["scheme", "cluster_id"])
    result = gpd.GeoDataFrame(frame, geometry=polygons, crs=METRIC)
    return result.assign(area_km2=result.area / 1e6)


def build_clusters(
    areas: gpd.GeoDataFrame, members: pd.DataFrame, names: pd.DataFrame, municipality_gps: pd.Series
) -> gpd.GeoDataFrame:
    """Build the clusters of every scheme with names and key figures.

    Parameters
    ----------
    areas
        Municipality areas with ``municipality_code``, ``precision``; valid coverage, EPSG:25832.
    members
        Rows in force with ``shared``, ``share``, ``population_part``, ``population``, ``municipality_name``.
    names
        Table ``clusters``: ``scheme``, ``cluster_id``, ``name``, ``full_name``, ``region``, ``source``.
    municipality_gps
        Modelled number of general practitioners by municipality code.

    Returns
    -------
    gpd.GeoDataFrame
        One row per scheme and cluster, without the figures that facilities give.
    """
    clusters = cluster_polygons(areas, members).merge(
        names[["scheme", "cluster_id", "name", "full_name", "region", "source"]],
        on=["scheme", "cluster_id"],
        how="left",
        validate="one_to_one",
    )
    rows = members.assign(
        gps=members["municipality_code"].map(municipality_gps) * members["share"],
        shared_name=members["municipality_name"].where(members["shared"]),
    )
    figures = rows.groupby(["scheme", "cluster_id"], sort=True).agg(
        municipalities=("municipality_code", "nunique"),
        shared_municipalities=("shared_name", lambda names: "; ".join(sorted(names.dropna()))),
        population=("population_part", "sum"),
        population_full=("population", "sum"),
        gps=("gps", "sum"),
        evidence=("evidence", weakest_evidence),
    )
    clusters = clusters.join(figures, on=["scheme", "cluster_id"])
    colour = pd.concat([neighbour_colours(rows.geometry) for _, rows in clusters.groupby("scheme")])
    precision = "approximate" if (areas["precision"] == "approximate").any() else "measured"
    return clusters.assign(
        colour=colour, gps=clusters["gps"].round(1), gps_precision="modelled", precision=precision
    )


def check_population(clusters: pd.DataFrame, members: pd.DataFrame, population: pd.Series) -> pd.DataFrame:
    """Add up the clusters of each scheme against the country.

    Returns
    -------
    pd.DataFrame
        By scheme: ``in_clusters``, ``outside`` (people of municipalities in no cluster), ``country`` and
        ``difference`` (0 under the split rule ``once``).
    """
    inside = clusters.groupby("scheme")["population"].sum()
    outside = {
        scheme: int(population.drop(rows["municipality_code"].unique()).sum())
        for scheme, rows in members.groupby("scheme")
    }
    table = pd.DataFrame(
        {"in_clusters": inside, "outside": pd.Series(outside), "country": int(population.sum())}
    )
    table = table.assign(difference=table["in_clusters"] + table["outside"] - table["country"])
    return table.astype(np.int64).rename_axis("scheme")
