"""Maps of classes on the land of one study, each with its name: drawn for the country or a part of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import geopandas as gpd
from matplotlib.figure import Figure

from maps.figures.class_area import class_area_figure
from maps.figures.class_map import ClassLayer, Overlay, class_figure
from maps.figures.cluster_atlas import ClusterAtlas
from maps.figures.sheet import A4, Caption, Format
from maps.figures.surface import Box


@dataclass(frozen=True, slots=True)
class ShownMap:
    """What one figure shows: colours, what lies over them, and the part of the country."""

    layer: ClassLayer
    over: Overlay
    extent: Box | None = None


@dataclass(frozen=True, slots=True)
class MapSet:
    """Maps by name, and the land below them: for the country, for a part of it, and for the small map."""

    land: gpd.GeoDataFrame
    detailed: gpd.GeoDataFrame
    small: gpd.GeoDataFrame
    maps: Mapping[str, ShownMap]

    @classmethod
    def on(cls, atlas: ClusterAtlas, maps: Mapping[str, ShownMap]) -> Self:
        """Put maps on the land of a scheme."""
        return cls(atlas.coarse, atlas.detailed, atlas.small, maps)


def shown_figure(maps: MapSet, name: str, caption: Caption, form: Format = A4) -> Figure:
    """Draw a map of a set.

    Parameters
    ----------
    maps
        The set.
    name
        Key of `MapSet.maps`.
    caption
        Title, credit and notes.
    form
        Size of the sheet.
    """
    shown = maps.maps[name]
    return class_figure(maps.land, shown.layer, caption, form, over=shown.over, extent=shown.extent)


def shown_area_figure(
    maps: MapSet, name: str, codes: tuple[str, ...], caption: Caption, form: Format = A4
) -> Figure:
    """Draw a map of a set for a region or cluster; `codes` are its municipalities."""
    shown = maps.maps[name]
    return class_area_figure(maps.detailed, maps.small, codes, shown.layer, caption, form, over=shown.over)
