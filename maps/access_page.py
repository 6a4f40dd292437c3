"""The page ``acute-access.html``: how soon people reach an acute hospital, and whose it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import pandas as pd
import shapely

from maps import theme
from maps.access_words import access_notes, band_fill, band_name
from maps.cluster_layers import study_topology
from maps.naming import Names, cluster_key, facility_key, municipality_key, rows_of
from maps.parts import (
    Area,
    Card,
    Column,
    Feature,
    Field,
    Group,
    Label,
    Layer,
    Legend,
    Lines,
    Link,
    Listing,
    Place,
    Row,
    Section,
    Table,
    Text,
    View,
)
from maps.quality import data_notes
from maps.study_page import StudyPage, study_page_html
from maps.topology import Topology, build_topology, merged
from maps.words import HOSPITAL_ROLES
from pipeline.access import COUNTRY
from pipeline.access.areas import BANDS_MIN, FARTHER, NOT_REACHED
from pipeline.crs import GEOGRAPHIC
from pipeline.messages import msg
from pipeline.study import StudyResult

FILE: Final = "acute-access.html"
NAMES_ZOOM: Final = 8.5
LINE_DETAIL_DEGREES: Final = 0.001
"""Detail of isochrones dropped for the screen, about 100 m."""


@dataclass(frozen=True)
class _Access:
    """The access figures of a study, ready to be told."""

    names: Names

    @cached_property
    def zones(self) -> pd.DataFrame:
        zones = self.names.result.zones
        keys = [f"zone:{row.band}/{row.facility_id or ''}" for row in rows_of(zones)]
        keyed: pd.DataFrame = zones.assign(key=keys)
        return keyed

    @cached_property
    def figures(self) -> Mapping[tuple[str, str, str], Any]:
        frame = self.names.result.access.figures
        return {(row.scheme, row.level, row.key): row for row in rows_of(frame)}

    @cached_property
    def hospital_names(self) -> dict[str, str]:
        frame = self.names.result.access.hospitals
        return dict(zip(frame["facility_id"], frame["name"], strict=True))


def access_page(result: StudyResult, *, links: tuple[Link, ...] = ()) -> str:
    """Write the page on access to acute hospitals in the study's language.

    Parameters
    ----------
    result
        What the study found.
    links
        The other pages, for the navigation.

    Returns
    -------
    str
        One self-contained HTML file.
    """
    names = Names(result, result.settings.study.language)
    told = _Access(names)
    page = StudyPage(
        file=FILE,
        title=msg("Travel time to the acute hospitals"),
        subtitle=msg("By car in free flow, to the nearest acute hospital on {day}", day=_day(names)),
        notes=(*data_notes(result), *access_notes(result)),
        reading=_reading(),
        topology=_topology(told),
        features=(*_municipalities(told), *_hospitals(told), *_clusters(told)),
        layers=_layers(told),
        tables=(_municipality_table(told), _hospital_table(told), _cluster_table(told)),
        views=tuple(_view(told, scheme) for scheme in names.schemes),
        view=result.shown_scheme,
        view_title=msg("Clusters to compare with"),
    )
    return study_page_html(names, page, links)


def _day(names: Names) -> str:
    return names.days[names.result.shown_scheme]


def _topology(told: _Access) -> Topology:
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


def _layers(told: _Access) -> tuple[Layer, ...]:
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
        Layer(
            "borders",
            msg("Municipal borders and names"),
            visible=False,
            lines=(Lines("inner", "municipality"),),
            labels=tuple(
                Label(
                    str(row.name),
                    *names.municipality_points[row.municipality_code],
                    float(row.population),
                    NAMES_ZOOM,
                    "municipality",
                )
                for row in rows_of(names.result.municipalities)
            ),
            legend=(
                Legend("municipality", msg("Municipal border"), "line", name="municipality", always=True),
            ),
        ),
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


def _times(row: Any) -> tuple[Field, ...]:  # noqa: ANN401
    """Tell the figures of a municipality, a cluster or the country."""
    minutes = msg("min")
    return (
        Field(msg("Half of the people are there within"), row.travel_min_median, minutes),
        Field(msg("Nine in ten are there within"), row.travel_min_p90, minutes),
        Field(msg("Within 30 minutes"), 100 * row.share_within_30_minutes, "%"),
        Field(msg("Only by ferry"), row.people_ferry_only, msg("people")),
        Field(msg("Not reached"), row.people_unreached, msg("people"), caution=bool(row.people_unreached)),
    )


def _outside(row: Any, view: str) -> Field:  # noqa: ANN401
    share = row.share_outside_own_cluster
    return Field(
        msg("Nearest acute hospital is outside the own cluster"),
        None if pd.isna(share) else 100 * share,
        msg("% of the people"),
        view=view,
    )


def _municipalities(told: _Access) -> list[Feature]:
    names = told.names
    catchments = names.result.access.catchments
    shown = catchments[
        (catchments["scheme"] == names.result.shown_scheme) & catchments["facility_id"].notna()
    ]
    nearest = dict(iter(shown.groupby("municipality_code")))
    features = []
    for code, name in sorted(names.municipalities.items()):
        rows = {scheme: told.figures.get((scheme, "municipality", code)) for scheme in names.schemes}
        first = rows[names.result.shown_scheme]
        fields: tuple[Field, ...] = ()
        if first is not None:
            fields = _times(first) + tuple(
                _outside(row, scheme) for scheme, row in rows.items() if row is not None
            )
        items: tuple[tuple[Text, str], ...] = (
            tuple(
                (
                    msg(
                        "{name}: {share:n} % of the people, half of them within {minutes:n} min",
                        name=row.facility_name,
                        share=100 * row.people_share,
                        minutes=row.travel_min_median,
                    ),
                    facility_key(row.facility_id),
                )
                for row in rows_of(nearest[code])
            )
            if code in nearest
            else ()
        )
        features.append(
            Feature(
                key=municipality_key(code),
                name=name,
                kind=msg("Municipality"),
                card=Card(fields, (Listing(msg("Nearest acute hospitals"), items),)),
                at=names.municipality_points[code],
                shape=code,
            )
        )
    return features


def _hospitals(told: _Access) -> list[Feature]:
    names = told.names
    nearest = names.result.access.nearest
    by_hospital = nearest.groupby("facility_id")
    people, longest = by_hospital["people"].sum(), by_hospital["travel_min"].max()
    return [
        Feature(
            key=facility_key(key),
            name=name,
            kind=HOSPITAL_ROLES["acute"],
            card=Card(
                (
                    Field(msg("Nearest acute hospital for"), people.get(key, 0.0), msg("people")),
                    Field(msg("Longest way within its catchment"), longest.get(key), msg("min")),
                )
            ),
            at=names.facility_points[key],
            shape=facility_key(key) if key in set(told.zones["facility_id"].dropna()) else "",
        )
        for key, name in told.hospital_names.items()
    ]


def _clusters(told: _Access) -> list[Feature]:
    names = told.names
    features = []
    for row in rows_of(names.result.clusters):
        figures = told.figures.get((row.scheme, "cluster", row.cluster_id))
        if figures is None:
            continue
        key = cluster_key(row.scheme, row.cluster_id)
        features.append(
            Feature(
                key=key,
                name=str(row.name),
                kind=names.units[row.scheme],
                card=Card((*_times(figures), _outside(figures, ""))),
                at=names.cluster_points[key],
                shape=key,
                view=row.scheme,
            )
        )
    return features


_TIME_COLUMNS: Final = (
    Column(msg("People"), "number"),
    Column(msg("Median, min"), "number", 1),
    Column(msg("90th percentile, min"), "number", 1),
    Column(msg("Within 30 min, %"), "number", 1),
    Column(msg("Only by ferry, people"), "number"),
    Column(msg("Not reached, people"), "number"),
    Column(msg("Nearest hospital outside own cluster, %"), "number", 1),
)


def _time_cells(row: Any) -> tuple[Any, ...]:  # noqa: ANN401
    share = row.share_outside_own_cluster
    return (
        row.people,
        row.travel_min_median,
        row.travel_min_p90,
        100 * row.share_within_30_minutes,
        row.people_ferry_only,
        row.people_unreached,
        None if pd.isna(share) else 100 * share,
    )


def _municipality_table(told: _Access) -> Table:
    rows = tuple(
        Row(municipality_key(code), (name, *_time_cells(told.figures[scheme, "municipality", code])), scheme)
        for scheme in told.names.schemes
        for code, name in sorted(told.names.municipalities.items())
        if (scheme, "municipality", code) in told.figures
    )
    return Table("municipalities", msg("Municipalities"), (Column(msg("Municipality")), *_TIME_COLUMNS), rows)


def _cluster_table(told: _Access) -> Table:
    rows = tuple(
        Row(
            cluster_key(row.scheme, row.cluster_id),
            (
                str(row.name),
                str(row.region),
                *_time_cells(told.figures[row.scheme, "cluster", row.cluster_id]),
            ),
            row.scheme,
        )
        for row in rows_of(told.names.result.clusters)
        if (row.scheme, "cluster", row.cluster_id) in told.figures
    )
    columns = (Column(msg("Cluster")), Column(msg("Region")), *_TIME_COLUMNS)
    return Table("clusters", msg("Clusters"), columns, rows)


def _hospital_table(told: _Access) -> Table:
    nearest = told.names.result.access.nearest
    grouped = nearest.groupby("facility_id")
    people, longest = grouped["people"].sum(), grouped["travel_min"].max()
    rows = tuple(
        Row(facility_key(key), (name, people.get(key, 0.0), longest.get(key)))
        for key, name in told.hospital_names.items()
    )
    return Table(
        "hospitals",
        msg("Acute hospitals"),
        (
            Column(msg("Hospital")),
            Column(msg("People with it as the nearest"), "number"),
            Column(msg("Longest way, min"), "number", 1),
        ),
        rows,
    )


def _view(told: _Access, scheme: str) -> View:
    row = told.figures[scheme, COUNTRY, COUNTRY]
    note = msg(
        "{share:n1} % of the people have an acute hospital of another cluster as their nearest; half of the "
        "country is there within {minutes:n} min.",
        share=100 * row.share_outside_own_cluster,
        minutes=row.travel_min_median,
    )
    return View(scheme, told.names.schemes[scheme], note)


def _reading() -> Section:
    return Section(
        "reading",
        msg("How to read the map"),
        groups=(
            Group(
                msg("What is measured"),
                (
                    msg(
                        "The fastest way by car from where people live to an acute hospital, without queues."
                    ),
                    msg("Ferries count with their sailing time and a wait for boarding."),
                    msg("A catchment is the land from which a hospital is the nearest in time."),
                    msg("Ambulances, and the wait for them, are not in the times."),
                    msg("No official limit is known in Denmark; 30 minutes is a convention of studies."),
                ),
            ),
        ),
    )
