"""Which layers a study wants, and how they stand in the data folder."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

import pooch

from pipeline.errors import Fault, FetchError
from pipeline.fetch.lock import Locked, read_lock
from pipeline.fetch.world import World
from pipeline.messages import msg
from pipeline.settings.fetch import FetchSettings
from pipeline.sources import FetchPlan, Source

State = Literal["present", "stale", "changed", "missing", "needs_key", "by_hand"]

CLOSED: Final = {"dawa": msg("DAWA is closed for good; take dagi (with a key) or gisco-lau (without)")}
"""Services that people still ask for."""


@dataclass(frozen=True, slots=True)
class LayerState:
    """How a layer stands in the data folder."""

    source: Source
    state: State
    locked: Locked | None = None


def wanted_layers(
    settings: FetchSettings, sources: Mapping[str, Source], only: Iterable[str] = ()
) -> list[Source]:
    """Find the layers to fetch.

    Raises
    ------
    FetchError
        A name that no layer has: every one of them.
    """
    names = list(only) or list(settings.layers)
    known = {name for name, source in sources.items() if source.fetch is not None}
    faults = [
        Fault(
            name,
            msg("layer"),
            msg("no layer of this name"),
            msg("one of {words}", words=", ".join(sorted(known))),
            CLOSED.get(name, msg("correct the name; klyngekort fetch --list shows the layers")),
        )
        for name in [*names, *settings.addresses]
        if name not in known
    ]
    if faults:
        raise FetchError(faults)
    return [sources[name] for name in dict.fromkeys(names)]


def layer_states(
    settings: FetchSettings, layers: Iterable[Source], *, today: dt.date, world: World | None = None
) -> list[LayerState]:
    """Tell how layers stand, without asking any server.

    Returns
    -------
    list of LayerState
        ``present``, ``stale`` (older than the publisher's rhythm), ``changed`` (another file than the lock
        says), ``missing``, ``needs_key`` (missing, and no key in the environment) or ``by_hand`` (missing,
        and without an address).

    Raises
    ------
    SettingsError
        The lock is damaged.
    """
    lock = read_lock(settings.folder).layer
    pairs = [(source, lock.get(source.id)) for source in layers]
    around = world or World()
    return [
        LayerState(source, state_of(settings, source, locked, today, around), locked)
        for source, locked in pairs
    ]


def state_of(
    settings: FetchSettings, source: Source, locked: Locked | None, today: dt.date, world: World
) -> State:
    """Tell how one layer stands; see `layer_states`."""
    plan = plan_of(source)
    if locked is not None and (path := settings.folder / locked.file).is_file():
        if pooch.file_hash(str(path), alg="sha256") != locked.local_sha256:
            return "changed"
        return "stale" if (today - locked.date).days > plan.fresh_days else "present"
    if not address_of(settings, source):
        return "by_hand"
    return "needs_key" if plan.key_from and not world.environ.get(plan.key_from) else "missing"


def address_of(settings: FetchSettings, source: Source) -> str:
    """Give the address of a layer's file: the settings' own, else the list's; empty where none is known."""
    return settings.addresses.get(source.id, plan_of(source).address)


def plan_of(source: Source) -> FetchPlan:
    """Give the plan of a layer that `wanted_layers` found."""
    assert source.fetch is not None  # noqa: S101  # `wanted_layers` gives no others
    return source.fetch
