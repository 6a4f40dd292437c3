"""All static figures on GP coverage: the country, each region, each cluster of the shown scheme."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from maps.figures.cluster_atlas import ClusterAtlas
from maps.figures.figure_pool import Order
from maps.figures.gp_figure import CoverageAtlas, coverage_area_figure, coverage_figure, prepare_coverage
from maps.figures.sheet import A4, SLIDE, Caption
from pipeline.coverage.study import CoverageResult
from pipeline.messages import Message, Translator, msg, translator
from pipeline.study_result import StudyResult

NAME = "gp-coverage"


@dataclass(frozen=True, slots=True)
class _Place:
    """A part of the country: its key in file names, its name, municipalities, people, and those affected."""

    key: str
    name: str
    codes: tuple[str, ...]
    people: float
    affected: float


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
    orders = [
        Order(NAME, coverage_figure, told, A4, formats),
        Order(f"{NAME}-slide", coverage_figure, told, SLIDE, ("png",)),
    ]
    places = []
    if "regions" in maps.coverage_figures:
        places += list(_regions(result, found))
    if "clusters" in maps.coverage_figures:
        places += list(_clusters(result, found))
    for place in places:
        one = _area_caption(found, place, told, say)
        orders.append(Order(f"{NAME}-{place.key}", coverage_area_figure, one, A4, formats, (place.codes,)))
    yield source, orders


def _regions(result: StudyResult, found: CoverageResult) -> Iterator[_Place]:
    sums = found.by_municipality.set_index("municipality_code")
    for region, rows in result.municipalities.groupby("region_2007", sort=True):
        codes = rows["municipality_code"].sort_values()
        mine = sums.reindex(codes)
        yield _Place(
            _file_word(str(region)),
            str(region),
            tuple(codes),
            float(mine["people"].sum()),
            float(mine["people_any"].sum()),
        )


def _clusters(result: StudyResult, found: CoverageResult) -> Iterator[_Place]:
    shown = result.shown_scheme
    members = result.cluster_members[result.cluster_members["scheme"] == shown]
    towns = members.groupby("cluster_id")["municipality_code"]
    codes = {str(key): tuple(sorted(part)) for key, part in towns}
    sums = found.by_cluster[found.by_cluster["scheme"] == shown].set_index("cluster_id")
    rows = result.clusters[result.clusters["scheme"] == shown].sort_values("cluster_id")
    for key, name in zip(rows["cluster_id"].astype(str), rows["full_name"].astype(str), strict=True):
        people, affected = sums.loc[key, ["people", "people_any"]].astype(float)
        yield _Place(key, name, codes[key], float(people), float(affected))


def _file_word(name: str) -> str:
    """Write a region's name in letters that every file system takes.

    Examples
    --------
    >>> _file_word("Region Sjælland")
    'region-sjaelland'
    """
    for letter, written in (("æ", "ae"), ("ø", "oe"), ("å", "aa")):
        name = name.lower().replace(letter, written)
    return "-".join("".join(c if c.isascii() and c.isalnum() else " " for c in name).split())


def _caption(found: CoverageResult, caption: Caption, say: Translator) -> Caption:
    """Title the national figure, and add to the notes in `caption` what its figures rest on."""
    gaps = found.gaps["access"].table
    subtitle = msg(
        "Minutes by car to the nearest practice; {count:n} {count:|gap|gaps} with {people:n} "
        "people: too far, too little choice, closed, or only by ferry",
        count=len(gaps),
        people=float(gaps["people"].sum()),
    )
    notes = [*caption.notes]
    if found.precision == "modelled":
        notes.append(say(msg("Where people live and practices stand, and the number of GPs, is modelled.")))
    title = say(msg("Where people lack a GP"))
    return replace(caption, title=title, subtitle=say(subtitle), notes=tuple(notes))


def _area_caption(found: CoverageResult, place: _Place, caption: Caption, say: Translator) -> Caption:
    gaps = found.gaps["access"].table
    count = int(gaps["municipality_code"].isin(place.codes).sum())
    share = 100 * place.affected / place.people if place.people else 0.0
    told: dict[str, object] = {"people": place.affected, "all": place.people, "share": share, "count": count}
    subtitle: Message = msg(
        "{people:n} of {all:n} people ({share:n1} %) have a GP too far away or too little "
        "choice, in {count:n} {count:|gap|gaps}; colours: minutes by car to the nearest "
        "practice",
        **told,
    )
    title = msg("{area}: where people lack a GP", area=place.name)
    return replace(caption, title=say(title), subtitle=say(subtitle))
