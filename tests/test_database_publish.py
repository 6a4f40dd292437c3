"""Results in a shared database: a run whole or not at all, for readers to read and no more."""

import json
from pathlib import Path

import geopandas as gpd
import psycopg
import pytest
import sqlalchemy
from typer.testing import CliRunner

from maps.cli import app
from maps.files.database import publish_run, read_run, run_id
from maps.files.database_setup import setup_sql
from maps.files.database_tables import result_table, runs_table, shape_type
from pipeline.database import DatabaseError
from pipeline.errors import MissingInputError, OutputError
from pipeline.messages import translator
from pipeline.schemas import RESULTS
from pipeline.settings import PROJECT
from pipeline.settings.database import DatabaseSettings
from tests.database_toys import TABLES, prepared, reader_url, toy_run, writer_url
from tests.postgis_server import Server

VARIABLE = "KLYNGEKORT_DATABASE"


@pytest.fixture
def shared(postgis: Server, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """A database of the test's own, its writer's address in the environment."""
    name = f"p{abs(hash(request.node.name)) % 10**9}"
    monkeypatch.setenv(VARIABLE, writer_url(postgis, prepared(postgis, name)))
    return name


def settings_for(schema: str) -> DatabaseSettings:
    return DatabaseSettings(results_schema=schema)


def counts(server: Server, name: str) -> dict[str, int]:
    return {
        table: server.rows(name, f'SELECT count(*) FROM "{name}"."{table}"')[0][0]
        for table in ("runs", *TABLES)
    }


def test_a_run_comes_out_of_the_database_as_it_went_in(shared: str, postgis: Server, tmp_path: Path) -> None:
    run = read_run(toy_run(tmp_path))
    done = publish_run(run, settings_for(shared))
    assert (done.again, dict(done.rows)) == (False, {"catchments": 2, "clusters": 2, "facility_clusters": 1})
    engine = sqlalchemy.create_engine(
        reader_url(postgis, shared).replace("postgresql:", "postgresql+psycopg:"),
        poolclass=sqlalchemy.NullPool,
    )
    with engine.connect() as connection:
        query = f"SELECT * FROM {shared}.latest_clusters ORDER BY cluster_id"
        back = gpd.read_postgis(sqlalchemy.text(query), connection, geom_col="geometry")
    sent = run.tables["clusters"]
    assert back.crs == "EPSG:25832"
    assert set(back["run_id"]) == {run.run_id}
    assert back.geometry[1].equals_exact(sent.geometry[1], 0)
    assert back.geometry[0].geom_type == "MultiPolygon"
    assert back.geometry[0].equals(sent.geometry[0])
    exact = ["name", "population", "area_km2", "has_acute"]
    assert back[exact].to_numpy().tolist() == sent[exact].to_numpy().tolist()
    assert back["gps"].isna().tolist() == [False, True]
    assert back["shared_municipalities"].fillna("–").tolist() == ["–", "Køge"]


def test_the_same_run_takes_its_own_place_and_another_stands_beside_it(
    shared: str, postgis: Server, tmp_path: Path
) -> None:
    first = read_run(toy_run(tmp_path / "one"))
    publish_run(first, settings_for(shared))
    assert publish_run(first, settings_for(shared)).again
    assert counts(postgis, shared) == {"runs": 1, "clusters": 2, "catchments": 2, "facility_clusters": 1}
    second = read_run(toy_run(tmp_path / "two", population=200))
    other = read_run(toy_run(tmp_path / "three", study="other"))
    assert len({first.run_id, second.run_id, other.run_id}) == 3
    for run in (second, other):
        publish_run(run, settings_for(shared))
    assert counts(postgis, shared)["clusters"] == 6
    query = f"SELECT run_id, population FROM {shared}.latest_clusters WHERE cluster_id = 'north' ORDER BY 2"
    assert postgis.rows(shared, query) == [(other.run_id, 100), (second.run_id, 200)]
    publish_run(first, settings_for(shared))
    assert (first.run_id, 100) in postgis.rows(shared, query), "published last"


def test_tables_have_keys_indexes_and_comments(shared: str, postgis: Server, tmp_path: Path) -> None:
    publish_run(read_run(toy_run(tmp_path)), settings_for(shared))
    indexes = dict(
        postgis.rows(shared, f"SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = '{shared}'")
    )
    assert "USING gist (geometry)" in indexes["clusters_geometry_gist"]
    assert "UNIQUE" in indexes["clusters_key"]
    assert "(run_id, scheme, cluster_id)" in indexes["clusters_key"]
    assert "catchments_municipality_code" in indexes
    assert ("clusters", "MULTIPOLYGON", 25832) in postgis.rows(
        shared, "SELECT f_table_name, type, srid FROM geometry_columns"
    )
    told = postgis.rows(
        shared,
        "SELECT obj_description(c.oid), col_description(c.oid, a.attnum) FROM pg_class c "
        "JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'area_km2' "
        f"WHERE c.relname IN ('clusters', 'latest_clusters') AND c.relnamespace = '{shared}'::regnamespace "
        "ORDER BY c.relname",
    )
    assert told[0][0].startswith(
        "Klyngerne i hver ordning med nøgletal. Seneste: Legetøj, data fra 2021-01-01."
    )
    assert [column for _, column in told] == ["klyngens areal (km²)"] * 2


def test_a_table_from_an_earlier_version_gets_the_new_columns(
    shared: str, postgis: Server, tmp_path: Path
) -> None:
    run = read_run(toy_run(tmp_path))
    publish_run(run, settings_for(shared))
    postgis.run(
        shared,
        f"DROP VIEW {shared}.latest_clusters",
        f"ALTER TABLE {shared}.clusters DROP COLUMN gps, DROP COLUMN geometry",
    )
    publish_run(run, settings_for(shared))
    query = f"SELECT gps, ST_SRID(geometry) FROM {shared}.latest_clusters ORDER BY cluster_id"
    assert postgis.rows(shared, query) == [(2.5, 25832), (None, 25832)]


def test_a_reader_reads_and_can_do_nothing_else(shared: str, postgis: Server, tmp_path: Path) -> None:
    publish_run(read_run(toy_run(tmp_path)), settings_for(shared))
    with psycopg.connect(reader_url(postgis, shared), autocommit=True) as reader:
        assert reader.execute(f"SELECT count(*) FROM {shared}.latest_clusters").fetchone() == (2,)
        for statement in (
            f"INSERT INTO {shared}.facility_clusters VALUES ('x')",
            f"UPDATE {shared}.clusters SET name = 'x'",
            f"DELETE FROM {shared}.runs",
            f"TRUNCATE {shared}.runs CASCADE",
            f"DROP TABLE {shared}.clusters",
            f"CREATE TABLE {shared}.mine (a int)",
            "CREATE TABLE public.mine (a int)",
            f"DELETE FROM {shared}.latest_clusters",
        ):
            with pytest.raises(
                (psycopg.errors.InsufficientPrivilege, psycopg.errors.ObjectNotInPrerequisiteState)
            ):
                reader.execute(statement)
    assert counts(postgis, shared)["clusters"] == 2


def test_the_writer_makes_no_roles_databases_or_schemas(shared: str, postgis: Server) -> None:
    with psycopg.connect(writer_url(postgis, shared), autocommit=True) as writer:
        for statement in (
            "CREATE ROLE friend",
            "CREATE DATABASE own",
            "CREATE SCHEMA own",
            "CREATE TABLE public.mine (a int)",
            "SELECT * FROM pg_authid",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                writer.execute(statement)


def test_a_connection_lost_in_the_middle_leaves_the_earlier_run_alone(
    shared: str, postgis: Server, tmp_path: Path
) -> None:
    first = read_run(toy_run(tmp_path / "one"))
    publish_run(first, settings_for(shared))
    before = counts(postgis, shared)

    def kill(table: str) -> None:
        if table == "facility_clusters":  # the last: all other rows are on their way
            postgis.run(
                shared,
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE application_name = 'klyngekort' AND datname = current_database()",
            )

    second = read_run(toy_run(tmp_path / "two", population=200))
    with pytest.raises(OutputError) as caught:
        publish_run(second, settings_for(shared), progress=kill)
    assert "earlier runs are untouched" in caught.value.text()
    assert "the server ended the connection" in caught.value.text()
    assert counts(postgis, shared) == before
    assert postgis.rows(shared, f"SELECT run_id FROM {shared}.runs") == [(first.run_id,)]
    publish_run(second, settings_for(shared))
    assert counts(postgis, shared)["runs"] == 2, "the next run heals"


def test_a_failed_renewal_leaves_the_same_run_as_it_was(shared: str, postgis: Server, tmp_path: Path) -> None:
    run = read_run(toy_run(tmp_path))
    publish_run(run, settings_for(shared))

    def stop(table: str) -> None:
        if table == "facility_clusters":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        publish_run(run, settings_for(shared), progress=stop)
    assert counts(postgis, shared) == {"runs": 1, "clusters": 2, "catchments": 2, "facility_clusters": 1}


@pytest.mark.parametrize(
    ("postgis_there", "schema_there", "told"),
    [(False, False, "a database without PostGIS"), (True, False, "no such schema")],
)
def test_a_database_that_is_not_set_up_is_refused_with_the_mend(
    postgis: Server,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    *,
    postgis_there: bool,
    schema_there: bool,
    told: str,
) -> None:
    name = prepared(postgis, f"bare{int(postgis_there)}", postgis=postgis_there, schema=schema_there)
    monkeypatch.setenv(VARIABLE, writer_url(postgis, name))
    with pytest.raises(DatabaseError, match=told) as caught:
        publish_run(read_run(toy_run(tmp_path)), settings_for(name))
    assert "CREATE EXTENSION" in str(caught.value) or "--show-setup" in str(caught.value)


def test_a_role_that_only_reads_is_told_what_it_lacks(
    shared: str, postgis: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(VARIABLE, reader_url(postgis, shared))
    with pytest.raises(DatabaseError, match="a schema that this user may not write to"):
        publish_run(read_run(toy_run(tmp_path)), settings_for(shared))


def test_a_session_that_may_only_read_is_told_so(shared: str, postgis: Server, tmp_path: Path) -> None:
    postgis.run(shared, f'ALTER ROLE "{shared}_writer" SET default_transaction_read_only = on')
    with pytest.raises(OutputError, match="the connection is read-only"):
        publish_run(read_run(toy_run(tmp_path)), settings_for(shared))


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("", "ikke er sat"),
        ("mysql://anna:hemmelig@host/db", "mysql"),
        ("hemmelig", "ikke er en adresse"),
        ("postgresql://anna:hemmelig@host:nonsense/db", "ikke er en adresse"),
        ("postgresql://anna:hemmelig@/db?host=/nowhere", "afviste"),
        ("postgresql://anna:hemmelig@/db?nonsense=1&host=/nowhere", "afviste"),
    ],
)
def test_a_wrong_address_ends_with_2_and_never_shows_the_password(
    address: str, told: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(VARIABLE, address)
    toy_run(tmp_path / "denmark")
    result = CliRunner().invoke(app, ["publish-db", "--out", str(tmp_path), "--verbose"])
    assert result.exit_code == 2
    assert told in result.output
    assert "hemmelig" not in result.output
    assert "Traceback" not in result.output


def test_a_wrong_password_is_told_and_not_shown(
    shared: str, postgis: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(VARIABLE, postgis.url(shared, f"{shared}_writer", "forkert-kode"))
    toy_run(tmp_path / "denmark")
    result = CliRunner().invoke(app, ["publish-db", "--out", str(tmp_path), "--lang", "en"])
    assert result.exit_code == 2
    assert "the user name or password is not accepted" in result.output
    assert "forkert-kode" not in result.output


def test_the_command_publishes_and_says_what(shared: str, postgis: Server, tmp_path: Path) -> None:
    config = tmp_path / "study.toml"
    config.write_text(
        f'[study]\nname = "toy"\ntitle = "T"\nas_of = 2021-01-01\n[database]\nresults_schema = "{shared}"\n'
    )
    toy_run(tmp_path / "out" / "toy")
    args = ["publish-db", "--config", str(config), "--out", str(tmp_path / "out")]
    result = CliRunner().invoke(app, args)
    assert result.exit_code == 0, result.output
    assert "3 tabeller, 5 rækker" in result.output
    assert "den er skrevet på ny" in CliRunner().invoke(app, args).output
    assert counts(postgis, shared)["runs"] == 1


def test_without_results_the_command_says_what_to_run_first(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["publish-db", "--out", str(tmp_path), "--lang", "en"])
    assert result.exit_code == 2
    assert "klyngekort maps" in result.output


def test_damaged_results_are_told_all_at_once(tmp_path: Path) -> None:
    toy_run(tmp_path)
    tables = tmp_path / "tables"
    (tables / "clusters.parquet").write_bytes(b"PAR1 cut off")
    (tables / "wonders.parquet").write_bytes((tables / "catchments.parquet").read_bytes())
    (tables / "facility_clusters.parquet").write_bytes((tables / "catchments.parquet").read_bytes())
    with pytest.raises(MissingInputError) as caught:
        read_run(tmp_path)
    assert [Path(fault.source).stem for fault in caught.value.faults] == [
        "clusters",
        "facility_clusters",
        "wonders",
    ]


def test_the_run_id_follows_what_results_are_made_from_and_nothing_else(tmp_path: Path) -> None:
    record = json.loads((toy_run(tmp_path) / "provenance.json").read_text())
    assert run_id(record) == run_id({**record, "timings": {"roads": 1.5}, "warnings": []})
    assert run_id(record) != run_id({**record, "settings": {}})


def test_every_result_has_a_table_with_its_key(tmp_path: Path) -> None:
    say = translator("da")
    for name, contract in RESULTS.items():
        metadata = sqlalchemy.MetaData(schema="s")
        runs_table(metadata, say)
        columns = [*contract.columns, "data_date"]
        table = result_table(contract, columns, metadata, say, "")
        assert [column.name for column in table.columns] == ["run_id", *columns]
        assert all(column.comment for column in table.columns), name
        assert len(f"latest_{name}") < 64
        assert all(len(index.name) < 64 for index in table.indexes)


@pytest.mark.parametrize(
    ("allowed", "expected"),
    [
        (("Point",), "POINT"),
        (("Polygon", "MultiPolygon"), "MULTIPOLYGON"),
        (("MultiPolygon",), "MULTIPOLYGON"),
        (("LineString",), "MULTILINESTRING"),
        (("Point", "Polygon"), "GEOMETRY"),
    ],
)
def test_geometry_columns_hold_one_type_where_that_is_possible(
    allowed: tuple[str, ...], expected: str
) -> None:
    assert shape_type(allowed) == expected


def test_the_documented_setup_is_the_one_that_is_tested() -> None:
    assert setup_sql("klyngekort") in (PROJECT / "docs" / "database.md").read_text(encoding="utf-8")
