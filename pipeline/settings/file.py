"""Read a settings file: every fault in it is told at once, with key, value and mend."""

import os.path
import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from pipeline.address_keys import keys_in, without_keys
from pipeline.errors import Fault, MissingInputError, SettingsError
from pipeline.messages import Message, msg
from pipeline.settings import BUNDLED, Settings
from pipeline.settings.fetch import FetchSettings
from pipeline.settings.sections import Section

AnySection = TypeVar("AnySection", bound=Section)

MOST_BYTES: Final = 4_000_000
"""Settings files are written by hand: a larger one is something else."""

MOST_REASON: Final = 200

REFERENCE: Final = "docs/settings.md"
"""Where every setting of a study is described."""


def load_settings(path: Path) -> Settings:
    """Read and check a study's settings.

    Parameters
    ----------
    path
        TOML file; paths in it are relative to its folder.

    Raises
    ------
    MissingInputError
        The file, or the one that `study.data` names, is not there or cannot be read.
    SettingsError
        The file is not TOML, or holds unknown keys, wrong types, values out of range or paths to missing
        files: every fault with key, value and mend.
    """
    folder = path.resolve().parent
    return parse_settings(_with_data(read_toml(path), str(path), folder), source=str(path), folder=folder)


def _with_data(raw: dict[str, Any], source: str, folder: Path) -> dict[str, Any]:
    """Fill in from the settings that fetching wrote; a section with its own file or kind stands alone."""
    study = raw.get("study")
    named = study.get("data") if isinstance(study, dict) else None
    if not isinstance(named, str) or not named.strip():
        return raw
    path = Path(os.path.normpath(folder / Path(named).expanduser()))
    if not path.is_file():
        raise MissingInputError(
            Fault(
                source,
                "study.data",
                msg("no file {path}", path=str(path)),
                msg("the settings that klyngekort fetch writes"),
                msg("run make data (klyngekort fetch) first; docs/data.md tells how, offline too"),
            )
        )
    filled = dict(raw)
    for section, values in _from_folder(read_toml(path), path.parent).items():
        own = raw.get(section)
        if own is None:
            filled[section] = values
        elif isinstance(own, dict) and isinstance(values, dict) and not {"file", "kind"} & set(own):
            filled[section] = {**values, **own}
    return filled


def _from_folder(raw: dict[str, Any], folder: Path, model: type[Section] = Settings) -> dict[str, Any]:
    """Let paths start from the folder of the file that they stand in."""
    result = dict(raw)
    for key, value in raw.items():
        field = model.model_fields.get(key)
        nested = section_of(field.annotation) if field else None
        if nested is not None and isinstance(value, dict):
            result[key] = _from_folder(value, folder, nested)
        elif field and isinstance(value, str) and value != BUNDLED and _takes_path(field.annotation):
            result[key] = os.path.normpath(folder / value)
    return result


def _takes_path(annotation: object) -> bool:
    return annotation is Path or any(_takes_path(part) for part in get_args(annotation))


class _FetchOnly(Section):
    """The part of a study's settings that fetching needs: the files of the others are not there yet."""

    fetch: FetchSettings


def load_fetch_settings(path: Path) -> FetchSettings:
    """Read only the section on fetching of a study's settings.

    Raises
    ------
    MissingInputError
        The file is not there or cannot be read.
    SettingsError
        The file is not TOML, or the section holds faults: all of them.
    """
    raw = {"fetch": read_toml(path).get("fetch", {})}
    return check_section(_FetchOnly, raw, source=str(path), folder=path.resolve().parent).fetch


def read_toml(path: Path, *, example: str = "config/own-data.toml") -> dict[str, Any]:
    """Read a TOML file; `example` is the file that a message points to.

    Raises
    ------
    MissingInputError
        The file is not there or cannot be read.
    SettingsError
        The file is not UTF-8 or not TOML.
    """
    try:
        if path.exists() and not path.is_dir() and (not path.is_file() or path.stat().st_size > MOST_BYTES):
            found = msg("a device, a pipe or more than {size:n} MB", size=MOST_BYTES / 1_000_000)
            mend = msg("give an existing file, for example {example}", example=example)
            raise SettingsError(Fault(str(path), "", found, msg("a settings file (TOML)"), mend))
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, IsADirectoryError) as error:
        raise MissingInputError(
            Fault(
                str(path),
                "",
                msg("no such file"),
                msg("a settings file (TOML)"),
                msg("give an existing file, for example {example}", example=example),
            )
        ) from error
    except OSError as error:
        raise MissingInputError(
            Fault(
                str(path),
                "",
                str(error.strerror),
                msg("a readable file"),
                msg("check the file's permissions"),
            )
        ) from error
    except UnicodeDecodeError as error:
        raise SettingsError(
            Fault(
                str(path),
                msg("byte {position}", position=error.start),
                msg("text that is not UTF-8"),
                msg("a UTF-8 text file"),
                msg("save the file as UTF-8 in your editor"),
            )
        ) from error
    except (ValueError, RecursionError) as error:  # a number of thousands of digits; brackets without end
        if isinstance(error, SettingsError):
            raise
        raise SettingsError(
            Fault(
                str(path),
                "",
                msg("not valid TOML: {reason}", reason=str(error)[:MOST_REASON]),
                msg("key = value lines under [section] headings"),
                msg("compare with {example}; text stands in quotes, dates as YYYY-MM-DD", example=example),
            )
        ) from error


def parse_settings(raw: Mapping[str, Any], *, source: str, folder: Path) -> Settings:
    """Check settings that are already read; `folder` is what relative paths start from.

    Raises
    ------
    SettingsError
        Every fault at once.
    """
    return check_section(Settings, raw, source=source, folder=folder)


def check_section(
    model: type[AnySection],
    raw: Mapping[str, Any],
    *,
    source: str,
    folder: Path,
    reference: str = REFERENCE,
) -> AnySection:
    """Check values that are already read against a typed section.

    Parameters
    ----------
    model
        The section, for example `Settings`.
    raw
        What the file holds.
    source
        The file as the user named it.
    folder
        What relative paths start from.
    reference
        The file that describes the keys; messages point to it.

    Raises
    ------
    SettingsError
        Every fault at once.
    """
    try:
        return model.model_validate(raw, context={"folder": folder})
    except ValidationError as error:
        raise SettingsError(
            [_fault(model, source, detail, reference) for detail in error.errors()]
        ) from error


def _expected(kind: str, context: Mapping[str, Any], key: str, reference: str) -> Message | str:
    """Say in our own words what the commonest kinds of fault expected."""
    told = {
        "extra_forbidden": msg("one of the keys of {reference}", reference=reference),
        "missing": msg("a value"),
        "missing_file": msg("a file that exists; looked for {path}", path=context.get("path", "")),
        "folder": msg("a file; {path} is a folder", path=context.get("path", "")),
        "path": msg('a path in quotes, or "bundled"'),
        "key_in_address": msg("addresses without a key; keys come from the environment"),
        "key_in_page": msg("an address without a key"),
        "literal_error": msg("one of {words}", words=context.get("expected", "")),
        "string_pattern_mismatch": msg("text of the form {pattern}", pattern=context.get("pattern", "")),
        "greater_than_equal": msg("a number of at least {limit}", limit=_short(context.get("ge"))),
        "greater_than": msg("a number above {limit}", limit=_short(context.get("gt"))),
        "less_than_equal": msg("a number of at most {limit}", limit=_short(context.get("le"))),
        "less_than": msg("a number below {limit}", limit=_short(context.get("lt"))),
        "string_too_short": msg("text that is not empty"),
        "model_type": msg("a [{key}] section with keys", key=key),
    }
    if kind in told:
        return told[kind]
    for start, message in {
        "int_": msg("a whole number"),
        "float_": msg("a number"),
        "bool_": msg("true or false"),
        "date_": msg("a date YYYY-MM-DD without quotes"),
        "string_": msg("text in quotes"),
        "tuple_": msg("a list in square brackets"),
        "list_": msg("a list in square brackets"),
    }.items():
        if kind.startswith(start):
            return message
    return ""


def _short(limit: object) -> str:
    """Write a limit without decimals that say nothing: 0, not 0.0."""
    return f"{limit:g}" if isinstance(limit, int | float) else str(limit or "")


def _fault(model: type[Section], source: str, detail: ErrorDetails, reference: str) -> Fault:
    key = ".".join(str(part) for part in detail["loc"])
    kind = detail["type"]
    found = msg("the value {value}", value=_shown(detail["input"]))
    expected = _expected(kind, detail.get("ctx", {}), key, reference) or detail["msg"]
    named = ".".join(str(part) for part in detail["loc"] if not isinstance(part, int))
    mend = msg("see {key} in {reference}", key=named, reference=reference)
    if kind == "extra_forbidden":
        found = msg("an unknown key")
        near = _nearest_key(model, detail["loc"])
        mend = msg("did you mean {near}?", near=near) if near else msg("remove the line")
    elif kind == "missing":
        found, mend = msg("nothing"), msg("add the key {key}", key=key)
    elif kind == "greater_than" and detail["loc"][0] == "coverage":
        mend = msg("give a limit above 0; to leave a rule out, write enabled = false in its section")
    elif kind == "missing_file":
        mend = msg("correct the path; it is relative to the settings file's folder")
    elif kind == "key_in_page":
        names = ", ".join(keys_in(detail["input"]))
        found = msg("a key in the address ({names})", names=names)
        mend = msg("write {{key}} in its place; the page asks its reader for it and does not keep it")
    elif kind == "folder":
        mend = msg("name the file in it")
    return Fault(source, key, found, expected, mend)


def _shown(value: object, most: int = 80) -> str:
    try:
        text = without_keys(repr(str(value) if isinstance(value, Path) else value))
    except (RecursionError, ValueError):  # nested without end; a number of thousands of digits
        return "…"
    return text if len(text) <= most else text[: most - 1] + "…"


def _nearest_key(model: type[BaseModel], loc: tuple[int | str, ...]) -> str | None:
    for part in loc[:-1]:
        if isinstance(part, int):
            continue
        field = model.model_fields.get(str(part))
        nested = section_of(field.annotation) if field else None
        if nested is None:
            return None
        model = nested
    close = get_close_matches(str(loc[-1]), list(model.model_fields), n=1)
    return close[0] if close else None


def section_of(annotation: object) -> type[Section] | None:
    """Give the section that a field's type holds, or None for a plain value."""
    inner = get_args(annotation)
    candidates = (annotation, *inner, *(part for arg in inner for part in get_args(arg)))
    return next((c for c in candidates if isinstance(c, type) and issubclass(c, Section)), None)
