"""The files of a study that its start page lists, called by what they show."""

import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Final

from maps.figures.figure_files import figure_title
from maps.figures.figure_pool import ON_SLIDES
from maps.naming import SHEETS
from maps.web.downloads import Downloads, files_of
from maps.web.parts import Text
from pipeline.messages import msg
from pipeline.schemas import RESULTS
from pipeline.study_result import StudyResult

SLIDE: Final = f"{ON_SLIDES}.png"

FIGURES: Final[Mapping[str, Text]] = {
    ".pdf": "PDF",
    ".svg": "SVG",
    ".png": "PNG",
    SLIDE: msg("slide (PNG)"),
}
TABLES: Final[Mapping[str, Text]] = {
    "-da.csv": msg("Danish Excel (CSV)"),
    ".csv": "CSV",
    ".parquet": "Parquet",
}


def study_files(result: StudyResult, folder: Path) -> tuple[Downloads, ...]:
    """List the sheets, figures, tables and layers that are in a folder of results."""
    shown = result.clusters[result.clusters["scheme"] == result.shown_scheme]
    clusters = dict(zip(shown["cluster_id"], shown["full_name"], strict=True))
    whole = {
        "klyngekort": msg("The whole study: report with figures and tables, and all layers for GIS"),
        "tables/klyngekort": msg("All tables with what each column means"),
    }
    return (
        files_of(
            folder,
            msg("Cluster sheets: two pages each"),
            SHEETS,
            {".html": msg("page"), ".pdf": "PDF"},
            lambda name: clusters.get(_last(name), _last(name)),
        ),
        figure_files(folder),
        table_files(folder),
        files_of(
            folder,
            msg("Layers for web maps"),
            "layers",
            {".geojson": "GeoJSON"},
            _of(layer_titles(folder / "klyngekort.gpkg")),
        ),
        files_of(
            folder,
            msg("Everything in one file"),
            ".",
            {".docx": msg("report for Word"), ".gpkg": "GeoPackage (QGIS)"},
            _of(whole),
        ),
        files_of(folder, msg("Workbook"), "tables", {".xlsx": "Excel"}, _of(whole)),
    )


def figure_files(folder: Path, begins: str = "") -> Downloads:
    """List the figures of a folder of results by their titles: those whose names begin so."""

    def titled(name: str) -> str:
        pictures = (folder / f"{name}{ending}" for ending in (SLIDE, ".png"))
        return next((title for path in pictures if (title := figure_title(path))), _last(name))

    listed = files_of(folder, msg("Figures for print and slides"), "static", FIGURES, titled)
    own = tuple(file for file in listed.files if _last(file.links[0].href).startswith(begins))
    return replace(listed, files=own)


def table_files(folder: Path, place: str = "tables") -> Downloads:
    """List the tables of a folder of results by their titles."""
    titles = {name: table.title for name, table in RESULTS.items()}
    return files_of(folder, msg("Tables"), place, TABLES, _of(titles))


def layer_titles(geopackage: Path) -> dict[str, str]:
    """Read what the layers of a GeoPackage are called: name → title; nothing where there is none."""
    if not geopackage.is_file():
        return {}
    with closing(sqlite3.connect(f"{geopackage.resolve().as_uri()}?mode=ro", uri=True)) as database:
        return dict(database.execute("SELECT table_name, identifier FROM gpkg_contents"))


def _of(titles: Mapping[str, Text]) -> Callable[[str], Text]:
    return lambda name: titles.get(name) or titles.get(_last(name)) or _last(name)


def _last(name: str) -> str:
    return name.rpartition("/")[2]
