"""Files beside a page are listed by what they show, each with the formats that are there."""

from pathlib import Path

import matplotlib.figure
import pytest

from maps.figures.figure_files import figure_title, save_figure
from maps.study_files import figure_files, layer_titles, table_files
from maps.web.downloads import Download, downloads_part, files_of
from maps.web.parts import Link
from pipeline.messages import translator


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("clusters-da.csv", "clusters.csv", "clusters.parquet", "own.csv", "notes.txt"):
        (tmp_path / "tables").mkdir(exist_ok=True)
        (tmp_path / "tables" / name).write_text("x", encoding="utf-8")
    return tmp_path


def test_a_table_in_three_formats_is_one_line_with_its_title(folder: Path) -> None:
    say = translator("da")
    told = [
        (say(file.title), [(say(link.title), link.href) for link in file.links])
        for file in table_files(folder).files
    ]
    assert told == [
        (
            "Klyngerne i hver ordning med nøgletal",
            [
                ("dansk Excel (CSV)", "tables/clusters-da.csv"),
                ("CSV", "tables/clusters.csv"),
                ("Parquet", "tables/clusters.parquet"),
            ],
        ),
        ("own", [("CSV", "tables/own.csv")]),
    ]


def test_figures_are_called_by_the_titles_they_carry(tmp_path: Path) -> None:
    figure = matplotlib.figure.Figure((1, 1))
    save_figure(figure, tmp_path / "static", "cluster-x", ("png", "svg"), title="Ærø & Langeland")
    save_figure(figure, tmp_path / "static", "untold", ("svg",), title="Only in the drawing")
    told = [(str(file.title), [link.href for link in file.links]) for file in figure_files(tmp_path).files]
    assert told == [
        ("Ærø & Langeland", ["static/cluster-x.svg", "static/cluster-x.png"]),
        ("untold", ["static/untold.svg"]),
    ]
    assert figure_title(tmp_path / "none.png") == ""


def test_no_geopackage_names_no_layers(tmp_path: Path) -> None:
    assert layer_titles(tmp_path / "none.gpkg") == {}


def test_links_say_what_they_lead_to_and_titles_stay_text(folder: Path) -> None:
    listed = files_of(folder, "Tables", "tables", {".csv": "CSV"}, lambda _: "<b>x</b>")
    assert listed.files[0] == Download("<b>x</b>", (Link("CSV", "tables/clusters-da.csv"),))
    html = downloads_part([listed], translator("en"))
    assert "<b>" not in html
    assert 'href="tables/own.csv">CSV<span class="hidden"> – &lt;b&gt;x&lt;/b&gt;</span>' in html
