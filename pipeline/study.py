"""The whole way from settings to results, readable on one page."""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Final

import geopandas as gpd
import pandas as pd
import shapely

from pipeline.access import Access, acute_access
from pipeline.access.areas import access_cells, access_zones
from pipeline.clusters import check_population
from pipeline.clusters.facilities import (
    placement_findings,
)
from pipeline.clusters.findings import cluster_findings
from pipeline.clusters.gp_figures import modelled_gps, practice_counts
from pipeline.clusters.houses import functions_by_cluster
from pipeline.clusters.practice_clusters import default_practice_clusters, stated_practice_clusters
from pipeline.coverage import points_xy
from pipeline.coverage.rules import RULES
from pipeline.coverage.study import CoverageInputs, CoverageResult, inputs_of_study, run_coverage
from pipeline.coverage.zones import coverage_zones
from pipeline.findings import Finding
from pipeline.limits import limited
from pipeline.messages import Bilingual, msg
from pipeline.roads.notes import road_findings
from pipeline.roads.overlap import check_overlap
from pipeline.settings import Settings
from pipeline.sites.overview import SiteOverview
from pipeline.sites.study import SiteFrames, check_candidates, run_sites
from pipeline.study_clusters import cluster_study
from pipeline.study_inputs import Inputs
from pipeline.study_result import ClusterStudy, StudyResult
from pipeline.travel.homes import Homes, Joining
from pipeline.travel.isochrones import isochrone_lines, make_lattice, travel_time_surface
from pipeline.travel.land import land_parts
from pipeline.travel.road_source import study_router
from pipeline.travel.routing import Router
from pipeline.workers import SERIAL, Workers

ISOCHRONES_MIN: Final = (30.0, 60.0)
"""Isochrones drawn on the maps of access, minutes."""

LINE_STEP_M: Final = 1_000.0
"""Distance between the points that isochrones are drawn from, metres."""

COAST_DETAIL_M: Final = 60.0
"""Detail of the coast dropped where it only tells land from water, metres."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What the findings of a study rest on; a scenario changes parts of it.

    Parameters
    ----------
    base
        Clusters, hospitals and health houses.
    municipalities, house_functions
        Tables of these names.
    practice_clusters
        Practice clusters, or one per municipality.
    coarse
        Municipality areas without the coast's detail.
    router
        Travel times.
    homes
        Where the demand points meet the roads.
    gp
        Demand, practices and what GP coverage is found from besides.
    told
        What the readers of demand and practices found.
    """

    base: ClusterStudy
    municipalities: pd.DataFrame
    house_functions: pd.DataFrame
    practice_clusters: gpd.GeoDataFrame
    coarse: gpd.GeoDataFrame
    router: Router
    homes: Homes
    gp: CoverageInputs
    told: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """A state of a study that was found before: what did not change since is taken over from it.

    Parameters
    ----------
    ground, result
        What it rests on, and what was found.
    others
        What was found in further states: a gap in GP coverage has one id in all of them.
    """

    ground: Ground
    result: StudyResult
    others: tuple[StudyResult, ...] = ()

    @property
    def coverages(self) -> tuple[CoverageResult, ...]:
        """GP coverage in every state known."""
        found = (result.coverage for result in (self.result, *self.others))
        return tuple(coverage for coverage in found if coverage is not None)


@limited
def run_study(
    settings: Settings,
    inputs: Inputs,
    *,
    base: ClusterStudy | None = None,
    gaps: bool = True,
    sites: bool = True,
    workers: Workers = SERIAL,
    progress: Callable[[str], None] = lambda _: None,
) -> StudyResult:
    """Compute everything that the maps and tables show.

    Parameters
    ----------
    settings
        The study's settings.
    inputs
        Result of `read_inputs`.
    base
        Result of `cluster_study` for the same settings and inputs, where it is there already.
    gaps
        Judge GP coverage too; the costliest step.
    sites
        Evaluate satellite functions too, where the settings ask for them; else the list of candidates is only
        checked.
    workers
        Who helps with travel times and test runs; the results do not depend on it.
    progress
        Called with the name of each step as it begins.

    Raises
    ------
    SettingsError
        The study's day is covered by no cluster scheme.
    InputError
        A file of candidates or functions that cannot be read.
    """
    told: tuple[Finding, ...] = ()
    if settings.sites.enabled:
        told = check_candidates(settings.sites, inputs.areas.frame, inputs.tables)
    ground = lay_ground(settings, inputs, base=base, workers=workers, progress=progress)
    result = find_results(settings, inputs, ground, gaps=gaps, sites=sites, progress=progress)
    return result if sites else replace(result, findings=(*result.findings, *told))


def lay_ground(
    settings: Settings,
    inputs: Inputs,
    *,
    base: ClusterStudy | None = None,
    workers: Workers = SERIAL,
    progress: Callable[[str], None] = lambda _: None,
) -> Ground:
    """Put everything in order that the findings rest on; parameters as for `run_study`.

    Raises
    ------
    SettingsError
        The study's day is covered by no cluster scheme.
    """
    tables, areas = inputs.tables, inputs.areas.frame
    base = base or cluster_study(settings, inputs, progress=progress)
    progress("register")
    practice_clusters = practice_clusters_of_study(settings, inputs)
    progress("roads")
    coarse = areas.assign(geometry=shapely.coverage_simplify(areas.geometry.to_numpy(), COAST_DETAIL_M))
    digest = next((file.sha256 for file in inputs.files if file.name == "roads"), "")
    router = study_router(settings.roads, tables, coarse, digest=digest, workers=workers)
    progress("travel_times")
    stated = {} if inputs.practice_clusters is None else {"practice_clusters": inputs.practice_clusters}
    shown = str(base.schemes.loc[base.schemes["shown"], "scheme"].iloc[0])
    gp_inputs, told = inputs_of_study(
        settings, {**tables, **stated}, areas, base.cluster_members, shown, router.network.arcs
    )
    arcs, people_xy = router.network.arcs, points_xy(gp_inputs.demand.geometry)
    check_overlap(arcs, people_xy, str(settings.roads.file))
    homes = Homes.at(
        router,
        people_xy,
        Joining(settings.roads.longest_access_m, settings.roads.access_kmh),
        land_parts(coarse),
    )
    return Ground(
        base=base,
        municipalities=tables["municipalities"],
        house_functions=tables["house_functions"],
        practice_clusters=practice_clusters,
        coarse=coarse,
        router=router,
        homes=homes,
        gp=replace(gp_inputs, homes=homes),
        told=(*road_findings(arcs.notes), *told),
    )


def practice_clusters_of_study(settings: Settings, inputs: Inputs) -> gpd.GeoDataFrame:
    """Take the stated practice clusters, or one per municipality where none are stated."""
    tables, areas = inputs.tables, inputs.areas.frame
    if inputs.practice_clusters is not None:
        return stated_practice_clusters(inputs.practice_clusters, areas, settings.study.as_of)
    gps = modelled_gps(tables["municipalities"], tables["gp_supply_region"], tables["gp_supply_municipality"])
    practices = practice_counts(tables["gp_supply_municipality"])
    return default_practice_clusters(areas, tables["municipalities"], practices, gps)


@dataclass(frozen=True, slots=True)
class _Reach:
    """Travel times to acute hospitals, at the people and over the land."""

    access: Access
    cells: gpd.GeoDataFrame
    zones: gpd.GeoDataFrame
    isochrones: gpd.GeoDataFrame


def _reach(ground: Ground) -> _Reach:
    router, homes, base = ground.router, ground.homes, ground.base
    access = acute_access(
        router,
        ground.gp.demand,
        base.facilities,
        base.cluster_members,
        base.facility_clusters,
        base.clusters,
        homes=homes,
    )
    land = shapely.coverage_union_all(ground.coarse.geometry.to_numpy())
    how, pieces = homes.joining, homes.land
    cells = access_cells(
        router, access.places, access.hospitals["facility_id"], land, joining=how, pieces=pieces
    )
    lattice = make_lattice(router, step_m=LINE_STEP_M, joining=how, land=pieces)
    surface = travel_time_surface(router, lattice, access.places)
    return _Reach(access, cells, access_zones(cells), isochrone_lines(surface, ISOCHRONES_MIN, land=land))


def _same_journeys(ground: Ground, known: Known) -> bool:
    """Tell whether nobody's journey to a hospital can differ from a state known before."""
    hospitals, before = (
        each.facilities[each.facilities["kind"] == "hospital"] for each in (ground.base, known.ground.base)
    )
    return (
        ground.router is known.ground.router
        and ground.gp.demand is known.ground.gp.demand
        and hospitals.equals(before)
    )


def find_results(
    settings: Settings,
    inputs: Inputs,
    ground: Ground,
    *,
    gaps: bool = True,
    sites: bool = True,
    known: Known | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> StudyResult:
    """Find everything that the maps and tables show.

    Parameters
    ----------
    settings, inputs, gaps, sites, progress
        As in `run_study`.
    ground
        Result of `lay_ground`, changed by a scenario or not.
    known
        A state found before with the same settings: what rests on the same parts is taken over, and GP
        coverage tells its change against it.

    Raises
    ------
    InputError
        A file of candidates or functions that cannot be read.
    """
    tables, areas = inputs.tables, inputs.areas.frame
    towns = ground.municipalities.set_index("municipality_code")
    base, demand = ground.base, ground.gp.demand
    in_house = ground.house_functions.merge(tables["functions"][["function_id", "name_da", "name_en"]])
    cluster_functions = functions_by_cluster(
        base.facility_clusters, in_house, tables["functions"], base.clusters
    )
    if known is not None and _same_journeys(ground, known):
        old = known.result
        reach = _Reach(old.access, old.cells, old.zones, old.isochrones)
    else:
        reach = _reach(ground)
    coverage, coverage_land = None, None
    if gaps and any(getattr(settings.coverage, rule).enabled for rule in RULES):
        if known is not None and ground.router is known.ground.router and ground.gp is known.ground.gp:
            coverage, coverage_land = known.result.coverage, known.result.coverage_zones
        else:
            progress("gp_coverage")
            coverage = run_coverage(
                ground.router,
                ground.gp,
                settings.coverage,
                settings.study.as_of,
                earlier=() if known is None else known.coverages,
                lang=settings.study.language,
            )
            coverage_land = coverage_zones(reach.cells.geometry, demand, coverage.covered)
    satellites = None
    if sites and settings.sites.enabled:
        progress("sites")
        frames = SiteFrames(
            demand=demand,
            areas=areas,
            municipalities=ground.municipalities,
            settlements=tables["settlements"],
            facilities=base.facilities,
            house_functions=ground.house_functions,
            cluster_members=base.cluster_members,
            gaps=None if coverage is None else coverage.gaps["access"],
            homes=ground.homes,
        )
        satellites = run_sites(ground.router, frames, settings.sites)
    findings = (
        *(
            Finding("data_told", msg("{told}", told=Bilingual(one.da, one.en)), one.severity)
            for one in settings.study.told
        ),
        *inputs.areas.findings,
        *cluster_findings(
            base.clusters,
            base.cluster_members,
            base.facilities,
            base.facility_clusters,
            base.facility_roles,
            ground.municipalities,
        ),
        *placement_findings(base.facilities, towns["name"]),
        *reach.access.findings,
        *ground.told,
        *(() if coverage is None else coverage.findings),
        *(() if satellites is None else satellites.findings),
    )
    return StudyResult(
        **{part.name: getattr(base, part.name) for part in fields(ClusterStudy)},
        houses=tables["health_houses"],
        functions=tables["functions"],
        settlements=tables["settlements"],
        house_functions=in_house,
        cluster_functions=cluster_functions,
        practice_clusters=ground.practice_clusters,
        demand=demand,
        access=reach.access,
        cells=reach.cells,
        zones=reach.zones,
        isochrones=reach.isochrones,
        coverage=coverage,
        coverage_zones=coverage_land,
        sites=satellites,
        site_overview=None
        if satellites is None
        else SiteOverview(satellites, reach.cells.geometry, settings.sites.choice.limit_min),
        router=ground.router,
        population_check=check_population(base.clusters, base.cluster_members, towns["population"]),
        findings=findings,
    )
