"""Borders, stripes and paths for print."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.path import Path

from maps.figures.linework import Edges, area_path, clipped, simplify_areas, stripes

SQUARES = np.array([shapely.box(x, y, x + 1, y + 1) for y in range(2) for x in range(3)])


def test_every_edge_stands_once_and_is_of_one_kind() -> None:
    lines = Edges.of(SQUARES).borders(["a", "a", "b", "a", "a", "b"])
    assert shapely.length(lines.coast).sum() == pytest.approx(10)
    assert shapely.length(lines.group).sum() == pytest.approx(2)
    assert shapely.length(lines.inner).sum() == pytest.approx(5)
    assert shapely.union_all(lines.group).equals(shapely.LineString([(2, 0), (2, 2)]))


def test_borders_are_merged_to_long_lines() -> None:
    lines = Edges.of(SQUARES).borders([0] * 6)
    assert len(lines.coast) == 1
    assert len(lines.group) == 0


def test_a_hole_filled_by_another_area_is_no_coast() -> None:
    ring = shapely.box(0, 0, 3, 3).difference(shapely.box(1, 1, 2, 2))
    lines = Edges.of(np.array([ring, shapely.box(1, 1, 2, 2)])).borders(["a", "b"])
    assert shapely.length(lines.coast).sum() == pytest.approx(12)
    assert shapely.length(lines.group).sum() == pytest.approx(4)


def test_no_areas_have_no_borders() -> None:
    lines = Edges.of(np.array([], dtype=object)).borders([])
    assert (len(lines.coast), len(lines.inner), len(lines.group)) == (0, 0, 0)


def test_simplifying_opens_no_gaps() -> None:
    wavy = [(x / 10, np.sin(x) * 0.05) for x in range(101)]
    south = shapely.Polygon([*wavy, (10, -3), (0, -3)])
    north = shapely.Polygon([*wavy, (10, 3), (0, 3)])
    areas = gpd.GeoDataFrame(
        {"name": ["s", "n"]}, geometry=[south, north], index=["x", "y"], crs="EPSG:25832"
    )
    simple = simplify_areas(areas, 1.0)
    assert simple.index.tolist() == ["x", "y"]
    assert shapely.get_num_coordinates(simple.geometry.to_numpy()).sum() < 40
    assert simple.union_all().area == pytest.approx(60)
    assert shapely.intersection(*simple.geometry).area == pytest.approx(0)


@pytest.mark.parametrize("count", [1, 2, 3])
@settings(deadline=None, max_examples=40)
@given(shift=st.floats(-50, 50), width=st.floats(0.3, 5))
def test_stripes_share_the_whole_area_evenly(count: int, shift: float, width: float) -> None:
    shape = shapely.box(shift, 2 * shift, shift + 40, 2 * shift + 30)
    parts = stripes(shape, count, width)
    assert len(parts) == count
    left = shape
    for part in parts:
        left = left.difference(part)
    assert left.area == pytest.approx(0, abs=1e-6)
    assert sum(part.area for part in parts) == pytest.approx(1200)
    assert min(part.area for part in parts) > 0.5 * 1200 / count


def test_stripes_of_neighbours_meet() -> None:
    whole = stripes(shapely.box(0, 0, 20, 10), 2, 1.0)
    halves = [stripes(shapely.box(x, 0, x + 10, 10), 2, 1.0) for x in (0, 10)]
    for owner in range(2):
        joined = shapely.union(halves[0][owner], halves[1][owner])
        assert joined.symmetric_difference(whole[owner]).area == pytest.approx(0, abs=1e-9)


def test_a_path_leaves_holes_open() -> None:
    ring = shapely.box(0, 0, 3, 3).difference(shapely.box(1, 1, 2, 2))
    path = area_path(shapely.MultiPolygon([ring, shapely.box(5, 5, 6, 6)]))
    assert (path.codes == Path.MOVETO).sum() == 3
    assert (path.codes == Path.CLOSEPOLY).sum() == 3
    turns = [shapely.is_ccw(shapely.LinearRing(part)) for part in path.to_polygons()]
    assert sorted(turns) in ([False, False, True], [False, True, True])
    assert area_path(shapely.Polygon()).vertices.shape == (0, 2)
    assert (area_path(SQUARES).codes == Path.MOVETO).sum() == 6


def test_clipping_keeps_names_and_drops_what_is_outside() -> None:
    areas = gpd.GeoDataFrame({"name": list("abcdef")}, geometry=SQUARES, crs="EPSG:25832")
    cut = clipped(areas, (0.5, 0.2, 1.5, 0.8))
    assert cut["name"].tolist() == ["a", "b"]
    assert cut.area.sum() == pytest.approx(0.6)
