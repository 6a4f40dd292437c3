"""``klyngekort sites``: candidate sites for satellite functions, ranked with the reasons."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from maps.commands.options import (
    DEFAULT_CONFIG,
    ConfigOption,
    LangOption,
    OutOption,
    QuietOption,
    VerboseOption,
    helping,
    read_settings,
)
from maps.terminal import command
from pipeline.errors import FindingError
from pipeline.messages import msg, translator
from pipeline.settings import Settings, SitesSettings
from pipeline.settings.file import check_section

if TYPE_CHECKING:
    from maps.terminal import Terminal
    from pipeline.sites.study import SiteStudy


def sites(  # noqa: PLR0913  one parameter per option
    candidates: Annotated[
        Path | None,
        typer.Argument(help="Your list (CSV, GeoPackage, GeoJSON, Parquet); else houses and towns."),
    ] = None,
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    out: OutOption = Path("out"),
    function: Annotated[
        list[str] | None, typer.Option("--function", "-f", help="Function by id or name; may be repeated.")
    ] = None,
    k: Annotated[int | None, typer.Option("--k", min=0, max=100, help="Most new places to choose.")] = None,
    model: Annotated[
        list[str] | None,
        typer.Option(
            "--model", help="max_cover, capacitated_cover, p_median, p_center, set_cover; may be repeated."
        ),
    ] = None,
    limit: Annotated[float | None, typer.Option("--limit", help="Limit of the choices, minutes.")] = None,
    must: Annotated[list[str] | None, typer.Option("--must", help="A candidate to be opened.")] = None,
    forbid: Annotated[
        list[str] | None, typer.Option("--forbid", help="A candidate not to be opened.")
    ] = None,
    budget: Annotated[
        float | None, typer.Option("--budget", help="Budget of the choices, million DKK.")
    ] = None,
    built_in: Annotated[
        bool, typer.Option("--built-in", help="Rank the settings' houses and towns beside your list.")
    ] = False,
    runs: Annotated[int | None, typer.Option("--runs", min=0, help="Stability runs; 0 for none.")] = None,
    rows: Annotated[int, typer.Option("--rows", min=0, help="Rows of each ranking; 0 for all.")] = 10,
    reasons: Annotated[bool, typer.Option("--reasons", help="Tell every reason of every row.")] = False,
    lang: LangOption = None,
    verbose: VerboseOption = False,
    quiet: QuietOption = False,
) -> None:
    """Evaluate candidate sites for satellite functions, and choose among them."""
    from maps.site_results import write_site_results  # noqa: PLC0415
    from pipeline.study import run_study  # noqa: PLC0415
    from pipeline.study_inputs import read_inputs  # noqa: PLC0415

    with command(lang, verbose=verbose, quiet=quiet) as terminal:
        settings = read_settings(config, lang)
        terminal.say = translator(settings.study.language)
        terminal.keep_log(
            out, f"{settings.study.name}-sites", "sites", config=str(config.resolve()), lang=lang
        )
        own = candidates is not None and not built_in
        wanted: dict[str, Any] = {
            "enabled": True,
            **({"candidates": candidates} if candidates is not None else {}),
            **({"health_houses": False, "towns_from": 0} if own else {}),
            **_given(only=function, new_sites=k),
            "choice": _given(
                models=model, limit_min=limit, must=must, forbidden=forbid, budget_mio_dkk=budget
            ),
            "stability": _given(runs=runs),
        }
        settings = with_sites(settings, wanted)
        with terminal.steps() as step, helping(settings.maps.workers) as helpers:
            step("inputs")
            result = run_study(settings, read_inputs(settings), workers=helpers, progress=step)
            assert result.sites is not None  # noqa: S101  they were switched on
            if result.sites.evaluation.table.empty:
                told = [finding.message for finding in result.sites.findings]
                raise FindingError([*told, msg("No candidate can be evaluated.")])
            folder = write_site_results(
                result,
                out / f"{settings.study.name}-sites",
                config=config,
                workers=helpers,
                progress=step,
            )
        _tell(terminal, result.sites, rows=rows, full=reasons, asked=k is not None)
        start = (folder / "index.html").resolve()
        terminal.line(msg("Done. Tables, layers and pages: {address}", address=start.as_uri()), "bold")


def _given(**options: object) -> dict[str, object]:
    """Keep the options that were given."""
    return {key: value for key, value in options.items() if value not in (None, [])}


def with_sites(settings: Settings, wanted: dict[str, Any]) -> Settings:
    """Change the settings of satellite functions, and leave out what they do not need.

    Parameters
    ----------
    settings
        The study's settings.
    wanted
        Keys of the section ``[sites]`` and its parts that go before the study's own.

    Raises
    ------
    SettingsError
        Values out of range or files that are not there: every fault at once.
    """
    raw = settings.sites.model_dump(exclude_unset=True)
    for key, value in wanted.items():
        raw[key] = {**raw.get(key, {}), **value} if isinstance(value, dict) else value
    sites_settings = check_section(SitesSettings, raw, source="klyngekort sites", folder=Path.cwd())
    shaken = settings.coverage.robustness.model_copy(
        update={"runs": 0, "speed_changes": (), "limit_changes": ()}
    )
    coverage = settings.coverage.model_copy(update={"robustness": shaken})
    return settings.model_copy(update={"sites": sites_settings, "coverage": coverage})


def _tell(terminal: "Terminal", study: "SiteStudy", *, rows: int, full: bool, asked: bool) -> None:
    from maps.site_report import choice_lines, rankings  # noqa: PLC0415

    for ranking in rankings(study, terminal.say, rows=rows, full=full):
        terminal.out.print(ranking.table, soft_wrap=False)
        for line in ranking.why:
            terminal.line(line)
        terminal.line()
    for told in choice_lines(study, terminal.say, asked=asked):
        terminal.line(told)
    terminal.line()
    for finding in study.findings:
        terminal.line(finding.message, "yellow" if finding.severity == "warning" else "dim")
