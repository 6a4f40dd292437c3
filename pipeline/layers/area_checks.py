"""What can be wrong with municipality areas: keys, shapes, overlaps; each told as a fault with its mend."""

from collections.abc import Sequence
from typing import Final

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from pipeline.errors import CRSError, Fault, GeometryError, InputError, TableError
from pipeline.layers.coverage_repair import mend_areas
from pipeline.layers.crs_check import rows_text
from pipeline.layers.municipality_keys import KeyColumn, find_key, key_faults
from pipeline.messages import msg

__all__ = [
    "OPTIONAL_KIND",
    "keys",
    "mended_rows",
    "overlap_faults",
    "raise_together",
    "shape_faults",
    "without_twins",
]

Flags = npt.NDArray[np.bool_]

OPTIONAL_KIND: Final = "state_island"
"""Kind of municipality (Christiansø) that a boundary file may leave out."""

LARGEST_OVERLAP_SHARE: Final = 0.1
LARGEST_OVERLAP_KM2: Final = 5.0
"""Overlaps larger than this share of the smaller area, or than this, are not slivers."""

LARGEST_MENDED_SHARE: Final = 0.1
"""Share of a polygon's area that resolving a self-crossing may move; more is beyond repair."""

MOST_NAMES: Final = 10
POLYGONS: Final = (3, 6)
COLLECTION: Final = 7
"""Type ids of shapely; a collection that holds polygons counts as an area, what else it holds goes."""


def raise_together(
    crs: Sequence[Fault] = (), table: Sequence[Fault] = (), geometry: Sequence[Fault] = ()
) -> None:
    """Raise all faults at once: the error of their kind, or `InputError` where they are of several kinds."""
    kinds = [(CRSError, crs), (TableError, table), (GeometryError, geometry)]
    found = [kind for kind, faults in kinds if faults]
    if found:
        error = found[0] if len(found) == 1 else InputError
        raise error([*crs, *table, *geometry])


def keys(
    frame: pd.DataFrame, municipalities: pd.DataFrame, source: str, column: str | None
) -> tuple[list[Fault], KeyColumn | None]:
    """Find the key column and check that it names every municipality.

    Parameters
    ----------
    frame
        The layer's rows.
    municipalities
        ``municipality_code``, ``name`` and, where given, ``kind``.
    source
        The file, for messages.
    column
        The user's choice of column.

    Returns
    -------
    faults, key
        The key is None where no column serves.
    """
    attributes = pd.DataFrame(frame.drop(columns=frame.geometry.name))
    columns = ", ".join(map(str, attributes.columns)) or "–"
    mend = msg("name the column with codes or names as key in the settings")
    if column is not None and column not in attributes.columns:
        found = msg("columns: {columns}", columns=columns)
        return [Fault(source, "", found, msg("the key column “{column}”", column=column), mend)], None
    key, witness = find_key(attributes, municipalities, column)
    if key is None:
        part = find_key(attributes, municipalities, column, least=1)[0]
        if part is not None and part.codes.notna().all():
            found = msg(
                "{count:n} of {number:n} {number:|municipality|municipalities}",
                count=part.explained,
                number=len(municipalities),
            )
            whole = msg("use a file of the whole country; clusters and travel times need all of it")
            return [Fault(source, part.column, found, msg("all municipalities"), whole)], None
        expected = msg("a column with municipality codes or names, such as KOMKODE, LAU_ID or navn")
        return [Fault(source, "", msg("columns: {columns}", columns=columns), expected, mend)], None
    faults = key_faults(attributes, key, witness, source)
    needed = municipalities
    if "kind" in needed.columns:
        needed = needed[needed["kind"] != OPTIONAL_KIND]
    missing = needed[~needed["municipality_code"].isin(key.codes)]
    if len(missing):
        names = [
            f"{code} {name}" for code, name in zip(missing["municipality_code"], missing["name"], strict=True)
        ]
        listed = ", ".join(names[:MOST_NAMES]) + (" …" if len(names) > MOST_NAMES else "")
        found = msg("{number} municipalities are missing: {names}", number=len(missing), names=listed)
        mend = msg("use a file of the whole country, or correct the keys")
        faults.append(Fault(source, key.column, found, msg("all {number}", number=len(needed)), mend))
    return faults, key


def shape_faults(frame: gpd.GeoDataFrame, source: str) -> tuple[list[Fault], Flags]:
    """Tell features without geometry or of another kind than areas; the flags mark the sound ones."""
    shapes = frame.geometry.to_numpy()
    empty = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    kind = shapely.get_type_id(shapes)
    area = np.isin(kind, POLYGONS) | ((kind == COLLECTION) & (shapely.area(shapes) > 0))
    faults = []
    expected = msg("a polygon")
    if empty.any():
        mend = msg("remove the feature, or draw it")
        faults.append(Fault(source, rows_text(frame.index[empty]), msg("no geometry"), expected, mend))
    other = ~area & ~empty
    if other.any():
        kinds = ", ".join(sorted({shape.geom_type for shape in shapes[other]}))
        mend = msg("use a layer of areas, not of points or lines")
        faults.append(Fault(source, rows_text(frame.index[other]), kinds, expected, mend))
    return faults, np.asarray(area & ~empty)


def mended_rows(shapes: gpd.GeoSeries, source: str) -> tuple[gpd.GeoSeries, list[Fault], pd.Series]:
    """Drop heights and resolve self-crossings.

    Returns
    -------
    rows, faults, changed
        Valid multipolygons; faults for those whose self-crossing is beyond repair; m² moved where mended,
        missing where nothing was done.
    """
    flat = gpd.GeoSeries(shapely.force_2d(shapes.to_numpy()), index=shapes.index, crs=shapes.crs)
    rows, moved = mend_areas(flat)
    hopeless = (moved > LARGEST_MENDED_SHARE * rows.area) | (rows.area == 0)
    faults = []
    if hopeless.any():
        bad = list(hopeless.index[hopeless])
        reasons = shapely.is_valid_reason(flat[bad].to_numpy())
        found = msg("polygons that cross themselves beyond repair ({reason})", reason=reasons[0])
        mend = msg("draw them again, or export them from the source")
        faults.append(
            Fault(source, rows_text(bad), found, msg("polygons that do not cross themselves"), mend)
        )
    return rows, faults, moved[~flat.is_valid]


def without_twins(
    rows: gpd.GeoSeries, codes: pd.Series, source: str
) -> tuple[gpd.GeoSeries, list[Fault], list[int]]:
    """Leave out features that are repeated exactly; tell parts of a municipality that cover each other.

    Returns
    -------
    rows, faults, twins
        The twins are the features left out.
    """
    codes = codes[rows.index]
    table = pd.DataFrame({"code": codes, "shape": shapely.to_wkb(shapely.normalize(rows.to_numpy()))})
    twin = table.duplicated(["code", "shape"])
    rows = rows[~twin]
    faults = []
    for code, parts in rows.groupby(codes[rows.index]):
        if len(parts) == 1:
            continue
        whole = shapely.union_all(parts.to_numpy()).area
        twice = parts.area.sum() - whole
        if twice > min(LARGEST_OVERLAP_SHARE * whole, LARGEST_OVERLAP_KM2 * 1e6):
            found = msg(
                "municipality {code} twice on the same ground ({km2:n1} km²)", code=code, km2=twice / 1e6
            )
            mend = msg("keep one of them; perhaps the file holds several years")
            expected = msg("parts of a municipality beside each other")
            faults.append(Fault(source, rows_text(parts.index), found, expected, mend))
    return rows, faults, list(twin.index[twin])


def overlap_faults(
    overlaps: pd.DataFrame, areas: gpd.GeoSeries, names: pd.Series, source: str
) -> list[Fault]:
    """Tell municipalities that overlap too much to be slivers.

    Parameters
    ----------
    overlaps
        Pairs with ``first``, ``second`` (codes) and ``overlap_km2``.
    areas
        Area by code, EPSG:25832.
    names
        Name by code.
    source
        The file, for messages.
    """
    size = areas.area / 1e6
    smaller = np.minimum(
        size.reindex(overlaps["first"]).to_numpy(), size.reindex(overlaps["second"]).to_numpy()
    )
    km2 = overlaps["overlap_km2"].to_numpy()
    wide = overlaps[(km2 > LARGEST_OVERLAP_SHARE * smaller) | (km2 > LARGEST_OVERLAP_KM2)]
    return [
        Fault(
            source,
            f"{first} {names[first]}, {second} {names[second]}",
            msg("they overlap by {km2:n1} km²", km2=shared),
            msg("neighbours side by side"),
            msg("correct the file; perhaps it mixes boundaries of several years"),
        )
        for first, second, shared in wide.itertuples(index=False)
    ]
