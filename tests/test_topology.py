"""Shared borders give back the areas they were cut from."""

from collections import Counter
from itertools import combinations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from maps.web.topology import Topology, build_topology, merged, screen_areas
from tests.found import some
from tests.toys import CODES, toy_areas


def _points(topology: Topology, arc: int) -> list[tuple[float, float]]:
    steps = np.array(topology.arcs[arc if arc >= 0 else ~arc]).reshape(-1, 2).cumsum(axis=0) / 1e5
    points = [(float(x), float(y)) for x, y in steps]
    return points if arc >= 0 else points[::-1]


def _shape(topology: Topology, rings: list[list[int]]) -> shapely.Geometry:
    """Even-odd fill of rings, as the page draws it."""
    shape = shapely.Polygon()
    for ring in rings:
        points = [point for arc in ring for point in _points(topology, arc)]
        assert points[0] == points[-1]
        shape = shapely.symmetric_difference(shape, shapely.Polygon(points))
    return shape


def _squares(side: int) -> tuple[list[str], gpd.GeoSeries]:
    boxes = [
        shapely.box(10 + i * 0.1, 55 + j * 0.1, 10.1 + i * 0.1, 55.1 + j * 0.1)
        for i in range(side)
        for j in range(side)
    ]
    return [f"s{i}" for i in range(len(boxes))], gpd.GeoSeries(boxes, crs="EPSG:4326")


def test_shapes_come_back_as_they_were() -> None:
    names, squares = _squares(3)
    topology = build_topology(names, squares)
    for name, square in zip(names, squares, strict=True):
        assert _shape(topology, topology.shapes[name]).symmetric_difference(square).area < 1e-9


def test_a_border_between_neighbours_stands_once() -> None:
    names, squares = _squares(2)
    topology = build_topology(names, squares)
    uses = Counter(
        arc if arc >= 0 else ~arc for rings in topology.shapes.values() for ring in rings for arc in ring
    )
    assert set(uses.values()) == {1, 2}
    assert sorted(topology.lines["inner"]) == sorted(arc for arc, times in uses.items() if times == 2)
    assert sorted(topology.lines["coast"]) == sorted(arc for arc, times in uses.items() if times == 1)


def test_the_way_a_ring_turns_does_not_matter() -> None:
    names, squares = _squares(3)
    mixed = gpd.GeoSeries([s.reverse() if i % 2 else s for i, s in enumerate(squares)], crs=squares.crs)
    topology = build_topology(names, mixed)
    whole = merged(topology, names)
    assert len(whole) == 1
    assert {max(arc, ~arc) for ring in whole for arc in ring} == set(topology.lines["coast"])


def test_an_enclave_is_a_hole_with_the_same_border() -> None:
    outer = shapely.box(10, 55, 11, 56).difference(shapely.box(10.4, 55.4, 10.6, 55.6))
    topology = build_topology(
        ["outer", "inner"], gpd.GeoSeries([outer, shapely.box(10.4, 55.4, 10.6, 55.6)], crs=4326)
    )
    assert len(topology.arcs) == 2
    assert len(topology.shapes["outer"]) == 2
    assert _shape(topology, merged(topology, ["outer", "inner"])).area == pytest.approx(1.0)


def test_islands_stay_apart_in_a_union() -> None:
    parts = shapely.MultiPolygon([shapely.box(10, 55, 10.1, 55.1), shapely.box(11, 55, 11.1, 55.1)])
    topology = build_topology(
        ["isles", "more"], gpd.GeoSeries([parts, shapely.box(10.1, 55, 10.2, 55.1)], crs=4326)
    )
    assert len(merged(topology, ["isles", "more"])) == 2


@settings(max_examples=40, deadline=None)
@given(st.sets(st.integers(0, 15), min_size=1))
def test_a_union_is_the_union(chosen: set[int]) -> None:
    names, squares = _squares(4)
    topology = build_topology(names, squares)
    drawn = _shape(topology, merged(topology, [names[i] for i in chosen]))
    expected = shapely.union_all(squares.iloc[sorted(chosen)].to_numpy())
    assert drawn.symmetric_difference(expected).area < 1e-9


def test_a_union_does_not_depend_on_order() -> None:
    names, squares = _squares(3)
    topology = build_topology(names, squares)
    for pair in combinations(names, 3):
        assert merged(topology, pair) == merged(topology, pair[::-1])


def test_an_overlap_that_should_not_be_still_gives_closed_rings() -> None:
    shapes = gpd.GeoSeries([shapely.box(10, 55, 10.2, 55.2), shapely.box(10.1, 55, 10.3, 55.2)], crs=4326)
    topology = build_topology(["a", "b"], shapes)
    for ring in some(merged(topology, ["a", "b"])):
        points = [point for arc in ring for point in _points(topology, arc)]
        assert points[0] == points[-1]


def test_two_layers_keep_their_shapes_when_joined() -> None:
    names, squares = _squares(2)
    other = gpd.GeoSeries([shapely.box(12, 57, 12.1, 57.1)], crs=4326)
    both = build_topology(names, squares).joined(build_topology(["zone"], other))
    assert _shape(both, both.shapes["zone"]).equals(shapely.box(12, 57, 12.1, 57.1))
    assert _shape(both, both.shapes["s3"]).symmetric_difference(squares.iloc[3]).area < 1e-9


def test_inland_borders_of_shapes_leave_out_the_coast() -> None:
    names, squares = _squares(2)
    topology = build_topology(names, squares)
    topology = topology.with_shapes(
        {"west": merged(topology, names[:2]), "east": merged(topology, names[2:])}
    )
    topology = topology.with_borders("halves", ["west", "east"])
    length = sum(shapely.LineString(_points(topology, arc)).length for arc in topology.lines["halves"])
    assert length == pytest.approx(0.2)


def test_names_must_differ() -> None:
    _, squares = _squares(2)
    with pytest.raises(ValueError, match="name of its own"):
        build_topology(["a", "a", "b", "c"], squares)


def test_simplifying_for_the_screen_opens_no_gap() -> None:
    areas = screen_areas(toy_areas())
    assert areas.crs == "EPSG:4326"
    assert list(areas["municipality_code"]) == list(CODES)
    assert shapely.coverage_is_valid(areas.geometry.to_numpy())


def test_simplifying_refuses_degrees() -> None:
    with pytest.raises(ValueError, match="EPSG:25832"):
        screen_areas(toy_areas().to_crs(4326))
