"""Measure what helpers gain and cost on this machine.

Run as ``python -m maps.bench.helpers``; prints one row a way of working: seconds, the best of some
repeats. The first repeat also loads libraries and compiled loops, so there are at least two.
"""

import json
import logging
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

import numpy as np

from maps.figures import DRAWING
from maps.figures.figure_pool import FigurePool
from maps.figures.figure_set import draw_cluster_figures, draw_national_figures
from pipeline.bench.engine import warm_up
from pipeline.coverage.robustness import shake
from pipeline.coverage.travel import CoverageTravel
from pipeline.roads.generated import generated_roads
from pipeline.settings import PROJECT
from pipeline.settings.file import load_settings
from pipeline.study import run_study
from pipeline.study_inputs import read_inputs
from pipeline.study_result import StudyResult
from pipeline.travel.network import build_network
from pipeline.travel.routing import Router
from pipeline.travel.snapping import at_nodes
from pipeline.workers import SERIAL, Workers
from pipeline.workers.cluster import ClusterWorkers
from pipeline.workers.local import LocalWorkers

JUNCTIONS: Final = 100_000
POINTS: Final = 20_000
FACILITIES: Final = 1_650
CUTOFF_S: Final = 1_800.0
LEAST: Final = 2
LONG_S: Final = 10.0
"""Repeats of what takes long; what does not is repeated twice as often."""
BIN: Final = Path(sys.executable).parent


@contextmanager
def cluster(workers: int) -> Iterator[ClusterWorkers]:
    """Run a scheduler and workers of this machine."""
    quiet = {**os.environ, "DASK_LOGGING__DISTRIBUTED": "error"}
    with tempfile.TemporaryDirectory() as folder, ExitStack() as begun:
        told = Path(folder) / "scheduler.json"
        here = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(told)]
        commands = [[str(BIN / "dask"), "scheduler", *here]]

        def begin(command: list[str]) -> None:
            process = subprocess.Popen(command, env=quiet, stdout=subprocess.DEVNULL)  # noqa: S603  our own
            begun.callback(process.wait)
            begun.callback(process.terminate)

        begin(commands[0])
        while not (told.exists() and told.read_text()):
            time.sleep(0.1)
        address = json.loads(told.read_text())["address"]
        options = ["--scheduler", address, "--processes", str(workers)]
        begin([str(BIN / "klyngekort"), "worker", *options])
        while True:
            with ClusterWorkers(address) as helpers:
                if helpers.count == workers:
                    yield helpers
                    return
            time.sleep(0.5)


def best(work: Callable[[], object]) -> float:
    """Seconds of the quickest of some repeats."""
    times: list[float] = []
    while len(times) < LEAST or (len(times) < 2 * LEAST and max(times[1:]) < LONG_S):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def tasks(study: StudyResult, alone: Router) -> dict[str, Callable[[Workers], object]]:
    """Name what is measured: each is given its helpers."""
    rng = np.random.default_rng(0)
    drawn = rng.choice(alone.network.nodes, POINTS + FACILITIES, replace=False)
    points, facilities = at_nodes(drawn[:POINTS]), at_nodes(drawn[POINTS:])
    gp = study.coverage
    if gp is None:
        raise ValueError("the study judges no GP coverage")
    rules, day = study.settings.coverage, study.settings.study.as_of
    travel = CoverageTravel(study.router, gp.demand, gp.practices, rules, day)

    def router(helpers: Workers) -> Router:
        return Router(alone.network, shared=alone.shared, workers=helpers)

    def figures(helpers: Workers) -> object:
        with tempfile.TemporaryDirectory() as folder:
            pool = FigurePool(helpers)
            draw_cluster_figures(study, Path(folder), pool=pool)
            return draw_national_figures(study, Path(folder), pool=pool)

    return {
        "all travel times": lambda helpers: router(helpers).matrix(points, facilities),
        "pairs within 30 min": lambda helpers: router(helpers).within(points, facilities, CUTOFF_S),
        "test runs of gaps": lambda helpers: shake(
            gp.demand, gp.practices, rules, day, travel.at, gp.gaps, workers=helpers
        ),
        "figures": figures,
    }


def main() -> None:
    """Measure every way of working on every task."""
    logging.disable(logging.WARNING)
    warm_up()
    network = build_network(generated_roads(JUNCTIONS, seed=1))
    settings = load_settings(PROJECT / "config" / "denmark.toml")
    study = run_study(settings, read_inputs(settings), sites=False)
    todo = tasks(study, Router(network))
    sys.stdout.write("| who | " + " | ".join(todo) + " |\n|---|" + "---:|" * len(todo) + "\n")

    def row(name: str, helpers: Workers) -> None:
        told = " | ".join(f"{best(lambda work=work: work(helpers)):.2f}" for work in todo.values())  # type: ignore[misc]
        sys.stdout.write(f"| {name} | {told} |\n")
        sys.stdout.flush()

    usable = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(usable)})
    row("one process, one core", SERIAL)
    os.sched_setaffinity(0, usable)
    row(f"one process, {len(usable)} cores", SERIAL)
    for count in (1, 2):
        with LocalWorkers(count, preload=DRAWING, elsewhere=True) as processes:
            row(f"{count} local processes", processes)
    for count in (1, 2):
        with cluster(count) as helpers:
            row(f"{count} Dask workers", helpers)


if __name__ == "__main__":
    main()
