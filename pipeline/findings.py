"""What a run has to tell about its data besides the results: warnings and notes, each with its rows."""

from dataclasses import dataclass
from typing import Literal

from pipeline.messages import Message


@dataclass(frozen=True, slots=True)
class Finding:
    """Something a reader should know before trusting a figure.

    Parameters
    ----------
    kind
        Short stable name, for example ``cluster_without_acute_hospital``.
    message
        The sentence for people.
    severity
        ``warning`` (look at it) or ``note`` (good to know).
    scheme
        The cluster scheme it belongs to, empty when it holds for all.
    keys
        Codes or ids of the rows it is about.
    """

    kind: str
    message: Message
    severity: Literal["warning", "note"] = "warning"
    scheme: str = ""
    keys: tuple[str, ...] = ()
