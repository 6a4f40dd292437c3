"""A gap area in sentences: who, why, where to, what would close it, how sure."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from pipeline.coverage.robustness import certainty_words
from pipeline.coverage.rules import RULES
from pipeline.messages import Message, msg

Row = Mapping[str, Any]

RULE_SENTENCES = {
    "choice": msg("{people:n} have fewer open practices to choose between than there should be."),
    "time": msg("{people:n} have too long a drive to the nearest practice."),
    "capacity": msg("{people:n} live where there are more patients for each GP than there should be."),
    "closed": msg("{people:n} have no practice in reach that takes new patients."),
    "fragile": msg("{people:n} would be in a gap if a single practice closed."),
    "island": msg("{people:n} reach a practice only by ferry."),
}


def explain_gap(gap: Row) -> list[Message]:
    """Tell a gap in plain sentences, for popups and lists.

    Parameters
    ----------
    gap
        A row of the table ``gp_gaps``.

    Returns
    -------
    list
        People; one sentence for each broken rule; the nearest practice; what would close the gap; how sure it
        is (where the runs were made).
    """
    told = [_people(gap)]
    broken = str(gap["rules"]).split("|")
    told += [
        msg(RULE_SENTENCES[rule].text, people=float(gap[f"people_{rule}"]))
        for rule in RULES
        if rule in broken and float(gap[f"people_{rule}"] or 0) > 0
    ]
    told.append(_nearest(gap))
    told.append(_closing(gap))
    if _known(gap, "certainty"):
        sure = certainty_words(str(gap["certainty"]), str(gap.get("depends_on") or ""))
        told.append(msg("How sure: {sure}.", sure=sure))
    return told


def _known(gap: Row, name: str) -> bool:
    return name in gap and bool(pd.notna(gap[name])) and gap[name] != ""


def _people(gap: Row) -> Message:
    people = float(gap["people"])
    if _known(gap, "over_64"):
        return msg(
            "{people:n} people live here, {old:n} of them 65 or older.",
            people=people,
            old=float(gap["over_64"]),
        )
    return msg("{people:n} people live here.", people=people)


def _nearest(gap: Row) -> Message:
    if not _known(gap, "nearest_min"):
        return msg("No practice can be reached by road or ferry.")
    return msg(
        "The nearest practice is {mean:n} minutes away on average, {worst:n} at most: {names}.",
        mean=float(gap["nearest_min"]),
        worst=float(gap["worst_min"]),
        names=str(gap["nearest_three"]),
    )


def _closing(gap: Row) -> Message:
    count, helped = int(gap["close_practices"]), float(gap["close_people"])
    if count == 0:
        return msg("{gps:n1} more GPs are needed to reach the limit.", gps=float(gap["close_gps"]))
    if count == 1:
        return msg(
            "One new practice ({place}) would help {people:n} of them.",
            place=str(gap["close_place"]),
            people=helped,
        )
    return msg(
        "{count:n} new practices ({place}) would help {people:n} of them.",
        count=count,
        place=str(gap["close_place"]),
        people=helped,
    )
