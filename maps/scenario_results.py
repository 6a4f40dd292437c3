"""Write what a scenario changes: a map, figures, and the difference of every table between two states."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pandas as pd

from maps.figures.figure_pool import FigurePool
from maps.figures.figure_set import cluster_atlas, plain_caption
from maps.figures.scenario_figures import prepare_scenarios, scenario_orders
from maps.files.crate import write_crate
from maps.files.provenance import InputFile, MadeBy, plain, write_provenance
from maps.files.publish import publishing
from maps.files.tables import without_geometry, write_tables
from maps.naming import Names
from maps.pages.scenario_page import FILE as SCENARIO_PAGE
from maps.pages.scenario_page import scenario_page
from maps.results import origin_of, record_of, result_tables
from maps.study_files import figure_files, table_files
from maps.telling.scenario_telling import ScenarioTelling
from pipeline.messages import Message, Translator, msg, translator
from pipeline.scenarios import Scenario
from pipeline.scenarios.diff import differences
from pipeline.scenarios.land import ScenarioLand
from pipeline.scenarios.run import TODAY, ScenarioStudy
from pipeline.schemas import RESULTS
from pipeline.settings import PROJECT
from pipeline.workers import SERIAL, Workers

if TYPE_CHECKING:
    from pipeline.study_result import StudyResult

MEANINGS: Final[Mapping[str, Message]] = {
    "row": msg("whether the row is added, removed or changed"),
    "column": msg("column that changed; empty for a whole row"),
    "before": msg("value before"),
    "after": msg("value after"),
    "change": msg("after less before, of numbers"),
}


@dataclass(frozen=True, slots=True)
class Comparison:
    """The difference of every table between two states.

    Parameters
    ----------
    before, after
        Names of the states: ``today`` or a scenario's id.
    tables
        Table name → `pipeline.scenarios.diff.table_difference`.
    """

    before: str
    after: str
    tables: Mapping[str, pd.DataFrame]

    @property
    def folder(self) -> str:
        """Name of its folder of tables."""
        return f"{self.before}-{self.after}"


def comparisons(study: ScenarioStudy) -> Iterator[Comparison]:
    """Compare today with each scenario, and the scenarios with one another in their order."""
    states: list[tuple[str, StudyResult]] = [(TODAY, study.today)]
    states += [(run.scenario.id, run.result) for run in study.runs]
    found = [
        (name, {table: without_geometry(frame) for table, frame in result_tables(result).items()})
        for name, result in states
    ]
    keys = {name: contract.key for name, contract in RESULTS.items() if contract.key}
    for at, (after, later) in enumerate(found):
        for before, earlier in found[:at]:
            yield Comparison(before, after, differences(earlier, later, keys))


def write_scenarios(
    study: ScenarioStudy,
    folder: Path,
    files: Mapping[str, Path],
    *,
    config: Path | None = None,
    made_by: MadeBy | None = None,
    workers: Workers = SERIAL,
    progress: Callable[[str], None] = lambda _: None,
) -> tuple[Comparison, ...]:
    """Write a map, figures, the differences of all tables and what they were made from, whole or not at all.

    Parameters
    ----------
    study
        Today and the scenarios.
    folder
        Where the results shall stand; earlier results there are replaced. Each two states have a folder
        ``tables/<before>-<after>/`` with a CSV and a Parquet file for each table that differs; the map is
        ``scenario.html``, its figures stand in ``static/``.
    files
        Scenario's id → its file.
    config
        The settings file, for the record.
    made_by
        What was asked for, for the record.
    workers
        Who draws figures.
    progress
        Called with the name of each step as it begins.

    Raises
    ------
    OutputError
        The folder cannot be written; earlier results are untouched.
    """
    progress("tables")
    lang = study.today.settings.study.language
    say = translator(lang)
    origin = origin_of(study.today, say)
    told = tuple(comparisons(study))
    with publishing(folder) as new:
        for each in told:
            differing = {name: frame for name, frame in each.tables.items() if len(frame)}
            meanings = {name: _meanings(name, frame, say) for name, frame in differing.items()}
            write_tables(
                new / "tables" / each.folder, differing, origin, meanings, any_kind=("before", "after")
            )
        if study.today.settings.maps.figures:
            progress("figures")
            draw_scenarios(study, new / "static", workers)
        progress("pages")
        page = scenario_page(study, downloads=(figure_files(new), table_files(new, "tables/*")))
        (new / SCENARIO_PAGE).write_text(page, encoding="utf-8")
        counts = {f"{each.folder}/{name}": frame for each in told for name, frame in each.tables.items()}
        read = [file for run in study.runs for file in _read(run.scenario, files[run.scenario.id])]
        record = record_of(study.today, counts, origin, config, made_by, more=read)
        record["scenarios"] = [
            plain(run.scenario.model_dump(exclude_defaults=True), root=PROJECT) for run in study.runs
        ]
        write_provenance(new, record)
        write_crate(new, record, origin, lang=lang)
    return told


def draw_scenarios(study: ScenarioStudy, folder: Path, workers: Workers = SERIAL) -> list[Path]:
    """Draw the figures of every measure that changes: travel times of each state, and the difference."""
    today = study.today
    told = ScenarioTelling(ScenarioLand(study), Names(today, today.settings.study.language))
    source = prepare_scenarios(told, cluster_atlas(today, today.shown_scheme))
    orders = scenario_orders(told, plain_caption(today), tuple(today.settings.maps.figure_formats))
    with FigurePool(workers) as pool:
        return pool.draw(source, orders, folder)


def input_name(scenario: Scenario) -> str:
    """Give the name that a scenario's file has among the inputs of the record."""
    return f"scenario-{scenario.id}"


def _read(scenario: Scenario, path: Path) -> Iterator[InputFile]:
    """List the files that a scenario was read from."""
    yield InputFile(input_name(scenario), path.resolve())
    if scenario.population.file is not None:
        yield InputFile(f"population-{scenario.id}", scenario.population.file)


def _meanings(name: str, frame: pd.DataFrame, say: Translator) -> dict[str, str]:
    contract = RESULTS[name]
    own = {key: say(contract.columns[key].description) for key in frame.columns if key in contract.columns}
    return own | {key: say(text) for key, text in MEANINGS.items()}
