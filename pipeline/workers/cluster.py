"""The workers of a Dask cluster, which may be many machines.

Whoever reaches a scheduler can run anything on its workers: it belongs in a trusted network, or behind TLS
with certificates that both sides check.
"""

import logging
import platform
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, Self

from distributed import Client, Future, KilledWorker, Security
from distributed.client import FutureCancelledError

from pipeline.digests import code_digest
from pipeline.errors import Fault
from pipeline.messages import Message, msg
from pipeline.workers import BLOCK_BYTES, WorkersError

CONNECT_S: Final = 10.0
"""Seconds that a scheduler may take to answer."""

PATIENCE_S: Final = 60.0
"""Seconds that are waited for a first worker, and for a new one when all are lost."""

LOOK_S: Final = 5.0
"""Seconds between looks at whether there are workers at all."""

TRIES: Final = 3
"""Times that a connection is begun, and that what all tasks read is sent anew when lost with its workers."""

AHEAD: Final = 2
"""Tasks on their way for each thread of the workers."""

SHARE: Final = 8
"""A task's result may take this part of a worker's memory."""

_NO_GRAPH: Final = "Error during deserialization of the task graph"
"""How Dask's message begins when the scheduler lacks a module that the work needs."""

SAME: Final = ("klyngekort", "distributed", "numba", "numpy", "pandas", "scipy", "shapely")

log = logging.getLogger(__name__)


def security(folder: Path | None) -> Security | None:
    """Make the TLS settings of a connection; None for an open one.

    Parameters
    ----------
    folder
        Holds ``ca.pem`` (the authority that both sides trust), ``cert.pem`` and ``key.pem`` (who we are).

    Raises
    ------
    WorkersError
        A file is missing: both sides must show who they are.
    """
    if folder is None:
        return None
    ca, cert, key = (folder / name for name in ("ca.pem", "cert.pem", "key.pem"))
    absent = [path.name for path in (ca, cert, key) if not path.is_file()]
    if absent:
        raise WorkersError(
            Fault(
                str(folder),
                ", ".join(absent),
                msg("no such file"),
                msg("a folder with ca.pem, cert.pem and key.pem"),
                msg("put the files there that the scheduler was started with"),
            )
        )
    return Security(
        tls_ca_file=str(ca),
        tls_client_cert=str(cert),
        tls_client_key=str(key),
        tls_worker_cert=str(cert),
        tls_worker_key=str(key),
        require_encryption=True,
    )


def no_answer(address: str, error: BaseException) -> WorkersError:
    """Say that a scheduler cannot be reached."""
    reason = (str(error).splitlines() or [type(error).__name__])[0]
    return WorkersError(
        Fault(
            address,
            "",
            msg("it does not answer: {reason}", reason=reason[:200]),
            msg("the address of a Dask scheduler, tcp://host:8786 or tls://host:8786"),
            msg("start it (dask scheduler), and look at the network and the certificates between"),
        )
    )


def connected(address: str, tls: Security | None) -> Client:
    """Connect to a scheduler.

    Dask asserts that its own thread begins within ten seconds. A machine that was asleep or is overloaded
    may take longer, so that is tried again.

    Raises
    ------
    WorkersError
        The scheduler does not answer.
    """
    reason: BaseException
    for _ in range(TRIES):
        try:
            return Client(address, security=tls, timeout=CONNECT_S, set_as_default=False, name="klyngekort")
        except AssertionError as late:
            log.warning("the connection to %s did not begin within ten seconds", address)
            reason = late
        except (OSError, ValueError, TypeError, RuntimeError) as error:
            raise no_answer(address, error) from error
    raise no_answer(address, reason) from reason


@cache
def versions() -> tuple[str, ...]:
    """Tell what decides a result to the last bit: versions, and a digest of this project's own code."""
    python = ".".join(platform.python_version_tuple()[:2])
    return (
        f"python {python}",
        *(f"{name} {version(name)}" for name in SAME),
        f"code {code_digest()[:12]}",
    )


class ClusterWorkers:
    """The workers that a Dask scheduler has, whatever their number; lost ones are done without.

    Parameters
    ----------
    address
        Of the scheduler: ``tcp://host:8786`` or ``tls://host:8786``.
    tls
        From `security`.
    patience_s
        Seconds that are waited when there are no workers.

    Raises
    ------
    WorkersError
        The scheduler does not answer, or has no workers.
    """

    elsewhere: Final = True

    def __init__(self, address: str, tls: Security | None = None, *, patience_s: float = PATIENCE_S) -> None:
        self._address: Final = address
        self._patience_s: Final = patience_s
        self._client: Final = connected(address, tls)
        try:
            self._client.wait_for_workers(1, timeout=patience_s)
            told = self._workers()
        except TimeoutError:
            self._client.close()
            raise self._nobody() from None
        except OSError as error:
            self._client.close()
            raise no_answer(address, error) from error
        self.count: Final = max(1, sum(int(worker["nthreads"]) for worker in told))
        limits = [worker["memory_limit"] // worker["nthreads"] for worker in told if worker["memory_limit"]]
        self.block_bytes: Final = min([BLOCK_BYTES, *(limit // SHARE for limit in limits)])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def map(self, work: Callable[[Any, Any], Any], source: Any, tasks: Iterable[Any]) -> Iterator[Any]:  # noqa: ANN401
        """Do the tasks on the cluster (see `pipeline.workers.Workers.map`)."""
        pending: deque[tuple[Any, Future[Any]]] = deque()
        job = _Job(self._client, work, source)
        try:
            self._send(job)
            for task in tasks:
                while len(pending) >= AHEAD * self.count:
                    yield self._first(job, pending)
                pending.append((task, job.submit(task)))
            while pending:
                yield self._first(job, pending)
        finally:
            for _, future in pending:
                future.cancel()
            job.release()

    def _first(self, job: "_Job", pending: "deque[tuple[Any, Future[Any]]]") -> Any:  # noqa: ANN401
        """Wait for the oldest task. Dask does again what a lost worker had; what was lost with all, we do."""
        for _ in range(TRIES):
            future = pending[0][1]
            self._await(future)
            try:
                result = future.result()
            except FutureCancelledError as lost:
                self._again(job, pending, lost)
            except (KilledWorker, RuntimeError) as error:
                told = self._in_words(error)
                if told is None:
                    raise
                raise told from error
            else:
                pending.popleft()
                if isinstance(result, _OtherVersion):
                    differing = ", ".join(result.differing)
                    raise self._differs(msg("a worker of another version: {versions}", versions=differing))
                return result
        raise self._too_small(msg("workers that are all lost in the middle of their work, again and again"))

    def _again(
        self, job: "_Job", pending: "deque[tuple[Any, Future[Any]]]", lost: FutureCancelledError
    ) -> None:
        """Send the source again and hand out anew what is open."""
        if self._client.status != "running":
            raise self._error(
                msg("the connection was lost"),
                msg("a scheduler that stays up"),
                msg("run the command again when the scheduler is up"),
            ) from lost
        log.warning("what all workers read was lost with them and is sent again")
        self._send(job)
        for at, (task, future) in enumerate(pending):
            if future.status != "finished":
                pending[at] = (task, job.submit(task))

    def _in_words(self, error: Exception) -> WorkersError | None:
        """Say what Dask means; None for an error of the work itself."""
        if isinstance(error, KilledWorker):
            return self._too_small(
                msg("a task that several workers ended with: {reason}", reason=str(error)[:200])
            )
        unknown = str(error).lstrip().startswith(_NO_GRAPH)
        return self._differs(msg("a scheduler that does not know this work")) if unknown else None

    def _send(self, job: "_Job") -> None:
        try:
            self._client.wait_for_workers(1, timeout=self._patience_s)
            job.send(self._patience_s)
        except TimeoutError:
            raise self._nobody() from None

    def _await(self, future: "Future[Any]") -> None:
        """Wait for a task, but not for ever when there is nobody to do it."""
        ended, waited, step = threading.Event(), 0.0, min(LOOK_S, self._patience_s)
        future.add_done_callback(lambda _: ended.set())
        while not ended.wait(step):
            alone = self._client.status == "running" and not self._workers()
            waited = waited + step if alone else 0.0
            if waited >= self._patience_s:
                raise self._nobody()

    def _workers(self) -> list[dict[str, Any]]:
        return list(self._client.scheduler_info(n_workers=-1)["workers"].values())

    def _differs(self, found: Message) -> WorkersError:
        return self._error(
            found,
            msg("the same versions on all machines: {versions}", versions=", ".join(versions())),
            msg("install the same version of Klyngekort and its lock file on all machines"),
        )

    def _too_small(self, found: Message) -> WorkersError:
        return self._error(
            found,
            msg("workers with enough memory"),
            msg("start workers with more memory, or fewer on each machine"),
        )

    def _nobody(self) -> WorkersError:
        return self._error(
            msg("a scheduler without workers"),
            msg("at least one worker"),
            msg("start workers: klyngekort worker --scheduler {address}", address=self._address),
        )

    def _error(self, found: Message, expected: Message, mend: Message) -> WorkersError:
        return WorkersError(Fault(self._address, "", found, expected, mend))


class _OtherVersion:
    """What a worker answers whose results might differ."""

    def __init__(self, differing: tuple[str, ...]) -> None:
        self.differing = differing


class _Job:
    """One call of `ClusterWorkers.map`: what all its tasks read, sent to every worker once."""

    def __init__(self, client: Client, work: Callable[[Any, Any], Any], source: Any) -> None:  # noqa: ANN401
        self._client, self._work, self._source = client, work, source
        self._sent: Future[Any] | None = None

    def send(self, patience_s: float) -> None:
        """Send the source to all workers; those that come later fetch it from the others."""
        (self._sent,) = self._client.scatter([self._source], broadcast=True, hash=False, timeout=patience_s)

    def submit(self, task: Any) -> "Future[Any]":  # noqa: ANN401
        """Hand out one task."""
        return self._client.submit(_do, self._work, self._sent, task, versions(), pure=False)

    def release(self) -> None:
        """Let the workers forget the source."""
        if self._sent is not None:
            self._sent.release()


def _do(work: Callable[[Any, Any], Any], source: Any, task: Any, wanted: tuple[str, ...]) -> Any:  # noqa: ANN401
    own = versions()
    if own != wanted:
        return _OtherVersion(tuple(mine for mine, theirs in zip(own, wanted, strict=False) if mine != theirs))
    return work(source, task)
