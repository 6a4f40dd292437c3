"""Facilities: roles on a day, the join to municipality and cluster, what is reported."""

import datetime as dt

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from pipeline.clusters.facilities import (
    build_facilities,
    count_by_cluster,
    facility_clusters,
    locate,
    place_facilities,
    placement_findings,
    roles_on,
)
from tests.toys import SIDE, point, toy_areas, toy_members


def _points(*shapes: shapely.Point | None) -> gpd.GeoSeries:
    return gpd.GeoSeries(list(shapes), crs="EPSG:25832")


def test_a_point_lies_in_its_municipality() -> None:
    found = locate(_points(point(0.5, 0.5), point(2.5, 1.5)), toy_areas())
    assert found["municipality_polygon"].tolist() == ["0101", "0106"]
    assert found["status"].tolist() == ["ok", "ok"]
    assert found["snapped_m"].tolist() == [0.0, 0.0]


def test_a_harbour_outside_is_taken_to_the_nearest_within_a_kilometre() -> None:
    found = locate(_points(point(0.5, -999 / SIDE), point(0.5, -1001 / SIDE)), toy_areas())
    assert found["municipality_polygon"].iloc[0] == "0101"
    assert found["snapped_m"].iloc[0] == pytest.approx(999, abs=0.1)
    assert found["status"].tolist() == ["snapped", "outside_study_area"]
    assert pd.isna(found["snapped_m"].iloc[1])


def test_a_point_on_a_border_goes_to_the_lower_code_whatever_the_order() -> None:
    for areas in (toy_areas(), toy_areas().iloc[::-1]):
        found = locate(_points(point(1, 1)), areas)
        assert found["municipality_polygon"].tolist() == ["0101"]


def test_a_missing_point_has_a_reason() -> None:
    found = locate(_points(None, shapely.Point()), toy_areas())
    assert found["status"].tolist() == ["no_point", "no_point"]


def test_a_stated_municipality_stands_and_the_polygon_is_reported() -> None:
    rows = gpd.GeoDataFrame(
        {"facility_id": ["x", "y"], "name": ["Hus X", "Hus Y"], "municipality_stated": ["0102", None]},
        geometry=[point(0.9, 0.5), point(0.9, 0.5)],
        crs="EPSG:25832",
    )
    placed = place_facilities(rows, toy_areas())
    assert placed["municipality_code"].tolist() == ["0102", "0101"]
    assert placed["municipality_polygon"].tolist() == ["0101", "0101"]
    assert placed["status"].tolist() == ["municipality_differs", "ok"]
    assert placed["stated_dist_m"].iloc[0] == 1000
    (told,) = placement_findings(placed, pd.Series({"0101": "Vestby", "0102": "Østby"}))
    assert told.kind == "municipality_differs"
    assert "Hus X is stated to lie in Østby, but its point lies in Vestby, 1,000 m away" in str(told.message)


def test_roles_follow_the_dated_rows() -> None:
    hospitals = pd.DataFrame({"hospital_id": ["old", "new", "always"]})
    status = pd.DataFrame(
        {
            "hospital_id": ["old", "new", "always"],
            "status": ["acute", "acute", "non_acute"],
            "valid_from": [None, "2022-02-13", None],
            "valid_to": ["2022-02-13", None, None],
        }
    )
    before, after = (roles_on(hospitals, status, dt.date(year, 6, 1)) for year in (2018, 2023))
    assert before.to_dict() == {
        "hospital-old": "acute",
        "hospital-new": "planned",
        "hospital-always": "non_acute",
    }
    assert after.to_dict() == {
        "hospital-old": "closed",
        "hospital-new": "acute",
        "hospital-always": "non_acute",
    }


def _hospitals() -> pd.DataFrame:
    points = gpd.GeoSeries([point(0.5, 0.5), point(1.5, 0.5)], crs="EPSG:25832").to_crs("EPSG:4326")
    return pd.DataFrame(
        {
            "hospital_id": ["h1", "h2"],
            "name": ["Sygehus 1", "Sygehus 2"],
            "name_today": [None, "Hospital 2"],
            "town": "By",
            "address": "Vej 1",
            "municipality_code": ["0101", "0102"],
            "lon": points.x,
            "lat": points.y,
            "point_precision": "address",
            "source": "made for tests",
            "precision": "register",
            "note": None,
            "note_da": None,
        }
    )


def _houses() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "house_id": ["s1", "s2"],
            "name": ["Hus 1", "Hus 2"],
            "town": "By",
            "address": None,
            "municipality_code": ["0102", "0103"],
            "lon": [float("nan")] * 2,
            "lat": [float("nan")] * 2,
            "opened_year": [2018, None],
            "status": ["open", "planned_2024"],
            "point_precision": "none",
            "source": "made for tests",
            "precision": "register",
            "note": None,
            "note_da": None,
        }
    )


def test_a_stated_cluster_goes_before_geography_and_shared_houses_count_in_both() -> None:
    roles = pd.Series({"hospital-h1": "acute", "hospital-h2": "acute"})
    facilities = build_facilities(_hospitals(), roles, _houses(), toy_areas())
    assert facilities["name"].tolist() == ["Hus 1", "Hus 2", "Sygehus 1", "Hospital 2"]
    assert facilities["status"].tolist() == ["no_point", "no_point", "ok", "ok"]
    assert facilities.geometry.isna().tolist() == [True, True, False, False]
    members = toy_members()
    members = members[members["scheme"] == "a"]
    stated = pd.DataFrame(
        {"scheme": ["a"], "cluster_id": ["east"], "hospital_id": ["h2"], "valid_from": None, "valid_to": None}
    )
    view = pd.DataFrame({"scheme": ["a"], "on": [dt.date(2018, 1, 1)]})
    pairs = facility_clusters(facilities, members, stated, view)
    found = set(zip(pairs["cluster_id"], pairs["facility_id"], pairs["basis"], strict=True))
    assert found == {
        ("west", "hospital-h1", "spatial"),
        ("east", "hospital-h2", "both"),
        ("west", "house-s1", "spatial"),
        ("east", "house-s1", "spatial"),
        ("east", "house-s2", "spatial"),
    }
    by_day = pd.concat([roles, pd.Series({"house-s1": "open", "house-s2": "planned"})]).rename("role")
    by_day = by_day.rename_axis("facility_id").reset_index().assign(scheme="a")
    counts = count_by_cluster(pairs, facilities, by_day)
    assert counts.loc[("a", "west")].to_dict() == {"acute_hospitals": 1, "hospitals": 1, "health_houses": 1}
    assert counts.loc[("a", "east")].to_dict() == {"acute_hospitals": 1, "hospitals": 1, "health_houses": 1}


def test_a_hospital_and_a_house_of_one_name_stay_apart() -> None:
    houses = _houses().assign(house_id=["h1", "h2"])
    facilities = build_facilities(_hospitals(), pd.Series(dtype=object), houses, toy_areas())
    assert facilities["facility_id"].is_unique
    assert sorted(facilities["register_id"]) == ["h1", "h1", "h2", "h2"]


def test_opening_years_are_whole_years() -> None:
    facilities = build_facilities(_hospitals(), pd.Series(dtype=object), _houses(), toy_areas())
    years = facilities.set_index("facility_id")["valid_from"]
    assert years["house-s1"] == "2018"
    assert pd.isna(years["house-s2"])
