"""The static figure ``acute-access``: travel-time bands, catchments, clusters and acute hospitals."""

from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from matplotlib.figure import Figure

from maps import theme
from maps.figures.class_area import class_area_figure
from maps.figures.class_map import Classes, ClassLayer, LineLayer, Overlay, class_figure
from maps.figures.cluster_atlas import ClusterAtlas
from maps.figures.sheet import A4, Caption, Format
from maps.telling.access_words import access_notes, band_fill
from maps.words import short_date
from pipeline.access.areas import BANDS_MIN, FARTHER, NOT_REACHED
from pipeline.messages import Translator, msg
from pipeline.study_result import StudyResult

LINE_DETAIL_M = 150.0
"""Detail of isochrones dropped on paper, metres."""


@dataclass(frozen=True, slots=True)
class AccessAtlas:
    """What the figures are drawn from: land (country, detailed, small), bands, and what lies over them."""

    land: gpd.GeoDataFrame
    detailed: gpd.GeoDataFrame
    small: gpd.GeoDataFrame
    layer: ClassLayer
    over: Overlay


def prepare_access(result: StudyResult, atlas: ClusterAtlas, say: Translator) -> AccessAtlas:
    """Gather the bands, the borders between catchments and the hospitals of a study.

    Parameters
    ----------
    result
        What the study found.
    atlas
        The shown scheme, simplified for print.
    say
        Language of the legend.
    """
    zones = result.zones
    order = [*(str(limit) for limit in BANDS_MIN), FARTHER]
    middle = {band: float(place) for place, band in enumerate(order)}
    values = pd.Series([middle.get(band, np.nan) for band in zones["band"]])
    limits = tuple(float(limit) for limit in BANDS_MIN)
    minutes = values.map(dict(enumerate([limit - 1 for limit in limits] + [limits[-1] + 1])))
    classes = Classes(
        limits,
        say(msg("min")),
        msg("not reached by road or car ferry"),
        tuple(band_fill(band) for band in order),
    )
    hospitals = result.access.hospitals.assign(marker="acute")
    borders = LineLayer(say(msg("Between two hospitals' catchments")), _borders(zones), theme.INK, 0.8, "--")
    lines = np.array(
        [
            part
            for shape in result.isochrones.geometry
            for part in shapely.get_parts(shapely.simplify(shape, LINE_DETAIL_M))
        ],
        dtype=object,
    )
    isochrones = LineLayer(
        say(msg("30 and 60 min from the nearest acute hospital")), lines, theme.ACCENT, 1.0
    )
    return AccessAtlas(
        atlas.coarse,
        atlas.detailed,
        atlas.small,
        ClassLayer(np.asarray(zones.geometry), minutes, classes),
        Overlay(lines=(isochrones, borders), facilities=hospitals, owners=atlas.owners),
    )


def _borders(zones: gpd.GeoDataFrame) -> np.ndarray:
    """Lines where two catchments meet on land."""
    reached = zones[zones["band"] != NOT_REACHED]
    shapes = [
        shapely.union_all(rows.geometry.to_numpy(), grid_size=1.0)
        for _, rows in reached.groupby("facility_id", sort=True)
    ]
    edges = [shapely.boundary(shape) for shape in shapes]
    first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    meeting = [
        shapely.intersection(edges[one], edges[two])
        for one, two in sorted(zip(first.tolist(), second.tolist(), strict=True))
        if one < two
    ]
    lines = shapely.line_merge(shapely.union_all([*meeting, shapely.GeometryCollection()]))
    parts = [part for part in shapely.get_parts(lines) if part.geom_type == "LineString"]
    return np.array(parts, dtype=object)


def access_figure(atlas: AccessAtlas, caption: Caption, form: Format = A4) -> Figure:
    """Draw the figure.

    Parameters
    ----------
    atlas
        Result of `prepare_access`.
    caption
        Title, credit and notes.
    form
        Size of the sheet.
    """
    return class_figure(atlas.land, atlas.layer, caption, form, over=atlas.over)


def access_area_figure(
    atlas: AccessAtlas, codes: tuple[str, ...], caption: Caption, form: Format = A4
) -> Figure:
    """Draw the figure of a region or a cluster.

    Parameters
    ----------
    atlas
        Result of `prepare_access`.
    codes
        Its municipalities.
    caption, form
        Title, credit and notes; size of the sheet.
    """
    whole = shapely.coverage_union_all(atlas.detailed.loc[list(codes)].geometry.to_numpy())
    inside = [replace(line, shapes=_cut(line.shapes, whole)) for line in atlas.over.lines]
    hospitals = atlas.over.facilities
    named = None if hospitals is None else hospitals.assign(label=hospitals["name"].astype(str))
    over = replace(atlas.over, lines=inside, facilities=named)
    return class_area_figure(atlas.detailed, atlas.small, codes, atlas.layer, caption, form, over=over)


def _cut(lines: np.ndarray, whole: shapely.Geometry) -> np.ndarray:
    """Keep what of lines lies in an area."""
    parts = shapely.get_parts(shapely.intersection(lines, whole))
    return np.array([part for part in parts if part.geom_type == "LineString"], dtype=object)


def access_caption(result: StudyResult, caption: Caption, say: Translator) -> Caption:
    """Title the figure, and add what its times rest on to the notes in `caption`."""
    return Caption(
        say(msg("Travel time to the acute hospitals")),
        say(
            msg(
                "By car in free flow, to the nearest acute hospital on {day}",
                day=short_date(result.settings.study.as_of, say.lang),
            )
        ),
        caption.credit,
        (*caption.notes, *(say(note) for note in access_notes(result))),
        say.lang,
    )
