"""``klyngekort scenario``: what a what-if changes against today, in every table."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from maps.commands.making import Making
from maps.commands.options import (
    DEFAULT_CONFIG,
    ConfigOption,
    Helpers,
    OutOption,
    ProfileOption,
    Speech,
)
from pipeline.messages import msg
from pipeline.settings import Settings

if TYPE_CHECKING:
    from maps.operate.verify import Asked
    from maps.scenario_results import Comparison
    from maps.terminal import Terminal
    from pipeline.scenarios import Scenario
    from pipeline.scenarios.run import ScenarioStudy

NAME = "scenario"


def scenario(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE", help="One or two scenarios, for example config/scenario-example.toml."
        ),
    ],
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    out: OutOption = Path("out"),
    profile: ProfileOption = False,
    helpers: Helpers,
    speech: Speech,
) -> None:
    """Find what scenarios change against today, and against one another."""
    with speech.command() as terminal:
        settings = speech.study(terminal, config)
        loaded = load_scenarios(files)
        name = results_name(settings, loaded)
        terminal.keep_log(
            out,
            name,
            NAME,
            profile=profile,
            config=str(config.resolve()),
            files=[str(path.resolve()) for path in files],
            lang=speech.lang,
        )
        with terminal.steps() as step, helpers.helping(settings) as workers:
            folder, study, told = make_scenarios(settings, loaded, Making(config, out, step, workers))
        found = study.today.sites
        names = {} if found is None else {f.id: f.name.text(terminal.say.lang) for f in found.functions}
        for each in told:
            _tell(terminal, each, names)
        terminal.line(
            msg(
                "Done. Tables, map and figures: {address}",
                address=(folder / "scenario.html").resolve().as_uri(),
            ),
            "bold",
        )


def load_scenarios(files: Sequence[Path]) -> "list[tuple[Scenario, Path]]":
    """Read scenarios that are compared with one another.

    Raises
    ------
    InputError
        A file is missing or at fault, or two scenarios have the same id.
    """
    from pipeline.scenarios.file import load_scenario, together  # noqa: PLC0415

    loaded = [(load_scenario(path), path) for path in files]
    together([each for each, _ in loaded])
    return loaded


def results_name(settings: Settings, loaded: "Sequence[tuple[Scenario, Path]]") -> str:
    """Give the name of the folder of results."""
    return "-".join([settings.study.name, NAME, *(each.id for each, _ in loaded)])


def make_scenarios(
    settings: Settings, loaded: "Sequence[tuple[Scenario, Path]]", making: Making
) -> "tuple[Path, ScenarioStudy, tuple[Comparison, ...]]":
    """Go the whole way from settings and scenarios to a folder of results."""
    from maps.files.provenance import MadeBy  # noqa: PLC0415
    from maps.files.publish import check_free  # noqa: PLC0415
    from maps.scenario_results import input_name, write_scenarios  # noqa: PLC0415
    from pipeline.scenarios.run import run_scenarios  # noqa: PLC0415
    from pipeline.study_inputs import read_inputs  # noqa: PLC0415

    folder = making.out / results_name(settings, loaded)
    check_free(folder)
    making.step("inputs")
    study = run_scenarios(
        settings, read_inputs(settings), loaded, workers=making.workers, progress=making.step
    )
    told = write_scenarios(
        study,
        folder,
        {each.id: path for each, path in loaded},
        config=making.config,
        made_by=MadeBy(NAME, files=tuple(input_name(each) for each, _ in loaded)),
        workers=making.workers,
        progress=making.step,
    )
    return folder, study, told


def remake(settings: Settings, asked: "Asked", making: Making) -> Path:
    """Make results again as a record tells."""
    return make_scenarios(settings, load_scenarios(asked.files), making)[0]


def _tell(terminal: "Terminal", comparison: "Comparison", names: dict[str, str]) -> None:
    from maps.scenario_report import figures_table, rows_table  # noqa: PLC0415

    for table in (figures_table(comparison, names, terminal.say), rows_table(comparison, terminal.say)):
        terminal.out.print(table, soft_wrap=False)
        terminal.line()
