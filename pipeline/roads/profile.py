"""Car profile, part two: what OpenStreetMap's tags mean for a car, one rule per different tag set.

Rules follow the tagging conventions of OpenStreetMap's wiki (keys `highway`, `access`, `oneway`, `barrier`,
`maxspeed`, `route=ferry`). Conditional restrictions (by hour or weight) are not read.
"""

from dataclasses import dataclass
from math import inf, isnan, nan
from typing import Final, Literal

from pipeline.roads.access import CAR_KEYS, OPENNESS, access_of, car_access
from pipeline.roads.extract import Tags
from pipeline.roads.model import RoadClass, RoadFlag
from pipeline.roads.speeds import Limit, Zone, parse_maxspeed
from pipeline.settings.roads import RoadSettings

HIGHWAYS: Final[dict[str, RoadClass]] = {
    "motorway": RoadClass.MOTORWAY,
    "motorway_link": RoadClass.MOTORWAY_LINK,
    "trunk": RoadClass.TRUNK,
    "trunk_link": RoadClass.TRUNK_LINK,
    "primary": RoadClass.PRIMARY,
    "primary_link": RoadClass.PRIMARY_LINK,
    "secondary": RoadClass.SECONDARY,
    "secondary_link": RoadClass.SECONDARY_LINK,
    "tertiary": RoadClass.TERTIARY,
    "tertiary_link": RoadClass.TERTIARY_LINK,
    "unclassified": RoadClass.UNCLASSIFIED,
    "road": RoadClass.UNCLASSIFIED,
    "residential": RoadClass.RESIDENTIAL,
    "living_street": RoadClass.LIVING_STREET,
    "pedestrian": RoadClass.LIVING_STREET,
    "service": RoadClass.SERVICE,
    "track": RoadClass.TRACK,
}
"""Values of `highway` that a car may use; `construction`, `proposed`, `footway` … are not among them."""

_UNPAVED: Final = frozenset(
    [
        "unpaved",
        "gravel",
        "fine_gravel",
        "pebblestone",
        "compacted",
        "dirt",
        "earth",
        "ground",
        "grass",
        "mud",
        "sand",
        "rock",
    ]
)
_TUNNELS: Final = frozenset({"yes", "movable", "avalanche_protector"})
_DEAD_KEYS: Final = ("abandoned", "disused", "demolished", "razed")

WAY_KEYS: Final = frozenset(
    [
        "highway",
        "route",
        "ferry",
        "area",
        "service",
        "junction",
        "surface",
        "bridge",
        "tunnel",
        "name",
        "bridge:name",
        "tunnel:name",
        "duration",
        "foot",
        "bicycle",
        "hgv",
        "oneway",
        "oneway:motorcar",
        "oneway:motor_vehicle",
        "oneway:vehicle",
        "maxspeed",
        "maxspeed:forward",
        "maxspeed:backward",
        "zone:maxspeed",
        "maxspeed:type",
        "source:maxspeed",
        "zone:traffic",
        "man_made",
        "railway",
    ]
).union(_DEAD_KEYS, *((key, f"{key}:forward", f"{key}:backward") for key in (*CAR_KEYS, "access")))
"""Keys of ways that the rules look at."""


@dataclass(frozen=True, slots=True)
class WayRule:
    """What a way is to a car.

    Parameters
    ----------
    reason
        Empty for a road that cars may use; otherwise why they may not.
    road_class, flags
        Class and flags.
    forward, backward
        Whether it may be driven along and against its line.
    implied
        Whether it is one-way only because motorways are.
    tagged_oneway
        Whether a tag calls it one-way.
    limit_forward, limit_backward
        Limit in each direction, km/h; NaN where no tag gives one.
    zone
        1 in a town, 0 outside, -1 where no tag tells.
    cap_kmh
        Speed not gone beyond whatever the limit, km/h.
    roundabout
        Whether it is a part of a roundabout.
    ignored_limits
        How many of its speed tags cannot be limits.
    """

    reason: str = ""
    road_class: RoadClass = RoadClass.OTHER
    flags: RoadFlag = RoadFlag.NONE
    forward: bool = True
    backward: bool = True
    implied: bool = False
    tagged_oneway: bool = False
    limit_forward: float = nan
    limit_backward: float = nan
    zone: int = -1
    cap_kmh: float = inf
    roundabout: bool = False
    ignored_limits: int = 0


def way_rule(tags: Tags, settings: RoadSettings) -> WayRule:
    """Apply the rules of the car profile to the tags of a road.

    Parameters
    ----------
    tags
        Tags of a way with `highway`.
    settings
        What is kept, and what the signs stand for.
    """
    road_class = HIGHWAYS.get(tags.get("highway", ""))
    forward, backward = (car_access(tags, direction) for direction in ("forward", "backward"))
    reason = _excluded(tags, road_class, settings)
    if road_class is None or reason:
        return WayRule(reason=reason or "ways_not_for_cars")
    oneway, implied, tagged = _oneway(tags, road_class)
    if oneway == "changing":
        return WayRule(reason="ways_reversible")
    along = forward != "closed" and oneway != "backward"
    against = backward != "closed" and oneway != "forward"
    if not (along or against):
        return WayRule(reason="ways_no_access")
    limits = {direction: _limit(tags, direction, settings) for direction in ("forward", "backward")}
    zone = limits["forward"].zone
    ignored = sum(
        _bad(tags.get(key), settings) for key in ("maxspeed", "maxspeed:forward", "maxspeed:backward")
    )
    roundabout = tags.get("junction") in {"roundabout", "circular"}
    cap = settings.unpaved_kmh if tags.get("surface") in _UNPAVED else inf
    only_doors = OPENNESS.index("destination")
    by_access = min(OPENNESS.index(forward), OPENNESS.index(backward)) >= only_doors
    return WayRule(
        road_class=road_class,
        flags=_flags(tags, road_class, settings, destination=by_access),
        forward=along,
        backward=against,
        implied=implied and backward != "closed",
        tagged_oneway=tagged,
        limit_forward=limits["forward"].kmh,
        limit_backward=limits["backward"].kmh,
        zone={"": -1, "rural": 0, "motorway": -1, "trunk": -1}.get(zone, 1),
        cap_kmh=min(cap, settings.roundabout_kmh) if roundabout else cap,
        roundabout=roundabout,
        ignored_limits=ignored,
    )


def _excluded(tags: Tags, road_class: RoadClass | None, settings: RoadSettings) -> str:
    if tags.get("area") == "yes":
        return "ways_area"
    if any(tags.get(key) == "yes" for key in _DEAD_KEYS):
        return "ways_not_in_use"
    if road_class is RoadClass.TRACK and settings.tracks == "none":
        return "ways_track"
    said = next((known for key in CAR_KEYS if (known := access_of(tags.get(key)))), None)
    if tags.get("highway") == "pedestrian" and said not in {"open", "destination"}:
        return "ways_not_for_cars"
    return ""


_ONEWAY: Final[dict[str, Literal["", "forward", "backward", "changing"]]] = {
    **dict.fromkeys(("yes", "true", "1"), "forward"),
    **dict.fromkeys(("-1", "reverse"), "backward"),
    **dict.fromkeys(("no", "false", "0", "alternating"), ""),
    "reversible": "changing",
}


def _oneway(
    tags: Tags, road_class: RoadClass
) -> tuple[Literal["", "forward", "backward", "changing"], bool, bool]:
    """Direction of a one-way road, whether only its class implies it, and whether a tag says so."""
    keys = ("oneway:motorcar", "oneway:motor_vehicle", "oneway:vehicle", "oneway")
    said = next((_ONEWAY[tags[key]] for key in keys if tags.get(key) in _ONEWAY), None)
    if said is not None:
        return said, False, said != ""
    if tags.get("junction") in {"roundabout", "circular"}:
        return "forward", False, False
    motorway = road_class is RoadClass.MOTORWAY
    return "forward" if motorway else "", motorway, False


def _limit(tags: Tags, direction: str, settings: RoadSettings) -> Limit:
    """Limit and zone: the sign's figure first, then the zone it stands in."""
    read = [
        parse_maxspeed(tags[key], settings)
        for key in (
            f"maxspeed:{direction}",
            "maxspeed",
            "zone:maxspeed",
            "maxspeed:type",
            "source:maxspeed",
            "zone:traffic",
        )
        if key in tags
    ]
    kmh = next((limit.kmh for limit in read if not isnan(limit.kmh)), nan)
    zone: Zone = next((limit.zone for limit in read if limit.zone), "")
    return Limit(kmh, zone)


def _bad(text: str | None, settings: RoadSettings) -> int:
    return int(text is not None and parse_maxspeed(text, settings).ignored)


def _flags(tags: Tags, road_class: RoadClass, settings: RoadSettings, *, destination: bool) -> RoadFlag:
    flags = RoadFlag.NONE
    if tags.get("bridge", "no") != "no":
        flags |= RoadFlag.BRIDGE | RoadFlag.NO_SNAP
    if tags.get("tunnel") in _TUNNELS:
        flags |= RoadFlag.TUNNEL | RoadFlag.NO_SNAP
    if road_class in {RoadClass.MOTORWAY, RoadClass.MOTORWAY_LINK}:
        flags |= RoadFlag.NO_SNAP
    track = road_class is RoadClass.TRACK and settings.tracks == "destination"
    opened = any(access_of(tags.get(key)) == "open" for key in CAR_KEYS)
    if destination or (track and not opened) or tags.get("service") == "emergency_access":
        flags |= RoadFlag.DESTINATION_ONLY
    return flags


def takes_cars(tags: Tags) -> bool | None:
    """Tell whether a ferry takes cars; None where its tags say nothing either way."""
    for key in CAR_KEYS:
        said = access_of(tags.get(key))
        if said is not None:
            return said != "closed"
    if access_of(tags.get("access")) == "closed" or tags.get("access") == "private":
        return False
    if tags.get("ferry") in HIGHWAYS or access_of(tags.get("hgv")) == "open":
        return True
    if access_of(tags.get("foot")) == "open" or access_of(tags.get("bicycle")) == "open":
        return False
    return None
