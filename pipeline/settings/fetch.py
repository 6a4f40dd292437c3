"""Settings of fetching: where files go, which layers are wanted, and how patient and careful to be."""

from pathlib import Path
from typing import Annotated, Final

from pydantic import Field, StringConstraints, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from pipeline.address_keys import keys_in
from pipeline.settings.sections import Section

Gigabytes = Annotated[float, Field(gt=0, le=1_000, allow_inf_nan=False)]
HttpsAddress = Annotated[str, StringConstraints(pattern=r"^https://[^\s/@]+\.[^\s@]+$")]

OPEN_LAYERS: Final = (
    "geofabrik-denmark",
    "gisco-lau",
    "geostat-grid-2021",
    "statbank-folk1a",
    "sor",
    "dagi",
    "voting-areas",
    "provider-register",
)
"""Layers of a national study. The last three need a key or come from a folder."""


class FetchSettings(Section):
    """Fetching of official and open data with `klyngekort fetch`."""

    folder: Annotated[Path, Field(validate_default=True)] = Path("../data")
    """Folder of fetched files, of the tables made from them and of `geodata.lock`; made when absent."""

    layers: tuple[str, ...] = OPEN_LAYERS
    """Layers to fetch, by their id in `geodata/sources.toml`. Those without an address of their own, and
    those that need a key which is not there, are passed over and told."""

    addresses: dict[str, HttpsAddress] = {}  # noqa: RUF012  (pydantic copies it, and settings do not change)
    """Addresses by layer that replace those of `geodata/sources.toml`, for a file that has moved or a newer
    year. https only. Never put a key in one: keys come from the environment."""

    connect_s: Annotated[float, Field(gt=0, le=600)] = 15.0
    """Longest wait for a server to answer, seconds."""

    read_s: Annotated[float, Field(gt=0, le=3_600)] = 120.0
    """Longest silence of a server in the middle of a file, seconds."""

    longest_min: Annotated[float, Field(gt=0, le=10_000)] = 240.0
    """Longest time for one file in all, minutes."""

    attempts: Annotated[int, Field(ge=1, le=50)] = 5
    """Attempts in a row that bring nothing before a file is given up."""

    first_wait_s: Annotated[float, Field(ge=0, le=600)] = 2.0
    """Wait before the second attempt, seconds; doubled before each further one."""

    longest_wait_s: Annotated[float, Field(ge=0, le=3_600)] = 120.0
    """Longest wait before an attempt, also where a server asks for more, seconds."""

    largest_gb: Gigabytes = 4.0
    """Largest file that is fetched, gigabytes."""

    spare_gb: Annotated[float, Field(ge=0, le=1_000)] = 1.0
    """Room on the disk that is left free, gigabytes."""

    unpacked_gb: Gigabytes = 8.0
    """Most that an archive may unpack to, gigabytes."""

    unpacked_ratio: Annotated[float, Field(gt=1, le=10_000)] = 200.0
    """Most that a file in an archive may grow by when it is unpacked; more is taken for a bomb."""

    unpacked_files: Annotated[int, Field(ge=1, le=1_000_000)] = 2_000
    """Most files in an archive."""

    @field_validator("addresses")
    @classmethod
    def _without_keys(cls, value: dict[str, str]) -> dict[str, str]:
        if any(keys_in(address) for address in value.values()):
            raise PydanticCustomError(
                "key_in_address", "addresses without a key; keys come from the environment"
            )
        return value

    @field_validator("folder", mode="before")
    @classmethod
    def _beside_the_settings(cls, value: object, info: ValidationInfo) -> object:
        """Resolve the folder against the settings file's; it need not be there yet."""
        if not isinstance(value, str | Path) or not str(value).strip():
            raise PydanticCustomError("path", 'a path in quotes, or "bundled"')
        path = Path(value).expanduser()
        base = Path((info.context or {}).get("folder", Path.cwd()))
        return path if path.is_absolute() else Path(*_normal((base / path).parts))


def _normal(parts: tuple[str, ...]) -> list[str]:
    """Take `..` out of a path without asking the file system."""
    kept: list[str] = []
    for part in parts:
        if part == ".." and kept and kept[-1] not in ("..", "/"):
            kept.pop()
        else:
            kept.append(part)
    return kept
