"""What is joined to what: landmasses, usable parts, access-only roads, and arrays that contradict."""

from dataclasses import replace

import numpy as np
import pytest

from pipeline.errors import RoadError
from pipeline.roads.generated import generated_roads
from pipeline.roads.model import RoadArcs, RoadClass, RoadFlag
from pipeline.travel.destination import DOUBLE, components
from pipeline.travel.network import build_network, landmasses
from pipeline.travel.routing import Router
from pipeline.travel.snapping import at_nodes
from tests.networks import ORIGIN, Road, at, grid, public_core, roads


def _with(base: RoadArcs, xy: list[tuple[float, float]], edges: list[Road]) -> RoadArcs:
    """Add nodes and roads to a chequerboard; new nodes are numbered from the end of its own."""
    ways = [Road(int(base.tail[arc]), int(base.head[arc])) for arc in np.flatnonzero(base.forward)]
    count = len(base.node_xy)
    moved = [replace(edge, a=edge.a + count, b=edge.b + count) for edge in edges]
    return roads([*map(tuple, base.node_xy - ORIGIN), *xy], ways + moved)


def test_landmasses_are_what_roads_join_without_ferries() -> None:
    edges = [Road(0, 1), Road(1, 2, kind=RoadClass.FERRY, name="f"), Road(2, 3), Road(3, 4, both_ways=False)]
    network = build_network(roads([(i * 1000, 0) for i in range(5)], edges))
    assert network.node_landmass.tolist() == [1, 1, 0, 0, 0]
    closed = np.zeros(len(network.arcs.tail), dtype=bool)
    closed[network.edge_arc[2]] = True
    assert len(set(landmasses(network, closed).tolist())) == 3


def test_components_are_numbered_by_size_then_by_node() -> None:
    label = components(7, np.array([1, 2, 5]), np.array([2, 3, 6]))
    assert label.tolist() == [2, 0, 0, 0, 3, 1, 1]
    strong = components(3, np.array([0, 1]), np.array([1, 2]), strong=True)
    assert strong.tolist() == [0, 1, 2]


def test_a_loose_piece_beside_the_network_is_not_snapped_to_but_an_island_is() -> None:
    pieces = [(4050, 0), (4050, 3000), (50_000, 0), (50_000, 3000), (60_000, 0), (60_000, 500)]
    network = build_network(_with(grid(5, 5), pieces, [Road(0, 1), Road(2, 3), Road(4, 5)]))
    gap, island, islet = network.edges - 3, network.edges - 2, network.edges - 1
    assert network.edge_snappable[[gap, island, islet]].tolist() == [False, True, False]
    assert network.edge_loose[[gap, island, islet]].tolist() == [True, False, True]
    generous = build_network(network.arcs, always_km=2.0, island_km=0.1)
    assert generous.edge_snappable[[gap, island, islet]].all()


def test_a_network_of_any_size_has_a_usable_part() -> None:
    network = build_network(roads([(0, 0), (50, 0)], [Road(0, 1)]))
    assert network.node_usable.all()
    assert network.edge_snappable.all()


def test_one_way_stubs_are_not_usable() -> None:
    base = grid(4, 4)
    ways = [Road(int(base.tail[a]), int(base.head[a])) for a in np.flatnonzero(base.forward)]
    xy = [*map(tuple, base.node_xy - ORIGIN), (0, -800)]
    network = build_network(roads(xy, [*ways, Road(0, 16, both_ways=False)]))
    assert not network.edge_snappable[-1]
    assert network.edge_snappable[:-1].all()


@pytest.mark.parametrize(
    "barred",
    [
        Road(0, 15, kind=RoadClass.MOTORWAY),
        Road(0, 15, kind=RoadClass.FERRY),
        Road(0, 15, flags=RoadFlag.NO_SNAP),
        Road(0, 15, flags=RoadFlag.BRIDGE),
        Road(0, 15, flags=RoadFlag.TUNNEL),
        Road(0, 15, kind=RoadClass.PRIMARY_LINK),
    ],
)
def test_doors_never_stand_on_ferries_motorways_bridges_and_tunnels(barred) -> None:
    base = grid(4, 4)
    ways = [Road(int(base.tail[a]), int(base.head[a])) for a in np.flatnonzero(base.forward)]
    network = build_network(roads([*map(tuple, base.node_xy - ORIGIN)], [*ways, barred]))
    assert not network.edge_snappable[-1]
    assert not network.edge_loose[-1]
    middle = Router(network).snap([at(1600, 1400)])
    assert middle.edge[0] != network.edges - 1


def test_only_pieces_that_could_be_driven_through_are_doubled() -> None:
    """A yard with one gate needs no second copy; one with two gates does."""
    base = grid(3, 3)
    ways = [Road(int(base.tail[a]), int(base.head[a])) for a in np.flatnonzero(base.forward)]
    xy = [*map(tuple, base.node_xy - ORIGIN), (-500, 500)]
    single = build_network(roads(xy, [*ways, Road(0, 9, private=True)]))
    assert len(single.graph.vertex_node) == 10
    double = build_network(roads(xy, [*ways, Road(0, 9, private=True), Road(3, 9, private=True)]))
    assert len(double.graph.vertex_node) == 11
    assert (double.graph.arc == DOUBLE).sum() == 1
    assert double.graph.start_vertex[9] == 10


def test_public_roads_behind_a_private_gate_are_for_visitors_too() -> None:
    base = grid(3, 3)
    ways = [Road(int(base.tail[a]), int(base.head[a]), 60.0) for a in np.flatnonzero(base.forward)]
    inside = [Road(0, 9, 1.0, private=True), Road(9, 10, 1.0), Road(10, 8, 1.0, private=True)]
    xy = [*map(tuple, base.node_xy - ORIGIN), (300, 300), (1700, 1700)]
    network = build_network(roads(xy, ways + inside))
    assert {9, 10}.isdisjoint(public_core(network.arcs))
    times = Router(network).matrix(at_nodes([0, 9]), at_nodes([8, 10])).value
    assert times.tolist() == [[240, 2], [2, 1]]


def test_self_loops_and_parallel_roads_are_kept_but_do_no_harm() -> None:
    edges = [
        Road(0, 1, 90.0),
        Road(0, 1, 30.0, name="fast"),
        Road(0, 1, 60.0),
        Road(1, 1, 5.0),
        Road(0, 0, 0.0),
    ]
    network = build_network(roads([(0, 0), (1000, 0)], edges))
    assert len(network.arcs.tail) == 10
    router, ends = Router(network), at_nodes([0, 1])
    assert router.matrix(ends, ends).value.tolist() == [[0, 30], [30, 0]]
    assert router.reweight(closed=["fast"]).matrix(ends, ends).value.tolist() == [[0, 60], [60, 0]]


def test_a_network_without_roads_is_refused_in_plain_words() -> None:
    with pytest.raises(RoadError) as told:
        build_network(roads([(0, 0)], []))
    assert "ingen veje" in told.value.text("da")


def _broken(field: str, value: object) -> RoadArcs:
    return replace(grid(2, 2), **{field: value})


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("tail", np.zeros(3, np.int32), "differ in length"),
        ("head", np.full(8, 9, np.int32), "head points outside"),
        ("edge", np.full(8, -1, np.int32), "edge points outside"),
        ("edge", np.zeros(8, np.int32), "same direction"),
        ("forward", np.ones(8, bool), "same direction"),
        ("seconds", np.full(8, np.nan, np.float32), "times of arcs"),
        ("seconds", np.full(8, -1, np.float32), "times of arcs"),
        ("seconds", np.full(8, 1e9, np.float32), "times of arcs"),
        ("length_m", np.full(8, np.inf, np.float32), "lengths of arcs"),
        ("node_xy", np.full((4, 2), np.nan), "finite coordinates"),
        ("line_start", np.array([0, 1, 4, 6, 8]), "two points"),
        ("named", {"x": np.array([99], np.int32)}, "named x points outside"),
    ],
)
def test_arrays_that_contradict_each_other_are_refused(field, value, told) -> None:
    with pytest.raises(ValueError, match=told):
        build_network(_broken(field, value))


def test_the_two_arcs_of_a_road_must_join_the_same_nodes() -> None:
    arcs = grid(2, 2)
    head = arcs.head.copy()
    head[1] = 3
    with pytest.raises(ValueError, match="same nodes"):
        build_network(replace(arcs, head=head))


def test_generated_networks_are_the_same_every_time() -> None:
    one, two = (generated_roads(300, seed=7, one_way=0.3, private=0.2, islands=1) for _ in range(2))
    for field in ("node_xy", "tail", "head", "seconds", "flags", "line_xy"):
        np.testing.assert_array_equal(getattr(one, field), getattr(two, field))
    assert (one.flags & RoadFlag.DESTINATION_ONLY).any()
    assert list(one.named) == ["ferry-1"]
    network = build_network(one)
    assert network.node_usable.all()
