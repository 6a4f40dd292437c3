"""Read the practices that a study names, or model them from the bundled tables."""

import datetime as dt
from collections.abc import Mapping

import geopandas as gpd
import pandas as pd

from pipeline.findings import Finding
from pipeline.settings import PracticeSettings
from pipeline.supply import model_capacity, practice_findings, region_gps
from pipeline.supply.default import default_practices
from pipeline.supply.osm import read_osm_doctors
from pipeline.supply.readers import read_practices
from pipeline.supply.sor import read_sor


def study_practices(
    settings: PracticeSettings,
    tables: Mapping[str, pd.DataFrame],
    areas: gpd.GeoDataFrame,
    demand: gpd.GeoDataFrame,
    on: dt.date,
) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Read or model the GP practices.

    Parameters
    ----------
    settings
        The practice section of the settings.
    tables
        Tables ``municipalities``, ``gp_supply_region`` and ``gp_supply_municipality``.
    areas
        Municipality areas, EPSG:25832.
    demand
        The demand frame; bundled practices stand where people live.
    on
        The day of the study; a practice not there then takes no GPs from those that are.

    Returns
    -------
    tuple
        The practices frame (`pipeline.supply`) with every capacity filled, and what a reader should know.

    Raises
    ------
    InputError
        The file is missing or wrong: all its faults at once.
    """
    region, municipality = tables["gp_supply_region"], tables["gp_supply_municipality"]
    findings: list[Finding] = []
    if settings.kind == "bundled" or settings.file is None:
        practices = default_practices(with_towns(demand), tables["municipalities"], region, municipality)
        return practices, practice_findings(practices, on)
    if settings.kind == "sor":
        practices, findings = read_sor(settings.file, areas, columns=settings.columns)
    elif settings.kind == "osm":
        practices, findings = read_osm_doctors(settings.file, areas)
    else:
        practices = read_practices(
            settings.file, areas, columns=settings.columns, layer=settings.layer, crs=settings.crs
        )
    region_of = tables["municipalities"].set_index("municipality_code")["region_2007"]
    practices, told = model_capacity(practices, region_of, region_gps(region), on)
    return practices, [*findings, *told, *practice_findings(practices, on)]


def with_towns(demand: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Make demand of any origin fit for placing practices: without known towns every point may have one."""
    placed = demand[~(demand.geometry.isna() | demand.geometry.is_empty)]
    return (
        placed
        if "geonameid" in placed
        else placed.assign(geonameid=pd.array([pd.NA] * len(placed), dtype="Int64"))
    )
