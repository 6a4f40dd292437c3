"""What a test looks through: nothing found is a failure, not a test passed."""

from collections.abc import Iterable
from typing import TypeVar

Thing = TypeVar("Thing")


def some(things: Iterable[Thing]) -> list[Thing]:
    """Give things as a list that is not empty."""
    listed = list(things)
    assert listed, "nothing to look at"
    return listed
