"""The log of a run: whole lines, every step, how it ended; never in the way of the run."""

import json
import logging
import os
from pathlib import Path

import pytest
import typer

from maps.operate import run_log
from maps.operate.run_log import FOLDER, KEEP, RunLog, logs_of
from maps.terminal import command
from pipeline.errors import Fault, InputError
from pipeline.messages import msg


def lines(log: RunLog) -> list[dict[str, object]]:
    return [json.loads(line) for line in log.path.read_text(encoding="utf-8").splitlines()]


def test_every_step_has_its_time_and_memory_and_the_end_sums_them_up(tmp_path: Path) -> None:
    log = RunLog(tmp_path, "toy", "maps", {"config": "/a/b.toml"})
    log.step("inputs")
    logging.getLogger("anywhere").warning("look at %s", "Ærø")
    log.step("pages")
    log.end(0)
    found = lines(log)
    assert [line["event"] for line in found] == [
        "run",
        "step",
        "log",
        "step_done",
        "step",
        "step_done",
        "end",
    ]
    assert found[0]["config"] == "/a/b.toml"
    assert found[2]["text"] == "look at Ærø"
    assert [step["name"] for step in found[-1]["steps"]] == ["inputs", "pages"]
    assert all(step["seconds"] >= 0 and step["peak_mb"] > 0 for step in found[-1]["steps"])
    assert found[-1]["exit_code"] == 0


def test_a_line_is_on_disk_before_the_run_goes_on(tmp_path: Path) -> None:
    log = RunLog(tmp_path, "toy", "maps", {})
    log.step("inputs")
    assert [line["event"] for line in lines(log)] == ["run", "step"]
    log.end(None)


def test_only_the_last_logs_of_a_study_are_kept(tmp_path: Path) -> None:
    folder = tmp_path / FOLDER
    folder.mkdir()
    for number in range(KEEP + 5):
        (folder / f"toy-2020010{number % 9 + 1}T0000{number:02d}Z-1.jsonl").write_text(
            "{}\n", encoding="utf-8"
        )
    (folder / "toy-2-20200101T000000Z-1.jsonl").write_text("{}\n", encoding="utf-8")
    log = RunLog(tmp_path, "toy", "maps", {})
    log.end(0)
    assert len(logs_of(tmp_path, "toy")) == KEEP
    assert log.path.exists()
    assert (folder / "toy-2-20200101T000000Z-1.jsonl").exists()


def test_a_log_that_cannot_be_written_does_not_stop_the_run(tmp_path: Path) -> None:
    (tmp_path / FOLDER).write_text("a file where the folder should be", encoding="utf-8")
    log = RunLog(tmp_path, "toy", "maps", {})
    log.step("inputs")
    log.end(0)
    assert not log.kept
    assert [step["name"] for step in log.steps] == ["inputs"]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")  # noqa: PTH110
def test_a_full_disk_costs_the_log_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Path.open
    full = lambda self, *args, **kw: real(Path("/dev/full") if self.suffix == ".jsonl" else self, *args, **kw)  # noqa: E731
    monkeypatch.setattr(Path, "open", full)
    log = RunLog(tmp_path, "toy", "maps", {})
    log.step("inputs")
    assert not log.kept
    log.end(0)


def test_keys_in_addresses_are_not_logged(tmp_path: Path) -> None:
    log = RunLog(tmp_path, "toy", "fetch", {"address": "https://x.example/a?token=hush&b=1"})
    log.end(0)
    assert "hush" not in log.path.read_text(encoding="utf-8")


def test_a_profile_names_the_functions_that_took_the_time(tmp_path: Path) -> None:
    log = RunLog(tmp_path, "toy", "maps", {}, profile=True)
    run_log.peak_memory_mb()
    log.end(0)
    assert "peak_memory_mb" in log.path.with_suffix(".profile.txt").read_text(encoding="utf-8")
    assert log.path.with_suffix(".prof").stat().st_size > 0


@pytest.mark.parametrize(
    ("stop", "code", "event"),
    [
        (InputError(Fault("a.csv", "", msg("no such file"), "", "")), 2, "refused"),
        (KeyboardInterrupt(), 130, "refused"),
        (ZeroDivisionError("a fault of ours"), None, "error"),
    ],
)
def test_a_run_that_does_not_end_well_says_so_in_its_log(
    tmp_path: Path, stop: BaseException, code: int | None, event: str
) -> None:
    logs = []

    def run() -> None:
        with command("en") as terminal:
            terminal.keep_log(tmp_path, "toy", "maps")
            logs.append(terminal.log)
            raise stop

    with pytest.raises((typer.Exit, ZeroDivisionError)):
        run()
    found = lines(logs[0])
    assert [line["event"] for line in found] == ["run", event, "end"]
    assert found[-1]["exit_code"] == code
