"""Satellite functions as data: what each needs before it can stand outside a hospital.

The catalogue is a TOML file (``config/functions.toml``) read into these typed sections. Each figure says how
sure it is, so that an assumption is never shown as a fact.
"""

from collections.abc import Iterator
from typing import Annotated, Final, Literal, Self

from pydantic import BeforeValidator, Field, StringConstraints

from pipeline.errors import Fault, SettingsError
from pipeline.messages import Language, msg
from pipeline.settings.sections import Section

OLDEST: Final = 109
"""Last single year of age that is reckoned with."""

Evidence = Literal["sourced", "derived", "assumption", "memory"]
Host = Literal["health_house", "gp_house", "hospital", "town"]
Level = Literal["low", "medium", "high"]
Age = Annotated[int, Field(ge=0, le=OLDEST)]
FunctionId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
Line = Annotated[str, StringConstraints(min_length=1, max_length=300, strip_whitespace=True)]


class Words(Section):
    """The same words in Danish and English."""

    da: Line
    """Danish."""

    en: Line
    """English."""

    def text(self, lang: Language) -> str:
        """Give the words in one language."""
        return self.da if lang == "da" else self.en


def _in_both(value: object) -> object:
    """Take bare text as words of both languages, and empty text as none."""
    if isinstance(value, str):
        return {"da": value, "en": value} if value.strip() else None
    return value


Remark = Annotated[Words | None, BeforeValidator(_in_both)]
"""Words in both languages, or one text for both, such as the name of a report."""


class Figure(Section):
    """A number with its range and how sure it is."""

    value: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    """The value that is used."""

    low: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    """Lowest plausible value; stability runs draw from `low` to `high`."""

    high: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    """Highest plausible value."""

    evidence: Evidence
    """`sourced`, `derived` (arithmetic on sourced figures), `assumption` or `memory`."""

    source: Remark = None
    """Where the figure, or what it was derived from, stands."""

    note: Remark = None
    """How the figure was reached."""

    @property
    def assumed(self) -> bool:
        """Whether no source stands behind the figure."""
        return self.evidence in {"assumption", "memory"}

    @property
    def range(self) -> tuple[float, float]:
        """Lowest and highest plausible value; the value itself where no range is given."""
        low = self.value if self.low is None else self.low
        return low, self.value if self.high is None else self.high


class AgeWeight(Section):
    """Use of a function in an age band, relative to the average of the target group."""

    from_age: Annotated[Age, Field(alias="from")]
    """First year of age."""

    to_age: Annotated[Age, Field(alias="to")]
    """Last year of age, included."""

    weight: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    """1 = average."""


class TargetGroup(Section):
    """Who the function is for."""

    name: Words
    """The target group in words."""

    defined_by: Literal["age_sex", "referral", "diagnosis", "open"]
    """What draws the line around the group; `open` means that nothing does."""

    sex: Literal["all", "women", "men"] = "all"
    """Sex of the target group."""

    from_age: Age = 0
    """First year of age."""

    to_age: Age = OLDEST
    """Last year of age, included."""

    age_weights: tuple[AgeWeight, ...] = ()
    """Use by age; empty means equal use at every age of the group."""

    weights_evidence: Evidence = "assumption"
    """How sure the age weights are."""

    weights_source: str = ""
    """Source of the age weights."""


class Equipment(Section):
    """What must be moved or bought."""

    weight: Literal["none", "light", "heavy"]
    """`heavy` breaks the guideline's fourth criterion."""

    cost: Level
    """Cost class of the equipment."""

    what: Words
    """The equipment in words."""

    evidence: Evidence
    """How sure weight and cost class are."""

    source: str = ""
    """Source."""


class Staff(Section):
    """Who must be there."""

    needs: Words
    """The staff in words."""

    scarcity: Level
    """How hard the staff is to find; part of the staffing risk."""

    evidence: Evidence
    """How sure the scarcity is."""

    source: str = ""
    """Source."""


class Today(Section):
    """Where the function is found today."""

    functions: tuple[FunctionId, ...] = ()
    """Ids in the table of house functions that count as this function."""

    hospitals: Literal["none", "acute", "all"]
    """Hospitals that are taken to have it: none, the acute ones or every one in use."""

    seats: bool = False
    """Whether every municipality is taken to have it in its seat."""

    evidence: Evidence
    """How sure this is."""

    source: str = ""
    """Source."""

    note: str = ""
    """What it rests on."""


class SatelliteFunction(Section):
    """One function and what it needs."""

    id: FunctionId
    """Stable short name."""

    name: Words
    """Name in both languages."""

    hosts: Annotated[tuple[Host, ...], Field(min_length=1)]
    """Kinds of place that may hold it."""

    quality: Words
    """What must hold for the quality to be the same as at the hospital."""

    quality_source: str = ""
    """Source of the quality condition; empty means a planning assumption."""

    target: TargetGroup
    """Who it is for."""

    visits_per_1000: Figure
    """Visits a year per 1,000 people of the target group, national average."""

    visits_per_patient: Figure
    """Visits a year of one patient."""

    min_volume: Figure
    """Visits a year that a place needs."""

    limit_min: Figure
    """Longest acceptable journey by car, minutes."""

    equipment: Equipment
    """Equipment."""

    staff: Staff
    """Staff."""

    today: Today
    """Where it is found today."""

    @property
    def figures(self) -> dict[str, Figure]:
        """The figures by key."""
        return {key: getattr(self, key) for key in FIGURES}


FIGURES: Final = ("visits_per_1000", "visits_per_patient", "min_volume", "limit_min")


class AgeShare(Section):
    """Share of the population in an age band."""

    from_age: Annotated[Age, Field(alias="from")]
    """First year of age."""

    to_age: Annotated[Age, Field(alias="to")]
    """Last year of age, included."""

    share: Annotated[float, Field(gt=0, le=1)]
    """Share of the whole population."""

    women: Annotated[float, Field(ge=0, le=1)]
    """Share of women in the band."""


class AgeMix(Section):
    """National age mix, used where the demand has no age bands of its own."""

    evidence: Evidence
    """How sure the mix is."""

    source: str = ""
    """Source."""

    note: str = ""
    """What it describes."""

    bands: Annotated[tuple[AgeShare, ...], Field(min_length=1)]
    """Bands that follow on one another from age 0."""


class Guideline(Section):
    """Thresholds of the guideline's criteria that are not a matter of one function."""

    name: Words
    """The guideline's name."""

    source: Line
    """Where the criteria stand."""

    many_patients: Figure
    """Patients a year at the site from which they count as many."""

    frequent_per_1000: Figure
    """Visits a year per 1,000 of the target group from which a treatment counts as frequent, or …"""

    frequent_per_patient: Figure
    """… visits a year of one patient."""

    shorter_min: Figure
    """Minutes saved per visit from which transport counts as shorter."""


class FunctionCatalogue(Section):
    """All functions, the guideline's thresholds and the age mix."""

    guideline: Guideline
    """Thresholds of the guideline."""

    ages: AgeMix
    """National age mix."""

    function: Annotated[tuple[SatelliteFunction, ...], Field(min_length=1)]
    """The functions."""

    def __iter__(self) -> Iterator[SatelliteFunction]:  # type: ignore[override]
        """Go through the functions in the file's order."""
        return iter(self.function)

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids in the file's order."""
        return tuple(function.id for function in self.function)

    def get(self, function_id: str, *, source: str = "") -> SatelliteFunction:
        """Find one function.

        Raises
        ------
        SettingsError
            Nobody has defined it.
        """
        for function in self.function:
            if function.id == function_id:
                return function
        raise SettingsError(self._unknown(function_id, source))

    def _unknown(self, name: str, source: str) -> Fault:
        return Fault(
            source or name,
            "",
            msg("the function {function}, which nobody has defined", function=name),
            msg("one of {words}", words=", ".join(self.ids)),
            msg("correct the name, or define the function in config/functions.toml"),
        )

    @property
    def by_name(self) -> dict[str, str]:
        """Id of each function by its id and its names in both languages, in lower case."""
        return {word.casefold(): f.id for f in self for word in (f.id, f.name.da, f.name.en)}

    def only(self, named: tuple[str, ...], *, source: str = "") -> Self:
        """Keep the functions named, by id or name, in the file's order; `source` is where they are named.

        Raises
        ------
        SettingsError
            Functions that nobody has defined: all of them at once.
        """
        known = self.by_name
        unknown = [name for name in named if name.strip().casefold() not in known]
        if unknown:
            raise SettingsError([self._unknown(name, source) for name in unknown])
        wanted = {known[name.strip().casefold()] for name in named}
        return self.model_copy(update={"function": tuple(f for f in self.function if f.id in wanted)})
