"""The engine of travel times beside other tools, and how its times grow with the network."""

import json
import subprocess  # only this project's own modules and command are run
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from maps.bench.measuring import run_alone, versions

JUNCTIONS: Final = 460_000
"""Size of the generated network that stands in where no national extract is given."""

GROWTH: Final = (0.25, 0.5, 1.0, 2.0, 4.0)
ROWS: Final = {
    "scipy": 12,
    "igraph": 12,
    "routingkit-cch": 60,
    "networkx": 2,
    "pandana": 2,
    "osmnx": 1,
}
"""Rows that each tool finds; more than that is scaled, since some would need hours."""

GROWING: Final = ("network", "load", "order", "router", "reweight", "nearest", "matrix")
LARGEST_DIFFERENCE_S: Final = 0.01


def engine_lines(
    extract: Path | None, folder: Path, say: Callable[[str], None], *, growth: bool
) -> list[str]:
    """Measure the engine and its peers, and write it down.

    Parameters
    ----------
    extract
        A national OpenStreetMap extract; left out, a generated network of like size is used.
    folder
        Takes the problem that all solve.
    say
        Told each step.
    growth
        Measure networks from a quarter to four times the size too.
    """
    roads = str(extract) if extract else str(JUNCTIONS)
    say(f"engine: {Path(roads).name}")
    ours = measure_engine(roads, folder)
    peers = []
    for tool in ROWS:
        say(f"peer: {tool}")
        found = measure_peer(tool, folder)
        peers.append(found if "failed" in found else compare(ours, found))
    sizes = []
    for part in GROWTH if growth else ():
        say(f"growth: {part:g} ×")
        (folder / f"g{part}").mkdir()
        sizes.append(measure_engine(str(round(JUNCTIONS * part)), folder / f"g{part}"))
    return [*_engine_lines(ours), *_peer_lines(ours, peers), *(_growth_lines(sizes) if sizes else [])]


def measure_engine(roads: str, folder: Path) -> dict[str, Any]:
    """Measure every stage of the engine on one network."""
    ran = run_alone([sys.executable, "-m", "pipeline.bench.engine", roads, str(folder)])
    found: dict[str, Any] = json.loads(ran.output.strip().splitlines()[-1])
    return found


def measure_peer(tool: str, folder: Path) -> dict[str, Any]:
    """Let another tool solve the problem that `measure_engine` left; tells why where it cannot."""
    try:
        ran = run_alone(
            [sys.executable, "-m", "pipeline.bench.peers", tool, str(folder / "problem.npz"), str(ROWS[tool])]
        )
    except subprocess.CalledProcessError as error:
        words = (error.stderr or "").strip().splitlines() or [f"ended with code {error.returncode}"]
        return {"tool": tool, "failed": words[-1][:120]}
    found: dict[str, Any] = json.loads(ran.output.strip().splitlines()[-1])
    return found


def compare(ours: dict[str, Any], peer: dict[str, Any]) -> dict[str, Any]:
    """Check a peer's answers against ours and scale its time to the whole matrix."""
    mine = np.array(
        [np.nan if x is None else x for x in ours["first_rows"][0]][: peer["columns"]], dtype=float
    )
    theirs = np.array([np.nan if x is None else x for x in peer["first_row"]], dtype=float)
    same_missing = bool(np.array_equal(np.isnan(mine), np.isnan(theirs)))
    difference = float(np.nanmax(np.abs(mine - theirs))) if same_missing else float("inf")
    whole = peer["solve_s"] / peer["rows"] * ours["facilities"] / peer["columns"] * ours["points"]
    return {
        **{key: peer[key] for key in ("tool", "rows", "columns", "prepare_s", "solve_s", "peak_mb")},
        "whole_s": whole,
        "ratio": whole / ours["stages"]["matrix"]["seconds"],
        "largest_difference_s": difference,
    }


def exponent(sizes: Sequence[float], seconds: Sequence[float]) -> float:
    """Slope of log(time) against log(size)."""
    return float(np.polyfit(np.log(sizes), np.log(np.maximum(seconds, 1e-4)), 1)[0])


def _engine_lines(ours: dict[str, Any]) -> list[str]:
    words = {
        "read": "extract read",
        "generate": "network generated",
        "network": "components, landmasses, what points may snap to",
        "save": "network written to the cache",
        "load": "network from the cache",
        "order": "order of the hierarchy (once per network)",
        "router": "hierarchy completed and weighted",
        "reweight": "reweight: all speeds changed",
        "nearest": f"nearest of {ours['facilities']:,} facilities for every junction",
        "matrix": f"matrix {ours['facilities']:,} × {ours['points']:,}",
    }
    rows = [
        f"| {words[stage]} | {told['seconds']:.2f} | {told['peak_mb']:,.0f} |"
        for stage, told in ours["stages"].items()
    ]
    return [
        f"## Engine on {ours['roads']}",
        "",
        f"{ours['nodes']:,} junctions, {ours['arcs']:,} directed arcs. Memory is the largest so far.",
        "Kernels are compiled before the clock starts.",
        "",
        "| stage | seconds | memory, MB |",
        "|---|---:|---:|",
        *rows,
        "",
        f"Memory of the matrix beyond its result: {ours['matrix_extra_mb']:,.0f} MB.",
        "",
    ]


def _peer_lines(ours: dict[str, Any], peers: Sequence[dict[str, Any]]) -> list[str]:
    own = ours["stages"]["matrix"]
    rows = [f"| **klyngekort** | all | | {own['seconds']:.2f} | 1 | {own['peak_mb']:,.0f} | |"]
    for peer in sorted(peers, key=lambda peer: peer.get("ratio", float("inf"))):
        if "failed" in peer:
            rows.append(f"| {peer['tool']} | – | | | | | not measured: {peer['failed']} |")
            continue
        answer = peer["largest_difference_s"]
        told = f"{answer:.3f} s" if answer <= LARGEST_DIFFERENCE_S else f"**{answer:.3f} s**"
        rows.append(
            f"| {peer['tool']} | {peer['rows']} × {peer['columns']:,} | {peer['prepare_s']:.1f} "
            f"| {peer['whole_s']:,.0f} | {peer['ratio']:,.0f} | {peer['peak_mb']:,.0f} | {told} |"
        )
    return [
        "## The same matrix with other tools",
        "",
        f"Times from {ours['facilities']:,} facilities to {ours['points']:,} points on the same graph,",
        "each tool in a process of its own with all cores it can use. Tools that would need hours found",
        "the part named and are scaled to the whole. *Prepare* is building the tool's own graph;",
        "*difference* is the largest against our times in the first row.",
        "",
        "| tool | found | prepare, s | whole matrix, s | ratio | memory, MB | difference |",
        "|---|---:|---:|---:|---:|---:|---:|",
        *rows,
        "",
        versions([*ROWS]) + ".",
        "",
    ]


def _growth_lines(sizes: Sequence[dict[str, Any]]) -> list[str]:
    arcs = [found["arcs"] for found in sizes]
    head = " | ".join(f"{count:,}" for count in arcs)
    rows = []
    for stage in GROWING:
        seconds = [found["stages"][stage]["seconds"] for found in sizes]
        told = " | ".join(f"{value:.2f}" for value in seconds)
        rows.append(f"| {stage} | {told} | {exponent(arcs, seconds):.2f} |")
    return [
        "## Growth",
        "",
        "Generated networks, seconds by number of directed arcs, and the exponent of time against arcs.",
        "",
        f"| stage | {head} | exponent |",
        "|---|" + "---:|" * (len(arcs) + 1),
        *rows,
        "",
    ]
