"""Work spread over a Dask cluster of real processes, some of which are killed."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from maps.cli import app
from pipeline.settings import PROJECT
from pipeline.travel import engine
from pipeline.workers import WorkersError, cluster
from pipeline.workers.cluster import ClusterWorkers, security
from tests import worker_tasks
from tests.test_workers import same_matrices, same_runs

BIN = Path(sys.executable).parent
PROCESSES = 2
START_S = 120


@contextmanager
def running(command: list[str], folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program of its own group; at the end it and all that it began is killed."""
    # Both sides must find the functions that tests give to workers.
    quiet = {**os.environ, "DASK_LOGGING__DISTRIBUTED": "error", "PYTHONPATH": str(PROJECT)}
    with (folder / "output").open("ab") as output:
        process = subprocess.Popen(
            command, cwd=PROJECT, env=quiet, stdout=output, stderr=output, start_new_session=True
        )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextmanager
def scheduling(folder: Path, *options: str) -> Iterator[str]:
    """Run a scheduler and give its address."""
    told = folder / "scheduler.json"
    command = [BIN / "dask", "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard"]
    with running([str(part) for part in [*command, "--scheduler-file", told, *options]], folder) as process:
        end = time.monotonic() + START_S
        while not told.exists() or not told.read_text():
            assert process.poll() is None, (folder / "output").read_text()
            assert time.monotonic() < end, "the scheduler does not begin"
            time.sleep(0.1)
        yield json.loads(told.read_text())["address"]


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with scheduling(tmp_path_factory.mktemp("scheduler")) as address:
        yield address


@pytest.fixture(scope="module")
def helpers(scheduler: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the scheduler, with workers of this project's own command."""
    command = [str(BIN / "klyngekort"), "worker", "--scheduler", scheduler, "--processes", str(PROCESSES)]
    folder = tmp_path_factory.mktemp("workers")
    with running([*command, "--memory-mb", "800", "--scratch", str(folder)], folder) as process:
        end = time.monotonic() + START_S
        while count_of(scheduler) < PROCESSES:
            assert process.poll() is None, (folder / "output").read_text()
            assert time.monotonic() < end, "the workers do not begin"
            time.sleep(0.2)
        yield scheduler


def count_of(scheduler: str) -> int:
    try:
        with ClusterWorkers(scheduler, patience_s=0.2) as workers:
            return workers.count
    except WorkersError:
        return 0


def test_a_scheduler_without_workers_is_told_with_the_mend(scheduler: str) -> None:
    with pytest.raises(WorkersError, match="klyngekort worker --scheduler tcp://"):
        ClusterWorkers(scheduler, patience_s=0.2)


def test_workers_do_all_tasks_in_order(helpers: str) -> None:
    with ClusterWorkers(helpers) as workers:
        assert workers.count == PROCESSES
        assert workers.block_bytes <= 800_000_000 / 8
        assert list(workers.map(worker_tasks.add, 10, range(30))) == [10 + task for task in range(30)]
        assert list(workers.map(worker_tasks.add, 10, [])) == []
        with pytest.raises(KeyError, match="c"):
            list(workers.map(worker_tasks.look_up, {"a": 1}, ["a", "c"]))


def test_a_cluster_finds_the_same_times_bit_for_bit(helpers: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "WORTH_SPREADING", 0)
    with ClusterWorkers(helpers) as workers:
        same_matrices(workers)


def test_a_cluster_shakes_gaps_as_one_process_does(helpers: str) -> None:
    with ClusterWorkers(helpers) as workers:
        same_runs(workers)


def test_a_worker_killed_in_the_middle_is_survived(helpers: str) -> None:
    source = np.arange(1000.0)
    with ClusterWorkers(helpers) as workers:
        found = workers.map(worker_tasks.slow_sum, source, range(10))
        first, value = next(found)
        os.kill(first, signal.SIGKILL)
        rest = list(found)
        assert [value, *(each for _, each in rest)] == [source.sum() + task for task in range(10)]
        assert rest[-1][0] != first


def test_all_workers_killed_at_once_are_survived_when_others_come(helpers: str) -> None:
    source = np.arange(1000.0)
    while count_of(helpers) < PROCESSES:
        time.sleep(0.2)
    with ClusterWorkers(helpers, patience_s=START_S) as workers:
        found = workers.map(worker_tasks.slow_sum, source, range(12))
        done = [next(found), next(found)]
        for pid in set(workers._client.run(os.getpid).values()):
            os.kill(pid, signal.SIGKILL)
        done += found
        assert [each for _, each in done] == [source.sum() + task for task in range(12)]


def test_a_worker_of_another_version_is_refused(helpers: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "versions", lambda: ("code 000000000000",))
    with (
        ClusterWorkers(helpers, patience_s=START_S) as workers,
        pytest.raises(WorkersError, match="another version"),
    ):
        list(workers.map(worker_tasks.add, 1, range(3)))


def test_the_command_says_when_a_scheduler_does_not_answer(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(cluster, "CONNECT_S", 0.5)
    args = ["maps", "--scheduler", "tcp://127.0.0.1:9", "--out", str(tmp_path), "--lang", "en"]
    result = CliRunner().invoke(app, args)
    assert result.exit_code == 2
    assert "tcp://127.0.0.1:9" in result.output
    assert "it does not answer" in result.output
    assert not (tmp_path / "denmark").exists()


def test_half_a_set_of_certificates_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("")
    with pytest.raises(WorkersError, match=r"cert\.pem, key\.pem"):
        security(tmp_path)
    assert security(None) is None


def test_a_tls_scheduler_is_reached_with_certificates_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    made = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-keyout",
        key,
        "-out",
        cert,
    ]
    try:
        subprocess.run([*made, *subject], check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("no openssl to make certificates with")
    (tmp_path / "ca.pem").write_bytes(cert.read_bytes())
    options = ["--tls-ca-file", cert, "--tls-cert", cert, "--tls-key", key, "--protocol", "tls"]
    monkeypatch.setattr(cluster, "CONNECT_S", 3)
    with scheduling(tmp_path, *map(str, options)) as address:
        assert address.startswith("tls://")
        with pytest.raises(WorkersError, match="a scheduler without workers"):
            ClusterWorkers(address, security(tmp_path), patience_s=0.2)
        with pytest.raises(WorkersError, match="does not answer"):
            ClusterWorkers(address, patience_s=0.2)
