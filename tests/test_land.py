import datetime as dt

import geopandas as gpd
import numpy as np
import pytest
from shapely import box

from pipeline.errors import SettingsError
from pipeline.settings.file import parse_settings
from pipeline.travel.homes import Homes, Joining
from pipeline.travel.land import NO_LAND, land_parts, nearest_land
from pipeline.travel.network import build_network
from pipeline.travel.routing import Router
from pipeline.travel_status import Status
from tests.networks import at, grid

STUDY = {"name": "x", "title": "X", "as_of": dt.date(2025, 1, 1)}


def areas(*boxes):
    return gpd.GeoDataFrame(geometry=[box(*corners) for corners in boxes], crs="EPSG:25832")


def test_slivers_between_neighbours_are_no_water_and_the_largest_land_comes_first():
    parts = land_parts(
        areas((0, 0, 10, 10), (500, 0, 1500, 1000), (1506, 0, 2500, 1000), (5000, 0, 5500, 500))
    )
    assert len(parts) == 3
    assert [round(part.area, -5) for part in parts] == [2_000_000, 300_000, 0]


def test_points_get_the_land_they_stand_on_or_the_nearest():
    land = land_parts(areas((0, 0, 2000, 2000), (5000, 0, 5500, 500)))
    points = [(100, 100), (5100, 100), (4900, 100), (np.nan, np.nan)]
    assert nearest_land(points, land).tolist() == [0, 1, 1, NO_LAND]
    assert nearest_land(np.empty((0, 2)), land).dtype == np.int32


def test_a_home_without_a_way_is_cut_off_only_where_nobody_on_its_land_has_one():
    router = Router(build_network(grid(3, 3)))
    land = np.array([box(*at(-500, -500), *at(2500, 2500)), box(*at(9000, 0), *at(9500, 500))], dtype=object)
    spots = [at(0, 0), at(1000, 0), at(9100, 100), (np.nan, np.nan)]
    homes = Homes.at(router, spots, Joining(max_access_m=20_000), land)
    assert homes.ground.tolist() == [0, 0, 1, NO_LAND]
    assert homes.places.status[2] == Status.NO_ROAD_NEARBY, "nobody walks over water"
    told = np.array([Status.OK, Status.NO_WAY, Status.OTHER_LANDMASS, Status.NOT_LOCATED], dtype=np.uint8)
    assert homes.reasons(told).tolist() == [
        Status.OK,
        Status.LOOSE_ROAD,
        Status.OTHER_LANDMASS,
        Status.NOT_LOCATED,
    ]
    unknown = Homes.at(router, spots)
    assert unknown.reasons(told).tolist() == told.tolist(), "without outlines nothing is told apart"


@pytest.mark.parametrize("section", ["demand", "practices"])
def test_a_kind_that_needs_a_file_asks_for_it(section, tmp_path):
    kind = {"demand": "points", "practices": "sor"}[section]
    with pytest.raises(SettingsError) as told:
        parse_settings({"study": STUDY, section: {"kind": kind}}, source="my.toml", folder=tmp_path)
    assert [str(fault.where) for fault in told.value.faults] == [section]
    with pytest.raises(SettingsError, match=r"none\.csv"):
        parse_settings(
            {"study": STUDY, section: {"kind": kind, "file": "none.csv"}}, source="my.toml", folder=tmp_path
        )
