"""Find the columns of a table of places, read its numbers and its points.

Columns are found by name or by the user's own mapping, numbers are read with comma or point, coordinates come
from a geometry, from columns, or from a grid cell's code. All that is wrong is told at once, by row.
"""

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import CRS
from pyproj.exceptions import CRSError as ProjError

from pipeline.crs import GEOGRAPHIC, METRIC
from pipeline.errors import CRSError, Fault, TableError
from pipeline.layers import to_metric
from pipeline.messages import Message, msg

MOST_FAULTS: Final = 20
"""A file with the same fault in thousands of rows is told by its first rows and a count."""

COORDINATES: Final[Mapping[str, tuple[str, ...]]] = {
    "lon": ("lon", "longitude", "lng", "long", "længdegrad"),
    "lat": ("lat", "latitude", "breddegrad"),
    "x": ("x", "easting", "east", "etrs89_x", "utm_x"),
    "y": ("y", "northing", "north", "etrs89_y", "utm_y"),
}
"""Names that coordinate columns commonly have, lower case."""


def choose_columns(
    frame: pd.DataFrame,
    known: Mapping[str, Sequence[str]],
    mapped: Mapping[str, str],
    *,
    required: Iterable[str],
    source: str,
) -> dict[str, str]:
    """Find the column of each field: the user's mapping first, then commonly used names.

    Parameters
    ----------
    frame
        The table.
    known
        Field → names its column commonly has, lower case, the best first.
    mapped
        Field → column, from the settings.
    required
        Fields that must be found.
    source
        The file, for messages.

    Raises
    ------
    TableError
        A mapped column that is not in the table, a mapping of an unknown field, a required field not found:
        all at once.
    """
    names = {str(name).lower(): str(name) for name in frame.columns}
    listed = ", ".join(str(name) for name in list(frame.columns)[:30])
    chosen, faults = {}, []
    for field, column in mapped.items():
        if field not in known:
            near = get_close_matches(field, list(known), n=1)
            faults.append(
                Fault(
                    source,
                    msg("mapping of columns"),
                    msg("the field {field}", field=field),
                    msg("one of {words}", words=", ".join(known)),
                    msg("did you mean {near}?", near=near[0]) if near else msg("remove the line"),
                )
            )
        elif column not in frame.columns:
            faults.append(_no_column(source, column, listed))
        else:
            chosen[field] = column
    for field, candidates in known.items():
        found = [names[name] for name in candidates if name in names]
        if field not in mapped and found:
            chosen[field] = found[0]
    faults += [
        _no_column(source, " / ".join(known[field][:3]) or field, listed, field)
        for field in required
        if field not in chosen and field not in mapped
    ]
    if faults:
        raise TableError(faults)
    return chosen


def _no_column(source: str, column: str, listed: str, field: str = "") -> Fault:
    mend = (
        msg("add the column, or name yours in the mapping of columns under {field}", field=field)
        if field
        else msg("correct the name in the mapping of columns")
    )
    return Fault(
        source,
        msg("columns"),
        msg("the columns {names}", names=listed),
        msg("a column {column}", column=column),
        mend,
    )


def row_faults(
    source: str,
    column: str,
    rows: NDArray[np.intp],
    values: Sequence[object],
    expected: Message,
    mend: Message,
) -> list[Fault]:
    """Tell what is wrong in the rows of a column; the first ones each, the rest as a count."""
    faults = [
        Fault(
            source,
            msg("row {row}, column {column}", row=int(row) + 2, column=column),
            msg("the value {value}", value=str(value)[:60]),
            expected,
            mend,
        )
        for row, value in list(zip(rows, values, strict=True))[:MOST_FAULTS]
    ]
    if len(rows) > MOST_FAULTS:
        more = len(rows) - MOST_FAULTS
        faults.append(
            Fault(
                source,
                msg("column {column}", column=column),
                msg("{count:n} {count:|row|rows} more like this", count=more),
                expected,
                mend,
            )
        )
    return faults


def numbers(
    column: pd.Series, source: str, *, low: float = 0.0, empty: bool = True
) -> tuple[NDArray[np.float64], list[Fault]]:
    """Read numbers with decimal point or comma; empty is NaN.

    Parameters
    ----------
    column
        Text or numbers.
    source
        The file, for messages.
    low
        Lowest value allowed.
    empty
        Whether a cell may be empty.

    Returns
    -------
    tuple
        Float64 array, and a fault for every cell that is no number, too low, or empty where it may not be.
    """
    if pd.api.types.is_numeric_dtype(column):
        blank = column.isna().to_numpy()
        value = column.to_numpy(dtype=np.float64, na_value=np.nan)
    else:
        text = column.astype("str").str.strip()
        blank = (column.isna() | text.isin(["", "nan", "NaN", "NA", "None", "<NA>"])).to_numpy()
        # 1.234,5 is Danish, 1,234.5 English; a lone comma is a decimal mark.
        danish = text.str.contains(",", regex=False) & (text.str.rfind(",") > text.str.rfind("."))
        plain = text.where(~danish, text.str.replace(".", "", regex=False).str.replace(",", ".", regex=False))
        plain = plain.str.replace(",", "", regex=False)
        value = pd.to_numeric(plain.where(~blank), errors="coerce").to_numpy(dtype=np.float64)
    wrong = ~blank & ~(np.isfinite(value) & (value >= low))
    name = str(column.name)
    faults = row_faults(
        source,
        name,
        np.flatnonzero(wrong),
        column[wrong].tolist(),
        msg("a number of at least {limit}", limit=f"{low:g}"),
        msg("correct the value, or delete the row"),
    )
    if not empty:
        faults += row_faults(
            source,
            name,
            np.flatnonzero(blank),
            [""] * int(blank.sum()),
            msg("a number of at least {limit}", limit=f"{low:g}"),
            msg("fill the cell in, or delete the row"),
        )
    return np.where(wrong | blank, np.nan, value), faults


def points_of(
    frame: pd.DataFrame, chosen: Mapping[str, str], source: str, *, crs: str | None = None
) -> gpd.GeoSeries:
    """Take the points of a table in EPSG:25832; areas are stood for by a point inside them.

    Parameters
    ----------
    frame
        The table, with or without geometry.
    chosen
        Columns of ``lon`` and ``lat`` (WGS84) or ``x`` and ``y``.
    source
        The file, for messages.
    crs
        CRS of ``x`` and ``y`` (EPSG:25832 when left out), or of a layer that does not state its own.

    Raises
    ------
    CRSError
        An unknown CRS, a layer without any, or degrees where metres should be.
    TableError
        Neither geometry nor coordinate columns, or cells that are no numbers.
    """
    if isinstance(frame, gpd.GeoDataFrame) and frame.active_geometry_name:
        shapes = frame.geometry
        if shapes.crs is None:
            shapes = shapes.set_crs(_crs(crs, source) if crs else _no_crs(source))
        moved = shapes.to_crs(METRIC)
        drawn = (~(moved.isna() | moved.is_empty)).to_numpy()
        finite = np.isfinite(moved.bounds.to_numpy()).all(axis=1)
        if drawn.any() and not finite.any():
            to_metric(shapes.to_frame(), source)  # says which CRS would fit
        inside = shapely.point_on_surface(np.where(finite, moved.to_numpy(), shapely.Point()))
        points = np.where(finite & (moved.geom_type == "Point"), moved.to_numpy(), inside)
        return gpd.GeoSeries(points, frame.index, METRIC)
    pairs = [("lon", "lat", GEOGRAPHIC), ("x", "y", crs or METRIC)]
    for east, north, stated in pairs:
        if east in chosen and north in chosen:
            x, x_faults = numbers(frame[chosen[east]], source, low=-np.inf)
            y, y_faults = numbers(frame[chosen[north]], source, low=-np.inf)
            if x_faults or y_faults:
                raise TableError([*x_faults, *y_faults])
            if east == "x" and not _crs(stated, source).is_geographic and _looks_like_degrees(x, y):
                raise CRSError(_degrees(source, stated))
            points = gpd.GeoSeries.from_xy(x, y, index=frame.index, crs=_crs(stated, source)).to_crs(METRIC)
            finite = np.isfinite(x) & np.isfinite(y) & np.isfinite(points.x) & np.isfinite(points.y)
            return points.where(finite, shapely.Point())
    raise TableError(
        Fault(
            source,
            msg("columns"),
            msg("the columns {names}", names=", ".join(str(name) for name in list(frame.columns)[:30])),
            msg("a geometry, or columns lon and lat (degrees) or x and y (metres)"),
            msg("add coordinates, or name their columns in the mapping of columns"),
        )
    )


def _looks_like_degrees(x: NDArray[np.float64], y: NDArray[np.float64]) -> bool:
    both = np.isfinite(x) & np.isfinite(y)
    return bool(both.any() and (np.abs(x[both]) <= 180).all() and (np.abs(y[both]) <= 90).all())


def _crs(name: str, source: str) -> CRS:
    try:
        return CRS.from_user_input(name)
    except ProjError as error:
        raise CRSError(
            Fault(
                source,
                "crs",
                msg("the value {value}", value=name),
                msg("a CRS such as EPSG:25832"),
                msg("correct the CRS in the settings"),
            )
        ) from error


def _no_crs(source: str) -> CRS:
    raise CRSError(
        Fault(
            source,
            "",
            msg("a layer without CRS"),
            msg("a layer that states its CRS"),
            msg("set crs in the settings, for example EPSG:25832"),
        )
    )


def _degrees(source: str, stated: str) -> Fault:
    return Fault(
        source,
        "x, y",
        msg("values that look like degrees"),
        msg("metres in {crs}", crs=stated),
        msg("name the columns lon and lat instead of x and y, or set crs to EPSG:4326"),
    )
