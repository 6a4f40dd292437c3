"""``klyngekort maps``: all pages, figures and tables of a study."""

from pathlib import Path
from typing import TYPE_CHECKING

from maps.commands.making import Making
from maps.commands.options import (
    DEFAULT_CONFIG,
    ConfigOption,
    Helpers,
    OutOption,
    ProfileOption,
    Speech,
)
from maps.figures import DRAWING
from pipeline.messages import msg
from pipeline.settings import Settings
from pipeline.workers import SERIAL

if TYPE_CHECKING:
    from maps.operate.verify import Asked
    from pipeline.study_result import StudyResult

NAME = "maps"


def maps_command(
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    out: OutOption = Path("out"),
    profile: ProfileOption = False,
    helpers: Helpers,
    speech: Speech,
) -> None:
    """Make all pages, figures and tables of a study."""
    with speech.command() as terminal:
        settings = speech.study(terminal, config)
        terminal.keep_log(
            out, settings.study.name, NAME, profile=profile, config=str(config.resolve()), lang=speech.lang
        )
        with terminal.steps() as step, helpers.helping(settings, preload=DRAWING) as workers:
            folder, result = make_results(settings, Making(config, out, step, workers))
        terminal.findings(result.findings)
        start = (folder / "index.html").resolve()
        terminal.line(msg("Done. Open this page in a browser: {address}", address=start.as_uri()), "bold")


def make_results(settings: Settings, making: Making) -> "tuple[Path, StudyResult]":
    """Go the whole way from settings to a folder of results."""
    from maps.figures.ahead import drawing_ahead  # noqa: PLC0415  drawing libraries load only where needed
    from maps.files.provenance import MadeBy  # noqa: PLC0415
    from maps.files.publish import check_free  # noqa: PLC0415
    from maps.results import write_results  # noqa: PLC0415
    from pipeline.study import run_study  # noqa: PLC0415
    from pipeline.study_clusters import cluster_study  # noqa: PLC0415
    from pipeline.study_inputs import read_inputs  # noqa: PLC0415

    folder = making.out / settings.study.name
    check_free(folder)
    making.step("inputs")
    inputs = read_inputs(settings)
    base = cluster_study(settings, inputs, progress=making.step)
    with drawing_ahead(base, making.workers) as ahead:
        # Processes that draw meanwhile have no time for test runs; those would wait in line behind figures.
        helpers = making.workers if ahead is None else SERIAL
        result = run_study(settings, inputs, base=base, workers=helpers, progress=making.step)
        write_results(
            result,
            folder,
            config=making.config,
            made_by=MadeBy(NAME),
            earlier=making.earlier,
            ahead=ahead,
            workers=making.workers,
            progress=making.step,
        )
    return folder, result


def remake(settings: Settings, _: "Asked", making: Making) -> Path:
    """Make results again as a record tells."""
    return make_results(settings, making)[0]
