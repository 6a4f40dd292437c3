"""For each role of a study the best layer that was fetched, turned into the table that the study reads."""

import re
from pathlib import Path
from typing import Final

import geopandas as gpd
import pandas as pd

from pipeline.demand.doubts import PER_ADDRESS
from pipeline.demand.dwellings import read_addresses
from pipeline.errors import InputError
from pipeline.layers import AreaLayer, load_bundled_areas, read_municipality_areas
from pipeline.layers.municipality_keys import COUNTRY
from pipeline.layers.vector_files import read_vector
from pipeline.messages import Bilingual, Message, msg
from pipeline.open_data.census_grid import cut_census_grid
from pipeline.open_data.hospitals import better_hospitals
from pipeline.open_data.making import EXTRACT, Making
from pipeline.open_data.osm_areas import read_osm_areas
from pipeline.open_data.population import Population, read_folk1a, with_population
from pipeline.supply.merged import merge_practices
from pipeline.supply.osm import read_osm_doctors
from pipeline.supply.sor import read_sor

ROADS: Final = msg("Roads")
BOUNDARIES: Final = msg("Boundaries")
POPULATION: Final = msg("Population of municipalities")
HOSPITALS: Final = msg("Places of hospitals")
PRACTICES: Final = msg("GP practices")
DEMAND: Final = msg("Where people live")

ADULTS: Final = re.compile(r"adults_([0-9]+)_([0-9]+|plus)")


def make_roads(making: Making) -> None:
    """Take the roads and ferries of the extract."""
    if making.extract is None:
        making.fall_back(ROADS, msg("no extract was fetched; the bundled numbered roads stand in"))
        return
    told = making.title(EXTRACT)
    making.choose(ROADS, "roads", told, file=making.shown(making.extract), credit=making.credit(EXTRACT))


def make_municipalities(making: Making, municipalities: pd.DataFrame) -> Population | None:
    """Bring the table of municipalities up to the newest population."""
    layer = "statbank-folk1a"
    if layer not in making.files:
        making.fall_back(
            POPULATION, msg("no figures were fetched; the bundled ones of 1 January 2021 stand in")
        )
        return None
    try:
        population = read_folk1a(making.files[layer], municipalities)
    except InputError as error:
        making.refused(POPULATION, layer, error)
        making.fall_back(
            POPULATION, msg("no figures were fetched; the bundled ones of 1 January 2021 stand in")
        )
        return None
    table = with_population(making.text_table("municipalities"), population, making.credit(layer))
    told = msg("{title}, as on {day}", title=making.title(layer), day=population.day)
    making.choose(POPULATION, "tables", told, municipalities=making.write_csv("municipalities.csv", table))
    return population


def make_boundaries(making: Making, municipalities: pd.DataFrame) -> AreaLayer:
    """Choose boundaries: DAGI, else those of the extract, else GISCO's, else the bundled ones."""
    for layer in ("dagi", EXTRACT, "gisco-lau"):
        if layer not in making.files:
            continue
        try:
            path = _boundary_file(making, layer, municipalities)
            if path is None:
                continue
            areas = read_municipality_areas(path, municipalities)
        except InputError as error:
            making.refused(BOUNDARIES, layer, error)
            continue
        file = making.shown(path)
        told: Message | Bilingual = making.title(layer)
        if layer == EXTRACT:
            told = msg("{title}; drawn by volunteers, not official", title=told)
        credit = making.credit(layer)
        making.choose(BOUNDARIES, "boundaries", told, file=file, credit=credit, date=making.version(layer))
        return areas
    making.fall_back(BOUNDARIES, msg("none of the fetched layers has them whole; the bundled ones stand in"))
    return load_bundled_areas(municipalities)


def _boundary_file(making: Making, layer: str, municipalities: pd.DataFrame) -> Path | None:
    """Give the file that the boundary reader takes; None where the layer has no boundaries worth it."""
    path = making.files[layer]
    if layer == EXTRACT:
        return _osm_boundaries(making, path, municipalities)
    return _danish_part(making, path) if layer == "gisco-lau" else path


def _osm_boundaries(making: Making, extract: Path, municipalities: pd.DataFrame) -> Path | None:
    found = read_osm_areas(extract, municipalities)
    if found.frame.empty:
        making.pass_over(BOUNDARIES, EXTRACT, msg("it has no municipality boundaries"), warn=False)
        return None
    if found.doubtful:
        names = municipalities.set_index("municipality_code")["name"].reindex(found.doubtful)
        listed = ", ".join(names.head(8)) + (" …" if len(names) > 8 else "")
        reason = msg(
            "its boundaries of {count:n} {count:|municipality|municipalities} are not whole: {names}",
            count=len(names),
            names=listed,
        )
        making.pass_over(BOUNDARIES, EXTRACT, reason)
        return None
    path = making.fresh / "boundaries.parquet"
    found.frame.to_parquet(path)
    return path


def _danish_part(making: Making, path: Path) -> Path:
    """Cut a file of all Europe to what the study reads again and again."""
    frame = read_vector(path)
    if COUNTRY not in frame.columns or not (frame[COUNTRY] == "DK").any():
        return path
    target = making.fresh / "boundaries.parquet"
    frame[frame[COUNTRY] == "DK"].to_parquet(target)
    return target


def make_hospitals(making: Making, areas: gpd.GeoDataFrame) -> None:
    """Hold the table of hospitals against the extract; the table decides which hospitals there are."""
    if making.extract is None:
        return
    before = making.text_table("hospitals")
    table, findings = better_hospitals(before, making.extract, areas)
    making.told += findings
    if table is before:
        return
    told = msg("the bundled table, held against {title}", title=making.title(EXTRACT))
    making.choose(HOSPITALS, "tables", told, hospitals=making.write_csv("hospitals.csv", table))


def make_practices(making: Making, areas: gpd.GeoDataFrame) -> None:
    """Choose practices: SOR with the extract's doctors, else the provider register, else doctors alone."""
    doctors = None if making.extract is None else read_osm_doctors(making.extract, areas)[0]
    mapped = doctors is not None and len(doctors) > 0
    if "sor" in making.files:
        try:
            _sor_practices(making, areas, doctors if mapped else None)
        except InputError as error:
            making.refused(PRACTICES, "sor", error)
        else:
            return
    if "provider-register" in making.files:
        layer, kind = "provider-register", "table"
    elif mapped:
        layer, kind = EXTRACT, "osm"
    else:
        if making.extract is not None:
            making.pass_over(PRACTICES, EXTRACT, msg("it has no doctors"), warn=False)
        making.fall_back(PRACTICES, msg("none were fetched; they are modelled from the bundled figures"))
        return
    file, credit = making.shown(making.files[layer]), making.credit(layer)
    making.choose(PRACTICES, "practices", making.title(layer), kind=kind, file=file, credit=credit)


def _sor_practices(making: Making, areas: gpd.GeoDataFrame, doctors: gpd.GeoDataFrame | None) -> None:
    """Make the table of practices from SOR, with the extract's doctors where there are any."""
    practices, findings = read_sor(making.files["sor"], areas)
    named: Message | Bilingual = making.title("sor")
    credit = making.credit("sor")
    if doctors is not None:
        practices, told = merge_practices(practices, doctors, making.lock["sor"].date)
        findings = [*findings, *told]
        named = msg("{title} and {other}", title=named, other=making.title(EXTRACT))
        credit = making.credit("sor", EXTRACT)
    making.told += findings
    file = making.write_csv("practices.csv", _as_table(practices))
    making.choose(PRACTICES, "practices", named, kind="table", file=file, credit=credit)


def _as_table(practices: gpd.GeoDataFrame) -> pd.DataFrame:
    """Write practices the way any table of practices is read, each row with its own source."""
    points = practices.geometry
    return pd.DataFrame(
        {
            "provider": practices["provider"],
            "name": practices["name"],
            "x": points.x.round(1),
            "y": points.y.round(1),
            "valid_from": practices["valid_from"],
            "valid_to": practices["valid_to"],
            "source": practices["source"],
            "precision": practices["precision"],
        }
    )


def make_demand(making: Making, areas: gpd.GeoDataFrame, population: Population | None) -> None:
    """Choose where people live: census grid, else voting areas, else municipalities over addresses."""
    layer = "geostat-grid-2021"
    if layer in making.files:
        try:
            cells = cut_census_grid(making.files[layer], areas)
        except InputError as error:
            making.refused(DEMAND, layer, error)
        else:
            file = making.write_csv("census-grid.csv", cells)
            told = msg("{title}, {cells:n} {cells:|cell|cells}", title=making.title(layer), cells=len(cells))
            making.choose(DEMAND, "demand", told, kind="points", file=file, credit=making.credit(layer))
            return
    if "voting-areas" in making.files:
        _voting_areas(making, making.files["voting-areas"])
    elif population is not None:
        _municipalities_over_dwellings(making, areas, population)
    else:
        making.fall_back(
            DEMAND, msg("no figures were fetched; they are modelled from towns and municipalities")
        )


def _voting_areas(making: Making, path: Path) -> None:
    layer = "voting-areas"
    try:
        columns = [str(name) for name in read_vector(path).columns]
    except InputError as error:
        making.refused(DEMAND, layer, error)
        making.fall_back(
            DEMAND, msg("no figures were fetched; they are modelled from towns and municipalities")
        )
        return
    bands = {f"people_{m[1]}_{m[2]}": name for name in columns if (m := ADULTS.fullmatch(name))}
    counted = "adults" in columns
    people = float(read_vector(path)["adults"].sum()) if counted else 0.0
    told, dwellings = _dwellings(making, people)
    making.choose(
        DEMAND,
        "demand",
        msg("{title}, over {dwellings}", title=making.title(layer), dwellings=told),
        kind="areas",
        file=making.shown(path),
        adults_only=counted,
        credit=making.credit(layer),
        **dwellings,
    )
    if bands:
        making.sections["demand.bands"] = dict(bands)


def _municipalities_over_dwellings(making: Making, areas: gpd.GeoDataFrame, population: Population) -> None:
    layer = "statbank-folk1a"
    people = areas["municipality_code"].map(population.people)
    frame = gpd.GeoDataFrame(
        {"area_id": areas["municipality_code"], "municipality_code": areas["municipality_code"],
         "name": areas["name"], "people": people.fillna(0.0)},
        geometry=areas.geometry.to_numpy(), crs=areas.crs,
    )  # fmt: skip
    frame.to_parquet(making.fresh / "population.parquet")
    told, dwellings = _dwellings(making, float(people.sum()))
    making.choose(
        DEMAND,
        "demand",
        msg("{title}, over {dwellings}", title=making.title(layer), dwellings=told),
        kind="areas",
        file="population.parquet",
        credit=making.credit(layer),
        **dwellings,
    )


def _dwellings(making: Making, people: float) -> tuple[Message, dict[str, object]]:
    """Addresses of the extract where it knows enough of them, else roads that people live along."""
    if making.extract is not None:
        count = len(read_addresses(making.extract))
        if count and count * PER_ADDRESS >= people:
            return msg("{count:n} {count:|address|addresses}", count=count), {
                "addresses": making.shown(making.extract)
            }
    return msg("the roads that people live along"), {}
