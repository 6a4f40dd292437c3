"""Options that several commands share: declared once, alone or as a group, and what they stand for."""

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import MISSING, dataclass, fields
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, Final, get_type_hints

import typer

from maps.terminal import Terminal, command
from pipeline.database.inputs import local_copies
from pipeline.messages import translator
from pipeline.settings import PROJECT, Settings
from pipeline.settings.file import load_settings
from pipeline.workers import SERIAL, Workers

DEFAULT_CONFIG: Final = PROJECT / "config" / "denmark.toml"


def _of_the_program(context: typer.Context, lang: str | None) -> str | None:
    """Take the language that stands before the command's name, where none stands after it."""
    if lang is not None or context.parent is None:
        return lang
    before: str | None = context.parent.params.get("lang")
    return before


ConfigOption = Annotated[
    Path, typer.Option("--config", "-c", metavar="FILE", help="Settings of the study (TOML).")
]
OutOption = Annotated[
    Path,
    typer.Option("--out", "-o", metavar="FOLDER", help="Folder for results; a sub-folder per study is made."),
]
ProfileOption = Annotated[
    bool, typer.Option("--profile", help="Measure which functions take the time; written beside the log.")
]
LangOption = Annotated[
    str | None,
    typer.Option(
        "--lang",
        metavar="da|en",
        callback=_of_the_program,
        help="Language of pages, messages and this help: da or en.",
    ),
]

TlsOption = Annotated[
    Path | None,
    typer.Option(
        "--tls", metavar="FOLDER", help="Folder with ca.pem, cert.pem and key.pem for a tls:// scheduler."
    ),
]


class OptionGroup:
    """A dataclass whose fields are options; `grouped` makes one of what a command is given."""


@dataclass(frozen=True, slots=True)
class Speech(OptionGroup):
    """How a command speaks."""

    lang: LangOption = None
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Tell every step and finding.")] = False
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Tell errors only.")] = False

    def command(self, *, silent: bool = False) -> AbstractContextManager[Terminal]:
        """Run a command's body, see `maps.terminal.command`; a silent one leaves standard output to data."""
        return command(self.lang, verbose=self.verbose, quiet=self.quiet or silent)

    def study(self, terminal: Terminal, config: Path) -> Settings:
        """Read the settings of a study, and speak its language from here on."""
        with terminal.steps() as step:
            step("settings")
            settings = read_settings(config, self.lang)
        terminal.say = translator(settings.study.language)
        return settings


@dataclass(frozen=True, slots=True)
class Helpers(OptionGroup):
    """Who helps with the work."""

    workers: Annotated[
        int | None,
        typer.Option(
            "--workers",
            metavar="NUMBER",
            min=1,
            max=64,
            help="Processes of this machine that help; 1 for none.",
        ),
    ] = None
    scheduler: Annotated[
        str | None,
        typer.Option(
            "--scheduler",
            metavar="ADDRESS",
            help="Dask scheduler whose workers help (tcp:// or tls://host:port).",
        ),
    ] = None
    tls: TlsOption = None

    @contextmanager
    def helping(self, settings: Settings, *, preload: Sequence[str] = ()) -> Iterator[Workers]:
        """Give the workers asked for: a cluster's, some processes of this machine, or nobody.

        Parameters
        ----------
        settings
            Say how many processes help where no option does.
        preload
            Modules that processes of this machine load at once.

        Raises
        ------
        WorkersError
            The scheduler does not answer, or has no workers.
        """
        count = self.workers or settings.maps.workers
        if self.scheduler is not None:
            from pipeline.workers.cluster import ClusterWorkers, security  # noqa: PLC0415  an optional extra

            with ClusterWorkers(self.scheduler, security(self.tls)) as workers:
                yield workers
        elif count > 1:
            from pipeline.workers.local import LocalWorkers  # noqa: PLC0415

            with LocalWorkers(count, preload=preload) as processes:
                yield processes
        else:
            yield SERIAL


def grouped(function: Callable[..., None]) -> Callable[..., None]:
    """Let a command take groups of options: each option by itself outside, the group inside.

    Parameters
    ----------
    function
        A command; every parameter whose type is an `OptionGroup` stands for the options of that group.
    """
    hints = get_type_hints(function, include_extras=True)
    groups: Mapping[str, type[Any]] = {
        name: kind for name, kind in hints.items() if isinstance(kind, type) and issubclass(kind, OptionGroup)
    }
    outside: list[inspect.Parameter] = []
    for own in inspect.signature(function).parameters.values():
        if own.name not in groups:
            outside.append(own.replace(annotation=hints[own.name]))
            continue
        kinds = get_type_hints(groups[own.name], include_extras=True)
        outside += [
            inspect.Parameter(
                option.name,
                inspect.Parameter.KEYWORD_ONLY,
                default=inspect.Parameter.empty if option.default is MISSING else option.default,
                annotation=kinds[option.name],
            )
            for option in fields(groups[own.name])
        ]

    @wraps(function)
    def run(**given: Any) -> None:  # noqa: ANN401
        for name, group in groups.items():
            given[name] = group(**{option.name: given.pop(option.name) for option in fields(group)})
        function(**given)

    run.__signature__ = inspect.Signature(outside)  # type: ignore[attr-defined]
    run.__annotations__ = {option.name: option.annotation for option in outside}
    return run


def read_settings(config: Path, lang: str | None) -> Settings:
    """Read the settings and copy inputs from a database; ``--lang`` goes before the file's language."""
    settings = local_copies(load_settings(config))
    if lang is None:
        return settings
    return settings.model_copy(update={"study": settings.study.model_copy(update={"language": lang})})
