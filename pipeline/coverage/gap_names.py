"""Names that a planner finds on a map: the settlement of a gap, or the direction from the nearest one."""

from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from pipeline.crs import GEOGRAPHIC, METRIC
from pipeline.messages import Message, msg

INSIDE: Final = "in"
COMPASS: Final = ("e", "ne", "n", "nw", "w", "sw", "s", "se")
"""Directions counter-clockwise from the east, as angles run."""

FAR_KM: Final = 12.0
"""From here on the distance to the settlement is told."""

DIRECTIONS: Final[dict[str, Message]] = {
    INSIDE: msg("{place}"),
    "n": msg("north of {place}"),
    "ne": msg("north-east of {place}"),
    "e": msg("east of {place}"),
    "se": msg("south-east of {place}"),
    "s": msg("south of {place}"),
    "sw": msg("south-west of {place}"),
    "w": msg("west of {place}"),
    "nw": msg("north-west of {place}"),
}

FAR_DIRECTIONS: Final[dict[str, Message]] = {
    "n": msg("{km:n} km north of {place}"),
    "ne": msg("{km:n} km north-east of {place}"),
    "e": msg("{km:n} km east of {place}"),
    "se": msg("{km:n} km south-east of {place}"),
    "s": msg("{km:n} km south of {place}"),
    "sw": msg("{km:n} km south-west of {place}"),
    "w": msg("{km:n} km west of {place}"),
    "nw": msg("{km:n} km north-west of {place}"),
}


def gap_name(place: str, direction: str, km: float, number: int = 1) -> Message:
    """Write the name of a gap.

    Parameters
    ----------
    place
        Settlement.
    direction
        ``in`` or one of `COMPASS`, seen from the settlement.
    km
        Distance from the settlement to the gap's middle.
    number
        Counts gaps that would have the same name.
    """
    far = direction != INSIDE and km >= FAR_KM
    text = (FAR_DIRECTIONS if far else DIRECTIONS)[direction].text
    name = msg(text, place=place, km=round(km))
    return name if number == 1 else msg("{name} ({number})", name=name, number=number)


def compass(dx: NDArray[np.float64], dy: NDArray[np.float64]) -> NDArray[np.object_]:
    """Find the compass direction of vectors, east and north positive."""
    at = np.rint(np.arctan2(dy, dx) / (np.pi / 4)).astype(np.int64) % 8
    return np.array(COMPASS, dtype=object)[at]


def name_gaps(
    outlines: gpd.GeoSeries,
    middles: NDArray[np.float64],
    settlements: pd.DataFrame,
    municipality_code: pd.Series | None = None,
) -> pd.DataFrame:
    """Find the settlement, direction and distance that a gap is named by.

    Parameters
    ----------
    outlines
        Gap outlines, EPSG:25832.
    middles
        Float64 array of shape (gaps, 2): where the gap's people have their middle.
    settlements
        Table ``settlements``: ``geonameid``, ``name``, ``lon``, ``lat``, ``population`` (missing allowed) and
        ``municipality_code``.
    municipality_code
        Municipality of each gap: its own settlements name it, unless it has none. A town across the fjord is
        near only on the map.

    Returns
    -------
    pd.DataFrame
        Same index as `outlines`: ``place`` (the largest settlement inside the outline, else the nearest to
        its middle), ``direction`` (``in`` when it lies inside), ``place_km`` and ``number`` (1, 2 … among
        gaps that have all of these in common, in the order of rows). Without any settlement ``place`` is
        empty.
    """
    rows = settlements.sort_values(["population", "geonameid"], ascending=[False, True], na_position="last")
    towns = gpd.GeoSeries.from_xy(rows["lon"], rows["lat"], crs=GEOGRAPHIC).to_crs(METRIC)
    names = rows["name"].to_numpy(dtype=object)
    xy = np.column_stack([towns.x, towns.y])
    if not len(rows):
        blank = {"place": "", "direction": INSIDE, "place_km": 0.0, "number": 1}
        return pd.DataFrame(blank, index=outlines.index)
    _, nearest = cKDTree(xy).query(middles)
    chosen = np.asarray(nearest, dtype=np.intp).copy()
    if municipality_code is not None:
        home = rows["municipality_code"].to_numpy(dtype=object)
        for code in sorted(set(municipality_code.dropna()) & set(home)):
            own, gaps = np.flatnonzero(home == code), np.flatnonzero((municipality_code == code).to_numpy())
            chosen[gaps] = own[cKDTree(xy[own]).query(middles[gaps])[1]]
    gap, town = shapely.STRtree(towns.to_numpy()).query(outlines.to_numpy(), predicate="intersects")
    inside = np.zeros(len(outlines), dtype=bool)
    # Towns stand in falling order of size: writing from the smallest on leaves the largest.
    order = np.lexsort((-town, gap))
    chosen[gap[order]], inside[gap[order]] = town[order], True
    away = middles - xy[chosen]
    km = np.hypot(*away.T) / 1000
    direction = np.where(inside, INSIDE, compass(away[:, 0], away[:, 1]))
    frame = pd.DataFrame(
        {"place": names[chosen], "direction": direction, "place_km": np.where(inside, 0.0, km)},
        index=outlines.index,
    )
    told = frame.assign(far=np.where(frame["place_km"] >= FAR_KM, frame["place_km"].round(), 0))
    frame["number"] = told.groupby(["place", "direction", "far"]).cumcount() + 1
    return frame
