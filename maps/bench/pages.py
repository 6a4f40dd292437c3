"""Benchmark of whole runs: their time and memory, weights of pages, time until each can be used."""

import shutil
import statistics
import subprocess  # only this project's own command is run
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome")
VISITS: Final = 3
"""Times that each page is opened; the middle one counts."""

LOOK_S: Final = 0.25
"""Seconds between two looks at the memory of the processes."""

_MB: Final = 2**20


@dataclass(frozen=True, slots=True)
class Run:
    """A whole run: the study, its seconds, the most memory of all its processes together, its folder."""

    study: str
    seconds: float
    peak_mb: float
    folder: Path


@dataclass(frozen=True, slots=True)
class Weighed:
    """A page with its size and the seconds until it can be used; None where no browser was found."""

    name: str
    megabytes: float
    ready_s: float | None


def measure_pages(folder: Path, boundaries: Path | None, say: Callable[[str], None]) -> list[str]:
    """Run the bundled study, and one on other boundaries where given; write what was measured as Markdown.

    Parameters
    ----------
    folder
        Where the runs may write.
    boundaries
        Official municipality boundaries.
    say
        Told each step.
    """
    say("whole runs")
    command = [sys.executable, "-m", "maps", "maps", "--quiet", "--out", str(folder / "out")]
    runs = [_watched("bundled data", command, folder / "out" / "denmark")]
    if boundaries is not None:
        config = folder / "official.toml"
        config.write_text(
            '[study]\nname = "official"\ntitle = "Official boundaries"\nas_of = 2018-12-31\n'
            f'[boundaries]\nfile = "{boundaries.resolve()}"\n',
            encoding="utf-8",
        )
        call = [*command, "--config", str(config)]
        runs.append(_watched(boundaries.name, call, folder / "out" / "official"))
    say("pages in a browser")
    return page_lines(runs, [weighed for run in runs for weighed in weigh_pages(run.folder)])


def _watched(study: str, command: Sequence[str], folder: Path) -> Run:
    """Run a command and look at the memory of all its processes meanwhile.

    Raises
    ------
    subprocess.CalledProcessError
        It failed.
    """
    begin = time.perf_counter()
    process = subprocess.Popen(command)  # noqa: S603
    most = 0.0
    ended = threading.Event()

    def look() -> None:
        nonlocal most
        while not ended.wait(LOOK_S):
            most = max(most, family_mb(process.pid))

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    code = process.wait()
    ended.set()
    watcher.join()
    if code:
        raise subprocess.CalledProcessError(code, command)
    return Run(study, time.perf_counter() - begin, most, folder)


def family_mb(pid: int) -> float:
    """Memory of a process and all that it began, megabytes; pages that they share count once.

    It is the sum of their proportional set sizes (``smaps_rollup`` of Linux's /proc).
    """
    parents: dict[int, int] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        text = _read(entry / "stat")
        if text:
            parents[int(entry.name)] = int(text.rpartition(")")[2].split()[1])
    family = {pid}
    while more := {child for child, parent in parents.items() if parent in family} - family:
        family |= more
    lines = [line for each in family for line in _read(Path("/proc", str(each), "smaps_rollup")).splitlines()]
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace")
    except OSError:  # it has ended meanwhile
        return ""


def weigh_pages(folder: Path) -> list[Weighed]:
    """Weigh every page of a folder of results and open it in a headless browser, where there is one.

    A map page can be used when its script says so; another when it is loaded.
    """
    pages = sorted(folder.glob("*.html"))
    browser = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    ready = [None] * len(pages) if browser is None else _ready_times(pages, browser)
    return [
        Weighed(f"{folder.name}/{page.name}", page.stat().st_size / _MB, seconds)
        for page, seconds in zip(pages, ready, strict=True)
    ]


def _ready_times(pages: Sequence[Path], browser: str) -> list[float]:
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  a library of developers

    found = []
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox", "--disable-gpu"])
        for page in pages:
            wanted = "html[data-ready=yes]" if 'class="with-map"' in page.read_text("utf-8") else "footer"
            times = []
            for _ in range(VISITS):
                tab = opened.new_page()
                begin = time.perf_counter()
                tab.goto(page.resolve().as_uri())
                tab.wait_for_selector(wanted, state="attached")
                times.append(time.perf_counter() - begin)
                tab.close()
            found.append(statistics.median(times))
        opened.close()
    return found


def page_lines(runs: Sequence[Run], pages: Sequence[Weighed]) -> list[str]:
    """Write whole runs and pages as Markdown."""
    return [
        "## Whole runs",
        "",
        "`make maps` with the environment ready and two processes that draw: all pages, figures, sheets,",
        "tables and layers. Memory is the most of all processes together.",
        "",
        "| study | seconds | memory, MB |",
        "|---|---:|---:|",
        *(f"| {run.study} | {run.seconds:.1f} | {run.peak_mb:,.0f} |" for run in runs),
        "",
        "Pages opened from a file in headless Chromium, the middle of three visits: until the page is loaded",
        "and, where it has a map, its script is done.",
        "",
        "| page | MB | seconds until it can be used |",
        "|---|---:|---:|",
        *(f"| {page.name} | {page.megabytes:.1f} | {_seconds(page.ready_s)} |" for page in pages),
        "",
    ]


def _seconds(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"
