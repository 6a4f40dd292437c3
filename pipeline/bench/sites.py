"""Time and memory of satellite functions on a national network, in a process of its own.

Run as ``python -m pipeline.bench.sites FOLDER``, where `pipeline.bench.engine` left its network. Prints one
JSON line, and leaves ``sites.npz`` for `pipeline.bench.sites_peer`.
"""

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.bench.engine import Clock
from pipeline.crs import METRIC
from pipeline.location import choose_sites
from pipeline.location.siting import Answer
from pipeline.location.siting_input import siting_problem
from pipeline.settings.sites import SiteRules
from pipeline.sites.evaluation import evaluate_sites
from pipeline.sites.functions_file import load_functions
from pipeline.sites.inputs import SiteInputs, function_case
from pipeline.sites.rank_stability import rank_stability
from pipeline.travel.network import Network
from pipeline.travel.network_files import cached_order, load_network
from pipeline.travel.routing import Router
from pipeline.travel.snapping import at_nodes

POINTS: Final = 40_000
MANY_POINTS: Final = 100_000
CANDIDATES: Final = 500
FEWER: Final = 300
TODAY: Final = 60
RUNS: Final = 200
COVER_SITES: Final = 15
COVER_LIMIT_MIN: Final = 15.0
MEDIAN_SITES: Final = 10
MEDIAN_S: Final = 60.0
PEER_SIZES: Final = ((1_000, 30, 5), (4_000, 60, 8), (10_000, 100, 10))
"""Points, candidates and new sites of the problems that other tools solve too."""

BANDS: Final = {"people_0_17": 0.2, "people_18_64": 0.55, "people_65_plus": 0.25}


def run(folder: Path) -> dict[str, Any]:
    """Measure evaluation, choices and stability once."""
    clock = Clock()
    network = load_network(folder / "network.npz")
    router = Router(network, cached_order(network, folder))
    rng = np.random.default_rng(0)
    main = np.flatnonzero((network.node_landmass == 0) & network.node_usable)
    count = min(MANY_POINTS, len(main) // 2)
    homes = rng.choice(main, count, replace=False)
    places = rng.choice(main, TODAY + CANDIDATES, replace=False)
    points = min(POINTS, count)
    functions, rules = load_functions(), SiteRules.model_validate({"stability": {"runs": RUNS}})
    minutes = clock.time("matrix", lambda: _minutes(router, homes[:points], places))
    inputs = _inputs(network, homes[:points], places, minutes, rng)
    evaluate_sites(_few(inputs), functions, rules)
    evaluation = clock.time("evaluate", lambda: evaluate_sites(inputs, functions, rules))

    def stability() -> None:
        speeds = {}
        for change in rules.stability.speed_changes:
            if change != 0:
                other = _minutes(router.at_speed(1 + change), homes[:points], places)
                speeds[change] = replace(inputs, today_min=other[:, :TODAY], site_min=other[:, TODAY:])
        for function in functions:
            case = function_case(inputs, function, functions)
            rows = evaluation.table[evaluation.table["function_id"] == function.id]
            at_speed = {change: case.at_times(each) for change, each in speeds.items()}
            rank_stability(case, rows, functions, rules, at_speed=at_speed)

    clock.time("stability", stability)
    people = rng.gamma(2.0, 30.0, count)
    many = _minutes(router, homes, places[TODAY : TODAY + FEWER])
    wide = siting_problem(many, people)
    cover = clock.time(
        "max_cover", lambda: choose_sites(wide, "max_cover", COVER_SITES, limit_min=COVER_LIMIT_MIN)
    )
    narrow = siting_problem(many[:points], people[:points])
    median = clock.time(
        "p_median", lambda: choose_sites(narrow, "p_median", MEDIAN_SITES, time_limit_s=MEDIAN_S)
    )
    peers = [_with_peers(clock, many, people, size) for size in PEER_SIZES]
    np.savez(folder / "sites.npz", minutes=many, people=people)
    return {
        "points": points,
        "many_points": count,
        "functions": len(functions.ids),
        "stages": clock.stages,
        "max_cover": _told(cover),
        "p_median": _told(median),
        "peers": peers,
    }


def _minutes(router: Router, homes: NDArray[np.int64], places: NDArray[np.int64]) -> NDArray[np.float32]:
    seconds = router.matrix(at_nodes(homes), at_nodes(places)).value
    return np.asarray(seconds / np.float32(60), dtype=np.float32)


def _inputs(
    network: Network,
    homes: NDArray[np.int64],
    places: NDArray[np.int64],
    minutes: NDArray[np.float32],
    rng: np.random.Generator,
) -> SiteInputs:
    people = rng.gamma(2.0, 73.0, len(homes))
    demand = pd.DataFrame(
        {"weight": people, **{band: people * share for band, share in BANDS.items()}},
        index=[f"d{at}" for at in range(len(homes))],
    )
    demand["municipality_code"] = [f"{at:04d}" for at in rng.integers(0, 98, len(homes))]
    points = gpd.points_from_xy(*network.arcs.node_xy[places].T, crs=METRIC)
    names = [f"s{at}" for at in range(len(places))]
    supply = gpd.GeoDataFrame(
        {"supply_id": names[:TODAY], "name": names[:TODAY]}, geometry=points[:TODAY], crs=METRIC
    )
    functions = load_functions()
    pairs = [(f.id, name) for f in functions for name in names[:TODAY] if rng.random() < 0.7]
    sites = gpd.GeoDataFrame(
        {
            "site_id": names[TODAY:],
            "name": names[TODAY:],
            "kind": "town",
            "host": rng.choice(["health_house", "town", "gp_house"], CANDIDATES),
            "function_id": None,
            "municipality_code": "0101",
            "capacity": np.nan,
            "cost_mio_dkk": np.nan,
        },
        geometry=points[TODAY:],
        crs=METRIC,
    )
    return SiteInputs(
        demand=demand,
        supply=supply,
        supply_pairs=pd.DataFrame(pairs, columns=["function_id", "supply_id"]),
        today_min=np.ascontiguousarray(minutes[:, :TODAY]),
        sites=sites,
        site_min=np.ascontiguousarray(minutes[:, TODAY:]),
    )


def _few(inputs: SiteInputs) -> SiteInputs:
    """Take a part that compiles every kernel before the clock starts."""
    return replace(
        inputs,
        demand=inputs.demand.iloc[:50],
        today_min=inputs.today_min[:50],
        site_min=inputs.site_min[:50],
    )


def _with_peers(
    clock: Clock, minutes: NDArray[np.float32], people: NDArray[np.float64], size: tuple[int, int, int]
) -> dict[str, Any]:
    points, sites, most = size
    problem = siting_problem(minutes[:points, :sites], people[:points])
    name = f"peer {points} {sites} {most}"
    answer = clock.time(name, lambda: choose_sites(problem, "max_cover", most, limit_min=COVER_LIMIT_MIN))
    return {"points": points, "sites": sites, "most": most, "stage": name, "value": answer.value}


def _told(answer: Answer) -> dict[str, Any]:
    return {"label": str(answer.label), "gap": answer.gap}


if __name__ == "__main__":
    print(json.dumps(run(Path(sys.argv[1]))))  # noqa: T201
