"""Names and boxes find their place on paper."""

from itertools import product

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from maps.figures.labels import (
    Coverage,
    Ground,
    around_point,
    free_place,
    inside_area,
    visual_middle,
)
from maps.figures.marks import spread
from maps.figures.placing import Candidates, overlap_areas, place

NOTHING = np.empty((0, 4))
PAPER = Ground((0, 0, 100, 100), NOTHING, NOTHING)


def candidates(boxes: list[tuple[float, ...]], costs: list[float]) -> Candidates:
    return Candidates(np.array(boxes, dtype=float), np.array(costs), np.zeros(len(boxes), dtype=int), (0, 0))


def total(labels: list[Candidates], choice: tuple[int, ...]) -> float:
    boxes = np.array([label.boxes[i] for label, i in zip(labels, choice, strict=True)])
    shared = overlap_areas(boxes, boxes)
    on_others = (shared.sum() - np.trace(shared)) / 2
    return sum(label.costs[i] for label, i in zip(labels, choice, strict=True)) + 1000 * on_others


def test_overlap_is_the_shared_area() -> None:
    boxes = np.array([[0, 0, 2, 2], [5, 5, 6, 6]])
    others = np.array([[1, 1, 3, 3], [-1, -1, 9, 9], [2, 0, 4, 2]])
    assert overlap_areas(boxes, others).tolist() == [[1, 4, 0], [0, 1, 0]]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_placing_is_as_good_as_trying_every_choice_on_small_maps(data: st.DataObject) -> None:
    corner = st.tuples(st.integers(0, 8), st.integers(0, 8))
    spots = data.draw(st.lists(st.lists(corner, min_size=3, max_size=3, unique=True), min_size=2, max_size=4))
    labels = [
        candidates([(x, y, x + 2, y + 2) for x, y in spot], [float(n) for n in range(len(spot))])
        for spot in spots
    ]
    best = min(total(labels, choice) for choice in product(range(3), repeat=len(labels)))
    found = place(labels)
    overlap = sum(spot.overlap for spot in found) / 2
    assert (overlap == 0) == (best < 1000)


def test_a_label_gives_way_where_that_is_cheaper_for_both() -> None:
    stubborn = candidates([(0, 0, 2, 2), (50, 50, 52, 52)], [0, 90])
    easy = candidates([(1, 1, 3, 3), (4, 1, 6, 3)], [0, 3])
    found = place([easy, stubborn])
    assert [spot.box for spot in found] == [(4, 1, 6, 3), (0, 0, 2, 2)]
    assert [spot.overlap for spot in found] == [0, 0]


def test_a_full_map_tells_how_much_lies_on_others() -> None:
    same = candidates([(0, 0, 2, 2)], [0])
    assert [spot.overlap for spot in place([same, same])] == [4, 4]


def test_no_labels_and_one_label() -> None:
    assert place([]) == []
    assert place([candidates([(0, 0, 1, 1), (2, 2, 3, 3)], [5, 1])])[0].box == (2, 2, 3, 3)


def test_names_around_a_point_never_cover_it_and_go_right_first() -> None:
    found = around_point((50, 50), [(10, 3)], 2.0, PAPER)
    west, south, east, north = found.boxes.T
    assert not ((west < 50) & (east > 50) & (south < 50) & (north > 50)).any()
    (spot,) = place([found])
    assert spot.box == pytest.approx((52, 48.5, 62, 51.5))


def test_names_keep_inside_the_frame_and_off_blocked_boxes() -> None:
    ground = Ground((0, 0, 100, 100), np.array([[90, 40, 100, 60]]), NOTHING)
    (spot,) = place([around_point((88, 50), [(10, 3)], 2.0, ground)])
    assert spot.box[2] <= 100
    assert overlap_areas(np.array([spot.box]), ground.blocked).sum() == 0


def test_crowded_points_all_get_a_place_of_their_own() -> None:
    points = [(50 + 3 * x, 50 + 3 * y) for x in range(4) for y in range(3)]
    markers = np.array([(x - 1, y - 1, x + 1, y + 1) for x, y in points], dtype=float)
    ground = Ground((0, 0, 100, 100), NOTHING, markers)
    found = place([around_point(point, [(12, 2.5), (7, 5)], 1.2, ground) for point in points])
    assert max(spot.overlap for spot in found) == 0


def test_an_area_is_named_inside_where_the_name_fits() -> None:
    area = shapely.Polygon([(0, 0), (60, 0), (60, 10), (20, 10), (20, 60), (0, 60)])
    (spot,) = place([inside_area(area, [(15, 4)], PAPER)])
    assert shapely.box(*spot.box).within(area)


def test_a_narrower_line_break_is_taken_where_the_wide_one_sticks_out() -> None:
    tower = shapely.box(40, 10, 54, 90)
    (spot,) = place([inside_area(tower, [(40, 3), (12, 6)], PAPER)])
    assert spot.shape == 1
    assert shapely.box(*spot.box).within(tower)


def test_a_name_rather_stands_on_the_sea_than_on_another_area() -> None:
    small, other = shapely.box(48, 48, 52, 52), shapely.box(0, 0, 48, 100)
    land = Coverage.of(shapely.union(small, other), (0, 0, 100, 100), 0.5)
    (spot,) = place([inside_area(small, [(20, 4)], Ground((0, 0, 100, 100), NOTHING, NOTHING, land))])
    (careless,) = place([inside_area(small, [(20, 4)], PAPER)])
    on_other = [
        overlap_areas(np.array([found.box]), np.array([[0, 0, 48, 100]])).sum() for found in (spot, careless)
    ]
    assert on_other[0] < 0.8 * on_other[1]
    assert shapely.box(*spot.box).intersects(small)


def test_visual_middle_of_a_horseshoe_lies_inside() -> None:
    shoe = shapely.Polygon([(0, 0), (30, 0), (30, 30), (20, 30), (20, 10), (10, 10), (10, 30), (0, 30)])
    assert shoe.contains(shapely.Point(visual_middle(shoe)))


@settings(deadline=None)
@given(st.tuples(st.integers(-3, 12), st.integers(-3, 12), st.integers(1, 8), st.integers(1, 8)))
def test_coverage_of_grid_boxes_is_exact(spot: tuple[int, int, int, int]) -> None:
    x, y, width, height = spot
    land = shapely.union_all([shapely.box(1, 1, 4, 9), shapely.box(6, 0, 8, 3)])
    box = (x, y, x + width, y + height)
    share = Coverage.of(land, (0, 0, 10, 10), 1.0).share(np.array([box], dtype=float))[0]
    assert share == pytest.approx(shapely.intersection(land, shapely.box(*box)).area / (width * height))


def test_free_place_takes_the_wished_corner_when_nothing_is_there() -> None:
    nothing = Coverage.of(shapely.Polygon(), (0, 0, 100, 60), 1.0)
    assert free_place((10, 5), (0, 0, 100, 60), NOTHING, nothing, corner=(1, 1)) == (90, 55, 100, 60)
    assert free_place((10, 5), (0, 0, 100, 60), NOTHING, nothing, corner=(0, 0)) == (0, 0, 10, 5)


def test_free_place_keeps_off_land_and_other_boxes() -> None:
    land = shapely.box(60, 0, 100, 60)
    taken = np.array([[0, 50, 40, 60]], dtype=float)
    frame = (0, 0, 100, 60)
    box = free_place((20, 10), frame, taken, Coverage.of(land, frame, 0.5), corner=(1, 1))
    assert shapely.box(*box).intersection(land).area <= 1
    assert overlap_areas(np.array([box]), taken).sum() == 0


def test_free_place_for_a_box_larger_than_the_frame_stands_in_the_corner() -> None:
    frame = (0, 0, 100, 60)
    nothing = Coverage.of(shapely.Polygon(), frame, 1.0)
    assert free_place((200, 5), frame, NOTHING, nothing, corner=(0, 0))[:2] == (0, 0)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=1, max_size=12))
def test_markers_move_apart_and_lone_ones_stay(points: list[tuple[int, int]]) -> None:
    true = np.array(points, dtype=float)
    halves = np.full(len(points), 1.0)
    moved = spread(true, halves)
    apart = np.hypot(*(moved[:, None] - moved[None]).T) + 9 * np.eye(len(points))
    assert apart.min() > 2 * 0.92 - 0.1
    lone = np.hypot(*(true[:, None] - true[None]).T)
    stays = (lone + 99 * np.eye(len(points))).min(axis=0) > 12
    assert np.allclose(moved[stays], true[stays])


def test_markers_on_the_very_same_spot_part() -> None:
    moved = spread(np.zeros((5, 2)), np.full(5, 1.0))
    apart = np.hypot(*(moved[:, None] - moved[None]).T) + 9 * np.eye(5)
    assert apart.min() > 1.5
    assert np.abs(moved).max() < 6
    assert np.array_equal(moved, spread(np.zeros((5, 2)), np.full(5, 1.0)))


def test_a_fixed_marker_stays() -> None:
    moved = spread(np.array([[0.0, 0], [0.5, 0]]), np.array([1.0, 1.0]), fixed=np.array([True, False]))
    assert moved[0].tolist() == [0, 0]
    assert moved[1, 0] == pytest.approx(2 * 0.92)
