"""The layer of municipal borders and names that every map page has."""

from typing import Final

from maps.naming import Names, municipality_key, rows_of
from maps.web.parts import Area, Label, Layer, Legend, Lines
from pipeline.messages import msg

NAMES_ZOOM: Final = 8.5
"""Zoom from which municipalities are named."""


def municipality_layer(names: Names, *, clickable: bool, visible: bool = True) -> Layer:
    """Draw the borders of the municipalities, and their names where there is room.

    Parameters
    ----------
    names
        The study's result and its names.
    clickable
        Lay the municipalities over the map, so that a click opens their card; their names then give way to
        all others. Else only the lines between them are drawn, and names go by people.
    visible
        Whether the layer is on at first.
    """
    areas = tuple(
        Area(code, features=(municipality_key(code),), outline="municipality")
        for code in sorted(names.municipalities)
    )
    return Layer(
        "borders",
        msg("Municipal borders and names"),
        visible=visible,
        areas=areas if clickable else (),
        lines=() if clickable else (Lines("inner", "municipality"),),
        labels=tuple(
            Label(
                str(row.name),
                *names.municipality_points[str(row.municipality_code)],
                priority=0.0 if clickable else float(row.population),
                min_zoom=NAMES_ZOOM,
                style="municipality",
            )
            for row in rows_of(names.result.municipalities)
        ),
        legend=(Legend("municipality", msg("Municipal border"), "line", name="municipality", always=True),),
    )
