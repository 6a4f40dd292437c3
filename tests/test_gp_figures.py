"""Figures on GP coverage: the country, each region and each cluster, as the settings ask."""

from pathlib import Path

import pytest
import shapely

from maps.figures.cluster_atlas import ClusterAtlas, prepare_clusters
from maps.figures.figure_pool import FigurePool
from maps.figures.gp_figure import coverage_area_figure, prepare_coverage
from maps.figures.gp_figure_set import coverage_orders
from maps.figures.sheet import Caption
from pipeline.messages import translator
from pipeline.study_result import StudyResult
from tests.gp_toys import gp_study

CAPTION = Caption("T", "U", "Kilde: prøve", (), "da")


@pytest.fixture(scope="module")
def study() -> StudyResult:
    return gp_study()


@pytest.fixture(scope="module")
def atlas(study: StudyResult) -> ClusterAtlas:
    return prepare_clusters(
        study.municipalities,
        study.clusters,
        study.cluster_members,
        study.facilities.assign(role="open"),
        study.facility_clusters,
        scheme=study.shown_scheme,
    )


def drawn(study: StudyResult, atlas: ClusterAtlas, folder: Path, **maps: object) -> list[str]:
    chosen = study.settings.maps.model_copy(update={"figure_formats": ("svg",), **maps})
    settings = study.settings.model_copy(update={"maps": chosen})
    object.__setattr__(study, "settings", settings)
    with FigurePool() as pool:
        files = [
            path
            for source, orders in coverage_orders(study, atlas, CAPTION)
            for path in pool.draw(source, orders, folder)
        ]
    return [file.name for file in files]


def test_the_settings_choose_the_places(study: StudyResult, atlas: ClusterAtlas, tmp_path: Path) -> None:
    country = ["gp-coverage.svg", "gp-coverage-slide.png"]
    assert drawn(study, atlas, tmp_path, coverage_figures=()) == country
    shown = study.clusters[study.clusters["scheme"] == study.shown_scheme]
    clusters = [f"gp-coverage-{key}.svg" for key in sorted(shown["cluster_id"])]
    assert drawn(study, atlas, tmp_path, coverage_figures=("clusters",)) == [*country, *clusters]
    regions = drawn(study, atlas, tmp_path, coverage_figures=("regions",))[2:]
    assert len(regions) == study.municipalities["region_2007"].nunique()
    assert all(name.isascii() for name in regions)


def test_a_figure_tells_the_people_of_its_own_place(
    study: StudyResult, atlas: ClusterAtlas, tmp_path: Path
) -> None:
    drawn(study, atlas, tmp_path, coverage_figures=("clusters",))
    assert study.coverage is not None
    sums = study.coverage.by_cluster
    row = sums[(sums["scheme"] == study.shown_scheme) & (sums["people_any"] > 0)].iloc[0]
    text = (tmp_path / f"gp-coverage-{row['cluster_id']}.svg").read_text(encoding="utf-8")
    say = translator("da")
    assert f"{say.number(row['people_any'])} af {say.number(row['people'])} borgere" in text


def test_only_gaps_of_the_place_are_outlined(study: StudyResult, atlas: ClusterAtlas) -> None:
    assert study.coverage is not None
    assert study.coverage_zones is not None
    source = prepare_coverage(study.coverage, study.coverage_zones, atlas, translator("da"))
    assert source is not None
    towns = set(source.gaps["municipality_code"])
    assert len(source.over(["9999"]).lines) == 0
    one = min(towns)
    mine = shapely.box(*source.detailed.loc[[one]].total_bounds).buffer(1_000)
    assert all(mine.contains(line) for line in source.over([one]).lines[0].shapes)
    assert {name for name, _ in source.over([one]).names} <= set(
        source.gaps.loc[source.gaps["municipality_code"] == one, "name"]
    )
    with pytest.raises(KeyError):
        coverage_area_figure(source, ("9999",), CAPTION)
