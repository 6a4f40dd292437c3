"""Travel times against Dijkstra, and what must hold of them whatever the network."""

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from pipeline.roads.generated import generated_roads
from pipeline.roads.model import RoadClass, RoadFlag
from pipeline.travel.answers import NOBODY, TooLargeError
from pipeline.travel.network import build_network
from pipeline.travel.routing import Router
from pipeline.travel.snapping import at_nodes
from pipeline.travel_status import Status
from tests.networks import ORIGIN, Road, at, grid, networks, oracle, places_on, public_core, roads

MANY = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def _ms(seconds: np.ndarray) -> np.ndarray:
    return np.where(np.isnan(seconds), np.inf, np.rint(np.asarray(seconds, dtype=float) * 1000))


@given(networks())
@MANY
def test_matrix_is_what_dijkstra_finds_in_both_directions(drawn) -> None:
    network, spots = drawn
    router, places = Router(network), places_on(network, spots)
    expected = oracle(network, spots)
    few = places.take([0])
    np.testing.assert_array_equal(_ms(router.matrix(places, places).value), expected)
    np.testing.assert_array_equal(_ms(router.matrix(places, places, direction="from").value), expected.T)
    np.testing.assert_array_equal(_ms(router.matrix(few, places).value), expected[:1])
    np.testing.assert_array_equal(_ms(router.matrix(places, few).value), expected[:, :1])
    np.testing.assert_array_equal(_ms(router.matrix(few, places, direction="from").value), expected.T[:1])


@given(networks(), st.sampled_from([0.0, 1.0, 3.5, 30.0, 2000.0]))
@MANY
def test_a_cut_off_keeps_just_what_is_within_it(drawn, cutoff) -> None:
    network, spots = drawn
    router, places = Router(network), places_on(network, spots)
    expected = oracle(network, spots)
    expected[expected > cutoff * 1000] = np.inf
    np.testing.assert_array_equal(_ms(router.matrix(places, places, cutoff=cutoff).value), expected)
    pairs = router.within(places, places, cutoff)
    assert pairs.has_sorted_indices
    dense = np.full(expected.shape, np.inf)
    row = np.repeat(np.arange(len(spots)), np.diff(pairs.indptr))
    dense[row, pairs.indices] = np.rint(pairs.data * 1000)
    np.testing.assert_array_equal(dense, expected)


@given(networks(), st.integers(1, 4), st.sampled_from(["to", "from"]))
@MANY
def test_the_nearest_are_the_lowest_of_the_matrix(drawn, k, direction) -> None:
    network, spots = drawn
    router, places = Router(network), places_on(network, spots)
    facilities = places.take(np.arange(0, len(places), 2))
    found = router.nearest(places, facilities, direction=direction, k=k)
    times = oracle(network, spots)
    times = (times if direction == "to" else times.T)[:, ::2]
    order = np.argsort(times, axis=1, kind="stable")[:, :k]
    best = np.full((len(spots), k), np.inf)
    best[:, : order.shape[1]] = np.take_along_axis(times, order, axis=1)
    np.testing.assert_array_equal(_ms(found.value), best)
    who = np.full((len(spots), k), NOBODY)
    who[:, : order.shape[1]] = order
    np.testing.assert_array_equal(found.facility, np.where(np.isinf(best), NOBODY, who))


@given(networks())
@MANY
def test_a_route_takes_the_time_it_says_and_ends_where_it_should(drawn) -> None:
    network, spots = drawn
    router, places = Router(network), places_on(network, spots)
    expected = oracle(network, spots)
    a, b = places.take([0]), places.take([len(spots) - 1])
    route = router.route(a, b)
    assert _ms(np.array(route.value)) == expected[0, -1]
    if not np.isfinite(expected[0, -1]):
        assert route.geometry is None
        assert route.status in {Status.NO_WAY, Status.OTHER_LANDMASS}
        return
    if route.geometry is not None:
        line = np.array(route.geometry.coords)
        np.testing.assert_allclose(line[0], a.xy(network)[0], atol=0.01)
        np.testing.assert_allclose(line[-1], b.xy(network)[0], atol=0.01)
        assert route.geometry.length == pytest.approx(route.length_m, abs=0.1)
    inner = route.arcs[1:-1]
    assert network.arcs.seconds[inner].sum() <= route.value + 0.01
    assert (network.arcs.head[route.arcs[:-1]] == network.arcs.tail[route.arcs[1:]]).all()


@given(networks(), st.integers(0, 17))
@MANY
def test_closing_a_road_never_makes_anyone_faster(drawn, which) -> None:
    network, spots = drawn
    edge = which % network.edges
    rows = network.edge_arc[edge][network.edge_arc[edge] >= 0]
    network.arcs.named["it"] = rows
    router, places = Router(network), places_on(network, spots)
    before = _ms(router.matrix(places, places).value)
    after = _ms(router.reweight(closed=["it"]).matrix(places, places).value)
    np.testing.assert_array_equal(after, oracle(network, spots, set(rows.tolist())))
    assert (after >= before).all()


def test_no_way_between_public_junctions_uses_an_access_only_road() -> None:
    network = build_network(generated_roads(3000, seed=5, private=0.4, one_way=0.3, extra=0.5))
    router, core = Router(network), np.array(sorted(public_core(network.arcs)))
    private = (network.arcs.flags & RoadFlag.DESTINATION_ONLY) > 0
    assert private.sum() > 500
    assert len(network.graph.vertex_node) > network.nodes
    rng = np.random.default_rng(0)
    asked = at_nodes(rng.choice(core, 40))
    for i in range(20):
        assert not private[router.route(asked.take([i]), asked.take([i + 20])).arcs].any()
    public = ~private
    ms = np.rint(network.arcs.seconds.astype(float) * 1000)
    graph = _csr(network.arcs.tail[public], network.arcs.head[public], ms[public], network.nodes)
    expected = dijkstra(graph, indices=asked.node)[:, asked.node]
    np.testing.assert_array_equal(_ms(router.matrix(asked, asked).value), expected)


def test_every_door_on_an_access_only_road_is_reached_and_left() -> None:
    network = build_network(generated_roads(3000, seed=5, private=0.4, extra=0.5))
    router = Router(network)
    private = (network.arcs.flags & RoadFlag.DESTINATION_ONLY) > 0
    edges = np.unique(network.arcs.edge[private])
    edges = edges[network.edge_snappable[edges]]
    doors = places_on(network, [(int(edge), 0.3) for edge in edges])
    start = at_nodes([min(public_core(network.arcs))])
    for direction in ("to", "from"):
        assert np.isfinite(router.matrix(doors, start, direction=direction).value).all()


def test_a_one_way_drive_between_two_gates_serves_its_door() -> None:
    """In by one gate, out by the other: a door that cells cut by the nearest gate would lose."""
    street = [Road(0, 1, 600.0)]
    drive = [Road(0, 2, 30.0, both_ways=False, private=True), Road(2, 1, 30.0, both_ways=False, private=True)]
    network = build_network(roads([(0, 0), (4000, 0), (2000, 500)], street + drive))
    router = Router(network)
    door, gates = at_nodes([2]), at_nodes([0, 1])
    np.testing.assert_allclose(router.matrix(gates, door).value[:, 0], [30, 630])
    np.testing.assert_allclose(router.matrix(gates, door, direction="from").value[:, 0], [630, 30])
    assert router.matrix(gates, gates).value[0, 1] == 600


def _csr(tail, head, ms, nodes) -> csr_array:
    """Keep the fastest of parallel arcs: SciPy would add them up. A zero would be no arc: 1e-9 stands for it."""
    key = tail.astype(np.int64) * nodes + head
    order = np.lexsort((ms, key))
    first = np.concatenate([[True], np.diff(key[order]) > 0])
    at = order[first]
    return csr_array((np.maximum(ms[at], 1e-9), (tail[at], head[at])), shape=(nodes, nodes))


def test_a_larger_network_agrees_with_scipy_on_random_rows() -> None:
    network = build_network(generated_roads(20_000, seed=3, one_way=0.4, islands=2))
    router, arcs = Router(network), network.arcs
    rng = np.random.default_rng(1)
    points, facilities = at_nodes(rng.integers(0, 20_000, 3000)), at_nodes(rng.integers(0, 20_000, 150))
    graph = _csr(arcs.tail, arcs.head, np.rint(arcs.seconds.astype(float) * 1000), network.nodes)
    expected = dijkstra(graph.T.tocsr(), indices=facilities.node[:12])[:, points.node].T
    matrix = router.matrix(points, facilities)
    np.testing.assert_array_equal(_ms(matrix.value[:, :12]), np.rint(expected))
    near = router.nearest(points, facilities)
    assert not np.isnan(matrix.value).any()
    np.testing.assert_array_equal(near.value[:, 0], matrix.value.min(axis=1))
    chosen = matrix.value[np.arange(3000), near.facility[:, 0]]
    np.testing.assert_array_equal(near.value[:, 0], chosen)


def test_the_order_of_places_changes_nothing() -> None:
    network = build_network(generated_roads(4000, seed=9, one_way=0.3))
    router, rng = Router(network), np.random.default_rng(2)
    points, facilities = at_nodes(rng.integers(0, 4000, 300)), at_nodes(rng.choice(4000, 150, replace=False))
    turn, swap = rng.permutation(300), rng.permutation(150)
    straight = router.matrix(points, facilities).value
    turned = router.matrix(points.take(turn), facilities.take(swap)).value
    np.testing.assert_array_equal(turned, straight[turn][:, swap])
    near, swapped = (
        router.nearest(points, facilities, k=3),
        router.nearest(points, facilities.take(swap), k=3),
    )
    np.testing.assert_array_equal(near.value, swapped.value)


def test_speed_scales_times_but_not_timetables() -> None:
    edges = [Road(0, 1, 100.0), Road(1, 2, 1000.0, kind=RoadClass.FERRY, name="ferry")]
    router = Router(build_network(roads([(0, 0), (1000, 0), (9000, 0)], edges)))
    ends = at_nodes([0, 2])
    slower = router.reweight(speed_factor=0.5)
    assert router.matrix(ends, ends).value[0, 1] == 1100
    assert slower.matrix(ends, ends).value[0, 1] == 1200
    half = router.reweight(class_factors={RoadClass.FERRY: 0.5, RoadClass.RESIDENTIAL: 2.0})
    assert half.matrix(ends, ends).value[0, 1] == 2050
    assert router.matrix(ends, ends).value[0, 1] == 1100
    with pytest.raises(ValueError, match="above 0"):
        router.reweight(speed_factor=0.0)


def test_distance_takes_the_shortest_way_by_road() -> None:
    edges = [Road(0, 1, 10.0), Road(1, 2, 10.0), Road(0, 2, 100.0)]
    router = Router(build_network(roads([(0, 0), (2000, 2000), (4000, 0)], edges)))
    ends = at_nodes([0, 2])
    assert router.matrix(ends, ends).value[0, 1] == 20
    metres = router.reweight(measure="distance")
    assert metres.matrix(ends, ends).value[0, 1] == 4000
    place = metres.snap([at(2000, -300)])
    assert metres.matrix(place, ends).value[0].tolist() == [2300, 2300]


def test_ferries_are_told_and_closing_them_cuts_the_island() -> None:
    land = grid(4, 4)
    network = build_network(
        roads(
            [*map(tuple, land.node_xy - ORIGIN), (20_000, 0), (24_000, 0)],
            [
                *(Road(int(land.tail[arc]), int(land.head[arc])) for arc in np.flatnonzero(land.forward)),
                Road(3, 16, 1800.0, kind=RoadClass.FERRY, flags=RoadFlag.NO_SNAP, name="ferry"),
                Road(16, 17, 240.0),
            ],
        )
    )
    router = Router(network)
    home, hospital = at_nodes([17, 0, 5]), at_nodes([0])
    found = router.nearest(home, hospital)
    assert [Status(code) for code in found.status] == [Status.FERRY_ONLY, Status.OK, Status.OK]
    assert found.value[0, 0] == 240 + 1800 + 180
    assert router.route(home.take([0]), hospital).links == ("ferry",)
    assert router.nearest(home, hospital, cutoff=600).status[0] == Status.BEYOND_CUTOFF
    matrix = router.matrix(home, hospital, cutoff=600)
    assert matrix.status()[:, 0].tolist() == [Status.BEYOND_CUTOFF, Status.OK, Status.OK]
    cut = router.reweight(closed=["ferry"])
    assert cut.nearest(home, hospital).status[0] == Status.OTHER_LANDMASS
    assert np.isnan(cut.nearest(home, hospital).value[0, 0])
    assert cut.matrix(home, hospital).status()[0, 0] == Status.OTHER_LANDMASS
    assert cut.matrix(home, hospital, cutoff=600).status()[0, 0] == Status.OTHER_LANDMASS
    assert cut.route(home.take([0]), hospital).status == Status.OTHER_LANDMASS


def test_closing_a_bridge_parts_the_land() -> None:
    edges = [Road(0, 1), Road(1, 2, flags=RoadFlag.BRIDGE, name="bridge"), Road(2, 3)]
    router = Router(build_network(roads([(i * 1000, 0) for i in range(4)], edges)))
    ends = at_nodes([0, 3])
    assert router.matrix(ends, ends).status()[0, 1] == Status.OK
    cut = router.reweight(closed=["bridge"])
    assert cut.matrix(ends, ends).status().tolist() == [[0, 3], [3, 0]]
    assert cut.landmass(ends)[0] != cut.landmass(ends)[1]


def test_one_way_against_the_journey_is_no_way() -> None:
    router = Router(build_network(roads([(0, 0), (1000, 0)], [Road(0, 1, both_ways=False)])))
    ends = at_nodes([0, 1])
    assert router.matrix(ends, ends).status().tolist() == [[0, 0], [4, 0]]
    assert router.nearest(at_nodes([1]), at_nodes([0])).status[0] == Status.NO_WAY
    assert router.route(at_nodes([1]), at_nodes([0])).status == Status.NO_WAY


def test_places_without_a_road_keep_their_reason() -> None:
    router = Router(build_network(grid(5, 5)))
    points = router.snap([at(100, 30), (np.nan, 0), at(-9000, 0), at(2500, 6900)])
    reasons = [Status.OK, Status.NOT_LOCATED, Status.OUTSIDE_STUDY_AREA, Status.OUTSIDE_STUDY_AREA]
    hospital = at_nodes([0])
    assert router.nearest(points, hospital).status.tolist() == reasons
    assert router.matrix(points, hospital).status()[:, 0].tolist() == reasons
    assert np.isnan(router.nearest(points, hospital).value[1:]).all()
    nothing = router.nearest(hospital, points.take([1, 2]))
    assert nothing.status[0] == Status.NO_FACILITY
    assert router.nearest(points, points.take([])).status[0] == Status.NO_FACILITY
    assert router.route(points.take([1]), hospital).status == Status.NOT_LOCATED
    assert router.within(points, hospital, 1e6).nnz == 1


def test_the_access_leg_counts() -> None:
    router = Router(build_network(grid(5, 5)))
    point = router.snap([at(500, 200)], access_kmh=10.0)
    assert point.access_m[0] == 200
    assert point.access_s[0] == pytest.approx(72)
    assert router.nearest(point, at_nodes([0])).value[0, 0] == pytest.approx(72 + 30)


def test_a_matrix_that_would_not_fit_is_refused_and_streamed(tmp_path) -> None:
    network = build_network(generated_roads(500))
    router = Router(network)
    points = at_nodes(np.arange(500))
    with pytest.raises(TooLargeError, match=r"500 × 500") as refused:
        router.matrix(points, points, memory=1e5)
    assert "hukommelse" in refused.value.text("da")
    path = tmp_path / "times.parquet"
    assert router.write_matrix(points, points, path, cutoff=900) > 500
    table = pq.read_table(path)
    pairs = router.within(points, points, 900)
    np.testing.assert_array_equal(table["value"].to_numpy(), pairs.data)
    np.testing.assert_array_equal(table["facility"].to_numpy(), pairs.indices)
    assert [file.name for file in tmp_path.iterdir()] == ["times.parquet"]


def test_streamed_blocks_make_the_same_table(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("pipeline.travel.routing._PAIRS_AT_ONCE", 3000)
    router = Router(build_network(generated_roads(200)))
    points = at_nodes(np.arange(200))
    router.write_matrix(points, points, tmp_path / "all.parquet")
    table = pq.read_table(tmp_path / "all.parquet")
    dense = np.full((200, 200), np.nan, dtype=np.float32)
    dense[table["point"].to_numpy(), table["facility"].to_numpy()] = table["value"].to_numpy()
    np.testing.assert_array_equal(dense, router.matrix(points, points).value)


def test_one_thread_and_many_give_the_same(monkeypatch) -> None:
    router = Router(build_network(generated_roads(3000, seed=4)))
    points = at_nodes(np.arange(0, 3000, 3))
    several = router.matrix(points, points.take(np.arange(300)), cutoff=2000)
    monkeypatch.setattr("pipeline.travel.threads.cores", lambda: 1)
    monkeypatch.setattr("pipeline.travel.engine.cores", lambda: 1)
    one = router.matrix(points, points.take(np.arange(300)), cutoff=2000)
    np.testing.assert_array_equal(several.value, one.value)


@pytest.mark.parametrize("wrong", [-1.0, np.nan])
def test_a_cut_off_below_zero_is_refused(wrong) -> None:
    router = Router(build_network(grid(2, 2)))
    with pytest.raises(ValueError, match="cut-off"):
        router.nearest(at_nodes([0]), at_nodes([1]), cutoff=wrong)


def test_an_order_of_another_network_is_refused() -> None:
    order = np.arange(4, dtype=np.int32)
    with pytest.raises(ValueError, match="another graph"):
        Router(build_network(grid(3, 3)), order)
    with pytest.raises(ValueError, match="another graph"):
        Router(build_network(grid(2, 2)), np.zeros(4, dtype=np.int32))
