"""How firm a ranking is: the chance of being among the best, the span of ranks, and what tips it.

Speeds, people, rates, age weights, minimum volumes and the council's weights are drawn again and again from
their ranges, with fixed seeds. Who gains by a candidate is not searched again: a run costs milliseconds.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array

from pipeline.function_demand import function_demand
from pipeline.functions import FunctionCatalogue
from pipeline.huff import attraction
from pipeline.site_criteria import pushed_below
from pipeline.site_inputs import GP_GAPS, FunctionCase
from pipeline.site_score import PARTS, score, score_parts
from pipeline.site_settings import SiteRules

FAMILIES: Final = ("speed", "demand", "rate", "age_weights", "min_volume", "weights")
"""What is drawn: speeds, people, visits per person, use by age, minimum volume, weights of the score."""

ALONE: Final = 4
"""Runs in which one family alone is drawn are a quarter of the joint ones."""

_BLOCK: Final = 64


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


@dataclass(frozen=True, slots=True)
class _Draws:
    """One row for each run; 1 (or the settings' own value) where a family is not drawn."""

    speed: NDArray[np.float64]
    people: NDArray[np.float64]
    visits: NDArray[np.float64]
    min_volume: NDArray[np.float64]
    weights: NDArray[np.float64]


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
    fixed = _Fixed(case, rows, functions, settings, dict(at_speed or {}))
    base = fixed.ranks(fixed.draws(1, (), shaken.seed))[0]
    joint = fixed.ranks(fixed.draws(shaken.runs, FAMILIES, shaken.seed)) if shaken.runs else base[None]
    top = base <= shaken.top
    each = -(-shaken.runs // ALONE)
    tipped = np.zeros((len(FAMILIES), len(base)))
    families = []
    for at, family in enumerate(FAMILIES):
        alone = fixed.ranks(fixed.draws(each, (family,), shaken.seed + 1 + at)) if each else base[None]
        among = alone <= shaken.top
        tipped[at] = (among != top).mean(axis=0)
        families.append(
            {
                "family": family,
                "runs": each,
                "other_winner": float(((alone == 1) != (base == 1)).any(axis=1).mean()),
                "other_top": float((among != top).any(axis=1).mean()),
            }
        )
    most = tipped.argmax(axis=0)
    share = tipped.max(axis=0)
    low, median, high = np.quantile(joint, [0.05, 0.5, 0.95], axis=0, method="inverted_cdf")
    table = pd.DataFrame(
        {
            "function_id": case.function.id,
            "site_id": rows.index.to_numpy(),
            "rank": base,
            "p_top": (joint <= shaken.top).mean(axis=0),
            "rank_low": low,
            "rank_median": median,
            "rank_high": high,
            "tipped_by": np.where(share > 0, np.array(FAMILIES, dtype=object)[most], ""),
            "tipped_share": share,
        }
    )
    there = rows["already_there"].to_numpy(dtype=bool)
    ranked = ["rank", "p_top", "rank_low", "rank_median", "rank_high", "tipped_share"]
    table[ranked] = table[ranked].astype(float)
    table.loc[there, ranked] = np.nan
    return Stability(table, pd.DataFrame(families).assign(function_id=case.function.id))


class _Fixed:
    """What every run shares: who gains by whom, and what is not drawn."""

    def __init__(
        self,
        case: FunctionCase,
        rows: pd.DataFrame,
        functions: FunctionCatalogue,
        settings: SiteRules,
        at_speed: dict[float, FunctionCase],
    ) -> None:
        self.case, self.functions, self.settings, self.at_speed = case, functions, settings, at_speed
        self.there = rows["already_there"].to_numpy(dtype=bool)
        self.host = rows["allowed_host"].to_numpy() == "met"
        by_nearest = self._below(case, case.visits, case.function.min_volume.value).sum(axis=1)
        self.huff_below = rows["others_below"].to_numpy() > by_nearest
        inputs, power = case.inputs, settings.huff_power
        self.today_pull = attraction(inputs.today_min[:, case.places], power).sum(axis=1)
        codes = inputs.demand.get("municipality_code", pd.Series(0, index=inputs.demand.index))
        self.area = pd.factorize(codes, sort=True, use_na_sentinel=False)[0]
        self.gap: NDArray[np.float64] = np.zeros(len(inputs.demand))
        if GP_GAPS in inputs.groups:
            self.gap = np.asarray(inputs.groups[GP_GAPS][1].sum(axis=1), dtype=np.float64).ravel()

    def draws(self, runs: int, families: tuple[str, ...], seed: int) -> _Draws:
        """Draw the families named for so many runs; everything else keeps its value."""
        rng, case, shaken = np.random.default_rng(seed), self.case, self.settings.stability
        function, points = case.function, len(case.people)
        speed = np.zeros(runs)
        if "speed" in families:
            speed = rng.choice(np.array(shaken.speed_changes), runs)
        factor = np.ones((runs, points))
        if "demand" in families and shaken.demand_spread > 0:
            shape = shaken.demand_spread**-2
            factor = rng.gamma(shape, 1 / shape, (runs, points))
            factor *= rng.gamma(shape, 1 / shape, (runs, int(self.area.max(initial=0)) + 1))[:, self.area]
        visits = np.broadcast_to(case.visits, (runs, points))
        if "age_weights" in families and function.target.age_weights:
            visits = np.array([self._aged(rng, shaken.age_spread) for _ in range(runs)])
        rate = np.ones(runs)
        if "rate" in families:
            rate = rng.uniform(*function.visits_per_1000.range, runs) / function.visits_per_1000.value
        floor = np.full(runs, function.min_volume.value)
        if "min_volume" in families:
            floor = rng.uniform(*function.min_volume.range, runs)
        weights = np.tile([getattr(self.settings.score, part) for part in PARTS], (runs, 1)).astype(
            np.float64
        )
        if "weights" in families:
            weights *= rng.uniform(1 - shaken.weight_spread, 1 + shaken.weight_spread, weights.shape)
        return _Draws(speed, case.people * factor, visits * factor * rate[:, None], floor, weights)

    def _aged(self, rng: np.random.Generator, share: float) -> NDArray[np.float64]:
        """Visits at each point with drawn age weights."""
        function = self.case.function
        bands = tuple(
            band.model_copy(update={"weight": band.weight * rng.uniform(1 - share, 1 + share)})
            for band in function.target.age_weights
        )
        target = function.target.model_copy(update={"age_weights": bands})
        drawn = function.model_copy(update={"target": target})
        needs = function_demand(self.case.inputs.demand, drawn, self.functions.ages)
        return needs["visits"].to_numpy(dtype=np.float64)

    def ranks(self, draws: _Draws) -> NDArray[np.int64]:
        """Rank the candidates in each run; those that have the function already come after all."""
        runs, candidates = len(draws.speed), self.case.gains.candidates
        found = np.full((runs, candidates), candidates + 1, dtype=np.int64)
        for change in np.unique(draws.speed):
            at = np.flatnonzero(draws.speed == change)
            scores = self._scores(draws, at, float(change))[:, ~self.there]
            order = np.sort(-scores, axis=1)
            ranked = [
                np.searchsorted(line, -row, side="left") + 1 for line, row in zip(order, scores, strict=True)
            ]
            found[np.ix_(at, np.flatnonzero(~self.there))] = ranked
        return found

    def _scores(self, draws: _Draws, at: NDArray[np.int64], change: float) -> NDArray[np.float64]:
        case = self.at_speed.get(change, self.case)
        scale = 1.0 if change in self.at_speed else 1 / (1 + change)
        gains, function, guideline = case.gains, case.function, self.functions.guideline
        before, minutes, saved = gains.before_min * scale, gains.minutes * scale, gains.saved_min * scale
        limit = function.limit_min.value
        newly = (before > limit) & (minutes <= limit)
        helped = newly | ~np.isfinite(before) | (saved >= guideline.shorter_min.value)
        visits, people = draws.visits[at], draws.people[at]

        def summed(values: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
            return np.asarray((csr_array(gains.matrix(values).T) @ weights.T).T)

        ones = np.ones(len(minutes))
        visit_min, volume = summed(saved, visits), summed(ones, visits)
        had = summed(np.isfinite(before).astype(np.float64), visits)
        within = summed(newly.astype(np.float64), people)
        gaps = summed(helped * self.gap[gains.row], people)
        per_visit = np.divide(visit_min, had, out=np.where(volume > 0, np.inf, 0.0), where=had > 0)
        floor = draws.min_volume[at]
        enough = np.maximum(volume, self._huff_volume(case, visits)) >= floor[:, None]
        low, _ = guideline.shorter_min.range
        shorter = (per_visit >= low) & (per_visit > 0)
        scores = np.empty((len(at), gains.candidates))
        for run in range(len(at)):
            others = ~self._below(case, visits[run], floor[run]).any(axis=1) & ~self.huff_below
            parts = score_parts(visit_min[run], within[run], volume[run], gaps[run], floor[run])
            decisive = shorter[run] & enough[run] & others & self.host
            scores[run] = score(parts, draws.weights[at[run]], decisive)
        return scores

    def _huff_volume(self, case: FunctionCase, visits: NDArray[np.float64]) -> NDArray[np.float64]:
        """Visits that each candidate draws by Huff's shares in each run; a common scale of times cancels."""
        found = np.zeros((len(visits), len(case.columns)))
        for first in range(0, len(case.columns), _BLOCK):
            columns = case.columns[first : first + _BLOCK]
            pull = attraction(case.inputs.site_min[:, columns], self.settings.huff_power)
            total = self.today_pull[:, None] + pull
            won = np.divide(pull, total, out=np.zeros_like(pull), where=total > 0)
            found[:, first : first + _BLOCK] = visits @ won
        return found

    @staticmethod
    def _below(case: FunctionCase, visits: NDArray[np.float64], floor: float) -> NDArray[np.bool_]:
        """Places of today that each candidate pushes below a floor when all go to the nearest."""
        drawn, taken = case.allot(visits)
        return pushed_below(drawn, taken, floor)
