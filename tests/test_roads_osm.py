"""OpenStreetMap extracts: what of them a car may drive, how fast, and which way."""

import gzip
import subprocess
import sys
from collections import Counter
from itertools import pairwise
from math import isnan, nan
from textwrap import dedent

import networkx as nx
import numpy as np
import osmium
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.errors import InputError, MissingInputError, RoadError
from pipeline.messages import translator
from pipeline.road_settings import CLASS_SPEEDS, ClassSpeed, DelaySettings, RoadSettings
from pipeline.roads.barriers import NODE_KEYS, node_rule
from pipeline.roads.model import RoadClass, RoadFlag
from pipeline.roads.notes import tell_notes
from pipeline.roads.osm import read_osm
from pipeline.roads.overlap import check_overlap
from pipeline.roads.profile import WAY_KEYS, takes_cars, way_rule
from tests.osm_files import ORIGIN, Town, moves, places

FREE = DelaySettings(
    **dict.fromkeys(DelaySettings.model_fields, 0),
)
PLAIN = RoadSettings(delays=FREE)
"""No delays: times are length over speed alone."""

A, B, C, D = (0, 0), (1000, 0), (2000, 0), (3000, 0)


def road(*tags, **more):
    """A residential road of 1 km with some tags."""
    return Town().node(1, *A).node(2, *B).way([1, 2], {"highway": "residential", **dict(tags)}, **more)


def read(town, tmp_path, settings=PLAIN, name="town.osm"):
    return read_osm(town.write(tmp_path / name), settings)


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


def test_ways_are_cut_where_they_share_a_node_and_nowhere_else(tmp_path):
    town = Town().node(1, -100).node(2, 0).node(3, 100).node(4, 0, 100).node(5, 0, -100)
    town.way([1, 2, 3], highway="residential").way([4, 2, 5], highway="residential")
    arcs = read(town, tmp_path)
    assert len(arcs.node_xy) == 5
    assert len(arcs.tail) == 8
    bridge = Town().node(1, -100).node(2, 100).node(3, 0, 100).node(4, 0, -100)
    bridge.way([1, 2], highway="residential").way([3, 4], highway="residential", bridge="yes")
    assert len(read(bridge, tmp_path).tail) == 4


def test_bends_stay_in_the_line_and_count_in_its_length(tmp_path):
    town = Town().node(1, 0, 0).node(2, 0, 300).node(3, 400, 300).way([1, 2, 3], highway="residential")
    arcs = read(town, tmp_path)
    assert arcs.length_m.tolist() == pytest.approx([700, 700], rel=1e-3)
    assert np.diff(arcs.line_start).tolist() == [3]
    assert np.allclose(arcs.line_xy[0], arcs.node_xy[arcs.tail[0]])
    assert np.allclose(arcs.line_xy[-1], arcs.node_xy[arcs.head[0]])


def test_a_ring_is_no_loop(tmp_path):
    town = Town().node(1, 0, 0).node(2, 100, 0).node(3, 100, 100).node(4, 0, 100).node(5, -100, 0)
    town.way([1, 2, 3, 4, 1], highway="residential").way([5, 1], highway="residential")
    arcs = read(town, tmp_path)
    assert (arcs.tail != arcs.head).all()
    assert arcs.length_m[arcs.forward].sum() == pytest.approx(500, rel=1e-3)


def test_a_way_that_repeats_a_node_has_no_line_without_length(tmp_path):
    arcs = read(Town().node(1, 0).node(2, 100).way([1, 1, 2, 2], highway="residential"), tmp_path)
    assert np.diff(arcs.line_start).tolist() == [2]
    assert (arcs.length_m > 0).all()


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


def streets(spacing_m, count, kind="residential"):
    """Parallel streets of 500 m and a road through their middle, and one far away."""
    town = Town()
    for i in range(count):
        town.node(10 + i, i * spacing_m, 0).node(100 + i, i * spacing_m, 500).node(50 + i, i * spacing_m, 250)
        town.way([10 + i, 50 + i, 100 + i], highway=kind)
    town.way([50 + i for i in range(count)], highway="tertiary")
    return town.node(1, 20_000, 0).node(2, 21_000, 0).way([1, 2], highway="tertiary")


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


def test_points_missing_at_the_edge_cut_the_road_there(tmp_path):
    town = Town()
    for i in (1, 2, 3, 5, 6):
        town.node(i, i * 100.0)
    town.way([1, 2, 3, 4, 5, 6, 7], highway="residential").way([8, 1], highway="residential")
    arcs = read(town, tmp_path)
    assert arcs.notes["ways_cut"] == 2
    assert moves(arcs) == [
        ((100, 0), (300, 0)),
        ((300, 0), (100, 0)),
        ((500, 0), (600, 0)),
        ((600, 0), (500, 0)),
    ]


def test_buildings_and_addresses_change_nothing(tmp_path):
    plain = read(streets(80, 4), tmp_path)
    town = streets(80, 4)
    for i in range(200):
        town.node(10_000 + i, i, 40, addr__housenumber=str(i))
    town.way([10_000, 10_001, 10_002, 10_000], building="yes").way([10, 10_001], waterway="stream")
    full = read(town, tmp_path)
    for name in ("node_xy", "tail", "head", "seconds", "flags", "line_xy"):
        assert np.array_equal(getattr(plain, name), getattr(full, name)), name
    assert plain.notes == full.notes


def test_every_file_form_gives_the_same_roads(tmp_path):
    town = streets(80, 4).node(7, 20_500, 300).way([7, 2], highway="primary", bridge="yes", name="Bro")
    xml = town.write(tmp_path / "a.osm")
    for name in ("a.osm.pbf", "a.osm.bz2"):
        with osmium.SimpleWriter(str(tmp_path / name)) as writer:
            osmium.apply(str(xml), writer)
    (tmp_path / "a.osm.gz").write_bytes(gzip.compress(xml.read_bytes()))
    first = read_osm(xml, PLAIN)
    for name in ("a.osm.pbf", "a.osm.bz2", "a.osm.gz"):
        other = read_osm(tmp_path / name, PLAIN)
        assert np.array_equal(first.tail, other.tail)
        assert np.allclose(first.line_xy, other.line_xy, atol=0.02)
        assert list(first.named) == list(other.named) == ["Bro"]
        assert first.notes == other.notes


def test_a_file_in_any_order_of_objects_is_read(tmp_path):
    town = streets(80, 4)
    lines = town.text().splitlines()
    nodes = [i for i, line in enumerate(lines) if line.startswith(("<node", "</node"))]
    ways = lines[nodes[-1] + 1 : -1]
    turned = [*lines[:2], *ways, *lines[2 : nodes[-1] + 1], lines[-1]]
    (tmp_path / "turned.osm").write_text("\n".join(turned), encoding="utf-8")
    assert moves(read_osm(tmp_path / "turned.osm", PLAIN)) == moves(read(town, tmp_path))


def test_the_same_file_gives_the_same_bytes(tmp_path):
    town = streets(80, 5)
    first, second = read(town, tmp_path, RoadSettings()), read(town, tmp_path, RoadSettings())
    for name in ("node_xy", "tail", "head", "seconds", "length_m", "flags", "edge", "line_start", "line_xy"):
        assert getattr(first, name).tobytes() == getattr(second, name).tobytes(), name


def test_arrays_have_the_types_of_the_contract(tmp_path):
    arcs = read(streets(80, 3), tmp_path)
    types = {
        name: getattr(arcs, name).dtype.name
        for name in ("tail", "head", "seconds", "length_m", "edge", "line_start")
    }
    assert types == {
        "tail": "int32",
        "head": "int32",
        "seconds": "float32",
        "length_m": "float32",
        "edge": "int32",
        "line_start": "int64",
    }
    assert (arcs.road_class.dtype.name, arcs.flags.dtype.name, arcs.forward.dtype.name) == (
        "uint8",
        "uint8",
        "bool",
    )


ids = st.integers(0, 11)


@given(
    ways=st.lists(
        st.tuples(st.lists(ids, min_size=2, max_size=6), st.sampled_from(["", "yes", "-1"])),
        min_size=1,
        max_size=8,
    )
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_shortest_ways_between_junctions_are_those_of_the_uncut_ways(ways, tmp_path):
    """Oracle: a graph with an edge for every step of every way."""
    town, graph = Town(), nx.MultiDiGraph()
    spot = {i: (float(i * 137 % 700), float(i * 311 % 900)) for i in range(12)}
    for i, xy in spot.items():
        town.node(i + 1, *xy)
    for refs, oneway in ways:
        town.way([i + 1 for i in refs], highway="residential", **({"oneway": oneway} if oneway else {}))
        for a, b in pairwise(refs):
            if a != b:
                length = float(np.hypot(*np.subtract(spot[a], spot[b])))
                for u, v, allowed in ((a, b, oneway != "-1"), (b, a, oneway != "yes")):
                    if allowed:
                        graph.add_edge(spot[u], spot[v], weight=length)
    if not graph:
        with pytest.raises(RoadError):
            read(town, tmp_path)
        return
    arcs = read(town, tmp_path)
    at = [(float(x), float(y)) for x, y in places(arcs)]
    cut = nx.MultiDiGraph()
    for tail, head, length in zip(arcs.tail, arcs.head, arcs.length_m.tolist(), strict=True):
        cut.add_edge(at[tail], at[head], weight=length)
    expected = dict(nx.all_pairs_dijkstra_path_length(graph))
    for start, reached in nx.all_pairs_dijkstra_path_length(cut):
        same = {end: metres for end, metres in expected[start].items() if end in cut}
        assert reached == pytest.approx(same, rel=2e-3, abs=0.5)


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(MissingInputError, match="no such file"):
        read_osm(tmp_path / "none.osm.pbf", PLAIN)


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("roads.shp", b"x", "a file name ending in .shp"),
        ("roads", b"x", "a file name ending in"),
        ("empty.osm.pbf", b"", "an empty file"),
        ("page.osm.pbf", b"<!DOCTYPE html><html><body>404</body></html>", "not readable to its end"),
        ("page.osm", b"<!DOCTYPE html><html><body>404</body></html>", "not readable to its end"),
        ("page.osm.gz", b"not gzip", "not readable to its end"),
        (
            "half.osm",
            b'<osm version="0.6"><node id="1" lat="56" lon="10"/><way id="1">',
            "not readable to its end",
        ),
    ],
)
def test_what_is_no_extract_is_refused_with_its_name(name, content, told, tmp_path):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(RoadError, match=told) as refused:
        read_osm(path, PLAIN)
    assert str(path) in refused.value.text("da")


@pytest.mark.parametrize("share", [0.3, 0.9, 0.999])
def test_a_download_that_broke_off_is_refused(share, tmp_path):
    town = Town()
    for i in range(1, 3000):
        town.node(i, i * 7.3 % 5000, i * 3.1 % 4000)
    town.way(list(range(1, 1500)), highway="residential").way(list(range(1500, 2999)), highway="residential")
    whole = tmp_path / "whole.osm.pbf"
    with osmium.SimpleWriter(str(whole)) as writer:
        osmium.apply(str(town.write(tmp_path / "a.osm")), writer)
    raw = whole.read_bytes()
    (tmp_path / "cut.osm.pbf").write_bytes(raw[: int(len(raw) * share)])
    with pytest.raises(RoadError, match="not readable to its end"):
        read_osm(tmp_path / "cut.osm.pbf", PLAIN)


def test_an_extract_without_roads_is_refused(tmp_path):
    town = Town().node(1, 0).node(2, 100).way([1, 2], waterway="river")
    with pytest.raises(RoadError, match="no road for cars"):
        read(town, tmp_path)
    with pytest.raises(RoadError, match="among 1 ways"):
        read(town.way([1, 2], highway="service", motor_vehicle="no"), tmp_path)
    with pytest.raises(RoadError, match="no road for cars"):
        read(Town(), tmp_path)


def test_roads_without_any_places_are_refused(tmp_path):
    with pytest.raises(RoadError, match="no place for any of their points"):
        read(Town().way([1, 2], highway="residential"), tmp_path)


def test_progress_is_told(tmp_path):
    told = []
    read_osm(road().write(tmp_path / "a.osm"), PLAIN, progress=told.append)
    assert "a.osm" in str(told[0])
    assert len(told) == 3


def test_roads_of_another_place_are_refused(tmp_path):
    arcs = read(road(), tmp_path)
    near = np.array([[500.0, 100.0], [-3000.0, 0.0], [nan, nan], [80_000.0, 0.0]]) + ORIGIN
    assert check_overlap(arcs, near, "roads.osm").tolist() == [True, True, False, False]
    with pytest.raises(RoadError, match=r"roads in E 600–601 km") as refused:
        check_overlap(arcs, near[3:], "roads.osm")
    assert isinstance(refused.value, InputError)
    assert refused.value.faults[0].source == "roads.osm"


def test_no_points_at_all_are_no_mistake_of_the_roads(tmp_path):
    arcs = read(road(), tmp_path)
    assert check_overlap(arcs, np.full((2, 2), nan), "roads.osm").tolist() == [False, False]


def test_every_reason_for_leaving_a_way_out_is_counted(tmp_path):
    town = road().way([1, 2], highway="pedestrian").way([1, 2], highway="track")
    notes = read(town, tmp_path, RoadSettings(tracks="none")).notes
    left_out = Counter(
        {
            key: count
            for key, count in notes.items()
            if key.startswith("ways_") and key not in {"ways_read", "ways_used", "ways_cut"}
        }
    )
    assert notes["ways_read"] == notes["ways_used"] + left_out.total()


def test_what_was_counted_can_be_told_in_both_languages(tmp_path):
    town = road(("maxspeed", "900"), ("oneway", "no")).way([1, 2], highway="residential", bridge="no")
    town.node(3, 500, 0, barrier="bollard").way([1, 3, 2], highway="residential")
    notes = read(town, tmp_path).notes
    told = tell_notes(notes)
    assert [str(message) for message in told] == [
        "Speed limits that cannot be true, ignored: 1",
        "Barriers that stop cars (bollards and the like): 1",
    ]
    danish = [translator("da")(message) for message in told]
    assert danish[0].startswith("Hastighedsgrænser")
    assert not tell_notes({})


def test_a_full_disk_is_told_and_does_not_end_the_process(tmp_path):
    streets(80, 7).write(tmp_path / "a.osm")
    code = """
        import resource, signal, sys
        from pipeline.errors import OutputError
        from pipeline.road_settings import RoadSettings
        from pipeline.roads.osm import read_osm
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
        try:
            read_osm(sys.argv[1], RoadSettings())
        except OutputError as error:
            print("TMPDIR" in str(error))
    """
    ran = subprocess.run(
        [sys.executable, "-c", dedent(code), str(tmp_path / "a.osm")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stdout.strip()) == (0, "True"), ran.stderr


def test_a_drawing_with_negative_ids_is_read(tmp_path):
    town = Town().node(-1, *A).node(-2, *B).node(3, *C)
    town.way([-1, -2], {"highway": "residential"}, osm_id=-7).way([-2, 3], {"highway": "tertiary"}, osm_id=-8)
    town.way([], {"highway": "residential"}, osm_id=9)
    arcs = read(town, tmp_path)
    assert moves(arcs) == [(A, B), (B, A), (B, C), (C, B)]


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


def test_ids_that_lie_far_apart_are_all_found(tmp_path):
    """More blocks of ids than one pass holds in its filter."""
    town = Town()
    spread = [1 + i * 2**26 for i in range(70)]
    for i, osm_id in enumerate(spread):
        town.node(osm_id, i * 10.0)
    arcs = read(town.way(spread, highway="residential"), tmp_path)
    assert arcs.notes["ways_cut"] == 0
    assert np.diff(arcs.line_start).tolist() == [70]


def test_one_way_country_roads_without_a_way_back_are_told(tmp_path):
    town = (
        Town().node(1, 0).node(2, 5000).node(3, 0, 30).node(4, 5000, 30).node(5, 0, 3000).node(6, 5000, 3000)
    )
    town.way([1, 2], highway="primary", oneway="yes").way([4, 3], highway="primary", oneway="yes")
    town.way([1, 3], highway="primary").way([2, 4], highway="primary")
    assert read(town, tmp_path).notes["oneways_alone_km"] == 0
    town.way([5, 6], highway="secondary", oneway="yes")
    notes = read(town, tmp_path).notes
    assert notes["oneways_alone_km"] == 5
    assert "no way back beside them, km: 5" in str(tell_notes(notes)[0])
    town.way([6, 5], highway="secondary", oneway="yes")
    assert read(town, tmp_path).notes["oneways_alone_km"] == 0
