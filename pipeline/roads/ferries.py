"""Car ferries of an extract: every crossing one line from terminal to terminal, never a junction at sea."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, pairwise
from math import isnan, nan
from typing import Any, Final

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from pipeline.roads.extract import Relation, Tags
from pipeline.roads.profile import takes_cars
from pipeline.roads.speeds import parse_duration
from pipeline.settings.roads import FerryCrossing, FerrySettings

SAME_LENGTH: Final = 1.2
"""Ways whose lengths differ by more than this factor and yet state one and the same sailing time mean that of
the whole route (mappers repeat it on every way)."""

LONG_MIN: Final = 30.0
"""Sailings up to this long may be as slow as they like: mooring takes most of a short one's time, minutes."""


@dataclass(frozen=True, slots=True)
class FerryWay:
    """A way with `route=ferry`, or a member of a ferry relation: id, tags and the rows of its nodes."""

    id: int
    tags: Tags
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Sea:
    """What a ferry needs to know of the extract's nodes.

    Parameters
    ----------
    xy
        Coordinates of every node, EPSG:25832, metres.
    on_road
        Whether a road that cars may use has the node.
    terminal
        Whether a tag or a relation calls the node a terminal.
    """

    xy: NDArray[np.float64]
    on_road: NDArray[np.bool_]
    terminal: NDArray[np.bool_]

    def nearest_road(self, row: int, reach_m: float) -> int | None:
        """Row of the nearest node of a road within reach of a node, or None."""
        away = np.abs(self.xy - self.xy[row]).max(axis=1)
        near = np.flatnonzero(self.on_road & (away <= reach_m))
        distance = np.hypot(*(self.xy[near] - self.xy[row]).T)
        return int(near[np.argmin(distance)]) if distance.min(initial=np.inf) <= reach_m else None


@dataclass(frozen=True, slots=True)
class Crossing:
    """A ferry between two terminals: name, rows of the nodes on its line, and minutes with the wait."""

    name: str
    rows: tuple[int, ...]
    minutes: float


@dataclass(frozen=True, slots=True)
class Ferries:
    """Every crossing, the joints from terminals to roads they do not touch, and what is worth telling."""

    crossings: list[Crossing] = field(default_factory=list)
    joints: list[tuple[int, int]] = field(default_factory=list)
    notes: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Part:
    """A stretch of a ferry way between terminals and nodes shared with other ferry ways."""

    way: FerryWay
    rows: tuple[int, ...]
    length_m: float
    way_m: float
    routes: tuple[str, ...]
    cars: bool | None


def find_ferries(
    ways: Iterable[FerryWay], relations: Sequence[Relation], sea: Sea, settings: FerrySettings
) -> Ferries:
    """Find the car ferries and how long they take.

    A ferry takes cars where a tag of the way, of its relation or the settings say so; where no tag says
    anything either way, where one of its terminals lies on a road. Lines that meet at sea are one crossing if
    they belong to one route (relation, name, or no other line meets them there), otherwise they do not meet.

    Parameters
    ----------
    ways
        Ferry ways, whether or not they take cars.
    relations
        Ferry routes.
    sea
        The extract's nodes.
    settings
        Boarding, waiting and what is known of single ferries.

    Returns
    -------
    Ferries
        Crossings in the order of the ids of their ways.
    """
    notes: dict[str, int] = defaultdict(int)
    parts = _parts(sorted(ways, key=lambda way: way.id), relations, sea, settings, notes)
    found: dict[tuple[int, ...], Crossing] = {}
    for route, members in _routes(parts, sea, settings).items():
        for line, used in _lines(members, sea):
            rows = min(line, line[::-1])
            cars = [part.cars for part in used if part.cars is not None]
            if not any(cars) and not (sea.on_road[rows[0]] or sea.on_road[rows[-1]]):
                notes["ferries_foot"] += 1
            elif rows not in found:
                relation = next((r for r in relations if f"relation/{r.id}" == route), None)
                notes["ferries_assumed_car"] += not cars
                found[rows] = _crossing(rows, used, members, relation, settings, notes)
    crossings = list(found.values())
    ends = sorted({row for crossing in crossings for row in (crossing.rows[0], crossing.rows[-1])})
    joints = []
    for row in ends:
        if sea.on_road[row]:
            continue
        road = sea.nearest_road(row, settings.terminal_m)
        notes["ferry_terminals_joined" if road is not None else "ferry_terminals_without_road"] += 1
        if road is not None:
            joints.append((row, road))
    notes["ferry_crossings"] = len(crossings)
    return Ferries(crossings, joints, dict(notes))


def known_ferry(keys: Iterable[str], settings: FerrySettings) -> FerryCrossing:
    """Gather what the settings know of one ferry.

    Parameters
    ----------
    keys
        Its names and ids; of each figure, the first stated under one of them counts.
    settings
        `FerrySettings.crossings` is looked through.
    """
    told = [own.model_dump(exclude_none=True) for own in map(settings.crossings.get, keys) if own]
    figures: dict[str, Any] = {}
    for one in reversed(told):
        figures |= one
    return FerryCrossing(**figures)


def minutes_with_wait(sailing_min: float, known: FerryCrossing, settings: FerrySettings) -> float:
    """Add what comes before a sailing: boarding, shorter for short crossings, and half a timetable's gap.

    Parameters
    ----------
    sailing_min
        Sailing time as read, minutes; a stated one (`FerryCrossing.crossing_min`) takes its place.
    known
        Result of `known_ferry`.
    settings
        Boarding and waiting where the ferry has no figures of its own.

    Returns
    -------
    float
        Minutes from being at the quay to landing.
    """
    sailing = sailing_min if known.crossing_min is None else known.crossing_min
    short = sailing <= settings.short_crossing_min
    boarding = settings.short_boarding_min if short else settings.boarding_min
    boarding = boarding if known.boarding_min is None else known.boarding_min
    sailings = known.sailings_per_day or settings.sailings_per_day
    wait = min(settings.service_h * 60 / sailings / 2, settings.longest_wait_min) if sailings else 0.0
    return sailing + boarding + wait


def sailing_min_of(length_m: float, settings: FerrySettings) -> float:
    """Work a sailing time out from the length of the line, minutes."""
    return length_m / 1000 / settings.speed_kmh * 60


def _parts(
    ways: list[FerryWay],
    relations: Sequence[Relation],
    sea: Sea,
    settings: FerrySettings,
    notes: dict[str, int],
) -> list[_Part]:
    """Cut the ways that may take cars at terminals and where ferry ways meet."""
    member_of: dict[int, list[Relation]] = defaultdict(list)
    for relation in relations:
        for way_id in relation.ways:
            member_of[way_id].append(relation)
    chosen: list[tuple[FerryWay, tuple[str, ...], bool | None]] = []
    for way in ways:
        said = {f"relation/{r.id}": _cars(r.id, "relation", r.tags, settings) for r in member_of[way.id]}
        own = _cars(way.id, "way", way.tags, settings)
        cars = own if own is not None else max((c for c in said.values() if c is not None), default=None)
        if cars is False:
            notes["ferries_foot"] += 1
        elif min(way.rows, default=-1) < 0 or len(way.rows) < 2:
            notes["ferries_cut"] += 1
        else:
            open_routes = tuple(route for route, takes in said.items() if takes is not False)
            chosen.append((way, open_routes or (way.tags.get("name", f"way/{way.id}"),), cars))
    use: dict[int, int] = defaultdict(int)
    for way, _, _ in chosen:
        for row in way.rows:
            use[row] += 1
    parts = []
    for way, routes, cars in chosen:
        stops = [
            i
            for i, row in enumerate(way.rows)
            if i in {0, len(way.rows) - 1} or sea.on_road[row] or sea.terminal[row] or use[row] > 1
        ]
        way_m = max(_length(way.rows, sea), 1e-3)
        for i, j in pairwise(stops):
            rows = way.rows[i : j + 1]
            parts.append(_Part(way, rows, _length(rows, sea), way_m, routes, cars))
    return parts


def _cars(osm_id: int, kind: str, tags: Tags, settings: FerrySettings) -> bool | None:
    said = known_ferry((f"{kind}/{osm_id}", tags.get("name", "")), settings).car
    return takes_cars(tags) if said is None else said


def _length(rows: Sequence[int], sea: Sea) -> float:
    return float(np.hypot(*np.diff(sea.xy[list(rows)], axis=0).T).sum())


def _is_terminal(row: int, sea: Sea) -> bool:
    return bool(sea.on_road[row] or sea.terminal[row])


def _routes(parts: list[_Part], sea: Sea, settings: FerrySettings) -> dict[str, list[_Part]]:
    """Parts of each route. Two lines that alone meet at sea, with no road near, are one route."""
    routes: dict[str, list[_Part]] = defaultdict(list)
    for part in parts:
        for route in part.routes:
            routes[route].append(part)
    meets: dict[int, list[_Part]] = defaultdict(list)
    for part in parts:
        meets[part.rows[0]].append(part)
        meets[part.rows[-1]].append(part)
    same = nx.Graph()
    same.add_nodes_from(routes)
    for row, here in meets.items():
        names = {route for part in here for route in part.routes}
        mere = not any(name.startswith("relation/") for name in names)
        alone = len(here) == 2 and len(names) == 2 and mere and not _is_terminal(row, sea)
        if alone and sea.nearest_road(row, settings.terminal_m) is None:
            same.add_edge(*sorted(names))
    joined = {}
    for group in nx.connected_components(same):
        first = min(group)
        members = {id(part): part for route in sorted(group) for part in routes[route]}
        joined[first] = list(members.values())
    order = {id(part): rank for rank, part in enumerate(parts)}
    for members_of in joined.values():
        members_of.sort(key=lambda part: order[id(part)])
    return dict(sorted(joined.items(), key=lambda item: order[id(item[1][0])]))


def _lines(members: list[_Part], sea: Sea) -> list[tuple[tuple[int, ...], list[_Part]]]:
    """Shortest line between every two terminals of a route that are joined without passing a third."""
    graph = nx.MultiGraph()
    for part in members:
        graph.add_edge(part.rows[0], part.rows[-1], part=part, m=part.length_m)
    ends = sorted(row for row in graph if _is_terminal(row, sea) or graph.degree(row) == 1)
    found = []
    for a, b in combinations(ends, 2):
        between = graph.subgraph([row for row in graph if row not in ends or row in {a, b}])
        if not nx.has_path(between, a, b):
            continue
        rows: list[int] = [a]
        used: list[_Part] = []
        for u, v in pairwise(nx.shortest_path(between, a, b, weight="m")):
            part = min((data["part"] for data in between[u][v].values()), key=lambda part: part.length_m)
            rows.extend((part.rows if part.rows[0] == u else part.rows[::-1])[1:])
            used.append(part)
        found.append((tuple(rows), used))
    return found


def _crossing(
    rows: tuple[int, ...],
    used: list[_Part],
    members: list[_Part],
    relation: Relation | None,
    settings: FerrySettings,
    notes: dict[str, int],
) -> Crossing:
    ids = [f"way/{part.way.id}" for part in used]
    name = next((part.way.tags["name"] for part in used if "name" in part.way.tags), "")
    keys = [name, *ids]
    if relation is not None:
        name = name or relation.tags.get("name", "")
        keys += [relation.tags.get("name", ""), f"relation/{relation.id}"]
    known = known_ferry(keys, settings)
    sailing = known.crossing_min
    if sailing is None:
        sailing = _sailing_min(used, members, relation, settings, notes)
    return Crossing(name or min(ids), rows, minutes_with_wait(sailing, known, settings))


def _sailing_min(
    used: list[_Part],
    members: list[_Part],
    relation: Relation | None,
    settings: FerrySettings,
    notes: dict[str, int],
) -> float:
    """Sailing time: what the crossing's ways state, otherwise its relation, otherwise length over speed."""
    length = sum(part.length_m for part in used)
    stated = {part.way.id: parse_duration(part.way.tags.get("duration", "")) for part in used}
    way_m = {part.way.id: part.way_m for part in used}
    minutes = sum(stated[part.way.id] * part.length_m / part.way_m for part in used)
    whole = len(stated) > 1 and len(set(stated.values())) == 1
    if whole and max(way_m.values()) > SAME_LENGTH * min(way_m.values()):
        minutes = next(iter(stated.values())) * length / sum(way_m.values())
    tagged = any("duration" in part.way.tags for part in used)
    if isnan(minutes) and relation is not None:
        tagged |= "duration" in relation.tags
        whole_m = sum(part.length_m for part in members)
        minutes = parse_duration(relation.tags.get("duration", "")) * length / whole_m
    if isnan(minutes) and any(not isnan(value) for value in stated.values()):
        minutes = _mixed(used, stated, settings)
    kmh = length / 1000 / (minutes / 60)
    if kmh <= settings.fastest_kmh and (kmh >= settings.slowest_kmh or minutes <= LONG_MIN):
        return float(minutes)
    notes["ferry_durations_not_believed" if tagged else "ferry_durations_missing"] += 1
    return sailing_min_of(length, settings)


def _mixed(used: list[_Part], stated: Mapping[int, float], settings: FerrySettings) -> float:
    """Add the stated times of some ways to length over speed of the others."""
    total = 0.0
    for part in used:
        minutes = stated[part.way.id] * part.length_m / part.way_m
        total += sailing_min_of(part.length_m, settings) if isnan(minutes) else minutes
    return total or nan
