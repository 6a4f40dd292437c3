"""Papers of one model: HTML, PDF and Word say the same, hold what they are given, and come out alike again."""

import io
import re
from dataclasses import replace

import pytest
from docx import Document
from docx.oxml.ns import qn
from matplotlib.figure import Figure
from pypdf import PdfReader

from maps.paper.document import paper_pdf
from maps.paper.model import (
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
from maps.paper.page import paper_html
from maps.paper.word import paper_docx
from maps.paper.wording import shares
from maps.web.parts import Column, Credit, Field

EVIL = "<img src=x onerror=alert(1)> & <b>Ærø</b> \x00\x0b"
SAID = "<img src=x onerror=alert(1)> & <b>Ærø</b>"


def _figure(ending: str) -> bytes:
    figure = Figure(figsize=(3, 2))
    figure.text(0.2, 0.5, "kort", fontfamily="DejaVu Sans")
    out = io.BytesIO()
    dates = {"svg": {"Date": None}, "pdf": {"CreationDate": None}, "png": {}}
    figure.savefig(out, format=ending, metadata=dates[ending])
    return out.getvalue()


PICTURE = Picture(
    f"Alt {EVIL}", 76.2, 50.8, _figure("svg"), _figure("pdf"), _figure("png"), caption=f"Caption {EVIL}"
)
ROWS = tuple((f"Række {number} {EVIL}", 1234.5 * number, None, "") for number in range(1, 80))
TABLE = Table(
    f"Tabel {EVIL}",
    (Column("Navn"), Column("Tal", "number", 1), Column("Kendt"), Column("Tom")),
    ROWS,
    "Note",
)
PAPER = Paper(
    "da",
    f"Titel {EVIL}",
    "Studie",
    (
        KeyFigures((Field(EVIL, 5840045), Field("Areal", 12.5, "km²", 1, mark=EVIL, caution=True))),
        Notes((f"Vist omtrentligt {EVIL}",)),
        Heading(f"Kapitel {EVIL}"),
        Heading("Afsnit", 3),
        Paragraph(f"Brødtekst {EVIL}"),
        PICTURE,
        PageBreak(),
        TABLE,
        Bullets((f"Punkt {EVIL}",)),
        Credits((Credit(f"Kilde {EVIL}", "MIT", "https://example.org/?a=1&b=2"),)),
    ),
    subtitle=EVIL,
    footer="Data pr. 31.12.2018",
)


def _pdf_text(content: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages).split())


def _docx_text(content: bytes) -> str:
    document = Document(io.BytesIO(content))
    return "\n".join(node.text or "" for node in document.element.body.iter(qn("w:t")))


@pytest.mark.parametrize("write", [paper_html, paper_pdf, paper_docx])
def test_the_same_paper_gives_the_same_bytes(write) -> None:
    assert write(PAPER) == write(PAPER)


def test_html_shows_text_of_data_as_text() -> None:
    page = paper_html(PAPER)
    assert "<img src=x" not in page
    assert page.count("&lt;img src=x") >= 9
    assert '<html lang="da">' in page
    assert "<script" not in page


def test_html_names_rows_columns_and_pictures() -> None:
    page = paper_html(PAPER)
    assert page.count('<th scope="row">') == len(ROWS)
    assert page.count('<th scope="col"') == len(TABLE.columns)
    assert re.search(r'<img src="data:image/svg\+xml;base64,[^"]+" alt="Alt &lt;img', page)
    assert "97.525,5" in page


def test_numbers_and_missing_values_are_written_the_way_the_language_does() -> None:
    table = Table("", (Column("", "number", 1), Column(""), Column("")), ((1234.5, None, ""),))
    danish, english = (paper_html(replace(PAPER, lang=lang, blocks=(table,))) for lang in ("da", "en"))
    assert all(word in danish for word in ("1.234,5", "ikke oplyst", "–"))
    assert all(word in english for word in ("1,234.5", "not stated", "–"))


def test_pdf_holds_real_text_in_embedded_type() -> None:
    content = paper_pdf(PAPER)
    told = _pdf_text(content)
    for word in (SAID, "5.840.045", "Kapitel", "Række 79", "97.525,5", "ikke oplyst", "Side 2", "kort"):
        assert word in told
    reader = PdfReader(io.BytesIO(content))
    assert reader.metadata is not None
    assert reader.metadata.title == f"Titel {SAID}"
    assert reader.trailer["/Root"]["/Lang"] == "da"
    for page in reader.pages:
        for font in page["/Resources"]["/Font"].values():
            inner = font.get_object()
            assert "/FontFile2" in inner["/FontDescriptor"], inner["/BaseFont"]


def test_pdf_tells_what_a_picture_shows() -> None:
    page = PdfReader(io.BytesIO(paper_pdf(PAPER))).pages[0]
    code = page.get_contents().get_data()
    assert f"\ufeffAlt {SAID}".encode("utf-16-be").hex().encode() in code
    assert "/Figure0" in page["/Resources"]["/XObject"]


def test_a_long_table_repeats_its_header_on_each_page() -> None:
    pages = PdfReader(io.BytesIO(paper_pdf(replace(PAPER, blocks=(TABLE,))))).pages
    assert len(pages) > 1
    told = [page.extract_text() for page in pages]
    assert all("Kendt" in text for text in told if "Række" in text)
    assert sum("Række" in text for text in told) > 1


def test_parts_that_must_stand_on_a_page_are_set_smaller() -> None:
    lines = Bullets(tuple("ord " * 30 for _ in range(36)))
    paper = replace(PAPER, blocks=(lines, PageBreak(), lines))
    assert len(PdfReader(io.BytesIO(paper_pdf(paper))).pages) > 2
    assert len(PdfReader(io.BytesIO(paper_pdf(paper, fit=True))).pages) == 2


def test_word_has_real_headings_tables_and_texts_for_pictures() -> None:
    content = paper_docx(PAPER)
    document = Document(io.BytesIO(content))
    styles = [
        line.style.name for line in document.paragraphs if line.text.startswith(("Titel", "Kap", "Afs"))
    ]
    assert styles == ["Title", "Heading 1", "Heading 2"]
    table = document.tables[-1]
    assert table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
    assert len(table.rows) == len(ROWS) + 1
    assert document.inline_shapes[0]._inline.docPr.get("descr") == f"Alt {SAID}"
    assert document.core_properties.language == "da-DK"
    assert SAID in _docx_text(content)


def test_every_format_says_the_same() -> None:
    page, pdf, word = paper_html(PAPER), _pdf_text(paper_pdf(PAPER)), _docx_text(paper_docx(PAPER))
    for text in ("Vist omtrentligt", "Brødtekst", "Afsnit", "Note", "Punkt", "Data pr. 31.12.2018"):
        assert text in page
        assert text in pdf
        assert text in word or text.startswith("Data")  # Word's foot stands outside the body


def test_a_row_that_does_not_fit_its_columns_is_refused() -> None:
    table = Table("", (Column("a"), Column("b")), (("only one",),))
    with pytest.raises(ValueError, match="zip"):
        paper_html(replace(PAPER, blocks=(table,)))


def test_a_picture_without_a_form_that_fits_is_refused() -> None:
    bare = replace(PAPER, blocks=(Picture("x", 10, 10),))
    for write in (paper_html, paper_pdf, paper_docx):
        with pytest.raises(ValueError, match="picture"):
            write(bare)


def test_width_is_shared_out_by_what_stands_in_the_columns() -> None:
    parts = shares(["a", "b"], [["ord " * 3, "ord " * 9]])
    assert parts[0] < parts[1]
    assert sum(parts) == pytest.approx(1.0)
    assert sum(shares(["", "x"], [])) == pytest.approx(1.0)


def test_a_long_word_gets_room_for_itself() -> None:
    narrow, wide = shares(["Besøgsminutter", "b"], [["1", "meget tekst " * 20]])
    assert narrow * 118 >= len("Besøgsminutter")
    assert wide > narrow
