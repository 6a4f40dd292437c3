"""A toy run in a results folder, and a database set up for it the way an administrator would."""

import json
from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely

from maps.files.database_setup import setup_sql
from maps.files.tables import Origin, write_tables
from tests.postgis_server import Server

WRITER_PASSWORD = "skriv'%40;--"  # noqa: S105  awkward on purpose
LITERAL = "'{}'".format(WRITER_PASSWORD.replace("'", "''"))
READER_PASSWORD = "laes"  # noqa: S105
TABLES = ("clusters", "catchments", "facility_clusters")


def prepared(server: Server, name: str, *, postgis: bool = True, schema: bool = True) -> str:
    """Make a database with the roles; roles belong to the server, so that of the schema is named after it."""
    if postgis and not server.rows("postgres", "SELECT 1 FROM pg_database WHERE datname = 'with_postgis'"):
        server.run("postgres", "CREATE DATABASE with_postgis")
        server.run("with_postgis", "CREATE EXTENSION postgis")  # half a second that every test would pay
    template = "with_postgis" if postgis else "template1"
    server.run("postgres", f'CREATE DATABASE "{name}" TEMPLATE {template} STRATEGY file_copy')
    if schema:
        server.run(name, *setup_sql(name).strip().splitlines())
    else:
        server.run(name, f'CREATE ROLE "{name}_writer" LOGIN', f'CREATE ROLE "{name}_reader"')
    server.run(
        name,
        f'ALTER ROLE "{name}_writer" PASSWORD {LITERAL}',
        f'CREATE ROLE "{name}_anna" LOGIN PASSWORD \'{READER_PASSWORD}\' IN ROLE "{name}_reader"',
    )
    return name


def writer_url(server: Server, name: str) -> str:
    """Address for who publishes; the password is written as an address wants it."""
    return server.url(name, f"{name}_writer", "skriv%27%2540%3B--")


def reader_url(server: Server, name: str) -> str:
    """Address for who reads."""
    return server.url(name, f"{name}_anna", READER_PASSWORD)


def toy_run(folder: Path, *, population: int = 100, study: str = "toy") -> Path:
    """Write a run of three small tables with its provenance."""
    square = shapely.box(500_000, 6_200_000, 510_000, 6_210_000)
    clusters = gpd.GeoDataFrame(
        {
            "scheme": "a",
            "cluster_id": ["north", "south"],
            "name": ["Nord'; DROP TABLE runs; --", "Ærø"],
            "full_name": ["Klynge Nord", "Klynge Syd"],
            "region": "Region Øst",
            "municipalities": [1, 2],
            "shared_municipalities": [None, "Køge"],
            "population": [population, 50],
            "population_full": [population, 60],
            "area_km2": [100.0, 0.1 + 0.2],
            "acute_hospitals": [1, 0],
            "hospitals": [1, 0],
            "health_houses": [0, 3],
            "gps": [2.5, float("nan")],
            "gps_precision": "modelled",
            "has_acute": [True, False],
            "colour": [0, 1],
            "evidence": "stated",
            "source": "toy",
            "precision": "approximate",
        },
        geometry=[square, shapely.MultiPolygon([square, shapely.box(0, 0, 1 / 3, 1)])],
        crs="EPSG:25832",
    )
    catchments = pd.DataFrame(
        {
            "scheme": "a",
            "municipality_code": ["0101", "0102"],
            "municipality_name": ["Ærø", "Køge"],
            "facility_id": ["hospital-one", None],
            "facility_name": ["Et", None],
            "status": ["ok", "no_way"],
            "people": [10.0, 1.0],
            "people_share": [1.0, 1.0],
            "travel_min_median": [12.3, None],
            "travel_min_p90": [15.0, None],
            "own_cluster": pd.array([True, None], dtype="boolean"),
        }
    )
    pairs = pd.DataFrame(
        {"scheme": ["a"], "cluster_id": ["north"], "facility_id": ["hospital-one"], "basis": ["both"]}
    )
    tables = dict(zip(TABLES, (clusters, catchments, pairs), strict=True))
    write_tables(folder / "tables", tables, Origin("Legetøj", "2021-01-01", ("toy",)))
    record = {
        "software": {"name": "klyngekort", "version": "1"},
        "inputs": [{"layer": "clusters", "sha256": f"{population:064d}"}],
        "settings": {"study": {"name": study, "title": "Legetøj", "as_of": "2021-01-01"}},
        "counts": {},
        "warnings": ["Pas på"],
        "credits": ["toy"],
    }
    (folder / "provenance.json").write_text(json.dumps(record), encoding="utf-8")
    return folder
