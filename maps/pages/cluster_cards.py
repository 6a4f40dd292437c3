"""What is told about a cluster, a municipality and a practice cluster."""

from collections.abc import Iterable
from typing import Any

import pandas as pd

from maps.naming import (
    Names,
    cluster_key,
    facility_key,
    groups_of,
    municipality_key,
    practice_key,
    rows_of,
    sheet_file,
)
from maps.telling.cluster_words import APPROXIMATE, MODELLED, SPLIT_RULES
from maps.web.parts import Card, Feature, Field, Link, Listing, Text
from maps.words import HOSPITAL_ROLES, HOUSE_ROLES, long_date, word
from pipeline.clusters.practice_clusters import DEFAULT_BASIS
from pipeline.evidence import EVIDENCE
from pipeline.messages import msg


def cluster_features(names: Names) -> list[Feature]:
    """Describe every cluster of every scheme, in the order of its frame."""
    result = names.result
    members = groups_of(result.cluster_members, "scheme", "cluster_id")
    pairs = groups_of(result.facility_clusters, "scheme", "cluster_id")
    functions = groups_of(result.cluster_functions, "scheme", "cluster_id")
    features = []
    for row in rows_of(result.clusters):
        pair = (row.scheme, row.cluster_id)
        lists = [_members(members[pair], result.cluster_members)]
        if pair in pairs:
            lists += facility_lists(names, row.scheme, pairs[pair]["facility_id"])
        if pair in functions:
            lists += _functions(functions[pair], names)
        features.append(
            Feature(
                key=cluster_key(*pair),
                name=str(row.name),
                kind=f"{names.units[row.scheme]} · {row.region} · {names.schemes[row.scheme]}",
                card=Card(
                    _cluster_fields(row, result.settings.study.split_shared),
                    tuple(lists),
                    links=_sheets(names, *pair),
                ),
                at=names.cluster_points[cluster_key(*pair)],
                shape=cluster_key(*pair),
                view=str(row.scheme),
                words=str(row.full_name),
            )
        )
    return features


def _sheets(names: Names, scheme: str, cluster_id: str) -> tuple[Link, ...]:
    """Link to the cluster's two-page sheet, which is made for the shown scheme."""
    if not names.result.settings.maps.sheets or scheme != names.result.shown_scheme:
        return ()
    return (
        Link(msg("Cluster sheet"), sheet_file(cluster_id, "html")),
        Link(msg("Cluster sheet (PDF)"), sheet_file(cluster_id, "pdf")),
    )


def _cluster_fields(row: Any, rule: str) -> tuple[Field, ...]:  # noqa: ANN401 - a row of a frame
    fields = [
        Field(msg("Municipalities"), row.municipalities),
        Field(msg("Population"), row.population, mark=SPLIT_RULES[rule] if row.shared_municipalities else ""),
    ]
    if row.population_full != row.population:
        fields.append(Field(msg("Population, shared municipalities whole"), row.population_full))
    approximate = APPROXIMATE if row.precision == "approximate" else ""
    return (
        *fields,
        Field(msg("Area"), row.area_km2, "km²", mark=approximate, caution=True),
        Field(msg("Acute hospitals"), row.acute_hospitals),
        Field(msg("Hospitals in use"), row.hospitals),
        Field(msg("Open health houses"), row.health_houses),
        Field(
            msg("General practitioners"),
            row.gps,
            mark=MODELLED if row.gps_precision == "modelled" else "",
            caution=True,
        ),
        Field(msg("Weakest evidence"), word(EVIDENCE, row.evidence)),
    )


def _members(members: pd.DataFrame, everyone: pd.DataFrame) -> Listing:
    items: list[tuple[Text, str]] = []
    for row in rows_of(members.sort_values("municipality_name")):
        text: Text = str(row.municipality_name)
        if row.shared:
            same = everyone[(everyone["scheme"] == row.scheme) & (everyone["cluster_id"] != row.cluster_id)]
            others = same.loc[same["municipality_code"] == row.municipality_code, "cluster_name"]
            text = msg("{name} (also in {others})", name=text, others=", ".join(others))
        items.append((text, municipality_key(row.municipality_code)))
    return Listing(msg("Municipalities"), tuple(items))


def facility_lists(names: Names, scheme: str, ids: Iterable[str]) -> list[Listing]:
    """List hospitals and health houses, each with its role on the scheme's day."""
    wanted = set(ids)
    hospitals: list[tuple[Text, str]] = []
    houses: list[tuple[Text, str]] = []
    for row in (row for key, row in names.facilities.items() if key in wanted):
        role = names.roles[scheme, row.facility_id]
        told = (HOSPITAL_ROLES if row.kind == "hospital" else HOUSE_ROLES).get(role, role)
        text = row.name if role == "open" else msg("{name} – {role}", name=row.name, role=told)
        (hospitals if row.kind == "hospital" else houses).append((text, facility_key(row.facility_id)))
    lists = []
    if hospitals:
        lists.append(Listing(msg("Hospitals"), tuple(hospitals)))
    if houses:
        lists.append(Listing(msg("Health houses"), tuple(houses)))
    return lists


def _functions(functions: pd.DataFrame, names: Names) -> list[Listing]:
    held = functions[functions["status"] != "not_stated"]
    left = functions[functions["status"] == "not_stated"]
    title = msg(
        "Functions in its health houses: {count:n} of {all:n} in the catalogue",
        count=int((functions["status"] == "present").sum()),
        all=len(functions),
    )
    told = []
    for row in rows_of(held):
        name = names.functions[row.function_id]
        told.append((msg("{name} (planned)", name=name) if row.status == "planned" else name, ""))
    missing = tuple((names.functions[i], "") for i in left["function_id"])
    return [
        Listing(title, tuple(told), folded=True),
        Listing(msg("Not stated for any of its houses: {count:n}", count=len(left)), missing, folded=True),
    ]


def municipality_features(names: Names) -> list[Feature]:
    """Describe every municipality, with its clusters by scheme."""
    result = names.result
    frame = result.municipalities.sort_values("municipality_code")
    members = groups_of(result.cluster_members, "municipality_code")
    facilities = groups_of(result.facilities, "municipality_code")
    features = []
    for row in rows_of(frame):
        code = str(row.municipality_code)
        dated = "" if pd.isna(row.population_date) else long_date(row.population_date, names.lang)
        fields = [
            *(_membership(members[code], names) if code in members else ()),
            Field(msg("Region"), row.region_2007),
            Field(msg("Population"), row.population, mark=dated),
            Field(msg("Area"), row.area_km2, "km²", decimals=1),
        ]
        lists = []
        if code in facilities:
            lists = facility_lists(names, result.shown_scheme, facilities[code]["facility_id"])
        features.append(
            Feature(
                key=municipality_key(code),
                name=str(row.name),
                kind=msg("Municipality") if row.kind == "municipality" else msg("State-administered island"),
                card=Card(tuple(fields), tuple(lists)),
                at=names.municipality_points[code],
                shape=code,
                words="" if pd.isna(row.seat) else str(row.seat),
            )
        )
    return features


def _membership(members: pd.DataFrame, names: Names) -> list[Field]:
    fields = []
    for scheme, rows in members.groupby("scheme", sort=True):
        mark = word(EVIDENCE, rows["evidence"].iloc[0]) or ""
        if len(rows) > 1:
            mark = msg("in {count:n} {count:|cluster|clusters}", count=len(rows))
        told = ", ".join(rows["cluster_name"])
        weak = bool((rows["evidence"] != "sourced").any())
        fields.append(Field(names.units[str(scheme)], told, mark=mark, view=str(scheme), caution=weak))
    return fields


def practice_features(names: Names) -> list[Feature]:
    """Describe every practice cluster; the assumed ones say so."""
    frame = names.result.practice_clusters
    features = []
    for row in rows_of(frame):
        assumed = row.basis == DEFAULT_BASIS
        towns = ", ".join(names.municipalities.get(c, c) for c in str(row.municipality_codes).split("; "))
        features.append(
            Feature(
                key=practice_key(row.practice_cluster_id),
                name=str(row.name),
                kind=msg("Practice cluster, assumed: one per municipality")
                if assumed
                else msg("Practice cluster"),
                card=Card(
                    (
                        Field(msg("Municipalities"), towns),
                        Field(
                            msg("Practices"),
                            row.practices,
                            mark=msg("upper bound") if assumed else "",
                            caution=True,
                        ),
                        Field(msg("General practitioners"), row.gps, mark=MODELLED, caution=True),
                        Field(msg("Population"), row.population),
                    ),
                    notes=(msg("No public register of practice clusters exists."),) if assumed else (),
                ),
                at=names.practice_points[str(row.practice_cluster_id)],
                shape=practice_key(row.practice_cluster_id),
                layer="practice",
            )
        )
    return features
