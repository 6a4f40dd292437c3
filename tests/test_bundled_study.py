"""The bundled study from end to end: what Denmark's clusters must add up to."""

import dataclasses
import datetime as dt
from pathlib import Path

import pandas as pd
import pytest

from pipeline.clusters.comparison import compare_schemes
from pipeline.errors import InputError, SettingsError
from pipeline.settings import PROJECT, Settings
from pipeline.settings.file import load_settings, parse_settings
from pipeline.study import run_study
from pipeline.study_clusters import members_of_study
from pipeline.study_inputs import read_inputs
from pipeline.study_result import StudyResult
from pipeline.tables import load_table
from tests.found import some

SEVEN = {"Faxe", "Jammerbugt", "Kalundborg", "København", "Lejre", "Roskilde", "Vordingborg"}


@pytest.fixture(scope="module")
def settings() -> Settings:
    return load_settings(PROJECT / "config" / "denmark.toml")


@pytest.fixture(scope="module")
def study(settings: Settings) -> StudyResult:
    return run_study(settings, read_inputs(settings), gaps=False, sites=False)


def _of(frame: pd.DataFrame, scheme: str) -> pd.DataFrame:
    return frame[frame["scheme"] == scheme]


def test_2018_has_22_clusters_and_105_pairs_of_which_one_is_inferred(study: StudyResult) -> None:
    members = _of(study.cluster_members, "klynger-2018")
    assert study.shown_scheme == "klynger-2018"
    assert len(_of(study.clusters, "klynger-2018")) == 22
    assert len(members) == 105
    assert (members["evidence"] == "sourced").sum() == 104
    assert members.loc[members["evidence"] != "sourced", "municipality_name"].tolist() == ["Køge"]


def test_the_seven_shared_municipalities_and_klynge_syd_are_reported(study: StudyResult) -> None:
    members = _of(study.cluster_members, "klynger-2018")
    assert set(members.loc[members["shared"], "municipality_name"]) == SEVEN
    told = {f.kind: f for f in study.findings if f.scheme == "klynger-2018"}
    assert str(told["cluster_without_acute_hospital"].message).startswith("Klynge Syd")
    assert set(str(told["shared_municipality"].message).split(": ")[1].split(", ")) == SEVEN


@pytest.mark.parametrize("scheme", ["klynger-2018", "sundhedsklynger-2022", "sundhedsraad-2027"])
def test_the_clusters_add_up_to_the_country(study: StudyResult, scheme: str) -> None:
    inside = _of(study.clusters, scheme)["population"].sum()
    assert inside == 5_840_045 - 90  # all but Christiansø, which is in no municipality and no cluster
    assert study.population_check.loc[scheme, ["outside", "country", "difference"]].tolist() == [
        90,
        5_840_045,
        0,
    ]


def test_21_hospitals_are_acute_and_each_2018_cluster_but_one_has_its_own(study: StudyResult) -> None:
    acute = study.facilities[study.facilities["role"] == "acute"]
    assert len(acute) == 21
    clusters = _of(study.clusters, "klynger-2018").set_index("cluster_id")
    assert clusters.index[clusters["acute_hospitals"] == 0].tolist() == ["nor-syd"]
    assert clusters["acute_hospitals"].sum() == 21


def test_every_facility_has_a_municipality_and_a_reason(study: StudyResult) -> None:
    facilities = study.facilities
    assert facilities["municipality_code"].notna().all()
    assert set(facilities["status"]) <= {"ok", "snapped", "municipality_differs", "no_point"}
    assert facilities["facility_id"].is_unique


def test_neighbouring_clusters_differ_in_colour_in_every_scheme(study: StudyResult) -> None:
    for scheme, rows in some(study.clusters.groupby("scheme")):
        pairs = rows.sjoin(rows[["cluster_id", "colour", "geometry"]], predicate="intersects")
        neighbours = pairs[pairs["cluster_id_left"] != pairs["cluster_id_right"]]
        assert (neighbours["colour_left"] != neighbours["colour_right"]).all(), scheme
        assert rows["colour"].between(0, 5).all()


def test_modelled_gps_add_up_to_the_regions_figures(study: StudyResult) -> None:
    assert _of(study.clusters, "klynger-2018")["gps"].sum() == pytest.approx(3_326, abs=2)


def test_what_the_roads_leave_out_and_guess_is_told(study: StudyResult) -> None:
    links = load_table("links")
    used = links[(links["kind"] == "ferry") & (links["status"] == "open") & links["domestic"].astype(bool)]
    told = [str(finding.message) for finding in study.findings if finding.kind == "roads"]
    assert f"Crossings by car ferry: {int(used['car_ferry'].sum())}" in told
    assert f"Ferries without cars, left out: {int((~used['car_ferry'].astype(bool)).sum())}" in told
    assert "Towns joined across water where no bridge or ferry is listed: 1" in told


def test_only_rudersdal_moves_to_a_new_cluster_in_2022(study: StudyResult, settings: Settings) -> None:
    names = read_inputs(settings).tables["clusters"]
    changes = compare_schemes(study.cluster_members, names, "klynger-2018", "sundhedsklynger-2022")
    by_kind = changes.groupby("change")["municipality_name"].apply(set)
    assert by_kind["moves"] == {"Rudersdal"}
    assert by_kind["leaves_one"] == SEVEN - {"København"}
    assert set(changes["change"]) == {"stays", "moves", "leaves_one"}


def test_haderslev_and_kolding_stand_as_the_papers_have_them(study: StudyResult) -> None:
    houses = study.houses.set_index("house_id")
    columns = ["floor_area_m2", "total_cost_mio_dkk", "regional_share_pct", "municipal_share_pct"]
    assert houses.loc["haderslev", columns].astype(float).tolist() == [5200, 76, 40, 60]
    assert houses.loc["kolding-laasbyhoej", columns].astype(float).tolist() == [6000, 50, 32, 68]


def test_a_day_without_a_scheme_is_refused(settings: Settings) -> None:
    other = settings.model_copy(
        update={"study": settings.study.model_copy(update={"as_of": dt.date(1999, 1, 1)})}
    )
    with pytest.raises(SettingsError, match="1999-01-01"):
        members_of_study(other, read_inputs(settings))


def test_faults_of_several_tables_are_told_together(tmp_path: Path) -> None:
    for name, change in (("hospitals", ("0101", "9999")), ("cluster_members", ("0217", "0999"))):
        text = (PROJECT / "geodata" / f"{name}.csv").read_text(encoding="utf-8")
        (tmp_path / f"{name}.csv").write_text(text.replace(*change), encoding="utf-8")
    raw = {
        "study": {"name": "x", "title": "X", "as_of": dt.date(2018, 12, 31)},
        "tables": {"hospitals": "hospitals.csv", "cluster_members": "cluster_members.csv"},
    }
    with pytest.raises(InputError) as caught:
        read_inputs(parse_settings(raw, source="my.toml", folder=tmp_path))
    text = str(caught.value)
    assert "9999" in text
    assert "0999" in text


@pytest.mark.testdata
@pytest.mark.parametrize("name", ["municipalities-2025.gpkg", "dagi-2015-parts.geojson"])
def test_real_boundary_files_give_the_same_membership(
    study: StudyResult, settings: Settings, testdata: Path, name: str
) -> None:
    own = settings.model_copy(
        update={"boundaries": settings.boundaries.model_copy(update={"file": testdata / "boundaries" / name})}
    )
    real = run_study(own, read_inputs(own), gaps=False, sites=False)
    columns = ["scheme", "cluster_id", "municipality_code", "population_part"]
    assert real.cluster_members[columns].equals(study.cluster_members[columns])
    assert real.clusters[["scheme", "cluster_id", "population"]].equals(
        study.clusters[["scheme", "cluster_id", "population"]]
    )
    assert set(real.clusters["precision"]) == {"measured"}
    land = _of(real.clusters, "sundhedsraad-2027")["area_km2"].sum()
    assert land == pytest.approx(42_950, rel=0.01)  # Denmark's land area, Danmarks Statistik
    assert dataclasses.is_dataclass(real)
