"""Words of the page on GP coverage: rules, classes, how sure a gap is."""

from collections.abc import Mapping
from typing import Final

from maps import theme
from maps.web.parts import Text
from pipeline.coverage.study import CoverageResult
from pipeline.coverage.zones import BOUNDS, NOTHING, UNKNOWN
from pipeline.messages import Message, msg

COMBINED: Final = "combined"
"""The view of all rules on access together."""

KIND_OF: Final[Mapping[str, str]] = {"capacity": "capacity", "fragile": "fragile"}
"""Kind of the gaps that a view shows, where it is not ``access``."""

VIEWS: Final[Mapping[str, Message]] = {
    COMBINED: msg("All rules on access"),
    "choice": msg("Choice: too few open practices"),
    "time": msg("Time: too far to a practice"),
    "capacity": msg("Capacity: too many people per GP"),
    "closed": msg("Closed: nobody takes new patients"),
    "fragile": msg("Fragile: one closing from a gap"),
    "island": msg("Island: only by ferry"),
}

SHORT: Final[Mapping[str, Message]] = {
    "choice": msg("choice"),
    "time": msg("time"),
    "capacity": msg("capacity"),
    "closed": msg("closed"),
    "fragile": msg("fragile"),
    "island": msg("island"),
}

KINDS: Final[Mapping[str, Message]] = {
    "access": msg("Gap: hard to reach a GP"),
    "capacity": msg("Gap: too few GPs for the people"),
    "fragile": msg("Fragile: a gap if one practice closes"),
}

LINES: Final[Mapping[str, Message]] = {
    "gap": msg("Gap in nearly every test run"),
    "gap_likely": msg("Gap in most test runs"),
    "gap_depends": msg("Gap that depends on assumptions"),
}

INTAKES: Final[Mapping[str, Message]] = {
    "practice": msg("Practice open to new patients"),
    "practice_closed": msg("Practice closed to new patients"),
    "practice_unknown": msg("Practice, not known whether it takes new patients"),
}

INTAKE_WORDS: Final[Mapping[str, Message]] = {
    "practice": msg("takes new patients"),
    "practice_closed": msg("takes no new patients"),
    "practice_unknown": msg("not known"),
}

_FEWEST_FIRST: Final = frozenset({"choice", "fragile"})
_COUNTS: Final = frozenset({"choice", "fragile", COMBINED})
_VERDICTS: Final[Mapping[str, tuple[Message, Message]]] = {
    "closed": (
        msg("A practice within reach takes new patients"),
        msg("All practices within reach are closed"),
    ),
    "island": (msg("A practice can be reached by road"), msg("Only by ferry")),
}
_ONE: Final[Mapping[str, Message]] = {
    COMBINED: msg("1 rule broken"),
    "choice": msg("1 practice"),
    "fragile": msg("1 closing"),
}
_UNITS: Final[Mapping[str, Message]] = {
    COMBINED: msg("rules broken"),
    "choice": msg("practices"),
    "time": msg("min"),
    "capacity": msg("people per GP"),
    "fragile": msg("closings"),
}
_NONE: Final[Mapping[str, Message]] = {
    "capacity": msg("no GP within reach"),
    "time": msg("not reached by road or car ferry"),
}


def classes_of(view: str) -> range:
    """Give the numbers of the classes of a view."""
    return range(len(BOUNDS[view]) + 1)


def class_name(view: str, number: int) -> Text:
    """Say a class in words."""
    if number == UNKNOWN:
        return msg("cannot be told")
    if number == NOTHING:
        return _NONE.get(view, _NONE["time"])
    if view in _VERDICTS:
        return _VERDICTS[view][number]
    return _count_class(view, number) if view in _COUNTS else _range_class(view, number)


def _count_class(view: str, number: int) -> Message:
    bounds, unit = BOUNDS[view], _UNITS[view]
    if number == len(bounds):
        return msg("{low:n} or more {unit}", low=bounds[-1] + 1, unit=unit)
    low = bounds[number - 1] + 1 if number else bounds[0]
    if view == "fragile" and number == 0:
        return msg("a gap already")
    if low == bounds[number] == 1:
        return _ONE[view]
    if low == bounds[number]:
        return msg("{count:n} {unit}", count=low, unit=unit)
    return msg("{low:n} to {high:n} {unit}", low=low, high=bounds[number], unit=unit)


def _range_class(view: str, number: int) -> Message:
    bounds, unit = BOUNDS[view], _UNITS[view]
    if number == len(bounds):
        return msg("more than {low:n} {unit}", low=bounds[-1], unit=unit)
    if number == 0:
        return msg("up to {high:n} {unit}", high=bounds[0], unit=unit)
    return msg("{low:n} to {high:n} {unit}", low=bounds[number - 1], high=bounds[number], unit=unit)


def class_fill(view: str, number: int) -> str:
    """Give the colour of a class: the worse, the darker."""
    if number == UNKNOWN:
        return theme.LAND
    if number == NOTHING:
        return theme.SEQUENTIAL[-1]
    ramp = theme.ramp(len(BOUNDS[view]) + 1) if view not in _VERDICTS else theme.SEQUENTIAL[0::3]
    if view == COMBINED and number == 0:
        return theme.LAND
    return ramp[len(BOUNDS[view]) - number] if view in _FEWEST_FIRST else ramp[number]


def practice_notes(found: CoverageResult) -> tuple[Text, ...]:
    """Say at the top of a page what is not known of the practices."""
    notes: list[Text] = []
    if (found.practices.loc[found.serving, "precision"] == "modelled").any():
        notes.append(msg("Where the practices stand is modelled: gaps show a pattern, not addresses."))
    if found.practices.loc[found.serving, "open_to_new"].isna().all():
        notes.append(msg("Which practices take new patients is not known; all count as open."))
    return tuple(notes)
