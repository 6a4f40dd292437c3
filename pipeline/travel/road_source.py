"""From a study's road settings to a network ready for travel times, kept in a cache."""

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import geopandas as gpd
import pandas as pd

from pipeline.messages import Message
from pipeline.roads.lines import read_road_lines
from pipeline.roads.main_roads import read_main_roads
from pipeline.roads.model import RoadArcs
from pipeline.roads.osm import read_osm
from pipeline.settings import BUNDLED, RoadsSettings

OSM_ENDINGS: Final = (".pbf", ".osm", ".osm.gz", ".osm.bz2", ".o5m")
BUNDLED_TABLES: Final = ("main_roads", "links", "settlements")


def read_roads(
    settings: RoadsSettings,
    tables: Mapping[str, pd.DataFrame],
    areas: gpd.GeoDataFrame,
    *,
    progress: Callable[[Message], None] | None = None,
) -> RoadArcs:
    """Read the roads that a study names.

    Parameters
    ----------
    settings
        The road section of the settings.
    tables
        Tables ``main_roads``, ``links`` and ``settlements``, for the bundled network.
    areas
        Municipality areas, EPSG:25832, for the bundled network.
    progress
        Is told what goes on.

    Raises
    ------
    InputError
        As the reader of the kind of file.
    """
    if settings.file == BUNDLED:
        own = {name: tables[name] for name in BUNDLED_TABLES}
        return read_main_roads(
            **own, areas=areas, settings=settings.main_roads, ferries=settings.profile.ferries
        )
    path = Path(settings.file)
    if path.name.lower().endswith(OSM_ENDINGS):
        return read_osm(path, settings.profile, progress=progress)
    return read_road_lines(
        path,
        settings.profile,
        layer=settings.layer,
        speed_column=settings.speed_column,
        class_column=settings.class_column,
        oneway_column=settings.oneway_column,
        progress=progress,
    )


def network_key(settings: RoadsSettings, digests: Mapping[str, str]) -> str:
    """Name a network by everything it is made from: input files by content, settings by value.

    Parameters
    ----------
    settings
        The road section of the settings.
    digests
        SHA-256 by name of each file that the network is made from.
    """
    told = settings.model_dump_json(exclude={"file", "credit", "longest_access_m", "access_kmh"})
    parts = [told, *(f"{name}={digests[name]}" for name in sorted(digests))]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
