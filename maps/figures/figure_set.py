"""All static figures of a study, drawn side by side in a few processes."""

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pandas as pd
from matplotlib.figure import Figure

from maps.credits import border_credit
from maps.figures.access_figure import access_caption, access_figure, prepare_access
from maps.figures.candidate_figures import candidate_orders, prepare_candidates
from maps.figures.cluster_atlas import ClusterAtlas, prepare_clusters
from maps.figures.cluster_figures import cluster_figure, clusters_figure, houses_figure
from maps.figures.figure_pool import FigurePool, Order, print_and_slide
from maps.figures.gp_figure_set import coverage_orders
from maps.figures.sheet import Caption
from maps.figures.site_figures import prepare_sites, site_orders
from maps.telling.site_telling import SiteTelling
from maps.words import short_date
from pipeline.messages import Message, Translator, msg, translator
from pipeline.study_result import ClusterStudy, StudyResult

SHOWN_LAYERS: Final = ("clusters", "hospitals", "health_houses", "municipalities")
"""Sources of what a cluster map and its title show, besides the borders."""

ROUGH_POINTS: Final = frozenset({"town", "estimate"})
"""Words of ``point_precision`` for points that are not at the address."""


def draw_cluster_figures(
    study: ClusterStudy,
    folder: Path,
    *,
    pool: FigurePool,
    done: Callable[[str], None] = lambda _: None,
) -> list[Path]:
    """Draw the maps of clusters and health houses and one of each cluster, as A4 and as slide.

    Parameters
    ----------
    study
        The clusters of every scheme.
    folder
        Where the files go, those of other schemes than the shown one in folders below; made when absent.
    pool
        The processes that draw; begun early, they are ready by now.
    done
        Called with each figure's name when it is written.

    Returns
    -------
    list of Path
        The files in a fixed order, whatever process drew them.
    """
    shown = study.shown_scheme
    schemes = [shown] if study.settings.maps.figure_schemes == "shown" else study.schemes["scheme"].tolist()
    files: list[Path] = []
    for scheme in schemes:
        place = folder if scheme == shown else folder / scheme
        files += pool.draw(
            cluster_atlas(study, scheme), list(cluster_orders(study, scheme)), place, done=done
        )
    return files


def draw_national_figures(
    result: StudyResult,
    folder: Path,
    *,
    pool: FigurePool,
    done: Callable[[str], None] = lambda _: None,
) -> list[Path]:
    """Draw everything else; see `draw_cluster_figures`."""
    files: list[Path] = []
    for source, orders in national_figures(result, cluster_atlas(result, result.shown_scheme)):
        files += pool.draw(source, orders, folder, done=done)
    return files


def national_figures(
    result: StudyResult, atlas: ClusterAtlas, *, only: str | None = None
) -> Iterator[tuple[object, list[Order]]]:
    """Prepare the maps of the whole country beside that of the clusters.

    Parameters
    ----------
    result
        What the study found; a figure of a part that it does not have is left out.
    atlas
        The shown scheme, ready for print.
    only
        Prepare but one kind: ``acute-access``, ``gp-coverage`` or ``satellites``.

    Yields
    ------
    tuple
        What the figure is drawn from, and its orders: for A4 and as slide.
    """
    say, plain = translator(result.settings.study.language), plain_caption(result)
    if only in {None, "acute-access"}:
        told = acute_caption(result, result.access.hospitals["facility_id"])
        yield prepare_access(result, atlas, say), _both(result, "acute-access", access_figure, told)
    if only in {None, "gp-coverage"}:
        yield from coverage_orders(result, atlas, plain)
    if result.sites is not None and only in {None, "satellites"}:
        sites, formats = SiteTelling.of(result), tuple(result.settings.maps.figure_formats)
        yield prepare_sites(sites, atlas), site_orders(sites, plain, formats)
        if result.settings.sites.candidates is not None:
            yield prepare_candidates(sites, atlas), candidate_orders(sites, plain, formats)


def plain_caption(result: ClusterStudy) -> Caption:
    """Credit a map that shows no hospital or health house of the register, without a title."""
    say = translator(result.settings.study.language)
    notes = figure_notes(result, say, pd.Series(dtype=object))
    return Caption("", "", figure_credit(result, say), notes, say.lang)


def acute_caption(result: StudyResult, facility_ids: pd.Series) -> Caption:
    """Title the map of travel times to acute hospitals; its notes tell of the hospitals given."""
    say = translator(result.settings.study.language)
    notes = figure_notes(result, say, facility_ids)
    return access_caption(result, Caption("", "", figure_credit(result, say), notes, say.lang), say)


def _both(study: ClusterStudy, name: str, draw: Callable[..., Figure], caption: Caption) -> list[Order]:
    return print_and_slide(name, draw, caption, tuple(study.settings.maps.figure_formats))


def figure_credit(result: ClusterStudy, say: Translator) -> str:
    """Credit what a cluster map shows, and name the day it describes; all sources stand in the provenance."""
    lines = [
        source.credited(say.lang).removeprefix("Kilde: ").removeprefix("Source: ")
        for key in SHOWN_LAYERS
        if (source := result.sources.get(key)) is not None
    ]
    border = border_credit(result)
    parts = dict.fromkeys(part for line in [say(border), *lines] for part in line.split("; ") if part)
    day = short_date(result.settings.study.as_of, say.lang)
    return say(msg("Sources: {sources}. Data of {day}.", sources="; ".join(parts), day=day))


def figure_notes(
    result: ClusterStudy, say: Translator, facility_ids: pd.Series | None = None
) -> tuple[str, ...]:
    """Say on the map's face what is not exact; of the facilities given, or of all."""
    places = result.facilities
    if facility_ids is not None:
        places = places[places["facility_id"].isin(facility_ids)]
    notes = []
    if (result.municipalities["precision"] == "approximate").any():
        notes.append(msg("The municipal borders are approximate, for overview only."))
    rough = int(places["point_precision"].isin(ROUGH_POINTS).sum())
    if rough == 1:
        notes.append(msg("One place is shown in the middle of its town."))
    elif rough:
        notes.append(
            msg("{count:n} {count:|place is|places are} shown in the middle of their town.", count=rough)
        )
    return tuple(say(note) for note in notes)


def cluster_notes(result: ClusterStudy, scheme: str, cluster_id: str, say: Translator) -> tuple[str, ...]:
    """Say on the face of a cluster's map what is not exact."""
    pairs = result.facility_clusters
    mine = (pairs["scheme"] == scheme) & (pairs["cluster_id"] == cluster_id)
    return figure_notes(result, say, pairs.loc[mine, "facility_id"])


def cluster_atlas(result: ClusterStudy, scheme: str) -> ClusterAtlas:
    """Prepare the clusters of a scheme for print, facilities in their role on the scheme's day."""
    roles = result.facility_roles[result.facility_roles["scheme"] == scheme].set_index("facility_id")["role"]
    return prepare_clusters(
        result.municipalities,
        result.clusters,
        result.cluster_members,
        result.facilities.assign(role=result.facilities["facility_id"].map(roles)),
        result.facility_clusters,
        scheme=scheme,
    )


def cluster_orders(study: ClusterStudy, scheme: str) -> Iterator[Order]:
    """Order the map of a scheme's clusters (``clusters``) and one of each (``cluster-<id>``), with slides."""
    say = translator(study.settings.study.language)
    credit = figure_credit(study, say)
    row = study.schemes[study.schemes["scheme"] == scheme].iloc[0]
    name, day = str(row[f"name_{say.lang}"]), short_date(row["on"], say.lang)
    subtitle = say(msg("{scheme}, as on {day}", scheme=name, day=day))
    whole = Caption(study.settings.study.title, subtitle, credit, figure_notes(study, say), say.lang)
    yield from _both(study, "clusters", clusters_figure, whole)
    if scheme == study.shown_scheme:
        houses = study.facilities.loc[study.facilities["kind"] == "health_house", "facility_id"]
        notes = (*figure_notes(study, say, houses), say(msg("The list of health houses is not complete.")))
        named = replace(whole, title=say(msg("Health houses")), notes=notes)
        yield from _both(study, "houses", houses_figure, named)
    clusters = study.clusters[study.clusters["scheme"] == scheme].sort_values("cluster_id")
    for cluster in clusters.drop(columns="geometry").to_dict("records"):
        key = str(cluster["cluster_id"])
        told, notes = say(_key_figures(cluster, subtitle)), cluster_notes(study, scheme, key, say)
        one = Caption(str(cluster["full_name"]), told, credit, notes, say.lang)
        yield from (
            replace(order, args=(key,)) for order in _both(study, f"cluster-{key}", cluster_figure, one)
        )


def _key_figures(cluster: Mapping[Hashable, Any], subtitle: str) -> Message:
    return msg(
        "{region}: {people:n} {people:|person|people}, {area:n} km², {count:n} "
        "{count:|municipality|municipalities}. {scheme}",
        region=cluster["region"],
        people=cluster["population"],
        area=cluster["area_km2"],
        count=cluster["municipalities"],
        scheme=subtitle,
    )
