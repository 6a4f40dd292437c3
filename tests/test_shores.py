"""Nobody walks over water to a road."""

import numpy as np
import pytest
import shapely

from pipeline.travel.land import NO_LAND, land_labels
from pipeline.travel.network import build_network
from pipeline.travel.routing import Router
from pipeline.travel_status import Status
from tests.networks import ORIGIN, Road, at, grid, roads

MAINLAND = shapely.box(*at(-500, -500), *at(4300, 4500))
ISLET = shapely.box(*at(4600, 0), *at(5600, 1000))
LAND = np.array([MAINLAND, ISLET], dtype=object)


def test_points_on_an_islet_without_roads_reach_no_road_across_the_water() -> None:
    router = Router(build_network(grid(5, 5)))
    asked = [at(5000, 500), at(4200, 500), at(4450, 500), (np.nan, 0)]
    free = router.snap(asked)
    assert free.status.tolist() == [Status.OK, Status.OK, Status.OK, Status.NOT_LOCATED]
    ashore = router.snap(asked, land=LAND)
    assert ashore.status.tolist() == [Status.NO_ROAD_NEARBY, Status.OK, Status.OK, Status.NOT_LOCATED]
    assert ashore.edge.tolist() == [-1, free.edge[1], free.edge[2], -1]
    assert np.isnan(ashore.access_m[0])
    assert np.isnan(ashore.access_s[0])


def test_points_go_to_the_nearest_road_of_their_own_shore() -> None:
    base = grid(5, 5)
    ways = [Road(int(base.tail[a]), int(base.head[a])) for a in np.flatnonzero(base.forward)]
    xy = [*map(tuple, base.node_xy - ORIGIN), (5550, 0), (5550, 990)]
    router = Router(build_network(roads(xy, [*ways, Road(25, 26)]), island_km=0.5))
    point = [at(4700, 500)]
    assert router.snap(point).access_m[0] == 700
    ashore = router.snap(point, land=LAND, access_kmh=10.0)
    assert ashore.edge[0] == router.network.edges - 1
    assert ashore.access_m[0] == 850
    assert ashore.access_s[0] == np.float32(850 / (10 / 3.6))
    assert ashore.along[0] == pytest.approx(500 / 990)
    corner = router.snap(
        [at(4700, -20)], land=np.array([MAINLAND, shapely.box(*at(4600, -50), *at(5600, 1000))])
    )
    assert corner.node[0] == 25


def test_bridges_piers_and_short_legs_are_not_doubted() -> None:
    router = Router(build_network(grid(5, 5)))
    sliver = np.array(
        [shapely.box(*at(-500, -500), *at(3990, 4500)), shapely.box(*at(4010, 0), *at(5600, 1000))]
    )
    near = router.snap([at(4100, 500)], land=sliver)
    assert near.access_m[0] == 100
    pier = router.snap([at(4400, 500)], land=sliver)
    assert pier.access_m[0] == 400


def test_points_know_their_piece_of_land() -> None:
    labels = land_labels([at(0, 0), at(5000, 500), at(9000, 0), (np.nan, np.nan)], LAND)
    assert labels.tolist() == [0, 1, NO_LAND, NO_LAND]
