"""Land drawn by what holds for the people there."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from pipeline.access.areas import land_cells
from pipeline.coverage import coverage
from pipeline.coverage.zones import (
    BOUNDS,
    NOTHING,
    UNKNOWN,
    class_of,
    coverage_zones,
    nearest_point,
    point_values,
)
from tests.coverage_toys import DAY, demand_frame, practice_frame, reach_of, settings_of

LAND = shapely.box(500_000, 6_200_000, 510_000, 6_206_000)


@pytest.fixture
def demand() -> gpd.GeoDataFrame:
    """Four places, two of them in one square."""
    xy = np.array([[500_500, 6_200_500], [501_500, 6_201_500], [505_000, 6_203_000], [509_000, 6_205_000]])
    return demand_frame([100, 300, 50, 20], xy=xy)


@pytest.fixture
def covered(demand: gpd.GeoDataFrame) -> pd.DataFrame:
    """Three are near a practice; the last reaches none."""
    seconds = [[60, 300], [120, 400], [1200, 1300], [np.inf, np.inf]]
    reach = reach_of(seconds, status=np.array(["ok", "ok", "ok", "other_landmass"], dtype=object))
    return coverage(demand, practice_frame([2, 2]), reach, settings_of(), DAY)


def test_values_up_to_a_bound_share_its_class() -> None:
    found = class_of(pd.Series([0, 5, 5.1, 30, 31, np.nan, np.inf]), BOUNDS["time"])
    assert found.tolist() == [0, 0, 1, 4, 5, UNKNOWN, NOTHING]


def test_a_square_shows_where_most_people_live_and_an_empty_one_the_nearest(demand: gpd.GeoDataFrame) -> None:
    cells = gpd.GeoSeries(land_cells(LAND), crs="EPSG:25832")
    rows = nearest_point(cells, demand)
    first = next(at for at, cell in enumerate(cells) if cell.contains(shapely.Point(500_900, 6_200_900)))
    assert rows[first] == 1
    middles = shapely.get_coordinates(shapely.point_on_surface(cells.to_numpy()))
    points = shapely.get_coordinates(demand.geometry.to_numpy())
    for at, middle in enumerate(middles):
        inside = [row for row, point in enumerate(points) if (point // 2000 == middle // 2000).all()]
        away = np.hypot(*(points - middle).T)
        wanted = max(inside, key=lambda row: demand["weight"].iloc[row]) if inside else int(away.argmin())
        assert rows[at] == (wanted if inside or away.min() <= 5_000 else -1)


def test_points_without_people_stand_for_nothing(demand: gpd.GeoDataFrame) -> None:
    cells = gpd.GeoSeries(land_cells(LAND), crs="EPSG:25832")
    assert (nearest_point(cells, demand.assign(weight=0.0)) == -1).all()


def test_the_zones_cover_the_land_without_gap_or_overlap(
    demand: gpd.GeoDataFrame, covered: pd.DataFrame
) -> None:
    cells = gpd.GeoSeries(land_cells(LAND), crs="EPSG:25832")
    zones = coverage_zones(cells, demand, covered)
    assert zones.area.sum() == pytest.approx(LAND.area)
    assert shapely.coverage_is_valid(zones.geometry.to_numpy())
    assert not zones.drop(columns="geometry").duplicated().any()


def test_nobody_reached_is_told_apart_from_not_known(covered: pd.DataFrame) -> None:
    values = point_values(covered)
    assert np.isinf(values.loc[3, ["time", "capacity"]]).all()
    assert np.isfinite(values.loc[:2, "time"]).all()
    lost = point_values(covered.assign(travel_status="no_road_nearby"))
    assert lost.isna().all(axis=None)


def test_rules_switched_off_have_no_map(demand: gpd.GeoDataFrame) -> None:
    settings = settings_of(island={"enabled": False}, capacity={"enabled": False})
    reach = reach_of([[60], [60], [60], [60]])
    found = point_values(coverage(demand, practice_frame([2]), reach, settings, DAY))
    assert set(BOUNDS) - set(found.columns) == {"island", "capacity"}


def test_the_order_of_rows_changes_nothing(demand: gpd.GeoDataFrame, covered: pd.DataFrame) -> None:
    cells = gpd.GeoSeries(land_cells(LAND), crs="EPSG:25832")
    first = coverage_zones(cells, demand, covered)
    second = coverage_zones(cells, demand.iloc[::-1], covered.iloc[::-1])
    pd.testing.assert_frame_equal(
        pd.DataFrame(first.drop(columns="geometry")), pd.DataFrame(second.drop(columns="geometry"))
    )
    assert shapely.equals_exact(first.geometry.to_numpy(), second.geometry.to_numpy(), normalize=True).all()
