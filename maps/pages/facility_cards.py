"""What is told about a hospital and a health house; what the register does not say is told as not stated."""

from typing import Any

import pandas as pd

from maps.naming import Names, cluster_key, facility_key, groups_of, rows_of
from maps.web.parts import Card, Feature, Field, Listing, Text
from maps.words import (
    BUILD_TYPES,
    HOSPITAL_ROLES,
    HOUSE_ROLES,
    OWNERS,
    POINT_PRECISIONS,
    ROUGH_POINTS,
    SECTORS,
    note_text,
    text_or_none,
    word,
)
from pipeline.evidence import EVIDENCE
from pipeline.messages import msg


def facility_features(names: Names) -> list[Feature]:
    """Describe every hospital and health house; one without a point has no place on the map."""
    result = names.result
    frame = result.facilities
    clusters = groups_of(result.facility_clusters, "facility_id")
    houses = {f"house-{row.house_id}": row for row in rows_of(result.houses)}
    held = groups_of(result.house_functions, "house_id")
    features = []
    for row in rows_of(frame):
        fields = [
            Field(msg("Address"), _address(row)),
            Field(msg("Municipality"), names.municipalities.get(row.municipality_code)),
        ]
        lists: list[Listing] = []
        if row.kind == "health_house":
            house = houses[row.facility_id]
            fields += _house_fields(house)
            lists += _function_lists(held.get(house.house_id), names)
        fields.append(_point(row))
        if row.facility_id in clusters:
            lists += _cluster_lists(clusters[row.facility_id], names)
        if note := note_text(row.note, row.note_da, names.lang):
            lists.append(Listing(msg("Notes of the register"), ((note, ""),), folded=True))
        kinds = _kinds(row, names)
        features.append(
            Feature(
                key=facility_key(row.facility_id),
                name=str(row.name),
                kind=kinds[result.shown_scheme],
                kinds=kinds,
                card=Card(tuple(fields), tuple(lists)),
                at=names.facility_points.get(row.facility_id),
                words=text_or_none(row.town) or "",
            )
        )
    return features


def _kinds(row: Any, names: Names) -> dict[str, Text]:  # noqa: ANN401 - a row of a frame
    if row.kind == "health_house":
        return dict.fromkeys(names.schemes, HOUSE_ROLES.get(row.role, row.role))
    kinds: dict[str, Text] = {}
    for scheme, day in names.days.items():
        role = names.roles[scheme, row.facility_id]
        kinds[scheme] = msg("{role}, {day}", role=HOSPITAL_ROLES.get(role, role), day=day)
    return kinds


def _address(row: Any) -> str | None:  # noqa: ANN401 - a row of a frame
    parts = [text_or_none(row.address), text_or_none(row.town)]
    return ", ".join(part for part in parts if part) or None


def _point(row: Any) -> Field:  # noqa: ANN401 - a row of a frame
    rough = row.point_precision in ROUGH_POINTS
    mark = msg("approximate") if rough else ""
    if row.status == "snapped":
        mark = msg("{metres:n} m outside the drawn coast", metres=row.snapped_m)
    return Field(msg("The point shows"), word(POINT_PRECISIONS, row.point_precision), mark=mark, caution=True)


def _house_fields(house: Any) -> list[Field]:  # noqa: ANN401 - a row of a frame
    owner = word(OWNERS, house.owner)
    detail = text_or_none(house.owner_note)
    inferred = owner is not None and house.owner_evidence != "sourced"
    opened = None if pd.isna(house.opened_year) else str(int(house.opened_year))
    return [
        Field(
            msg("Owner"),
            owner,
            mark=word(EVIDENCE, house.owner_evidence) or "" if inferred else "",
            caution=True,
        ),
        *([Field(msg("Ownership"), detail)] if detail else []),
        Field(msg("Operator"), text_or_none(house.operator)),
        Field(msg("Opened"), opened),
        Field(msg("Floor area"), house.floor_area_m2, "m²"),
        Field(
            msg("Total cost"),
            house.total_cost_mio_dkk,
            msg("million DKK"),
            decimals=_decimals(house.total_cost_mio_dkk),
        ),
        Field(msg("Region's share"), house.regional_share_pct, "%"),
        Field(msg("Municipality's share"), house.municipal_share_pct, "%"),
        Field(
            msg("State grant"),
            house.state_grant_mio_dkk,
            msg("million DKK"),
            decimals=_decimals(house.state_grant_mio_dkk),
        ),
        Field(msg("Building"), word(BUILD_TYPES, house.build_type)),
        Field(msg("Evidence"), word(EVIDENCE, house.evidence)),
    ]


def _decimals(value: float) -> int:
    return 0 if pd.isna(value) or float(value).is_integer() else 1


def _function_lists(held: pd.DataFrame | None, names: Names) -> list[Listing]:
    if held is None:
        return []
    sectors = dict(zip(names.result.functions["function_id"], names.result.functions["sector"], strict=True))
    lists = []
    for status, title in (("present", msg("Functions in the house")), ("planned", msg("Planned functions"))):
        rows = held[held["status"] == status]
        items: list[tuple[Text, str]] = []
        for row in rows_of(rows.drop_duplicates("function_id")):
            sector = word(SECTORS, sectors.get(row.function_id))
            name = names.functions[row.function_id]
            items.append((msg("{name} – {sector}", name=name, sector=sector) if sector else name, ""))
        if items:
            lists.append(Listing(title, tuple(items)))
    return lists


def _cluster_lists(pairs: pd.DataFrame, names: Names) -> list[Listing]:
    lists = []
    for scheme, rows in pairs.groupby("scheme", sort=True):
        keys = [cluster_key(scheme, cluster_id) for cluster_id in rows["cluster_id"]]
        items = tuple((names.clusters[key], key) for key in keys)
        lists.append(Listing(names.units[str(scheme)], items, view=str(scheme)))
    return lists
