"""Work spread over a Dask cluster of real processes, some of which are killed."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from maps.cli import app
from maps.files.crate import recorded_digests
from maps.operate.verify import file_differences
from pipeline.settings import PROJECT
from pipeline.travel import engine
from pipeline.workers import WorkersError, cluster
from pipeline.workers.cluster import ClusterWorkers, security
from tests import worker_tasks
from tests.test_workers import same_matrices, same_runs
from tests.tiny_study import settings_file

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


def count_of(scheduler: str, tls: Path | None = None) -> int:
    try:
        with ClusterWorkers(scheduler, security(tls), patience_s=0.2) as workers:
            return workers.count
    except WorkersError:
        return 0


def test_a_scheduler_without_workers_is_told_with_the_mend(scheduler: str) -> None:
    with pytest.raises(WorkersError, match="klyngekort worker --scheduler tcp://"):
        ClusterWorkers(scheduler, patience_s=0.2)


@pytest.mark.parametrize("late", [1, cluster.TRIES])
def test_a_machine_too_busy_to_begin_a_connection_is_given_another_try(
    scheduler: str, monkeypatch: pytest.MonkeyPatch, late: int
) -> None:
    begun: list[str] = []

    def busy_client(address: str, **options: object) -> cluster.Client:
        begun.append(address)
        assert len(begun) > late
        return cluster_client(address, **options)

    cluster_client = cluster.Client
    monkeypatch.setattr(cluster, "Client", busy_client)
    said = "a scheduler without workers" if late < cluster.TRIES else "it does not answer"
    with pytest.raises(WorkersError, match=said):
        ClusterWorkers(scheduler, patience_s=0.2)
    assert len(begun) == min(late + 1, cluster.TRIES)


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


def certificates(folder: Path, *names: str) -> list[Path]:
    """Found an authority and let it certify everybody of these names: a folder for each."""

    def openssl(*words: object) -> None:
        subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)

    if shutil.which("openssl") is None:
        pytest.skip("no openssl to make certificates with")
    folder.mkdir()
    ca, ca_key = folder / "ca.pem", folder / "ca-key.pem"
    new = ("-newkey", "rsa:2048", "-nodes")
    openssl("req", "-x509", *new, "-days", 2, "-keyout", ca_key, "-out", ca, "-subj", "/CN=authority")
    for name in names:
        own = folder / name
        own.mkdir()
        request = own / "request.pem"
        openssl("req", *new, "-keyout", own / "key.pem", "-out", request, "-subj", f"/CN={name}")
        signed = ("-CA", ca, "-CAkey", ca_key, "-CAcreateserial", "-days", 2)
        openssl("x509", "-req", "-in", request, *signed, "-out", own / "cert.pem")
        shutil.copy(ca, own)
    return [folder / name for name in names]


@pytest.mark.slow
def test_workers_on_two_addresses_do_the_work_over_tls_and_strangers_are_kept_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two workers begun by hand, each with its own certificate of one authority; a stranger has another's."""
    middle, one, two, ours = certificates(tmp_path / "ours", "scheduler", "one", "two", "client")
    (stranger,) = certificates(tmp_path / "theirs", "stranger")
    files = {"ca-file": "ca.pem", "cert": "cert.pem", "key": "key.pem"}
    options = [word for key, name in files.items() for word in (f"--tls-{key}", str(middle / name))]
    with scheduling(tmp_path, *options, "--protocol", "tls") as address, ExitStack() as stack:
        assert address.startswith("tls://")
        with pytest.raises(WorkersError, match="a scheduler without workers"):
            ClusterWorkers(address, security(ours), patience_s=0.2)
        with monkeypatch.context() as impatient:
            impatient.setattr(cluster, "CONNECT_S", 3)
            for tls in (None, stranger):
                with pytest.raises(WorkersError, match="does not answer"):
                    ClusterWorkers(address, security(tls), patience_s=0.2)
        hosts = {"127.0.0.2": one, "127.0.0.3": two} if sys.platform == "linux" else {"127.0.0.1": one}
        for host, tls in hosts.items():
            words = ["worker", "--scheduler", address, "--tls", str(tls), "--host", host]
            stack.enter_context(running([str(BIN / "klyngekort"), *words], tmp_path))
        end = time.monotonic() + START_S
        while count_of(address, ours) < len(hosts):
            assert time.monotonic() < end, (tmp_path / "output").read_text()
            time.sleep(0.2)
        monkeypatch.setattr(engine, "WORTH_SPREADING", 0)
        with ClusterWorkers(address, security(ours)) as workers:
            reached = workers._client.scheduler_info(n_workers=-1)["workers"]
            assert {each.removeprefix("tls://").rsplit(":", 1)[0] for each in reached} == set(hosts)
            did = {process for process, _ in workers.map(worker_tasks.slow_sum, np.arange(9.0), range(6))}
            assert len(did) == len(hosts)
            same_matrices(workers)


def test_a_worker_that_takes_too_much_memory_once_is_replaced_and_nothing_is_missing(
    helpers: str, tmp_path: Path
) -> None:
    greedy = tmp_path / "greedy"
    greedy.write_text("once", encoding="utf-8")
    while count_of(helpers) < PROCESSES:
        time.sleep(0.2)
    with ClusterWorkers(helpers, patience_s=START_S) as workers:
        before = set(workers._client.run(os.getpid).values())
        found = list(workers.map(worker_tasks.hoard, (str(greedy), 3), range(8)))
        after = set(workers._client.run(os.getpid).values())
    assert found == [task * task for task in range(8)]
    assert not greedy.exists()
    assert not before <= after  # one of them is gone


@pytest.mark.slow
def test_work_that_never_fits_in_memory_ends_with_words_and_the_workers_go_on(
    helpers: str, tmp_path: Path
) -> None:
    greedy = tmp_path / "greedy"
    greedy.write_text("always", encoding="utf-8")
    with ClusterWorkers(helpers, patience_s=START_S) as workers:
        with pytest.raises(WorkersError, match="workers with enough memory") as told:
            list(workers.map(worker_tasks.hoard, (str(greedy), 3), range(8)))
        assert "start workers with more memory" in told.value.text("en")
        greedy.unlink()
        assert list(workers.map(worker_tasks.add, 1, [1, 2])) == [2, 3]


@pytest.mark.slow
def test_scenarios_compared_with_a_cluster_are_the_same(
    helpers: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "WORTH_SPREADING", 0)
    plan = tmp_path / "plan.toml"
    link = "Kalundborg-Samsø (Ballen)"
    plan.write_text(f'id = "samsoe"\ntitle = "Samsø"\n[[close_link]]\nlink = "{link}"\n', encoding="utf-8")
    config = settings_file(tmp_path)
    for out, who in (("alone", ["--workers", "1"]), ("helped", ["--scheduler", helpers])):
        args = ["scenario", str(plan), "--config", str(config), "--out", str(tmp_path / out), *who]
        result = CliRunner().invoke(app, args)
        assert result.exit_code == 0, result.output
    alone, helped = (tmp_path / out / "tiny-scenario-samsoe" for out in ("alone", "helped"))
    assert recorded_digests(helped) == recorded_digests(alone)
    assert list(file_differences(alone, helped)) == []
