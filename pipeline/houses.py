"""The register of health houses: which functions each holds, what a cluster lacks, two houses compared."""

from dataclasses import dataclass

import pandas as pd

from pipeline.errors import Fault, SettingsError
from pipeline.messages import msg


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
        One row per scheme, cluster and catalogue function: ``houses`` (number that hold it), ``planned``
        and ``status`` (``present``, ``planned``, ``not_stated``).
    """
    catalogue = functions.loc[functions["in_catalogue"].astype(bool), ["function_id"]]
    every = clusters[["scheme", "cluster_id"]].merge(catalogue, how="cross")
    held = pairs.merge(house_functions.assign(facility_id="house-" + house_functions["house_id"]))
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
    "owner",
    "owner_note",
    "operator",
    "opened_year",
    "floor_area_m2",
    "total_cost_mio_dkk",
    "cost_per_m2_dkk",
    "regional_share_pct",
    "municipal_share_pct",
    "state_grant_mio_dkk",
    "build_type",
    "evidence",
    "source",
)


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
    both = both.assign(
        cost_per_m2_dkk=(both["total_cost_mio_dkk"].astype(float) * 1e6 / both["floor_area_m2"].astype(float))
    )
    cells = functions_by_house(both, house_functions, functions).T
    held = cells[(cells != "").any(axis="columns")].join(
        functions.set_index("function_id")[["sector", "target_group"]]
    )
    in_use = {house: held[held[house].isin(["present", "planned"])] for house in (first, second)}
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
