"""Processes of this machine as workers."""

import gc
import logging
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from dataclasses import dataclass
from multiprocessing import get_all_start_methods, get_context, parent_process
from multiprocessing.connection import wait
from multiprocessing.context import BaseContext
from typing import Any, Final, Self

from pipeline.errors import Fault
from pipeline.memory import give_back_memory, own_memory, usable_memory
from pipeline.messages import msg
from pipeline.workers import BLOCK_BYTES, SERIAL, WorkersError
from pipeline.workers.loans import Borrower, Loan, lent

TRIES: Final = 3
"""A task that takes so many processes with it is given up."""

GIVE_WAY: Final = 10
"""How far the processes step back where others want the processors, the main process above all (nice)."""

AHEAD: Final = 2
"""Tasks on their way for each process."""

LEAST_MEMORY: Final = 1_000_000_000
"""Bytes that a process may hold on any machine: its libraries and the drawing of a figure take half of it."""

LOOK_S: Final = 0.1
"""Seconds between looks of a process at its memory."""

log = logging.getLogger(__name__)


class LocalWorkers:
    """A few processes; begin them early, and they load their libraries while others compute.

    Parameters
    ----------
    count
        Processes.
    preload
        Modules that all of them will need.
    elsewhere
        See `pipeline.workers.Workers`; processes of this machine share its processors.
    memory_bytes
        What each process may hold beside the arrays that all share; one that takes more is replaced. An
        equal part of the machine's memory when left out.
    """

    def __init__(
        self,
        count: int,
        *,
        preload: Sequence[str] = (),
        elsewhere: bool = False,
        memory_bytes: int | None = None,
    ) -> None:
        self.memory_bytes: Final = memory_bytes or max(2 * usable_memory() // count, LEAST_MEMORY)
        self.count: Final = count
        self.elsewhere: Final = elsewhere
        self.block_bytes: Final = min(BLOCK_BYTES, usable_memory() // (8 * count))
        self._context = _context(preload)
        self._lock = threading.Lock()
        self._pool = self._begin()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _begin(self) -> ProcessPoolExecutor:
        pool = ProcessPoolExecutor(self.count, self._context, _begin_work, (self.memory_bytes,))
        for _ in range(self.count):
            pool.submit(_wake)
        return pool

    def map(self, work: Callable[[Any, Any], Any], source: Any, tasks: Iterable[Any]) -> Iterator[Any]:  # noqa: ANN401
        """Do the tasks in the processes (see `pipeline.workers.Workers.map`); a lost one is replaced.

        Without room in shared memory for what they read, this process does the work alone.
        """
        pending: deque[_Given] = deque()
        with ExitStack() as stack:
            try:
                loan = stack.enter_context(lent(source))
            except OSError as error:
                log.warning("no shared memory for processes that help (%s): this one works alone", error)
                yield from SERIAL.map(work, source, tasks)
                return
            try:
                for task in tasks:
                    while len(pending) >= AHEAD * self.count:
                        yield self._first(work, loan, pending)
                    pending.append(self._submit(work, loan, task))
                while pending:
                    yield self._first(work, loan, pending)
            finally:
                for given in pending:
                    given.future.cancel()

    def _submit(self, work: Callable[[Any, Any], Any], loan: Loan, task: Any) -> "_Given":  # noqa: ANN401
        pool = self._pool
        try:
            return _Given(task, pool, pool.submit(_do, work, loan, task))
        except RuntimeError as lost:  # it broke, or another thread has replaced it by now
            told: Future[Any] = Future()
            told.set_exception(BrokenProcessPool(*lost.args))
            return _Given(task, pool, told)

    def _replace(self, broken: ProcessPoolExecutor) -> None:
        """Begin new processes for broken ones, once, though several threads had given them work."""
        with self._lock:
            if self._pool is broken:
                log.warning("a working process was lost; its work is done again")
                broken.shutdown(wait=True)
                self._pool = self._begin()

    def _first(self, work: Callable[[Any, Any], Any], loan: Loan, pending: "deque[_Given]") -> Any:  # noqa: ANN401
        """Wait for the oldest task; when a process is lost, begin new ones and hand out what is open."""
        for _ in range(TRIES):
            given = pending[0]
            try:
                result = given.future.result()
            except BrokenProcessPool:
                self._replace(given.pool)
                redone = [
                    each if _succeeded(each.future) else self._submit(work, loan, each.task)
                    for each in pending
                ]
                pending.clear()
                pending.extend(redone)
            else:
                pending.popleft()
                return result
        raise WorkersError(
            Fault(
                "--workers",
                "",
                msg(
                    "processes that end in the middle of their work, again and again; "
                    "each may take {size:n} MB",
                    size=self.memory_bytes / 1e6,
                ),
                msg("room in memory for all of them"),
                msg("use fewer workers, or close other programs"),
            )
        )


@dataclass(frozen=True, slots=True)
class _Given:
    """A task, the processes that it was given to, and what they will answer."""

    task: Any
    pool: ProcessPoolExecutor
    future: Future[Any]


def _succeeded(future: "Future[Any]") -> bool:
    return future.done() and not future.cancelled() and future.exception() is None


def _context(preload: Sequence[str]) -> BaseContext:
    """Choose how processes begin: copies of a small fresh one where the system can, else fresh ones.

    A copy of this process would be quicker, but it may hold threads (Arrow, GDAL, BLAS), and a copy of a
    process with threads can hang.
    """
    if "forkserver" not in get_all_start_methods():
        return get_context("spawn")
    context = get_context("forkserver")
    context.set_forkserver_preload([__name__, *preload])
    return context


def _begin_work(memory_bytes: int) -> None:
    """Leave Ctrl-C and the processors to the main process, and keep watch over this one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(GIVE_WAY)
    main = parent_process()
    if main is not None:
        threading.Thread(target=_watch, args=(main.sentinel, memory_bytes), daemon=True).start()


def _watch(main: int, memory_bytes: int) -> None:
    """End this process when it holds more memory than it may, before others on the machine run out of it.

    It ends with the main process too: a killed one leaves nobody who would end this process.
    """
    while not wait([main], LOOK_S):
        if (own_memory() or 0) > memory_bytes:
            break
    os._exit(1)


def _wake() -> None:
    """Let a process begin before there is work."""


_borrower: Final = Borrower()
"""What this process, being a worker, has borrowed."""


def _do(work: Callable[[Any, Any], Any], loan: Loan, task: Any) -> Any:  # noqa: ANN401
    try:
        return work(_borrower.open(loan), task)
    finally:
        # A drawn figure is a web of references to itself: it would stay until Python finds time to look.
        gc.collect()
        give_back_memory()
