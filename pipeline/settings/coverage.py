"""Settings of GP coverage: each rule a small named object, dated, with its source and its own switch."""

import datetime as dt
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, field_validator, model_validator
from pydantic_core import PydanticCustomError

from pipeline.settings.sections import Section

MunicipalityCode = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}$")]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1)]

CAPITAL: Final = ("0101", "0147", "0155", "0185")
"""København, Frederiksberg, Dragør and Tårnby: the four municipalities with the shorter limit of choice."""

RuleName = Literal["choice", "time", "capacity", "closed", "fragile", "island"]
Decay = Literal["none", "step", "linear", "gaussian", "exponential"]
CatchmentMethod = Literal["balanced", "2sfca", "e2sfca"]


class Limit(Section):
    """A limit that holds in some municipalities for some time, with its source."""

    value: Positive
    """The limit, in the unit of the rule (km, minutes or patients per GP)."""

    municipalities: tuple[MunicipalityCode, ...] = ()
    """Codes of the municipalities it holds in; none means all. A limit that names a municipality goes before
    one that holds in all."""

    valid_from: dt.date | None = None
    """First day it holds; left out, it has always held."""

    valid_to: dt.date | None = None
    """First day it no longer holds; left out, it still does."""

    source: str = ""
    """Law, agreement or study behind it."""

    @model_validator(mode="after")
    def _dates_in_order(self) -> Self:
        if self.valid_from and self.valid_to and self.valid_from >= self.valid_to:
            raise PydanticCustomError("date_order", "a valid_to after valid_from")
        return self


def _some(limits: tuple[Limit, ...]) -> tuple[Limit, ...]:
    if not limits:
        raise PydanticCustomError("no_limit", "at least one limit")
    return limits


LimitList = Annotated[tuple[Limit, ...], AfterValidator(_some)]

FREE_CHOICE: Final = (
    Limit(value=15, source="Sundhedsloven § 59; slagelse.dk; Styrelsen for Patientklager 22SFP72"),
    Limit(value=5, municipalities=CAPITAL, source="slagelse.dk, valg af læge (sundhedsloven § 59)"),
)
SIXTEEN_HUNDRED: Final = (
    Limit(
        value=1600,
        valid_to=dt.date(2025, 7, 1),
        source="Overenskomst om almen praksis: lukkegrænse 1.600 gruppe 1-sikrede (Danmarks Statistik, "
        "lægedækning); ends 30 June 2025 with law L 212 (Ugeskriftet, 4 June 2025)",
    ),
)
CONVENTION_MINUTES: Final = (
    Limit(value=15, source="convention of accessibility studies; no Danish limit by time is known"),
)


class ChoiceRule(Section):
    """Too little choice: fewer practices open to new patients within reach than there should be."""

    enabled: bool = True
    """Use the rule."""

    practices: Annotated[int, Field(ge=1, le=20)] = 2
    """How many practices open to new patients there should be (two, as for keeping a GP after moving)."""

    measure: Literal["road", "straight"] = "road"
    """Distance by road or in a straight line; the law does not say which, so both are measured and shown."""

    limits_km: LimitList = FREE_CHOICE
    """Distance within which a citizen may choose freely, km."""

    unknown_is_open: bool = True
    """Count a practice whose intake is not known as open; otherwise as closed."""


class TimeRule(Section):
    """Too far: the nearest practice is more than so many minutes away by car."""

    enabled: bool = True
    """Use the rule."""

    limits_min: LimitList = CONVENTION_MINUTES
    """Longest drive to the nearest practice, minutes."""


class CapacityRule(Section):
    """Too few GPs for the people who compete for them."""

    enabled: bool = True
    """Use the rule."""

    method: CatchmentMethod = "balanced"
    """`balanced`: everybody counts once, spread over the practices in reach (after Páez, Higgins and Vivona
    2019); `2sfca`: Luo and Wang 2003; `e2sfca`: Luo and Qi 2009. The balanced one does not inflate demand."""

    catchment_min: Positive = 30
    """Practices farther away than this count for nothing, minutes."""

    decay: Decay = "gaussian"
    """How the pull of a practice falls with time: `none`, `step` (10-minute zones), `linear`, `gaussian` or
    `exponential`. `2sfca` has none by definition."""

    limits_patients: LimitList = SIXTEEN_HUNDRED
    """Most patients a GP should have."""

    keep_expired: bool = True
    """Where no limit holds on the day of the study, go on with the last that did, and say so."""


class ClosedRule(Section):
    """Nobody takes new patients: every practice within reach is closed to them."""

    enabled: bool = True
    """Use the rule."""

    within_min: Positive = 30
    """What counts as within reach, minutes."""


class FragileRule(Section):
    """One closing from a gap: fine today, but `time` or `choice` is broken if one practice closes."""

    enabled: bool = True
    """Use the rule."""

    closing: Literal["nearest", "any"] = "any"
    """Which practice closes: the `nearest`, or `any` one of those the people depend on."""


class IslandRule(Section):
    """No practice without a ferry."""

    enabled: bool = True
    """Use the rule."""


class GapSettings(Section):
    """How flagged points become gap areas."""

    link_m: Positive = 3000
    """Flagged points within this distance of each other, on the same land, belong to one gap, metres."""

    reach_m: Positive = 2000
    """How far a gap's outline reaches from its outermost points, metres."""

    split_by_municipality: bool = True
    """End a gap at the border of the municipality, so that each has one that is responsible for it."""

    fewest_people: Annotated[float, Field(ge=0)] = 1
    """Gaps with fewer people are left out of the table of gaps (they still count in the totals)."""


class RobustnessSettings(Section):
    """How the findings are shaken to see which stand."""

    runs: Annotated[int, Field(ge=0, le=1000)] = 100
    """Number of runs with everything drawn at random; 0 leaves them out."""

    speed_changes: tuple[float, ...] = (-0.2, -0.1, 0.1, 0.2)
    """Changes of all driving speeds (0.1 is 10 % faster)."""

    limit_changes: tuple[float, ...] = (-0.1, 0.1)
    """Changes of all limits."""

    demand_spread: Annotated[float, Field(ge=0, le=1)] = 0.1
    """Coefficient of variation of the people at a point; sums by municipality are kept."""

    closing_chance: Share = 0.02
    """Chance that a practice closes, each by itself. An assumption: no Danish figure is known."""

    certain_from: Share = 0.95
    """A gap found in this share of runs or more is `certain`."""

    likely_from: Share = 0.66
    """A gap found in this share of runs or more is `likely`."""

    seed: Annotated[int, Field(ge=0)] = 2018
    """Seed of the random draws; the same seed gives the same result."""

    @field_validator("speed_changes", "limit_changes")
    @classmethod
    def _within_reason(cls, value: tuple[float, ...]) -> tuple[float, ...]:
        if not all(-0.9 <= change <= 2 for change in value):
            raise PydanticCustomError("change", "changes between -0.9 and 2 (0.1 is ten per cent more)")
        return value


class CoverageSettings(Section):
    """GP coverage: the rules, each with its own switch."""

    choice: ChoiceRule = ChoiceRule()
    """Fewer open practices to choose between than there should be."""

    time: TimeRule = TimeRule()
    """Nearest practice too far away."""

    capacity: CapacityRule = CapacityRule()
    """Too many patients per GP after competition."""

    closed: ClosedRule = ClosedRule()
    """Every practice in reach closed to new patients."""

    fragile: FragileRule = FragileRule()
    """A gap as soon as one practice closes."""

    island: IslandRule = IslandRule()
    """Reachable by ferry only."""

    gaps: GapSettings = GapSettings()
    """Merging of flagged points into gap areas."""

    robustness: RobustnessSettings = RobustnessSettings()
    """Sensitivity runs."""
