"""How many people, patients and visits a year a function meets at each demand point."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.sites.functions import OLDEST, AgeMix, SatelliteFunction, TargetGroup

_BAND: Final = re.compile(
    r"^(?:(?P<who>women|men|people|persons|adults|age|ages)_)?(?P<low>[0-9]+)_(?P<high>[0-9]+|plus)$"
)
_years: Final = np.arange(OLDEST + 1)


@dataclass(frozen=True, slots=True)
class AgeBand:
    """A column of a demand frame that counts people of some ages.

    Parameters
    ----------
    column
        The column's name.
    low, high
        First and last year of age, both included.
    sex
        ``all``, ``women`` or ``men``.
    """

    column: str
    low: int
    high: int
    sex: str

    @property
    def ages(self) -> NDArray[np.bool_]:
        """Which single years of age the band holds."""
        return (_years >= self.low) & (_years <= self.high)


def age_bands(columns: pd.Index) -> tuple[AgeBand, ...]:
    """Find the columns that count people of an age band.

    Parameters
    ----------
    columns
        Columns of a demand frame; names such as ``people_18_24``, ``adults_70_plus`` or ``women_50_69``.

    Returns
    -------
    tuple
        The bands in order of sex and age. Bands by sex count only where no band of everybody stands and women
        and men cover the same ages.
    """
    found = []
    for column in columns:
        match = _BAND.match(str(column))
        if match:
            who = match["who"] or "people"
            high = OLDEST if match["high"] == "plus" else min(int(match["high"]), OLDEST)
            found.append(
                AgeBand(str(column), int(match["low"]), high, who if who in {"women", "men"} else "all")
            )
    whole = [band for band in found if band.sex == "all"]
    if not whole and _covered(found, "women").tolist() == _covered(found, "men").tolist():
        whole = found
    return tuple(sorted(whole, key=lambda band: (band.sex, band.low, band.high, band.column)))


def _covered(bands: Iterable[AgeBand], *sexes: str) -> NDArray[np.bool_]:
    covered = np.zeros(OLDEST + 1, dtype=bool)
    for band in bands:
        if not sexes or band.sex in sexes:
            covered |= band.ages
    return covered


@dataclass(frozen=True, slots=True)
class PeopleByBand:
    """The people of a demand frame by age band; the same for every function.

    Parameters
    ----------
    bands
        The bands.
    counts
        Shape (points, bands + 2): people in each band, in the ages no band covers, and of unknown age; each
        row adds up to the people stated.
    index
        Index of the demand frame.
    """

    bands: tuple[AgeBand, ...]
    counts: NDArray[np.float64]
    index: pd.Index


def people_by_band(demand: pd.DataFrame) -> PeopleByBand:
    """Count people by age band.

    Parameters
    ----------
    demand
        Frame with ``weight`` (residents, ≥ 0) and, where known, columns by age band (see `age_bands`).
    """
    bands = age_bands(demand.columns)
    people = demand["weight"].to_numpy(dtype=float)
    columns = [demand[band.column].to_numpy(dtype=float) for band in bands]
    counts = np.nan_to_num(np.column_stack(columns) if columns else np.zeros((len(people), 0)))
    known = counts.sum(axis=1)
    # Bands that hold everybody, or more people than live there, are scaled to the people stated.
    scaled = (known > people) | bool(_covered(bands).all())
    factor = np.divide(people, known, out=np.ones_like(people), where=scaled & (known > 0))
    counts = counts * factor[:, None]
    rest = np.where(known > 0, np.maximum(people - counts.sum(axis=1), 0.0), 0.0)
    whole = np.column_stack([counts, rest, np.where(known > 0, 0.0, people)])
    return PeopleByBand(bands, whole, demand.index)


def function_demand(people: PeopleByBand, function: SatelliteFunction, ages: AgeMix) -> pd.DataFrame:
    r"""Reckon the target group, patients and visits of a function at each demand point.

    Parameters
    ----------
    people
        Result of `people_by_band`.
    function
        The function.
    ages
        National age mix: fills ages that no band covers, and splits a band that the target group cuts.

    Returns
    -------
    pd.DataFrame
        ``target_people`` (people of the target group), ``patients`` and ``visits`` (a year) and ``basis``
        (``age_bands`` or ``national_age_mix``), same index as the demand.

    Notes
    -----
    ``visits = rate/1000 · Σ_a people_a · w_a / w̄`` over the single years of age *a* of the target group,
    where *w̄* is the national mean of the age weights over that group, so that the rate stays the national
    average. Within a band people are spread over single years as in the national mix.
    """
    member, _ = _profile(function.target, ages)
    counts = people.counts
    visits = yearly_visits(people, function, ages)
    by_band = counts[:, :-1].sum(axis=1) > 0
    return pd.DataFrame(
        {
            "target_people": counts @ _per_person(people.bands, ages, member),
            "patients": visits / function.visits_per_patient.value,
            "visits": visits,
            "basis": np.where(by_band, "age_bands", "national_age_mix"),
        },
        index=people.index,
    )


def yearly_visits(people: PeopleByBand, function: SatelliteFunction, ages: AgeMix) -> NDArray[np.float64]:
    """Reckon the visits of a function at each demand point alone (see `function_demand`)."""
    _, use = _profile(function.target, ages)
    users = people.counts @ _per_person(people.bands, ages, use)
    return np.asarray(users * (function.visits_per_1000.value / 1000))


def _national(ages: AgeMix) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    share, women = np.zeros(OLDEST + 1), np.zeros(OLDEST + 1)
    for band in ages.bands:
        years = slice(band.from_age, band.to_age + 1)
        share[years] = band.share / (band.to_age - band.from_age + 1)
        women[years] = band.women
    return share, women


def _sex_share(sex: str, women: NDArray[np.float64]) -> NDArray[np.float64]:
    return {"women": women, "men": 1 - women}.get(sex, np.ones_like(women))


def _profile(
    target: TargetGroup, ages: AgeMix
) -> tuple[dict[str, NDArray[np.float64]], dict[str, NDArray[np.float64]]]:
    """For people counted as all, women and men: chance to be in the group, and relative use, by age."""
    share, women = _national(ages)
    inside = ((_years >= target.from_age) & (_years <= target.to_age)).astype(float)
    weight = np.ones(OLDEST + 1)
    for band in target.age_weights:
        weight[band.from_age : band.to_age + 1] = band.weight
    of_sex = _sex_share(target.sex, women)
    people = share * inside * of_sex
    relative = weight / ((people * weight).sum() / people.sum())
    same = {"all": of_sex}
    for counted in ("women", "men"):
        same[counted] = np.full(OLDEST + 1, float(target.sex in {"all", counted}))
    member = {counted: inside * chance for counted, chance in same.items()}
    return member, {counted: chance * relative for counted, chance in member.items()}


def _per_person(
    bands: tuple[AgeBand, ...], ages: AgeMix, by_age: dict[str, NDArray[np.float64]]
) -> NDArray[np.float64]:
    """Mean of a value by age: over each band, over the ages no band covers, and over everybody."""
    share, women = _national(ages)
    mixes = [(share * _sex_share(band.sex, women) * band.ages, band.sex) for band in bands]
    mixes += [(share * ~_covered(bands), "all"), (share, "all")]
    return np.array([(mix * by_age[sex]).sum() / mix.sum() if mix.sum() > 0 else 0.0 for mix, sex in mixes])
