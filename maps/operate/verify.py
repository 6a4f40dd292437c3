"""Hold results against a second run from the same settings and inputs: what differs, and why."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from maps.files.crate import FILE as CRATE
from maps.files.crate import recorded_digests
from maps.files.provenance import FILE as PROVENANCE
from maps.files.provenance import flat
from maps.operate.run_log import logs_of
from pipeline.digests import file_digest
from pipeline.errors import Fault, MissingInputError
from pipeline.messages import Message, msg
from pipeline.settings import PROJECT

UNRECORDED: Final = frozenset({CRATE})
"""Made from the other files, so it says nothing that they do not."""


def read_record(folder: Path) -> dict[str, Any]:
    """Read what results were made from.

    Raises
    ------
    MissingInputError
        The folder holds no results, or their record is damaged.
    """
    try:
        record: dict[str, Any] = json.loads((folder / PROVENANCE).read_text(encoding="utf-8"))
        recorded_digests(folder)
        _ = record["settings"]["study"]["language"], record["software"]["code_sha256"], record["inputs"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise MissingInputError(
            Fault(
                str(folder),
                "",
                msg("no whole record of results ({reason})", reason=str(error)[:120]),
                msg("a folder of results with {first} and {second}", first=PROVENANCE, second=CRATE),
                msg("name a folder such as out/denmark, or make the results anew with klyngekort maps"),
            )
        ) from error
    return record


def find_settings(folder: Path, record: Mapping[str, Any]) -> Path:
    """Find the settings file that results were made from: by the record, else by the log of their run.

    Raises
    ------
    MissingInputError
        It is not where it was, or nobody knows where it was.
    """
    told = record.get("settings_file", {}).get("path", "")
    study = record["settings"]["study"]["name"]
    places: list[Path] = [PROJECT / told] if "/" in told else []
    for log in reversed(logs_of(folder.resolve().parent, study)):
        try:
            with log.open(encoding="utf-8") as lines:
                places.append(Path(json.loads(lines.readline())["config"]))
        except (OSError, ValueError, KeyError, TypeError):
            continue
    name = Path(str(told)).name
    found: Path | None = next((path for path in places if path.name == name and path.is_file()), None)
    if found is None:
        raise MissingInputError(
            Fault(
                str(folder),
                "settings_file",
                msg("{file}, which is not found any more", file=told or "–"),
                msg("the settings file that the results were made from"),
                msg("name it with --config"),
            )
        )
    return found


def altered_files(folder: Path) -> Iterator[Message]:
    """Tell every file that is gone, or holds other bytes than the run wrote."""
    for name, digest in sorted(recorded_digests(folder).items()):
        path = folder / name
        if not path.is_file():
            yield msg("{file}: gone since the run", file=name)
        elif file_digest(path) != digest:
            yield msg("{file}: changed since the run", file=name)


def record_differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Message]:
    """Tell in what two runs differ: code, packages, inputs, settings."""
    old, new = before["software"], now["software"]
    if old["code_sha256"] != new["code_sha256"]:
        yield msg(
            "the code is another: {old} then, {new} now",
            old=f"{old['version']} {old['code_sha256'][:12]}",
            new=f"{new['version']} {new['code_sha256'][:12]}",
        )
    packages = {"python": (old["python"], new["python"])}
    for name in sorted({*old["packages"], *new["packages"]}):
        packages[name] = (old["packages"].get(name, "–"), new["packages"].get(name, "–"))
    for name, (then, today) in packages.items():
        if then != today and name != "klyngekort":
            yield msg("package {name}: {old} then, {new} now", name=name, old=then, new=today)
    inputs = [{part["layer"]: part["sha256"] for part in record["inputs"]} for record in (before, now)]
    for layer in sorted({*inputs[0], *inputs[1]}):
        digests = [found.get(layer, "–")[:12] for found in inputs]
        if digests[0] != digests[1]:
            yield msg(
                "input {name} is another: {old} then, {new} now", name=layer, old=digests[0], new=digests[1]
            )
    settings = [dict(flat(record["settings"])) for record in (before, now)]
    for key in sorted({*settings[0], *settings[1]}):
        values = [json.dumps(found.get(key), ensure_ascii=False)[:60] for found in settings]
        if values[0] != values[1]:
            yield msg("setting {key}: {old} then, {new} now", key=key, old=values[0], new=values[1])


def file_differences(before: Path, now: Path) -> Iterator[Message]:
    """Tell every file whose bytes differ between the recorded run and another folder of results."""
    old, new = recorded_digests(before), recorded_digests(now)
    for name in sorted({*old, *new} - UNRECORDED):
        if name not in new:
            yield msg("{file}: not made any more", file=name)
        elif name not in old:
            yield msg("{file}: not made then", file=name)
        elif old[name] != new[name]:
            yield msg("{file}: other bytes", file=name)
