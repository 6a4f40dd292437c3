"""``klyngekort doctor``: the installation looked over."""

import datetime as dt
from collections import Counter
from pathlib import Path
from typing import Final

from rich.markup import escape

from maps.commands.options import DEFAULT_CONFIG, ConfigOption, OutOption, Speech
from pipeline.errors import FindingError
from pipeline.messages import msg

MARKS: Final = {"good": ("✓", "green"), "look": ("!", "yellow"), "bad": ("✗", "red")}


def doctor(
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    out: OutOption = Path("out"),
    speech: Speech,
) -> None:
    """Look over the installation: Python, packages, data, disk, memory, caches; exit with 1 if broken."""
    from maps.operate.doctor import examine  # noqa: PLC0415

    with speech.command() as terminal:
        counts: Counter[str] = Counter()
        with terminal.steps() as step:
            step("examine")
            checks = tuple(examine(out, config, today=dt.datetime.now(tz=dt.UTC).date()))
        for check in checks:
            counts[check.state] += 1
            mark, style = MARKS[check.state]
            told = f"{terminal.say(check.name)}: {terminal.say(check.found)}"
            terminal.out.print(f"[{style}]{mark}[/] {escape(told)}")
            if check.mend:
                terminal.out.print(f"    → {escape(terminal.say(check.mend))}")
        if counts["bad"]:
            raise FindingError([msg("{count:n} {count:|thing is|things are} broken", count=counts["bad"])])
        terminal.line(
            msg("Nothing is broken; {count:n} {count:|thing|things} to look at", count=counts["look"])
            if counts["look"]
            else msg("All is well."),
            "bold",
        )
