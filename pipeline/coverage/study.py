"""GP coverage from frames to results: verdicts, gaps, how sure they are, and sums at three levels."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.clusters.schemes import in_force
from pipeline.coverage import coverage, points_xy, supply_of
from pipeline.coverage.dependence import practice_dependence
from pipeline.coverage.findings import capacity_figures, capacity_findings, coverage_findings
from pipeline.coverage.gap_areas import neighbours_of
from pipeline.coverage.gap_table import KINDS, GapTable, Judgement, Surroundings, gap_table
from pipeline.coverage.limits import check_limits
from pipeline.coverage.robustness import Shaken, shake
from pipeline.coverage.rules import RULES
from pipeline.coverage.same_gaps import State, with_known_ids
from pipeline.coverage.summary import by_cluster, by_municipality, by_practice_cluster, with_change
from pipeline.coverage.travel import CoverageTravel
from pipeline.demand import under_and_over
from pipeline.demand.study import study_demand
from pipeline.findings import Finding
from pipeline.messages import Language, Message, msg
from pipeline.roads.model import RoadArcs
from pipeline.settings import Settings
from pipeline.settings.coverage import CoverageSettings
from pipeline.supply.study import study_practices
from pipeline.travel.homes import Homes
from pipeline.travel.land import land_parts
from pipeline.travel.routing import Router

Progress = Callable[[Message], None]


@dataclass(frozen=True, slots=True)
class CoverageInputs:
    """What GP coverage is found from.

    Parameters
    ----------
    demand, practices
        The two frames.
    around
        Areas, settlements and cluster names for describing gaps.
    municipalities
        Table ``municipalities``.
    cluster_members
        Result frame ``cluster_members`` with ``share``.
    practice_cluster_of
        Practice cluster by provider; left out, each municipality is one.
    practice_cluster_names
        Name by practice cluster, of stated ones.
    homes
        Where the demand points meet the roads; joined as the engine does by default when left out.
    """

    demand: gpd.GeoDataFrame
    practices: gpd.GeoDataFrame
    around: Surroundings
    municipalities: pd.DataFrame
    cluster_members: pd.DataFrame
    practice_cluster_of: pd.Series | None = None
    practice_cluster_names: pd.Series | None = None
    homes: Homes | None = None

    def cluster_names(self) -> pd.Series:
        """Name every practice cluster: stated ones, and municipalities that stand for one."""
        own = self.municipalities.set_index("pk-" + self.municipalities["municipality_code"])["name"]
        stated = self.practice_cluster_names
        return own if stated is None else pd.concat([stated, own[~own.index.isin(stated.index)]])


@dataclass(frozen=True, slots=True)
class CoverageResult:
    """All that a study finds on GP coverage.

    Parameters
    ----------
    demand, practices
        The two frames.
    serving
        Bool array of shape (practices,): those that serve on the day.
    covered
        Verdicts by demand point.
    gaps
        Kind → gap areas.
    shaken
        What the robustness runs found; None when they are off.
    by_municipality, by_cluster, by_practice_cluster
        Sums at three levels.
    dependence
        Practices by the people who depend on them alone.
    precision
        ``modelled`` when the demand, the practices or their capacity are, else that of the demand.
    average_patients
        People for each GP that serves, on average over the study; infinite without any GP.
    capacity_limit
        The least strict limit of patients per GP that holds anywhere; NaN where none does.
    findings
        What a reader should know.
    """

    demand: gpd.GeoDataFrame
    practices: gpd.GeoDataFrame
    serving: NDArray[np.bool_]
    covered: pd.DataFrame
    gaps: Mapping[str, GapTable]
    shaken: Shaken | None
    by_municipality: pd.DataFrame
    by_cluster: pd.DataFrame
    by_practice_cluster: pd.DataFrame
    dependence: pd.DataFrame
    precision: str
    average_patients: float
    capacity_limit: float
    findings: tuple[Finding, ...]

    def tables(self) -> dict[str, pd.DataFrame]:
        """Give the result tables as their contracts want them, by name."""
        gaps = pd.concat([self._sure(kind) for kind in self.gaps], ignore_index=True)
        ages = under_and_over(self.demand)
        precision = {"precision": self.precision}
        return {
            "demand": self.demand.assign(**ages),
            "practices": self.practices.assign(
                valid_from=self.practices["valid_from"].astype("datetime64[ms]"),
                valid_to=self.practices["valid_to"].astype("datetime64[ms]"),
                serves=self.serving,
            ),
            "gp_coverage": _with_all_rules(self.covered),
            "gp_gaps": gpd.GeoDataFrame(gaps, geometry="geometry", crs=self.demand.crs),
            "gp_coverage_by_municipality": self.by_municipality.assign(**precision),
            "gp_coverage_by_cluster": self.by_cluster.assign(**precision),
            "gp_coverage_by_practice_cluster": self.by_practice_cluster.assign(**precision),
            "gp_practice_dependence": self.dependence,
        }

    def _sure(self, kind: str) -> pd.DataFrame:
        table = self.gaps[kind].table
        ages = under_and_over(table)
        if self.shaken is None:
            blank = dict.fromkeys(("share_runs", "people_low", "people_high"), np.nan)
            runs = pd.array([pd.NA] * len(table), dtype="Int64")
            return pd.DataFrame(table.assign(**ages, **blank, runs=runs, certainty=None, depends_on=None))
        return pd.DataFrame(table.assign(**ages).merge(self.shaken.gaps[kind], on="gap_id", how="left"))


def run_coverage(
    router: Router,
    inputs: CoverageInputs,
    settings: CoverageSettings,
    on: dt.date,
    *,
    earlier: "Sequence[CoverageResult]" = (),
    lang: Language = "da",
    progress: Progress | None = None,
) -> CoverageResult:
    """Judge the rules, find and describe the gaps, shake them, and sum up.

    Parameters
    ----------
    router
        The travel-time engine.
    inputs
        Demand, practices and what they are described with.
    settings, on
        The rules and the day.
    earlier
        Results of earlier states of the study: the sums are compared with the first, and a gap that stood in
        one of them keeps its id (`pipeline.coverage.same_gaps`).
    lang
        Language of names in the tables.
    progress
        Is told what goes on.
    """
    demand, practices, around = inputs.demand, inputs.practices, inputs.around
    say = progress or (lambda _: None)
    say(msg("GP coverage: travel times from {count:n} {count:|point|points}", count=len(demand)))
    homes = inputs.homes or Homes.at(router, points_xy(demand.geometry), land=land_parts(around.areas))
    travel = CoverageTravel(router, demand, practices, settings, on, homes=homes)
    reach = travel.at()
    covered = coverage(demand, practices, reach, settings, on)
    judgement = Judgement(demand, practices, covered, settings, on)
    say(msg("GP coverage: gap areas"))
    nearby = Surroundings(
        around.areas,
        around.settlements,
        around.cluster_of,
        homes.ground,
        neighbours_of(demand, settings.gaps),
    )
    gaps = {
        kind: gap_table(judgement, nearby, kind=kind, site_times=travel.site_times(), lang=lang)
        for kind in KINDS
    }
    gaps = {
        kind: with_known_ids(
            State(found, demand["demand_id"]),
            demand["weight"].to_numpy(dtype=np.float64),
            [State(one.gaps[kind], one.demand["demand_id"]) for one in earlier],
        )
        for kind, found in gaps.items()
    }
    first = earlier[0] if earlier else None
    shaken = None
    if settings.robustness.runs > 0 or settings.robustness.speed_changes or settings.robustness.limit_changes:
        shaken = shake(
            demand, practices, settings, on, travel.at, gaps, workers=router.workers, progress=progress
        )
    municipal = by_municipality(covered, practices, inputs.municipalities, on)
    clustered = by_cluster(covered, practices, inputs.cluster_members, on)
    average, limit = capacity_figures(demand, practices, settings, on)
    findings = [
        *coverage_findings(covered, settings, on),
        *(capacity_findings(average, limit) if settings.capacity.enabled else ()),
    ]
    serving = supply_of(practices, on).serving
    origins = practices.loc[serving, ["precision", "capacity_precision"]]
    modelled = (demand["precision"] == "modelled").any() or (origins == "modelled").any(axis=None)
    return CoverageResult(
        demand=demand,
        practices=practices,
        serving=serving,
        covered=covered,
        gaps=gaps,
        shaken=shaken,
        by_municipality=with_change(
            municipal, first.by_municipality if first else None, ["municipality_code"]
        ),
        by_cluster=with_change(clustered, first.by_cluster if first else None, ["scheme", "cluster_id"]),
        by_practice_cluster=by_practice_cluster(
            covered, practices, inputs.cluster_names(), on, inputs.practice_cluster_of
        ),
        dependence=practice_dependence(demand, practices, reach, settings, on),
        precision="modelled" if modelled else str(demand["precision"].iloc[0]),
        average_patients=average,
        capacity_limit=limit,
        findings=tuple(findings),
    )


def inputs_of_study(
    settings: Settings,
    tables: Mapping[str, pd.DataFrame],
    areas: gpd.GeoDataFrame,
    cluster_members: pd.DataFrame,
    scheme: str,
    arcs: RoadArcs | None = None,
) -> tuple[CoverageInputs, list[Finding]]:
    """Read everything that GP coverage is found from.

    Parameters
    ----------
    settings
        The whole settings.
    tables
        Tables ``municipalities``, ``settlements``, ``gp_supply_region``, ``gp_supply_municipality`` and,
        where there is one, ``practice_clusters``.
    areas
        Municipality areas with ``name``, EPSG:25832.
    cluster_members
        Result frame of this name.
    scheme
        The scheme whose clusters gaps are told with.
    arcs
        Road arcs, for demand that is spread along roads.

    Raises
    ------
    InputError
        A file is missing or wrong, or a limit names a municipality that does not exist: all faults of it.
    """
    municipalities = tables["municipalities"]
    check_limits(settings.coverage, set(municipalities["municipality_code"]), source="[coverage]")
    demand, found = study_demand(settings.demand, tables, areas, arcs)
    practices, told = study_practices(settings.practices, tables, areas, demand, settings.study.as_of)
    members = cluster_members[cluster_members["scheme"] == scheme].sort_values("cluster_name")
    cluster_of = members.groupby("municipality_code")["cluster_name"].agg("; ".join)
    practice_cluster_of = practice_cluster_names = None
    if "practice_clusters" in tables:
        rows = tables["practice_clusters"]
        rows = rows[in_force(rows, settings.study.as_of)].drop_duplicates("practice_id")
        practice_cluster_of = rows.set_index("practice_id")["practice_cluster_id"]
        by_cluster_id = rows.drop_duplicates("practice_cluster_id").set_index("practice_cluster_id")
        practice_cluster_names = by_cluster_id["name"]
    around = Surroundings(areas, tables["settlements"], cluster_of)
    inputs = CoverageInputs(
        demand,
        practices,
        around,
        municipalities,
        cluster_members,
        practice_cluster_of,
        practice_cluster_names,
    )
    return inputs, [*found, *told]


def _with_all_rules(covered: pd.DataFrame) -> pd.DataFrame:
    """Add empty columns for rules that are off."""
    frame = covered.copy()
    for rule in RULES:
        if f"{rule}_broken" not in frame:
            frame[f"{rule}_broken"] = pd.array([pd.NA] * len(frame), dtype="boolean")
            frame[f"{rule}_measure"] = np.nan
            frame[f"{rule}_margin"] = np.nan
            frame[f"{rule}_status"] = None
    for name in ("gps_per_10000", "patients_per_gp"):
        if name not in frame:
            frame[name] = np.nan
    return frame
