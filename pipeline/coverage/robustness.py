"""How sure the gaps are: the rules run again under other speeds, limits, people and closings."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.coverage import supply_of
from pipeline.coverage.floating_catchment import pull_of
from pipeline.coverage.gap_table import KINDS, GapTable
from pipeline.coverage.limits import Limits, all_limits
from pipeline.coverage.reach import Reach
from pipeline.coverage.robustness_draws import Run, draw_closings, draw_people, plan_runs
from pipeline.coverage.rules import Judged, Supply, judge
from pipeline.messages import Message, msg
from pipeline.settings.coverage import CoverageSettings, RobustnessSettings
from pipeline.workers import SERIAL, Workers

FACTORS: Final = ("speed", "limit", "demand", "closing")
"""What is changed: driving speed, the limits, how many people live where, which practices close."""

FOUND_FROM: Final = 0.5
"""A gap is found again in a run when at least this share of its people are flagged."""


@dataclass(frozen=True, slots=True)
class Shaken:
    """What the runs found.

    Parameters
    ----------
    gaps
        Kind of gap → one row for each gap of its table: ``gap_id``, ``share_runs`` (of the ``runs`` with
        everything drawn in which it is found), ``certainty`` (``certain``, ``likely`` or ``depends``),
        ``depends_on`` (factors joined by ``|``), ``people_low`` and ``people_high`` (5th and 95th percentile
        of its people flagged).
    points
        One row a demand point: for each kind the share of runs in which it is flagged.
    runs
        One row a run: what was changed, ``practices_closed`` and the people flagged by kind.
    """

    gaps: Mapping[str, pd.DataFrame]
    points: pd.DataFrame
    runs: pd.DataFrame


def shake(
    demand: pd.DataFrame,
    practices: pd.DataFrame,
    settings: CoverageSettings,
    on: dt.date,
    reach_at: Callable[[float], Reach],
    gaps: Mapping[str, GapTable],
    *,
    workers: Workers = SERIAL,
    progress: Callable[[Message], None] | None = None,
) -> Shaken:
    """Run the rules under perturbation and tell how sure each gap is.

    Parameters
    ----------
    demand, practices, settings, on
        As for `pipeline.coverage.coverage`.
    reach_at
        Gives the travel at a factor on today's speed (1.0: today); called once for each speed.
    gaps
        Kind → the gaps found today.
    workers
        Who does the runs.
    progress
        Is told what goes on.

    Returns
    -------
    Shaken
        The same for the same seed, whatever the order of rows.

    Notes
    -----
    A gap is `certain` when it is found in at least ``certain_from`` of the runs in which everything is drawn,
    `likely` from ``likely_from`` on, and otherwise depends on the factors that lose it when changed alone, or
    when none does, on the one that is most closely correlated with losing it.
    """
    shaking = settings.robustness
    runs = plan_runs(shaking)
    people = demand["weight"].to_numpy(dtype=np.float64)
    supply = supply_of(practices, on)
    limits = all_limits(settings, demand["municipality_code"], on)
    flags = {kind: np.zeros((len(runs), len(demand)), dtype=bool) for kind in gaps}
    held = np.zeros((len(runs), len(demand)), dtype=np.float32)
    closed_count = np.zeros(len(runs), dtype=np.int64)
    for speed in sorted({run.speed for run in runs}):
        reach = reach_at(1 + speed)
        rule = settings.capacity
        pull = pull_of(reach.time, rule.method, rule.decay, rule.catchment_min * 60) if rule.enabled else None
        mine = [at for at, run in enumerate(runs) if run.speed == speed]
        if progress:
            progress(
                msg(
                    "{count:n} {count:|run|runs} with speeds changed by {change:n} %",
                    count=len(mine),
                    change=speed * 100,
                )
            )
        ground = _Ground(
            people,
            demand["municipality_code"],
            demand["demand_id"],
            supply,
            limits,
            reach,
            settings,
            pull,
            tuple(gaps),
        )
        done = workers.map(_shaken_once, ground, [runs[at] for at in mine])
        for at, (here, closings, hits) in zip(mine, done, strict=True):
            held[at], closed_count[at] = here, closings
            for kind, hit in hits.items():
                flags[kind][at] = hit
    all_drawn = np.array([run.name == "all" for run in runs])
    table = pd.DataFrame(
        {
            "run": np.arange(1, len(runs) + 1),
            "changed": [run.name for run in runs],
            "speed_change": [run.speed for run in runs],
            "limit_change": [run.limit for run in runs],
            "practices_closed": closed_count,
            **{f"people_{kind}": (flag * held).sum(axis=1, dtype=np.float64) for kind, flag in flags.items()},
        }
    )
    base = all_drawn if all_drawn.any() else ~all_drawn
    points = pd.DataFrame(
        {f"share_{kind}": flag[base].mean(axis=0) for kind, flag in flags.items()}, index=demand.index
    )
    told = {kind: _certainty(gaps[kind], flags[kind], held, table, people, shaking) for kind in gaps}
    return Shaken(told, points, table)


@dataclass(frozen=True, slots=True)
class _Ground:
    """What all runs at one speed start from."""

    people: NDArray[np.float64]
    municipality: pd.Series
    ids: pd.Series
    supply: Supply
    limits: Mapping[str, Limits]
    reach: Reach
    settings: CoverageSettings
    pull: NDArray[np.float64] | None
    kinds: tuple[str, ...]


def _shaken_once(ground: _Ground, run: Run) -> tuple[NDArray[np.float32], int, dict[str, NDArray[np.bool_]]]:
    """Do one run: the people at each point, how many practices close, and the points flagged by kind."""
    shaking, supply, here = ground.settings.robustness, ground.supply, ground.people
    closed = np.zeros(len(supply.serving), dtype=bool)
    if run.draw is not None and run.demand:
        here = draw_people(here, ground.municipality, ground.ids, shaking.demand_spread, run.draw)
    if run.draw is not None and run.closing:
        closed = draw_closings(supply.provider, shaking.closing_chance, run.draw)
    scaled = {rule: limit.scaled(1 + run.limit) for rule, limit in ground.limits.items()}
    judged = judge(here, ground.reach, supply.without(closed), scaled, ground.settings, ground.pull)
    hits = {kind: _flagged(judged, KINDS[kind]) for kind in ground.kinds}
    return here.astype(np.float32), int((closed & supply.serving).sum()), hits


def _flagged(judged: Judged, rules: tuple[str, ...]) -> NDArray[np.bool_]:
    hits = [verdict.broken for rule, verdict in judged.verdicts.items() if rule in rules]
    return np.logical_or.reduce(hits) if hits else np.zeros(len(judged.nearest), dtype=bool)


def _certainty(
    gaps: GapTable,
    flags: NDArray[np.bool_],
    held: NDArray[np.float32],
    runs: pd.DataFrame,
    people: NDArray[np.float64],
    settings: RobustnessSettings,
) -> pd.DataFrame:
    """Tell for each gap in how many runs it is found, and what it hangs on."""
    size = len(gaps.table)
    member = np.flatnonzero(gaps.member >= 0)
    gap = gaps.member[member]
    whole = np.bincount(gap, weights=people[member], minlength=size)
    counted = np.zeros((len(runs), size))
    found = np.zeros((len(runs), size), dtype=bool)
    for at in range(len(runs)):
        hit = flags[at, member]
        counted[at] = np.bincount(gap, weights=held[at, member] * hit, minlength=size)
        found[at] = np.bincount(gap, weights=people[member] * hit, minlength=size) >= FOUND_FROM * whole
    changed = runs["changed"].to_numpy()
    drawn = changed == "all"
    base = drawn if drawn.any() else np.ones(len(runs), dtype=bool)
    share = found[base].mean(axis=0) if size else np.zeros(0)
    certainty = np.select(
        [share >= settings.certain_from, share >= settings.likely_from], ["certain", "likely"], "depends"
    )
    depends = [
        _depends_on(found[:, at], runs, settings) if certainty[at] == "depends" else "" for at in range(size)
    ]
    low, high = np.percentile(counted[base], [5, 95], axis=0) if size else (np.zeros(0), np.zeros(0))
    return pd.DataFrame(
        {
            "gap_id": gaps.table["gap_id"].to_numpy(),
            "runs": int(base.sum()),
            "share_runs": share,
            "certainty": certainty,
            "depends_on": depends,
            "people_low": np.round(low, 1),
            "people_high": np.round(high, 1),
        }
    )


def _depends_on(found: NDArray[np.bool_], runs: pd.DataFrame, settings: RobustnessSettings) -> str:
    changed = runs["changed"].to_numpy()
    losing = [
        factor
        for factor in FACTORS
        if (changed == factor).any()
        and (
            not found[changed == factor].all()
            if factor in {"speed", "limit"}
            else found[changed == factor].mean() < settings.likely_from
        )
    ]
    if losing:
        return "|".join(losing)
    drawn = changed == "all"
    amounts = {"speed": "speed_change", "limit": "limit_change", "closing": "practices_closed"}
    strength = {}
    for factor, column in amounts.items():
        amount = runs.loc[drawn, column].to_numpy(dtype=np.float64)
        varied = len(amount) > 1 and np.ptp(amount) > 0 and np.ptp(found[drawn].astype(int)) > 0
        strength[factor] = abs(np.corrcoef(amount, found[drawn])[0, 1]) if varied else 0.0
    return max(strength, key=lambda factor: (round(strength[factor], 9), -FACTORS.index(factor)))


def certainty_words(certainty: str, depends_on: str) -> Message:
    """Say how a gap stands up to the runs; none of them tests whether the data are right."""
    if certainty == "certain":
        return msg("robust")
    if certainty == "likely":
        return msg("fairly robust")
    words = {
        "speed": msg("driving speed"),
        "limit": msg("the limit"),
        "demand": msg("where people live"),
        "closing": msg("which practices close"),
    }
    named = [words[factor] for factor in depends_on.split("|") if factor in words]
    if len(named) == 1:
        return msg("depends on {one}", one=named[0])
    if len(named) == 2:
        return msg("depends on {one} and {two}", one=named[0], two=named[1])
    return msg("depends on several things")
