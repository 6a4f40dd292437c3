"""What a command says on the terminal: the only place that prints, and where errors become exit codes.

Exit codes: 0 good, 1 a finding that stops, 2 the user's mistake, 130 stopped by the user.
"""

import logging
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import typer
from rich.console import Console
from rich.logging import RichHandler
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from maps.operate.run_log import RunLog
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
    "digests": msg("Looking for files changed since the run"),
    "examine": msg("Looking over the installation"),
    "results": msg("Reading the results"),
    "open_roads": msg("Looking through the fetched files"),
    "open_boundaries": msg("Putting boundaries together"),
    "open_places": msg("Reading hospitals and GP practices"),
    "open_demand": msg("Reading where people live"),
    "scenario": msg("Putting a scenario into effect"),
    "sites": msg("Weighing where satellite functions could stand"),
    "tables": msg("Writing tables"),
    "pages": msg("Drawing pages"),
    "figures": msg("Drawing figures"),
    "sheets": msg("Writing cluster sheets and the report"),
}


class Terminal:
    """What a command says, in the reader's language and as loudly as asked."""

    def __init__(self, lang: Language, *, verbose: bool, quiet: bool) -> None:
        self.say: Translator = translator(lang)
        self.verbose, self.quiet = verbose, quiet
        self.log: RunLog | None = None
        self.out = Console(quiet=quiet, soft_wrap=True, highlight=False)
        self.err = Console(stderr=True, soft_wrap=True, highlight=False)
        shown = RichHandler(console=self.err, show_path=False, show_time=verbose)
        shown.setLevel(logging.DEBUG if verbose else logging.ERROR if quiet else logging.WARNING)
        logging.basicConfig(  # the run's log takes in more than the terminal shows
            level=logging.DEBUG if verbose else logging.INFO,
            format="%(message)s",
            handlers=[shown],
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

    def keep_log(self, out: Path, study: str, command: str, *, profile: bool = False, **facts: Any) -> None:  # noqa: ANN401
        """Keep a log of this run beside the results in `out`, see `maps.operate.run_log.RunLog`."""
        self.log = RunLog(out, study, command, facts, profile=profile)

    @contextmanager
    def steps(self) -> Iterator[Callable[[str], None]]:
        """Show the running step and its time; gives a function that names the next step."""
        columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
        shown = not self.quiet and self.err.is_terminal
        with Progress(*columns, console=self.err, transient=True, disable=not shown) as progress:
            task = progress.add_task("", total=None)

            def step(name: str) -> None:
                progress.update(task, description=escape(self.say(STEPS.get(name, name))))
                logging.getLogger(__name__).debug("%s", name)
                if self.log is not None:
                    self.log.step(name)

            yield step
            if self.log is not None:
                self.log.end_step()

    def findings(self, findings: tuple[Finding, ...]) -> None:
        """Count the findings; list the warnings when verbose."""
        if self.log is not None:
            for finding in findings:
                self.log.tell("finding", kind=finding.kind, severity=finding.severity, text=finding.message)
        warnings = [finding for finding in findings if finding.severity == "warning"]
        if self.verbose:
            for finding in findings:
                scheme = f"[{finding.scheme}] " if finding.scheme else ""
                mark = "!" if finding.severity == "warning" else "·"
                self.out.print(escape(f" {mark} {scheme}{self.say(finding.message)}"))
        elif warnings:
            self.line(
                msg(
                    "{count:n} {count:|warning|warnings} on the data; the start page lists them",
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
    code: int | None = None
    try:
        yield terminal
        code = 0
    except typer.Exit as end:
        code = end.exit_code
        raise
    except (KlyngekortError, KeyboardInterrupt) as error:
        code = _refuse(terminal, error)
        raise typer.Exit(code) from None
    except Exception:
        _tell_fault(terminal)
        raise
    finally:
        if terminal.log is not None:
            terminal.log.end(code)


def _refuse(terminal: Terminal, error: BaseException) -> int:
    """Tell why the run ends, on the terminal and in the log; gives the exit code."""
    if isinstance(error, KeyboardInterrupt):
        code, text = EXIT_INTERRUPTED, terminal.say(msg("Stopped; earlier results are untouched."))
    elif isinstance(error, FindingError):
        code, text = EXIT_FINDING, error.text(terminal.say.lang)
    elif isinstance(error, InputError | OutputError):
        code, text = EXIT_MISTAKE, error.text(terminal.say.lang)
    else:
        code, text = EXIT_MISTAKE, str(error)
    style = {EXIT_MISTAKE: "red", EXIT_FINDING: "yellow"}.get(code)
    terminal.err.print(escape(text), style=style)
    if terminal.log is not None:
        terminal.log.tell("refused", text=text)
    return code


def _tell_fault(terminal: Terminal) -> None:
    """Point to the log, which holds what a maintainer needs to find a fault of ours."""
    if terminal.log is not None and terminal.log.kept:
        terminal.log.tell("error", text=traceback.format_exc())
        told = msg("A fault of Klyngekort itself; the log tells more: {path}", path=terminal.log.path)
        terminal.err.print(escape(terminal.say(told)), style="red")
