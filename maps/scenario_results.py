"""Write what a scenario changes: a map, and the difference of every result table between each two states."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from maps.files.provenance import write_provenance
from maps.files.publish import publishing
from maps.files.tables import without_geometry, write_tables
from maps.pages.scenario_page import FILE as SCENARIO_PAGE
from maps.pages.scenario_page import scenario_page
from maps.results import origin_of, record_of, result_tables
from pipeline.digests import file_digest
from pipeline.messages import Message, Translator, msg, translator
from pipeline.scenarios.diff import differences
from pipeline.scenarios.run import TODAY, ScenarioStudy
from pipeline.schemas import RESULTS

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
    progress: Callable[[str], None] = lambda _: None,
) -> tuple[Comparison, ...]:
    """Write a map, the differences of all tables and what they were made from, whole or not at all.

    Parameters
    ----------
    study
        Today and the scenarios.
    folder
        Where the results shall stand; earlier results there are replaced. Each two states have a folder
        ``tables/<before>-<after>/`` with a CSV and a Parquet file for each table that differs; the map is
        ``scenario.html``.
    files
        Scenario's id → its file.
    config
        The settings file, for the record.
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
            differing = {name: _plain(frame) for name, frame in each.tables.items() if len(frame)}
            meanings = {name: _meanings(name, frame, say) for name, frame in differing.items()}
            write_tables(new / "tables" / each.folder, differing, origin, meanings)
        progress("pages")
        (new / SCENARIO_PAGE).write_text(scenario_page(study), encoding="utf-8")
        counts = {f"{each.folder}/{name}": frame for each in told for name, frame in each.tables.items()}
        record = record_of(study.today, counts, origin, config)
        record["scenarios"] = [_recorded(run.scenario, files[run.scenario.id]) for run in study.runs]
        write_provenance(new, record)
    return told


def _recorded(scenario: Any, path: Path) -> dict[str, object]:  # noqa: ANN401
    return {
        "file": path.name,
        "sha256": file_digest(path),
        "scenario": scenario.model_dump(mode="json", exclude_defaults=True),
    }


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    """Write values of every kind as text, so that one column can hold them all."""
    before, after = (pd.Series(map(_text, frame[name]), index=frame.index) for name in ("before", "after"))
    return frame.assign(before=before, after=after)


def _text(value: object) -> str | None:
    if value is None or value is pd.NA or (isinstance(value, float) and value != value):  # noqa: PLR0124
        return None
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def _meanings(name: str, frame: pd.DataFrame, say: Translator) -> dict[str, str]:
    contract = RESULTS[name]
    own = {key: say(contract.columns[key].description) for key in frame.columns if key in contract.columns}
    return own | {key: say(text) for key, text in MEANINGS.items()}
