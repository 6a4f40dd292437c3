"""The page ``gp-coverage.html``: where people lack a GP, how many, why and how robust."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import geopandas as gpd
import pandas as pd

from maps import theme
from maps.naming import Names, rows_of
from maps.pages.border_layer import municipality_layer
from maps.pages.cluster_layers import study_topology
from maps.pages.gp_gap_cards import gap_features
from maps.pages.gp_gaps import LINE_OF, Gaps, gap_key, gap_table, view_note, view_titles
from maps.pages.gp_practices import Practices, practice_features, practice_layer, practice_table
from maps.pages.gp_sums import (
    cluster_features,
    cluster_table,
    municipality_features,
    municipality_table,
    practice_cluster_features,
    practice_cluster_table,
)
from maps.pages.study_page import StudyPage, study_page_html
from maps.quality import data_notes
from maps.telling.access_words import access_notes
from maps.telling.gp_words import COMBINED, LINES, class_fill, class_name, classes_of, practice_notes
from maps.web.parts import (
    Area,
    Group,
    Label,
    Layer,
    Legend,
    Lines,
    Link,
    Ranking,
    Section,
    Text,
    View,
)
from maps.web.topology import Topology, build_topology, screen_areas, zone_topology
from maps.words import long_date
from pipeline.coverage.study import CoverageResult
from pipeline.coverage.zones import NOTHING, UNKNOWN
from pipeline.crs import GEOGRAPHIC
from pipeline.messages import msg
from pipeline.study_result import StudyResult

FILE: Final = "gp-coverage.html"
GAP_DETAIL_M: Final = 400.0
"""Detail of a gap's outline dropped for the screen, metres: it is no exact border anyway."""

ZONE_DETAIL_M: Final = 250.0
"""The same for the coast of the squares, metres; the drawn coast lies over it."""

NAME_ZOOMS: Final = ((3_000, 0.0), (1_000, 8.0), (100, 9.5))
"""People from which on a gap is named, and the zoom that it takes; the smallest are named in their card."""


@dataclass(frozen=True)
class _Told:
    """GP coverage of a study, ready to be told."""

    names: Names
    found: CoverageResult
    zones: gpd.GeoDataFrame

    @cached_property
    def gaps(self) -> Gaps:
        return Gaps(self.names, self.found)

    @cached_property
    def practices(self) -> Practices:
        return Practices(self.names, self.found)


def gp_coverage_page(result: StudyResult, *, links: tuple[Link, ...] = ()) -> str:
    """Write the page on GP coverage in the study's language.

    Parameters
    ----------
    result
        What the study found, with ``coverage`` and ``coverage_zones``.
    links
        The other pages, for the navigation.

    Returns
    -------
    str
        One self-contained HTML file.

    Raises
    ------
    ValueError
        The study has no GP coverage: every rule is switched off.
    """
    if result.coverage is None or result.coverage_zones is None:
        raise ValueError("the study has no GP coverage")
    names = Names(result, result.settings.study.language)
    told = _Told(names, result.coverage, result.coverage_zones)
    page = StudyPage(
        file=FILE,
        title=msg("Where people lack a GP"),
        subtitle=msg(
            "Gaps in the coverage by general practice on {day}: where, how many, why and how robust",
            day=long_date(result.settings.study.as_of, result.settings.study.language),
        ),
        notes=(*data_notes(result), *access_notes(result), *practice_notes(told.found)),
        reading=_reading(told),
        topology=_topology(told),
        features=(
            *gap_features(told.gaps),
            *municipality_features(told.gaps),
            *cluster_features(told.gaps),
            *practice_cluster_features(told.gaps),
            *practice_features(told.practices),
        ),
        layers=_layers(told),
        tables=(
            gap_table(told.gaps),
            municipality_table(told.gaps),
            cluster_table(told.gaps),
            practice_cluster_table(told.gaps),
            practice_table(told.practices),
        ),
        views=tuple(
            View(view, title, view_note(told.gaps, view)) for view, title in view_titles(told.gaps).items()
        ),
        view=COMBINED,
        view_title=msg("Rule"),
        ranking=Ranking("gaps", msg("Gaps with most people affected")),
    )
    return study_page_html(names, page, links)


def _topology(told: _Told) -> Topology:
    zones = told.zones
    shapes = {
        _zone_key(view, number): (zones[view] == number).to_numpy()
        for view in told.gaps.views
        for number in sorted(zones[view].unique().tolist())
    }
    cells = zone_topology(zones, shapes, tolerance_m=ZONE_DETAIL_M)
    table = told.gaps.table
    parts = [screen_areas(rows, tolerance_m=GAP_DETAIL_M) for _, rows in table.groupby("kind", sort=True)]
    outlines = pd.concat(parts) if parts else table.to_crs(GEOGRAPHIC)
    gaps = build_topology([gap_key(gap_id) for gap_id in outlines["gap_id"]], outlines.geometry)
    return study_topology(told.names).joined(cells).joined(replace(gaps, lines={}))


def _zone_key(view: str, number: int) -> str:
    return f"zone:{view}/{number}"


def _layers(told: _Told) -> tuple[Layer, ...]:
    names = told.names
    codes = sorted(names.municipalities)
    return (
        Layer(
            "land",
            msg("Land"),
            control=False,
            areas=tuple(Area(code, (theme.LAND,)) for code in codes),
            lines=(Lines("coast", "coast"),),
        ),
        _measures(told),
        municipality_layer(names, clickable=True),
        Layer(
            "clusters",
            msg("Borders of clusters"),
            visible=False,
            lines=(Lines(f"border:{names.result.shown_scheme}", "cluster"),),
            legend=(Legend("border", msg("Border of a cluster"), "line", name="cluster", always=True),),
            note=names.schemes[names.result.shown_scheme],
        ),
        practice_layer(told.practices),
        _gap_layer(told),
    )


def _measures(told: _Told) -> Layer:
    areas, legend = [], []
    for view in told.gaps.views:
        present = sorted(int(number) for number in told.zones[view].unique())
        for number in present:
            hatch = "missing" if number < 0 else ""
            fills = (class_fill(view, number),)
            areas.append(
                Area(_zone_key(view, number), fills, hatch, legend=(_zone_key(view, number),), view=view)
            )
        for number in (*classes_of(view), NOTHING, UNKNOWN):
            if number in present:
                hatch = "missing" if number < 0 else ""
                legend.append(
                    Legend(
                        _zone_key(view, number),
                        class_name(view, number),
                        "hatch" if hatch else "fills",
                        (class_fill(view, number),),
                        hatch,
                    )
                )
    return Layer(
        "measures",
        msg("Colours of the chosen rule"),
        areas=tuple(areas),
        legend=tuple(legend),
        note=msg("Each square of 2 km shows what holds for most people there"),
    )


def _gap_layer(told: _Told) -> Layer:
    areas, labels = [], []
    for view in told.gaps.views:
        for row in rows_of(told.gaps.shown(view)):
            line = LINE_OF.get(row.certainty, "gap_depends") if not pd.isna(row.certainty) else "gap"
            key = gap_key(row.gap_id)
            areas.append(Area(key, features=(key,), legend=(line,), view=view, outline=line))  # type: ignore[arg-type]
            zooms = [zoom for people, zoom in NAME_ZOOMS if row.affected >= people]
            labels += [
                Label(
                    str(row.name),
                    *told.gaps.points[row.gap_id],
                    round(row.affected),
                    zoom,
                    "cluster",
                    view=view,
                    shape=key,
                )
                for zoom in zooms[:1]
            ]
    return Layer(
        "gaps",
        msg("Gaps"),
        areas=tuple(areas),
        labels=tuple(labels),
        legend=tuple(Legend(name, text, "line", name=name) for name, text in LINES.items()),
        note=msg("Click one to see why it is a gap and what would close it"),
    )


def _reading(told: _Told) -> Section:
    runs = 0 if told.found.shaken is None else int((told.found.shaken.runs["changed"] == "all").sum())
    lines: list[Text] = [
        msg(
            "A gap is land where neighbouring places break the same kind of rule. It ends at the border of "
            "the municipality."
        ),
        msg("Choose a rule to see its gaps, its colours and its people; a gap's card tells why it is one."),
        msg("The rules and their limits stand in the settings; each has its source and can be switched off."),
        msg("Capacity counts people after competition: everybody counts once, spread over the GPs in reach."),
    ]
    if runs:
        lines.append(
            msg(
                "How robust: the rules ran {runs:n} times with other speeds, limits, people and closings. A "
                "gap found in nearly all runs is robust; one found in few depends on what is named. The runs "
                "do not test whether the data are right.",
                runs=runs,
            )
        )
    return Section("reading", msg("How to read the map"), groups=(Group(msg("What is a gap"), tuple(lines)),))
