"""The static figure ``gp-coverage``: minutes to the nearest GP practice, and gaps over them."""

from dataclasses import dataclass, replace
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from matplotlib.figure import Figure

from maps import theme
from maps.class_map import Classes, ClassLayer, LineLayer, Overlay, class_figure
from maps.cluster_atlas import ClusterAtlas
from maps.gp_words import class_fill
from maps.sheet import A4, Caption, Format
from pipeline.coverage.study import CoverageResult
from pipeline.coverage.zones import BOUNDS
from pipeline.messages import Translator, msg

VIEW: Final = "time"
NAMED: Final = 8
"""Gaps with most people that are named on the figure."""

OUTLINE_DETAIL_M: Final = 400.0
"""Detail of a gap's outline dropped for print, metres."""


@dataclass(frozen=True, slots=True)
class CoverageAtlas:
    """What the figure is drawn from: land, minutes as a class layer, and what lies over them."""

    land: gpd.GeoDataFrame
    layer: ClassLayer
    over: Overlay


def prepare_coverage(
    found: CoverageResult, zones: gpd.GeoDataFrame, atlas: ClusterAtlas, say: Translator
) -> CoverageAtlas | None:
    """Gather the zones by minutes and the outlines of gaps in access.

    Parameters
    ----------
    found, zones
        The study's ``coverage`` and ``coverage_zones``.
    atlas
        The shown scheme, simplified for print.
    say
        Language of the legend.

    Returns
    -------
    CoverageAtlas or None
        None where the rule on time is switched off.
    """
    if VIEW not in zones:
        return None
    bounds = BOUNDS[VIEW]
    middles = {number: bound - 1.0 for number, bound in enumerate(bounds)} | {len(bounds): bounds[-1] + 1.0}
    joined = zones.dissolve(VIEW, as_index=False, method="coverage")
    minutes = pd.Series([middles.get(int(number), np.nan) for number in joined[VIEW]])
    classes = Classes(
        tuple(float(bound) for bound in bounds),
        say(msg("min")),
        msg("not reached, or cannot be told"),
        tuple(class_fill(VIEW, number) for number in range(len(bounds) + 1)),
    )
    gaps = found.gaps["access"].table
    outlines = shapely.boundary(shapely.simplify(gaps.geometry.to_numpy(), OUTLINE_DETAIL_M))
    lines = np.asarray([part for part in shapely.get_parts(outlines) if not part.is_empty], dtype=object)
    named = gaps.sort_values(["people", "gap_id"], ascending=[False, True]).head(NAMED)
    return CoverageAtlas(
        atlas.coarse,
        ClassLayer(np.asarray(joined.geometry), minutes, classes),
        Overlay(
            lines=(LineLayer(say(msg("Gap in the coverage by GPs")), lines, theme.INK, 1.0),),
            names=tuple(zip(named["name"].astype(str), named.geometry, strict=True)),
        ),
    )


def coverage_figure(atlas: CoverageAtlas, caption: Caption, form: Format = A4) -> Figure:
    """Draw the figure.

    Parameters
    ----------
    atlas
        Result of `prepare_coverage`.
    caption
        Title, credit and notes.
    form
        Size of the sheet.
    """
    return class_figure(atlas.land, atlas.layer, caption, form, over=atlas.over)


def coverage_caption(found: CoverageResult, caption: Caption, say: Translator) -> Caption:
    """Title the figure, and add to the notes in `caption` what its figures rest on."""
    gaps = found.gaps["access"].table
    title = say(msg("Where people lack a GP"))
    subtitle = say(
        msg(
            "Minutes by car to the nearest practice; {count:n} gaps with {people:n} people: too far, too "
            "little choice, closed, or only by ferry",
            count=len(gaps),
            people=float(gaps["people"].sum()),
        )
    )
    notes = [*caption.notes]
    if found.precision == "modelled":
        notes.append(say(msg("Where people live and practices stand, and the number of GPs, is modelled.")))
    return replace(caption, title=title, subtitle=subtitle, notes=tuple(notes))
