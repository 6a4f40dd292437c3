"""Which gap is which between two states of a study: told by the people they share, not by their rank."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.coverage.gap_areas import NO_GAP
from pipeline.coverage.gap_table import GapTable


@dataclass(frozen=True, slots=True)
class State:
    """The gaps of one kind in one state of a study.

    Parameters
    ----------
    gaps
        The gaps.
    point
        Name of each demand point (``demand_id``), in the order of ``gaps.member``.
    """

    gaps: GapTable
    point: pd.Series


def with_known_ids(now: State, people: NDArray[np.float64], earlier: Sequence[State]) -> GapTable:
    """Give gaps that stood in an earlier state the id that they had there.

    Parameters
    ----------
    now
        The state whose gaps are named.
    people
        People at each of its demand points, shape (points,).
    earlier
        States whose ids stand; what the first has not, the second may have.

    Returns
    -------
    GapTable
        The same gaps in the same order. A gap that shares people with one of an earlier state takes its id;
        where several could, the two that share most people belong together, and each id is given once. A gap
        that is new takes the next free number in its municipality, free in all the states.
    """
    table = now.gaps.table
    ids = np.full(len(table), None, dtype=object)
    taken: set[str] = set()
    for state in earlier:
        before = state.gaps.table["gap_id"].astype(str).to_numpy()
        for mine, other in _most_shared_first(now, people, state):
            if ids[mine] is None and before[other] not in taken:
                ids[mine] = before[other]
                taken.add(before[other])
    used = taken.union(*(state.gaps.table["gap_id"].astype(str) for state in earlier))
    own = table["gap_id"].astype(str)
    for at in np.flatnonzero(pd.isna(ids)):
        stem = own.iloc[at].rpartition("-")[0]
        number = 1
        while f"{stem}-{number}" in used:
            number += 1
        ids[at] = f"{stem}-{number}"
        used.add(ids[at])
    return replace(now.gaps, table=table.assign(gap_id=pd.Series(ids, index=table.index, dtype=own.dtype)))


def _most_shared_first(now: State, people: NDArray[np.float64], before: State) -> list[tuple[int, int]]:
    """List the pairs of gaps that share people, those that share most first."""
    other = pd.Series(before.gaps.member, index=before.point.to_numpy()).reindex(now.point.to_numpy())
    pairs = pd.DataFrame(
        {
            "now": now.gaps.member,
            "before": other.fillna(NO_GAP).to_numpy(dtype=np.int64),
            "people": people,
        }
    )
    pairs = pairs[(pairs["now"] != NO_GAP) & (pairs["before"] != NO_GAP)]
    shared = pairs.groupby(["now", "before"])[["people"]].sum().reset_index()
    shared = shared.sort_values(["people", "before", "now"], ascending=[False, True, True])
    return list(zip(shared["now"].tolist(), shared["before"].tolist(), strict=True))
