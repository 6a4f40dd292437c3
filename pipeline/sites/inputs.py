"""What an evaluation of candidates rests on, and its part for one function."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.spatial import cKDTree

from pipeline.errors import Fault
from pipeline.location.siting import SitingError
from pipeline.messages import msg
from pipeline.sites.function_demand import PeopleByBand, function_demand, people_by_band
from pipeline.sites.functions import FunctionCatalogue, SatelliteFunction
from pipeline.sites.gains import NOBODY, Gains, find_gains

GP_GAPS: Final = "gp_gap"
"""Name of the grouping of demand points by GP gap area."""

Membership = tuple[Sequence[str], csr_array]
"""Ids of groups, and the share (0–1) of each demand point in each: sparse, shape (demand, groups)."""


@dataclass(frozen=True)
class SiteInputs:
    """Demand, places of today, candidates and the travel times between them.

    Parameters
    ----------
    demand
        The `demand` frame: ``weight`` and, where known, ``people_<from>_<to>``.
    supply
        Places of today (`pipeline.sites.supply_sites`): ``supply_id``, ``name`` and points.
    supply_pairs
        ``function_id``, ``supply_id``: who offers what today.
    today_min
        Minutes, shape (demand, supply); NaN or infinite where there is no way.
    sites
        Candidates to evaluate: the rows of the `sites` frame with status ``ok`` or ``snapped``.
    site_min
        Minutes, shape (demand, sites).
    groups
        Grouping → membership of the demand points. ``gp_gap`` is the one for GP gap areas.
    short_of_gps
        Whether each site lies where GPs are short, shape (sites,); None where it is not known.

    Raises
    ------
    SitingError
        The shapes do not fit one another: every fault at once.
    """

    demand: pd.DataFrame
    supply: gpd.GeoDataFrame
    supply_pairs: pd.DataFrame
    today_min: NDArray[np.float32]
    sites: gpd.GeoDataFrame
    site_min: NDArray[np.float32]
    groups: Mapping[str, Membership] = field(default_factory=dict)
    short_of_gps: NDArray[np.bool_] | None = None

    def __post_init__(self) -> None:
        points = len(self.demand)
        asked: dict[str, tuple[tuple[int, ...], tuple[int, ...]]] = {
            "today_min": (self.today_min.shape, (points, len(self.supply))),
            "site_min": (self.site_min.shape, (points, len(self.sites))),
        }
        for name, (ids, share) in self.groups.items():
            asked[f"groups.{name}"] = (share.shape, (points, len(ids)))
        if self.short_of_gps is not None:
            asked["short_of_gps"] = (self.short_of_gps.shape, (len(self.sites),))
        faults = [
            Fault(
                "",
                key,
                msg("shape {shape}", shape=found),
                msg("shape {shape}", shape=wanted),
                msg("correct {key}", key=key),
            )
            for key, (found, wanted) in asked.items()
            if found != wanted
        ]
        if faults:
            raise SitingError(faults)

    @cached_property
    def people(self) -> PeopleByBand:
        """People of the demand by age band."""
        return people_by_band(self.demand)


@dataclass(frozen=True)
class FunctionCase:
    """One function: its demand, its places of today, its candidates and who gains by each.

    Parameters
    ----------
    function
        The function.
    inputs
        Everything.
    needs
        Result of `function_demand`.
    places
        Columns of ``today_min`` that offer the function.
    columns
        Rows of ``sites`` (columns of ``site_min``) that stand for the function.
    gains
        Who gains by each of these candidates.
    """

    function: SatelliteFunction
    inputs: SiteInputs
    needs: pd.DataFrame
    places: NDArray[np.int64]
    columns: NDArray[np.int64]
    gains: Gains

    @cached_property
    def people(self) -> NDArray[np.float64]:
        """People of the target group at each demand point."""
        return self.needs["target_people"].to_numpy(dtype=np.float64)

    @cached_property
    def visits(self) -> NDArray[np.float64]:
        """Visits a year at each demand point."""
        return self.needs["visits"].to_numpy(dtype=np.float64)

    def at_times(self, inputs: SiteInputs) -> "FunctionCase":
        """Give the same case with other travel times."""
        return replace(self, inputs=inputs, gains=_gains(inputs, self.places, self.columns))

    @cached_property
    def newly_within(self) -> NDArray[np.bool_]:
        """Pairs in which the candidate brings the point within the limit."""
        limit = self.function.limit_min.value
        return np.asarray((self.gains.before_min > limit) & (self.gains.minutes <= limit))

    @cached_property
    def newly_reached(self) -> NDArray[np.bool_]:
        """Pairs in which the point had no way to the function at all."""
        return np.asarray(~np.isfinite(self.gains.before_min))

    def allot(self, visits: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Send everybody to the nearest place.

        Parameters
        ----------
        visits
            Visits a year at each demand point.

        Returns
        -------
        tuple
            Visits a year that each place of today draws, and that each candidate takes from each of them.
        """
        gains, places = self.gains, len(self.places)
        served = gains.nearest != NOBODY
        drawn = np.bincount(gains.nearest[served], visits[served], places).astype(np.float64)
        row, pair = self._losers
        taken = np.bincount(pair, visits[row], gains.candidates * places)
        return drawn, taken.reshape(gains.candidates, places).astype(np.float64)

    @cached_property
    def _losers(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Demand point of each pair that had a place before, and the pair of candidate and that place."""
        before = self.gains.nearest[self.gains.row]
        had = before != NOBODY
        pair = self.gains.candidate[had] * len(self.places) + before[had]
        return self.gains.row[had].astype(np.int64), pair

    @cached_property
    def nearest_km(self) -> NDArray[np.float64]:
        """Straight-line distance from each candidate to the nearest place of today; infinite without any."""
        here = shapely.get_coordinates(self.inputs.sites.geometry.to_numpy()[self.columns])
        there = shapely.get_coordinates(self.inputs.supply.geometry.to_numpy()[self.places])
        if not len(there):
            return np.full(len(here), np.inf)
        found, _ = cKDTree(there).query(here)
        return np.asarray(found, dtype=np.float64) / 1000


def function_case(
    inputs: SiteInputs, function: SatelliteFunction, functions: FunctionCatalogue
) -> FunctionCase:
    """Take one function's part of the inputs, and find who gains by each of its candidates."""
    pairs, asked = inputs.supply_pairs, inputs.sites["function_id"]
    ids = pairs.loc[pairs["function_id"] == function.id, "supply_id"]
    places = np.flatnonzero(inputs.supply["supply_id"].isin(ids).to_numpy())
    columns = np.flatnonzero((asked.isna() | (asked == function.id)).to_numpy())
    return FunctionCase(
        function=function,
        inputs=inputs,
        needs=function_demand(inputs.people, function, functions.ages),
        places=places,
        columns=columns,
        gains=_gains(inputs, places, columns),
    )


def _gains(inputs: SiteInputs, places: NDArray[np.int64], columns: NDArray[np.int64]) -> Gains:
    every = len(columns) == inputs.site_min.shape[1]
    return find_gains(inputs.today_min[:, places], inputs.site_min if every else inputs.site_min[:, columns])
