"""What a paper is made of: headings, text, key figures, pictures, tables, lists, notes and credits.

All of it is plain data. Texts may be `Message`s, which are written in the paper's language; nothing here is
markup, so that no name in anybody's table can become part of a file's code.
"""

from dataclasses import dataclass
from typing import Literal

from maps.web.parts import Column, Credit, Field, Text, Value
from pipeline.messages import Language


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading below the paper's title, which is the only one of level 1."""

    text: Text
    level: Literal[2, 3] = 2


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of text; a `small` one is set as a remark."""

    text: Text
    small: bool = False


@dataclass(frozen=True, slots=True)
class KeyFigures:
    """Figures that are read at a glance, each with its label, unit and mark."""

    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """A figure of the same content in up to three forms, and what it shows in words.

    Parameters
    ----------
    alt
        What a reader who does not see the picture must know.
    width_mm, height_mm
        Size on paper; the picture is made smaller where the page is narrower, never larger.
    svg, pdf, png
        The figure's files: HTML takes SVG, PDF takes PDF, Word takes PNG; PNG stands in for the others.
    caption
        Printed below.
    """

    alt: Text
    width_mm: float
    height_mm: float
    svg: bytes = b""
    pdf: bytes = b""
    png: bytes = b""
    caption: Text = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a header row; the first cell names its row. None is told as not stated."""

    title: Text
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]
    note: Text = ""


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list of sentences."""

    items: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class Notes:
    """What is modelled, approximate or assumed: set so that nobody overlooks it."""

    items: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class Credits:
    """Sources with their licences."""

    items: tuple[Credit, ...]


@dataclass(frozen=True, slots=True)
class PageBreak:
    """What follows begins on a new page of paper."""


Block = Heading | Paragraph | KeyFigures | Picture | Table | Bullets | Notes | Credits | PageBreak


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper with everything it says.

    Parameters
    ----------
    lang
        Language that its messages are written in.
    title, subtitle
        Heading and the line below it.
    study
        Name of the study, told at the foot of each page.
    blocks
        In reading order.
    footer
        Source and date in one line, told at the foot of each page.
    """

    lang: Language
    title: Text
    study: Text
    blocks: tuple[Block, ...]
    subtitle: Text = ""
    footer: Text = ""
