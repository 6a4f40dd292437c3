"""Roads in towns told from roads outside, where no tag says which."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from pipeline.roads.model import RoadClass
from pipeline.settings.roads import RoadSettings

COUNTRY_KMH: Final = 70.0
"""Limits from this on are not found in towns (but on motorways and expressways through them), km/h."""

TOWN_KMH: Final = 50.0
"""Limits up to this are those of towns, km/h."""

_STREETS: Final = (RoadClass.RESIDENTIAL, RoadClass.LIVING_STREET)
_ROADS: Final = tuple(c for c in RoadClass if RoadClass.PRIMARY <= c <= RoadClass.UNCLASSIFIED)


def in_town(
    middle: NDArray[np.float64],
    length_m: NDArray[np.floating],
    road_class: NDArray[np.uint8],
    limit_kmh: NDArray[np.floating],
    zone: NDArray[np.integer],
    settings: RoadSettings,
) -> NDArray[np.bool_]:
    """Tell which roads lie in towns: by their tags, else by their limit, else by the streets around them.

    A limit of 70 km/h or more says country; on roads that are no streets, one of 50 or less says town. The
    length of streets (residential roads and whatever is town so far) is added up in square cells; a cell with
    its eight neighbours is town from `RoadSettings.urban_km_per_km2` on. The measure is an assumption: towns
    have streets, the country has roads.

    Parameters
    ----------
    middle
        Array of shape (roads, 2): a point on each road, EPSG:25832, metres.
    length_m, road_class
        Length (metres) and `RoadClass` of each road.
    limit_kmh
        Signed limit, km/h; NaN where none is known.
    zone
        1 where a tag says town, 0 where it says country, -1 where none does.
    settings
        Cell size and threshold.

    Returns
    -------
    NDArray[np.bool_]
        One per road.
    """
    if not len(middle):
        return np.zeros(0, dtype=bool)
    zone = np.where((zone < 0) & (limit_kmh >= COUNTRY_KMH), 0, zone)
    zone = np.where((zone < 0) & (limit_kmh <= TOWN_KMH) & np.isin(road_class, _ROADS), 1, zone)
    cell = np.floor(middle / settings.urban_cell_m).astype(np.int64)
    cell -= cell.min(axis=0) - 1
    width = int(cell[:, 1].max()) + 2
    key = cell[:, 0] * width + cell[:, 1]
    street = (zone == 1) | (np.isin(road_class, _STREETS) & (zone != 0))
    streets, place = np.unique(key[street], return_inverse=True)
    km = np.bincount(place, weights=length_m[street], minlength=len(streets)) / 1000
    cells, of_road = np.unique(key, return_inverse=True)
    around = np.zeros(len(cells))
    if len(streets):
        for dx in (-1, 0, 1):
            for dy in (-1, 0, 1):
                wanted = cells + dx * width + dy
                found = np.minimum(np.searchsorted(streets, wanted), len(streets) - 1)
                around += np.where(streets[found] == wanted, km[found], 0.0)
    area_km2 = (3 * settings.urban_cell_m / 1000) ** 2
    dense = around / area_km2 >= settings.urban_km_per_km2
    return np.where(zone >= 0, zone == 1, dense[of_road])
