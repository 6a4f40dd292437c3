"""Scenarios over the land: how long people travel in each state, and what changes between two of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.access.areas import BANDS_MIN
from pipeline.coverage.limits import limits_of
from pipeline.coverage.zones import BOUNDS, UNKNOWN, class_of, joined_cells, nearest_point
from pipeline.scenarios.run import ScenarioStudy
from pipeline.sites.overview import bounds_of
from pipeline.study_result import StudyResult

ACUTE: Final = "acute"
GP: Final = "gp"
"""Measures beside the satellite functions, which go by their ids."""

ACUTE_LIMIT_MIN: Final = 30.0
"""Journey to an acute hospital within which people count as near, minutes."""

CHANGES_MIN: Final = (-15.0, -5.0, -1.0, 1.0, 5.0, 15.0)
"""Bounds between the classes of a change, minutes; the middle class counts as unchanged."""

UNCHANGED: Final = 3
"""Class of a change that is not worth telling."""

NOTICED_MIN: Final = 1.0
"""Change of a journey from which on people count as affected, minutes."""


@dataclass(frozen=True, slots=True)
class Measure:
    """What is measured.

    Parameters
    ----------
    key
        ``acute``, ``gp`` or a function's id.
    bounds
        Upper ends of its classes, minutes.
    limits_min
        Float64 array of shape (points,): the limit at each demand point, minutes; NaN where none holds.
    """

    key: str
    bounds: tuple[float, ...]
    limits_min: NDArray[np.float64]


@dataclass(frozen=True)
class ScenarioLand:
    """Travel times of today and each scenario; a state is its number, today is 0."""

    study: ScenarioStudy

    @property
    def states(self) -> tuple[StudyResult, ...]:
        """Today, then the scenarios."""
        return (self.study.today, *(run.result for run in self.study.runs))

    @property
    def pairs(self) -> tuple[tuple[int, int], ...]:
        """Every two states, the earlier first: each scenario against today, then against one another."""
        count = len(self.states)
        return tuple((one, other) for one in range(count) for other in range(one + 1, count))

    @cached_property
    def measures(self) -> dict[str, Measure]:
        """What every state tells, by key."""
        today = self.study.today
        everywhere = np.ones(len(today.demand))
        found = [Measure(ACUTE, tuple(map(float, BANDS_MIN)), everywhere * ACUTE_LIMIT_MIN)]
        if today.coverage is not None:
            rule, code = today.settings.coverage.time, today.demand["municipality_code"]
            limits = limits_of(rule.limits_min, code, today.settings.study.as_of)
            found.append(Measure(GP, tuple(map(float, BOUNDS["time"])), limits.value))
        if today.sites is not None:
            found += [
                Measure(f.id, bounds_of(f), everywhere * f.limit_min.value) for f in today.sites.functions
            ]
        return {measure.key: measure for measure in found}

    def minutes(self, key: str, state: int) -> NDArray[np.float64]:
        """Minutes from each demand point to the nearest place; infinite where none is reached."""
        result = self.states[state]
        if key == ACUTE:
            times = result.access.nearest["travel_min"].to_numpy(dtype=float, na_value=np.nan)
        elif key == GP:
            if result.coverage is None:
                raise ValueError("the state has no GP coverage")
            times = result.coverage.covered["travel_min"].to_numpy(dtype=float, na_value=np.nan)
        else:
            if result.site_overview is None:
                raise ValueError("the state has no satellite functions")
            times = result.site_overview.today_min(key)
        return np.asarray(np.where(np.isnan(times), np.inf, times))

    def change(self, key: str, pair: tuple[int, int]) -> NDArray[np.float64]:
        """Minutes after less before at each demand point; infinite where a way comes or goes, else 0."""
        before, after = (self.minutes(key, state) for state in pair)
        with np.errstate(invalid="ignore"):
            found = after - before
        return np.asarray(np.where(np.isinf(before) & np.isinf(after), 0.0, found))

    def changed(self, key: str, pair: tuple[int, int]) -> bool:
        """Tell whether anybody's journey changes noticeably."""
        people = self.study.today.demand["weight"].to_numpy(dtype=float)
        return bool(((np.abs(self.change(key, pair)) >= NOTICED_MIN) & (people > 0)).any())

    def people(self, state: int) -> NDArray[np.float64]:
        """People at each demand point."""
        return np.asarray(self.states[state].demand["weight"].to_numpy(dtype=float))

    @cached_property
    def zones(self) -> gpd.GeoDataFrame:
        """Cells of land joined where everything is alike: a class for each measure, state and change.

        Columns `state_column` (`pipeline.coverage.zones.class_of`) and `change_column` (0 … 6, from much
        shorter to much longer; `UNKNOWN` where nobody lives near).
        """
        cells = self.study.today.cells.geometry
        point = nearest_point(cells, self.study.today.demand)
        columns: dict[str, NDArray[np.int64]] = {}
        for key, measure in self.measures.items():
            for state in range(len(self.states)):
                classes = class_of(pd.Series(self.minutes(key, state)), measure.bounds)
                columns[state_column(key, state)] = np.where(point < 0, UNKNOWN, classes[point])
            for pair in self.pairs:
                change = np.searchsorted(np.array(CHANGES_MIN), self.change(key, pair), side="right")
                columns[change_column(key, pair)] = np.where(point < 0, UNKNOWN, change[point])
        return joined_cells(cells, pd.DataFrame(columns))

    def sums(
        self, key: str, pair: tuple[int, int], groups: pd.Series
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        """Sum up a change by groups of people.

        Parameters
        ----------
        key, pair
            Measure and states.
        groups
            Group of each demand point; missing for none.

        Yields
        ------
        tuple
            Group, and ``people`` (before), ``before`` and ``after`` (mean minutes of those who reach a place
            in both), ``within_before`` and ``within_after`` (shares within the limit of their place, of those
            for whom one holds; NaN without any), ``nearer`` and ``farther`` (people whose journey changes by
            `NOTICED_MIN` or more).
        """
        before, after = (self.minutes(key, state) for state in pair)
        people, later = (self.people(state) for state in pair)
        change, limit = self.change(key, pair), self.measures[key].limits_min
        both = np.isfinite(before) & np.isfinite(after)
        for name, rows in groups.reset_index(drop=True).groupby(groups.to_numpy(), sort=True).groups.items():
            at = np.asarray(rows, dtype=np.int64)
            reached, weight = at[both[at]], people[at]
            counted = people[reached].sum()
            held = at[np.isfinite(limit[at])]
            yield (
                str(name),
                {
                    "people": weight.sum(),
                    "before": people[reached] @ before[reached] / counted if counted > 0 else np.nan,
                    "after": people[reached] @ after[reached] / counted if counted > 0 else np.nan,
                    "within_before": _share(people[held], before[held] <= limit[held]),
                    "within_after": _share(later[held], after[held] <= limit[held]),
                    "nearer": weight[change[at] <= -NOTICED_MIN].sum(),
                    "farther": weight[change[at] >= NOTICED_MIN].sum(),
                },
            )


def _share(weight: NDArray[np.float64], hit: NDArray[np.bool_]) -> float:
    total = float(weight.sum())
    return float(weight[hit].sum()) / total if total > 0 else np.nan


def state_column(key: str, state: int) -> str:
    """Name of the column of `ScenarioLand.zones` with a state's class of travel time."""
    return f"state/{key}/{state}"


def change_column(key: str, pair: tuple[int, int]) -> str:
    """Name of the column of `ScenarioLand.zones` with the class of a change."""
    return f"change/{key}/{pair[0]}-{pair[1]}"
