"""``klyngekort verify``: results held against a second run."""

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from maps.commands.options import LangOption, QuietOption, VerboseOption, helping, read_settings
from maps.terminal import command
from pipeline.errors import FindingError
from pipeline.messages import Message, msg, translator


def verify(
    folder: Annotated[Path, typer.Argument(help="Folder of results, for example out/denmark.")],
    *,
    config: Annotated[
        Path | None, typer.Option("--config", "-c", help="Settings file, where it has been moved.")
    ] = None,
    files_only: Annotated[
        bool, typer.Option("--files-only", help="Only see that no file was changed since the run.")
    ] = False,
    lang: LangOption = None,
    verbose: VerboseOption = False,
    quiet: QuietOption = False,
) -> None:
    """Make the results again in a temporary folder and compare every file; exit with 1 when any differs."""
    from maps.commands.maps import make_results  # noqa: PLC0415
    from maps.operate.verify import (  # noqa: PLC0415
        altered_files,
        file_differences,
        find_settings,
        read_record,
        record_differences,
    )

    with command(lang, verbose=verbose, quiet=quiet) as terminal:
        record = read_record(folder)
        language = record["settings"]["study"]["language"]
        if lang is None:
            terminal.say = translator(language)
        told: list[Message] = list(altered_files(folder))
        if not files_only:
            path = config or find_settings(folder, record)
            settings = read_settings(path, language)
            with (
                terminal.steps() as step,
                tempfile.TemporaryDirectory(prefix="klyngekort-verify-") as aside,
                helping(settings.maps.workers) as helpers,
            ):
                again, _ = make_results(settings, path, Path(aside), step, helpers, earlier=folder)
                causes = list(record_differences(record, read_record(again)))
                differing = list(file_differences(folder, again))
            told += differing
            if differing:
                told += causes or [msg("inputs, settings, code and packages are the same: it is the machine")]
        if told:
            raise FindingError([msg("{folder} is not what a run gives today:", folder=folder), *told])
        terminal.line(
            msg("No file was changed since the run.")
            if files_only
            else msg("Verified: a second run gives every file byte for byte."),
            "bold",
        )
