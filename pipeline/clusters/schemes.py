"""Cluster schemes in time: which one is in force on a day, and who is a member then.

A row with ``valid_from`` and ``valid_to`` is in force from the first of the two days up to, but not
including, the second; an empty end is open.
"""

import datetime as dt

import pandas as pd

from pipeline.errors import Fault, SettingsError
from pipeline.messages import msg


def in_force(table: pd.DataFrame, on: dt.date) -> pd.Series:
    """Tell which rows of a dated table are in force on a day.

    Parameters
    ----------
    table
        Frame with ``valid_from`` and ``valid_to`` (dates or missing).
    on
        The day.

    Returns
    -------
    pd.Series
        Bool, same index.
    """
    day = pd.Timestamp(on)
    start, end = pd.to_datetime(table["valid_from"]), pd.to_datetime(table["valid_to"])
    return (start.isna() | (start <= day)) & (end.isna() | (end > day))


def schemes_in_view(schemes: pd.DataFrame, as_of: dt.date, *, source: str = "settings") -> pd.DataFrame:
    """Give every scheme the day it is computed for, and mark the one shown first.

    Parameters
    ----------
    schemes
        Table ``schemes``.
    as_of
        The study's day.
    source
        Name of the settings file, for the message.

    Returns
    -------
    pd.DataFrame
        The schemes in order of time with ``on`` (`as_of` for the scheme in force that day, else its first
        day) and ``shown`` (True for exactly one).

    Raises
    ------
    SettingsError
        No scheme is in force on `as_of`.
    """
    view = schemes.sort_values(["valid_from", "scheme"], kind="stable").reset_index(drop=True)
    current = in_force(view, as_of)
    if not current.any():
        raise SettingsError(
            Fault(
                source,
                "study.as_of",
                msg("the date {day}, which no cluster scheme covers", day=as_of.isoformat()),
                msg("a day within one of: {spans}", spans=_spans(view)),
                msg("choose such a day, or add a scheme to the table schemes"),
            )
        )
    shown = current & (current[::-1].cumsum()[::-1] == 1)  # the newest, where two are in force
    first_day = pd.to_datetime(view["valid_from"]).fillna(pd.to_datetime(view["valid_to"]))
    return view.assign(shown=shown, on=first_day.where(~current, pd.Timestamp(as_of)).dt.date)


def _spans(schemes: pd.DataFrame) -> str:
    days = [
        pd.to_datetime(schemes[end]).dt.strftime("%Y-%m-%d").fillna("") for end in ("valid_from", "valid_to")
    ]
    return "; ".join(schemes["scheme"] + " " + days[0] + "–" + days[1])


def rows_in_view(table: pd.DataFrame, view: pd.DataFrame) -> pd.DataFrame:
    """Keep the rows of a dated table with a ``scheme`` column that are in force on the scheme's day.

    Parameters
    ----------
    table
        Frame with ``scheme``, ``valid_from`` and ``valid_to``.
    view
        Result of `schemes_in_view`.

    Returns
    -------
    pd.DataFrame
        The rows in force, schemes in the view's order.
    """
    days = zip(view["scheme"], view["on"], strict=True)
    parts = [rows[in_force(rows, on)] for scheme, on in days for rows in [table[table["scheme"] == scheme]]]
    kept: pd.DataFrame = pd.concat(parts)
    return kept


def members_in_view(cluster_members: pd.DataFrame, view: pd.DataFrame) -> pd.DataFrame:
    """Keep the membership rows in force on each scheme's day.

    Parameters
    ----------
    cluster_members
        Table ``cluster_members``: a municipality may stand in several clusters of a scheme.
    view
        Result of `schemes_in_view`.

    Returns
    -------
    pd.DataFrame
        Rows in force with the column ``shared`` (True where the municipality stands in more than one cluster
        of the scheme), sorted by scheme, cluster and municipality.
    """
    members = rows_in_view(cluster_members, view).sort_values(
        ["scheme", "cluster_id", "municipality_code"], ignore_index=True
    )
    shared = members.groupby(["scheme", "municipality_code"])["cluster_id"].transform("nunique") > 1
    return members.assign(shared=shared)
