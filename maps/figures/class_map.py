"""Static maps of classes: areas or points coloured by a number, with lines and facilities over them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from matplotlib.figure import Figure
from numpy.typing import NDArray

from maps import theme
from maps.figures.basemap import BaseMap
from maps.figures.cluster_atlas import points_of
from maps.figures.cluster_figures import DENMARK_ASPECT, border_entry, draw_borders, marker_entries
from maps.figures.legend import Entry, LineStyle
from maps.figures.names import Name
from maps.figures.panels import Floats, Shapes
from maps.figures.sheet import A4, Caption, Format, Sheet
from maps.figures.surface import Box
from pipeline.messages import Language, Message, msg, translator

MISSING: Final = -1
"""Class of a value that is missing."""


NO_FIGURE: Final = msg("No figure")


@dataclass(frozen=True, slots=True)
class Classes:
    """Classes of a number, each from its lower bound up to but not including its upper one.

    Parameters
    ----------
    bounds
        Rising bounds between the classes; one class more than bounds.
    unit
        What the numbers are, for the legend: ``min``, ``km`` …
    missing
        What a missing value means, for the legend.
    colours
        One for each class; the theme's sequential ramp when left out.
    names
        What each class is called, where its bounds do not tell.
    """

    bounds: tuple[float, ...]
    unit: str
    missing: Message = NO_FIGURE
    colours: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    @property
    def fills(self) -> tuple[str, ...]:
        """The colour of each class."""
        return self.colours or theme.ramp(len(self.bounds) + 1)

    def of(self, values: pd.Series) -> NDArray[np.intp]:
        """Give each value the number of its class, from 0; `MISSING` for a missing one."""
        numbers = pd.to_numeric(values).to_numpy(dtype=float, na_value=np.nan)
        found = np.searchsorted(np.array(self.bounds), numbers, side="right")
        return np.where(np.isnan(numbers), MISSING, found)

    def labels(self, lang: Language) -> list[str]:
        """Say what each class is called."""
        if self.names:
            return list(self.names)
        say = translator(lang)
        told = [say.number(bound, 0 if bound == int(bound) else 1) for bound in self.bounds]
        if not told:
            return [say(msg("All values"))]
        between = [f"{low}–{high} {self.unit}" for low, high in pairwise(told)]
        first = say(msg("under {bound} {unit}", bound=told[0], unit=self.unit))
        last = say(msg("{bound} {unit} or more", bound=told[-1], unit=self.unit))
        return [first, *between, last]


@dataclass(frozen=True, slots=True)
class LineLayer:
    """Lines over a map, for example isochrones or the borders of catchments (EPSG:25832)."""

    label: str
    shapes: Shapes
    colour: str = theme.INK
    width: float = 0.9
    style: LineStyle = "-"


@dataclass(frozen=True, slots=True)
class DotLayer:
    """Many equal points over a map, metres, shape (n, 2), EPSG:25832."""

    label: str
    points: Floats
    colour: str = theme.MUTED


@dataclass(frozen=True, slots=True)
class ClassLayer:
    """What a class map colours.

    Parameters
    ----------
    shapes
        Polygons or points, EPSG:25832.
    values
        A number for each; missing where there is none.
    classes
        How numbers become colours.
    dot_mm
        Diameter of a point on paper, mm.
    """

    shapes: Shapes
    values: pd.Series
    classes: Classes
    dot_mm: float = 0.55


@dataclass(frozen=True, slots=True)
class AreaLayer:
    """Areas over the colours, for example land that gains by something (EPSG:25832)."""

    label: str
    shapes: Shapes
    fill: str
    hatch: str | None = None


@dataclass(frozen=True, slots=True)
class Overlay:
    """What is drawn over the colours.

    Parameters
    ----------
    lines
        Each with its entry in the legend.
    facilities
        Points with ``marker`` (a key of `maps.theme.MARKERS`), EPSG:25832; where they have a ``label``, the
        name to write beside them, empty for none.
    owners
        Clusters of each municipality: their borders are drawn strong.
    names
        Names to write, each with the area (EPSG:25832) that it belongs to.
    dots
        Points of figures of a part of the country.
    areas
        Areas over the colours, below everything else.
    marker_names
        What the legend calls a marker, where that is not its usual name.
    """

    lines: Sequence[LineLayer] = ()
    facilities: gpd.GeoDataFrame | None = None
    owners: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    names: Sequence[tuple[str, shapely.Geometry]] = ()
    dots: Sequence[DotLayer] = ()
    areas: Sequence[AreaLayer] = ()
    marker_names: Mapping[str, Message] = field(default_factory=dict)


NOTHING: Final = Overlay()


def class_figure(
    land: gpd.GeoDataFrame,
    layer: ClassLayer,
    caption: Caption,
    form: Format = A4,
    *,
    over: Overlay = NOTHING,
    extent: Box | None = None,
) -> Figure:
    """Draw a map of classes.

    Parameters
    ----------
    land
        Municipality areas simplified for print (`maps.figures.cluster_atlas.ClusterAtlas.coarse`),
        EPSG:25832, index ``municipality_code``.
    layer
        What to colour. Missing values are hatched, so that they are not taken for a class.
    caption
        Title, credit and notes.
    form
        Size of the sheet.
    over
        What to draw over the colours.
    extent
        What to show, metres; the whole country when left out.
    """
    number = layer.classes.of(layer.values)
    legend = [
        *class_entries(layer, number, caption.lang),
        *overlay_entries(over, caption.lang),
        *([border_entry(caption.lang)] if over.owners else []),
    ]
    aspect = DENMARK_ASPECT if extent is None else (extent[3] - extent[1]) / (extent[2] - extent[0])
    sheet = Sheet(form, caption, legend, map_aspect=float(np.clip(aspect, 0.6, DENMARK_ASPECT)))
    base = BaseMap(sheet, land, extent=extent)
    ground = theme.RULE if _points(layer).any() else theme.LAND  # pale dots must not drown
    base.areas(np.array([shapely.coverage_union_all(land.geometry.to_numpy())]), [[ground]], zorder=0.5)
    draw_classes(base, layer, number)
    for area in over.areas:
        base.mosaic(area.shapes, area.fill, hatch=area.hatch, zorder=1.1)
    draw_borders(base, land, over.owners)
    for line in over.lines:
        base.lines(line.shapes, line.colour, line.width, style=line.style, zorder=2.6)
    base.scale_and_north()
    base.notes()
    strong = draw_facilities(base, over)
    base.names([*strong, *(Name(text, at, sheet.map_pt("label"), weight="bold") for text, at in over.names)])
    return sheet.figure


def draw_facilities(base: BaseMap, over: Overlay) -> list[Name]:
    """Draw the places of an overlay; gives their names, to be written with all others."""
    places, sheet = over.facilities, base.sheet
    if places is None:
        return []
    kinds = places["marker"].tolist()
    where = base.markers(points_of(places), kinds)
    labels = places["label"].tolist() if "label" in places else [""] * len(places)
    return [
        Name(
            label,
            shapely.Point(spot),
            sheet.map_pt("label"),
            weight="bold",
            gap=sheet.marker_half(kind) + 0.3,
            most=34.0 * sheet.form.map_scale,
        )
        for label, kind, spot in zip(labels, kinds, where, strict=True)
        if label and np.isfinite(spot).all()
    ]


def _points(layer: ClassLayer) -> NDArray[np.bool_]:
    return np.asarray(shapely.get_type_id(layer.shapes) == shapely.GeometryType.POINT)


def draw_classes(base: BaseMap, layer: ClassLayer, number: NDArray[np.intp]) -> None:
    """Colour a layer whose shapes have the class `number`."""
    points = _points(layer)
    for kind in (MISSING, *range(len(layer.classes.fills))):
        fill = theme.LAND if kind == MISSING else layer.classes.fills[kind]
        areas = layer.shapes[(number == kind) & ~points]
        hatch = theme.HATCH_MISSING.matplotlib if kind == MISSING else None
        if len(areas):
            base.mosaic(areas, fill, hatch=hatch)
        dots = layer.shapes[(number == kind) & points]
        if len(dots):
            base.dots(shapely.get_coordinates(dots), theme.MUTED if kind == MISSING else fill, layer.dot_mm)


def overlay_entries(over: Overlay, lang: Language) -> list[Entry]:
    """List what lies over the colours for a legend: areas, lines and markers."""
    return [
        *(Entry(area.label, fills=(area.fill,), hatch=area.hatch) for area in over.areas),
        *(Entry(line.label, line=(line.colour, line.width, line.style)) for line in over.lines),
        *(
            ()
            if over.facilities is None
            else marker_entries(over.facilities["marker"], lang, over.marker_names)
        ),
    ]


def class_entries(layer: ClassLayer, number: NDArray[np.intp], lang: Language) -> list[Entry]:
    """List the classes for a legend, and what a missing value means where there is one."""
    classes = layer.classes
    told = zip(classes.labels(lang), classes.fills, strict=True)
    entries = [Entry(label, fills=(fill,)) for label, fill in told]
    missing = translator(lang)(classes.missing)
    if ((number == MISSING) & ~_points(layer)).any():
        entries.append(Entry(missing, fills=(theme.LAND,), hatch=theme.HATCH_MISSING.matplotlib))
    elif (number == MISSING).any():
        entries.append(Entry(missing, fills=(theme.MUTED,)))
    return entries
