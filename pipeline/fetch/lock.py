"""The lock of fetched files, ``geodata.lock``: what was fetched from where and when, with size and SHA-256.

Somebody who has the lock gets the same bytes as whoever wrote it, or is told that they have changed. It holds
no keys. It stands in the data folder and is meant to be shared.
"""

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints

from pipeline.settings.file import check_section, read_toml
from pipeline.settings.sections import Section
from pipeline.toml_text import toml_lines, write_whole

LOCK: Final = "geodata.lock"

Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
FileName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
"""Of a file right in the data folder: a lock from somebody else must not point anywhere else."""


class Locked(Section):
    """One fetched file."""

    file: FileName
    """Its name in the data folder."""

    origin: str
    """Where it came from: the address without key, or the name of the file in a folder."""

    by: Literal["download", "folder"]
    """Whether it was downloaded or came from a folder."""

    date: dt.date
    """Day it was fetched."""

    sha256: Digest
    """SHA-256 of the file as it came."""

    size: Annotated[int, Field(ge=1)]
    """Its size, bytes."""

    member: str = ""
    """The file that was taken from an archive."""

    member_sha256: Digest | None = None
    """SHA-256 of the file taken from an archive."""

    licence: str
    """Terms of use, as the list of sources has them."""

    credit: str
    """The line that must follow the data."""

    @property
    def local_sha256(self) -> str:
        """SHA-256 that the file in the data folder must have."""
        return self.member_sha256 or self.sha256


class Lock(Section):
    """The whole file."""

    layer: dict[str, Locked] = {}  # noqa: RUF012  (pydantic copies it, and a lock does not change)
    """Fetched files by the id of their layer."""


def read_lock(folder: Path) -> Lock:
    """Read the lock of a data folder; an empty one where there is none yet.

    Raises
    ------
    SettingsError
        It is damaged: every fault with its key.
    """
    path = folder / LOCK
    if not path.is_file():
        return Lock()
    return check_section(
        Lock, read_toml(path, example=LOCK), source=str(path), folder=folder, reference="docs/data.md"
    )


def write_lock(folder: Path, layers: Mapping[str, Locked]) -> None:
    """Write the lock whole or not at all, layers in the order of their ids."""
    lines = [
        "# What `klyngekort fetch` fetched. Share this file: whoever has it gets the same bytes or is told.",
        "# docs/data.md explains it. Do not edit it by hand.",
        "",
    ]
    for name in sorted(layers):
        lines += toml_lines(f"layer.{name}", layers[name].model_dump())
    write_whole(folder / LOCK, "\n".join(lines))
