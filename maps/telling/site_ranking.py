"""Candidates of each function as a page shows them: dots by verdict, cards that explain, and the ranking."""

from collections.abc import Mapping
from typing import Any, Final

import pandas as pd

from maps.naming import rows_of
from maps.telling.site_telling import SiteTelling, joined_names, missing_as_none, rank_range, site_key
from maps.telling.site_words import CANDIDATES, SHORT_MODELS, SIGNS, SITE_KINDS, marker_of, proof
from maps.web.parts import Card, Column, Feature, Field, Layer, Legend, Link, Listing, Place, Row, Table
from pipeline.messages import Message, msg
from pipeline.site_words import CRITERIA, FAMILY_NAMES, VERDICTS

LAYER: Final = "candidates"
MOST_ROWS: Final = 150
"""Candidates of a function on the page, the best and the user's own; the table file has them all."""

MINUTES_IN_HOUR: Final = 60.0


def shown(told: SiteTelling, function_id: str) -> pd.DataFrame:
    """Take the candidates of a function that the page tells of; not those that have it already."""
    rows = told.ranking[function_id]
    rows = rows[~rows["already_there"]]
    return rows[(rows["rank"] <= MOST_ROWS) | (rows["kind"] == "candidate")]


def candidate_features(told: SiteTelling, cards: Mapping[str, str]) -> list[Feature]:
    """Make a feature of each candidate for each function.

    Parameters
    ----------
    told
        The study.
    cards
        Site → file of its explain card, for those that have one.
    """
    return [
        _feature(told, row, cards)
        for function_id in told.functions
        for row in shown(told, function_id).to_dict("records")
    ]


def _feature(told: SiteTelling, row: Mapping[Any, Any], cards: Mapping[str, str]) -> Feature:
    town = told.names.municipalities.get(str(row["municipality_code"]), "")
    return Feature(
        key=site_key(row["function_id"], row["site_id"]),
        name=str(row["label"]),
        kind=msg(
            "{function} · {kind}",
            function=told.function_names[row["function_id"]],
            kind=SITE_KINDS[str(row["kind"])],
        ),
        card=Card(
            (*key_fields(told, row), *more_fields(told, row)),
            tuple(_lists(told, row)),
            links=(Link(msg("Explain card of this place"), cards[row["site_id"]]),)
            if row["site_id"] in cards
            else (),
        ),
        at=told.points[row["site_id"]],
        view=str(row["function_id"]),
        layer=LAYER,
        words=town,
    )


def key_fields(told: SiteTelling, row: Mapping[Any, Any]) -> tuple[Field, ...]:
    """Tell the figures that decide about a candidate."""
    function = told.functions[row["function_id"]]
    every = int((~told.ranking[function.id]["already_there"]).sum())
    people = msg("people")
    fields = [
        Field(msg("Verdict"), told.say(VERDICTS[row["verdict"]])),
        Field(msg("Rank"), told.say(msg("{rank:n} of {all:n}", rank=row["rank"], all=every))),
        *firm_fields(told, row),
        Field(
            msg("Come within {limit:n} min", limit=function.limit_min.value),
            round(row["people_newly_within"]),
            people,
        ),
        Field(msg("Get a shorter journey"), round(row["people_nearer"]), people),
        Field(msg("Saved a visit, on average"), missing_as_none(row["saved_per_visit_min"]), msg("min"), 1),
        Field(
            msg("Visits a year"),
            round(row["volume_nearest"]),
            mark=msg("{needed:n} needed", needed=row["volume_needed"]),
            caution=bool(row["volume_nearest"] < row["volume_needed"]),
        ),
    ]
    return tuple(fields)


def more_fields(told: SiteTelling, row: Mapping[Any, Any]) -> tuple[Field, ...]:
    """Tell what a candidate's rank hangs on, and from whom it takes visits."""
    fields = []
    if told.shaken and row.get("tipped_by"):
        fields.append(
            Field(
                msg("Depends most on"),
                told.say(
                    msg(
                        "{what} (in or out of the best in {share:n} % of its runs)",
                        what=FAMILY_NAMES[row["tipped_by"]],
                        share=100 * row["tipped_share"],
                    )
                ),
            )
        )
    if row["taken_most_from"]:
        taken = msg(
            "{place} ({visits:n} a year)", place=row["taken_most_from"], visits=row["volume_taken_most"]
        )
        fields.append(Field(msg("Takes most visits from"), told.say(taken)))
    return tuple(fields)


def firm_fields(told: SiteTelling, row: Mapping[Any, Any]) -> list[Field]:
    """Tell how firm a candidate's rank is, where that was tried."""
    if not told.shaken or pd.isna(row.get("p_top")):
        return []
    rank = rank_range(row)
    return [
        Field(
            msg("Among the {top:n} best", top=told.top), round(100 * row["p_top"]), msg("% of the test runs")
        ),
        Field(msg("Rank in nine of ten test runs"), None if rank is None else told.say(rank)),
    ]


def _lists(told: SiteTelling, row: Mapping[Any, Any]) -> list[Listing]:
    told_reasons = told.reasons_of(row)
    why = tuple((f"{SIGNS[row[key]]} {text}", "") for key, text in told_reasons if key)
    more = tuple((text, "") for key, text in told_reasons if not key)
    lists = [Listing(msg("Criteria: ✓ met, ? to be confirmed, ✗ not met"), why)]
    if more:
        lists.append(Listing(msg("Also to be weighed"), more))
    if choices := choice_lines(told, str(row["function_id"]), str(row["site_id"])):
        lists.append(Listing(msg("Best choices"), tuple((text, "") for text in choices)))
    return lists


def choice_lines(told: SiteTelling, function_id: str, site_id: str) -> list[Message]:
    """Tell which best choices a candidate is part of, and how these are proven."""
    counts: dict[tuple[Any, str], list[int]] = {}
    for model, count in told.chosen_in.get((function_id, site_id), []):
        answer = told.study.curves[function_id, model].answers[count]
        counts.setdefault((model, told.say(proof(answer, model))), []).append(count)
    return [
        msg(
            "{aim}: in the best choice of {counts} new places ({proof})",
            counts=joined_names([told.say.number(count) for count in of]),
            aim=SHORT_MODELS[model],
            proof=how,
        )
        for (model, how), of in counts.items()
    ]


def new_places(count: int) -> Message:
    """Say a number of new places."""
    return msg("{count:n} new {count:|place|places}", count=count)


def candidate_layer(told: SiteTelling) -> Layer:
    """Draw each function's candidates as dots, suitable ones filled."""
    places = []
    for function_id in told.functions:
        for row in rows_of(shown(told, function_id)):
            marker = marker_of(row.verdict)
            places.append(
                Place(
                    site_key(function_id, row.site_id),
                    *told.points[row.site_id],
                    marker,
                    (marker,),
                    function_id,
                    dot=True,
                )
            )
    return Layer(
        LAYER,
        msg("All candidates"),
        places=tuple(places),
        legend=tuple(
            Legend(marker_of(verdict), text, "marker", name=marker_of(verdict))
            for verdict, text in CANDIDATES.items()
        ),
        note=msg("Click one, or open its row below, to see why it got its verdict"),
    )


def ranking_table(told: SiteTelling) -> Table:
    """Rank the candidates of each function; each row opens to explain itself."""
    limit = any(
        len(told.ranking[function_id]) - told.ranking[function_id]["already_there"].sum()
        > len(shown(told, function_id))
        for function_id in told.functions
    )
    firm = (
        (
            Column(
                msg("Among the {top:n} best, % of test runs", top=told.top),
                "number",
                note=msg("Share of the test runs with other speeds, people, rates, volumes and weights"),
            ),
            Column(msg("Rank in nine of ten test runs")),
            Column(msg("Depends most on")),
        )
        if told.shaken
        else ()
    )
    note = msg(
        "Open a row to see why it stands where it does. The rank weighs minutes saved, people who come "
        "within "
        "the limit, visits and GP gap areas; a place that fails a decisive criterion stands below all others."
    )
    if limit:
        note = msg(
            "{note} The {most:n} best and your own proposals are shown; the table file has them all.",
            note=note,
            most=MOST_ROWS,
        )
    return Table(
        "ranking",
        msg("Ranking of candidates"),
        (
            Column(msg("Candidate")),
            Column(msg("Rank"), "number"),
            Column(msg("Verdict")),
            Column(msg("Come within the limit, people"), "number", bar=True),
            Column(msg("Saved a visit, min"), "number", 1),
            Column(msg("Travel saved a year, hours"), "number", note=msg("One way, by all visits together")),
            Column(msg("Visits a year"), "number"),
            *firm,
            Column(msg("Criteria not met")),
            Column(msg("Municipality")),
            Column(msg("Kind")),
        ),
        tuple(
            Row(site_key(function_id, row["site_id"]), _cells(told, row), function_id)
            for function_id in told.functions
            for row in shown(told, function_id).to_dict("records")
        ),
        note=note,
        order=1,
        rising=True,
        unfold=msg("Why?"),
    )


def _cells(told: SiteTelling, row: Mapping[Any, Any]) -> tuple[Any, ...]:
    say = told.say
    firm: tuple[Any, ...] = ()
    if told.shaken:
        rank = rank_range(row)
        firm = (
            round(100 * row["p_top"]),
            None if rank is None else say(rank),
            say(FAMILY_NAMES[row["tipped_by"]]) if row["tipped_by"] else "",
        )
    unmet = [key for key in str(row["unmet"]).split(";") if key.strip()]
    return (
        str(row["label"]),
        int(row["rank"]),
        say(VERDICTS[row["verdict"]]),
        round(row["people_newly_within"]),
        missing_as_none(row["saved_per_visit_min"]),
        round(row["visit_min_saved"] / MINUTES_IN_HOUR),
        round(row["volume_nearest"]),
        *firm,
        ", ".join(say(CRITERIA[key.strip()]) for key in unmet),
        told.names.municipalities.get(str(row["municipality_code"]), ""),
        say(SITE_KINDS[str(row["kind"])]),
    )
