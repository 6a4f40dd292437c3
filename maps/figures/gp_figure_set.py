"""All static figures on GP coverage: the country, each region, each cluster of the shown scheme."""

from collections.abc import Iterator
from dataclasses import replace

from maps.figures.cluster_atlas import ClusterAtlas
from maps.figures.country_parts import CountryPart, cluster_parts, region_parts
from maps.figures.figure_pool import Order, print_and_slide
from maps.figures.gp_figure import CoverageAtlas, coverage_area_figure, coverage_figure, prepare_coverage
from maps.figures.sheet import A4, Caption
from pipeline.coverage.study import CoverageResult
from pipeline.messages import Message, Translator, msg, translator
from pipeline.study_result import StudyResult

NAME = "gp-coverage"


def coverage_orders(
    result: StudyResult, atlas: ClusterAtlas, caption: Caption
) -> Iterator[tuple[CoverageAtlas, list[Order]]]:
    """Order the figures on GP coverage that the settings ask for, if the study has any.

    Parameters
    ----------
    result
        What the study found.
    atlas
        The shown scheme, simplified for print.
    caption
        Credit and notes.

    Yields
    ------
    tuple
        What the figures are drawn from, and their orders; the country's first.
    """
    found, zones, maps = result.coverage, result.coverage_zones, result.settings.maps
    if found is None or zones is None:
        return
    say = translator(caption.lang)
    source = prepare_coverage(found, zones, atlas, say)
    if source is None:
        return
    formats = tuple(maps.figure_formats)
    told = _caption(found, caption, say)
    orders = print_and_slide(NAME, coverage_figure, told, formats)
    parts: list[CountryPart] = []
    if "regions" in maps.coverage_figures:
        parts += region_parts(result)
    if "clusters" in maps.coverage_figures:
        parts += cluster_parts(result)
    for part in parts:
        one = _area_caption(found, result.shown_scheme, part, told, say)
        orders.append(Order(f"{NAME}-{part.key}", coverage_area_figure, one, A4, formats, (part.codes,)))
    yield source, orders


def _caption(found: CoverageResult, caption: Caption, say: Translator) -> Caption:
    """Title the national figure, and add to the notes in `caption` what its figures rest on."""
    gaps = found.gaps["access"].table
    subtitle = msg(
        "Minutes by car to the nearest practice; {count:n} {count:|gap|gaps} with {people:n} "
        "{people:|person|people}: too far, too little choice, closed, or only by ferry",
        count=len(gaps),
        people=float(gaps["people"].sum()),
    )
    notes = [*caption.notes]
    if found.precision == "modelled":
        notes.append(say(msg("Where people live and practices stand, and the number of GPs, is modelled.")))
    title = say(msg("Where people lack a GP"))
    return replace(caption, title=title, subtitle=say(subtitle), notes=tuple(notes))


def _area_caption(
    found: CoverageResult, scheme: str, part: CountryPart, caption: Caption, say: Translator
) -> Caption:
    gaps = found.gaps["access"].table
    count = int(gaps["municipality_code"].isin(part.codes).sum())
    people, affected = _people(found, scheme, part)
    share = 100 * affected / people if people else 0.0
    told: dict[str, object] = {"people": affected, "all": people, "share": share, "count": count}
    subtitle: Message = msg(
        "{people:n} of {all:n} {all:|person|people} ({share:n1} %) {people:|has|have} a GP too "
        "far away or too little choice, in {count:n} {count:|gap|gaps}; colours: minutes by car "
        "to the nearest practice",
        **told,
    )
    title = msg("{area}: where people lack a GP", area=part.name)
    return replace(caption, title=say(title), subtitle=say(subtitle))


def _people(found: CoverageResult, scheme: str, part: CountryPart) -> tuple[float, float]:
    """Count the people of a part of the country, and those affected; a cluster's as its key figures do."""
    if part.kind == "region":
        sums = found.by_municipality.set_index("municipality_code").reindex(list(part.codes))
    else:
        mine = found.by_cluster[found.by_cluster["scheme"] == scheme]
        sums = mine[mine["cluster_id"] == part.key]
    return float(sums["people"].sum()), float(sums["people_any"].sum())
