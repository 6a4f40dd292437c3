"""The difference of result tables between two states: rows that came, went or changed, value by value."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import pandas as pd

SAME: Final = 1e-9
"""Numbers differ when they do by more than this share of the larger one."""

COLUMNS: Final = ("row", "column", "before", "after", "change")
"""Columns of a difference after the key: ``row`` is ``added``, ``removed`` or ``changed``."""


def table_difference(
    before: pd.DataFrame,
    after: pd.DataFrame,
    key: Sequence[str],
    *,
    leave_out: Sequence[str] = ("geometry", "source", "note"),
) -> pd.DataFrame:
    """List what differs between two states of one table.

    Parameters
    ----------
    before, after
        The table in both states; the key is unique in each.
    key
        Columns that name a row.
    leave_out
        Columns that are not compared.

    Returns
    -------
    pd.DataFrame
        The key and `COLUMNS`. A changed value is one row with ``before``, ``after`` and, for numbers,
        ``change`` (after less before); an added or removed row is one row with an empty ``column``. In the
        order of the tables, then of their columns; empty when nothing differs.

    Raises
    ------
    ValueError
        A key that is not unique.
    """
    names = list(key)
    for state in (before, after):
        if state.duplicated(names).any():
            raise ValueError(f"the key {', '.join(names)} is not unique")
    shared = [c for c in before.columns if c in set(after.columns) - set(names) - set(leave_out)]
    left, right = (pd.DataFrame(state)[[*names, *shared]] for state in (before, after))
    both = left.merge(
        right, on=names, how="outer", suffixes=("\0before", "\0after"), indicator=True, sort=False
    )
    parts = []
    for side, word in (("right_only", "added"), ("left_only", "removed")):
        rows = both.loc[both["_merge"] == side, names]
        parts.append(rows.assign(row=word, column="", before=None, after=None, change=np.nan))
    kept = both[both["_merge"] == "both"]
    for column in shared:
        old, new = kept[f"{column}\0before"], kept[f"{column}\0after"]
        numeric = all(
            pd.api.types.is_numeric_dtype(s) and not pd.api.types.is_bool_dtype(s) for s in (old, new)
        )
        differs = _numbers_differ(old, new) if numeric else _values_differ(old, new)
        if not differs.any():
            continue
        rows = kept.loc[differs, names].assign(row="changed", column=column)
        rows["before"] = old[differs].astype(object)
        rows["after"] = new[differs].astype(object)
        rows["change"] = (new - old)[differs].astype(float) if numeric else np.nan
        parts.append(rows)
    found = pd.concat([part.astype({"before": object, "after": object}) for part in parts], ignore_index=True)
    place = pd.concat([right[names], left[names]], ignore_index=True).drop_duplicates(ignore_index=True)
    order = found[names].merge(place.reset_index(names="at"), on=names, how="left")["at"]
    columns = found["column"].map({name: n for n, name in enumerate(["", *shared])})
    rank = np.lexsort((columns.to_numpy(), order.to_numpy()))
    return found.iloc[rank].reset_index(drop=True)[[*names, *COLUMNS]]


def _numbers_differ(old: pd.Series, new: pd.Series) -> pd.Series:
    first, second = old.to_numpy(np.float64, na_value=np.nan), new.to_numpy(np.float64, na_value=np.nan)
    missing = np.isnan(first) != np.isnan(second)
    size = np.fmax(np.abs(first), np.abs(second))
    return pd.Series(missing | (np.abs(first - second) > SAME * size), index=old.index)


def _values_differ(old: pd.Series, new: pd.Series) -> pd.Series:
    missing = old.isna() != new.isna()
    return missing | ((old.astype(str) != new.astype(str)) & old.notna() & new.notna())


def differences(
    before: Mapping[str, pd.DataFrame],
    after: Mapping[str, pd.DataFrame],
    keys: Mapping[str, Sequence[str]],
) -> dict[str, pd.DataFrame]:
    """List the differences of every table that both states have and a key is given for.

    Parameters
    ----------
    before, after
        Table name → table.
    keys
        Table name → columns that name a row.
    """
    names = [name for name in keys if name in before and name in after]
    return {name: table_difference(before[name], after[name], keys[name]) for name in names}
