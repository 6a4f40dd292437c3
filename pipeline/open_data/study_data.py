"""The whole way from fetched files to ``open-data.toml``, the settings that a study takes in."""

import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pooch

from pipeline.fetch.lock import LOCK, Locked, read_lock
from pipeline.fetch.store import data_folder, put_folder_in_place
from pipeline.findings import Finding
from pipeline.messages import msg, translator
from pipeline.open_data.making import STUDY, Line, Making
from pipeline.open_data.roles import (
    make_boundaries,
    make_demand,
    make_hospitals,
    make_municipalities,
    make_practices,
    make_roads,
)
from pipeline.settings.fetch import FetchSettings
from pipeline.sources import GEODATA, Source, load_sources
from pipeline.tables import load_table
from pipeline.toml_text import toml_lines, write_whole

OPEN_DATA: Final = "open-data.toml"
ORDER: Final = ("roads", "boundaries", "tables", "demand", "demand.bands", "practices")
LONGEST_TOLD: Final = 600


@dataclass(frozen=True, slots=True)
class Made:
    """What was made: the settings file, and what was chosen for each role."""

    path: Path
    lines: tuple[Line, ...]


def make_study_data(
    settings: FetchSettings,
    *,
    tables: Mapping[str, Path] | None = None,
    sources: Mapping[str, Source] | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Made:
    """Make the tables of a study from what was fetched; earlier ones stay until all are there.

    Parameters
    ----------
    settings
        The data folder and the layers that are wanted.
    tables
        Tables ``municipalities`` and ``hospitals`` to start from; the bundled ones where left out.
    sources
        The list of sources.
    progress
        Is told the name of each step.

    Returns
    -------
    Made
        ``open-data.toml`` in the folder ``study`` of the data folder, with the made tables beside it.

    Raises
    ------
    OutputError
        The data folder cannot be written, or another run holds it.
    SettingsError
        The lock is damaged.
    """
    listed = sources or load_sources()
    own = {name: GEODATA / f"{name}.csv" for name in ("municipalities", "hospitals")} | dict(tables or {})
    with data_folder(settings.folder) as incoming:
        fresh = incoming / STUDY
        if fresh.exists():
            shutil.rmtree(fresh)
        fresh.mkdir()
        lock = read_lock(settings.folder).layer
        wanted = {name: row for name, row in lock.items() if name in settings.layers and name in listed}
        files = {name: settings.folder / row.file for name, row in wanted.items()}
        sound = {name: path for name, path in files.items() if _as_locked(path, wanted[name])}
        making = Making(settings.folder, fresh, listed, sound, wanted, own)
        for name in sorted(set(files) - set(sound)):
            making.pass_over(msg("Layer"), name, msg("its file is not the one that {lock} names", lock=LOCK))
        municipalities = load_table("municipalities", own["municipalities"])
        progress("open_roads")
        make_roads(making)
        population = make_municipalities(making, municipalities)
        progress("open_boundaries")
        areas = make_boundaries(making, municipalities).frame
        progress("open_places")
        make_hospitals(making, areas)
        make_practices(making, areas)
        progress("open_demand")
        make_demand(making, areas, population)
        write_whole(fresh / OPEN_DATA, "\n".join(_text(making)))
        put_folder_in_place(fresh, settings.folder / STUDY)
    return Made(settings.folder / STUDY / OPEN_DATA, tuple(making.lines))


def _as_locked(path: Path, locked: Locked) -> bool:
    return path.is_file() and pooch.file_hash(str(path), alg="sha256") == locked.local_sha256


def _text(making: Making) -> Iterable[str]:
    yield "# Written by `klyngekort fetch`: what a study takes in with"
    yield "#     [study]"
    yield f'#     data = ".../{OPEN_DATA}"'
    yield "# What the study's own settings say goes before it. Paths are relative to this file."
    yield ""
    for section in ORDER:
        if section in making.sections:
            yield from toml_lines(section, making.sections[section])
    for finding in making.told:
        yield from toml_lines("[study.told]", _sentence(finding))


def _sentence(finding: Finding) -> dict[str, object]:
    da, en = (translator(lang)(finding.message)[:LONGEST_TOLD] for lang in ("da", "en"))
    return {"da": da, "en": en, "severity": finding.severity}
