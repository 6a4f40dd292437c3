"""Every reader of users' files, with a sound file that it takes: what fuzzing starts from."""

import gzip
import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from maps.operate.verify import read_record
from pipeline.access.drive_times import read_drive_times
from pipeline.demand.dwellings import read_addresses
from pipeline.demand.readers import read_demand
from pipeline.demand.study import read_count_areas
from pipeline.layers import read_municipality_areas
from pipeline.roads.lines import read_road_lines
from pipeline.roads.osm import read_osm
from pipeline.scenarios.file import load_scenario
from pipeline.schemas import BUNDLED
from pipeline.settings import PROJECT, DemandSettings
from pipeline.settings.file import load_settings
from pipeline.settings.roads import RoadSettings
from pipeline.sites.functions_file import load_functions
from pipeline.sites.places import Gazetteer
from pipeline.sites.reader import read_candidates
from pipeline.sources import load_sources
from pipeline.supply.osm import read_osm_doctors
from pipeline.supply.readers import read_practices
from pipeline.supply.sor import read_sor
from pipeline.tables import load_table
from pipeline.travel.network import build_network
from pipeline.travel.network_files import load_network, save_network
from tests.area_toys import country, topojson, towns
from tests.osm_files import Town
from tests.toys import point, toy_areas


@dataclass(frozen=True)
class Door:
    """A reader, and how a sound file for it is made in a folder."""

    name: str
    make: Callable[[Path], Path]
    read: Callable[[Path], object]


def _copied(source: Path) -> Callable[[Path], Path]:
    return lambda folder: Path(shutil.copy(source, folder / source.name))


def _text(name: str, text: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        (folder / name).write_text(text, encoding="utf-8")
        return folder / name

    return make


def _layer(name: str, frame: Callable[[], gpd.GeoDataFrame]) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        path = folder / name
        if path.suffix == ".topojson":
            topojson(frame(), path)
        elif path.suffix == ".parquet":
            frame().to_parquet(path)
        elif path.suffix == ".zip":
            frame().to_file(folder / "inside.shp")
            shutil.make_archive(str(path.with_suffix("")), "zip", folder)
        else:
            frame().to_file(path)
        return path

    return make


def _points() -> gpd.GeoDataFrame:
    columns = {
        "ydernummer": ["000051", "000086"],
        "people": [12, 7.5],
        "navn": ["Ærø", "B"],
        "kapacitet": [1, 2],
    }
    return gpd.GeoDataFrame(columns, geometry=[point(0.5, 0.5), point(1.5, 1.5)], crs="EPSG:25832")


def _lines() -> gpd.GeoDataFrame:
    lines = [shapely.LineString([point(0, 0), point(1, 0)]), shapely.LineString([point(1, 0), point(1, 1)])]
    columns = {"maxspeed": ["50", "80"], "highway": ["primary", "residential"], "oneway": ["yes", "no"]}
    return gpd.GeoDataFrame(columns, geometry=lines, crs="EPSG:25832")


def _counts() -> gpd.GeoDataFrame:
    frame = toy_areas()
    return frame.assign(area_id=frame["municipality_code"], people=np.arange(6) * 10.0)


def _town() -> Town:
    doctor = {"amenity": "doctors", "name": "Lægehuset", "addr__housenumber": "1"}
    town = Town().node(1, 0, 0).node(2, 500, 0, barrier="gate").node(3, 900, 100).node(4, 10, 10, **doctor)
    town.way([1, 2, 3], highway="primary", maxspeed="80", name="Ærøvej").way(
        [3, 1], route="ferry", motorcar="yes"
    )
    return town.relation(
        1, [("way", 1, "from"), ("node", 2, "via")], type="restriction", restriction="no_u_turn"
    )


def _packed(folder: Path) -> Path:
    path = folder / "a.osm.gz"
    path.write_bytes(gzip.compress(_town().text().encode(), mtime=0))
    return path


def _network(folder: Path) -> Path:
    arcs = read_osm(_town().write(folder / "a.osm"), RoadSettings())
    save_network(build_network(arcs), folder / "network.npz")
    return folder / "network.npz"


SOR = (
    "SorId;EntityName;EntityTypeName;ProviderId;FromDate;ToDate;ActivityAddressCoordETRS89z32EMeasure;"
    "ActivityAddressCoordETRS89z32NMeasure\n"
    '="1";Lægerne Æ;almen lægepraksis;000051;2020-01-01;;505000,5;6205000\n'
    '2;"B;C";almen lægepraksis;;01-02-2020;2030-01-01;515000;6205000\n'
)
DEMAND = "grd_id,tot_p_2021,lon,lat\n1km_6205_505,12,9.1,56.0\n1km_6206_505,7.5,9.2,56.1\n"
RECORD = json.dumps(
    {"settings": {"study": {"name": "x", "language": "da"}}, "software": {"code_sha256": ""}, "inputs": []}
)


@cache
def _gazetteer() -> Gazetteer:
    return Gazetteer(load_table("settlements"), load_table("municipalities"))


@cache
def _towns() -> pd.DataFrame:
    return load_table("settlements")


def _doors() -> Iterator[Door]:
    for name in BUNDLED:
        path = PROJECT / "geodata" / f"{name}.csv"
        if path.exists() and path.stat().st_size < 100_000:
            yield Door(f"table-{name}", _copied(path), lambda at, name=name: load_table(name, at))
    yield Door("drive-times", _copied(PROJECT / "geodata" / "reference_drive_times.csv"), read_drive_times)
    for name in ("denmark", "own-data", "gp-coverage"):
        yield Door(f"settings-{name}", _copied(PROJECT / "config" / f"{name}.toml"), load_settings)
    yield Door("sources", _copied(PROJECT / "geodata" / "sources.toml"), load_sources)
    yield Door("functions", _copied(PROJECT / "config" / "functions.toml"), load_functions)
    yield Door("scenario", _copied(PROJECT / "config" / "scenario-example.toml"), load_scenario)
    candidates = PROJECT / "config" / "candidates-example.csv"

    def read_sites(path: Path) -> object:
        return read_candidates(path, toy_areas(), _gazetteer(), load_functions())

    yield Door("candidates-csv", _copied(candidates), read_sites)
    for ending in ("gpkg", "geojson", "parquet"):
        yield Door(f"candidates-{ending}", _layer(f"a.{ending}", _points), read_sites)
    for ending in ("gpkg", "geojson", "topojson", "parquet", "zip"):
        make = _layer(f"a.{ending}", country)
        yield Door(f"areas-{ending}", make, lambda at: read_municipality_areas(at, towns()))
    yield Door("demand-csv", _text("d.csv", DEMAND), lambda at: read_demand(at, toy_areas(), _towns()))
    for ending in ("gpkg", "geojson"):
        make = _layer(f"d.{ending}", _points)
        yield Door(f"demand-{ending}", make, lambda at: read_demand(at, toy_areas(), _towns()))
    counts = DemandSettings.model_construct(columns={}, bands={}, layer=None, crs=None)
    yield Door("counts", _layer("c.geojson", _counts), lambda at: read_count_areas(counts, at))
    yield Door("practices", _layer("p.geojson", _points), lambda at: read_practices(at, toy_areas()))
    yield Door("sor", _text("sor.csv", SOR), lambda at: read_sor(at, toy_areas()))
    for ending in ("gpkg", "geojson", "parquet"):
        yield Door(
            f"lines-{ending}", _layer(f"l.{ending}", _lines), lambda at: read_road_lines(at, RoadSettings())
        )
    for name, make in {"osm": lambda at: _town().write(at / "a.osm"), "osm-gz": _packed}.items():
        yield Door(f"roads-{name}", make, lambda at: read_osm(at, RoadSettings()))
        yield Door(f"doctors-{name}", make, lambda at: read_osm_doctors(at, toy_areas()))
        yield Door(f"addresses-{name}", make, read_addresses)
    yield Door("network", _network, load_network)
    yield Door("record", _text("provenance.json", RECORD), lambda at: read_record(at.parent))


DOORS = {door.name: door for door in _doors()}
