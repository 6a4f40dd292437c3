"""Keys, names and points that the parts of a page share."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import geopandas as gpd
import pandas as pd
import shapely

from maps.words import long_date
from pipeline.clusters.practice_clusters import DEFAULT_BASIS
from pipeline.crs import GEOGRAPHIC
from pipeline.messages import Language
from pipeline.study_result import StudyResult

SHEETS: Final = "sheets"
"""Folder of the clusters' sheets."""


def cluster_key(scheme: object, cluster_id: object) -> str:
    """Key of a cluster's feature, and name of its outline."""
    return f"cluster:{scheme}/{cluster_id}"


def sheet_file(cluster_id: object, ending: str) -> str:
    """Name the file of a cluster's two-page sheet, as seen from the study's folder."""
    return f"{SHEETS}/{cluster_id}.{ending}"


def municipality_key(code: object) -> str:
    """Key of a municipality's feature; its shape is named by the code alone."""
    return f"municipality:{code}"


def facility_key(facility_id: object) -> str:
    """Key of a hospital's or health house's feature."""
    return f"facility:{facility_id}"


def practice_key(practice_cluster_id: object) -> str:
    """Key of a practice cluster's feature, and name of its shape."""
    return f"practice:{practice_cluster_id}"


def rows_of(frame: pd.DataFrame) -> Iterator[Any]:
    """Walk a frame's rows as tuples with named fields."""
    return iter(frame.itertuples(index=False, name="Row"))


def groups_of(frame: pd.DataFrame, *keys: str) -> dict[Any, pd.DataFrame]:
    """Split a frame by one or more columns."""
    return dict(iter(frame.groupby(keys[0] if len(keys) == 1 else list(keys), sort=True)))


def lon_lat(points: gpd.GeoSeries) -> list[tuple[float, float]]:
    """Longitudes and latitudes of points, 5 decimals."""
    return [(round(float(p.x), 5), round(float(p.y), 5)) for p in points.to_crs(GEOGRAPHIC)]


def inner_points(geometry: gpd.GeoSeries) -> list[tuple[float, float]]:
    """Find the point deepest inside each polygon, where a name stands best.

    Parameters
    ----------
    geometry
        Polygons in EPSG:25832.

    Returns
    -------
    list of tuple
        Longitude, latitude: centre of the largest circle within each polygon's largest part.
    """
    largest = [max(shapely.get_parts(shape), key=shapely.area) for shape in geometry]
    circles = [shapely.maximum_inscribed_circle(part, tolerance=200.0) for part in largest]
    return lon_lat(gpd.GeoSeries([shapely.get_point(circle, 0) for circle in circles], crs=geometry.crs))


@dataclass(frozen=True)
class Names:
    """Names of a study's schemes, clusters, functions and days in one language."""

    result: StudyResult
    lang: Language

    @cached_property
    def schemes(self) -> dict[str, str]:
        """Title of each scheme."""
        frame = self.result.schemes
        return dict(zip(frame["scheme"], frame[f"name_{self.lang}"].astype(str), strict=True))

    @cached_property
    def units(self) -> dict[str, str]:
        """What one cluster of each scheme is called, with a capital."""
        frame = self.result.schemes
        words = frame[f"unit_{self.lang}"].astype(str)
        return dict(zip(frame["scheme"], words.str[:1].str.upper() + words.str[1:], strict=True))

    @cached_property
    def days(self) -> dict[str, str]:
        """The day each scheme is computed for, in words."""
        frame = self.result.schemes
        return {s: long_date(day, self.lang) for s, day in zip(frame["scheme"], frame["on"], strict=True)}

    @cached_property
    def clusters(self) -> dict[str, str]:
        """Name of each cluster by feature key."""
        return {cluster_key(r.scheme, r.cluster_id): str(r.name) for r in rows_of(self.result.clusters)}

    @cached_property
    def functions(self) -> dict[str, str]:
        """Name of each function of a health house."""
        frame = self.result.functions
        return dict(zip(frame["function_id"], frame[f"name_{self.lang}"].astype(str), strict=True))

    @cached_property
    def municipalities(self) -> dict[str, str]:
        """Name of each municipality by code."""
        frame = self.result.municipalities
        return dict(zip(frame["municipality_code"], frame["name"].astype(str), strict=True))

    @cached_property
    def municipality_points(self) -> dict[str, tuple[float, float]]:
        """Longitude and latitude at which each municipality's name and card stand, by code."""
        frame = self.result.municipalities
        return dict(zip(frame["municipality_code"].astype(str), inner_points(frame.geometry), strict=True))

    @cached_property
    def cluster_points(self) -> dict[str, tuple[float, float]]:
        """The same for each cluster by feature key: on land that it shares with no other, if it has any."""
        result = self.result
        shapes = result.municipalities.set_index("municipality_code").geometry
        shared = groups_of(result.cluster_members[result.cluster_members["shared"]], "scheme", "cluster_id")
        keys, land = [], []
        for row in rows_of(result.clusters):
            rows = shared.get((row.scheme, row.cluster_id))
            keys.append(cluster_key(row.scheme, row.cluster_id))
            if rows is None:
                land.append(row.geometry)
                continue
            own = shapely.difference(
                row.geometry, shapely.union_all(shapes.loc[list(rows["municipality_code"])].to_numpy())
            )
            land.append(row.geometry if own.is_empty else own)
        return dict(zip(keys, inner_points(gpd.GeoSeries(land, crs=result.clusters.crs)), strict=True))

    @cached_property
    def facility_points(self) -> dict[str, tuple[float, float]]:
        """Longitude and latitude of each hospital and health house that has a point, by id."""
        frame = self.result.facilities
        placed = frame[~(frame.geometry.isna() | frame.geometry.is_empty)]
        return dict(zip(placed["facility_id"].astype(str), lon_lat(placed.geometry), strict=True))

    @cached_property
    def practice_points(self) -> dict[str, tuple[float, float]]:
        """The same for each practice cluster by id."""
        frame = self.result.practice_clusters
        assumed = frame["basis"] == DEFAULT_BASIS
        stated = frame[~assumed]
        points = {
            str(r.practice_cluster_id): self.municipality_points[r.municipality_codes]
            for r in rows_of(frame[assumed])
        }
        return points | dict(
            zip(stated["practice_cluster_id"].astype(str), inner_points(stated.geometry), strict=True)
        )

    @cached_property
    def facilities(self) -> dict[str, Any]:
        """Row of each hospital and health house by id, in the order of their names."""
        frame = self.result.facilities.sort_values(["name", "facility_id"])
        return {str(row.facility_id): row for row in rows_of(frame.drop(columns="geometry"))}

    @cached_property
    def roles(self) -> dict[tuple[str, str], str]:
        """Role of each facility by scheme and facility."""
        return {(str(r.scheme), str(r.facility_id)): str(r.role) for r in rows_of(self.result.facility_roles)}
