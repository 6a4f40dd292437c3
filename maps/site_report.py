"""The ranking of candidate sites for the terminal."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from pipeline.messages import Message, Translator, msg
from pipeline.site_words import MODEL_NAMES, VERDICTS
from pipeline.sites.functions import SatelliteFunction
from pipeline.sites.reasons import main_reasons, reasons
from pipeline.sites.study import SiteStudy

if TYPE_CHECKING:
    from pipeline.location import Curve

_NAME: Final = 1
"""Column of the candidates' names."""

_GAP: Final = (0, 1, 0, 0)

STYLES = {"suitable": "green", "reservations": "yellow", "not_suitable": "red", "already_there": "dim"}
"""Colours of the verdicts; the words say the same."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """The ranking of one function: a table of figures, and the reasons of each row below it."""

    table: Table
    why: tuple[str, ...]


def rankings(study: SiteStudy, say: Translator, *, rows: int, full: bool = False) -> Iterator[Ranking]:
    """Make a ranking for each function, the best candidate first.

    Parameters
    ----------
    study
        What was found.
    say
        The reader's language.
    rows
        Most rows of each ranking; 0 for all.
    full
        Tell every reason, not only what decides.
    """
    firm = pd.concat([each.table for each in study.stability] or [pd.DataFrame(columns=["function_id"])])
    for function in study.functions:
        found = study.evaluation.table
        found = found[found["function_id"] == function.id]
        if not len(found):
            continue
        shown = found.head(rows) if rows else found
        table = _empty_table(_title(study, function, say), len(found) - len(shown), say)
        alone = firm[firm["function_id"] == function.id]
        chance = dict(zip(alone["site_id"], alone["p_top"], strict=True)) if len(alone) else {}
        why = []
        for row in shown.to_dict("records"):
            told: dict[str, Any] = {str(key): value for key, value in row.items()}
            _add(table, told, chance.get(told["site_id"], np.nan), say)
            words = (reasons if full else main_reasons)(told, function, study.functions.guideline, say.lang)
            why.append(f"  {_whole(told['rank'], say)} {told['name']}: {' '.join(words)}")
        _fit(table)
        yield Ranking(table, tuple(why))


def _title(study: SiteStudy, function: SatelliteFunction, say: Translator) -> str:
    return say(
        msg(
            "{function}: {places:n} {places:|place|places} today ({assumed:n} of them assumed), limit "
            "{limit:n} min",
            function=function.name.text(say.lang),
            places=len(study.cases[function.id].places),
            assumed=_assumed(study, function.id),
            limit=function.limit_min.value,
        )
    )


def _empty_table(title: str, more: int, say: Translator) -> Table:
    caption = (
        say(msg("{count:n} more {count:|stands|stand} in the table site_evaluation", count=more))
        if more
        else None
    )
    table = Table(title=escape(title), caption=caption, title_justify="left", box=SIMPLE_HEAD, padding=_GAP)
    for heading, right in (
        (msg("Rank"), True),
        (msg("Candidate"), False),
        (msg("Verdict"), False),
        (msg("Newly within the limit"), True),
        (msg("Minutes saved a visit"), True),
        (msg("Visits a year"), True),
        (msg("Among the best three"), True),
    ):
        table.add_column(say(heading), justify="right" if right else "left", overflow="fold")
    return table


def _fit(table: Table) -> None:
    """Let names alone give way on a narrow terminal: other columns are as wide as their longest word."""
    for number, column in enumerate(table.columns):
        if number != _NAME:
            texts = (Text.from_markup(str(cell)).plain for cell in (column.header, *column.cells))
            column.width = max(cell_len(word) for text in texts for word in text.split())


def _add(table: Table, told: Mapping[str, Any], chance: float, say: Translator) -> None:
    table.add_row(
        _whole(told["rank"], say),
        escape(str(told["name"])),
        f"[{STYLES[told['verdict']]}]{escape(say(VERDICTS[told['verdict']]))}[/]",
        _whole(told["people_newly_within"], say),
        _number(told["saved_per_visit_min"], 1, say),
        _whole(told["volume_nearest"], say),
        _percent(chance, say),
    )


def _assumed(study: SiteStudy, function_id: str) -> int:
    pairs = study.supply_pairs
    return int(((pairs["function_id"] == function_id) & (pairs["basis"] == "assumed")).sum())


def _whole(value: float, say: Translator) -> str:
    return "–" if pd.isna(value) else say.number(float(value))


def _number(value: float, decimals: int, say: Translator) -> str:
    return "–" if pd.isna(value) else say.number(float(value), decimals)


def _percent(share: float, say: Translator) -> str:
    return "–" if pd.isna(share) else f"{say.number(100 * share)} %"


def choice_lines(study: SiteStudy, say: Translator, *, asked: bool) -> Iterator[Message]:
    """Tell the best choice of sites for each function and model, with its label and what is in the way.

    Parameters
    ----------
    study
        What was found.
    say
        The reader's language.
    asked
        The reader asked for a number of sites and is told where there are fewer candidates.
    """
    for function in study.functions:
        chosen: list[tuple[str, Curve]] = [
            (model, curve) for (name, model), curve in study.curves.items() if name == function.id
        ]
        chosen += [(asked, curve) for (name, asked), curve in study.covers.items() if name == function.id]
        for model, curve in chosen:
            answer = curve.answers[-1]
            solved = answer.status not in {"infeasible", "unsettled"}
            yield msg(
                "{function}, {model}: {sites} ({label})",
                function=function.name.text(say.lang),
                model=MODEL_NAMES[model],
                sites=str(curve.table["sites"].iloc[-1]) or (msg("no new place") if solved else "–"),
                label=answer.label,
            )
            notes = [*answer.notes, *(note for note in curve.notes if asked and note not in answer.notes)]
            yield from (msg("    {note}", note=text) for text in dict.fromkeys(say(note) for note in notes))
