"""The command ``klyngekort``: every command of `maps.commands` under its name."""

from collections.abc import Callable, Mapping
from typing import Final

import typer

from maps.commands.bench import bench
from maps.commands.check import check
from maps.commands.clusters import clusters
from maps.commands.doctor import doctor
from maps.commands.fetch import fetch
from maps.commands.figure import figure
from maps.commands.houses import houses
from maps.commands.maps import maps_command
from maps.commands.options import LangOption, grouped
from maps.commands.publish_db import publish_db
from maps.commands.scenario import scenario
from maps.commands.serve import serve
from maps.commands.sites import sites
from maps.commands.spoken import SpokenCommand, SpokenGroup
from maps.commands.verify import verify
from maps.commands.worker import worker

COMMANDS: Final[Mapping[str, Callable[..., None]]] = {
    "maps": maps_command,
    "fetch": fetch,
    "check": check,
    "clusters": clusters,
    "houses": houses,
    "sites": sites,
    "scenario": scenario,
    "figure": figure,
    "serve": serve,
    "verify": verify,
    "doctor": doctor,
    "publish-db": publish_db,
    "worker": worker,
    "bench": bench,
}

app = typer.Typer(
    name="klyngekort",
    cls=SpokenGroup,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def klyngekort(lang: LangOption = None) -> None:
    """Who reaches which health service by road: maps of Denmark's health clusters."""


for _name, _function in COMMANDS.items():
    app.command(_name, cls=SpokenCommand)(grouped(_function))


def main() -> None:
    """Run the command line."""
    app(prog_name="klyngekort")
