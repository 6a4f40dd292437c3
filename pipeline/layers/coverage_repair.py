"""Turn areas that should share borders into a valid coverage: no overlaps, no slivers, equal vertices.

All borders are noded together and cut into faces. A face that lies in one area stays with it; a face claimed
by several, and a narrow face claimed by none, goes to the neighbour with which it shares the longest border
(the rule of GEOS' coverage cleaner and of OpenJUMP's sliver tools). Wide holes, such as lakes, stay holes.
"""

from dataclasses import dataclass
from typing import Final

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

__all__ = ["Mended", "mend_areas", "mend_coverage", "polygons_only"]

Shapes = npt.NDArray[np.object_]
Integers = npt.NDArray[np.int64]

SLIVER_WIDTH_M: Final = 20.0
"""Mean width (twice the area over the perimeter) up to which an uncovered face is a sliver and not a lake.

Twice the 10 m by which generalised municipality boundaries are commonly simplified: two neighbours simplified
apart can drift at most that far from each other."""

NOBODY: Final = -1


@dataclass(frozen=True, slots=True)
class Mended:
    """What was mended in a layer; areas in km².

    Parameters
    ----------
    invalid, invalid_km2
        Polygons that crossed or touched themselves, and how much area that moved.
    overlaps, overlap_km2
        Faces that two or more areas claimed.
    gaps, gap_km2
        Narrow faces that none claimed.
    """

    invalid: int = 0
    invalid_km2: float = 0.0
    overlaps: int = 0
    overlap_km2: float = 0.0
    gaps: int = 0
    gap_km2: float = 0.0


def polygons_only(shapes: Shapes) -> Shapes:
    """Keep the polygons of each geometry as a multipolygon; lines and points beside them go."""
    parts, row = shapely.get_parts(shapes, return_index=True)
    while (shapely.get_type_id(parts) > 3).any():  # collections within collections
        parts, inner = shapely.get_parts(parts, return_index=True)
        row = row[inner]
    keep = shapely.get_type_id(parts) == 3
    out = np.full(len(shapes), shapely.MultiPolygon(), dtype=object)
    rows, start = np.unique(row[keep], return_index=True)
    for at, members in zip(rows, np.split(parts[keep], start[1:]), strict=True):
        out[at] = shapely.multipolygons(members)
    return out


def mend_areas(areas: gpd.GeoSeries) -> tuple[gpd.GeoSeries, pd.Series]:
    """Resolve self-crossings.

    Parameters
    ----------
    areas
        Polygons, any validity, metric CRS.

    Returns
    -------
    mended, changed
        Valid multipolygons (empty where nothing with an area is left), and by how many m² each differs in
        area, 0 where nothing was done; both with the index of `areas`.
    """
    shapes = areas.to_numpy()
    broken = ~shapely.is_valid(shapes)
    mended = shapes.copy()
    mended[broken] = shapely.make_valid(shapes[broken], method="structure", keep_collapsed=False)
    mended = polygons_only(mended)
    changed = np.where(broken, np.abs(shapely.area(mended) - shapely.area(shapes)), 0.0)
    return gpd.GeoSeries(mended, index=areas.index, crs=areas.crs), pd.Series(changed, index=areas.index)


def mend_coverage(areas: gpd.GeoSeries) -> tuple[gpd.GeoSeries, Mended, pd.DataFrame]:
    """Make neighbours share their borders exactly.

    Parameters
    ----------
    areas
        Valid polygons, one per key, metric CRS.

    Returns
    -------
    mended
        The same index; multipolygons that form a valid coverage. Areas that need no mending keep every
        vertex.
    what
        Counts and sizes.
    overlaps
        For each pair of areas that overlap: ``first``, ``second`` (labels), ``overlap_km2``, largest first.
    """
    shapes = areas.to_numpy()
    faces = _faces(shapes)
    claims = _claims(faces, shapes)
    claimants = np.bincount(claims[0], minlength=len(faces))
    size = shapely.area(faces)
    narrow = 2 * size <= SLIVER_WIDTH_M * shapely.length(faces)
    gap = (claimants == 0) & narrow
    overlap = claimants > 1
    what = Mended(
        overlaps=int(overlap.sum()),
        overlap_km2=float(size[overlap].sum() / 1e6),
        gaps=int(gap.sum()),
        gap_km2=float(size[gap].sum() / 1e6),
    )
    pairs = _pairs(claims, overlap, size, areas.index)
    if not (gap.any() or overlap.any()) and shapely.coverage_is_valid(shapes):
        return gpd.GeoSeries(polygons_only(shapes), index=areas.index, crs=areas.crs), what, pairs
    owner = np.full(len(faces), NOBODY, dtype=np.int64)
    single = claimants == 1
    owner[claims[0][single[claims[0]]]] = claims[1][single[claims[0]]]
    owner = _give_to_neighbours(faces, owner, gap | overlap, claims)
    whole = [shapely.coverage_union_all(faces[owner == row]) for row in range(len(shapes))]
    mended = polygons_only(np.array(whole, dtype=object))
    if not shapely.coverage_is_valid(mended):
        mended = polygons_only(shapely.coverage_clean(mended))
    return gpd.GeoSeries(mended, index=areas.index, crs=areas.crs), what, pairs


def _faces(shapes: Shapes) -> Shapes:
    """Cut the plane along all borders."""
    net = shapely.union_all(shapely.boundary(shapes))
    return np.array(shapely.get_parts(shapely.polygonize([net])), dtype=object)


def _claims(faces: Shapes, shapes: Shapes) -> Integers:
    """Pairs (face, area) where the face lies in the area; sorted."""
    tree = shapely.STRtree(shapes)
    shapely.prepare(shapes)
    pairs = tree.query(shapely.point_on_surface(faces), predicate="within")
    return np.asarray(pairs[:, np.lexsort((pairs[1], pairs[0]))])


def _pairs(
    claims: Integers, overlap: npt.NDArray[np.bool_], size: npt.NDArray[np.float64], labels: pd.Index
) -> pd.DataFrame:
    """How much every two areas overlap."""
    contested = pd.DataFrame({"face": claims[0], "area": claims[1]})
    contested = contested[overlap[contested["face"]]]
    both = contested.merge(contested, on="face")
    both = both[both["area_x"] < both["area_y"]].assign(km2=lambda frame: size[frame["face"]] / 1e6)
    sums = both.groupby(["area_x", "area_y"])["km2"].sum().reset_index()
    sums = sums.sort_values(["km2", "area_x", "area_y"], ascending=[False, True, True], ignore_index=True)
    return pd.DataFrame(
        {"first": labels[sums["area_x"]], "second": labels[sums["area_y"]], "overlap_km2": sums["km2"]}
    )


def _shared_edges(faces: Shapes) -> pd.DataFrame:
    """Lengths of the borders between faces: ``face``, ``other``, ``length``, each border from both sides."""
    edges = shapely.boundary(faces)
    parts, face = shapely.get_parts(edges, return_index=True)
    xy, ring = shapely.get_coordinates(parts, return_index=True)
    same = ring[1:] == ring[:-1]
    start, end = xy[:-1][same], xy[1:][same]
    flip = (start[:, 0] > end[:, 0]) | ((start[:, 0] == end[:, 0]) & (start[:, 1] > end[:, 1]))
    start[flip], end[flip] = end[flip], start[flip].copy()
    segments = pd.DataFrame(np.hstack([start, end]), columns=["x0", "y0", "x1", "y1"])
    segments["face"] = face[ring[:-1][same]]
    twins = segments[segments.duplicated(["x0", "y0", "x1", "y1"], keep=False)]
    twins = twins.sort_values(["x0", "y0", "x1", "y1", "face"])
    first, second = twins.iloc[::2], twins.iloc[1::2]  # noded faces meet in twos
    length = np.hypot(
        first["x1"].to_numpy() - first["x0"].to_numpy(), first["y1"].to_numpy() - first["y0"].to_numpy()
    )
    one, other = first["face"].to_numpy(), second["face"].to_numpy()
    borders = pd.DataFrame(
        {"face": np.r_[one, other], "other": np.r_[other, one], "length": np.r_[length, length]}
    )
    return borders.groupby(["face", "other"])["length"].sum().reset_index()


def _give_to_neighbours(
    faces: Shapes, owner: Integers, loose: npt.NDArray[np.bool_], claims: Integers
) -> Integers:
    """Give each loose face to the area it shares the longest border with, from the settled faces inwards."""
    borders = _shared_edges(faces)
    borders = borders[loose[borders["face"]]]
    claimants = pd.MultiIndex.from_arrays([claims[0], claims[1]])
    owner = owner.copy()
    while True:
        beside = owner[borders["other"]]
        open_ = (owner[borders["face"]] == NOBODY) & (beside != NOBODY)
        votes = pd.DataFrame(
            {"face": borders["face"][open_], "area": beside[open_], "length": borders["length"][open_]}
        )
        free = ~votes["face"].isin(claims[0])
        claimed = pd.MultiIndex.from_frame(votes[["face", "area"]]).isin(claimants)
        votes = votes[free | claimed].groupby(["face", "area"])["length"].sum().reset_index()
        if votes.empty:
            break
        votes = votes.sort_values(["length", "area"], ascending=[False, True]).drop_duplicates("face")
        owner[votes["face"]] = votes["area"]
    left = np.flatnonzero(loose & (owner == NOBODY) & np.isin(np.arange(len(faces)), claims[0]))
    first = pd.Series(claims[1], index=claims[0]).groupby(level=0).first()
    owner[left] = first.reindex(left)  # wholly inside other contested faces: to the first that claims it
    return owner
