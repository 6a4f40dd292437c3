"""Roads in towns told from roads outside, where no tag says which."""

import numpy as np
from numpy.typing import NDArray

from pipeline.road_settings import RoadSettings
from pipeline.roads.model import RoadClass

_STREETS = (RoadClass.RESIDENTIAL, RoadClass.LIVING_STREET)


def in_town(
    middle: NDArray[np.float64],
    length_m: NDArray[np.floating],
    road_class: NDArray[np.uint8],
    zone: NDArray[np.integer],
    settings: RoadSettings,
) -> NDArray[np.bool_]:
    """Tell which roads lie in towns: by their own tag, otherwise by the residential streets around them.

    The length of residential streets is added up in square cells; a cell with its eight neighbours is town
    from `RoadSettings.urban_km_per_km2` on. Roads with a tag that says town count as residential, roads with
    one that says country do not. The measure is an assumption: towns have streets, the country has roads.

    Parameters
    ----------
    middle
        Array of shape (roads, 2): a point on each road, EPSG:25832, metres.
    length_m, road_class
        Length (metres) and `RoadClass` of each road.
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
