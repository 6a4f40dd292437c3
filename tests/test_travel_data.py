"""The engine on real extracts: against Dijkstra, and what closing a ferry or a bridge does."""

from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from pipeline.roads.model import RoadFlag
from pipeline.roads.osm import read_osm
from pipeline.settings.roads import RoadSettings
from pipeline.travel.network import Network, build_network
from pipeline.travel.network_files import load_network, save_network
from pipeline.travel.routing import Router
from pipeline.travel.snapping import at_nodes
from pipeline.travel_status import Status
from tests.networks import Plain, public_core

pytestmark = pytest.mark.testdata

HOSPITALS = {"Aarhus": (572_738, 6_228_057), "Svendborg": (602_598, 6_102_163), "Rønne": (864_078, 6_119_870)}
ISLANDS = {"Samsø": (598_900, 6_190_500), "Læsø": (621_900, 6_349_500), "Fanø": (463_500, 6_143_500)}


def _ms(seconds: np.ndarray) -> np.ndarray:
    return np.where(np.isnan(seconds), np.inf, np.rint(np.asarray(seconds, dtype=float) * 1000))


@pytest.mark.parametrize("extract", ["samsoe-2020", "bornholm-2025", "christianshavn-2017"])
def test_random_journeys_on_real_streets_agree_with_networkx(testdata: Path, extract: str) -> None:
    network = build_network(read_osm(testdata / "roads" / f"{extract}.osm.pbf", RoadSettings()))
    router, plain = Router(network), Plain(network)
    rng = np.random.default_rng(4)
    spots = rng.choice(network.nodes, 60, replace=False)
    ours = _ms(router.matrix(at_nodes(spots[:6]), at_nodes(spots)).value)
    for row, start in enumerate(spots[:6].tolist()):
        lengths = nx.single_source_dijkstra_path_length(plain.graph, plain.start(start), weight="ms")
        theirs = [lengths.get(plain.end(end), np.inf) for end in spots.tolist()]
        np.testing.assert_array_equal(ours[row], theirs)


def test_routes_through_a_dense_quarter_never_use_access_only_streets(testdata: Path) -> None:
    network = build_network(read_osm(testdata / "roads" / "christianshavn-2017.osm.pbf", RoadSettings()))
    router, core = Router(network), np.array(sorted(public_core(network.arcs)))
    private = (network.arcs.flags & RoadFlag.DESTINATION_ONLY) > 0
    ends = at_nodes(np.random.default_rng(1).choice(core, 60))
    routes = [router.route(ends.take([i]), ends.take([i + 30])) for i in range(30)]
    found = [route for route in routes if route.status == Status.OK]
    assert len(found) > 20
    assert not any(private[route.arcs].any() for route in found)


@pytest.fixture(scope="module")
def nation(testdata: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Network, Router]:
    network = build_network(read_osm(testdata / "roads" / "denmark-2024-standin.osm.pbf", RoadSettings()))
    file = tmp_path_factory.mktemp("nation") / "network.npz"
    save_network(network, file)
    network = load_network(file)
    return network, Router(network)


@pytest.mark.slow
def test_random_rows_of_the_nation_agree_with_scipy(nation: tuple[Network, Router]) -> None:
    network, router = nation
    arcs, rng = network.arcs, np.random.default_rng(2)
    ms = np.rint(arcs.seconds.astype(float) * 1000)
    key = arcs.tail.astype(np.int64) * network.nodes + arcs.head
    order = np.lexsort((ms, key))
    rows = order[np.concatenate([[True], np.diff(key[order]) > 0])]
    weights = np.maximum(ms[rows], 1e-9)
    graph = csr_array((weights, (arcs.head[rows], arcs.tail[rows])), shape=(network.nodes, network.nodes))
    points, facilities = rng.integers(0, network.nodes, 2000), rng.integers(0, network.nodes, 300)
    expected = np.rint(dijkstra(graph, indices=facilities[:5])[:, points].T)
    value = router.matrix(at_nodes(points), at_nodes(facilities)).value
    ours = value[:, :5].astype(float) * 1000
    np.testing.assert_array_equal(np.isnan(ours), np.isinf(expected))
    near = ~np.isnan(ours)
    # A float32 holds a long journey's seconds to the nearest 2 milliseconds.
    np.testing.assert_allclose(ours[near], expected[near], atol=4)
    nearest = router.nearest(at_nodes(points), at_nodes(facilities))
    low = np.where(np.isnan(value), np.inf, value).min(axis=1)
    np.testing.assert_array_equal(np.where(np.isnan(nearest.value[:, 0]), np.inf, nearest.value[:, 0]), low)


@pytest.mark.slow
def test_islands_are_reached_by_ferry_until_it_is_closed(nation: tuple[Network, Router]) -> None:
    _, router = nation
    homes, aarhus = router.snap(list(ISLANDS.values())), router.snap([HOSPITALS["Aarhus"]])
    there = router.nearest(homes, aarhus)
    assert [Status(code) for code in there.status] == [Status.FERRY_ONLY] * 3
    assert "hov-samsoe" in router.route(homes.take([0]), aarhus).links
    cut = router.reweight(closed=["hov-samsoe", "kalundborg-samsoe", "frederikshavn-laesoe", "esbjerg-fanoe"])
    assert [Status(code) for code in cut.nearest(homes, aarhus).status] == [Status.OTHER_LANDMASS] * 3
    half = router.reweight(closed=["hov-samsoe"])
    assert half.nearest(homes, aarhus).value[0, 0] > there.value[0, 0]
    assert half.nearest(homes, aarhus).value[1, 0] == there.value[1, 0]


@pytest.mark.slow
def test_bornholm_has_a_hospital_of_its_own(nation: tuple[Network, Router]) -> None:
    _, router = nation
    hospitals = router.snap(list(HOSPITALS.values()))
    home = router.snap([(880_000, 6_120_000)])
    found = router.nearest(home, hospitals)
    assert (found.facility[0, 0], found.status[0]) == (2, Status.OK)
    mainland = router.nearest(home, hospitals.take([0, 1]))
    assert mainland.status[0] == Status.FERRY_ONLY
    closed = router.reweight(closed=["koege-roenne"])
    assert closed.nearest(home, hospitals.take([0, 1])).status[0] == Status.OTHER_LANDMASS


@pytest.mark.slow
def test_without_the_great_belt_bridge_the_land_is_parted(nation: tuple[Network, Router]) -> None:
    _, router = nation
    ends = router.snap([(588_000, 6_139_500), (640_000, 6_142_000)])
    direct = router.route(ends.take([0]), ends.take([1]))
    assert "storebaelt" in direct.links
    assert direct.status == Status.OK
    around = router.reweight(closed=["storebaelt"]).route(ends.take([0]), ends.take([1]))
    assert around.status == Status.FERRY_ONLY
    assert around.value > direct.value
