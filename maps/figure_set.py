"""All static figures of a study, drawn side by side in a few processes."""

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import geopandas as gpd

from maps.cluster_atlas import ClusterAtlas, prepare_clusters
from maps.figure_files import save_figure
from maps.figures import cluster_figure, clusters_figure
from maps.sheet import A4, SLIDE, Caption, Format
from pipeline.messages import Translator, msg, translator
from pipeline.study import StudyResult


@dataclass(frozen=True, slots=True)
class Order:
    """One figure to draw: all clusters, or one of them."""

    name: str
    caption: Caption
    form: Format
    formats: tuple[str, ...]
    cluster_id: str | None = None


def draw_figures(
    result: StudyResult, folder: Path, caption: Caption, *, done: Callable[[str], None] = lambda _: None
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
        files += _draw_all(atlas, orders, place, settings.workers, done)
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
    yield Order("clusters", whole, A4, formats)
    yield Order("clusters-slide", whole, SLIDE, ("png",))
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
        yield Order(f"cluster-{key}", one, A4, formats, key)
        yield Order(f"cluster-{key}-slide", one, SLIDE, ("png",), key)


_atlas: ClusterAtlas | None = None


def _begin(atlas: ClusterAtlas) -> None:
    global _atlas  # noqa: PLW0603  each process gets the geometry once, not with every figure
    _atlas = atlas


def _draw(order: Order, folder: Path) -> list[Path]:
    if _atlas is None:
        raise RuntimeError("the process was started without its geometry")
    if order.cluster_id is None:
        figure = clusters_figure(_atlas, order.caption, order.form)
    else:
        figure = cluster_figure(_atlas, order.cluster_id, order.caption, order.form)
    return save_figure(figure, folder, order.name, order.formats, title=order.caption.title)


def _draw_all(
    atlas: ClusterAtlas, orders: list[Order], folder: Path, workers: int, done: Callable[[str], None]
) -> list[Path]:
    files: list[Path] = []
    with ProcessPoolExecutor(workers, get_context("spawn"), _begin, (atlas,)) as pool:
        for order, written in zip(orders, pool.map(_draw, orders, [folder] * len(orders)), strict=True):
            files += written
            done(order.name)
    return files
