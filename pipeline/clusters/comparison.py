"""Compare two cluster schemes: which municipality moves, which stays."""

import pandas as pd
from scipy.optimize import linear_sum_assignment

from pipeline.errors import Fault, SettingsError
from pipeline.messages import msg


def find_scheme(schemes: pd.DataFrame, wanted: str) -> str:
    """Find a scheme by its id or its year (``2018``).

    Raises
    ------
    SettingsError
        No scheme, or several, answer to the word.
    """
    ids = schemes["scheme"].astype(str)
    hits = sorted(ids[(ids == wanted) | ids.str.endswith(f"-{wanted}")])
    if len(hits) == 1:
        return hits[0]
    raise SettingsError(
        Fault(
            "--compare",
            wanted,
            msg("the word {wanted}", wanted=wanted),
            msg("one of: {words}", words=", ".join(ids)),
            msg("write a scheme's id or its year"),
        )
    )


def match_clusters(members: pd.DataFrame, before: str, after: str) -> pd.Series:
    """Pair the clusters of two schemes one to one so that as many people as possible stay.

    Parameters
    ----------
    members
        Rows ``scheme``, ``cluster_id``, ``municipality_code``, ``population_part``.
    before, after
        Scheme ids.

    Returns
    -------
    pd.Series
        Cluster of `after` by cluster of `before`; a cluster without counterpart is missing.

    Notes
    -----
    Optimal assignment (`scipy.optimize.linear_sum_assignment`) on the people that two clusters share.
    """
    old = members[members["scheme"] == before]
    new = members[members["scheme"] == after]
    both = old.merge(new, on="municipality_code", suffixes=("_old", "_new"))
    people = both["population_part_old"].clip(upper=both["population_part_new"])
    table = people.groupby([both["cluster_id_old"], both["cluster_id_new"]]).sum().unstack(fill_value=0)
    row, column = linear_sum_assignment(table.to_numpy(), maximize=True)
    kept = table.to_numpy()[row, column] > 0
    pairs = pd.Series(table.columns[column[kept]], index=table.index[row[kept]], dtype=object)
    return pairs.reindex(sorted(old["cluster_id"].unique()))


def compare_schemes(members: pd.DataFrame, names: pd.DataFrame, before: str, after: str) -> pd.DataFrame:
    """List every municipality with its clusters before and after, and what happens to it.

    Parameters
    ----------
    members
        Rows in force of both schemes with ``municipality_name`` and ``population_part``.
    names
        Table ``clusters``.
    before, after
        Scheme ids.

    Returns
    -------
    pd.DataFrame
        One row per municipality: ``municipality_code``, ``municipality_name``, ``clusters_before``,
        ``clusters_after`` (names, "; "-joined) and ``change``: ``stays``, ``moves`` (to a cluster that does
        not follow from any of its old ones), ``leaves_one`` (was in several), ``joins_one`` (is now in
        several), ``enters`` or ``leaves`` (in none before or after); ``evidence`` of both.
    """
    follow = match_clusters(members, before, after)
    label = names.set_index(["scheme", "cluster_id"])["name"]
    rows = []
    both = members[members["scheme"].isin([before, after])]
    for (code, name), part in both.groupby(["municipality_code", "municipality_name"], sort=True):
        old = part.loc[part["scheme"] == before, "cluster_id"].tolist()
        new = part.loc[part["scheme"] == after, "cluster_id"].tolist()
        expected = {follow.get(cluster) for cluster in old}
        rows.append(
            {
                "municipality_code": code,
                "municipality_name": name,
                "clusters_before": "; ".join(label[before, cluster] for cluster in old),
                "clusters_after": "; ".join(label[after, cluster] for cluster in new),
                "change": _change(expected, set(new), len(old)),
                "evidence": "; ".join(sorted(part["evidence"].unique())),
            }
        )
    return pd.DataFrame(rows)


def _change(expected: set[object], new: set[str], old_count: int) -> str:
    if not old_count:
        return "enters"
    if not new:
        return "leaves"
    if not new & expected:
        return "moves"
    if new == expected:
        return "stays"
    return "leaves_one" if new < expected else "joins_one" if new > expected else "moves"
