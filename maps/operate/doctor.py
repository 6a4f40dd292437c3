"""Look over an installation: what is in order, what to look at, what is broken, and how to mend it."""

import datetime as dt
import os
import platform
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Final, Literal

from matplotlib import font_manager
from packaging.markers import InvalidMarker, Marker

from maps.files.provenance import DISTRIBUTION
from maps.theme import FONT_FIGURE
from pipeline.bundled_files import changed_files
from pipeline.errors import KlyngekortError
from pipeline.fetch.states import layer_states, wanted_layers
from pipeline.memory import usable_memory
from pipeline.messages import Message, msg
from pipeline.settings import PROJECT
from pipeline.settings.file import load_fetch_settings
from pipeline.sources import load_sources
from pipeline.travel.network_files import damaged_files
from pipeline.travel.road_source import CACHE

State = Literal["good", "look", "bad"]

LEAST_PYTHON: Final = (3, 11)
GB: Final = 1_000_000_000
LEAST_DISK: Final = 0.5 * GB
"""Bytes that a study and its temporary files need at least; a national extract needs about ten times that."""

GOOD_DISK: Final = 5 * GB
GOOD_MEMORY: Final = 2 * GB
"""Bytes that a run may take; a national study with every road takes about this."""

MOST_CACHE: Final = 5 * GB
OLD_DAYS: Final = 90
"""Days that nobody has used a kept file for; it is then of a road file or settings of the past."""

BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome")
LOCKED: Final = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)\s*(?:;\s*([^\\]+?))?\s*\\?$", re.MULTILINE)
MOST_NAMES: Final = 8


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at.

    Parameters
    ----------
    name
        What was looked at.
    state
        ``good``, ``look`` (good to know, nothing is broken) or ``bad``.
    found
        What was found.
    mend
        What to do; empty where nothing is to be done.
    """

    name: Message
    state: State
    found: Message | str
    mend: Message | str = ""


def examine(out: Path, config: Path, *, today: dt.date, root: Path = PROJECT) -> Iterator[Check]:
    """Look over everything, one check after the other.

    Parameters
    ----------
    out
        Folder for results.
    config
        Settings file whose data are looked at.
    today
        Data are as old as they are on this day.
    root
        The project's folder.
    """
    yield python()
    yield packages(root / "requirements.lock")
    yield font()
    yield browser()
    yield bundled()
    yield from fetched(config, today)
    for name, folder in (
        (msg("Folder for results"), out),
        (msg("Cache folder"), CACHE),
        (msg("Folder for temporary files"), Path(tempfile.gettempdir())),
    ):
        yield writable(name, folder)
        yield disk(name, folder)
    yield memory()
    yield cache(CACHE, today)


def python(version: tuple[int, ...] = sys.version_info[:3]) -> Check:
    """See that Python is new enough."""
    told = ".".join(map(str, version))
    if version[:2] >= LEAST_PYTHON:
        return Check(msg("Python"), "good", f"{told} ({platform.machine()})")
    return Check(
        msg("Python"), "bad", told, msg("install Python 3.11 or newer and set up again with make setup")
    )


def packages(lock: Path, version: Callable[[str], str] = metadata.version) -> Check:
    """Hold the installed packages against the locked versions; those never installed here do not count."""
    name = msg("Packages")
    try:
        text = lock.read_text(encoding="utf-8")
    except OSError:
        return Check(name, "look", msg("no requirements.lock to compare with"))
    needed = {
        match.group().lower().replace("_", "-")
        for line in metadata.requires(DISTRIBUTION) or ()
        if "extra ==" not in line and (match := re.match(r"[A-Za-z0-9._-]+", line))
    }
    missing, other, count = [], [], 0
    for package, locked, marker in LOCKED.findall(text):
        if marker and not _applies(marker):
            continue
        try:
            installed = version(package)
        except metadata.PackageNotFoundError:
            if package.lower() in needed:
                missing.append(package)
            continue
        count += 1
        if installed != locked:
            other.append(f"{package} {installed} ≠ {locked}")
    mend = msg("set up again: make setup")
    if missing:
        return Check(name, "bad", msg("missing: {names}", names=_listed(missing)), mend)
    if other:
        return Check(name, "look", msg("other versions than locked: {names}", names=_listed(other)), mend)
    return Check(name, "good", msg("{count:n} as locked", count=count))


def _applies(marker: str) -> bool:
    try:
        return Marker(marker).evaluate()
    except InvalidMarker:
        return True


def _listed(names: list[str]) -> str:
    return ", ".join(names[:MOST_NAMES]) + (" …" if len(names) > MOST_NAMES else "")


def font() -> Check:
    """See that the type face of the figures is there: with another one they look and measure differently."""
    name = msg("Type face of the figures")
    try:
        font_manager.findfont(FONT_FIGURE, fallback_to_default=False)
    except ValueError:
        return Check(
            name, "bad", msg("no {font}", font=FONT_FIGURE), msg("install matplotlib again: make setup")
        )
    return Check(name, "good", FONT_FIGURE)


def browser() -> Check:
    """See whether the pages can be tested in a browser; nothing else needs one."""
    name = msg("Browser for tests")
    named = os.environ.get("CHROMIUM", "")
    found = next((path for word in ((named,) if named else BROWSERS) if (path := shutil.which(word))), None)
    if found:
        return Check(name, "good", found)
    return Check(
        name, "look", msg("none; only tests need one"), msg("install the package chromium, or run make test")
    )


def bundled() -> Check:
    """See that the bundled data are as they were shipped."""
    name = msg("Bundled data")
    changed = list(changed_files())
    if not changed:
        return Check(name, "good", msg("as shipped"))
    return Check(
        name,
        "look",
        msg("changed: {names}", names=_listed(changed)),
        msg("get the files again with git checkout geodata; own tables belong in files of your own"),
    )


def fetched(config: Path, today: dt.date) -> Iterator[Check]:
    """See how old the fetched data of a study are, and that they are those that were locked."""
    name = msg("Fetched data")
    try:
        settings = load_fetch_settings(config)
        states = layer_states(settings, wanted_layers(settings, load_sources()), today=today)
    except KlyngekortError as error:
        yield Check(name, "bad", str(error), msg("correct the settings, or fetch the data again"))
        return
    there = [layer for layer in states if layer.locked is not None]
    if not there:
        yield Check(name, "good", msg("none; the bundled data are used"))
    for layer in there:
        source = layer.source.id
        mend = msg("fetch it again: klyngekort fetch --layer {name} --update", name=source)
        if layer.state == "changed":
            yield Check(name, "bad", msg("{name} is not the file that was fetched", name=source), mend)
        elif layer.state == "missing":
            yield Check(name, "bad", msg("{name} is missing", name=source), mend)
        else:
            told = msg("{name}: of {date}", name=source, date=layer.locked.date if layer.locked else "–")
            old = layer.state == "stale"
            yield Check(name, "look" if old else "good", told, mend if old else "")


def _existing(folder: Path) -> Path:
    """Give the folder, or the nearest one above it that is there."""
    folder = folder.resolve()
    return next(path for path in (folder, *folder.parents) if path.exists())


def writable(name: Message, folder: Path) -> Check:
    """See that a file can be written, by writing one."""
    place = _existing(folder)
    try:
        with tempfile.TemporaryFile(dir=place):
            pass
    except OSError as error:
        return Check(
            name,
            "bad",
            msg("{path} cannot be written: {reason}", path=place, reason=error.strerror or str(error)),
            msg("give yourself the right to write there, or name another folder"),
        )
    return Check(name, "good", msg("{path} can be written", path=place))


def disk(name: Message, folder: Path) -> Check:
    """See that there is room."""
    free = shutil.disk_usage(_existing(folder)).free
    told = msg("{size:n1} GB free", size=free / GB)
    state: State = "good" if free >= GOOD_DISK else "look" if free >= LEAST_DISK else "bad"
    return Check(name, state, told, "" if state == "good" else msg("make room on the disk"))


def memory(usable: int | None = None) -> Check:
    """See that there is memory for a national study."""
    usable = usable_memory() if usable is None else usable
    told = msg("{size:n1} GB for a run", size=usable / GB)
    if usable >= GOOD_MEMORY:
        return Check(msg("Memory"), "good", told)
    mend = msg("enough for the bundled roads; close other programs before a study with every road")
    return Check(msg("Memory"), "look", told, mend)


def cache(folder: Path, today: dt.date) -> Check:
    """See how large the cache is and what nobody has used for long; read its networks and orders whole."""
    name = msg("Cache")
    kept = [path.stat() for path in sorted(folder.rglob("*")) if path.is_file()]
    size = sum(file.st_size for file in kept)
    since = {(today - dt.datetime.fromtimestamp(file.st_mtime, tz=dt.UTC).date()).days for file in kept}
    oldest = max(since, default=0)
    clear = msg("delete the folder {path}, or old files in it; a run makes anew what it needs", path=folder)
    damaged = damaged_files(folder)
    if damaged:
        return Check(
            name,
            "look",
            msg("damaged: {names}", names=_listed(damaged)),
            msg("nothing to do: the next run makes them anew; or delete the folder {path}", path=folder),
        )
    told = {"count": len(kept), "size": size / GB, "days": oldest}
    if size > MOST_CACHE or oldest > OLD_DAYS:
        found = msg(
            "{count:n} {count:|file|files}, {size:n1} GB; the oldest was not used for {days:n} "
            "{days:|day|days}",
            **told,
        )
        return Check(name, "look", found, clear)
    return Check(name, "good", msg("{count:n} {count:|file|files}, {size:n1} GB, all whole", **told))
