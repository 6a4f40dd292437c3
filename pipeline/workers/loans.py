"""Objects lent to other processes of this machine: their arrays lie in shared memory, once for all."""

import contextlib
import errno
import gc
import os
import pickle
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.shared_memory import SharedMemory
from pathlib import Path
from typing import Any, Final

_SHARED: Final = Path("/dev/shm")  # noqa: S108  where Linux keeps shared memory
_ALIGNED: Final = 64
"""Arrays begin at multiples of so many bytes, as compiled loops like it."""


@dataclass(frozen=True, slots=True)
class Loan:
    """Where a lent object lies: the shared memory, then first and last byte of its frame and each array."""

    name: str
    parts: tuple[tuple[int, int], ...]


@contextlib.contextmanager
def lent(thing: object) -> Iterator[Loan]:
    """Put an object into shared memory for as long as the block lasts.

    Nothing is written to disk, and only processes that this one started are told its name.

    Raises
    ------
    OSError
        There is no room: containers often have little shared memory.
    """
    arrays: list[pickle.PickleBuffer] = []
    frame = pickle.dumps(thing, protocol=5, buffer_callback=arrays.append)
    contents = [memoryview(frame), *(array.raw() for array in arrays)]
    parts, end = [], 0
    for content in contents:
        start = -(-end // _ALIGNED) * _ALIGNED
        end = start + content.nbytes
        parts.append((start, end))
    if _SHARED.is_dir() and shutil.disk_usage(_SHARED).free < end:  # else writing there ends this process
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(_SHARED))
    memory = SharedMemory(create=True, size=max(end, 1))
    try:
        for (start, last), content in zip(parts, contents, strict=True):
            _bytes(memory)[start:last] = content
        yield Loan(memory.name, tuple(parts))
    finally:
        memory.close()
        memory.unlink()


def _bytes(memory: SharedMemory) -> memoryview:
    if memory.buf is None:
        raise ValueError("shared memory that is closed already")
    return memory.buf


class Borrower:
    """What a process has borrowed: the latest loan, so that memory does not grow."""

    def __init__(self) -> None:
        self._loan: Loan | None = None
        self._memory: SharedMemory | None = None
        self._thing: Any = None

    def open(self, loan: Loan) -> Any:  # noqa: ANN401
        """Give the lent object; its arrays are the shared memory itself."""
        if loan != self._loan:
            self.give_back()
            memory = SharedMemory(loan.name)
            (start, end), *arrays = loan.parts
            content = _bytes(memory)
            frame = bytes(content[start:end])
            # From our own process, through memory that only this user may open.
            self._thing = pickle.loads(frame, buffers=[content[a:b] for a, b in arrays])  # noqa: S301
            self._loan, self._memory = loan, memory
            gc.freeze()  # it stays: looking for garbage after each task need not go through it
        return self._thing

    def give_back(self) -> None:
        """Let go of the object and its memory."""
        self._thing = self._loan = None
        gc.unfreeze()
        if self._memory is None:
            return
        try:
            self._memory.close()
        except BufferError:
            gc.collect()
            # A task may have kept an array in a cache of its own; the memory then ends with the process.
            with contextlib.suppress(BufferError):
                self._memory.close()
        self._memory = None
