"""``klyngekort sites``: candidate sites for satellite functions, ranked with the reasons."""

from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from maps.commands.making import Making, unknown
from maps.commands.options import (
    DEFAULT_CONFIG,
    ConfigOption,
    Helpers,
    OptionGroup,
    OutOption,
    ProfileOption,
    Speech,
)
from maps.figures import DRAWING
from pipeline.errors import FindingError
from pipeline.messages import msg
from pipeline.settings import Settings, SitesSettings
from pipeline.settings.file import check_section

if TYPE_CHECKING:
    from maps.operate.verify import Asked
    from maps.terminal import Terminal
    from pipeline.sites.study import SiteStudy
    from pipeline.study_result import StudyResult

NAME = "sites"


@dataclass(frozen=True, slots=True)
class SiteOptions(OptionGroup):
    """What decides the results of the command, beside the settings and the list."""

    function: Annotated[
        list[str] | None,
        typer.Option("--function", "-f", metavar="NAME", help="Function by id or name; may be repeated."),
    ] = None
    k: Annotated[
        int | None,
        typer.Option("--k", metavar="NUMBER", min=0, max=100, help="Most new places to choose."),
    ] = None
    model: Annotated[
        list[str] | None,
        typer.Option(
            "--model",
            metavar="NAME",
            help="max_cover, capacitated_cover, p_median, p_center, set_cover; may be repeated.",
        ),
    ] = None
    limit: Annotated[
        float | None, typer.Option("--limit", metavar="MINUTES", help="Limit of the choices, minutes.")
    ] = None
    must: Annotated[
        list[str] | None,
        typer.Option("--must", metavar="NAME", help="A candidate to be opened; may be repeated."),
    ] = None
    forbid: Annotated[
        list[str] | None,
        typer.Option("--forbid", metavar="NAME", help="A candidate not to be opened; may be repeated."),
    ] = None
    budget: Annotated[
        float | None, typer.Option("--budget", metavar="NUMBER", help="Budget of the choices, million DKK.")
    ] = None
    built_in: Annotated[
        bool, typer.Option("--built-in", help="Rank the settings' houses and towns beside your list.")
    ] = False
    runs: Annotated[
        int | None, typer.Option("--runs", metavar="NUMBER", min=0, help="Stability runs; 0 for none.")
    ] = None

    def given(self) -> dict[str, object]:
        """Give the options that were given."""
        return _given(**asdict(self))


def sites(
    candidates: Annotated[
        Path | None,
        typer.Argument(
            metavar="FILE", help="Your list (CSV, GeoPackage, GeoJSON, Parquet); else houses and towns."
        ),
    ] = None,
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    out: OutOption = Path("out"),
    asked: SiteOptions,
    rows: Annotated[
        int, typer.Option("--rows", metavar="NUMBER", min=0, help="Rows of each ranking; 0 for all.")
    ] = 10,
    reasons: Annotated[bool, typer.Option("--reasons", help="Tell every reason of every row.")] = False,
    profile: ProfileOption = False,
    helpers: Helpers,
    speech: Speech,
) -> None:
    """Evaluate candidate sites for satellite functions, and choose among them."""
    with speech.command() as terminal:
        settings = speech.study(terminal, config)
        terminal.keep_log(
            out,
            f"{settings.study.name}-{NAME}",
            NAME,
            profile=profile,
            config=str(config.resolve()),
            files=[] if candidates is None else [str(candidates.resolve())],
            lang=speech.lang,
        )
        changed = with_options(settings, candidates, asked)
        with terminal.steps() as step, helpers.helping(settings, preload=DRAWING) as workers:
            folder, result = make_sites(changed, candidates, asked, Making(config, out, step, workers))
        assert result.sites is not None  # noqa: S101  nothing is written without them
        _tell(terminal, result.sites, rows=rows, full=reasons, asked=asked.k is not None)
        start = (folder / "index.html").resolve()
        terminal.line(msg("Done. Tables, layers and pages: {address}", address=start.as_uri()), "bold")


def make_sites(
    settings: Settings, candidates: Path | None, asked: SiteOptions, making: Making
) -> "tuple[Path, StudyResult]":
    """Go the whole way from settings changed by `with_options` to a folder of results.

    Raises
    ------
    FindingError
        No candidate can be evaluated.
    """
    from maps.files.provenance import MadeBy  # noqa: PLC0415
    from maps.files.publish import check_free  # noqa: PLC0415
    from maps.site_results import write_site_results  # noqa: PLC0415
    from pipeline.study import run_study  # noqa: PLC0415
    from pipeline.study_inputs import read_inputs  # noqa: PLC0415

    folder = making.out / f"{settings.study.name}-{NAME}"
    check_free(folder)
    making.step("inputs")
    result = run_study(settings, read_inputs(settings), workers=making.workers, progress=making.step)
    if result.sites is None or result.sites.evaluation.table.empty:
        told = [] if result.sites is None else [finding.message for finding in result.sites.findings]
        raise FindingError([*told, msg("No candidate can be evaluated.")])
    written = write_site_results(
        result,
        folder,
        config=making.config,
        made_by=MadeBy(NAME, asked.given(), () if candidates is None else ("candidates",)),
        earlier=making.earlier,
        workers=making.workers,
        progress=making.step,
    )
    return written, result


def remake(settings: Settings, asked: "Asked", making: Making) -> Path:
    """Make results again as a record tells.

    Raises
    ------
    MissingInputError
        The record tells of options that there are not.
    """
    strange = sorted(asked.options.keys() - {option.name for option in fields(SiteOptions)})
    if strange:
        raise unknown(", ".join(strange))
    options = SiteOptions(**asked.options)
    candidates = next(iter(asked.files), None)
    return make_sites(with_options(settings, candidates, options), candidates, options, making)[0]


def with_options(settings: Settings, candidates: Path | None, asked: SiteOptions) -> Settings:
    """Let options of the command go before a study's settings.

    Raises
    ------
    SettingsError
        Values out of range or files that are not there: every fault at once.
    """
    own = candidates is not None and not asked.built_in
    wanted: dict[str, Any] = {
        "enabled": True,
        **({"candidates": candidates} if candidates is not None else {}),
        **({"health_houses": False, "towns_from": 0} if own else {}),
        **_given(only=asked.function, new_sites=asked.k),
        "choice": _given(
            models=asked.model,
            limit_min=asked.limit,
            must=asked.must,
            forbidden=asked.forbid,
            budget_mio_dkk=asked.budget,
        ),
        "stability": _given(runs=asked.runs),
    }
    return with_sites(settings, wanted)


def _given(**options: object) -> dict[str, object]:
    """Keep the options that were given."""
    return {
        key: value
        for key, value in options.items()
        if value is not None and value is not False and value != []
    }


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
