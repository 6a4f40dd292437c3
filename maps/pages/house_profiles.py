"""Facts of each health house as a table, and the data from which a page puts any two of them side by side."""

import re
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from maps.naming import cluster_key, facility_key, rows_of
from maps.pages.house_matrix import Register
from maps.telling.house_words import FACT_LABELS, fact_text, number_text, target_group_names
from maps.words import OWNERS, SECTORS, note_text, text_or_none
from pipeline.clusters.houses import cost_per_m2
from pipeline.messages import Message, msg

DEFAULT_PAIR: Final = ("haderslev", "kolding-laasbyhoej")
"""The two houses that the presentation of June 2022 compares."""

PROFILE_GROUPS: Final[tuple[tuple[Message, tuple[str, ...]], ...]] = (
    (msg("The house"), ("status", "town", "municipality", "focus", "opened_year")),
    (msg("Owner and operation"), ("owner", "owner_note", "operator")),
    (
        msg("Building and cost"),
        (
            "build_type",
            "contract_form",
            "floor_area_m2",
            "lettable_area_m2",
            "total_cost_mio_dkk",
            "cost_per_m2_dkk",
            "regional_share_pct",
            "municipal_share_pct",
            "state_grant_mio_dkk",
        ),
    ),
)
"""Facts of a profile in groups; functions, evidence, notes and sources follow."""

DANISH_FACTS: Final = frozenset({"owner_note", "operator", "contract_form", "focus"})
"""Facts that the register holds in Danish only."""

_COLUMNS: Final[tuple[tuple[str, Message], ...]] = (
    ("owner", msg("Owner")),
    ("operator", msg("Operator")),
    ("opened_year", msg("Opened")),
    ("build_type", msg("Building")),
    ("floor_area_m2", msg("Floor area, m²")),
    ("total_cost_mio_dkk", msg("Total cost, million DKK")),
    ("cost_per_m2_dkk", msg("Cost per m², DKK")),
    ("regional_share_pct", msg("Region's share, %")),
    ("municipal_share_pct", msg("Municipality's share, %")),
    ("state_grant_mio_dkk", msg("State grant, million DKK")),
    ("contract_form", msg("Form of contract")),
    ("evidence", msg("Evidence")),
)

_NUMBERS: Final = frozenset(
    {
        "opened_year",
        "floor_area_m2",
        "total_cost_mio_dkk",
        "cost_per_m2_dkk",
        "regional_share_pct",
        "municipal_share_pct",
        "state_grant_mio_dkk",
    }
)
_ADDRESS: Final = re.compile(r"https?://[^\s;,]+[^\s;,.)]")


@dataclass(frozen=True, slots=True)
class FactColumn:
    """A column of the facts; `known` says for how many houses it is stated."""

    title: str
    number: bool
    known: str
    danish: bool = False


@dataclass(frozen=True, slots=True)
class FactCell:
    """A fact; an empty `text` is told as not stated. `sort` orders the column where the text does not."""

    text: str
    sort: str = ""
    more: str = ""


@dataclass(frozen=True, slots=True)
class FactRow:
    """The facts of one house, with its sources as pieces of text and links, and the register's note."""

    key: str
    name: str
    detail: str
    tag: str
    status: str
    owner: str
    cells: tuple[FactCell, ...]
    sources: tuple[tuple[str, bool], ...]
    note: str


def houses_with_costs(register: Register) -> pd.DataFrame:
    """Give the houses in order with their cost per m²."""
    return register.houses.assign(cost_per_m2_dkk=cost_per_m2(register.houses))


def pieces(text: str) -> tuple[tuple[str, bool], ...]:
    """Cut a text of sources into pieces, each with whether it is an address to follow."""
    found: list[tuple[str, bool]] = []
    at = 0
    for hit in _ADDRESS.finditer(text):
        found += [(text[at : hit.start()], False), (hit[0], True)]
        at = hit.end()
    found.append((text[at:], False))
    return tuple(piece for piece in found if piece[0])


def fact_table(register: Register) -> tuple[tuple[FactColumn, ...], tuple[FactRow, ...]]:
    """Write the facts of every house; what no source states stays blank."""
    say = register.say
    frame = houses_with_costs(register)
    rows = []
    for house in rows_of(frame):
        record = house._asdict()
        cells = []
        for key, _ in _COLUMNS:
            text = fact_text(key, record, say) or ""
            if text and key in _NUMBERS and key != "opened_year":
                text = number_text(record[key], key, say)
            sort = f"{float(record[key]):.3f}" if text and key in _NUMBERS else ""
            more = text_or_none(record["owner_note"]) or "" if key == "owner" else ""
            cells.append(FactCell(text, sort, more))
        rows.append(
            FactRow(
                str(house.house_id),
                str(house.name),
                register.place(house),
                register.status_tag(house),
                str(house.status),
                str(house.owner),
                tuple(cells),
                pieces(str(house.source)),
                note_text(house.note, house.note_da, say.lang) or "",
            )
        )
    columns = tuple(
        FactColumn(
            say(title),
            key in _NUMBERS,
            say(
                msg(
                    "{count:n} of {all:n}",
                    count=sum(bool(row.cells[place].text) for row in rows),
                    all=len(rows),
                )
            ),
            key in DANISH_FACTS,
        )
        for place, (key, title) in enumerate(_COLUMNS)
    )
    return columns, tuple(rows)


def default_pair(register: Register) -> tuple[str, ...]:
    """Choose the houses compared first: `DEFAULT_PAIR`, else the two with the most functions stated."""
    known = list(register.houses["house_id"].astype(str))
    if set(DEFAULT_PAIR) <= set(known):
        return DEFAULT_PAIR
    counts = register.names.result.house_functions["house_id"].value_counts()
    return tuple(sorted(known, key=lambda house: (-int(counts.get(house, 0)), known.index(house)))[:2])


def profile_data(register: Register) -> dict[str, Any]:
    """Give everything from which the page filters, counts and compares, as plain JSON values."""
    say, names = register.say, register.names
    result = names.result
    frame = houses_with_costs(register)
    stated = result.house_functions.drop_duplicates(["house_id", "function_id"])
    cells: dict[str, dict[str, str]] = {}
    for row in rows_of(stated):
        cells.setdefault(str(row.house_id), {})[str(row.function_id)] = str(row.status)
    broader: dict[str, dict[str, str]] = {}
    for row in rows_of(register.held[register.held["narrower"] != ""]):
        broader.setdefault(str(row.house_id), {})[str(row.function_id)] = str(row.status)
    labels = {**FACT_LABELS, "municipality": msg("Municipality")}
    return {
        "facts": [
            {
                "title": say(title),
                "rows": [
                    {"key": key, "label": say(labels[key]), "danish": key in DANISH_FACTS} for key in keys
                ],
            }
            for title, keys in PROFILE_GROUPS
        ],
        "after": [
            {"key": key, "label": say(FACT_LABELS[key]), "danish": False}
            for key in ("evidence", "note", "source")
        ],
        "pair": default_pair(register),
        "houses": {str(house.house_id): _profile(house, register) for house in rows_of(frame)},
        "cells": cells,
        "broader": broader,
        "functions": _functions(register),
        "sectors": {key: say(label) for key, label in SECTORS.items()},
        "groups": target_group_names(result.functions, say),
        "clusters": _clusters(register),
        "catalogue": [str(i) for i in result.functions.loc[result.functions["in_catalogue"], "function_id"]],
    }


def _profile(row: Any, register: Register) -> dict[str, Any]:  # noqa: ANN401 - a row of a frame
    record, house = row._asdict(), str(row.house_id)
    texts = {
        key: fact_text(key, record, register.say) for key in FACT_LABELS if key not in {"note", "source"}
    }
    return {
        "name": str(record["name"]),
        "feature": facility_key(f"house-{house}"),
        "status": str(record["status"]),
        "owner": str(record["owner"]),
        "clusters": register.clusters_of.get(house, {}),
        "regions": register.regions_of(house),
        "facts": {
            **{key: text for key, text in texts.items() if text is not None},
            "municipality": register.municipality(row),
        },
        "note": note_text(row.note, row.note_da, register.say.lang),
        "source": pieces(str(record["source"])),
    }


def _functions(register: Register) -> dict[str, Any]:
    told = {}
    for row in rows_of(register.names.result.functions):
        groups = text_or_none(row.target_group) or ""
        told[str(row.function_id)] = {
            "name": register.names.functions[row.function_id],
            "sector": str(row.sector),
            "groups": [code for code in groups.split("|") if code],
        }
    return told


def _clusters(register: Register) -> dict[str, Any]:
    names = register.names
    told: dict[str, Any] = {scheme: {} for scheme in names.schemes}
    for row in rows_of(names.result.clusters.drop(columns="geometry")):
        told[str(row.scheme)][str(row.cluster_id)] = {
            "name": str(row.name),
            "region": str(row.region),
            "feature": cluster_key(row.scheme, row.cluster_id),
        }
    return told


def owner_choices(register: Register) -> list[tuple[str, str]]:
    """Owners that occur, as code and word; the unknown last."""
    found = set(register.houses["owner"].astype(str))
    known = [(code, register.say(label)) for code, label in OWNERS.items() if code in found]
    return known + ([("unknown", register.say(msg("not stated")))] if "unknown" in found else [])
