"""Static figures as readers open them: real text, embedded type, scale, insets, names in their place."""

import hashlib
import logging
import re
import zlib
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import geopandas as gpd
import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
import shapely
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.text import Text
from matplotlib.textpath import text_to_path
from PIL import Image

from maps import theme
from maps.figures.basemap import BORNHOLM_WEST_M, BaseMap
from maps.figures.class_map import MISSING, Classes, ClassLayer, LineLayer, Overlay, class_figure
from maps.figures.cluster_atlas import ClusterAtlas, points_of, prepare_clusters
from maps.figures.cluster_figures import Marked, cluster_figure, clusters_figure
from maps.figures.figure_files import save_figure
from maps.figures.figure_pool import FigurePool, Order
from maps.figures.legend import Entry, lay_out
from maps.figures.lettering import balanced, breaks, line_width, wrapped
from maps.figures.names import Written
from maps.figures.panels import bar_length, convergence
from maps.figures.sheet import A4, SLIDE, Caption, Sheet
from pipeline.workers.local import LocalWorkers
from tests import figure_toys as toys
from tests.found import some

CAPTION = Caption(
    "Klynger i Ærø & Å <b>",
    "Undertitel med æøå",
    "Kilder: Danmarks Statistik; © nogen. Data pr. 2018-07-01.",
    ("Grænserne er omtrentlige.",),
)


@pytest.fixture(scope="module")
def atlas() -> ClusterAtlas:
    return prepare_clusters(
        toys.country(), toys.clusters(), toys.members(), toys.facilities(), toys.pairs(), scheme=toys.SCHEME
    )


@pytest.fixture(scope="module")
def national(atlas: ClusterAtlas, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("national")
    paths = save_figure(
        clusters_figure(atlas, CAPTION), folder, "clusters", title=CAPTION.title, source=CAPTION.credit
    )
    return {path.suffix: path for path in paths}


def svg_texts(path: Path) -> list[str]:
    root = ET.fromstring(path.read_text(encoding="utf-8"))  # noqa: S314  # our own file
    return ["".join(text.itertext()) for text in root.iter("{http://www.w3.org/2000/svg}text")]


def pdf_streams(path: Path) -> bytes:
    found = b""
    for stream in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", path.read_bytes(), re.DOTALL):
        try:
            found += zlib.decompress(stream)
        except zlib.error:
            found += stream
    return found


def written(monkeypatch: pytest.MonkeyPatch) -> list[tuple[BaseMap, list[Written]]]:
    """Gather what each map writes."""
    kept: list[tuple[BaseMap, list[Written]]] = []
    real = BaseMap.names

    def names(self: BaseMap, names: list) -> list[Written]:
        found = real(self, names)
        kept.append((self, found))
        return found

    monkeypatch.setattr(BaseMap, "names", names)
    return kept


def test_svg_holds_real_escaped_text(national: dict[str, Path]) -> None:
    texts = svg_texts(national[".svg"])
    raw = national[".svg"].read_text(encoding="utf-8")
    assert {"Klynger i Ærø & Å <b>", "Undertitel med æøå", "Vestklyngen", "Akuthospital", "Bornholm"} <= set(
        texts
    )
    assert "Hovedstadsområdet" in texts
    assert "intet akuthospital" in texts
    assert "<dc:source>Kilder: Danmarks Statistik; © nogen." in re.sub(r">\s+", ">", raw)
    assert any("<script>" in text for text in texts)
    assert "<script" not in raw
    assert "&lt;script&gt;" in raw
    families = set(re.findall(r"font-family: ([^;\"]+)", raw)) | set(
        re.findall(r"font: [^;\"]*?('[^;\"]+)", raw)
    )
    assert families
    assert all("DejaVu Sans" in family and "sans-serif" in family for family in families)
    assert "http" not in re.sub(r'(xmlns[:\w]*|rdf:resource|rdf:about)="[^"]*"|<!DOCTYPE[^>]*>', "", raw)


def test_pdf_embeds_its_type_and_says_no_time(national: dict[str, Path]) -> None:
    raw = national[".pdf"].read_bytes()
    assert b"/Subject" in raw
    assert b"/FontFile2" in raw
    assert b"/Type3" not in raw
    assert b"/ToUnicode" in raw
    assert b"CreationDate" not in raw
    assert b"ModDate" not in raw
    fonts = set(re.findall(rb"/BaseFont /(\S+)", raw))
    assert fonts
    assert all(b"DejaVuSans" in font for font in fonts)
    assert b" Tj" in pdf_streams(national[".pdf"]) or b"TJ" in pdf_streams(national[".pdf"])


def test_png_is_print_true(national: dict[str, Path]) -> None:
    with Image.open(national[".png"]) as image:
        assert image.info["dpi"] == pytest.approx((300, 300), abs=0.1)
        assert image.width == pytest.approx(160 / 25.4 * 300, abs=2)
        assert image.mode == "RGB"
        assert image.info["Title"] == CAPTION.title
        assert image.info["Source"] == CAPTION.credit
        colours = {tuple(pixel) for _, pixel in image.getcolors(maxcolors=1 << 20) or []}
    for fill in theme.CLUSTER_FILLS[:5]:
        assert tuple(int(fill[i : i + 2], 16) for i in (1, 3, 5)) in colours


def test_a_slide_is_a_full_screen(atlas: ClusterAtlas, tmp_path: Path) -> None:
    (path,) = save_figure(clusters_figure(atlas, CAPTION, SLIDE), tmp_path, "slide", ["png"])
    with Image.open(path) as image:
        assert image.size == (1920, 1080)


def test_the_same_figure_gives_the_same_bytes(
    atlas: ClusterAtlas, national: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1")
    paths = save_figure(
        clusters_figure(atlas, CAPTION), tmp_path, "clusters", title=CAPTION.title, source=CAPTION.credit
    )
    for path in some(paths):
        digests = [hashlib.sha256(p.read_bytes()).hexdigest() for p in (path, national[path.suffix])]
        assert digests[0] == digests[1], path.name


def test_drawing_leaves_matplotlib_as_it_was(
    atlas: ClusterAtlas, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    before = dict(mpl.rcParams)
    with caplog.at_level(logging.WARNING):
        save_figure(cluster_figure(atlas, "vest", CAPTION), tmp_path, "vest")
    assert dict(mpl.rcParams) == before
    assert not caplog.records
    assert "matplotlib.pyplot" not in vars(mpl)


@pytest.mark.parametrize("form", [A4, SLIDE])
def test_every_cluster_is_named_once_in_its_place_without_collision(
    atlas: ClusterAtlas, form: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = written(monkeypatch)
    clusters_figure(atlas, CAPTION, form)
    ((base, names),) = kept
    found = [name.name.text for name in names]
    assert sorted(found) == sorted(
        ["Vestklyngen", "Klynge Midt", toys.EVIL, "Hovedklyngen", "Bornholm", "Bornholm"]
    )
    assert sum(name.overlap for name in names) == 0
    for name in names:
        panel = next(
            p
            for p in reversed(base.panels)
            if shapely.box(*p.box).buffer(0.1).contains(shapely.box(*name.box))
        )
        area = panel.shape_to_paper(name.name.at)
        assert name.tied or area.intersects(shapely.box(*name.box).centroid)


@pytest.mark.parametrize("form", [A4, SLIDE])
@pytest.mark.parametrize("key", ["vest", "midt", "evil", "hoved", "born"])
def test_each_cluster_figure_names_its_municipalities_and_facilities(
    atlas: ClusterAtlas, key: str, form: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = written(monkeypatch)
    cluster_figure(atlas, key, CAPTION, form)
    ((_, names),) = kept
    found = {name.name.text for name in names}
    assert set(atlas.detailed.loc[atlas.codes(key), "name"]) <= found
    assert set(atlas.facilities_of(key)["name"]) <= found
    assert sum(name.overlap for name in names) == 0


def test_a_cluster_with_bornholm_and_more_gets_an_inset(
    atlas: ClusterAtlas, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = written(monkeypatch)
    cluster_figure(atlas, "born", CAPTION)
    ((base, names),) = kept
    assert [panel.name for panel in base.panels] == ["main", "bornholm"]
    assert base.main.extent[2] < BORNHOLM_WEST_M
    inset = shapely.box(*base.panels[1].box)
    (hospital,) = (name for name in names if name.name.text == "Bornholms Hospital")
    assert inset.contains(shapely.box(*hospital.box).centroid)


def test_bornholm_stands_beside_the_rest_at_the_same_scale(atlas: ClusterAtlas) -> None:
    base = BaseMap(Sheet(A4, CAPTION, [], map_aspect=1.09), atlas.coarse)
    main, bornholm, capital = base.panels
    assert (main.name, bornholm.name, capital.name) == ("main", "bornholm", "capital")
    assert bornholm.metres_per_mm == pytest.approx(main.metres_per_mm, rel=0.35)
    assert bornholm.box[0] > (main.box[0] + main.box[2]) / 2
    assert bornholm.box[1] > (main.box[1] + main.box[3]) / 2
    assert capital.metres_per_mm < main.metres_per_mm / 1.8
    points = np.array([[875_000, 6_120_000], [710_000, 6_170_000], [520_000, 6_170_000]])
    assert [panel.shows(points).tolist() for panel in base.panels] == [
        [False, False, True],
        [True, False, False],
        [False, True, False],
    ]
    covered = shapely.box(*capital.box).intersection(base.main.shape_to_paper(atlas.coarse.union_all())).area
    assert covered < 5


def test_a_study_without_bornholm_and_capital_has_one_panel(atlas: ClusterAtlas) -> None:
    west = atlas.coarse[atlas.coarse.index.str.startswith("07")]
    assert [panel.name for panel in BaseMap(Sheet(A4, CAPTION, [], map_aspect=1.0), west).panels] == ["main"]
    only = atlas.coarse.loc[["0400", "0411"]]
    base = BaseMap(Sheet(A4, CAPTION, [], map_aspect=1.0), only)
    assert [panel.name for panel in base.panels] == ["main"]
    assert base.main.shows(np.array([[875_000, 6_120_000]])).all()


def test_the_scale_bar_is_as_long_as_it_says(atlas: ClusterAtlas, tmp_path: Path) -> None:
    (path,) = save_figure(cluster_figure(atlas, "vest", CAPTION), tmp_path, "vest", ["svg"])
    base = BaseMap(Sheet(A4, CAPTION, [], map_aspect=1.0), atlas.detailed)
    root = ET.fromstring(path.read_text(encoding="utf-8"))  # noqa: S314
    texts = {"".join(t.itertext()): t for t in root.iter("{http://www.w3.org/2000/svg}text")}
    (label,) = (text for text in texts if text.endswith(" km"))
    x_of = {
        key: float(re.search(r"rotate\(-?0 ([\d.]+)", texts[key].get("transform"))[1]) for key in ("0", label)
    }
    length_pt = x_of[label] - x_of["0"]
    kilometres = float(label.removesuffix(" km").replace(",", "."))
    extent = shapely.total_bounds(atlas.detailed.loc[atlas.codes("vest")].geometry.to_numpy())
    width_m = (extent[2] - extent[0]) * 1.1
    aspect_limited = max(width_m, (extent[3] - extent[1]) * 1.1 if width_m < 1 else width_m)
    metres_per_mm = aspect_limited / (base.sheet.map_box[2] - base.sheet.map_box[0])
    assert kilometres * 1000 / metres_per_mm == pytest.approx(length_pt / 72 * 25.4, rel=0.02)


def test_bar_lengths_are_round_and_fit() -> None:
    for metres_per_mm in (3, 50, 333, 1000, 2130, 9000):
        length = bar_length(metres_per_mm, 34)
        assert length / metres_per_mm <= 34
        assert length / metres_per_mm > 10
        assert str(int(length)).rstrip("0") in {"1", "2", "4", "5"}


def test_the_arrow_points_to_true_north() -> None:
    assert convergence((499_000, 6_200_000, 501_000, 6_202_000)) == pytest.approx(0, abs=1e-4)
    bornholm = np.degrees(convergence((870_000, 6_110_000, 880_000, 6_120_000)))
    to_degrees = gpd.GeoSeries.from_xy([875_000.0], [6_115_000.0], crs="EPSG:25832").to_crs("EPSG:4326")
    north = gpd.GeoSeries.from_xy(to_degrees.x, to_degrees.y + 0.01, crs="EPSG:4326").to_crs("EPSG:25832")
    expected = np.degrees(np.arctan2(875_000 - north.x[0], north.y[0] - 6_115_000))
    assert bornholm == pytest.approx(expected, abs=0.05)
    assert bornholm > 4


def test_overlapping_markers_are_both_seen(atlas: ClusterAtlas) -> None:
    base = BaseMap(Sheet(A4, CAPTION, [], map_aspect=1.0), atlas.coarse)
    where = base.markers(np.array([[520_000.0, 6_170_000.0]] * 2), ["acute", "health_house"])
    assert np.hypot(*(where[0] - where[1])) > base.sheet.marker_half("health_house")
    base.taken.append((0, 0, 200, 200))
    assert np.isnan(base.markers(np.array([[520_000.0, 6_170_000.0]]), ["acute"], faint=True)).all()
    outside = base.markers(np.array([[0.0, 0.0]]), ["acute"])
    assert np.isnan(outside).all()
    assert base.markers(np.empty((0, 2)), []).shape == (0, 2)


def test_a_star_at_a_health_house_moves_aside(atlas: ClusterAtlas, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[tuple[np.ndarray, list[str]]] = []
    real = BaseMap.markers

    def kept(self: BaseMap, points: np.ndarray, kinds: list[str], **look: Any) -> np.ndarray:
        where = real(self, points, kinds, **look)
        drawn.append((where, kinds))
        return where

    monkeypatch.setattr(BaseMap, "markers", kept)
    key = next(key for key in atlas.clusters if len(atlas.facilities_of(key)))
    mine = points_of(atlas.facilities_of(key))
    cluster_figure(atlas, key, CAPTION, marked=Marked(np.array([], dtype=object), mine[:1]))
    where, kinds = next((where, kinds) for where, kinds in drawn if "site" in kinds)
    star = where[kinds.index("site")]
    half = Sheet(A4, CAPTION, [], map_aspect=1.0).marker_half("site")
    assert np.nanmin(np.hypot(*(where[: len(mine)] - star).T)) >= half


def test_legends_hold_every_entry_and_stay_inside() -> None:
    entries = [Entry(f"Et navn på {n} ting og sager", fills=("#ffffff",)) for n in range(9)]
    for width in (30.0, 100.0, 158.0):
        legend = lay_out(entries, width, 7.5, one_column=False)
        assert [cell.entry for cell in legend.cells] == entries
        right = max(
            cell.x + legend.key + max(line_width(line, 7.5) for line in cell.lines) for cell in legend.cells
        )
        assert right <= width + 0.5
        places = [(cell.x, cell.y) for cell in legend.cells]
        assert len(set(places)) == len(places)
    assert lay_out([], 100.0, 7.5, one_column=False).cells == ()
    assert len({cell.x for cell in lay_out(entries, 158.0, 7.5, one_column=True).cells}) == 1


def test_the_legend_lists_only_what_is_shown(atlas: ClusterAtlas, tmp_path: Path) -> None:
    (path,) = save_figure(cluster_figure(atlas, "midt", CAPTION), tmp_path, "midt", ["svg"])
    texts = svg_texts(path)
    assert "Lukket hospital" in texts
    assert "Også i Vestklyngen" in texts
    assert not {"Akuthospital", "Sundhedshus"} & set(texts)
    (plain,) = save_figure(clusters_figure(atlas, Caption("T", "", "K", (), "en")), tmp_path, "en", ["svg"])
    english = svg_texts(plain)
    assert {"Acute hospital", "Municipality in several clusters", "The capital area", "Other place"} <= set(
        english
    )
    assert "Municipality in no cluster" not in english


def test_a_municipality_in_no_cluster_is_hatched_and_told(tmp_path: Path) -> None:
    left = toys.members()[toys.members()["municipality_code"] != "0721"]
    atlas = prepare_clusters(
        toys.country(), toys.clusters(), left, toys.facilities(), toys.pairs(), scheme=toys.SCHEME
    )
    (path,) = save_figure(clusters_figure(atlas, CAPTION), tmp_path, "x", ["svg"])
    assert "Kommune uden for klyngerne" in svg_texts(path)


def test_notes_and_credit_stand_on_the_face(national: dict[str, Path]) -> None:
    texts = svg_texts(national[".svg"])
    assert "Grænserne er omtrentlige." in texts
    assert "Kilder: Danmarks Statistik; © nogen. Data pr. 2018-07-01." in texts


@pytest.mark.parametrize("form", [A4, SLIDE])
def test_a_very_long_credit_is_cut_with_a_pointer_and_the_map_stays(form: object) -> None:
    sheet = Sheet(form, Caption("T", "U", "En lang kilde; " * 400), [], map_aspect=1.0)
    assert sheet.map_box[3] - sheet.map_box[1] > 40
    said = [text.get_text() for text in sheet.figure.findobj(Text)]
    assert any("provenance.json" in text for text in said)


def test_data_text_is_never_read_as_a_formula(tmp_path: Path) -> None:
    sheet = Sheet(A4, Caption(r"Pris $x^2$ \frac{1}{2}", "", ""), [Entry(r"$\alpha$")], map_aspect=0.5)
    (path,) = save_figure(sheet.figure, tmp_path, "x", ["svg"])
    assert {r"Pris $x^2$ \frac{1}{2}", r"$\alpha$"} <= set(svg_texts(path))


def test_text_is_broken_without_losing_words() -> None:
    text = "Det lokale samordningsforum for Odense Universitetshospital"
    for width in (10, 25, 60, 500):
        lines = wrapped(text, width, 8.0)
        assert " ".join(lines) == text
        assert all(line_width(line, 8.0) <= width for line in lines if " " in line)
    assert len(balanced(text, 60, 8.0)) == len(wrapped(text, 60, 8.0))
    ways = breaks(text, 60, 8.0)
    assert [len(way) for way in ways] == sorted({len(way) for way in ways})
    assert balanced("", 60, 8.0) == [""]
    assert wrapped("Ét", 1, 8.0) == ["Ét"]


def test_classes_put_values_where_they_belong() -> None:
    classes = Classes((15, 30), "min")
    values = pd.Series([0, 14.9, 15, 29.9, 30, 99, None], dtype="Float64")
    assert classes.of(values).tolist() == [0, 0, 1, 1, 2, 2, MISSING]
    assert classes.labels("da") == ["under 15 min", "15–30 min", "30 min eller mere"]
    assert Classes((2.5,), "km").labels("da") == ["under 2,5 km", "2,5 km eller mere"]
    assert Classes((), "km").labels("en") == ["All values"]
    assert len(set(classes.fills)) == 3


@pytest.mark.parametrize("points", [False, True])
def test_a_class_map_tells_classes_lines_and_missing_values(
    atlas: ClusterAtlas, tmp_path: Path, *, points: bool
) -> None:
    shapes = atlas.coarse.geometry.to_numpy()
    layer = ClassLayer(
        shapely.centroid(shapes) if points else shapes,
        pd.Series([None, *range(1, len(shapes))], dtype="Float64"),
        Classes((5, 10), "min"),
    )
    line = LineLayer(
        "30 minutter",
        np.array([shapely.LineString([(510_000, 6_160_000), (600_000, 6_200_000)])]),
        style="--",
    )
    over = Overlay([line], atlas.facilities, atlas.owners, [("Ærø", shapes[-1])])
    figure = class_figure(atlas.coarse, layer, CAPTION, over=over)
    assert isinstance(figure, Figure)
    paths = save_figure(figure, tmp_path, "x", ["svg", "png"])
    assert {
        "under 5 min",
        "5–10 min",
        "10 min eller mere",
        "Intet tal",
        "30 minutter",
        "Akuthospital",
    } <= set(svg_texts(paths[0]))
    with Image.open(paths[1]) as image:
        colours = {tuple(pixel) for _, pixel in image.getcolors(maxcolors=1 << 20) or []}
    for fill in layer.classes.fills:
        assert tuple(int(fill[i : i + 2], 16) for i in (1, 3, 5)) in colours
    whole = class_figure(
        atlas.coarse,
        ClassLayer(shapes, pd.Series(1.0, index=range(len(shapes))), Classes((5,), "min")),
        CAPTION,
    )
    (path,) = save_figure(whole, tmp_path, "y", ["svg"])
    assert "Intet tal" not in svg_texts(path)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_pool_draws_in_order_and_the_same_bytes(atlas: ClusterAtlas, tmp_path: Path, workers: int) -> None:
    orders = [
        Order(f"{key}{form.name}", cluster_figure, CAPTION, form, ("png",), (key,))
        for key in ("vest", "midt")
        for form in (A4, SLIDE)
    ]
    done: list[str] = []
    with LocalWorkers(workers) as processes:
        files = FigurePool(processes).draw(atlas, orders, tmp_path / "new", done=done.append)
    assert [path.stem for path in files] == done == [order.name for order in orders]
    (alone,) = save_figure(
        cluster_figure(atlas, "midt", CAPTION, A4),
        tmp_path,
        "midta4",
        ["png"],
        title=CAPTION.title,
        source=CAPTION.credit,
    )
    assert (tmp_path / "new" / "midta4.png").read_bytes() == alone.read_bytes()


def test_a_failing_figure_is_told(atlas: ClusterAtlas, tmp_path: Path) -> None:
    with LocalWorkers(2) as processes, pytest.raises(KeyError):
        FigurePool(processes).draw(atlas, [Order("x", cluster_figure, CAPTION, args=("unknown",))], tmp_path)


def test_the_light_face_sets_text_as_the_whole_one_does() -> None:
    for weight in ("normal", "bold"):
        whole = FontProperties(family=theme.FONT_FIGURE, size=8, weight=weight)
        for text in ("Tønder AVA Tåstrup", "Æ Ø Å æ ø å é – … ≤ 15 km²", "Ærøskøbing (på sygehuset)"):
            expected = text_to_path.get_text_width_height_descent(text, whole, ismath=False)[0] / 72 * 25.4
            assert line_width(text, 8, weight) == pytest.approx(expected, abs=0.02)


def test_other_letters_than_latin_are_set_too(tmp_path: Path) -> None:
    sheet = Sheet(A4, Caption("Ελλάδα Ærø Киев", "", ""), [], map_aspect=0.3)
    paths = save_figure(sheet.figure, tmp_path, "x", ["svg", "pdf"])
    assert "Ελλάδα Ærø Киев" in svg_texts(paths[0])
    assert b"/FontFile2" in paths[1].read_bytes()
