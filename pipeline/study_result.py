"""What a study found."""

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

from pipeline.access import Access
from pipeline.coverage.study import CoverageResult
from pipeline.findings import Finding
from pipeline.settings import Settings
from pipeline.sites.overview import SiteOverview
from pipeline.sites.study import SiteStudy
from pipeline.sources import Source
from pipeline.study_inputs import InputFile
from pipeline.travel.routing import Router


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
