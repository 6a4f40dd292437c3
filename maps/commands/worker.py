"""``klyngekort worker``: lend this machine to a Dask scheduler."""

import os
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from maps.commands.options import Speech, TlsOption
from pipeline.messages import msg


def worker(
    *,
    scheduler: Annotated[
        str,
        typer.Option(
            "--scheduler", metavar="ADDRESS", help="Address of the scheduler (tcp:// or tls://host:port)."
        ),
    ],
    processes: Annotated[
        int, typer.Option("--processes", metavar="NUMBER", min=1, help="Tasks done at the same time.")
    ] = 1,
    memory_mb: Annotated[
        int,
        typer.Option(
            "--memory-mb",
            metavar="NUMBER",
            min=200,
            help="Memory of each process, MB; one that takes more is replaced.",
        ),
    ] = 2000,
    host: Annotated[
        str | None,
        typer.Option(
            "--host",
            metavar="ADDRESS",
            help="Address of this machine that the others reach; else that of the way to the scheduler.",
        ),
    ] = None,
    scratch: Annotated[
        Path | None, typer.Option("--scratch", metavar="FOLDER", help="Folder for scratch files.")
    ] = None,
    tls: TlsOption = None,
    speech: Speech,
) -> None:
    """Let this machine help with the work of others, until it is stopped (Ctrl-C)."""
    with (
        speech.command() as terminal,
        tempfile.TemporaryDirectory(prefix="klyngekort-worker-") as own,
    ):
        # Dask tells every step as it is loaded, in this process and in those that it begins.
        os.environ.setdefault("DASK_LOGGING__DISTRIBUTED", "warning")
        from pipeline.workers.cluster import security  # noqa: PLC0415  an optional extra
        from pipeline.workers.serve import serve  # noqa: PLC0415

        terminal.line(msg("Working for {address}; stop with Ctrl-C", address=scheduler))
        serve(
            scheduler,
            processes=processes,
            memory_bytes=memory_mb * 1_000_000,
            folder=scratch or Path(own),
            host=host,
            tls=security(tls),
        )
