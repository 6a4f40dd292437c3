"""Set the blocks of a paper in type for a page of A4."""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_LEFT, TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Flowable, Image, Spacer
from reportlab.platypus import PageBreak as NewPage
from reportlab.platypus import Paragraph as Text
from reportlab.platypus import Table as Grid

from maps import theme
from maps.figures.lettering import Weight, face_file
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
from maps.paper.overlay import Placed
from maps.paper.wording import Wording, shares

MARGIN: Final = 15 * mm
FOOT: Final = 9 * mm
WIDTH: Final = A4[0] - 2 * MARGIN
HEIGHT: Final = A4[1] - 2 * MARGIN - FOOT
"""Room for blocks on a page, points."""

_COLUMNS: Final = 4  # key figures in a row
_FIGURE_PT, _SMALL_FIGURE_PT = 12.5, 8.5
_FIGURE_PADDING: Final = 4.0
_CAUTION: Final = HexColor("#fff6dc")
_CAUTION_LINE: Final = HexColor("#e2cf94")
_INK, MUTED, _RULE = HexColor(theme.INK), HexColor(theme.MUTED), HexColor(theme.RULE)
_HEAD: Final = HexColor("#eef2f5")
_ACCENT: Final = HexColor(theme.ACCENT)


class _Figure(Flowable):  # type: ignore[misc]
    """Keeps the room of a figure and notes where it came to stand."""

    def __init__(self, pdf: bytes, alt: str, width: float, height: float, placed: list[Placed]) -> None:
        super().__init__()
        self.width, self.height = width, height
        self._pdf, self._alt, self._placed = pdf, alt, placed

    def wrap(self, *_: float) -> tuple[float, float]:
        """Give the room that the figure needs."""
        return self.width, self.height

    def draw(self) -> None:
        """Note the place."""
        x, y = self.canv.absolutePosition(0, 0)
        page = self.canv.getPageNumber() - 1
        self._placed.append(Placed(page, x, y, self.width, self.height, self._pdf, self._alt))


@dataclass
class Setter:
    """Sets blocks in type; `scale` makes all of it smaller."""

    wording: Wording
    scale: float = 1.0
    placed: list[Placed] = field(default_factory=list)

    def style(self, size: float, weight: Weight = "normal", **look: Any) -> ParagraphStyle:  # noqa: ANN401
        """Give a style of a size in points, before it is made smaller."""
        size *= self.scale
        given: dict[str, Any] = {
            "fontName": face(weight),
            "fontSize": size,
            "leading": size * 1.3,
            "textColor": _INK,
            "splitLongWords": 1,
        }
        return ParagraphStyle("block", **(given | look))

    def text(self, words: str, size: float, weight: Weight = "normal", **look: Any) -> Text:  # noqa: ANN401
        """Set a text that is never read as markup."""
        return Text(escape(words), self.style(size, weight, **look))

    def gap(self, points: float) -> Spacer:
        """Leave room."""
        return Spacer(0, points * self.scale)

    def head(self, paper: Paper) -> list[Flowable]:
        """Set the title and the line below it."""
        title = [self.text(self.wording.text(paper.title), 15, "bold")]
        if subtitle := self.wording.text(paper.subtitle):
            title.append(self.text(subtitle, 9.5, textColor=MUTED))
        return [*title, self.gap(6)]

    def block(self, block: Block) -> list[Flowable]:  # noqa: PLR0911  one line a kind
        """Set a block; gives its parts from above."""
        match block:
            case Heading():
                size = 11.5 if block.level == 2 else 9.5
                look = {"spaceBefore": 7 * self.scale, "spaceAfter": 3 * self.scale, "keepWithNext": 1}
                return [self.text(self.wording.text(block.text), size, "bold", **look)]
            case Paragraph():
                colour = MUTED if block.small else _INK
                size = 7.5 if block.small else 9
                return [self.text(self.wording.text(block.text), size, textColor=colour), self.gap(4)]
            case KeyFigures():
                return [self._figures(block), self.gap(6)]
            case Picture():
                return [*self._picture(block), self.gap(5)]
            case Table():
                return self._table(block)
            case Bullets():
                return [*self._points(self.wording.texts(block.items), "•", 9), self.gap(4)]
            case Notes():
                return [self._notes(block), self.gap(6)]
            case Credits():
                told = [self.wording.credit(credit) for credit in block.items]
                return [*self._points(told, "•", 7), self.gap(4)]
            case PageBreak():
                return [NewPage()]

    def _points(self, lines: Sequence[str], sign: str, size: float) -> list[Text]:
        look: dict[str, Any] = {
            "leftIndent": 9 * self.scale,
            "bulletIndent": 0,
            "spaceAfter": 1.2 * self.scale,
        }
        style = self.style(size, bulletFontName=face("normal"), bulletFontSize=size * self.scale, **look)
        return [Text(escape(line), style, bulletText=sign) for line in lines]

    def _notes(self, notes: Notes) -> Grid:
        lines = self._points(self.wording.texts(notes.items), "≈", 8)
        return Grid(
            [[lines]],
            colWidths=[WIDTH],
            style=[
                ("BACKGROUND", (0, 0), (-1, -1), _CAUTION),
                ("BOX", (0, 0), (-1, -1), 0.6, _CAUTION_LINE),
                *_padding(5, 3),
            ],
        )

    def _figures(self, figures: KeyFigures) -> Grid:
        cells: list[list[Flowable]] = []
        wide = min(_COLUMNS, max(len(figures.fields), 1))
        for shown in map(self.wording.figure, figures.fields):
            size = _fitting(shown.value, WIDTH / wide - 2 * _FIGURE_PADDING)
            mark = f"{'≈ ' if shown.caution else ''}{shown.mark}"
            value = [self.text(shown.value, size, "bold"), self.text(shown.label, 7.5, textColor=MUTED)]
            cells.append([*value, self.text(mark, 6.8, textColor=MUTED)] if shown.mark else value)
        cells += [[] for _ in range(-len(cells) % wide)]
        lines = [cells[start : start + wide] for start in range(0, len(cells), wide)]
        return Grid(
            lines,
            colWidths=[WIDTH / wide] * wide,
            style=[
                ("LINEABOVE", (0, 0), (-1, -1), 1.2, _ACCENT),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                *_padding(_FIGURE_PADDING, 3),
            ],
        )

    def _picture(self, picture: Picture) -> Iterator[Flowable]:
        width, height = picture.width_mm * mm, picture.height_mm * mm
        shrink = min(self.scale, WIDTH / width, HEIGHT / height)
        caption = self.wording.text(picture.caption)
        if picture.pdf:
            alt = self.wording.text(picture.alt)
            shown: Flowable = _Figure(picture.pdf, alt, width * shrink, height * shrink, self.placed)
        elif picture.png:
            shown = Image(io.BytesIO(picture.png), width * shrink, height * shrink)
            shown.hAlign = "LEFT"
        else:
            raise ValueError("a picture for PDF needs PDF or PNG")
        shown.keepWithNext = 1 if caption else 0
        yield shown
        if caption:
            yield self.text(caption, 7.5, textColor=MUTED, spaceBefore=2)

    def _table(self, table: Table) -> list[Flowable]:
        heads, rows = self.wording.heads(table), self.wording.rows(table)
        sides = [TA_RIGHT if column.kind == "number" else TA_LEFT for column in table.columns]
        grid = [
            [self.text(head, 7.2, "bold", alignment=side) for head, side in zip(heads, sides, strict=True)],
            *(
                [self.text(cell, 7.5, alignment=side) for cell, side in zip(row, sides, strict=True)]
                for row in rows
            ),
        ]
        told: list[Flowable] = []
        if title := self.wording.text(table.title):
            told.append(self.text(title, 8.5, "bold", spaceAfter=2, keepWithNext=1))
        told.append(
            Grid(
                grid,
                colWidths=[WIDTH * share for share in shares(heads, rows)],
                repeatRows=1,
                style=[
                    ("BACKGROUND", (0, 0), (-1, 0), _HEAD),
                    ("LINEBELOW", (0, 0), (-1, 0), 0.7, MUTED),
                    ("LINEBELOW", (0, 1), (-1, -1), 0.35, _RULE),
                    ("VALIGN", (0, 0), (-1, 0), "BOTTOM"),
                    ("VALIGN", (0, 1), (-1, -1), "TOP"),
                    *_padding(3, 1.4),
                ],
            )
        )
        if note := self.wording.text(table.note):
            told.append(self.text(note, 7, textColor=MUTED, spaceBefore=2))
        return [*told, self.gap(6)]


def _fitting(text: str, room: float) -> float:
    """Choose the type size of a key figure: the usual one, or as much smaller as keeps it on one line."""
    wide = float(pdfmetrics.stringWidth(text, face("bold"), _FIGURE_PT))
    return max(min(_FIGURE_PT, _FIGURE_PT * room / wide), _SMALL_FIGURE_PT) if wide else _FIGURE_PT


def _padding(across: float, along: float) -> list[tuple[Any, ...]]:
    whole = ((0, 0), (-1, -1))
    return [
        ("LEFTPADDING", *whole, across),
        ("RIGHTPADDING", *whole, across),
        ("TOPPADDING", *whole, along),
        ("BOTTOMPADDING", *whole, along),
        ("FONTNAME", *whole, face("normal")),  # else an empty cell asks for a type that is not embedded
    ]


def face(weight: Weight) -> str:
    """Give the name of the figures' type face, known to reportlab from the first use on."""
    name = f"{theme.FONT_FIGURE} {weight}".replace(" ", "-")
    if name not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(TTFont(name, str(face_file(weight))))
    return name
