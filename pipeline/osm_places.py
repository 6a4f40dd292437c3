"""Places in an OpenStreetMap extract that carry a tag: points, buildings and areas, each as one point.

A pass finds what is tagged; only the points of those buildings and areas are then looked up. So the memory
needed grows with what is found and not with the extract.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import osmium
from numpy.typing import NDArray

from pipeline.crs import GEOGRAPHIC, METRIC
from pipeline.errors import Fault, MissingInputError
from pipeline.limits import check_extract
from pipeline.messages import msg
from pipeline.roads.extract import Extract


@dataclass(frozen=True, slots=True)
class OsmPlace:
    """A place: ``node/1``, ``way/2`` or ``relation/3``, its tags, and its place in degrees (WGS84)."""

    osm_id: str
    tags: Mapping[str, str]
    lon: float
    lat: float


def read_places(path: Path, *tags: tuple[str, str]) -> list[OsmPlace]:
    """Read everything that has one of some tags.

    Parameters
    ----------
    path
        ``.osm.pbf``, ``.osm`` or a packed form of it.
    tags
        Key and value pairs; one is enough.

    Returns
    -------
    list of OsmPlace
        In the order of their ids as text. A way stands at the middle of its points, a relation at the middle
        of those of its ways that the extract holds; what has no place at all is left out.

    Raises
    ------
    MissingInputError
        The file is not there or is no OpenStreetMap extract.
    """
    found: list[OsmPlace] = []
    shapes: list[tuple[str, dict[str, str], list[int]]] = []
    relations: list[tuple[str, dict[str, str], list[int]]] = []
    check_extract(path)
    try:
        for item in osmium.FileProcessor(str(path)).with_filter(osmium.filter.TagFilter(*tags)):
            own = dict(item.tags)
            if isinstance(item, osmium.osm.Node):
                found.append(OsmPlace(f"node/{item.id}", own, item.location.lon, item.location.lat))
            elif isinstance(item, osmium.osm.Way):
                shapes.append((f"way/{item.id}", own, [node.ref for node in item.nodes]))
            elif isinstance(item, osmium.osm.Relation):
                ways = [member.ref for member in item.members if member.type == "w"]
                relations.append((f"relation/{item.id}", own, ways))
    except (RuntimeError, OSError, ValueError, LookupError) as error:
        raise MissingInputError(unreadable_extract(path, error)) from error
    shapes += _with_points(path, relations)
    middles = middles_of(path, [refs for *_, refs in shapes])
    for (osm_id, own, _), (lon, lat) in zip(shapes, middles.tolist(), strict=True):
        if np.isfinite(lon):
            found.append(OsmPlace(osm_id, own, lon, lat))
    return sorted(found, key=lambda place: place.osm_id)


def middles_of(path: Path, shapes: Sequence[Sequence[int]]) -> NDArray[np.float64]:
    """Find the middle of the points of each shape.

    Parameters
    ----------
    path
        The extract.
    shapes
        Ids of the points of each.

    Returns
    -------
    NDArray
        Shape (shapes, 2): longitude and latitude, degrees; NaN where the extract holds none of the points.
    """
    size = np.array([len(refs) for refs in shapes], dtype=np.int64)
    refs = np.fromiter((ref for each in shapes for ref in each), dtype=np.int64, count=int(size.sum()))
    nodes = Extract(path).nodes(np.unique(refs), frozenset()) if len(refs) else None
    if nodes is None or not len(nodes.ids):
        return np.full((len(shapes), 2), np.nan)
    row = np.minimum(np.searchsorted(nodes.ids, refs), len(nodes.ids) - 1)
    there = nodes.ids[row] == refs
    shape = np.repeat(np.arange(len(shapes)), size)[there]
    count = np.bincount(shape, minlength=len(shapes)).astype(float)
    count[count == 0] = np.nan
    sums = [np.bincount(shape, nodes.lonlat[row[there], axis], len(shapes)) for axis in (0, 1)]
    middle: NDArray[np.float64] = np.column_stack(sums) / count[:, None]
    return middle


def metric_points(places: list[OsmPlace]) -> gpd.GeoSeries:
    """Give the points of places in EPSG:25832, in their order."""
    lon, lat = [place.lon for place in places], [place.lat for place in places]
    return gpd.GeoSeries.from_xy(lon, lat, crs=GEOGRAPHIC).to_crs(METRIC)


def unreadable_extract(path: Path, error: Exception) -> Fault:
    """Say that an extract cannot be read, and what to do."""
    return Fault(
        str(path),
        "",
        msg("a file that cannot be read: {reason}", reason=str(error).splitlines()[0][:120]),
        msg("an OpenStreetMap extract (.osm.pbf, .osm, .osm.gz or .osm.bz2)"),
        msg("fetch the extract again; a broken download is the common cause"),
    )


def _with_points(
    path: Path, relations: Sequence[tuple[str, dict[str, str], list[int]]]
) -> list[tuple[str, dict[str, str], list[int]]]:
    """Put the points of their ways in the place of the ways of relations."""
    wanted = {way for *_, ways in relations for way in ways}
    if not wanted:
        return []
    ways = Extract(path).ways_by_id(wanted, frozenset())
    spans = zip(ways.ids.tolist(), ways.start[:-1].tolist(), ways.start[1:].tolist(), strict=True)
    points = {way: ways.refs[a:b].tolist() for way, a, b in spans}
    return [
        (name, own, [ref for way in members for ref in points.get(way, [])])
        for name, own, members in relations
    ]
