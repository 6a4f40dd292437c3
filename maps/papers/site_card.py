"""What the explain card of a candidate site says: for a council paper, with every reason and its source."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import pandas as pd

from maps.credits import study_credits
from maps.naming import rows_of
from maps.paper.model import (
    Block,
    Bullets,
    Credits,
    Heading,
    KeyFigures,
    Notes,
    PageBreak,
    Paper,
    Paragraph,
    Picture,
    Table,
)
from maps.telling.site_choices import steps_of
from maps.telling.site_ranking import choice_lines, key_fields, more_fields
from maps.telling.site_sections import curve_words, demand_lines
from maps.telling.site_telling import SiteTelling, missing_as_none, rank_range
from maps.telling.site_words import SHORT_MODELS, SITE_KINDS
from maps.web.parts import Column, Text
from maps.words import long_date
from pipeline.messages import Message, msg
from pipeline.site_words import CRITERIA, MET, VERDICTS

CARDS: Final = "cards"
"""Folder of the cards within a study's results."""

MOST_OWN: Final = 100
"""Most cards of the user's own candidates: nobody reads thousands, and drawing them takes hours."""

_VERDICT_ORDER: Final = {verdict: place for place, verdict in enumerate(VERDICTS)}

POINTS: Final = {
    "address": msg("placed by its address"),
    "town": msg("placed in the middle of its town"),
    "estimate": msg("placed by estimate"),
}


def card_sites(told: SiteTelling) -> list[str]:
    """Choose the candidates that get a card: the user's own, and the best few of each function.

    Of more than `MOST_OWN` own ones those get a card that stand highest in the ranking of some function.
    """
    best = told.names.result.settings.maps.site_cards
    own = told.sites.loc[told.sites["kind"] == "candidate", "site_id"].astype(str).tolist()
    if len(own) > MOST_OWN:
        ranks = pd.concat([rows[["site_id", "rank"]] for rows in told.ranking.values()])
        ranks = ranks[ranks["site_id"].isin(own)].sort_values("rank", kind="stable")
        own = ranks["site_id"].drop_duplicates().head(MOST_OWN).tolist()
    ranked = [
        str(row.site_id)
        for function_id in told.functions
        for row in rows_of(told.ranking[function_id])
        if not row.already_there and row.rank <= best
    ]
    return [site for site in dict.fromkeys([*own, *ranked]) if SiteCard(told, site).tells]


def card_links(told: SiteTelling) -> dict[str, str]:
    """Site → address of its card from the study's folder, for those that get one."""
    if not told.names.result.settings.maps.sheets:
        return {}
    return {site: f"{CARDS}/{site}.html" for site in card_sites(told)}


@dataclass(frozen=True)
class SiteCard:
    """The card of one candidate."""

    told: SiteTelling
    site_id: str

    @cached_property
    def rows(self) -> pd.DataFrame:
        """Functions that the candidate could get, the most promising first."""
        found = pd.concat(
            [rows[rows["site_id"] == self.site_id] for rows in self.told.ranking.values()],
            ignore_index=True,
        )
        found = found[~found["already_there"]]
        order = found.assign(at=found["verdict"].map(_VERDICT_ORDER))
        return order.sort_values(["at", "rank", "function_id"], ignore_index=True).drop(columns="at")

    @property
    def tells(self) -> bool:
        """Whether there is anything to tell: some function that is not there already."""
        return len(self.rows) > 0

    @property
    def main(self) -> dict[str, Any]:
        """The row of the function that the card is mostly about."""
        return {str(key): value for key, value in self.rows.iloc[0].items()}

    @property
    def place(self) -> int:
        """Row of the candidate in ``inputs.sites``."""
        return int(self.told.study.inputs.sites["site_id"].tolist().index(self.site_id))

    def paper(self) -> Paper:
        """Write the card; its two pictures, a map and curves, are still empty."""
        told, main = self.told, self.main
        function = told.function_names[main["function_id"]]
        return Paper(
            lang=told.lang,
            title=msg("{place}: {function}", place=told.labels[self.site_id], function=function),
            subtitle=self._subtitle(),
            study=told.names.result.settings.study.title,
            footer=msg("Data as on {day}", day=long_date(told.names.result.settings.study.as_of, told.lang)),
            blocks=tuple(self._blocks()),
        )

    def _subtitle(self) -> Message:
        site = self.told.sites.loc[self.site_id]
        town = self.told.names.municipalities.get(str(site["municipality_code"]), "–")
        return msg(
            "{kind} · {municipality} · {point}",
            kind=SITE_KINDS[str(site["kind"])],
            municipality=town,
            point=POINTS.get(str(site["point_precision"]), POINTS["address"]),
        )

    def _blocks(self) -> Iterator[Block]:
        told, main = self.told, self.main
        function_id = str(main["function_id"])
        name = told.function_names[function_id]
        yield Paragraph(self.summary())
        yield KeyFigures(key_fields(told, main))
        yield Picture(
            msg(
                "Map around {place}: minutes by car to {function} today, and the land that gains if it opens "
                "here. The figures say the same.",
                place=told.labels[self.site_id],
                function=name,
            ),
            1.0,
            1.0,
        )
        yield Notes(told.notes())
        yield PageBreak()
        yield from self._criteria()
        yield Heading(msg("What each further place brings, and how firm the rank is"))
        yield Picture(self._curve_words(), 1.0, 1.0)
        if len(self.rows) > 1:
            yield self._functions()
        yield Heading(msg("Method and sources"))
        yield Bullets(tuple(self._method()))
        yield Credits(study_credits(told.names.result))

    def summary(self) -> Message:
        """Say in one or two sentences what opening here would bring."""
        main, told = self.main, self.told
        if main["people_nearer"] <= 0:
            return msg(
                "{function}: if it opens here, nobody gets a shorter journey than today.",
                function=told.function_names[main["function_id"]],
            )
        return msg(
            "{function}: if it opens here, {nearer:n} {nearer:|person gets|people get} a shorter "
            "journey, and {within:n} come within {limit:n} min. Verdict: {verdict}.",
            function=told.function_names[main["function_id"]],
            nearer=main["people_nearer"],
            within=main["people_newly_within"],
            limit=told.functions[main["function_id"]].limit_min.value,
            verdict=VERDICTS[main["verdict"]],
        )

    def _criteria(self) -> Iterator[Block]:
        told, main = self.told, self.main
        reasons = told.reasons_of(main)
        yield Heading(msg("Why: the criteria one by one"))
        yield Table(
            "",
            (Column(msg("Criterion")), Column(msg("Verdict")), Column(msg("Reason"))),
            tuple((_sentence(told.say(CRITERIA[key])), MET[main[key]], text) for key, text in reasons if key),
            msg(
                "Criteria: {guideline}. Its thresholds are assumptions.",
                guideline=told.study.functions.guideline.name.text(told.lang),
            ),
        )
        more: list[Text] = [text for key, text in reasons if not key]
        more += [
            msg("{what}: {told}.", what=field.label, told=str(field.value))
            for field in more_fields(told, main)
        ]
        more += choice_lines(told, str(main["function_id"]), self.site_id)
        if more:
            yield Heading(msg("Also to be weighed"), 3)
            yield Bullets(tuple(more))

    def _curve_words(self) -> Message:
        function_id = str(self.main["function_id"])
        found = list(steps_of(self.told, function_id))
        lines: list[Text] = []
        for model in dict.fromkeys(step.model for step in found):
            mine = [step for step in found if step.model == model]
            lines.append(msg("{aim}: {curve}", aim=SHORT_MODELS[model], curve=curve_words(mine, model)))
        told: Message = msg("Curves of what new places bring, and the rank of this place for each function.")
        for line in lines:
            told = msg("{before} {more}", before=told, more=line)
        return told

    def _functions(self) -> Table:
        say = self.told.say
        firm = self.told.shaken
        columns = (
            Column(msg("Function")),
            Column(msg("Verdict")),
            Column(msg("Rank"), "number"),
            *((Column(msg("Rank in nine of ten test runs")),) if firm else ()),
            Column(msg("Come within the limit, people"), "number"),
            Column(msg("Saved a visit, min"), "number", 1),
            Column(msg("Visits a year"), "number"),
            Column(msg("Criteria not met")),
        )
        rows = []
        for row in self.rows.to_dict("records"):
            rank = rank_range(row) if firm else None
            unmet = [key.strip() for key in str(row["unmet"]).split(";") if key.strip()]
            rows.append(
                (
                    self.told.function_names[row["function_id"]],
                    VERDICTS[row["verdict"]],
                    int(row["rank"]),
                    *((rank,) if firm else ()),
                    round(row["people_newly_within"]),
                    missing_as_none(row["saved_per_visit_min"]),
                    round(row["volume_nearest"]),
                    ", ".join(say(CRITERIA[key]) for key in unmet),
                )
            )
        return Table(msg("All functions that could open here"), columns, tuple(rows))

    def _method(self) -> Iterator[Text]:
        function = self.told.functions[self.main["function_id"]]
        yield msg(
            "Only people to whom this place is nearer than every place of today gain. Travel times are "
            "free-flow car times by road, with the wait for ferries."
        )
        yield msg(
            "Visits a year: if all go to the nearest place, and if they spread by travel time (Huff). The "
            "formulas and their sources stand in docs/method-sites.md."
        )
        if self.told.shaken:
            yield msg(
                "The rank was tried {runs:n} times with other speeds, people, rates, minimum volumes and "
                "weights. The runs do not test whether today's places and the data are right.",
                runs=self.told.names.result.settings.sites.stability.runs,
            )
        yield from demand_lines(self.told, function)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
