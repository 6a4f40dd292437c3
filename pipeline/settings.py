"""Typed settings of a study: read from TOML, checked as a whole, every fault told at once."""

from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict

PROJECT: Final = Path(__file__).resolve().parents[1]
"""The project's root: where ``config/`` and ``geodata/`` stand."""


class Section(BaseModel):
    """A part of the settings: unknown keys are refused, values do not change after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)
