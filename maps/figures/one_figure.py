"""Draw one figure at a size of one's own, computing only what it needs."""

import re
from collections.abc import Callable, Iterable
from typing import Final, Literal

import numpy as np

from maps.figures.figure_files import figure_bytes
from maps.figures.figure_pool import Order
from maps.figures.figure_set import cluster_atlas, cluster_orders, national_figures
from maps.figures.lettering import MM_PER_INCH
from maps.figures.sheet import A4, Format
from pipeline.clusters.comparison import find_scheme
from pipeline.errors import Fault, SettingsError
from pipeline.messages import msg
from pipeline.settings import Settings
from pipeline.study import run_study
from pipeline.study_clusters import cluster_study
from pipeline.study_inputs import read_inputs
from pipeline.study_result import ClusterStudy
from pipeline.workers import SERIAL, Workers

Kind = Literal["clusters", "houses", "acute-access", "gp-coverage"]

NARROWEST, WIDEST = 60.0, 420.0
"""Widths that a figure can be read at, millimetres: a column of text, and A3 on its side."""

_WIDTH: Final = re.compile(r"(\d+(?:[.,]\d+)?)\s*(mm|cm|in)?", re.IGNORECASE)
_MM: Final = {"mm": 1.0, "cm": 10.0, "in": MM_PER_INCH}


def width_mm(text: str) -> float:
    """Read a width such as ``160mm``, ``16 cm`` or ``6.3in``; a bare number is millimetres.

    Raises
    ------
    SettingsError
        Not a width, or one at which the figure could not be read.
    """
    found = _WIDTH.fullmatch(text.strip())
    width = float(found[1].replace(",", ".")) * _MM[(found[2] or "mm").lower()] if found else 0.0
    if not NARROWEST <= width <= WIDEST:
        raise SettingsError(
            Fault(
                "--width",
                "",
                text,
                msg("{low:n} to {high:n} mm, for example 160mm", low=NARROWEST, high=WIDEST),
                msg("write a number with mm, cm or in"),
            )
        )
    return width


def form_of(width: float) -> Format:
    """Give the form of a figure of a width, mm; type shrinks and grows less than the figure does."""
    part = float(np.sqrt(width / A4.width))
    return Format(
        "own", width, None, part * A4.type_scale, part * A4.map_scale, part * A4.marker_mm, A4.tallest
    )


def one_figure(
    settings: Settings,
    kind: Kind,
    *,
    ending: str,
    width: float = A4.width,
    cluster: str | None = None,
    scheme: str | None = None,
    workers: Workers = SERIAL,
    progress: Callable[[str], None] = lambda _: None,
) -> tuple[str, bytes]:
    """Draw one figure of a study.

    Parameters
    ----------
    settings
        The study.
    kind
        What to draw.
    ending
        ``png``, ``svg`` or ``pdf``.
    width
        Millimetres.
    cluster
        One cluster instead of the country, by id or name; only for ``clusters``.
    scheme
        Cluster scheme by id or year; the one in force on the study's day when left out.
    workers
        Who helps with what the figure shows.
    progress
        Called with the name of each step as it begins.

    Returns
    -------
    tuple
        The figure's name and its file.

    Raises
    ------
    SettingsError
        The cluster or scheme is not known, or the study has no such figure.
    """
    progress("inputs")
    inputs = read_inputs(settings)
    if kind in {"clusters", "houses"}:
        study = cluster_study(settings, inputs, progress=progress)
        chosen = study.shown_scheme if scheme is None else find_scheme(study.schemes, scheme)
        name = kind if cluster is None else f"cluster-{_cluster_id(study, chosen, cluster)}"
        source, order = _named(name, [(cluster_atlas(study, chosen), list(cluster_orders(study, chosen)))])
    else:
        gaps = kind == "gp-coverage"
        result = run_study(settings, inputs, gaps=gaps, sites=False, workers=workers, progress=progress)
        progress("figures")
        drawn = national_figures(result, cluster_atlas(result, result.shown_scheme))
        source, order = _named(kind, drawn)
    figure = order.draw(source, *order.args, order.caption, form_of(width))
    told = order.caption
    return order.name, figure_bytes(figure, ending, title=told.title, source=told.credit)


def _named(name: str, drawn: Iterable[tuple[object, list[Order]]]) -> tuple[object, Order]:
    for source, orders in drawn:
        for order in orders:
            if order.name == name:
                return source, order
    raise SettingsError(
        Fault(
            "figure",
            name,
            msg("nothing to draw"),
            msg("a study that finds what the figure shows"),
            msg("switch the rules of coverage on in the settings"),
        )
    )


def _cluster_id(study: ClusterStudy, scheme: str, wanted: str) -> str:
    """Find a cluster by id or name, whatever the case."""
    rows = study.clusters[study.clusters["scheme"] == scheme]
    word = wanted.strip().casefold()
    hits = [
        str(key)
        for key, *names in rows[["cluster_id", "cluster_id", "name", "full_name"]].itertuples(index=False)
        if word in (str(name).casefold() for name in names)
    ]
    if len(hits) == 1:
        return hits[0]
    known = ", ".join(f"{key} ({name})" for key, name in zip(rows["cluster_id"], rows["name"], strict=True))
    raise SettingsError(
        Fault(
            "--cluster",
            "",
            wanted,
            msg("one of: {words}", words=known),
            msg("write a cluster's id or name"),
        )
    )
