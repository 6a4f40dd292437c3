"""What the register of health houses says, as people read it: facts, sectors, target groups, comparison."""

from collections.abc import Mapping
from typing import Any, Final

import pandas as pd

from maps.words import BUILD_TYPES, OWNERS, SECTORS, note_text, text_or_none, word
from pipeline.clusters.houses import IN_USE, HouseComparison
from pipeline.evidence import EVIDENCE
from pipeline.messages import Message, Translator, msg

NOT_STATED: Final = msg("not stated")

HOUSE_STATUSES: Final[Mapping[str, Message]] = {
    "open": msg("open"),
    "planned": msg("planned"),
    "granted": msg("granted money, not built"),
    "replaced": msg("replaced by another house"),
}
"""What stands under the heading Status; `maps.words.HOUSE_ROLES` are the same without a heading."""

STATUS_WORDS: Final[Mapping[str, Message]] = {
    "present": msg("in the house"),
    "planned": msg("planned"),
    "past": msg("held until the house was replaced"),
}
"""How a house holds a function; one without a word is not stated."""

FACT_LABELS: Final[Mapping[str, Message]] = {
    "status": msg("Status"),
    "town": msg("Town"),
    "focus": msg("Stated focus"),
    "owner": msg("Owner"),
    "owner_note": msg("Ownership"),
    "operator": msg("Operator"),
    "opened_year": msg("Opened"),
    "build_type": msg("Building"),
    "contract_form": msg("Form of contract"),
    "floor_area_m2": msg("Floor area"),
    "lettable_area_m2": msg("Floor area for letting"),
    "total_cost_mio_dkk": msg("Total cost"),
    "cost_per_m2_dkk": msg("Cost per m²"),
    "regional_share_pct": msg("Region's share"),
    "municipal_share_pct": msg("Municipality's share"),
    "state_grant_mio_dkk": msg("State grant"),
    "evidence": msg("Evidence"),
    "note": msg("Notes of the register"),
    "source": msg("Sources"),
}
"""Facts of a house in the order of a profile."""

_MEASURES: Final[Mapping[str, Message]] = {
    "floor_area_m2": msg("{value} m²"),
    "lettable_area_m2": msg("{value} m²"),
    "total_cost_mio_dkk": msg("{value} million DKK"),
    "cost_per_m2_dkk": msg("{value} DKK"),
    "regional_share_pct": msg("{value} %"),
    "municipal_share_pct": msg("{value} %"),
    "state_grant_mio_dkk": msg("{value} million DKK"),
}

_CODES: Final[Mapping[str, Mapping[str, Message]]] = {
    "build_type": BUILD_TYPES,
    "evidence": EVIDENCE,
}

_DANISH: Final = str.maketrans({"æ": "{", "ä": "{", "ø": "|", "ö": "|", "å": "}", "ü": "y", "é": "e"})


def danish_key(text: str) -> str:
    """Give the key by which a Danish list is sorted: æ, ø and å (also written aa) come last."""
    return text.casefold().replace("aa", "å").translate(_DANISH)


def fact_text(key: str, house: Mapping[str, Any], say: Translator) -> str | None:
    """Write one fact of a house, or give None where no source states it.

    Parameters
    ----------
    key
        A key of `FACT_LABELS`.
    house
        The house's row with the facts of `pipeline.clusters.houses.FACTS`.
    say
        Translator of the page's language.
    """
    value = house[key]
    if key == "status":
        return _with_year(word(HOUSE_STATUSES, value), house["status_year"], say)
    if key == "owner":
        return _owner(house, say)
    if key in _CODES:
        told = word(_CODES[key], value)
        return None if told is None else say(told)
    if key == "opened_year":
        return None if pd.isna(value) else str(int(value))
    if key in _MEASURES:
        return None if pd.isna(value) else say(msg(_MEASURES[key].text, value=number_text(value, key, say)))
    return note_text(value, house["note_da"], say.lang) if key == "note" else text_or_none(value)


def number_text(value: float, key: str, say: Translator) -> str:
    """Write a measure without its unit: whole, or with one decimal where the register has decimals."""
    whole = key == "cost_per_m2_dkk" or float(value).is_integer()
    return say.number(float(value), 0 if whole else 1)


def _with_year(status: Message | str | None, year: Any, say: Translator) -> str | None:  # noqa: ANN401
    if status is None:
        return None
    return say(status) if pd.isna(year) else say(msg("{status} ({year})", status=status, year=int(year)))


def _owner(house: Mapping[str, Any], say: Translator) -> str | None:
    owner = word(OWNERS, house["owner"])
    if owner is None:
        return None
    evidence = word(EVIDENCE, house["owner_evidence"])
    if evidence is None or house["owner_evidence"] == "sourced":
        return say(owner)
    return say(msg("{owner} ({evidence})", owner=owner, evidence=evidence))


def target_group_names(functions: pd.DataFrame, say: Translator) -> dict[str, str]:
    """Name each target group of the catalogue.

    Parameters
    ----------
    functions
        ``target_group`` with codes joined by ``|`` and ``target_group_<language>`` with their names joined by
        ``;`` in the same order.

    Returns
    -------
    dict
        Name by code; a code whose name cannot be told stands as it is.
    """
    names: dict[str, str] = {}
    rows = functions[["target_group", f"target_group_{say.lang}"]].dropna(subset="target_group")
    for codes_text, names_text in rows.itertuples(index=False):
        codes = [code for code in str(codes_text).split("|") if code]
        told = [] if pd.isna(names_text) else [name.strip() for name in str(names_text).split(";")]
        for place, code in enumerate(codes):
            if len(told) == len(codes):
                names[code] = told[place]
            else:
                names.setdefault(code, code)
    return names


def comparison_rows(
    found: HouseComparison, functions: pd.DataFrame, say: Translator
) -> list[tuple[str, str, str]]:
    """Write two houses side by side as rows of text.

    Parameters
    ----------
    found
        Result of `pipeline.clusters.houses.compare_houses`.
    functions
        The table of functions, for their names.
    say
        Translator of the reader's language.

    Returns
    -------
    list of tuple
        Label and the text for each house; the first row holds their names.
    """
    houses = {str(house): facts for house, facts in found.facts.to_dict().items()}
    first, second = houses
    blank = say(NOT_STATED)
    rows = [(say(msg("Health house")), str(houses[first]["name"]), str(houses[second]["name"]))]
    for key, label in FACT_LABELS.items():
        one, other = (fact_text(key, houses[house], say) for house in (first, second))
        rows.append((say(label), one or blank, other or blank))
    names = dict(zip(functions["function_id"], functions[f"name_{say.lang}"].astype(str), strict=True))
    held = found.functions.assign(name=found.functions["function_id"].map(names))
    for sector, sector_label in SECTORS.items():
        own = held[held["sector"] == sector]
        one, other = (_tenants(own, house, say) for house in (first, second))
        heading = say(msg("Functions: {sector}", sector=sector_label))
        rows.append((heading, one or blank, other or blank))
    in_use = {house: held[held[house].isin(IN_USE)] for house in houses}
    ids = {house: set(own["function_id"]) for house, own in in_use.items()}
    groups = {house: _groups(own["target_group"]) for house, own in in_use.items()}
    labels = (msg("Functions in both"), msg("Functions in one only"))
    rows += _overlap(labels, ids[first], ids[second], found.shared_functions, names, say)
    labels = (msg("Target groups in both"), msg("Target groups in one only"))
    group_names = target_group_names(functions, say)
    rows += _overlap(labels, groups[first], groups[second], found.shared_target_groups, group_names, say)
    return rows


def _tenants(held: pd.DataFrame, house: str, say: Translator) -> str:
    """List the functions of one house: first how many it holds or plans, then their names."""
    own = held[held[house] != ""]
    if own.empty:
        return ""
    items = []
    for row in own[["name", house]].itertuples(index=False):
        name, status = str(row[0]), str(row[1])
        mark = STATUS_WORDS[status]
        items.append(name if status == "present" else say(msg("{name} ({status})", name=name, status=mark)))
    count = int(own[house].isin(IN_USE).sum())
    return f"{say.number(count)}: " + ", ".join(sorted(items, key=danish_key))


def _groups(target_groups: pd.Series) -> set[str]:
    return {code for text in target_groups.dropna() for code in str(text).split("|") if code}


def _overlap(
    labels: tuple[Message, Message],
    one: set[str],
    other: set[str],
    share: float,
    names: Mapping[str, str],
    say: Translator,
) -> list[tuple[str, str, str]]:
    if not one | other:
        return [(say(labels[0]), say(NOT_STATED), say(NOT_STATED))]
    count = msg(
        "{both:n} of {either:n} ({share:n} %)",
        both=len(one & other),
        either=len(one | other),
        share=100 * share,
    )

    def listed(ids: set[str]) -> str:
        return ", ".join(sorted((names[i] for i in ids), key=danish_key)) or "–"

    return [
        (say(labels[0]), say(count), listed(one & other)),
        (say(labels[1]), listed(one - other), listed(other - one)),
    ]
