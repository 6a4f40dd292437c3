"""How few new places suffice for everybody, as a page tells it: which, how sure, and who is in the way."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import pandas as pd

from maps.telling.site_telling import SiteTelling
from pipeline.location.siting import Answer
from pipeline.messages import Message, msg
from pipeline.sites.choices import Cover

MOST_TOWNS: Final = 5
"""Municipalities that are named where most of the people in the way live."""


@dataclass(frozen=True, slots=True)
class CoverAnswer:
    """What was asked with its answer, and what is to be told of it."""

    head: str
    lines: tuple[str, ...]


def cover_answers(told: SiteTelling, function_id: str) -> list[CoverAnswer]:
    """Tell how few new places bring everybody within the limit; nothing where that was not asked.

    Parameters
    ----------
    told
        The study.
    function_id
        The function.
    """
    return [
        CoverAnswer(
            told.say(_head(told, function_id, question, curve.answers[0])),
            tuple(_lines(told, function_id, curve.answers[0])),
        )
        for (owner, question), curve in told.study.covers.items()
        if owner == function_id
    ]


def _head(told: SiteTelling, function_id: str, question: Cover, answer: Answer) -> Message:
    whom = _whom(told, question, told.overview.limit_of(told.functions[function_id]))
    if answer.status == "unsettled":
        return msg("{whom}: not settled within the time limit.", whom=whom)
    if answer.status == "infeasible":
        return msg("{whom}: not possible.", whom=whom)
    if not answer.sites:
        return msg("{whom}: no new place is needed.", whom=whom)
    return msg(
        "{whom}: {count:n} new {count:|place suffices|places suffice} ({proof}).",
        whom=whom,
        count=len(answer.sites),
        proof=_proof(answer),
    )


def _lines(told: SiteTelling, function_id: str, answer: Answer) -> Iterator[str]:
    if answer.sites:
        rows = told.overview.rows_of(function_id, answer)
        ids = told.study.inputs.sites["site_id"].iloc[list(rows)].astype(str)
        yield told.say(msg("Places: {names}.", names=", ".join(told.labels[key] for key in ids)))
    for number, note in enumerate(answer.notes):
        yield f"{told.say(note).removesuffix('.')}."
        if not number and len(answer.blockers):
            yield told.say(_where(told, function_id, answer))


def _whom(told: SiteTelling, question: Cover, limit: float) -> Message:
    backup = told.names.result.settings.sites.choice.backup
    if question == "set_cover":
        return (
            msg("Everybody within {limit:n} min of a place", limit=limit)
            if backup == 1
            else msg("Everybody within {limit:n} min of {backup:n} places", limit=limit, backup=backup)
        )
    if question == "set_cover_possible":
        return msg("Everybody who can be within the limit")
    return msg("The same, if places need no minimum volume")


def _proof(answer: Answer) -> Message:
    if answer.status == "optimal":
        return msg("proven: fewer do not suffice")
    return msg("at least {bound:n} are needed", bound=answer.bound)


def _where(told: SiteTelling, function_id: str, answer: Answer) -> Message:
    """Tell in which municipalities most of those live who are in the way."""
    people = pd.Series(told.study.cases[function_id].people[answer.blockers])
    codes = told.names.result.demand["municipality_code"].iloc[answer.blockers]
    sums = people.groupby(codes.to_numpy()).sum().rename_axis("code").reset_index(name="people")
    most = sums.sort_values(["people", "code"], ascending=[False, True]).head(MOST_TOWNS)
    towns = [
        told.say(msg("{name} ({people:n})", name=told.names.municipalities[str(code)], people=count))
        for code, count in zip(most["code"], most["people"], strict=True)
    ]
    return msg("Most of them live in: {names}.", names=", ".join(towns))
