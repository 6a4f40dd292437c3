"""The page ``satellites.html``: for each function today's places, the best new ones and the whole ranking."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from maps import theme
from maps.naming import municipality_key, rows_of
from maps.pages.border_layer import municipality_layer
from maps.pages.cluster_layers import study_topology
from maps.pages.study_page import StudyPage, study_page_html
from maps.papers.site_card import card_links
from maps.telling.site_choices import (
    TODAY,
    choice_features,
    choice_table,
    gain_layer,
    gain_shapes,
    page_steps,
    star_layer,
    step_notes,
)
from maps.telling.site_places import place_features, place_layer, place_table
from maps.telling.site_ranking import candidate_features, candidate_layer, ranking_table
from maps.telling.site_sections import function_sections, today_lines
from maps.telling.site_telling import SiteTelling, missing_as_none
from maps.telling.site_words import EVIDENCE, time_classes, time_fill, time_name
from maps.web.parts import (
    Area,
    Card,
    Column,
    Feature,
    Field,
    Group,
    Layer,
    Legend,
    Lines,
    Link,
    Row,
    Section,
    Table,
    View,
)
from maps.web.selfcontained import asset
from maps.web.topology import zone_topology
from maps.words import long_date
from pipeline.coverage.zones import NOTHING, UNKNOWN
from pipeline.messages import Message, msg
from pipeline.sites.overview import time_column
from pipeline.study_result import StudyResult

FILE: Final = "satellites.html"
ZONE_DETAIL_M: Final = 250.0
"""Detail of the squares' coast dropped for the screen, metres; the drawn coast lies over it."""


def satellites_page(result: StudyResult, *, links: tuple[Link, ...] = ()) -> str:
    """Write the page on satellite functions in the study's language.

    Parameters
    ----------
    result
        What the study found, with ``sites`` and ``site_overview``.
    links
        The other pages, for the navigation.

    Returns
    -------
    str
        One self-contained HTML file.

    Raises
    ------
    ValueError
        The study has no satellite functions: they are switched off.
    """
    told = SiteTelling.of(result)
    times, gains = _time_shapes(told), gain_shapes(told)
    zones = zone_topology(told.overview.zones, {**times, **gains}, tolerance_m=ZONE_DETAIL_M)
    page = StudyPage(
        file=FILE,
        title=msg("Where could hospital functions move out?"),
        subtitle=msg(
            "Satellite functions on {day}: today's places, the best new ones, and why each candidate stands "
            "where it does",
            day=long_date(result.settings.study.as_of, result.settings.study.language),
        ),
        notes=told.notes(),
        reading=_reading(told),
        topology=study_topology(told.names).joined(zones),
        features=(
            *candidate_features(told, card_links(told)),
            *place_features(told),
            *choice_features(told),
            *_function_features(told),
            *_municipality_features(told),
        ),
        layers=(
            _land(told),
            _times(told, set(times)),
            gain_layer(told, set(gains)),
            municipality_layer(told.names, clickable=True),
            candidate_layer(told),
            place_layer(told),
            star_layer(told),
        ),
        tables=(ranking_table(told), choice_table(told), place_table(told), _function_table(told)),
        views=tuple(
            View(
                function_id,
                name,
                today_lines(told, function_id)[0],
                notes=step_notes(told, function_id),
            )
            for function_id, name in told.function_names.items()
        ),
        view=next(iter(told.functions)),
        view_title=msg("Function"),
        steps=page_steps(told),
        step=TODAY,
        step_title=msg("New places"),
        more=function_sections(told),
        style=asset("satellites.css"),
    )
    return study_page_html(told.names, page, links)


def _time_shape(function_id: str, number: int) -> str:
    return f"{time_column(function_id)}/{number}"


def _time_shapes(told: SiteTelling) -> dict[str, NDArray[np.bool_]]:
    zones = told.overview.zones
    return {
        _time_shape(function_id, number): (zones[time_column(function_id)] == number).to_numpy()
        for function_id in told.functions
        for number in sorted(zones[time_column(function_id)].unique().tolist())
    }


def _land(told: SiteTelling) -> Layer:
    codes = sorted(told.names.municipalities)
    return Layer(
        "land",
        msg("Land"),
        control=False,
        areas=tuple(Area(code, (theme.LAND,)) for code in codes),
        lines=(Lines("coast", "coast"),),
    )


def _times(told: SiteTelling, shapes: set[str]) -> Layer:
    areas, legend = [], []
    for function_id, function in told.functions.items():
        for number in (*time_classes(), NOTHING, UNKNOWN):
            shape = _time_shape(function_id, number)
            if shape not in shapes:
                continue
            hatch = "missing" if number < 0 else ""
            fills = (time_fill(number),)
            areas.append(Area(shape, fills, hatch, legend=(shape,), view=function_id))
            legend.append(
                Legend(shape, time_name(function, number), "hatch" if hatch else "fills", fills, hatch)
            )
    return Layer(
        "times",
        msg("Travel time today"),
        areas=tuple(areas),
        legend=tuple(legend),
        note=msg(
            "By car to the nearest place of today; each square of 2 km shows what holds for most people"
        ),
    )


def _municipality_features(told: SiteTelling) -> list[Feature]:
    names = told.names
    rows = dict(iter(told.overview.by_municipality.groupby("municipality_code", sort=True)))
    features = []
    for code, name in sorted(names.municipalities.items()):
        fields = []
        for row in rows_of(rows[code]) if code in rows else ():
            share = missing_as_none(row.share_within)
            limit = told.functions[row.function_id].limit_min.value
            fields += [
                Field(
                    msg("Mean journey today"),
                    missing_as_none(row.mean_min),
                    msg("min"),
                    1,
                    view=row.function_id,
                ),
                Field(
                    msg("Within {limit:n} min today", limit=limit),
                    None if share is None else round(100 * share),
                    msg("% of the target group"),
                    view=row.function_id,
                ),
            ]
        features.append(
            Feature(
                key=municipality_key(code),
                name=name,
                kind=msg("Municipality"),
                card=Card(tuple(fields)),
                at=names.municipality_points[code],
                shape=code,
            )
        )
    return features


def _function_key(function_id: str) -> str:
    return f"function:{function_id}"


def _function_features(told: SiteTelling) -> list[Feature]:
    return [
        Feature(_function_key(function_id), name, msg("Function"), Card(), view=function_id)
        for function_id, name in told.function_names.items()
    ]


def _function_table(told: SiteTelling) -> Table:
    return Table(
        "functions",
        msg("All functions today"),
        (
            Column(msg("Function")),
            Column(msg("Places"), "number"),
            Column(msg("of them assumed"), "number"),
            Column(msg("Limit, min"), "number"),
            Column(msg("Within the limit, %"), "number", bar=True),
            Column(msg("Mean journey, min"), "number", 1),
            Column(msg("Nine in ten travel at most, min"), "number", 1),
            Column(msg("Places with too few visits"), "number"),
            Column(msg("Limit and minimum volume")),
        ),
        tuple(
            Row(
                _function_key(function_id),
                (
                    told.function_names[function_id],
                    row["places"],
                    row["places_assumed"],
                    row["limit_min"],
                    None if np.isnan(row["share_within"]) else round(100 * row["share_within"]),
                    missing_as_none(row["mean_min"]),
                    missing_as_none(row["p90_min"]),
                    row["places_below_volume"],
                    told.say(_basis(told, function_id)),
                ),
            )
            for function_id, row in told.today.items()
        ),
        note=msg("Click a function to see it on the map."),
        order=4,
        rising=True,
    )


def _basis(told: SiteTelling, function_id: str) -> Message:
    function = told.functions[function_id]
    limit, least = EVIDENCE[function.limit_min.evidence], EVIDENCE[function.min_volume.evidence]
    if limit == least:
        return limit
    return msg("limit: {limit}; minimum volume: {least}", limit=limit, least=least)


def _reading(told: SiteTelling) -> Section:
    how: tuple[Message, ...] = (
        msg(
            "Choose a function. The colours show how long people drive to it today; the limit is in the "
            "legend."
        ),
        msg(
            "A tick is a place that a source states. A question mark is a place that is only taken to have "
            "the "
            "function: check these first."
        ),
        msg(
            "Choose a number of new places. Stars show where they should stand, blue land gains: full blue "
            "comes within the limit, striped blue gets a shorter journey."
        ),
        msg(
            "Two aims can be chosen: most people within the limit, or the shortest journeys for all "
            "together. "
            "They may point to different places; the choice between them is political."
        ),
    )
    rank: list[Message] = [
        msg("Each candidate is judged by the criteria of {guideline}.", guideline=_guideline(told)),
        msg(
            "The thresholds of the criteria are assumptions: the guideline gives none. They stand in "
            "config/functions.toml."
        ),
        msg(
            "If all go to the nearest place, and if people spread over several: both counts must reach the "
            "minimum volume, else it is to be confirmed."
        ),
    ]
    if told.shaken:
        rank.append(
            msg(
                "How firm the rank is: the ranking was repeated {runs:n} times with other speeds, people, "
                "rates, "
                "minimum volumes and weights. A place that is nearly always among the {top:n} best does not "
                "hang on these. The runs do not test the data: a missing place of today can change it all.",
                runs=told.names.result.settings.sites.stability.runs,
                top=told.top,
            )
        )
    return Section(
        "reading",
        msg("How to read the map"),
        groups=(
            Group(msg("The map"), how),
            Group(msg("The ranking"), tuple(rank)),
            Group(
                msg("What the map cannot tell"),
                (
                    msg("Whether staff can be found: the staffing risk is a rule of thumb."),
                    msg("Whether a building has room, unless the list of candidates says so."),
                    msg("Journeys by bus: all times are by car in free flow."),
                ),
                "warning",
            ),
        ),
    )


def _guideline(told: SiteTelling) -> str:
    return told.study.functions.guideline.name.text(told.lang)
