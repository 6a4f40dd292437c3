"""What the rules of GP coverage ask of the travel-time engine."""

import datetime as dt

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from pipeline.coverage import points_xy, supply_of
from pipeline.coverage.gap_closing import SiteTimes
from pipeline.coverage.reach import NOBODY, Pairs, Reach
from pipeline.settings.coverage import CoverageSettings, Limit
from pipeline.travel.homes import Homes
from pipeline.travel.routing import Router
from pipeline.travel.snapping import Places
from pipeline.travel_status import status_words


class CoverageTravel:
    """Travel between demand points and practices on one network, at any speed.

    Parameters
    ----------
    router
        The travel-time engine.
    demand, practices
        Frames with points in EPSG:25832.
    settings
        The rules; their limits say how far to look.
    on
        The day, for the practices that serve.
    homes
        Where the demand points meet the roads, and on which land (`pipeline.travel.homes.Homes`); joined as
        the engine does by default, without any land, when left out.
    """

    def __init__(
        self,
        router: Router,
        demand: gpd.GeoDataFrame,
        practices: gpd.GeoDataFrame,
        settings: CoverageSettings,
        on: dt.date,
        *,
        homes: Homes | None = None,
    ) -> None:
        self._router = router
        self._settings = settings
        self._points_xy = points_xy(demand.geometry)
        self._practices_xy = points_xy(practices.geometry)
        self._homes = homes or Homes.at(router, self._points_xy)
        self._points = self._homes.places
        # A drawn coast can leave a practice off the land, so these may be joined over water.
        self._practices = self._homes.joining.join(router, self._practices_xy)
        supply = supply_of(practices, on)
        # Of practices equally near the engine takes the first: put in the order of ids, rows do not matter.
        by_id = np.argsort(supply.rank, kind="stable")
        self._serving = by_id[supply.serving[by_id]]
        slack = 1 + max((0.0, *settings.robustness.limit_changes))
        self._most_m = _largest(settings.choice.limits_km) * slack * 1000
        self._most_s = 60 * max(
            _largest(settings.time.limits_min) * slack,
            settings.capacity.catchment_min if settings.capacity.enabled else 0.0,
            settings.closed.within_min if settings.closed.enabled else 0.0,
        )
        self._straight: Pairs | None = None
        self._road: Pairs | None = None

    def at(self, speed_factor: float = 1.0) -> Reach:
        """Measure all that the rules need, driving at `speed_factor` times today's speed.

        Distances do not depend on speed and are measured once. To the practice is the way that counts.
        """
        base = self._router
        router = base if speed_factor == 1.0 else base.at_speed(speed_factor)
        if self._straight is None:
            self._straight = Pairs.straight(self._points_xy, self._practices_xy, most=self._most_m)
        if self._road is None:
            by_length = base.by_length()
            self._road = Pairs.from_sparse(by_length.within(self._points, self._practices, self._most_m))
        near = router.nearest(self._points, self._practices.take(self._serving))
        which = near.facility[:, 0]
        found = which != NOBODY
        nearest = np.full(len(which), NOBODY, dtype=np.int32)
        nearest[found] = self._serving[which[found]]
        return Reach(
            time=Pairs.from_sparse(router.within(self._points, self._practices, self._most_s)),
            straight=self._straight,
            road=self._road,
            nearest_s=near.value[:, 0],
            nearest=nearest,
            point_land=router.landmass(self._points),
            practice_land=router.landmass(self._practices),
            status=status_words(self._homes.reasons(near.status)),
            time_most_s=self._most_s,
            most_m=self._most_m,
        )

    def site_times(self) -> SiteTimes:
        """Measure what new practices would help (see `pipeline.coverage.gap_closing`)."""

        def measure(
            sites: NDArray[np.float64], rows: NDArray[np.int64], site: NDArray[np.int64]
        ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
            places = self._homes.joining.join(self._router, sites, self._homes.land)
            points = self._points.take(rows)
            minutes = _own(self._router, points, places, site, self._most_s) / 60
            by_length = self._router.by_length()
            return minutes, _own(by_length, points, places, site, self._most_m) / 1000

        return measure


def _largest(limits: tuple[Limit, ...]) -> float:
    return max(limit.value for limit in limits)


def _own(
    router: Router, points: Places, sites: Places, site: NDArray[np.int64], most: float
) -> NDArray[np.float64]:
    """Find each point's value to its own site; NaN beyond `most`."""
    pairs = Pairs.from_sparse(router.within(points, sites, most))
    mine = pairs.practice == site[pairs.point]
    value = np.full(len(site), np.nan)
    value[pairs.point[mine]] = pairs.value[mine]
    return value
