"""Options that several commands share, and how they are read."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final

import typer

from pipeline.database.inputs import local_copies
from pipeline.settings import PROJECT, Settings
from pipeline.settings.file import load_settings
from pipeline.workers import SERIAL, Workers

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

WorkersOption = Annotated[
    int | None,
    typer.Option("--workers", min=1, max=64, help="Processes of this machine that help.", show_default=False),
]
SchedulerOption = Annotated[
    str | None,
    typer.Option("--scheduler", help="Dask scheduler whose workers help (tcp:// or tls://host:port)."),
]
TlsOption = Annotated[
    Path | None,
    typer.Option("--tls", help="Folder with ca.pem, cert.pem and key.pem for a tls:// scheduler."),
]


DRAWING: Final = (
    "maps.figures.cluster_figures",
    "matplotlib.backends.backend_pdf",
    "matplotlib.backends.backend_svg",
)
"""Modules that every process which draws will need: loaded while others still compute."""


@contextmanager
def helping(count: int, scheduler: str | None = None, tls: Path | None = None) -> Iterator[Workers]:
    """Give the workers that options ask for: a cluster's, some processes of this machine, or nobody."""
    if scheduler is not None:
        from pipeline.workers.cluster import ClusterWorkers, security  # noqa: PLC0415  an optional extra

        with ClusterWorkers(scheduler, security(tls)) as workers:
            yield workers
    elif count > 1:
        from pipeline.workers.local import LocalWorkers  # noqa: PLC0415

        with LocalWorkers(count, preload=DRAWING) as processes:
            yield processes
    else:
        yield SERIAL


def read_settings(config: Path, lang: str | None) -> Settings:
    """Read the settings and copy inputs from a database; ``--lang`` goes before the file's language."""
    settings = local_copies(load_settings(config))
    if lang is None:
        return settings
    return settings.model_copy(update={"study": settings.study.model_copy(update={"language": lang})})
