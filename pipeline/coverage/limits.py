"""Which limit of a rule holds where on the day of the study."""

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.errors import Fault, SettingsError
from pipeline.messages import msg
from pipeline.settings.coverage import CoverageSettings, Limit

LIMIT_KEYS: Final = {
    "choice": "limits_km",
    "time": "limits_min",
    "capacity": "limits_patients",
}
"""The rules that have limits, and the key they stand under."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The limit of each point.

    Parameters
    ----------
    value
        Float64 array of shape (points,), in the rule's unit; NaN where no limit holds.
    expired
        Bool array of shape (points,): the limit no longer holds and is used for want of a newer one.
    """

    value: NDArray[np.float64]
    expired: NDArray[np.bool_]

    def scaled(self, factor: float) -> "Limits":
        """Multiply every limit by a factor."""
        return Limits(self.value * factor, self.expired)


def in_force(limit: Limit, on: dt.date) -> bool:
    """Tell whether a limit holds on a day."""
    return (limit.valid_from is None or limit.valid_from <= on) and (
        limit.valid_to is None or on < limit.valid_to
    )


def limit_for(
    limits: tuple[Limit, ...], municipality_code: str, on: dt.date, *, keep_expired: bool = False
) -> tuple[Limit | None, bool]:
    """Pick the limit that holds in a municipality on a day.

    One that names the municipality goes before one that holds everywhere. With `keep_expired` the one that
    ended last stands in where none holds; the second value says so.
    """
    named = [limit for limit in limits if municipality_code in limit.municipalities]
    general = [limit for limit in limits if not limit.municipalities]
    for group in (named, general):
        for limit in group:
            if in_force(limit, on):
                return limit, False
    past = [limit for limit in (*named, *general) if limit.valid_to is not None and limit.valid_to <= on]
    if keep_expired and past:
        return max(past, key=lambda limit: (limit.valid_to or dt.date.min, bool(limit.municipalities))), True
    return None, False


def limits_of(
    limits: tuple[Limit, ...],
    municipality_code: pd.Series,
    on: dt.date,
    *,
    keep_expired: bool = False,
) -> Limits:
    """Find the limit of every point from its municipality."""
    codes, names = pd.factorize(municipality_code, use_na_sentinel=False)
    found = [limit_for(limits, str(name), on, keep_expired=keep_expired) for name in names]
    value = np.array([np.nan if limit is None else limit.value for limit, _ in found], dtype=np.float64)
    expired = np.array([late for _, late in found], dtype=bool)
    return Limits(value[codes], expired[codes])


def all_limits(settings: CoverageSettings, municipality_code: pd.Series, on: dt.date) -> dict[str, Limits]:
    """Find the limits of all rules that have them, switched on or not."""
    return {
        rule: limits_of(
            getattr(getattr(settings, rule), key),
            municipality_code,
            on,
            keep_expired=rule == "capacity" and settings.capacity.keep_expired,
        )
        for rule, key in LIMIT_KEYS.items()
    }


def check_limits(
    settings: CoverageSettings, municipalities: Mapping[str, str] | Collection[str], *, source: str
) -> None:
    """See that limits name municipalities that exist and never contradict each other.

    Parameters
    ----------
    settings
        The rules.
    municipalities
        The municipality codes of the study.
    source
        The settings file, as the user named it.

    Raises
    ------
    SettingsError
        Every unknown municipality and every pair of limits that hold in one place at one time.
    """
    faults = []
    for rule, key in LIMIT_KEYS.items():
        limits: tuple[Limit, ...] = getattr(getattr(settings, rule), key)
        for number, limit in enumerate(limits, start=1):
            unknown = sorted(set(limit.municipalities) - set(municipalities))
            if unknown:
                faults.append(
                    Fault(
                        source,
                        msg("coverage.{key}, limit {number}", key=f"{rule}.{key}", number=number),
                        msg("the municipality codes {codes}", codes=", ".join(unknown)),
                        msg("codes of municipalities of the study, four digits each"),
                        msg("correct the codes, or leave the list out for a limit that holds everywhere"),
                    )
                )
        for (one, first), (two, second) in combinations(enumerate(limits, start=1), 2):
            if _contradict(first, second):
                faults.append(
                    Fault(
                        source,
                        msg(
                            "coverage.{key}, limits {one} and {two}",
                            key=f"{rule}.{key}",
                            one=one,
                            two=two,
                        ),
                        msg("two limits for the same municipality and the same days"),
                        msg("at most one limit at a time in each municipality"),
                        msg("set valid_from and valid_to so that one ends before the other begins"),
                    )
                )
    if faults:
        raise SettingsError(faults)


def _contradict(one: Limit, two: Limit) -> bool:
    same_place = bool(set(one.municipalities) & set(two.municipalities)) or not (
        one.municipalities or two.municipalities
    )
    start = max(one.valid_from or dt.date.min, two.valid_from or dt.date.min)
    end = min(one.valid_to or dt.date.max, two.valid_to or dt.date.max)
    return same_place and start < end
