"""What a command says on the terminal: the only place that prints, and where errors become exit codes.

Exit codes: 0 good, 1 a finding that stops, 2 the user's mistake, 130 stopped by the user.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import typer
from rich.console import Console
from rich.logging import RichHandler
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from pipeline.errors import FindingError, InputError, KlyngekortError, OutputError
from pipeline.findings import Finding
from pipeline.messages import LANGUAGES, Language, Message, Translator, msg, translator

EXIT_FINDING: Final = 1
EXIT_MISTAKE: Final = 2
EXIT_INTERRUPTED: Final = 130

STEPS: Final = {
    "settings": msg("Reading settings"),
    "inputs": msg("Reading and checking tables and boundaries"),
    "clusters": msg("Building clusters"),
    "facilities": msg("Placing hospitals and health houses"),
    "register": msg("Reading the register of health houses"),
    "roads": msg("Reading roads"),
    "travel_times": msg("Measuring travel times"),
    "gp_coverage": msg("Finding where people lack a GP"),
    "open_roads": msg("Looking through the fetched files"),
    "open_boundaries": msg("Putting boundaries together"),
    "open_places": msg("Reading hospitals and GP practices"),
    "open_demand": msg("Reading where people live"),
    "tables": msg("Writing tables"),
    "pages": msg("Drawing pages"),
    "figures": msg("Drawing figures"),
}


class Terminal:
    """What a command says, in the reader's language and as loudly as asked."""

    def __init__(self, lang: Language, *, verbose: bool, quiet: bool) -> None:
        self.say: Translator = translator(lang)
        self.verbose, self.quiet = verbose, quiet
        self.out = Console(quiet=quiet, soft_wrap=True, highlight=False)
        self.err = Console(stderr=True, soft_wrap=True, highlight=False)
        logging.basicConfig(
            level=logging.DEBUG if verbose else logging.ERROR if quiet else logging.WARNING,
            format="%(message)s",
            handlers=[RichHandler(console=self.err, show_path=False, show_time=verbose)],
            force=True,
        )
        for chatty in ("matplotlib", "fontTools", "fiona", "pyogrio", "numba", "shapely"):
            logging.getLogger(chatty).setLevel(logging.ERROR)

    def line(self, message: Message | str = "", style: str = "") -> None:
        """Say one line."""
        self.out.print(escape(self.say(message)), style=style or None)

    def detail(self, message: Message | str) -> None:
        """Say one line that only the curious want."""
        if self.verbose:
            self.line(message, "dim")

    @contextmanager
    def steps(self) -> Iterator[Callable[[str], None]]:
        """Show the running step and its time; gives a function that names the next step."""
        columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
        shown = not self.quiet and self.err.is_terminal
        with Progress(*columns, console=self.err, transient=True, disable=not shown) as progress:
            task = progress.add_task("", total=None)

            def step(name: str) -> None:
                progress.update(task, description=escape(self.say(STEPS.get(name, name))))
                logging.getLogger(__name__).info("%s", name)

            yield step

    def findings(self, findings: tuple[Finding, ...]) -> None:
        """Count the findings; list the warnings when verbose."""
        warnings = [finding for finding in findings if finding.severity == "warning"]
        if self.verbose:
            for finding in findings:
                scheme = f"[{finding.scheme}] " if finding.scheme else ""
                mark = "!" if finding.severity == "warning" else "·"
                self.out.print(escape(f" {mark} {scheme}{self.say(finding.message)}"))
        elif warnings:
            self.line(
                msg(
                    "{count:n} warnings on the data; the start page lists them",
                    count=len(warnings),
                )
            )


@contextmanager
def command(lang: str | None, *, verbose: bool = False, quiet: bool = False) -> Iterator[Terminal]:
    """Run a command's body and turn refusals into words and exit codes, without a traceback."""
    chosen: Language = next((known for known in LANGUAGES if known == lang), "da")
    terminal = Terminal(chosen, verbose=verbose, quiet=quiet)
    if lang is not None and lang not in LANGUAGES:
        terminal.err.print(f"--lang: {lang!r}: da | en")
        raise typer.Exit(EXIT_MISTAKE)
    try:
        yield terminal
    except (InputError, OutputError) as error:
        terminal.err.print(escape(error.text(terminal.say.lang)), style="red")
        raise typer.Exit(EXIT_MISTAKE) from None
    except FindingError as error:
        terminal.err.print(escape(error.text(terminal.say.lang)), style="yellow")
        raise typer.Exit(EXIT_FINDING) from None
    except KlyngekortError as error:
        terminal.err.print(escape(str(error)), style="red")
        raise typer.Exit(EXIT_MISTAKE) from None
    except KeyboardInterrupt:
        terminal.err.print(escape(terminal.say(msg("Stopped; earlier results are untouched."))))
        raise typer.Exit(EXIT_INTERRUPTED) from None
