"""``klyngekort fetch``: official and open data, checked and locked, made into the tables of a study."""

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.markup import escape
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TransferSpeedColumn
from rich.table import Table

from maps.commands.options import ConfigOption, Speech
from maps.terminal import Terminal
from pipeline.errors import Fault, FetchError, InputError
from pipeline.fetch.layers import Events, fetch_layers
from pipeline.fetch.states import LayerState, layer_states, wanted_layers
from pipeline.messages import Message, msg
from pipeline.settings import PROJECT
from pipeline.settings.file import load_fetch_settings
from pipeline.sources import Source, load_sources

OPEN_CONFIG: Final = PROJECT / "config" / "denmark-open.toml"

STATES: Final = {
    "present": msg("there"),
    "stale": msg("old"),
    "changed": msg("changed"),
    "missing": msg("missing"),
    "needs_key": msg("needs a key"),
    "by_hand": msg("from a folder"),
}
HINTS: Final = {
    "stale": msg("{id}: klyngekort fetch --update renews it"),
    "changed": msg("{id}: not the file that geodata.lock names; klyngekort fetch gets that one again"),
    "needs_key": msg("{id}: put your key in the variable {name}"),
    "by_hand": msg("{id}: fetch the file yourself and use --from-folder; docs/data.md tells how"),
}
"""What to do about a state."""


def fetch(
    *,
    config: ConfigOption = OPEN_CONFIG,
    layer: Annotated[
        list[str] | None,
        typer.Option("--layer", "-l", metavar="NAME", help="Only this layer; may be repeated."),
    ] = None,
    from_folder: Annotated[
        Path | None,
        typer.Option(
            "--from-folder",
            metavar="FOLDER",
            help="Take the files from this folder instead of the network.",
        ),
    ] = None,
    update: Annotated[
        bool, typer.Option("--update", help="Fetch anew, and take files that differ from geodata.lock.")
    ] = False,
    listing: Annotated[
        bool, typer.Option("--list", help="Show the layers and how they stand; fetch nothing.")
    ] = False,
    speech: Speech,
) -> None:
    """Fetch official and open data, check and lock them, and make the tables of a study from them."""
    from pipeline.open_data.study_data import make_study_data  # noqa: PLC0415

    with speech.command() as terminal:
        settings = load_fetch_settings(config)
        layers = wanted_layers(settings, load_sources(), layer or ())
        today = dt.datetime.now(tz=dt.UTC).date()
        if listing:
            _list(terminal, layer_states(settings, layers, today=today))
            terminal.line(msg("Data folder: {folder}", folder=settings.folder))
            return
        faults: list[Fault] = []
        with _events(terminal) as events:
            try:
                fetch_layers(
                    settings, layers, today=today, update=update, from_folder=from_folder, events=events
                )
            except FetchError as error:  # what there is makes a study; the faults are told at the end
                faults += error.faults
        try:
            with terminal.steps() as step:
                made = make_study_data(settings, progress=step)
        except InputError as error:
            raise FetchError([*faults, *error.faults]) from error
        for line in made.lines:
            terminal.line(msg("{role}: {told}", role=line.role, told=line.told))
        terminal.line(msg("Written: {path}", path=made.path))
        if faults:
            raise FetchError(faults)
        here = config.resolve()
        named = here.relative_to(Path.cwd()) if here.is_relative_to(Path.cwd()) else here
        terminal.line(msg("Done. Make the maps with: make maps CONFIG={config}", config=named), "bold")


@contextmanager
def _events(terminal: Terminal) -> Iterator[Events]:
    """Show bars where somebody looks, and one line for each layer."""
    shown = not terminal.quiet and terminal.err.is_terminal
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=terminal.err, transient=True, disable=not shown) as progress:
        bars: dict[str, TaskID] = {}

        def tell(source: Source, message: Message) -> None:
            title = source.title(terminal.say.lang)
            terminal.line(msg("{title} ({id}): {told}", title=title, id=source.id, told=message))

        def show(source: Source, done: int, total: int | None) -> None:
            if source.id not in bars:
                bars[source.id] = progress.add_task(escape(source.title(terminal.say.lang)))
            progress.update(bars[source.id], completed=done, total=total)

        yield Events(tell, show)


def _list(terminal: Terminal, states: Sequence[LayerState]) -> None:
    terminal.out.print(_table(terminal, states))
    for row in states:
        if row.state in HINTS and row.source.fetch:
            hint = HINTS[row.state].text
            terminal.line(msg(hint, id=row.source.id, name=row.source.fetch.key_from))


def _table(terminal: Terminal, states: Sequence[LayerState]) -> Table:
    say = terminal.say
    table = Table(box=None, padding=(0, 2, 0, 0))
    for head in (msg("Layer"), msg("State"), msg("Fetched"), msg("Size, MB"), msg("Name")):
        table.add_column(say(head), no_wrap=head.text != "Name")
    for row in states:
        locked = row.locked
        about = row.source.fetch.about_mb if row.source.fetch else 0.0
        table.add_row(
            escape(row.source.id),
            say(STATES[row.state]),
            locked.date.isoformat() if locked else "",
            say.number(locked.size / 1e6, 1) if locked else say(msg("about {size:n}", size=about)),
            escape(row.source.title(say.lang)),
        )
    return table
