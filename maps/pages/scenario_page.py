"""The page ``scenario.html``: today, each scenario and the difference on one map, and in figures."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from maps import theme
from maps.naming import Names, lon_lat, municipality_key, rows_of
from maps.pages.access_words import access_notes
from maps.pages.cluster_layers import study_topology
from maps.pages.site_places import MARKERS
from maps.pages.site_telling import missing_as_none
from maps.pages.site_words import PLACES
from maps.quality import data_notes
from maps.web.parts import (
    Area,
    Card,
    Column,
    Feature,
    Field,
    Group,
    Label,
    Layer,
    Legend,
    Lines,
    Link,
    Place,
    Row,
    Section,
    Table,
    Text,
    View,
)
from maps.web.study_page import StudyPage, study_page_html
from maps.web.topology import zone_topology
from pipeline.coverage.zones import NOTHING, UNKNOWN
from pipeline.messages import msg
from pipeline.scenarios.land import (
    ACUTE,
    CHANGES_MIN,
    GP,
    NOTICED_MIN,
    UNCHANGED,
    Measure,
    ScenarioLand,
    change_column,
    state_column,
)
from pipeline.scenarios.run import ScenarioStudy

FILE: Final = "scenario.html"
ZONE_DETAIL_M: Final = 250.0
MUNICIPALITY_NAMES_ZOOM: Final = 8.5
COUNTRY: Final = "country"

CLASSES: Final = (
    msg("15 min shorter or more, or reached now"),
    msg("5 to 15 min shorter"),
    msg("1 to 5 min shorter"),
    msg("as before (within 1 min)"),
    msg("1 to 5 min longer"),
    msg("5 to 15 min longer"),
    msg("15 min longer or more, or no longer reached"),
)
"""Classes of a change, in the order of `pipeline.scenarios.land.CHANGES_MIN`."""

MEASURES: Final = {ACUTE: msg("Acute hospital"), GP: msg("GP practice")}
NEW: Final = "site"
GONE: Final = "closed"
KEPT: Final = "kept"


@dataclass(frozen=True)
class _Told:
    """Scenarios in one language."""

    land: ScenarioLand
    names: Names

    @cached_property
    def measures(self) -> dict[str, Text]:
        """Name of each measure, those that change first."""
        sites = self.names.result.sites
        functions = {} if sites is None else {f.id: f.name.text(self.names.lang) for f in sites.functions}
        named: dict[str, Text] = {
            key: MEASURES.get(key, functions.get(key, key)) for key in self.land.measures
        }
        changes = {key: any(self.land.changed(key, pair) for pair in self.land.pairs) for key in named}
        return {key: named[key] for key in sorted(named, key=lambda key: not changes[key])}

    @cached_property
    def states(self) -> tuple[Text, ...]:
        """Title of each state."""
        return (msg("Today"), *(run.scenario.title for run in self.land.study.runs))

    def title(self, pair: tuple[int, int]) -> Text:
        """Title of a difference."""
        before, after = (self.states[state] for state in pair)
        if pair[0] == 0:
            return after
        return msg("{after} against {before}", after=after, before=before)

    def places(self, key: str, state: int) -> pd.DataFrame:
        """Places of a measure in a state: ``place_id``, ``name``, ``basis``, ``lon``, ``lat``."""
        result = self.land.states[state]
        columns = ["place_id", "name", "basis", "lon", "lat"]
        if key == ACUTE:
            frame = result.access.hospitals.rename(columns={"facility_id": "place_id"}).assign(basis="stated")
        elif key == GP or result.sites is None:
            return pd.DataFrame(columns=columns)
        else:
            pairs = result.sites.supply_pairs
            mine = pairs[pairs["function_id"] == key].drop_duplicates("supply_id")
            frame = result.sites.supply.merge(mine, on="supply_id").rename(columns={"supply_id": "place_id"})
        lon, lat = zip(*lon_lat(frame.geometry), strict=True) if len(frame) else ((), ())
        return pd.DataFrame(frame).assign(lon=lon, lat=lat)[columns]


def scenario_page(study: ScenarioStudy, *, links: tuple[Link, ...] = ()) -> str:
    """Write the page on scenarios in the study's language.

    Parameters
    ----------
    study
        Today and the scenarios.
    links
        Other pages, for the navigation.

    Returns
    -------
    str
        One self-contained HTML file.
    """
    result = study.today
    told = _Told(ScenarioLand(study), Names(result, result.settings.study.language))
    shapes = _shapes(told)
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
            msg("A scenario shows what the figures would be, not what will happen."),
        ),
        reading=_reading(told),
        topology=study_topology(told.names).joined(zones),
        features=(*_municipality_features(told), *_place_features(told), *_measure_features(told)),
        layers=(_land(told), *_colours(told, set(shapes)), _borders(told), _places(told)),
        tables=(_measure_table(told), _municipality_table(told)),
        views=views,
        view=views[0].key,
        view_title=msg("Travel time to"),
        steps=_steps(told),
        step=_difference(first),
        step_title=msg("State"),
    )
    return study_page_html(told.names, page, links)


def _state(state: int) -> str:
    return f"state-{state}"


def _difference(pair: tuple[int, int]) -> str:
    return f"difference-{pair[0]}-{pair[1]}"


def _steps(told: _Told) -> tuple[View, ...]:
    return (
        *(View(_state(state), title, group=msg("Travel time")) for state, title in enumerate(told.states)),
        *(View(_difference(pair), told.title(pair), group=msg("Difference")) for pair in told.land.pairs),
    )


def _everybody(told: _Told) -> pd.Series:
    return pd.Series(COUNTRY, index=range(len(told.names.result.demand)))


def _towns(told: _Told) -> pd.Series:
    codes: pd.Series = told.names.result.demand["municipality_code"]
    return codes


def _notes(told: _Told, key: str) -> dict[str, Text]:
    """Tell what each step shows for a measure."""
    notes: dict[str, Text] = {}
    for pair in told.land.pairs:
        ((_, sums),) = told.land.sums(key, pair, _everybody(told))
        same = msg("Nobody's journey changes by {minutes:n} min or more.", minutes=NOTICED_MIN)
        notes[_difference(pair)] = (
            msg(
                "{nearer:n} people get at least 1 min nearer, {farther:n} at least 1 min farther; the mean "
                "journey goes from {before:n1} to {after:n1} min.",
                **sums,
            )
            if told.land.changed(key, pair)
            else same
        )
        for state, mean, share in ((pair[0], "before", "within_before"), (pair[1], "after", "within_after")):
            notes.setdefault(
                _state(state),
                msg(
                    "Mean journey {mean:n1} min; {share:n1} % of the people within {limit:n} min.",
                    mean=sums[mean],
                    share=100 * sums[share],
                    limit=told.land.measures[key].limit_min,
                ),
            )
    return notes


def _shapes(told: _Told) -> dict[str, NDArray[np.bool_]]:
    zones, land = told.land.zones, told.land
    columns = [state_column(key, state) for key in land.measures for state in range(len(land.states))]
    columns += [change_column(key, pair) for key in land.measures for pair in land.pairs]
    return {
        f"{column}/{number}": (zones[column] == number).to_numpy()
        for column in columns
        for number in sorted(zones[column].unique().tolist())
    }


def _land(told: _Told) -> Layer:
    codes = sorted(told.names.municipalities)
    return Layer(
        "land",
        msg("Land"),
        control=False,
        areas=tuple(Area(code, (theme.LAND,)) for code in codes),
        lines=(Lines("coast", "coast"),),
    )


def _time_name(measure: Measure, number: int) -> Text:
    if number == UNKNOWN:
        return msg("nobody lives near, or cannot be told")
    if number == NOTHING:
        return msg("not reached by road or car ferry")
    bounds = measure.bounds
    if number == len(bounds):
        return msg("more than {low:n} min", low=bounds[-1])
    if number == 0:
        return msg("up to {high:n} min", high=bounds[0])
    return msg("{low:n} to {high:n} min", low=bounds[number - 1], high=bounds[number])


def _colours(told: _Told, shapes: set[str]) -> tuple[Layer, Layer]:
    """Colour the land by travel time in each state, and by its change."""
    times, time_legend, changes = [], [], []
    for key, measure in told.land.measures.items():
        ramp = theme.ramp(len(measure.bounds) + 1)
        for number in (*range(len(measure.bounds) + 1), NOTHING, UNKNOWN):
            hatch = "missing" if number < 0 else ""
            fills = (
                ramp[number] if number >= 0 else theme.LAND if number == UNKNOWN else theme.SEQUENTIAL[-1],
            )
            line = f"{key}/{number}"
            for state in range(len(told.states)):
                shape = f"{state_column(key, state)}/{number}"
                if shape in shapes:
                    times.append(Area(shape, fills, hatch, legend=(line,), view=key, step=_state(state)))
            time_legend.append(
                Legend(line, _time_name(measure, number), "hatch" if hatch else "fills", fills, hatch)
            )
        for pair in told.land.pairs:
            for number in (*range(len(CLASSES)), UNKNOWN):
                shape = f"{change_column(key, pair)}/{number}"
                if shape in shapes:
                    changes.append(
                        Area(
                            shape,
                            (_change_fill(number),),
                            "missing" if number < 0 else "",
                            legend=(f"change/{number}",),
                            view=key,
                            step=_difference(pair),
                        )
                    )
    unknown = Legend(
        f"change/{UNKNOWN}", msg("nobody lives near, or cannot be told"), "hatch", (theme.LAND,), "missing"
    )
    return (
        Layer("times", msg("Travel time"), areas=tuple(times), legend=tuple(time_legend)),
        Layer(
            "changes",
            msg("Change of travel time"),
            areas=tuple(changes),
            legend=(
                *(
                    Legend(f"change/{number}", text, "fills", (_change_fill(number),))
                    for number, text in enumerate(CLASSES)
                ),
                unknown,
            ),
        ),
    )


def _change_fill(number: int) -> str:
    return theme.LAND if number in {UNKNOWN, UNCHANGED} else theme.DIVERGING[number]


def _borders(told: _Told) -> Layer:
    names = told.names
    return Layer(
        "borders",
        msg("Municipal borders and names"),
        areas=tuple(
            Area(code, features=(municipality_key(code),), outline="municipality")
            for code in sorted(names.municipalities)
        ),
        labels=tuple(
            Label(
                str(row.name),
                *names.municipality_points[row.municipality_code],
                0.0,
                MUNICIPALITY_NAMES_ZOOM,
                "municipality",
            )
            for row in rows_of(names.result.municipalities)
        ),
        legend=(Legend("municipality", msg("Municipal border"), "line", name="municipality", always=True),),
    )


def _place_key(key: str, row: Any) -> str:  # noqa: ANN401
    return f"place:{key}/{row.place_id}@{row.lon},{row.lat}"


def _moves(told: _Told, key: str, pair: tuple[int, int]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Find the places that are new, and those that are gone; a place that moved is both."""
    before, after = (told.places(key, state) for state in pair)
    spots = [set(zip(part["place_id"], part["lon"], part["lat"], strict=True)) for part in (before, after)]

    def only(part: pd.DataFrame, known: set[Any]) -> pd.DataFrame:
        here = zip(part["place_id"], part["lon"], part["lat"], strict=True)
        return part[[spot not in known for spot in here]]

    return only(after, spots[0]), only(before, spots[1])


def _place_features(told: _Told) -> list[Feature]:
    found: dict[str, Feature] = {}
    for key, name in told.measures.items():
        for state in range(len(told.states)):
            for row in rows_of(told.places(key, state)):
                place = _place_key(key, row)
                found.setdefault(
                    place,
                    Feature(
                        place,
                        str(row.name),
                        name,
                        Card((Field(msg("First seen in"), told.states[state]),)),
                        at=(float(row.lon), float(row.lat)),
                        view=key,
                    ),
                )
    return list(found.values())


def _places(told: _Told) -> Layer:
    """Draw the places of each state, new ones as stars; of a difference only what comes or goes."""
    places = []
    for key in told.measures:
        for state in range(len(told.states)):
            new, _ = _moves(told, key, (0, state))
            stars = {_place_key(key, row) for row in rows_of(new)} if state else set()
            for row in rows_of(told.places(key, state)):
                place = _place_key(key, row)
                marker = NEW if place in stars else MARKERS[row.basis]
                places.append(Place(place, row.lon, row.lat, marker, (marker,), key, _state(state)))
        for pair in told.land.pairs:
            for marker, rows in zip((NEW, GONE), _moves(told, key, pair), strict=True):
                places += [
                    Place(_place_key(key, row), row.lon, row.lat, marker, (marker,), key, _difference(pair))
                    for row in rows_of(rows)
                ]
    legend = {**PLACES, NEW: msg("New place"), GONE: msg("Place that is gone")}
    return Layer(
        "places",
        msg("Places"),
        places=tuple(places),
        legend=tuple(Legend(name, text, "marker", name=name) for name, text in legend.items()),
        note=msg("In the difference only places that come or go; GP practices are not drawn"),
    )


def _change_fields(key: str, sums: dict[str, Any], title: Text) -> tuple[Field, ...]:
    minutes = msg("min")
    return (
        Field(msg("Mean journey today"), missing_as_none(sums["before"]), minutes, 1, view=key),
        Field(
            msg("Mean journey: {scenario}", scenario=title),
            missing_as_none(sums["after"]),
            minutes,
            1,
            view=key,
        ),
        Field(msg("At least 1 min nearer"), round(sums["nearer"]), msg("people"), view=key),
        Field(msg("At least 1 min farther"), round(sums["farther"]), msg("people"), view=key),
    )


def _municipality_features(told: _Told) -> list[Feature]:
    fields: dict[str, list[Field]] = {code: [] for code in told.names.municipalities}
    for key in told.measures:
        for pair in told.land.pairs:
            if pair[0]:
                continue
            for code, sums in told.land.sums(key, pair, _towns(told)):
                if code in fields:
                    fields[code] += _change_fields(key, sums, told.title(pair))
    return [
        Feature(
            key=municipality_key(code),
            name=name,
            kind=msg("Municipality"),
            card=Card(tuple(fields[code])),
            at=told.names.municipality_points[code],
            shape=code,
        )
        for code, name in sorted(told.names.municipalities.items())
    ]


def _measure_key(key: str, pair: tuple[int, int]) -> str:
    return f"measure:{key}/{pair[0]}-{pair[1]}"


def _measure_features(told: _Told) -> list[Feature]:
    return [
        Feature(_measure_key(key, pair), name, told.title(pair), Card(), view=key, step=_difference(pair))
        for key, name in told.measures.items()
        for pair in told.land.pairs
    ]


_FIGURES: Final = (
    Column(msg("Mean journey before, min"), "number", 1),
    Column(msg("after, min"), "number", 1),
    Column(msg("Change, min"), "number", 1),
    Column(msg("Within the limit before, %"), "number", 1),
    Column(msg("after, %"), "number", 1),
    Column(msg("At least 1 min nearer, people"), "number", bar=True),
    Column(msg("At least 1 min farther, people"), "number", bar=True),
)


def _figures(sums: dict[str, Any]) -> tuple[float | int | None, ...]:
    before, after = sums["before"], sums["after"]
    return (
        missing_as_none(before),
        missing_as_none(after),
        missing_as_none(after - before),
        missing_as_none(100 * sums["within_before"]),
        missing_as_none(100 * sums["within_after"]),
        round(sums["nearer"]),
        round(sums["farther"]),
    )


def _measure_table(told: _Told) -> Table:
    rows = []
    for key, name in told.measures.items():
        for pair in told.land.pairs:
            ((_, sums),) = told.land.sums(key, pair, _everybody(told))
            rows.append(Row(_measure_key(key, pair), (name, told.title(pair), *_figures(sums))))
    return Table(
        "measures",
        msg("The whole country"),
        (Column(msg("Travel time to")), Column(msg("Scenario")), *_FIGURES),
        tuple(rows),
        note=msg("Click a row to see its difference on the map. Every other figure is in the tables folder."),
        order=7,
    )


def _municipality_table(told: _Told) -> Table:
    names = told.names.municipalities
    rows = [
        Row(municipality_key(code), (names[code], told.title(pair), *_figures(sums)), key)
        for key in told.measures
        for pair in told.land.pairs
        for code, sums in told.land.sums(key, pair, _towns(told))
        if code in names and (sums["nearer"] or sums["farther"])
    ]
    return Table(
        "municipalities",
        msg("Municipalities that change"),
        (Column(msg("Municipality")), Column(msg("Scenario")), *_FIGURES),
        tuple(rows),
        note=msg("Only municipalities where somebody's journey changes by at least 1 min."),
        order=7,
    )


def _reading(told: _Told) -> Section:
    groups = [
        Group(run.scenario.title, (run.scenario.note or msg("No note is given."), *_changes(run.scenario)))
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


def _changes(scenario: Any) -> list[Text]:  # noqa: ANN401
    """Tell what a scenario changes."""
    told: list[Text] = []
    told += [msg("Opens: {name}", name=place.name) for place in scenario.open]
    told += [
        msg("Leaves {name}: {functions}", name=place.facility, functions=", ".join(place.functions))
        if place.functions
        else msg("Closes: {name}", name=place.facility)
        for place in scenario.close
    ]
    told += [msg("Moves: {name}", name=place.facility) for place in scenario.move]
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
