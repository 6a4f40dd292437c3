"""The start page ``index.html``: key figures, maps, what is approximate, what the checks found, downloads."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import Image

from maps.credits import study_credits
from maps.naming import Names
from maps.quality import approximate_groups, data_notes, finding_groups
from maps.telling.access_words import access_notes
from maps.telling.cluster_words import SPLIT_RULES
from maps.telling.key_figures import key_figures
from maps.web.downloads import Downloads, downloads_part
from maps.web.frame import Frame, as_text, frame_html, strings, templates
from maps.web.parts import Field, Group, Link, Section, Text, plain
from maps.web.selfcontained import data_uri
from maps.words import long_date
from pipeline.messages import Translator, msg, translator
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
