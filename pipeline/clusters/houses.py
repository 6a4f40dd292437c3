"""The register of health houses: which functions each holds, what a cluster lacks, two houses compared."""

from dataclasses import dataclass
from typing import Final

import pandas as pd

from pipeline.errors import Fault, SettingsError
from pipeline.messages import msg

STATUSES: Final = ("present", "planned", "past")
"""What a house's function can be, the surest first."""

IN_USE: Final = ("present", "planned")
"""What counts when two houses are compared: what a house holds or is to hold."""


def functions_by_house(
    houses: pd.DataFrame, house_functions: pd.DataFrame, functions: pd.DataFrame
) -> pd.DataFrame:
    """Spread the register out as houses × functions.

    Returns
    -------
    pd.DataFrame
        Index ``house_id`` (every house), columns ``function_id`` in catalogue order, cells ``present``,
        ``planned``, ``past`` or empty. Empty means *not stated*: the register does not say that a function is
        absent.
    """
    cells = house_functions.drop_duplicates(["house_id", "function_id"]).pivot_table(
        index="house_id", columns="function_id", values="status", aggfunc="first"
    )
    cells = cells.reindex(index=houses["house_id"], columns=functions["function_id"]).astype(object)
    return cells.where(cells.notna(), "")


def with_broader_functions(house_functions: pd.DataFrame, functions: pd.DataFrame) -> pd.DataFrame:
    """Count a house's function also as the broader one that it is a case of.

    The catalogue speaks of outpatient clinics where a house's own source names, say, a cardiology clinic.

    Parameters
    ----------
    house_functions
        ``house_id``, ``function_id``, ``status``.
    functions
        ``function_id`` in catalogue order and ``part_of``, the broader function or missing.

    Returns
    -------
    pd.DataFrame
        ``house_id``, ``function_id``, ``status`` (the surest of those that count) and ``narrower``: ids of
        the cases by which the house holds a function that no source states in so many words, joined by
        ``|``; empty where one does. One row per house and function, sorted by both.
    """
    stated = house_functions[["house_id", "function_id", "status"]].assign(narrower="")
    broader = functions.dropna(subset="part_of").set_index("function_id")["part_of"]
    cases = stated.assign(narrower=stated["function_id"], function_id=stated["function_id"].map(broader))
    every = pd.concat([stated, cases.dropna(subset="function_id")], ignore_index=True)
    rank = every["status"].map(dict(zip(STATUSES, range(len(STATUSES)), strict=True)))
    keys = ["house_id", "function_id"]
    every = every.assign(rank=rank)[rank == rank.groupby([every[key] for key in keys]).transform("min")]
    literal = every[every["narrower"] == ""]
    by_case = every[~pd.MultiIndex.from_frame(every[keys]).isin(pd.MultiIndex.from_frame(literal[keys]))]
    order = {name: place for place, name in enumerate(functions["function_id"])}
    ordered = by_case.sort_values("narrower", key=lambda ids: ids.map(order))
    joined = ordered.groupby([*keys, "status"], as_index=False).agg({"narrower": "|".join})
    plain = literal.drop(columns="rank").drop_duplicates(keys)
    table = pd.concat([plain, joined], ignore_index=True)
    return table[[*keys, "status", "narrower"]].sort_values(keys, ignore_index=True)


def functions_by_cluster(
    pairs: pd.DataFrame, house_functions: pd.DataFrame, functions: pd.DataFrame, clusters: pd.DataFrame
) -> pd.DataFrame:
    """Tell for each cluster which catalogue functions its health houses hold, and which none is known to.

    Parameters
    ----------
    pairs
        Facilities and clusters: ``scheme``, ``cluster_id``, ``facility_id``.
    house_functions, functions
        The tables of these names.
    clusters
        Clusters of every scheme: ``scheme``, ``cluster_id``.

    Returns
    -------
    pd.DataFrame
        One row per scheme, cluster and catalogue function: ``houses`` (number that hold it or a case of
        it), ``planned`` and ``status`` (``present``, ``planned``, ``not_stated``).
    """
    catalogue = functions.loc[functions["in_catalogue"].astype(bool), ["function_id"]]
    every = clusters[["scheme", "cluster_id"]].merge(catalogue, how="cross")
    counted = with_broader_functions(house_functions, functions)
    held = pairs.merge(counted.assign(facility_id="house-" + counted["house_id"]))
    keys = ["scheme", "cluster_id", "function_id"]
    counts = held.groupby([*keys, "status"])["house_id"].nunique().unstack(fill_value=0)
    counts = counts.reindex(columns=["present", "planned"], fill_value=0).reset_index()
    table = every.merge(counts, on=keys, how="left").fillna({"present": 0, "planned": 0})
    table = table.rename(columns={"present": "houses"}).astype({"houses": "int64", "planned": "int64"})
    status = pd.Series("not_stated", index=table.index)
    status = status.mask(table["planned"] > 0, "planned").mask(table["houses"] > 0, "present")
    return table.assign(status=status).sort_values(keys, ignore_index=True)


@dataclass(frozen=True, slots=True)
class HouseComparison:
    """Two health houses side by side.

    Parameters
    ----------
    facts
        Rows of the register (area, cost, shares, build type, owner, operator …), one column per house.
    functions
        ``function_id``, ``sector``, ``target_group`` and one status column per house, for every function
        that at least one of them holds or plans.
    tenants
        Number of functions by sector (rows) and house (columns).
    shared_functions
        Functions both hold over functions either holds (Jaccard index), 0–1; missing if neither holds any.
    shared_target_groups
        The same for the target groups of their functions: the overlap that two public partners look for.
    """

    facts: pd.DataFrame
    functions: pd.DataFrame
    tenants: pd.DataFrame
    shared_functions: float
    shared_target_groups: float


FACTS = (
    "name",
    "town",
    "status",
    "status_year",
    "owner",
    "owner_evidence",
    "owner_note",
    "operator",
    "opened_year",
    "floor_area_m2",
    "lettable_area_m2",
    "total_cost_mio_dkk",
    "cost_per_m2_dkk",
    "regional_share_pct",
    "municipal_share_pct",
    "state_grant_mio_dkk",
    "build_type",
    "contract_form",
    "focus",
    "evidence",
    "note",
    "note_da",
    "source",
)


def cost_per_m2(houses: pd.DataFrame) -> pd.Series:
    """Divide the building cost by the gross floor area.

    Parameters
    ----------
    houses
        ``total_cost_mio_dkk`` (million DKK) and ``floor_area_m2`` (m²).

    Returns
    -------
    pd.Series
        DKK per m², same index; missing where cost or area is, or the area is 0.
    """
    area = houses["floor_area_m2"].astype(float)
    return houses["total_cost_mio_dkk"].astype(float) * 1e6 / area.where(area > 0)


def compare_houses(
    houses: pd.DataFrame, house_functions: pd.DataFrame, functions: pd.DataFrame, first: str, second: str
) -> HouseComparison:
    """Put two health houses side by side.

    Parameters
    ----------
    houses, house_functions, functions
        Tables ``health_houses``, ``house_functions`` and ``functions``.
    first, second
        House ids.

    Raises
    ------
    SettingsError
        A house id that the register does not have.
    """
    known = houses.set_index("house_id", drop=False)
    faults = [
        Fault(
            "--compare",
            house,
            msg("an unknown house"),
            msg("one of: {words}", words=", ".join(sorted(known.index))),
            msg("write a house_id of the table health_houses"),
        )
        for house in (first, second)
        if house not in known.index
    ]
    if faults:
        raise SettingsError(faults)
    both = known.loc[[first, second]]
    both = both.assign(cost_per_m2_dkk=cost_per_m2(both))
    cells = functions_by_house(both, house_functions, functions).T
    held = cells[(cells != "").any(axis="columns")].join(
        functions.set_index("function_id")[["sector", "target_group"]]
    )
    in_use = {house: held[held[house].isin(IN_USE)] for house in (first, second)}
    groups = {
        house: {group for text in rows["target_group"].dropna() for group in str(text).split("|") if group}
        for house, rows in in_use.items()
    }
    by_sector = {house: rows["sector"].value_counts() for house, rows in in_use.items()}
    return HouseComparison(
        facts=both[list(FACTS)].T,
        functions=held.reset_index(),
        tenants=pd.DataFrame(by_sector).fillna(0).astype("int64").sort_index(),
        shared_functions=_jaccard(*(set(rows.index) for rows in in_use.values())),
        shared_target_groups=_jaccard(groups[first], groups[second]),
    )


def _jaccard(one: set[str], other: set[str]) -> float:
    return len(one & other) / len(one | other) if one | other else float("nan")
