"""The map of access to acute hospitals: travel-time bands, catchments, isochrones, hospitals."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import pandas as pd
import shapely

from maps import theme
from maps.naming import Names, facility_key, municipality_key, rows_of
from maps.pages.border_layer import municipality_layer
from maps.pages.cluster_layers import study_topology
from maps.telling.access_words import band_fill, band_name
from maps.web.parts import (
    Area,
    Layer,
    Legend,
    Lines,
    Place,
)
from maps.web.topology import Topology, build_topology, merged
from maps.words import HOSPITAL_ROLES
from pipeline.access.areas import BANDS_MIN, FARTHER, NOT_REACHED
from pipeline.crs import GEOGRAPHIC
from pipeline.messages import msg

LINE_DETAIL_DEGREES: Final = 0.001
"""Detail of isochrones dropped for the screen, about 100 m."""


@dataclass(frozen=True)
class AccessFigures:
    """The access figures of a study, ready to be told."""

    names: Names

    @cached_property
    def zones(self) -> pd.DataFrame:
        """The study's zones with the key of each shape."""
        zones = self.names.result.zones
        keys = [f"zone:{row.band}/{row.facility_id or ''}" for row in rows_of(zones)]
        keyed: pd.DataFrame = zones.assign(key=keys)
        return keyed

    @cached_property
    def figures(self) -> Mapping[tuple[str, str, str], Any]:
        """Figures by scheme, level and key."""
        frame = self.names.result.access.figures
        return {(row.scheme, row.level, row.key): row for row in rows_of(frame)}

    @cached_property
    def hospital_names(self) -> dict[str, str]:
        """Name of each acute hospital by id."""
        frame = self.names.result.access.hospitals
        return dict(zip(frame["facility_id"], frame["name"], strict=True))


def access_topology(told: AccessFigures) -> Topology:
    """Give the shapes of zones, catchments and isochrones beside those of the study."""
    zones = told.zones
    own = build_topology(list(zones["key"]), zones.geometry.to_crs(GEOGRAPHIC))
    by_hospital = dict(iter(zones.dropna(subset="facility_id").groupby("facility_id")["key"]))
    shapes = {facility_key(key): merged(own, list(rows)) for key, rows in by_hospital.items()}
    own = own.with_shapes(shapes).with_borders("catchments", list(shapes))
    for row in rows_of(told.names.result.isochrones.to_crs(GEOGRAPHIC)):
        own = own.with_lines(f"isochrone-{row.minutes:g}", _parts(row.geometry))
    return study_topology(told.names).joined(own)


def _parts(lines: shapely.Geometry) -> list[shapely.LineString]:
    """Take a line apart, to the detail of the screen."""
    simple = shapely.simplify(lines, LINE_DETAIL_DEGREES)
    return [part for part in shapely.get_parts(simple) if part.length > 0]


def access_layers(told: AccessFigures) -> tuple[Layer, ...]:
    """Make the layers of the map."""
    names = told.names
    zones = told.zones
    codes = sorted(names.municipalities)
    present = set(zones["band"])
    bands = [band for band in (*(str(limit) for limit in BANDS_MIN), FARTHER, NOT_REACHED) if band in present]
    return (
        Layer(
            "land",
            msg("Land"),
            control=False,
            areas=tuple(Area(code, (theme.LAND,), features=(municipality_key(code),)) for code in codes),
            lines=(Lines("coast", "coast"),),
        ),
        Layer(
            "times",
            msg("Travel time"),
            areas=tuple(
                Area(
                    row.key,
                    (band_fill(row.band),),
                    "missing" if row.band == NOT_REACHED else "",
                    (facility_key(row.facility_id),) if row.facility_id else (),
                    (f"band-{row.band}",),
                )
                for row in rows_of(zones)
            ),
            legend=tuple(
                Legend(
                    f"band-{band}",
                    band_name(band),
                    "hatch" if band == NOT_REACHED else "fills",
                    (band_fill(band),),
                    "missing" if band == NOT_REACHED else "",
                )
                for band in bands
            ),
        ),
        Layer(
            "isochrones",
            msg("Isochrones"),
            visible=False,
            lines=tuple(
                Lines(f"isochrone-{minutes:g}", "zone") for minutes in names.result.isochrones["minutes"]
            ),
            legend=(
                Legend(
                    "isochrone",
                    msg("30 and 60 min from the nearest acute hospital"),
                    "line",
                    name="zone",
                    always=True,
                ),
            ),
        ),
        Layer(
            "catchments",
            msg("Borders between catchments"),
            lines=(Lines("catchments", "practice"),),
            legend=(
                Legend(
                    "catchment",
                    msg("Between two hospitals' catchments"),
                    "line",
                    name="practice",
                    always=True,
                ),
            ),
            note=msg("On each side another acute hospital is the nearest"),
        ),
        Layer(
            "clusters",
            msg("Borders of clusters"),
            lines=tuple(Lines(f"border:{scheme}", "cluster", scheme) for scheme in names.schemes),
            legend=(Legend("border", msg("Border of a cluster"), "line", name="cluster", always=True),),
        ),
        municipality_layer(names, clickable=False, visible=False),
        Layer(
            "acute",
            msg("Acute hospitals"),
            places=tuple(
                Place(facility_key(key), *names.facility_points[key], "acute", ("acute",))
                for key in told.hospital_names
            ),
            legend=(Legend("acute", HOSPITAL_ROLES["acute"], "marker", name="acute"),),
        ),
    )
