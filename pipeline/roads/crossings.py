"""Fixed links and car ferries of the bundled network."""

from typing import Final

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from pipeline.roads.ferries import known_ferry, minutes_with_wait
from pipeline.roads.sketch import Lines, Points
from pipeline.settings.main_roads import MainRoadSettings
from pipeline.settings.roads import FerrySettings

LINK_REACH_M: Final = 3_000.0
"""A numbered road that crosses a link's water within this distance (or the link's length) runs over it."""

ON_LINK: Final = 0.35
"""A place this near a link's middle, in lengths of the link, stands on it (an islet between two bridges)."""

SIDE_BY_SIDE_M: Final = 2_500.0
"""Links whose middles are nearer than this lie side by side; farther ones follow each other on one road."""

SHORTCUT_M: Final = 1_500.0
"""No other road crosses a link's water within this distance of the link, metres."""


def over_links(
    edges: Lines, nodes: Points, links: pd.DataFrame, ends: NDArray[np.float64]
) -> dict[int, NDArray[np.int64]]:
    """Find the sections of numbered roads that run over each fixed link.

    Parameters
    ----------
    edges, nodes
        The numbered roads.
    links
        Links in use.
    ends
        Float array of shape (links, 2, 2): both ends of each, EPSG:25832, NaN where unknown.

    Returns
    -------
    dict
        Rows of `edges` by row of `links`. Every section has the link whose water it crosses, nearest to the
        link's middle where several lie side by side; a place that stands on a link gives it the sections
        that meet there, and no local road may.
    """
    fixed = np.flatnonzero((links["kind"] != "ferry").to_numpy() & np.isfinite(ends).all(axis=(1, 2)))
    middle = ends.mean(axis=1)
    section = np.flatnonzero(edges.kind != "ramp")
    lines = shapely.linestrings(nodes.xy[np.column_stack([edges.first, edges.second])])[section]
    number, row = shapely.STRtree(lines).query(
        _walls(ends[fixed], np.maximum(_lengths(ends[fixed]), LINK_REACH_M)), predicate="intersects"
    )
    number, row = fixed[number], section[row]
    away = shapely.distance(
        shapely.linestrings(nodes.xy[np.column_stack([edges.first[row], edges.second[row]])]),
        shapely.points(middle[number]),
    )
    over: dict[int, list[int]] = {}
    for at in np.lexsort((number, away, row)):
        taken = [link for link, rows in over.items() if int(row[at]) in rows]
        beside = [link for link in taken if np.hypot(*(middle[link] - middle[number[at]])) < SIDE_BY_SIDE_M]
        if not beside:
            over.setdefault(int(number[at]), []).append(int(row[at]))
    places = np.fromiter(nodes.names.values(), dtype=np.int64)
    for at in fixed:
        away_m = np.hypot(*(nodes.xy[places] - middle[at]).T)
        length = _lengths(ends[[at]])[0]
        named = nodes.names.get(str(links["name"].iloc[at]))
        for place in {*places[away_m < ON_LINK * length].tolist(), *([] if named is None else [named])}:
            spots = np.flatnonzero((nodes.xy == nodes.xy[place]).all(axis=1))  # with its motorway junction
            meeting = np.flatnonzero(np.isin(edges.first, spots) ^ np.isin(edges.second, spots))
            far = np.where(np.isin(edges.first[meeting], spots), edges.second[meeting], edges.first[meeting])
            side = np.sign((nodes.xy[far] - middle[at]) @ (ends[at, 1] - ends[at, 0]))
            if place == named or ((side > 0).any() and (side < 0).any()):
                over.setdefault(int(at), []).extend(meeting.tolist())
                nodes.off_road.add(int(place))
    return {link: np.unique(np.array(rows, dtype=np.int64)) for link, rows in over.items()}


def _lengths(ends: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.linalg.norm(ends[:, 1] - ends[:, 0], axis=1))


def _walls(ends: NDArray[np.float64], reach_m: NDArray[np.float64]) -> NDArray[np.object_]:
    """Lines across links at their middle, along the water they cross, `reach_m` to each side."""
    along = ends[:, 1] - ends[:, 0]
    across = np.column_stack([-along[:, 1], along[:, 0]]) / np.maximum(_lengths(ends), 1.0)[:, None]
    side = across * reach_m[:, None]
    middle = ends.mean(axis=1)
    return np.asarray(shapely.linestrings(np.stack([middle - side, middle + side], axis=1)))


def without_shortcuts(lines: Lines, nodes: Points, ends: NDArray[np.float64]) -> Lines:
    """Drop roads that would cross the water beside a bridge, tunnel, causeway or ferry.

    Parameters
    ----------
    lines, nodes
        Roads to look through.
    ends
        Both ends of the links to keep free, EPSG:25832.
    """
    known = ends[np.isfinite(ends).all(axis=(1, 2))]
    walls = _walls(known, np.full(len(known), SHORTCUT_M))
    drawn = shapely.linestrings(nodes.xy[np.column_stack([lines.first, lines.second])])
    hit = np.unique(shapely.STRtree(drawn).query(walls, predicate="intersects")[1])
    keep = np.setdiff1d(np.arange(len(drawn)), hit)
    return Lines(*(getattr(lines, name)[keep] for name in Lines.__slots__))


def crossings(
    links: pd.DataFrame,
    ends: NDArray[np.float64],
    nodes: Points,
    over: dict[int, NDArray[np.int64]],
    ferries: FerrySettings,
    settings: MainRoadSettings,
) -> tuple[Lines, NDArray[np.int64], dict[str, int]]:
    """Lay car ferries, and fixed links that no numbered road runs over, as lines between new nodes.

    Returns the lines, the row of each in `links`, and counts.
    """
    ferry = (links["kind"] == "ferry").to_numpy()
    known = [known_ferry([name], ferries) for name in links["name"].astype(str)]
    cars = links["car_ferry"].astype("boolean").fillna(value=True).to_numpy(dtype=bool)
    cars = np.where([one.car is None for one in known], cars, [bool(one.car) for one in known])
    minutes = np.array(
        [
            minutes_with_wait(sailing, one, ferries)
            for one, sailing in zip(known, links["crossing_min"].astype(float), strict=True)
        ],
        dtype=np.float64,
    )
    placed = np.isfinite(ends).all(axis=(1, 2))
    sail = ferry & cars & np.isfinite(minutes) & placed & ferries.use
    own = ~ferry & placed & ~np.isin(np.arange(len(links)), list(over))
    crow = np.hypot(*(ends[:, 0] - ends[:, 1]).T)
    length = links["length_km"].to_numpy(dtype=np.float64) * 1000
    length = np.where(np.isfinite(length), np.maximum(length, crow), crow)
    seconds = np.where(ferry, minutes * 60, length / (settings.secondary.kmh / 3.6))
    used = np.flatnonzero(sail | own)
    counts = {
        "fixed_links_on_numbered_roads": len(over),
        "fixed_links_of_their_own": int(own.sum()),
        "ferry_crossings": int(sail.sum()),
        "ferries_foot": int((ferry & ~cars).sum()),
        "links_without_place_or_minutes": int((~placed | (ferry & cars & ~np.isfinite(minutes))).sum()),
    }
    edges = Lines(
        nodes.add(ends[used, 0]),
        nodes.add(ends[used, 1]),
        np.where(ferry[used], "ferry", links["kind"].to_numpy(dtype=str)[used]),
        seconds[used],
        length[used],
    )
    return edges, used, counts
