"""The page ``scenario.html``: today, each scenario and the difference on one map, and in figures."""

from collections.abc import Sequence
from typing import Any, Final

from maps import theme
from maps.naming import Names
from maps.pages.border_layer import municipality_layer
from maps.pages.cluster_layers import study_topology
from maps.pages.scenario_sums import (
    measure_features,
    measure_table,
    municipality_features,
    municipality_table,
)
from maps.pages.study_page import StudyPage, study_page_html
from maps.quality import data_notes
from maps.telling.access_words import access_notes
from maps.telling.gp_words import practice_notes
from maps.telling.scenario_layers import colour_layers, land_shapes, place_features, place_layer
from maps.telling.scenario_telling import (
    ScenarioTelling,
    difference_note,
    difference_step,
    state_note,
    state_step,
)
from maps.telling.site_telling import function_notes
from maps.web.downloads import Downloads, downloads_part
from maps.web.parts import Area, Group, Layer, Lines, Link, Section, Text, View
from maps.web.topology import zone_topology
from pipeline.messages import msg, translator
from pipeline.scenarios.land import CHANGES_MIN, UNCHANGED, ScenarioLand
from pipeline.scenarios.run import ScenarioStudy

FILE: Final = "scenario.html"
ZONE_DETAIL_M: Final = 250.0


def scenario_page(
    study: ScenarioStudy, *, links: tuple[Link, ...] = (), downloads: Sequence[Downloads] = ()
) -> str:
    """Write the page on scenarios in the study's language.

    Parameters
    ----------
    study
        Today and the scenarios.
    links
        Other pages, for the navigation.
    downloads
        Files that stand beside the page, in groups.

    Returns
    -------
    str
        One self-contained HTML file.
    """
    result = study.today
    told = ScenarioTelling(ScenarioLand(study), Names(result, result.settings.study.language))
    shapes = land_shapes(told)
    zones = zone_topology(told.land.zones, shapes, tolerance_m=ZONE_DETAIL_M)
    views = tuple(View(key, name, notes=_notes(told, key)) for key, name in told.measures.items())
    first = told.land.pairs[0]
    page = StudyPage(
        file=FILE,
        title=msg("What if …"),
        subtitle=msg(
            "Today against: {scenarios}", scenarios="; ".join(run.scenario.title for run in study.runs)
        ),
        notes=(
            *data_notes(result),
            *access_notes(result),
            *(() if result.coverage is None else practice_notes(result.coverage)),
            *(() if result.sites is None else function_notes(result.sites)),
            msg("A scenario shows what the figures would be, not what will happen."),
        ),
        reading=_reading(told),
        topology=study_topology(told.names).joined(zones),
        features=(*municipality_features(told), *place_features(told), *measure_features(told)),
        layers=(
            _land(told),
            *colour_layers(told, set(shapes)),
            municipality_layer(told.names, clickable=True),
            place_layer(told),
        ),
        tables=(measure_table(told), municipality_table(told)),
        views=views,
        view=views[0].key,
        view_title=msg("Travel time to"),
        steps=_steps(told),
        step=difference_step(first),
        step_title=msg("State"),
        more=downloads_part(downloads, translator(told.names.lang)),
    )
    return study_page_html(told.names, page, links)


def _steps(told: ScenarioTelling) -> tuple[View, ...]:
    return (
        *(
            View(state_step(state), title, group=msg("Travel time"))
            for state, title in enumerate(told.states)
        ),
        *(View(difference_step(pair), told.title(pair), group=msg("Difference")) for pair in told.land.pairs),
    )


def _notes(told: ScenarioTelling, key: str) -> dict[str, Text]:
    """Tell what each step shows for a measure."""
    notes: dict[str, Text] = {
        difference_step(pair): difference_note(told, key, pair) for pair in told.land.pairs
    }
    return notes | {state_step(state): state_note(told, key, state) for state in range(len(told.states))}


def _land(told: ScenarioTelling) -> Layer:
    codes = sorted(told.names.municipalities)
    return Layer(
        "land",
        msg("Land"),
        control=False,
        areas=tuple(Area(code, (theme.LAND,)) for code in codes),
        lines=(Lines("coast", "coast"),),
    )


def _reading(told: ScenarioTelling) -> Section:
    groups = [
        Group(
            run.scenario.title, (run.scenario.note or msg("No note is given."), *_changes(told, run.scenario))
        )
        for run in told.land.study.runs
    ]
    return Section(
        "reading",
        msg("How to read the map"),
        groups=(
            Group(
                msg("The map"),
                (
                    msg("Choose what is travelled to, then a state or the difference of two states."),
                    msg(
                        "In the difference blue gets nearer and brown farther; pale land stays as it is "
                        "(within {minutes:n} min).",
                        minutes=CHANGES_MIN[UNCHANGED],
                    ),
                    msg("Each square of 2 km shows what holds for most people there."),
                ),
            ),
            *groups,
        ),
    )


def _changes(of: ScenarioTelling, scenario: Any) -> list[Text]:  # noqa: ANN401
    """Tell what a scenario changes."""
    told: list[Text] = []
    told += [msg("Opens: {name}", name=place.name) for place in scenario.open]
    told += [
        msg(
            "Leaves {name}: {functions}",
            name=of.facility(place.facility),
            functions=", ".join(of.function(each) for each in place.functions),
        )
        if place.functions
        else msg("Closes: {name}", name=of.facility(place.facility))
        for place in scenario.close
    ]
    told += [msg("Moves: {name}", name=of.facility(place.facility)) for place in scenario.move]
    told += [msg("Practice closes: {name}", name=each.practice) for each in scenario.close_practice]
    told += [msg("Cannot be used: {name}", name=each.link) for each in scenario.close_link]
    told += [
        msg("New link: {name}, {minutes:n} min", name=each.name, minutes=each.minutes)
        for each in scenario.open_link
    ]
    if scenario.speeds != type(scenario.speeds)():
        told.append(msg("Other driving speeds: {factor:n} % of today's", factor=100 * scenario.speeds.all))
    if scenario.population != type(scenario.population)():
        year = scenario.population.year
        told.append(msg("Other population ({year})", year=year) if year else msg("Other population"))
    return told
