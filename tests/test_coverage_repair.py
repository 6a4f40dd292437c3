import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.layers.coverage_repair import SLIVER_WIDTH_M, mend_areas, mend_coverage, polygons_only


def grid(side: int, jitter: float, seed: int) -> gpd.GeoSeries:
    """Squares of 1 km, each with its inner corners and edge points moved for itself; the outer rim stays."""
    chance = np.random.default_rng(seed)

    def moved(xy: np.ndarray) -> np.ndarray:
        inner = ((xy > 0) & (xy < side * 1000)).all(axis=1)
        return xy + inner[:, None] * chance.uniform(-jitter, jitter, xy.shape)

    squares = []
    for x in range(side):
        for y in range(side):
            box = shapely.segmentize(shapely.box(x * 1000, y * 1000, x * 1000 + 1000, y * 1000 + 1000), 300)
            xy = shapely.get_coordinates(box)
            xy[:-1] = moved(xy[:-1])
            xy[-1] = xy[0]
            squares.append(shapely.Polygon(xy))
    return gpd.GeoSeries(squares, index=[f"{number:02}" for number in range(side * side)], crs="EPSG:25832")


@settings(max_examples=15, deadline=None)
@given(side=st.integers(2, 4), jitter=st.floats(0.01, 4.0), seed=st.integers(0, 2**16))
def test_neighbours_drawn_apart_become_a_coverage(side: int, jitter: float, seed: int) -> None:
    raw = grid(side, jitter, seed)
    mended, what, _ = mend_coverage(raw)
    land = shapely.union_all(mended.to_numpy())
    assert shapely.coverage_is_valid(mended.to_numpy())
    assert mended.index.equals(raw.index)
    assert mended.area.sum() == pytest.approx(land.area, rel=1e-12)  # no overlaps
    assert land.area == pytest.approx((side * 1000) ** 2, rel=1e-12)  # no gaps
    assert what.overlaps > 0 or what.gaps > 0
    moved = shapely.area(shapely.symmetric_difference(mended.to_numpy(), raw.to_numpy()))
    assert (moved <= raw.length * 2 * jitter).all()


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**16))
def test_areas_agree_with_the_coverage_cleaner_of_geos(seed: int) -> None:
    raw = grid(3, 3.0, seed)
    ours = mend_coverage(raw)[0].to_numpy()
    peer = shapely.coverage_clean(raw.to_numpy(), gap_width=SLIVER_WIDTH_M)
    assert shapely.area(ours) == pytest.approx(shapely.area(peer), rel=0.01)


@given(order=st.permutations(list(range(9))))
@settings(max_examples=8, deadline=None)
def test_the_order_of_areas_changes_no_border(order: list[int]) -> None:
    raw = grid(3, 3.0, 7)
    one, what, _ = mend_coverage(raw)
    other, same, _ = mend_coverage(raw.iloc[order])
    assert (what.overlaps, what.gaps) == (same.overlaps, same.gaps)
    assert shapely.equals(one.to_numpy(), other.loc[one.index].to_numpy()).all()


def test_a_coverage_keeps_every_vertex() -> None:
    raw = grid(3, 0.0, 1)
    mended, what, overlaps = mend_coverage(raw)
    assert (what.overlaps, what.gaps) == (0, 0)
    assert overlaps.empty
    assert (mended.count_coordinates() == raw.count_coordinates()).all()


def test_a_wide_hole_stays_and_a_narrow_one_is_filled() -> None:
    west, east = shapely.box(0, 0, 1000, 1000), shapely.box(1000, 0, 2000, 1000)
    lake = shapely.box(900, 400, 1100, 600)
    slit = shapely.box(995, 700, 1004, 900)
    raw = gpd.GeoSeries([area.difference(lake).difference(slit) for area in (west, east)], index=["w", "e"])
    mended, what, _ = mend_coverage(raw)
    land = shapely.union_all(mended.to_numpy())
    assert what.gaps == 1
    assert what.gap_km2 == pytest.approx(9 * 200 / 1e6)
    assert land.area == pytest.approx(2e6 - lake.area)


def test_an_overlap_goes_to_the_longer_border_among_those_who_claim_it() -> None:
    big, small = shapely.box(0, 0, 1000, 1000), shapely.box(990, 400, 1500, 500)
    other = shapely.box(1000, 500, 1500, 1000)
    mended, what, overlaps = mend_coverage(
        gpd.GeoSeries([big, small, other], index=["big", "small", "other"])
    )
    assert what.overlaps == 1
    assert overlaps[["first", "second"]].to_numpy().tolist() == [["big", "small"]]
    assert overlaps["overlap_km2"].item() == pytest.approx(10 * 100 / 1e6)
    assert mended["big"].area == pytest.approx(1e6)
    assert mended["small"].area == pytest.approx(500 * 100)


def test_an_area_wholly_inside_another_is_told_as_overlap() -> None:
    outer, inner = shapely.box(0, 0, 1000, 1000), shapely.box(400, 400, 600, 600)
    mended, what, overlaps = mend_coverage(gpd.GeoSeries([outer, inner], index=["outer", "inner"]))
    assert what.overlaps == 1
    assert overlaps["overlap_km2"].item() == pytest.approx(0.04)
    assert mended.area.sum() == pytest.approx(1e6)
    assert shapely.coverage_is_valid(mended.to_numpy())


def test_self_crossings_are_resolved_and_measured() -> None:
    bow = shapely.Polygon([(0, 0), (10, 10), (10, 0), (0, 10)])
    raw = gpd.GeoSeries([bow, shapely.box(20, 0, 30, 10)], index=[5, 3])
    mended, changed = mend_areas(raw)
    assert mended.is_valid.all()
    assert mended.index.tolist() == changed.index.tolist() == [5, 3]
    assert changed.loc[5] == pytest.approx(50)
    assert changed.loc[3] == 0


def test_lines_and_points_beside_polygons_go() -> None:
    mixed = shapely.GeometryCollection([shapely.box(0, 0, 1, 1), shapely.LineString([(0, 0), (5, 5)])])
    nested = shapely.GeometryCollection([mixed, shapely.Point(3, 3)])
    out = polygons_only(np.array([mixed, nested, shapely.LineString([(0, 0), (1, 1)])], dtype=object))
    assert [shape.geom_type for shape in out] == ["MultiPolygon"] * 3
    assert shapely.area(out).tolist() == [1, 1, 0]
