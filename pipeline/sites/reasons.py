"""Say in plain words why a candidate got its verdict: one sentence for each criterion, with its figures."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from pipeline.messages import Language, Message, msg, translator
from pipeline.site_words import CRITERIA, HOST_NAMES, RISKS
from pipeline.sites.functions import FunctionCatalogue, Guideline, SatelliteFunction


def reasons(
    row: Mapping[str, Any], function: SatelliteFunction, guideline: Guideline, lang: Language
) -> list[str]:
    """Write the reasons for one row of the evaluation, the guideline's criteria first.

    Parameters
    ----------
    row
        A row of the `site_evaluation` frame.
    function, guideline
        The function of the row, and the guideline.
    lang
        Language.
    """
    say = translator(lang)
    if row["already_there"]:
        return [say(msg("{function} is offered here already.", function=function.name.text(lang)))]
    told = [_criterion(key, row, function, guideline, lang) for key in CRITERIA]
    return [say(message) for message in (*told, *_more(row, function, lang))]


def main_reasons(
    row: Mapping[str, Any], function: SatelliteFunction, guideline: Guideline, lang: Language
) -> list[str]:
    """Write what decides a row: what people save, and each criterion that is not met or in doubt.

    Parameters
    ----------
    row, function, guideline, lang
        As in `reasons`.
    """
    if row["already_there"]:
        return reasons(row, function, guideline, lang)
    first = "shorter_transport"
    doubted = [key for key in CRITERIA if key not in {first, "same_quality"} and row[key] != "met"]
    say = translator(lang)
    return [say(_criterion(key, row, function, guideline, lang)) for key in (first, *doubted)]


def add_reasons(table: pd.DataFrame, functions: FunctionCatalogue, lang: Language) -> pd.DataFrame:
    """Add the column ``reasons``: all sentences of each row in one text.

    Parameters
    ----------
    table
        The `site_evaluation` frame.
    functions
        The catalogue that it was made with.
    lang
        Language.
    """
    by_id = {function.id: function for function in functions}
    rows: list[dict[str, Any]] = [
        {str(key): value for key, value in row.items()} for row in table.to_dict("records")
    ]
    texts = [" ".join(reasons(row, by_id[row["function_id"]], functions.guideline, lang)) for row in rows]
    return table.assign(reasons=texts)


def _criterion(
    key: str, row: Mapping[str, Any], function: SatelliteFunction, guideline: Guideline, lang: Language
) -> Message:
    met = row[key] == "met"
    told: Message
    if key == "many_patients":
        needed = guideline.many_patients.value
        told = (
            msg("Many patients: about {patients:n} a year would come here.", patients=row["patients"])
            if met
            else msg(
                "Few patients: about {patients:n} a year; {needed:n} count as many.",
                patients=row["patients"],
                needed=needed,
            )
        )
    elif key == "clear_target":
        group = function.target.name.text(lang)
        told = (
            msg("Clear target group: {group}.", group=group)
            if met
            else msg("No clearly defined target group: {group}.", group=group)
        )
    elif key == "frequent":
        rate, each = function.visits_per_1000.value, function.visits_per_patient.value
        text = {"rate": rate, "each": each}
        told = (
            msg(
                "Frequent: {rate:n} {rate:|visit|visits} a year per 1,000, {each:n1} for each patient.",
                **text,
            )
            if met
            else msg(
                "Not frequent: {rate:n} {rate:|visit|visits} a year per 1,000, {each:n1} for each patient.",
                **text,
            )
        )
    elif key == "no_heavy_equipment":
        what = function.equipment.what.text(lang)
        told = (
            msg("No heavy equipment: {what}.", what=what)
            if met
            else msg("Heavy equipment would have to be bought or moved: {what}.", what=what)
        )
    elif key == "same_quality":
        told = msg("To be confirmed by the hospital: {quality}.", quality=function.quality.text(lang))
    else:
        told = _measured(key, row, function, lang)
    return told


def _measured(key: str, row: Mapping[str, Any], function: SatelliteFunction, lang: Language) -> Message:
    """Tell the criteria that rest on travel times and volumes."""
    if key == "shorter_transport":
        return _transport(row, function)
    if key == "sufficient_volume":
        figures = msg(
            "{nearest:n} a year if all go to the nearest place, {huff:n} if they spread; {needed:n} needed",
            nearest=row["volume_nearest"],
            huff=row["volume_huff"],
            needed=function.min_volume.value,
        )
        return {
            "met": msg("Enough visits: {figures}.", figures=figures),
            "to_confirm": msg("Perhaps enough visits: {figures}.", figures=figures),
            "unmet": msg("Too few visits: {figures}.", figures=figures),
        }[row[key]]
    if key == "others_volume":
        if row[key] == "met":
            return msg("No other place falls below its minimum volume.")
        return msg("Too few visits would be left at: {names}.", names=row["others_below_names"])
    hosts = ", ".join(translator(lang)(HOST_NAMES[host]) for host in function.hosts)
    if row[key] == "met":
        return msg("The function may stand in {host}.", host=HOST_NAMES[row["host"]])
    return msg(
        "The function may not stand in {host}, only in: {hosts}.", host=HOST_NAMES[row["host"]], hosts=hosts
    )


def _transport(row: Mapping[str, Any], function: SatelliteFunction) -> Message:
    if row["people_nearer"] <= 0:
        return msg("Nobody gets a shorter journey.")
    if np.isnan(row["saved_per_visit_min"]):
        return msg(
            "{people:n} {people:|person gets|people get} a way to the function for the first time.",
            people=row["people_newly_reached"],
        )
    figures = msg(
        "{people:n} {people:|person saves|people save} {minutes:n1} min a visit, and {within:n} "
        "come within {limit:n} min",
        people=row["people_nearer"],
        minutes=row["saved_per_visit_min"],
        within=row["people_newly_within"],
        limit=function.limit_min.value,
    )
    return {
        "met": msg("Shorter journeys: {figures}.", figures=figures),
        "to_confirm": msg("Somewhat shorter journeys: {figures}.", figures=figures),
        "unmet": msg("Hardly shorter journeys: {figures}.", figures=figures),
    }[row["shorter_transport"]]


def _more(row: Mapping[str, Any], function: SatelliteFunction, lang: Language) -> list[Message]:
    """Tell what is not a criterion but belongs on the table: equity, gaps, staff, room and cost."""
    told = []
    if row["gini_change"] < -_NOTICED:
        told.append(msg("Journeys are more equally long than before."))
    elif row["gini_change"] > _NOTICED:
        told.append(msg("Journeys are less equally long than before."))
    if row["gap_people_helped"] > 0:
        told.append(
            msg(
                "{people:n} of those who save time live where general practitioners are hard to reach.",
                people=row["gap_people_helped"],
            )
        )
    told.append(
        msg(
            "{risk} ({needs}).",
            risk=RISKS[row["staffing_risk"]],
            needs=function.staff.needs.text(lang),
        )
    )
    if row["capacity"] < row["volume_nearest"]:
        told.append(
            msg(
                "There is room for {capacity:n} of {visits:n} {visits:|visit|visits}.",
                capacity=row["capacity"],
                visits=row["volume_nearest"],
            )
        )
    if not np.isnan(row["cost_per_visit_min_dkk"]):
        told.append(
            msg(
                "Cost: {cost:n2} DKK for each minute of travel saved in a year.",
                cost=row["cost_per_visit_min_dkk"],
            )
        )
    return told


_NOTICED = 0.0005
"""Change of the Gini coefficient that is worth a sentence."""
