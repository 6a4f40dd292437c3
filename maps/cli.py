"""The command ``klyngekort``: every command of `maps.commands` under its name."""

import typer

from maps.commands.bench import bench
from maps.commands.check import check
from maps.commands.clusters import clusters
from maps.commands.doctor import doctor
from maps.commands.fetch import fetch
from maps.commands.figure import figure
from maps.commands.houses import houses
from maps.commands.maps import maps_command
from maps.commands.publish_db import publish_db
from maps.commands.scenario import scenario
from maps.commands.serve import serve
from maps.commands.sites import sites
from maps.commands.verify import verify
from maps.commands.worker import worker

app = typer.Typer(
    name="klyngekort",
    help="Who reaches which health service by road: maps of Denmark's health clusters.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

app.command("maps")(maps_command)
app.command("fetch")(fetch)
app.command("check")(check)
app.command("clusters")(clusters)
app.command("houses")(houses)
app.command("sites")(sites)
app.command("scenario")(scenario)
app.command("figure")(figure)
app.command("serve")(serve)
app.command("verify")(verify)
app.command("doctor")(doctor)
app.command("publish-db")(publish_db)
app.command("worker")(worker)
app.command("bench")(bench)


def main() -> None:
    """Run the command line."""
    app()
