"""``klyngekort maps``: all pages, figures and tables of a study."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from maps.commands.options import (
    DEFAULT_CONFIG,
    ConfigOption,
    LangOption,
    OutOption,
    ProfileOption,
    QuietOption,
    SchedulerOption,
    TlsOption,
    VerboseOption,
    WorkersOption,
    helping,
    read_settings,
)
from maps.terminal import command
from pipeline.messages import msg, translator
from pipeline.settings import Settings
from pipeline.workers import SERIAL, Workers

if TYPE_CHECKING:
    from pipeline.study_result import StudyResult


def maps_command(
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    out: OutOption = Path("out"),
    lang: LangOption = None,
    verbose: VerboseOption = False,
    quiet: QuietOption = False,
    profile: ProfileOption = False,
    workers: WorkersOption = None,
    scheduler: SchedulerOption = None,
    tls: TlsOption = None,
) -> None:
    """Make all pages, figures and tables of a study."""
    with command(lang, verbose=verbose, quiet=quiet) as terminal:
        settings = read_settings(config, lang)
        terminal.say = translator(settings.study.language)
        terminal.keep_log(
            out, settings.study.name, "maps", profile=profile, config=str(config.resolve()), lang=lang
        )
        with terminal.steps() as step, helping(workers or settings.maps.workers, scheduler, tls) as helpers:
            folder, result = make_results(settings, config, out, step, helpers)
        terminal.findings(result.findings)
        start = (folder / "index.html").resolve()
        terminal.line(msg("Done. Open this page in a browser: {address}", address=start.as_uri()), "bold")


def make_results(
    settings: Settings,
    config: Path,
    out: Path,
    step: Callable[[str], None],
    workers: Workers = SERIAL,
    *,
    earlier: Path | None = None,
) -> "tuple[Path, StudyResult]":
    """Go the whole way from settings to a folder of results below `out`, with the help of workers.

    News on the start page are told against the results in `earlier`, or against those that are replaced.
    """
    from maps.figures.ahead import drawing_ahead  # noqa: PLC0415  drawing libraries load only where needed
    from maps.files.publish import check_free  # noqa: PLC0415
    from maps.results import write_results  # noqa: PLC0415
    from pipeline.study import run_study  # noqa: PLC0415
    from pipeline.study_inputs import read_inputs  # noqa: PLC0415

    folder = out / settings.study.name
    check_free(folder)
    step("inputs")
    inputs = read_inputs(settings)
    with drawing_ahead(settings, inputs, workers) as ahead:
        result = run_study(settings, inputs, workers=workers, progress=step)
        write_results(
            result, folder, config=config, earlier=earlier, ahead=ahead, workers=workers, progress=step
        )
    return folder, result
