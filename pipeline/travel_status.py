"""Why an answer is what it is: one code for each place, pair or row."""

from collections.abc import Sequence
from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray


class Status(IntEnum):
    """What became of a place or of a journey; `word` is how tables write it."""

    OK = 0
    """Found; for a journey: by road."""
    FERRY_ONLY = 1
    """Reached, but no road leads there without a ferry. The time stands."""
    BEYOND_CUTOFF = 2
    """There is a way, but it is longer than the cut-off asked for."""
    OTHER_LANDMASS = 3
    """No road and no ferry joins the two."""
    NO_WAY = 4
    """On the same landmass, but every way is closed or one-way against the journey."""
    NO_ROAD_NEARBY = 5
    """No road to start from within the longest access leg."""
    LOOSE_ROAD = 6
    """The only road nearby is a loose piece that is joined to nothing."""
    OUTSIDE_STUDY_AREA = 7
    """The point lies outside the road network's box."""
    NOT_LOCATED = 8
    """The point has no coordinates."""
    NO_FACILITY = 9
    """There is no facility that could be reached by anyone."""

    @property
    def word(self) -> str:
        """The status as tables write it."""
        return self.name.lower()


WORDS: Final = np.array([status.word for status in Status], dtype=object)
"""The words of all statuses, by code."""

ANSWERED: Final[Sequence[Status]] = (Status.OK, Status.FERRY_ONLY)
"""The statuses of a row that holds a time."""


def status_words(codes: ArrayLike) -> NDArray[np.object_]:
    """Write status codes as words.

    Parameters
    ----------
    codes
        Integer array of any shape, `Status` values.

    Returns
    -------
    NDArray
        Object array of text, same shape.

    Examples
    --------
    >>> status_words([0, 3]).tolist()
    ['ok', 'other_landmass']
    """
    return np.asarray(WORDS[np.asarray(codes, dtype=np.intp)], dtype=object)
