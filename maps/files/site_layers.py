"""The layers of satellite functions in the GeoPackage: all candidates, and each function's ranking."""

from collections.abc import Mapping
from typing import Final

import geopandas as gpd
import pandas as pd

from maps import theme
from maps.files.geopackage import Layer
from maps.files.gis_layers import table_name
from maps.files.qgis_styles import Category, categorised, marker_symbol
from pipeline.messages import Language, Message, msg, translator
from pipeline.site_words import VERDICTS
from pipeline.sites import EVALUATED
from pipeline.sites.study import SiteStudy

SITE_KINDS: Final[tuple[tuple[str, Message, str, str, str], ...]] = (
    # what, what the legend says, QGIS shape, fill, border
    ("candidate", msg("Own candidate"), "star", theme.ACUTE, theme.PAPER),
    ("health_house", msg("Health house as a candidate"), "pentagon", theme.HOUSE, theme.PAPER),
    ("town", msg("Town as a candidate"), "circle", theme.OTHER, theme.PAPER),
    ("left_out", msg("Candidate left out"), "cross_fill", theme.RULE, theme.MUTED),
)

VERDICT_LOOKS: Final[dict[str, tuple[str, str, str]]] = {
    # QGIS shape, fill, border
    "suitable": ("circle", theme.HOUSE, theme.PAPER),
    "reservations": ("circle", theme.PAPER, theme.HOUSE),
    "not_suitable": ("cross_fill", theme.RULE, theme.MUTED),
    "already_there": ("square", theme.OTHER, theme.PAPER),
}


def site_layers(study: SiteStudy, tables: Mapping[str, pd.DataFrame], lang: Language) -> list[Layer]:
    """Gather the layers of satellite functions.

    Parameters
    ----------
    study
        What was found.
    tables
        Its result tables in `lang`: ``sites`` and ``site_evaluation``.
    lang
        Language of titles and legends.

    Returns
    -------
    list of Layer
        ``sites``, and ``site_evaluation_<function>`` for each function, the rows in the order of the ranking.
    """
    say = translator(lang)
    sites = gpd.GeoDataFrame(tables["sites"], geometry="geometry", crs=study.sites.crs)
    placed = sites[~(sites.geometry.isna() | sites.geometry.is_empty)]
    layers = [Layer("sites", placed, say(msg("Candidates for satellite functions")), _kind_style(lang))]
    points = placed.set_index("site_id").geometry
    style = _verdict_style(lang)
    for function in study.functions:
        rows = tables["site_evaluation"].query("function_id == @function.id")
        frame = gpd.GeoDataFrame(rows, geometry=points.reindex(rows["site_id"]).to_numpy(), crs=points.crs)
        title = say(msg("Ranking: {function}", function=function.name.text(lang)))
        layers.append(Layer(table_name("site_evaluation", function.id), frame, title, style))
    return layers


def _kind_style(lang: Language) -> str:
    say = translator(lang)
    used = ", ".join(f"'{status}'" for status in sorted(EVALUATED))
    return categorised(
        f'if("status" in ({used}), "kind", \'left_out\')',
        [
            Category(kind, say(text), marker_symbol(shape, fill, border=border))
            for kind, text, shape, fill, border in SITE_KINDS
        ],
        label="name",
    )


def _verdict_style(lang: Language) -> str:
    say = translator(lang)
    return categorised(
        "verdict",
        [
            Category(verdict, say(text), marker_symbol(shape, fill, border=border))
            for verdict, text in VERDICTS.items()
            for shape, fill, border in [VERDICT_LOOKS[verdict]]
        ],
        label="name",
    )
