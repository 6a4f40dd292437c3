"""Car ferries of an extract: one crossing from terminal to terminal, with its time and its wait."""

import networkx as nx
import numpy as np
import pytest

from pipeline.roads.model import RoadClass, RoadFlag
from pipeline.roads.osm import read_osm
from pipeline.settings.roads import FerryCrossing, FerrySettings, RoadSettings
from tests.osm_files import Town, places

BARE = FerrySettings(boarding_min=0, short_boarding_min=0)
"""Sailing time alone."""

KM = 1000.0


def harbours(*, far=10 * KM):
    """Two islands with a road each, from (-1 km, 0) to (0, 0) and from (far, 0) to (far + 1 km, 0)."""
    town = Town().node(1, -1000).node(2, 0).node(3, far).node(4, far + 1000)
    return town.way([1, 2], highway="tertiary", osm_id=101).way([3, 4], highway="tertiary", osm_id=102)


def ferry(town, refs, osm_id=201, **tags):
    return town.way(
        refs, {"route": "ferry", **{key.replace("__", ":"): value for key, value in tags.items()}}, osm_id
    )


def read(town, tmp_path, **changed):
    settings = RoadSettings(ferries=BARE.model_copy(update=changed))
    return read_osm(town.write(tmp_path / "isles.osm"), settings)


def crossings(arcs):
    """Ferry arcs: from, to → minutes."""
    at = places(arcs)
    sea = np.flatnonzero(arcs.road_class == RoadClass.FERRY)
    return {(at[arcs.tail[i]], at[arcs.head[i]]): round(float(arcs.seconds[i]) / 60, 1) for i in sea}


def joined(arcs, *ends):
    graph = nx.DiGraph(zip(arcs.tail.tolist(), arcs.head.tolist(), strict=True))
    at = places(arcs)
    return nx.has_path(graph, at.index(ends[0]), at.index(ends[1]))


WEST, EAST = (0, 0), (10_000, 0)
FAR_WEST, FAR_EAST = (-1000, 0), (11_000, 0)


def test_a_ferry_is_one_pair_of_arcs_from_terminal_to_terminal(tmp_path):
    town = ferry(
        harbours().node(10, 3000, 500).node(11, 6000, -500),
        [2, 10, 11, 3],
        motor_vehicle="yes",
        duration="00:45",
    )
    arcs = read(town, tmp_path)
    assert crossings(arcs) == {(WEST, EAST): 45, (EAST, WEST): 45}
    assert joined(arcs, FAR_WEST, FAR_EAST)
    sea = arcs.road_class == RoadClass.FERRY
    assert (arcs.flags[sea] & RoadFlag.NO_SNAP).all()
    assert arcs.length_m[sea].tolist() == pytest.approx([3041.4 + 3162.3 + 4031.1] * 2, rel=1e-3)
    assert arcs.notes["ferry_crossings"] == 1


@pytest.mark.parametrize(
    "tags",
    [
        {"motor_vehicle": "yes"},
        {"motorcar": "yes"},
        {"vehicle": "yes"},
        {"motor_vehicle": "permit"},
        {"motorcar": "designated", "access": "customers"},
        {"ferry": "primary"},
        {"hgv": "yes"},
        {},
    ],
)
def test_ferries_that_take_cars(tags, tmp_path):
    assert len(crossings(read(ferry(harbours(), [2, 3], duration="00:45", **tags), tmp_path))) == 2


@pytest.mark.parametrize(
    "tags",
    [
        {"motor_vehicle": "no"},
        {"motorcar": "no", "foot": "yes"},
        {"vehicle": "no"},
        {"foot": "yes"},
        {"foot": "yes", "bicycle": "yes"},
        {"access": "no"},
        {"access": "private"},
        {"motorcar": "no", "motor_vehicle": "yes"},
    ],
)
def test_ferries_that_do_not(tags, tmp_path):
    arcs = read(ferry(harbours(), [2, 3], **tags), tmp_path)
    assert crossings(arcs) == {}
    assert arcs.notes["ferries_foot"] == 1


def test_an_untagged_ferry_takes_cars_only_where_it_meets_a_road(tmp_path):
    assert read(ferry(harbours(), [2, 3]), tmp_path).notes["ferries_assumed_car"] == 1
    pier = harbours().node(20, 50, 0).node(21, 9950, 0).way([2, 20], highway="footway")
    arcs = read(ferry(pier, [20, 21]), tmp_path)
    assert crossings(arcs) == {}
    assert arcs.notes["ferries_foot"] == 1


def test_settings_overrule_whether_a_ferry_takes_cars(tmp_path):
    town = ferry(harbours(), [2, 3], name="Bådfarten", motor_vehicle="yes", duration="00:30")
    assert crossings(read(town, tmp_path, crossings={"Bådfarten": FerryCrossing(car=False)})) == {}
    town = ferry(harbours(), [2, 3], foot="yes", duration="00:30")
    assert len(crossings(read(town, tmp_path, crossings={"way/201": FerryCrossing(car=True)}))) == 2


def test_ferries_can_be_left_out(tmp_path):
    assert crossings(read(ferry(harbours(), [2, 3], motor_vehicle="yes"), tmp_path, use=False)) == {}


@pytest.mark.parametrize(
    ("tags", "minutes", "note"),
    [
        ({"duration": "00:45"}, 45, None),
        ({"duration": "45"}, 45, None),
        ({"duration": "PT45M"}, 45, None),
        ({}, 24, "ferry_durations_missing"),
        ({"duration": "45:00"}, 24, "ferry_durations_not_believed"),
        ({"duration": "soon"}, 24, "ferry_durations_not_believed"),
        ({"duration": "00:01"}, 24, "ferry_durations_not_believed"),
        ({"duration": "20:00"}, 24, "ferry_durations_not_believed"),
        ({"duration": "0"}, 24, "ferry_durations_not_believed"),
    ],
)
def test_a_sailing_time_is_believed_only_if_a_ship_can_sail_it(tags, minutes, note, tmp_path):
    arcs = read(ferry(harbours(), [2, 3], motor_vehicle="yes", **tags), tmp_path)
    assert set(crossings(arcs).values()) == {minutes}
    assert note is None or arcs.notes[note] == 1


def test_a_short_crossing_may_take_its_time(tmp_path):
    arcs = read(ferry(harbours(far=300.0), [2, 3], motor_vehicle="yes", duration="00:15"), tmp_path)
    assert set(crossings(arcs).values()) == {15}


def test_boarding_and_waiting_come_on_top(tmp_path):
    town = ferry(harbours(), [2, 3], motor_vehicle="yes", name="Rute", duration="00:45")

    def minutes(**changed):
        return set(crossings(read(town, tmp_path, **changed)).values()).pop()

    assert minutes(boarding_min=12) == 57
    assert minutes(boarding_min=12, short_crossing_min=45, short_boarding_min=3) == 48
    assert minutes(sailings_per_day=48, service_h=16) == 55
    assert minutes(sailings_per_day=2, service_h=16, longest_wait_min=30) == 75
    own = {"Rute": FerryCrossing(sailings_per_day=32, boarding_min=5)}
    assert minutes(boarding_min=12, sailings_per_day=2, crossings=own) == 45 + 5 + 15
    assert minutes(crossings={"way/201": FerryCrossing(crossing_min=20)}) == 20


def test_ferries_that_cross_at_sea_do_not_meet(tmp_path):
    """Two routes share a node at sea: nobody changes ship there."""
    town = (
        harbours()
        .node(5, 5000, 5000)
        .node(6, 5000, 6000)
        .node(7, 5000, -5000)
        .node(8, 5000, -6000)
        .node(50, 5000)
    )
    town.way([5, 6], highway="tertiary").way([7, 8], highway="tertiary")
    ferry(town, [2, 50, 3], 201, motor_vehicle="yes", name="Øst-Vest", duration="01:00")
    ferry(town, [5, 50, 7], 202, motor_vehicle="yes", name="Nord-Syd", duration="01:00")
    arcs = read(town, tmp_path)
    assert set(crossings(arcs)) == {
        (WEST, EAST),
        (EAST, WEST),
        ((5000, 5000), (5000, -5000)),
        ((5000, -5000), (5000, 5000)),
    }
    assert not joined(arcs, FAR_WEST, (5000, 6000))
    assert sorted(arcs.named) == ["Nord-Syd", "Øst-Vest"]


def test_ways_of_one_route_that_meet_at_sea_are_one_crossing(tmp_path):
    for name in ({"name": "Rute"}, {}):
        town = harbours().node(50, 4000)
        ferry(town, [2, 50], 201, motor_vehicle="yes", duration="00:20", **name)
        ferry(town, [50, 3], 202, motor_vehicle="yes", duration="00:30", **name)
        arcs = read(town, tmp_path)
        assert crossings(arcs) == {(WEST, EAST): 50, (EAST, WEST): 50}
        assert (4000, 0) not in places(arcs)


def test_a_sailing_time_repeated_on_every_way_is_that_of_the_whole_route(tmp_path):
    town = harbours().node(50, 2000)
    ferry(town, [2, 50], 201, motor_vehicle="yes", name="Rute", duration="00:45")
    ferry(town, [50, 3], 202, motor_vehicle="yes", name="Rute", duration="00:45")
    assert set(crossings(read(town, tmp_path)).values()) == {45}


def test_a_way_without_sailing_time_beside_one_with_is_filled_from_its_length(tmp_path):
    town = harbours().node(50, 5000)
    ferry(town, [2, 50], 201, motor_vehicle="yes", name="Rute", duration="00:30")
    ferry(town, [50, 3], 202, motor_vehicle="yes", name="Rute")
    assert set(crossings(read(town, tmp_path)).values()) == {30 + 12}


def test_a_stop_on_the_way_parts_the_crossing_in_proportion(tmp_path):
    town = harbours().node(5, 4000).node(6, 4000, 1000).way([5, 6], highway="tertiary")
    arcs = read(ferry(town, [2, 5, 3], motor_vehicle="yes", duration="00:50"), tmp_path)
    assert crossings(arcs) == {
        (WEST, (4000, 0)): 20,
        ((4000, 0), WEST): 20,
        ((4000, 0), EAST): 30,
        (EAST, (4000, 0)): 30,
    }


def test_a_route_that_forks_at_sea_sails_between_all_its_terminals(tmp_path):
    town = harbours().node(5, 5000, 5000).node(6, 5000, 6000).node(50, 5000).way([5, 6], highway="tertiary")
    for osm_id, refs in ((201, [2, 50]), (202, [50, 3]), (203, [50, 5])):
        ferry(town, refs, osm_id, motor_vehicle="yes", name="Øruten")
    arcs = read(town, tmp_path)
    assert len(crossings(arcs)) == 6
    assert (5000, 0) not in places(arcs)
    assert len(arcs.named["Øruten"]) == 6


def relation(town, ways, osm_id=301, **tags):
    return town.relation(osm_id, [("way", way, "") for way in ways], type="route", route="ferry", **tags)


def test_a_relation_tells_what_its_ways_do_not(tmp_path):
    town = harbours().node(50, 4000)
    town.way([2, 50], {"seamark:type": "ferry_route"}, 201)
    ferry(town, [50, 3], 202)
    relation(town, [201, 202], name="Ruten", motor_vehicle="yes", duration="00:40")
    arcs = read(town, tmp_path)
    assert crossings(arcs) == {(WEST, EAST): 40, (EAST, WEST): 40}
    assert list(arcs.named) == ["Ruten"]
    own = {"relation/301": FerryCrossing(crossing_min=33)}
    assert set(crossings(read(town, tmp_path, crossings=own)).values()) == {33}


def test_a_relation_for_walkers_keeps_its_ways_from_cars(tmp_path):
    town = ferry(harbours(), [2, 3])
    relation(town, [201], motor_vehicle="no", foot="yes")
    assert crossings(read(town, tmp_path)) == {}


def test_both_directions_of_a_route_are_one_crossing(tmp_path):
    town = ferry(harbours(), [2, 3], duration="00:45")
    relation(town, [201], 301, name="A => B", motor_vehicle="yes")
    relation(town, [201], 302, name="B => A", motor_vehicle="yes")
    assert len(crossings(read(town, tmp_path))) == 2


def test_roads_and_piers_that_a_relation_lists_are_no_ferries(tmp_path):
    town = ferry(harbours().node(20, 0, 50), [2, 3], motor_vehicle="yes", duration="00:45")
    town.way([2, 20], {"man_made": "pier"}, 401).way([2, 20], {"highway": "footway"}, 402)
    relation(town, [201, 101, 401, 402], motor_vehicle="yes")
    assert set(crossings(read(town, tmp_path))) == {(WEST, EAST), (EAST, WEST)}


def test_a_terminal_near_a_road_is_joined_to_it(tmp_path):
    town = harbours().node(20, 200, 0).node(21, 9800, 0)
    arcs = read(ferry(town, [20, 21], motor_vehicle="yes", duration="00:45"), tmp_path)
    assert joined(arcs, FAR_WEST, FAR_EAST)
    assert arcs.notes["ferry_terminals_joined"] == 2
    joint = (arcs.flags & RoadFlag.APPROXIMATE) > 0
    assert arcs.length_m[joint].tolist() == pytest.approx([200] * 4, rel=1e-3)
    assert (arcs.flags[joint] & RoadFlag.NO_SNAP).all()


def test_a_terminal_joins_a_road_in_the_middle_of_its_line(tmp_path):
    town = Town().node(1, -1000).node(2, 0).node(3, 1000).node(20, 0, 100).node(21, 0, 9000).node(22, 0, 9500)
    town.way([1, 2, 3], highway="tertiary").way([21, 22], highway="tertiary")
    arcs = read(ferry(town, [20, 21], motor_vehicle="yes", duration="00:45"), tmp_path)
    assert joined(arcs, FAR_WEST, (0, 9500))


def test_a_terminal_far_from_any_road_is_told_and_stays_apart(tmp_path):
    town = harbours().node(20, 0, 400)
    arcs = read(ferry(town, [20, 3], motor_vehicle="yes", duration="00:45"), tmp_path)
    assert not joined(arcs, FAR_WEST, FAR_EAST)
    assert arcs.notes["ferry_terminals_without_road"] == 1
    assert joined(read(town, tmp_path, terminal_m=450), FAR_WEST, FAR_EAST)


def test_lanes_for_customers_lead_to_the_ferry(tmp_path):
    town = harbours().node(20, 200).node(21, 300)
    town.way([2, 20], highway="service", access="customers").way(
        [20, 21], highway="service", access="private"
    )
    ferry(town, [21, 3], motor_vehicle="yes", duration="00:45")
    arcs = read(town, tmp_path)
    assert arcs.notes["harbour_roads_opened"] == 2
    ramps = arcs.road_class == RoadClass.SERVICE
    assert not (arcs.flags[ramps] & RoadFlag.DESTINATION_ONLY).any()
    assert (arcs.flags[ramps] & RoadFlag.NO_SNAP).all()


def test_private_roads_elsewhere_stay_private(tmp_path):
    town = harbours().node(20, -1000, 500).node(21, 3000, 3000)
    town.way([1, 20], highway="service", access="private").way([20, 21], highway="service", access="private")
    arcs = read(ferry(town, [2, 3], motor_vehicle="yes", duration="00:45"), tmp_path)
    assert arcs.notes["harbour_roads_opened"] == 0
    assert (arcs.flags[arcs.road_class == RoadClass.SERVICE] & RoadFlag.DESTINATION_ONLY).all()


def test_a_barrier_at_the_quay_does_not_cut_the_ferry_off(tmp_path):
    town = harbours().node(2, 0, barrier="bollard")
    arcs = read(ferry(town, [2, 3], motor_vehicle="yes", duration="00:45"), tmp_path)
    assert joined(arcs, FAR_WEST, FAR_EAST)


def test_a_ferry_that_leaves_the_extract_is_cut_and_counted(tmp_path):
    arcs = read(ferry(harbours(), [2, 999], motor_vehicle="yes"), tmp_path)
    assert crossings(arcs) == {}
    assert arcs.notes["ferries_cut"] == 1


def test_closing_a_named_ferry_parts_the_isles(tmp_path):
    arcs = read(ferry(harbours(), [2, 3], motor_vehicle="yes", duration="00:45"), tmp_path)
    assert list(arcs.named) == ["way/201"]
    left = np.setdiff1d(np.arange(len(arcs.tail)), arcs.named["way/201"])
    graph = nx.DiGraph(zip(arcs.tail[left].tolist(), arcs.head[left].tolist(), strict=True))
    at = places(arcs)
    assert not nx.has_path(graph, at.index(FAR_WEST), at.index(FAR_EAST))


def test_a_bridge_with_a_ferrys_name_is_closed_by_itself(tmp_path):
    town = ferry(harbours(), [2, 3], motor_vehicle="yes", name="Sundet", duration="00:45")
    town.node(5, 12_000).way([4, 5], highway="tertiary", bridge="yes", name="Sundet", osm_id=103)
    assert {name: len(arcs) for name, arcs in read(town, tmp_path).named.items()} == {
        "Sundet": 2,
        "Sundet (way/103)": 2,
    }


def test_a_round_trip_without_landing_is_no_crossing(tmp_path):
    town = harbours().node(50, 5000).node(51, 6000).node(52, 5500, 800)
    assert crossings(read(ferry(town, [50, 51, 52, 50], motor_vehicle="yes"), tmp_path)) == {}
