"""A road network while it is being sketched: numbered points, and two-way lines between them."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.crs import GEOGRAPHIC, METRIC


@dataclass(frozen=True, slots=True)
class Lines:
    """Two-way road lines between numbered nodes."""

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    kind: NDArray[np.str_]
    seconds: NDArray[np.float64]
    length_m: NDArray[np.float64]

    @classmethod
    def join(cls, parts: "list[Lines]") -> "Lines":
        """Put several sets of lines into one."""
        columns = [np.concatenate([getattr(part, name) for part in parts]) for name in cls.__slots__]
        return cls(*columns)


def metres(frame: pd.DataFrame, lon: str = "lon", lat: str = "lat") -> NDArray[np.float64]:
    """Give a table's points in EPSG:25832, metres; missing ones as NaN."""
    points = gpd.GeoSeries.from_xy(frame[lon], frame[lat], crs=GEOGRAPHIC).to_crs(METRIC)
    return np.column_stack([points.x, points.y])


class Points:
    """Points that get a number each, in the order they come."""

    def __init__(self, xy: NDArray[np.float64], names: dict[str, int]) -> None:
        self.xy = xy
        self.names = names
        self.off_road: set[int] = set()  # motorway junctions: no local road and no point attaches there

    def add(self, xy: NDArray[np.float64]) -> NDArray[np.int64]:
        """Give further points their numbers."""
        first = len(self.xy)
        self.xy = np.vstack([self.xy, xy])
        return np.arange(first, len(self.xy))
