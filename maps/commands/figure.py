"""``klyngekort figure``: one figure of any kind, at a size of one's own."""

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from maps.commands.options import (
    DEFAULT_CONFIG,
    ConfigOption,
    LangOption,
    QuietOption,
    read_settings,
)
from maps.terminal import command
from pipeline.errors import Fault, OutputError
from pipeline.messages import msg, translator


def figure(
    kind: Annotated[
        Literal["clusters", "houses", "acute-access", "gp-coverage"],
        typer.Argument(help="What the figure shows."),
    ],
    *,
    cluster: Annotated[
        str | None, typer.Option("--cluster", help="One cluster, by id or name; else the country.")
    ] = None,
    scheme: Annotated[
        str | None, typer.Option("--scheme", help="Cluster scheme by year or id, for example 2022.")
    ] = None,
    ending: Annotated[Literal["svg", "pdf", "png"], typer.Option("--format", help="File format.")] = "svg",
    width: Annotated[str, typer.Option("--width", help="Width, for example 160mm, 16cm or 6.3in.")] = "160mm",
    file: Annotated[
        str | None,
        typer.Option("--file", "-f", help="File to write; - for standard output. Else <figure>.<format>."),
    ] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    lang: LangOption = None,
    quiet: QuietOption = False,
) -> None:
    """Draw one figure, computing only what it needs."""
    from maps.figures.one_figure import one_figure, width_mm  # noqa: PLC0415

    with command(lang, quiet=quiet or file == "-") as terminal:
        settings = read_settings(config, lang)
        terminal.say = translator(settings.study.language)
        with terminal.steps() as step:
            name, content = one_figure(
                settings,
                kind,
                ending=ending,
                width=width_mm(width),
                cluster=cluster,
                scheme=scheme,
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
