"""The section of the benchmark report on GP coverage."""

import json
import subprocess  # only this project's own modules are run
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np

from maps.bench.measuring import run_alone, versions

LARGEST_RELATIVE: Final = 1e-5
"""Results that differ by more are told in bold; times are kept in float32."""

STAGES: Final = {
    "network": "network read, ready for travel times",
    "frames": "people spread over dwellings, practices read",
    "homes": "points joined to the roads",
    "travel": "times, road and straight distances up to every limit",
    "verdicts": "all six rules for every point",
    "study": "the whole study without test runs: travel, rules, gap areas, what would close them, sums",
    "runs": "test runs under other speeds, limits, people and closings",
}


def measure_gp(config: Path, folder: Path, say: Callable[[str], None]) -> list[str]:
    """Measure GP coverage of a study and PySAL `access` on the same pairs; gives the section's lines.

    Parameters
    ----------
    config
        The study's settings.
    folder
        For files between the processes.
    say
        Told each step.
    """
    say(f"GP coverage: {config.name}")
    ran = run_alone([sys.executable, "-m", "pipeline.bench.gp_coverage", str(config), str(folder)])
    ours: dict[str, Any] = json.loads(ran.output.strip().splitlines()[-1])
    count = len(ours["first"]["2sfca"])
    say("peer: access")
    try:
        ran = run_alone(
            [sys.executable, "-m", "pipeline.bench.fca_peer", str(folder / "fca.npz"), str(count)]
        )
    except subprocess.CalledProcessError as error:
        words = (error.stderr or "").strip().splitlines() or [f"ended with code {error.returncode}"]
        return gp_lines(ours, {"failed": words[-1][:120]})
    return gp_lines(ours, json.loads(ran.output.strip().splitlines()[-1]))


def gp_lines(ours: dict[str, Any], peer: dict[str, Any]) -> list[str]:
    """Write the section."""
    rows = [
        f"| {words} | {ours['stages'][stage]['seconds']:.2f} | {ours['stages'][stage]['peak_mb']:,.0f} |"
        for stage, words in STAGES.items()
    ]
    gaps = ", ".join(f"{count:,} of {kind}" for kind, count in ours["gaps"].items())
    lines = [
        f"## GP coverage on {ours['roads']}",
        "",
        f"{ours['points']:,} points, {ours['practices']:,} practices, {ours['pairs']:,} pairs in reach,",
        f"{ours['runs']} test runs; gap areas found: {gaps}. Memory is the largest so far.",
        "",
        "| stage | seconds | memory, MB |",
        "|---|---:|---:|",
        *rows,
        "",
    ]
    if "failed" in peer:
        return [*lines, f"PySAL access: not measured ({peer['failed']}).", ""]
    table = []
    for method, seconds in peer["seconds"].items():
        own = ours["stages"][method]["seconds"]
        mine, theirs = np.array(ours["first"][method]), np.array(peer["first"][method])
        reached = theirs > 0
        off = float(np.max(np.abs(mine[reached] / theirs[reached] - 1), initial=0.0))
        agrees = off <= LARGEST_RELATIVE and bool((mine[~reached] == 0).all())
        told = f"{off:.1e}" if agrees else f"**{off:.1e}**"
        table.append(f"| {method} | {own:.2f} | {seconds:.1f} | {seconds / own:,.0f} | {told} |")
    return [
        *lines,
        f"The same pairs shared out by PySAL ({versions(['access'])}), which took {peer['prepare_s']:.1f} s",
        f"to prepare and {peer['peak_mb']:,.0f} MB. *Difference* is the largest relative one where PySAL",
        "has a figure: it has no balanced method, and gives none where nobody is in reach.",
        "",
        "| method | klyngekort, s | access, s | ratio | difference |",
        "|---|---:|---:|---:|---:|",
        *table,
        "",
    ]
