"""Static figures: sheets measured in millimetres, lettering, labels and maps for print."""

from typing import Final

DRAWING: Final = (
    "maps.figures.cluster_figures",
    "matplotlib.backends.backend_pdf",
    "matplotlib.backends.backend_svg",
)
"""Modules that every process which draws will need: loaded while others still compute."""
