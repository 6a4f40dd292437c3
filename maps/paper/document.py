"""Write a paper as PDF on A4: real text in embedded type, figures as vectors, the same bytes every time."""

import io
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final
from xml.sax.saxutils import escape

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageTemplate
from reportlab.platypus import PageBreak as NewPage
from reportlab.platypus import Paragraph as Text

from maps.paper.model import Block, PageBreak, Paper
from maps.paper.overlay import with_figures
from maps.paper.typesetting import FOOT, HEIGHT, MARGIN, MUTED, WIDTH, Setter
from maps.paper.wording import Wording
from pipeline.messages import msg

SMALLEST: Final = 0.72
"""Type is set no smaller than this part of its size where a page must hold what it is given."""

_STEP: Final = 0.04
_ROOM: Final = (
    HEIGHT - 4.0
)  # lines are rounded a little differently when they are measured and when they are set

_DATE_OF_BUILD: Final = "SOURCE_DATE_EPOCH"


def paper_pdf(paper: Paper, *, fit: bool = False) -> bytes:
    """Write a paper as PDF.

    Parameters
    ----------
    paper
        What to write.
    fit
        Each part between page breaks must stand on one page: its type is made smaller until it does, down to
        `SMALLEST`. Without it, pages follow each other as they fill.

    Returns
    -------
    bytes
        A4 pages with title and language in the file, a foot with the page's number, and each picture's text
        for readers who do not see it.
    """
    setter = Setter(Wording.of(paper.lang))
    scales = [1 - _STEP * step for step in range(int((1 - SMALLEST) / _STEP) + 1)] if fit else [1.0]
    story: list[Flowable] = []
    for number, blocks in enumerate(_parts(paper.blocks) if fit else [paper.blocks]):
        for scale in scales:
            setter.scale = scale
            part = [] if number else setter.head(paper)
            part += [flowable for block in blocks for flowable in setter.block(block)]
            if not fit or _height(part) <= _ROOM:
                break
        story += [*([NewPage()] if number else []), *part]
    return with_figures(_set(story, paper, setter), setter.placed, paper.lang)


def _parts(blocks: Sequence[Block]) -> list[list[Block]]:
    """Split blocks at page breaks."""
    parts: list[list[Block]] = [[]]
    for block in blocks:
        if isinstance(block, PageBreak):
            parts.append([])
        else:
            parts[-1].append(block)
    return parts


def _height(flowables: Sequence[Flowable]) -> float:
    """Height that flowables take under each other, points."""
    total = 0.0
    for number, flowable in enumerate(flowables):
        total += flowable.wrap(WIDTH, HEIGHT)[1]
        if number:
            total += max(flowables[number - 1].getSpaceAfter(), flowable.getSpaceBefore())
    return total


@contextmanager
def _own_date() -> Iterator[None]:
    """Let no date of a build around this process stand in the file: the same paper gives the same bytes."""
    before = os.environ.pop(_DATE_OF_BUILD, None)
    try:
        yield
    finally:
        if before is not None:
            os.environ[_DATE_OF_BUILD] = before


def _set(story: list[Flowable], paper: Paper, setter: Setter) -> bytes:
    wording = setter.wording
    foot = " · ".join(wording.texts((paper.study, paper.footer)))
    style = Setter(wording).style(7, textColor=MUTED)

    def draw_foot(canvas: Any, document: Any) -> None:  # noqa: ANN401
        page = wording.text(msg("Page {page:n}", page=document.page))
        line = Text(escape(foot), style)
        _, height = line.wrap(WIDTH - 22 * mm, MARGIN)
        canvas.saveState()
        line.drawOn(canvas, MARGIN, MARGIN - height + 6)
        canvas.setFont(style.fontName, style.fontSize)
        canvas.setFillColor(MUTED)
        canvas.drawRightString(A4[0] - MARGIN, MARGIN - 2, page)
        canvas.restoreState()

    out = io.BytesIO()
    document = BaseDocTemplate(
        out,
        pagesize=A4,
        title=wording.text(paper.title),
        subject=foot,
        author="Klyngekort",
        creator="Klyngekort",
        lang=paper.lang,
        displayDocTitle=1,
        invariant=1,
        initialFontName=style.fontName,
    )
    room = Frame(MARGIN, MARGIN + FOOT, WIDTH, HEIGHT, 0, 0, 0, 0)
    document.addPageTemplates([PageTemplate("page", [room], onPage=draw_foot)])
    with _own_date():
        document.build(story)
    return out.getvalue()
