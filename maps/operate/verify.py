"""Hold results against a second run from the same settings and inputs: what differs, and why."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Asked:
    """What results were asked for with.

    Parameters
    ----------
    command
        Name of the command.
    options
        Options that it was given.
    files
        Files that it was given beside the settings, where they are today.
    """

    command: str
    options: Mapping[str, Any]
    files: tuple[Path, ...]


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
        _ = record["settings"]["study"]["language"], record["software"]["code_sha256"]
        layers = {part["layer"]: part["path"] for part in record["inputs"]}
        made_by = record["made_by"]
        _ = dict(made_by["options"]), made_by["command"], [layers[name] for name in made_by["files"]]
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
    told = str(record.get("settings_file", {}).get("path", ""))
    found = next(_places(folder, told), None)
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


def find_asked(folder: Path, record: Mapping[str, Any], moved: Sequence[Path] = ()) -> Asked:
    """Find what results were asked for with; files as the settings are found (`find_settings`).

    Parameters
    ----------
    folder
        The results.
    record
        Result of `read_record`.
    moved
        Files that are not where they were, known by their name or else by their contents.

    Raises
    ------
    MissingInputError
        Files are not where they were, or are not those of the run: all of them at once.
    """
    inputs = {part["layer"]: part for part in record["inputs"]}
    wanted = [inputs[layer] for layer in record["made_by"]["files"]]
    given = {path: _which(path, wanted) for path in moved}
    faults = [
        Fault(
            str(path),
            "--file",
            msg("a file that the results were not made from"),
            msg("one of: {words}", words=", ".join(Path(part["path"]).name for part in wanted) or "–"),
            msg("name the file that was moved"),
        )
        for path, layer in given.items()
        if layer is None
    ]
    named = {layer: path for path, layer in given.items()}
    files = []
    for part in wanted:
        places = list(_places(folder, part["path"]))
        same = (path for path in places if file_digest(path) == part["sha256"])
        found = named.get(part["layer"]) or next(same, None) or next(iter(places), None)
        if found is not None:
            files.append(found)
            continue
        faults.append(
            Fault(
                str(folder),
                part["layer"],
                msg("{file}, which is not found any more", file=part["path"]),
                msg("the file that the results were made from"),
                msg("name it with --file"),
            )
        )
    if faults:
        raise MissingInputError(faults)
    return Asked(record["made_by"]["command"], record["made_by"]["options"], tuple(files))


def _which(path: Path, wanted: Sequence[Mapping[str, Any]]) -> str | None:
    """Tell as which input of a run a file was read."""
    if not path.is_file():
        return None
    digest = file_digest(path)
    same = [part["layer"] for part in wanted if part["sha256"] == digest]
    same += [part["layer"] for part in wanted if Path(part["path"]).name == path.name]
    return next(iter(same), None)


def _places(folder: Path, told: str) -> Iterator[Path]:
    """Look for a file of a run: where the record says, else where the logs of the run do."""
    places: list[Path] = [PROJECT / told] if "/" in told else []
    here = folder.resolve()
    for log in reversed(logs_of(here.parent, here.name)):
        try:
            with log.open(encoding="utf-8") as lines:
                began = json.loads(lines.readline())
            places += [Path(path) for path in (began["config"], *began.get("files", ()))]
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return (path for path in places if path.name == Path(told).name and path.is_file())


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
