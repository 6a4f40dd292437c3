"""``klyngekort houses``: two health houses side by side."""

from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from maps.commands.options import DEFAULT_CONFIG, ConfigOption, Speech


def houses(
    *,
    compare: Annotated[
        tuple[str, str],
        typer.Option(
            "--compare", metavar="NAME NAME", help="Two house ids, for example haderslev kolding-laasbyhoej."
        ),
    ],
    config: ConfigOption = DEFAULT_CONFIG,
    speech: Speech,
) -> None:
    """Put two health houses side by side."""
    from maps.telling.house_words import comparison_rows  # noqa: PLC0415
    from pipeline.clusters.houses import compare_houses  # noqa: PLC0415
    from pipeline.study_inputs import read_inputs  # noqa: PLC0415

    with speech.command() as terminal:
        settings = speech.study(terminal, config)
        say = terminal.say
        with terminal.steps() as step:
            step("inputs")
            tables = read_inputs(settings).tables
        found = compare_houses(
            tables["health_houses"], tables["house_functions"], tables["functions"], *compare
        )
        table = Table(show_header=False)
        for row in comparison_rows(found, tables["functions"], say):
            table.add_row(*(escape(cell) for cell in row))
        terminal.out.print(table)
