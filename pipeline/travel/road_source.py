"""From a study's road settings to a network ready for travel times, kept in a cache."""

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import geopandas as gpd
import pandas as pd

from pipeline.digests import reader_digest
from pipeline.messages import Message
from pipeline.roads.lines import read_road_lines
from pipeline.roads.main_roads import read_main_roads
from pipeline.roads.model import RoadArcs
from pipeline.roads.osm import read_osm
from pipeline.settings import BUNDLED, RoadsSettings
from pipeline.travel.network import build_network
from pipeline.travel.network_files import CacheError, cache_key, cached_order, load_network, save_network
from pipeline.travel.routing import Router
from pipeline.workers import SERIAL, Workers

logger = logging.getLogger(__name__)

OSM_ENDINGS: Final = (".pbf", ".osm", ".osm.gz", ".osm.bz2", ".o5m")
CACHE: Final = Path(".cache")
"""Where networks are kept, below the folder that the command runs in."""

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


def study_router(
    settings: RoadsSettings,
    tables: Mapping[str, pd.DataFrame],
    areas: gpd.GeoDataFrame,
    *,
    digest: str = "",
    cache: Path = CACHE,
    workers: Workers = SERIAL,
) -> Router:
    """Make a study's network ready for travel times; one read from a file is kept for the next run.

    What is kept counts as long as file, settings, the project's code and the libraries are the same.

    Parameters
    ----------
    settings, tables, areas
        As for `read_roads`.
    digest
        SHA-256 of the road file; without one nothing is kept.
    cache
        Folder of kept networks; it may be deleted at any time.
    workers
        Who helps with large matrices.

    Raises
    ------
    InputError
        As `read_roads`.
    """
    if settings.file == BUNDLED or not digest:
        return Router(build_network(read_roads(settings, tables, areas)), workers=workers)
    told = settings.model_dump(mode="json", exclude={"file", "credit", "longest_access_m", "access_kmh"})
    kept = cache / f"network-{cache_key(digest, told, reader_digest())}.npz"
    try:
        network = load_network(kept)
    except (FileNotFoundError, CacheError) as reason:
        if isinstance(reason, CacheError):
            logger.warning("%s is damaged and is made anew: %s", kept.name, reason)
        network = build_network(read_roads(settings, tables, areas))
        try:
            kept.parent.mkdir(parents=True, exist_ok=True)
            save_network(network, kept)
        except OSError as error:
            logger.warning("the network could not be kept in %s: %s", cache, error)
    return Router(network, cached_order(network, cache), workers=workers)
