"""GP practices as a page shows them: dots, cards, and a table of those that coverage hangs on."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
import pandas as pd

from maps.naming import Names, lon_lat, rows_of
from maps.telling.gp_words import INTAKE_WORDS, INTAKES
from maps.web.parts import Card, Column, Feature, Field, Layer, Legend, Listing, Place, Row, Table
from pipeline.coverage import points_xy
from pipeline.coverage.study import CoverageResult
from pipeline.messages import msg, translator

MOST_ROWS: Final = 300
"""Practices in the page's table; the table file has them all."""


@dataclass(frozen=True)
class Practices:
    """The practices that serve, gathered by place: several may stand on one point."""

    names: Names
    found: CoverageResult

    @cached_property
    def frame(self) -> pd.DataFrame:
        """Serving practices with a point: people who depend on them, marker and key of the place."""
        found = self.found
        placed = np.isfinite(points_xy(found.practices.geometry)).all(axis=1)
        frame = found.practices[found.serving & placed].merge(
            found.dependence.drop(columns="rank"), on="practice_id", how="left"
        )
        lon, lat = zip(*lon_lat(frame.geometry), strict=True) if len(frame) else ((), ())
        marker = np.select(
            [frame["open_to_new"].isna(), frame["open_to_new"].fillna(value=False)],
            ["practice_unknown", "practice"],
            "practice_closed",
        )
        told = pd.DataFrame(frame.drop(columns="geometry")).assign(lon=lon, lat=lat, marker=marker)
        told["place"] = [f"gp:{x:.5f},{y:.5f}" for x, y in zip(lon, lat, strict=True)]
        return told.sort_values("practice_id", ignore_index=True)


def practice_features(practices: Practices) -> list[Feature]:
    """Make a feature of each place with practices."""
    # Plain rows: slicing a frame for each of some thousand places takes longer than all the rest.
    places: dict[str, list[Any]] = {}
    for row in rows_of(practices.frame):
        places.setdefault(row.place, []).append(row)
    known = any(row.marker != "practice_unknown" for rows in places.values() for row in rows)
    return [_feature(practices, key, rows, intake=known) for key, rows in sorted(places.items())]


def _feature(practices: Practices, key: str, rows: list[Any], *, intake: bool) -> Feature:
    say = translator(practices.names.lang)
    first = rows[0]
    modelled = msg("modelled") if any(row.capacity_precision == "modelled" for row in rows) else ""
    same = all(row.name == first.name for row in rows)
    name = str(first.name) if same else msg("{name} and others", name=str(first.name))
    lists: tuple[Listing, ...] = ()
    if len(rows) > 1 and not same:
        lists = (Listing(msg("Practices here"), tuple((str(row.name), "") for row in rows)),)
    markers = {row.marker for row in rows}
    taking = INTAKE_WORDS[first.marker] if len(markers) == 1 else msg("some of them")
    alone = round(np.nanmax([row.people_alone for row in rows]))
    several = (Field(msg("Practices here"), len(rows)),) if len(rows) > 1 else ()
    gps = float(np.nansum([row.capacity for row in rows]))
    fields = (
        *several,
        Field(msg("GPs"), round(gps, 1), decimals=1, mark=modelled),
        *((Field(msg("New patients"), say(taking)),) if intake else ()),
        Field(msg("Nearest practice for"), round(sum(row.people_nearest for row in rows)), msg("people")),
        *((Field(msg("In a gap if it closed"), alone, msg("people")),) if alone else ()),
    )
    return Feature(
        key=key,
        name=name,
        kind=msg("GP practice") if first.precision != "modelled" else msg("GP practice, modelled place"),
        card=Card(fields, lists),
        at=(float(first.lon), float(first.lat)),
        layer="practices",
        words=practices.names.municipalities.get(str(first.municipality_code), ""),
    )


def practice_layer(practices: Practices) -> Layer:
    """Draw each place as a dot: open, closed or not known."""
    frame = practices.frame
    open_first = frame.sort_values(["marker", "practice_id"]).drop_duplicates("place").sort_values("place")
    modelled = (frame["precision"] == "modelled").any()
    return Layer(
        "practices",
        msg("GP practices"),
        places=tuple(Place(row.place, row.lon, row.lat, row.marker, dot=True) for row in rows_of(open_first)),
        legend=tuple(
            Legend(name, text, "marker", name=name, always=True)
            for name, text in INTAKES.items()
            if (open_first["marker"] == name).any()
        ),
        note=msg("Their places and number of GPs are modelled") if modelled else "",
    )


def practice_table(practices: Practices) -> Table:
    """List the practices that most people depend on."""
    frame = practices.frame[practices.frame["people_alone"] > 0]
    frame = frame.sort_values(["people_alone", "practice_id"], ascending=[False, True]).head(MOST_ROWS)
    say = translator(practices.names.lang)
    return Table(
        "practices",
        msg("Practices that people depend on"),
        (
            Column(msg("Practice")),
            Column(msg("Municipality")),
            Column(msg("In a gap if it closed, people"), "number", bar=True),
            Column(msg("… by time"), "number"),
            Column(msg("… by choice"), "number"),
            Column(msg("Nearest practice for, people"), "number"),
            Column(msg("GPs"), "number", 1),
            Column(msg("New patients")),
        ),
        tuple(_row(practices, row, say) for row in rows_of(frame)),
        note=msg("Those without whom most people would be in a gap; all practices are in the table file."),
        order=2,
    )


def _row(practices: Practices, row: Any, say: Any) -> Row:  # noqa: ANN401
    return Row(
        row.place,
        (
            f"{row.name} ({row.practice_id})",
            practices.names.municipalities.get(str(row.municipality_code)),
            round(row.people_alone),
            round(row.people_alone_time),
            round(row.people_alone_choice),
            round(row.people_nearest),
            row.capacity,
            say(INTAKE_WORDS[row.marker]),
        ),
    )
