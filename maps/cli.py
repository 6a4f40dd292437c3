"""The command ``klyngekort``: reads settings, runs the pipeline, hands the results to the maps."""

import datetime as dt
import sys
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.markup import escape
from rich.table import Table

from maps.terminal import Terminal, command
from pipeline.errors import FindingError
from pipeline.evidence import EVIDENCE
from pipeline.messages import msg, translator
from pipeline.settings import PROJECT, Settings
from pipeline.settings.file import load_settings
from pipeline.study import StudyResult

DEFAULT_CONFIG: Final = PROJECT / "config" / "denmark.toml"

app = typer.Typer(
    name="klyngekort",
    help="Who reaches which health service by road: maps of Denmark's health clusters.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

ConfigOption = Annotated[Path, typer.Option("--config", "-c", help="Settings of the study (TOML).")]
OutOption = Annotated[
    Path, typer.Option("--out", "-o", help="Folder for results; a sub-folder per study is made.")
]
LangOption = Annotated[
    str | None, typer.Option("--lang", help="Language of pages and messages: da or en.", show_default=False)
]
VerboseOption = Annotated[bool, typer.Option("--verbose", "-v", help="Tell every step and finding.")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Tell errors only.")]


def read_settings(config: Path, lang: str | None) -> Settings:
    """Read the settings; ``--lang`` goes before the file's language."""
    settings = load_settings(config)
    if lang is None:
        return settings
    return settings.model_copy(update={"study": settings.study.model_copy(update={"language": lang})})


@app.command("maps")
def maps_command(
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    out: OutOption = Path("out"),
    lang: LangOption = None,
    verbose: VerboseOption = False,
    quiet: QuietOption = False,
) -> None:
    """Make all pages, figures and tables of a study."""
    from maps.results import write_results  # noqa: PLC0415  drawing libraries load only where they are needed
    from pipeline.study import read_inputs, run_study  # noqa: PLC0415

    with command(lang, verbose=verbose, quiet=quiet) as terminal:
        settings = read_settings(config, lang)
        terminal.say = translator(settings.study.language)
        with terminal.steps() as step:
            step("inputs")
            inputs = read_inputs(settings)
            result = run_study(settings, inputs, progress=step)
            folder = write_results(result, out / settings.study.name, progress=step)
        terminal.findings(result.findings)
        start = (folder / "index.html").resolve()
        terminal.line(msg("Done. Open this page in a browser: {address}", address=start.as_uri()), "bold")


@app.command()
def check(
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    lang: LangOption = None,
    verbose: VerboseOption = False,
    quiet: QuietOption = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 when there is a warning.")] = False,
    drive_times: Annotated[
        Path | None,
        typer.Option("--drive-times", help="Table of known drive times (from_town, to_town, minutes)."),
    ] = None,
    figure: Annotated[
        Path | None, typer.Option("--figure", help="Draw modelled against known times (PNG, SVG or PDF).")
    ] = None,
) -> None:
    """Check settings, tables and boundaries, and tell everything worth knowing; write nothing."""
    from pipeline.study import read_inputs, run_study  # noqa: PLC0415

    with command(lang, verbose=verbose, quiet=quiet) as terminal:
        settings = read_settings(config, lang)
        terminal.say = translator(settings.study.language)
        with terminal.steps() as step:
            step("inputs")
            inputs = read_inputs(settings)
            result = run_study(settings, inputs, gaps=False, progress=step)
        for file in result.files:
            terminal.detail(f"{file.name}: {file.path} sha256 {file.sha256[:12]}")
        terminal.verbose = True
        terminal.findings(result.findings)
        for row in result.population_check.reset_index().itertuples(index=False):
            terminal.line(
                msg(
                    "{scheme}: {inside:n} people in clusters + {outside:n} outside = {country:n} in all",
                    scheme=row.scheme,
                    inside=row.in_clusters,
                    outside=row.outside,
                    country=row.country,
                )
            )
        if drive_times is not None:
            _tell_drive_times(terminal, result, drive_times, figure)
        warnings = [finding.message for finding in result.findings if finding.severity == "warning"]
        if strict and warnings:
            raise FindingError([msg("{count:n} warnings", count=len(warnings))])
        terminal.line(msg("The inputs are in order."), "bold")


def _tell_drive_times(terminal: Terminal, result: StudyResult, reference: Path, figure: Path | None) -> None:
    from maps.drive_times import (  # noqa: PLC0415
        draw_drive_times,
        drive_time_rows,
        drive_time_summary,
        drive_time_titles,
    )
    from pipeline.access.drive_times import check_drive_times, read_drive_times  # noqa: PLC0415

    roads = result.settings.roads
    found = check_drive_times(
        result.router,
        read_drive_times(reference),
        result.settlements,
        max_access_m=roads.longest_access_m,
        access_kmh=roads.access_kmh,
    )
    say = terminal.say
    table = Table(*drive_time_titles(say))
    for row in drive_time_rows(found, say):
        table.add_row(*(escape(cell) for cell in row))
    terminal.out.print(table)
    terminal.line(drive_time_summary(found))
    if figure is not None:
        terminal.line(msg("Figure: {path}", path=draw_drive_times(found, figure, say)))


@app.command()
def clusters(
    *,
    compare: Annotated[
        tuple[str, str], typer.Option("--compare", help="Two schemes by year or id, for example 2018 2022.")
    ],
    config: ConfigOption = DEFAULT_CONFIG,
    lang: LangOption = None,
    csv: Annotated[bool, typer.Option("--csv", help="Write the list as CSV to standard output.")] = False,
    every: Annotated[bool, typer.Option("--all", help="List the municipalities that stay too.")] = False,
) -> None:
    """Compare two cluster schemes: every municipality that moves."""
    from pipeline.clusters.comparison import compare_schemes, find_scheme  # noqa: PLC0415
    from pipeline.study import members_of_study, read_inputs  # noqa: PLC0415

    with command(lang) as terminal:
        settings = read_settings(config, lang)
        say = terminal.say = translator(settings.study.language)
        inputs = read_inputs(settings)
        before, after = (find_scheme(inputs.tables["schemes"], word) for word in compare)
        _, members = members_of_study(settings, inputs)
        changes = compare_schemes(members, inputs.tables["clusters"], before, after)
        shown = changes if every else changes[changes["change"] != "stays"]
        if csv:
            sys.stdout.write(shown.to_csv(index=False, lineterminator="\n"))
            return
        table = Table(title=f"{before} → {after}", title_justify="left")
        for title in (msg("Municipality"), msg("Before"), msg("After"), msg("Change"), msg("Evidence")):
            table.add_column(say(title))
        for row in shown.itertuples(index=False):
            table.add_row(
                escape(f"{row.municipality_code} {row.municipality_name}"),
                escape(str(row.clusters_before)),
                escape(str(row.clusters_after)),
                say(CHANGES[str(row.change)]),
                escape("; ".join(say(EVIDENCE[word]) for word in str(row.evidence).split("; "))),
            )
        terminal.out.print(table)
        terminal.line(
            msg(
                "{count:n} of {all:n} municipalities change; the others follow their cluster",
                count=int((changes["change"] != "stays").sum()),
                all=len(changes),
            )
        )


CHANGES: Final = {
    "stays": msg("stays"),
    "moves": msg("moves"),
    "leaves_one": msg("leaves one of its clusters"),
    "joins_one": msg("joins one more cluster"),
    "enters": msg("enters"),
    "leaves": msg("is in none"),
}


@app.command()
def houses(
    *,
    compare: Annotated[
        tuple[str, str],
        typer.Option("--compare", help="Two house ids, for example haderslev kolding-laasbyhoej."),
    ],
    config: ConfigOption = DEFAULT_CONFIG,
    lang: LangOption = None,
) -> None:
    """Put two health houses side by side."""
    from maps.house_words import comparison_rows  # noqa: PLC0415
    from pipeline.clusters.houses import compare_houses  # noqa: PLC0415
    from pipeline.study import read_inputs  # noqa: PLC0415

    with command(lang) as terminal:
        settings = read_settings(config, lang)
        say = terminal.say = translator(settings.study.language)
        tables = read_inputs(settings).tables
        found = compare_houses(
            tables["health_houses"], tables["house_functions"], tables["functions"], *compare
        )
        table = Table(show_header=False)
        for row in comparison_rows(found, tables["functions"], say):
            table.add_row(*(escape(cell) for cell in row))
        terminal.out.print(table)


@app.command()
def bench(
    *,
    extract: Annotated[
        Path | None,
        typer.Option("--extract", help="National OpenStreetMap extract; else a generated network."),
    ] = None,
    boundaries: Annotated[
        Path | None, typer.Option("--boundaries", help="Official boundaries for a second whole run.")
    ] = None,
    target: Annotated[Path, typer.Option("--write", help="Where to write the figures.")] = PROJECT
    / "docs"
    / "benchmarks.md",
    growth: Annotated[bool, typer.Option(help="Measure growth with size too.")] = True,
) -> None:
    """Measure time and memory of the engine, of other tools on the same problem, and of whole runs."""
    from maps.benchmarks import write_report  # noqa: PLC0415

    with command(None) as terminal:
        path = write_report(
            target,
            extract=extract,
            boundaries=boundaries,
            growth=growth,
            today=dt.datetime.now(tz=dt.UTC).date(),
            say=terminal.line,
        )
        terminal.line(msg("Written: {path}", path=path))


def main() -> None:
    """Run the command line."""
    app()
