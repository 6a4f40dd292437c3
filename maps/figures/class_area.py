"""Static maps of classes for a part of the country: what lies around it is grey, a small map shows where."""

from collections.abc import Sequence
from dataclasses import replace

import geopandas as gpd
import numpy as np
import shapely
from matplotlib.figure import Figure

from maps import theme
from maps.figures.basemap import BaseMap, on_bornholm
from maps.figures.class_map import (
    NOTHING,
    ClassLayer,
    Overlay,
    class_entries,
    draw_classes,
    draw_facilities,
    overlay_entries,
)
from maps.figures.cluster_atlas import points_of
from maps.figures.cluster_figures import (
    NEIGHBOUR,
    area_aspect,
    area_extent,
    draw_borders,
    draw_locator,
    municipality_names,
)
from maps.figures.legend import Entry
from maps.figures.linework import clipped
from maps.figures.names import Name
from maps.figures.sheet import A4, Caption, Format, Sheet
from pipeline.messages import msg, translator

DOT_MM = 1.1
_PALE = "#a3abb1"  # of dots outside the area


def class_area_figure(
    land: gpd.GeoDataFrame,
    small: gpd.GeoDataFrame,
    codes: Sequence[str],
    layer: ClassLayer,
    caption: Caption,
    form: Format = A4,
    *,
    over: Overlay = NOTHING,
) -> Figure:
    """Draw a map of classes of some municipalities, with their borders and names.

    Parameters
    ----------
    land, small
        Municipality areas of the whole country for print and for the small map, EPSG:25832, index
        ``municipality_code`` (`maps.figures.cluster_atlas.ClusterAtlas`).
    codes
        The municipalities.
    layer
        What to colour; it is cut off at their border.
    caption, form
        Of the sheet.
    over
        What to draw over the colours; areas are cut off too, places outside are pale and have no name.

    Raises
    ------
    KeyError
        A municipality that does not exist.
    """
    say = translator(caption.lang)
    own = land.loc[list(codes)]
    whole = shapely.coverage_union_all(own.geometry.to_numpy())
    inner = ClassLayer(
        shapely.intersection(shapely.clip_by_rect(layer.shapes, *whole.bounds), whole),
        layer.values,
        layer.classes,
        layer.dot_mm,
    )
    kept = ~shapely.is_empty(inner.shapes)
    inner = ClassLayer(
        inner.shapes[kept],
        layer.values[kept].reset_index(drop=True),
        layer.classes,
        layer.dot_mm,
    )
    number = inner.classes.of(inner.values)
    around = over.facilities
    if around is not None:
        around = around[shapely.disjoint(whole, around.geometry.to_numpy())]
    over = _seen(over, whole)
    legend = [
        *class_entries(inner, number, caption.lang),
        *overlay_entries(over, caption.lang),
        *(Entry(dots.label, marker="practice") for dots in over.dots),
        Entry(say(msg("Outside the area")), fills=(NEIGHBOUR,)),
    ]
    sheet = Sheet(form, caption, legend, map_aspect=area_aspect(own, form))
    far = on_bornholm(own.geometry.to_numpy())
    base = BaseMap(sheet, land, extent=area_extent(own), bornholm=bool(far.any() and not far.all()))
    base.keep_free(own.geometry.to_numpy())
    seen = clipped(land, base.drawn())
    base.areas(np.array([shapely.coverage_union_all(seen.geometry.to_numpy())]), [[NEIGHBOUR]], zorder=0.4)
    base.areas(np.array([whole]), [[theme.LAND]], zorder=0.5)
    draw_classes(base, inner, number)
    for area in over.areas:
        base.mosaic(area.shapes, area.fill, hatch=area.hatch, zorder=1.1)
    draw_borders(base, seen, dict.fromkeys(codes, ("own",)))
    for line in over.lines:
        base.lines(line.shapes, line.colour, line.width, style=line.style, zorder=2.6)
    for dots in over.dots:
        here = shapely.contains_xy(whole, dots.points)
        base.dots(dots.points[~here], _PALE, DOT_MM * 0.8, zorder=2.6)
        base.dots(dots.points[here], theme.PAPER, DOT_MM * 1.5, zorder=2.7)
        base.dots(dots.points[here], dots.colour, DOT_MM, zorder=2.8)
    base.scale_and_north()
    base.notes()
    draw_locator(base, small, list(codes))
    if around is not None:
        base.markers(points_of(around), around["marker"].tolist(), scale=0.75, faint=True)
    strong = draw_facilities(base, over)
    strong += [Name(text, place, sheet.map_pt("label"), weight="bold") for text, place in over.names]
    base.names([*strong, *municipality_names(sheet, own)])
    return sheet.figure


def _seen(over: Overlay, whole: shapely.Geometry) -> Overlay:
    """Keep what of an overlay lies in an area, so that the legend tells of nothing else."""
    areas = [
        replace(area, shapes=shapely.intersection(shapely.clip_by_rect(area.shapes, *whole.bounds), whole))
        for area in over.areas
    ]
    places = over.facilities
    if places is not None:
        places = places[shapely.intersects(whole, places.geometry.to_numpy())]
    return replace(
        over,
        areas=[area for area in areas if not shapely.is_empty(area.shapes).all()],
        lines=[line for line in over.lines if shapely.intersects(whole, line.shapes).any()],
        facilities=places if places is not None and len(places) else None,
        names=[(text, place) for text, place in over.names if shapely.intersects(place, whole)],
    )
