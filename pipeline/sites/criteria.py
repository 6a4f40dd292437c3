"""The guideline's criteria for a satellite function, judged for each candidate; an unmet one is named.

Region Syddanmark, strategi og guideline for samarbejdet om læge- og sundhedshuse (2018), section 2.3.
Sufficient volume is judged twice: at the candidate, and at the places that it takes visits from.
"""

from typing import Final, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.site_words import CRITERIA
from pipeline.sites.functions import Figure, Guideline, SatelliteFunction

Met = Literal["met", "unmet", "to_confirm"]

DECISIVE: Final = ("shorter_transport", "sufficient_volume", "others_volume", "allowed_host")
"""Criteria without which a candidate is not suitable, whatever else speaks for it."""

_SCARCITY: Final = {"low": 0, "medium": 1, "high": 2}


def judge(measures: pd.DataFrame, function: SatelliteFunction, guideline: Guideline) -> pd.DataFrame:
    """Judge every criterion and give a verdict.

    Parameters
    ----------
    measures
        One row for each candidate: ``host``, ``patients``, ``saved_per_visit_min`` (missing where nobody had
        a journey before), ``people_newly_reached``, ``volume_nearest``, ``volume_huff``, ``others_below``
        (places pushed below their minimum) and ``already_there``.
    function, guideline
        What the function needs, and the guideline's thresholds.

    Returns
    -------
    pd.DataFrame
        The names in `CRITERIA` as columns with ``met``, ``unmet`` or ``to_confirm``, ``unmet`` (names of the
        unmet criteria, ``; `` between) and ``verdict`` (a key of `VERDICTS`), same index.
    """
    count = len(measures)
    frequent = (
        function.visits_per_1000.value >= guideline.frequent_per_1000.value
        or function.visits_per_patient.value >= guideline.frequent_per_patient.value
    )
    clears = (measures[["volume_nearest", "volume_huff"]] >= function.min_volume.value).sum(axis=1).to_numpy()
    reached_first = np.where(measures["people_newly_reached"] > 0, np.inf, 0.0)
    shorter = measures["saved_per_visit_min"].fillna(pd.Series(reached_first, index=measures.index))
    judged = pd.DataFrame(
        {
            "many_patients": _against(measures["patients"], guideline.many_patients),
            "clear_target": _all(count, met=function.target.defined_by != "open"),
            "frequent": _all(count, met=frequent),
            "no_heavy_equipment": _all(count, met=function.equipment.weight != "heavy"),
            "shorter_transport": _against(shorter, guideline.shorter_min),
            "sufficient_volume": np.array(["unmet", "to_confirm", "met"], dtype=object)[clears],
            "others_volume": np.where(measures["others_below"] == 0, "met", "unmet"),
            "same_quality": np.full(count, "to_confirm", dtype=object),
            "allowed_host": np.where(measures["host"].isin(function.hosts), "met", "unmet"),
        },
        index=measures.index,
    )[list(CRITERIA)]
    unmet = judged == "unmet"
    open_ends = (judged.drop(columns="same_quality") != "met").any(axis=1)
    verdict = np.select(
        [measures["already_there"], unmet[list(DECISIVE)].any(axis=1), open_ends],
        ["already_there", "not_suitable", "reservations"],
        "suitable",
    )
    named = ["; ".join(judged.columns[row]) for row in unmet.to_numpy()]
    return judged.assign(unmet=named, verdict=verdict)


def _all(count: int, *, met: bool) -> NDArray[np.object_]:
    return np.full(count, "met" if met else "unmet", dtype=object)


def _against(values: pd.Series, threshold: Figure) -> NDArray[np.object_]:
    """Met from the threshold on, to be confirmed from the low end of its range on."""
    low, _ = threshold.range
    found: NDArray[np.object_] = np.select(
        [values >= threshold.value, (values >= low) & (values > 0)], ["met", "to_confirm"], "unmet"
    ).astype(object)
    return found


def pushed_below(before: NDArray[np.float64], taken: NDArray[np.float64], floor: float) -> NDArray[np.bool_]:
    """Find the places of today that have enough visits and would have too few with a candidate.

    Parameters
    ----------
    before
        Visits a year at each place today, shape (places,).
    taken
        Visits a year that each candidate takes from each place, shape (candidates, places).
    floor
        Visits a year that a place needs.
    """
    hair = 1e-9 * max(floor, 1.0)
    return np.asarray((before >= floor) & (before - taken < floor - hair) & (taken > 0))


def staffing_risk(
    function: SatelliteFunction,
    nearest_km: NDArray[np.float64],
    short_of_gps: NDArray[np.bool_] | None,
    far_km: float,
) -> NDArray[np.object_]:
    """Tell how hard it is to staff the function at each candidate.

    Parameters
    ----------
    function
        The function; its staff's scarcity counts 0, 1 or 2 points.
    nearest_km
        Straight-line distance to the nearest place with the function today; more than `far_km` is a point.
    short_of_gps
        Whether the candidate lies where GPs are short; a point. None where it is not known.
    far_km
        Distance from which staff is harder to find.

    Returns
    -------
    NDArray
        ``low`` (0 or 1 point), ``medium`` (2) or ``high`` (3 or 4).

    Notes
    -----
    A rule of thumb, not a model: no source gives one. That good sites have stayed shut for want of staff is
    sourced (akutklinik in Lemvig, Dagens Medicin, October 2022).
    """
    points = _SCARCITY[function.staff.scarcity] + (nearest_km > far_km).astype(int)
    if short_of_gps is not None:
        points = points + short_of_gps.astype(int)
    return np.select([points <= 1, points == 2], ["low", "medium"], "high").astype(object)
