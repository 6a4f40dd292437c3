"""The clusters of one scheme, simplified and sorted for print: made once, drawn many times."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from maps import theme
from maps.figures.linework import simplify_areas
from maps.figures.panels import Floats

MARKER_OF: Final[Mapping[tuple[str, str], str]] = {
    ("hospital", "acute"): "acute",
    ("hospital", "non_acute"): "non_acute",
    ("hospital", "planned"): "planned",
    ("hospital", "closed"): "closed",
    ("health_house", "open"): "health_house",
    ("health_house", "planned"): "health_house_planned",
    ("health_house", "granted"): "health_house_planned",
    ("health_house", "replaced"): "health_house_closed",
    ("health_house", "closed"): "health_house_closed",
}
"""Kind and role of a facility → marker of the theme; any other is drawn as a dot."""

STATE_ISLAND: Final = "0411"
"""Christiansø, which belongs to no municipality and so to no cluster."""

DETAIL_M: Final = 60.0
"""Detail kept for figures of one cluster, metres."""

NATIONAL_M: Final = 220.0
"""Detail kept for the whole country at A4 width, metres: a tenth of a millimetre."""

LOCATOR_M: Final = 1_200.0
"""Detail kept for the small map that shows where a cluster lies, metres."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """What a figure tells of a cluster."""

    cluster_id: str
    name: str
    full_name: str
    region: str
    fill: str
    has_acute: bool


@dataclass(frozen=True, slots=True)
class ClusterAtlas:
    """The clusters of one scheme, ready for print.

    Parameters
    ----------
    detailed, coarse, small
        Municipality areas at `DETAIL_M`, `NATIONAL_M` and `LOCATOR_M`: ``name`` and geometry, EPSG:25832,
        index ``municipality_code``.
    clusters
        By cluster id.
    owners
        Cluster ids of each municipality, in order; empty for none.
    facilities
        Points with ``kind``, ``facility_id``, ``name`` and ``marker``, EPSG:25832.
    pairs
        Which facility belongs to which cluster: ``cluster_id``, ``kind`` (where known), ``facility_id``.
    """

    detailed: gpd.GeoDataFrame
    coarse: gpd.GeoDataFrame
    small: gpd.GeoDataFrame
    clusters: Mapping[str, Cluster]
    owners: Mapping[str, tuple[str, ...]]
    facilities: gpd.GeoDataFrame
    pairs: pd.DataFrame

    def codes(self, cluster_id: str, *, alone: bool = False) -> list[str]:
        """Municipalities of a cluster; only those of no other cluster if `alone`."""
        return [
            code for code, ids in self.owners.items() if cluster_id in ids and not (alone and len(ids) > 1)
        ]

    def facilities_of(self, cluster_id: str) -> gpd.GeoDataFrame:
        """Facilities that belong to a cluster."""
        rows = self.pairs[self.pairs["cluster_id"] == cluster_id].drop(columns="cluster_id")
        known = pd.MultiIndex.from_frame(self.facilities[rows.columns.tolist()])
        found: gpd.GeoDataFrame = self.facilities[known.isin(pd.MultiIndex.from_frame(rows))]
        return found


def prepare_clusters(
    areas: gpd.GeoDataFrame,
    clusters: gpd.GeoDataFrame,
    members: pd.DataFrame,
    facilities: gpd.GeoDataFrame,
    pairs: pd.DataFrame,
    *,
    scheme: str,
) -> ClusterAtlas:
    """Pick one scheme and simplify its geometry for print.

    Parameters
    ----------
    areas
        Municipalities with ``municipality_code`` and ``name``: a valid coverage in EPSG:25832.
    clusters, members
        As the pipeline gives them.
    facilities
        As the pipeline gives them; ``role`` is drawn as it stands. Facilities without a point are left out.
    pairs
        The pipeline's ``facility_clusters``.
    scheme
        Which scheme to draw.
    """
    keys = ["municipality_code", "name", "geometry"]
    base = areas[keys].sort_values("municipality_code").set_index("municipality_code")
    detailed = simplify_areas(base, DETAIL_M)
    coarse = simplify_areas(detailed, NATIONAL_M)
    points = facilities[~(facilities.geometry.isna() | facilities.geometry.is_empty)]
    markers = [MARKER_OF.get(key, "practice") for key in zip(points["kind"], points["role"], strict=True)]
    mine = members[members["scheme"] == scheme].sort_values(["municipality_code", "cluster_id"])
    found = mine.groupby("municipality_code")["cluster_id"].agg(tuple).to_dict()
    pair_keys = [key for key in ("cluster_id", "kind", "facility_id") if key in pairs.columns]
    return ClusterAtlas(
        detailed=detailed,
        coarse=coarse,
        small=simplify_areas(coarse, LOCATOR_M),
        clusters=_clusters(clusters[clusters["scheme"] == scheme]),
        owners={str(code): found.get(code, ()) for code in base.index},
        facilities=points.assign(marker=markers)[["kind", "facility_id", "name", "marker", "geometry"]],
        pairs=pairs.loc[pairs["scheme"] == scheme, pair_keys],
    )


def _clusters(rows: pd.DataFrame) -> dict[str, Cluster]:
    told = rows.assign(has_acute=rows["has_acute"] if "has_acute" in rows.columns else True)
    return {
        str(row["cluster_id"]): Cluster(
            str(row["cluster_id"]),
            str(row["name"]),
            str(row["full_name"]),
            str(row["region"]),
            theme.fill_of(int(row["colour"])),
            bool(row["has_acute"]),
        )
        for row in told.drop(columns="geometry", errors="ignore").to_dict("records")
    }


def joined(areas: gpd.GeoDataFrame, codes: list[str]) -> shapely.Geometry:
    """Join municipalities to one shape."""
    return shapely.coverage_union_all(
        areas.geometry.loc[[code for code in codes if code in areas.index]].to_numpy()
    )


def points_of(facilities: gpd.GeoDataFrame) -> Floats:
    """Coordinates of facilities, metres, shape (n, 2)."""
    found: Floats = shapely.get_coordinates(facilities.geometry.to_numpy()).astype(np.float64)
    return found
