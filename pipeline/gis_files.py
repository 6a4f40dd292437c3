"""What all doors for layers of geometry share: how the libraries read them, and what these raise."""

import warnings
from pathlib import Path
from typing import Final

import geopandas as gpd
import pyarrow as pa
import shapely.errors
from pyogrio.errors import DataLayerError, DataSourceError

CANNOT_READ: Final = (
    DataSourceError,
    DataLayerError,
    shapely.errors.ShapelyError,
    pa.ArrowException,
    OSError,
    ValueError,
)
"""What a damaged or foreign file of geometry is told by, in GDAL or Parquet."""


def read_layer(address: Path | str, layer: str | None = None) -> gpd.GeoDataFrame:
    """Read one layer with GDAL as it stands.

    Parameters
    ----------
    address
        Path, or GDAL's address of a file in an archive.
    layer
        Its name; the first one when left out.

    Returns
    -------
    geopandas.GeoDataFrame
        In the layer's own CRS. What is no geometry, such as a ring that does not close, is missing. A layer
        without geometry gives a plain frame.

    Raises
    ------
    Exception
        One of `CANNOT_READ`.
    """
    with warnings.catch_warnings():
        # GDAL's remarks on measures, ring closure and the like: what matters is checked afterwards
        warnings.simplefilter("ignore")
        return gpd.read_file(address, layer=layer, engine="pyogrio", on_invalid="ignore")
