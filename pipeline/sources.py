"""Who published each table and layer, under which licence, and how it is credited.

The list stands in ``geodata/sources.toml``. Every result carries the credit lines of what it was made from.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import Field, StringConstraints

from pipeline.errors import Fault, SettingsError
from pipeline.messages import Language, msg
from pipeline.settings import PROJECT
from pipeline.settings.file import check_section, read_toml
from pipeline.settings.sections import Section

GEODATA: Final = PROJECT / "geodata"
"""Folder of what ships with the project: tables, boundaries and the list of sources."""

SOURCES: Final = GEODATA / "sources.toml"

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Address = Annotated[str, StringConstraints(pattern=r"^(https?://[^\s/]+\.[^\s]+)?$")]


class FetchPlan(Section):
    """How the file of a download is fetched, known again in a folder, and checked."""

    address: Annotated[str, StringConstraints(pattern=r"^(https://[^\s/@]+\.[^\s@]+)?$")] = ""
    """Address of the file itself; empty where it is not public or not certain, and must be given in the
    settings (`fetch.addresses`) or come from a folder. Always https, never with a key."""

    content: Literal["osm", "csv", "vector"]
    """What the file must be: an OpenStreetMap extract, a table as text, or a vector layer."""

    member: str = ""
    """Pattern of the file that is taken from a zip archive; empty where no archive is expected."""

    files: tuple[Text, ...] = ()
    """Patterns of file names in a folder, the best first."""

    key_from: Annotated[str, StringConstraints(pattern=r"^([A-Z][A-Z0-9_]*)?$")] = ""
    """Variable of the environment that holds the key, where the publisher wants one."""

    key_parameter: str = ""
    """Parameter of the address that the key is sent as."""

    fresh_days: Annotated[int, Field(ge=1)] = 365
    """Older than this the file is called out of date, days."""

    about_mb: Annotated[float, Field(gt=0)]
    """Size to expect, megabytes, as documents tell or as an estimate."""


class Source(Section):
    """A table or layer and where it comes from."""

    id: Text
    """Short name: for a bundled table or layer the name of its file."""

    kind: Literal["table", "layer", "download"]
    """A bundled table, a bundled layer, or a layer to be fetched from its publisher."""

    title_da: Text
    """Title in Danish."""

    title_en: Text
    """Title in English."""

    publisher: Text
    """Who publishes it."""

    address: Address
    """Web address of the source; empty where there is no document."""

    address_tried: bool = False
    """Whether the address was called and answered; false means that it stands as documents give it."""

    licence: Text
    """Terms of use, with a word on how sure they are."""

    licence_da: str = ""
    """The terms in Danish, where that is another text."""

    credit: Text
    """The line that must follow the data."""

    credit_en: str = ""
    """The line in English, where it is another text."""

    version: Text
    """Version or date of the contents."""

    version_da: str = ""
    """The version in Danish, where that is another text."""

    precision: Literal["measured", "register", "modelled", "approximate"]
    """How the contents came about."""

    used_for: tuple[Text, ...] = Field(min_length=1)
    """Tables, layers and tasks that use it."""

    note: str = ""
    """What a user should know."""

    fetch: FetchPlan | None = None
    """How it is fetched; only for downloads that `klyngekort fetch` knows."""

    @property
    def layer(self) -> str:
        """What a study calls the table or layer."""
        return self.id.replace("-", "_")

    def title(self, lang: Language) -> str:
        """Title in the reader's language."""
        return self.title_da if lang == "da" else self.title_en

    def credited(self, lang: Language) -> str:
        """Credit line in the reader's language."""
        return (lang == "en" and self.credit_en) or self.credit

    def terms(self, lang: Language) -> str:
        """Terms of use and version in the reader's language."""
        da = lang == "da"
        licence = (da and self.licence_da) or self.licence
        return f"{licence} ({(da and self.version_da) or self.version})"


class SourceList(Section):
    """The whole file: one ``[[source]]`` block per table and layer."""

    source: tuple[Source, ...] = Field(min_length=1)
    """The sources in the order they are listed."""


def load_sources(path: Path = SOURCES) -> dict[str, Source]:
    """Read and check the list of sources.

    Parameters
    ----------
    path
        TOML file with one ``[[source]]`` block per table and layer.

    Returns
    -------
    dict
        Sources by id, in the file's order.

    Raises
    ------
    MissingInputError
        The file is not there or cannot be read.
    SettingsError
        The file is not TOML, or a block has unknown, missing or wrong keys or an id used before: every fault
        at once.
    """
    raw = read_toml(path, example="geodata/sources.toml")
    doubled = _doubled_ids(raw, str(path))
    try:
        listed = check_section(
            SourceList, raw, source=str(path), folder=path.parent, reference="geodata/sources.toml"
        )
    except SettingsError as error:
        raise SettingsError([*error.faults, *doubled]) from error
    if doubled:
        raise SettingsError(doubled)
    return {source.id: source for source in listed.source}


def _doubled_ids(raw: Mapping[str, Any], path: str) -> list[Fault]:
    blocks = raw.get("source")
    ids = [block.get("id") for block in blocks if isinstance(block, dict)] if isinstance(blocks, list) else []
    return [
        Fault(
            path,
            f"source.id = {name}",
            msg("{count} blocks with this id", count=count),
            msg("each id once"),
            msg("rename or delete all but one of them"),
        )
        for name, count in Counter(str(name) for name in ids if name is not None).items()
        if count > 1
    ]


def credit_lines(sources: Mapping[str, Source], used: Iterable[str]) -> tuple[str, ...]:
    """Give the credits of what was used, each once, in the order of use.

    Raises
    ------
    KeyError
        A table or layer that the list does not have.
    """
    return tuple(dict.fromkeys(sources[name].credit for name in used))
