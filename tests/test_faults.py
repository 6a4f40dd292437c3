"""What goes wrong in the world: each test names what it breaks, and shows that nothing was lost.

Runs are real processes that are really killed; disks are really full where one may be mounted.
"""

import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from maps.files.publish import MANIFEST, check_free, publishing
from maps.operate.run_log import logs_of
from pipeline.errors import OutputError
from pipeline.roads.model import RoadArcs
from pipeline.roads.osm import read_osm
from pipeline.settings import PROJECT, RoadsSettings
from pipeline.settings.roads import RoadSettings
from pipeline.travel.network import build_network
from pipeline.travel.network_files import CacheError, cached_order, load_network, save_network
from pipeline.travel.road_source import study_router
from tests.osm_files import Town
from tests.tiny_study import settings_file

PATIENCE_S = 240.0
RESULTS = {"maps": "tiny", "sites": "tiny-sites", "scenario": "tiny-scenario-hus"}
"""The commands that write results, and the folder that each writes for the tiny study."""

LIST = "navn,by,type\nRibe Sundhedshus,Ribe,sundhedshus\nBrande,Brande,by\n"
SCENARIO = 'id = "hus"\ntitle = "Hus"\n[[close]]\nfacility = "lemvig"\n'

GENERATIONS = """
import sys
from pathlib import Path
from maps.files.publish import publishing
out, number = Path(sys.argv[1]), int(sys.argv[2])
while True:
    number += 1
    with publishing(out) as fresh:
        for name in range(40):
            (fresh / f"{name}.txt").write_text(str(number) * 500)
    print(number, flush=True)
"""


def wait_until(true: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < end, f"waited in vain until {what}"
        time.sleep(0.02)


def asking(command: str, folder: Path, out: Path) -> list[str]:
    """Write what a command reads into a folder; gives the words that run it."""
    folder.mkdir(parents=True, exist_ok=True)
    config = settings_file(folder)
    files = {"maps": [], "sites": [("list.csv", LIST)], "scenario": [("plan.toml", SCENARIO)]}[command]
    for name, text in files:
        (folder / name).write_text(text, encoding="utf-8")
    named = [str(folder / name) for name, _ in files]
    more = ["--runs", "2"] if command == "sites" else []
    program = [sys.executable, "-m", "maps", "--lang", "en", command, *named, *more]
    return [*program, "--config", str(config), "--out", str(out)]


def earlier_results(out: Path) -> dict[str, bytes]:
    with publishing(out) as fresh:
        (fresh / "index.html").write_text("earlier", encoding="utf-8")
        (fresh / "tables").mkdir()
        (fresh / "tables" / "a.csv").write_text("a\n1\n", encoding="utf-8")
    return contents(out)


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def left_beside(out: Path) -> set[str]:
    """What stands next to the results, lock and logs apart."""
    return {path.name for path in out.parent.iterdir()} - {out.name, f".{out.name}.lock", ".logs"}


@pytest.mark.parametrize("stop", [signal.SIGKILL, signal.SIGINT])
def test_killed_at_any_moment_the_results_are_whole(tmp_path: Path, stop: signal.Signals) -> None:
    """Breaks: the process, at random moments of writing and moving. Whole: one generation, all forty files."""
    out = tmp_path / "study"
    chance = random.Random(7)  # noqa: S311
    number = 0
    for _ in range(8):
        command = [sys.executable, "-c", GENERATIONS, str(out), str(number)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=PROJECT) as run:
            assert run.stdout is not None
            first = run.stdout.readline()
            time.sleep(chance.random() * 0.05)
            run.send_signal(stop)
            told = [first, *run.stdout.read().split()]
            run.wait()
        finished = int(told[-1])
        found = contents(out)
        assert len(found) == 41
        assert set(found) == {f"{name}.txt" for name in range(40)} | {MANIFEST}
        generations = {text[: len(text) // 500] for name, text in found.items() if name != MANIFEST}
        assert len(generations) == 1
        number = int(generations.pop())
        assert number in {finished, finished + 1}  # moved in, but not yet told
    check_free(out)  # the next run heals
    assert left_beside(out) == set()


@pytest.mark.long
@pytest.mark.parametrize(
    ("command", "stops"),
    [
        (
            "maps",
            {
                "inputs": signal.SIGINT,
                "travel_times": signal.SIGKILL,
                "tables": signal.SIGKILL,
                "pages": signal.SIGINT,
            },
        ),
        ("sites", {"sites": signal.SIGINT, "pages": signal.SIGKILL}),
        ("scenario", {"scenario": signal.SIGKILL, "pages": signal.SIGINT}),
    ],
)
def test_a_run_stopped_at_any_step_leaves_earlier_results(
    command: str, stops: dict[str, signal.Signals], tmp_path: Path
) -> None:
    """Breaks: whole runs of a command, by kill -9 and Ctrl-C while they read, compute, write and draw."""
    name, runs = RESULTS[command], []
    for step, stop in stops.items():
        out = tmp_path / step / "out"
        before = earlier_results(out / name)
        words = asking(command, tmp_path / step, out)
        run = subprocess.Popen(words, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        runs.append((run, step, stop, out, before))

    def begun(out: Path, step: str) -> bool:
        return any(f'"step", "name": "{step}"' in log.read_text("utf-8") for log in logs_of(out, name))

    try:
        for run, step, stop, out, _ in runs:
            wait_until(lambda out=out, step=step, run=run: begun(out, step) or run.poll() is not None, step)
            run.send_signal(stop)
        for run, step, stop, out, before in runs:
            _, told = run.communicate(timeout=PATIENCE_S)
            assert contents(out / name) == before, step
            last = json.loads(logs_of(out, name)[-1].read_text("utf-8").splitlines()[-1])
            if stop == signal.SIGINT:
                assert run.returncode == 130, told
                assert "Stopped; earlier results are untouched" in told.decode()
                assert (last["event"], last["exit_code"]) == ("end", 130)
                assert left_beside(out / name) == set()
            else:
                assert run.returncode == -stop
                assert last["event"] != "end"
            check_free(out / name)
            assert left_beside(out / name) == set()
            assert contents(out / name) == before, step
    finally:
        for run, *_ in runs:
            run.kill()
            run.communicate()


@pytest.mark.parametrize("command", RESULTS)
def test_a_second_run_in_the_same_folder_is_refused_before_it_computes(command: str, tmp_path: Path) -> None:
    """Breaks: the rule of one run in a folder. The first run goes on; the second says so at once."""
    out, name = tmp_path / "out", RESULTS[command]
    with publishing(out / name) as first:
        (first / "index.html").write_text("of the first run", encoding="utf-8")
        words = asking(command, tmp_path, out)
        second = subprocess.run(words, cwd=PROJECT, capture_output=True, text=True, check=False)
        assert second.returncode == 2
        assert "another run is writing its results here" in second.stderr
        assert "Traceback" not in second.stderr
        events = [json.loads(line) for line in logs_of(out, name)[-1].read_text("utf-8").splitlines()]
        assert [event["event"] for event in events] == ["run", "refused", "end"]  # no step was begun
    assert contents(out / name)["index.html"] == b"of the first run"


def test_processes_that_help_end_when_their_run_is_killed(tmp_path: Path) -> None:
    """Breaks: the main process of a pool. Nothing of it stays behind in the memory."""
    code = """
import time
from pipeline.workers.local import LocalWorkers
if __name__ == "__main__":
    with LocalWorkers(2) as workers:
        print(*workers._pool._processes, flush=True)
        time.sleep(300)
"""
    script = tmp_path / "pool.py"
    script.write_text(code, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(PROJECT)}
    with subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
    ) as run:
        assert run.stdout is not None
        workers = [int(word) for word in run.stdout.readline().split()]
        run.kill()

    def alive(process: int) -> bool:
        try:
            state = Path(f"/proc/{process}/stat").read_text("ascii").rsplit(")", 1)[1].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return False
        return state != "Z"

    if not Path("/proc/self/stat").exists():
        pytest.skip("no /proc here to look for processes")
    assert len(workers) == 2
    wait_until(lambda: not any(map(alive, workers)), "the pool's processes end")


FREE = 4_000_000
"""Bytes that may be written to the small disk, about."""


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of four megabytes, or a skip where none may be mounted."""
    mount = tmp_path / "disk"
    mount.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(mount)]
    if shutil.which("mount") is None or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("may not mount a small file system")
    yield mount
    subprocess.run(["mount", "-o", "remount,rw", str(mount)], check=True)
    subprocess.run(["umount", str(mount)], check=True)


def refused(command: str, folder: Path, out: Path, **limits: object) -> str:
    """Run a command that cannot write its results; gives what it said."""
    words = asking(command, folder, out)
    run = subprocess.run(
        words, cwd=PROJECT, capture_output=True, text=True, check=False, timeout=PATIENCE_S, **limits
    )
    assert run.returncode == 2, run.stderr
    assert "Traceback" not in run.stderr
    return run.stderr


@pytest.mark.long
@pytest.mark.parametrize("command", RESULTS)
def test_a_run_on_a_full_disk_leaves_earlier_results_and_says_why(
    command: str, small_disk: Path, tmp_path: Path
) -> None:
    """Breaks: the room on the disk, in the middle of a whole run."""
    out = small_disk / RESULTS[command]
    before = earlier_results(out)
    (small_disk / "ballast").write_bytes(bytes(FREE - 500_000 if command == "maps" else FREE - 100_000))
    said = refused(command, tmp_path, small_disk)
    assert "the disk is full" in said
    assert "free some room and run again" in said
    assert contents(out) == before
    assert left_beside(out) == {"ballast"}


@pytest.mark.parametrize("command", RESULTS)
def test_a_read_only_disk_is_told_before_anything_is_computed(
    command: str, small_disk: Path, tmp_path: Path
) -> None:
    """Breaks: the right to write. Earlier results stay, no step is begun."""
    out = small_disk / RESULTS[command]
    before = earlier_results(out)
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    assert "the folder cannot be written" in refused(command, tmp_path, small_disk)
    assert contents(out) == before


@pytest.mark.slow
def test_a_file_beyond_the_limit_of_the_process_leaves_earlier_results(tmp_path: Path) -> None:
    """Breaks: the largest file that a whole run may write; needs no disk that can be mounted."""
    out = tmp_path / "out" / RESULTS["scenario"]
    before = earlier_results(out)

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))

    said = refused("scenario", tmp_path, out.parent, preexec_fn=limit)
    assert "a file larger than this process may write" in said
    assert contents(out) == before
    assert left_beside(out) == set()


@pytest.fixture
def roads(tmp_path: Path) -> Path:
    town = Town().node(1, 0, 0).node(2, 500, 0).node(3, 900, 100)
    return town.way([1, 2, 3], highway="primary", maxspeed="80").write(tmp_path / "a.osm")


def damages(sound: bytes) -> dict[str, bytes]:
    flipped = bytearray(sound)
    flipped[len(sound) // 2] ^= 0xFF
    return {
        "empty": b"",
        "cut off": sound[: len(sound) // 2],
        "one byte flipped": bytes(flipped),
        "other bytes": os.urandom(2_000),
        "a web page": b"<html>not found</html>",
    }


def test_damaged_caches_are_made_anew_and_the_result_is_the_same(
    tmp_path: Path, roads: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Breaks: each kept file, in each way that disks and people do. The next run heals it."""
    cache = tmp_path / ".cache"
    settings = RoadsSettings.model_validate({"file": str(roads)})

    def run() -> RoadArcs:
        return study_router(settings, {}, None, digest="0" * 64, cache=cache).network.arcs  # type: ignore[arg-type]

    expected = run()
    kept = sorted(cache.glob("*.npz"))
    assert {path.name.split("-")[0] for path in kept} == {"network", "order"}
    sound = {path: path.read_bytes() for path in kept}
    for path in kept:
        for what, damage in damages(sound[path]).items():
            path.write_bytes(damage)
            caplog.clear()
            found = run()
            assert np.array_equal(found.seconds, expected.seconds), what
            assert np.array_equal(found.node_xy, expected.node_xy), what
            if what != "one byte flipped":  # it may lie where a zip archive holds nothing
                assert "made anew" in caplog.text, what
            with (
                np.load(path, allow_pickle=False) as healed,
                np.load(_written(tmp_path, sound[path]), allow_pickle=False) as whole,
            ):
                assert healed["digest"].tobytes() == whole["digest"].tobytes(), what
    assert sorted(cache.iterdir()) == kept  # no half-written files


def _written(folder: Path, content: bytes) -> Path:
    path = folder / "sound.npz"
    path.write_bytes(content)
    return path


def test_a_cache_with_a_pickle_in_it_is_never_unpacked(tmp_path: Path, roads: Path) -> None:
    """Breaks: the trust in a cache file: somebody put code into it. It is not run, and the file is made anew."""
    mark = tmp_path / "owned"

    class Evil:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.system, (f"touch {mark}",)

    network = build_network(read_osm(roads, RoadSettings()))
    save_network(network, tmp_path / "network-x.npz")
    with np.load(tmp_path / "network-x.npz", allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}
    assert all(array.dtype != object for array in arrays.values())
    arrays["node_xy"] = np.array([Evil()], dtype=object)
    np.savez(tmp_path / "network-x.npz", allow_pickle=True, **arrays)
    with pytest.raises(CacheError):
        load_network(tmp_path / "network-x.npz")
    order = next(iter([cached_order(network, tmp_path)]))
    np.savez(next(tmp_path.glob("order-*.npz")), allow_pickle=True, order=np.array([Evil()], dtype=object))
    assert np.array_equal(cached_order(network, tmp_path), order)
    assert not mark.exists()


def test_a_cache_that_cannot_be_written_costs_time_only(
    tmp_path: Path, roads: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Breaks: the folder of the cache: it is a file."""
    cache = tmp_path / "cache"
    cache.write_text("in the way", encoding="utf-8")
    router = study_router(
        RoadsSettings.model_validate({"file": str(roads)}), {}, None, digest="0" * 64, cache=cache  # type: ignore[arg-type]
    )  # fmt: skip
    assert len(router.network.arcs.seconds) == 2
    assert "could not be kept" in caplog.text


def test_no_results_and_no_leftovers_when_a_first_run_fails(tmp_path: Path) -> None:
    """Breaks: the very first run, in the middle."""
    out = tmp_path / "out" / "study"
    out.mkdir(parents=True)
    (out / "letter.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(OutputError, match="did not write"):
        check_free(out)
    assert contents(out) == {"letter.txt": b"mine"}
    shutil.rmtree(out)

    def fail() -> None:
        with publishing(out) as fresh:
            (fresh / "half").write_text("x", encoding="utf-8")
            message = "broken"
            raise ValueError(message)

    with pytest.raises(ValueError, match="broken"):
        fail()
    assert not out.exists()
    assert left_beside(out) == set()
