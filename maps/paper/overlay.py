"""Lay figures over the pages of a PDF, each as it stands in its own file: lines and text stay sharp."""

import io
from collections.abc import Sequence
from dataclasses import dataclass

from pypdf import PageObject, PdfReader, PdfWriter
from pypdf.generic import (
    ArrayObject,
    DecodedStreamObject,
    DictionaryObject,
    FloatObject,
    IndirectObject,
    NameObject,
)


@dataclass(frozen=True, slots=True)
class Placed:
    """Where on which page a figure's PDF stands, points from the lower left corner.

    `alt` tells readers who do not see the figure what it shows.
    """

    page: int
    x: float
    y: float
    width: float
    height: float
    pdf: bytes
    alt: str


def with_figures(pages: bytes, placed: Sequence[Placed], lang: str) -> bytes:
    """Write figures over pages.

    Parameters
    ----------
    pages
        A PDF with room where the figures shall stand.
    placed
        The figures.
    lang
        Language of their texts.

    Returns
    -------
    bytes
        The pages with each figure as a form of its own; the same bytes for the same figures.
    """
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pages)))
    for number, figure in enumerate(placed):
        page, name = writer.pages[figure.page], f"/Figure{number}"
        resources = page["/Resources"].get_object()
        if not isinstance(resources, DictionaryObject):
            raise TypeError("a page without resources")
        if "/XObject" not in resources:
            resources[NameObject("/XObject")] = DictionaryObject()
        form, corner, size = _form(figure.pdf, writer)
        resources["/XObject"][NameObject(name)] = form  # type: ignore[index]  # a dictionary, as made above
        across, along = figure.width / size[0], figure.height / size[1]
        matrix = (across, 0.0, 0.0, along, figure.x - corner[0] * across, figure.y - corner[1] * along)
        told = f"\ufeff{figure.alt}".encode("utf-16-be").hex()
        call = (
            f"/Figure <</Lang ({lang}) /Alt <{told}>>> BDC\n"
            f"q {' '.join(f'{part:.5f}' for part in matrix)} cm {name} Do Q\nEMC\n"
        )
        _append(page, call.encode("ascii"), writer)
    writer.add_metadata({"/Producer": "Klyngekort"})
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _form(pdf: bytes, writer: PdfWriter) -> tuple[IndirectObject, tuple[float, float], tuple[float, float]]:
    """Copy a file's first page into a form; gives it with the page's lower left corner and size."""
    drawn = PdfReader(io.BytesIO(pdf)).pages[0]
    box, content = drawn.mediabox, drawn.get_contents()
    form = DecodedStreamObject()
    form.set_data(b"" if content is None else content.get_data())
    packed = form.flate_encode()
    packed[NameObject("/Type")] = NameObject("/XObject")
    packed[NameObject("/Subtype")] = NameObject("/Form")
    packed[NameObject("/BBox")] = ArrayObject([FloatObject(edge) for edge in box])
    resources = drawn["/Resources"].get_object()
    if resources is not None:
        packed[NameObject("/Resources")] = resources.clone(writer)
    return (
        writer._add_object(packed),  # noqa: SLF001  the door that its documentation shows
        (float(box.left), float(box.bottom)),
        (float(box.width), float(box.height)),
    )


def _append(page: PageObject, code: bytes, writer: PdfWriter) -> None:
    call = DecodedStreamObject()
    call.set_data(code)
    given = page.raw_get("/Contents")
    earlier = list(given) if isinstance(given, ArrayObject) else [given]
    page[NameObject("/Contents")] = ArrayObject([*earlier, writer._add_object(call)])  # noqa: SLF001  as above
