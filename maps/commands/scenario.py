"""``klyngekort scenario``: what a what-if changes against today, in every table."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from maps.commands.options import (
    DEFAULT_CONFIG,
    ConfigOption,
    LangOption,
    OutOption,
    QuietOption,
    VerboseOption,
    read_settings,
)
from maps.terminal import command
from pipeline.messages import msg, translator

if TYPE_CHECKING:
    from maps.scenario_results import Comparison
    from maps.terminal import Terminal


def scenario(
    files: Annotated[
        list[Path], typer.Argument(help="One or two scenarios, for example config/scenario-example.toml.")
    ],
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    out: OutOption = Path("out"),
    lang: LangOption = None,
    verbose: VerboseOption = False,
    quiet: QuietOption = False,
) -> None:
    """Find what scenarios change against today, and against one another."""
    from maps.scenario_results import write_scenarios  # noqa: PLC0415
    from pipeline.scenarios.file import load_scenario, together  # noqa: PLC0415
    from pipeline.scenarios.run import run_scenarios  # noqa: PLC0415
    from pipeline.study_inputs import read_inputs  # noqa: PLC0415

    with command(lang, verbose=verbose, quiet=quiet) as terminal:
        settings = read_settings(config, lang)
        terminal.say = translator(settings.study.language)
        loaded = [(load_scenario(path), path) for path in files]
        together([each for each, _ in loaded])
        ids = [each.id for each, _ in loaded]
        folder = out / "-".join([settings.study.name, "scenario", *ids])
        terminal.keep_log(out, settings.study.name, "scenario", config=str(config.resolve()), lang=lang)
        with terminal.steps() as step:
            step("inputs")
            study = run_scenarios(settings, read_inputs(settings), loaded, progress=step)
            told = write_scenarios(
                study, folder, {each.id: path for each, path in loaded}, config=config, progress=step
            )
        found = study.today.sites
        names = {} if found is None else {f.id: f.name.text(terminal.say.lang) for f in found.functions}
        for each in told:
            _tell(terminal, each, names)
        terminal.line(
            msg("Done. Tables and map: {address}", address=(folder / "scenario.html").resolve().as_uri()),
            "bold",
        )


def _tell(terminal: "Terminal", comparison: "Comparison", names: dict[str, str]) -> None:
    from maps.scenario_report import figures_table, rows_table  # noqa: PLC0415

    for table in (figures_table(comparison, names, terminal.say), rows_table(comparison, terminal.say)):
        terminal.out.print(table, soft_wrap=False)
        terminal.line()
