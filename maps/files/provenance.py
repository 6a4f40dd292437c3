"""What results were made from: inputs with their digests, settings, versions, counts, warnings and credits.

The record holds no time of day, host or user, so that the same inputs and packages give the same bytes.
"""

import dataclasses
import datetime as dt
import enum
import json
import math
import platform
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from importlib import metadata
from pathlib import Path, PurePath
from typing import Any, Final

import numpy as np
import pandas as pd
import pyogrio
import pyproj
import shapely

from pipeline.address_keys import without_keys
from pipeline.digests import code_digest, file_digest
from pipeline.messages import Language, Message, translator

FILE: Final = "provenance.json"
DISTRIBUTION: Final = "klyngekort"


@dataclasses.dataclass(frozen=True, slots=True)
class InputFile:
    """One file that the results were made from.

    Parameters
    ----------
    layer
        What the file was read as, for example ``municipalities`` or ``boundaries``.
    path
        Where it was read.
    publisher, licence, credit, version, precision
        As the list of sources or the settings give them; empty where unknown.
    sha256
        Digest of what was read; taken from the file when left out.
    """

    layer: str
    path: Path
    publisher: str = ""
    licence: str = ""
    credit: str = ""
    version: str = ""
    precision: str = ""
    sha256: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class MadeBy:
    """What was asked for: a command with what it was given.

    Parameters
    ----------
    command
        Its name.
    options
        Options that decide the results, as given.
    files
        Layers of those inputs that were named beside the settings, in their order.
    """

    command: str
    options: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    files: tuple[str, ...] = ()


def package_versions(distribution: str = DISTRIBUTION) -> dict[str, str]:
    """List the versions of the packages that `distribution` needs to run, and of the libraries under them."""
    needed = (text for text in metadata.requires(distribution) or () if "extra ==" not in text)
    names = {match.group().lower() for text in needed if (match := re.match(r"[A-Za-z0-9._-]+", text))}
    versions = {name: metadata.version(name) for name in names | {distribution}}
    versions |= {
        "libgdal": ".".join(str(part) for part in pyogrio.__gdal_version__),
        "libgeos": shapely.geos_version_string,
        "libproj": pyproj.proj_version_str,
    }
    return dict(sorted(versions.items()))


def plain(value: Any, *, root: Path | None = None) -> Any:  # noqa: ANN401, PLR0911
    """Turn settings, counts and the like into what JSON can hold, in a fixed order.

    Parameters
    ----------
    value
        Mappings, sequences, sets, dataclasses, pydantic models, dates, paths, numbers, missing values.
    root
        Paths below it are written relative to it; all others by their name only, since a folder tells who
        ran the study, not what it was made from.
    """
    if isinstance(value, Message):
        return str(value)
    if isinstance(value, PurePath):
        inside = root is not None and value.is_relative_to(root)
        return value.relative_to(root).as_posix() if inside and root is not None else value.name
    if isinstance(value, str):
        return without_keys(value)
    if isinstance(value, enum.Enum):
        return plain(value.value, root=root)
    if hasattr(value, "model_dump"):
        return plain(value.model_dump(), root=root)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: plain(getattr(value, field.name), root=root) for field in dataclasses.fields(value)
        }
    if isinstance(value, Mapping):
        return {str(key): plain(value[key], root=root) for key in sorted(value, key=str)}
    if isinstance(value, AbstractSet):
        return sorted((plain(part, root=root) for part in value), key=str)
    if isinstance(value, Sequence | np.ndarray):
        return [plain(part, root=root) for part in value]
    return _plain_scalar(value)


def flat(value: Any, key: str = "") -> Iterator[tuple[str, Any]]:  # noqa: ANN401
    """Walk the leaves of nested mappings, each with its dotted key."""
    if isinstance(value, Mapping) and value:
        for name, inner in value.items():
            yield from flat(inner, f"{key}.{name}" if key else str(name))
    else:
        yield key, value


def _plain_scalar(value: Any) -> Any:  # noqa: ANN401
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return value if isinstance(value, bool | int | str) else str(value)


def provenance(
    *,
    inputs: Iterable[InputFile],
    settings: Any,  # noqa: ANN401
    counts: Mapping[str, int | float],
    warnings: Iterable[Message | str] = (),
    credit_lines: Iterable[str] = (),
    lang: Language = "da",
    root: Path | None = None,
    config: Path | None = None,
    made_by: MadeBy | None = None,
) -> dict[str, Any]:
    """Gather the record of a run.

    Parameters
    ----------
    inputs
        The files read.
    settings
        The study's settings (model, dataclass or mapping).
    counts
        Rows of each result, and other figures worth comparing with the next run.
    warnings
        What a reader must know, in the order told.
    credit_lines
        Credits that must follow the results; those of the inputs are added.
    lang
        Language that the warnings are written in.
    root
        See `plain`.
    config
        The settings file.
    made_by
        What was asked for.

    Returns
    -------
    dict
        Plain values only, ready for JSON.
    """
    say = translator(lang)
    files = sorted(inputs, key=lambda file: (file.layer, str(file.path)))
    record: dict[str, Any] = {
        "software": {
            "name": DISTRIBUTION,
            "version": metadata.version(DISTRIBUTION),
            "code_sha256": code_digest(),
            "python": platform.python_version(),
            "packages": package_versions(),
        },
        "inputs": [
            {
                **{key: value for key, value in plain(file, root=root).items() if value != ""},
                "bytes": file.path.stat().st_size,
                "sha256": file.sha256 or file_digest(file.path),
            }
            for file in files
        ],
        "settings": plain(settings, root=root),
        "counts": plain(counts),
        "warnings": [plain(say(warning)) for warning in warnings],
        "credits": sorted({*credit_lines, *(file.credit for file in files if file.credit)}),
    }
    if config is not None:
        record["settings_file"] = {"path": plain(config.resolve(), root=root), "sha256": file_digest(config)}
    if made_by is not None:
        record["made_by"] = plain(made_by, root=root)
    return record


def write_provenance(folder: Path, record: Mapping[str, Any]) -> Path:
    """Write the record as ``provenance.json`` with sorted keys, UTF-8 and a last line feed."""
    path = folder / FILE
    text = json.dumps(record, ensure_ascii=False, indent=2, sort_keys=True, allow_nan=False)
    path.write_text(f"{text}\n", encoding="utf-8", newline="\n")
    return path
