"""The start page ``index.html``: key figures, maps, what is approximate, what the checks found, downloads."""

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from PIL import Image

from maps.credits import study_credits
from maps.naming import Names
from maps.pages.access_words import access_notes
from maps.pages.cluster_cards import MODELLED, SPLIT_RULES
from maps.quality import approximate_groups, data_notes, finding_groups
from maps.web.downloads import Downloads, downloads_part
from maps.web.frame import Frame, as_text, frame_html, strings, templates
from maps.web.parts import Field, Group, Link, Section, Text, plain
from maps.web.selfcontained import data_uri
from maps.words import long_date
from pipeline.messages import Message, Translator, msg, translator
from pipeline.sites.words import SUITABLE
from pipeline.study_result import StudyResult

FILE: Final = "index.html"
THUMBNAIL_WIDTH: Final = 520
"""Pixels: twice the width of a card on a phone, for dense screens."""

_COLOURS: Final = 48

INDEX: Final = {
    "key_figures": msg("Key figures"),
    "maps": msg("Maps"),
}


@dataclass(frozen=True, slots=True)
class PageCard:
    """A page to open from the start page, with a picture of it (a PNG file) if there is one."""

    title: Text
    text: Text
    href: str
    picture: Path | None = None


def index_page(
    result: StudyResult,
    *,
    cards: Sequence[PageCard] = (),
    downloads: Sequence[Downloads] = (),
    links: tuple[Link, ...] = (),
    news: tuple[Text, ...] = (),
    version: str = "",
) -> str:
    """Write the start page of a study in the study's language.

    Parameters
    ----------
    result
        What the study found.
    cards
        The pages to open, in order.
    downloads
        Files that stand beside the page, in groups.
    links
        The other pages, for the navigation.
    news
        What differs from the run before; left out on a first run.
    version
        Version of Klyngekort, for the citation.

    Returns
    -------
    str
        HTML without any script; pictures stand in the page.
    """
    names = Names(result, result.settings.study.language)
    say = translator(names.lang)
    shown = result.shown_scheme
    body = (
        templates()
        .get_template("index.html.jinja")
        .render(
            t=strings(INDEX, say),
            figures_note=say(
                msg("{scheme}, as on {day}.", scheme=names.schemes[shown], day=names.days[shown])
            ),
            figures=[_figure(field, say) for field in key_figures(names)],
            cards=[_card(card, say) for card in cards],
        )
    )
    frame = Frame(
        lang=names.lang,
        study="Klyngekort",
        title=result.settings.study.title,
        subtitle=msg("Who belongs to which health cluster, and where the hospitals and health houses are"),
        notes=(*data_notes(result), *access_notes(result)),
        links=links,
        here=FILE,
        sections=_sections(names, news),
        credits=study_credits(result),
        footer=_citation(names, version),
    )
    return frame_html(frame, body, after=downloads_part(downloads, say))


def key_figures(names: Names) -> tuple[Field, ...]:
    """Count what the shown scheme holds."""
    result = names.result
    shown = result.shown_scheme
    clusters = result.clusters[result.clusters["scheme"] == shown]
    members = result.cluster_members[result.cluster_members["scheme"] == shown]
    roles = result.facility_roles[result.facility_roles["scheme"] == shown]["role"]
    towns = result.municipalities["kind"] == "municipality"
    dated = result.municipalities["population_date"].max()
    count = {
        "municipalities": int(towns.sum()),
        "shared": int(members.loc[members["shared"], "municipality_code"].nunique()),
        "acute": int((roles == "acute").sum()),
        "others": int((roles == "non_acute").sum()),
        "without": int((~clusters["has_acute"]).sum()),
        "houses": int((roles == "open").sum()),
    }
    return (
        Field(msg("{count:|cluster|clusters}", count=len(clusters)), len(clusters)),
        _count(msg("{count:|municipality|municipalities}"), count["municipalities"]),
        _count(msg("{count:|municipality in two clusters|municipalities in two clusters}"), count["shared"]),
        Field(
            msg("people, {day}", day=long_date(dated, names.lang)), result.municipalities["population"].sum()
        ),
        _count(msg("{count:|acute hospital|acute hospitals}"), count["acute"]),
        _count(msg("{count:|other hospital in use|other hospitals in use}"), count["others"]),
        _count(
            msg("{count:|cluster without an acute hospital|clusters without an acute hospital}"),
            count["without"],
        ),
        _count(msg("{count:|open health house known|open health houses known}"), count["houses"]),
        Field(msg("general practitioners"), clusters["gps"].sum(), mark=MODELLED, caution=True),
        *_coverage_figures(result),
        *_site_figures(result),
    )


def _count(label: Message, count: int) -> Field:
    return Field(Message(label.text, {"count": count}), count)


def _coverage_figures(result: StudyResult) -> tuple[Field, ...]:
    """Count who lacks a GP, and in how many gaps."""
    if result.coverage is None:
        return ()
    sums = result.coverage.by_municipality
    gaps = result.coverage.gaps["access"].table
    mark = MODELLED if result.coverage.precision == "modelled" else ""
    return (
        Field(msg("people lack a GP within reach"), float(sums["people_any"].sum()), mark=mark, caution=True),
        replace(_count(msg("{count:|gap|gaps} in the coverage by GPs"), len(gaps)), mark=mark, caution=True),
    )


def _site_figures(result: StudyResult) -> tuple[Field, ...]:
    """Count the satellite functions and the candidates that suit one."""
    if result.sites is None:
        return ()
    found = result.sites.evaluation.table
    good = found.loc[found["verdict"].isin(SUITABLE), "site_id"].nunique()
    return (
        _count(msg("satellite {count:|function|functions} evaluated"), found["function_id"].nunique()),
        replace(
            _count(msg("{count:|place that suits|places that suit} one of them"), int(good)),
            mark=MODELLED,
            caution=True,
        ),
    )


def _figure(field: Field, say: Translator) -> dict[str, str]:
    value = plain(field.value, say)
    number = say.number(value, field.decimals) if isinstance(value, int | float) else str(value)
    return {
        "label": as_text(field.label, say),
        "value": number,
        "mark": as_text(field.mark, say),
        "caution": "yes" if field.caution else "",
    }


def _card(card: PageCard, say: Translator) -> dict[str, str | int]:
    told: dict[str, str | int] = {
        "title": as_text(card.title, say),
        "text": as_text(card.text, say),
        "href": card.href,
    }
    if card.picture is not None:
        image, width, height = thumbnail(card.picture)
        told |= {"image": image, "width": width, "height": height}
    return told


def thumbnail(picture: Path) -> tuple[str, int, int]:
    """Shrink a picture for a card.

    Returns
    -------
    tuple
        ``data:`` address of a PNG with few colours, its width and height in pixels.
    """
    with Image.open(picture) as opened:
        image = opened.convert("RGB")
    height = round(image.height * THUMBNAIL_WIDTH / image.width)
    small = image.resize((THUMBNAIL_WIDTH, height), Image.Resampling.LANCZOS).quantize(
        _COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE
    )
    out = io.BytesIO()
    small.save(out, format="PNG", optimize=True)
    return data_uri(out.getvalue(), "image/png"), THUMBNAIL_WIDTH, height


def _sections(names: Names, news: tuple[Text, ...]) -> tuple[Section, ...]:
    result = names.result
    rule = SPLIT_RULES[result.settings.study.split_shared]
    sections = [
        Section(
            "approximate",
            msg("Before you trust a figure"),
            msg("Marks on the pages tell which figures are measured and which are not."),
            (
                *approximate_groups(result),
                Group(
                    msg("Counted from registers and sources"),
                    (
                        msg("Population by municipality; in clusters: {rule}.", rule=rule),
                        msg("Acute hospitals with the days they are acute."),
                        msg("Membership of clusters; each row tells how well it is known."),
                    ),
                    "note",
                ),
            ),
        ),
        Section(
            "quality",
            msg("Data quality"),
            msg("Nothing is left out in silence: this is what the checks of the data found."),
            finding_groups(names),
        ),
    ]
    if news:
        sections.insert(
            0, Section("news", msg("New since the last run"), groups=(Group(msg("Changes"), news),))
        )
    return tuple(sections)


def _citation(names: Names, version: str) -> Text:
    study = names.result.settings.study
    return msg(
        "To cite: {program}, “{title}”, as on {day}, with the sources above.",
        program=f"Klyngekort {version}".strip(),
        title=study.title,
        day=long_date(study.as_of, names.lang),
    )
