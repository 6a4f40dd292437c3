"""Clusters: population splits, polygons, colours."""

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from pipeline.clusters import (
    build_clusters,
    check_population,
    cluster_polygons,
    neighbour_colours,
    split_population,
)
from pipeline.evidence import weakest_evidence
from tests.found import some
from tests.toys import CODES, SIDE, toy_areas, toy_members, toy_names, toy_population


@given(st.lists(st.integers(0, 10**6), min_size=6, max_size=6))
def test_split_once_counts_everybody_once(people: list[int]) -> None:
    members, population = toy_members(), pd.Series(people, index=list(CODES))
    parts = members.join(split_population(members, population, "once"))
    for scheme, rows in some(parts.groupby("scheme")):
        inside = population.loc[sorted(set(rows["municipality_code"]))].sum()
        assert rows["population_part"].sum() == inside, scheme


def test_split_once_shares_evenly_in_whole_people() -> None:
    members = toy_members()
    parts = members.join(split_population(members, toy_population(), "once"))
    shared = parts[(parts["scheme"] == "a") & (parts["municipality_code"] == "0102")]
    assert sorted(shared["population_part"]) == [100, 101]
    assert shared["share"].tolist() == [0.5, 0.5]


def test_split_full_counts_shared_people_in_each_cluster_and_none_in_no_cluster() -> None:
    members = toy_members()
    shared = members["shared"]
    full = split_population(members, toy_population(), "full")
    none = split_population(members, toy_population(), "none")
    assert full.loc[shared, "population_part"].tolist() == [201, 201]
    assert none.loc[shared, "population_part"].tolist() == [0, 0]
    assert none.loc[~shared, "population_part"].equals(full.loc[~shared, "population_part"])


def test_overlapping_clusters_keep_their_whole_area() -> None:
    polygons = cluster_polygons(toy_areas(), toy_members()).set_index(["scheme", "cluster_id"])
    assert polygons.loc[("a", "west"), "area_km2"] == pytest.approx(3 * (SIDE / 1000) ** 2)
    overlap = shapely.intersection(
        polygons.loc[("a", "west"), "geometry"], polygons.loc[("a", "east"), "geometry"]
    )
    assert overlap.area == pytest.approx(SIDE**2)


def test_a_cluster_in_pieces_is_one_multipolygon() -> None:
    polygons = cluster_polygons(toy_areas(), toy_members()).set_index(["scheme", "cluster_id"])
    assert len(polygons.loc[("b", "vest"), "geometry"].geoms) == 2


def test_neighbours_and_overlapping_clusters_differ_in_colour() -> None:
    areas = toy_areas()
    colours = neighbour_colours(areas.geometry)
    near = areas.geometry.apply(lambda one: areas.geometry.dwithin(one, 3_000))
    for i in range(len(areas)):
        for j in range(i):
            assert not (near.iloc[i, j] and colours[i] == colours[j])


def test_seven_mutual_neighbours_are_refused() -> None:
    same = gpd.GeoSeries([shapely.Point(0, 0).buffer(10)] * 7)
    with pytest.raises(ValueError, match="6 colours"):
        neighbour_colours(same)


def test_key_figures_and_the_population_check_agree() -> None:
    members, population = toy_members(), toy_population()
    members = members.join(split_population(members, population, "once"))
    gps = pd.Series(1.0, index=list(CODES))
    clusters = build_clusters(toy_areas(), members, toy_names(), gps).set_index(["scheme", "cluster_id"])
    assert clusters.loc[("a", "east"), "population"] + clusters.loc[("a", "west"), "population"] == 1601
    assert clusters.loc[("a", "west"), "population_full"] == 701
    assert clusters.loc[("a", "west"), "shared_municipalities"] == "By 0102"
    assert clusters.loc[("a", "west"), "gps"] == 2.5
    check = check_population(clusters.reset_index(), members, population)
    assert check["difference"].tolist() == [0, 0]
    assert check.loc["a", "outside"] == 500


def test_row_order_changes_nothing() -> None:
    members = toy_members()
    mixed = members.sample(frac=1, random_state=3)
    one = cluster_polygons(toy_areas(), members)
    other = cluster_polygons(toy_areas().iloc[::-1], mixed)
    assert one.geometry.to_wkb().equals(other.geometry.to_wkb())


def test_the_weakest_evidence_names_the_whole() -> None:
    assert weakest_evidence(pd.Series(["sourced", "inferred", "sourced_secondary"])) == "inferred"
    assert weakest_evidence(pd.Series(["sourced", "a word nobody knows"])) == "a word nobody knows"
    assert weakest_evidence(pd.Series([], dtype=object)) == ""
