"""The section of the benchmark report on satellite functions."""

import json
import subprocess  # only this project's own modules are run
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from maps.bench.measuring import run_alone, versions

PEERS: Final = ("spopt", "PuLP")
LIMIT_MIN: Final = 15.0
SAME: Final = 1e-6


def measure_sites(folder: Path, say: Callable[[str], None]) -> list[str]:
    """Measure satellite functions on the network in `folder`, and other tools on the same problems.

    Parameters
    ----------
    folder
        Where the engine's measurement left its network.
    say
        Told each step.
    """
    say("satellite functions")
    try:
        ran = run_alone([sys.executable, "-m", "pipeline.bench.sites", str(folder)])
    except subprocess.CalledProcessError as error:
        words = (error.stderr or "").strip().splitlines() or [f"ended with code {error.returncode}"]
        return ["## Satellite functions", "", f"Not measured: {words[-1][:160]}", ""]
    ours: dict[str, Any] = json.loads(ran.output.strip().splitlines()[-1])
    found = []
    for problem in ours["peers"]:
        for tool in PEERS:
            say(f"peer: {tool}, {problem['points']:,} points")
            found.append(_peer(tool, folder, problem))
    return site_lines(ours, found)


def _peer(tool: str, folder: Path, problem: dict[str, Any]) -> dict[str, Any]:
    size = [str(problem[key]) for key in ("points", "sites", "most")]
    command = [sys.executable, "-m", "pipeline.bench.sites_peer", tool, str(folder / "sites.npz"), *size]
    try:
        ran = run_alone([*command, str(LIMIT_MIN)])
    except subprocess.CalledProcessError as error:
        words = (error.stderr or "").strip().splitlines() or [f"ended with code {error.returncode}"]
        return {"tool": tool, "problem": problem, "failed": words[-1][:120]}
    told: dict[str, Any] = json.loads(ran.output.strip().splitlines()[-1])
    return {**told, "problem": problem}


def site_lines(ours: dict[str, Any], peers: list[dict[str, Any]]) -> list[str]:
    """Write the section.

    Parameters
    ----------
    ours
        What ``pipeline.bench.sites`` printed.
    peers
        What ``pipeline.bench.sites_peer`` printed for each tool and problem.
    """
    points, many = ours["points"], ours["many_points"]
    words = {
        "matrix": f"travel times, {points:,} points × 560 places",
        "evaluate": f"evaluate 500 candidates × {ours['functions']} functions, {points:,} points",
        "stability": f"200 stability runs of all {ours['functions']} functions, travel times at five speeds",
        "max_cover": f"maximal coverage, 15 of 300 candidates, {many:,} points: {ours['max_cover']['label']}",
        "p_median": f"p-median, 10 of 300 candidates, {points:,} points: {ours['p_median']['label']} "
        f"({100 * ours['p_median']['gap']:.2f} % from the bound)",
    }
    rows = [
        f"| {text} | {ours['stages'][stage]['seconds']:.2f} | {ours['stages'][stage]['peak_mb']:,.0f} |"
        for stage, text in words.items()
    ]
    table = []
    for peer in peers:
        problem = peer["problem"]
        size = f"{problem['most']} of {problem['sites']}, {problem['points']:,} points"
        if "failed" in peer:
            table.append(f"| {size} | {peer['tool']} | | | not measured: {peer['failed']} |")
            continue
        own = ours["stages"][problem["stage"]]["seconds"]
        off = abs(peer["value"] - problem["value"]) / max(problem["value"], 1.0)
        same = "the same" if off <= SAME else f"**{off:.2g} off**"
        table.append(
            f"| {size} | {peer['tool']} | {peer['seconds']:.1f} | {peer['seconds'] / own:,.0f} | {same} |"
        )
    return [
        "## Satellite functions",
        "",
        "Points and candidates drawn on the network of the first section. Memory is the largest so far.",
        "",
        "| step | seconds | memory, MB |",
        "|---|---:|---:|",
        *rows,
        "",
        f"Maximal coverage within {LIMIT_MIN:g} minutes with other tools (CBC, one thread, each in a process",
        "of its own, building of the model included); *ratio* is their time over ours on the same problem.",
        "",
        "| problem | tool | seconds | ratio | value |",
        "|---|---|---:|---:|---|",
        *table,
        "",
        versions(["highspy", "spopt", "pulp"]) + ".",
        "",
    ]
