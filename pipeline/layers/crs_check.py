"""Bring a layer to the one metric CRS, after making sure that its own CRS can be true."""

from collections.abc import Sequence
from typing import Final

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyproj
import shapely
from pyproj.exceptions import CRSError as UnknownCRS

from pipeline.crs import DENMARK_BOX, GEOGRAPHIC, METRIC
from pipeline.errors import CRSError, Fault
from pipeline.messages import Message, msg

__all__ = ["rows_text", "to_metric"]

Boxes = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

CANDIDATES: Final = (METRIC, GEOGRAPHIC, "EPSG:25833", "EPSG:3857", "EPSG:3035", "EPSG:23032")
"""What Danish data come in, likeliest first: UTM 32N, WGS84, UTM 33N, web Mercator, LAEA, ED50 / UTM 32N."""

LEAST_INSIDE: Final = 0.5
"""Share of features in Denmark below which the CRS is taken to be wrong."""

MOST_ROWS: Final = 10


def to_metric(
    frame: gpd.GeoDataFrame, source: str, *, crs: str | None = None, everything: bool = False
) -> gpd.GeoDataFrame:
    """Transform a layer to EPSG:25832, or say why its coordinates cannot be what they are said to be.

    Parameters
    ----------
    frame
        Layer in any CRS; rows without geometry are let through.
    source
        The file, as the user named it; stands in messages.
    crs
        The CRS the user states, for example ``EPSG:25832``. It overrules the file's own.
    everything
        Whether every feature must lie in Denmark, as municipalities must; otherwise half of them is enough to
        believe the CRS, and features abroad are kept.

    Returns
    -------
    geopandas.GeoDataFrame
        The same rows and index in EPSG:25832.

    Raises
    ------
    CRSError
        No CRS, an unknown one, or coordinates that lie elsewhere: degrees called metres, metres called
        degrees, axes swapped, another UTM zone. The mend names the CRS that would fit, if one does.
    """
    stated = _stated(frame, source, crs)
    shapes = frame.geometry.to_numpy()
    drawn = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    boxes = shapely.bounds(shapes[drawn])
    if not np.isfinite(boxes).all():
        rows = _numbers(frame)[drawn][~np.isfinite(boxes).all(axis=1)]
        raise CRSError(_row_fault(source, rows, msg("coordinates that are not numbers")))
    inside = _inside(boxes, stated)
    if len(boxes) and inside.mean() < LEAST_INSIDE:
        raise CRSError(_wrong_crs(source, boxes, stated))
    if everything and not inside.all():
        if _best(boxes, CANDIDATES)[1] == 1.0:  # all would lie in Denmark, were the CRS another
            raise CRSError(_wrong_crs(source, boxes, stated))
        raise CRSError(
            _row_fault(source, _numbers(frame)[drawn][~inside], msg("coordinates outside Denmark"))
        )
    return frame.set_crs(stated, allow_override=True).to_crs(METRIC)


def _stated(frame: gpd.GeoDataFrame, source: str, crs: str | None) -> pyproj.CRS:
    if crs is not None:
        try:
            return pyproj.CRS.from_user_input(crs)
        except UnknownCRS as error:
            mend = msg("write it as EPSG:25832 or EPSG:4326")
            raise CRSError(Fault(source, "crs", crs, msg("a known CRS"), mend)) from error
    if frame.crs is not None:
        return pyproj.CRS.from_user_input(frame.crs)
    shapes = frame.geometry.to_numpy()
    boxes = shapely.bounds(shapes[~(shapely.is_missing(shapes) | shapely.is_empty(shapes))])
    raise CRSError(
        Fault(
            source,
            "crs",
            msg("no CRS"),
            msg("a layer that states its CRS"),
            _mend(boxes, msg("state it as crs")),
        )
    )


def _inside(boxes: Boxes, crs: pyproj.CRS | str) -> npt.NDArray[np.bool_]:
    """Whether each box lies in Denmark when its numbers are read in `crs`."""
    west, south, east, north = DENMARK_BOX
    transformer = pyproj.Transformer.from_crs(crs, METRIC, always_xy=True)
    x, y = transformer.transform(boxes[:, [0, 0, 2, 2]], boxes[:, [1, 3, 1, 3]], errcheck=False)
    return np.asarray(((x >= west) & (x <= east) & (y >= south) & (y <= north)).all(axis=1))


def _best(boxes: Boxes, candidates: Sequence[pyproj.CRS | str]) -> tuple[pyproj.CRS | str | None, float]:
    """Choose the CRS in which most boxes lie in Denmark, the first of equals; at least half must."""
    if not len(boxes) or not np.isfinite(boxes).all():
        return None, 0.0
    shares = [float(_inside(boxes, candidate).mean()) for candidate in candidates]
    best = int(np.argmax(shares))
    return (candidates[best], shares[best]) if shares[best] >= LEAST_INSIDE else (None, 0.0)


def _wrong_crs(source: str, boxes: Boxes, stated: pyproj.CRS) -> Fault:
    name = stated.to_string() if stated.to_authority() else stated.name
    spread = (
        float(np.nanmedian(boxes[:, 0])),
        float(np.nanmedian(boxes[:, 1])),
    )
    found = msg("coordinates such as {x:n2}, {y:n2}, said to be {crs}", x=spread[0], y=spread[1], crs=name)
    if stated.is_geographic and np.nanmedian(np.abs(boxes)) > 360:
        found = msg(
            "metres called degrees: {x:n0}, {y:n0}, said to be {crs}", x=spread[0], y=spread[1], crs=name
        )
    elif not stated.is_geographic and np.nanmax(np.abs(boxes)) <= 360:
        found = msg(
            "degrees called metres: {x:n2}, {y:n2}, said to be {crs}", x=spread[0], y=spread[1], crs=name
        )
    return Fault(
        source,
        "crs",
        found,
        msg("coordinates in Denmark"),
        _mend(boxes, msg("check the layer’s CRS"), stated),
    )


def _mend(boxes: Boxes, otherwise: Message, stated: pyproj.CRS | None = None) -> Message:
    """Name the CRS in which the numbers would lie in Denmark."""
    fitting, _ = _best(boxes, CANDIDATES)
    if fitting is not None:
        return msg(
            "they fit {crs}: state it as crs in the settings, or export the layer with it", crs=fitting
        )
    turned: list[pyproj.CRS | str] = [*CANDIDATES]
    if stated is not None:
        turned.insert(0, stated)
    if _best(boxes[:, [1, 0, 3, 2]], turned)[0] is not None:
        return msg("x and y (longitude and latitude) are swapped: export the layer with x first")
    return otherwise


def rows_text(rows: Sequence[int]) -> Message:
    """Name features by their number in the file, counted from 1."""
    listed = ", ".join(str(row + 1) for row in rows[:MOST_ROWS])
    if len(rows) > MOST_ROWS:
        return msg("features {rows} and {more} more", rows=listed, more=len(rows) - MOST_ROWS)
    return msg("features {rows}", rows=listed)


def _numbers(frame: gpd.GeoDataFrame) -> Integers:
    """Place of each row in the file; rows of a part of the file keep theirs in the index."""
    whole = pd.api.types.is_integer_dtype(frame.index)
    return np.asarray(frame.index) if whole else np.arange(len(frame))


def _row_fault(source: str, rows: Integers, found: Message) -> Fault:
    where = rows_text(rows.tolist())
    return Fault(source, where, found, msg("coordinates in Denmark"), msg("remove or correct these features"))
