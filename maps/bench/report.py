"""Run the whole benchmark and write it down: every figure of one run on one machine."""

import datetime as dt
import platform
import tempfile
from collections.abc import Callable
from pathlib import Path

from maps.bench.engine import engine_lines
from maps.bench.gp import measure_gp
from maps.bench.measuring import machine, versions
from maps.bench.pages import measure_pages
from maps.bench.sites import measure_sites


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
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        of_engine = engine_lines(extract, folder, say, growth=growth)
        of_sites = measure_sites(folder, say)
        of_gp = [] if coverage is None else measure_gp(coverage, folder, say)
        of_runs = measure_pages(folder, boundaries, say)
    told = [
        "# Benchmarks",
        "",
        f"Measured on {today.isoformat()} by `make bench`, everything in one run, on {machine()}.",
        f"Python {platform.python_version()}, "
        + versions(["numpy", "numba", "scipy", "shapely", "geopandas", "osmium", "matplotlib"])
        + ".",
        "",
        *of_engine,
        *of_gp,
        *of_sites,
        *of_runs,
    ]
    target.parent.mkdir(exist_ok=True)
    target.write_text("\n".join(told) + "\n", encoding="utf-8")
    return target
