"""Settings of satellite functions: which candidates, how they are weighed, and how the ranking is shaken."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator
from pydantic_core import PydanticCustomError

from pipeline.settings.sections import Section

Share = Annotated[float, Field(ge=0, le=1)]
Weight = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]


class ScoreWeights(Section):
    """Weights of what a candidate is ranked by; only their proportions count (all 0: alike). Assumed."""

    minutes: Weight = 4.0
    """Minutes of travel that people save in a year."""

    newly_within: Weight = 3.0
    """People who come within the limit."""

    volume: Weight = 2.0
    """Visits that the place draws, up to the minimum volume."""

    gaps: Weight = 1.0
    """People in GP gap areas who are helped; counts nothing where no gaps are given."""


class StabilitySettings(Section):
    """How the ranking is shaken."""

    runs: Annotated[int, Field(ge=0, le=5000)] = 200
    """Number of runs; 0 leaves them out."""

    speed_changes: Annotated[tuple[float, ...], Field(min_length=1)] = (-0.2, -0.1, 0.0, 0.1, 0.2)
    """Changes of all driving speeds that are drawn from (0.1 is 10 % faster)."""

    demand_spread: Share = 0.1
    """Coefficient of variation of the people at a point. Assumption."""

    weight_spread: Share = 0.5
    """Each weight of the score is drawn from this share below to this share above it."""

    age_spread: Share = 0.3
    """Each age weight of a function is drawn from this share below to this share above it."""

    top: Annotated[int, Field(ge=1, le=100)] = 3
    """Being among so many best candidates is what is counted."""

    seed: Annotated[int, Field(ge=0)] = 2018
    """Seed of the draws; the same seed gives the same result."""

    @field_validator("speed_changes")
    @classmethod
    def _within_reason(cls, value: tuple[float, ...]) -> tuple[float, ...]:
        if not all(-0.9 <= change <= 2 for change in value):
            raise PydanticCustomError("change", "changes between -0.9 and 2 (0.1 is ten per cent more)")
        return value


ModelName = Literal["max_cover", "capacitated_cover", "p_median", "p_center", "set_cover"]

Quota = tuple[Annotated[int, Field(ge=0)], Annotated[int, Field(ge=0)]]


class ChoiceRules(Section):
    """How the best choice of new sites is found, and the rules it keeps."""

    models: tuple[ModelName, ...] = ("max_cover", "p_median")
    """What a choice looks for: `max_cover` (most people within the limit), `capacitated_cover` (the same,
    with room for their visits), `p_median` (shortest journeys together), `p_center` (shortest journey of the
    worst-off) or `set_cover` (fewest sites with everybody within the limit)."""

    limit_min: Annotated[float, Field(gt=0, le=600)] | None = None
    """Travel-time limit of the choices, minutes; left out, each function's own."""

    must: tuple[str, ...] = ()
    """Candidates that must be opened, by name or id; they count among the new sites."""

    forbidden: tuple[str, ...] = ()
    """Candidates that must not be opened, by name or id."""

    budget_mio_dkk: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    """Most that the new sites of a function may cost together, million DKK."""

    cost_mio_dkk: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    """Cost of a candidate that states none; left out, such a candidate is not chosen under a budget."""

    regions: dict[str, Quota] = Field(default_factory=dict)
    """Fewest and most new sites by region, for example `"Region Nordjylland" = [1, 3]`; of 2007 or of
    2027, so that no municipality is in two."""

    min_volume: bool = True
    """New sites must draw the function's minimum volume."""

    backup: Annotated[int, Field(ge=1, le=5)] = 1
    """Set cover: how many sites must be within the limit of everybody."""

    time_limit_s: Annotated[float, Field(gt=0, le=3600)] = 20.0
    """Seconds for each answer; beyond them it carries its gap."""


class SiteRules(Section):
    """Which candidates are looked at, and how."""

    enabled: bool = True
    """Evaluate satellite functions and make their pages and tables."""

    candidates: Path | None = None
    """Your own list of candidate sites (CSV, Excel, GeoPackage, GeoJSON, Parquet), besides built-in ones."""

    candidates_layer: str | None = None
    """Layer to read where the file holds several."""

    functions: Path | Literal["bundled"] = "bundled"
    """Catalogue of satellite functions: `bundled` (`config/functions.toml`) or your own file of that form."""

    only: tuple[str, ...] = ()
    """Functions to look at, by id or name; none stands for all."""

    health_houses: bool = True
    """Every health house is a candidate."""

    towns_from: Annotated[int, Field(ge=0)] = 5000
    """Every town with at least so many inhabitants is a candidate; 0 for none."""

    new_sites: Annotated[int, Field(ge=0, le=100)] = 6
    """Most new sites for which the best choice is told, from one up."""

    huff_power: Annotated[float, Field(gt=0, le=10)] = 2.0
    """Power of travel time by which a site's attraction falls (Huff). Assumption; studies find 2 to 3."""

    far_from_staff_km: Annotated[float, Field(gt=0, le=500)] = 40.0
    """Straight-line distance to the nearest place with the function today from which staff is harder to find.
    Assumption."""

    score: ScoreWeights = ScoreWeights()
    """Weights of the ranking."""

    choice: ChoiceRules = ChoiceRules()
    """How the best choice of new sites is found."""

    stability: StabilitySettings = StabilitySettings()
    """How the ranking is shaken."""
