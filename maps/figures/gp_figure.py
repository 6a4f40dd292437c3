"""The static figures ``gp-coverage``: minutes to the nearest GP practice, and gaps over them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from matplotlib.figure import Figure

from maps import theme
from maps.figures.class_area import class_area_figure
from maps.figures.class_map import Classes, ClassLayer, DotLayer, LineLayer, Overlay, class_figure
from maps.figures.cluster_atlas import ClusterAtlas
from maps.figures.panels import Floats
from maps.figures.sheet import A4, Caption, Format
from maps.telling.gp_words import class_fill
from pipeline.coverage import points_xy
from pipeline.coverage.study import CoverageResult
from pipeline.coverage.zones import BOUNDS
from pipeline.messages import Translator, msg

VIEW: Final = "time"
NAMED: Final = 8
"""Gaps with most people that are named on the figure."""

NAMED_IN_AREA: Final = 6
"""The same on a figure of a region or cluster."""

OUTLINE_DETAIL_M: Final = 400.0
"""Detail of a gap's outline dropped for print, metres."""


@dataclass(frozen=True, slots=True)
class CoverageAtlas:
    """What the figures are drawn from.

    Parameters
    ----------
    land, detailed, small
        Municipality areas for the country, for a part of it, and for the small map.
    layer
        Minutes by class.
    gaps
        Gaps in access, those with most people first: ``name``, ``municipality_code`` and outline, simplified
        for print.
    dots
        The practices that serve.
    line
        What the legend calls a gap.
    """

    land: gpd.GeoDataFrame
    detailed: gpd.GeoDataFrame
    small: gpd.GeoDataFrame
    layer: ClassLayer
    gaps: gpd.GeoDataFrame
    dots: DotLayer
    line: str

    def over(self, codes: Sequence[str] | None = None) -> Overlay:
        """Give what lies over the minutes, in the whole country or in some municipalities."""
        gaps = self.gaps if codes is None else self.gaps[self.gaps["municipality_code"].isin(codes)]
        parts = shapely.get_parts(shapely.boundary(gaps.geometry.to_numpy()))
        lines = np.asarray([part for part in parts if not part.is_empty], dtype=object)
        named = gaps.head(NAMED if codes is None else NAMED_IN_AREA)
        return Overlay(
            lines=(LineLayer(self.line, lines, theme.INK, 1.0),) if len(lines) else (),
            names=tuple(zip(named["name"].astype(str), named.geometry, strict=True)),
            dots=() if codes is None else (self.dots,),
        )


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
    gaps = gaps.sort_values(["people", "gap_id"], ascending=[False, True])
    outlined = gaps[["name", "municipality_code", "geometry"]].assign(
        geometry=shapely.simplify(gaps.geometry.to_numpy(), OUTLINE_DETAIL_M)
    )
    return CoverageAtlas(
        atlas.coarse,
        atlas.detailed,
        atlas.small,
        ClassLayer(np.asarray(joined.geometry), minutes, classes),
        outlined,
        DotLayer(say(msg("GP practice")), _serving_points(found), theme.INK),
        say(msg("Gap in the coverage by GPs")),
    )


def _serving_points(found: CoverageResult) -> Floats:
    xy = points_xy(found.practices.geometry)
    return np.asarray(xy[found.serving & np.isfinite(xy).all(axis=1)])


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
    return class_figure(atlas.land, atlas.layer, caption, form, over=atlas.over())


def coverage_area_figure(
    atlas: CoverageAtlas, codes: tuple[str, ...], caption: Caption, form: Format = A4
) -> Figure:
    """Draw the figure of a region or a cluster, with its practices.

    Parameters
    ----------
    atlas
        Result of `prepare_coverage`.
    codes
        Its municipalities.
    caption, form
        Title, credit and notes; size of the sheet.
    """
    over = atlas.over(codes)
    return class_area_figure(atlas.detailed, atlas.small, codes, atlas.layer, caption, form, over=over)
