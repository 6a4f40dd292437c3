"""What the makers of a study's tables share: fetched files, where tables go, what was chosen and why."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pandas as pd

from pipeline.errors import InputError
from pipeline.fetch.lock import Locked
from pipeline.findings import Finding
from pipeline.messages import Bilingual, Message, msg
from pipeline.sources import Source

STUDY: Final = "study"
"""Folder of made tables and the settings that name them, below the data folder: replaced as a whole."""

EXTRACT: Final = "geofabrik-denmark"


@dataclass(frozen=True, slots=True)
class Line:
    """What was chosen for a role, for people."""

    role: Message
    told: Message | Bilingual


@dataclass(slots=True)
class Making:
    """One making of a study's data.

    Parameters
    ----------
    folder
        The data folder.
    fresh
        Where made tables are written until all are there.
    sources
        The list of sources.
    files
        Fetched files that are as the lock says, by layer.
    lock
        The lock's rows, by layer.
    tables
        Bundled tables to start from, by name.
    """

    folder: Path
    fresh: Path
    sources: Mapping[str, Source]
    files: Mapping[str, Path]
    lock: Mapping[str, Locked]
    tables: Mapping[str, Path]
    sections: dict[str, dict[str, object]] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)
    told: list[Finding] = field(default_factory=list)

    @property
    def extract(self) -> Path | None:
        """The OpenStreetMap extract, if there is one."""
        return self.files.get(EXTRACT)

    def title(self, layer: str) -> Bilingual:
        """Title of a layer in both languages, with the file it came from where that was a folder."""
        source, locked = self.sources[layer], self.lock[layer]
        file = f" ({locked.origin})" if locked.by == "folder" else ""
        return Bilingual(source.title_da + file, source.title_en + file)

    def credit(self, *layers: str) -> str:
        """Credit lines of layers, with their version where the publisher wants it."""
        rows = [(self.lock[layer].credit, self.version(layer)) for layer in layers]
        return "; ".join(dict.fromkeys(credit.replace("<dato>", version) for credit, version in rows))

    def version(self, layer: str) -> str:
        """Day a layer was downloaded; of a file from a folder only its name is known."""
        locked = self.lock[layer]
        return locked.date.isoformat() if locked.by == "download" else locked.origin

    def choose(self, role: Message, section: str, told: Message | Bilingual, **values: object) -> None:
        """Note what was chosen for a role."""
        self.sections.setdefault(section, {}).update(values)
        self.lines.append(Line(role, told))
        sentence = msg("{role}: {told}", role=role, told=told)
        self.told.append(Finding("open_data_chosen", sentence, "note"))

    def fall_back(self, role: Message, told: Message) -> None:
        """Note that a role is left to the bundled data."""
        self.lines.append(Line(role, told))
        self.told.append(Finding("open_data_missing", msg("{role}: {told}", role=role, told=told)))

    def pass_over(self, role: Message, layer: str, reason: Message | str, *, warn: bool = True) -> None:
        """Note that a layer is there but was not used for a role, and why."""
        told = msg("{title} is not used: {reason}", title=self.title(layer), reason=reason)
        self.lines.append(Line(role, told))
        sentence = msg("{role}: {told}", role=role, told=told)
        self.told.append(Finding("open_data_passed_over", sentence, "warning" if warn else "note"))

    def refused(self, role: Message, layer: str, error: InputError) -> None:
        """Note that a layer was refused, with its first fault."""
        fault = error.faults[0]
        reason = msg("{found}; expected {expected}", found=fault.found, expected=fault.expected)
        self.pass_over(role, layer, reason)

    def text_table(self, name: str) -> pd.DataFrame:
        """Read a bundled table as text, to be written again with some cells changed."""
        return pd.read_csv(self.tables[name], dtype=str, keep_default_na=False, encoding="utf-8")

    def write_csv(self, name: str, frame: pd.DataFrame) -> str:
        """Write a made table; gives its name."""
        frame.to_csv(self.fresh / name, index=False, encoding="utf-8", lineterminator="\n")
        return name

    def shown(self, path: Path) -> str:
        """Path of a file, seen from the folder of made tables."""
        return path.name if path.parent == self.fresh else f"../{path.name}"
