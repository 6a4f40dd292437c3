"""Static figures of the clusters: the whole country, and each cluster by itself."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import geopandas as gpd
import numpy as np
import shapely
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch

from maps import theme
from maps.figures.basemap import BaseMap, on_bornholm
from maps.figures.cluster_atlas import STATE_ISLAND, ClusterAtlas, joined, points_of
from maps.figures.legend import Entry
from maps.figures.linework import Edges, area_path, clipped
from maps.figures.names import Name
from maps.figures.panels import Floats, Shapes, grown, total_bounds
from maps.figures.sheet import A4, INSET, Caption, Format, Sheet
from maps.figures.surface import Box, Surface
from pipeline.messages import Language, Message, msg, translator

MARKER_LABELS: Final[Mapping[str, Message]] = {
    "site": msg("New place"),
    "acute": msg("Acute hospital"),
    "non_acute": msg("Other hospital"),
    "planned": msg("Planned hospital"),
    "closed": msg("Closed hospital"),
    "health_house": msg("Health house"),
    "health_house_planned": msg("Planned health house"),
    "health_house_closed": msg("Closed health house"),
    "place_stated": msg("Place of today, stated in a source"),
    "place_assumed": msg("Place of today, assumed"),
    "practice": msg("Other place"),
}

DENMARK_ASPECT: Final = 1.09
"""Height of a map of Denmark as part of its width, with room for the insets in the east."""

NEIGHBOUR: Final = "#e4e5e3"
"""Land around what a figure is about."""

_SILHOUETTE: Final = "#d2d6d6"
_THIN_PT: Final = 0.35
_CLUSTER_PT: Final = 1.1
_OWN_PT: Final = 1.5
_NAME_PART: Final = 0.3  # a cluster is named on the part it shares with no other, if that is not too small
_LOCATOR_MM: Final = 27.0
_GAP_PT: Final = 1.0
_SEEN_MM2: Final = 250.0  # of a neighbouring cluster, to be worth a name


def clusters_figure(atlas: ClusterAtlas, caption: Caption, form: Format = A4) -> Figure:
    """Draw all clusters of the scheme on one map of Denmark.

    Parameters
    ----------
    atlas
        Result of `maps.figures.cluster_atlas.prepare_clusters`.
    caption
        Title, credit and notes.
    form
        Size of the sheet.

    Returns
    -------
    matplotlib.figure.Figure
        Clusters in fills that differ from their neighbours', shared municipalities striped in the colours of
        all their clusters, names, hospitals and health houses; insets for Bornholm and the capital area.
    """
    legend = [*_area_entries(atlas, caption.lang), *marker_entries(atlas.facilities["marker"], caption.lang)]
    sheet = Sheet(form, caption, legend, map_aspect=DENMARK_ASPECT)
    base = BaseMap(sheet, atlas.coarse)
    for ids in sorted(set(atlas.owners.values())):
        shape = joined(atlas.coarse, [code for code, owners in atlas.owners.items() if owners == ids])
        fills = [atlas.clusters[key].fill for key in ids] or [theme.LAND]
        base.areas(np.array([shape]), [fills], hatch=None if ids else theme.HATCH_MISSING.matplotlib)
    draw_borders(base, atlas.coarse, atlas.owners)
    base.scale_and_north()
    base.notes()
    base.markers(points_of(atlas.facilities), atlas.facilities["marker"].tolist())
    base.names(_cluster_names(atlas, sheet))
    return sheet.figure


@dataclass(frozen=True, slots=True)
class Marked:
    """What else is shown on the map of a cluster (EPSG:25832): outlines of GP gaps, and points of sites."""

    gaps: Shapes
    sites: Floats


def houses_figure(atlas: ClusterAtlas, caption: Caption, form: Format = A4) -> Figure:
    """Draw the health houses of the country, with the clusters' borders.

    Parameters
    ----------
    atlas
        Result of `maps.figures.cluster_atlas.prepare_clusters`.
    caption
        Title, credit and notes.
    form
        Size of the sheet.
    """
    houses = atlas.facilities[atlas.facilities["kind"] == "health_house"]
    legend = [*marker_entries(houses["marker"], caption.lang), border_entry(caption.lang)]
    sheet = Sheet(form, caption, legend, map_aspect=DENMARK_ASPECT)
    base = BaseMap(sheet, atlas.coarse)
    base.areas(np.array([joined(atlas.coarse, list(atlas.owners))]), [[theme.LAND]])
    draw_borders(base, atlas.coarse, atlas.owners)
    base.scale_and_north()
    base.notes()
    base.markers(points_of(houses), houses["marker"].tolist())
    return sheet.figure


def cluster_figure(
    atlas: ClusterAtlas,
    cluster_id: str,
    caption: Caption,
    form: Format = A4,
    *,
    marked: Marked | None = None,
) -> Figure:
    """Draw one cluster with its municipalities, hospitals and health houses by name, its neighbours in grey.

    Parameters
    ----------
    atlas
        Result of `maps.figures.cluster_atlas.prepare_clusters`.
    cluster_id
        Which cluster.
    caption
        Title, credit and notes.
    form
        Size of the sheet.
    marked
        What else to show.

    Raises
    ------
    KeyError
        The scheme has no such cluster.
    """
    cluster = atlas.clusters[cluster_id]
    own = atlas.detailed.loc[atlas.codes(cluster.cluster_id)]
    mine = atlas.facilities_of(cluster_id)
    extent = area_extent(own)
    near = shapely.intersects(shapely.box(*extent), atlas.detailed.geometry.to_numpy())
    neighbours = not set(atlas.detailed.index[near]) <= set(own.index)
    legend = _cluster_legend(atlas, cluster_id, mine, caption.lang, neighbours=neighbours)
    if marked is not None:
        legend += _marked_entries(marked, caption.lang)
    sheet = Sheet(form, caption, legend, map_aspect=area_aspect(own, form))
    far = on_bornholm(own.geometry.to_numpy())
    base = BaseMap(sheet, atlas.detailed, extent=extent, bornholm=bool(far.any() and not far.all()))
    base.keep_free(own.geometry.to_numpy())

    seen = clipped(atlas.detailed, base.drawn())
    base.areas(np.array([shapely.coverage_union_all(seen.geometry.to_numpy())]), [[NEIGHBOUR]])
    for code, shape in own.geometry.items():
        ids = sorted(atlas.owners[str(code)], key=lambda key: key != cluster_id)
        base.areas(np.array([shape]), [[atlas.clusters[key].fill for key in ids]], zorder=1.1)
    edges = draw_borders(base, seen, atlas.owners, pale=True)
    outline = edges.borders([cluster_id in atlas.owners[str(code)] for code in seen.index])
    base.lines(outline.group, theme.BORDER_CLUSTER, _OWN_PT, zorder=2.5)
    base.scale_and_north()
    base.notes()
    draw_locator(base, atlas.small, atlas.codes(cluster_id))

    others = atlas.facilities.drop(mine.index)
    base.markers(points_of(others), others["marker"].tolist(), scale=0.75, faint=True)
    points, kinds = points_of(mine), mine["marker"].tolist()
    if marked is not None:
        base.lines(marked.gaps, theme.HIGHLIGHT, _GAP_PT, zorder=2.6)
        points, kinds = np.vstack([points, marked.sites]), [*kinds, *["site"] * len(marked.sites)]
    where = base.markers(points, kinds, scale=1.15)[: len(mine)]  # a star at a house moves aside
    base.names(
        [
            *municipality_names(sheet, own),
            *_facility_names(sheet, mine, where),
            *_neighbour_names(base, atlas, cluster_id),
        ]
    )
    return sheet.figure


def _marked_entries(marked: Marked, lang: Language) -> list[Entry]:
    say, entries = translator(lang), []
    if len(marked.gaps):
        entries.append(Entry(say(msg("Gap in the coverage by GPs")), line=(theme.HIGHLIGHT, _GAP_PT, "-")))
    if len(marked.sites):
        entries.append(Entry(say(msg("Best sites of satellite functions")), marker="site"))
    return entries


def draw_borders(
    base: BaseMap, areas: gpd.GeoDataFrame, owners: Mapping[str, tuple[str, ...]], *, pale: bool = False
) -> Edges:
    """Draw coast and municipality borders thin, cluster borders strong, or all of them pale."""
    edges = Edges.of(areas.geometry.to_numpy())
    lines = edges.borders([owners.get(str(code), ()) for code in areas.index])
    base.lines(lines.coast, theme.BORDER_MUNICIPALITY, _THIN_PT)
    base.lines(lines.inner, theme.BORDER_MUNICIPALITY, _THIN_PT)
    colour, width = (theme.BORDER_MUNICIPALITY, 0.9) if pale else (theme.BORDER_CLUSTER, _CLUSTER_PT)
    base.lines(lines.group, colour, width)
    return edges


def marker_entries(
    markers: Iterable[str], lang: Language, names: Mapping[str, Message] | None = None
) -> list[Entry]:
    """List the markers in use for a legend; `names` go before their usual ones."""
    say, present = translator(lang), set(markers)
    known = {**MARKER_LABELS, **(names or {})}
    return [Entry(say(text), marker=name) for name, text in known.items() if name in present]


def border_entry(lang: Language) -> Entry:
    """Tell of the borders of clusters in a legend."""
    return Entry(translator(lang)(msg("Cluster border")), line=(theme.BORDER_CLUSTER, _CLUSTER_PT, "-"))


def _area_entries(atlas: ClusterAtlas, lang: Language) -> list[Entry]:
    say = translator(lang)
    fills = sorted({cluster.fill for cluster in atlas.clusters.values()}, key=theme.CLUSTER_FILLS.index)
    entries = [Entry(say(msg("Cluster; colours tell neighbours apart")), fills=tuple(fills[:3]))]
    shared = sorted((ids for ids in atlas.owners.values() if len(ids) > 1), key=lambda ids: (len(ids), ids))
    if shared:
        both = tuple(atlas.clusters[key].fill for key in shared[0])
        entries.append(Entry(say(msg("Municipality in several clusters")), fills=both))
    if any(not ids for code, ids in atlas.owners.items() if code != STATE_ISLAND):
        hatch = theme.HATCH_MISSING.matplotlib
        entries.append(Entry(say(msg("Municipality in no cluster")), fills=(theme.LAND,), hatch=hatch))
    entries.append(border_entry(lang))
    entries.append(Entry(say(msg("Municipality border")), line=(theme.BORDER_MUNICIPALITY, 0.6, "-")))
    return entries


def _cluster_names(atlas: ClusterAtlas, sheet: Sheet) -> list[Name]:
    say = translator(sheet.caption.lang)
    names = []
    for key, cluster in atlas.clusters.items():
        second = "" if cluster.has_acute else say(msg("no acute hospital"))
        look: dict[str, Any] = {"weight": "bold", "second": second, "most": 30.0 * sheet.form.map_scale}
        whole, alone = (atlas.codes(key, alone=only) for only in (False, True))
        for far in (False, True):  # Bornholm is drawn apart, so its part of a cluster is named too
            parts = [_part(atlas.coarse, codes, far=far) for codes in (whole, alone)]
            place = parts[1] if parts[1].area > _NAME_PART * parts[0].area else parts[0]
            if not place.is_empty:
                names.append(Name(cluster.name, place, sheet.map_pt("label"), **look))
    return names


def _part(areas: gpd.GeoDataFrame, codes: list[str], *, far: bool) -> shapely.Geometry:
    """Join the municipalities on Bornholm, or all others."""
    rows = areas.loc[codes]
    return joined(rows, rows.index[on_bornholm(rows.geometry.to_numpy()) == far].tolist())


def area_aspect(own: gpd.GeoDataFrame, form: Format) -> float:
    """Height of the map of some municipalities as part of its width, as tall as the sheet allows."""
    west, south, east, north = area_extent(own)
    return float(np.clip((north - south) / (east - west), 0.6, form.tallest))


def area_extent(own: gpd.GeoDataFrame) -> Box:
    """Bounds of some municipalities with some room; Bornholm apart where there is more than it."""
    shapes = own.geometry.to_numpy()
    far = on_bornholm(shapes)
    bounds = total_bounds(shapes if far.all() else shapes[~far])
    return grown(bounds, 0.05 * max(bounds[2] - bounds[0], bounds[3] - bounds[1]))


def _cluster_legend(
    atlas: ClusterAtlas, cluster_id: str, mine: gpd.GeoDataFrame, lang: Language, *, neighbours: bool
) -> list[Entry]:
    say = translator(lang)
    cluster = atlas.clusters[cluster_id]
    entries = [Entry(cluster.name, fills=(cluster.fill,))]
    others = {key for ids in atlas.owners.values() if cluster_id in ids for key in ids if key != cluster_id}
    for key in sorted(others):
        other = atlas.clusters[key]
        entries.append(Entry(say(msg("Also in {name}", name=other.name)), fills=(cluster.fill, other.fill)))
    if neighbours:
        entries.append(Entry(say(msg("Other clusters, with pale symbols")), fills=(NEIGHBOUR,)))
    return [*entries, *marker_entries(mine["marker"], lang)]


def municipality_names(sheet: Sheet, own: gpd.GeoDataFrame) -> list[Name]:
    """Name municipalities in slanted type."""
    look: dict[str, Any] = {"style": "italic", "most": 30.0 * sheet.form.map_scale}
    return [
        Name(str(name), shape, sheet.map_pt("label"), **look)
        for name, shape in zip(own["name"], own.geometry, strict=True)
    ]


def _neighbour_names(base: BaseMap, atlas: ClusterAtlas, cluster_id: str) -> list[Name]:
    """Name the other clusters on what can be seen of them, unless that is very little."""
    main = base.main
    view = shapely.box(*main.extent)
    for box in base.taken:
        corners = np.array([box[:2], box[2:]])
        (west, south), (east, north) = (corners - np.array(main.box[:2])) * main.metres_per_mm + np.array(
            main.extent[:2]
        )
        view = shapely.difference(view, shapely.box(west, south, east, north))
    names = []
    for key, cluster in atlas.clusters.items():
        codes = [code for code in atlas.codes(key) if cluster_id not in atlas.owners[code]]
        if key == cluster_id or not codes:
            continue
        seen = max(
            shapely.get_parts(shapely.intersection(joined(atlas.coarse, codes), view)), key=shapely.area
        )
        if seen.area > _SEEN_MM2 * main.metres_per_mm**2:
            look: dict[str, Any] = {"colour": theme.MUTED, "most": 30.0 * base.sheet.form.map_scale}
            names.append(Name(cluster.name, seen, base.sheet.map_pt("small"), **look))
    return names


def _facility_names(sheet: Sheet, mine: gpd.GeoDataFrame, where: Floats) -> list[Name]:
    return [
        Name(
            str(name),
            shapely.Point(spot),
            sheet.map_pt("small"),
            weight="bold" if marker == "acute" else "normal",
            gap=sheet.marker_half(marker) * 1.15 + 0.3,
            most=34.0 * sheet.form.map_scale,
        )
        for name, marker, spot in zip(mine["name"], mine["marker"], where, strict=True)
        if np.isfinite(spot).all()
    ]


def draw_locator(base: BaseMap, small: gpd.GeoDataFrame, codes: Sequence[str]) -> None:
    """Show on a small map of Denmark where some municipalities lie; `small` holds all, by their code."""
    west, south, east, north = grown(total_bounds(small.geometry.to_numpy()), 8_000.0)
    width = _LOCATOR_MM * base.sheet.form.map_scale
    box = base.free((width, width * (north - south) / (east - west)), (1.0, 1.0))
    surface = Surface(base.sheet.figure, box, (west, south, east, north), INSET)
    surface.frame(theme.PAPER, theme.MUTED, 0.5)
    others = [str(code) for code in small.index if code not in set(codes)]
    for chosen, colour in ((others, _SILHOUETTE), (list(codes), theme.ACUTE)):
        look: dict[str, Any] = {"facecolor": colour, "edgecolor": colour, "linewidth": 0.3}
        surface.add(PathPatch(area_path(joined(small, chosen)), **look))
