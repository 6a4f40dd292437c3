"""What the card of a gap tells: who, why, how robust, which practices are near, what would close it."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from maps.naming import rows_of
from maps.pages.gp_gaps import Gaps, gap_key, short_rules, text_of, whole
from maps.telling.gp_words import KIND_OF, KINDS
from maps.web.parts import Card, Feature, Field, Listing
from pipeline.coverage.gap_table import KINDS as GAP_RULES
from pipeline.coverage.robustness import certainty_words
from pipeline.messages import Message, msg, translator


def gap_features(gaps: Gaps) -> list[Feature]:
    """Make a feature with its card of every gap."""
    return [
        Feature(
            key=gap_key(row.gap_id),
            name=str(row.name),
            kind=msg(
                "{kind} · {municipality}", kind=KINDS[row.kind], municipality=text_of(row.municipality) or "–"
            ),
            card=_card(gaps, row),
            at=gaps.points[row.gap_id],
            shape=gap_key(row.gap_id),
            layer="gaps",
            words=str(row.municipality),
            view=KIND_OF.get(row.kind, ""),
        )
        for row in rows_of(gaps.table.drop(columns="geometry"))
    ]


def _card(gaps: Gaps, row: Any) -> Card:  # noqa: ANN401
    people = msg("people")
    modelled = msg("modelled") if row.precision == "modelled" else ""
    fields = [
        Field(msg("People affected"), round(row.people), people, mark=modelled),
        Field(msg("Rules broken"), short_rules(gaps, row)),
        Field(msg("How robust"), _sure(gaps, row)),
        Field(msg("Health cluster"), text_of(row.clusters)),
    ]
    drives = row.kind != "capacity"  # which tells of GPs, not of ways
    if drives:
        fields += [
            Field(msg("Mean drive to a practice"), whole(row.nearest_min), msg("min")),
            Field(msg("Nine in ten drive at most"), whole(row.p90_min), msg("min")),
        ]
    for label, value in ((msg("Under 18"), row.under_18), (msg("65 and over"), row.over_64)):
        if np.isfinite(value):
            fields.append(Field(label, round(value), people))
    if row.people_unreached > 0:
        fields.append(
            Field(msg("Reach no practice at all"), round(row.people_unreached), people, caution=True)
        )
    nearest = tuple((part, "") for part in str(row.nearest_three).split("; ") if part)
    fragile = row.kind == "fragile"
    why = msg("Why it is fragile") if fragile else msg("Why it is a gap")
    lists = [Listing(why, tuple((text, "") for text in _reasons(gaps, row)))]
    if nearest and drives:
        lists.append(Listing(msg("Nearest practices"), nearest))
    close = msg("What would help") if fragile else msg("What would close it")
    lists.append(Listing(close, tuple((text, "") for text in _closing(row))))
    return Card(tuple(fields), tuple(lists))


def _sure(gaps: Gaps, row: Any) -> str | None:  # noqa: ANN401
    if pd.isna(row.certainty):
        return None
    words = certainty_words(row.certainty, "" if pd.isna(row.depends_on) else row.depends_on)
    told = msg(
        "{words}: found in {found:n} of {runs:n} test runs, with {low:n} to {high:n} people",
        words=words,
        found=row.share_runs * row.runs,
        runs=row.runs,
        low=row.people_low,
        high=row.people_high,
    )
    return translator(gaps.names.lang)(told)


def _reasons(gaps: Gaps, row: Any) -> Iterator[Message]:  # noqa: ANN401
    """Tell each broken rule of the gap's kind with its limit and what was measured here."""
    rules = gaps.names.result.settings.coverage
    here = gaps.measures.get(row.gap_id, {})
    for rule in (rule for rule in str(row.rules).split("|") if rule in GAP_RULES[row.kind]):
        people = getattr(row, f"people_{rule}", 0.0)
        if rule == "choice":
            low, _, high = here.get("choice", (0.0, 0.0, 0.0))
            found = _open_practices(low, high)
            text = (
                msg(
                    "Choice: {people:n} {people:|person has|people have} {found} within {km:n} km by road; "
                    "there should be {wanted:n}"
                )
                if rules.choice.measure == "road"
                else msg(
                    "Choice: {people:n} {people:|person has|people have} {found} within {km:n} km in a "
                    "straight line; there should be {wanted:n}"
                )
            )
            yield msg(
                text.text, people=people, found=found, km=row.limit_choice, wanted=rules.choice.practices
            )
        elif rule == "time" and np.isfinite(row.worst_min):
            yield msg(
                "Time: {people:n} {people:|person drives|people drive} more than {limit:n} minutes to the "
                "nearest practice; the longest drive is {worst:n} minutes",
                people=people,
                limit=row.limit_time,
                worst=row.worst_min,
            )
        elif rule == "time":
            yield msg(
                "Time: {people:n} {people:|person reaches|people reach} no practice by road or car ferry",
                people=people,
            )
        elif rule == "capacity" and "capacity" in here:
            yield msg(
                "Capacity: {people:n} {people:|person shares|people share} too few GPs, {mean:n} people "
                "per GP on average; the limit is {limit:n}",
                people=people,
                mean=here["capacity"][1],
                limit=row.limit_capacity,
            )
        elif rule == "capacity":
            yield msg(
                "Capacity: {people:n} {people:|person has|people have} no GP within reach", people=people
            )
        elif rule == "closed":
            yield msg(
                "Closed: {people:n} {people:|person has|people have} no practice that takes new patients "
                "within {minutes:n} minutes",
                people=people,
                minutes=rules.closed.within_min,
            )
        elif rule == "fragile":
            yield msg(
                "Fragile: {people:n} {people:|person breaks|people break} the rule on choice or time if a "
                "single practice closes",
                people=people,
            )
        elif rule == "island":
            yield msg(
                "Island: {people:n} {people:|person needs|people need} a ferry, {minutes:n} minutes on "
                "average with the wait",
                people=people,
                minutes=here.get("island", (np.nan, np.nan, np.nan))[1],
            )


def _open_practices(low: float, high: float) -> Message:
    if high == 0:
        return msg("no open practice")
    if low == high == 1:
        return msg("1 open practice")
    if low == high:
        return msg("{count:n} open {count:|practice|practices}", count=low)
    return msg("{low:n} to {high:n} open practices", low=low, high=high)


def _closing(row: Any) -> Iterator[Message]:  # noqa: ANN401
    if row.close_practices == 1:
        yield msg("1 new practice; the best place is {place}", place=row.close_place)
    elif row.close_practices > 1:
        yield msg(
            "{count:n} new {count:|practice|practices}; the best place is {place}",
            count=row.close_practices,
            place=row.close_place,
        )
    if np.isfinite(row.close_gps) and row.kind == "capacity":
        yield msg("About {gps:n1} more GPs are needed to keep the limit", gps=row.close_gps)
    elif row.close_gps < 0.05:
        yield msg("The people here are fewer than a tenth of what one GP may have")
    elif np.isfinite(row.close_gps):
        yield msg("The people here are as many as {gps:n1} GPs may have", gps=row.close_gps)
    if row.close_practices:
        yield msg(
            "It would help {people:n} of {all:n} {all:|person|people}",
            people=row.close_people,
            all=row.people,
        )
    if row.close_basis == "straight_lines":
        yield msg("Estimated along straight lines, not by road")
