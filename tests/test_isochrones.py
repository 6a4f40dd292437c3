"""Areas of travel time: what lies in them, how they nest, and what the land takes away."""

import numpy as np
import pytest
import shapely

from pipeline.roads.generated import generated_roads
from pipeline.travel.homes import Joining
from pipeline.travel.isochrones import (
    Surface,
    isochrone_lines,
    isochrones,
    make_lattice,
    travel_time_surface,
)
from pipeline.travel.network import build_network
from pipeline.travel.routing import Router
from tests.found import some
from tests.networks import Road, at, grid, roads
from tests.test_shores import LAND

MINUTES = [5, 10, 20]


@pytest.fixture(scope="module")
def town() -> tuple[Router, Surface]:
    router = Router(build_network(generated_roads(2500, seed=6, one_way=0.2)))
    lattice = make_lattice(router, step_m=250)
    low, high = router.network.arcs.node_xy.min(axis=0), router.network.arcs.node_xy.max(axis=0)
    facilities = router.snap([low + (high - low) * share for share in (0.3, 0.7)])
    return router, travel_time_surface(router, lattice, facilities)


def test_a_surface_is_what_nearest_says_of_its_points(town) -> None:
    router, surface = town
    rng = np.random.default_rng(0)
    row, column = rng.integers(0, len(surface.y), 60), rng.integers(0, len(surface.x), 60)
    points = router.snap(np.column_stack([surface.x[column], surface.y[row]]))
    low, high = router.network.arcs.node_xy.min(axis=0), router.network.arcs.node_xy.max(axis=0)
    facilities = router.snap([low + (high - low) * share for share in (0.3, 0.7)])
    found = router.nearest(points, facilities)
    np.testing.assert_array_equal(surface.value[row, column], found.value[:, 0])
    np.testing.assert_array_equal(surface.facility[row, column], found.facility[:, 0])


def test_areas_hold_the_points_that_are_near_enough_and_no_others(town) -> None:
    _, surface = town
    x, y = np.meshgrid(surface.x, surface.y)
    for minutes, area in some(isochrones(surface, MINUTES).itertuples(index=False)):
        inside = shapely.contains_xy(area, x, y)
        with np.errstate(invalid="ignore"):
            near, far = surface.value < minutes * 60 - 0.01, ~(surface.value <= minutes * 60 + 0.01)
        edge = (x == x.min()) | (x == x.max()) | (y == y.min()) | (y == y.max())
        assert inside[near & ~edge].all()
        assert not inside[far].any()


def test_areas_nest_and_are_valid(town) -> None:
    _, surface = town
    areas = isochrones(surface, [20, 5, 10, 10])
    assert areas["minutes"].tolist() == [5, 10, 20]
    assert areas.crs.to_epsg() == 25832
    assert areas.is_valid.all()
    for small, large in zip(areas.geometry, areas.geometry[1:], strict=False):
        assert small.area < large.area
        assert shapely.difference(small, large).area < 1e-6 * small.area


def test_land_takes_the_sea_away_and_keeps_its_own_holes(town) -> None:
    _, surface = town
    whole = isochrones(surface, MINUTES)
    centre = shapely.centroid(whole.geometry[2])
    lake = shapely.buffer(centre, 600)
    land = shapely.difference(shapely.buffer(centre, 6000), lake)
    clipped = isochrones(surface, MINUTES, land=land)
    for full, part in zip(whole.geometry, clipped.geometry, strict=True):
        assert part.area == pytest.approx(shapely.intersection(full, land).area, rel=1e-6)
        assert part.geom_type == "MultiPolygon"
    assert not clipped.geometry[2].intersects(shapely.buffer(centre, 500))
    lines = isochrone_lines(surface, [10], land=land)
    assert lines.geometry[0].length < isochrone_lines(surface, [10]).geometry[0].length
    assert shapely.difference(lines.geometry[0], shapely.buffer(land, 1)).length == 0
    elsewhere = isochrones(surface, MINUTES, land=shapely.box(0, 0, 1, 1))
    assert elsewhere.is_empty.all()


def test_a_place_farther_by_road_than_all_around_it_is_a_hole() -> None:
    """A ring of fast roads around a block that only a slow lane leads into."""
    xy = [(0, 0), (6000, 0), (6000, 6000), (0, 6000), (3000, 3000)]
    ring = [Road(a, b, 60.0) for a, b in ((0, 1), (1, 2), (2, 3), (3, 0))]
    router = Router(build_network(roads(xy, [*ring, Road(0, 4, 3600.0)])))
    lattice = make_lattice(router, step_m=200)
    surface = travel_time_surface(router, lattice, router.snap([at(0, 0)]))
    area = isochrones(surface, [15]).geometry[0]
    assert not area.contains(shapely.Point(at(3000, 3000)))
    assert shapely.Polygon(max(area.geoms, key=lambda part: part.area).exterior).contains(
        shapely.Point(at(3000, 3000))
    )


def test_direction_matters_on_one_way_roads() -> None:
    ring = [Road(i, (i + 1) % 4, 300.0, both_ways=False) for i in range(4)]
    router = Router(build_network(roads([(0, 0), (4000, 0), (4000, 4000), (0, 4000)], ring)))
    lattice, start = make_lattice(router, step_m=500), router.snap([at(2000, 0)])
    there = isochrones(travel_time_surface(router, lattice, start, direction="to"), [8]).geometry[0]
    back = isochrones(travel_time_surface(router, lattice, start, direction="from"), [8]).geometry[0]
    west, east = shapely.Point(at(0, 1000)), shapely.Point(at(4000, 1000))
    assert (there.contains(west), there.contains(east)) == (True, False)
    assert (back.contains(west), back.contains(east)) == (False, True)


def test_lines_run_where_the_time_is_just_that(town) -> None:
    _, surface = town
    line = isochrone_lines(surface, [10]).geometry[0]
    spots = np.array([line.interpolate(share, normalized=True).coords[0] for share in np.linspace(0, 1, 25)])
    column = np.searchsorted(surface.x, spots[:, 0]).clip(1, len(surface.x) - 1)
    row = np.searchsorted(surface.y, spots[:, 1]).clip(1, len(surface.y) - 1)
    corners = np.stack([surface.value[row - a, column - b] for a in (0, 1) for b in (0, 1)])
    assert (corners.min(axis=0) <= 600.5).all()
    assert (corners.max(axis=0) >= 599.5).all()
    assert not np.isnan(corners).any()


def test_land_that_no_line_crosses_gives_no_line(town) -> None:
    _, surface = town
    far = shapely.box(surface.x[-1] + 1e6, surface.y[-1] + 1e6, surface.x[-1] + 2e6, surface.y[-1] + 2e6)
    lines = isochrone_lines(surface, MINUTES, land=far)
    assert lines.geometry.is_empty.all()
    assert len(lines) == len(MINUTES)


def test_lattices_of_different_bounds_share_their_points() -> None:
    router = Router(build_network(grid(5, 5)))
    small = make_lattice(router, bounds=(*at(130, 130), *at(1700, 1900)), step_m=300)
    large = make_lattice(router, step_m=300)
    assert np.isin(small.x, large.x).all()
    assert np.isin(small.y, large.y).all()
    assert len(small.places) == len(small.x) * len(small.y)
    facility = router.snap([at(0, 0)])
    part, whole = (travel_time_surface(router, lattice, facility) for lattice in (small, large))
    rows, columns = np.searchsorted(large.y, small.y), np.searchsorted(large.x, small.x)
    np.testing.assert_array_equal(part.value, whole.value[np.ix_(rows, columns)])


def test_nobody_near_means_empty_areas() -> None:
    router = Router(build_network(grid(3, 3)))
    lattice = make_lattice(router)
    nothing = travel_time_surface(router, lattice, router.snap([(np.nan, np.nan)]))
    assert np.isnan(nothing.value).all()
    assert isochrones(nothing, [10]).is_empty.all()
    assert isochrone_lines(nothing, [10]).is_empty.all()


@pytest.mark.parametrize("wrong", [[], [0], [-5, 10], [np.inf]])
def test_limits_that_make_no_sense_are_refused(town, wrong) -> None:
    with pytest.raises(ValueError, match="limits"):
        isochrones(town[1], wrong)


@pytest.mark.parametrize(("bounds", "step"), [(None, 0), (None, -1), ((0, 0, 0, 1), 100)])
def test_a_lattice_needs_room(bounds, step) -> None:
    with pytest.raises(ValueError, match="lattice"):
        make_lattice(Router(build_network(grid(2, 2))), bounds=bounds, step_m=step)


def test_the_same_surface_makes_the_same_areas(town) -> None:
    _, surface = town
    one, two = (isochrones(surface, MINUTES).geometry.to_wkb() for _ in range(2))
    assert one.equals(two)


def test_points_of_a_lattice_are_joined_as_the_study_says_and_never_across_water() -> None:
    router = Router(build_network(grid(5, 5)))
    near, far, ashore = (
        make_lattice(router, step_m=500, bounds=(*at(-3000, 0), *at(5500, 500)), **how).places
        for how in ({}, {"joining": Joining(3000.0, 30.0)}, {"joining": Joining(3000.0), "land": LAND})
    )
    assert near.ok.sum() < far.ok.sum()
    assert far.access_s[0] == np.float32(far.access_m[0] / (30 / 3.6))
    x = np.arange(-3000, 5501, 500)
    on_islet = np.tile(x > 4600, 2) & np.tile(x < 5600, 2)
    assert far.ok[on_islet].all()
    assert not ashore.ok[on_islet].any()
