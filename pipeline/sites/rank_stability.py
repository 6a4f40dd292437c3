"""How firm a ranking is: the chance of being among the best, the span of ranks, and what tips it.

Speeds, people, rates, age weights, minimum volumes and the council's weights are drawn again and again from
their ranges, with fixed seeds. Who gains by a candidate is not searched again: a run costs milliseconds.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from pipeline.settings.sites import SiteRules
from pipeline.site_words import FAMILY_NAMES
from pipeline.sites.functions import FunctionCatalogue
from pipeline.sites.inputs import FunctionCase
from pipeline.sites.stability_runs import draw_runs, rank_runs

FAMILIES: Final = tuple(FAMILY_NAMES)
"""What is drawn: speeds, people, visits per person, use by age, minimum volume, weights of the score."""

ALONE: Final = 4
"""Runs in which one family alone is drawn are a quarter of the joint ones."""


@dataclass(frozen=True, slots=True)
class Stability:
    """How firm the ranking of one function's candidates is.

    Parameters
    ----------
    table
        One row for each candidate in the order of the case: ``function_id``, ``site_id``, ``rank`` (without
        any draw), ``p_top`` (share of joint runs among the best), ``rank_low``, ``rank_median``,
        ``rank_high`` (5th, 50th and 95th percentile), ``tipped_by`` (the family that alone most often moves
        it in or out of the best; empty if none does) and ``tipped_share`` (of that family's runs).
    families
        One row for each family: ``family``, ``runs``, ``other_winner`` and ``other_top`` (shares of its runs
        in which another candidate wins, and in which the set of the best is another).
    """

    table: pd.DataFrame
    families: pd.DataFrame


def rank_stability(
    case: FunctionCase,
    evaluated: pd.DataFrame,
    functions: FunctionCatalogue,
    rules: SiteRules | None = None,
    *,
    at_speed: Mapping[float, FunctionCase] | None = None,
) -> Stability:
    """Shake the ranking of one function's candidates.

    Parameters
    ----------
    case
        The function's part of the evaluation.
    evaluated
        Rows of the `site_evaluation` frame for this function.
    functions
        The catalogue.
    rules
        Settings of candidates and ranking.
    at_speed
        Change of speed → the same case with travel times measured at that speed. Where one is missing all
        travel times are scaled alike, ferries too.

    Notes
    -----
    Places that a candidate pushes below their minimum by Huff's shares are taken over from the evaluation;
    those by nearest allocation are found again in each run.
    """
    settings = rules or SiteRules()
    rows = evaluated.set_index("site_id").loc[case.inputs.sites["site_id"].to_numpy()[case.columns]]
    shaken = settings.stability
    each = -(-shaken.runs // ALONE)
    plan: dict[tuple[str, ...], int] = {(): 1, FAMILIES: shaken.runs} | {
        (family,): each for family in FAMILIES
    }
    draws = draw_runs(case, functions, settings, plan)
    ranked = rank_runs(case, rows, functions, settings, draws, dict(at_speed or {}))
    base, *drawn = np.split(ranked, np.cumsum(list(plan.values()))[:-1])
    joint, *alone = (part if len(part) else base for part in drawn)
    top = base[0] <= shaken.top
    tipped = np.array([((part <= shaken.top) != top).mean(axis=0) for part in alone])
    families = [
        {
            "family": family,
            "runs": each,
            "other_winner": float(((part == 1) != (base == 1)).any(axis=1).mean()),
            "other_top": float(((part <= shaken.top) != top).any(axis=1).mean()),
        }
        for family, part in zip(FAMILIES, alone, strict=True)
    ]
    most = tipped.argmax(axis=0)
    share = tipped.max(axis=0)
    low, median, high = np.quantile(joint, [0.05, 0.5, 0.95], axis=0, method="inverted_cdf")
    table = pd.DataFrame(
        {
            "function_id": case.function.id,
            "site_id": rows.index.to_numpy(),
            "rank": base[0],
            "p_top": (joint <= shaken.top).mean(axis=0),
            "rank_low": low,
            "rank_median": median,
            "rank_high": high,
            "tipped_by": np.where(share > 0, np.array(FAMILIES, dtype=object)[most], ""),
            "tipped_share": share,
        }
    )
    there = rows["already_there"].to_numpy(dtype=bool)
    figures = ["rank", "p_top", "rank_low", "rank_median", "rank_high", "tipped_share"]
    table[figures] = table[figures].astype(float)
    table.loc[there, figures] = np.nan
    return Stability(table, pd.DataFrame(families).assign(function_id=case.function.id))
