"""New links, closed links and other speeds: exact, and without a new order."""

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from pipeline.roads.generated import generated_roads
from pipeline.roads.model import RoadClass
from pipeline.travel.network import Network, build_network
from pipeline.travel.new_links import link_ends, public_roads
from pipeline.travel.routing import Router
from pipeline.travel.snapping import at_nodes
from pipeline.travel.what_if import LinkError, NewLink, WhatIf
from pipeline.travel_status import Status
from tests.networks import Road, at, grid, networks, oracle, places_on, roads


def _ms(seconds: np.ndarray) -> np.ndarray:
    return np.where(np.isnan(seconds), np.inf, np.rint(np.asarray(seconds, dtype=float) * 1000))


def _touches(network: Network, link: NewLink) -> bool:
    try:
        link_ends(public_roads(network), [link])
    except LinkError:
        return False
    return True


metre = st.integers(0, 40).map(lambda step: step * 125.0)
link = st.tuples(metre, metre, metre, metre, st.sampled_from([0.0, 1.0, 20.0]), st.booleans())


@given(networks(), st.lists(link, min_size=2, max_size=3))
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_new_links_give_what_the_closure_over_their_ends_gives(drawn, drafts) -> None:
    network, spots = drawn
    opened = [
        NewLink(
            f"new {i}",
            at(x, y),
            at(u, v),
            seconds,
            both_ways=both,
        )
        for i, (x, y, u, v, seconds, both) in enumerate(drafts)
    ]
    opened = [new for new in opened if _touches(network, new)]
    assume(opened)
    ends = link_ends(public_roads(network), opened)
    legs = np.rint(ends.access_s * 1000.0)
    hubs = [(int(edge), float(along)) for edge, along in zip(ends.edge, ends.along, strict=True)]
    times = oracle(network, spots + hubs)
    times[:, len(spots) :] += legs
    times[len(spots) :, :] += legs[:, None]
    for i, new in enumerate(opened):
        a, b = len(spots) + 2 * i, len(spots) + 2 * i + 1
        times[a, b] = min(times[a, b], new.seconds * 1000)
        if new.both_ways:
            times[b, a] = min(times[b, a], new.seconds * 1000)
    for via in range(len(times)):
        if via >= len(spots):
            times = np.minimum(times, times[:, [via]] + times[[via], :])
    expected = times[: len(spots), : len(spots)]
    router = Router(network).reweight(opened=opened)
    places = places_on(network, spots)
    np.testing.assert_array_equal(_ms(router.matrix(places, places).value), expected)
    backward = router.matrix(places, places, direction="from", cutoff=1e6).value
    np.testing.assert_array_equal(_ms(backward), expected.T)
    near = router.nearest(places, places.take([0]))
    np.testing.assert_array_equal(_ms(near.value[:, 0]), expected[:, 0])
    route = router.route(places.take([0]), places.take([len(spots) - 1]))
    assert _ms(np.array(route.value)) == expected[0, -1]


def test_a_new_bridge_joins_landmasses_and_is_told_in_the_route() -> None:
    xy = [(0, 0), (4000, 0), (10_000, 0), (14_000, 0)]
    network = build_network(roads(xy, [Road(0, 1, 240.0), Road(2, 3, 240.0)]))
    router = Router(network)
    ends = at_nodes([0, 3])
    assert router.matrix(ends, ends).status()[0, 1] == Status.OTHER_LANDMASS
    start, end = at(3000, 0), at(11_000, 0)
    bridge = NewLink("Kattegat", start, end, 300.0)
    joined = router.reweight(opened=[bridge])
    matrix = joined.matrix(ends, ends)
    assert matrix.value[0, 1] == 180 + 300 + 180
    assert matrix.status()[0, 1] == Status.OK
    route = joined.route(ends.take([1]), ends.take([0]))
    assert route.links == ("Kattegat",)
    assert route.length_m == 3000 + 8000 + 3000
    np.testing.assert_allclose(np.array(route.geometry.coords)[[0, -1]], [at(14_000, 0), at(0, 0)])
    sailed = router.reweight(opened=[NewLink("Kattegat", start, end, 300.0, ferry=True)])
    assert sailed.matrix(ends, ends).status()[0, 1] == Status.FERRY_ONLY
    one_way = router.reweight(opened=[NewLink("Kattegat", start, end, 300.0, both_ways=False)])
    assert one_way.matrix(ends, ends).status()[1, 0] == Status.NO_WAY
    metres = router.reweight(opened=[bridge], measure="distance")
    assert metres.matrix(ends, ends).value[0, 1] == 14_000
    assert router.matrix(ends, ends).status()[0, 1] == Status.OTHER_LANDMASS


@pytest.mark.parametrize("step", [1, -1])
def test_a_route_that_begins_with_a_new_link_is_drawn_from_the_end_it_leaves_by(step: int) -> None:
    network = build_network(roads([(0, 0), (1000, 0), (6000, 0), (7000, 0)], [Road(0, 1), Road(2, 3)]))
    ends = (at(1000, 0), at(6000, 0))[::step]
    router = Router(network).reweight(opened=[NewLink("new", *ends, 60.0)])
    route = router.route(at_nodes([2]), at_nodes([0]))
    assert route.length_m == 6000
    assert route.geometry.length == pytest.approx(6000)
    np.testing.assert_allclose(np.array(route.geometry.coords)[[0, -1]], [at(6000, 0), at(0, 0)])


def test_places_on_the_road_that_a_new_link_begins_on_reach_it_directly() -> None:
    network = build_network(roads([(0, 0), (4000, 0), (0, 9000)], [Road(0, 1, 400.0), Road(0, 2, 900.0)]))
    new = NewLink("new", at(2000, 0), at(0, 9000), 10.0)
    router = Router(network).reweight(opened=[new])
    place = places_on(network, [(0, 0.25), (0, 0.75)])
    np.testing.assert_allclose(router.matrix(place, at_nodes([2])).value[:, 0], [110, 110])
    np.testing.assert_allclose(router.matrix(at_nodes([2]), place).value[0], [110, 110])


def test_a_new_link_never_makes_anyone_slower_and_a_useless_one_changes_nothing() -> None:
    network = build_network(generated_roads(3000, seed=8, one_way=0.2))
    router, points = Router(network), at_nodes(np.arange(0, 3000, 20))
    before = router.matrix(points, points).value
    corner, other = network.arcs.node_xy[[0, 1]]
    after = router.reweight(opened=[NewLink("fast", tuple(corner), tuple(other), 1.0)])
    assert (after.matrix(points, points).value <= before).all()
    assert (after.matrix(points, points).value < before).any()
    useless = router.reweight(opened=[NewLink("slow", tuple(corner), tuple(other), 86_400.0)])
    np.testing.assert_array_equal(useless.matrix(points, points).value, before)


def test_what_ifs_start_from_the_network_as_read() -> None:
    router = Router(build_network(grid(3, 3)))
    ends = at_nodes([0, 8])
    twice = router.reweight(speed_factor=0.5).reweight(speed_factor=0.5)
    assert twice.matrix(ends, ends).value[0, 1] == 480
    assert router.reweight(WhatIf(speed_factor=2.0)).matrix(ends, ends).value[0, 1] == 120


def test_unknown_links_are_told_all_at_once_with_the_likely_names() -> None:
    edges = [Road(0, 1, name="Storebælt"), Road(1, 2, kind=RoadClass.FERRY, name="Øresund")]
    router = Router(build_network(roads([(0, 0), (1000, 0), (2000, 0)], edges)))
    with pytest.raises(LinkError) as told:
        router.reweight(closed=["Storebelt", "Femern"])
    assert len(told.value.faults) == 2
    assert "mente du Storebælt?" in told.value.text("da")


def test_new_links_that_make_no_sense_are_told_all_at_once() -> None:
    router = Router(build_network(grid(3, 3)))
    good = at(0, 0)
    with pytest.raises(LinkError) as told:
        router.reweight(
            opened=[
                NewLink("far", good, (0.0, 0.0), 10.0),
                NewLink("back in time", good, at(1000, 0), -1.0),
                NewLink("never", good, (np.nan, 0.0), np.nan),
            ]
        )
    assert len(told.value.faults) == 4
    assert "ny forbindelse far" in told.value.text("da")


def test_new_links_never_begin_on_access_only_roads() -> None:
    edges = [Road(0, 1), Road(2, 3, private=True), Road(1, 3, private=True)]
    network = build_network(roads([(0, 0), (4000, 0), (0, 300), (4000, 300)], edges))
    ends = link_ends(public_roads(network), [NewLink("new", at(0, 290), at(4000, 0), 5.0)])
    assert ends.edge.tolist() == [0, 0]
