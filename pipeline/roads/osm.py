"""OpenStreetMap extract in, road arcs out."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pyproj import Transformer

from pipeline.crs import GEOGRAPHIC, METRIC
from pipeline.errors import Fault, RoadError
from pipeline.messages import Message, msg
from pipeline.roads.barriers import NODE_KEYS, node_rule
from pipeline.roads.extract import Extract, Nodes, Relation, Tags, Ways
from pipeline.roads.ferries import Ferries, FerryWay, Sea, find_ferries
from pipeline.roads.lines_to_arcs import to_arcs
from pipeline.roads.lone_oneways import lone_oneway_km
from pipeline.roads.model import RoadArcs, RoadFlag
from pipeline.roads.osm_lines import Profile, Stopped, osm_lines
from pipeline.roads.profile import HIGHWAYS, WAY_KEYS, WayRule, way_rule
from pipeline.roads.split import split_ways
from pipeline.settings.roads import RoadSettings

_FERRY: Final = ("route", "ferry")
_NAMED: Final = ("bridge", "tunnel", "route")


def read_osm(
    path: Path | str, settings: RoadSettings, *, progress: Callable[[Message], None] | None = None
) -> RoadArcs:
    """Read the roads and car ferries of an OpenStreetMap extract.

    Parameters
    ----------
    path
        ``.osm.pbf``, ``.osm``, ``.osm.gz`` or ``.osm.bz2`` of any size. The file is read once for each kind
        of object; cost grows with the roads in it, not with its buildings and addresses.
    settings
        Speeds, delays and ferries.
    progress
        Is told what goes on.

    Returns
    -------
    RoadArcs
        Roads that a car may use, cut at junctions, and a line for every car ferry. `RoadArcs.notes` counts
        what was read, left out, cut off and guessed.

    Raises
    ------
    MissingInputError
        There is no such file.
    RoadError
        The file is cut off, is no OpenStreetMap extract, or holds no road for cars.
    """
    tell = progress or (lambda _: None)
    extract = Extract(Path(path))
    tell(msg("Reading roads from {file}", file=extract.path.name))
    ways = extract.ways([*(("highway", value) for value in HIGHWAYS), _FERRY], WAY_KEYS, _NAMED)
    relations = extract.relations([_FERRY]) if settings.ferries.use else []
    rules = [way_rule(tags, settings) for tags in ways.tags.sets]
    roads, rules, afloat, notes = _sort_out(ways, rules, settings)
    if not len(roads.ids):
        raise _no_roads(extract.path, notes)

    boats = [*_boats(ways.take(afloat)), *_boats(_members(extract, ways, relations))]
    tell(msg("Reading the places of {points:n} {points:|point|points} of roads", points=len(roads.refs)))
    refs = [roads.refs, *(boat[2] for boat in boats)]
    nodes = extract.nodes(np.concatenate(refs), NODE_KEYS)
    xy = _metric(nodes)
    at, *sailed = np.split(
        _rows(nodes, np.concatenate(refs), xy), np.cumsum([len(part) for part in refs])[:-1]
    )
    if not (at >= 0).any():
        raise _no_places(extract.path, msg("roads, but no place for any of their points"))

    profile = Profile(rules, [node_rule(tags, settings) for tags in nodes.tags.sets], nodes.tags.code)
    on_road = np.bincount(at[at >= 0], minlength=len(xy)) > 0
    terminal = np.array([rule.terminal for rule in profile.nodes], dtype=bool)[nodes.tags.code]
    stops = np.array([node for relation in relations for node in relation.nodes], dtype=np.int64)
    terminal[np.isin(nodes.ids, stops)] = True
    ferries = find_ferries(
        [
            FerryWay(osm_id, tags, tuple(own.tolist()))
            for (osm_id, tags, _), own in zip(boats, sailed, strict=True)
        ],
        relations,
        Sea(xy, on_road, terminal),
        settings.ferries,
    )
    tell(msg("Cutting {roads:n} roads at their junctions", roads=len(roads.ids)))
    stopped = _stopped(roads, at, profile, ferries)
    ashore = [row for pair in _ends(ferries) for row in pair if on_road[row]]
    cuts = np.array([*ashore, *(road for _, road in ferries.joints)], dtype=np.int64)
    pieces = split_ways(roads.start, at, len(xy), np.concatenate([cuts, stopped.closed, stopped.gates]))
    if not len(pieces.way):
        raise _no_places(extract.path, msg("roads, but none with two points in a row"))
    lines = osm_lines(pieces, roads, xy, profile, stopped, ferries, settings)
    notes.update(ferries.notes, ways_cut=pieces.cut_ways, **lines.notes)
    arcs = to_arcs(lines.lines, settings, {})
    notes["oneways_alone_km"] = round(lone_oneway_km(arcs))
    return replace(arcs, notes={key: notes[key] for key in sorted(notes)})


def _sort_out(
    ways: Ways, rules: list[WayRule], settings: RoadSettings
) -> tuple[Ways, list[WayRule], NDArray[np.intp], Counter[str]]:
    """Choose roads and ferries among the ways read, settle the motorways' direction, and count."""
    ferry = np.array([tags.get("route") == "ferry" for tags in ways.tags.sets], dtype=bool)
    open_road = np.array([not rule.reason for rule in rules], dtype=bool) & ~ferry
    code = ways.tags.code
    per_set = np.bincount(code, minlength=len(rules))
    notes = Counter(ways_read=int(per_set[~ferry].sum()), ways_used=int(per_set[open_road].sum()))
    for count, rule, is_ferry in zip(per_set.tolist(), rules, ferry, strict=True):
        if rule.reason and not is_ferry:
            notes[rule.reason] += count
        notes["speeds_ignored"] += rule.ignored_limits * count
    tagged = sum(int(n) for n, rule in zip(per_set, rules, strict=True) if rule.tagged_oneway)
    unrecorded = not tagged and notes["ways_used"] >= settings.oneway_evidence
    if settings.motorway_oneway == "tagged" or (settings.motorway_oneway == "auto" and unrecorded):
        notes["motorways_two_way"] = sum(int(n) for n, r in zip(per_set, rules, strict=True) if r.implied)
        rules = [replace(rule, backward=True) if rule.implied else rule for rule in rules]
    afloat = np.flatnonzero(ferry[code]) if settings.ferries.use else np.empty(0, dtype=np.intp)
    return ways.take(np.flatnonzero(open_road[code])), rules, afloat, notes


def _members(extract: Extract, ways: Ways, relations: list[Relation]) -> Ways:
    """Ways of ferry routes that are not ferries by their own tags, and no road or rail either."""
    listed = {osm_id for relation in relations for osm_id in relation.ways}
    missing = sorted(listed.difference(ways.ids.tolist()))
    if not missing:
        return ways.take(np.empty(0, dtype=np.intp))
    found = extract.ways_by_id(missing, WAY_KEYS)
    other = ("highway", "railway", "man_made", "area")
    sails = np.array([not any(key in tags for key in other) for tags in found.tags.sets], dtype=bool)
    return found.take(np.flatnonzero(sails[found.tags.code]))


def _boats(ways: Ways) -> list[tuple[int, Tags, NDArray[np.int64]]]:
    """Id, tags and node ids of each way (ferries are few)."""
    parts = np.split(ways.refs, ways.start[1:-1]) if len(ways.ids) else []
    sets = [ways.tags.sets[code] for code in ways.tags.code.tolist()]
    return list(zip(ways.ids.tolist(), sets, parts, strict=True))


def _metric(nodes: Nodes) -> NDArray[np.float64]:
    to_metric = Transformer.from_crs(GEOGRAPHIC, METRIC, always_xy=True)
    return np.stack(to_metric.transform(nodes.lonlat[:, 0], nodes.lonlat[:, 1]), axis=1)


def _rows(nodes: Nodes, refs: NDArray[np.int64], xy: NDArray[np.float64]) -> NDArray[np.int32]:
    """Rows of nodes by id; -1 for a node that the extract lacks or that lies off the projection."""
    if not len(nodes.ids):
        return np.full(len(refs), -1, dtype=np.int32)
    row = np.minimum(np.searchsorted(nodes.ids, refs), len(nodes.ids) - 1)
    there = (nodes.ids[row] == refs) & np.isfinite(xy.sum(axis=1))[row]
    return np.where(there, row, -1).astype(np.int32)


def _stopped(roads: Ways, at: NDArray[np.int32], profile: Profile, ferries: Ferries) -> Stopped:
    """Find the nodes with a barrier that cars do not pass; no ferry is cut off by one."""
    through = np.array([not rule.flags & RoadFlag.DESTINATION_ONLY for rule in profile.ways], dtype=bool)
    of_ref = np.repeat(through[roads.tags.code], np.diff(roads.start))
    nodes = len(profile.node_code)
    passable = np.zeros(nodes, dtype=bool)
    passable[[row for pair in (*_ends(ferries), *ferries.joints) for row in pair]] = True
    used = (np.bincount(at[at >= 0], minlength=nodes) > 0) & ~passable
    # A private gate changes nothing on a road that is private too.
    public = (np.bincount(at[(at >= 0) & of_ref], minlength=nodes) > 0) & ~passable

    def with_rule(blocks: str) -> NDArray[np.bool_]:
        return np.array([rule.blocks == blocks for rule in profile.nodes], dtype=bool)[profile.node_code]

    return Stopped(np.flatnonzero(used & with_rule("always")), np.flatnonzero(public & with_rule("private")))


def _ends(ferries: Ferries) -> list[tuple[int, int]]:
    return [(crossing.rows[0], crossing.rows[-1]) for crossing in ferries.crossings]


def _no_roads(path: Path, notes: Counter[str]) -> RoadError:
    return RoadError(
        Fault(
            source=str(path),
            where=msg("roads"),
            found=msg(
                "no road for cars among {ways:n} ways with a road or ferry tag", ways=notes["ways_read"]
            ),
            expected=msg("ways with highway=primary, residential, service …"),
            mend=msg("use an extract that was not filtered, or one of another place"),
        )
    )


def _no_places(path: Path, found: Message) -> RoadError:
    return RoadError(
        Fault(
            source=str(path),
            where=msg("nodes"),
            found=found,
            expected=msg("ways together with their nodes"),
            mend=msg("make the extract with complete ways"),
        )
    )
