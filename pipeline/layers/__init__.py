"""Read municipality boundaries: any common file in, one checked and mended layer out."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import geopandas as gpd
import pandas as pd
import shapely

from pipeline.errors import CRSError, Fault
from pipeline.findings import Finding
from pipeline.layers.area_checks import (
    keys,
    mended_rows,
    overlap_faults,
    raise_together,
    shape_faults,
    without_twins,
)
from pipeline.layers.area_findings import content_findings, mending_findings, source_findings
from pipeline.layers.coverage_repair import Mended, mend_coverage
from pipeline.layers.crs_check import to_metric
from pipeline.layers.municipality_keys import COUNTRY
from pipeline.layers.vector_files import read_vector
from pipeline.sources import GEODATA

__all__ = [
    "BUNDLED_AREAS",
    "AreaLayer",
    "load_bundled_areas",
    "read_municipality_areas",
    "read_vector",
    "to_metric",
]

BUNDLED_AREAS: Final = GEODATA / "boundaries" / "municipalities.geojson"
"""The municipality areas that ship with the project: approximate."""

PRECISIONS: Final = ("approximate", "modelled", "register", "measured")
"""From weakest to strongest."""


@dataclass(frozen=True, slots=True)
class AreaLayer:
    """Municipality areas, ready to compute with.

    Parameters
    ----------
    frame
        ``municipality_code``, ``name``, ``precision``, geometry (MultiPolygon, a valid coverage, EPSG:25832);
        one row per municipality, sorted by code, index 0 … n-1.
    findings
        What was chosen and mended, for people.
    path
        The file.
    precision
        Precision of the layer: its weakest, where the file says it row by row; else ``measured``.
    key_column
        Column that named the municipalities.
    mended
        Counts and sizes of what was mended.
    """

    frame: gpd.GeoDataFrame
    findings: tuple[Finding, ...]
    path: Path
    precision: str
    key_column: str
    mended: Mended


def load_bundled_areas(municipalities: pd.DataFrame) -> AreaLayer:
    """Read the approximate areas that ship with the project, through the same door as any other file.

    Parameters
    ----------
    municipalities
        Table ``municipalities``.
    """
    return read_municipality_areas(BUNDLED_AREAS, municipalities)


def read_municipality_areas(
    path: Path,
    municipalities: pd.DataFrame,
    *,
    layer: str | None = None,
    key_column: str | None = None,
    crs: str | None = None,
) -> AreaLayer:
    """Read municipality boundaries from any common vector file, mend what can be mended, refuse the rest.

    The municipality key is found by itself (codes such as 101, 0101 and DK_101, or names in any spelling),
    parts of a municipality are joined, heights dropped, self-crossings resolved, and overlaps and slivers
    between neighbours given to one of them, so that the result is a valid coverage.

    Parameters
    ----------
    path
        GeoPackage, GeoJSON, Shapefile (also zipped), GeoParquet or TopoJSON.
    municipalities
        ``municipality_code``, ``name``, and where given ``kind`` and ``area_km2``: those that must be there.
        Municipalities of kind ``state_island`` (Christiansø) may be missing.
    layer
        Layer to read where the file holds several.
    key_column
        Column with the code or name; found by itself when left out.
    crs
        CRS of a file that states none, or a wrong one.

    Raises
    ------
    MissingInputError
        The file is not there, empty, cut off or of another kind.
    CRSError, TableError, GeometryError, InputError
        Wrong or missing CRS; missing, empty, unknown or doubtful keys; missing municipalities; geometry that
        is empty, not an area or beyond repair. All faults at once; `InputError` where they are of several
        kinds.
    """
    source = str(path)
    frame, foreign = _danish(read_vector(path, layer=layer))
    key_troubles, key = keys(frame, municipalities, source, key_column)
    shape_troubles, sound = shape_faults(frame, source)
    metric, crs_troubles = _metric(frame, source, crs)
    raise_together(crs_troubles, key_troubles, shape_troubles)
    assert key is not None  # noqa: S101  # a missing key is among the faults
    rows, hopeless, moved = mended_rows(metric.geometry[sound], source)
    rows, doubled, twins = without_twins(rows, key.codes, source)
    raise_together(table=doubled, geometry=hopeless)
    whole = rows.groupby(key.codes[rows.index]).agg(lambda parts: shapely.union_all(parts.to_numpy()))
    areas, mended, overlaps = mend_coverage(gpd.GeoSeries(whole.sort_index(), crs=metric.crs))
    names = municipalities.set_index("municipality_code")["name"]
    raise_together(geometry=overlap_faults(overlaps, areas, names, source))
    mended = replace(mended, invalid=len(moved), invalid_km2=float(moved.sum() / 1e6))
    precision = _precision(frame)
    result = gpd.GeoDataFrame(
        {
            "municipality_code": areas.index.astype("str"),
            "name": names.reindex(areas.index).to_numpy(),
            "precision": precision,
        },
        geometry=areas.to_numpy(),
        crs=metric.crs,
    )
    heights = bool(shapely.has_z(frame.geometry.to_numpy()).any())
    findings = (
        *content_findings(result, municipalities, precision),
        *source_findings(path, key, rows=len(rows), heights=heights, foreign=foreign),
        *mending_findings(mended, twins),
    )
    return AreaLayer(result, findings, path, precision, key.column, mended)


def _danish(frame: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, int]:
    """Leave out other countries' rows, and count them, where the file says which country a row is in."""
    if COUNTRY not in frame.columns or not (frame[COUNTRY] == "DK").any():
        return frame, 0
    danish = frame[COUNTRY] == "DK"
    return frame[danish], int((~danish).sum())


def _metric(
    frame: gpd.GeoDataFrame, source: str, crs: str | None
) -> tuple[gpd.GeoDataFrame, tuple[Fault, ...]]:
    try:
        return to_metric(frame, source, crs=crs, everything=True), ()
    except CRSError as error:
        return frame, error.faults


def _precision(frame: gpd.GeoDataFrame) -> str:
    """Weakest precision that the file states; measured where it states none."""
    stated = set(frame["precision"].dropna()) if "precision" in frame.columns else set()
    return next((word for word in PRECISIONS if word in stated), "measured")
