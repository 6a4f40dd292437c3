"""The GeoPackage holds GP coverage as layers that QGIS opens looking like the map."""

from pathlib import Path
from xml.etree import ElementTree as ET

import geopandas as gpd
import pyogrio
import pytest

from maps.files.geopackage import Layer, write_geopackage
from maps.files.gp_layers import POINT_COLUMNS, gp_layers
from maps.files.tables import Origin
from maps.results import COVERAGE_TABLES, POINT_TABLES
from pipeline.schemas import RESULTS
from pipeline.study_result import StudyResult
from tests.gp_toys import gp_study

NAMES = ["practices", "gp_gaps", "demand", "gp_coverage_by_municipality", "gp_coverage_by_cluster"]


@pytest.fixture(scope="module")
def study() -> StudyResult:
    return gp_study()


@pytest.fixture(scope="module")
def layers(study: StudyResult) -> dict[str, Layer]:
    assert study.coverage is not None
    found = study.coverage.tables()
    tables = {name: RESULTS[name].select(found[name]) for name in COVERAGE_TABLES}
    made = gp_layers(tables, study.municipalities, study.clusters, "da")
    return {layer.name: layer for layer in made}


def test_each_layer_is_written_and_read_back(layers: dict[str, Layer], tmp_path: Path) -> None:
    assert list(layers) == NAMES
    origin = Origin(title="T", date="2025-01-01", credit_lines=("K",), notes=())
    path = write_geopackage(tmp_path / "k.gpkg", list(layers.values()), origin)
    kinds = dict(pyogrio.list_layers(path))
    assert {name: kinds[name] for name in NAMES} == {
        "practices": "Point",
        "gp_gaps": "MultiPolygon",
        "demand": "Point",
        "gp_coverage_by_municipality": "MultiPolygon",
        "gp_coverage_by_cluster": "MultiPolygon",
    }
    assert gpd.read_file(path, layer="gp_gaps")["people"].sum() > 0


def test_points_carry_the_verdict_of_their_own_row(study: StudyResult, layers: dict[str, Layer]) -> None:
    assert study.coverage is not None
    points = layers["demand"].frame.set_index("demand_id")
    wanted = study.coverage.covered.set_index("demand_id").loc[points.index]
    assert points["rules_broken"].tolist() == wanted["rules_broken"].tolist()
    assert set(POINT_COLUMNS) <= set(points.columns)


def test_practices_of_other_days_are_marked_and_not_drawn_with_the_rest(
    study: StudyResult, layers: dict[str, Layer]
) -> None:
    assert study.coverage is not None
    serving = dict(zip(study.coverage.practices["practice_id"], study.coverage.serving, strict=True))
    practices = layers["practices"]
    assert len(practices.frame)
    assert practices.frame["serves"].tolist() == [serving[each] for each in practices.frame["practice_id"]]
    assert practices.style is not None
    assert "not &quot;serves&quot;" in practices.style or 'not "serves"' in practices.style


def test_every_gap_falls_in_a_class_of_the_style(layers: dict[str, Layer]) -> None:
    gaps = layers["gp_gaps"]
    assert gaps.style is not None
    style = ET.fromstring(gaps.style)  # noqa: S314  our own text
    classes = {entry.get("value"): entry.get("render") for entry in style.iter("category")}
    kind, sure = gaps.frame["kind"].astype(object), gaps.frame["certainty"].astype(object)
    keys = set(sure.where(sure.notna(), "access").where(kind == "access", kind))
    assert keys <= set(classes)
    assert classes["certain"] == "true"
    assert classes["capacity"] == classes["fragile"] == "false"


def test_tables_by_point_are_written_with_a_row_for_each_point(study: StudyResult) -> None:
    assert study.coverage is not None
    assert set(POINT_TABLES) <= set(COVERAGE_TABLES)
    found = study.coverage.tables()
    tables = {name: RESULTS[name].select(found[name]) for name in POINT_TABLES}
    assert [len(table) for table in tables.values()] == [len(study.demand)] * 2
    assert tables["demand"]["weight"].sum() == pytest.approx(study.demand["weight"].sum())
