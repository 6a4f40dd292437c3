"""Results of every command are made again and compared; a changed or moved list or scenario is told."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from maps.cli import app
from maps.files.crate import FILE as CRATE
from maps.files.provenance import FILE as PROVENANCE
from pipeline.digests import file_digest
from tests.tiny_study import settings_file

pytestmark = pytest.mark.long

LIST = "navn,by,type\nRibe Sundhedshus,Ribe,sundhedshus\nBrande,Brande,by\n"
SCENARIO = 'id = "hus"\ntitle = "Hus"\n[population]\nfile = "folk.csv"\n[[close]]\nfacility = "lemvig"\n'
PEOPLE = "municipality_code,population\n0665,15000\n"


def run(*words: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, [str(word) for word in words])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the results of two commands, and what they were made from."""
    folder = tmp_path_factory.mktemp("made")
    config = settings_file(folder)
    (folder / "list.csv").write_text(LIST, encoding="utf-8")
    (folder / "plan.toml").write_text(SCENARIO, encoding="utf-8")
    (folder / "folk.csv").write_text(PEOPLE, encoding="utf-8")
    common = ("--config", config, "--out", folder / "out", "--workers", 1, "--quiet")
    options = ("-f", "røntgen", "--k", 2, "--must", "Brande", "--model", "max_cover", "--limit", 25.5)
    code, told = run("sites", folder / "list.csv", *options, "--runs", 3, "--built-in", *common)
    assert code == 0, told
    code, told = run("scenario", folder / "plan.toml", *common)
    assert code == 0, told
    return folder


@pytest.fixture
def copy(made: Path, tmp_path: Path) -> Path:
    """The same, for a test to change; the logs tell of the first place."""
    folder = tmp_path / "copy"
    shutil.copytree(made, folder)
    for log in (folder / "out" / ".logs").iterdir():
        log.write_text(log.read_text("utf-8").replace(str(made), str(folder)), encoding="utf-8")
    return folder


def record(folder: Path) -> dict[str, object]:
    return json.loads((folder / PROVENANCE).read_text(encoding="utf-8"))


def test_the_record_tells_the_command_its_options_and_files(made: Path) -> None:
    sites, scenario = (record(made / "out" / name) for name in ("tiny-sites", "tiny-scenario-hus"))
    assert sites["made_by"] == {
        "command": "sites",
        "options": {
            "built_in": True,
            "function": ["røntgen"],
            "k": 2,
            "limit": 25.5,
            "model": ["max_cover"],
            "must": ["Brande"],
            "runs": 3,
        },
        "files": ["candidates"],
    }
    assert scenario["made_by"] == {"command": "scenario", "options": {}, "files": ["scenario-hus"]}
    read = {part["layer"]: (part["path"], part["sha256"]) for part in scenario["inputs"]}
    assert read["scenario-hus"] == ("plan.toml", file_digest(made / "plan.toml"))
    assert read["population-hus"] == ("folk.csv", file_digest(made / "folk.csv"))
    assert str(made) not in (made / "out" / "tiny-scenario-hus" / PROVENANCE).read_text("utf-8")
    assert (made / "out" / "tiny-scenario-hus" / CRATE).is_file()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["tiny-sites", "tiny-scenario-hus"])
def test_results_made_again_by_helpers_are_equal_byte_for_byte(made: Path, name: str) -> None:
    code, told = run("verify", made / "out" / name, "--workers", 2)
    assert (code, told) == (0, "Efterprøvet: en ny kørsel giver alle filer, byte for byte.\n")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "file", "old", "new", "cause"),
    [
        ("tiny-sites", "list.csv", "Brande,Brande", "Brande,Herning", "input candidates is another"),
        ("tiny-scenario-hus", "plan.toml", '"Hus"', '"Huset"', "input scenario-hus is another"),
        ("tiny-scenario-hus", "folk.csv", "15000", "14000", "input population-hus is another"),
    ],
)
def test_a_changed_list_or_scenario_is_named_as_the_cause(
    copy: Path, name: str, file: str, old: str, new: str, cause: str
) -> None:
    path = copy / file
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    code, told = run("verify", copy / "out" / name, "--lang", "en")
    assert code == 1
    assert cause in told
    assert "provenance.json: other bytes" in told


@pytest.mark.parametrize("name", ["tiny-sites", "tiny-scenario-hus"])
def test_a_changed_result_is_told_without_a_run(copy: Path, name: str) -> None:
    changed = next((copy / "out" / name / "tables").rglob("*.csv"))
    changed.write_text("forged", encoding="utf-8")
    code, told = run("verify", copy / "out" / name, "--files-only", "--lang", "en")
    assert code == 1
    assert f"{changed.relative_to(copy / 'out' / name).as_posix()}: changed since the run" in told


@pytest.mark.slow
def test_a_moved_list_is_asked_for_and_known_by_its_contents(copy: Path) -> None:
    out, moved = copy / "out" / "tiny-sites", copy / "elsewhere" / "renamed.csv"
    moved.parent.mkdir()
    (copy / "list.csv").rename(moved)
    code, told = run("verify", out, "--lang", "en")
    assert code == 2
    assert "list.csv, which is not found any more" in told
    assert "name it with --file" in told
    stranger = copy / "folk.csv"
    code, told = run("verify", out, "--file", stranger, "--lang", "en")
    assert code == 2
    assert "a file that the results were not made from" in told
    code, told = run("verify", out, "--file", moved, "--lang", "en")
    assert code == 1  # the record names the file, and its name is another now
    assert "input candidates" not in told
    kept = moved.rename(moved.with_name("list.csv"))
    code, told = run("verify", out, "--file", kept)
    assert code == 0, told


@pytest.mark.parametrize(
    ("made_by", "words"),
    [
        ({"command": "dance", "options": {}, "files": []}, "dance"),
        ({"command": "sites", "options": {"colour": "red"}, "files": []}, "colour"),
        ({"command": "sites", "options": {}, "files": ["nothing"]}, "no whole record"),
        ({"command": "sites"}, "no whole record"),
        ({"command": "sites", "options": {"k": "many"}, "files": []}, "many"),
    ],
)
def test_a_record_of_what_this_version_has_not_is_refused(
    copy: Path, made_by: dict[str, object], words: str
) -> None:
    out = copy / "out" / "tiny-sites"
    (out / PROVENANCE).write_text(json.dumps({**record(out), "made_by": made_by}), encoding="utf-8")
    code, told = run("verify", out, "--lang", "en")
    assert code == 2
    assert words in told
    assert "Traceback" not in told
