"""Real extracts: islands, ferries, one-ways, and osmnx as an oracle."""

import networkx as nx
import numpy as np
import osmium
import osmnx as ox
import pytest
from pyproj import Transformer
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, dijkstra
from scipy.spatial import KDTree

from pipeline.roads.model import RoadArcs, RoadClass, RoadFlag
from pipeline.roads.osm import read_osm
from pipeline.roads.overlap import check_overlap
from pipeline.settings.roads import RoadSettings

pytestmark = pytest.mark.testdata

TO_METRIC = Transformer.from_crs("EPSG:4326", "EPSG:25832", always_xy=True)
SAELVIG, BALLEN = (10.5488631, 55.8642626), (10.6447315, 55.8076853)
HOV, KALUNDBORG = (10.2591054, 55.9124582), (11.0896028, 55.6767570)
SAMSOE_HOSPITAL = (10.5903912, 55.8307263)
ROENNE_HARBOUR, ROENNE_HOSPITAL = (14.6894516, 55.0996667), (14.7120, 55.0975)

SMALL = ("samsoe-2020", "bornholm-2025", "sindal-2015", "christianshavn-2017")


@pytest.fixture(scope="module")
def extract(testdata):
    read = {}

    def get(name):
        if name not in read:
            read[name] = read_osm(testdata / "roads" / f"{name}.osm.pbf", RoadSettings())
        return read[name]

    return get


def node_at(arcs, lonlat, within_m):
    """Node of a road nearest to a place."""
    road = np.unique(arcs.tail)
    distance, nearest = KDTree(arcs.node_xy[road]).query(TO_METRIC.transform(*lonlat))
    assert distance < within_m
    return int(road[nearest])


def parts(arcs, rows=None):
    """Strong component of every node."""
    rows = np.arange(len(arcs.tail)) if rows is None else rows
    size = len(arcs.node_xy)
    graph = csr_array((np.ones(len(rows)), (arcs.tail[rows], arcs.head[rows])), shape=(size, size))
    return connected_components(graph, connection="strong")[1]


@pytest.mark.parametrize("name", SMALL)
def test_every_extract_keeps_the_contract(extract, name):
    arcs = extract(name)
    assert isinstance(arcs, RoadArcs)
    assert np.isfinite(arcs.seconds).all()
    assert (arcs.seconds >= 0).all()
    assert (arcs.length_m >= 0).all()
    assert (arcs.tail != arcs.head).all()
    at_start = arcs.line_xy[arcs.line_start[:-1]][arcs.edge]
    at_end = arcs.line_xy[arcs.line_start[1:] - 1][arcs.edge]
    tail = np.where(arcs.forward[:, None], at_start, at_end)
    assert np.array_equal(tail, arcs.node_xy[arcs.tail])
    crow = np.hypot(*(arcs.node_xy[arcs.head] - arcs.node_xy[arcs.tail]).T)
    assert (arcs.length_m >= crow * 0.9999 - 0.01).all()
    roads = (arcs.road_class != RoadClass.FERRY) & (arcs.length_m > 200)
    kmh = arcs.length_m[roads] / arcs.seconds[roads] * 3.6
    assert kmh.min() > 5
    assert kmh.max() < 125


@pytest.mark.parametrize("name", SMALL)
def test_most_of_a_place_hangs_together(extract, name):
    assert np.bincount(parts(extract(name))).max() > 0.85 * len(extract(name).node_xy)


def test_samsoe_hospital_is_joined_to_both_ferries(extract):
    arcs = extract("samsoe-2020")
    part = parts(arcs)
    hospital = node_at(arcs, SAMSOE_HOSPITAL, 150)
    for terminal in (SAELVIG, BALLEN, HOV, KALUNDBORG):
        assert part[node_at(arcs, terminal, 1)] == part[hospital]


def test_samsoe_ferries_take_their_time_and_the_boarding(extract):
    arcs = extract("samsoe-2020")
    boarding = RoadSettings().ferries.boarding_min
    minutes = {
        name: sorted(arcs.seconds[rows] / 60) for name, rows in arcs.named.items() if "way/" not in name
    }
    assert minutes == {"Hov - Sælvig": [60 + boarding] * 2, "Samsøfærgen": [75 + boarding] * 2}
    assert arcs.notes["ferries_foot"] == 1


def test_closing_a_samsoe_ferry_cuts_its_far_terminal_off(extract):
    arcs = extract("samsoe-2020")
    left = np.setdiff1d(np.arange(len(arcs.tail)), arcs.named["Hov - Sælvig"])
    part = parts(arcs, left)
    hospital = part[node_at(arcs, SAMSOE_HOSPITAL, 150)]
    assert part[node_at(arcs, KALUNDBORG, 1)] == hospital
    assert part[node_at(arcs, HOV, 1)] != hospital


def test_bornholm_has_its_three_car_ferries_and_no_excursion_boats(extract):
    arcs = extract("bornholm-2025")
    assert sorted(arcs.named) == ["Køge - Rønne", "Sassnitz - Rønne", "Ystad - Rønne"]
    assert arcs.notes["ferries_foot"] == 2
    part = parts(arcs)
    assert part[node_at(arcs, ROENNE_HARBOUR, 1)] == part[node_at(arcs, ROENNE_HOSPITAL, 300)]


def test_no_harbour_bus_of_copenhagen_takes_cars(extract):
    arcs = extract("christianshavn-2017")
    assert not (arcs.road_class == RoadClass.FERRY).any()


def test_town_and_country_limits_on_samsoe_agree_with_its_signs(extract):
    arcs = extract("samsoe-2020")
    urban = (arcs.flags & RoadFlag.URBAN) > 0
    streets = np.isin(arcs.road_class, [RoadClass.RESIDENTIAL, RoadClass.LIVING_STREET])
    assert urban[streets].mean() > 0.7
    assert urban[arcs.road_class == RoadClass.TRACK].mean() < 0.5


def test_an_extract_of_another_place_is_refused(extract):
    arcs = extract("samsoe-2020")
    here = np.array([TO_METRIC.transform(*SAMSOE_HOSPITAL)])
    assert check_overlap(arcs, here, "samsoe").all()
    with pytest.raises(ValueError, match="study area"):
        check_overlap(arcs, np.array([TO_METRIC.transform(*ROENNE_HOSPITAL)]), "samsoe")


CAR = {
    *("motorway", "trunk", "primary", "secondary", "tertiary", "unclassified", "residential", "road"),
    *("motorway_link", "trunk_link", "primary_link", "secondary_link", "tertiary_link"),
    *("living_street", "service", "track"),
}


@pytest.fixture(scope="module")
def osmnx_graph(testdata, tmp_path_factory):
    """Every step of every road for cars, as osmnx reads it."""
    made = {}

    def get(name):
        if name not in made:
            path = tmp_path_factory.mktemp("osm") / f"{name}.osm"
            source = str(testdata / "roads" / f"{name}.osm.pbf")
            roads = osmium.FileProcessor(source, osmium.osm.WAY).with_filter(
                osmium.filter.KeyFilter("highway")
            )
            with osmium.BackReferenceWriter(str(path), source) as writer:
                for way in roads:
                    writer.add(way)
            keys = ["motor_vehicle", "motorcar", "vehicle", "area", "oneway:motorcar"]
            before = ox.settings.useful_tags_way
            ox.settings.useful_tags_way = [*before, *keys]
            graph = ox.graph_from_xml(path, simplify=False, retain_all=True)
            ox.settings.useful_tags_way = before
            graph.remove_edges_from(
                [(u, v, k) for u, v, k, way in graph.edges(keys=True, data=True) if not for_cars(way)]
            )
            graph.remove_nodes_from(list(nx.isolates(graph)))
            made[name] = graph
        return made[name]

    return get


def for_cars(way):
    said = next((way[key] for key in ("motorcar", "motor_vehicle", "vehicle") if key in way), "")
    by_car = way.get("highway") in CAR or (way.get("highway") == "pedestrian" and said not in {"", "no"})
    return by_car and way.get("area") != "yes" and said != "no"


@pytest.mark.parametrize("name", ["samsoe-2020", "sindal-2015", "christianshavn-2017"])
def test_length_of_roads_and_of_one_way_streets_agrees_with_osmnx(extract, osmnx_graph, name):
    """Within 0.5 %: osmnx measures on a sphere, we in the plane of UTM zone 32 (up to 0.15 % apart)."""
    arcs, graph = extract(name), osmnx_graph(name)
    roads = arcs.road_class != RoadClass.FERRY
    two_way = np.bincount(arcs.edge, minlength=len(arcs.line_start) - 1)[arcs.edge] > 1
    expected = sum(way["length"] for *_, way in graph.edges(data=True))
    assert arcs.length_m[roads].sum() == pytest.approx(expected, rel=5e-3)
    expected = sum(way["length"] for u, v, way in graph.edges(data=True) if not graph.has_edge(v, u))
    assert arcs.length_m[roads & ~two_way].sum() == pytest.approx(expected, rel=5e-3)


@pytest.mark.parametrize("name", ["samsoe-2020", "sindal-2015"])
def test_shortest_ways_agree_with_osmnx(extract, osmnx_graph, name):
    """Metres between 40 x 40 junctions, 99 % of them within 0.3 % (bollards, which osmnx passes, make the rest)."""
    arcs, graph = extract(name), osmnx_graph(name)
    order = list(graph)
    xy = np.array([TO_METRIC.transform(graph.nodes[node]["x"], graph.nodes[node]["y"]) for node in order])
    roads = arcs.road_class != RoadClass.FERRY
    distance, match = KDTree(xy).query(arcs.node_xy)
    picked = np.random.default_rng(7).choice(np.flatnonzero(distance < 0.05), 40, replace=False)
    size = len(arcs.node_xy)
    fastest = {}
    for tail, head, metres in zip(arcs.tail[roads], arcs.head[roads], arcs.length_m[roads], strict=True):
        fastest[tail, head] = min(float(metres), fastest.get((tail, head), np.inf))
    tails, heads = np.array(list(fastest)).T
    ours = dijkstra(csr_array((list(fastest.values()), (tails, heads)), shape=(size, size)), indices=picked)[
        :, picked
    ]
    theirs = np.full_like(ours, np.inf)
    rows = {order[node]: j for j, node in enumerate(match[picked])}
    for i, node in enumerate(match[picked]):
        for reached, metres in nx.single_source_dijkstra_path_length(
            graph, order[node], weight="length"
        ).items():
            if reached in rows:
                theirs[i, rows[reached]] = metres
    both = np.isfinite(ours) & np.isfinite(theirs)
    assert both.mean() > 0.9
    assert (np.isfinite(ours) == np.isfinite(theirs)).mean() > 0.97
    assert (np.abs(ours[both] - theirs[both]) <= 3e-3 * theirs[both] + 1).mean() > 0.99


@pytest.mark.slow
def test_the_national_stand_in_is_read_whole(testdata):
    arcs = read_osm(testdata / "roads" / "denmark-2024-standin.osm.pbf", RoadSettings())
    assert arcs.notes["ways_used"] == 526_220
    assert arcs.notes["ferry_crossings"] == 42
    assert len(arcs.named) == 71
    assert arcs.notes["motorways_two_way"] == 136
    assert len(arcs.tail) > 1_000_000
    weak = csr_array((np.ones(len(arcs.tail)), (arcs.tail, arcs.head)), shape=(len(arcs.node_xy),) * 2)
    label = connected_components(weak, directed=False)[1]
    share = np.bincount(label).max() / len(arcs.node_xy)
    assert share > 0.92
    bridge = arcs.named["storebaelt"]
    assert len(bridge) % 2 == 0
    assert arcs.forward[bridge].sum() * 2 == len(bridge)


def test_bornholms_lost_directions_are_told(extract):
    """The copy lacks the western direction of the road from Nexø to Rønne, and only that extract does."""
    assert {name: extract(name).notes["oneways_alone_km"] for name in SMALL} == {
        "samsoe-2020": 0,
        "bornholm-2025": 17,
        "sindal-2015": 0,
        "christianshavn-2017": 0,
    }
