"""All static figures of a study, drawn side by side in a few processes."""

from collections.abc import Callable, Iterator
from pathlib import Path

import geopandas as gpd

from maps.cluster_atlas import prepare_clusters
from maps.figure_pool import FigurePool, Order
from maps.figures import cluster_figure, clusters_figure
from maps.sheet import A4, SLIDE, Caption
from pipeline.messages import Translator, msg, translator
from pipeline.study import StudyResult


def draw_figures(
    result: StudyResult,
    folder: Path,
    caption: Caption,
    *,
    pool: FigurePool,
    done: Callable[[str], None] = lambda _: None,
) -> list[Path]:
    """Draw the national cluster map and one figure per cluster, as A4 and as slide.

    Parameters
    ----------
    result
        What the study found.
    folder
        Where the files go; made when absent.
    caption
        Credit and notes for every figure; title and subtitle are set for each.
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
    shown = result.shown_scheme
    schemes = [shown] if settings.figure_schemes == "shown" else result.schemes["scheme"].tolist()
    files: list[Path] = []
    for scheme in schemes:
        atlas = prepare_clusters(
            result.municipalities,
            result.clusters,
            result.cluster_members,
            _with_roles(result, scheme),
            result.facility_clusters,
            scheme=scheme,
        )
        orders = list(_orders(result, scheme, caption, say))
        place = folder if scheme == shown else folder / scheme
        files += pool.draw(atlas, orders, place, done=done)
    return files


def _with_roles(result: StudyResult, scheme: str) -> gpd.GeoDataFrame:
    roles = result.facility_roles[result.facility_roles["scheme"] == scheme].set_index("facility_id")["role"]
    return result.facilities.assign(role=result.facilities["facility_id"].map(roles))


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
        figures = say(
            msg(
                "{region}: {people:n} people, {area:n} km², {municipalities:n} municipalities. {scheme}",
                region=cluster["region"],
                people=cluster["population"],
                area=cluster["area_km2"],
                municipalities=cluster["municipalities"],
                scheme=subtitle,
            )
        )
        one = Caption(str(cluster["full_name"]), figures, *told)
        key = str(cluster["cluster_id"])
        yield Order(f"cluster-{key}", cluster_figure, one, A4, formats, (key,))
        yield Order(f"cluster-{key}-slide", cluster_figure, one, SLIDE, ("png",), (key,))
