"""Satellite functions of a study, ready to be told: names, rows and points that its pages share."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from maps.naming import Names, lon_lat
from maps.quality import data_notes
from maps.telling.access_words import access_notes
from maps.telling.site_words import SITE_KINDS
from maps.web.parts import Text
from pipeline.location import Counted
from pipeline.messages import Language, Message, Translator, msg, translator
from pipeline.site_words import CRITERIA
from pipeline.sites import EVALUATED
from pipeline.sites.functions import SatelliteFunction
from pipeline.sites.overview import SiteOverview
from pipeline.sites.reasons import reasons
from pipeline.sites.study import SiteStudy
from pipeline.study_result import StudyResult


@dataclass(frozen=True)
class SiteTelling:
    """What was found on satellite functions, in one language."""

    names: Names
    study: SiteStudy
    overview: SiteOverview

    @classmethod
    def of(cls, result: StudyResult, lang: Language | None = None) -> "SiteTelling":
        """Take a study that has satellite functions.

        Raises
        ------
        ValueError
            The study has none: they are switched off.
        """
        if result.sites is None or result.site_overview is None:
            raise ValueError("the study has no satellite functions")
        return cls(Names(result, lang or result.settings.study.language), result.sites, result.site_overview)

    @property
    def lang(self) -> Language:
        """The language."""
        return self.names.lang

    @property
    def say(self) -> Translator:
        """The translator of the language."""
        return translator(self.lang)

    @cached_property
    def functions(self) -> dict[str, SatelliteFunction]:
        """The functions by id, in the catalogue's order."""
        return {function.id: function for function in self.study.functions}

    @cached_property
    def function_names(self) -> dict[str, str]:
        """Name of each function."""
        return {key: function.name.text(self.lang) for key, function in self.functions.items()}

    @cached_property
    def today(self) -> dict[str, Any]:
        """How each function is reached today, by id."""
        table = self.study.tables(self.lang)["functions_today"]
        return {row["function_id"]: row for row in table.to_dict("records")}

    @cached_property
    def sites(self) -> pd.DataFrame:
        """Candidates that were evaluated, with ``label``, ``lon`` and ``lat``; index ``site_id``.

        A label is the name, and the kind or id with it where two candidates share one.
        """
        frame = self.study.inputs.sites
        lon, lat = zip(*lon_lat(frame.geometry), strict=True) if len(frame) else ((), ())
        told = pd.DataFrame(frame.drop(columns="geometry")).assign(lon=lon, lat=lat)
        label = told["name"].astype(str)
        twice = label.duplicated(keep=False)
        kinds = told["kind"].map({kind: self.say(text) for kind, text in SITE_KINDS.items()})
        label = label.where(~twice, label + " (" + kinds + ")")
        still = label.duplicated(keep=False)
        label = label.where(~still, label + " [" + told["site_id"] + "]")
        return told.assign(label=label).set_index("site_id", drop=False)

    @cached_property
    def labels(self) -> dict[str, str]:
        """Label of each candidate that was evaluated."""
        return dict(zip(self.sites["site_id"].astype(str), self.sites["label"].astype(str), strict=True))

    @cached_property
    def points(self) -> dict[str, tuple[float, float]]:
        """Longitude and latitude of each candidate that was evaluated."""
        points = zip(self.sites["lon"].tolist(), self.sites["lat"].tolist(), strict=True)
        return dict(zip(self.sites["site_id"].astype(str), points, strict=True))

    @cached_property
    def left_out(self) -> pd.DataFrame:
        """Rows of the user's own list that were not evaluated: ``name``, ``status``, ``reason``."""
        frame = self.study.sites
        return pd.DataFrame(frame[(frame["kind"] == "candidate") & ~frame["status"].isin(EVALUATED)])

    @cached_property
    def ranking(self) -> dict[str, pd.DataFrame]:
        """Each function's candidates, the best first, with how firm the rank is where that was tried."""
        table = self.study.evaluation.table
        if self.study.stability:
            firm = pd.concat([each.table for each in self.study.stability], ignore_index=True)
            table = table.merge(firm.drop(columns="rank"), on=["function_id", "site_id"], how="left")
        table = table.assign(label=table["site_id"].map(self.sites["label"]))
        return {key: table[table["function_id"] == key].reset_index(drop=True) for key in self.functions}

    @property
    def shaken(self) -> bool:
        """Whether the ranking was shaken."""
        return bool(self.study.stability)

    @property
    def top(self) -> int:
        """Number of best candidates that the stability runs ask for."""
        return self.names.result.settings.sites.stability.top

    def reasons_of(self, row: Mapping[Any, Any]) -> list[tuple[str, str]]:
        """Give a row's reasons: each with its criterion, or with an empty key for what is more."""
        told = reasons(row, self.functions[row["function_id"]], self.study.functions.guideline, self.lang)
        if row["already_there"]:
            return [("", told[0])]
        keys = [*CRITERIA, *[""] * (len(told) - len(CRITERIA))]
        return list(zip(keys, told, strict=True))

    @cached_property
    def chosen_in(self) -> dict[tuple[str, str], list[tuple[Counted, int]]]:
        """(function, site) → the best choices that hold it, as (model, number of new sites)."""
        ids = self.study.inputs.sites["site_id"].to_numpy()
        found: dict[tuple[str, str], list[tuple[Counted, int]]] = {}
        for (function_id, model, count), rows in self.overview.chosen.items():
            for row in rows:
                found.setdefault((function_id, str(ids[row])), []).append((model, count))
        return found

    def notes(self) -> tuple[Text, ...]:
        """Say at the top of a page what is modelled or assumed."""
        result = self.names.result
        return (*data_notes(result), *access_notes(result), *function_notes(self.study))


def function_notes(study: SiteStudy) -> tuple[Text, ...]:
    """Say what is assumed of satellite functions."""
    notes: list[Text] = []
    assumed = int((study.supply_pairs["basis"] == "assumed").sum())
    if assumed:
        notes.append(
            msg(
                "Where the functions are today is partly assumed: {assumed:n} of {all:n} "
                "{all:|place|places} {assumed:|is|are} only taken to have them.",
                assumed=assumed,
                all=len(study.supply_pairs),
            )
        )
    if any(figure.assumed for function in study.functions for figure in function.figures.values()):
        notes.append(msg("Limits, minimum volumes and several rates are assumptions."))
    if (study.evaluation.today["demand_basis"] == "national_age_mix").any():
        notes.append(msg("Ages are not known by place: the national age mix stands in everywhere."))
    return tuple(notes)


def joined_names(names: list[str]) -> Text:
    """Join names in a sentence."""
    if len(names) < 2:
        return "".join(names)
    return msg("{names} and {last}", names=", ".join(names[:-1]), last=names[-1])


def site_key(function_id: object, site_id: object) -> str:
    """Key of the feature of a candidate for a function."""
    return f"site:{function_id}/{site_id}"


def missing_as_none(value: Any) -> float | None:  # noqa: ANN401
    """Give a number, or None for NaN."""
    return None if pd.isna(value) else float(value)


def rank_range(row: Mapping[Any, Any]) -> Message | None:
    """Say within which ranks a candidate was in nine of ten runs."""
    if pd.isna(row["rank_low"]):
        return None
    if row["rank_low"] == row["rank_high"]:
        return msg("{low:n}", low=row["rank_low"])
    return msg("{low:n} to {high:n}", low=row["rank_low"], high=row["rank_high"])
