"""What fetching asks of the world around it: time, room on the disk, the environment."""

import os
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.errors import Fault, OutputError
from pipeline.fetch.unpack import GB
from pipeline.messages import msg
from pipeline.settings.fetch import FetchSettings


@dataclass(frozen=True, slots=True)
class World:
    """What fetching asks of the world around it; tests put in their own.

    Parameters
    ----------
    sleep, clock
        Waiting, and a clock in seconds that never goes back.
    free
        Free bytes of the disk that a folder is on.
    environ
        Variables: proxies, certificates, keys.
    loopback_http
        Allow plain http to this very machine. No setting and no variable switches it on.
    """

    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    free: Callable[[Path], int] = lambda folder: shutil.disk_usage(folder).free
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    loopback_http: bool = False


def check_room(folder: Path, size: int, settings: FetchSettings, world: World) -> None:
    """See that the disk has room for some bytes more and what the settings want left free.

    Raises
    ------
    OutputError
        It has not.
    """
    free = world.free(folder)
    if free < size + settings.spare_gb * GB:
        raise no_room(folder, size, free)


def no_room(folder: Path, size: int, free: int) -> OutputError:
    """Say that the disk is full; what was there before is untouched."""
    return OutputError(
        Fault(
            str(folder),
            msg("data folder"),
            msg("room for {free:n} MB", free=free // 1_000_000),
            msg("room for {size:n} MB and what fetch.spare_gb leaves free", size=size // 1_000_000),
            msg("free some room, or choose another fetch.folder; earlier files are untouched"),
        )
    )
