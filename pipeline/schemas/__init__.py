"""The contract of every table: what it must hold, in which units, and what each column means.

`BUNDLED` are the tables in ``geodata/``, which users may replace with their own; `RESULTS` are the frames
that drawing and the result files get. Some tables stand in both with different columns.
"""

from collections.abc import Mapping
from typing import Final

import pandas as pd
import pandera.pandas as pa

from pipeline.messages import Language, msg, translator
from pipeline.schemas import areas, coverage, reference, results, services, sites, travel
from pipeline.schemas.common import Contract, Reference, RowRule

__all__ = ["BUNDLED", "OPTIONAL", "RESULTS", "Contract", "Reference", "RowRule", "describe", "dictionary"]

OPTIONAL: Final = frozenset({areas.PRACTICE_CLUSTERS.name})
"""Tables that a study may have, but that are not bundled."""

BUNDLED: Final[Mapping[str, Contract]] = {
    contract.name: contract
    for contract in (
        areas.MUNICIPALITIES,
        areas.SCHEMES,
        areas.CLUSTERS,
        areas.CLUSTER_MEMBERS,
        areas.SETTLEMENTS,
        services.HOSPITALS,
        services.HOSPITAL_STATUS,
        services.HOSPITAL_CLUSTERS,
        services.HEALTH_HOUSES,
        services.FUNCTIONS,
        services.HOUSE_FUNCTIONS,
        reference.GP_SUPPLY_REGION,
        reference.GP_SUPPLY_MUNICIPALITY,
        reference.LINKS,
        reference.MAIN_ROADS,
        reference.RULES,
        reference.FUNCTION_RATES,
        reference.REFERENCE_DRIVE_TIMES,
        areas.PRACTICE_CLUSTERS,
    )
}
"""Contracts of the tables that are read, by name."""

RESULTS: Final[Mapping[str, Contract]] = {
    contract.name: contract
    for contract in (
        results.MUNICIPALITIES,
        results.CLUSTERS,
        results.CLUSTER_MEMBERS,
        results.FACILITIES,
        results.FACILITY_CLUSTERS,
        results.HOUSE_FUNCTIONS,
        travel.CATCHMENTS,
        travel.ACUTE_ACCESS,
        *coverage.CONTRACTS,
        *sites.CONTRACTS,
    )
}
"""Contracts of the result frames, by name."""

KINDS: Final = {
    "text": msg("text"),
    "number": msg("number"),
    "whole": msg("whole number"),
    "flag": msg("true or false"),
    "date": msg("date"),
    "geometry": msg("geometry, EPSG:25832"),
}


def _contract(table: str | Contract) -> Contract:
    if isinstance(table, Contract):
        return table
    return RESULTS[table] if table in RESULTS else BUNDLED[table]


def limits(column: pa.Column) -> str:
    """Write the words or limits a column allows, free of language: ``≥ 0`` or ``a, b``."""
    traits = column.metadata or {}
    if traits.get("allowed"):
        return ", ".join(traits["allowed"])
    low, high = traits.get("low"), traits.get("high")
    if low is not None and high is not None:
        return f"{low:g}–{high:g}"
    return f"≥ {low:g}" if low is not None else f"≤ {high:g}" if high is not None else ""


def describe(table: str | Contract, lang: Language = "da") -> pd.DataFrame:
    """Tell what each column of a table means: the data dictionary.

    Parameters
    ----------
    table
        A contract, or the name of one; a name that stands in both means the result.
    lang
        Language of the text.

    Returns
    -------
    pd.DataFrame
        One row per column: ``column``, ``type``, ``unit``, ``may_be_empty``, ``allowed``, ``meaning``.

    Raises
    ------
    KeyError
        No table of this name.
    """
    contract = _contract(table)
    say = translator(lang)
    rows = [
        (
            name,
            say(KINDS[column.metadata["kind"]]),
            say(column.metadata.get("unit") or ""),
            bool(column.nullable),
            limits(column),
            say(column.description),
        )
        for name, column in contract.columns.items()
    ]
    return pd.DataFrame(rows, columns=["column", "type", "unit", "may_be_empty", "allowed", "meaning"])


def dictionary(lang: Language = "da") -> dict[str, dict[str, str]]:
    """Tell the meaning of every column of every result: table → column → meaning."""
    told = {name: describe(contract, lang) for name, contract in RESULTS.items()}
    return {name: dict(zip(rows["column"], rows["meaning"], strict=True)) for name, rows in told.items()}
