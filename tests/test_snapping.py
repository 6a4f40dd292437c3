"""Where points meet the roads, against shapely's own distances."""

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.roads.generated import generated_roads
from pipeline.roads.model import RoadClass
from pipeline.travel.line_index import LineIndex
from pipeline.travel.network import build_network
from pipeline.travel.snapping import Snapper, at_nodes
from pipeline.travel_status import Status
from tests.networks import ORIGIN, Road, at, grid, roads


def _lines(line_start, line_xy) -> np.ndarray:
    owner = np.repeat(np.arange(len(line_start) - 1), np.diff(line_start))
    return shapely.linestrings(line_xy, indices=owner)


metre = st.one_of(st.integers(-3000, 3000).map(float), st.floats(-30_000, 30_000, allow_nan=False, width=32))
point = st.tuples(metre, metre)


@given(
    st.lists(st.lists(point, min_size=2, max_size=5), min_size=1, max_size=12),
    st.lists(point, min_size=1, max_size=12),
    st.sampled_from([10.0, 2000.0, 100_000.0]),
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_the_nearest_line_is_the_one_shapely_finds(drawn, asked, cap) -> None:
    start = np.concatenate([[0], np.cumsum([len(line) for line in drawn])])
    xy = np.concatenate([np.array(line) for line in drawn])
    lines, points = _lines(start, xy), np.array(asked)
    index = LineIndex(start, xy, np.arange(len(drawn)))
    line, along, away = index.nearest(points, cap)
    distances = shapely.distance(shapely.points(points)[:, None], lines[None, :])
    best = distances.min(axis=1)
    clear = np.abs(best - cap) > 1e-6
    np.testing.assert_array_equal((line >= 0)[clear], (best <= cap)[clear])
    hit = line >= 0
    np.testing.assert_allclose(away[hit], best[hit], atol=1e-6)
    chosen = distances[np.arange(len(points)), line]
    np.testing.assert_allclose(chosen[hit], best[hit], atol=1e-6)
    spots = shapely.line_interpolate_point(lines[line[hit]], along[hit], normalized=True)
    np.testing.assert_allclose(shapely.distance(spots, shapely.points(points[hit])), best[hit], atol=2e-3)


def test_of_lines_equally_near_the_first_is_taken_whatever_the_order_of_points() -> None:
    xy = np.array([[0, 0], [1000, 0], [0, 0], [0, 1000], [0, 0], [-1000, -1000]], dtype=float)
    index = LineIndex(np.array([0, 2, 4, 6]), xy, np.arange(3))
    asked = np.array([[300.0, 300.0], [0.0, 0.0], [-5.0, 5.0]])
    assert index.nearest(asked, 2000)[0].tolist() == [0, 0, 1]
    assert index.nearest(asked[::-1], 2000)[0].tolist() == [1, 0, 0]
    backwards = LineIndex(np.array([0, 2, 4, 6]), xy, np.array([2, 1, 0]))
    assert backwards.nearest(asked, 2000)[0].tolist() == [0, 0, 1]


def test_only_the_chosen_lines_take_part() -> None:
    xy = np.array([[0, 0], [1000, 0], [0, 100], [1000, 100]], dtype=float)
    index = LineIndex(np.array([0, 2, 4]), xy, np.array([1]))
    line, along, away = index.nearest(np.array([[250.0, 0.0]]), 500)
    assert (line[0], along[0], away[0]) == (1, 0.25, 100)
    nothing = LineIndex(np.array([0, 2, 4]), xy, np.array([], dtype=int))
    assert nothing.nearest(np.array([[250.0, 0.0]]), 500)[0].tolist() == [-1]


def test_many_points_over_a_country_agree_with_shapely() -> None:
    network = build_network(generated_roads(3000, seed=2, one_way=0.2))
    rng = np.random.default_rng(0)
    low, high = network.arcs.node_xy.min(axis=0) - 3000, network.arcs.node_xy.max(axis=0) + 3000
    asked = low + rng.random((5000, 2)) * (high - low)
    places = Snapper(network).snap(asked)
    lines = _lines(network.arcs.line_start, network.arcs.line_xy)
    usable = np.flatnonzero(network.edge_snappable)
    tree = shapely.STRtree(lines[usable])
    (row, _), distance = tree.query_nearest(
        shapely.points(asked), max_distance=2000, return_distance=True, all_matches=False
    )
    assert np.array_equal(row, np.flatnonzero(places.ok))
    np.testing.assert_allclose(places.access_m[places.ok], distance, atol=0.01)
    np.testing.assert_allclose(places.access_s[places.ok], distance / (20 / 3.6), atol=0.01)
    away = shapely.distance(shapely.points(asked), shapely.points(places.xy(network)))
    np.testing.assert_allclose(away[places.ok], distance, atol=0.01)
    assert np.isnan(places.xy(network)[~places.ok]).all()


def test_a_point_at_a_junction_is_the_junction() -> None:
    network = build_network(grid(3, 3))
    places = Snapper(network).snap([at(1000, 1000), at(2300, 2400), at(1500, 1000)])
    assert places.node.tolist() == [4, 8, -1]
    assert places.nodes(network)[2] in {4, 5}
    np.testing.assert_allclose(places.xy(network)[0], at(1000, 1000))


def test_every_point_without_a_road_says_why() -> None:
    xy = [*map(tuple, grid(6, 2).node_xy - ORIGIN), (0, 9000), (300, 9000)]
    base = grid(6, 2)
    ways = [Road(int(base.tail[a]), int(base.head[a])) for a in np.flatnonzero(base.forward)]
    network = build_network(roads(xy, [*ways, Road(12, 13)]))
    asked = [at(0, 100), (np.nan, np.nan), (np.inf, 0), at(1e7, 0), at(2500, 5000), at(100, 9500)]
    places = Snapper(network).snap(asked)
    assert [Status(code) for code in places.status] == [
        Status.OK,
        Status.NOT_LOCATED,
        Status.NOT_LOCATED,
        Status.OUTSIDE_STUDY_AREA,
        Status.NO_ROAD_NEARBY,
        Status.LOOSE_ROAD,
    ]
    assert (places.edge[1:] == -1).all()
    assert np.isnan(places.access_m[1:]).all()


def test_ten_thousand_points_in_the_sea_find_no_road() -> None:
    network = build_network(generated_roads(2000))
    rng = np.random.default_rng(3)
    sea = rng.random((10_000, 2)) * 50_000 + network.arcs.node_xy.max(axis=0) + 2_500
    places = Snapper(network).snap(sea)
    assert (places.status == Status.OUTSIDE_STUDY_AREA).all()


def test_the_cap_is_a_setting() -> None:
    network = build_network(grid(3, 3))
    assert Snapper(network).snap([at(1000, 4500)]).status[0] == Status.OUTSIDE_STUDY_AREA
    assert Snapper(network).snap([at(1000, 4500)], max_access_m=2500.5).access_m[0] == 2500
    with pytest.raises(ValueError, match="access"):
        Snapper(network).snap([at(0, 0)], max_access_m=-1)
    with pytest.raises(ValueError, match="access"):
        Snapper(network).snap([at(0, 0)], access_kmh=0)


def test_no_points_at_all_are_no_places() -> None:
    network = build_network(grid(3, 3))
    assert len(Snapper(network).snap(np.zeros((0, 2)))) == 0


def test_a_network_of_motorways_only_offers_nothing_to_snap_to() -> None:
    network = build_network(roads([(0, 0), (5000, 0)], [Road(0, 1, kind=RoadClass.MOTORWAY)]))
    assert Snapper(network).snap([at(100, 0)]).status[0] == Status.NO_ROAD_NEARBY


def test_junctions_are_places_without_an_access_leg() -> None:
    places = at_nodes([3, 1])
    assert places.node.tolist() == [3, 1]
    assert places.ok.all()
    assert not places.access_m.any()
    assert len(places.take([False, True])) == 1
