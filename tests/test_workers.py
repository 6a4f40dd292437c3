"""Work spread over processes of one machine: the same answers, whatever is lost on the way."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.shared_memory import SharedMemory
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.coverage.robustness import shake
from pipeline.memory import own_memory
from pipeline.roads.generated import generated_roads
from pipeline.settings import PROJECT
from pipeline.travel import engine
from pipeline.travel.network import build_network
from pipeline.travel.routing import Router
from pipeline.workers import SERIAL, WorkersError, loans
from pipeline.workers.loans import Borrower, lent
from pipeline.workers.local import LocalWorkers
from tests import worker_tasks
from tests.coverage_toys import DAY
from tests.found import some
from tests.networks import networks, places_on
from tests.test_robustness import run, world


@pytest.fixture(scope="module")
def processes() -> Iterator[LocalWorkers]:
    with LocalWorkers(2, elsewhere=True) as workers:
        yield workers


class Blocks:
    """Workers within this process that keep the size of every result."""

    count = 3
    elsewhere = True

    def __init__(self, block_bytes: int) -> None:
        self.block_bytes = block_bytes
        self.sizes: list[int] = []

    def map(self, work, source, tasks):
        for task in tasks:
            found = work(source, task)
            self.sizes.append(found.nbytes)
            yield found


def test_results_come_in_the_order_of_the_tasks(processes: LocalWorkers) -> None:
    assert list(processes.map(worker_tasks.add, 10, range(50))) == [10 + task for task in range(50)]
    assert list(SERIAL.map(worker_tasks.add, 10, range(3))) == [10, 11, 12]
    assert list(processes.map(worker_tasks.add, 1, [])) == []


def test_an_error_of_the_work_is_told_and_the_processes_go_on(processes: LocalWorkers) -> None:
    with pytest.raises(KeyError, match="c"):
        list(processes.map(worker_tasks.look_up, {"a": 1}, ["a", "c", "a"]))
    assert list(processes.map(worker_tasks.add, 1, [1])) == [2]


def test_a_killed_process_is_replaced_and_nothing_is_missing(processes: LocalWorkers) -> None:
    source = np.arange(1000.0)
    found = processes.map(worker_tasks.slow_sum, source, range(8))
    first, value = next(found)
    os.kill(first, signal.SIGKILL)
    rest = list(found)
    assert [value, *(each for _, each in rest)] == [source.sum() + task for task in range(8)]
    assert {pid for pid, _ in rest[-2:]}.isdisjoint({first})


@pytest.fixture(scope="module")
def bounded() -> Iterator[LocalWorkers]:
    """Processes that may hold 400 MB each."""
    if own_memory() is None:
        pytest.skip("this system does not tell how much memory a process holds")
    with LocalWorkers(2, memory_bytes=400_000_000) as workers:
        yield workers


def test_a_process_that_takes_too_much_memory_once_is_replaced_and_nothing_is_missing(
    bounded: LocalWorkers, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    greedy = tmp_path / "greedy"
    greedy.write_text("once", encoding="utf-8")
    found = list(bounded.map(worker_tasks.hoard, (str(greedy), 3), range(8)))
    assert found == [task * task for task in range(8)]
    assert not greedy.exists()
    assert "a working process was lost; its work is done again" in caplog.text


def test_work_that_never_fits_in_memory_ends_with_words_and_the_processes_go_on(
    bounded: LocalWorkers, tmp_path: Path
) -> None:
    greedy = tmp_path / "greedy"
    greedy.write_text("always", encoding="utf-8")
    done = []
    with pytest.raises(WorkersError, match="each may take 400 MB") as told:
        done.extend(bounded.map(worker_tasks.hoard, (str(greedy), 3), range(8)))
    assert "use fewer workers" in told.value.text("en")
    assert list(bounded.map(worker_tasks.add, 1, [1, 2])) == [2, 3]


def test_memory_that_all_processes_share_is_not_counted(bounded: LocalWorkers) -> None:
    shared = np.ones(75_000_000)  # 600 MB
    found = list(bounded.map(worker_tasks.slow_sum, shared, range(4)))
    assert [value for _, value in found] == [75_000_000.0 + task for task in range(4)]


def test_a_process_lost_by_one_of_two_who_share_them_costs_neither_anything(processes: LocalWorkers) -> None:
    def sums(source: np.ndarray) -> list[tuple[int, float]]:
        return list(processes.map(worker_tasks.slow_sum, source, range(8)))

    for _ in range(3):
        with ThreadPoolExecutor(2) as both:
            begun = [both.submit(sums, np.full(1000, value)) for value in (1.0, 2.0)]
            time.sleep(0.5)
            os.kill(next(iter(processes._pool._processes)), signal.SIGKILL)
            for of, value in zip(begun, (1000.0, 2000.0), strict=True):
                assert [found for _, found in of.result()] == [value + task for task in range(8)]


def test_without_room_in_shared_memory_the_process_works_alone(
    processes: LocalWorkers, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    usage = shutil.disk_usage("/")
    monkeypatch.setattr(loans.shutil, "disk_usage", lambda _: usage._replace(free=1_000_000))
    source = np.ones(1_000_000)
    assert {process for process, _ in processes.map(worker_tasks.slow_sum, source, range(2))} == {os.getpid()}
    assert "no shared memory" in caplog.text
    assert os.getpid() not in {found for found, _ in processes.map(worker_tasks.slow_sum, source[:9], [0])}


def test_work_that_always_kills_its_process_is_given_up_with_words() -> None:
    with LocalWorkers(1) as workers:
        with pytest.raises(WorkersError, match="again and again"):
            list(workers.map(worker_tasks.die, 0, [1]))
        assert list(workers.map(worker_tasks.add, 1, [1])) == [2]


def test_arrays_are_shared_and_not_copied(processes: LocalWorkers) -> None:
    source = np.arange(10_000, dtype=np.int32)
    for _, offset, writeable in some(processes.map(worker_tasks.address_of, source, range(4))):
        assert offset == 0, "at the beginning of a cache line, as in shared memory"
        assert writeable, "compiled loops take it for the kind of array they know"


def test_a_loan_ends_with_its_block_and_gives_back_what_was_lent() -> None:
    thing = {"a": np.arange(5.0), "b": (np.zeros((0, 2)), "ærø"), "c": np.asfortranarray(np.eye(3))}
    borrower = Borrower()
    with lent(thing) as loan:
        found = borrower.open(loan)
        assert found["b"][1] == "ærø"
        for name in ("a", "c"):
            np.testing.assert_array_equal(found[name], thing[name])
        assert borrower.open(loan) is found
        del found
        borrower.give_back()
    with pytest.raises(FileNotFoundError):
        SharedMemory(loan.name)


def test_processes_leave_nothing_behind_and_say_nothing() -> None:
    script = (
        "import os, signal, numpy as np\n"
        "from pipeline.workers.local import LocalWorkers\n"
        "from tests import worker_tasks\n"
        "if __name__ == '__main__':\n"
        "    with LocalWorkers(2) as workers:\n"
        "        for size in (1000, 2000, 3000):\n"
        "            list(workers.map(worker_tasks.slow_sum, np.arange(size), range(3)))\n"
        "        next(workers.map(worker_tasks.slow_sum, np.arange(9), range(9)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=PROJECT, capture_output=True, text=True, check=False, timeout=120
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", ""), "shared memory left over is told there"


@given(networks(), st.sampled_from([None, 3.5, 30.0]), st.sampled_from([1, 200, 10_000]))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_blocks_give_what_one_sweep_gives(drawn, cutoff, block_bytes) -> None:
    network, spots = drawn
    alone, places = Router(network), places_on(network, spots)
    helped = Router(network, alone.shared.hierarchy.rank, workers=Blocks(block_bytes))
    before, engine.WORTH_SPREADING = engine.WORTH_SPREADING, 0
    try:
        for direction in ("to", "from"):
            found = helped.matrix(places, places, cutoff=cutoff, direction=direction).value
            pairs = helped.within(places, places, cutoff or 1e6, direction=direction)
    finally:
        engine.WORTH_SPREADING = before
    assert found.tobytes() == alone.matrix(places, places, cutoff=cutoff, direction="from").value.tobytes()
    expected = alone.within(places, places, cutoff or 1e6, direction="from")
    for part in ("data", "indices", "indptr"):
        np.testing.assert_array_equal(getattr(pairs, part), getattr(expected, part))


def test_no_block_exceeds_its_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "WORTH_SPREADING", 0)
    network = build_network(generated_roads(900, seed=4))
    blocks = Blocks(20_000)
    router = Router(network, workers=blocks)
    xy = network.arcs.node_xy
    points, few = router.snap(xy[:400]), router.snap(xy[400:700])
    router.matrix(points, few)
    router.within(points, few, 600.0)
    assert len(blocks.sizes) > 2 * 300 * 400 * 4 / 20_000
    assert max(blocks.sizes) <= 20_000


def test_processes_find_the_same_times_bit_for_bit(
    processes: LocalWorkers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "WORTH_SPREADING", 0)
    same_matrices(processes)


def same_matrices(workers) -> None:
    """A matrix, one with a cut-off, and pairs, in two states of a network, with workers and without."""
    network = build_network(generated_roads(3000, seed=4))
    alone = Router(network)
    helped = Router(network, alone.shared.hierarchy.rank, workers=workers)
    rng = np.random.default_rng(1)
    low, high = network.arcs.node_xy.min(axis=0), network.arcs.node_xy.max(axis=0)
    points, places = (alone.snap(rng.uniform(low, high, (size, 2))) for size in (500, 90))
    for one, two in ((alone, helped), (alone.reweight(speed_factor=0.9), helped.reweight(speed_factor=0.9))):
        for cutoff in (None, 600.0):
            expected = one.matrix(points, places, cutoff=cutoff).value
            assert two.matrix(points, places, cutoff=cutoff).value.tobytes() == expected.tobytes()
        expected, found = one.within(points, places, 700.0), two.within(points, places, 700.0)
        assert expected.nnz > 100
        for part in ("data", "indices", "indptr"):
            np.testing.assert_array_equal(getattr(found, part), getattr(expected, part))


def test_processes_shake_gaps_as_one_does(processes: LocalWorkers) -> None:
    same_runs(processes)


def same_runs(workers) -> None:
    """Runs of the robustness test, with workers and without."""
    few = {"runs": 12}
    gaps, alone = run(robustness=few)
    demand, practices, chosen, reach_at = world(robustness=few)
    helped = shake(demand, practices, chosen, DAY, reach_at, gaps, workers=workers)
    for part in ("points", "runs"):
        expected, found = getattr(alone, part), getattr(helped, part)
        assert expected.to_numpy().tolist() == found.to_numpy().tolist()
    assert alone.gaps["access"].equals(helped.gaps["access"])
    assert alone.runs["people_access"].nunique() > 3
