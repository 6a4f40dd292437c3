"""The difference of result tables between two states: rows that came, went or changed, value by value."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import pandas as pd

from pipeline.coverage.summary import CHANGES

SAME: Final = 1e-9
"""Numbers differ when they do by more than this share of the larger one."""

COLUMNS: Final = ("row", "column", "before", "after", "change")
"""Columns of a difference after the key: ``row`` is ``added``, ``removed`` or ``changed``."""

LEFT_OUT: Final = ("geometry", "source", "note", "note_da", *(f"{each}_change" for each in CHANGES))
"""Columns that are not compared: what a row rests on, and what tells a change against today already."""


def table_difference(
    before: pd.DataFrame,
    after: pd.DataFrame,
    key: Sequence[str],
    *,
    leave_out: Sequence[str] = LEFT_OUT,
) -> pd.DataFrame:
    """List what differs between two states of one table.

    Parameters
    ----------
    before, after
        The table in both states; the key is unique in each.
    key
        Columns that name a row.
    leave_out
        Columns that are not compared; those that tell a change against the first state are changes already.

    Returns
    -------
    pd.DataFrame
        The key and `COLUMNS`. A changed value is one row with ``before``, ``after`` and, for numbers,
        ``change`` (after less before). An added or removed row is one row with an empty ``column``, then one
        for each value that it has, which stands in ``after`` or ``before``. In the order of the tables, then
        of their columns; empty when nothing differs.

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
    for side, word, when in (("right_only", "added", "after"), ("left_only", "removed", "before")):
        rows = both[both["_merge"] == side]
        blank = rows[names].assign(row=word, column="", before=None, after=None, change=np.nan)
        parts.append(blank)
        for column in shared:
            told = blank.assign(column=column)
            told[when] = rows[f"{column}\0{when}"].astype(object)
            parts.append(told[told[when].notna()])
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
