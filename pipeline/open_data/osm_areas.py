"""Municipality areas from the administrative boundaries of an OpenStreetMap extract."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from pipeline.crs import GEOGRAPHIC, METRIC
from pipeline.layers.municipality_keys import code_of
from pipeline.roads.extract import Extract, Relation

MUNICIPAL: Final = "7"
"""``admin_level`` of municipalities in Denmark."""

LEAST_OF_AREA, MOST_OF_AREA = 0.8, 1.25
"""An area smaller or larger than this share of the registered one is not whole, or reaches into the sea."""

SMALL_KM2: Final = 5.0
"""Areas are not judged by differences below this, km²."""


@dataclass(frozen=True, slots=True)
class OsmAreas:
    """Areas of an extract.

    Parameters
    ----------
    frame
        ``municipality_code``, ``name``, ``osm_id``, ``missing_ways`` (pieces of the boundary that the extract
        lacks), and geometry (EPSG:25832), sorted by code; only areas that close somewhere.
    doubtful
        Codes of municipalities whose area is not near the registered one, or that are missing.
    """

    frame: gpd.GeoDataFrame
    doubtful: tuple[str, ...]


def read_osm_areas(path: Path, municipalities: pd.DataFrame) -> OsmAreas:
    """Put the municipalities of an extract together from the pieces of their boundaries.

    Parameters
    ----------
    path
        ``.osm.pbf``, ``.osm``, ``.osm.gz`` or ``.osm.bz2``.
    municipalities
        ``municipality_code``, ``kind`` and ``area_km2`` of those to be found.

    Returns
    -------
    OsmAreas
        Relations with ``boundary=administrative`` and ``admin_level=7`` whose ``ref`` is a municipality code.
        Their ways are joined where they share points; rings that do not close, since the extract lacks a
        piece, are left out and counted. Rings within rings are holes. In Denmark the boundaries follow the
        coast.

    Raises
    ------
    MissingInputError, RoadError
        The file is not there, cut off, or no extract.
    """
    extract = Extract(path)
    known = set(municipalities["municipality_code"])
    relations = [
        (code, relation)
        for relation in extract.relations([("admin_level", MUNICIPAL)])
        if relation.tags.get("boundary") == "administrative"
        and (code := code_of(relation.tags.get("ref", ""))) in known
    ]
    lines = _lines(extract, sorted({way for _, relation in relations for way in relation.ways}))
    rows = [_row(str(code), relation, lines) for code, relation in relations]
    columns = ["municipality_code", "name", "osm_id", "missing_ways", "geometry"]
    frame = gpd.GeoDataFrame(pd.DataFrame(rows, columns=columns), geometry="geometry", crs=METRIC)
    frame = frame[~frame.geometry.is_empty].sort_values(["municipality_code", "osm_id"], ignore_index=True)
    return OsmAreas(frame, _doubtful(frame, municipalities))


def _row(code: str, relation: Relation, lines: dict[int, NDArray[np.float64]]) -> tuple[object, ...]:
    own = [shapely.linestrings(lines[way]) for way in dict.fromkeys(relation.ways) if way in lines]
    area = shapely.build_area(shapely.multilinestrings(own)) if own else shapely.Polygon()
    missing = sum(way not in lines for way in set(relation.ways))
    return code, relation.tags.get("name", ""), f"relation/{relation.id}", missing, area


def _lines(extract: Extract, ids: list[int]) -> dict[int, NDArray[np.float64]]:
    """Points of ways in EPSG:25832 by id; ways with a point that the extract lacks are left out."""
    if not ids:
        return {}
    ways = extract.ways_by_id(ids, frozenset())
    nodes = extract.nodes(np.unique(ways.refs), frozenset())
    if not len(nodes.ids):
        return {}
    row = np.minimum(np.searchsorted(nodes.ids, ways.refs), len(nodes.ids) - 1)
    there = nodes.ids[row] == ways.refs
    points = gpd.GeoSeries.from_xy(nodes.lonlat[:, 0], nodes.lonlat[:, 1], crs=GEOGRAPHIC).to_crs(METRIC)
    xy = np.column_stack([points.x, points.y])[row]
    spans = zip(ways.ids.tolist(), ways.start[:-1].tolist(), ways.start[1:].tolist(), strict=True)
    return {way: xy[a:b] for way, a, b in spans if b - a >= 2 and there[a:b].all()}


def _doubtful(frame: gpd.GeoDataFrame, municipalities: pd.DataFrame) -> tuple[str, ...]:
    rows = municipalities[municipalities["kind"] == "municipality"].set_index("municipality_code")
    registered = rows["area_km2"].astype(float)
    found = (
        (frame.geometry.area / 1e6).groupby(frame["municipality_code"]).sum().reindex(rows.index).fillna(0.0)
    )
    share = found / registered
    off = ~share.between(LEAST_OF_AREA, MOST_OF_AREA) & ((found - registered).abs() > SMALL_KM2)
    return tuple(rows.index[off | (found == 0)])
