"""``klyngekort clusters``: two cluster schemes compared."""

import sys
from typing import Annotated, Final

import typer
from rich.markup import escape
from rich.table import Table

from maps.commands.options import DEFAULT_CONFIG, ConfigOption, Speech
from pipeline.evidence import EVIDENCE
from pipeline.messages import msg

CHANGES: Final = {
    "stays": msg("stays"),
    "moves": msg("moves"),
    "leaves_one": msg("leaves one of its clusters"),
    "joins_one": msg("joins one more cluster"),
    "enters": msg("enters"),
    "leaves": msg("is in none"),
}


def clusters(
    *,
    compare: Annotated[
        tuple[str, str],
        typer.Option(
            "--compare", metavar="NAME NAME", help="Two schemes by year or id, for example 2018 2022."
        ),
    ],
    config: ConfigOption = DEFAULT_CONFIG,
    csv: Annotated[bool, typer.Option("--csv", help="Write the list as CSV to standard output.")] = False,
    every: Annotated[bool, typer.Option("--all", help="List the municipalities that stay too.")] = False,
    speech: Speech,
) -> None:
    """Compare two cluster schemes: every municipality that moves."""
    from pipeline.clusters.comparison import compare_schemes, find_scheme  # noqa: PLC0415
    from pipeline.study_clusters import members_of_study  # noqa: PLC0415
    from pipeline.study_inputs import read_inputs  # noqa: PLC0415

    with speech.command() as terminal:
        settings = speech.study(terminal, config)
        say = terminal.say
        with terminal.steps() as step:
            step("inputs")
            inputs = read_inputs(settings)
            before, after = (find_scheme(inputs.tables["schemes"], word) for word in compare)
            step("clusters")
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
                "{count:n} of {all:n} {all:|municipality|municipalities} change; the others follow "
                "their cluster",
                count=int((changes["change"] != "stays").sum()),
                all=len(changes),
            )
        )
