"""What is new: told against the last run that gave something else, alike however often it is run."""

import dataclasses
from pathlib import Path
from types import SimpleNamespace

from maps.naming import Names
from maps.pages.news import FILE, compared, news, state_of, write_state
from maps.telling.key_figures import key_figures
from pipeline.messages import translator
from pipeline.study_result import StudyResult
from tests.page_toys import IMAGE, toy_study

TITLES = {"hospitals": "Hospitals"}


def run(study: StudyResult, folder: Path) -> tuple[str, ...]:
    fields = key_figures(Names(study, "en"))
    now, before = compared(state_of(study, fields), folder)
    write_state(folder, now, before)
    say = translator("en")
    return tuple(
        text if isinstance(text, str) else say(text) for text in news(now, before, fields, say, TITLES)
    )


def with_more_people(study: StudyResult, name: str = "") -> StudyResult:
    towns = study.municipalities
    clusters = study.clusters.assign(population=study.clusters["population"] + 1000)
    if name:
        clusters = clusters.assign(name=name)
    return dataclasses.replace(
        study, municipalities=towns.assign(population=towns["population"] + 100), clusters=clusters
    )


def test_a_first_run_has_no_news(tmp_path: Path) -> None:
    assert run(toy_study(), tmp_path) == ()


def test_the_same_inputs_give_the_same_bytes_over_the_same_results(tmp_path: Path) -> None:
    run(toy_study(), tmp_path)
    first = (tmp_path / FILE).read_bytes()
    assert run(toy_study(), tmp_path) == ()
    assert (tmp_path / FILE).read_bytes() == first


def test_news_stay_until_something_else_changes(tmp_path: Path) -> None:
    run(toy_study(), tmp_path)
    told = run(with_more_people(toy_study()), tmp_path)
    left = (tmp_path / FILE).read_bytes()
    assert any(line.startswith("people") for line in told)
    assert run(with_more_people(toy_study()), tmp_path) == told
    assert (tmp_path / FILE).read_bytes() == left


def test_clusters_and_settings_are_named(tmp_path: Path) -> None:
    run(toy_study(), tmp_path)
    study = with_more_people(toy_study(workers=5))
    told = run(study, tmp_path)
    assert any("people" in line and ", before " in line for line in told)
    assert "Changed settings: maps.workers." in told


def test_changed_data_are_called_by_their_titles(tmp_path: Path) -> None:
    def study(digest: str) -> StudyResult:
        files = tuple(SimpleNamespace(name=name, sha256=digest) for name in ("hospitals", "own_roads"))
        return dataclasses.replace(toy_study(), files=files)

    run(study("a"), tmp_path)
    assert "New or changed data: Hospitals, own_roads." in run(study("b"), tmp_path)


def test_another_language_is_no_news(tmp_path: Path) -> None:
    run(toy_study("da"), tmp_path)
    assert run(toy_study("en"), tmp_path) == ()


def test_a_file_that_cannot_be_read_is_taken_as_none(tmp_path: Path) -> None:
    for content in ("", "[]", '{"now": 1, "before": 2}', "{broken"):
        (tmp_path / FILE).write_text(content, encoding="utf-8")
        run(with_more_people(toy_study(), IMAGE), tmp_path)
