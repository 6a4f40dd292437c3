"""All static figures of a study, drawn side by side in a few processes."""

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pandas as pd

from maps.access_figure import access_caption, access_figure, prepare_access
from maps.cluster_atlas import ClusterAtlas, prepare_clusters
from maps.credits import border_credit
from maps.figure_pool import FigurePool, Order
from maps.figures import cluster_figure, clusters_figure
from maps.gp_figure_set import draw_coverage
from maps.sheet import A4, SLIDE, Caption
from pipeline.messages import Message, Translator, msg, translator
from pipeline.study import StudyResult

SHOWN_LAYERS: Final = ("clusters", "hospitals", "health_houses", "municipalities")
"""Sources of what a cluster map and its title show, besides the borders."""

ROUGH_POINTS: Final = frozenset({"town", "estimate"})
"""Words of ``point_precision`` for points that are not at the address."""


def draw_figures(
    result: StudyResult,
    folder: Path,
    *,
    pool: FigurePool,
    done: Callable[[str], None] = lambda _: None,
) -> list[Path]:
    """Draw the national maps and one figure per cluster, as A4 and as slide.

    Parameters
    ----------
    result
        What the study found.
    folder
        Where the files go; made when absent.
    pool
        The processes that draw; begun early, they are ready by now.
    done
        Called with each figure's name when it is written.

    Returns
    -------
    list of Path
        The files in a fixed order, whatever process drew them.
    """
    settings = result.settings.maps
    say = translator(result.settings.study.language)
    caption = Caption("", "", figure_credit(result, say), figure_notes(result, say), say.lang)
    shown = result.shown_scheme
    schemes = [shown] if settings.figure_schemes == "shown" else result.schemes["scheme"].tolist()
    files: list[Path] = []
    for scheme in schemes:
        atlas = cluster_atlas(result, scheme)
        orders = list(_orders(result, scheme, caption, say))
        place = folder if scheme == shown else folder / scheme
        files += pool.draw(atlas, orders, place, done=done)
        if scheme == shown:
            acute = figure_notes(result, say, result.access.hospitals["facility_id"])
            told = access_caption(result, replace(caption, notes=acute), say)
            access = [
                Order("acute-access", access_figure, told, A4, tuple(settings.figure_formats)),
                Order("acute-access-slide", access_figure, told, SLIDE, ("png",)),
            ]
            files += pool.draw(prepare_access(result, atlas, say), access, folder, done=done)
            nowhere = figure_notes(result, say, pd.Series(dtype=object))
            told = replace(caption, notes=nowhere)
            files += draw_coverage(result, atlas, folder, told, pool=pool, done=done)
    return files


def figure_credit(result: StudyResult, say: Translator) -> str:
    """Credit what a cluster map shows, and name the day it describes; all sources stand in the provenance."""
    lines = [
        source.credit.removeprefix("Kilde: ")
        for key in SHOWN_LAYERS
        if (source := result.sources.get(key)) is not None
    ]
    border = border_credit(result)
    parts = dict.fromkeys(part for line in [say(border), *lines] for part in line.split("; ") if part)
    day = result.settings.study.as_of.isoformat()
    return say(msg("Sources: {sources}. Data of {day}.", sources="; ".join(parts), day=day))


def figure_notes(
    result: StudyResult, say: Translator, facility_ids: pd.Series | None = None
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
        notes.append(msg("{count:n} places are shown in the middle of their town.", count=rough))
    return tuple(say(note) for note in notes)


def cluster_notes(result: StudyResult, scheme: str, cluster_id: str, say: Translator) -> tuple[str, ...]:
    """Say on the face of a cluster's map what is not exact."""
    pairs = result.facility_clusters
    mine = (pairs["scheme"] == scheme) & (pairs["cluster_id"] == cluster_id)
    return figure_notes(result, say, pairs.loc[mine, "facility_id"])


def cluster_atlas(result: StudyResult, scheme: str) -> ClusterAtlas:
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


def _orders(result: StudyResult, scheme: str, caption: Caption, say: Translator) -> Iterator[Order]:
    lang = say.lang
    row = result.schemes[result.schemes["scheme"] == scheme].iloc[0]
    name, day = str(row[f"name_{lang}"]), f"{row['on']:%d.%m.%Y}"
    formats = tuple(result.settings.maps.figure_formats)
    subtitle = say(msg("{scheme}, as on {day}", scheme=name, day=day))
    told = (caption.credit, caption.notes, lang)
    whole = Caption(result.settings.study.title, subtitle, *told)
    yield Order("clusters", clusters_figure, whole, A4, formats)
    yield Order("clusters-slide", clusters_figure, whole, SLIDE, ("png",))
    clusters = result.clusters[result.clusters["scheme"] == scheme].sort_values("cluster_id")
    for cluster in clusters.drop(columns="geometry").to_dict("records"):
        figures = say(_key_figures(cluster, subtitle))
        key = str(cluster["cluster_id"])
        notes = cluster_notes(result, scheme, key, say)
        one = Caption(str(cluster["full_name"]), figures, caption.credit, notes, lang)
        yield Order(f"cluster-{key}", cluster_figure, one, A4, formats, (key,))
        yield Order(f"cluster-{key}-slide", cluster_figure, one, SLIDE, ("png",), (key,))


def _key_figures(cluster: Mapping[Hashable, Any], subtitle: str) -> Message:
    told = {"region": cluster["region"], "people": cluster["population"], "area": cluster["area_km2"]}
    if cluster["municipalities"] == 1:
        return msg(
            "{region}: {people:n} people, {area:n} km², one municipality. {scheme}", scheme=subtitle, **told
        )
    return msg(
        "{region}: {people:n} people, {area:n} km², {municipalities:n} municipalities. {scheme}",
        municipalities=cluster["municipalities"],
        scheme=subtitle,
        **told,
    )
