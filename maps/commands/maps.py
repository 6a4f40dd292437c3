"""``klyngekort maps``: all pages, figures and tables of a study."""

from pathlib import Path

from maps.commands.options import (
    DEFAULT_CONFIG,
    ConfigOption,
    LangOption,
    OutOption,
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


def maps_command(
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    out: OutOption = Path("out"),
    lang: LangOption = None,
    verbose: VerboseOption = False,
    quiet: QuietOption = False,
    workers: WorkersOption = None,
    scheduler: SchedulerOption = None,
    tls: TlsOption = None,
) -> None:
    """Make all pages, figures and tables of a study."""
    from maps.figure_pool import PRELOAD  # noqa: PLC0415
    from maps.results import write_results  # noqa: PLC0415  drawing libraries load only where they are needed
    from pipeline.study import read_inputs, run_study  # noqa: PLC0415

    with command(lang, verbose=verbose, quiet=quiet) as terminal:
        settings = read_settings(config, lang)
        terminal.say = translator(settings.study.language)
        count = workers or settings.maps.workers
        with terminal.steps() as step, helping(count, scheduler, tls=tls, preload=PRELOAD) as helpers:
            step("inputs")
            inputs = read_inputs(settings)
            result = run_study(settings, inputs, workers=helpers, progress=step)
            folder = write_results(result, out / settings.study.name, workers=helpers, progress=step)
        terminal.findings(result.findings)
        start = (folder / "index.html").resolve()
        terminal.line(msg("Done. Open this page in a browser: {address}", address=start.as_uri()), "bold")
