"""The reference of every setting, generated from the typed sections.

Run ``python -m pipeline.settings.reference`` to renew ``docs/settings.md``.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal, get_args, get_origin

from pydantic import StringConstraints
from pydantic.fields import FieldInfo

from pipeline.settings import PROJECT, Settings
from pipeline.settings.file import REFERENCE, section_of
from pipeline.settings.sections import Section


def setting_rows(model: type[Section] = Settings, prefix: str = "") -> Iterator[tuple[str, str, str, str]]:
    """Yield (key, type, default, description) of every setting, for the generated reference."""
    for name, field in model.model_fields.items():
        nested = section_of(field.annotation)
        description = " ".join((field.description or "").split())
        if nested is not None:
            yield f"{prefix}{name}", "", "", description
            yield from setting_rows(nested, f"{prefix}{name}.")
        else:
            value = field.get_default(call_default_factory=True)
            default = "required" if field.is_required() else _toml(value)
            yield f"{prefix}{name}", _type_name(field.annotation) + _bounds(field), default, description


def _bounds(field: FieldInfo) -> str:
    signs = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}
    found = [
        (signs[key], getattr(rule, key)) for rule in field.metadata for key in signs if hasattr(rule, key)
    ]
    return "".join(f", {sign} {limit}" for sign, limit in found)


def _toml(value: object) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple | list):
        return "[" + ", ".join(_toml(part) for part in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f'"{key}" = {_toml(part)}' for key, part in value.items()) + "}"
    return f'"{value}"' if isinstance(value, str) else str(value)


def _type_name(annotation: object) -> str:
    args = [arg for arg in get_args(annotation) if arg is not type(None)]
    if get_origin(annotation) is Annotated:
        return _type_name(args[0])
    if get_origin(annotation) is Literal:
        return " | ".join(_toml(arg) for arg in args)
    if get_origin(annotation) is tuple:
        return "list of " + " and ".join(_type_name(arg) for arg in args if arg is not Ellipsis)
    if get_origin(annotation) is dict:
        return f"table of {_type_name(args[1])}"
    if args and not isinstance(annotation, type):
        return " | ".join(_type_name(arg) for arg in args if not isinstance(arg, StringConstraints))
    names = {"str": "text", "int": "whole number", "float": "number", "bool": "true | false", "Path": "path"}
    name = getattr(annotation, "__name__", str(annotation))
    return names.get(name, name)


def reference_text() -> str:
    """Write the reference as Markdown."""
    lines = [
        "# Settings",
        "",
        "Every key of a study's settings file (TOML). Generated from the code by",
        "`python -m pipeline.settings.reference`; a test fails when the two differ.",
        "Paths are relative to the settings file's folder.",
    ]
    for key, kind, default, description in setting_rows():
        if not kind:
            lines += [
                "",
                f"## `[{key}]`",
                "",
                description,
                "",
                "| key | type | default | meaning |",
                "|---|---|---|---|",
            ]
        else:
            cells = (f"`{key}`", kind, f"`{default}`", description)
            lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write the reference to docs/settings.md, or to the file named."""
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else PROJECT / REFERENCE
    target.parent.mkdir(exist_ok=True)
    target.write_text(reference_text(), encoding="utf-8")


if __name__ == "__main__":
    main()
