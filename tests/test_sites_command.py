"""The command for candidate sites: what it tells, what it writes, and what it does with bad input."""

import io
import tomllib
from pathlib import Path

import pandas as pd
import pytest
from rich.console import Console
from typer.testing import CliRunner

from maps.cli import app
from maps.site_report import rankings
from pipeline.messages import msg, translator
from pipeline.settings import PROJECT
from pipeline.settings.file import parse_settings
from pipeline.site_words import VERDICTS
from tests.site_page_toys import site_study
from tests.tiny_study import settings_file

RUNNER = CliRunner()
LIST = """navn,by,lon,lat,type,funktion,pris_mio_kr
Ribe Sundhedshus,Ribe,,,sundhedshus,,3
Ribe igen,Ribe,,,sundhedshus,,3
I havet,,11.2,56.6,by,,
Berlin,,13.4,52.52,by,,
Atlantis,Atlantis,,,by,,
Brande,Brande,,,by,hjernekirurgi,
Nakskov,Nakskov,,,sundhedshus,,dyrt
<b>Lemvig</b>,Lemvig,,,sundhedshus,,5
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("sites")


def run(folder: Path, *arguments: str) -> tuple[int, str]:
    config = settings_file(folder)
    common = ["--config", str(config), "--out", str(folder / "out"), "--runs", "4"]
    result = RUNNER.invoke(app, ["sites", *arguments, *common])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


@pytest.fixture(scope="module")
def told(folder):
    path = folder / "list.csv"
    path.write_text(LIST, encoding="utf-8")
    return run(
        folder,
        str(path),
        "-f",
        "røntgen",
        "-f",
        "telemedicine_room",
        "--k",
        "9",
        "--must",
        "Ribe Sundhedshus",
    )


def test_the_rest_is_evaluated_and_every_row_explains_itself(told):
    code, text = told
    assert code == 0
    for words in (
        "  1 Ribe Sundhedshus: ",
        "<b>Lemvig</b>: ",
        "kandidaten Ribe igen er udeladt: samme sted som Ribe Sundhedshus",
        "kandidaten I havet er udeladt: punktet ligger i havet",
        "kandidaten Berlin er udeladt: punktet ligger uden for",
        "kandidaten Atlantis er udeladt: ingen by hedder Atlantis",
        "kandidaten Brande er udeladt: ingen har defineret funktionen hjernekirurgi",
        "kandidaten Nakskov er udeladt: pris_mio_kr er dyrt",
        "Der blev bedt om 9 steder, men der er 2 kandidater",
    ):
        assert words in text


def test_tables_and_layers_are_written(folder, told):
    assert told[0] == 0
    results = folder / "out" / "tiny-sites"
    ranking = pd.read_csv(results / "tables" / "site_evaluation.csv")
    assert set(ranking["function_id"]) == {"xray", "telemedicine_room"}
    assert ranking["reasons"].str.len().min() > 20
    assert len(pd.read_csv(results / "tables" / "sites.csv")) == 8
    assert {"klyngekort.gpkg", "provenance.json", "index.html"} <= {path.name for path in results.iterdir()}


@pytest.mark.parametrize("lang", ["da", "en"])
def test_rankings_break_no_word_on_a_terminal_of_80_columns(lang, tmp_path):
    say = translator(lang)
    (ranking, *_) = rankings(site_study(tmp_path).sites, say, rows=0)
    console = Console(width=80, file=io.StringIO())
    console.print(ranking.table)
    lines = console.file.getvalue().splitlines()
    assert max(map(len, lines)) <= 80
    words = {word for line in lines for word in line.split()}
    for heading in ("Rank", "Candidate", "Verdict", "Newly within the limit", "Minutes saved a visit"):
        assert set(say(msg(heading)).split()) <= words
    assert set(say(VERDICTS["reservations"]).split()) | set(say(VERDICTS["suitable"]).split()) <= words


@pytest.mark.parametrize(
    ("text", "arguments", "code", "words"),
    [
        ("farve\nrød\n", (), 2, "farve"),
        ("navn,lon,lat\nI havet,7.9,56.9\n", (), 1, "Ingen kandidat kan vurderes"),
        ("navn,by\nRibe,Ribe\n", ("-f", "hjernekirurgi"), 2, "hjernekirurgi"),
    ],
)
def test_input_that_leaves_nothing_ends_with_words(folder, tmp_path, text, arguments, code, words):
    path = tmp_path / "list.csv"
    path.write_text(text, encoding="utf-8")
    found, said = run(folder, str(path), *arguments)
    assert found == code
    assert words in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(("nowhere.csv",), "nowhere.csv"), (("--model", "best"), "max_cover"), (("--limit", "-3"), "limit_min")],
)
def test_options_out_of_range_are_told_before_anything_is_computed(folder, arguments, words):
    code, said = run(folder, *arguments)
    assert code == 2
    assert words in said


@pytest.mark.testdata
def test_the_committed_example_names_the_real_files(testdata):
    text = (PROJECT / "config" / "satellites.toml").read_text(encoding="utf-8")
    raw = tomllib.loads(text.replace("../data", testdata.resolve().as_posix()))
    settings = parse_settings(raw, source="config/satellites.toml", folder=PROJECT / "config")
    assert settings.sites.enabled
    assert settings.coverage.robustness.runs == 0
    assert settings.demand.bands["people_70_plus"] == "adults_70_plus"
