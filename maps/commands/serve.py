"""``klyngekort serve``: the results in the browser, made anew when a setting changes."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Final

import typer

from maps.commands.making import Making
from maps.commands.maps import make_results
from maps.commands.options import DEFAULT_CONFIG, ConfigOption, Helpers, OutOption, Speech
from maps.figures import DRAWING
from maps.terminal import Terminal
from pipeline.errors import Fault, InputError, OutputError
from pipeline.messages import msg

PORT: Final = 8350
LOOK_S: Final = 1.0
"""Seconds between two looks at the settings file."""


def serve(
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    out: OutOption = Path("out"),
    port: Annotated[
        int,
        typer.Option(
            "--port", metavar="NUMBER", help="Port on this machine; 0 for any free one.", min=0, max=65535
        ),
    ] = PORT,
    helpers: Helpers,
    speech: Speech,
) -> None:
    """Show the results on this machine only, and make them anew when the settings file changes."""
    from maps.operate.local_server import HOST, Watch, serving  # noqa: PLC0415

    def make(terminal: Terminal) -> None:
        settings = speech.study(terminal, config)
        with terminal.steps() as step, helpers.helping(settings, preload=DRAWING) as workers:
            make_results(settings, Making(config, out, step, workers))

    with speech.command() as terminal:
        settings = speech.study(terminal, config)
        folder = out / settings.study.name
        watch = Watch(lambda: [config])
        if not (folder / "index.html").is_file():
            make(terminal)
        try:
            with serving(folder, port) as address:
                terminal.line(msg("Open this page in a browser: {address}", address=address), "bold")
                terminal.line(
                    msg(
                        "Only this machine can see it. A change of {file} makes it anew; Ctrl-C ends.",
                        file=config,
                    )
                )
                while True:
                    time.sleep(LOOK_S)
                    if watch.changed():
                        _try_again(terminal, config, make)
        except KeyboardInterrupt:
            terminal.line()
            return
        except OSError as error:
            if isinstance(error, OutputError):
                raise
            raise OutputError(
                Fault(
                    f"{HOST}:{port}",
                    "",
                    error.strerror or str(error),
                    msg("a free port"),
                    msg("choose another with --port, or 0 for any free one"),
                )
            ) from error


def _try_again(terminal: Terminal, config: Path, make: Callable[[Terminal], None]) -> None:
    """Make the results anew; a mistake in the settings is told, and the earlier results stay."""
    terminal.line(msg("{file} has changed: making the results anew ...", file=config))
    try:
        make(terminal)
    except (InputError, OutputError) as error:
        terminal.line(error.text(terminal.say.lang), "red")
        terminal.line(msg("The earlier results still stand."))
    else:
        terminal.line(msg("Done; load the page again."), "bold")
