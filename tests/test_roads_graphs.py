"""osmnx graphs in, networkx graphs out."""

from math import nan

import networkx as nx
import numpy as np
import osmnx as ox
import pytest
from shapely import LineString

from pipeline.errors import CRSError, RoadError
from pipeline.roads.graphs import from_osmnx, from_place, to_networkx
from pipeline.roads.model import RoadClass, RoadFlag
from pipeline.roads.osm import read_osm
from pipeline.settings.roads import CLASS_SPEEDS, FerryCrossing, FerrySettings, RoadSettings
from tests.osm_files import Town, moves

SETTINGS = RoadSettings()


def graph(edges, nodes=None, crs="EPSG:25832"):
    """Graph with nodes 100 m apart and edges given as (from, to, attributes)."""
    made = nx.MultiDiGraph(crs=crs)
    for node in nodes if nodes is not None else sorted({end for edge in edges for end in edge[:2]}):
        made.add_node(node, x=600_000.0 + 100 * node, y=6_200_000.0)
    for u, v, data in edges:
        made.add_edge(u, v, **data)
    return made


def both_ways(u, v, **data):
    return [(u, v, {"length": 100.0, **data}), (v, u, {"length": 100.0, **data})]


def test_two_directions_of_one_road_share_a_line():
    arcs = from_osmnx(graph(both_ways(0, 1, osmid=5, highway="residential")), SETTINGS)
    assert len(arcs.tail) == 2
    assert len(arcs.line_start) == 2
    assert arcs.forward.tolist() == [True, False]


def test_a_one_way_street_has_one_arc():
    arcs = from_osmnx(graph([(1, 0, {"osmid": 5, "highway": "residential", "oneway": True})]), SETTINGS)
    assert (arcs.tail.tolist(), arcs.head.tolist()) == ([1], [0])


def test_parallel_roads_keep_a_line_each():
    edges = [
        *both_ways(0, 1, osmid=5, highway="residential"),
        *both_ways(0, 1, osmid=5, highway="residential", length=140.0),
    ]
    arcs = from_osmnx(graph(edges), SETTINGS)
    assert len(arcs.tail) == 4
    assert len(arcs.line_start) == 3
    assert sorted(arcs.length_m.tolist()) == [100, 100, 140, 140]


def test_stated_times_and_lengths_stand():
    arcs = from_osmnx(graph([(0, 1, {"highway": "primary", "length": 250.0, "travel_time": 33.0})]), SETTINGS)
    assert arcs.length_m.tolist() == [250]
    assert arcs.seconds.tolist() == [33]


@pytest.mark.parametrize("wrong", [nan, -1.0, float("inf"), "soon", None])
def test_times_that_cannot_be_are_worked_out(wrong):
    arcs = from_osmnx(graph([(0, 1, {"highway": "primary", "travel_time": wrong})]), SETTINGS)
    speed = CLASS_SPEEDS["primary"]
    assert arcs.seconds.tolist() == pytest.approx([100 / (speed.rural_kmh * speed.rural_factor) * 3.6])


@pytest.mark.parametrize(
    ("highway", "road_class"),
    [
        ("tertiary", RoadClass.TERTIARY),
        (["service", "tertiary"], RoadClass.TERTIARY),
        (["footway", "service"], RoadClass.SERVICE),
    ],
)
def test_of_several_classes_the_best_counts(highway, road_class):
    assert from_osmnx(graph([(0, 1, {"highway": highway})]), SETTINGS).road_class.tolist() == [road_class]


def test_of_several_limits_the_lowest_counts():
    slow = from_osmnx(graph([(0, 1, {"highway": "primary", "maxspeed": ["80", "50"]})]), SETTINGS)
    fast = from_osmnx(graph([(0, 1, {"highway": "primary", "maxspeed": "80"})]), SETTINGS)
    assert slow.seconds[0] > fast.seconds[0]


def test_edges_not_for_cars_are_left_out_and_counted():
    edges = [
        (0, 1, {"highway": "residential"}),
        (1, 2, {"highway": "footway"}),
        (1, 3, {"highway": "residential", "motor_vehicle": "no"}),
        (2, 3, {"waterway": "river"}),
    ]
    arcs = from_osmnx(graph(edges), SETTINGS)
    assert len(arcs.tail) == 1
    assert arcs.notes["ways_not_for_cars"] == 2
    assert arcs.notes["ways_no_access"] == 1


def test_a_graph_that_knows_no_classes_is_taken_whole():
    arcs = from_osmnx(graph([(0, 1, {}), (1, 2, {"length": 5.0})]), SETTINGS)
    assert arcs.road_class.tolist() == [RoadClass.OTHER, RoadClass.OTHER]


def test_signals_at_nodes_delay_those_who_arrive():
    made = graph([(0, 1, {"highway": "tertiary"})])
    plain = from_osmnx(made, SETTINGS).seconds[0]
    made.nodes[1]["highway"] = "traffic_signals"
    assert from_osmnx(made, SETTINGS).seconds[0] - plain == pytest.approx(SETTINGS.delays.signal_s, abs=1e-3)


def test_geometry_and_geographic_coordinates_are_taken_over():
    made = nx.MultiDiGraph(crs="EPSG:4326")
    made.add_node("a", x=10.5, y=55.8)
    made.add_node("b", x=10.5, y=55.9)
    made.add_edge(
        "a", "b", highway="primary", geometry=LineString([(10.5, 55.8), (10.6, 55.85), (10.5, 55.9)])
    )
    arcs = from_osmnx(made, SETTINGS)
    assert np.diff(arcs.line_start).tolist() == [3]
    assert arcs.length_m[0] == pytest.approx(16_740, rel=5e-3)


def test_a_graph_without_crs_or_coordinates_is_refused():
    with pytest.raises(CRSError, match="coordinate system"):
        from_osmnx(graph([(0, 1, {"highway": "primary"})], crs=None), SETTINGS)
    bare = graph([(0, 1, {"highway": "primary"})])
    del bare.nodes[1]["x"]
    with pytest.raises(RoadError, match="1 node without coordinates"):
        from_osmnx(bare, SETTINGS)


def test_a_graph_without_roads_is_refused():
    with pytest.raises(RoadError, match="no road for cars among 1 edges"):
        from_osmnx(graph([(0, 1, {"highway": "path"})]), SETTINGS)
    with pytest.raises(RoadError, match="no road for cars"):
        from_osmnx(graph([], nodes=[1]), SETTINGS)


@pytest.fixture
def isles(tmp_path):
    town = (
        Town()
        .node(1, -1000)
        .node(2, 0)
        .node(3, 9000)
        .node(4, 9900)
        .node(5, 9900, 500, highway="traffic_signals")
    )
    town.way([1, 2], highway="tertiary").way([3, 4], highway="service", access="private")
    town.way([4, 5], highway="primary", oneway="-1", bridge="yes", name="Broen")
    town.way([2, 3], route="ferry", motor_vehicle="yes", name="Færgen", duration="00:30")
    return read_osm(town.write(tmp_path / "isles.osm"), SETTINGS)


def test_there_and_back_again_nothing_is_lost(isles):
    again = from_osmnx(to_networkx(isles), SETTINGS)
    assert moves(again) == moves(isles)
    assert np.array_equal(np.sort(again.seconds), np.sort(isles.seconds))
    assert np.array_equal(np.sort(again.length_m), np.sort(isles.length_m))
    assert np.array_equal(np.sort(again.road_class), np.sort(isles.road_class))
    rest = np.uint8(0xFF ^ RoadFlag.URBAN)
    assert np.array_equal(np.sort(again.flags & rest), np.sort(isles.flags & rest))
    assert {name: len(rows) for name, rows in again.named.items()} == {"Broen": 1, "Færgen": 2}


def test_a_ferry_of_a_graph_boards_as_the_settings_say_or_is_left_out(isles):
    graph = to_networkx(isles)
    for *_, data in graph.edges(data=True):
        del data["travel_time"]

    def minutes(**changed):
        ferries = FerrySettings(speed_kmh=60, **changed)
        arcs = from_osmnx(graph, SETTINGS.model_copy(update={"ferries": ferries}))
        return (arcs.seconds[arcs.road_class == RoadClass.FERRY] / 60).tolist()

    assert minutes() == pytest.approx([9 + 5] * 2, rel=1e-3)
    assert minutes(crossings={"Færgen": FerryCrossing(crossing_min=20)}) == pytest.approx([20 + 10] * 2)
    assert minutes(use=False) == minutes(crossings={"Færgen": FerryCrossing(car=False)}) == []


def test_the_graph_is_one_that_osmnx_understands(isles):
    made = to_networkx(isles)
    assert made.graph["crs"] == "EPSG:25832"
    nodes, edges = ox.graph_to_gdfs(made)
    assert len(nodes) == len(isles.node_xy)
    assert len(edges) == len(isles.tail)
    for (u, v, _), geometry in edges.geometry.items():
        assert geometry.coords[0] == pytest.approx(isles.node_xy[u])
        assert geometry.coords[-1] == pytest.approx(isles.node_xy[v])
    assert np.allclose(edges["length"], edges.length)
    route = ox.routing.shortest_path(made, 0, len(nodes) - 1, weight="travel_time")
    assert route is None or len(route) > 1


def test_a_network_is_taken_by_its_arcs(isles):
    class Built:
        arcs = isles

    assert to_networkx(Built()).number_of_edges() == len(isles.tail)


def test_a_place_is_fetched_with_the_keys_that_the_profile_needs(monkeypatch):
    asked = {}

    def fetch(place, **how):
        asked.update(how, place=place, keys=list(ox.settings.useful_tags_way), cache=ox.settings.use_cache)
        return graph(both_ways(0, 1, osmid=5, highway="residential"))

    before = (ox.settings.useful_tags_way, ox.settings.use_cache)
    monkeypatch.setattr(ox, "graph_from_place", fetch)
    told = []
    arcs = from_place("Samsø Kommune, Danmark", SETTINGS, progress=told.append)
    assert len(arcs.tail) == 2
    assert {"motor_vehicle", "surface", "junction"} <= set(asked["keys"])
    assert asked["cache"] is False
    assert (ox.settings.useful_tags_way, ox.settings.use_cache) == before
    assert "Samsø" in str(told[0])


@pytest.mark.parametrize(
    "error", [ConnectionError("no route to host"), ValueError("no such place"), TypeError("a point")]
)
def test_a_place_that_cannot_be_fetched_is_told(error, monkeypatch):
    def fail(place, **how):
        raise error

    monkeypatch.setattr(ox, "graph_from_place", fail)
    with pytest.raises(RoadError, match=str(error)) as refused:
        from_place("Atlantis", SETTINGS)
    assert refused.value.faults[0].source == "Atlantis"


@pytest.mark.testdata
def test_a_real_island_goes_there_and_back_with_the_same_times(testdata):
    arcs = read_osm(testdata / "roads" / "samsoe-2020.osm.pbf", SETTINGS)
    first = to_networkx(arcs)
    second = to_networkx(from_osmnx(first, SETTINGS))
    assert (first.number_of_nodes(), first.number_of_edges()) == (
        second.number_of_nodes(),
        second.number_of_edges(),
    )
    times = [
        nx.single_source_dijkstra_path_length(made, 100, weight="travel_time") for made in (first, second)
    ]
    assert times[0] == pytest.approx(times[1])
