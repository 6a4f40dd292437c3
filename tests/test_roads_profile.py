"""Car profile: what the tags of an OpenStreetMap extract mean to a car."""

from math import isnan

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.roads.barriers import NODE_KEYS, node_rule
from pipeline.roads.model import RoadClass, RoadFlag
from pipeline.roads.profile import WAY_KEYS, takes_cars, way_rule
from pipeline.settings.roads import CLASS_SPEEDS, ClassSpeed, RoadSettings
from tests.osm_files import FREE, PLAIN, A, B, C, D, Town, moves, places, read, road, streets


def with_main_road(town):
    """Add a plain road elsewhere, so that a file in which nothing else may be driven is still a network."""
    return town.node(901, 0, 9000).node(902, 500, 9000).way([901, 902], {"highway": "tertiary"}, osm_id=999)


def kept(town, tmp_path, settings=PLAIN):
    """Moves and flags of everything but the plain road elsewhere."""
    arcs = read(with_main_road(town), tmp_path, settings)
    at = places(arcs)
    here = [i for i, node in enumerate(arcs.tail) if at[node][1] < 9000]
    return [(at[arcs.tail[i]], at[arcs.head[i]]) for i in here], {RoadFlag(int(arcs.flags[i])) for i in here}


BOTH = [(A, B), (B, A)]


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({}, BOTH),
        ({"oneway": "yes"}, [(A, B)]),
        ({"oneway": "1"}, [(A, B)]),
        ({"oneway": "true"}, [(A, B)]),
        ({"oneway": "-1"}, [(B, A)]),
        ({"oneway": "reverse"}, [(B, A)]),
        ({"oneway": "no"}, BOTH),
        ({"oneway": "alternating"}, BOTH),
        ({"oneway": "reversible"}, []),
        ({"oneway": "perhaps"}, BOTH),
        ({"oneway": "yes", "oneway:motorcar": "no"}, BOTH),
        ({"oneway:motor_vehicle": "yes"}, [(A, B)]),
        ({"oneway": "no", "oneway:motorcar": "-1"}, [(B, A)]),
        ({"oneway": "yes", "oneway:bicycle": "no"}, [(A, B)]),
        ({"junction": "roundabout"}, [(A, B)]),
        ({"junction": "circular"}, [(A, B)]),
        ({"junction": "roundabout", "oneway": "no"}, BOTH),
        ({"highway": "motorway"}, [(A, B)]),
        ({"highway": "motorway", "oneway": "no"}, BOTH),
        ({"highway": "motorway", "oneway": "-1"}, [(B, A)]),
        ({"highway": "motorway_link"}, BOTH),
        ({"highway": "trunk"}, BOTH),
        ({"motor_vehicle:backward": "no"}, [(A, B)]),
        ({"vehicle:forward": "no"}, [(B, A)]),
        ({"motor_vehicle": "no", "motor_vehicle:forward": "yes"}, [(A, B)]),
        ({"oneway": "yes", "motor_vehicle:forward": "no"}, []),
    ],
)
def test_one_way_roads(tags, expected, tmp_path):
    assert kept(road(*tags.items()), tmp_path)[0] == expected


OPEN, DOORS, GONE = "open", "doors", "gone"


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({"access": "yes"}, OPEN),
        ({"access": "permissive"}, OPEN),
        ({"access": "unknown"}, OPEN),
        *(
            ({"access": value}, DOORS)
            for value in ("private", "no", "customers", "destination", "delivery", "permit")
        ),
        ({"access": "agricultural"}, DOORS),
        ({"access": "private", "motorcar": "yes"}, OPEN),
        ({"access": "no", "vehicle": "yes"}, OPEN),
        ({"motor_vehicle": "no"}, GONE),
        ({"motorcar": "no"}, GONE),
        ({"vehicle": "no"}, GONE),
        ({"vehicle": "no", "motor_vehicle": "destination"}, DOORS),
        ({"motor_vehicle": "no", "motorcar": "yes"}, OPEN),
        ({"motor_vehicle": "yes", "motorcar": "no"}, GONE),
        ({"motor_vehicle": "private"}, DOORS),
        ({"motor_vehicle": "agricultural;forestry"}, GONE),
        ({"motor_vehicle": "agricultural;destination"}, DOORS),
        ({"motor_vehicle": "unknown", "access": "private"}, DOORS),
        ({"access": "yes", "motor_vehicle": "emergency"}, GONE),
        ({"service": "emergency_access"}, DOORS),
    ],
)
def test_access_follows_the_most_specific_key(tags, expected, tmp_path):
    steps, flags = kept(road(*tags.items()), tmp_path)
    assert steps == ([] if expected is GONE else BOTH)
    assert any(flag & RoadFlag.DESTINATION_ONLY for flag in flags) == (expected is DOORS)


@pytest.mark.parametrize(
    "tags",
    [
        {"highway": "construction"},
        {"highway": "proposed"},
        {"highway": "abandoned"},
        {"highway": "footway"},
        {"highway": "cycleway"},
        {"highway": "path"},
        {"highway": "steps"},
        {"highway": "pedestrian"},
        {"highway": "busway"},
        {"highway": "raceway"},
        {"area": "yes"},
        {"disused": "yes"},
        {"abandoned": "yes"},
    ],
)
def test_ways_that_are_no_roads_for_cars_are_left_out(tags, tmp_path):
    assert kept(road(*tags.items()), tmp_path)[0] == []


@pytest.mark.parametrize("value", ["yes", "destination", "designated"])
def test_a_pedestrian_street_that_cars_may_use_is_a_living_street(value, tmp_path):
    arcs = read(road(("highway", "pedestrian"), ("motor_vehicle", value)), tmp_path)
    assert set(arcs.road_class.tolist()) == {RoadClass.LIVING_STREET}


@pytest.mark.parametrize(("setting", "expected"), [("destination", DOORS), ("open", OPEN), ("none", GONE)])
def test_tracks_are_what_the_settings_make_them(setting, expected, tmp_path):
    steps, flags = kept(road(("highway", "track")), tmp_path, RoadSettings(delays=FREE, tracks=setting))
    assert steps == ([] if expected is GONE else BOTH)
    assert any(flag & RoadFlag.DESTINATION_ONLY for flag in flags) == (expected is DOORS)


def test_what_is_left_out_is_counted_by_reason(tmp_path):
    town = road().way([1, 2], highway="construction").way([1, 2], highway="service", motor_vehicle="no")
    town.way([1, 2], highway="residential", area="yes").way([1, 2], highway="tertiary", oneway="reversible")
    notes = read(town, tmp_path).notes
    assert notes["ways_used"] == 1
    assert (notes["ways_no_access"], notes["ways_area"], notes["ways_reversible"]) == (1, 1, 1)


def test_motorways_stay_two_way_where_a_large_extract_records_no_directions(tmp_path):
    town = (
        Town()
        .node(1, *A)
        .node(2, *B)
        .node(3, *C)
        .way([1, 2], highway="motorway")
        .way([2, 3], highway="primary")
    )
    few = RoadSettings(delays=FREE, oneway_evidence=2)
    assert moves(read(town, tmp_path, few)) == [(A, B), (B, A), (B, C), (C, B)]
    assert read(town, tmp_path, few).notes["motorways_two_way"] == 1
    assert moves(read(town, tmp_path)) == [(A, B), (B, C), (C, B)]
    implied = RoadSettings(delays=FREE, oneway_evidence=2, motorway_oneway="implied")
    assert moves(read(town, tmp_path, implied)) == [(A, B), (B, C), (C, B)]
    tagged = RoadSettings(delays=FREE, motorway_oneway="tagged")
    assert len(moves(read(town, tmp_path, tagged))) == 4
    town.node(4, *D).way([3, 4], highway="primary", oneway="yes")
    assert (B, A) not in moves(read(town, tmp_path, few))


@pytest.mark.parametrize(
    ("tags", "passes"),
    [
        ({"barrier": "bollard"}, False),
        ({"barrier": "bollard", "motor_vehicle": "yes"}, True),
        ({"barrier": "block"}, False),
        ({"barrier": "cycle_barrier"}, False),
        ({"barrier": "made_up"}, False),
        ({"barrier": "gate"}, True),
        ({"barrier": "lift_gate"}, True),
        ({"barrier": "toll_booth"}, True),
        ({"barrier": "cattle_grid"}, True),
        ({"barrier": "entrance"}, True),
        ({"barrier": "gate", "access": "no"}, False),
        ({"barrier": "gate", "motor_vehicle": "no"}, False),
        ({"barrier": "gate", "access": "customers"}, True),
        ({"barrier": "gate", "access": "no", "motorcar": "yes"}, True),
        ({"access": "no"}, True),
    ],
)
def test_barriers_stop_cars_or_let_them_pass(tags, passes, tmp_path):
    town = Town().node(1, *A).node(2, *B, **tags).node(3, *C).way([1, 2, 3], highway="residential")
    arcs = read(town, tmp_path)
    graph = nx.DiGraph(zip(arcs.tail.tolist(), arcs.head.tolist(), strict=True))
    ends = [places(arcs).index(end) for end in (A, C)]
    assert nx.has_path(graph, *ends) == passes
    assert arcs.notes["barriers_closed"] == (not passes)


def test_a_barrier_at_a_junction_parts_all_its_roads(tmp_path):
    town = Town().node(1, *A).node(2, *B, barrier="bollard").node(3, *C).node(4, 1000, 500)
    town.way([1, 2, 3], highway="residential").way([2, 4], highway="residential")
    arcs = read(town, tmp_path)
    assert (
        nx.number_weakly_connected_components(
            nx.DiGraph(zip(arcs.tail.tolist(), arcs.head.tolist(), strict=True))
        )
        == 3
    )


def test_a_private_gate_lets_nobody_through_but_to_doors(tmp_path):
    town = Town().node(1, *A).node(2, *B, barrier="gate", access="private").node(3, *C)
    arcs = read(town.way([1, 2, 3], highway="residential"), tmp_path)
    gate = (arcs.flags & RoadFlag.DESTINATION_ONLY) > 0
    assert arcs.notes["gates_private"] == 1
    assert (arcs.length_m[gate] == 0).all()
    assert (arcs.flags[gate] & RoadFlag.NO_SNAP).all()
    public = nx.DiGraph(zip(arcs.tail[~gate].tolist(), arcs.head[~gate].tolist(), strict=True))
    everything = nx.DiGraph(zip(arcs.tail.tolist(), arcs.head.tolist(), strict=True))
    ends = [places(arcs).index(end) for end in (A, C)]
    assert not nx.has_path(public, *ends)
    assert nx.has_path(everything, *ends)


def test_a_private_gate_on_a_private_road_adds_nothing(tmp_path):
    town = Town().node(1, *A).node(2, *B, barrier="gate", access="private").node(3, *C)
    arcs = read(town.way([1, 2, 3], highway="service", access="private"), tmp_path)
    assert len(arcs.tail) == 2
    assert arcs.notes["gates_private"] == 0


def kmh(arcs):
    return (arcs.length_m / arcs.seconds * 3.6).tolist()


RESIDENTIAL = CLASS_SPEEDS["residential"]


@pytest.mark.parametrize(
    ("tags", "limits"),
    [
        ({"maxspeed": "40"}, (40, 40)),
        ({"maxspeed": "DK:urban"}, (50, 50)),
        ({"zone:maxspeed": "DK:40"}, (40, 40)),
        ({"source:maxspeed": "DK:rural"}, (80, 80)),
        ({"maxspeed": "60", "source:maxspeed": "DK:rural"}, (60, 60)),
        ({"maxspeed": "60", "maxspeed:backward": "40"}, (60, 40)),
        ({"maxspeed:forward": "30", "maxspeed:type": "DK:urban"}, (30, 50)),
    ],
)
def test_limits_by_direction_and_zone(tags, limits, tmp_path):
    settings = RoadSettings(delays=FREE, speeds={"residential": ClassSpeed(urban_kmh=1, rural_kmh=1)})
    assert kmh(read(road(*tags.items()), tmp_path, settings)) == pytest.approx(limits, rel=1e-5)


def test_the_zone_of_a_tag_decides_over_the_surroundings(tmp_path):
    assert kmh(read(road(("zone:traffic", "DK:urban")), tmp_path))[0] == pytest.approx(
        50 * RESIDENTIAL.urban_factor
    )
    assert kmh(read(road(("zone:traffic", "DK:rural")), tmp_path))[0] == pytest.approx(
        80 * RESIDENTIAL.rural_factor
    )


def test_speeds_that_cannot_be_are_ignored_and_counted(tmp_path):
    town = road(("maxspeed", "0")).way([1, 2], highway="residential", maxspeed="900")
    town.way([1, 2], highway="residential").way([1, 2], highway="residential", maxspeed__forward="fast")
    arcs = read(town, tmp_path)
    assert arcs.notes["speeds_ignored"] == 3
    assert np.ptp(arcs.seconds) == 0


def test_gravel_and_roundabouts_are_driven_slowly(tmp_path):
    rough = kmh(read(road(("highway", "primary"), ("surface", "gravel")), tmp_path))
    assert rough[0] == pytest.approx(PLAIN.unpaved_kmh)
    circle = kmh(read(road(("highway", "primary"), ("junction", "roundabout")), tmp_path))
    assert circle[0] == pytest.approx(PLAIN.roundabout_kmh)


def test_roads_among_streets_are_in_town_and_others_are_not(tmp_path):
    arcs = read(streets(80, 7), tmp_path)
    urban = (arcs.flags & RoadFlag.URBAN) > 0
    far = np.array([x > 10_000 for x, _ in (places(arcs)[node] for node in arcs.tail)])
    assert urban[~far].all()
    assert not urban[far].any()


def test_scattered_roads_and_country_limits_are_no_town(tmp_path):
    assert not (read(streets(600, 4, "unclassified"), tmp_path).flags & RoadFlag.URBAN).any()
    town = streets(80, 7)
    town.node(3, 240, 700).way([53, 103, 3], highway="secondary", maxspeed="80")
    arcs = read(town, tmp_path)
    main = arcs.road_class == RoadClass.SECONDARY
    assert not (arcs.flags[main] & RoadFlag.URBAN).any()


def extra_seconds(tmp_path, tags, *, way=None, middle=500.0, settings=None):
    """Delay forward and backward of a node on a road of 1 km, compared with the same road without."""
    way = {"highway": "tertiary", **(way or {})}
    settings = settings or RoadSettings()
    plain = read(Town().node(1, *A).node(2, middle).node(3, *B).way([1, 2, 3], way), tmp_path, settings)
    told = read(
        Town().node(1, *A).node(2, middle, **tags).node(3, *B).way([1, 2, 3], way), tmp_path, settings
    )
    return (told.seconds - plain.seconds).round(2).tolist()


DELAYS = RoadSettings().delays


@pytest.mark.parametrize(
    ("tags", "forward", "backward"),
    [
        ({"highway": "crossing"}, DELAYS.crossing_s, DELAYS.crossing_s),
        ({"railway": "level_crossing"}, DELAYS.level_crossing_s, DELAYS.level_crossing_s),
        ({"traffic_calming": "bump"}, DELAYS.calming_s, DELAYS.calming_s),
        ({"highway": "mini_roundabout"}, DELAYS.roundabout_s, DELAYS.roundabout_s),
        (
            {"highway": "traffic_signals", "traffic_signals:direction": "both"},
            DELAYS.signal_s,
            DELAYS.signal_s,
        ),
        ({"highway": "traffic_signals", "traffic_signals:direction": "backward"}, 0, DELAYS.signal_s),
        ({"highway": "stop", "direction": "forward"}, DELAYS.stop_s, 0),
        ({"highway": "give_way", "direction": "backward"}, 0, DELAYS.give_way_s),
        ({"highway": "bus_stop"}, 0, 0),
    ],
)
def test_points_delay_those_who_pass(tags, forward, backward, tmp_path):
    assert extra_seconds(tmp_path, tags) == pytest.approx([forward, backward], abs=0.02)


def test_a_signal_that_does_not_say_its_direction_faces_the_nearer_end(tmp_path):
    signal = {"highway": "traffic_signals"}
    assert extra_seconds(tmp_path, signal, middle=980.0) == pytest.approx([DELAYS.signal_s, 0], abs=0.02)
    assert extra_seconds(tmp_path, signal, middle=20.0) == pytest.approx([0, DELAYS.signal_s], abs=0.02)
    oneway = extra_seconds(tmp_path, signal, middle=20.0, way={"oneway": "yes"})
    assert oneway == pytest.approx([DELAYS.signal_s], abs=0.02)


def test_a_signal_takes_the_place_of_the_junctions_own_delay(tmp_path):
    def side_road(**tags):
        town = Town().node(1, *A).node(2, *B, **tags).node(3, *C).node(4, 1000, 1000)
        town.way([1, 2, 3], highway="secondary").way([4, 2], highway="tertiary")
        arcs = read(town, tmp_path, RoadSettings())
        arriving = (arcs.road_class == RoadClass.TERTIARY) & arcs.forward
        kph = driving = CLASS_SPEEDS["tertiary"]
        kph = driving.rural_kmh * driving.rural_factor
        return float(arcs.seconds[arriving][0] - arcs.length_m[arriving][0] / kph * 3.6)

    assert side_road() == pytest.approx(DELAYS.yield_s, abs=0.01)
    assert side_road(highway="traffic_signals") == pytest.approx(DELAYS.signal_s, abs=0.01)


def test_bridges_tunnels_and_motorways_are_flagged_and_links_named(tmp_path):
    town = Town()
    for i in range(8):
        town.node(i + 1, i * 1000)
    town.way([1, 2], highway="primary", bridge="yes", name="Lange Bro", osm_id=11)
    town.way([2, 3], highway="primary", bridge="viaduct", name="Hovedvej", bridge__name="Høje Bro", osm_id=12)
    town.way([3, 4], highway="primary", tunnel="yes", osm_id=13)
    town.way([4, 5], highway="primary", tunnel="building_passage", osm_id=14)
    town.way([5, 6], highway="motorway", oneway="yes", osm_id=15)
    town.way([6, 7], highway="primary", bridge="no", name="Vej", osm_id=16)
    arcs = read(town, tmp_path)
    assert sorted(arcs.named) == ["Høje Bro", "Lange Bro", "way/13"]
    assert all(len(members) == 2 for members in arcs.named.values())
    by_start = {
        places(arcs)[arcs.tail[i]][0]: RoadFlag(int(arcs.flags[i])) for i in np.flatnonzero(arcs.forward)
    }
    assert by_start[0] & RoadFlag.BRIDGE
    assert by_start[2000] & RoadFlag.TUNNEL
    assert not by_start[3000] & (RoadFlag.TUNNEL | RoadFlag.NO_SNAP)
    assert by_start[4000] & RoadFlag.NO_SNAP
    assert not by_start[5000] & RoadFlag.BRIDGE


def test_far_bridges_of_one_street_name_are_closed_one_by_one(tmp_path):
    town = Town().node(1, 0).node(2, 100).node(3, 300).node(4, 400).node(5, 50_000).node(6, 50_100)
    for osm_id, refs in ((21, [1, 2]), (22, [3, 4]), (23, [5, 6])):
        town.way(refs, highway="primary", bridge="yes", name="Skovvej", osm_id=osm_id)
    arcs = read(town, tmp_path)
    assert {name: len(members) for name, members in arcs.named.items()} == {
        "Skovvej (way/21)": 4,
        "Skovvej (way/23)": 2,
    }


def test_names_with_signs_of_every_kind_survive(tmp_path):
    name = "Å, Ø & \"Æ\" = 100 % 'bro' <1> \N{BRIDGE AT NIGHT} %20%"
    arcs = read(road(("bridge", "yes"), ("name", name)), tmp_path)
    assert list(arcs.named) == [name]


values = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["yes", "no", "private", "-1", "reversible", "roundabout", "50", "DK:urban", "motorway", "ferry"]
    ),
)


@given(tags=st.dictionaries(st.sampled_from(sorted(WAY_KEYS)), values, max_size=8))
def test_rules_of_ways_know_an_answer_to_any_tags(tags):
    rule = way_rule({"highway": "residential", **tags}, PLAIN)
    assert rule.reason or rule.forward or rule.backward
    for limit in (rule.limit_forward, rule.limit_backward):
        assert isnan(limit) or 5 <= limit <= 130
    assert rule.cap_kmh > 0
    assert takes_cars(tags) in {True, False, None}


@given(tags=st.dictionaries(st.sampled_from(sorted(NODE_KEYS)), values, max_size=6))
def test_rules_of_nodes_know_an_answer_to_any_tags(tags):
    rule = node_rule(tags, RoadSettings())
    assert 0 <= rule.forward_s < 60
    assert 0 <= rule.backward_s < 60
    assert rule.blocks in {"", "always", "private"}
