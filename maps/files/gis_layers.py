"""The layers that a study puts into its GeoPackage, each with the style of the maps."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

import geopandas as gpd
import pandas as pd

from maps import theme
from maps.files.geopackage import Layer
from maps.files.qgis_styles import Category, categorised, fill_symbol, marker_symbol, single
from pipeline.messages import Language, Message, msg, translator

FACILITY_KINDS: Final[tuple[tuple[str, str, Message, str, str, str], ...]] = (
    # kind, role, what the legend says, QGIS shape, fill, border
    ("hospital", "acute", msg("Acute hospital"), "square", theme.ACUTE, theme.PAPER),
    ("hospital", "non_acute", msg("Other hospital"), "circle", theme.PAPER, theme.OTHER),
    ("hospital", "planned", msg("Planned hospital"), "diamond", theme.PAPER, theme.OTHER),
    ("hospital", "closed", msg("Closed hospital"), "cross_fill", theme.RULE, theme.MUTED),
    ("health_house", "open", msg("Health house"), "pentagon", theme.HOUSE, theme.PAPER),
    ("health_house", "granted", msg("Planned health house"), "pentagon", theme.PAPER, theme.HOUSE),
    ("health_house", "planned", msg("Planned health house"), "pentagon", theme.PAPER, theme.HOUSE),
    ("health_house", "replaced", msg("Closed health house"), "pentagon", theme.RULE, theme.MUTED),
)


def study_layers(
    areas: gpd.GeoDataFrame,
    clusters: gpd.GeoDataFrame,
    facilities: gpd.GeoDataFrame,
    tables: Mapping[str, pd.DataFrame] | None = None,
    *,
    scheme_names: Mapping[str, str] | None = None,
    lang: Language = "da",
) -> list[Layer]:
    """Gather the layers of municipalities, clusters and facilities, points on top, and further tables.

    Parameters
    ----------
    areas, clusters, facilities
        As the pipeline gives them; clusters become one layer per scheme.
    tables
        Tables without geometry that shall be in the file too, by name.
    scheme_names
        What each scheme is called; its identifier when left out.
    lang
        Language of titles and legends.

    Returns
    -------
    list of Layer
        Ready for `maps.files.geopackage.write_geopackage`.
    """
    say = translator(lang)
    layers = [
        Layer(
            "facilities",
            facilities,
            say(msg("Hospitals and health houses")),
            _facility_style(facilities, lang),
        )
    ]
    for scheme, rows in clusters.groupby("scheme", sort=False):
        title = (scheme_names or {}).get(str(scheme), str(scheme))
        layers.append(Layer(table_name("clusters", str(scheme)), rows, title, cluster_style(rows)))
    outline = single(fill_symbol(None, border=theme.BORDER_MUNICIPALITY, width_mm=0.2), label="name")
    layers.append(Layer("municipalities", areas, say(msg("Municipalities")), outline))
    return [*layers, *(Layer(name, frame, name) for name, frame in (tables or {}).items())]


def table_name(*parts: str) -> str:
    """Join parts to a table name of lower-case ASCII letters, digits and underscores.

    Examples
    --------
    >>> table_name("clusters", "klynger-2018")
    'clusters_klynger_2018'
    """
    return re.sub(r"[^a-z0-9]+", "_", "_".join(parts).lower()).strip("_")


def cluster_style(clusters: pd.DataFrame) -> str:
    """Style clusters in the fills of the maps, each named in the legend."""
    return categorised("cluster_id", _cluster_categories(clusters), label="name")


def _cluster_categories(clusters: pd.DataFrame) -> Iterator[Category]:
    told = zip(clusters["cluster_id"], clusters["name"], clusters["colour"], strict=True)
    for cluster_id, name, colour in told:
        fill = fill_symbol(theme.fill_of(int(colour)), border=theme.BORDER_CLUSTER, width_mm=0.4)
        yield Category(str(cluster_id), str(name), fill)


def _facility_style(facilities: pd.DataFrame, lang: Language) -> str:
    say = translator(lang)
    present = set(zip(facilities["kind"], facilities["role"], strict=True))
    categories = [
        Category(f"{kind}:{role}", say(text), marker_symbol(shape, fill, border=border))
        for kind, role, text, shape, fill, border in FACILITY_KINDS
        if (kind, role) in present
    ]
    return categorised('"kind" || \':\' || "role"', categories, label="name")
