"""Places of today as a page shows them: stated or assumed, with the visits that they draw."""

from typing import Any, Final

import pandas as pd

from maps.naming import lon_lat, rows_of
from maps.telling.site_telling import SiteTelling
from maps.telling.site_words import ASSUMED, BASIS, PLACE_KINDS, PLACES, STATED
from maps.web.parts import Card, Column, Feature, Field, Layer, Legend, Listing, Place, Row, Table
from pipeline.messages import Message, msg

MARKERS: Final = {"stated": STATED, "assumed": ASSUMED}
LAYER: Final = "today"


def place_key(supply_id: object) -> str:
    """Key of the feature of a place of today."""
    return f"place:{supply_id}"


def _frame(told: SiteTelling) -> pd.DataFrame:
    supply = told.study.supply
    lon, lat = zip(*lon_lat(supply.geometry), strict=True) if len(supply) else ((), ())
    points = pd.DataFrame(supply.drop(columns="geometry")).assign(lon=lon, lat=lat)
    return told.overview.places.merge(points, on="supply_id").sort_values(["supply_id", "function_id"])


def place_features(told: SiteTelling) -> list[Feature]:
    """Make a feature of each place, with its visits by function."""
    return [_feature(told, str(key), rows) for key, rows in _frame(told).groupby("supply_id", sort=True)]


def _feature(told: SiteTelling, key: str, rows: pd.DataFrame) -> Feature:
    first = rows.iloc[0]
    by_function = {row.function_id: row for row in rows_of(rows)}
    ordered = [by_function[function_id] for function_id in told.functions if function_id in by_function]
    fields = [field for row in ordered for field in _fields(told, row)]
    offered = tuple(
        (
            msg("{function}: {basis}", function=told.function_names[row.function_id], basis=BASIS[row.basis]),
            "",
        )
        for row in ordered
    )
    return Feature(
        key=place_key(key),
        name=str(first["name"]),
        kind=_kind(first["kind"]),
        kinds={
            row.function_id: msg("{kind} · {basis}", kind=_kind(row.kind), basis=BASIS[row.basis])
            for row in ordered
        },
        card=Card(tuple(fields), (Listing(msg("Functions here today"), offered),)),
        at=(float(first["lon"]), float(first["lat"])),
        layer=LAYER,
    )


def _kind(kind: str) -> Message:
    return PLACE_KINDS.get(kind, PLACE_KINDS["health_house"])


def _fields(told: SiteTelling, row: Any) -> list[Field]:  # noqa: ANN401
    view = row.function_id
    needed = told.functions[view].min_volume.value
    below = msg("fewer than the {needed:n} needed", needed=needed) if row.below else ""
    return [
        Field(
            msg("Visits a year, if all go to the nearest place"),
            round(row.visits),
            mark=below,
            caution=bool(row.below),
            view=view,
        ),
        Field(msg("That the function is here"), BASIS[row.basis], view=view),
    ]


def place_layer(told: SiteTelling) -> Layer:
    """Draw the places of each function, the assumed ones with a question mark."""
    return Layer(
        LAYER,
        msg("Places of today"),
        places=tuple(
            Place(
                place_key(row.supply_id),
                row.lon,
                row.lat,
                MARKERS[row.basis],
                (MARKERS[row.basis],),
                row.function_id,
            )
            for row in rows_of(_frame(told))
        ),
        legend=tuple(Legend(name, text, "marker", name=name) for name, text in PLACES.items()),
        note=msg("Assumed places decide much: see the list below the map"),
    )


def place_table(told: SiteTelling) -> Table:
    """List the places of each function with the visits that they draw."""
    return Table(
        "places",
        msg("Places of today"),
        (
            Column(msg("Place")),
            Column(msg("Kind")),
            Column(msg("That it has the function is")),
            Column(msg("Visits a year"), "number", note=msg("If all go to the nearest place"), bar=True),
            Column(msg("Enough visits")),
        ),
        tuple(
            Row(
                place_key(row.supply_id),
                (
                    str(row.name),
                    told.say(_kind(row.kind)),
                    told.say(BASIS[row.basis]),
                    round(row.visits),
                    told.say(msg("no") if row.below else msg("yes")),
                ),
                row.function_id,
            )
            for row in rows_of(_frame(told))
        ),
        order=3,
    )
