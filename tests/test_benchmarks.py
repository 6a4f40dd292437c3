"""The benchmark's own arithmetic, and that peers and engine solve the same problem."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from maps.benchmarks import compare, exponent, run_alone
from pipeline.bench.peers import scipy_rows
from pipeline.bench.problem import Problem, make_problem
from pipeline.roads.generated import generated_roads
from pipeline.travel.network import build_network
from pipeline.travel.routing import Router
from pipeline.travel.snapping import at_nodes


def test_the_exponent_of_a_power_law_is_found() -> None:
    sizes = [1e3, 1e4, 1e5]
    assert exponent(sizes, [2 * size**1.2 for size in sizes]) == pytest.approx(1.2)


def test_engine_and_scipy_agree_on_the_saved_problem(tmp_path: Path) -> None:
    network = build_network(generated_roads(400, seed=3))
    make_problem(network).save(tmp_path / "problem.npz")
    problem = Problem.load(tmp_path / "problem.npz")
    start = network.graph.vertex_node
    ours = Router(network).matrix(
        at_nodes(start[problem.points]), at_nodes(start[problem.facilities]), direction="from"
    )
    rows = scipy_rows(problem)(problem.facilities)
    assert np.allclose(np.where(np.isnan(ours.value.T), np.inf, ours.value.T), rows, atol=0.01)


def test_a_peer_is_scaled_and_a_wrong_answer_shows() -> None:
    ours = {
        "facilities": 100,
        "points": 10,
        "stages": {"matrix": {"seconds": 0.5}},
        "first_rows": [[1.0, None, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0]],
    }
    peer = {"tool": "x", "rows": 2, "columns": 5, "prepare_s": 1.0, "solve_s": 3.0, "peak_mb": 10.0}
    good = compare(ours, {**peer, "first_row": [1.0, None, 3.0, 4.0, 5.0]})
    assert good["whole_s"] == pytest.approx(300.0)
    assert good["ratio"] == pytest.approx(600.0)
    assert good["largest_difference_s"] == 0.0
    wrong = compare(ours, {**peer, "first_row": [1.0, 2.0, 3.0, 4.0, 5.0]})
    assert wrong["largest_difference_s"] == float("inf")


def test_a_process_is_watched_by_itself() -> None:
    ran = run_alone([sys.executable, "-c", "import json; print(json.dumps([1, 2]))"])
    assert json.loads(ran.output) == [1, 2]
    assert ran.peak_mb > 1
