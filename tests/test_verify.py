"""Results are held against a second run, and what differs is told with its cause."""

import json
from pathlib import Path
from urllib.parse import unquote

import pytest
from typer.testing import CliRunner

from maps.cli import app
from maps.files import provenance
from maps.files.crate import FILE as CRATE
from maps.files.crate import write_crate
from maps.files.tables import Origin
from maps.operate.run_log import RunLog
from maps.operate.verify import (
    altered_files,
    file_differences,
    find_settings,
    read_record,
    record_differences,
)
from pipeline.digests import code_digest, file_digest
from pipeline.errors import MissingInputError
from tests.tiny_study import settings_file, written

ORIGIN = Origin("Prøven", "2024-01-01", ("Kilde: nogen",))


def told(messages: object) -> list[str]:
    return [str(message) for message in messages]  # type: ignore[attr-defined]


def record(**changed: object) -> dict[str, object]:
    software = {"name": "klyngekort", "version": "0.1.0", "code_sha256": "c" * 64, "python": "3.11"}
    return {
        "software": {**software, "packages": {"numpy": "2.0"}},
        "inputs": [
            {"layer": "towns", "path": "towns.csv", "sha256": "a" * 64, "bytes": 12, "licence": "CC0"}
        ],
        "settings": {"study": {"name": "toy", "language": "da"}},
        "settings_file": {"path": "toy.toml", "sha256": "b" * 64},
        **changed,
    }


@pytest.fixture
def results(tmp_path: Path) -> Path:
    folder = tmp_path / "toy"
    (folder / "tables").mkdir(parents=True)
    (folder / "tables" / "æ ø.csv").write_text("a\n", encoding="utf-8")
    (folder / "index.html").write_text("<p>", encoding="utf-8")
    provenance.write_provenance(folder, record())
    write_crate(folder, record(), ORIGIN, lang="da")
    return folder


def test_the_crate_has_what_ro_crate_asks_for(results: Path) -> None:
    text = json.loads((results / CRATE).read_text(encoding="utf-8"))
    assert text["@context"] == "https://w3id.org/ro/crate/1.1/context"
    by_id = {part["@id"]: part for part in text["@graph"]}
    assert len(by_id) == len(text["@graph"])
    assert by_id[CRATE]["conformsTo"] == {"@id": "https://w3id.org/ro/crate/1.1"}
    assert by_id[CRATE]["about"] == {"@id": "./"}
    root = by_id["./"]
    assert root["@type"] == "Dataset"
    assert all(root[key] for key in ("name", "description", "datePublished", "license"))

    def references(value: object) -> list[str]:
        if isinstance(value, dict):
            own = [value["@id"]] if set(value) == {"@id"} else []
            return own + [found for inner in value.values() for found in references(inner)]
        return [found for inner in value for found in references(inner)] if isinstance(value, list) else []

    outside = {"https://w3id.org/ro/crate/1.1"}
    assert set(references(text["@graph"])) - outside <= set(by_id)
    files = [part for part in text["@graph"] if part["@type"] == "File"]
    assert {unquote(part["@id"]) for part in files} == {"index.html", "tables/æ ø.csv", provenance.FILE}
    assert {part["@id"] for part in root["hasPart"]} == {part["@id"] for part in files}
    for part in files:
        path = results / unquote(part["@id"])
        assert part["sha256"] == file_digest(path)
        assert part["contentSize"] == str(path.stat().st_size)


def test_the_crate_is_the_same_every_time(results: Path) -> None:
    first = (results / CRATE).read_bytes()
    write_crate(results, record(), ORIGIN, lang="da")
    assert (results / CRATE).read_bytes() == first


def test_a_changed_and_a_lost_file_are_told(results: Path) -> None:
    assert told(altered_files(results)) == []
    (results / "index.html").write_text("<b>", encoding="utf-8")
    (results / "tables" / "æ ø.csv").unlink()
    assert told(altered_files(results)) == [
        "index.html: changed since the run",
        "tables/æ ø.csv: gone since the run",
    ]


def test_causes_are_told_by_kind() -> None:
    now = record(
        software={**record()["software"], "code_sha256": "d" * 64, "packages": {"numpy": "2.1"}},
        inputs=[{"layer": "towns", "sha256": "e" * 64}, {"layer": "roads", "sha256": "f" * 64}],
        settings={"study": {"name": "toy", "language": "en"}},
    )
    found = told(record_differences(record(), now))
    assert [line.split(":")[0].split(" is")[0] for line in found] == [
        "the code",
        "package numpy",
        "input roads",
        "input towns",
        "setting study.language",
    ]
    assert told(record_differences(record(), record())) == []


def test_files_that_differ_are_told(results: Path, tmp_path: Path) -> None:
    other = tmp_path / "again"
    other.mkdir()
    (other / "index.html").write_text("<i>", encoding="utf-8")
    (other / "more.pdf").write_bytes(b"%PDF")
    provenance.write_provenance(other, record())
    write_crate(other, record(), ORIGIN, lang="da")
    assert told(file_differences(results, other)) == [
        "index.html: other bytes",
        "more.pdf: not made then",
        "tables/æ ø.csv: not made any more",
    ]


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"@graph": 3}', '{"@graph": [1]}', "[" * 100_000])
@pytest.mark.parametrize("name", [CRATE, provenance.FILE])
def test_a_damaged_record_is_refused_in_words(results: Path, name: str, damage: str) -> None:
    (results / name).write_text(damage, encoding="utf-8")
    with pytest.raises(MissingInputError, match="no whole record"):
        read_record(results)


def test_settings_are_found_through_the_log_of_the_run(results: Path, tmp_path: Path) -> None:
    with pytest.raises(MissingInputError, match="not found any more"):
        find_settings(results, record())
    config = tmp_path / "elsewhere" / "toy.toml"
    config.parent.mkdir()
    config.write_text("", encoding="utf-8")
    RunLog(results.parent, "toy", "maps", {"config": str(config)}).end(0)
    assert find_settings(results, record()) == config


def test_the_digest_of_the_code_follows_every_file(tmp_path: Path) -> None:
    for name in (
        "pipeline/a.py",
        "maps/web/assets/page.css",
        "geodata/sources.toml",
        "config/functions.toml",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("1", encoding="utf-8")
    digests = [code_digest.__wrapped__(tmp_path)]
    (tmp_path / "pipeline" / "__pycache__").mkdir()
    (tmp_path / "pipeline" / "__pycache__" / "a.pyc").write_text("1", encoding="utf-8")
    assert code_digest.__wrapped__(tmp_path) == digests[0]
    for name in ("pipeline/a.py", "maps/web/assets/page.css"):
        (tmp_path / name).write_text("2", encoding="utf-8")
        digests.append(code_digest.__wrapped__(tmp_path))
    (tmp_path / "pipeline" / "a.py").rename(tmp_path / "pipeline" / "b.py")
    digests.append(code_digest.__wrapped__(tmp_path))
    assert len(set(digests)) == 4


def test_a_study_is_verified_and_a_changed_input_is_named(tmp_path: Path) -> None:
    out, config = written(tmp_path), settings_file(tmp_path)
    runner = CliRunner()
    changed = config.parent / "settlements.csv"
    changed.write_text(changed.read_text(encoding="utf-8").replace("Skagen", "Skagenby"), encoding="utf-8")
    result = runner.invoke(app, ["verify", str(out), "--lang", "en"])
    assert result.exit_code == 1
    assert "input settlements is another" in result.output
    assert "provenance.json: other bytes" in result.output
    result = runner.invoke(app, ["verify", str(out), "--files-only"])
    assert (result.exit_code, result.output) == (0, "Ingen fil er ændret siden kørslen.\n")
    (out / "index.html").write_text("forged", encoding="utf-8")
    result = runner.invoke(app, ["verify", str(out), "--files-only", "--lang", "en"])
    assert result.exit_code == 1
    assert "index.html: changed since the run" in result.output
