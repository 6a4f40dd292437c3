"""Words about clusters: marks of their figures, and how people of shared municipalities are counted."""

from collections.abc import Mapping
from typing import Final

from pipeline.messages import Message, msg

MODELLED: Final = msg("modelled")
APPROXIMATE: Final = msg("approximate")

SPLIT_RULES: Final[Mapping[str, Message]] = {
    "once": msg("shared municipalities split evenly"),
    "full": msg("shared municipalities counted in each cluster"),
    "none": msg("shared municipalities not counted"),
}
