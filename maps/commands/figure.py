"""``klyngekort figure``: one figure of any kind, at a size of one's own."""

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from maps.commands.options import DEFAULT_CONFIG, ConfigOption, Helpers, Speech
from pipeline.errors import Fault, OutputError
from pipeline.messages import msg


def figure(  # noqa: PLR0913  one parameter per option
    kind: Annotated[
        Literal["clusters", "houses", "acute-access", "gp-coverage", "satellites"],
        typer.Argument(
            metavar="clusters|houses|acute-access|gp-coverage|satellites", help="What the figure shows."
        ),
    ],
    *,
    cluster: Annotated[
        str | None,
        typer.Option("--cluster", metavar="NAME", help="One cluster, by id or name; else the country."),
    ] = None,
    region: Annotated[
        str | None,
        typer.Option("--region", metavar="NAME", help="One region, by name; not of clusters and houses."),
    ] = None,
    scheme: Annotated[
        str | None,
        typer.Option(
            "--scheme",
            metavar="NAME",
            help="Cluster scheme by year or id, for example 2022; of clusters only.",
        ),
    ] = None,
    function: Annotated[
        str | None,
        typer.Option(
            "--function", metavar="NAME", help="One satellite function, by id or name; of satellites only."
        ),
    ] = None,
    scenario: Annotated[
        Path | None,
        typer.Option("--scenario", metavar="FILE", help="What this scenario changes against today, instead."),
    ] = None,
    ending: Annotated[
        Literal["svg", "pdf", "png"], typer.Option("--format", metavar="svg|pdf|png", help="File format.")
    ] = "svg",
    width: Annotated[
        str, typer.Option("--width", metavar="WIDTH", help="Width, for example 160mm, 16cm or 6.3in.")
    ] = "160mm",
    file: Annotated[
        str | None,
        typer.Option(
            "--file",
            "-f",
            metavar="FILE",
            help="File to write; - for standard output. Else <figure>.<format>.",
        ),
    ] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    helpers: Helpers,
    speech: Speech,
) -> None:
    """Draw one figure, computing only what it needs."""
    from maps.figures.one_figure import Asked, one_figure, width_mm  # noqa: PLC0415

    with speech.command(silent=file == "-") as terminal:
        settings = speech.study(terminal, config)
        with terminal.steps() as step, helpers.helping(settings) as workers:
            name, content = one_figure(
                settings,
                Asked(kind, cluster, region, scheme, function, scenario),
                ending=ending,
                width=width_mm(width),
                workers=workers,
                progress=step,
            )
        if file == "-":
            sys.stdout.buffer.write(content)
            return
        path = Path(file or f"{name}.{ending}")
        try:
            path.write_bytes(content)
        except OSError as error:
            raise OutputError(
                Fault(
                    str(path),
                    "",
                    error.strerror or str(error),
                    msg("a file that can be written"),
                    msg("name another file with --file"),
                )
            ) from error
        terminal.line(msg("Figure: {path}", path=path))
