"""Write small TOML files: the lock of fetched files, and settings made by the program."""

import datetime as dt
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

Value = str | bool | int | float | dt.date | Sequence[object] | Mapping[str, object]


def toml_value(value: object) -> str:
    """Write one value on one line.

    Raises
    ------
    TypeError
        TOML has no such value.

    Examples
    --------
    >>> toml_value({"da": "Ærø", "n": [1, True]})
    '{ "da" = "Ærø", "n" = [1, true] }'
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, str):
        # TOML's basic strings escape as JSON's do, and the one control character that JSON lets stand.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{toml_value(str(k))} = {toml_value(v)}" for k, v in value.items()) + " }"
    if isinstance(value, Sequence):
        return "[" + ", ".join(toml_value(part) for part in value) + "]"
    raise TypeError(type(value).__name__)


def toml_lines(section: str, values: Mapping[str, object]) -> list[str]:
    """Write a section with its keys; keys without a value (None) are left out."""
    lines = [f"[{section}]"] if section else []
    return [
        *lines,
        *(f"{key} = {toml_value(value)}" for key, value in values.items() if value is not None),
        "",
    ]


def write_whole(path: Path, text: str) -> None:
    """Write a text file so that it is there whole or as it was before, whatever happens meanwhile."""
    fresh = path.with_name(f".{path.name}.new")
    with fresh.open("w", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
