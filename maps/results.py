"""Write everything a study found: pages, figures, tables, layers and their provenance, in one step."""

import shutil
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import pandas as pd

from maps.credits import study_credits
from maps.figures.ahead import Drawn
from maps.figures.figure_pool import FigurePool
from maps.figures.figure_set import draw_cluster_figures, draw_national_figures
from maps.files.crate import write_crate
from maps.files.geopackage import Layer, write_geopackage
from maps.files.gis_layers import study_layers
from maps.files.gp_layers import gp_layers
from maps.files.provenance import InputFile, MadeBy, provenance, write_provenance
from maps.files.publish import publishing
from maps.files.site_layers import site_layers
from maps.files.tables import Origin, write_geojson, write_tables
from maps.files.workbook import write_workbook
from maps.papers.study_papers import write_papers
from maps.quality import data_notes
from maps.study_pages import page_links, write_map_pages, write_start_page
from maps.telling.access_words import access_notes
from pipeline.memory import give_back_memory
from pipeline.messages import Translator, translator
from pipeline.schemas import RESULTS, dictionary
from pipeline.settings import PROJECT
from pipeline.study_result import StudyResult
from pipeline.workers import SERIAL, Workers

COVERAGE_TABLES: Final = (
    "gp_gaps",
    "gp_coverage_by_municipality",
    "gp_coverage_by_cluster",
    "gp_coverage_by_practice_cluster",
    "practices",
    "gp_practice_dependence",
    "demand",
    "gp_coverage",
)
"""Tables on GP coverage that are written."""

MOST_FEATURES: Final = 5_000
"""Features of a GeoJSON file."""

POINT_TABLES: Final = ("demand", "gp_coverage")
"""Tables by demand point: too long for a workbook."""


SITE_TABLES: Final = (
    "sites",
    "site_evaluation",
    "functions_today",
    "site_choices",
    "site_stability",
    "site_groups",
)
"""Tables on satellite functions, in the order of the workbook; some only where they were asked for."""


def result_tables(result: StudyResult) -> Mapping[str, pd.DataFrame]:
    """Give each result table in the columns of its contract.

    Parameters
    ----------
    result
        What the study found.

    Returns
    -------
    dict
        Table by name, geometry kept where the contract has one.
    """
    frames = {
        "clusters": result.clusters,
        "cluster_members": result.cluster_members,
        "facilities": result.facilities,
        "facility_clusters": result.facility_clusters,
        "house_functions": result.house_functions,
        "catchments": result.access.catchments,
        "acute_access": result.access.figures,
    }
    if result.coverage is not None:
        found = result.coverage.tables()
        frames |= {name: found[name] for name in COVERAGE_TABLES}
    if result.sites is not None:
        found = result.sites.tables(result.settings.study.language)
        frames |= {name: found[name] for name in SITE_TABLES if name in found}
    return {name: RESULTS[name].select(frame) for name, frame in frames.items()}


def origin_of(result: StudyResult, say: Translator) -> Origin:
    """Say where the results come from, for every file."""
    return Origin(
        title=result.settings.study.title,
        date=result.settings.study.as_of.isoformat(),
        credit_lines=tuple(say(credit.text) for credit in study_credits(result)),
        notes=tuple(say(note) for note in (*data_notes(result), *access_notes(result))),
    )


def write_results(
    result: StudyResult,
    folder: Path,
    *,
    config: Path | None = None,
    made_by: MadeBy | None = None,
    earlier: Path | None = None,
    ahead: Drawn | None = None,
    workers: Workers = SERIAL,
    progress: Callable[[str], None] = lambda _: None,
) -> Path:
    """Write all results into `folder`; they appear whole or not at all.

    Parameters
    ----------
    result
        What the study found.
    folder
        The study's own folder; earlier results there are replaced.
    config
        The settings file, for the record.
    made_by
        What was asked for, for the record.
    earlier
        Results that the start page tells news against; those in `folder` when left out.
    ahead
        The figures of clusters, from `maps.figures.ahead.drawing_ahead`; drawn here when left out.
    workers
        Who draws figures and sheets.
    progress
        Called with the name of each step as it begins.

    Returns
    -------
    Path
        `folder`.

    Raises
    ------
    OutputError
        The folder cannot be written; earlier results are untouched.
    """
    lang = result.settings.study.language
    say = translator(lang)
    origin = origin_of(result, say)
    tables = result_tables(result)
    give_back_memory()
    with publishing(folder) as new, ThreadPoolExecutor(1, "drawing") as aside, FigurePool(workers) as pool:
        # Workers draw; a thread hands them the figures while this one writes tables and pages.
        drawn = aside.submit(_draw, result, tables, new, pool, ahead)
        progress("tables")
        meanings = dictionary(lang)
        write_tables(new / "tables", tables, origin, meanings)
        titles = {name: say(RESULTS[name].title) for name in tables}
        points = [name for name in POINT_TABLES if name in tables]
        write_workbook(
            new / "tables" / "klyngekort.xlsx",
            tables,
            origin,
            meanings,
            titles=titles,
            lang=lang,
            only_files=points,
        )
        layers = study_layers(
            result.municipalities,
            result.clusters,
            result.facilities.dropna(subset="geometry"),
            {name: tables[name] for name in ("cluster_members", "facility_clusters", "house_functions")},
            scheme_names=dict(zip(result.schemes["scheme"], result.schemes[f"name_{lang}"], strict=True)),
            lang=lang,
        )
        if result.coverage is not None:
            layers = [*gp_layers(tables, result.municipalities, result.clusters, lang), *layers]
        if result.sites is not None:
            layers = [*site_layers(result.sites, tables, lang), *layers]
        at_points = meanings["gp_coverage"] | meanings["demand"]
        write_geopackage(new / "klyngekort.gpkg", layers, origin, {**meanings, "demand": at_points})
        write_layers(new / "layers", layers, origin)
        give_back_memory()
        progress("pages")
        write_map_pages(result, new)
        give_back_memory()
        progress("figures")
        drawn.result()
        write_start_page(result, new, earlier or folder)
        record = record_of(result, tables, origin, config, made_by)
        write_provenance(new, record)
        write_crate(new, record, origin, lang=lang)
    return folder


def _draw(
    result: StudyResult,
    tables: Mapping[str, pd.DataFrame],
    new: Path,
    pool: FigurePool,
    ahead: Drawn | None,
) -> None:
    """Draw figures, then the papers that show some of them."""
    settings = result.settings.maps
    if settings.figures:
        if ahead is None:
            draw_cluster_figures(result, new / "static", pool=pool)
        else:
            shutil.copytree(ahead.result(), new / "static")
        draw_national_figures(result, new / "static", pool=pool)
    if settings.sheets:
        write_papers(result, tables, new, pool=pool, links=page_links(result))


def write_layers(folder: Path, layers: Sequence[Layer], origin: Origin) -> list[Path]:
    """Write each layer with a geometry as GeoJSON, save those of more than `MOST_FEATURES` features.

    What is longer no web map shows at once; it stands in the GeoPackage and as GeoParquet.
    """
    folder.mkdir(parents=True, exist_ok=True)
    return [
        write_geojson(layer.frame, folder / f"{layer.name}.geojson", origin)
        for layer in layers
        if isinstance(layer.frame, gpd.GeoDataFrame) and len(layer.frame) <= MOST_FEATURES
    ]


def record_of(
    result: StudyResult,
    tables: Mapping[str, pd.DataFrame],
    origin: Origin,
    config: Path | None,
    made_by: MadeBy | None = None,
    *,
    more: Sequence[InputFile] = (),
) -> dict[str, Any]:
    """Write down what the results were made from, as `write_provenance` takes it.

    Parameters
    ----------
    result, tables, origin
        What was found, the tables of it that are written, and whom to credit.
    config
        The settings file.
    made_by
        What was asked for.
    more
        Files read beside those of the study.
    """
    by_file = {source.layer: source for source in result.sources.values()}
    inputs = []
    for file in result.files:
        source = by_file.get(file.name) if file.bundled else None
        told = (
            {}
            if source is None
            else {
                "publisher": source.publisher,
                "licence": source.licence,
                "credit": source.credit,
                "version": source.version,
                "precision": source.precision,
            }
        )
        inputs.append(InputFile(layer=file.name, path=file.path, sha256=file.sha256, **told))
    return provenance(
        inputs=[*inputs, *more],
        settings=result.settings,
        counts={name: len(table) for name, table in tables.items()},
        warnings=[finding.message for finding in result.findings if finding.severity == "warning"],
        credit_lines=origin.credit_lines,
        lang=result.settings.study.language,
        root=PROJECT,
        config=config,
        made_by=made_by,
    )
