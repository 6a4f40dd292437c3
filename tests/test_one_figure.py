"""One figure at a time: its size, its cluster, and what cannot be drawn."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from maps.cli import app
from maps.figures.one_figure import form_of, one_figure, width_mm
from pipeline.errors import SettingsError
from pipeline.settings import PROJECT
from pipeline.settings.file import load_settings

DENMARK = PROJECT / "config" / "denmark.toml"


@pytest.mark.parametrize(
    ("text", "width"), [("160mm", 160.0), ("16 cm", 160.0), ("16,5cm", 165.0), ("4in", 101.6), ("200", 200.0)]
)
def test_widths_are_read_in_the_usual_units(text: str, width: float) -> None:
    assert width_mm(text) == pytest.approx(width)


@pytest.mark.parametrize("text", ["", "wide", "5mm", "2000mm", "-160mm", "160px"])
def test_a_width_that_nobody_could_read_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="--width"):
        width_mm(text)


def test_type_shrinks_less_than_the_figure() -> None:
    small = form_of(80.0)
    assert small.width == 80.0
    assert 0.5 < small.type_scale < 1.0


def test_a_cluster_is_drawn_at_the_width_asked_for(tmp_path: Path) -> None:
    told = CliRunner().invoke(
        app,
        ["figure", "clusters", "--cluster", "Bornholm", "--width", "120mm", "-f", str(tmp_path / "x.svg")],
    )
    assert told.exit_code == 0, told.output
    drawing = (tmp_path / "x.svg").read_text(encoding="utf-8")
    assert f'width="{120 * 72 / 25.4:.5f}"' in drawing
    assert "Bornholm" in drawing


def test_the_same_figure_gives_the_same_bytes() -> None:
    settings = load_settings(DENMARK)
    one, two = (one_figure(settings, "clusters", ending="pdf", cluster="hst-bornholm") for _ in range(2))
    assert one == two
    assert one[0] == "cluster-hst-bornholm"


def test_an_unknown_cluster_is_told_with_those_that_are_known() -> None:
    with pytest.raises(SettingsError, match=r"hst-bornholm \(Bornholm\)"):
        one_figure(load_settings(DENMARK), "clusters", ending="svg", cluster="Atlantis")


def test_a_file_that_cannot_be_written_is_told_without_a_traceback(tmp_path: Path) -> None:
    told = CliRunner().invoke(app, ["figure", "clusters", "--cluster", "hst-bornholm", "-f", str(tmp_path)])
    assert told.exit_code == 2
    assert "Traceback" not in told.output
