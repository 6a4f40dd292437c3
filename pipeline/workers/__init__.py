"""Who does the work: this process, a few processes beside it, or the workers of a cluster.

Work that can be spread is a function of a module, something all tasks read (`source`), and a list of tasks
that do not depend on each other. Whoever does it, the results come in the order of the tasks and are the same
bit for bit: a task sees nothing but its source and itself.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, Protocol, TypeVar

from pipeline.errors import Fault, InputError

__all__ = ["SERIAL", "Serial", "Workers", "WorkersError"]

Source = TypeVar("Source")
Task = TypeVar("Task")
Result = TypeVar("Result")

BLOCK_BYTES: Final = 64_000_000
"""What the result of one task may take, where nothing else is known."""


class WorkersError(InputError):
    """The workers cannot be reached, are lost for good, or run another version."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault)


class Workers(Protocol):
    """Who does the work.

    Attributes
    ----------
    count
        Tasks done at the same time.
    elsewhere
        Whether they have processors that this process has not: only then is it worth while to spread what
        this process does on all of its own.
    block_bytes
        What the result of one task should not exceed, so that no worker runs out of memory.
    """

    @property
    def count(self) -> int: ...  # noqa: D102

    @property
    def elsewhere(self) -> bool: ...  # noqa: D102

    @property
    def block_bytes(self) -> int: ...  # noqa: D102

    def map(
        self, work: Callable[[Source, Task], Result], source: Source, tasks: Iterable[Task]
    ) -> Iterator[Result]:
        """Do all tasks and give the results in the order of the tasks.

        Parameters
        ----------
        work
            Function of a module, so that another process finds it; called with `source` and a task. It must
            change neither.
        source
            What all tasks read; it is sent to each worker once.
        tasks
            Small; few of them are on their way at a time, so results do not pile up.

        Raises
        ------
        WorkersError
            Workers are lost again and again, or all of them.
        """
        ...


class Serial:
    """Nobody but the process itself."""

    count: Final = 1
    elsewhere: Final = False
    block_bytes: Final = BLOCK_BYTES

    def map(self, work: Callable[[Any, Any], Any], source: Any, tasks: Iterable[Any]) -> Iterator[Any]:  # noqa: ANN401
        """Do one task after the other (see `Workers.map`)."""
        return (work(source, task) for task in tasks)


SERIAL: Final = Serial()
"""Nobody helps."""
