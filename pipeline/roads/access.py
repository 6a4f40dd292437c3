"""Access tags of OpenStreetMap: may a car drive here, drive only to a door, or not at all."""

from typing import Final, Literal

from pipeline.roads.extract import Tags

Access = Literal["open", "destination", "closed"]
_ACCESS: Final[dict[str, Access]] = {
    **dict.fromkeys(("yes", "permissive", "designated", "official", "public", "allowed"), "open"),
    **dict.fromkeys(
        ("private", "customers", "destination", "delivery", "permit", "residents", "employees"), "destination"
    ),
    **dict.fromkeys(
        ("no", "agricultural", "forestry", "emergency", "psv", "bus", "military", "foot", "bicycle", "hov"),
        "closed",
    ),
}
CAR_KEYS: Final = ("motorcar", "motor_vehicle", "vehicle")
OPENNESS: Final[tuple[Access, ...]] = ("open", "destination", "closed")


def access_of(value: str | None) -> Access | None:
    """Meaning of an access value, the most open of several between semicolons; None where it is unknown."""
    known = [_ACCESS[part] for raw in (value or "").split(";") if (part := raw.strip()) in _ACCESS]
    return min(known, key=OPENNESS.index) if known else None


def car_access(tags: Tags, direction: Literal["forward", "backward"] | None = None) -> Access:
    """Tell whether a car may drive: the most specific key that says something decides.

    Parameters
    ----------
    tags
        Tags of a way or a node.
    direction
        Along or against the way's line; None leaves the keys of single directions out.

    Returns
    -------
    Access
        ``closed`` where a key of vehicles forbids it; where only `access` does, the road may still be driven
        to a door on it (``destination``).
    """
    for key in (*CAR_KEYS, "access"):
        for name in (f"{key}:{direction}", key) if direction else (key,):
            said = access_of(tags.get(name))
            if said is not None:
                return "destination" if key == "access" and said == "closed" else said
    return "open"
