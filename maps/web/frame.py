"""The frame around every page: title, notes, navigation, sections, sources; escaped, self-contained."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader

from maps import theme
from maps.web.parts import Credit, Link, Section, Text, plain
from maps.web.selfcontained import ASSETS, asset, content_policy, data_uri, leaflet_style
from maps.web.texts import PAGE
from pipeline.messages import Language, Message, Translator, translator


@dataclass(frozen=True, slots=True)
class Frame:
    """What surrounds the content of every page.

    Parameters
    ----------
    lang
        Language of the page.
    study
        Name of the study, above the title and in the window's title.
    title, subtitle
        Heading and the line below it.
    notes
        What a reader must know before trusting the page: approximate boundaries, modelled figures.
    links
        The other pages; `here` is this page's own address among them.
    sections, credits
        Text below the content, and the sources.
    footer
        Last line.
    """

    lang: Language
    study: Text
    title: Text
    subtitle: Text = ""
    notes: tuple[Text, ...] = ()
    links: tuple[Link, ...] = ()
    here: str = ""
    sections: tuple[Section, ...] = ()
    credits: tuple[Credit, ...] = ()
    footer: Text = ""


@cache
def templates() -> Environment:
    """Give the page templates; everything they are given is escaped."""
    return Environment(
        loader=FileSystemLoader(ASSETS),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _style(*, with_map: bool) -> str:
    colours = {
        "ink": theme.INK,
        "muted": theme.MUTED,
        "rule": theme.RULE,
        "sea": theme.SEA,
        "accent": theme.ACCENT,
        "highlight": theme.HIGHLIGHT,
        "font": theme.FONT_STACK,
    }
    root = ":root { " + " ".join(f"--{name}: {value};" for name, value in colours.items()) + " }\n"
    return (leaflet_style() if with_map else "") + root + asset("page.css") + asset("print.css")


ICON: Final = data_uri(
    (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">'
        f'<path d="M1 4l6-3 8 3v8l-8 3-6-3z" fill="{theme.CLUSTER_FILLS[0]}" stroke="{theme.INK}"/></svg>'
    ).encode(),
    "image/svg+xml",
)


def frame_html(
    frame: Frame,
    body: str,
    *,
    after: str = "",
    tail: str = "",
    scripts: tuple[str, ...] = (),
    map_name: str = "",
    **extra: Any,  # noqa: ANN401
) -> str:
    """Write a page around a body that is HTML already.

    Parameters
    ----------
    frame
        Title, notes, links, sections, credits.
    body
        The content, escaped.
    after
        Content below the sections and above the sources, escaped HTML like `body`.
    tail
        Blocks at the end of the page: data and scripts.
    scripts
        The code of each script block in `tail`, for the policy.
    map_name
        Id of the map's element, empty for a page without map.
    **extra
        ``has_tables`` and ``image_hosts`` of a map page; ``style``, a page's own rules after the common ones.
    """
    say = translator(frame.lang)
    style = _style(with_map=bool(map_name)) + extra.get("style", "")
    env = templates()
    told = plain(frame, say)
    return env.get_template("page.html.jinja").render(
        lang=frame.lang,
        csp=content_policy(scripts, [style], extra.get("image_hosts", ())),
        style=style,
        icon=ICON,
        page_title=f"{as_text(frame.title, say)} – {as_text(frame.study, say)}",
        t=strings(PAGE, say, host=""),
        study=told.get("study", ""),
        title=told.get("title", ""),
        subtitle=told.get("subtitle", ""),
        notes=told.get("notes", []),
        links=told.get("links", []),
        here=frame.here,
        sections=told.get("sections", []),
        credits=told.get("credits", []),
        footer=told.get("footer", ""),
        map_name=map_name,
        has_tables=extra.get("has_tables", False),
        group_part=env.get_template("parts.html.jinja").module.group_part,  # type: ignore[attr-defined]
        body=body,
        after=after,
        tail=tail,
    )


def as_text(text: Text, say: Translator) -> str:
    """Write a text in the page's language."""
    return say(text) if isinstance(text, Message) else text


def strings(texts: Mapping[str, Message], say: Translator, **values: str) -> dict[str, str]:
    """Write a set of sentences in one language; `values` are for the fields they share."""
    return {key: say(Message(text.text, values)) if values else say(text.text) for key, text in texts.items()}
