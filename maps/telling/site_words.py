"""Words and looks of the pages on satellite functions."""

from collections.abc import Mapping
from typing import Final

from maps import theme
from maps.web.parts import Text
from pipeline.coverage.zones import NOTHING, UNKNOWN
from pipeline.location import MORE_IS_BETTER, Counted
from pipeline.location.siting import Answer
from pipeline.messages import Message, msg
from pipeline.sites.functions import SatelliteFunction
from pipeline.sites.overview import PARTS_OF_LIMIT, bounds_of

STATED: Final = "place_stated"
ASSUMED: Final = "place_assumed"

PLACES: Final[Mapping[str, Message]] = {
    STATED: msg("Place of today, stated in a source"),
    ASSUMED: msg("Place of today, assumed"),
}
"""What the marker of a place of today means."""

BASIS: Final[Mapping[str, Message]] = {"stated": msg("stated in a source"), "assumed": msg("assumed")}

PLACE_KINDS: Final[Mapping[str, Message]] = {
    "hospital": msg("Hospital"),
    "health_house": msg("Health house"),
    "seat": msg("Municipal seat"),
}

SITE_KINDS: Final[Mapping[str, Message]] = {
    "candidate": msg("own proposal"),
    "health_house": msg("health house"),
    "town": msg("town"),
}
"""Where a candidate comes from."""

CANDIDATES: Final[Mapping[str, Message]] = {
    "suitable": msg("Candidate: suitable"),
    "reservations": msg("Candidate: suitable with reservations"),
    "not_suitable": msg("Candidate: not suitable"),
}
"""What the dot of a candidate means, by verdict."""

SIGNS: Final[Mapping[str, str]] = {"met": "✓", "to_confirm": "?", "unmet": "✗"}
"""Sign of a criterion; the word stands beside it."""

GAINS: Final[Mapping[str, Message]] = {
    "within": msg("Comes within {minutes:n} min"),
    "nearer": msg("At least {minutes:n} min shorter"),
}

EVIDENCE: Final[Mapping[str, Message]] = {
    "sourced": msg("from a source"),
    "derived": msg("reckoned from sources"),
    "assumption": msg("assumption"),
    "memory": msg("general knowledge, counts as an assumption"),
}
"""How sure a figure of a function is."""

SHORT_MODELS: Final[Mapping[Counted, Message]] = {
    "max_cover": msg("Most people within the limit"),
    "p_median": msg("Shortest journeys together"),
    "capacitated_cover": msg("Most people within the limit, with room for them"),
    "p_center": msg("Shortest journey for the worst-off"),
}
"""What a choice looks for."""


def marker_of(verdict: str) -> str:
    """Give the marker of a candidate's verdict."""
    return f"candidate_{verdict}"


def proof(answer: Answer, model: Counted) -> Message:
    """Say in plain words how sure it is that no better choice exists."""
    if answer.status == "optimal":
        return msg("proven: no choice is better")
    if answer.status == "infeasible":
        return msg("not possible")
    if answer.status == "unsettled":
        return msg("not settled within the time limit")
    if answer.status == "gap":
        return msg("at most {percent:n1} % from the best possible", percent=100 * answer.gap)
    if model in MORE_IS_BETTER:
        return msg(
            "a good choice; none can reach more than {bound:n} {bound:|person|people}", bound=answer.bound
        )
    return msg("a good choice; at most {percent:n1} % from the best possible", percent=100 * answer.gap)


def time_classes() -> range:
    """Give the numbers of the classes of travel time."""
    return range(len(PARTS_OF_LIMIT) + 1)


def time_name(function: SatelliteFunction, number: int) -> Text:
    """Say a class of travel time in words; the class that ends at the limit says so."""
    if number == UNKNOWN:
        return msg("nobody lives near")
    if number == NOTHING:
        return msg("not reached by road or car ferry")
    bounds = bounds_of(function)
    if number == len(bounds):
        return msg("more than {low:n} min", low=bounds[-1])
    text = (
        msg("up to {high:n} min", high=bounds[0])
        if number == 0
        else msg("{low:n} to {high:n} min", low=bounds[number - 1], high=bounds[number])
    )
    return msg("{time} (the limit)", time=text) if bounds[number] == function.limit_min.value else text


def time_fill(number: int) -> str:
    """Give the colour of a class of travel time: the longer, the darker."""
    if number == UNKNOWN:
        return theme.LAND
    if number == NOTHING:
        return theme.SEQUENTIAL[-1]
    return theme.ramp(len(PARTS_OF_LIMIT) + 1)[number]
