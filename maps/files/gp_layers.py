"""The layers of GP coverage in the GeoPackage: gaps, practices, where people live, and sums by area."""

from collections.abc import Iterator, Mapping
from typing import Final

import geopandas as gpd
import pandas as pd

from maps import theme
from maps.files.geopackage import Layer
from maps.files.qgis_styles import (
    Category,
    Edge,
    Interval,
    categorised,
    fill_symbol,
    graduated,
    marker_symbol,
)
from maps.telling.gp_words import INTAKES, KINDS, LINES, class_fill, class_name
from pipeline.coverage.zones import BOUNDS
from pipeline.messages import Language, msg, translator
from pipeline.schemas.coverage import RULES

POINT_COLUMNS: Final = (
    "travel_min",
    "travel_status",
    "nearest_practice",
    "open_by_road",
    "open_straight",
    "patients_per_gp",
    *(f"{rule}_{part}" for rule in RULES for part in ("broken", "margin")),
    "rules_broken",
)
"""Columns of ``gp_coverage`` that stand beside each demand point."""

SHARES: Final = (0.01, 0.05, 0.1, 0.2, 0.4)
"""Upper ends of the classes of the share of people affected."""

_GAP_LINES: Final[tuple[tuple[str, str, Edge], ...]] = (
    ("certain", "gap", "solid"),
    ("likely", "gap_likely", "dash"),
    ("depends", "gap_depends", "dot"),
)
_FAR_MIN: Final = 1e6


def gp_layers(
    tables: Mapping[str, pd.DataFrame],
    municipalities: gpd.GeoDataFrame,
    clusters: gpd.GeoDataFrame,
    lang: Language,
) -> list[Layer]:
    """Gather the layers of GP coverage.

    Parameters
    ----------
    tables
        Result tables: ``gp_gaps``, ``practices``, ``demand``, ``gp_coverage`` and the sums by municipality
        and cluster.
    municipalities, clusters
        Areas with ``municipality_code``, and with ``scheme`` and ``cluster_id``, EPSG:25832.
    lang
        Language of titles and legends.

    Returns
    -------
    list of Layer
        ``practices``, ``gp_gaps``, ``demand`` (with the verdicts), ``gp_coverage_by_municipality`` and
        ``gp_coverage_by_cluster``.
    """
    say = translator(lang)
    crs = municipalities.crs
    practices = gpd.GeoDataFrame(tables["practices"], geometry="geometry", crs=crs)
    gaps = gpd.GeoDataFrame(tables["gp_gaps"], geometry="geometry", crs=crs)
    verdicts = tables["gp_coverage"].set_index("demand_id")[list(POINT_COLUMNS)]
    demand = gpd.GeoDataFrame(tables["demand"].join(verdicts, on="demand_id"), geometry="geometry", crs=crs)
    by_town = municipalities[["municipality_code", "geometry"]].merge(
        tables["gp_coverage_by_municipality"], on="municipality_code"
    )
    by_cluster = clusters[["scheme", "cluster_id", "geometry"]].merge(
        tables["gp_coverage_by_cluster"], on=["scheme", "cluster_id"]
    )
    shares = graduated("share_any", _share_classes(lang), label="name")
    homes = say(msg("Where people live, and which rules break"))
    return [
        Layer("practices", _placed(practices), say(msg("GP practices")), _practice_style(lang)),
        Layer("gp_gaps", gaps, say(msg("Gaps in the coverage by GPs")), _gap_style(lang)),
        Layer("demand", _placed(demand), homes, _minutes(lang)),
        Layer("gp_coverage_by_municipality", by_town, say(msg("GP coverage by municipality")), shares),
        Layer("gp_coverage_by_cluster", by_cluster, say(msg("GP coverage by cluster")), shares),
    ]


def _placed(points: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    placed: gpd.GeoDataFrame = points[~(points.geometry.isna() | points.geometry.is_empty)]
    return placed


def _practice_style(lang: Language) -> str:
    say = translator(lang)
    fills = {
        "practice": (theme.ACCENT, theme.PAPER),
        "practice_closed": (theme.PAPER, theme.ACCENT),
        "practice_unknown": (theme.MUTED, theme.PAPER),
    }
    kinds = [
        Category(kind, say(text), marker_symbol("circle", fill, border=border, size_mm=2.0))
        for kind, text in INTAKES.items()
        for fill, border in [fills[kind]]
    ]
    away = marker_symbol("circle", theme.PAPER, border=theme.MUTED, size_mm=1.2)
    kinds.append(
        Category("practice_away", say(msg("Practice not there on the study's day")), away, shown=False)
    )
    return categorised(
        "if(not \"serves\", 'practice_away', if(\"open_to_new\" is null, 'practice_unknown', "
        "if(\"open_to_new\", 'practice', 'practice_closed')))",
        kinds,
    )


def _gap_style(lang: Language) -> str:
    """Draw gaps on access by how they stand up to the test runs; the two wide kinds are off at first."""
    say = translator(lang)
    kinds = [
        Category(word, say(LINES[line]), fill_symbol(None, border=theme.INK, width_mm=0.7, edge=edge))
        for word, line, edge in _GAP_LINES
    ]
    kinds.append(Category("access", say(KINDS["access"]), fill_symbol(None, border=theme.INK, width_mm=0.7)))
    for kind, colour in (("capacity", theme.ACCENT), ("fragile", theme.HIGHLIGHT)):
        symbol = fill_symbol(None, border=colour, width_mm=0.5, edge="dash")
        kinds.append(Category(kind, say(KINDS[kind]), symbol, shown=False))
    what = 'if("kind" = \'access\', coalesce("certainty", \'access\'), "kind")'
    return categorised(what, kinds, label="name")


def _minutes(lang: Language) -> str:
    say = translator(lang)
    bounds = BOUNDS["time"]
    ends = [*bounds, _FAR_MIN]
    intervals = []
    for number, (low, high) in enumerate(zip([0.0, *bounds], ends, strict=True)):
        name = class_name("time", number)
        symbol = marker_symbol("circle", class_fill("time", number), border=theme.MUTED, size_mm=1.2)
        intervals.append(Interval(low, high, name if isinstance(name, str) else say(name), symbol))
    return graduated("travel_min", intervals)


def _share_classes(lang: Language) -> Iterator[Interval]:
    say = translator(lang)
    fills = theme.ramp(len(SHARES) + 1)
    for low, high, fill in zip((0.0, *SHARES), (*SHARES, 1.0), fills, strict=True):
        text = say(
            msg("{low:n} to {high:n} % break a rule on access", low=round(100 * low), high=round(100 * high))
        )
        yield Interval(low, high, text, fill_symbol(fill))
