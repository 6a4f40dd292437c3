"""Write the explain cards of candidate sites: a page, a PDF for print and the map as a picture."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import shapely

from maps.figures.cluster_atlas import ClusterAtlas
from maps.figures.figure_files import figure_bytes
from maps.figures.figure_pool import FigurePool
from maps.figures.map_set import MapSet, ShownMap, shown_figure
from maps.figures.sheet import Caption, Format
from maps.figures.site_figures import basis_notes, function_map
from maps.figures.surface import Box
from maps.paper.document import paper_pdf
from maps.paper.model import Paper
from maps.paper.page import paper_html
from maps.paper.pictures import with_pictures
from maps.papers.site_card import CARDS, SiteCard, card_sites
from maps.papers.site_curves import Curves, curves_figure
from maps.telling.site_choices import models_of, steps_of
from maps.telling.site_sections import curve_values
from maps.telling.site_telling import SiteTelling
from maps.telling.site_words import SHORT_MODELS
from maps.web.parts import Link
from pipeline.location import MORE_IS_BETTER
from pipeline.messages import msg
from pipeline.sites.overview import NO_GAIN

CARD: Final = Format("card", 180.0, None, 1.0, 1.0, 0.14)
"""The map of a card: as wide as its page."""

LEAST_M: Final = 30_000.0
"""Least distance that a card's map shows around the place, metres."""

MOST_M: Final = 60_000.0
"""What gains, or the nearest place of today, is shown up to this distance, metres."""

_PAD: Final = 0.06
_ASPECT: Final = 0.6


@dataclass(frozen=True, slots=True)
class CardJob:
    """One card to write; `name` is its file without ending."""

    name: str
    paper: Paper
    caption: Caption
    curves: Curves
    links: tuple[Link, ...] = ()

    def write(self, source: object, folder: Path) -> list[Path]:
        """Draw map and curves, put them into the paper and write the files."""
        if not isinstance(source, MapSet):
            raise TypeError("a card is drawn from the maps of its places")
        drawn = shown_figure(source, self.name, self.caption, CARD)
        paper = with_pictures(self.paper, [drawn, curves_figure(self.curves)])
        files = {
            "html": paper_html(paper, links=self.links).encode(),
            "pdf": paper_pdf(paper),
            "png": figure_bytes(drawn, "png"),
        }
        paths = []
        for ending, content in files.items():
            path = folder / f"{self.name}.{ending}"
            path.write_bytes(content)
            paths.append(path)
        return paths


def write_cards(
    told: SiteTelling,
    atlas: ClusterAtlas,
    folder: Path,
    *,
    pool: FigurePool,
    links: tuple[Link, ...] = (),
) -> list[Path]:
    """Write the cards that the settings ask for.

    Parameters
    ----------
    told
        The study.
    atlas
        Land ready for print.
    folder
        The study's folder; cards go to a folder of their own in it.
    pool
        The processes that draw.
    links
        The pages of the study, for the navigation.

    Returns
    -------
    list of Path
        HTML, PDF and PNG of each card.
    """
    cards = [SiteCard(told, site) for site in card_sites(told)]
    if not cards:
        return []
    back = tuple(Link(link.title, f"../{link.href}") for link in links)
    maps = MapSet.on(atlas, {card.site_id: _map(card) for card in cards})
    jobs = [
        CardJob(
            card.site_id,
            card.paper(),
            _caption(card),
            _curves(card),
            (
                *back,
                Link(msg("For print (PDF)"), f"{card.site_id}.pdf"),
                Link(msg("The map as a picture (PNG)"), f"{card.site_id}.png"),
            ),
        )
        for card in cards
    ]
    return pool.draw(maps, jobs, folder / CARDS)


def _caption(card: SiteCard) -> Caption:
    notes = tuple(card.told.say(note) for note in basis_notes(card.told))
    return Caption("", "", "", notes, card.told.lang)


def _map(card: SiteCard) -> ShownMap:
    shown = function_map(card.told, str(card.main["function_id"]), (card.place,))
    return replace(shown, extent=_extent(card))


def _extent(card: SiteCard) -> Box:
    """Show the place, what lies around it and the land that gains."""
    told, overview = card.told, card.told.overview
    function = told.functions[card.main["function_id"]]
    point = told.study.inputs.sites.geometry.iloc[card.place]
    gain = overview.over_land(overview.gain(function, (card.place,)), NO_GAIN)
    gained = overview.cells.to_numpy()[gain != NO_GAIN]
    boxes = [point.buffer(LEAST_M / 2).bounds]
    near = gained[shapely.dwithin(gained, point, MOST_M)]
    if len(near):
        boxes.append(tuple(shapely.total_bounds(near)))
    case = told.study.cases[str(card.main["function_id"])]
    today = told.study.supply.geometry.iloc[case.places]
    away = today.distance(point)
    if len(today) and away.min() <= MOST_M:
        boxes.append(today[away.idxmin()].bounds)
    west, south = np.min([box[:2] for box in boxes], axis=0)
    east, north = np.max([box[2:] for box in boxes], axis=0)
    height = (north - south) * (1 + 2 * _PAD)
    width = max((east - west) * (1 + 2 * _PAD), height / _ASPECT)
    height = max(height, width * _ASPECT)
    x, y = (west + east) / 2, (south + north) / 2
    return float(x - width / 2), float(y - height / 2), float(x + width / 2), float(y + height / 2)


def _curves(card: SiteCard) -> Curves:
    told, say, main = card.told, card.told.say, card.main
    function_id = str(main["function_id"])
    model = next((model for model in models_of(told) if model in MORE_IS_BETTER), None)
    steps = [step for step in steps_of(told, function_id) if step.model == model]
    title = (
        say(msg("{function}: {aim}", function=told.function_names[function_id], aim=SHORT_MODELS[model]))
        if model
        else ""
    )
    firm = told.shaken
    return Curves(
        told.lang,
        (title, say(msg("Rank here; bar: nine of ten test runs") if firm else msg("Rank"))),
        (say(msg("New places")), say(msg("People within the limit")), say(msg("Rank"))),
        curve_values(steps, model) if model else (),
        [
            (
                told.function_names[row["function_id"]],
                float(row["rank"]),
                float(row["rank_low"]) if firm else np.nan,
                float(row["rank_high"]) if firm else np.nan,
            )
            for row in card.rows.to_dict("records")
        ],
    )
