"""The static figures of scenarios: travel times in each state, and what changes between two of them."""

from collections.abc import Collection, Iterator
from dataclasses import replace
from functools import partial
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd

from maps import theme
from maps.figures.class_map import AreaLayer, Classes, ClassLayer, Overlay
from maps.figures.cluster_atlas import ClusterAtlas
from maps.figures.figure_pool import Order, print_and_slide
from maps.figures.map_set import MapSet, ShownMap, shown_figure
from maps.figures.sheet import Caption
from maps.figures.site_figures import journey_notes, place_notes
from maps.telling.scenario_layers import CLASSES, GONE, NEW, UNTOLD, change_fill, moves, time_fill, time_name
from maps.telling.scenario_telling import ScenarioTelling, difference_note, state_note
from maps.telling.site_places import MARKERS
from pipeline.access.areas import join_cells
from pipeline.coverage.zones import NOTHING, UNKNOWN
from pipeline.messages import Message, msg, translator
from pipeline.scenarios.land import ACUTE, GP, change_column, state_column
from pipeline.scenarios.run import TODAY
from pipeline.study_result import StudyResult

FILES: Final = {ACUTE: "acute-access", GP: "gp-coverage"}
"""What the figures of a measure are called; those of a function as its other figures."""

NAMED: Final = 8
"""Places that come or go and are named on a figure, at most."""


def state_figure(told: ScenarioTelling, key: str, state: int) -> str:
    """Name of the figure of travel times in a state."""
    return f"{_file(key)}-{_ids(told)[state]}"


def difference_figure(told: ScenarioTelling, key: str, pair: tuple[int, int]) -> str:
    """Name of the figure of what changes between two states."""
    before, after = (_ids(told)[state] for state in pair)
    return f"{_file(key)}-difference-{before}-{after}"


def _file(key: str) -> str:
    return FILES.get(key, f"satellites-{key}")


def _ids(told: ScenarioTelling) -> tuple[str, ...]:
    return (TODAY, *(run.scenario.id for run in told.land.study.runs))


def _shown(told: ScenarioTelling) -> Iterator[tuple[str, tuple[int, int] | int]]:
    """Walk the figures of each measure that changes: its differences, then the states they lie between."""
    for key in told.land.measures:
        pairs = [pair for pair in told.land.pairs if told.land.changed(key, pair)]
        yield from ((key, pair) for pair in pairs)
        yield from ((key, state) for state in sorted({state for pair in pairs for state in pair}))


def prepare_scenarios(told: ScenarioTelling, atlas: ClusterAtlas, *, only: str | None = None) -> MapSet:
    """Gather what the figures show, of each measure that changes.

    Parameters
    ----------
    told
        Today and the scenarios.
    atlas
        The shown scheme, simplified for print.
    only
        Name of the only figure to draw.
    """
    maps = {}
    for key, what in _shown(told):
        if isinstance(what, int):
            name, draw = state_figure(told, key, what), partial(_state_map, told, key, what)
        else:
            name, draw = difference_figure(told, key, what), partial(_difference_map, told, key, what)
        if only in {None, name}:
            maps[name] = draw()
    return MapSet.on(atlas, maps)


def scenario_orders(
    told: ScenarioTelling,
    caption: Caption,
    formats: tuple[str, ...],
    *,
    codes: Collection[str] | None = None,
) -> list[Order]:
    """List the figures to draw, as A4 and as slide.

    Parameters
    ----------
    told
        Today and the scenarios.
    caption
        Credit and notes.
    formats
        Of the A4 figures.
    codes
        Municipalities whose people a difference counts; the whole country's when left out.
    """
    say, orders = translator(told.names.lang), []
    for key, what in _shown(told):
        measure = told.measures[key]
        if isinstance(what, int):
            name, title = state_figure(told, key, what), msg("Travel time: {what}", what=measure)
            subtitle = msg("{state}. {note}", state=told.states[what], note=state_note(told, key, what))
        else:
            name = difference_figure(told, key, what)
            title = msg("Change of travel time: {what}", what=measure)
            note = difference_note(told, key, what, codes)
            subtitle = msg("{state}. {note}", state=told.title(what), note=note)
        notes = (*caption.notes, *(say(note) for note in _notes(told.names.result, key)))
        one = replace(caption, title=say(title), subtitle=say(subtitle), notes=notes)
        orders += print_and_slide(name, shown_figure, one, formats, (name,))
    return orders


def _notes(result: StudyResult, key: str) -> list[Message]:
    """Say on a figure's face what the places and journeys of a measure rest on."""
    places: list[Message] = []
    if key == GP and result.coverage is not None:
        found = result.coverage
        if (found.practices.loc[found.serving, "precision"] == "modelled").any():
            places = [msg("Where the practices stand is modelled.")]
    elif key != ACUTE and result.sites is not None:
        pairs = result.sites.supply_pairs
        places = place_notes(pairs[pairs["function_id"] == key])
    return [*places, *journey_notes(result)]


def _layer(told: ScenarioTelling, column: str, classes: Classes) -> tuple[ClassLayer, list[AreaLayer]]:
    """Colour the land by the classes of a column; what no place reaches lies over it."""
    zones, say = told.land.zones, translator(told.names.lang)
    numbers = zones[column].to_numpy()
    kinds = [kind for kind in np.unique(numbers).tolist() if kind != NOTHING]
    shapes = np.array(
        [join_cells(zones.geometry.to_numpy()[numbers == kind]) for kind in kinds], dtype=object
    )
    values = pd.Series([np.nan if kind == UNKNOWN else float(kind) for kind in kinds], dtype=float)
    lost = zones.geometry.to_numpy()[numbers == NOTHING]
    fill = time_fill(len(classes.bounds) + 1, NOTHING)
    name = say(msg("not reached by road or car ferry"))
    cut_off = np.array([join_cells(lost)], dtype=object) if len(lost) else None
    over = [] if cut_off is None else [AreaLayer(name, cut_off, fill, theme.HATCH_MISSING.matplotlib)]
    return ClassLayer(shapes, values, classes), over


def _state_map(told: ScenarioTelling, key: str, state: int) -> ShownMap:
    measure, say = told.land.measures[key], translator(told.names.lang)
    count = len(measure.bounds) + 1
    classes = Classes(
        tuple(float(number) for number in range(1, count)),
        "",
        UNTOLD,
        tuple(time_fill(count, number) for number in range(count)),
        tuple(say(time_name(measure, number)) for number in range(count)),
    )
    layer, cut_off = _layer(told, state_column(key, state), classes)
    new, _ = moves(told, key, (0, state))
    places = told.places(key, state)
    stars = set(zip(new["place_id"], new["lon"], new["lat"], strict=True)) if state else set()
    spots = zip(places["place_id"], places["lon"], places["lat"], places["basis"], strict=True)
    markers = [NEW if spot[:3] in stars else "acute" if key == ACUTE else MARKERS[spot[3]] for spot in spots]
    return ShownMap(
        layer,
        Overlay(
            areas=cut_off,
            facilities=_points(places, markers, [NEW]),
        ),
    )


def _difference_map(told: ScenarioTelling, key: str, pair: tuple[int, int]) -> ShownMap:
    say, count = translator(told.names.lang), len(CLASSES)
    classes = Classes(
        tuple(float(number) for number in range(1, count)),
        "",
        UNTOLD,
        tuple(change_fill(number) for number in range(count)),
        tuple(say(text) for text in CLASSES),
    )
    layer, _ = _layer(told, change_column(key, pair), classes)
    new, gone = moves(told, key, pair)
    both = pd.concat([new, gone], ignore_index=True)
    return ShownMap(
        layer,
        Overlay(
            facilities=_points(both, [NEW] * len(new) + [GONE] * len(gone), [NEW, GONE]),
            marker_names={GONE: msg("Place that is gone")},
        ),
    )


def _points(places: pd.DataFrame, markers: list[str], named: list[str]) -> gpd.GeoDataFrame | None:
    """Place markers; the first of some kinds have their name, a place that moved once."""
    if places.empty:
        return None
    at = gpd.GeoSeries.from_xy(places["lon"], places["lat"], crs="EPSG:4326").to_crs("EPSG:25832")
    names = places["name"].astype(str).where(pd.Series(markers, index=places.index).isin(named), "")
    first = (~names.duplicated() & (names != "")).cumsum().le(NAMED) & ~names.duplicated()
    return gpd.GeoDataFrame(
        {"marker": markers, "label": names.where(first, "").to_numpy()},
        geometry=at.to_numpy(),
        crs="EPSG:25832",
    )
