"""The map of scenarios: land by travel time in each state and by its change, and the places."""

from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from maps import theme
from maps.naming import rows_of
from maps.telling.scenario_telling import ScenarioTelling, difference_step, state_step
from maps.telling.site_places import MARKERS
from maps.telling.site_words import PLACES
from maps.web.parts import Area, Card, Feature, Field, Layer, Legend, Place, Text
from pipeline.coverage.zones import NOTHING, UNKNOWN
from pipeline.messages import msg
from pipeline.scenarios.land import UNCHANGED, Measure, change_column, state_column

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

UNTOLD: Final = msg("nobody lives near, or cannot be told")
"""Class of land without people near."""

NEW: Final = "site"
GONE: Final = "closed"


def land_shapes(told: ScenarioTelling) -> dict[str, NDArray[np.bool_]]:
    """Tell which pieces of land each class of each state and difference holds."""
    zones, land = told.land.zones, told.land
    columns = [state_column(key, state) for key in land.measures for state in range(len(land.states))]
    columns += [change_column(key, pair) for key in land.measures for pair in land.pairs]
    return {
        f"{column}/{number}": (zones[column] == number).to_numpy()
        for column in columns
        for number in sorted(zones[column].unique().tolist())
    }


def time_name(measure: Measure, number: int) -> Text:
    """Say a class of travel time in words."""
    if number == UNKNOWN:
        return UNTOLD
    if number == NOTHING:
        return msg("not reached by road or car ferry")
    bounds = measure.bounds
    if number == len(bounds):
        return msg("more than {low:n} min", low=bounds[-1])
    if number == 0:
        return msg("up to {high:n} min", high=bounds[0])
    return msg("{low:n} to {high:n} min", low=bounds[number - 1], high=bounds[number])


def colour_layers(told: ScenarioTelling, shapes: set[str]) -> tuple[Layer, Layer]:
    """Colour the land by travel time in each state, and by its change."""
    times, time_legend, changes = [], [], []
    for key, measure in told.land.measures.items():
        for number in (*range(len(measure.bounds) + 1), NOTHING, UNKNOWN):
            hatch = "missing" if number < 0 else ""
            fills = (time_fill(len(measure.bounds) + 1, number),)
            line = f"{key}/{number}"
            for state in range(len(told.states)):
                shape = f"{state_column(key, state)}/{number}"
                if shape in shapes:
                    times.append(Area(shape, fills, hatch, legend=(line,), view=key, step=state_step(state)))
            time_legend.append(
                Legend(line, time_name(measure, number), "hatch" if hatch else "fills", fills, hatch)
            )
        for pair in told.land.pairs:
            for number in (*range(len(CLASSES)), UNKNOWN):
                shape = f"{change_column(key, pair)}/{number}"
                if shape in shapes:
                    changes.append(
                        Area(
                            shape,
                            (change_fill(number),),
                            "missing" if number < 0 else "",
                            legend=(f"change/{number}",),
                            view=key,
                            step=difference_step(pair),
                        )
                    )
    unknown = Legend(f"change/{UNKNOWN}", UNTOLD, "hatch", (theme.LAND,), "missing")
    return (
        Layer("times", msg("Travel time"), areas=tuple(times), legend=tuple(time_legend)),
        Layer(
            "changes",
            msg("Change of travel time"),
            areas=tuple(changes),
            legend=(
                *(
                    Legend(f"change/{number}", text, "fills", (change_fill(number),))
                    for number, text in enumerate(CLASSES)
                ),
                unknown,
            ),
        ),
    )


def time_fill(count: int, number: int) -> str:
    """Give the colour of a class of travel time, of so many; the longer, the darker."""
    if number == UNKNOWN:
        return theme.LAND
    return theme.SEQUENTIAL[-1] if number == NOTHING else theme.ramp(count)[number]


def change_fill(number: int) -> str:
    """Give the colour of a class of a change."""
    return theme.LAND if number in {UNKNOWN, UNCHANGED} else theme.DIVERGING[number]


def _place_key(key: str, row: Any) -> str:  # noqa: ANN401
    return f"place:{key}/{row.place_id}@{row.lon},{row.lat}"


def moves(told: ScenarioTelling, key: str, pair: tuple[int, int]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Find the places that are new, and those that are gone; a place that moved is both."""
    before, after = (told.places(key, state) for state in pair)
    spots = [set(zip(part["place_id"], part["lon"], part["lat"], strict=True)) for part in (before, after)]

    def only(part: pd.DataFrame, known: set[Any]) -> pd.DataFrame:
        here = zip(part["place_id"], part["lon"], part["lat"], strict=True)
        return part[np.array([spot not in known for spot in here], dtype=bool)]

    return only(after, spots[0]), only(before, spots[1])


def place_features(told: ScenarioTelling) -> list[Feature]:
    """Tell of every place in any state."""
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


def place_layer(told: ScenarioTelling) -> Layer:
    """Draw the places of each state, new ones as stars; of a difference only what comes or goes."""
    places = []
    for key in told.measures:
        for state in range(len(told.states)):
            new, _ = moves(told, key, (0, state))
            stars = {_place_key(key, row) for row in rows_of(new)} if state else set()
            for row in rows_of(told.places(key, state)):
                place = _place_key(key, row)
                marker = NEW if place in stars else MARKERS[row.basis]
                places.append(Place(place, row.lon, row.lat, marker, (marker,), key, state_step(state)))
        for pair in told.land.pairs:
            for marker, rows in zip((NEW, GONE), moves(told, key, pair), strict=True):
                places += [
                    Place(
                        _place_key(key, row), row.lon, row.lat, marker, (marker,), key, difference_step(pair)
                    )
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
