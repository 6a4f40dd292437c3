"""Draw one figure at a size of one's own, computing only what it needs."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from maps.figures.access_figure import access_area_figure, access_figure
from maps.figures.country_parts import CountryPart, cluster_parts, region_parts
from maps.figures.figure_files import figure_bytes
from maps.figures.figure_pool import Order
from maps.figures.figure_set import (
    acute_caption,
    cluster_atlas,
    cluster_orders,
    national_figures,
    plain_caption,
)
from maps.figures.lettering import MM_PER_INCH
from maps.figures.map_set import shown_area_figure
from maps.figures.scenario_figures import FILES, difference_figure, prepare_scenarios, scenario_orders
from maps.figures.sheet import A4, Format
from maps.figures.site_figures import ALL, SHOWN_PLACES
from maps.naming import Names
from maps.telling.scenario_telling import ScenarioTelling
from pipeline.clusters.comparison import find_scheme
from pipeline.errors import Fault, SettingsError
from pipeline.messages import Message, msg, translator
from pipeline.scenarios.file import load_scenario
from pipeline.scenarios.land import ScenarioLand
from pipeline.scenarios.run import run_scenarios, without_draws
from pipeline.settings import BUNDLED, Settings
from pipeline.sites.functions_file import FUNCTIONS_FILE, load_functions
from pipeline.study import run_study
from pipeline.study_clusters import cluster_study
from pipeline.study_inputs import Inputs, read_inputs
from pipeline.study_result import ClusterStudy, StudyResult
from pipeline.workers import SERIAL, Workers

if TYPE_CHECKING:
    from matplotlib.figure import Figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Kind = Literal["clusters", "houses", "acute-access", "gp-coverage", "satellites"]

FITTING: Final[Mapping[str, tuple[Kind, ...]]] = {
    "cluster": ("clusters", "acute-access", "gp-coverage", "satellites"),
    "region": ("acute-access", "gp-coverage", "satellites"),
    "scheme": ("clusters",),
    "function": ("satellites",),
    "scenario": ("acute-access", "gp-coverage", "satellites"),
}
"""Options, and the kinds of figure that each goes with."""

MISSING: Final[Mapping[Kind, Message]] = {
    "gp-coverage": msg("switch the rules of coverage on in the settings"),
    "satellites": msg("switch satellite functions on in the settings ([sites] enabled)"),
}
"""What to do where a study has nothing to draw of a kind."""

NARROWEST, WIDEST = 60.0, 420.0
"""Widths that a figure can be read at, millimetres: a column of text, and A3 on its side."""

_WIDTH: Final = re.compile(r"(\d+(?:[.,]\d+)?)\s*(mm|cm|in)?", re.IGNORECASE)
_MM: Final = {"mm": 1.0, "cm": 10.0, "in": MM_PER_INCH}


def width_mm(text: str) -> float:
    """Read a width such as ``160mm``, ``16 cm`` or ``6.3in``; a bare number is millimetres.

    Raises
    ------
    SettingsError
        Not a width, or one at which the figure could not be read.
    """
    found = _WIDTH.fullmatch(text.strip())
    width = float(found[1].replace(",", ".")) * _MM[(found[2] or "mm").lower()] if found else 0.0
    if not NARROWEST <= width <= WIDEST:
        raise SettingsError(
            Fault(
                "--width",
                "",
                text,
                msg("{low:n} to {high:n} mm, for example 160mm", low=NARROWEST, high=WIDEST),
                msg("write a number with mm, cm or in"),
            )
        )
    return width


def form_of(width: float) -> Format:
    """Give the form of a figure of a width, mm; type shrinks and grows less than the figure does."""
    part = float(np.sqrt(width / A4.width))
    return Format(
        "own", width, None, part * A4.type_scale, part * A4.map_scale, part * A4.marker_mm, A4.tallest
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """A figure that somebody asks for.

    Parameters
    ----------
    kind
        What to draw.
    cluster, region
        A part of the country, by id or name; the whole country when both are left out.
    scheme
        Cluster scheme by id or year, of ``clusters``; that in force on the study's day when left out.
    function
        One satellite function, by id or name; all of them together when left out.
    scenario
        File of a scenario: what it changes against today, instead of today.
    """

    kind: Kind
    cluster: str | None = None
    region: str | None = None
    scheme: str | None = None
    function: str | None = None
    scenario: Path | None = None

    def check(self) -> None:
        """Refuse options that do not go together.

        Raises
        ------
        SettingsError
            Every option that does not go with the kind of figure, or with another.
        """
        faults = [
            Fault(
                f"--{option}",
                "",
                str(value),
                msg("only with {words}", words=", ".join(kinds)),
                msg("leave the option out, or ask for another figure"),
            )
            for option, kinds in FITTING.items()
            if (value := getattr(self, option)) is not None and self.kind not in kinds
        ]
        if self.cluster is not None and self.region is not None:
            both = f"--cluster {self.cluster} --region {self.region}"
            mend = msg("leave the option out, or ask for another figure")
            faults.append(Fault("--region", "", both, msg("one of the two"), mend))
        if self.scenario is not None and self.kind == "satellites" and self.function is None:
            mend = msg("name one with --function")
            faults.append(Fault("--scenario", "", str(self.scenario), msg("one satellite function"), mend))
        if faults:
            raise SettingsError(faults)


def one_figure(
    settings: Settings,
    asked: Asked,
    *,
    ending: str,
    width: float = A4.width,
    workers: Workers = SERIAL,
    progress: Callable[[str], None] = lambda _: None,
) -> tuple[str, bytes]:
    """Draw one figure of a study.

    Parameters
    ----------
    settings
        The study.
    asked
        What to draw.
    ending
        ``png``, ``svg`` or ``pdf``.
    width
        Millimetres.
    workers
        Who helps with what the figure shows.
    progress
        Called with the name of each step as it begins.

    Returns
    -------
    tuple
        The figure's name and its file.

    Raises
    ------
    SettingsError
        Options that do not go together, a cluster, region, scheme or function that is not known, or a study
        that has no such figure.
    """
    asked.check()
    kind = asked.kind
    function_id = None if asked.function is None else _function_id(settings, asked.function)
    progress("inputs")
    inputs = read_inputs(settings)
    if kind in {"clusters", "houses"}:
        study = cluster_study(settings, inputs, progress=progress)
        chosen = study.shown_scheme if asked.scheme is None else find_scheme(study.schemes, asked.scheme)
        name = kind if asked.cluster is None else f"cluster-{_cluster_id(study, chosen, asked.cluster)}"
        found = [(cluster_atlas(study, chosen), list(cluster_orders(study, chosen)))]
        source, order = _named(kind, name, found)
    elif asked.scenario is not None:
        shown = _only_what_is_shown(settings, kind, function_id)
        part = _part(cluster_study(shown, inputs), asked)
        source, order = _difference(shown, inputs, asked, function_id, part, workers, progress)
        order = order if part is None else _of_part(None, order, part)
    else:
        shown = _only_what_is_shown(settings, kind, function_id)
        base = cluster_study(shown, inputs, progress=progress)
        part = _part(base, asked)
        result = run_study(
            shown,
            inputs,
            base=base,
            gaps=kind == "gp-coverage",
            sites=kind == "satellites",
            workers=workers,
            progress=progress,
        )
        progress("figures")
        name = kind if function_id is None else f"{ALL}-{function_id}"
        drawn = national_figures(result, cluster_atlas(result, result.shown_scheme), only=kind)
        if kind == "gp-coverage" and part is not None:
            source, order = _named(kind, f"{name}-{part.key}", drawn)
        else:
            source, order = _named(kind, name, drawn)
            order = order if part is None else _of_part(result, order, part)
    figure = order.draw(source, *order.args, order.caption, form_of(width))
    told = order.caption
    return order.name, figure_bytes(figure, ending, title=told.title, source=told.credit)


def _difference(
    settings: Settings,
    inputs: Inputs,
    asked: Asked,
    function_id: str | None,
    part: CountryPart | None,
    workers: Workers,
    progress: Callable[[str], None],
) -> tuple[object, Order]:
    """Show what a scenario changes of what a figure shows."""
    kind, file = asked.kind, asked.scenario
    assert file is not None  # noqa: S101  asked for
    study = run_scenarios(
        settings,
        inputs,
        [(load_scenario(file), file)],
        gaps=kind == "gp-coverage",
        sites=kind == "satellites",
        workers=workers,
        progress=progress,
    )
    progress("figures")
    today = study.today
    told = ScenarioTelling(ScenarioLand(study), Names(today, today.settings.study.language))
    key = function_id or next(key for key, name in FILES.items() if name == kind)
    name = difference_figure(told, key, (0, 1))
    source = prepare_scenarios(told, cluster_atlas(today, today.shown_scheme), only=name)
    codes = None if part is None else part.codes
    orders = scenario_orders(told, plain_caption(today), (), codes=codes)
    return _named(kind, name, [(source, orders)])


def _only_what_is_shown(settings: Settings, kind: Kind, function_id: str | None) -> Settings:
    """Leave out what a figure does not show: test runs, further functions, models and numbers of places."""
    plain = without_draws(settings)
    if kind == "gp-coverage":
        parts = plain.maps.model_copy(update={"coverage_figures": ("regions", "clusters")})
        return plain.model_copy(update={"maps": parts})
    rules = plain.sites
    models = [model for model in rules.choice.models if model != "set_cover"]
    sites = rules.model_copy(
        update={
            "only": rules.only if function_id is None else (function_id,),
            "new_sites": min(rules.new_sites, SHOWN_PLACES),
            "choice": rules.choice.model_copy(update={"models": tuple(models[:1])}),
        }
    )
    return plain.model_copy(update={"sites": sites})


def _function_id(settings: Settings, wanted: str) -> str:
    file = settings.sites.functions
    catalogue = load_functions(FUNCTIONS_FILE if file == BUNDLED else Path(file))
    return catalogue.only((wanted,), source="--function").ids[0]


def _of_part(result: StudyResult | None, order: Order, part: CountryPart) -> Order:
    """Draw a figure of the country for a part of it."""
    draw: Callable[..., Figure] = shown_area_figure
    told = order.caption
    if result is not None and order.draw is access_figure:
        hospitals = result.access.hospitals
        here = hospitals.loc[hospitals["municipality_code"].isin(part.codes), "facility_id"]
        draw, told = access_area_figure, acute_caption(result, here)
    say = translator(told.lang)
    title = say(msg("{area}: {title}", area=part.name, title=told.title))
    return replace(
        order,
        name=f"{order.name}-{part.key}",
        draw=draw,
        args=(*order.args, part.codes),
        caption=replace(told, title=title),
    )


def _named(kind: Kind, name: str, drawn: Iterable[tuple[object, list[Order]]]) -> tuple[object, Order]:
    for source, orders in drawn:
        for order in orders:
            if order.name == name:
                return source, order
    raise SettingsError(
        Fault(
            "figure",
            name,
            msg("nothing to draw"),
            msg("a study that finds what the figure shows"),
            MISSING.get(kind, msg("ask for another figure")),
        )
    )


def _part(study: ClusterStudy, asked: Asked) -> CountryPart | None:
    """Find the cluster or region that is asked for."""
    if asked.cluster is not None:
        key = _cluster_id(study, study.shown_scheme, asked.cluster)
        return next(part for part in cluster_parts(study) if part.key == key)
    if asked.region is None:
        return None
    return _region(region_parts(study), asked.region)


def _region(parts: Iterator[CountryPart], wanted: str) -> CountryPart:
    """Find a region by name, with or without the word "Region", whatever the case."""
    known, word = list(parts), wanted.strip().casefold()
    for part in known:
        if word in {part.key, part.name.casefold(), part.name.casefold().removeprefix("region ")}:
            return part
    words = ", ".join(part.name for part in known)
    mend = msg("write a region's name")
    raise SettingsError(Fault("--region", "", wanted, msg("one of: {words}", words=words), mend))


def _cluster_id(study: ClusterStudy, scheme: str, wanted: str) -> str:
    """Find a cluster by id or name, whatever the case."""
    rows = study.clusters[study.clusters["scheme"] == scheme]
    word = wanted.strip().casefold()
    hits = [
        str(key)
        for key, *names in rows[["cluster_id", "cluster_id", "name", "full_name"]].itertuples(index=False)
        if word in (str(name).casefold() for name in names)
    ]
    if len(hits) == 1:
        return hits[0]
    known = ", ".join(f"{key} ({name})" for key, name in zip(rows["cluster_id"], rows["name"], strict=True))
    raise SettingsError(
        Fault(
            "--cluster",
            "",
            wanted,
            msg("one of: {words}", words=known),
            msg("write a cluster's id or name"),
        )
    )
