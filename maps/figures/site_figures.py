"""The static figures ``satellites``: all functions together, and each with its best new places."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from math import ceil
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
from maps.figures.surface import Box
from maps.naming import rows_of
from maps.telling.site_choices import GAIN_NAMES, models_of
from maps.telling.site_places import MARKERS
from maps.telling.site_telling import SiteTelling
from maps.telling.site_words import GAINS, SHORT_MODELS, time_classes, time_fill
from pipeline.access.areas import join_cells
from pipeline.messages import Message, msg
from pipeline.sites.overview import NEARER, NEWLY_WITHIN, bounds_of, time_column
from pipeline.study_result import StudyResult

ALL: Final = "satellites"
"""Name of the figure of all functions together."""

SHOWN_PLACES: Final = 3
"""New places of each function on the figures, at most."""

NAMED: Final = 8
"""New places for several functions that are named on the figure of all functions, at most."""

_LIMIT_CLASS: Final = 1  # the class of travel time that ends at the limit


def prepare_sites(told: SiteTelling, atlas: ClusterAtlas) -> MapSet:
    """Gather what the figures show: all functions, and each function with its best new places."""
    maps = {ALL: _together(told)}
    for function_id in told.functions:
        maps[f"{ALL}-{function_id}"] = function_map(told, function_id, _best(told, function_id))
    return MapSet.on(atlas, maps)


def site_orders(told: SiteTelling, caption: Caption, formats: tuple[str, ...]) -> list[Order]:
    """List the figures to draw, as A4 and as slide.

    Parameters
    ----------
    told
        The study.
    caption
        Credit, and notes that every figure has.
    formats
        Of the A4 figures.
    """
    orders = []
    for name, one in _captions(told, caption):
        orders += print_and_slide(name, shown_figure, one, formats, (name,))
    return orders


def _captions(told: SiteTelling, caption: Caption) -> list[tuple[str, Caption]]:
    say = told.say
    notes = (*caption.notes, *(say(note) for note in basis_notes(told)))
    best = {function_id: len(_best(told, function_id)) for function_id in told.functions}
    whole = replace(
        caption,
        title=say(msg("Hospital functions near people, and where new places would help most")),
        subtitle=say(_whole_subtitle(len(best), max(best.values(), default=0))),
        notes=notes,
    )
    found = [(ALL, whole)]
    for function_id, name in told.function_names.items():
        one = replace(caption, title=name, subtitle=say(_subtitle(told, best[function_id])), notes=notes)
        found.append((f"{ALL}-{function_id}", one))
    return found


def _whole_subtitle(functions: int, count: int) -> Message:
    if not count:
        return msg("Functions within their limit today, of {all:n}", all=functions)
    if count == 1:
        return msg(
            "Functions within their limit today, of {all:n}; stars: the best new place of each function, "
            "named with their number where they serve several",
            all=functions,
        )
    return msg(
        "Functions within their limit today, of {all:n}; stars: the {count:n} best new places of each "
        "function, named with their number where they serve several",
        all=functions,
        count=count,
    )


def _subtitle(told: SiteTelling, count: int) -> Message:
    if not count:
        return msg("Minutes by car today")
    aim = SHORT_MODELS[models_of(told)[0]]
    if count == 1:
        return msg("Minutes by car today, and the best new place: {aim}", aim=aim)
    return msg("Minutes by car today, and the {count:n} best new places: {aim}", count=count, aim=aim)


def basis_notes(told: SiteTelling) -> list[Message]:
    """Say on a figure's face what its places and times rest on."""
    return [*place_notes(told.study.supply_pairs), *journey_notes(told.names.result)]


def place_notes(supply_pairs: pd.DataFrame) -> list[Message]:
    """Say on a figure's face that functions are only taken to be at some of the places shown."""
    assumed = (supply_pairs["basis"] == "assumed").any()
    return [msg("Where the functions are today is partly assumed.")] if assumed else []


def journey_notes(result: StudyResult) -> list[Message]:
    """Say on a figure's face what its journeys rest on."""
    notes = []
    if result.router.network.arcs.precision == "approximate":
        notes.append(msg("Travel times are approximate."))
    if (result.demand["precision"] == "modelled").any():
        notes.append(msg("Where people live is modelled."))
    return notes


def _best(told: SiteTelling, function_id: str) -> tuple[int, ...]:
    """Rows of the sites in a function's best choice of a few places, by the first model asked."""
    for count in range(SHOWN_PLACES, 0, -1):
        for model in models_of(told)[:1]:
            if sites := told.overview.chosen.get((function_id, model, count)):
                return sites
    return ()


def _together(told: SiteTelling) -> ShownMap:
    """Colour the land by how many functions are within their limit, with the new places of all."""
    zones, every = told.overview.zones, len(told.functions)
    times = zones[[time_column(function_id) for function_id in told.functions]].to_numpy()
    within = ((times >= 0) & (times <= _LIMIT_CLASS)).sum(axis=1).astype(float)
    within[(times == -1).all(axis=1)] = np.nan
    bounds = sorted({ceil(part * every) for part in (0.4, 0.6, 0.8)} | {every})
    edges = [0, *bounds]
    say = told.say
    names = [
        say(msg("{low:n} to {high:n} functions", low=low, high=high - 1))
        if high - 1 > low
        else say(msg("{low:n} {low:|function|functions}", low=low))
        for low, high in pairwise(edges)
    ]
    classes = Classes(
        tuple(float(bound) for bound in bounds),
        "",
        msg("nobody lives near"),
        tuple(reversed(theme.ramp(len(bounds) + 1))),
        (*names, say(msg("all {count:n} {count:|function|functions}", count=every))),
    )
    number = classes.of(pd.Series(within))
    shapes = [join_cells(zones.geometry.to_numpy()[number == kind]) for kind in np.unique(number)]
    values = pd.Series([within[number == kind][0] for kind in np.unique(number)])
    chosen = pd.Series([row for key in told.functions for row in _best(told, key)], dtype="int64")
    times_chosen = chosen.value_counts().rename_axis("row").reset_index(name="functions")
    times_chosen = times_chosen.sort_values(["functions", "row"], ascending=[False, True])
    sites = told.study.inputs.sites
    labels = [
        f"{told.labels[str(sites['site_id'].iloc[row.row])]} ({row.functions})"
        if row.functions > 1 and number < NAMED
        else ""
        for number, row in enumerate(rows_of(times_chosen))
    ]
    points = gpd.GeoDataFrame(
        {"marker": "site", "label": labels}, geometry=sites.geometry.reindex(times_chosen["row"]).to_numpy()
    )
    over = Overlay(facilities=points if len(points) else None)
    return ShownMap(ClassLayer(np.array(shapes, dtype=object), values, classes), over)


def function_map(
    told: SiteTelling, function_id: str, sites: Sequence[int], extent: Box | None = None
) -> ShownMap:
    """Show how a function is reached today, and who gains by new places.

    Parameters
    ----------
    told
        The study.
    function_id
        The function.
    sites
        Rows of the candidates that would open.
    extent
        What to show, metres; the whole country when left out.
    """
    function, overview, say = told.functions[function_id], told.overview, told.say
    column = overview.zones[time_column(function_id)].to_numpy()
    bounds = bounds_of(function)
    middles = [bound - 0.001 for bound in bounds] + [bounds[-1] + 0.001]
    kinds = np.unique(column)
    minutes = pd.Series([middles[kind] if kind >= 0 else np.nan for kind in kinds])
    classes = Classes(
        bounds,
        say(msg("min")),
        msg("not reached, or nobody lives near"),
        tuple(time_fill(kind) for kind in time_classes()),
    )
    shapes = [join_cells(overview.zones.geometry.to_numpy()[column == kind]) for kind in kinds]
    places = overview.places[overview.places["function_id"] == function_id].sort_values("supply_id")
    supply = told.study.supply.set_index("supply_id").geometry
    candidates = told.study.inputs.sites
    stars = candidates.iloc[list(sites)]
    points = gpd.GeoDataFrame(
        {
            "marker": [*(MARKERS[basis] for basis in places["basis"]), *["site"] * len(stars)],
            "label": [*[""] * len(places), *(told.labels[str(key)] for key in stars["site_id"])],
        },
        geometry=[*supply.reindex(places["supply_id"]), *stars.geometry],
        crs=candidates.crs,
    )
    return ShownMap(
        ClassLayer(np.array(shapes, dtype=object), minutes, classes),
        Overlay(
            facilities=points if len(points) else None,
            areas=_gained(told, function_id, sites),
        ),
        extent,
    )


def _gained(told: SiteTelling, function_id: str, sites: Sequence[int]) -> list[AreaLayer]:
    """Take the land that gains by new places."""
    if not sites:
        return []
    function, overview, say = told.functions[function_id], told.overview, told.say
    gain = overview.over_land(overview.gain(function, sites), 0)
    minutes = {
        NEWLY_WITHIN: overview.limit_of(function),
        NEARER: told.study.functions.guideline.shorter_min.value,
    }
    layers = []
    for kind, name in GAIN_NAMES.items():
        cells = overview.cells.to_numpy()[gain == kind]
        if len(cells):
            within = kind == NEWLY_WITHIN
            layers.append(
                AreaLayer(
                    say(Message(GAINS[name].text, {"minutes": minutes[kind]})),
                    np.array([join_cells(cells)], dtype=object),
                    theme.GAIN if within else theme.GAIN_LIGHT,
                    None if within else theme.HATCH_NEARER.matplotlib,
                )
            )
    return layers
