"""Write a paper as a Word document: real headings, tables with header rows, pictures with their texts."""

import io
from typing import Any, Final

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from maps import theme
from maps.files.office_files import EPOCH, without_time
from maps.paper.model import (
    Block,
    Bullets,
    Credits,
    Heading,
    KeyFigures,
    Notes,
    Paper,
    Paragraph,
    Picture,
    Table,
)
from maps.paper.wording import Wording, shares
from pipeline.messages import LOCALES

WIDTH_MM: Final = 170.0
"""Width between the margins of A4, mm."""

HEIGHT_MM: Final = 230.0
"""Greatest height of a picture, so that its caption stays with it, mm."""

_MARGIN_MM: Final = 20.0
_FACE: Final = "Arial"  # on every machine that has Word
_FIGURES_IN_ROW: Final = 4


def paper_docx(paper: Paper) -> bytes:
    """Write a paper as DOCX.

    Parameters
    ----------
    paper
        What to write.

    Returns
    -------
    bytes
        A document in A4 whose headings make a table of contents, with its title and language; the same bytes
        for the same paper.
    """
    writer = _Writer(paper)
    for block in paper.blocks:
        writer.write(block)
    return writer.content()


class _Writer:
    """Adds blocks to a document."""

    def __init__(self, paper: Paper) -> None:
        self.wording = Wording.of(paper.lang)
        self.document = Document()
        title, study = self.wording.text(paper.title), self.wording.text(paper.study)
        foot = " · ".join(self.wording.texts((paper.study, paper.footer)))
        about = self.document.core_properties
        about.title, about.subject, about.author = title[:255], study[:255], "Klyngekort"
        about.comments, about.last_modified_by = "", "Klyngekort"
        about.language = LOCALES[paper.lang].replace("_", "-")
        about.created = about.modified = EPOCH
        self._page(foot)
        self._styles(about.language)
        self.document.add_heading(title, 0)
        if subtitle := self.wording.text(paper.subtitle):
            self.document.add_paragraph(subtitle, "Subtitle")

    def write(self, block: Block) -> None:
        """Add a block."""
        match block:
            case Heading():
                self.document.add_heading(self.wording.text(block.text), block.level - 1)
            case Paragraph():
                self._paragraph(self.wording.text(block.text), small=block.small)
            case KeyFigures():
                self._figures(block)
            case Picture():
                self._picture(block)
            case Table():
                self._table(block)
            case Bullets():
                self._points(self.wording.texts(block.items))
            case Notes():
                self._notes(block)
            case Credits():
                self._points([self.wording.credit(credit) for credit in block.items], small=True)
            case _:
                self.document.add_page_break()  # type: ignore[no-untyped-call]

    def content(self) -> bytes:
        """Give the finished file."""
        out = io.BytesIO()
        self.document.save(out)
        return without_time(out.getvalue())

    def _page(self, foot: str) -> None:
        section = self.document.sections[0]
        section.orientation = WD_ORIENT.PORTRAIT
        section.page_width, section.page_height = Mm(210), Mm(297)
        section.left_margin = section.right_margin = Mm(_MARGIN_MM)
        section.top_margin = section.bottom_margin = Mm(_MARGIN_MM)
        line = section.footer.paragraphs[0]
        line.text = foot
        line.runs[0].font.size = Pt(8)

    def _styles(self, lang: str) -> None:
        styles = self.document.styles
        for name, size in (
            ("Normal", 10), ("Title", 20), ("Subtitle", 11), ("Heading 1", 14), ("Heading 2", 12),
            ("List Bullet", 10), ("Caption", 9),
        ):  # fmt: skip
            font = styles[name].font
            font.name, font.size, font.color.rgb = (
                _FACE,
                Pt(size),
                RGBColor.from_string(theme.INK[1:].upper()),
            )
            font.italic = False
            fonts = styles[name].element.get_or_add_rPr().get_or_add_rFonts()
            for kind in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
                fonts.attrib.pop(qn(kind), None)
            fonts.set(qn("w:hAnsi"), _FACE)
        tongue = OxmlElement("w:lang")
        tongue.set(qn("w:val"), lang)
        styles["Normal"].element.get_or_add_rPr().append(tongue)

    def _paragraph(self, text: str, *, small: bool = False, style: str = "Normal") -> None:
        run = self.document.add_paragraph(style=style).add_run(text)
        if small:
            run.font.size = Pt(8.5)

    def _points(self, lines: list[str], *, small: bool = False) -> None:
        for line in lines:
            self._paragraph(line, small=small, style="List Bullet")

    def _notes(self, notes: Notes) -> None:
        for line in self.wording.texts(notes.items):
            _shade_paragraph(self.document.add_paragraph(f"≈ {line}"))

    def _figures(self, figures: KeyFigures) -> None:
        shown = [self.wording.figure(field) for field in figures.fields]
        wide = min(_FIGURES_IN_ROW, max(len(shown), 1))
        grid = self.document.add_table(rows=-(-len(shown) // wide), cols=wide)
        grid.autofit = False
        for number, figure in enumerate(shown):
            cell = grid.cell(number // wide, number % wide)
            value = cell.paragraphs[0].add_run(figure.value)
            value.font.size, value.bold = Pt(14), True
            cell.add_paragraph().add_run(figure.label).font.size = Pt(8.5)
            if figure.mark:
                mark = cell.add_paragraph().add_run(f"{'≈ ' if figure.caution else ''}{figure.mark}")
                mark.font.size, mark.italic = Pt(8), True
            for line in cell.paragraphs:
                line.paragraph_format.space_after = Pt(1)
        self._gap()

    def _picture(self, picture: Picture) -> None:
        if not picture.png:
            raise ValueError("a picture for Word needs PNG")
        shrink = min(1.0, WIDTH_MM / picture.width_mm, HEIGHT_MM / picture.height_mm)
        shown = self.document.add_picture(io.BytesIO(picture.png), width=Mm(picture.width_mm * shrink))
        shown._inline.docPr.set("descr", self.wording.text(picture.alt))  # noqa: SLF001  the library has no door to it
        caption = self.wording.text(picture.caption)
        if caption:
            self.document.paragraphs[-1].paragraph_format.keep_with_next = True
            self.document.add_paragraph(caption, "Caption")

    def _table(self, table: Table) -> None:
        heads, rows = self.wording.heads(table), self.wording.rows(table)
        if title := self.wording.text(table.title):
            line = self.document.add_paragraph(title, "Caption")
            line.paragraph_format.keep_with_next = True
        grid = self.document.add_table(rows=1, cols=len(heads), style="Table Grid")
        grid.alignment = WD_TABLE_ALIGNMENT.LEFT
        grid.autofit = False
        _pale_lines(grid)
        _mark_header(grid.rows[0])
        for number, row in enumerate((heads, *rows)):
            cells = grid.rows[0].cells if number == 0 else grid.add_row().cells
            for cell, text, column in zip(cells, row, table.columns, strict=True):
                _fill(cell, text, right=column.kind == "number", head=number == 0)
        for row in grid.rows:  # a row stays whole
            row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))  # noqa: SLF001  as above
        for column, share in zip(grid.columns, shares(heads, rows), strict=True):
            column.width = Mm(WIDTH_MM * share)
            for cell in column.cells:
                cell.width = column.width
        self._paragraph(self.wording.text(table.note), small=True)

    def _gap(self) -> None:
        self.document.add_paragraph().paragraph_format.space_after = Pt(2)


def _fill(cell: Any, text: str, *, right: bool, head: bool) -> None:  # noqa: ANN401
    line = cell.paragraphs[0]
    run = line.add_run(text)
    run.font.size, run.bold = Pt(8.5), head
    line.paragraph_format.space_after = Pt(0)
    if right:
        line.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    if head:
        _shade(cell._tc.get_or_add_tcPr(), "EEF2F5")  # noqa: SLF001  as above


def _pale_lines(grid: Any) -> None:  # noqa: ANN401
    lines = OxmlElement("w:tblBorders")
    for side in ("top", "left", "bottom", "right", "insideH", "insideV"):
        line = OxmlElement(f"w:{side}")
        for name, value in (("val", "single"), ("sz", "4"), ("space", "0"), ("color", theme.RULE[1:])):
            line.set(qn(f"w:{name}"), value)
        lines.append(line)
    properties = grid._tbl.tblPr  # noqa: SLF001  as above
    properties.insert_element_before(lines, "w:shd", "w:tblLayout", "w:tblCellMar", "w:tblLook")


def _mark_header(row: Any) -> None:  # noqa: ANN401
    """Let Word repeat the row on every page and tell screen readers that it is the header."""
    mark = OxmlElement("w:tblHeader")
    mark.set(qn("w:val"), "true")
    row._tr.get_or_add_trPr().append(mark)  # noqa: SLF001  as above


def _shade_paragraph(paragraph: Any) -> None:  # noqa: ANN401
    _shade(paragraph._p.get_or_add_pPr(), "FFF6DC")  # noqa: SLF001  as above
    paragraph.paragraph_format.space_after = Pt(3)


def _shade(properties: Any, fill: str) -> None:  # noqa: ANN401
    shade = OxmlElement("w:shd")
    for name, value in (("val", "clear"), ("color", "auto"), ("fill", fill)):
        shade.set(qn(f"w:{name}"), value)
    properties.append(shade)
