"""Demand points on the road network: joined to it once, the same way for every finding."""

from dataclasses import dataclass, field
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pipeline.travel.land import NO_LAND, nearest_land
from pipeline.travel.routing import Router
from pipeline.travel.snapping import ACCESS_KMH, MAX_ACCESS_M, Places
from pipeline.travel_status import ANSWERED, Status


@dataclass(frozen=True, slots=True)
class Joining:
    """How points are joined to the roads.

    Parameters
    ----------
    max_access_m, access_kmh
        Longest way between a point and its road, metres, and the speed on it.
    """

    max_access_m: float = MAX_ACCESS_M
    access_kmh: float = ACCESS_KMH

    def join(self, router: Router, xy: ArrayLike, land: NDArray[np.object_] | None = None) -> Places:
        """Find where points (float array of shape (points, 2), EPSG:25832) meet the roads (`Router.snap`)."""
        return router.snap(xy, max_access_m=self.max_access_m, access_kmh=self.access_kmh, land=land)


@dataclass(frozen=True, slots=True)
class Homes:
    """Where people live, as the network sees it.

    Parameters
    ----------
    places
        Where the demand points meet the roads, in the order of the demand frame.
    ground
        Int32 array of shape (points,): the piece of land that each stands on, `NO_LAND` where not known.
    joining
        How they were joined.
    land
        The pieces of land; nobody crosses water to a road. None where they are not known.
    """

    places: Places
    ground: NDArray[np.int32]
    joining: Joining = field(default_factory=Joining)
    land: NDArray[np.object_] | None = None

    @classmethod
    def at(
        cls,
        router: Router,
        xy: ArrayLike,
        joining: Joining | None = None,
        land: NDArray[np.object_] | None = None,
    ) -> Self:
        """Join demand points to the roads.

        Parameters
        ----------
        router
            Travel times.
        xy
            Float array of shape (points, 2), EPSG:25832; rows that are not finite are not located.
        joining
            How; as the engine does by default when left out.
        land
            Pieces of land (`pipeline.travel.land.land_parts`).
        """
        how = joining or Joining()
        points = np.asarray(xy, dtype=np.float64).reshape(-1, 2)
        ground = np.full(len(points), NO_LAND, dtype=np.int32) if land is None else nearest_land(points, land)
        return cls(how.join(router, points, land), ground, how, land)

    def reasons(self, status: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Tell people who are cut off from people whose roads the data do not join to the rest.

        Parameters
        ----------
        status
            `Status` of the way of each home to what it seeks.

        Returns
        -------
        NDArray
            The same, but where no way was found from a home on the same piece of land as homes that have one,
            `Status.LOOSE_ROAD`: a fault of the road data, not water.
        """
        joined = np.unique(self.ground[np.isin(status, ANSWERED)])
        cut_off = np.isin(status, (Status.OTHER_LANDMASS, Status.NO_WAY))
        loose = cut_off & np.isin(self.ground, joined) & (self.ground != NO_LAND)
        return np.where(loose, np.uint8(Status.LOOSE_ROAD), status)
