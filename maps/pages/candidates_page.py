"""The page ``candidates.html``: the user's own list, ranked for each function, and what was left out."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from maps.credits import study_credits
from maps.naming import rows_of
from maps.paper.wording import Wording
from maps.papers.site_card import SiteCard, card_links
from maps.telling.site_ranking import key_fields, more_fields
from maps.telling.site_telling import SiteTelling, missing_as_none, rank_range
from maps.telling.site_words import SIGNS
from maps.web.downloads import Downloads, downloads_part
from maps.web.frame import Frame, frame_html, strings, templates
from maps.web.packing import pack
from maps.web.parts import Link
from maps.web.selfcontained import asset, json_block, script_block
from pipeline.messages import LOCALES, Message, msg
from pipeline.site_words import CRITERIA, HOST_NAMES, STATUS_NAMES, VERDICTS
from pipeline.study_result import StudyResult

FILE: Final = "candidates.html"
SCRIPTS: Final = ("util.js", "candidates.js")

TEXTS: Final[Mapping[str, Message]] = {
    "on_this_page": msg("On this page"),
    "all": msg("Your proposals"),
    "all_intro": msg("Each proposal with the function that it suits best."),
    "left_out": msg("Proposals left out"),
    "left_out_intro": msg("These rows of the list were not evaluated; the others were."),
    "none_left_out": msg("Every row of the list was evaluated."),
    "functions": msg("Function by function"),
    "functions_intro": msg(
        "The rank counts all candidates of the study, not only your own: houses and towns too, where the "
        "settings ask for them. Open a row to see why."
    ),
    "no_rows": msg("No proposal stands for this function, or all have it already."),
    "compare": msg("Compare two candidates"),
    "compare_intro": msg("Your proposals and the best candidates of each function, side by side."),
    "noscript": msg("Comparing needs JavaScript; all figures stand in the tables above."),
    "function": msg("Function"),
    "first": msg("First candidate"),
    "second": msg("Second candidate"),
    "candidate": msg("Candidate"),
    "municipality": msg("Municipality"),
    "host": msg("Kind of place"),
    "best": msg("Suits best"),
    "verdict": msg("Verdict"),
    "rank": msg("Rank"),
    "firm": msg("Rank in nine of ten test runs"),
    "top": msg("Among the best, % of test runs"),
    "within": msg("Come within the limit, people"),
    "saved": msg("Saved a visit, min"),
    "visits": msg("Visits a year"),
    "capacity": msg("Room for visits"),
    "cost": msg("Cost, million DKK"),
    "card": msg("Explain card"),
    "page": msg("page"),
    "pdf": msg("PDF"),
    "no_card": msg("no card"),
    "reason": msg("Reason"),
    "status": msg("Status"),
    "why": msg("Why?"),
    "criterion": msg("Figure or criterion"),
    "already": msg("All functions are here already"),
}


def candidates_page(
    result: StudyResult, *, links: tuple[Link, ...] = (), downloads: Sequence[Downloads] = ()
) -> str:
    """Write the page on the user's own list in the study's language.

    Parameters
    ----------
    result
        What the study found, with ``sites`` of an own list.
    links
        The other pages, for the navigation.
    downloads
        Figures that stand beside the page.

    Returns
    -------
    str
        One self-contained HTML file; its tables are read and printed without the script too.

    Raises
    ------
    ValueError
        The study has no satellite functions.
    """
    told = SiteTelling.of(result)
    cards = card_links(told)
    own = told.sites.loc[told.sites["kind"] == "candidate", "site_id"].astype(str).tolist()
    body = (
        templates()
        .get_template("candidates.html.jinja")
        .render(
            t=strings(TEXTS, told.say),
            proposals=[_proposal(told, site, cards) for site in own],
            left_out=_left_out(told),
            functions=[_function(told, function_id, own, cards) for function_id in told.functions],
            choices=_choices(told, own, cards),
            firm=told.shaken,
        )
    )
    script = "".join(asset(name) for name in SCRIPTS)
    facts = _facts(told, _compared(own, cards))
    data = {
        "locale": LOCALES[told.lang].replace("_", "-"),
        "strings": strings({"criterion": TEXTS["criterion"], "not_here": NOT_HERE}, told.say),
        "names": {site: told.labels[site] for site in _compared(own, cards)},
        "facts": facts,
        "start": _start(facts),
    }
    frame = Frame(
        lang=told.lang,
        study=result.settings.study.title,
        title=msg("Your own proposals"),
        subtitle=msg("Candidate sites of your list, ranked for each function"),
        notes=told.notes(),
        links=links,
        here=FILE,
        credits=study_credits(result),
        footer=msg(
            "Made with Klyngekort from the sources above. Check the marked figures before you decide."
        ),
    )
    tail = json_block("candidates-data", pack(data)) + "\n" + script_block(script)
    return frame_html(
        frame,
        body,
        after=downloads_part(downloads, told.say),
        tail=tail,
        scripts=(script,),
        style=asset("satellites.css") + asset("candidates.css"),
    )


NOT_HERE: Final = msg("not evaluated for this function, or there already")


def wanted(result: StudyResult) -> bool:
    """Tell whether a study has a list of its own."""
    return result.sites is not None and result.settings.sites.candidates is not None


def _card(site: str, cards: Mapping[str, str]) -> dict[str, str]:
    href = cards.get(site, "")
    return {"page": href, "pdf": href.replace(".html", ".pdf")}


def _proposal(told: SiteTelling, site_id: str, cards: Mapping[str, str]) -> dict[str, Any]:
    say, site = told.say, told.sites.loc[site_id].to_dict()
    card = SiteCard(told, site_id)
    main = card.main if card.tells else None
    capacity, cost = missing_as_none(site["capacity"]), missing_as_none(site["cost_mio_dkk"])
    return {
        "name": told.labels[site_id],
        "municipality": told.names.municipalities.get(str(site["municipality_code"]), "–"),
        "host": say(HOST_NAMES[str(site["host"])]),
        "best": told.function_names[main["function_id"]] if main else "",
        "verdict": say(VERDICTS[main["verdict"]]) if main else "",
        "rank": say.number(main["rank"]) if main else "",
        "capacity": "" if capacity is None else say.number(capacity),
        "cost": "" if cost is None else say.number(cost, 1),
        "card": _card(site_id, cards),
    }


def _left_out(told: SiteTelling) -> list[dict[str, str]]:
    say = told.say
    return [
        {
            "name": str(row.name),
            "status": say(STATUS_NAMES[row.status]),
            "reason": say(row.reason) if isinstance(row.reason, Message) else "",
        }
        for row in rows_of(told.left_out.drop(columns="geometry"))
    ]


def _function(
    told: SiteTelling, function_id: str, own: list[str], cards: Mapping[str, str]
) -> dict[str, Any]:
    ranked = told.ranking[function_id]
    rows = ranked[ranked["site_id"].isin(own) & ~ranked["already_there"]]
    return {
        "key": function_id,
        "name": told.function_names[function_id],
        "rows": [_row(told, row, cards) for row in rows.to_dict("records")],
    }


def _row(told: SiteTelling, row: Mapping[Any, Any], cards: Mapping[str, str]) -> dict[str, Any]:
    say = told.say
    rank = rank_range(row) if told.shaken else None
    saved = missing_as_none(row["saved_per_visit_min"])
    return {
        "name": row["label"],
        "verdict": say(VERDICTS[row["verdict"]]),
        "rank": say.number(row["rank"]),
        "firm": "" if rank is None else say(rank),
        "top": say.number(100 * row["p_top"]) if told.shaken else "",
        "within": say.number(row["people_newly_within"]),
        "saved": "–" if saved is None else say.number(saved, 1),
        "visits": say.number(row["volume_nearest"]),
        "reasons": [f"{SIGNS[row[key]] if key else '·'} {text}" for key, text in told.reasons_of(row)],
        "card": _card(str(row["site_id"]), cards),
    }


def _compared(own: list[str], cards: Mapping[str, str]) -> list[str]:
    return list(dict.fromkeys([*own, *cards]))


def _choices(told: SiteTelling, own: list[str], cards: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(site, told.labels[site]) for site in _compared(own, cards)]


def _facts(told: SiteTelling, sites: list[str]) -> dict[str, dict[str, list[list[str]]]]:
    """Gather what a comparison shows: function → candidate → pairs of what and how much."""
    wording = Wording.of(told.lang)
    say = told.say
    found: dict[str, dict[str, list[list[str]]]] = {}
    for function_id, ranked in told.ranking.items():
        rows = ranked[ranked["site_id"].isin(sites) & ~ranked["already_there"]]
        found[function_id] = {}
        for row in rows.to_dict("records"):
            figures = map(wording.figure, (*key_fields(told, row), *more_fields(told, row)))
            facts = [
                [figure.label, f"{figure.value} ({figure.mark})" if figure.mark else figure.value]
                for figure in figures
            ]
            facts += [
                [_sentence(say(CRITERIA[key])), f"{SIGNS[row[key]]} {text}"]
                for key, text in told.reasons_of(row)
                if key
            ]
            found[function_id][str(row["site_id"])] = facts
    return found


def _start(facts: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Give the function and the two candidates that are compared first: a pair that can be compared."""
    for function_id, sites in facts.items():
        if len(sites) > 1:
            return [function_id, *list(sites)[:2]]
    return []


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
