"""Work that tests give to workers; other processes find it here."""

import os
import signal
import time

import numpy as np


def add(source: int, task: int) -> int:
    return source + task


def look_up(source: dict[str, int], task: str) -> int:
    return source[task]


def slow_sum(source: np.ndarray, task: int) -> tuple[int, float]:
    """The process that does it, and what it finds."""
    time.sleep(0.3)
    return os.getpid(), float(source.sum()) + task


def address_of(source: np.ndarray, task: int) -> tuple[int, int, bool]:
    """The process, where the array lies in it, and whether it may be written to."""
    time.sleep(0.2)
    return os.getpid(), source.__array_interface__["data"][0] % 64, source.flags.writeable


def die(source: int, task: int) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def other_version(source: int, task: int) -> tuple[str, ...]:
    return ("code 000000000000",)


STEP_BYTES = 20_000_000


def hoard(source: tuple[str, int], task: int) -> int:
    """Take more memory than a worker may have when the task is that of the source.

    The source names a file that is there while memory is to be taken, and the task that takes it; a file whose
    text is "once" is taken away by the first.
    """
    path, greedy = source
    if task == greedy and os.path.exists(path):  # noqa: PTH110
        with open(path, encoding="utf-8") as file:  # noqa: PTH123
            once = file.read() == "once"
        if once:
            os.remove(path)  # noqa: PTH107
        held = []
        for _ in range(150):  # three gigabytes at the most
            held.append(np.ones(STEP_BYTES // 8))
            time.sleep(0.01)
    return task * task
