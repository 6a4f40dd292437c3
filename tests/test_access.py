"""Access to acute hospitals on the toy country: a road, an island by ferry, a place without a road."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from pipeline.access import Access, acute_access
from pipeline.clusters import split_population
from pipeline.roads.model import RoadArcs, RoadClass, RoadFlag
from pipeline.travel.homes import Homes, Joining
from pipeline.travel.network import build_network
from pipeline.travel.routing import Router
from tests.toys import point, toy_members, toy_names, toy_population

JOINING = Joining(max_access_m=2_000.0, access_kmh=3.6)
KMH = 60.0


def _roads() -> RoadArcs:
    """A road 0101 – 0102 along the southern row, an island road in 0103, a ferry between them."""
    xy = np.array([[p.x, p.y] for p in (point(0.1, 0.5), point(1.9, 0.5), point(2.2, 0.5), point(2.9, 0.5))])
    ends = np.array([[0, 1], [1, 2], [2, 3]])
    length = np.hypot(*(xy[ends[:, 0]] - xy[ends[:, 1]]).T)
    seconds = length / (KMH / 3.6)
    seconds[1] = 1_200  # the ferry with its wait
    classes = np.array([RoadClass.SECONDARY, RoadClass.FERRY, RoadClass.SECONDARY], dtype=np.uint8)
    flags = np.array([0, RoadFlag.NO_SNAP, 0], dtype=np.uint8)
    return RoadArcs(
        node_xy=xy,
        tail=np.r_[ends[:, 0], ends[:, 1]].astype(np.int32),
        head=np.r_[ends[:, 1], ends[:, 0]].astype(np.int32),
        seconds=np.tile(seconds, 2).astype(np.float32),
        length_m=np.tile(length, 2).astype(np.float32),
        road_class=np.tile(classes, 2),
        flags=np.tile(flags, 2),
        edge=np.tile(np.arange(3, dtype=np.int32), 2),
        forward=np.repeat([True, False], 3),
        line_start=np.arange(0, 7, 2, dtype=np.int64),
        line_xy=xy[ends.ravel()],
        named={"Toy ferry": np.array([1, 4], dtype=np.int32)},
    )


@pytest.fixture(scope="module")
def access() -> Access:
    return _access()


def _access(lonely: int = 0) -> Access:
    """Find the travel times; `lonely` hospitals more stand far from every road."""
    members = toy_members()
    members = members.join(split_population(members, toy_population(), "once"))
    demand = gpd.GeoDataFrame(
        {
            "demand_id": ["near", "island", "nowhere"],
            "municipality_code": ["0102", "0103", "0105"],
            "weight": [201.0, 300.0, 500.0],
        },
        geometry=[point(1.1, 0.5), point(2.5, 0.5), point(1.5, 1.5)],
        crs="EPSG:25832",
    )
    names = ["a", "b", *(f"far-{n}" for n in range(lonely))]
    facilities = gpd.GeoDataFrame(
        {
            "facility_id": [f"hospital-{name}" for name in names],
            "name": [name.upper() for name in names],
            "role": ["acute", "non_acute", *["acute"] * lonely],
        },
        geometry=[point(0.1, 0.5), point(2.5, 0.5), *[point(1.5, 1.9)] * lonely],
        crs="EPSG:25832",
    )
    pairs = pd.DataFrame({"scheme": ["a"], "cluster_id": ["west"], "facility_id": ["hospital-a"]})
    router = Router(build_network(_roads()))
    homes = Homes.at(router, demand.geometry.get_coordinates(), JOINING)
    return acute_access(router, demand, facilities, members, pairs, toy_names(), homes=homes)


def test_times_are_right_and_every_point_keeps_its_reason(access: Access) -> None:
    rows = access.nearest.set_index("demand_id")
    assert rows.loc["near", "travel_min"] == pytest.approx(10.0, abs=0.01)
    assert rows.loc["island", "travel_min"] == pytest.approx(18 + 20 + 3, abs=0.01)
    assert np.isnan(rows.loc["nowhere", "travel_min"])
    assert rows["status"].to_dict() == {
        "near": "ok",
        "island": "ferry_only",
        "nowhere": "outside_study_area",
    }


def test_only_acute_hospitals_take_part(access: Access) -> None:
    assert access.hospitals["facility_id"].tolist() == ["hospital-a"]
    assert set(access.nearest["facility_id"].dropna()) == {"hospital-a"}


def test_people_are_conserved_at_every_level(access: Access) -> None:
    figures = access.figures
    for scheme in ("a", "b"):
        rows = figures[figures["scheme"] == scheme]
        assert rows.loc[rows["level"] == "country", "people"].tolist() == [1001.0]
        assert rows.loc[rows["level"] == "municipality", "people"].sum() == 1001.0
    assert access.catchments.groupby("scheme")["people"].sum().tolist() == [1001.0, 1001.0]


def test_a_shared_municipality_counts_half_in_each_cluster(access: Access) -> None:
    rows = access.figures[(access.figures["scheme"] == "a") & (access.figures["level"] == "cluster")]
    assert rows.set_index("key")["people"].to_dict() == {"west": 100.5, "east": 400.5}


def test_the_findings_tell_who_is_left_and_who_needs_a_ferry(access: Access) -> None:
    told = {finding.kind: finding for finding in access.findings}
    assert str(told["people_without_travel_time"].message).startswith("500 people have no travel time")
    assert told["people_without_travel_time"].keys == ("0105",)
    assert str(told["ferry_only"].message).startswith("300 people")


@pytest.mark.parametrize(("lonely", "findings"), [(2, 2), (9, 1)])
def test_many_hospitals_without_a_road_are_told_as_one(lonely: int, findings: int) -> None:
    told = [one for one in _access(lonely).findings if one.kind == "hospital_without_road"]
    assert len(told) == findings
    assert sum(len(one.keys) for one in told) == lonely
    assert all("FAR-0" in str(one.message) for one in told[:1])
