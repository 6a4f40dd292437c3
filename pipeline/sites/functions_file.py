"""Read a catalogue of satellite functions: every fault in it is told at once, with key and mend."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pipeline.errors import Fault, SettingsError
from pipeline.messages import Message, msg
from pipeline.settings import PROJECT
from pipeline.settings.file import check_section, read_toml
from pipeline.sites.functions import OLDEST, AgeShare, FunctionCatalogue, SatelliteFunction

FUNCTIONS_FILE: Final = PROJECT / "config" / "functions.toml"
"""The catalogue that ships with the project."""

REFERENCE: Final = "config/functions.toml"
GUIDELINE_FIGURES: Final = ("many_patients", "frequent_per_1000", "frequent_per_patient", "shorter_min")
SHARES_MAY_MISS: Final = 0.005
"""The age mix is rounded, so its shares may miss 1 by this much."""


def load_functions(path: Path = FUNCTIONS_FILE) -> FunctionCatalogue:
    """Read and check a catalogue of functions.

    Parameters
    ----------
    path
        TOML file in the form of ``config/functions.toml``.

    Raises
    ------
    MissingInputError
        The file is not there or cannot be read.
    SettingsError
        Unknown keys, wrong types, values out of range, missing sources, ranges or age bands that do not fit:
        every fault with key and mend.
    """
    raw = read_toml(path, example=REFERENCE)
    catalogue = check_section(
        FunctionCatalogue, raw, source=str(path), folder=path.resolve().parent, reference=REFERENCE
    )
    faults = list(_Checks(str(path)).faults(catalogue))
    if faults:
        raise SettingsError(faults)
    return catalogue


@dataclass(frozen=True, slots=True)
class _Checks:
    """What the types cannot say: ids, ranges, sources and bands that must fit one another."""

    source: str

    def faults(self, catalogue: FunctionCatalogue) -> Iterator[Fault]:
        for function_id, times in Counter(catalogue.ids).items():
            if times > 1:
                yield self._fault(
                    f"function.{function_id}",
                    msg("the same id {times} times", times=times),
                    msg("an id of its own for every function"),
                    msg("rename or remove one of them"),
                )
        yield from self._figures(catalogue)
        for function in catalogue:
            yield from self._sources(function)
            yield from self._ages(function)
        yield from self._mix(catalogue.ages.bands)

    def _fault(self, where: str, found: Message, expected: Message, mend: Message) -> Fault:
        return Fault(self.source, where, found, expected, mend)

    def _figures(self, catalogue: FunctionCatalogue) -> Iterator[Fault]:
        told = [(f"guideline.{key}", getattr(catalogue.guideline, key)) for key in GUIDELINE_FIGURES]
        told += [(f"function.{f.id}.{key}", figure) for f in catalogue for key, figure in f.figures.items()]
        for where, figure in told:
            low, high = figure.range
            if not low <= figure.value <= high:
                yield self._fault(
                    where,
                    msg("low {low}, value {value}, high {high}", low=low, value=figure.value, high=high),
                    msg("low ≤ value ≤ high"),
                    msg("correct the range"),
                )
            if not figure.assumed and figure.source is None:
                yield self._no_source(where, figure.evidence)

    def _no_source(self, where: str, evidence: str) -> Fault:
        return self._fault(
            where,
            msg("evidence {evidence} without a source", evidence=evidence),
            msg("the source of a figure that is not an assumption"),
            msg('name the source, or write evidence = "assumption"'),
        )

    def _sources(self, function: SatelliteFunction) -> Iterator[Fault]:
        target, equipment, staff, today = function.target, function.equipment, function.staff, function.today
        rows = [
            ("equipment", equipment.evidence, equipment.source),
            ("staff", staff.evidence, staff.source),
            ("today", today.evidence, today.source),
        ]
        if target.age_weights:
            rows.append(("target.age_weights", target.weights_evidence, target.weights_source))
        for key, evidence, source in rows:
            if evidence in {"sourced", "derived"} and not source.strip():
                yield self._no_source(f"function.{function.id}.{key}", evidence)
        for key in ("visits_per_1000", "visits_per_patient", "limit_min"):
            if getattr(function, key).range[0] == 0:
                yield self._fault(
                    f"function.{function.id}.{key}",
                    msg("the value {value}", value=0),
                    msg("a number above {limit}", limit=0),
                    msg("correct the value, or its low"),
                )

    def _ages(self, function: SatelliteFunction) -> Iterator[Fault]:
        target, where = function.target, f"function.{function.id}.target"
        if target.from_age > target.to_age:
            yield self._fault(
                where,
                msg("ages {low} to {high}", low=target.from_age, high=target.to_age),
                msg("the first age before the last"),
                msg("exchange from_age and to_age"),
            )
        if not target.age_weights:
            return
        for age in range(target.from_age, target.to_age + 1):
            hits = sum(band.from_age <= age <= band.to_age for band in target.age_weights)
            if hits != 1:
                yield self._fault(
                    f"{where}.age_weights",
                    msg("age {age} in {hits} bands", age=age, hits=hits),
                    msg("every age of the target group in one band"),
                    msg(
                        "let the bands follow on one another from {low} to {high}",
                        low=target.from_age,
                        high=target.to_age,
                    ),
                )
                return
        if all(band.weight == 0 for band in target.age_weights):
            yield self._fault(
                f"{where}.age_weights",
                msg("only zeros"),
                msg("at least one weight above 0"),
                msg("correct the weights, or remove them for equal use at every age"),
            )

    def _mix(self, bands: tuple[AgeShare, ...]) -> Iterator[Fault]:
        ends = [-1, *(band.to_age for band in bands)]
        if (
            any(band.from_age != end + 1 for band, end in zip(bands, ends, strict=False))
            or ends[-1] != OLDEST
        ):
            yield self._fault(
                "ages.bands",
                msg("bands that do not follow on one another"),
                msg("bands from age 0 to {oldest} without gap or overlap", oldest=OLDEST),
                msg("let each band begin the year after the one before it ends"),
            )
        total = sum(band.share for band in bands)
        if abs(total - 1) > SHARES_MAY_MISS:
            yield self._fault(
                "ages.bands",
                msg("shares that add up to {total:n3}", total=total),
                msg("shares that add up to 1"),
                msg("correct the shares"),
            )
