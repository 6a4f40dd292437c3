"""Time and memory of every stage of the engine, in a process of its own.

Run as ``python -m pipeline.bench.engine ROADS FOLDER``; ROADS is an OpenStreetMap extract or a number of
junctions to generate. Prints one JSON line.
"""

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import numpy as np

from pipeline.bench.problem import make_problem
from pipeline.roads.generated import generated_roads
from pipeline.roads.osm import read_osm
from pipeline.settings.roads import RoadSettings
from pipeline.travel.network import build_network
from pipeline.travel.network_files import cached_order, load_network, save_network
from pipeline.travel.routing import Router
from pipeline.travel.snapping import at_nodes

T = TypeVar("T")
REPEATS: Final = 3


def peak_mb() -> float:
    """Largest memory of this process so far, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


class Clock:
    """Notes the best time of each stage and the memory after it."""

    def __init__(self) -> None:
        self.stages: dict[str, dict[str, float]] = {}

    def time(self, stage: str, work: Callable[[], T], repeats: int = 1) -> T:
        """Do the work, several times where that is fair, and keep the best time."""
        best = float("inf")
        for _ in range(repeats):
            begin = time.perf_counter()
            result = work()
            best = min(best, time.perf_counter() - begin)
        self.stages[stage] = {"seconds": best, "peak_mb": peak_mb()}
        return result


def run(roads: str, folder: Path) -> dict[str, Any]:
    """Go through all stages once; leaves the problem for the peers in ``folder/problem.npz``."""
    clock = Clock()
    warm_up()
    if roads.isdigit():
        arcs = clock.time("generate", lambda: generated_roads(int(roads)))
    else:
        arcs = clock.time("read", lambda: read_osm(Path(roads), RoadSettings()))
    network = clock.time("network", lambda: build_network(arcs))
    file = folder / "network.npz"
    clock.time("save", lambda: save_network(network, file))
    network = clock.time("load", lambda: load_network(file), REPEATS)
    order = clock.time("order", lambda: cached_order(network, folder))
    router = clock.time("router", lambda: Router(network, order))
    clock.time("reweight", lambda: router.reweight(speed_factor=0.9), REPEATS)
    problem = make_problem(network)
    problem.save(folder / "problem.npz")
    start = network.graph.vertex_node
    facilities, points = at_nodes(start[problem.facilities]), at_nodes(start[problem.points])
    everywhere = at_nodes(np.arange(network.nodes))
    clock.time("nearest", lambda: router.nearest(everywhere, facilities), REPEATS)
    before = peak_mb()
    matrix = clock.time("matrix", lambda: router.matrix(points, facilities, direction="from"), REPEATS)
    extra = clock.stages["matrix"]["peak_mb"] - before - matrix.value.nbytes / 2**20
    return {
        "roads": Path(roads).name,
        "nodes": network.nodes,
        "arcs": len(problem.tail),
        "stages": clock.stages,
        "matrix_extra_mb": max(0.0, extra),
        "facilities": len(problem.facilities),
        "points": len(problem.points),
        "first_rows": [
            [None if not np.isfinite(x) else round(float(x), 4) for x in row]
            for row in matrix.value[:, : min(4, len(problem.facilities))].T
        ],
    }


def warm_up() -> None:
    """Compile every kernel on a toy, so that no stage pays for it."""
    router = Router(build_network(generated_roads(200)))
    places = at_nodes(np.arange(50))
    router.matrix(places, places)
    router.nearest(places, places)
    router.within(places, places, 60.0)
    router.reweight(speed_factor=0.9)


if __name__ == "__main__":
    print(json.dumps(run(sys.argv[1], Path(sys.argv[2]))))  # noqa: T201
