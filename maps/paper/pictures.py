"""Put figures into a paper's pictures."""

from collections.abc import Sequence
from dataclasses import replace

from matplotlib.figure import Figure

from maps.figures.figure_files import figure_bytes
from maps.figures.lettering import MM_PER_INCH
from maps.paper.model import Block, Paper, Picture


def with_pictures(paper: Paper, figures: Sequence[Figure]) -> Paper:
    """Fill a paper's pictures with figures, in their order.

    Raises
    ------
    ValueError
        There are more or fewer figures than pictures.
    """
    empty = [block for block in paper.blocks if isinstance(block, Picture)]
    filled = {id(block): _filled(block, figure) for block, figure in zip(empty, figures, strict=True)}
    blocks: list[Block] = [filled.get(id(block), block) for block in paper.blocks]
    return replace(paper, blocks=tuple(blocks))


def _filled(picture: Picture, figure: Figure) -> Picture:
    width, height = (float(side) * MM_PER_INCH for side in figure.get_size_inches())
    svg, pdf = (figure_bytes(figure, ending) for ending in ("svg", "pdf"))
    return replace(picture, width_mm=width, height_mm=height, svg=svg, pdf=pdf)
