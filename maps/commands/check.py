"""``klyngekort check``: settings, tables, boundaries and travel times, without writing anything."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from maps.commands.options import DEFAULT_CONFIG, ConfigOption, Speech
from maps.terminal import Terminal
from pipeline.errors import FindingError
from pipeline.messages import msg
from pipeline.study_result import StudyResult

if TYPE_CHECKING:
    from pipeline.access.calibration import Calibration


def check(
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 when there is a warning.")] = False,
    drive_times: Annotated[
        Path | None,
        typer.Option(
            "--drive-times", metavar="FILE", help="Table of known drive times (from_town, to_town, minutes)."
        ),
    ] = None,
    figure: Annotated[
        Path | None,
        typer.Option("--figure", metavar="FILE", help="Draw modelled against known times (PNG, SVG or PDF)."),
    ] = None,
    speech: Speech,
) -> None:
    """Check settings, tables and boundaries, and tell everything worth knowing; write nothing."""
    from pipeline.study import run_study  # noqa: PLC0415
    from pipeline.study_inputs import read_inputs  # noqa: PLC0415

    with speech.command() as terminal:
        settings = speech.study(terminal, config)
        with terminal.steps() as step:
            step("inputs")
            inputs = read_inputs(settings)
            result = run_study(settings, inputs, gaps=False, sites=False, progress=step)
            known = None if drive_times is None else _drive_times(result, drive_times)
        for file in result.files:
            terminal.detail(f"{file.name}: {file.path} sha256 {file.sha256[:12]}")
        terminal.verbose = True
        terminal.findings(result.findings)
        for row in result.population_check.reset_index().itertuples(index=False):
            terminal.line(
                msg(
                    "{scheme}: {inside:n} {inside:|person|people} in clusters + {outside:n} outside = "
                    "{country:n} in all",
                    scheme=row.scheme,
                    inside=row.in_clusters,
                    outside=row.outside,
                    country=row.country,
                )
            )
        if known is not None:
            _tell_drive_times(terminal, known, figure)
        warnings = [finding.message for finding in result.findings if finding.severity == "warning"]
        if strict and warnings:
            raise FindingError([msg("{count:n} {count:|warning|warnings}", count=len(warnings))])
        terminal.line(msg("The inputs are in order."), "bold")


def _drive_times(result: StudyResult, reference: Path) -> "Calibration":
    from pipeline.access.drive_times import check_drive_times, read_drive_times  # noqa: PLC0415

    roads = result.settings.roads
    return check_drive_times(
        result.router,
        read_drive_times(reference),
        result.settlements,
        max_access_m=roads.longest_access_m,
        access_kmh=roads.access_kmh,
    )


def _tell_drive_times(terminal: Terminal, found: "Calibration", figure: Path | None) -> None:
    from maps.drive_times import (  # noqa: PLC0415
        draw_drive_times,
        drive_time_rows,
        drive_time_summary,
        drive_time_titles,
    )

    say = terminal.say
    table = Table(*drive_time_titles(say))
    for row in drive_time_rows(found, say):
        table.add_row(*(escape(cell) for cell in row))
    terminal.out.print(table)
    terminal.line(drive_time_summary(found))
    if figure is not None:
        terminal.line(msg("Figure: {path}", path=draw_drive_times(found, figure, say)))
