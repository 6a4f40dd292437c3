"""When an answer must be there: one end for all the steps that it takes."""

import math
from dataclasses import dataclass
from time import monotonic
from typing import Final

TIME_LIMIT_S: Final = 60.0
"""Seconds for an answer, which afterwards carries its gap."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """The moment after which no step begins, and at which a solver stops with what it has.

    Parameters
    ----------
    ends
        On the clock that only goes forward, seconds.
    """

    ends: float

    @classmethod
    def after(cls, seconds: float) -> "Deadline":
        """Give an answer so many seconds from now."""
        return cls(monotonic() + seconds)

    @property
    def left_s(self) -> float:
        """Seconds left; 0 when time has run out."""
        return max(self.ends - monotonic(), 0.0)

    def half(self) -> "Deadline":
        """Give a step half of the time left, so that what follows has some too."""
        return Deadline.after(self.left_s / 2)


NEVER: Final = Deadline(math.inf)
