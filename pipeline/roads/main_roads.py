"""The bundled road network, without any download: numbered roads, assumed local roads, fixed links, ferries.

Numbered roads are known as ordered places with a class per section, so a section is a crow-fly line with a
detour factor. Local roads between places and over open land are assumed wherever no water lies between.
Everything is marked approximate.
"""

from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from pipeline.roads.crossings import crossings, over_links, without_shortcuts
from pipeline.roads.local_roads import join_pieces, join_towns, lattice, local_roads, to_harbours
from pipeline.roads.model import RoadArcs, RoadClass, RoadFlag
from pipeline.roads.sketch import Lines, Points, metres
from pipeline.settings.main_roads import MainRoadSettings
from pipeline.settings.roads import FerrySettings

CLASS_OF: Final = {
    "motorway": RoadClass.MOTORWAY,
    "expressway": RoadClass.TRUNK,
    "primary": RoadClass.PRIMARY,
    "secondary": RoadClass.SECONDARY,
    "local": RoadClass.UNCLASSIFIED,
}
SAME_PLACE_M: Final = 1_500.0
"""A settlement this near a place of the numbered roads is taken to be that place."""

ON_MOTORWAY: Final = ("motorway", "expressway")


def read_main_roads(
    main_roads: pd.DataFrame,
    links: pd.DataFrame,
    settlements: pd.DataFrame,
    areas: gpd.GeoDataFrame,
    settings: MainRoadSettings,
    ferries: FerrySettings,
) -> RoadArcs:
    """Build the bundled network of Denmark.

    Parameters
    ----------
    main_roads, links, settlements
        Tables of these names.
    areas
        Municipality areas, a valid coverage in EPSG:25832: where land is.
    settings, ferries
        Speeds, detours, town driving; boarding waits.

    Returns
    -------
    RoadArcs
        Nodes named by place, all arcs marked ``APPROXIMATE``; every fixed link and ferry is in ``named``
        under its name.
    """
    shapes = areas.sort_values("municipality_code").geometry.to_numpy()
    land = shapely.normalize(shapely.coverage_union_all(shapes))
    used = links[(links["status"] == "open") & links["domestic"].astype(bool)].reset_index(drop=True)
    places = _places(main_roads, settlements)
    nodes = Points(places[["x", "y"]].to_numpy(), dict(zip(places["name"], range(len(places)), strict=True)))
    numbered = _numbered_roads(main_roads, places, nodes, settings)
    nodes.add(lattice(land, settings.local_spacing_km * 1000, nodes.xy))

    ends = np.stack([metres(used, "from_lon", "from_lat"), metres(used, "to_lon", "to_lat")], axis=1)
    ferry = (used["kind"] == "ferry").to_numpy()
    numbered = without_shortcuts(numbered, nodes, ends[ferry])  # some routes go by ferry
    quays = set(used.loc[ferry, "name"]) & set(nodes.names)
    nodes.off_road.update(nodes.names[quay] for quay in quays)
    over = over_links(numbered, nodes, used, ends)
    local = without_shortcuts(local_roads(nodes, land, settings), nodes, ends)
    roads = Lines.join([numbered, local])
    roads = Lines.join([roads, join_pieces(nodes, roads, land, settings)])

    over_water, link, counts = crossings(used, ends, nodes, over, ferries, settings)
    roads_at = np.bincount(np.r_[roads.first, roads.second], minlength=len(nodes.xy))[: len(places)]
    dead_end = (roads_at == 1) & ~shapely.intersects_xy(
        land, *nodes.xy[: len(places)].T
    )  # off the coast drawn
    quay_xy = ends[ferry][np.isfinite(ends[ferry]).all(axis=(1, 2))].reshape(-1, 2)
    at_quay = cKDTree(quay_xy).query(nodes.xy[: len(places)])[0] < SAME_PLACE_M  # the ferry joins these
    dead_end &= ~at_quay
    piers = np.unique(np.r_[over_water.first, over_water.second, np.flatnonzero(dead_end)])
    edges = Lines.join([roads, over_water, to_harbours(nodes, piers, land, settings)])
    unnamed = join_towns(nodes, edges, np.flatnonzero(places["population"].notna()), settings)
    counts["towns_joined_over_unlisted_water"] = len(unnamed.first)
    edges = Lines.join([edges, unnamed])
    lines_of = {**over, **{int(row): np.array([len(roads.first) + at]) for at, row in enumerate(link)}}
    named = {str(used["name"].iloc[row]): lines for row, lines in sorted(lines_of.items())}
    return _as_arcs(nodes, edges, named, counts)


def _places(main_roads: pd.DataFrame, settlements: pd.DataFrame) -> pd.DataFrame:
    """Places of the numbered roads first, then every other settlement, with population where known."""
    on_road = main_roads.drop_duplicates("place").rename(columns={"place": "name"})
    xy, town_xy = metres(on_road), metres(settlements)
    distance, nearest = cKDTree(town_xy).query(xy)
    by_id = on_road["geonameid"].map(settlements.set_index("geonameid")["population"].to_dict())
    near = pd.Series(settlements["population"].to_numpy()[nearest], index=on_road.index)
    near = near.mask(pd.Series(distance >= SAME_PLACE_M, index=on_road.index))
    population = by_id.astype("Float64").fillna(near.astype("Float64"))
    frame = pd.DataFrame(
        {"name": on_road["name"], "x": xy[:, 0], "y": xy[:, 1], "population": population, "on_road": True}
    )
    far, _ = cKDTree(xy).query(town_xy)
    other = settlements[(far >= SAME_PLACE_M) & ~settlements["geonameid"].isin(on_road["geonameid"])]
    other_xy = metres(other)
    rest = pd.DataFrame(
        {
            "name": other["name"],
            "x": other_xy[:, 0],
            "y": other_xy[:, 1],
            "population": other["population"].astype("Float64"),
            "on_road": False,
        }
    )
    both = pd.concat([frame, rest], ignore_index=True)
    twice = both["name"].duplicated(keep="first")  # a second town of the name gets its number behind it
    number = both.groupby("name").cumcount() + 1
    return both.assign(name=both["name"].where(~twice, both["name"] + " (" + number.astype(str) + ")"))


def _town_seconds(population: pd.Series, settings: MainRoadSettings) -> NDArray[np.float64]:
    """Seconds from the edge of each town to its centre."""
    people = population.fillna(500).to_numpy(dtype=np.float64)
    seconds: NDArray[np.float64] = settings.town_min * 60 * np.sqrt(people / 10_000)
    return seconds


def _numbered_roads(
    main_roads: pd.DataFrame, places: pd.DataFrame, nodes: Points, settings: MainRoadSettings
) -> Lines:
    """Sections between neighbouring places of a route; motorways pass towns by through a junction outside."""
    rows = main_roads.sort_values(["route", "chain", "seq"], kind="stable").reset_index(drop=True)
    number = rows["place"].map(nodes.names).to_numpy(dtype=np.int64)
    last = rows["is_last"].astype(bool).to_numpy()
    start = np.flatnonzero(~last)
    first, second, kind = number[start], number[start + 1], rows["road_class"].to_numpy(dtype=str)[start]
    fast = np.isin(kind, ON_MOTORWAY)
    town = _town_seconds(places["population"], settings)

    at_junction = np.unique(np.r_[first[fast], second[fast]])
    junction = np.full(len(places), -1, dtype=np.int64)
    junction[at_junction] = nodes.add(nodes.xy[at_junction])
    nodes.off_road.update(junction[at_junction].tolist())
    crow = np.hypot(*(nodes.xy[first] - nodes.xy[second]).T)
    speed = {name: getattr(settings, name) for name in CLASS_OF}
    length = crow * np.array([speed[name].detour for name in kind])
    seconds = length / np.array([speed[name].kmh / 3.6 for name in kind])
    seconds = seconds + np.where(fast, 0.0, settings.through_share * (town[first] + town[second]))
    sections = Lines(
        np.where(fast, junction[first], first),
        np.where(fast, junction[second], second),
        kind,
        seconds,
        length,
    )
    count = len(at_junction)
    ramps = Lines(
        at_junction,
        junction[at_junction],
        np.full(count, "ramp"),
        settings.junction_min * 60 + town[at_junction],
        np.full(count, settings.junction_km * 1000),
    )
    return Lines.join([sections, ramps])


def _as_arcs(
    nodes: Points, edges: Lines, named: dict[str, NDArray[np.int64]], counts: dict[str, int]
) -> RoadArcs:
    """Make each line two arcs, one each way."""
    count = len(edges.first)
    class_of = {**CLASS_OF, "ramp": RoadClass.MOTORWAY_LINK, "ferry": RoadClass.FERRY}
    road_class = np.array(
        [class_of.get(str(kind), RoadClass.SECONDARY) for kind in edges.kind], dtype=np.uint8
    )
    closed = np.isin(
        edges.kind, [*ON_MOTORWAY, "ramp", "ferry", "bridge", "tunnel", "causeway", "tidal_road"]
    )
    flags = np.full(count, RoadFlag.APPROXIMATE, dtype=np.uint8)
    flags[closed] |= np.uint8(RoadFlag.NO_SNAP)
    flags[edges.kind == "bridge"] |= np.uint8(RoadFlag.BRIDGE)
    flags[edges.kind == "tunnel"] |= np.uint8(RoadFlag.TUNNEL)
    ends = np.column_stack([edges.first, edges.second])
    return RoadArcs(
        node_xy=nodes.xy,
        tail=np.r_[edges.first, edges.second].astype(np.int32),
        head=np.r_[edges.second, edges.first].astype(np.int32),
        seconds=np.tile(edges.seconds, 2).astype(np.float32),
        length_m=np.tile(edges.length_m, 2).astype(np.float32),
        road_class=np.tile(road_class, 2),
        flags=np.tile(flags, 2),
        edge=np.tile(np.arange(count, dtype=np.int32), 2),
        forward=np.repeat([True, False], count),
        line_start=np.arange(0, 2 * count + 1, 2, dtype=np.int64),
        line_xy=nodes.xy[ends.ravel()],
        named={name: np.r_[lines, lines + count].astype(np.int32) for name, lines in named.items()},
        node_names=dict(nodes.names),
        notes={"places": len(nodes.names), "nodes": len(nodes.xy), "lines": count, **counts},
        precision="approximate",
    )
