"""The rules of GP coverage, each judged for every demand point at once."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, get_args

import numpy as np
from numpy.typing import NDArray

from pipeline.coverage.floating_catchment import Access, floating_catchment
from pipeline.coverage.limits import Limits
from pipeline.coverage.reach import NOBODY, Pairs, Reach
from pipeline.settings.coverage import ClosedRule, CoverageSettings, RuleName

RULES: Final[tuple[RuleName, ...]] = get_args(RuleName)

OPEN: Final = 1
CLOSED: Final = 0
INTAKE_UNKNOWN: Final = -1

UNLIMITED: Final = int(np.iinfo(np.int64).max)
"""More closings than there are practices: no rule that a closing could break."""

PER: Final = 10_000
"""GPs are told for each so many people."""


@dataclass(frozen=True, slots=True)
class Supply:
    """The practices as the rules see them, all arrays of shape (practices,).

    Parameters
    ----------
    capacity
        Float64: GPs, ≥ 0.
    serving
        Bool: the practice exists on the day, stands in the study area and has at least some GP.
    intake
        Int8: `OPEN`, `CLOSED` or `INTAKE_UNKNOWN` for new patients.
    rank
        Int32: order by id, for ties.
    provider
        Int32: number of the provider, in the order of their names; its sites are one practice to choose.
    """

    capacity: NDArray[np.float64]
    serving: NDArray[np.bool_]
    intake: NDArray[np.int8]
    rank: NDArray[np.int32]
    provider: NDArray[np.int32]

    def without(self, closed: NDArray[np.bool_]) -> "Supply":
        """Close some practices."""
        return replace(self, serving=self.serving & ~closed)

    def may_choose(self, *, unknown_is_open: bool) -> NDArray[np.bool_]:
        """Mark the practices that count as open to new patients."""
        open_ = self.intake != CLOSED if unknown_is_open else self.intake == OPEN
        return np.asarray(self.serving & open_, dtype=bool)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one rule says, all arrays of shape (points,).

    Parameters
    ----------
    broken
        Bool: the rule is broken; False where `known` is.
    known
        Bool: the rule could be judged.
    measure, margin
        Float64: what was measured, and how far it is on the right side of the limit (negative: broken).
        NaN where there is none; a count or a supply of nothing is 0.
    status
        Text: ``ok``, or why the verdict is missing or to be read with care.
    """

    broken: NDArray[np.bool_]
    known: NDArray[np.bool_]
    measure: NDArray[np.float64]
    margin: NDArray[np.float64]
    status: NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class Judged:
    """All verdicts, with the travel and the competition behind them."""

    verdicts: Mapping[RuleName, Verdict]
    nearest_s: NDArray[np.float32]
    nearest: NDArray[np.int32]
    access: Access | None
    open_by_road: NDArray[np.int64] | None
    open_straight: NDArray[np.int64]
    within_time: NDArray[np.int64]


def judge(
    people: NDArray[np.float64],
    reach: Reach,
    supply: Supply,
    limits: Mapping[str, Limits],
    settings: CoverageSettings,
    pull: NDArray[np.float64] | None = None,
) -> Judged:
    """Judge every switched-on rule for every demand point.

    Parameters
    ----------
    people
        Shape (points,): people at each point.
    reach
        Travel between points and practices.
    supply
        The practices.
    limits
        Limits of ``choice`` (km), ``time`` (minutes) and ``capacity`` (patients per GP).
    settings
        The rules.
    pull
        Weights of the pairs for `capacity` (`pipeline.coverage.floating_catchment.pull_of`), for callers that
        judge the same travel many times.

    Raises
    ------
    ValueError
        The travel times or distances end short of a limit.
    """
    _check_cut_offs(reach, limits, settings)
    known = reach.known
    nearest_s, nearest = reach.nearest_among(supply.serving, supply.rank)
    choosable = supply.may_choose(unknown_is_open=settings.choice.unknown_is_open)
    most_m = limits["choice"].value * 1000
    open_straight = reach.straight.count(most_m, choosable, supply.provider)
    open_by_road = None
    if reach.road is not None:
        open_by_road = reach.road.count(most_m, choosable, supply.provider)
    counted = open_straight if settings.choice.measure == "straight" or open_by_road is None else open_by_road
    within_time = reach.time.count(limits["time"].value * 60, supply.serving, supply.provider)
    verdicts: dict[RuleName, Verdict] = {}
    access = None
    if settings.choice.enabled:
        verdicts["choice"] = _choice(counted, settings.choice.practices, limits["choice"], known)
    if settings.time.enabled:
        verdicts["time"] = _time(nearest_s, limits["time"], known, reach.status)
    if settings.capacity.enabled:
        rule = settings.capacity
        access = floating_catchment(
            reach.time,
            people,
            np.where(supply.serving, supply.capacity, 0.0),
            method=rule.method,
            decay=rule.decay,
            catchment_s=rule.catchment_min * 60,
            weights=pull,
        )
        verdicts["capacity"] = _capacity(access, limits["capacity"], known)
    if settings.closed.enabled:
        verdicts["closed"] = _closed(reach.time, supply, settings.closed, known)
    if settings.fragile.enabled:
        spare = _spare(counted, within_time, limits, settings)
        if settings.choice.enabled and settings.fragile.closing == "nearest":
            hit = _nearest_counts(reach, nearest, choosable, most_m, settings)
            by_time = _spare(counted, within_time, limits, settings, choice=False)
            spare = np.where(hit | (spare == 0), spare, by_time)
        verdicts["fragile"] = _fragile(spare, known)
    if settings.island.enabled:
        verdicts["island"] = _island(reach, supply, nearest_s, known)
    return Judged(verdicts, nearest_s, nearest, access, open_by_road, open_straight, within_time)


def _check_cut_offs(reach: Reach, limits: Mapping[str, Limits], settings: CoverageSettings) -> None:
    needed = np.nan_to_num(limits["time"].value, nan=0).max(initial=0) * 60
    if settings.capacity.enabled:
        needed = max(needed, settings.capacity.catchment_min * 60)
    if settings.closed.enabled:
        needed = max(needed, settings.closed.within_min * 60)
    if reach.time_most_s < needed:
        raise ValueError(f"travel times end at {reach.time_most_s:.0f} s, but a rule asks for {needed:.0f} s")
    metres = np.nan_to_num(limits["choice"].value, nan=0).max(initial=0) * 1000
    if reach.most_m < metres:
        raise ValueError(f"distances end at {reach.most_m:.0f} m, but a rule asks for {metres:.0f} m")


def _reasons(known: NDArray[np.bool_], *pairs: tuple[NDArray[np.bool_], str]) -> NDArray[np.object_]:
    """Say why: the first condition that holds, ``not_reached`` where nothing is known, else ``ok``."""
    conditions = [~known, *(condition for condition, _ in pairs)]
    return np.select(conditions, ["not_reached", *(word for _, word in pairs)], "ok").astype(object)


def _choice(counted: NDArray[np.int64], wanted: int, limits: Limits, known: NDArray[np.bool_]) -> Verdict:
    has_limit = np.isfinite(limits.value)
    judged = known & has_limit
    margin = np.where(judged, counted - wanted, np.nan)
    status = _reasons(known, (~has_limit, "no_limit"), (limits.expired, "limit_expired"))
    return Verdict(judged & (counted < wanted), judged, counted.astype(np.float64), margin, status)


def _time(
    nearest_s: NDArray[np.float32],
    limits: Limits,
    known: NDArray[np.bool_],
    reason: NDArray[np.object_] | None,
) -> Verdict:
    has_limit = np.isfinite(limits.value)
    judged = known & has_limit
    minutes = nearest_s.astype(np.float64) / 60
    reached = np.isfinite(minutes)
    broken = judged & ~(reached & (nearest_s <= limits.value * 60))
    status = _reasons(
        known, (~has_limit, "no_limit"), (~reached, "beyond_cutoff"), (limits.expired, "limit_expired")
    )
    if reason is not None:
        told = known & has_limit & ~reached & (reason != "ok")
        status[told] = reason[told]
    return Verdict(broken, judged, minutes, limits.value - minutes, status)


def _capacity(access: Access, limits: Limits, known: NDArray[np.bool_]) -> Verdict:
    has_limit = np.isfinite(limits.value)
    judged = known & has_limit
    per = access.per_person * PER
    wanted = PER / limits.value
    status = _reasons(
        known,
        (~has_limit, "no_limit"),
        (access.per_person == 0, "no_supply"),
        (limits.expired, "limit_expired"),
    )
    # Shares of shares add up with rounding: a supply that equals the limit must not break it by 1e-16.
    margin = np.where(np.isclose(per, wanted, rtol=1e-9, atol=0), 0.0, per - wanted)
    return Verdict(judged & (margin < 0), judged, per, np.where(judged, margin, np.nan), status)


def _closed(times: Pairs, supply: Supply, rule: ClosedRule, known: NDArray[np.bool_]) -> Verdict:
    within = np.full(times.points, rule.within_min * 60)
    open_ = times.count(within, supply.serving & (supply.intake == OPEN))
    unsure = times.count(within, supply.serving & (supply.intake == INTAKE_UNKNOWN))
    any_ = times.count(within, supply.serving)
    cannot_tell = (open_ == 0) & (unsure > 0)
    judged = known & ~cannot_tell
    status = _reasons(known, (cannot_tell, "intake_unknown"), (any_ == 0, "no_supply"))
    margin = np.where(judged, open_ - 1.0, np.nan)
    return Verdict(judged & (open_ == 0), judged, open_.astype(np.float64), margin, status)


def _spare(
    counted: NDArray[np.int64],
    within_time: NDArray[np.int64],
    limits: Mapping[str, Limits],
    settings: CoverageSettings,
    *,
    choice: bool = True,
) -> NDArray[np.int64]:
    """Count the closings, at worst, until `time` or `choice` is broken; 0 where one already is."""
    spare = np.full(len(counted), UNLIMITED)
    if settings.time.enabled:
        spare = np.where(np.isfinite(limits["time"].value), within_time, spare)
    if settings.choice.enabled and choice:
        by_choice = np.maximum(counted - settings.choice.practices + 1, 0)
        spare = np.where(np.isfinite(limits["choice"].value), np.minimum(spare, by_choice), spare)
    return spare


def _nearest_counts(
    reach: Reach,
    nearest: NDArray[np.int32],
    choosable: NDArray[np.bool_],
    most_m: NDArray[np.float64],
    settings: CoverageSettings,
) -> NDArray[np.bool_]:
    """Tell whether the nearest practice is one of those that can be chosen."""
    straight = settings.choice.measure == "straight" or reach.road is None
    pairs = reach.straight if straight or reach.road is None else reach.road
    mine = pairs.practice == np.repeat(nearest, np.diff(pairs.indptr))
    near = mine & choosable[pairs.practice] & (pairs.value <= np.repeat(most_m, np.diff(pairs.indptr)))
    before = np.concatenate([[0], np.cumsum(near)])
    return np.asarray(np.diff(before[pairs.indptr]) > 0)


def _fragile(spare: NDArray[np.int64], known: NDArray[np.bool_]) -> Verdict:
    any_rule = spare < UNLIMITED
    judged = known & any_rule
    status = _reasons(known, (~any_rule, "no_limit"), (spare == 0, "already_a_gap"))
    measure = np.where(any_rule, spare, np.nan).astype(np.float64)
    return Verdict(judged & (spare == 1), judged, measure, np.where(judged, measure - 2, np.nan), status)


def _island(
    reach: Reach, supply: Supply, nearest_s: NDArray[np.float32], known: NDArray[np.bool_]
) -> Verdict:
    minutes = nearest_s.astype(np.float64) / 60
    nothing = np.full(len(minutes), np.nan)
    if reach.point_land is None or reach.practice_land is None:
        none = np.zeros(len(minutes), dtype=bool)
        return Verdict(none, none, minutes, nothing, _reasons(known, (~none, "ferries_unknown")))
    served = np.unique(reach.practice_land[supply.serving & (reach.practice_land != NOBODY)])
    somewhere = reach.point_land != NOBODY
    by_land = somewhere & np.isin(reach.point_land, served)
    reached = np.isfinite(minutes)
    judged = known & (somewhere | ~reached)
    status = _reasons(
        known,
        (~reached, "no_supply"),
        (~somewhere, "landmass_unknown"),
        (by_land, "ok"),
        (~by_land, "ferry_only"),
    )
    return Verdict(judged & reached & ~by_land, judged, minutes, nothing, status)
