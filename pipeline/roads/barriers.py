"""Car profile, part three: nodes that delay a car or stop it."""

from dataclasses import dataclass
from typing import Final, Literal

from pipeline.roads.access import CAR_KEYS, access_of
from pipeline.roads.extract import Tags
from pipeline.settings.roads import RoadSettings

_PASSABLE_BARRIERS: Final = frozenset(
    [
        "cattle_grid",
        "toll_booth",
        "border_control",
        "entrance",
        "height_restrictor",
        "kerb",
        "no",
        "sally_port",
        "gate",
        "lift_gate",
        "swing_gate",
        "sliding_gate",
        "sliding_beam",
        "spikes",
        "wedge",
        "speed_bump",
    ]
)

NODE_KEYS: Final = frozenset(
    [
        "barrier",
        "highway",
        "railway",
        "traffic_calming",
        "amenity",
        "access",
        "motorcar",
        "motor_vehicle",
        "vehicle",
        "direction",
        "traffic_signals:direction",
        "bollard",
    ]
)
"""Keys of nodes that the rules look at."""


@dataclass(frozen=True, slots=True)
class NodeRule:
    """What a node is to a car.

    Parameters
    ----------
    blocks
        ``always``: no car passes; ``private``: no car passes between roads open to all.
    forward_s, backward_s
        Time lost on passing along and against the way, seconds.
    nearest
        Whether the time is lost only towards the nearer end of the road (a sign or signal that stands before
        a junction and does not say which way it faces).
    signal
        Whether it is a traffic signal.
    terminal
        Whether it is a ferry terminal.
    """

    blocks: Literal["", "always", "private"] = ""
    forward_s: float = 0.0
    backward_s: float = 0.0
    nearest: bool = False
    signal: bool = False
    terminal: bool = False


def node_rule(tags: Tags, settings: RoadSettings) -> NodeRule:
    """Apply the rules of the car profile to the tags of a node."""
    delays = settings.delays
    highway = tags.get("highway", "")
    both = 0.0
    if highway == "mini_roundabout":
        both += delays.roundabout_s
    if highway == "crossing":
        both += delays.crossing_s
    if tags.get("railway") == "level_crossing":
        both += delays.level_crossing_s
    if tags.get("traffic_calming", "no") != "no":
        both += delays.calming_s
    facing = {
        "traffic_signals": delays.signal_s,
        "stop": delays.stop_s,
        "give_way": delays.give_way_s,
    }.get(highway, 0.0)
    towards = tags.get("traffic_signals:direction", tags.get("direction", ""))
    return NodeRule(
        blocks=_blocks(tags),
        forward_s=both + (facing if towards != "backward" else 0.0),
        backward_s=both + (facing if towards != "forward" else 0.0),
        nearest=bool(facing) and towards not in {"forward", "backward", "both"},
        signal=highway == "traffic_signals",
        terminal=tags.get("amenity") == "ferry_terminal",
    )


def _blocks(tags: Tags) -> Literal["", "always", "private"]:
    """Tell whether a barrier stops cars: what its access tags say, otherwise what kind it is."""
    barrier = tags.get("barrier")
    if barrier is None:
        return ""
    for key in (*CAR_KEYS, "access"):
        value = tags.get(key)
        said = access_of(value)
        if said is not None:
            private = "private" if value == "private" else ""
            return {"open": "", "destination": private, "closed": "always"}[said]  # type: ignore[return-value]
    return "" if barrier in _PASSABLE_BARRIERS else "always"
