"""The command line: exit codes, words in both languages, no traceback for a user's mistake."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from maps.cli import COMMANDS, app

RUNNER = CliRunner()


def _run(*args: str) -> tuple[int, str]:
    result = RUNNER.invoke(app, list(args))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def test_help_is_danish_and_english_by_a_switch() -> None:
    code, text = _run("--help")
    assert code == 0
    assert all(name in text for name in COMMANDS)
    assert "Lav alle et studies sider, figurer og tabeller." in text
    assert _run() == (code, text)
    for words in (("--lang", "en", "--help"), ("--help", "--lang=en")):
        code, text = _run(*words)
        assert code == 0
        assert "Make all pages, figures and tables of a study." in text


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("lang", ["da", "en"])
def test_every_command_tells_its_options(name: str, lang: str) -> None:
    code, text = _run(name, "--help", "--lang", lang)
    assert code == 0
    first = {"da": "Brug: ", "en": "Usage: "}[lang]
    assert text.startswith(f"{first}klyngekort {name} [")
    assert {"da": "Sprog på sider", "en": "Language of pages"}[lang] in text


@pytest.mark.parametrize("name", ["maps", "sites", "scenario", "serve", "verify", "figure"])
def test_helpers_are_asked_for_alike(name: str) -> None:
    text = _run(name, "--help")[1]
    assert all(option in text for option in ("--workers", "--scheduler", "--tls"))


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (("sites", "--nothing"), "--nothing: det tilvalg findes ikke"),
        (
            ("sites", "--k", "900"),
            "--k TAL: værdien passer ikke: Højst så mange nye steder at vælge. (0–100)",
        ),
        (("sites", "--k"), "--k: værdien mangler"),
        (("clusters",), "--compare NAVN NAVN mangler"),
        (("mapz",), "mapz: den kommando findes ikke"),
        (
            ("figure", "moon", "--lang", "en"),
            "clusters|houses|acute-access|gp-coverage|satellites: not a value that fits",
        ),
        (("maps", "one", "two"), "for mange ord: one two"),
    ],
)
def test_a_misuse_ends_with_2_and_words_and_where_the_help_is(args: tuple[str, ...], told: str) -> None:
    code, text = _run(*args)
    assert code == 2
    assert told in text
    assert "Traceback" not in text


def test_the_language_before_the_command_holds_for_it() -> None:
    code, text = _run("--lang", "en", "houses", "--compare", "haderslev", "hogwarts")
    assert code == 2
    assert "an unknown house" in text


def test_check_tells_that_the_bundled_data_are_in_order() -> None:
    code, text = _run("check")
    assert code == 0
    assert "klynger-2018: 5.839.955 indbyggere i klynger + 90 udenfor = 5.840.045 i alt" in text
    assert "Klynge Syd (Region Nordjylland) har intet akuthospital" in text


def test_check_speaks_english_and_strict_stops_at_warnings() -> None:
    code, text = _run("check", "--lang", "en", "--strict")
    assert code == 1
    assert "5,839,955 people in clusters + 90 outside = 5,840,045 in all" in text


def test_quiet_says_nothing_when_all_is_well() -> None:
    code, text = _run("check", "--quiet")
    assert (code, text) == (0, "")


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (("check", "--config", "nowhere.toml"), "filen findes ikke"),
        (("check", "--lang", "se"), "da | en"),
        (("clusters", "--compare", "1999", "2022"), "klynger-2018, sundhedsklynger-2022"),
        (("houses", "--compare", "haderslev", "hogwarts"), "hogwarts"),
    ],
)
def test_a_users_mistake_ends_with_2_and_words(args: tuple[str, ...], told: str) -> None:
    code, text = _run(*args)
    assert code == 2
    assert told in text
    assert "Traceback" not in text


def test_broken_settings_are_told_in_full(tmp_path: Path) -> None:
    path = tmp_path / "my.toml"
    path.write_text('[study]\nname = "x"\ntitle = "X"\nas_of = 1999-01-01\n', encoding="utf-8")
    code, text = _run("check", "--config", str(path))
    assert code == 2
    assert "1999-01-01" in text
    assert "klynger-2018 2018-01-01–2022-07-01" in text


def test_the_comparison_of_schemes_lists_who_moves() -> None:
    code, text = _run("clusters", "--compare", "2018", "2022", "--csv")
    lines = text.strip().splitlines()
    assert code == 0
    assert lines[0].startswith("municipality_code,municipality_name")
    assert len(lines) == 8
    assert any(line.startswith("0230,Rudersdal,Nord,Midt,moves") for line in lines)


def test_two_houses_side_by_side() -> None:
    code, text = _run("houses", "--compare", "haderslev", "kolding-laasbyhoej")
    assert code == 0
    assert "Haderslev" in text
    assert "5.200" in text
    assert "6.000" in text
