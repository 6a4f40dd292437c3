"""The benchmark's own arithmetic, and that peers and engine solve the same problem."""

import json
import os
import subprocess
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pytest

from maps.bench.engine import compare, exponent
from maps.bench.gp import STAGES, gp_lines
from maps.bench.measuring import run_alone
from maps.bench.pages import Run, Weighed, family_mb, page_lines, weigh_pages
from maps.bench.sites import site_lines
from pipeline.bench import fca_peer
from pipeline.bench.peers import scipy_rows
from pipeline.bench.problem import Problem, make_problem
from pipeline.bench.sites_peer import TOOLS
from pipeline.coverage.floating_catchment import floating_catchment
from pipeline.coverage.reach import Pairs
from pipeline.location import choose_sites
from pipeline.location.siting_input import siting_problem
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


def test_pysal_shares_gps_out_as_the_coverage_does_and_a_wrong_figure_shows(tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    minutes = np.round(rng.uniform(0, 45, (12, 5)), 1)
    minutes[0] = 99  # a point that reaches nobody
    people, gps = rng.integers(1, 3000, 12).astype(float), rng.integers(1, 5, 5).astype(float)
    pairs = Pairs.from_dense(minutes * 60, most=30 * 60)
    np.savez(
        tmp_path / "fca.npz",
        point=pairs.point,
        practice=pairs.practice,
        minutes=pairs.value / np.float32(60),
        people=people,
        gps=gps,
        most=np.float64(30),
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        peer = fca_peer.run(tmp_path / "fca.npz", 12)
    first = {
        method: floating_catchment(
            pairs, people, gps, method=method, decay="step", catchment_s=1800
        ).per_person.tolist()
        for method in ("2sfca", "e2sfca")
    }
    stages = {name: {"seconds": 1.0, "peak_mb": 1.0} for name in (*STAGES, *first)}
    told = {"roads": "toy", "points": 12, "practices": 5, "pairs": 60, "runs": 1, "gaps": {"access": 1}}
    lines = gp_lines({**told, "stages": stages, "first": first}, peer)
    assert not [line for line in lines if "**" in line], "all figures agree"
    assert peer["first"]["2sfca"][0] == first["2sfca"][0] == 0
    wrong = {**first, "2sfca": [2 * value for value in first["2sfca"]]}
    assert [line for line in gp_lines({**told, "stages": stages, "first": wrong}, peer) if "**" in line]
    assert "not measured (no module)" in "\n".join(
        gp_lines({**told, "stages": stages, "first": first}, {"failed": "no module"})
    )


@pytest.mark.filterwarnings("ignore:.*PuLP 4.*:DeprecationWarning")
def test_other_tools_find_the_same_coverage_and_the_section_tells_it() -> None:
    rng = np.random.default_rng(1)
    homes, places = rng.uniform(0, 60, (80, 2)), rng.uniform(0, 60, (9, 2))
    minutes = np.hypot(*(homes[:, None] - places[None]).transpose(2, 0, 1)).astype(np.float32)
    people = rng.integers(1, 50, 80).astype(float)
    ours = choose_sites(siting_problem(minutes, people), "max_cover", 3, limit_min=15).value
    found = {name: solve(minutes.astype(float), people, 3, 15.0) for name, solve in TOOLS.items()}
    assert found == pytest.approx(dict.fromkeys(TOOLS, ours))
    problem = {"points": 80, "sites": 9, "most": 3, "stage": "peer", "value": ours}
    stage = {"seconds": 0.5, "peak_mb": 300.0}
    told = {
        "points": 80,
        "many_points": 80,
        "functions": 10,
        "stages": dict.fromkeys(("matrix", "evaluate", "stability", "max_cover", "p_median", "peer"), stage),
        "max_cover": {"label": "optimal", "gap": 0.0},
        "p_median": {"label": "gap 1 %", "gap": 0.01},
    }
    peers = [
        {"tool": "spopt", "seconds": 5.0, "value": ours, "problem": problem},
        {"tool": "PuLP", "failed": "killed", "problem": problem},
    ]
    text = "\n".join(site_lines(told, peers))
    assert "| 3 of 9, 80 points | spopt | 5.0 | 10 | the same |" in text
    assert "not measured: killed" in text


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="memory is read from Linux's /proc")
def test_memory_counts_a_process_and_what_it_began() -> None:
    alone = family_mb(os.getpid())
    assert alone > 10
    with subprocess.Popen(
        [sys.executable, "-c", "x = b'1' * 60_000_000; input()"], stdin=subprocess.PIPE
    ) as child:
        for _ in range(100):
            if family_mb(child.pid) > 60:
                break
            time.sleep(0.1)
        assert family_mb(os.getpid()) >= alone + 50
        child.communicate(b"\n")


def test_pages_are_weighed_and_written_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("maps.bench.pages.BROWSERS", ())
    (tmp_path / "index.html").write_bytes(b"x" * 2**20)
    pages = weigh_pages(tmp_path)
    assert pages == [Weighed(f"{tmp_path.name}/index.html", 1.0, None)]
    told = "\n".join(
        page_lines([Run("bundled data", 30.04, 1234.0, tmp_path)], [*pages, Weighed("b", 2.0, 0.5)])
    )
    assert "| bundled data | 30.0 | 1,234 |" in told
    assert "index.html | 1.0 | – |" in told
    assert "| b | 2.0 | 0.50 |" in told
