"""The runs behind a ranking's stability: draw the assumptions, and rank the candidates in every run at once.

All that a run needs is linear in people or visits. Each different set of people and visits (a *crowd*) is
summed up once, whatever the speeds, rates, minimum volumes and weights of the runs that share it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array

from pipeline.settings.sites import SiteRules
from pipeline.sites.criteria import pushed_below
from pipeline.sites.function_demand import yearly_visits
from pipeline.sites.functions import FunctionCatalogue
from pipeline.sites.huff import attraction, drawn_by_crowd
from pipeline.sites.inputs import GP_GAPS, FunctionCase
from pipeline.sites.score import PARTS, ranks, score, score_parts


@dataclass(frozen=True, slots=True)
class Draws:
    """What holds in each run.

    Parameters
    ----------
    crowd
        Int array of shape (runs,): which people and visits.
    people, visits
        Float64 arrays of shape (demand, crowds).
    speed
        Change of all speeds, shape (runs,).
    rate
        Factor on all visits, shape (runs,).
    min_volume
        Visits a year that a place needs, shape (runs,).
    weights
        Weights of the score, shape (runs, parts).
    """

    crowd: NDArray[np.int64]
    people: NDArray[np.float64]
    visits: NDArray[np.float64]
    speed: NDArray[np.float64]
    rate: NDArray[np.float64]
    min_volume: NDArray[np.float64]
    weights: NDArray[np.float64]


def draw_runs(
    case: FunctionCase,
    functions: FunctionCatalogue,
    settings: SiteRules,
    plan: Mapping[tuple[str, ...], int],
) -> Draws:
    """Draw runs.

    Parameters
    ----------
    case
        One function.
    functions
        The catalogue.
    settings
        Spreads, ranges and seed.
    plan
        Families to draw → number of runs, in order; families not named keep their value.
    """
    function, shaken = case.function, settings.stability
    codes = case.inputs.demand.get("municipality_code", pd.Series(0, index=case.inputs.demand.index))
    area = pd.factorize(codes, sort=True, use_na_sentinel=False)[0]
    stated = np.array([getattr(settings.score, part) for part in PARTS], dtype=np.float64)
    people, visits = [case.people], [case.visits]
    rows: list[tuple[int, float, float, float, NDArray[np.float64]]] = []
    for at, (families, count) in enumerate(plan.items()):
        rng = np.random.default_rng([shaken.seed, at])
        for _ in range(count):
            crowd, aged = 0, "age_weights" in families and shaken.age_spread > 0
            aged = aged and len(function.target.age_weights) > 0
            spread = shaken.demand_spread if "demand" in families else 0.0
            if aged or spread > 0:
                crowd = len(people)
                factor = _crowding(rng, area, spread)
                needed = _aged(case, functions, rng, shaken.age_spread) if aged else case.visits
                people.append(case.people * factor)
                visits.append(needed * factor)
            speed = rng.choice(np.array(shaken.speed_changes)) if "speed" in families else 0.0
            rate = function.visits_per_1000.value
            rate = rng.uniform(*function.visits_per_1000.range) / rate if "rate" in families else 1.0
            floor = function.min_volume.value
            floor = rng.uniform(*function.min_volume.range) if "min_volume" in families else floor
            swing = shaken.weight_spread if "weights" in families else 0.0
            rows.append((crowd, speed, rate, floor, stated * rng.uniform(1 - swing, 1 + swing, len(PARTS))))
    crowds, speeds, rates, floors, weights = zip(*rows, strict=True)
    return Draws(
        crowd=np.array(crowds, dtype=np.int64),
        people=np.column_stack(people),
        visits=np.column_stack(visits),
        speed=np.array(speeds),
        rate=np.array(rates),
        min_volume=np.array(floors),
        weights=np.array(weights),
    )


def _crowding(rng: np.random.Generator, area: NDArray[np.int64], spread: float) -> NDArray[np.float64]:
    """Factor on the people at each point: one of its own times one of its municipality, mean 1."""
    if spread <= 0:
        return np.ones(len(area))
    shape = spread**-2
    own = rng.gamma(shape, 1 / shape, len(area))
    shared = rng.gamma(shape, 1 / shape, int(area.max(initial=0)) + 1)
    return np.asarray(own * shared[area])


def _aged(
    case: FunctionCase, functions: FunctionCatalogue, rng: np.random.Generator, share: float
) -> NDArray[np.float64]:
    """Visits at each point with drawn age weights."""
    function = case.function
    bands = tuple(
        band.model_copy(update={"weight": band.weight * rng.uniform(1 - share, 1 + share)})
        for band in function.target.age_weights
    )
    target = function.target.model_copy(update={"age_weights": bands})
    drawn = function.model_copy(update={"target": target})
    return yearly_visits(case.inputs.people, drawn, functions.ages)


def rank_runs(
    case: FunctionCase,
    evaluated: pd.DataFrame,
    functions: FunctionCatalogue,
    settings: SiteRules,
    draws: Draws,
    at_speed: Mapping[float, FunctionCase],
) -> NDArray[np.int64]:
    """Rank the candidates of one function in every run.

    Parameters
    ----------
    case
        The function's part of the evaluation.
    evaluated
        Its rows of the `site_evaluation` frame, in the order of the case's candidates.
    functions, settings
        The catalogue and the settings.
    draws
        What holds in each run.
    at_speed
        Change of speed → the case with travel times measured at that speed; others are scaled.

    Returns
    -------
    NDArray
        Shape (runs, candidates); candidates that have the function already come after all others.
    """
    there = evaluated["already_there"].to_numpy(dtype=bool)
    by_nearest = pushed_below(*case.allot(case.visits), case.function.min_volume.value).sum(axis=1)
    allowed = (evaluated["allowed_host"].to_numpy() == "met") & (
        evaluated["others_below"].to_numpy() <= by_nearest
    )
    found = np.full((len(draws.crowd), len(there)), len(there) + 1, dtype=np.int64)
    cases = {float(change): at_speed.get(float(change), case) for change in np.unique(draws.speed)}
    for measured in {id(each): each for each in cases.values()}.values():
        changes = [change for change, each in cases.items() if each is measured]
        sums = _crowd_sums(measured, draws, settings, np.isin(draws.speed, changes))
        for change in changes:
            scale = 1.0 if change in at_speed else 1 / (1 + change)
            runs = np.flatnonzero(draws.speed == change)
            scores = _scores(measured, sums, functions, draws, runs, scale, allowed)
            for run, row in zip(runs, scores, strict=True):
                found[run, ~there] = ranks(row[~there])
    return found


@dataclass(frozen=True, slots=True)
class _Sums:
    """What each crowd amounts to at each candidate, shape (crowds, candidates); unused crowds are 0."""

    volume: NDArray[np.float64]
    had: NDArray[np.float64]
    visit_min: NDArray[np.float64]
    huff: NDArray[np.float64]


def _summed(
    case: FunctionCase, values: NDArray[np.float64], crowds: NDArray[np.float64]
) -> NDArray[np.float64]:
    return np.asarray((csr_array(case.gains.matrix(values).T) @ crowds).T)


def _crowd_sums(case: FunctionCase, draws: Draws, settings: SiteRules, runs: NDArray[np.bool_]) -> _Sums:
    gains = case.gains
    used = np.unique(draws.crowd[runs])
    visits = np.ascontiguousarray(draws.visits[:, used])
    volume = _summed(case, np.ones(len(gains.row)), visits)
    # Huff's shares matter only where the nearest alone would not do.
    lowest = (draws.min_volume[runs] / draws.rate[runs]).max(initial=0.0)
    wanted = np.flatnonzero(volume.min(axis=0, initial=np.inf) < lowest)
    huff = np.zeros_like(volume)
    huff[:, wanted] = _huff_volume(case, visits, wanted, settings.huff_power)
    sums = {
        "volume": volume,
        "had": _summed(case, np.isfinite(gains.before_min).astype(np.float64), visits),
        "visit_min": _summed(case, gains.saved_min, visits),
        "huff": huff,
    }
    spread = np.zeros((draws.visits.shape[1], gains.candidates))
    whole = {key: spread.copy() for key in sums}
    for key, part in sums.items():
        whole[key][used] = part
    return _Sums(**whole)


def _huff_volume(
    case: FunctionCase, visits: NDArray[np.float64], wanted: NDArray[np.int64], power: float
) -> NDArray[np.float64]:
    """Visits that candidates draw by Huff's shares; a common scale of all travel times cancels."""
    if not len(wanted):
        return np.zeros((visits.shape[1], 0))
    today = attraction(case.inputs.today_min[:, case.places], power).sum(axis=1)
    pull = attraction(case.inputs.site_min[:, case.columns[wanted]], power)
    return drawn_by_crowd(visits, today, pull)


def _scores(
    case: FunctionCase,
    sums: _Sums,
    functions: FunctionCatalogue,
    draws: Draws,
    runs: NDArray[np.int64],
    scale: float,
    allowed: NDArray[np.bool_],
) -> NDArray[np.float64]:
    gains, guideline, limit = case.gains, functions.guideline, case.function.limit_min.value
    before, minutes = gains.before_min * scale, gains.minutes * scale
    newly = (before > limit) & (minutes <= limit)
    helped = newly | ~np.isfinite(before) | (gains.saved_min * scale >= guideline.shorter_min.value)
    gap = np.zeros(len(gains.today_min))
    if GP_GAPS in case.inputs.groups:
        gap = np.asarray(case.inputs.groups[GP_GAPS][1].sum(axis=1), dtype=np.float64).ravel()
    used, which = np.unique(draws.crowd[runs], return_inverse=True)
    people = np.ascontiguousarray(draws.people[:, used])
    within = _summed(case, newly.astype(np.float64), people)
    gaps = _summed(case, helped * gap[gains.row], people)
    low, _ = guideline.shorter_min.range
    scores = np.empty((len(runs), gains.candidates))
    allotted: dict[int, tuple[NDArray[np.float64], NDArray[np.float64]]] = {}
    for at in np.argsort(which, kind="stable"):
        run, crowd = runs[at], int(draws.crowd[runs[at]])
        if crowd not in allotted:
            allotted = {crowd: case.allot(draws.visits[:, crowd])}
        rate, floor = draws.rate[run], draws.min_volume[run]
        volume, visit_min = sums.volume[crowd] * rate, sums.visit_min[crowd] * scale * rate
        had = sums.had[crowd] * rate
        per_visit = np.divide(visit_min, had, out=np.where(volume > 0, np.inf, 0.0), where=had > 0)
        enough = np.maximum(volume, sums.huff[crowd] * rate) >= floor
        others = ~pushed_below(*allotted[crowd], floor / rate).any(axis=1)
        decisive = allowed & enough & others & (per_visit >= low) & (per_visit > 0)
        parts = score_parts(visit_min, within[which[at]], volume, gaps[which[at]], floor)
        scores[at] = score(parts, draws.weights[run], decisive)
    return scores
