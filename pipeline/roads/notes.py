"""What the road readers counted, in words: what was left out, mended or guessed."""

from collections.abc import Mapping
from typing import Final

from pipeline.findings import Finding
from pipeline.messages import Message, msg

KIND: Final = "roads"
"""`Finding.kind` of what is told of the roads."""

_SENTENCES: Final[dict[str, Message]] = {
    "ways_cut": msg("Roads cut where points are missing, usually at the extract's edge: {count:n}"),
    "speeds_ignored": msg("Speed limits that cannot be true, ignored: {count:n}"),
    "classes_unknown": msg("Roads of an unknown class, driven as middling roads: {count:n}"),
    "directions_unknown": msg("Roads whose direction is not understood, open both ways: {count:n}"),
    "motorways_two_way": msg(
        "Motorway lines driven in both directions, since the extract knows no one-way streets: {count:n}"
    ),
    "oneways_alone_km": msg(
        "One-way country roads with no way back beside them, km: {count:n} (are their directions true?)"
    ),
    "ways_reversible": msg("Roads that change direction during the day, left out: {count:n}"),
    "barriers_closed": msg("Barriers that stop cars (bollards and the like): {count:n}"),
    "gates_private": msg("Private gates that stop through traffic, but no visitors behind them: {count:n}"),
    "lines_no_line": msg("Rows without a line, left out: {count:n}"),
    "lines_not_for_cars": msg("Lines that are no roads for cars, left out: {count:n}"),
    "lines_too_short": msg("Lines shorter than the joining distance, left out: {count:n}"),
    "ferry_crossings": msg("Crossings by car ferry: {count:n}"),
    "ferries_assumed_car": msg(
        "Ferries taken for car ferries because they end at a road, though nothing says so: {count:n}"
    ),
    "ferries_foot": msg("Ferries without cars, left out: {count:n}"),
    "ferries_cut": msg("Ferries that leave the extract, left out: {count:n}"),
    "ferry_durations_missing": msg(
        "Ferries without a stated sailing time, worked out from their length: {count:n}"
    ),
    "ferry_durations_not_believed": msg(
        "Ferries whose stated sailing time cannot be true, worked out from their length instead: {count:n}"
    ),
    "ferry_terminals_joined": msg("Ferry terminals that touch no road, joined to the nearest: {count:n}"),
    "ferry_terminals_without_road": msg("Ferry terminals without a road near them: {count:n}"),
    "harbour_roads_opened": msg(
        "Roads for customers only that lead to a ferry, opened to its traffic: {count:n}"
    ),
    "links_without_place_or_minutes": msg(
        "Bridges and ferries without a place or a crossing time, left out: {count:n}"
    ),
    "towns_joined_over_unlisted_water": msg(
        "Towns joined across water where no bridge or ferry is listed: {count:n}"
    ),
}

_WARNINGS: Final = frozenset({"motorways_two_way", "oneways_alone_km", "ferry_terminals_without_road"})
"""What makes whole journeys wrong where it is not as it should be."""


def road_findings(notes: Mapping[str, int]) -> list[Finding]:
    """Tell what a planner should know of how the roads were read.

    Parameters
    ----------
    notes
        `RoadArcs.notes`.

    Returns
    -------
    list of Finding
        One for each count above 0 that has a sentence, in a fixed order.
    """
    return [
        Finding(
            KIND,
            Message(sentence.text, {"count": notes[key]}),
            "warning" if key in _WARNINGS else "note",
        )
        for key, sentence in _SENTENCES.items()
        if notes.get(key, 0) > 0
    ]
