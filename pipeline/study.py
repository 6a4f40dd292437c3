"""The whole way from settings to results, readable on one page."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Final

import geopandas as gpd
import pandas as pd
import shapely

from pipeline.access import Access, acute_access
from pipeline.access.areas import access_cells, access_zones
from pipeline.clusters import build_clusters, check_population, split_population
from pipeline.clusters.facilities import (
    build_facilities,
    count_by_cluster,
    facility_clusters,
    placement_findings,
    roles_on,
)
from pipeline.clusters.findings import cluster_findings
from pipeline.clusters.gp_figures import modelled_gps, practice_counts
from pipeline.clusters.houses import functions_by_cluster
from pipeline.clusters.practice_clusters import default_practice_clusters, stated_practice_clusters
from pipeline.clusters.schemes import members_in_view, schemes_in_view
from pipeline.coverage import points_xy
from pipeline.coverage.rules import RULES
from pipeline.coverage.study import CoverageInputs, CoverageResult, inputs_of_study, run_coverage
from pipeline.coverage.zones import coverage_zones
from pipeline.fetch.lock import LOCK
from pipeline.findings import Finding
from pipeline.layers import BUNDLED_AREAS, AreaLayer, read_municipality_areas
from pipeline.limits import limited
from pipeline.messages import Bilingual, msg
from pipeline.settings import BUNDLED, Settings
from pipeline.sites.functions_file import FUNCTIONS_FILE
from pipeline.sites.overview import SiteOverview
from pipeline.sites.study import SiteFrames, SiteStudy, check_candidates, run_sites
from pipeline.sources import Source, load_sources
from pipeline.tables import GEODATA, load_table, load_tables
from pipeline.travel.homes import Homes, Joining
from pipeline.travel.isochrones import isochrone_lines, make_lattice, travel_time_surface
from pipeline.travel.land import land_parts
from pipeline.travel.road_source import study_router
from pipeline.travel.routing import Router
from pipeline.workers import SERIAL, Workers

TABLES: Final = (
    "municipalities",
    "schemes",
    "clusters",
    "cluster_members",
    "hospitals",
    "hospital_status",
    "hospital_clusters",
    "health_houses",
    "functions",
    "house_functions",
    "gp_supply_region",
    "gp_supply_municipality",
    "settlements",
    "links",
    "main_roads",
)

ISOCHRONES_MIN: Final = (30.0, 60.0)
"""Isochrones drawn on the maps of access, minutes."""

LINE_STEP_M: Final = 1_000.0
"""Distance between the points that isochrones are drawn from, metres."""

COAST_DETAIL_M: Final = 60.0
"""Detail of the coast dropped where it only tells land from water, metres."""


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file that a study was made from."""

    name: str
    path: Path
    sha256: str
    bundled: bool


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything read and checked, before anything is computed."""

    tables: Mapping[str, pd.DataFrame]
    areas: AreaLayer
    practice_clusters: pd.DataFrame | None
    files: tuple[InputFile, ...]
    sources: Mapping[str, Source]


@dataclass(frozen=True, slots=True)
class ClusterStudy:
    """The clusters of a study with their places: what can be told before anything is measured.

    Parameters
    ----------
    settings
        What was asked.
    schemes
        Every scheme with ``on`` (the day it is computed for) and ``shown`` (True for the first shown).
    municipalities
        Municipality areas with names, regions and population.
    clusters, cluster_members
        Clusters of every scheme with key figures, and their municipalities with population shares.
    facilities, facility_roles, facility_clusters
        Hospitals and health houses; their role on each scheme's day; the clusters they belong to.
    files, sources
        What the study was made from, and whom to credit.
    """

    settings: Settings
    schemes: pd.DataFrame
    municipalities: gpd.GeoDataFrame
    clusters: gpd.GeoDataFrame
    cluster_members: pd.DataFrame
    facilities: gpd.GeoDataFrame
    facility_roles: pd.DataFrame
    facility_clusters: pd.DataFrame
    files: tuple[InputFile, ...]
    sources: Mapping[str, Source]

    @property
    def shown_scheme(self) -> str:
        """Id of the scheme in force on the study's day."""
        return str(self.schemes.loc[self.schemes["shown"], "scheme"].iloc[0])


@dataclass(frozen=True, slots=True)
class StudyResult(ClusterStudy):
    """All that a study found; frames are described in `pipeline.schemas`, geometry is EPSG:25832.

    Parameters
    ----------
    settlements
        Towns and villages.
    houses, functions, house_functions, cluster_functions
        The register of health houses: houses, catalogue, which house holds what, what each cluster holds.
    practice_clusters
        Practice clusters, or one per municipality where none are stated.
    demand
        Where people live: points with weights, modelled unless the study has its own.
    access
        Travel times to the acute hospitals.
    cells
        Squares of land with their travel time; ``zones`` are joined of them.
    zones
        The land by travel-time band and nearest acute hospital.
    isochrones
        Lines where the nearest acute hospital is just 30 and 60 minutes away.
    coverage, coverage_zones
        GP coverage, and the land by its classes; None where every rule is switched off.
    sites
        Satellite functions: candidates, their evaluation, best choices; None where they are switched off.
    site_overview
        The same over the land, for maps.
    router
        Travel times on the road network; ``router.network.arcs`` tells how it is known.
    population_check
        By scheme: people in clusters, outside, the country and the difference.
    findings
        What a reader should know before trusting a figure.
    """

    houses: pd.DataFrame
    functions: pd.DataFrame
    settlements: pd.DataFrame
    house_functions: pd.DataFrame
    cluster_functions: pd.DataFrame
    practice_clusters: gpd.GeoDataFrame
    demand: gpd.GeoDataFrame
    access: Access
    cells: gpd.GeoDataFrame
    zones: gpd.GeoDataFrame
    isochrones: gpd.GeoDataFrame
    coverage: CoverageResult | None
    coverage_zones: gpd.GeoDataFrame | None
    sites: SiteStudy | None
    site_overview: SiteOverview | None
    router: Router
    population_check: pd.DataFrame
    findings: tuple[Finding, ...]


def _digest(name: str, path: Path) -> InputFile:
    with path.open("rb") as file:
        return InputFile(name, path, hashlib.file_digest(file, "sha256").hexdigest(), GEODATA in path.parents)


@limited
def read_inputs(settings: Settings) -> Inputs:
    """Read and check every table and layer that the settings name.

    Raises
    ------
    InputError
        A file is missing, breaks its contract or does not fit the others: all faults of the input at once.
    """
    paths = {
        name: GEODATA / f"{name}.csv" if (stated := getattr(settings.tables, name)) == BUNDLED else stated
        for name in TABLES
    }
    tables = load_tables(paths)
    practices = settings.tables.practice_clusters
    practice_table = load_table("practice_clusters", practices) if practices else None
    boundary = settings.boundaries
    area_path = BUNDLED_AREAS if boundary.file == BUNDLED else Path(boundary.file)
    areas = read_municipality_areas(
        area_path, tables["municipalities"], layer=boundary.layer, key_column=boundary.key, crs=boundary.crs
    )
    files = [*paths.items(), ("municipality_areas", area_path)]
    if settings.roads.file != BUNDLED:
        files.append(("roads", Path(settings.roads.file)))
    if practices:
        files.append(("practice_clusters", practices))
    if settings.study.data is not None:
        files.append(("open_data", settings.study.data))
        lock = settings.study.data.parent.parent / LOCK
        files += [("geodata_lock", lock)] if lock.is_file() else []
    for name, file in (
        ("demand", settings.demand.file),
        ("addresses", settings.demand.addresses),
        ("practices", settings.practices.file),
        ("candidates", settings.sites.candidates if settings.sites.enabled else None),
    ):
        if file is not None:
            files.append((name, file))
    if settings.sites.enabled:
        functions = settings.sites.functions
        files.append(("satellite_functions", FUNCTIONS_FILE if functions == BUNDLED else Path(functions)))
    return Inputs(
        tables, areas, practice_table, tuple(_digest(name, path) for name, path in files), load_sources()
    )


def members_of_study(settings: Settings, inputs: Inputs) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Find who belongs to which cluster on the study's day, with everybody's share.

    Returns
    -------
    tuple of pd.DataFrame
        Every scheme with its day (`schemes_in_view`), and the members of all of them.

    Raises
    ------
    SettingsError
        The study's day is covered by no cluster scheme.
    """
    tables = inputs.tables
    towns = tables["municipalities"].set_index("municipality_code")
    view = schemes_in_view(tables["schemes"], settings.study.as_of)
    members = members_in_view(tables["cluster_members"], view)
    cluster_names = tables["clusters"].set_index(["scheme", "cluster_id"])["name"]
    members = members.join(
        split_population(members, towns["population"], settings.study.split_shared)
    ).assign(
        municipality_name=members["municipality_code"].map(towns["name"]),
        population=members["municipality_code"].map(towns["population"]),
    )
    return view, members.join(cluster_names.rename("cluster_name"), on=["scheme", "cluster_id"])


def cluster_study(
    settings: Settings, inputs: Inputs, *, progress: Callable[[str], None] = lambda _: None
) -> ClusterStudy:
    """Build the clusters and place hospitals and health houses: enough for every map of clusters.

    Parameters
    ----------
    settings, inputs, progress
        As for `run_study`.

    Raises
    ------
    SettingsError
        The study's day is covered by no cluster scheme.
    """
    tables, areas = inputs.tables, inputs.areas.frame

    progress("clusters")
    view, members = members_of_study(settings, inputs)
    gps = modelled_gps(tables["municipalities"], tables["gp_supply_region"], tables["gp_supply_municipality"])
    clusters = build_clusters(areas, members, tables["clusters"], gps)

    progress("facilities")
    roles = {on: roles_on(tables["hospitals"], tables["hospital_status"], on) for on in view["on"]}
    facilities = build_facilities(
        tables["hospitals"],
        roles_on(tables["hospitals"], tables["hospital_status"], settings.study.as_of),
        tables["health_houses"],
        areas,
    )
    house_roles = facilities.loc[facilities["kind"] == "health_house"].set_index("facility_id")["role"]
    facility_roles = pd.concat(
        [
            pd.concat([roles[on], house_roles]).rename("role").rename_axis("facility_id").reset_index()
            .assign(scheme=scheme)
            for scheme, on in zip(view["scheme"], view["on"], strict=True)
        ],
        ignore_index=True,
    )[["scheme", "facility_id", "role"]]  # fmt: skip
    municipalities = areas.merge(
        tables["municipalities"].drop(columns=["name", "source", "precision"]), on="municipality_code"
    )
    base = ClusterStudy(
        settings=settings,
        schemes=view,
        municipalities=municipalities,
        clusters=clusters,
        cluster_members=members,
        facilities=facilities,
        facility_roles=facility_roles,
        facility_clusters=pd.DataFrame(),
        files=inputs.files,
        sources=inputs.sources,
    )
    return with_places(base, facilities, facility_roles, tables["hospital_clusters"])


def with_places(
    base: ClusterStudy,
    facilities: gpd.GeoDataFrame,
    facility_roles: pd.DataFrame,
    hospital_clusters: pd.DataFrame,
) -> ClusterStudy:
    """Put hospitals and health houses into the clusters, and count them there.

    Parameters
    ----------
    base
        Clusters and their members.
    facilities, facility_roles
        Hospitals and health houses, and their role on each scheme's day.
    hospital_clusters
        Table of this name.
    """
    pairs = facility_clusters(facilities, base.cluster_members, hospital_clusters, base.schemes)
    counts = count_by_cluster(pairs, facilities, facility_roles)
    kept = base.clusters.drop(columns=[*counts.columns, "has_acute"], errors="ignore")
    clusters = kept.join(counts, on=["scheme", "cluster_id"]).fillna(dict.fromkeys(counts.columns, 0))
    clusters = clusters.astype(dict.fromkeys(counts.columns, "int64"))
    return replace(
        base,
        clusters=clusters.assign(has_acute=clusters["acute_hospitals"] > 0),
        facilities=facilities,
        facility_roles=facility_roles,
        facility_clusters=pairs,
    )


@dataclass(frozen=True, slots=True)
class Ground:
    """What the findings of a study rest on; a scenario changes parts of it.

    Parameters
    ----------
    base
        Clusters, hospitals and health houses.
    house_functions
        Table of this name.
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
    house_functions: pd.DataFrame
    practice_clusters: gpd.GeoDataFrame
    coarse: gpd.GeoDataFrame
    router: Router
    homes: Homes
    gp: CoverageInputs
    told: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """A state of a study that was found before: what did not change since is taken over from it."""

    ground: Ground
    result: StudyResult


@limited
def run_study(
    settings: Settings,
    inputs: Inputs,
    *,
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
    ground = lay_ground(settings, inputs, workers=workers, progress=progress)
    result = find_results(settings, inputs, ground, gaps=gaps, sites=sites, progress=progress)
    return result if sites else replace(result, findings=(*result.findings, *told))


def lay_ground(
    settings: Settings,
    inputs: Inputs,
    *,
    workers: Workers = SERIAL,
    progress: Callable[[str], None] = lambda _: None,
) -> Ground:
    """Put everything in order that the findings rest on.

    Raises
    ------
    SettingsError
        The study's day is covered by no cluster scheme.
    """
    tables, areas = inputs.tables, inputs.areas.frame
    base = cluster_study(settings, inputs, progress=progress)
    gps = modelled_gps(tables["municipalities"], tables["gp_supply_region"], tables["gp_supply_municipality"])

    progress("register")
    practices = practice_counts(tables["gp_supply_municipality"])
    practice_clusters = (
        default_practice_clusters(areas, tables["municipalities"], practices, gps)
        if inputs.practice_clusters is None
        else stated_practice_clusters(inputs.practice_clusters, areas, settings.study.as_of)
    )
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
    homes = Homes.at(
        router,
        points_xy(gp_inputs.demand.geometry),
        Joining(settings.roads.longest_access_m, settings.roads.access_kmh),
        land_parts(coarse),
    )
    return Ground(
        base=base,
        house_functions=tables["house_functions"],
        practice_clusters=practice_clusters,
        coarse=coarse,
        router=router,
        homes=homes,
        gp=replace(gp_inputs, homes=homes),
        told=tuple(told),
    )


@dataclass(frozen=True, slots=True)
class _Reach:
    """Travel times to acute hospitals, at the people and over the land."""

    access: Access
    cells: gpd.GeoDataFrame
    zones: gpd.GeoDataFrame
    isochrones: gpd.GeoDataFrame


def _reach(settings: Settings, ground: Ground) -> _Reach:
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
    kmh = settings.roads.access_kmh
    cells = access_cells(router, access.places, access.hospitals["facility_id"], land, access_kmh=kmh)
    lattice = make_lattice(router, step_m=LINE_STEP_M, access_kmh=kmh)
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
    towns = tables["municipalities"].set_index("municipality_code")
    base, demand = ground.base, ground.gp.demand
    in_house = ground.house_functions.merge(tables["functions"][["function_id", "name_da", "name_en"]])
    cluster_functions = functions_by_cluster(
        base.facility_clusters, in_house, tables["functions"], base.clusters
    )
    if known is not None and _same_journeys(ground, known):
        old = known.result
        reach = _Reach(old.access, old.cells, old.zones, old.isochrones)
    else:
        reach = _reach(settings, ground)
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
                first=None if known is None else known.result.coverage,
                lang=settings.study.language,
            )
            coverage_land = coverage_zones(reach.cells.geometry, demand, coverage.covered)
    satellites = None
    if sites and settings.sites.enabled:
        progress("sites")
        frames = SiteFrames(
            demand=demand,
            areas=areas,
            municipalities=tables["municipalities"],
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
            tables["municipalities"],
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
