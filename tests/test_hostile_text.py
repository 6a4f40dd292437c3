"""Text of data that tries to break out: of HTML, SVG, PDF, PNG, XLSX, CSV, GeoPackage, JSON and file names."""

import json
import sqlite3
from contextlib import closing
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
from matplotlib.figure import Figure
from PIL import Image
from pypdf import PdfReader
from shapely import Point

from maps.figures.figure_files import save_figure
from maps.files.crate import FILE as CRATE
from maps.files.crate import write_crate
from maps.files.geopackage import Layer, write_geopackage
from maps.files.provenance import write_provenance
from maps.files.tables import Origin, write_csv_danish
from maps.files.workbook import write_workbook
from maps.operate.run_log import RunLog
from maps.pages.clusters_page import clusters_page
from maps.web.selfcontained import json_block
from pipeline.errors import SettingsError, TableError
from pipeline.settings import PROJECT
from pipeline.settings.file import parse_settings
from pipeline.tables import load_table
from tests import page_toys

HOSTILE = {
    "script": "<script>alert(1)</script>",
    "end of script": "</script><script>alert(2)</script>",
    "image": "'\"><img src=x onerror=alert(3)>",
    "end of cdata": "x]]><b>",
    "comment": "<!-- -->--!>",
    "formula": "=cmd()|'/C calc'!A0",
    "formula behind a tab": "\t=1+1",
    "at sign": "@SUM(1)",
    "upwards": "../../../etc/passwd",
    "nul": "Ærø\0by",
    "control": "a\x01\x0b\x1fb",
    "right to left": "\u202egnp.exe",
    "template": "{{ 7*7 }}${7*7}{0.__class__}",
    "markup of a console": "[bold red]x[/]",
    "math": "$\\frac{1}{0}$",
    "line separators": "a\u2028b\u2029c",
    "not a character": "a\ufffeb",
    "long": "æ" * 5_000,
}
ORIGIN = Origin("Prøve", "2024-01-01", ("Kilde",))
each = pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
HANDLERS = ("onerror", "onload", "onclick", "onmouseover")


class _Seen(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.scripts = 0
        self.handlers: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.scripts += tag == "script"
        self.handlers += [name for name, _ in attrs if name in HANDLERS]


def _seen(page: str) -> _Seen:
    seen = _Seen()
    seen.feed(page)
    return seen


def test_a_page_has_no_more_scripts_than_with_plain_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_toys, "NAMES", ("Ærø", "B", "C", "D", "E", "F"))
    plain = _seen(clusters_page(page_toys.toy_study(figures=False), links=()))
    texts = list(HOSTILE.values())
    for start in range(0, len(texts), 6):
        monkeypatch.setattr(page_toys, "NAMES", tuple(texts[start : start + 6]))
        page = clusters_page(page_toys.toy_study(figures=False), links=())
        seen = _seen(page)
        assert seen.scripts == plain.scripts
        assert seen.handlers == plain.handlers
        assert "\0" not in page
        page.encode("utf-8")


@each
def test_data_in_a_page_ends_no_script(text: str) -> None:
    block = json_block("x", {"name": text, text: 1})
    inside = block.removeprefix('<script type="application/json" id="x">').removesuffix("</script>")
    assert "<" not in inside
    assert "\u2028" not in inside
    assert json.loads(inside) == {"name": text, text: 1}


@each
def test_figures_stay_whole_files_of_their_kind(text: str, tmp_path: Path) -> None:
    figure = Figure(figsize=(2, 2))
    figure.text(0.1, 0.5, text[:200], fontfamily="DejaVu Sans")
    files = {path.suffix: path for path in save_figure(figure, tmp_path, "a", title=text, source=text)}
    root = ET.fromstring(files[".svg"].read_text(encoding="utf-8"))  # noqa: S314  (our own file)
    kinds = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert not kinds & {"script", "img", "b", "foreignObject"}
    assert len(PdfReader(files[".pdf"]).pages) == 1
    with Image.open(files[".png"]) as image:
        image.load()


@each
def test_a_spreadsheet_runs_nothing(text: str, tmp_path: Path) -> None:
    frame = pd.DataFrame({"name": [text], text[:40]: [1.5]})
    path = write_workbook(tmp_path / "a.xlsx", {text[:31]: frame}, Origin(text, text, (text,), (text,)))
    book = openpyxl.load_workbook(path)
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert cells
    assert all(cell.data_type in {"s", "n", "d", "b"} for cell in cells)
    assert not any(str(cell.value).lstrip().startswith(("=", "@")) for cell in cells)
    lines = write_csv_danish(frame, tmp_path / "a.csv").read_text(encoding="utf-8-sig")
    assert not any(line.lstrip('"\t').startswith(("=", "@")) for line in lines.split("\n"))


@each
def test_a_geopackage_holds_the_text_and_nothing_else(text: str, tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame({"name": [text]}, geometry=[Point(5e5, 6.2e6)], crs="EPSG:25832")
    path = write_geopackage(tmp_path / "a.gpkg", [Layer("a", frame, text)], Origin(text, text, (text,)))
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert database.execute("SELECT count(*) FROM a").fetchone() == (1,)
    found = gpd.read_file(path, layer="a")["name"].iloc[0]
    assert found == text.partition("\0")[0] or found == text  # GDAL ends a text at NUL


@each
def test_records_and_logs_stay_one_object_of_json(text: str, tmp_path: Path) -> None:
    record = {
        "software": {"name": text, "version": "1", "code_sha256": "0"},
        "inputs": [{"layer": text, "path": text, "bytes": 1, "sha256": "0", "licence": text}],
    }
    write_provenance(tmp_path, record)
    write_crate(tmp_path, record, Origin(text, "2024", (text,)), lang="da")
    graph = json.loads((tmp_path / CRATE).read_text(encoding="utf-8"))["@graph"]
    ids = [part["@id"] for part in graph]
    assert len(set(ids)) == len(ids)
    assert all(mark.isascii() and mark.isprintable() and " " not in mark for mark in ids)
    assert any(text in unquote(mark) for mark in ids)
    log = RunLog(tmp_path, "toy", "maps", {"title": text})
    log.tell("finding", text=text)
    log.end(0)
    lines = log.path.read_bytes().split(b"\n")
    assert [json.loads(line)["event"] for line in lines if line] == ["run", "finding", "end"]
    assert json.loads(lines[1])["text"] == text


@pytest.mark.parametrize(
    "name",
    [
        "../x",
        "x/../../y",
        "/etc/x",
        "a\\b",
        ".",
        "..",
        "",
        "x\0",
        "a" * 64,
        "Æ",
        "con:",
        "\u202ex",
        "a b",
        "-x",
        "x\n",
    ],
)
def test_the_name_of_a_study_cannot_lead_out_of_the_folder(name: str) -> None:
    raw = {"study": {"name": name, "title": "X", "as_of": "2024-01-01"}}
    with pytest.raises(SettingsError, match=r"study\.name"):
        parse_settings(raw, source="x.toml", folder=Path())


@pytest.mark.parametrize("name", ["../x", "a/b", "x\u202e", "a" * 61, "A", "=cmd()", "<script>"])
def test_ids_that_name_files_cannot_lead_out_of_the_folder(name: str, tmp_path: Path) -> None:
    path = tmp_path / "clusters.csv"
    text = (PROJECT / "geodata" / "clusters.csv").read_text(encoding="utf-8").splitlines()
    cells = text[1].split(",")
    cells[1] = name
    path.write_text("\n".join([text[0], ",".join(cells)]), encoding="utf-8")
    with pytest.raises(TableError, match="cluster_id"):
        load_table("clusters", path)
