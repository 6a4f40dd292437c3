"""Access to acute hospitals by municipality, hospital and cluster: cards and tables."""

from typing import Any, Final

import pandas as pd

from maps.naming import cluster_key, facility_key, municipality_key, rows_of
from maps.pages.access_layers import AccessFigures
from maps.web.parts import (
    Card,
    Column,
    Feature,
    Field,
    Listing,
    Row,
    Table,
    Text,
)
from maps.words import HOSPITAL_ROLES
from pipeline.messages import msg


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


def municipality_features(told: AccessFigures) -> list[Feature]:
    """Make a feature with its card of every municipality."""
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


def hospital_features(told: AccessFigures) -> list[Feature]:
    """Make a feature with its card of every acute hospital."""
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


def cluster_features(told: AccessFigures) -> list[Feature]:
    """Make a feature with its card of every cluster of every scheme."""
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


def municipality_table(told: AccessFigures) -> Table:
    """Make the table of municipalities, scheme by scheme."""
    rows = tuple(
        Row(municipality_key(code), (name, *_time_cells(told.figures[scheme, "municipality", code])), scheme)
        for scheme in told.names.schemes
        for code, name in sorted(told.names.municipalities.items())
        if (scheme, "municipality", code) in told.figures
    )
    return Table("municipalities", msg("Municipalities"), (Column(msg("Municipality")), *_TIME_COLUMNS), rows)


def cluster_table(told: AccessFigures) -> Table:
    """Make the table of clusters, scheme by scheme."""
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


def hospital_table(told: AccessFigures) -> Table:
    """Make the table of acute hospitals."""
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
