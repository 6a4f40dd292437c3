"""``klyngekort verify``: results held against a second run."""

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from maps.commands import maps, scenario, sites
from maps.commands.making import Making, unknown
from maps.commands.options import Helpers, Speech, read_settings
from maps.figures import DRAWING
from pipeline.errors import FindingError
from pipeline.messages import Message, msg, translator
from pipeline.settings import Settings

if TYPE_CHECKING:
    from maps.operate.verify import Asked

REMAKE: Final[Mapping[str, "Callable[[Settings, Asked, Making], Path]"]] = {
    maps.NAME: maps.remake,
    sites.NAME: sites.remake,
    scenario.NAME: scenario.remake,
}
"""How the results of each command are made again."""


def verify(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="Folder of results, for example out/denmark.")
    ],
    *,
    config: Annotated[
        Path | None,
        typer.Option("--config", "-c", metavar="FILE", help="Settings file, where it has been moved."),
    ] = None,
    file: Annotated[
        list[Path] | None,
        typer.Option(
            "--file", metavar="FILE", help="List or scenario, where it has been moved; may be repeated."
        ),
    ] = None,
    files_only: Annotated[
        bool, typer.Option("--files-only", help="Only see that no file was changed since the run.")
    ] = False,
    helpers: Helpers,
    speech: Speech,
) -> None:
    """Make results again in a temporary folder and compare every file; exit with 1 when any differs."""
    from maps.operate.verify import altered_files, find_asked, find_settings, read_record  # noqa: PLC0415

    with speech.command() as terminal:
        record = read_record(folder)
        language = record["settings"]["study"]["language"]
        if speech.lang is None:
            terminal.say = translator(language)
        with terminal.steps() as step:
            step("digests")
            told: list[Message] = list(altered_files(folder))
            if not files_only:
                asked = find_asked(folder, record, file or ())
                path = config or find_settings(folder, record)
                step("settings")
                settings = read_settings(path, language)
                with (
                    tempfile.TemporaryDirectory(prefix="klyngekort-verify-") as aside,
                    helpers.helping(settings, preload=DRAWING) as workers,
                ):
                    making = Making(path, Path(aside), step, workers, earlier=folder)
                    told += _differences(folder, _again(settings, asked, making))
        if told:
            raise FindingError([msg("{folder} is not what a run gives today:", folder=folder), *told])
        terminal.line(
            msg("No file was changed since the run.")
            if files_only
            else msg("Verified: a second run gives every file byte for byte."),
            "bold",
        )


def _again(settings: Settings, asked: "Asked", making: Making) -> Path:
    """Make the results again with the command that made them."""
    if asked.command not in REMAKE:
        raise unknown(asked.command)
    return REMAKE[asked.command](settings, asked, making)


def _differences(folder: Path, again: Path) -> list[Message]:
    """Tell every file that differs between two runs, and the causes."""
    from maps.operate.verify import file_differences, read_record, record_differences  # noqa: PLC0415

    differing = list(file_differences(folder, again))
    if not differing:
        return []
    causes = list(record_differences(read_record(folder), read_record(again)))
    return [
        *differing,
        *(causes or [msg("inputs, settings, code and packages are the same: it is the machine")]),
    ]
