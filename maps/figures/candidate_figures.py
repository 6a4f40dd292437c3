"""The static figures ``candidates``: the user's own list by verdict, over how a function is reached today."""

from dataclasses import replace
from typing import Final

import geopandas as gpd
import pandas as pd

from maps.figures.cluster_atlas import ClusterAtlas
from maps.figures.figure_pool import Order, print_and_slide
from maps.figures.map_set import MapSet, ShownMap, shown_figure
from maps.figures.sheet import Caption
from maps.figures.site_figures import basis_notes, function_map
from maps.telling.site_telling import SiteTelling
from maps.telling.site_words import CANDIDATES, marker_of
from pipeline.messages import msg

NAME: Final = "candidates"

NAMED: Final = 12
"""Proposals that are named on a figure, the best first, at most."""


def _own(told: SiteTelling, function_id: str) -> pd.DataFrame:
    """Rank the user's own proposals for a function, those that have it already left out."""
    ranked = told.ranking[function_id]
    return ranked[(ranked["kind"] == "candidate") & ranked["verdict"].isin(list(CANDIDATES))]


def prepare_candidates(told: SiteTelling, atlas: ClusterAtlas) -> MapSet:
    """Gather the maps of the functions that the user's own list has proposals for.

    Parameters
    ----------
    told
        The study.
    atlas
        The shown scheme, simplified for print.
    """
    maps = {}
    for function_id in told.functions:
        own = _own(told, function_id)
        if len(own):
            maps[f"{NAME}-{function_id}"] = _map(told, function_id, own)
    return MapSet.on(atlas, maps)


def _map(told: SiteTelling, function_id: str, own: pd.DataFrame) -> ShownMap:
    today = function_map(told, function_id, ())
    sites = told.study.inputs.sites.set_index("site_id").geometry.loc[own["site_id"]]
    points = gpd.GeoDataFrame(
        {
            "marker": [marker_of(verdict) for verdict in own["verdict"]],
            "label": [
                told.labels[str(key)] if number < NAMED else "" for number, key in enumerate(own["site_id"])
            ],
        },
        geometry=sites.to_numpy(),
        crs=sites.crs,
    )
    places = [points] if today.over.facilities is None else [today.over.facilities, points]
    over = replace(
        today.over,
        facilities=pd.concat(places, ignore_index=True).fillna({"label": ""}),
        marker_names={marker_of(verdict): text for verdict, text in CANDIDATES.items()},
    )
    return replace(today, over=over)


def candidate_orders(told: SiteTelling, caption: Caption, formats: tuple[str, ...]) -> list[Order]:
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
    say, orders = told.say, []
    notes = (*caption.notes, *(say(note) for note in basis_notes(told)))
    for function_id, function in told.function_names.items():
        own = len(_own(told, function_id))
        if not own:
            continue
        name = f"{NAME}-{function_id}"
        title = say(msg("Own proposals: {function}", function=function))
        subtitle = say(msg("Minutes by car today, and {count:n} {count:|proposal|proposals}", count=own))
        one = replace(caption, title=title, subtitle=subtitle, notes=notes)
        orders += print_and_slide(name, shown_figure, one, formats, (name,))
    return orders
