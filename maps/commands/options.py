"""Options that several commands share, and how they are read."""

from pathlib import Path
from typing import Annotated, Final

import typer

from pipeline.database.inputs import local_copies
from pipeline.settings import PROJECT, Settings
from pipeline.settings.file import load_settings

DEFAULT_CONFIG: Final = PROJECT / "config" / "denmark.toml"

ConfigOption = Annotated[Path, typer.Option("--config", "-c", help="Settings of the study (TOML).")]
OutOption = Annotated[
    Path, typer.Option("--out", "-o", help="Folder for results; a sub-folder per study is made.")
]
LangOption = Annotated[
    str | None, typer.Option("--lang", help="Language of pages and messages: da or en.", show_default=False)
]
VerboseOption = Annotated[bool, typer.Option("--verbose", "-v", help="Tell every step and finding.")]
ProfileOption = Annotated[
    bool, typer.Option("--profile", help="Measure which functions take the time; written beside the log.")
]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Tell errors only.")]


def read_settings(config: Path, lang: str | None) -> Settings:
    """Read the settings and copy inputs from a database; ``--lang`` goes before the file's language."""
    settings = local_copies(load_settings(config))
    if lang is None:
        return settings
    return settings.model_copy(update={"study": settings.study.model_copy(update={"language": lang})})
