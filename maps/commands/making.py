"""Where results are made and with whose help: what every command that writes a folder of results is given."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import Fault, MissingInputError
from pipeline.messages import msg
from pipeline.workers import SERIAL, Workers


@dataclass(frozen=True, slots=True)
class Making:
    """The making of one folder of results.

    Parameters
    ----------
    config
        The settings file.
    out
        Folder that the folder of results stands in.
    step
        Called with the name of each step as it begins.
    workers
        Who helps; the results do not depend on it.
    earlier
        Results that news are told against; those that are replaced when left out.
    """

    config: Path
    out: Path
    step: Callable[[str], None]
    workers: Workers = SERIAL
    earlier: Path | None = None


def unknown(words: str) -> MissingInputError:
    """Refuse a record that tells of a command or options that this version has not."""
    return MissingInputError(
        Fault(
            words,
            "made_by",
            msg("a command or option that this version does not know"),
            msg("a record of this version"),
            msg("verify with the version that made the results"),
        )
    )
