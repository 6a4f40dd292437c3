"""Satellite functions from frames to results: candidates, evaluation, best choices and stability."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_array

from pipeline.coverage.gap_table import GapTable
from pipeline.findings import Finding
from pipeline.location import Counted, Curve
from pipeline.messages import Language, Message, msg
from pipeline.settings.sites import SiteRules
from pipeline.sites import EVALUATED, finish_sites, house_sites, site_findings, supply_sites, town_sites
from pipeline.sites.choices import Cover, Restrictions, best_choices, cover_all, restrictions
from pipeline.sites.evaluation import SiteEvaluation, evaluate_sites
from pipeline.sites.functions import FunctionCatalogue
from pipeline.sites.functions_file import FUNCTIONS_FILE, load_functions
from pipeline.sites.inputs import GP_GAPS, FunctionCase, Membership, SiteInputs, function_case
from pipeline.sites.places import Gazetteer
from pipeline.sites.rank_stability import Stability, rank_stability
from pipeline.sites.reader import read_candidates
from pipeline.sites.tables import site_tables
from pipeline.travel.homes import Homes
from pipeline.travel.routing import Router
from pipeline.workers import Workers

Progress = Callable[[Message], None]


@dataclass(frozen=True, slots=True)
class SiteFrames:
    """The parts of a study that satellite functions rest on.

    Parameters
    ----------
    demand
        The `demand` frame.
    areas
        Municipality areas, EPSG:25832.
    municipalities, settlements
        The tables of these names.
    facilities, house_functions
        The frames of these names.
    cluster_members
        ``scheme``, ``cluster_id``, ``municipality_code``, ``share``.
    gaps
        GP gap areas (``access``), where GP coverage was found.
    homes
        Where the demand points meet the roads; joined as the engine does by default when left out.
    """

    demand: gpd.GeoDataFrame
    areas: gpd.GeoDataFrame
    municipalities: pd.DataFrame
    settlements: pd.DataFrame
    facilities: gpd.GeoDataFrame
    house_functions: pd.DataFrame
    cluster_members: pd.DataFrame
    gaps: GapTable | None = None
    homes: Homes | None = None


@dataclass(frozen=True, slots=True)
class SiteStudy:
    """All that a study finds on satellite functions.

    Parameters
    ----------
    functions
        The catalogue.
    sites
        Every candidate, those left out among them.
    supply, supply_pairs
        Places of today, and who offers what.
    inputs
        Demand, places and travel times that the evaluation rests on.
    evaluation
        The evaluation.
    cases
        Function id → its demand, places, candidates and who gains by each.
    stability
        How firm each function's ranking is.
    curves
        (function id, model) → best choices for each number of new sites. A site of an answer is a column of
        `pipeline.sites.choices.choice_problem`: places of today first, then the usable candidates.
    covers
        (function id, question) → the fewest sites that bring everybody within the limit, where that was asked
        (`pipeline.sites.choices.cover_all`).
    findings
        What a reader should know.
    """

    functions: FunctionCatalogue
    sites: gpd.GeoDataFrame
    supply: gpd.GeoDataFrame
    supply_pairs: pd.DataFrame
    inputs: SiteInputs
    evaluation: SiteEvaluation
    cases: Mapping[str, FunctionCase]
    stability: tuple[Stability, ...]
    curves: Mapping[tuple[str, Counted], Curve]
    covers: Mapping[tuple[str, Cover], Curve]
    findings: tuple[Finding, ...]

    def tables(self, lang: Language) -> dict[str, pd.DataFrame]:
        """Give the result tables as their contracts want them, by name."""
        return site_tables(
            self.sites,
            self.evaluation,
            self.supply_pairs,
            self.functions,
            lang,
            stability=self.stability,
            curves=self.curves,
            covers=self.covers,
        )


def check_candidates(
    rules: SiteRules, areas: gpd.GeoDataFrame, tables: Mapping[str, pd.DataFrame]
) -> tuple[Finding, ...]:
    """Read the catalogue of functions and the user's list before anything long is computed.

    Parameters
    ----------
    rules
        Settings of satellite functions.
    areas
        Municipality areas, EPSG:25832.
    tables
        Tables ``settlements`` and ``municipalities``.

    Returns
    -------
    tuple of Finding
        Candidates that are left out, and what to know of others.

    Raises
    ------
    InputError
        The list or the catalogue cannot be read, or names functions that nobody has defined.
    """
    functions = _functions(rules)
    if rules.only:
        functions.only(rules.only)
    if rules.candidates is None:
        return ()
    gazetteer = Gazetteer(tables["settlements"], tables["municipalities"])
    return tuple(
        site_findings(
            read_candidates(rules.candidates, areas, gazetteer, functions, layer=rules.candidates_layer)
        )
    )


def _functions(rules: SiteRules) -> FunctionCatalogue:
    return load_functions(FUNCTIONS_FILE if rules.functions == "bundled" else rules.functions)


def gather_sites(frames: SiteFrames, rules: SiteRules, functions: FunctionCatalogue) -> gpd.GeoDataFrame:
    """Put the user's candidates and the built-in ones into one `sites` frame, the user's first.

    Raises
    ------
    InputError
        The user's list cannot be read at all.
    """
    parts: list[gpd.GeoDataFrame] = []
    if rules.candidates is not None:
        gazetteer = Gazetteer(frames.settlements, frames.municipalities)
        parts.append(
            read_candidates(
                rules.candidates, frames.areas, gazetteer, functions, layer=rules.candidates_layer
            )
        )
    if rules.health_houses:
        parts.append(house_sites(frames.facilities))
    if rules.towns_from > 0:
        parts.append(town_sites(frames.settlements, rules.towns_from))
    return finish_sites(parts, frames.areas)


def run_sites(
    router: Router,
    frames: SiteFrames,
    rules: SiteRules,
    *,
    progress: Progress | None = None,
) -> SiteStudy:
    """Find candidates, measure travel times once, evaluate, choose and shake.

    Parameters
    ----------
    router
        The travel-time engine.
    frames
        Parts of the study.
    rules
        Settings of satellite functions.
    progress
        Is told what goes on.

    Raises
    ------
    InputError
        The list of candidates or the catalogue of functions cannot be read, or a rule of the choice names a
        place or region that is not there.
    """
    say = progress or (lambda _: None)
    every = functions = _functions(rules)
    if rules.only:
        functions = functions.only(rules.only)
    sites = gather_sites(frames, rules, every)
    supply, pairs = supply_sites(functions, frames.facilities, frames.house_functions, frames.municipalities)
    used = sites[sites["status"].isin(EVALUATED)].reset_index(drop=True)
    limits = restrictions(rules.choice, used, frames.municipalities)
    say(
        msg(
            "Satellite functions: travel times to {count:n} {count:|place|places}",
            count=len(supply) + len(used),
        )
    )
    measured = _Measured(router, frames, supply, used)
    today_min, site_min = measured.at(0.0)
    inputs = SiteInputs(
        demand=frames.demand,
        supply=supply,
        supply_pairs=pairs,
        today_min=today_min,
        sites=used,
        site_min=site_min,
        groups=_groups(frames),
        short_of_gps=_short_of_gps(frames, used),
    )
    say(msg("Satellite functions: {count:n} {count:|candidate|candidates}", count=len(used)))
    cases = {function.id: function_case(inputs, function, functions) for function in functions}
    evaluation = evaluate_sites(inputs, functions, rules, cases=cases)
    stability = []
    if rules.stability.runs:
        say(msg("Satellite functions: how firm the ranking is"))
        stability = _stability(cases, inputs, measured, evaluation, functions, rules, workers=router.workers)
    say(msg("Satellite functions: the best choices"))
    counted = [model for model in rules.choice.models if model != "set_cover"]
    curves: dict[tuple[str, Counted], Curve] = {}
    covers: dict[tuple[str, Cover], Curve] = {}
    choosing = _Choosing(cases, evaluation.table, counted, rules, limits)
    for function_id, (best, cover) in zip(cases, router.workers.map(_choose, choosing, cases), strict=True):
        curves |= {(function_id, model): curve for model, curve in best.items()}
        covers |= {(function_id, question): curve for question, curve in cover.items()}
    return SiteStudy(
        functions=functions,
        sites=sites,
        supply=supply,
        supply_pairs=pairs,
        inputs=inputs,
        evaluation=evaluation,
        cases=cases,
        stability=tuple(stability),
        curves=curves,
        covers=covers,
        findings=tuple(site_findings(sites)),
    )


@dataclass(frozen=True, slots=True)
class _Choosing:
    """What the best choices for all functions are made from."""

    cases: Mapping[str, FunctionCase]
    evaluated: pd.DataFrame
    models: Sequence[Counted]
    rules: SiteRules
    limits: Restrictions


def _choose(choosing: _Choosing, function_id: str) -> tuple[dict[Counted, Curve], dict[Cover, Curve]]:
    """Make the best choices for one function."""
    case, rules, limits = choosing.cases[function_id], choosing.rules, choosing.limits
    best = best_choices(case, choosing.evaluated, choosing.models, rules.new_sites, limits)
    every = "set_cover" in rules.choice.models
    return best, cover_all(case, choosing.evaluated, limits) if every else {}


class _Measured:
    """Travel times from the demand to places of today and candidates, at any speed."""

    def __init__(
        self, router: Router, frames: SiteFrames, supply: gpd.GeoDataFrame, sites: gpd.GeoDataFrame
    ) -> None:
        self.router, self.today = router, len(supply)
        homes = frames.homes or Homes.at(router, _xy(frames.demand.geometry))
        places = np.vstack([_xy(supply.geometry), _xy(sites.geometry)])
        self.points, self.places = homes.places, homes.joining.join(router, places, homes.land)

    def at(self, change: float) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Measure with all speeds changed by a share: minutes to places of today and to candidates."""
        router = self.router if change == 0 else self.router.at_speed(1 + change)
        minutes = router.matrix(self.points, self.places).value / np.float32(60)
        return np.ascontiguousarray(minutes[:, : self.today]), np.ascontiguousarray(minutes[:, self.today :])


def _xy(points: gpd.GeoSeries) -> NDArray[np.float64]:
    shapes = points.to_numpy()
    found = np.full((len(shapes), 2), np.nan)
    here = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    found[here] = shapely.get_coordinates(shapes[here])
    return found


def _groups(frames: SiteFrames) -> dict[str, Membership]:
    """Membership of demand points in the clusters of each scheme, municipalities and GP gap areas."""
    codes = frames.demand["municipality_code"].to_numpy(dtype=object)
    found: dict[str, Membership] = {}
    members = frames.cluster_members
    for scheme, rows in members.groupby("scheme", sort=True):
        ids = sorted(set(rows["cluster_id"]))
        shares = rows.pivot_table(
            index="municipality_code", columns="cluster_id", values="share", aggfunc="sum"
        )
        dense = shares.reindex(index=codes, columns=ids).fillna(0.0).to_numpy()
        found[str(scheme)] = (ids, csr_array(dense))
    towns = sorted({str(code) for code in codes if isinstance(code, str)})
    at = pd.Index(towns).get_indexer(pd.Index(codes))
    found["municipality"] = (towns, _one_each(at, len(towns)))
    if frames.gaps is not None:
        ids = frames.gaps.table["gap_id"].astype(str).tolist()
        found[GP_GAPS] = (ids, _one_each(frames.gaps.member, len(ids)))
    return found


def _one_each(group: NDArray[np.int64], groups: int) -> csr_array:
    rows = np.flatnonzero(group >= 0)
    return csr_array((np.ones(len(rows)), (rows, group[rows])), shape=(len(group), groups))


def _short_of_gps(frames: SiteFrames, sites: gpd.GeoDataFrame) -> NDArray[np.bool_] | None:
    """Tell which candidates lie in a GP gap area."""
    if frames.gaps is None:
        return None
    tree = shapely.STRtree(frames.gaps.table.geometry.to_numpy())
    point, _ = tree.query(sites.geometry.to_numpy(), predicate="intersects")
    inside = np.zeros(len(sites), dtype=bool)
    inside[point] = True
    return inside


def _stability(
    cases: Mapping[str, FunctionCase],
    inputs: SiteInputs,
    measured: _Measured,
    evaluation: SiteEvaluation,
    functions: FunctionCatalogue,
    rules: SiteRules,
    *,
    workers: Workers,
) -> list[Stability]:
    """Shake each function's ranking, with travel times measured again at every speed that is drawn."""
    speeds: dict[float, SiteInputs] = {}
    for change in dict.fromkeys(rules.stability.speed_changes):
        if change != 0:
            today_min, site_min = measured.at(change)
            speeds[change] = replace(inputs, today_min=today_min, site_min=site_min)
    shaken = _Shaken(cases, speeds, evaluation.table, functions, rules)
    return list(workers.map(_shake_one, shaken, [function.id for function in functions]))


@dataclass(frozen=True, slots=True)
class _Shaken:
    """What the rankings of all functions are shaken with."""

    cases: Mapping[str, FunctionCase]
    speeds: Mapping[float, SiteInputs]
    evaluated: pd.DataFrame
    functions: FunctionCatalogue
    rules: SiteRules


def _shake_one(shaken: _Shaken, function_id: str) -> Stability:
    """Shake the ranking of one function."""
    rows = shaken.evaluated[shaken.evaluated["function_id"] == function_id]
    case = shaken.cases[function_id]
    at_speed = {change: case.at_times(each) for change, each in shaken.speeds.items()}
    return rank_stability(case, rows, shaken.functions, shaken.rules, at_speed=at_speed)
