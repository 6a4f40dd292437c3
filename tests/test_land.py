import datetime as dt

import geopandas as gpd
import numpy as np
import pytest
from shapely import Point, box

from pipeline.coverage.land import NO_LAND, land_of, land_parts
from pipeline.errors import SettingsError
from pipeline.settings.file import parse_settings

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
    points = gpd.GeoSeries([Point(100, 100), Point(5100, 100), Point(4900, 100), Point()], crs="EPSG:25832")
    labels = land_of(points, areas((0, 0, 2000, 2000), (5000, 0, 5500, 500)))
    assert labels.tolist() == [0, 1, 1, NO_LAND]
    assert land_of(points.iloc[:0], areas((0, 0, 1, 1))).dtype == np.int32


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
