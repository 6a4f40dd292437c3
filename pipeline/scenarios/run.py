"""Run scenarios beside today: what does not change is taken over, not computed again."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import geopandas as gpd
import pandas as pd

from pipeline.scenarios import Scenario
from pipeline.scenarios.apply import apply_scenario
from pipeline.scenarios.file import road_state
from pipeline.settings import BUNDLED, Settings
from pipeline.sites.functions_file import FUNCTIONS_FILE, load_functions
from pipeline.study import Ground, Known, find_results, lay_ground, practice_clusters_of_study
from pipeline.study_clusters import cluster_study, with_places
from pipeline.study_inputs import Inputs
from pipeline.study_result import ClusterStudy, StudyResult
from pipeline.travel.new_links import LinkError
from pipeline.workers import SERIAL, Workers

TODAY = "today"
"""Name of the state that scenarios are held against."""


@dataclass(frozen=True, slots=True)
class ScenarioRun:
    """One scenario, and what a study finds under it.

    Parameters
    ----------
    scenario
        What changes.
    ground
        What the findings rest on.
    result
        What is found; the parts that cannot differ are today's own objects.
    """

    scenario: Scenario
    ground: Ground
    result: StudyResult


@dataclass(frozen=True, slots=True)
class ScenarioStudy:
    """Today and one or more scenarios.

    Parameters
    ----------
    today
        What the study finds without any change.
    runs
        The scenarios in their order.
    """

    today: StudyResult
    runs: tuple[ScenarioRun, ...]


def without_draws(settings: Settings) -> Settings:
    """Leave out sensitivity runs: states are compared by what they find, not by how sure it is."""
    shaken = settings.coverage.robustness.model_copy(
        update={"runs": 0, "speed_changes": (), "limit_changes": ()}
    )
    stability = settings.sites.stability.model_copy(update={"runs": 0})
    return settings.model_copy(
        update={
            "coverage": settings.coverage.model_copy(update={"robustness": shaken}),
            "sites": settings.sites.model_copy(update={"stability": stability}),
        }
    )


def run_scenarios(
    settings: Settings,
    inputs: Inputs,
    scenarios: Sequence[tuple[Scenario, Path]],
    *,
    workers: Workers = SERIAL,
    gaps: bool = True,
    sites: bool = True,
    progress: Callable[[str], None] = lambda _: None,
) -> ScenarioStudy:
    """Find today's results and those of each scenario.

    Parameters
    ----------
    settings, inputs
        The study.
    scenarios
        Scenarios and the files that they stand in, for messages.
    workers
        Who helps; the results do not depend on it.
    gaps, sites
        Compare GP coverage and satellite functions too.
    progress
        Called with the name of each step as it begins.

    Raises
    ------
    SettingsError
        A scenario names what is not there: every fault of a scenario at once.
    LinkError
        A link to close is unknown, or a new one touches no road.
    """
    plain = without_draws(settings)
    ground = lay_ground(plain, inputs, workers=workers, progress=progress)
    changed = [change_ground(ground, plain, inputs, scenario, str(path)) for scenario, path in scenarios]
    today = find_results(plain, inputs, ground, gaps=gaps, sites=sites, progress=progress)
    runs: list[ScenarioRun] = []
    for (scenario, _), other in zip(scenarios, changed, strict=True):
        progress("scenario")
        known = Known(ground, today, tuple(run.result for run in runs))
        result = find_results(plain, inputs, other, gaps=gaps, sites=sites, known=known, progress=progress)
        runs.append(ScenarioRun(scenario, other, result))
    return ScenarioStudy(today, tuple(runs))


def change_ground(
    ground: Ground, settings: Settings, inputs: Inputs, scenario: Scenario, source: str
) -> Ground:
    """Put a scenario into effect on what a study's findings rest on.

    Raises
    ------
    SettingsError
        Places, functions, practices or municipalities that are not there: every fault at once.
    LinkError
        A link to close is unknown, or a new one touches no road.
    """
    file = settings.sites.functions
    functions = load_functions(FUNCTIONS_FILE if file == BUNDLED else Path(file))
    before = {
        "facilities": ground.base.facilities,
        "house_functions": ground.house_functions,
        "functions": inputs.tables["functions"],
        "practices": ground.gp.practices,
        "demand": ground.gp.demand,
        "towns": ground.municipalities,
        "municipalities": inputs.areas.frame,
    }
    after = apply_scenario(scenario, before, functions, source=source)
    base, practice_clusters, gp = ground.base, ground.practice_clusters, ground.gp
    towns = after["towns"]
    if towns is not before["towns"]:
        grown = replace(inputs, tables={**inputs.tables, "municipalities": towns})
        base = cluster_study(settings, grown)
        practice_clusters = practice_clusters_of_study(settings, grown)
        gp = replace(gp, municipalities=towns, cluster_members=base.cluster_members)
    if after["practices"] is not before["practices"] or after["demand"] is not before["demand"]:
        demand, practices = (gpd.GeoDataFrame(after[name]) for name in ("demand", "practices"))
        gp = replace(gp, demand=demand, practices=practices)
    router = ground.router
    if scenario.changes_roads:
        try:
            router = router.reweight(road_state(scenario))
        except LinkError as error:
            raise LinkError([replace(fault, source=source) for fault in error.faults]) from error
    if after["facilities"] is not before["facilities"]:
        facilities = gpd.GeoDataFrame(after["facilities"])
        base = with_places(base, facilities, _roles(base, facilities), inputs.tables["hospital_clusters"])
    return replace(
        ground,
        base=base,
        municipalities=towns,
        house_functions=after["house_functions"],
        practice_clusters=practice_clusters,
        router=router,
        gp=gp,
    )


def _roles(base: ClusterStudy, facilities: gpd.GeoDataFrame) -> pd.DataFrame:
    """Give places that opened, closed or changed their new role on every scheme's day."""
    now = facilities.set_index("facility_id")["role"]
    before = base.facilities.set_index("facility_id")["role"].reindex(now.index)
    moved = now[before.isna() | (now != before)]
    if moved.empty:
        return base.facility_roles
    kept = base.facility_roles[~base.facility_roles["facility_id"].isin(moved.index)]
    new = [
        pd.DataFrame({"scheme": scheme, "facility_id": moved.index, "role": moved.to_numpy()})
        for scheme in base.schemes["scheme"]
    ]
    return pd.concat([kept, *new], ignore_index=True)
