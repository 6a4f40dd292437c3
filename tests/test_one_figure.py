"""One figure at a time: its size, its cluster, and what cannot be drawn."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from maps.cli import app
from maps.figures.one_figure import Asked, form_of, one_figure, width_mm
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
    one, two = (
        one_figure(settings, Asked("clusters", cluster="hst-bornholm"), ending="pdf") for _ in range(2)
    )
    assert one == two
    assert one[0] == "cluster-hst-bornholm"


def test_an_unknown_cluster_is_told_with_those_that_are_known() -> None:
    with pytest.raises(SettingsError, match=r"hst-bornholm \(Bornholm\)"):
        one_figure(load_settings(DENMARK), Asked("clusters", cluster="Atlantis"), ending="svg")


@pytest.mark.parametrize("width", [60.0, 200.0])
def test_the_country_is_drawn_at_any_width(width: float) -> None:
    _, drawn = one_figure(load_settings(DENMARK), Asked("clusters"), ending="svg", width=width)
    assert "Hovedstadsområdet" in drawn.decode()


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (Asked("satellites", function="hjernekirurgi"), r"--function(.|\n)*one of blood_tests, xray"),
        (Asked("acute-access", region="Skåne"), "one of: Region Hovedstaden, Region Midtjylland"),
        (Asked("houses", cluster="hst-nord", function="xray"), r"--cluster(.|\n)*--function"),
        (Asked("gp-coverage", scheme="2022"), r"--scheme(.|\n)*only with clusters"),
        (Asked("satellites", cluster="hst-nord", region="Sjælland"), "one of the two"),
        (Asked("satellites", scenario=Path("plan.toml")), "name one with --function"),
        (Asked("clusters", scenario=Path("plan.toml")), "only with acute-access, gp-coverage, satellites"),
    ],
)
def test_what_cannot_be_drawn_is_told_before_travel_times_are_computed(asked: Asked, told: str) -> None:
    steps: list[str] = []
    with pytest.raises(SettingsError, match=told):
        one_figure(load_settings(DENMARK), asked, ending="svg", progress=steps.append)
    assert set(steps) <= {"inputs", "clusters", "facilities"}


def test_a_study_without_the_figure_tells_what_to_switch_on() -> None:
    settings = load_settings(DENMARK)
    off = settings.model_copy(update={"sites": settings.sites.model_copy(update={"enabled": False})})
    with pytest.raises(SettingsError, match="switch satellite functions on"):
        one_figure(off, Asked("satellites"), ending="svg")


def test_a_function_is_drawn_for_a_region_by_its_danish_name() -> None:
    asked = Asked("satellites", region="nordjylland", function="Røntgen")
    name, drawn = one_figure(load_settings(DENMARK), asked, ending="svg", width=120)
    assert name == "satellites-xray-region-nordjylland"
    assert "Region Nordjylland: Røntgen" in drawn.decode()


def test_what_a_scenario_changes_is_drawn_for_one_measure(tmp_path: Path) -> None:
    plan = tmp_path / "plan.toml"
    plan.write_text(
        'id = "uden-bro"\ntitle = "Uden Svendborgsundbroen"\n[[close_link]]\nlink = "Svendborgsundbroen"\n',
        encoding="utf-8",
    )
    name, drawn = one_figure(load_settings(DENMARK), Asked("acute-access", scenario=plan), ending="svg")
    assert name == "acute-access-difference-today-uden-bro"
    assert "Uden Svendborgsundbroen" in drawn.decode()


def test_a_file_that_cannot_be_written_is_told_without_a_traceback(tmp_path: Path) -> None:
    told = CliRunner().invoke(app, ["figure", "clusters", "--cluster", "hst-bornholm", "-f", str(tmp_path)])
    assert told.exit_code == 2
    assert "Traceback" not in told.output
