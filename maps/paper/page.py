"""Write a paper as one self-contained, accessible HTML page that also prints well."""

from typing import Any

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
from maps.paper.wording import Wording
from maps.web.frame import Frame, frame_html, templates
from maps.web.parts import Link, Text
from maps.web.selfcontained import asset, data_uri


def paper_html(paper: Paper, *, links: tuple[Link, ...] = (), here: str = "", also: Text = "") -> str:
    """Write a paper as HTML.

    Parameters
    ----------
    paper
        What to write.
    links
        The other pages, for the navigation, as seen from this page's folder.
    here
        This page's own address among them.
    also
        Last line of the page beside the paper's own footer.

    Returns
    -------
    str
        One file without any script; pictures stand in the page.
    """
    wording = Wording.of(paper.lang)
    blocks, heading = [], wording.text(paper.title)
    for block in paper.blocks:
        heading = wording.text(block.text) if isinstance(block, Heading) else heading
        blocks.append({"label": heading} | _block(block, wording))
    body = templates().get_template("paper.html.jinja").render(blocks=blocks)
    frame = Frame(
        lang=paper.lang,
        study=wording.text(paper.study),
        title=wording.text(paper.title),
        subtitle=wording.text(paper.subtitle),
        links=links,
        here=here,
        footer=" ".join(wording.texts((paper.footer, also))),
    )
    return frame_html(frame, body, style=asset("paper.css"))


def _block(block: Block, wording: Wording) -> dict[str, Any]:  # noqa: PLR0911  one line a kind
    match block:
        case Heading():
            return {"kind": "heading", "level": block.level, "text": wording.text(block.text)}
        case Paragraph():
            return {"kind": "paragraph", "text": wording.text(block.text), "small": block.small}
        case KeyFigures():
            return {"kind": "figures", "figures": [wording.figure(field) for field in block.fields]}
        case Picture():
            return _picture(block, wording)
        case Table():
            return {
                "kind": "table",
                "title": wording.text(block.title),
                **({"label": wording.text(block.title)} if block.title else {}),
                "note": wording.text(block.note),
                "columns": [
                    (text, column.kind)
                    for text, column in zip(wording.heads(block), block.columns, strict=True)
                ],
                "rows": wording.rows(block),
            }
        case Bullets():
            return {"kind": "list", "lines": wording.texts(block.items)}
        case Notes():
            return {"kind": "notes", "lines": wording.texts(block.items)}
        case Credits():
            return {
                "kind": "credits",
                "credits": [
                    (wording.text(credit.text), wording.text(credit.licence), credit.address)
                    for credit in block.items
                ],
            }
        case _:
            return {"kind": "break"}


def _picture(picture: Picture, wording: Wording) -> dict[str, Any]:
    content, kind = (picture.svg, "image/svg+xml") if picture.svg else (picture.png, "image/png")
    if not content:
        raise ValueError("a picture for HTML needs SVG or PNG")
    return {
        "kind": "picture",
        "image": data_uri(content, kind),
        "alt": wording.text(picture.alt),
        "caption": wording.text(picture.caption),
        "width": round(picture.width_mm * 96 / 25.4),
        "height": round(picture.height_mm * 96 / 25.4),
    }
