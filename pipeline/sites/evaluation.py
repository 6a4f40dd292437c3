"""Evaluate candidate sites for each function against the places of today.

One matrix of travel times serves all candidates and functions: each measure is an update of today's state by
the pairs in which a candidate is nearer (`pipeline.sites.gains`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.settings.sites import SiteRules
from pipeline.sites import SAME_PLACE_M
from pipeline.sites.criteria import DECISIVE, judge, pushed_below, staffing_risk
from pipeline.sites.functions import FunctionCatalogue
from pipeline.sites.gains import spread
from pipeline.sites.groups import group_gains, people_helped
from pipeline.sites.huff import attraction, draw_visits
from pipeline.sites.inputs import GP_GAPS, FunctionCase, SiteInputs, function_case
from pipeline.sites.score import ranks, score, score_parts
from pipeline.weighted import gini, weighted_quantile

Progress = Callable[[int, int], None]
"""Told after each function: how many are done, and how many there are."""

DKK: Final = 1e6
"""DKK in a million."""


@dataclass(frozen=True, slots=True)
class SiteEvaluation:
    """What an evaluation found.

    Parameters
    ----------
    table
        The `site_evaluation` frame: one row for each candidate and function, the best of each function first.
    groups
        What each candidate brings to each group of people (`pipeline.sites.groups.group_gains`).
    today
        One row for each function: how people reach it today.
    """

    table: pd.DataFrame
    groups: pd.DataFrame
    today: pd.DataFrame


def evaluate_sites(
    inputs: SiteInputs,
    functions: FunctionCatalogue,
    rules: SiteRules | None = None,
    *,
    cases: Mapping[str, FunctionCase] | None = None,
    progress: Progress | None = None,
) -> SiteEvaluation:
    """Evaluate every candidate for every function that it stands for.

    Parameters
    ----------
    inputs
        Demand, places of today, candidates and travel times.
    functions
        The functions.
    rules
        Settings of candidates and ranking.
    cases
        Function id → result of `function_case`, where they are at hand.
    progress
        Told after each function.
    """
    settings = rules or SiteRules()
    pulls = (
        attraction(inputs.today_min, settings.huff_power),
        attraction(inputs.site_min, settings.huff_power),
    )
    tables, groups, today = [], [], []
    for done, function in enumerate(functions, start=1):
        case = cases[function.id] if cases else function_case(inputs, function, functions)
        tables.append(_evaluate(case, functions, settings, pulls))
        groups.append(group_gains(case))
        today.append(today_of(case))
        if progress is not None:
            progress(done, len(functions.ids))
    return SiteEvaluation(
        table=pd.concat(tables, ignore_index=True),
        groups=pd.concat(groups, ignore_index=True),
        today=pd.DataFrame(today),
    )


def _evaluate(
    case: FunctionCase,
    functions: FunctionCatalogue,
    settings: SiteRules,
    pulls: tuple[NDArray[np.float64], NDArray[np.float64]],
) -> pd.DataFrame:
    function, gains = case.function, case.gains
    row, sites = gains.row, case.inputs.sites.iloc[case.columns]
    people, visits = case.people[row], case.visits[row]
    reached = ~case.newly_reached
    visit_min = gains.sums(visits * gains.saved_min)
    volume = gains.sums(visits)
    already = case.nearest_km * 1000 <= SAME_PLACE_M
    pull = pulls[1] if len(case.columns) == pulls[1].shape[1] else pulls[1][:, case.columns]
    drawn = draw_visits(case.visits, pulls[0][:, case.places], pull)
    nearest_drawn, taken = case.allot(case.visits)
    below_near = pushed_below(nearest_drawn, taken, function.min_volume.value)
    below_huff = pushed_below(drawn.today, drawn.taken, function.min_volume.value)
    below = (below_near | below_huff) & ~already[:, None]
    shape = spread(gains, case.people)
    helped, gaps_helped = people_helped(case, GP_GAPS, functions.guideline.shorter_min.value)
    names = case.inputs.supply["name"].to_numpy(dtype=object)[case.places]
    loser = taken.argmax(axis=1) if len(case.places) else np.zeros(gains.candidates, np.int64)
    most_taken = taken.max(axis=1, initial=0.0)
    table = pd.DataFrame(
        {
            "function_id": function.id,
            "site_id": sites["site_id"].to_numpy(),
            "name": sites["name"].to_numpy(),
            "kind": sites["kind"].to_numpy(),
            "host": sites["host"].to_numpy(),
            "municipality_code": sites["municipality_code"].to_numpy(),
            "already_there": already,
            "people_newly_within": gains.sums(people * case.newly_within),
            "people_newly_reached": gains.sums(people * case.newly_reached),
            "people_nearer": gains.sums(people),
            "person_min_saved": gains.sums(people * gains.saved_min),
            "visit_min_saved": visit_min,
            "saved_per_visit_min": _ratio(visit_min, gains.sums(visits * reached)),
            "worst_min_change": shape.worst_min[:-1] - shape.worst_min[-1],
            "p90_min_change": shape.p90_min[:-1] - shape.p90_min[-1],
            "gini_change": shape.gini[:-1] - shape.gini[-1],
            "patients": volume / function.visits_per_patient.value,
            "volume_nearest": volume,
            "volume_huff": drawn.volume,
            "volume_needed": function.min_volume.value,
            "volume_taken": taken.sum(axis=1),
            "volume_taken_most": most_taken,
            "taken_most_from": np.where(most_taken > 0, names[loser], "") if len(names) else "",
            "others_below": below.sum(axis=1),
            "others_below_names": ["; ".join(names[hit]) for hit in below],
            "gap_people_helped": helped,
            "gp_gaps_helped": gaps_helped,
            "nearest_km": np.where(np.isfinite(case.nearest_km), case.nearest_km, np.nan),
            "staffing_risk": staffing_risk(
                function,
                case.nearest_km,
                None if case.inputs.short_of_gps is None else case.inputs.short_of_gps[case.columns],
                settings.far_from_staff_km,
            ),
            "capacity": sites["capacity"].to_numpy(dtype=np.float64),
            "cost_mio_dkk": sites["cost_mio_dkk"].to_numpy(dtype=np.float64),
        }
    )
    table["cost_per_visit_min_dkk"] = _ratio(table["cost_mio_dkk"].to_numpy() * DKK, visit_min)
    judged = judge(table, function, functions.guideline)
    table = pd.concat([table, judged], axis=1)
    parts = score_parts(
        visit_min,
        table["people_newly_within"].to_numpy(),
        volume,
        np.nan_to_num(helped),
        function.min_volume.value,
    )
    suitable = (judged[list(DECISIVE)] != "unmet").all(axis=1).to_numpy() & ~already
    table["score"] = np.where(already, np.nan, score(parts, settings.score, suitable))
    table["rank"] = pd.array([pd.NA] * len(table), dtype="Int64")
    table.loc[~already, "rank"] = ranks(table.loc[~already, "score"].to_numpy())
    return table.sort_values(["rank", "site_id"], ignore_index=True)


def _ratio(top: NDArray[np.float64], bottom: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.divide(top, bottom, out=np.full_like(top, np.nan), where=bottom > 0)


def today_of(case: FunctionCase) -> dict[str, object]:
    """Sum up how people reach a function today."""
    minutes = case.gains.today_min.astype(np.float64)
    counted = np.isfinite(minutes) & (case.people > 0)
    people, times = case.people[counted], minutes[counted]
    total = float(case.people.sum())
    within = float(case.people[minutes <= case.function.limit_min.value].sum())
    reached = float(people.sum())
    return {
        "function_id": case.function.id,
        "places": len(case.places),
        "target_people": total,
        "visits": float(case.visits.sum()),
        "limit_min": case.function.limit_min.value,
        "people_within": within,
        "share_within": within / total if total > 0 else np.nan,
        "people_reached": reached,
        "mean_min": float(people @ times) / reached if reached > 0 else np.nan,
        "p90_min": weighted_quantile(times, people, 0.9),
        "worst_min": float(times.max()) if len(times) else np.nan,
        "gini": gini(times, people) if len(times) else np.nan,
        "places_below_volume": int((case.allot(case.visits)[0] < case.function.min_volume.value).sum()),
        "demand_basis": "; ".join(sorted(set(case.needs["basis"]))),
    }
