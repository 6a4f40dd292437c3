"""Help and misuse of the command line in the reader's language; typer itself speaks English only.

Help stands in the code as the docstrings of commands and the ``help`` and ``metavar`` of options, and is
translated through the message catalogues like every sentence.
"""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import typer
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from typer.core import TyperCommand, TyperGroup

from pipeline.messages import LANGUAGES, Language, Message, Translator, msg, translator

LANG: Final = "--lang"


def wanted_language(words: Sequence[str]) -> Language:
    """Find the language of help and of refusals: that of ``--lang`` anywhere among the words, else Danish."""
    found: Language = "da"
    for at, word in enumerate(words):
        name, joined, value = word.partition("=")
        told = value if joined else "".join(words[at + 1 : at + 2])
        if name == LANG:
            found = next((known for known in LANGUAGES if known == told), found)
    return found


class SpokenCommand(TyperCommand):
    """A command that tells its help, and what is too much, in the reader's language."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401  typer keeps this type to itself
        """Read the words."""
        ctx.allow_extra_args = True
        rest = super().parse_args(ctx, args)
        if rest:
            _refuse(ctx, msg("too many words: {words}", words=" ".join(rest)))
            raise typer.Exit(2)
        return rest

    def format_help(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401
        """Write the help."""
        formatter.write(_help(self, ctx))


class SpokenGroup(TyperGroup):
    """The program: tells its help, and what was misunderstood, in the reader's language."""

    def format_help(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401
        """Write the help."""
        formatter.write(_help(self, ctx))

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401
        """Read the words; none ask for help."""
        return super().parse_args(ctx, args or ["--help"])

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:  # noqa: ANN401
        """Find the command of this name."""
        if self.get_command(ctx, args[0]) is None and not args[0].startswith("-"):
            names = ", ".join(self.list_commands(ctx))
            _refuse(ctx, msg("{name}: no such command; there are {names}", name=args[0], names=names))
            raise typer.Exit(2)
        return super().resolve_command(ctx, args)

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,  # noqa: FBT001, FBT002  as typer has it
        windows_expand_args: bool = True,  # noqa: FBT001, FBT002
        **extra: Any,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401
        """Run the program; a misuse ends with 2 and words."""
        words = list(sys.argv[1:] if args is None else args)
        extra["obj"] = wanted_language(words)
        try:
            code = super().main(
                words,
                prog_name,
                complete_var,
                standalone_mode=False,
                windows_expand_args=windows_expand_args,
                **extra,
            )
        except typer.TyperException as error:
            if not standalone_mode:
                raise
            _refuse(getattr(error, "ctx", None), _misuse(error, translator(extra["obj"])))
            sys.exit(error.exit_code)
        if not standalone_mode:
            return code
        sys.exit(code if isinstance(code, int) else 0)


def sentences(app: typer.Typer) -> Iterator[str]:
    """Give every sentence of the help that is to be translated."""
    program = typer.main.get_command(app)
    context = program.make_context("klyngekort", [], resilient_parsing=True)
    commands = program.commands.values() if isinstance(program, TyperGroup) else ()
    for command in (program, *commands):
        yield command.help or ""
        for param in command.get_params(context):
            yield getattr(param, "help", "") or ""
            yield param.metavar if param.metavar and "|" not in param.metavar else ""  # typed as it stands


def _say(ctx: Any) -> Translator:  # noqa: ANN401
    return translator("da" if ctx is None or ctx.obj is None else ctx.obj)


def _help(command: Any, ctx: Any) -> str:  # noqa: ANN401
    """Write what a command does, its arguments, options and commands."""
    say = _say(ctx)
    params = [param for param in command.get_params(ctx) if not param.hidden]
    arguments = [param for param in params if param.param_type_name == "argument"]
    parts = [
        (msg("Arguments"), [(_name(param, say), _told(param, say)) for param in arguments]),
        (
            msg("Options"),
            [(_name(param, say), _told(param, say)) for param in params if param not in arguments],
        ),
    ]
    if isinstance(command, TyperGroup):
        commands = [(name, say(each.help or "")) for name, each in command.commands.items()]
        parts.insert(0, (msg("Commands"), commands))
    console = Console(highlight=False)
    with console.capture() as written:
        console.print(f"[bold]{escape(_usage(ctx, say))}[/]")
        console.print(Padding(escape(say(command.help or "")), (1, 0, 0, 2)))
        for title, rows in parts:
            if rows:
                console.print()
                console.print(f"[bold]{escape(say(title))}[/]")
                console.print(_columns(rows))
    return "".join(f"{line.rstrip()}\n" for line in written.get().splitlines()).rstrip("\n")


def _columns(rows: list[tuple[str, str]]) -> Padding:
    table = Table.grid(padding=(0, 3, 0, 0))
    table.add_column(style="cyan", no_wrap=True)
    table.add_column()
    for name, text in rows:
        table.add_row(escape(name), escape(text))
    return Padding(table, (0, 0, 0, 2))


def _usage(ctx: Any, say: Translator) -> str:  # noqa: ANN401
    command = ctx.command
    words = [say(msg("Usage:")), ctx.command_path, say(msg("[options]"))]
    if isinstance(command, TyperGroup):
        words.append(say(msg("command …")))
    for param in command.get_params(ctx):
        if param.param_type_name == "argument":
            many = " …" if param.nargs != 1 else ""
            words.append(f"{_metavar(param, say)}{many}" if param.required else f"[{_metavar(param, say)}]")
    return " ".join(words)


def _metavar(param: Any, say: Translator) -> str:  # noqa: ANN401
    return say(param.metavar or param.name)


def _name(param: Any, say: Translator) -> str:  # noqa: ANN401
    """Write a parameter as it is typed: the short name first."""
    if param.param_type_name == "argument":
        return _metavar(param, say)
    names = [", ".join(sorted(param.opts, key=len)), *param.secondary_opts]
    return "/".join(names) + (f" {_metavar(param, say)}" if param.metavar else "")


def _told(param: Any, say: Translator) -> str:  # noqa: ANN401
    """Tell what a parameter is, its range and what it is when it is not given."""
    low, high = getattr(param, "min", None), getattr(param, "max", None)
    range_ = f"{'' if low is None else low}–{'' if high is None else high}"
    facts = [
        *([range_] if low is not None and high is not None else []),
        *([f"≥ {low}"] if low is not None and high is None else []),
        *([say(msg("needed"))] if param.required else []),
        *([say(msg("else {value}", value=_shown(param.default)))] if _has_default(param) else []),
    ]
    text = say(param.help or "")
    return f"{text} ({', '.join(facts)})" if facts else text


def _has_default(param: Any) -> bool:  # noqa: ANN401
    return not param.required and not (param.default in (None, "", ()) or isinstance(param.default, bool))


def _shown(value: object) -> str:
    """Write a default; a path as it would be typed from here."""
    if isinstance(value, Path) and value.is_relative_to(Path.cwd()):
        return str(value.relative_to(Path.cwd()))
    return str(value)


def _misuse(error: typer.TyperException, say: Translator) -> Message | str:
    """Say what was not understood."""
    kind, param = type(error).__name__, getattr(error, "param", None)
    if kind == "NoSuchOption":
        near = ", ".join(getattr(error, "possibilities", None) or ())
        name = getattr(error, "option_name", "")
        if near:
            return msg("{name}: no such option; did you mean {near}?", name=name, near=near)
        return msg("{name}: no such option", name=name)
    if param is not None:
        name, told = _name(param, say), _told(param, say)
        if kind == "MissingParameter":
            return msg("{name} is missing: {told}", name=name, told=told)
        return msg("{name}: not a value that fits: {told}", name=name, told=told)
    if kind == "BadOptionUsage":
        return msg("{name}: its value is missing", name=getattr(error, "option_name", ""))
    return msg("not understood: {reason}", reason=error.format_message())


def _refuse(ctx: Any, told: Message | str) -> None:  # noqa: ANN401
    """Say what was misunderstood, and where the help is."""
    say = _say(ctx)
    console = Console(stderr=True, soft_wrap=True, highlight=False)
    console.print(escape(say(told)), style="red")
    if ctx is not None:
        console.print(escape(_usage(ctx, say)))
        console.print(escape(say(msg("More: {command} --help", command=ctx.command_path))), style="dim")
