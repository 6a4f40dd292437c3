"""What a study reads, checked before anything is computed."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pandas as pd

from pipeline.digests import file_digest
from pipeline.fetch.lock import LOCK
from pipeline.layers import BUNDLED_AREAS, AreaLayer, read_municipality_areas
from pipeline.limits import limited
from pipeline.settings import BUNDLED, Settings
from pipeline.sites.functions_file import FUNCTIONS_FILE
from pipeline.sources import Source, load_sources
from pipeline.tables import GEODATA, load_table, load_tables

TABLES: Final = (
    "municipalities",
    "schemes",
    "clusters",
    "cluster_members",
    "hospitals",
    "hospital_status",
    "hospital_clusters",
    "health_houses",
    "functions",
    "house_functions",
    "gp_supply_region",
    "gp_supply_municipality",
    "settlements",
    "links",
    "main_roads",
)


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file that a study was made from."""

    name: str
    path: Path
    sha256: str
    bundled: bool


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything read and checked, before anything is computed."""

    tables: Mapping[str, pd.DataFrame]
    areas: AreaLayer
    practice_clusters: pd.DataFrame | None
    files: tuple[InputFile, ...]
    sources: Mapping[str, Source]


def _digest(name: str, path: Path) -> InputFile:
    return InputFile(name, path, file_digest(path), GEODATA in path.parents)


@limited
def read_inputs(settings: Settings) -> Inputs:
    """Read and check every table and layer that the settings name.

    Raises
    ------
    InputError
        A file is missing, breaks its contract or does not fit the others: all faults of the input at once.
    """
    paths = {
        name: GEODATA / f"{name}.csv" if (stated := getattr(settings.tables, name)) == BUNDLED else stated
        for name in TABLES
    }
    tables = load_tables(paths)
    practices = settings.tables.practice_clusters
    practice_table = load_table("practice_clusters", practices) if practices else None
    boundary = settings.boundaries
    area_path = BUNDLED_AREAS if boundary.file == BUNDLED else Path(boundary.file)
    areas = read_municipality_areas(
        area_path, tables["municipalities"], layer=boundary.layer, key_column=boundary.key, crs=boundary.crs
    )
    files = [*paths.items(), ("municipality_areas", area_path)]
    if settings.roads.file != BUNDLED:
        files.append(("roads", Path(settings.roads.file)))
    if practices:
        files.append(("practice_clusters", practices))
    if settings.study.data is not None:
        files.append(("open_data", settings.study.data))
        lock = settings.study.data.parent.parent / LOCK
        files += [("geodata_lock", lock)] if lock.is_file() else []
    for name, file in (
        ("demand", settings.demand.file),
        ("addresses", settings.demand.addresses),
        ("practices", settings.practices.file),
        ("candidates", settings.sites.candidates if settings.sites.enabled else None),
    ):
        if file is not None:
            files.append((name, file))
    if settings.sites.enabled:
        functions = settings.sites.functions
        files.append(("satellite_functions", FUNCTIONS_FILE if functions == BUNDLED else Path(functions)))
    return Inputs(
        tables, areas, practice_table, tuple(_digest(name, path) for name, path in files), load_sources()
    )
