"""Scenarios ready to be told: names of what is travelled to, states, differences, places."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import pandas as pd

from maps.naming import Names, lon_lat
from maps.web.parts import Text
from pipeline.messages import Message, msg
from pipeline.scenarios.land import ACUTE, GP, NOTICED_MIN, ScenarioLand

COUNTRY: Final = "country"
MEASURES: Final = {ACUTE: msg("Acute hospital"), GP: msg("GP practice")}


@dataclass(frozen=True)
class ScenarioTelling:
    """Scenarios in one language."""

    land: ScenarioLand
    names: Names

    @cached_property
    def measures(self) -> dict[str, Text]:
        """Name of each measure, those that change first."""
        sites = self.names.result.sites
        functions = {} if sites is None else {f.id: f.name.text(self.names.lang) for f in sites.functions}
        named: dict[str, Text] = {
            key: MEASURES.get(key, functions.get(key, key)) for key in self.land.measures
        }
        changes = {key: any(self.land.changed(key, pair) for pair in self.land.pairs) for key in named}
        return {key: named[key] for key in sorted(named, key=lambda key: not changes[key])}

    @cached_property
    def states(self) -> tuple[Text, ...]:
        """Title of each state."""
        return (msg("Today"), *(run.scenario.title for run in self.land.study.runs))

    def facility(self, asked: str) -> str:
        """Name of a facility that a scenario names by its id, or by the one of its register."""
        rows = self.names.facilities.values()
        return next((str(r.name) for r in rows if asked in {r.facility_id, r.register_id}), asked)

    def function(self, asked: str) -> str:
        """Name of a function that a scenario names by its id."""
        sites = self.names.result.sites
        functions = {} if sites is None else {f.id: f.name.text(self.names.lang) for f in sites.functions}
        return functions.get(asked, self.names.functions.get(asked, asked))

    def title(self, pair: tuple[int, int]) -> Text:
        """Title of a difference."""
        before, after = (self.states[state] for state in pair)
        if pair[0] == 0:
            return after
        return msg("{after} against {before}", after=after, before=before)

    def places(self, key: str, state: int) -> pd.DataFrame:
        """Places of a measure in a state: ``place_id``, ``name``, ``basis``, ``lon``, ``lat``."""
        result = self.land.states[state]
        columns = ["place_id", "name", "basis", "lon", "lat"]
        if key == ACUTE:
            frame = result.access.hospitals.rename(columns={"facility_id": "place_id"}).assign(basis="stated")
        elif key == GP or result.sites is None:
            return pd.DataFrame(columns=columns)
        else:
            pairs = result.sites.supply_pairs
            mine = pairs[pairs["function_id"] == key].drop_duplicates("supply_id")
            frame = result.sites.supply.merge(mine, on="supply_id").rename(columns={"supply_id": "place_id"})
        lon, lat = zip(*lon_lat(frame.geometry), strict=True) if len(frame) else ((), ())
        return pd.DataFrame(frame).assign(lon=lon, lat=lat)[columns]


def state_step(state: int) -> str:
    """Key of the step that shows a state."""
    return f"state-{state}"


def difference_step(pair: tuple[int, int]) -> str:
    """Key of the step that shows the difference of two states."""
    return f"difference-{pair[0]}-{pair[1]}"


def everybody(told: ScenarioTelling) -> pd.Series:
    """Group of each demand point when the whole country is one."""
    return pd.Series(COUNTRY, index=range(len(told.names.result.demand)))


def towns(told: ScenarioTelling) -> pd.Series:
    """Municipality of each demand point."""
    codes: pd.Series = told.names.result.demand["municipality_code"]
    return codes


def difference_note(
    told: ScenarioTelling, key: str, pair: tuple[int, int], codes: Collection[str] | None = None
) -> Message:
    """Sum up for a measure what changes between two states, in the country or some municipalities."""
    whose = everybody(told)
    if codes is not None:
        whose = whose.where(towns(told).isin(codes).to_numpy())
    sums = next((sums for _, sums in told.land.sums(key, pair, whose)), {"nearer": 0.0, "farther": 0.0})
    if not sums["nearer"] and not sums["farther"]:
        return msg("Nobody's journey changes by {minutes:n} min or more.", minutes=NOTICED_MIN)
    return msg(
        "{nearer:n} {nearer:|person gets|people get} at least 1 min nearer, {farther:n} at least "
        "1 min farther; the mean journey goes from {before:n1} to {after:n1} min.",
        **sums,
    )


def state_note(told: ScenarioTelling, key: str, state: int) -> Message:
    """Sum up how a measure is reached in a state."""
    pair = (0, state) if state else told.land.pairs[0]
    ((_, sums),) = told.land.sums(key, pair, everybody(told))
    mean, share = ("after", "within_after") if state else ("before", "within_before")
    told_of = {"mean": sums[mean], "share": 100 * sums[share]}
    if np.isnan(sums[share]):
        return msg("Mean journey {mean:n1} min.", **told_of)
    limits = told.land.measures[key].limits_min
    if np.ptp(limits[np.isfinite(limits)]) > 0:
        return msg(
            "Mean journey {mean:n1} min; {share:n1} % of the people within the limit of their municipality.",
            **told_of,
        )
    return msg(
        "Mean journey {mean:n1} min; {share:n1} % of the people within {limit:n} min.",
        limit=np.nanmax(limits),
        **told_of,
    )
