"""Work in pieces on several threads, for compiled loops that release Python's lock."""

import itertools
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

MOST_THREADS: Final = 16
"""More do not help: the loops are bound by memory."""


def cores() -> int:
    """Processors that this process may use, at most `MOST_THREADS`."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(usable, MOST_THREADS))


def in_threads(work: Callable[[int, int], None], count: int, *, least: int = 1) -> None:
    """Call ``work(first, last)`` for pieces that together cover ``range(count)``.

    Parameters
    ----------
    work
        Writes its own piece of the result and nothing else, so that the answer does not depend on the number
        of threads.
    count
        Items of work.
    least
        Fewest items worth a thread of their own.
    """
    pieces = min(cores(), max(1, count // max(least, 1)))
    if pieces == 1:
        work(0, count)
        return
    ends = [count * piece // pieces for piece in range(pieces + 1)]
    with ThreadPoolExecutor(pieces) as pool:
        for job in [pool.submit(work, first, last) for first, last in itertools.pairwise(ends)]:
            job.result()
