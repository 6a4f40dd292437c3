"""Fixed links and car ferries of the bundled network."""

from typing import Final

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from pipeline.main_road_settings import MainRoadSettings
from pipeline.road_settings import FerrySettings
from pipeline.roads.sketch import Lines, Points

LINK_REACH_M: Final = 4_000.0
"""A section of a numbered road this near the middle of a fixed link may be the road over it."""

LEAST_ALONG: Final = 0.5
"""Cosine of the widest angle between a fixed link and the section over it (60 degrees)."""

SHORTCUT_M: Final = 1_500.0
"""No assumed local road crosses a link's water within this distance of the link, metres."""


def over_links(edges: Lines, nodes: Points, ends: NDArray[np.float64]) -> NDArray[np.int64]:
    """Find for each fixed link the section that runs over it (-1: none).

    The section leads from one side of the link's middle to the other, roughly along it, and is the nearest.
    """
    lines = shapely.linestrings(nodes.xy[np.column_stack([edges.first, edges.second])])
    vector = nodes.xy[edges.second] - nodes.xy[edges.first]
    section = np.flatnonzero(edges.kind != "ramp")
    tree = shapely.STRtree(lines[section])
    over = np.full(len(ends), -1, dtype=np.int64)
    for at in np.flatnonzero(np.isfinite(ends).all(axis=(1, 2))):
        middle, along = ends[at].mean(axis=0), ends[at, 1] - ends[at, 0]
        along = along / max(float(np.linalg.norm(along)), 1.0)
        near = section[tree.query(shapely.Point(middle), predicate="dwithin", distance=LINK_REACH_M)]
        sides = (
            (nodes.xy[edges.first[near]] - middle) @ along,
            (nodes.xy[edges.second[near]] - middle) @ along,
        )
        slope = np.abs(vector[near] @ along) / np.linalg.norm(vector[near], axis=1)
        near = near[(sides[0] * sides[1] < 0) & (slope > LEAST_ALONG)]
        if len(near):
            away = shapely.distance(lines[near], shapely.Point(middle))
            over[at] = near[np.lexsort((near, away))[0]]
    return over


def without_shortcuts(local: Lines, nodes: Points, ends: NDArray[np.float64]) -> Lines:
    """Drop assumed local roads that would cross the water beside a bridge, tunnel, causeway or ferry."""
    known = ends[np.isfinite(ends).all(axis=(1, 2))]
    along = known[:, 1] - known[:, 0]
    length = np.linalg.norm(along, axis=1, keepdims=True)
    across = np.column_stack([-along[:, 1], along[:, 0]]) / np.maximum(length, 1.0)
    reach = np.clip(length, SHORTCUT_M, None)
    middle = known.mean(axis=1)
    walls = shapely.linestrings(np.stack([middle - across * reach, middle + across * reach], axis=1))
    lines = shapely.linestrings(nodes.xy[np.column_stack([local.first, local.second])])
    hit = np.unique(shapely.STRtree(lines).query(walls, predicate="intersects")[1])
    keep = np.setdiff1d(np.arange(len(lines)), hit)
    return Lines(*(getattr(local, name)[keep] for name in Lines.__slots__))


def crossings(
    links: pd.DataFrame,
    ends: NDArray[np.float64],
    nodes: Points,
    over: NDArray[np.int64],
    ferries: FerrySettings,
    settings: MainRoadSettings,
) -> tuple[Lines, dict[str, int]]:
    """Car ferries, and fixed links that no numbered road runs over, as lines between two new nodes."""
    ferry = (links["kind"] == "ferry").to_numpy()
    cars = links["car_ferry"].astype("boolean").fillna(value=True).to_numpy(dtype=bool)
    minutes = links["crossing_min"].to_numpy(dtype=np.float64)
    known = np.isfinite(ends).all(axis=(1, 2))
    sail = ferry & cars & np.isfinite(minutes) & known & ferries.use
    own = ~ferry & (over < 0) & known
    crow = np.hypot(*(ends[:, 0] - ends[:, 1]).T)
    length = links["length_km"].to_numpy(dtype=np.float64) * 1000
    length = np.where(np.isfinite(length), np.maximum(length, crow), crow)
    short = minutes <= ferries.short_crossing_min
    boarding = np.where(short, ferries.short_boarding_min, ferries.boarding_min)
    seconds = np.where(ferry, (minutes + boarding) * 60, length / (settings.secondary.kmh / 3.6))
    used = np.flatnonzero(sail | own)
    counts = {
        "fixed_links_on_numbered_roads": int((over >= 0).sum()),
        "fixed_links_of_their_own": int(own.sum()),
        "car_ferries": int(sail.sum()),
        "ferries_without_cars": int((ferry & ~cars).sum()),
        "links_without_place_or_minutes": int((~known | (ferry & cars & ~np.isfinite(minutes))).sum()),
    }
    edges = Lines(
        nodes.add(ends[used, 0]),
        nodes.add(ends[used, 1]),
        np.where(ferry[used], "ferry", links["kind"].to_numpy(dtype=str)[used]),
        seconds[used],
        length[used],
        links["name"].to_numpy(dtype=object)[used],
    )
    return edges, counts
