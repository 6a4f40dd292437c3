"""Hospitals of an OpenStreetMap extract beside the table of hospitals: points bettered, doubts told."""

from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from pipeline.crs import GEOGRAPHIC, METRIC
from pipeline.findings import Finding
from pipeline.layers.municipality_keys import skeleton
from pipeline.messages import msg
from pipeline.osm_places import OsmPlace, metric_points, read_places

TAGS: Final = (("amenity", "hospital"), ("healthcare", "hospital"))

NEAR_M: Final = 1_000.0
"""A hospital of the table and one of the map this near to each other are taken for the same site, metres."""

FAR_M: Final = 5_000.0
"""A point that is only an estimate may move this far to a hospital of like name, metres."""

COMMON_WORDS: Final = frozenset(
    {"hospital", "hospitalet", "hospitalsenheden", "sygehus", "sygehuset", "universitetshospital", "center",
     "sundhedshus", "sundhedscenter", "akuthus", "regionshospital", "regionshospitalet", "og", "nyt", "ny"}
)  # fmt: skip
"""Words of hospitals' names that do not tell one from another."""


def better_hospitals(
    table: pd.DataFrame, extract: Path, within: gpd.GeoDataFrame
) -> tuple[pd.DataFrame, list[Finding]]:
    """Hold the table of hospitals against an extract.

    Parameters
    ----------
    table
        Table ``hospitals`` as text.
    extract
        OpenStreetMap extract.
    within
        Municipality areas, EPSG:25832: only hospitals in them are held against each other.

    Returns
    -------
    tuple
        `table`, where points that are not those of an address have moved to a hospital of the extract within
        `FAR_M` that shares a telling word of its name; and what a reader should know: points moved, hospitals
        that the extract does not have, and hospitals of the extract that the table does not have. The table
        decides which hospitals there are and what they are.
    """
    places = read_places(extract, *TAGS)
    if not places:
        return table, [
            Finding(
                "osm_hospitals",
                msg("{file} has no hospitals; the bundled table stands unchecked", file=extract.name),
                "note",
            )
        ]
    found = metric_points(places)
    lon, lat = pd.to_numeric(table["lon"], errors="coerce"), pd.to_numeric(table["lat"], errors="coerce")
    own = gpd.GeoSeries.from_xy(lon, lat, crs=GEOGRAPHIC).to_crs(METRIC)
    land = shapely.union_all(within.geometry.to_numpy())
    inside = shapely.dwithin(own.to_numpy(), land, NEAR_M)
    apart = shapely.distance(own.to_numpy()[:, None], found.to_numpy()[None, :])
    moved: dict[int, int] = {}
    for row in np.flatnonzero(inside & (table["point_precision"] != "address").to_numpy()).tolist():
        like = [at for at in np.argsort(apart[row], kind="stable") if apart[row, at] <= FAR_M
                and _words(table["name"].iloc[row]) & _words(places[at].tags.get("name", ""))]  # fmt: skip
        if like:
            moved[row] = int(like[0])
    result = table.copy()
    for row, at in moved.items():
        _move(result, row, places[at], extract.name)
    same = apart <= NEAR_M
    for row, at in moved.items():
        same[row] = np.arange(len(places)) == at
    alone = [table["name"].iloc[row] for row in np.flatnonzero(inside & ~same.any(axis=1))]
    named = [place.tags.get("name", "") for place in places]
    here = shapely.dwithin(found.to_numpy(), land, NEAR_M)
    unknown = [named[at] or places[at].osm_id for at in np.flatnonzero(here & ~same.any(axis=0))]
    return result, _told(extract.name, [table["name"].iloc[row] for row in moved], alone, unknown)


def _words(name: str) -> set[str]:
    parts = name.replace(",", " ").replace("-", " ").replace("(", " ").replace(")", " ").split()
    return {skeleton(part) for part in parts if part.casefold() not in COMMON_WORDS} - {""}


def _move(table: pd.DataFrame, row: int, place: OsmPlace, file: str) -> None:
    at = table.index[row]
    table.loc[at, ["lon", "lat"]] = [f"{place.lon:.5f}", f"{place.lat:.5f}"]
    table.loc[at, "point_precision"] = "site"
    table.loc[at, "point_error_m"] = ""
    table.loc[at, "point_source"] = f"OpenStreetMap {place.osm_id} in {file}"


def _told(file: str, moved: list[str], alone: list[str], unknown: list[str]) -> list[Finding]:
    rows = (
        ("osm_hospitals_moved", moved, "note",
         msg("{count:n} {count:|hospital|hospitals} moved to {count:|its|their} place in {file}: {names}")),
        ("osm_hospitals_alone", alone, "warning",
         msg("{count:n} {count:|hospital has|hospitals have} none near by in {file}: {names}")),
        ("osm_hospitals_unknown", unknown, "note",
         msg("{count:n} {count:|hospital|hospitals} in {file} {count:|is|are} not in the table of hospitals "
             "and left out: {names}")),
    )  # fmt: skip
    return [
        Finding(
            kind,
            msg(text.text, count=len(names), file=file, names=_listed(names)),
            "warning" if severity == "warning" else "note",
        )
        for kind, names, severity, text in rows
        if names
    ]


def _listed(names: list[str], most: int = 12) -> str:
    return ", ".join(names[:most]) + (" …" if len(names) > most else "")
