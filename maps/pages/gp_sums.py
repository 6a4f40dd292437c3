"""GP coverage summed up by municipality, health cluster and practice cluster: cards and tables."""

from typing import Any, Final

import pandas as pd

from maps.naming import cluster_key, municipality_key, practice_key, rows_of
from maps.pages.gp_gaps import Gaps
from maps.telling.gp_words import COMBINED, VIEWS
from maps.web.parts import Card, Column, Feature, Field, Row, Table
from pipeline.messages import msg


def _card(gaps: Gaps, row: Any) -> Card:  # noqa: ANN401
    people = msg("people")
    rules = [
        Field(VIEWS[rule], getattr(row, f"people_{rule}"), people)
        for rule in gaps.views
        if rule != COMBINED and not pd.isna(getattr(row, f"people_{rule}"))
    ]
    modelled = msg("modelled") if gaps.found.precision == "modelled" else ""
    return Card(
        (
            Field(msg("People"), row.people, people),
            Field(msg("Break a rule on access"), row.people_any, people, mark=modelled),
            *rules,
            Field(msg("Half of the people drive at most"), row.median_min, msg("min"), 1),
            Field(msg("Nine in ten drive at most"), row.p90_min, msg("min"), 1),
            Field(msg("GPs per 10,000 people"), row.gps_per_10000, decimals=1, mark=modelled),
        )
    )


def municipality_features(gaps: Gaps) -> list[Feature]:
    """Make a feature with its card of every municipality."""
    return [
        Feature(
            key=municipality_key(row.municipality_code),
            name=str(row.name),
            kind=msg("Municipality"),
            card=_card(gaps, row),
            at=gaps.names.municipality_points[row.municipality_code],
            shape=str(row.municipality_code),
        )
        for row in rows_of(gaps.found.by_municipality)
        if row.municipality_code in gaps.names.municipality_points
    ]


def _of_scheme(gaps: Gaps) -> pd.DataFrame:
    frame = gaps.found.by_cluster
    return frame[frame["scheme"] == gaps.names.result.shown_scheme]


def cluster_features(gaps: Gaps) -> list[Feature]:
    """Make a feature with its card of every cluster of the shown scheme."""
    names = gaps.names
    return [
        Feature(
            key=cluster_key(row.scheme, row.cluster_id),
            name=str(row.name),
            kind=names.units[row.scheme],
            card=_card(gaps, row),
            at=names.cluster_points[cluster_key(row.scheme, row.cluster_id)],
            shape=cluster_key(row.scheme, row.cluster_id),
        )
        for row in rows_of(_of_scheme(gaps))
    ]


_SUM_COLUMNS: Final = (
    Column(msg("People"), "number"),
    Column(msg("People affected"), "number", bar=True),
    Column(msg("Affected, %"), "number", 1),
    Column(msg("Median, min"), "number", 1),
    Column(msg("90th percentile, min"), "number", 1),
    Column(msg("GPs per 10,000 people"), "number", 1),
    Column(
        msg("Gini of access"),
        "number",
        2,
        note=msg("How unevenly GPs after competition are spread: 0 even, 1 all for one"),
    ),
)


def _sum_cells(row: Any, view: str) -> tuple[Any, ...]:  # noqa: ANN401
    name = "any" if view == COMBINED else view
    people, share = getattr(row, f"people_{name}"), getattr(row, f"share_{name}")
    return (
        row.people,
        None if pd.isna(people) else round(people),
        None if pd.isna(share) else 100 * share,
        row.median_min,
        row.p90_min,
        row.gps_per_10000,
        row.access_gini,
    )


def municipality_table(gaps: Gaps) -> Table:
    """Sum up by municipality, in each view by its rule."""
    rows = tuple(
        Row(municipality_key(row.municipality_code), (str(row.name), *_sum_cells(row, view)), view)
        for view in gaps.views
        for row in rows_of(gaps.found.by_municipality)
    )
    columns = (Column(msg("Municipality")), *_SUM_COLUMNS)
    return Table("municipalities", msg("Municipalities"), columns, rows, order=2)


def cluster_table(gaps: Gaps) -> Table:
    """Sum up by cluster of the shown scheme, in each view by its rule."""
    rows = tuple(
        Row(cluster_key(row.scheme, row.cluster_id), (str(row.name), *_sum_cells(row, view)), view)
        for view in gaps.views
        for row in rows_of(_of_scheme(gaps))
    )
    columns = (Column(msg("Cluster")), *_SUM_COLUMNS)
    scheme = gaps.names.schemes[gaps.names.result.shown_scheme]
    return Table("clusters", msg("Clusters"), columns, rows, note=scheme, order=2)


def _practice_clusters(gaps: Gaps) -> pd.DataFrame:
    frame = gaps.found.by_practice_cluster
    return frame[frame["practice_cluster_id"].isin(list(gaps.names.practice_points))]


def practice_cluster_features(gaps: Gaps) -> list[Feature]:
    """Make a feature with its card of every practice cluster."""
    people = msg("people")
    return [
        Feature(
            key=practice_key(row.practice_cluster_id),
            name=str(row.name),
            kind=_UNIT[row.basis],
            card=Card(
                (
                    Field(msg("Practices"), row.practices),
                    Field(msg("Nearest practice for"), round(row.people), people),
                    Field(msg("Break a rule on access"), round(row.people_any), people),
                    Field(msg("Half of the people drive at most"), row.median_min, msg("min"), 1),
                    Field(msg("GPs per 10,000 people"), row.gps_per_10000, decimals=1),
                )
            ),
            at=gaps.names.practice_points[row.practice_cluster_id],
            shape=practice_key(row.practice_cluster_id),
        )
        for row in rows_of(_practice_clusters(gaps))
    ]


_UNIT: Final = {
    "stated": msg("Practice cluster"),
    "one_per_municipality": msg("Practice cluster, assumed: one per municipality"),
}


def practice_cluster_table(gaps: Gaps) -> Table:
    """Sum up by practice cluster, the same in every view."""
    rows = tuple(
        Row(practice_key(row.practice_cluster_id), (str(row.name), row.practices, *_sum_cells(row, COMBINED)))
        for row in rows_of(_practice_clusters(gaps))
    )
    everybody = gaps.found.by_practice_cluster["people"].sum()
    others = float(everybody - _practice_clusters(gaps)["people"].sum())
    assumed = (gaps.found.by_practice_cluster["basis"] == "one_per_municipality").all()
    note = msg(
        "People belong to the cluster of their nearest practice; {people:n} reach none. Affected: by any "
        "rule on access.",
        people=others,
    )
    if assumed:
        note = msg("No practice clusters are stated: each municipality stands for one. {note}", note=note)
    columns = (Column(msg("Practice cluster")), Column(msg("Practices"), "number"), *_SUM_COLUMNS)
    return Table("practice-clusters", msg("Practice clusters"), columns, rows, note=note, order=3)
