"""Travel time as areas: cells and zones cover the land exactly, bands hold what they say."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.access.areas import (
    BANDS_MIN,
    FARTHER,
    NOT_REACHED,
    access_cells,
    access_zones,
    band_of,
    join_cells,
    land_cells,
)
from pipeline.travel.homes import Joining
from pipeline.travel.network import build_network
from pipeline.travel.routing import Router
from pipeline.travel.snapping import at_nodes
from tests.networks import grid
from tests.test_shores import LAND


def _coast() -> shapely.Geometry:
    """A rough island with a lake, and an islet."""
    angle = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    radius = 9_000 + 2_500 * np.sin(5 * angle)
    island = shapely.Polygon(np.column_stack([radius * np.cos(angle), radius * np.sin(angle)]) + 600_000)
    lake = shapely.Point(601_000, 600_500).buffer(1_300)
    return shapely.union(shapely.difference(island, lake), shapely.box(613_100, 600_100, 613_900, 600_700))


def test_cells_cover_the_land_without_gap_or_overlap() -> None:
    land = _coast()
    cells = land_cells(land, size_m=1_000)
    assert shapely.area(cells).sum() == pytest.approx(land.area, rel=1e-3)
    assert shapely.coverage_is_valid(cells)
    assert set(shapely.get_type_id(cells)) <= {3, 6}


def test_an_islet_smaller_than_a_cell_is_kept() -> None:
    cells = land_cells(_coast(), size_m=2_000)
    assert any(shapely.contains_xy(cell, 613_500, 600_400) for cell in cells)


@given(st.lists(st.one_of(st.none(), st.floats(0, 200)), min_size=1, max_size=30))
def test_a_band_holds_the_times_up_to_its_name(times: list[float | None]) -> None:
    values = pd.Series(times, dtype=float)
    limits = [0.0, *(float(limit) for limit in BANDS_MIN)]
    for value, band in zip(values, band_of(values), strict=True):
        if np.isnan(value):
            assert band == NOT_REACHED
        elif band == FARTHER:
            assert value > BANDS_MIN[-1]
        else:
            upper = float(band)
            assert value <= upper
            assert value > limits[limits.index(upper) - 1] or value == 0


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 2**31))
def test_zones_conserve_the_land_and_row_order_changes_nothing(seed: int) -> None:
    rng = np.random.default_rng(seed)
    shapes = land_cells(_coast(), size_m=2_000)
    minutes = rng.choice([5.0, 20.0, 70.0, np.nan], len(shapes))
    cells = gpd.GeoDataFrame(
        {
            "travel_min": minutes,
            "facility_id": np.where(np.isnan(minutes), None, rng.choice(["a", "b"], len(shapes))),
            "status": "ok",
        },
        geometry=shapes,
        crs="EPSG:25832",
    )
    zones = access_zones(cells)
    assert zones.area.sum() == pytest.approx(cells.area.sum(), rel=1e-6)
    assert shapely.coverage_is_valid(zones.geometry.to_numpy())
    assert zones.loc[zones["band"] == NOT_REACHED, "facility_id"].isna().all()
    again = access_zones(cells.sample(frac=1, random_state=seed % 1000).reset_index(drop=True))
    assert again.drop(columns="geometry").equals(zones.drop(columns="geometry"))
    assert (again.geometry.normalize() == zones.geometry.normalize()).all()


def test_cells_that_do_not_quite_meet_are_joined_too() -> None:
    lapped = shapely.Polygon([(1_999, 0), (4_000, 0), (4_000, 2_000), (2_000, 2_000)])
    cells = np.array([shapely.box(0, 0, 2_000, 2_000), lapped], dtype=object)
    assert not shapely.coverage_is_valid(cells)
    whole = join_cells(cells)
    assert len(whole.geoms) == 1
    assert whole.area == pytest.approx(shapely.union_all(cells).area)


def test_no_cell_is_joined_to_a_road_across_water() -> None:
    router = Router(build_network(grid(5, 5)))
    land = shapely.MultiPolygon([*LAND])
    ids = pd.Series(["h"])
    for pieces, reached in ((None, True), (LAND, False)):
        cells = access_cells(router, at_nodes([0]), ids, land, joining=Joining(), pieces=pieces, size_m=500)
        islet = cells[cells.geometry.within(LAND[1])]
        assert len(islet) >= 4
        assert islet["travel_min"].notna().all() == reached
        assert cells[cells.geometry.within(LAND[0])]["travel_min"].notna().all()
