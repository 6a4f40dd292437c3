"""Run the whole benchmark and write it down: every figure of one run on one machine."""

import datetime as dt
import json
import os
import platform
import subprocess  # only this project's own modules and command are run
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

import numpy as np

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


@dataclass(frozen=True, slots=True)
class Ran:
    """What a process printed, how long it took and the most memory it had."""

    output: str
    seconds: float
    peak_mb: float


def run_alone(arguments: Sequence[str]) -> Ran:
    """Run a Python module or command in a process of its own and watch it.

    Raises
    ------
    subprocess.CalledProcessError
        It failed; its words are in ``stderr``.
    """
    begin = time.perf_counter()
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        process = subprocess.Popen(arguments, stdout=out, stderr=err, text=True)  # noqa: S603
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - begin
        out.seek(0)
        err.seek(0)
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, arguments, out.read(), err.read())
        return Ran(out.read(), seconds, usage.ru_maxrss / 1024)


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


def machine() -> str:
    """Name the machine in one line."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    model = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
            if line.startswith("model name")
        )
        if Path("/proc/cpuinfo").exists()
        else iter(()),
        platform.processor() or platform.machine(),
    )
    return (
        f"{os.cpu_count()} cores ({model}), {memory:.0f} GB memory, {platform.system()} {platform.machine()}"
    )


def versions(names: Sequence[str]) -> str:
    """List installed versions."""
    told = []
    for name in names:
        try:
            told.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            told.append(f"{name} –")
    return ", ".join(told)


def write_report(
    target: Path,
    *,
    extract: Path | None,
    boundaries: Path | None,
    growth: bool,
    coverage: Path | None,
    today: dt.date,
    say: Callable[[str], None],
) -> Path:
    """Measure everything and write it down as Markdown.

    Parameters
    ----------
    target
        The Markdown file.
    extract
        A national OpenStreetMap extract; left out, a generated network of like size is used.
    boundaries
        Official municipality boundaries, for a second whole run; may be left out.
    growth
        Measure networks from a quarter to four times the size too.
    coverage
        Settings of a study whose GP coverage is measured; may be left out.
    today
        The day to write down.
    say
        Told each step.
    """
    from maps.bench.benchmarks_gp import measure_gp  # noqa: PLC0415  it uses what stands here
    from maps.bench.benchmarks_pages import measure_pages  # noqa: PLC0415  as above
    from maps.bench.benchmarks_sites import measure_sites  # noqa: PLC0415  as above

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
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
        site_lines = measure_sites(folder, say)
        gp_lines = [] if coverage is None else measure_gp(coverage, folder, say)
        run_lines = measure_pages(folder, boundaries, say)
    lines = [
        "# Benchmarks",
        "",
        f"Measured on {today.isoformat()} by `make bench`, everything in one run, on {machine()}.",
        f"Python {platform.python_version()}, "
        + versions(["numpy", "numba", "scipy", "shapely", "geopandas", "osmium", "matplotlib"])
        + ".",
        "",
        *_engine_lines(ours),
        *_peer_lines(ours, peers),
        *(_growth_lines(sizes) if sizes else []),
        *gp_lines,
        *site_lines,
        *run_lines,
    ]
    target.parent.mkdir(exist_ok=True)
    target.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return target


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
