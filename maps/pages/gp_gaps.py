"""Gap areas as a page tells them: where, how many, why, how sure, and what would close them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd

from maps.naming import Names, inner_points, rows_of
from maps.telling.gp_words import COMBINED, KIND_OF, SHORT, VIEWS
from maps.web.parts import Column, Row, Table, Text
from pipeline.coverage.limits import all_limits
from pipeline.coverage.robustness import certainty_words
from pipeline.coverage.rules import RULES
from pipeline.coverage.study import CoverageResult
from pipeline.messages import Message, Translator, msg, translator

LINE_OF: Final = {"certain": "gap", "likely": "gap_likely"}
"""Line style of a gap by how sure it is; every other is drawn as depending on assumptions."""


def gap_key(gap_id: object) -> str:
    """Key of a gap's feature, and name of its shape."""
    return f"gap:{gap_id}"


@dataclass(frozen=True)
class Gaps:
    """The gaps of a study, ready to be told."""

    names: Names
    found: CoverageResult

    @cached_property
    def table(self) -> gpd.GeoDataFrame:
        """Result table ``gp_gaps``, with the limits that hold in each gap."""
        table = self.found.tables()["gp_gaps"]
        study = self.names.result.settings
        limits = all_limits(study.coverage, table["municipality_code"], study.study.as_of)
        told: gpd.GeoDataFrame = table.assign(
            **{f"limit_{rule}": limit.value for rule, limit in limits.items()}
        )
        return told

    @cached_property
    def points(self) -> dict[str, tuple[float, float]]:
        """Longitude and latitude at which each gap's name and card stand."""
        return dict(zip(self.table["gap_id"], inner_points(self.table.geometry), strict=True))

    @cached_property
    def views(self) -> tuple[str, ...]:
        """The rules switched on, after all of them together."""
        covered = self.found.covered
        return (COMBINED, *(rule for rule in RULES if f"{rule}_broken" in covered))

    @cached_property
    def measures(self) -> dict[str, dict[str, tuple[float, float, float]]]:
        """Least, mean (over people) and most of what each rule measured where it is broken, by gap."""
        told: dict[str, dict[str, tuple[float, float, float]]] = {}
        covered = self.found.covered
        columns = {"choice": "choice_measure", "capacity": "patients_per_gp", "island": "travel_min"}
        for gaps in self.found.gaps.values():
            ids = gaps.table["gap_id"].to_numpy()
            for rule, column in columns.items():
                if f"{rule}_broken" not in covered:
                    continue
                hit = (gaps.member >= 0) & covered[f"{rule}_broken"].fillna(value=False).to_numpy(dtype=bool)
                rows = pd.DataFrame(
                    {
                        "gap": ids[gaps.member[hit]],
                        "value": covered[column].to_numpy(dtype=float)[hit],
                        "people": covered["people"].to_numpy(dtype=float)[hit],
                    }
                ).dropna()
                for gap, part in rows.groupby("gap", sort=True):
                    values, people = part["value"].to_numpy(), part["people"].to_numpy()
                    mean = float(np.average(values, weights=people)) if people.sum() > 0 else np.nan
                    told.setdefault(str(gap), {})[rule] = (float(values.min()), mean, float(values.max()))
        return told

    def shown(self, view: str) -> pd.DataFrame:
        """Take the gaps of a view, with ``affected``: the people whom its rule affects there, most first."""
        table = self.table[self.table["kind"] == KIND_OF.get(view, "access")]
        column = "people" if view == COMBINED else f"people_{view}"
        told = pd.DataFrame(table.assign(affected=table[column].fillna(0.0)))
        told = told[told["affected"] > 0]
        return told.sort_values(["affected", "gap_id"], ascending=[False, True])


def whole(value: float) -> int | None:
    """Round a figure; None where it is not finite."""
    return round(value) if np.isfinite(value) else None


def text_of(value: object) -> str | None:
    """Give a cell as text; None where it is missing."""
    return None if pd.isna(value) else str(value)  # type: ignore[call-overload]


def gap_table(gaps: Gaps) -> Table:
    """Make the table of gaps: in each view those that break its rule, with the people affected."""
    rows = tuple(
        Row(gap_key(row.gap_id), _cells(gaps, row), view)
        for view in gaps.views
        for row in rows_of(gaps.shown(view))
    )
    return Table(
        "gaps",
        msg("Gaps"),
        (
            Column(msg("Gap")),
            Column(msg("Municipality")),
            Column(msg("People affected"), "number", bar=True),
            Column(msg("Rules broken")),
            Column(msg("Nearest practice, min"), "number", note=msg("Mean drive over the people of the gap")),
            Column(msg("Minutes beyond the limit"), "number", note=msg("Summed over the people of the gap")),
            Column(msg("How robust"), note=msg("Test runs that find the gap; they do not test the data")),
            Column(msg("Best place of a new practice")),
            Column(msg("It would help, people"), "number"),
            Column(msg("Health cluster")),
        ),
        rows,
        note=msg("Only gaps of the rule chosen above the map; the people are those whom this rule affects."),
        order=2,
    )


def _cells(gaps: Gaps, row: Any) -> tuple[Any, ...]:  # noqa: ANN401
    say = translator(gaps.names.lang)
    return (
        str(row.name),
        text_of(row.municipality),
        round(row.affected),
        short_rules(gaps, row),
        whole(row.nearest_min),
        round(row.excess_person_min),
        _robust(row, say),
        text_of(row.close_place),
        round(row.close_people),
        text_of(row.clusters),
    )


def short_rules(gaps: Gaps, row: Any) -> str:  # noqa: ANN401
    """Name the broken rules of a gap, each in a word."""
    say = translator(gaps.names.lang)
    return ", ".join(say(SHORT[rule]) for rule in str(row.rules).split("|") if rule in SHORT)


def _robust(row: Any, say: Translator) -> str:  # noqa: ANN401
    if pd.isna(row.certainty):
        return ""
    words = certainty_words(row.certainty, str(row.depends_on))
    found = row.share_runs * row.runs
    return say(msg("{words} ({found:n} of {runs:n})", words=words, found=found, runs=row.runs))


def view_note(gaps: Gaps, view: str) -> Text:
    """Sum up what a view shows."""
    shown = gaps.shown(view)
    people = float(shown["affected"].sum())
    verdict = None if view == COMBINED else gaps.found.covered[f"{view}_broken"]
    if verdict is not None and not len(shown) and verdict.isna().mean() > 0.5:
        return msg("The rule cannot be judged: the data do not tell which practices take new patients.")
    if not len(shown):
        return msg("No gaps by this rule.")
    everybody = float(gaps.found.covered["people"].sum())
    text = msg(
        "{count:n} {count:|gap|gaps} with {people:n} {people:|person|people}, {share:n1} % of all.",
        count=len(shown),
        people=people,
        share=100 * people / everybody if everybody else 0.0,
    )
    if verdict is None:
        return text
    if view == "capacity":
        return _capacity_note(gaps, text)
    share = float(gaps.found.covered.loc[verdict.isna(), "people"].sum() / everybody)
    if share > 0.01:
        return msg("{gaps} For {share:n} % of the people it cannot be judged.", gaps=text, share=100 * share)
    return text


def _capacity_note(gaps: Gaps, text: Message) -> Message:
    """Say how far the rule tells of an average, not of this clinic or that."""
    found = gaps.found
    if found.average_patients > found.capacity_limit:
        text = msg(
            "{gaps} There are {mean:n} people for each GP on average, more than the limit of {limit:n}, so "
            "most places break the rule; the colours tell where most people share a GP.",
            gaps=text,
            mean=found.average_patients,
            limit=found.capacity_limit,
        )
    if (found.practices.loc[found.serving, "capacity_precision"] == "modelled").any():
        text = msg(
            "{gaps} How many GPs a practice has is modelled from the average of its region: the rule tells "
            "of regions and of distances, not of a single clinic.",
            gaps=text,
        )
    return text


def view_titles(gaps: Gaps) -> Mapping[str, Message]:
    """Title of each view."""
    return {view: VIEWS[view] for view in gaps.views}
