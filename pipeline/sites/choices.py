"""The best choice of new sites for a function, under the rules of the settings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from itertools import combinations
from typing import Final, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.errors import Fault, SettingsError
from pipeline.location import Counted, Curve, answer_row, marginal_curve
from pipeline.location.set_cover import set_cover
from pipeline.location.siting import SitingProblem
from pipeline.location.siting_input import siting_problem
from pipeline.location.siting_solve import budget_notes, volume_notes
from pipeline.messages import Bilingual, Message, msg
from pipeline.settings.sites import ChoiceRules
from pipeline.sites.inputs import FunctionCase

REGIONS: Final = ("region_2007", "region_2027")
"""Columns of the municipalities that a quota's region may be named after."""


@dataclass(frozen=True, slots=True)
class Restrictions:
    """The rules of a choice, found among the candidates.

    Parameters
    ----------
    rules
        The settings.
    must, forbidden
        Marks of the candidates, in the order of the sites.
    region
        Quota's region that each candidate lies in; empty text for none.
    """

    rules: ChoiceRules
    must: NDArray[np.bool_]
    forbidden: NDArray[np.bool_]
    region: NDArray[np.object_]


def restrictions(rules: ChoiceRules, sites: gpd.GeoDataFrame, municipalities: pd.DataFrame) -> Restrictions:
    """Find the places and regions that the rules of a choice name.

    Parameters
    ----------
    rules
        The settings.
    sites
        Candidates that are evaluated.
    municipalities
        Table ``municipalities``.

    Raises
    ------
    SettingsError
        Candidates or regions that are not there, a candidate that must and must not be opened, regions that
        share municipalities, or more sites asked for in a region than allowed: every fault at once.
    """
    faults: list[Fault] = []
    must, forbidden = (_marked(key, getattr(rules, key), sites, faults) for key in ("must", "forbidden"))
    faults += [
        _fault(
            "must",
            msg("{name} must be opened and must not be opened", name=name),
            msg("one of the two"),
            msg("correct {key}", key="sites.choice.must"),
        )
        for name in sites["name"][must & forbidden]
    ]
    region = _regions(rules, sites, municipalities, faults)
    if faults:
        raise SettingsError(faults)
    return Restrictions(rules, must, forbidden, region)


def _fault(key: str, found: Message, expected: Message, mend: Message) -> Fault:
    return Fault(f"sites.choice.{key}", "", found, expected, mend)


def _marked(
    key: str, named: Sequence[str], sites: gpd.GeoDataFrame, faults: list[Fault]
) -> NDArray[np.bool_]:
    ids, names = sites["site_id"].astype(str), sites["name"].astype(str)
    plain = names.str.casefold()
    found = np.zeros(len(sites), dtype=bool)
    for name in named:
        hit = (ids == name) | (plain == name.strip().casefold())
        if not hit.any():
            near = get_close_matches(name, names.tolist(), n=1)
            faults.append(
                _fault(
                    key,
                    msg("no candidate {name}", name=name),
                    msg("the name or id of a candidate that is evaluated"),
                    msg("did you mean {near}?", near=near[0]) if near else msg("see the table of candidates"),
                )
            )
        found |= hit.to_numpy()
    return found


def _regions(
    rules: ChoiceRules, sites: gpd.GeoDataFrame, municipalities: pd.DataFrame, faults: list[Fault]
) -> NDArray[np.object_]:
    named = municipalities[[column for column in REGIONS if column in municipalities]]
    known = {str(value) for value in pd.unique(named.to_numpy().ravel()) if isinstance(value, str)}
    region = np.full(len(sites), "", dtype=object)
    members: dict[str, set[str]] = {}
    for name, (low, high) in rules.regions.items():
        if name not in known:
            faults.append(
                _fault(
                    "regions",
                    msg("the region {region}", region=name),
                    msg("one of {words}", words=", ".join(sorted(known))),
                    msg("correct {key}", key="sites.choice.regions"),
                )
            )
        if low > high:
            faults.append(
                _fault(
                    "regions",
                    msg("{low} to {high} sites in region {region}", low=low, high=high, region=name),
                    msg("0 ≤ fewest ≤ most"),
                    msg("correct {key}", key="sites.choice.regions"),
                )
            )
        members[name] = set(municipalities.loc[(named == name).any(axis=1), "municipality_code"])
        region[sites["municipality_code"].isin(members[name]).to_numpy()] = name
    faults += [
        _fault(
            "regions",
            msg(
                "{count:n} {count:|municipality|municipalities} both in {first} and in {second}",
                count=len(members[first] & members[second]),
                first=first,
                second=second,
            ),
            msg("regions that share no municipality"),
            msg("name the regions of one year, of 2007 or of 2027, in {key}", key="sites.choice.regions"),
        )
        for first, second in combinations(members, 2)
        if members[first] & members[second]
    ]
    return region


def usable_rows(case: FunctionCase, evaluated: pd.DataFrame) -> NDArray[np.int64]:
    """Find the candidates that may be chosen for a function: of an allowed kind, and without it today.

    Parameters
    ----------
    case
        The function.
    evaluated
        The `site_evaluation` frame.

    Returns
    -------
    NDArray
        Rows of ``inputs.sites``, rising.
    """
    rows = evaluated[evaluated["function_id"] == case.function.id]
    usable = rows.loc[(rows["allowed_host"] == "met") & ~rows["already_there"], "site_id"]
    return np.flatnonzero(case.inputs.sites["site_id"].isin(usable).to_numpy())


def choice_problem(
    case: FunctionCase, usable: NDArray[np.int64], limits: Restrictions, *, volumes: bool
) -> SitingProblem:
    """Put a function's siting problem together: columns are its places of today, then the usable candidates.

    Parameters
    ----------
    case
        The function.
    usable
        Result of `usable_rows`.
    limits
        Result of `restrictions`.
    volumes
        Hold new sites to the minimum volume.
    """
    inputs, function, rules = case.inputs, case.function, limits.rules
    sites, places = inputs.sites.iloc[usable], len(case.places)
    notes: list[Message] = []
    forbidden = limits.forbidden[usable].copy()
    cost = sites["cost_mio_dkk"].to_numpy(dtype=np.float64)
    if rules.cost_mio_dkk is not None:
        cost = np.where(np.isnan(cost), rules.cost_mio_dkk, cost)
    if rules.budget_mio_dkk is not None and np.isnan(cost).any():
        forbidden |= np.isnan(cost)
        notes.append(
            msg("{count:n} {count:|candidate states|candidates state} no cost and are not chosen under "
            "the budget",
                count=int(np.isnan(cost).sum()))
        )  # fmt: skip
    idle = limits.must.copy()
    idle[usable] = False
    notes += [
        msg(
            "{name} must be opened, but cannot hold {function} or has it already",
            name=name,
            function=Bilingual(function.name.da, function.name.en),
        )
        for name in inputs.sites["name"][idle]
    ]
    region, quotas = _quotas(limits, usable, notes)
    today = np.zeros(places)
    capacity = sites["capacity"].to_numpy(dtype=np.float64)
    problem = siting_problem(
        np.column_stack([inputs.today_min[:, case.places], inputs.site_min[:, usable]]),
        case.people,
        volume_weight=case.visits,
        existing=np.arange(places),
        must=np.flatnonzero(limits.must[usable] & ~forbidden) + places,
        forbidden=np.flatnonzero(forbidden) + places,
        cost=np.concatenate([today, np.nan_to_num(cost)]),
        budget=rules.budget_mio_dkk,
        capacity=np.concatenate([today + np.inf, np.where(np.isnan(capacity), np.inf, capacity)]),
        min_volume=function.min_volume.value if volumes else 0.0,
        region=np.concatenate([today.astype(np.int64) - 1, region]),
        quotas=quotas,
        names=[*inputs.supply["name"].iloc[case.places], *sites["name"]],
    )
    return replace(problem, notes=(*notes, *problem.notes, *volume_notes(problem), *budget_notes(problem)))


def _quotas(
    limits: Restrictions, usable: NDArray[np.int64], notes: list[Message]
) -> tuple[NDArray[np.int64], Mapping[int, tuple[int, int | None]]]:
    names = list(limits.rules.regions)
    here = limits.region[usable]
    number = np.array([names.index(name) if name else -1 for name in here], dtype=np.int64)
    quotas: dict[int, tuple[int, int | None]] = {}
    for at, (name, (low, high)) in enumerate(limits.rules.regions.items()):
        if (number == at).any():
            quotas[at] = (low, high)
        elif low > 0:
            notes.append(msg("No candidate in {region} can be chosen", region=name))
    return number, quotas


def best_choices(
    case: FunctionCase, evaluated: pd.DataFrame, models: Sequence[Counted], most: int, limits: Restrictions
) -> dict[Counted, Curve]:
    """Choose 0, 1, … `most` new sites by each model."""
    usable, rules = usable_rows(case, evaluated), limits.rules
    found: dict[Counted, Curve] = {}
    for model in models:
        volumes = rules.min_volume and model != "capacitated_cover"
        found[model] = marginal_curve(
            choice_problem(case, usable, limits, volumes=volumes),
            model,
            most,
            limit_min=_limit(case, rules),
            time_limit_s=rules.time_limit_s,
        )
    return found


Cover = Literal["set_cover", "set_cover_possible", "set_cover_any_volume"]
"""How few sites suffice: for everybody; for those whom enough sites could reach within the limit; for them if
sites need no minimum volume."""


def cover_all(case: FunctionCase, evaluated: pd.DataFrame, limits: Restrictions) -> dict[Cover, Curve]:
    """Find how few new sites bring everybody within the limit, or who is in the way.

    Parameters
    ----------
    case
        The function.
    evaluated
        The `site_evaluation` frame.
    limits
        Result of `restrictions`.

    Returns
    -------
    dict
        Each question that was asked with its answer, a curve of one row. The second is asked where people are
        in the way, the third where minimum volumes are.
    """
    rules = limits.rules
    problem = choice_problem(case, usable_rows(case, evaluated), limits, volumes=rules.min_volume)
    found: dict[Cover, Curve] = {"set_cover": _cover(problem, problem, _limit(case, rules), rules)}
    last, eased = found["set_cover"].answers[0], problem
    if len(last.blockers):
        weight = problem.weight.copy()
        weight[last.blockers] = 0.0
        eased = replace(problem, weight=weight, notes=())
        found["set_cover_possible"] = _cover(problem, eased, _limit(case, rules), rules)
        last = found["set_cover_possible"].answers[0]
    if last.status == "infeasible" and problem.has_volumes:
        free = replace(eased, min_volume=np.zeros_like(eased.min_volume))
        found["set_cover_any_volume"] = _cover(problem, free, _limit(case, rules), rules)
    return found


def _cover(problem: SitingProblem, asked: SitingProblem, limit: float, rules: ChoiceRules) -> Curve:
    """Answer a question and tell what that brings the people of the whole problem."""
    answer = set_cover(asked, limit, backup=rules.backup, time_limit_s=rules.time_limit_s)
    row = {"new_sites": len(answer.sites), **answer_row(problem, answer, limit), "gain": np.nan}
    return Curve(pd.DataFrame([row]), (answer,), answer.notes)


def _limit(case: FunctionCase, rules: ChoiceRules) -> float:
    return case.function.limit_min.value if rules.limit_min is None else rules.limit_min
