"""Time and memory of GP coverage for a whole study, in a process of its own.

Run as ``python -m pipeline.bench.gp_coverage CONFIG FOLDER``; CONFIG is a study's settings file. Prints one
JSON line and leaves ``fca.npz`` in FOLDER, the problem that other tools share GPs out on.
"""

import json
import sys
from pathlib import Path
from typing import Any, Final

import numpy as np

from pipeline.bench.engine import Clock, warm_up
from pipeline.coverage import coverage, points_xy, supply_of
from pipeline.coverage.floating_catchment import floating_catchment
from pipeline.coverage.robustness import shake
from pipeline.coverage.study import inputs_of_study, run_coverage
from pipeline.coverage.travel import CoverageTravel
from pipeline.settings.file import load_settings
from pipeline.study_clusters import members_of_study
from pipeline.study_inputs import read_inputs
from pipeline.travel.homes import Homes, Joining
from pipeline.travel.land import land_parts
from pipeline.travel.road_source import study_router

RUNS: Final = 100
FCA: Final = ("2sfca", "e2sfca")
SHOWN: Final = 2_000
"""Points whose result is handed on for comparison."""


def run(config: Path, folder: Path) -> dict[str, Any]:
    """Go through all stages once."""
    warm_up()
    clock = Clock()
    settings = load_settings(config)
    inputs = read_inputs(settings)
    areas, on = inputs.areas.frame, settings.study.as_of
    view, members = members_of_study(settings, inputs)
    digest = next((file.sha256 for file in inputs.files if file.name == "roads"), "")
    router = clock.time("network", lambda: study_router(settings.roads, inputs.tables, areas, digest=digest))
    shown = str(view.loc[view["shown"], "scheme"].iloc[0])
    frames, _ = clock.time(
        "frames",
        lambda: inputs_of_study(settings, inputs.tables, areas, members, shown, router.network.arcs),
    )
    demand, practices = frames.demand, frames.practices
    rules = settings.coverage.model_copy(
        update={"robustness": settings.coverage.robustness.model_copy(update={"runs": RUNS})}
    )
    still = {"runs": 0, "speed_changes": (), "limit_changes": ()}
    calm = rules.model_copy(update={"robustness": rules.robustness.model_copy(update=still)})
    joining = Joining(settings.roads.longest_access_m, settings.roads.access_kmh)
    homes = clock.time(
        "homes", lambda: Homes.at(router, points_xy(demand.geometry), joining, land_parts(areas))
    )
    travel = CoverageTravel(router, demand, practices, rules, on, homes=homes)
    reach = clock.time("travel", travel.at)
    clock.time("verdicts", lambda: coverage(demand, practices, reach, rules, on))
    found = clock.time("study", lambda: run_coverage(router, frames, calm, on))
    shaken = clock.time("runs", lambda: shake(demand, practices, rules, on, travel.at, found.gaps))
    people = demand["weight"].to_numpy(dtype=np.float64)
    supply = supply_of(practices, on)
    gps = np.where(supply.serving, supply.capacity, 0.0)
    minutes = rules.capacity.catchment_min
    np.savez(
        folder / "fca.npz",
        point=reach.time.point,
        practice=reach.time.practice,
        minutes=reach.time.value / np.float32(60),
        people=people,
        gps=gps,
        most=np.float64(minutes),
    )
    shares = {}
    for method in FCA:
        shares[method] = clock.time(
            method,
            lambda method=method: (
                floating_catchment(  # type: ignore[misc]
                    reach.time, people, gps, method=method, decay="step", catchment_s=minutes * 60
                ).per_person
            ),
        )
    return {
        "study": settings.study.name,
        "roads": Path(settings.roads.file).name,
        "points": len(demand),
        "practices": len(practices),
        "pairs": len(reach.time.value),
        "gaps": {kind: len(gaps.table) for kind, gaps in found.gaps.items()},
        "runs": len(shaken.runs),
        "stages": clock.stages,
        "first": {name: values[:SHOWN].tolist() for name, values in shares.items()},
    }


if __name__ == "__main__":
    print(json.dumps(run(Path(sys.argv[1]), Path(sys.argv[2]))))  # noqa: T201
