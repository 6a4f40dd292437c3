"""The page ``houses.html``: the register of health houses, any two side by side, and what clusters hold."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from maps.credits import study_credits
from maps.naming import Names
from maps.pages.house_matrix import Matrix, Register, cluster_matrices, house_matrix
from maps.pages.house_profiles import fact_table, owner_choices, profile_data
from maps.pages.house_texts import SCRIPT_TEXTS, TEXTS, quality_sections, reading_section
from maps.telling.house_words import HOUSE_STATUSES
from maps.web.frame import Frame, as_text, frame_html, strings, templates
from maps.web.parts import Credit, Link, Text
from maps.web.selfcontained import asset, json_block, script_block
from maps.words import SECTORS
from pipeline.messages import LOCALES, Message, Translator, msg
from pipeline.study_result import StudyResult

FILE: Final = "houses.html"
ABOUT: Final = msg(
    "The register of health houses: who holds which function, owner and cost, and any two houses side by "
    "side."
)
"""What a link to the page says of it."""

MAP: Final = "clusters.html"
SCRIPTS: Final = ("util.js", "houses.js", "house_compare.js", "house_clusters.js")
INPUTS: Final = frozenset(
    {
        "health_houses",
        "functions",
        "house_functions",
        "municipalities",
        "schemes",
        "clusters",
        "cluster_members",
    }
)
"""What the page is made from, to be credited."""


def houses_page(result: StudyResult, *, links: tuple[Link, ...] = ()) -> str:
    """Write the register of health houses in the study's language.

    Parameters
    ----------
    result
        What the study found.
    links
        The other pages, for the navigation; where the map is among them, houses lead to it.

    Returns
    -------
    str
        One self-contained HTML file; the tables stand in it as HTML, so that they are read and printed
        without the script too.
    """
    register = Register(Names(result, result.settings.study.language))
    names, say = register.names, register.say
    matrix = house_matrix(register)
    columns, facts = fact_table(register)
    data = profile_data(register)
    body = (
        templates()
        .get_template("houses.html.jinja")
        .render(
            t=strings(TEXTS, say),
            toc=[{"href": key, "title": say(TEXTS[part])} for key, part in _PARTS],
            figures=_figures(register, matrix),
            schemes=_schemes(register, cluster_matrices(register)),
            shown=result.shown_scheme,
            function_choices=_function_choices(register),
            owners=owner_choices(register),
            statuses=_statuses(register, say),
            houses=matrix,
            fact_columns=columns,
            facts=facts,
            house_choices=[(row.key, _choice(row.name, row.detail)) for row in matrix.rows],
            pair=data["pair"],
        )
    )
    data |= {
        "locale": LOCALES[names.lang].replace("_", "-"),
        "strings": strings(SCRIPT_TEXTS, say),
        "shown": result.shown_scheme,
        "map": MAP if any(link.href == MAP for link in links) else "",
    }
    script = "".join(asset(name) for name in SCRIPTS)
    frame = Frame(
        lang=names.lang,
        study=result.settings.study.title,
        title=msg("Register of health houses"),
        subtitle=msg("Functions, owner, cost and what each cluster's houses hold"),
        notes=(
            msg("Health houses: gathered from public sources; the list is not complete."),
            TEXTS["blank_note"],
        ),
        links=links,
        here=FILE,
        sections=(reading_section(register), *quality_sections(result)),
        credits=_credits(result),
        footer=msg(
            "Made with Klyngekort from the sources above. Check the marked figures before you decide."
        ),
    )
    tail = json_block("houses-data", data) + "\n" + script_block(script)
    return frame_html(frame, body, tail=tail, scripts=(script,), style=asset("houses.css"))


_PARTS: Final = (("register", "register"), ("compare", "compare"), ("clusters", "by_cluster"))


def _choice(name: str, place: str) -> str:
    """Name a house in a list of choices, with its place where the name does not tell it."""
    return f"{name} ({place})" if place and place.split(", ", maxsplit=1)[0] not in name else name


def _figures(register: Register, matrix: Matrix) -> list[dict[str, str]]:
    say = register.say
    houses = register.houses
    told = sum(bool(row.count or row.planned) for row in matrix.rows)
    of_catalogue = [
        total for column, total in zip(matrix.columns, matrix.totals, strict=True) if not column.extra
    ]
    share = msg("{count:n} of {all:n}", count=told, all=len(houses))
    held = msg("{count:n} of {all:n}", count=sum(map(bool, of_catalogue)), all=len(of_catalogue))
    costs = msg(
        "{count:n} of {all:n}", count=int(houses["total_cost_mio_dkk"].notna().sum()), all=len(houses)
    )
    owned = msg("{count:n} of {all:n}", count=int((houses["owner"] != "unknown").sum()), all=len(houses))
    figures: list[tuple[Message, Text]] = [
        (msg("health houses in the register"), say.number(len(houses))),
        (msg("of them open"), say.number(int((houses["status"] == "open").sum()))),
        (msg("houses with functions stated"), share),
        (msg("functions of the catalogue known in some house"), held),
        (msg("houses whose owner is stated"), owned),
        (msg("houses whose cost is stated"), costs),
    ]
    return [{"label": say(label), "value": as_text(value, say)} for label, value in figures]


def _schemes(register: Register, matrices: Mapping[str, Matrix]) -> list[dict[str, Any]]:
    names, say = register.names, register.say
    told = []
    for scheme, title in names.schemes.items():
        matrix = matrices[scheme]
        note = msg(
            "As on {day}. The numbers tell how many houses of the cluster hold the function; a house in a "
            "municipality with two clusters counts in both.",
            day=names.days[scheme],
        )
        count_head = msg("Known of {all:n}", all=len(matrix.columns))
        told.append(
            {
                "key": scheme,
                "title": title,
                "unit": names.units[scheme],
                "note": say(note),
                "label": say(
                    msg("{scheme}, clusters and functions; the table can be scrolled", scheme=title)
                ),
                "matrix": matrix,
                "count_head": say(count_head),
                "total_label": say(msg("Known in, of {all:n}", all=len(matrix.rows))),
            }
        )
    return told


def _function_choices(register: Register) -> Iterable[dict[str, Any]]:
    for sector, rows in register.functions.groupby("sector", sort=False):
        ids = rows["function_id"].astype(str)
        choices = [{"key": key, "title": register.names.functions[key]} for key in ids]
        yield {"title": register.say(SECTORS[str(sector)]), "choices": choices}


def _statuses(register: Register, say: Translator) -> list[tuple[str, str]]:
    found = set(register.houses["status"].astype(str))
    return [(code, say(label)) for code, label in HOUSE_STATUSES.items() if code in found]


def _credits(result: StudyResult) -> tuple[Credit, ...]:
    """Credit what this page is made from; the borders are not drawn here."""
    used = tuple(file for file in result.files if file.name in INPUTS)
    return study_credits(replace(result, files=used))
