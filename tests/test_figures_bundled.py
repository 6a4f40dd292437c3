"""Every figure of the bundled nation: all names stand in their place, none on another."""

import datetime as dt

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from maps.figures.basemap import BaseMap
from maps.figures.cluster_atlas import ClusterAtlas, prepare_clusters
from maps.figures.cluster_figures import cluster_figure, clusters_figure
from maps.figures.names import Written
from maps.figures.sheet import A4, SLIDE, Caption, Format
from pipeline.clusters import build_clusters, split_population
from pipeline.clusters.facilities import build_facilities, facility_clusters, roles_on
from pipeline.clusters.schemes import members_in_view, schemes_in_view
from pipeline.layers import BUNDLED_AREAS, read_municipality_areas
from pipeline.tables import load_table

DAY = dt.date(2018, 12, 31)
SCHEMES = ("klynger-2018", "sundhedsklynger-2022", "sundhedsraad-2027")
TABLES = (
    "municipalities",
    "schemes",
    "clusters",
    "cluster_members",
    "hospitals",
    "hospital_status",
    "hospital_clusters",
)
CAPTION = Caption(
    "Danmarks sundhedsklynger", "2018", "Kilder: se data. " * 20, ("Grænserne er omtrentlige.",)
)


@pytest.fixture(scope="module")
def nation() -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame, pd.DataFrame, gpd.GeoDataFrame, pd.DataFrame]:
    table = {name: load_table(name) for name in (*TABLES, "health_houses")}
    towns = table["municipalities"].set_index("municipality_code")
    areas = read_municipality_areas(BUNDLED_AREAS, table["municipalities"]).frame
    view = schemes_in_view(table["schemes"], DAY)
    members = members_in_view(table["cluster_members"], view)
    people = split_population(members, towns["population"], "once")
    members = members.join(people).assign(
        municipality_name=members["municipality_code"].map(towns["name"]),
        population=members["municipality_code"].map(towns["population"]),
    )
    clusters = build_clusters(areas, members, table["clusters"], pd.Series(1.0, index=towns.index))
    roles = roles_on(table["hospitals"], table["hospital_status"], DAY)
    facilities = build_facilities(table["hospitals"], roles, table["health_houses"], areas)
    return (
        areas,
        clusters,
        members,
        facilities,
        facility_clusters(facilities, members, table["hospital_clusters"], view),
    )


@pytest.fixture(scope="module", params=SCHEMES)
def atlas(request: pytest.FixtureRequest, nation: tuple) -> ClusterAtlas:
    return prepare_clusters(*nation, scheme=request.param)


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> list[tuple[BaseMap, int, list[Written]]]:
    found: list[tuple[BaseMap, int, list[Written]]] = []
    real = BaseMap.names

    def names(self: BaseMap, names: list) -> list[Written]:
        found.append((self, len(names), real(self, names)))
        return found[-1][2]

    monkeypatch.setattr(BaseMap, "names", names)
    return found


def faults(base: BaseMap, asked: int, names: list[Written]) -> list[str]:
    """Names left out, on another name, over an edge, or neither on their area nor tied to it."""
    wrong = [] if len(names) == asked else [f"{asked - len(names)} names are missing"]
    for name in names:
        box = shapely.box(*name.box)
        panel = next(
            (p for p in reversed(base.panels) if shapely.box(*p.box).buffer(0.1).contains(box)), None
        )
        if panel is None:
            wrong.append(f"{name.name.text} over an edge")
        elif name.overlap > 0:
            wrong.append(f"{name.name.text} on another name")
        elif name.name.at.geom_type != "Point" and not name.tied:
            area = panel.shape_to_paper(name.name.at)
            if not area.intersects(box.centroid):
                wrong.append(f"{name.name.text} beside its area")
    return wrong


@pytest.mark.parametrize("form", [A4, SLIDE])
def test_names_of_the_national_map(atlas: ClusterAtlas, form: Format, kept: list) -> None:
    clusters_figure(atlas, CAPTION, form)
    ((base, asked, names),) = kept
    assert asked >= len(atlas.clusters)
    assert {name.name.text for name in names} == {cluster.name for cluster in atlas.clusters.values()}
    assert faults(base, asked, names) == []
    assert {panel.name for panel in base.panels} == {"main", "bornholm", "capital"}


def test_names_of_every_cluster_figure(atlas: ClusterAtlas, kept: list) -> None:
    for number, key in enumerate(atlas.clusters):
        cluster_figure(atlas, key, CAPTION, (A4, SLIDE)[number % 2])
    assert len(kept) == len(atlas.clusters)
    wrong = {key: found for key, told in zip(atlas.clusters, kept, strict=True) if (found := faults(*told))}
    assert wrong == {}


def test_seven_municipalities_of_2018_are_striped(nation: tuple) -> None:
    atlas = prepare_clusters(*nation, scheme="klynger-2018")
    shared = {code for code, ids in atlas.owners.items() if len(ids) > 1}
    assert len(shared) == 7
    for code in shared:
        fills = {atlas.clusters[key].fill for key in atlas.owners[code]}
        assert len(fills) == len(atlas.owners[code])
