"""Be a worker: processes of this machine that do the tasks of a Dask scheduler."""

import asyncio
import contextlib
import signal
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from distributed import Nanny, Security

from pipeline.workers.cluster import no_answer

START_S: Final = 120.0
"""Seconds that a process may take to begin; a busy machine is slow to load the libraries."""

STOP_S: Final = 10.0
"""Seconds that a process may take to end."""


def serve(
    scheduler: str,
    *,
    processes: int,
    memory_bytes: int,
    folder: Path,
    host: str | None = None,
    tls: Security | None = None,
) -> None:
    """Do a scheduler's tasks until it goes away, or this process is told to stop.

    Each process does one task at a time, and is watched: one that takes more than its memory, or dies, is
    replaced.

    Parameters
    ----------
    scheduler
        Its address.
    processes
        How many.
    memory_bytes
        Memory of each, bytes.
    folder
        Scratch space of the workers.
    host
        Address that others reach this machine at; that of the way to the scheduler when left out.
    tls
        From `pipeline.workers.cluster.security`.

    Raises
    ------
    WorkersError
        The scheduler does not answer.
    """

    def guarded() -> Nanny:
        return Nanny(
            scheduler,
            nthreads=1,
            memory_limit=memory_bytes,
            host=host,
            security=tls,
            local_directory=str(folder),
            death_timeout=START_S,
            dashboard=False,
        )

    asyncio.run(_serve(scheduler, [guarded] * processes))


async def _serve(scheduler: str, guarded: Sequence[Callable[[], Nanny]]) -> None:
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows stops by Ctrl-C alone
            loop.add_signal_handler(sign, told.set)
    nannies = [begin() for begin in guarded]
    begun = await asyncio.gather(*(_begin(nanny) for nanny in nannies), return_exceptions=True)
    failed = [error for error in begun if isinstance(error, Exception)]
    if failed:
        await asyncio.gather(*(nanny.close(timeout=STOP_S) for nanny in nannies), return_exceptions=True)
        raise no_answer(scheduler, failed[0])
    gone = [asyncio.create_task(nanny.finished()) for nanny in nannies]
    stop = asyncio.create_task(told.wait())
    await asyncio.wait([stop, *gone], return_when=asyncio.FIRST_COMPLETED)
    stop.cancel()
    await asyncio.gather(*(nanny.close(timeout=STOP_S) for nanny in nannies), return_exceptions=True)
    await asyncio.gather(*gone, return_exceptions=True)


async def _begin(nanny: Nanny) -> None:
    await asyncio.wait_for(nanny, timeout=START_S)
