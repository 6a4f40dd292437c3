"""Words for how well a row is known, from strong to weak, as people read them."""

from collections.abc import Mapping
from typing import Final

import pandas as pd

from pipeline.messages import Message, msg

EVIDENCE: Final[Mapping[str, Message]] = {
    "sourced": msg("stated in a source"),
    "source": msg("stated in a source"),
    "route_source": msg("its road is stated in a source"),
    "sourced_secondary": msg("stated in a secondary source"),
    "sourced_conflict": msg("stated, but sources disagree"),
    "derived": msg("calculated from a stated figure"),
    "carried_over_supported": msg("carried over from an earlier list, with support"),
    "inferred_strong": msg("inferred with strong support"),
    "partly_inferred": msg("partly inferred"),
    "inferred": msg("inferred"),
    "estimate": msg("an estimate"),
    "weak": msg("weakly supported"),
    "assumption": msg("assumed"),
    "memory": msg("from memory, not verified"),
}
"""Evidence words from strong to weak."""


def weakest_evidence(evidence: pd.Series) -> str:
    """Name the weakest of several evidence words; an unknown word counts as the weakest of all."""
    rank = {word: place for place, word in enumerate(EVIDENCE)}
    words = sorted(set(evidence.dropna().astype(str)), key=lambda word: (rank.get(word, len(rank)), word))
    return words[-1] if words else ""
