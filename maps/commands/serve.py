"""``klyngekort serve``: the results in the browser, made anew when a setting changes."""

import time
from pathlib import Path
from typing import Annotated, Final

import typer

from maps.commands.maps import make_results
from maps.commands.options import (
    DEFAULT_CONFIG,
    ConfigOption,
    LangOption,
    OutOption,
    QuietOption,
    helping,
    read_settings,
)
from maps.terminal import Terminal, command
from pipeline.errors import Fault, InputError, OutputError
from pipeline.messages import msg, translator

PORT: Final = 8350
LOOK_S: Final = 1.0
"""Seconds between two looks at the settings file."""


def serve(
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    out: OutOption = Path("out"),
    lang: LangOption = None,
    port: Annotated[int, typer.Option("--port", help="Port on this machine.", min=0, max=65535)] = PORT,
    quiet: QuietOption = False,
) -> None:
    """Show the results on this machine only, and make them anew when the settings file changes."""
    from maps.operate.local_server import HOST, Watch, serving  # noqa: PLC0415

    with command(lang, quiet=quiet) as terminal:
        settings = read_settings(config, lang)
        terminal.say = translator(settings.study.language)
        folder = out / settings.study.name
        watch = Watch(lambda: [config])
        if not (folder / "index.html").is_file():
            _make(terminal, config, out, lang)
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
                        _try_again(terminal, config, out, lang)
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


def _try_again(terminal: Terminal, config: Path, out: Path, lang: str | None) -> None:
    """Make the results anew; a mistake in the settings is told, and the earlier results stay."""
    terminal.line(msg("{file} has changed: making the results anew ...", file=config))
    try:
        _make(terminal, config, out, lang)
    except (InputError, OutputError) as error:
        terminal.line(error.text(terminal.say.lang), "red")
        terminal.line(msg("The earlier results still stand."))
    else:
        terminal.line(msg("Done; load the page again."), "bold")


def _make(terminal: Terminal, config: Path, out: Path, lang: str | None) -> None:
    settings = read_settings(config, lang)
    with terminal.steps() as step, helping(settings.maps.workers) as helpers:
        make_results(settings, config, out, step, helpers)
