"""``klyngekort fetch`` on the command line: words in both languages, states, exit codes, and what it leaves."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from maps.cli import app

RUNNER = CliRunner()
PEOPLE = "OMRÅDE;TID;INDHOLD\n" + "".join(f"{code} Et sted;2026K4;1000\n" for code in range(101, 120))


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config" / "open.toml"
    path.parent.mkdir()
    path.write_text(
        '[study]\nname = "x"\ntitle = "X"\nas_of = 2025-06-01\ndata = "../data/study/open-data.toml"\n'
        '[fetch]\nspare_gb = 0\nlayers = ["statbank-folk1a", "dagi", "voting-areas"]\n',
        encoding="utf-8",
    )
    return path


@pytest.fixture
def by_hand(tmp_path: Path) -> Path:
    folder = tmp_path / "by-hand"
    folder.mkdir()
    (folder / "FOLK1A.csv").write_text(PEOPLE, encoding="utf-8")
    return folder


def run(*args: object) -> tuple[int, str]:
    result = RUNNER.invoke(app, [str(arg) for arg in args])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, " ".join(result.output.split())


def test_the_list_tells_states_in_danish_and_fetches_nothing(
    config: Path, by_hand: Path, tmp_path: Path
) -> None:
    code, text = run("fetch", "--config", config, "--list")
    assert code == 0
    assert "dagi kræver nøgle ca. 200" in text
    assert "dagi: læg din nøgle i variablen DATAFORDELER_API_KEY" in text
    assert "voting-areas fra en mappe ca. 5" in text
    assert not (tmp_path / "data").exists()
    run("fetch", "--config", config, "--from-folder", by_hand)
    assert "statbank-folk1a findes 20" in run("fetch", "--config", config, "--list")[1]


def test_a_folder_is_taken_in_and_what_is_missing_is_told(
    config: Path, by_hand: Path, tmp_path: Path
) -> None:
    code, text = run("fetch", "--config", config, "--from-folder", by_hand, "--lang", "en")
    assert code == 0
    assert "no file in the folder is called kommuneinddeling*.gpkg" in text
    assert "Population of municipalities: StatBank FOLK1A, population (FOLK1A.csv) is not used" in text
    assert sorted(path.name for path in (tmp_path / "data").iterdir() if path.name[0] != ".") == [
        "geodata.lock",
        "statbank-folk1a.csv",
        "study",
    ]


def test_a_layer_that_fails_ends_with_2_after_the_study_is_made(
    config: Path, by_hand: Path, tmp_path: Path
) -> None:
    (by_hand / "FOLK1A.csv").write_text("<html>;</html>")
    code, text = run("fetch", "--config", config, "--from-folder", by_hand)
    assert code == 2
    assert "en webside (HTML) i stedet for data" in text
    assert "Traceback" not in text
    assert (tmp_path / "data" / "study" / "open-data.toml").is_file()


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (("--layer", "dawa"), "DAWA er lukket for altid"),
        (("--from-folder", "nowhere"), "mappen findes ikke"),
    ],
)
def test_a_users_mistake_ends_with_2_and_words(config: Path, args: tuple[str, str], told: str) -> None:
    code, text = run("fetch", "--config", config, *args)
    assert code == 2
    assert told in text


def test_maps_before_fetch_tells_what_to_run(config: Path) -> None:
    code, text = run("check", "--config", config)
    assert code == 2
    assert "kør make data" in text


def test_the_shipped_study_names_layers_that_exist(tmp_path: Path) -> None:
    code, text = run("fetch", "--list", "--lang", "en")
    assert code == 0
    assert "geofabrik-denmark" in text
