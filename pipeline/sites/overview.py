"""Satellite functions over the land: how soon people reach each today, and who gains by new sites."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.coverage.zones import UNKNOWN, class_of, joined_cells, nearest_point
from pipeline.location import Counted
from pipeline.location.siting import Answer
from pipeline.sites.choices import usable_rows
from pipeline.sites.functions import SatelliteFunction
from pipeline.sites.study import SiteStudy

PARTS_OF_LIMIT: Final = (0.5, 1.0, 1.5, 2.0, 3.0)
"""Upper ends of the classes of travel time, as parts of a function's limit, which is one of them."""

NO_GAIN: Final = 0
NEARER: Final = 1
NEWLY_WITHIN: Final = 2
"""Classes of land by what new sites bring: nothing worth telling, a shorter journey, within the limit now."""

Choice = tuple[str, Counted, int]
"""A function, a model and a number of new sites."""


@dataclass(frozen=True)
class SiteOverview:
    """A study's satellite functions over the land.

    Parameters
    ----------
    study
        What was found.
    cells
        Cells of land (`pipeline.access.areas.land_cells`), EPSG:25832.
    limit_min
        Travel-time limit of the choices, minutes; each function's own when left out.
    """

    study: SiteStudy
    cells: gpd.GeoSeries
    limit_min: float | None = None

    def limit_of(self, function: SatelliteFunction) -> float:
        """Travel-time limit of a function's choices, minutes."""
        return function.limit_min.value if self.limit_min is None else self.limit_min

    @cached_property
    def point(self) -> NDArray[np.int64]:
        """Row of the demand that stands for each cell; -1 where nobody lives near."""
        return nearest_point(self.cells, self.study.inputs.demand)

    @cached_property
    def chosen(self) -> dict[Choice, tuple[int, ...]]:
        """Rows of ``inputs.sites`` that each best choice opens; of solved choices with new sites only."""
        found = {}
        for (function_id, model), curve in self.study.curves.items():
            for count, answer in enumerate(curve.answers):
                if count and answer.sites:
                    found[function_id, model, count] = self.rows_of(function_id, answer)
        return found

    def rows_of(self, function_id: str, answer: Answer) -> tuple[int, ...]:
        """Give the rows of ``inputs.sites`` that an answer for a function opens."""
        case = self.study.cases[function_id]
        usable, places = usable_rows(case, self.study.evaluation.table), len(case.places)
        return tuple(int(usable[column - places]) for column in answer.sites)

    def today_min(self, function_id: str) -> NDArray[np.float64]:
        """Minutes from each demand point to the nearest place of today; infinite where none is reached."""
        return _nearest(self.study.inputs.today_min, self.study.cases[function_id].places)

    def gain(self, function: SatelliteFunction, sites: Sequence[int]) -> NDArray[np.int64]:
        """Tell what new sites bring at each demand point.

        Parameters
        ----------
        function
            The function.
        sites
            Rows of ``inputs.sites``.

        Returns
        -------
        NDArray
            Int64 array of shape (demand,): `NO_GAIN`, `NEARER` (by the guideline's minutes at least, or
            reached for the first time) or `NEWLY_WITHIN`.
        """
        before = self.today_min(function.id)
        after = np.minimum(before, _nearest(self.study.inputs.site_min, np.asarray(sites, dtype=np.int64)))
        limit, enough = self.limit_of(function), self.study.functions.guideline.shorter_min.value
        with np.errstate(invalid="ignore"):
            nearer = (after < before) & ~(before - after < enough)
        return np.where((before > limit) & (after <= limit), NEWLY_WITHIN, np.where(nearer, NEARER, NO_GAIN))

    def over_land(self, values: NDArray[np.int64], nobody: int) -> NDArray[np.int64]:
        """Give each cell the value of the demand point that stands for it, or `nobody` where none does."""
        return np.where(self.point < 0, nobody, values[self.point])

    @cached_property
    def zones(self) -> gpd.GeoDataFrame:
        """Cells joined where everything is alike: a column of classes for each function and choice.

        `time_column` holds the class of today's travel time (`bounds_of`, `UNKNOWN`, and `NOTHING` where no
        place is reached), `gain_column` the class of the gain. The zones cover the land.
        """
        columns: dict[str, NDArray[np.int64]] = {}
        for function in self.study.functions:
            minutes = pd.Series(self.today_min(function.id))
            columns[time_column(function.id)] = self.over_land(
                class_of(minutes, bounds_of(function)), UNKNOWN
            )
        by_id = {function.id: function for function in self.study.functions}
        for choice, sites in self.chosen.items():
            columns[gain_column(*choice)] = self.over_land(self.gain(by_id[choice[0]], sites), NO_GAIN)
        return joined_cells(self.cells, pd.DataFrame(columns))

    @cached_property
    def places(self) -> pd.DataFrame:
        """Places of today by function.

        ``function_id``, ``supply_id``, ``basis`` (``stated`` or ``assumed``), ``visits`` (a year, if all go
        to the nearest) and ``below`` (whether that is less than the function needs).
        """
        frames = []
        for function_id, case in self.study.cases.items():
            visits, _ = case.allot(case.visits)
            ids = case.inputs.supply["supply_id"].to_numpy()[case.places]
            told = pd.DataFrame({"function_id": function_id, "supply_id": ids, "visits": visits})
            frames.append(told.assign(below=visits < case.function.min_volume.value))
        pairs = self.study.supply_pairs.drop_duplicates(["function_id", "supply_id"])
        return pd.concat(frames, ignore_index=True).merge(pairs, on=["function_id", "supply_id"])

    @cached_property
    def by_municipality(self) -> pd.DataFrame:
        """How people of each municipality reach each function today.

        ``function_id``, ``municipality_code``, ``people`` of the target group, ``mean_min`` of those who
        reach a place, and ``share_within`` the limit.
        """
        codes = self.study.inputs.demand["municipality_code"].astype("string").fillna("").to_numpy(dtype=str)
        known, at = np.unique(codes, return_inverse=True)
        frames = []
        for function_id, case in self.study.cases.items():
            minutes, people = self.today_min(function_id), case.people
            reached = np.isfinite(minutes)
            total, there, spent, within = (
                np.bincount(at, weights=values, minlength=len(known))
                for values in (
                    people,
                    people * reached,
                    people * np.where(reached, minutes, 0.0),
                    people * (minutes <= case.function.limit_min.value),
                )
            )
            with np.errstate(invalid="ignore", divide="ignore"):
                frames.append(
                    pd.DataFrame(
                        {
                            "function_id": function_id,
                            "municipality_code": known,
                            "people": total,
                            "mean_min": spent / there,
                            "share_within": within / total,
                        }
                    )
                )
        return pd.concat(frames, ignore_index=True)


def bounds_of(function: SatelliteFunction) -> tuple[float, ...]:
    """Upper ends of the classes of travel time to a function, minutes."""
    return tuple(part * function.limit_min.value for part in PARTS_OF_LIMIT)


def time_column(function_id: str) -> str:
    """Name of the column of `SiteOverview.zones` with travel time today."""
    return f"time/{function_id}"


def gain_column(function_id: str, model: str, count: int) -> str:
    """Name of the column of `SiteOverview.zones` with what a choice brings."""
    return f"gain/{function_id}/{model}/{count}"


def _nearest(minutes: NDArray[np.float32], columns: NDArray[np.int64]) -> NDArray[np.float64]:
    times = minutes[:, columns].astype(np.float64)
    return np.asarray(np.where(np.isnan(times), np.inf, times).min(axis=1, initial=np.inf))
