"""Inputs from a shared database: the same checks as for files, and a digest of the content."""

import hashlib
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import sqlalchemy

from pipeline.database import DatabaseError
from pipeline.database.inputs import local_copies
from pipeline.errors import CRSError, InputError, SettingsError, TableError
from pipeline.layers import BUNDLED_AREAS
from pipeline.settings import Settings
from pipeline.settings.file import parse_settings
from pipeline.study_inputs import read_inputs
from pipeline.supply.readers import read_practices
from pipeline.tables import GEODATA, load_table
from tests.database_toys import prepared, reader_url
from tests.postgis_server import Server

VARIABLE = "KLYNGEKORT_DATABASE"
STUDY = {"study": {"name": "toy", "title": "T", "as_of": "2022-01-01"}}


@pytest.fixture(scope="module")
def source(postgis: Server) -> str:
    """A database with the bundled municipalities and hospitals, practices, and tables with awkward names."""
    name = prepared(postgis, "inputs")
    postgis.run(name, "CREATE SCHEMA gis", "GRANT USAGE ON SCHEMA gis TO inputs_reader")
    engine = sqlalchemy.create_engine(
        postgis.url(name).replace("postgresql:", "postgresql+psycopg:"), poolclass=sqlalchemy.NullPool
    )
    areas = gpd.read_file(BUNDLED_AREAS)
    hospitals = load_table("hospitals")
    with engine.begin() as connection:
        areas.rename_geometry("geom").to_postgis("areas", connection, schema="gis")
        hospitals.to_sql("hospitals", connection, schema="public", index=False)
        areas.head(2).to_crs("EPSG:25832").to_postgis('Små; DROP--"øer', connection, schema="gis")
    postgis.run(
        name,
        "CREATE TABLE gis.practices (ydernr uuid DEFAULT gen_random_uuid(), navn text, kapacitet numeric(4,1), "
        "aaben boolean, fra date, geom geometry(Point, 4326))",
        "INSERT INTO gis.practices (ydernr, navn, kapacitet, aaben, fra, geom) VALUES "
        "('00000000-0000-0000-0000-000000000002', 'Ærø', 2.5, true, '2020-01-31', ST_Point(10.4, 54.9, 4326)),"
        "('00000000-0000-0000-0000-000000000001', 'Køge', 1, NULL, NULL, ST_Point(12.18, 55.46, 4326))",
        "CREATE VIEW gis.practices_view AS SELECT * FROM gis.practices ORDER BY navn DESC",
        "CREATE TABLE gis.mixed (id int, geom geometry)",
        "INSERT INTO gis.mixed VALUES (1, ST_Point(10, 55, 4326)), (2, ST_Point(5e5, 6.2e6, 25832))",
        "CREATE TABLE gis.two (a geometry(Point, 25832), b geometry(Point, 25832))",
        "GRANT SELECT ON ALL TABLES IN SCHEMA gis TO inputs_reader",
        "GRANT SELECT ON public.hospitals TO inputs_reader",
        "CREATE TABLE gis.secret (id int)",
    )
    return name


@pytest.fixture
def address(source: str, postgis: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """The address of who may only read, in the environment."""
    monkeypatch.setenv(VARIABLE, reader_url(postgis, source))


def settings_of(**sections: dict[str, str]) -> Settings:
    return parse_settings({**STUDY, **sections}, source="s.toml", folder=GEODATA)


@pytest.mark.usefixtures("address")
def test_a_study_reads_boundaries_and_tables_from_the_database(tmp_path: Path) -> None:
    asked = settings_of(boundaries={"file": "postgis:gis.areas"}, tables={"hospitals": "postgis:hospitals"})
    found = local_copies(asked, tmp_path)
    plain = read_inputs(settings_of())
    inputs = read_inputs(found)
    pd.testing.assert_frame_equal(
        inputs.tables["hospitals"].sort_values("hospital_id", ignore_index=True),
        plain.tables["hospitals"].sort_values("hospital_id", ignore_index=True),
    )
    assert inputs.areas.frame["municipality_code"].tolist() == plain.areas.frame["municipality_code"].tolist()
    assert inputs.areas.frame.geometry.geom_equals_exact(plain.areas.frame.geometry, 1e-6).all()
    for layer in ("municipality_areas", "hospitals"):
        (file,) = [file for file in inputs.files if file.name == layer]
        assert file.path.parent == tmp_path
        assert file.sha256 == hashlib.sha256(file.path.read_bytes()).hexdigest()
        assert not file.bundled


@pytest.mark.usefixtures("address")
def test_practices_of_a_view_keep_their_types(tmp_path: Path) -> None:
    asked = settings_of(practices={"kind": "table", "file": "postgis:gis.practices_view"})
    found = local_copies(asked, tmp_path)
    areas = read_inputs(settings_of()).areas.frame
    practices = read_practices(Path(str(found.practices.file)), areas).set_index("name")
    assert practices.loc["Ærø", "capacity"] == 2.5
    assert practices.loc["Ærø", "valid_from"] == pd.Timestamp("2020-01-31")
    assert practices.loc["Ærø", "municipality_code"] == "0492"
    assert pd.isna(practices.loc["Køge", "open_to_new"])


@pytest.mark.usefixtures("address")
def test_the_digest_follows_the_content_and_not_the_order(
    source: str, postgis: Server, tmp_path: Path
) -> None:
    def copy(name: str) -> Path:
        asked = settings_of(practices={"kind": "table", "file": f"postgis:gis.{name}"})
        return Path(str(local_copies(asked, tmp_path).practices.file))

    table, view = copy("practices"), copy("practices_view")
    assert table.read_bytes() == view.read_bytes(), "the view turns the order round"
    postgis.run(source, "UPDATE gis.practices SET kapacitet = kapacitet")  # moves the rows
    assert copy("practices") == table
    postgis.run(source, "UPDATE gis.practices SET kapacitet = 3 WHERE navn = 'Ærø'")
    changed = copy("practices")
    postgis.run(source, "UPDATE gis.practices SET kapacitet = 2.5 WHERE navn = 'Ærø'")
    assert changed != table


@pytest.mark.usefixtures("address")
def test_a_name_that_is_a_statement_is_only_a_name(tmp_path: Path) -> None:
    asked = settings_of(boundaries={"file": 'postgis:gis.Små; DROP--"øer'})
    path = Path(str(local_copies(asked, tmp_path).boundaries.file))
    assert len(gpd.read_parquet(path)) == 2
    assert path.parent == tmp_path
    with pytest.raises(DatabaseError, match="no table or view"):
        local_copies(settings_of(boundaries={"file": "postgis:gis.areas; DROP TABLE gis.areas"}), tmp_path)


@pytest.mark.usefixtures("address")
def test_wrong_tables_are_told_all_at_once(tmp_path: Path) -> None:
    asked = settings_of(
        boundaries={"file": "postgis:gis.nowhere"},
        practices={"kind": "table", "file": "postgis:gis.two"},
        demand={"kind": "points", "file": "postgis:gis.secret"},
    )
    with pytest.raises(DatabaseError) as caught:
        local_copies(asked, tmp_path)
    assert [fault.source for fault in caught.value.faults] == [
        "postgis:gis.nowhere",
        "postgis:gis.secret",
        "postgis:gis.two",
    ]
    assert "not the right" in caught.value.text()
    assert not list(tmp_path.iterdir())


@pytest.mark.usefixtures("address")
def test_a_layer_in_two_crs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CRSError, match="4326, 25832"):
        local_copies(settings_of(boundaries={"file": "postgis:gis.mixed"}), tmp_path)


@pytest.mark.usefixtures("address")
def test_a_table_goes_through_the_same_checks_as_a_file(tmp_path: Path) -> None:
    found = local_copies(settings_of(tables={"hospitals": "postgis:gis.mixed"}), tmp_path)
    with pytest.raises(InputError) as caught:
        read_inputs(found)
    assert isinstance(caught.value, TableError)
    assert "hospital_id" in caught.value.text()


def test_what_is_no_table_is_refused_without_asking_the_database(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"sites\.functions"):
        local_copies(settings_of(sites={"functions": "postgis:functions"}), tmp_path)


def test_without_inputs_in_a_database_none_is_asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    asked = settings_of()
    assert local_copies(asked, tmp_path) is asked
    with pytest.raises(DatabaseError, match="not set"):
        local_copies(settings_of(boundaries={"file": "postgis:areas"}), tmp_path)
