"""The sentences that every page has, in English; catalogues hold the Danish."""

from collections.abc import Mapping
from typing import Final

from pipeline.messages import Message, msg

PAGE: Final[Mapping[str, Message]] = {
    "skip_to_main": msg("Skip to the content"),
    "skip_to_controls": msg("Skip the map, to search and layers"),
    "skip_to_table": msg("Skip the map, to the table"),
    "pages": msg("Pages"),
    "about_data": msg("About the data"),
    "sources": msg("Sources and licences"),
    "map": msg("Map"),
    "map_label": msg("Map. The same numbers stand in the table below."),
    "controls": msg("Search, layers and legend"),
    "noscript": msg(
        "The map needs JavaScript. The figures are also found in the tables of the results folder."
    ),
    "search": msg("Find a place"),
    "search_hint": msg("Cluster, municipality, hospital …"),
    "search_results": msg("Places found"),
    "views": msg("Show"),
    "layers": msg("Layers"),
    "legend": msg("Legend"),
    "background": msg("Background map"),
    "background_note": msg(
        "Fetched from {host} while it is ticked; otherwise this page asks nobody for anything."
    ),
    "background_key": msg("Key for the background map (not kept)"),
    "map_help": msg(
        "Click an area or a marker to see its figures. With the keyboard: Tab and Enter; Esc closes."
    ),
    "print": msg("Print the page"),
    "tables": msg("The numbers of the map"),
    "choose_table": msg("Choose a table"),
    "filter": msg("Filter rows"),
}
"""Sentences of the template."""

SCRIPT: Final[Mapping[str, Message]] = {
    "zoom_in": msg("Zoom in"),
    "zoom_out": msg("Zoom out"),
    "whole_country": msg("Show the whole country"),
    "wheel_hint": msg("Click the map first to zoom with the wheel"),
    "close": msg("Close"),
    "not_stated": msg("not stated"),
    "here_also": msg("Here:"),
    "show_in_table": msg("Show in the table"),
    "show_on_map": msg("show on the map"),
    "view_shown": msg("Shown now: {view}"),
    "hits": msg("Places found: {n}; choose with the arrow keys"),
    "no_hits": msg("No place found"),
    "rows_shown": msg("{shown} of {all} rows"),
}
"""Sentences that the page's script fills in and shows; their fields are kept for it."""
