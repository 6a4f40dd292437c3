"""Words for what is found on satellite functions: statuses, criteria, verdicts, risks and models."""

from collections.abc import Mapping
from typing import Final

from pipeline.messages import Message, msg

STATUS_NAMES: Final[Mapping[str, Message]] = {
    "ok": msg("evaluated"),
    "snapped": msg("evaluated; the point lies just off the coast"),
    "in_the_sea": msg("in the sea"),
    "outside_study_area": msg("outside the study area"),
    "duplicate": msg("the same as an earlier candidate"),
    "no_place": msg("without a place"),
    "unknown_place": msg("the place is not known"),
    "ambiguous_place": msg("several places have the name"),
    "unknown_function": msg("the function is not known"),
    "bad_value": msg("a value cannot be read"),
    "no_point": msg("without a point"),
}
"""What a candidate's status means, in words."""

HOST_NAMES: Final[Mapping[str, Message]] = {
    "health_house": msg("a health house"),
    "gp_house": msg("a GP house"),
    "hospital": msg("a hospital"),
    "town": msg("a town without a house"),
}
"""Kinds of place in words."""

CRITERIA: Final[Mapping[str, Message]] = {
    "many_patients": msg("many patients"),
    "clear_target": msg("clearly defined target group"),
    "frequent": msg("frequent treatments"),
    "no_heavy_equipment": msg("no heavy equipment to move"),
    "shorter_transport": msg("shorter transport for citizens"),
    "sufficient_volume": msg("sufficient volume at the place"),
    "others_volume": msg("other places keep their volume"),
    "same_quality": msg("same quality as at the hospital"),
    "allowed_host": msg("a kind of place that may hold the function"),
}
"""Criteria in the guideline's order, and last the kind of place."""

MET: Final[Mapping[str, Message]] = {
    "met": msg("met"),
    "to_confirm": msg("to be confirmed"),
    "unmet": msg("not met"),
}

VERDICTS: Final[Mapping[str, Message]] = {
    "suitable": msg("suitable"),
    "reservations": msg("suitable with reservations"),
    "not_suitable": msg("not suitable"),
    "already_there": msg("the function is there already"),
}
"""Verdicts, the best first."""

SUITABLE: Final = frozenset({"suitable", "reservations"})
"""Verdicts of candidates that may be chosen."""

RISKS: Final[Mapping[str, Message]] = {
    "low": msg("Low staffing risk"),
    "medium": msg("Medium staffing risk"),
    "high": msg("High staffing risk"),
}

FAMILY_NAMES: Final[Mapping[str, Message]] = {
    "speed": msg("driving speeds"),
    "demand": msg("number of people"),
    "rate": msg("visits per person"),
    "age_weights": msg("use by age"),
    "min_volume": msg("minimum volume"),
    "weights": msg("weights of the ranking"),
}
"""Assumptions that are drawn, in words."""

MODEL_NAMES: Final[Mapping[str, Message]] = {
    "max_cover": msg("most people within the limit"),
    "capacitated_cover": msg("most people within the limit, with room for their visits"),
    "p_median": msg("shortest journeys together"),
    "p_center": msg("shortest journey for the worst-off"),
    "set_cover": msg("fewest places with everybody within the limit"),
    "set_cover_possible": msg("fewest places with everybody within the limit who can be"),
    "set_cover_any_volume": msg("the same, if a place needs no minimum volume"),
}
"""What each model looks for, in words."""
