"""Read the demand that a study names, or model it from the bundled tables."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import geopandas as gpd
import pandas as pd
import shapely

from pipeline.crs import METRIC
from pipeline.demand import BAND, add_children, compare_population, demand_findings
from pipeline.demand.default import default_demand
from pipeline.demand.doubts import (
    IMPLAUSIBLE,
    PER_ADDRESS,
    crowded_areas,
    doubt_findings,
    implausible_islands,
    move_implausible,
)
from pipeline.demand.dwellings import read_addresses, residential_points, thin
from pipeline.demand.readers import read_demand
from pipeline.demand.spread import AreaColumns, spread_over_points
from pipeline.errors import Fault, TableError
from pipeline.findings import Finding
from pipeline.messages import msg
from pipeline.roads.model import RoadArcs
from pipeline.settings import DemandSettings
from pipeline.tables.place_files import open_table
from pipeline.tables.place_tables import choose_columns, numbers

AREA_FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "area_id": ("area_id", "dagi_id", "id"),
    "municipality": ("municipality_code", "kommunekode", "komkode"),
    "people": ("people", "population", "adults", "befolkning", "indbyggere"),
    "name": ("name", "navn"),
}


def study_demand(
    settings: DemandSettings,
    tables: Mapping[str, pd.DataFrame],
    areas: gpd.GeoDataFrame,
    arcs: RoadArcs | None = None,
) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Read or model where people live.

    Parameters
    ----------
    settings
        The demand section of the settings.
    tables
        Tables ``municipalities`` and ``settlements``.
    areas
        Municipality areas, EPSG:25832.
    arcs
        Road arcs, for areas that are spread along roads.

    Returns
    -------
    tuple
        The demand frame (`pipeline.demand`) and what a reader should know.

    Raises
    ------
    InputError
        A file is missing or wrong: all its faults at once.
    """
    municipalities, settlements = tables["municipalities"], tables["settlements"]
    if settings.kind == "bundled" or settings.file is None:
        return default_demand(municipalities, settlements, areas), []
    if settings.kind == "points":
        demand, findings = read_demand(
            settings.file,
            areas,
            settlements,
            columns=settings.columns,
            bands=settings.bands,
            layer=settings.layer,
            crs=settings.crs,
        )
    else:
        demand, findings = _from_areas(settings, settings.file, settlements, arcs)
    if settings.adults_only:
        population = municipalities.set_index("municipality_code")["population"].astype(float)
        demand = add_children(demand, population)
    return demand, [*findings, *compare_population(demand, municipalities)]


def _from_areas(
    settings: DemandSettings, path: Path, settlements: pd.DataFrame, arcs: RoadArcs | None
) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    layer, names, label = read_count_areas(settings, path)
    findings: list[Finding] = []
    crowded = pd.Series(dtype=float)
    if settings.addresses is not None:
        found = read_addresses(settings.addresses)
        # An extract with too few addresses for the whole country does not know them all: no area is crowded.
        if len(found) * PER_ADDRESS > layer[names.people].sum():
            crowded = crowded_areas(layer, found, names)
    else:
        found = (
            residential_points(arcs) if arcs is not None else gpd.GeoDataFrame({"weight": []}, geometry=[])
        )
    dwellings = thin(found, cell_m=settings.thin_m) if len(found) else found
    doubtful = implausible_islands(layer, settlements, names)
    findings += doubt_findings(layer, doubtful, crowded, names, label=label)
    moved = move_implausible(layer, doubtful, names)
    words = pd.Series(IMPLAUSIBLE, index=doubtful.index, dtype=object)
    demand, told = spread_over_points(moved, dwellings, settlements, names, source=path.name, doubtful=words)
    return demand, [*findings, *told, *demand_findings(demand)]


def read_count_areas(settings: DemandSettings, path: Path) -> tuple[gpd.GeoDataFrame, AreaColumns, str]:
    """Read a layer of areas with counts of people.

    Returns
    -------
    tuple
        The layer in EPSG:25832 with bands named ``people_<from>_<to>``, the columns that hold what, and the
        column of the area's name.

    Raises
    ------
    TableError
        The file has no areas, lacks columns, or has cells that are no numbers or ids that stand twice.
    """
    source = str(path)
    frame = open_table(path, layer=settings.layer)
    if not isinstance(frame, gpd.GeoDataFrame) or not (shapely.area(frame.geometry.to_numpy()) > 0).all():
        raise TableError(
            Fault(
                source,
                "",
                msg("rows without an area"),
                msg("a layer of polygons with counts"),
                msg("give a layer of areas, or set kind to points"),
            )
        )
    if frame.crs is None and settings.crs:
        frame = frame.set_crs(settings.crs)
    chosen = choose_columns(
        frame, AREA_FIELDS, settings.columns, required=["area_id", "municipality", "people"], source=source
    )
    bands = settings.bands or {name: name for name in map(str, frame.columns) if BAND.fullmatch(name)}
    figures = {}
    faults = []
    for name, column in {**bands, "people_total": chosen["people"]}.items():
        if column not in frame.columns:
            listed = ", ".join(str(one) for one in list(frame.columns)[:30])
            found, wanted = msg("the columns {names}", names=listed), msg("a column {column}", column=column)
            mend = msg("correct the name in the mapping of columns")
            faults.append(Fault(source, msg("mapping of age bands"), found, wanted, mend))
            continue
        figures[name], wrong = numbers(frame[column], source)
        faults += wrong
    ids = frame[chosen["area_id"]].astype("str")
    faults += [
        Fault(
            source,
            msg("row {row}, column {column}", row=int(at) + 2, column=chosen["area_id"]),
            msg("the value {value}", value=ids.iloc[at]),
            msg("an id that stands only once"),
            msg("delete the doubled row, or name another column as id"),
        )
        for at in ids.duplicated().to_numpy().nonzero()[0][:20]
    ]
    if faults:
        raise TableError(faults)
    code = frame[chosen["municipality"]].astype("str").str.strip().str.zfill(4)
    layer = gpd.GeoDataFrame(
        {
            "area_id": ids,
            "area_name": frame[chosen["name"]].astype("str") if "name" in chosen else ids,
            "municipality_code": code,
            **figures,
        },
        geometry=shapely.make_valid(frame.geometry.to_numpy()),
        crs=frame.crs,
    ).to_crs(METRIC)
    return layer, AreaColumns("area_id", "municipality_code", "people_total", tuple(bands)), "area_name"
