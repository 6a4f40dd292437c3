"""``klyngekort bench``: time and memory beside other tools."""

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from maps.commands.options import Speech
from pipeline.messages import msg
from pipeline.settings import PROJECT


def bench(
    *,
    extract: Annotated[
        Path | None,
        typer.Option(
            "--extract", metavar="FILE", help="National OpenStreetMap extract; else a generated network."
        ),
    ] = None,
    boundaries: Annotated[
        Path | None,
        typer.Option("--boundaries", metavar="FILE", help="Official boundaries for a second whole run."),
    ] = None,
    target: Annotated[
        Path, typer.Option("--write", metavar="FILE", help="Where to write the figures.")
    ] = PROJECT / "docs" / "benchmarks.md",
    coverage: Annotated[
        Path | None,
        typer.Option("--coverage", metavar="FILE", help="Settings of a study whose GP coverage is measured."),
    ] = PROJECT / "config" / "denmark.toml",
    growth: Annotated[bool, typer.Option(help="Measure growth with size too.")] = True,
    speech: Speech,
) -> None:
    """Measure time and memory of the engine, of other tools on the same problem, and of whole runs."""
    from maps.bench.report import write_report  # noqa: PLC0415

    with speech.command() as terminal:
        path = write_report(
            target,
            extract=extract,
            boundaries=boundaries,
            growth=growth,
            coverage=coverage,
            today=dt.datetime.now(tz=dt.UTC).date(),
            say=terminal.line,
        )
        terminal.line(msg("Written: {path}", path=path))
