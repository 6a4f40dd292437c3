"""Car profile, part one: signs and durations read, and driving times made of limits, classes and delays."""

import re
from dataclasses import dataclass
from math import isnan
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from pipeline.roads.model import RoadClass
from pipeline.settings.roads import RoadSettings

Zone = Literal["", "urban", "rural", "motorway", "trunk", "living_street"]

KMH_TO_MS: Final = 1 / 3.6
MPH_KMH: Final = 1.609344
KNOT_KMH: Final = 1.852
DAY_MIN: Final = 1440.0

_NUMBER: Final = re.compile(r"(\d{1,4}(?:[.,]\d+)?) ?(km/h|kmh|kph|km/t|kmt|mph|knots)?", re.ASCII)
_ZONE_NUMBER: Final = re.compile(r"dk:(?:zone:?)?(\d{1,4})", re.ASCII)
_UNITS: Final = {"mph": MPH_KMH, "knots": KNOT_KMH}
_ZONES: Final[dict[str, Zone]] = {
    "urban": "urban",
    "rural": "rural",
    "motorway": "motorway",
    "trunk": "trunk",
    "living_street": "living_street",
}
_NO_FIGURE: Final = frozenset(
    {"", "none", "no", "signals", "variable", "sign", "signed", "markings", "implicit"}
)
"""Words that stand where a limit is not a number: nothing to use, nothing wrong either."""

_CLOCK: Final = re.compile(r"(\d{1,3}):(\d{2})(?::(\d{2}))?", re.ASCII)
_ISO: Final = re.compile(
    r"P(?:(\d+(?:\.\d+)?)D)?(?:T(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?", re.ASCII
)
_WORDS: Final = re.compile(
    r"(?:(\d+(?:[.,]\d+)?) ?(?:h|hours?|timer?|t))? ?"
    r"(?:(\d+(?:[.,]\d+)?) ?(?:m|min\.?|mins|minutes?|minutter)?)?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Limit:
    """What a sign says.

    Parameters
    ----------
    kmh
        Limit in km/h; NaN where the sign gives none that can be used.
    zone
        Kind of area the sign stands for, where it says so.
    ignored
        Whether something stood there that cannot be a limit.
    """

    kmh: float = float("nan")
    zone: Zone = ""
    ignored: bool = False


def parse_maxspeed(text: str, settings: RoadSettings) -> Limit:
    """Read a speed limit in any of the forms OpenStreetMap uses in Denmark.

    Parameters
    ----------
    text
        ``50``, ``50 km/h``, ``30 mph``, ``DK:urban``, ``DK:rural``, ``DK:motorway``, ``DK:trunk``, ``DK:40``,
        ``DK:zone30``, ``walk``, ``none``, ``signals`` or several of them between semicolons. Of several the
        lowest holds: better a little slow than a place within reach that is not.
    settings
        What the zones and ``walk`` stand for, and which limits are taken for mistakes.

    Returns
    -------
    Limit
        Never raises: what cannot be a limit comes back as `Limit.ignored`. Zones of other countries are
        ignored, since their limits differ.
    """
    found = [_one_limit(part.strip().lower(), settings) for part in text.split(";")]
    usable = [limit for limit in found if not isnan(limit.kmh)]
    ignored = any(limit.ignored for limit in found)
    if usable:
        lowest = min(usable, key=lambda limit: limit.kmh)
        return Limit(lowest.kmh, lowest.zone, ignored)
    return Limit(ignored=ignored)


def _one_limit(text: str, settings: RoadSettings) -> Limit:
    if text in _NO_FIGURE:
        return Limit()
    word = text.removeprefix("dk:")
    if word == "walk":
        return Limit(settings.walk_kmh)
    if word in _ZONES:
        zone = _ZONES[word]
        return Limit(zone_kmh(zone, settings), zone)
    number = _NUMBER.fullmatch(text)
    zoned = _ZONE_NUMBER.fullmatch(text)
    if number:
        kmh = float(number[1].replace(",", ".")) * _UNITS.get(number[2] or "", 1.0)
    elif zoned:
        kmh = float(zoned[1])
    else:
        return Limit(ignored=True)
    return Limit(kmh) if settings.lowest_sign_kmh <= kmh <= settings.highest_sign_kmh else Limit(ignored=True)


def zone_kmh(zone: Zone, settings: RoadSettings) -> float:
    """General limit of a kind of area, km/h; NaN where there is no zone."""
    return {
        "": float("nan"),
        "urban": settings.urban_zone_kmh,
        "rural": settings.rural_zone_kmh,
        "motorway": settings.motorway_zone_kmh,
        "trunk": settings.trunk_zone_kmh,
        "living_street": settings.living_street_kmh,
    }[zone]


def parse_duration(text: str) -> float:
    """Read how long a ferry sails.

    Parameters
    ----------
    text
        ``45`` (minutes), ``00:45``, ``1:15``, ``1:15:30``, ``PT45M``, ``P1DT2H``, ``1 h 15 min``.

    Returns
    -------
    float
        Minutes, above 0 and at most a day; NaN where the text says no such thing. Never raises.
    """
    text = text.strip()
    minutes = float("nan")
    if clock := _CLOCK.fullmatch(text):
        hours, mins, secs = (float(part or 0) for part in clock.groups())
        if mins < 60 and secs < 60:
            minutes = hours * 60 + mins + secs / 60
    elif iso := _ISO.fullmatch(text.upper()):
        days, hours, mins, secs = (float(part or 0) for part in iso.groups())
        minutes = days * DAY_MIN + hours * 60 + mins + secs / 60
    elif words := _WORDS.fullmatch(text.lower()):
        hours, mins = (float((part or "0").replace(",", ".")) for part in words.groups())
        minutes = hours * 60 + mins
    return minutes if 0 < minutes <= DAY_MIN else float("nan")


def class_table(settings: RoadSettings) -> NDArray[np.float64]:
    """Make the settings' speeds an array.

    Returns
    -------
    NDArray[np.float64]
        A row per `RoadClass`; columns limit in towns and outside (km/h), factor in towns and outside, top
        speed (km/h). The row of ferries is NaN.
    """
    table = np.full((max(RoadClass) + 1, 5), np.nan)
    for road_class in RoadClass:
        if road_class is RoadClass.FERRY:
            continue
        speed = settings.speeds[road_class.name.lower()]  # type: ignore[index]
        table[road_class] = (
            speed.urban_kmh,
            speed.rural_kmh,
            speed.urban_factor,
            speed.rural_factor,
            speed.top_kmh,
        )
    return table


def driving_kmh(
    road_class: NDArray[np.uint8],
    limit_kmh: NDArray[np.floating],
    urban: NDArray[np.bool_],
    cap_kmh: NDArray[np.floating],
    settings: RoadSettings,
) -> NDArray[np.float64]:
    """Typical speed between the points that delay.

    Parameters
    ----------
    road_class
        `RoadClass` of each road.
    limit_kmh
        Signed limit, km/h; NaN where none is known, and the class's limit holds.
    urban
        Whether the road lies in a town.
    cap_kmh
        A speed not gone beyond whatever the limit (surface, roundabout), km/h; infinite where there is none.
    settings
        Limits and factors by class.

    Returns
    -------
    NDArray[np.float64]
        km/h, one per road: limit times factor, at most the class's top speed and the cap.
    """
    table = class_table(settings)[road_class]
    limit = np.where(np.isnan(limit_kmh), np.where(urban, table[:, 0], table[:, 1]), limit_kmh)
    factor = np.where(urban, table[:, 2], table[:, 3])
    kmh: NDArray[np.float64] = np.minimum(np.minimum(limit * factor, table[:, 4]), cap_kmh)
    return kmh


_RANKS: Final[dict[RoadClass, int]] = {
    RoadClass.MOTORWAY: 0,
    RoadClass.TRUNK: 1,
    RoadClass.PRIMARY: 2,
    RoadClass.SECONDARY: 3,
    RoadClass.TERTIARY: 4,
    RoadClass.RESIDENTIAL: 6,
    RoadClass.LIVING_STREET: 6,
    RoadClass.OTHER: 6,
    RoadClass.SERVICE: 7,
    RoadClass.TRACK: 8,
    RoadClass.FERRY: 9,
}
RANK: Final = np.array([_RANKS.get(road_class, 5) for road_class in RoadClass], dtype=np.int64)
"""Standing of a `RoadClass` at a junction, best first; ramps stand with minor roads, for they give way."""

_LINK: Final = np.array([road_class.name.endswith("_LINK") for road_class in RoadClass])


def junction_seconds(
    start: NDArray[np.int32],
    end: NDArray[np.int32],
    road_class: NDArray[np.uint8],
    roundabout: NDArray[np.bool_],
    settings: RoadSettings,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Time lost on arriving at the junctions at a road's two ends, were there no signals.

    A junction is a node where three or more roads end. Whoever comes on a lesser road than the best there
    yields; where three or more of the best class meet, all lose a little; who stays on the main road loses
    nothing. Entering a roundabout has a delay of its own. Ramps merge into motorways and expressways without
    loss, and junctions of service roads and tracks alone cost nothing (their speeds tell already).

    Parameters
    ----------
    start, end, road_class, roundabout
        Nodes at a road's ends, its class, and whether it is a part of a roundabout.
    settings
        Holds the delays.

    Returns
    -------
    tuple[NDArray[np.float64], NDArray[np.float64]]
        Seconds lost on arriving at the end (driving forward) and at the start (driving backward).
    """
    delays = settings.delays
    rank = RANK[road_class]
    nodes = int(max(start.max(initial=-1), end.max(initial=-1))) + 1
    both = np.concatenate([start, end])
    degree = np.bincount(both, minlength=nodes)
    best = np.full(nodes, RANK.max(), dtype=np.int64)
    np.minimum.at(best, both, np.tile(rank, 2))
    of_best = np.bincount(both[np.tile(rank, 2) == best[both]], minlength=nodes)
    circle = np.zeros(nodes, dtype=bool)
    circle[both[np.tile(roundabout, 2)]] = True

    def arriving(at: NDArray[np.int32]) -> NDArray[np.float64]:
        merging = (best[at] == 0) | (_LINK[road_class] & (best[at] == 1))
        costs = (degree[at] >= 3) & (best[at] < RANK[RoadClass.SERVICE]) & ~merging
        lost = np.where(rank > best[at], delays.yield_s, np.where(of_best[at] >= 3, delays.equal_s, 0.0))
        entering = circle[at] & ~roundabout
        return np.where(entering, delays.roundabout_s, np.where(costs & ~roundabout, lost, 0.0))

    return arriving(end), arriving(start)
