"""Fetch the layers of a study: each is got, looked into, held against the lock and put in its place."""

import datetime as dt
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

import pooch

from pipeline.errors import Fault, FetchError
from pipeline.fetch.content import Kind, check_content, is_archive
from pipeline.fetch.lock import Locked, read_lock, write_lock
from pipeline.fetch.states import address_of, plan_of, state_of
from pipeline.fetch.store import data_folder, put_in_place
from pipeline.fetch.transfer import Transfer
from pipeline.fetch.unpack import GB, take_from_archive
from pipeline.fetch.world import World, check_room
from pipeline.messages import Message, msg
from pipeline.settings.fetch import FetchSettings
from pipeline.sources import Source

SUFFIXES: Final = (".osm.pbf", ".osm.gz", ".osm.bz2", ".shp.zip")
"""Endings of two parts that a file keeps in the data folder."""

KEPT_BACK_DAYS: Final = 1
"""A changed file that was shown but not taken waits this long for `--update`, days."""


@dataclass(frozen=True, slots=True)
class Events:
    """Who is told what goes on; every part may be left out.

    Parameters
    ----------
    tell
        One line about a layer.
    progress
        Bytes of a layer so far, and how many there will be, where known.
    """

    tell: Callable[[Source, Message], None] = lambda _source, _message: None
    progress: Callable[[Source, int, int | None], None] = lambda _source, _done, _total: None


@dataclass(slots=True)
class _Run:
    """One run's hold on the data folder."""

    settings: FetchSettings
    today: dt.date
    update: bool
    world: World
    events: Events
    incoming: Path
    lock: dict[str, Locked] = field(default_factory=dict)


def fetch_layers(
    settings: FetchSettings,
    layers: Iterable[Source],
    *,
    today: dt.date,
    update: bool = False,
    from_folder: Path | None = None,
    world: World | None = None,
    events: Events | None = None,
) -> dict[str, Locked]:
    """Fetch layers that are missing, changed or asked for anew.

    Parameters
    ----------
    settings
        Folder, addresses, patience and limits.
    layers
        From `wanted_layers`.
    today
        Day to write into the lock.
    update
        Fetch what is there already too, and take files that differ from the lock.
    from_folder
        Folder of files fetched by hand, instead of the network.
    world, events
        The world around, and who is told.

    Returns
    -------
    dict
        The whole lock afterwards.

    Raises
    ------
    FetchError
        Some layers could not be fetched: the faults of all of them, after the others were. What was in the
        data folder before is untouched.
    OutputError
        The data folder cannot be written, or the disk is full.
    SettingsError
        The lock is damaged.
    """
    faults: list[Fault] = []
    with data_folder(settings.folder) as incoming:
        run = _Run(settings, today, update, world or World(), events or Events(), incoming)
        run.lock.update(read_lock(settings.folder).layer)
        for source in layers:
            try:
                _fetch(run, source, from_folder)
            except FetchError as error:
                faults += error.faults
    if faults:
        raise FetchError(faults)
    return dict(run.lock)


def _fetch(run: _Run, source: Source, from_folder: Path | None) -> None:
    tell = run.events.tell
    state = state_of(run.settings, source, run.lock.get(source.id), run.today, run.world)
    if from_folder is not None:
        found = _match(source, from_folder)
        if found is None:
            patterns = ", ".join(plan_of(source).files)
            tell(source, msg("no file in the folder is called {patterns}", patterns=patterns))
        else:
            _take(run, source, _copied(run, source, found), found.name, "folder")
        return
    if state in {"present", "stale"} and not run.update:
        tell(source, msg("is there") if state == "present" else msg("is there, but old; --update renews it"))
        return
    address = address_of(run.settings, source)
    if not address:
        tell(source, msg("has no public address; fetch it by hand and use --from-folder"))
        return
    key_from = plan_of(source).key_from
    key = run.world.environ.get(key_from, "") if key_from else ""
    if key_from and not key:
        tell(source, msg("needs a key in the variable {name}; passed over", name=key_from))
        return
    _take(run, source, _downloaded(run, source, address, key), address, "download")


def _match(source: Source, folder: Path) -> Path | None:
    """Find a layer's file in a folder by its patterns, the best first.

    Raises
    ------
    FetchError
        Several files fit one pattern, or there is no such folder.
    """
    if not folder.is_dir():
        mend = msg("give the folder that holds the files")
        raise FetchError(Fault(str(folder), "", msg("no such folder"), msg("a folder of files"), mend))
    for pattern in plan_of(source).files:
        found = sorted(path for path in folder.rglob(pattern) if path.is_file())
        if len(found) == 1:
            return found[0]
        if found:
            names = ", ".join(str(path.relative_to(folder)) for path in found[:6])
            raise FetchError(
                Fault(
                    source.id,
                    str(folder),
                    msg("several files that fit: {names}", names=names),
                    msg("one file like {pattern}", pattern=pattern),
                    msg("leave only the right one in the folder"),
                )
            )
    return None


def _copied(run: _Run, source: Source, path: Path) -> Path:
    size = path.stat().st_size
    if size > run.settings.largest_gb * GB:
        raise FetchError(
            Fault(
                source.id,
                str(path),
                msg("a file of {size:n} MB or more", size=size // 1_000_000),
                msg("at most {most:n} MB", most=int(run.settings.largest_gb * 1_000)),
                msg("see that it is the right file; raise fetch.largest_gb in the settings if it is"),
            )
        )
    check_room(run.settings.folder, size, run.settings, run.world)
    fresh = run.incoming / f"{source.id}{_suffix(path.name)}"
    shutil.copyfile(path, fresh)
    return fresh


def _downloaded(run: _Run, source: Source, address: str, key: str) -> Path:
    """Get a layer's file into the room for files on their way in; pooch keeps it apart until it is whole."""
    pooch.get_logger().setLevel("WARNING")
    plan = plan_of(source)
    name = f"{source.id}{'.zip' if plan.member else _suffix(address.partition('?')[0]) or f'.{plan.content}'}"
    waiting = run.incoming / name
    note = _origin_note(waiting)
    of_here = note.is_file() and note.read_text(encoding="utf-8") == address
    if waiting.is_file() and not (run.update and of_here and _young(waiting, run.today)):
        waiting.unlink()
    note.unlink(missing_ok=True)
    transfer = Transfer(
        source=source.id,
        part=run.incoming / f"{name}.part",
        settings=run.settings,
        world=run.world,
        key=(plan.key_parameter, key) if key else None,
        progress=lambda done, total: run.events.progress(source, done, total),
        tell=lambda message: run.events.tell(source, message),
    )
    return Path(pooch.retrieve(address, known_hash=None, fname=name, path=run.incoming, downloader=transfer))


def _take(run: _Run, source: Source, fresh: Path, origin: str, by: Literal["download", "folder"]) -> None:
    """Look into a whole file, hold it against the lock, and let it take its place."""
    plan = plan_of(source)
    # Some publishers pack one day and not the next: what the file is decides, not what it is called.
    packed = bool(plan.member) and is_archive(fresh)
    kind: Kind = "archive" if packed else plan.content
    try:
        check_content(fresh, kind, source=source.id, where=_shown(origin, by))
    except FetchError:
        fresh.unlink()
        raise
    digest = pooch.file_hash(str(fresh), alg="sha256")
    before = run.lock.get(source.id)
    if before is not None and before.sha256 != digest:
        if not run.update:
            if by == "folder":
                fresh.unlink()
            else:
                _origin_note(fresh).write_text(origin, encoding="utf-8")
            raise _changed(source, before, digest, origin, by)
        run.events.tell(source, msg("changed from {old} to {new}", old=before.sha256, new=digest))
    size = fresh.stat().st_size
    member, member_digest = "", None
    if packed:
        inner = run.incoming / f"{source.id}.unpacked"
        try:
            member = take_from_archive(
                fresh, plan.member, inner, run.settings, source=source.id,
                room=lambda size: check_room(run.settings.folder, size, run.settings, run.world),
            )  # fmt: skip
            check_content(inner, plan.content, source=source.id, where=member)
        except FetchError:
            fresh.unlink()
            inner.unlink(missing_ok=True)
            raise
        member_digest = pooch.file_hash(str(inner), alg="sha256")
        fresh.unlink()
        fresh = inner
    ending = (
        _suffix(plan.member) if plan.member and fresh.suffix in {".zip", ".unpacked"} else _suffix(fresh.name)
    )
    target = run.settings.folder / f"{source.id}{ending}"
    run.lock[source.id] = Locked(
        file=target.name,
        origin=origin,
        by=by,
        date=run.today,
        sha256=digest,
        size=size,
        member=member,
        member_sha256=member_digest,
        licence=source.licence,
        credit=source.credit,
    )
    # The lock goes first: killed in between, the next run finds a file that differs and fetches it again.
    write_lock(run.settings.folder, run.lock)
    put_in_place(fresh, target)
    if before is not None and before.file != target.name:
        (run.settings.folder / before.file).unlink(missing_ok=True)
    run.events.tell(source, msg("fetched: {size:n1} MB, SHA-256 {digest}", size=size / 1e6, digest=digest))


def _changed(
    source: Source, before: Locked, digest: str, origin: str, by: Literal["download", "folder"]
) -> FetchError:
    return FetchError(
        Fault(
            source.id,
            _shown(origin, by),
            msg("a file with SHA-256 {digest}", digest=digest),
            msg("SHA-256 {digest}, as locked on {day}", digest=before.sha256, day=before.date.isoformat()),
            msg("if the publisher has renewed it, run again with --update; if not, ask who changed it"),
        )
    )


def _shown(origin: str, by: str) -> str:
    return origin.partition("?")[0] if by == "download" else origin


def _origin_note(waiting: Path) -> Path:
    """Stand beside a changed file that waits for `--update`, and tell the address that it is from."""
    return waiting.with_name(f"{waiting.name}.from")


def _young(path: Path, today: dt.date) -> bool:
    when = dt.datetime.fromtimestamp(path.stat().st_mtime, tz=dt.UTC).date()
    return abs((today - when).days) <= KEPT_BACK_DAYS


def _suffix(name: str) -> str:
    lower = name.lower()
    return next((end for end in SUFFIXES if lower.endswith(end)), Path(lower).suffix)
