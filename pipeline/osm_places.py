"""Places in an OpenStreetMap extract that carry a tag: points, buildings and areas, each as one point."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import osmium

from pipeline.crs import GEOGRAPHIC, METRIC
from pipeline.errors import Fault, MissingInputError
from pipeline.limits import check_extract
from pipeline.messages import msg


@dataclass(frozen=True, slots=True)
class OsmPlace:
    """A place: ``node/1``, ``way/2`` or ``relation/3``, its tags, and its place in degrees (WGS84)."""

    osm_id: str
    tags: Mapping[str, str]
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class _Relation:
    osm_id: str
    tags: dict[str, str]
    ways: tuple[int, ...]


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
    relations: list[_Relation] = []
    check_extract(path)
    try:
        for item in _with_places(path, osmium.filter.TagFilter(*tags)):
            if isinstance(item, osmium.osm.Node):
                place = OsmPlace(f"node/{item.id}", dict(item.tags), item.location.lon, item.location.lat)
                found.append(place)
            elif isinstance(item, osmium.osm.Way):
                found += _middle(f"way/{item.id}", dict(item.tags), _spots(item))
            elif isinstance(item, osmium.osm.Relation):
                ways = tuple(member.ref for member in item.members if member.type == "w")
                relations.append(_Relation(f"relation/{item.id}", dict(item.tags), ways))
        found += _of_relations(path, relations)
    except (RuntimeError, OSError, ValueError, LookupError) as error:
        raise MissingInputError(unreadable_extract(path, error)) from error
    return sorted(found, key=lambda place: place.osm_id)


def _with_places(path: Path, chosen: object) -> osmium.FileProcessor:
    return osmium.FileProcessor(str(path)).with_locations().with_filter(chosen)


def _of_relations(path: Path, relations: list[_Relation]) -> list[OsmPlace]:
    """Find the middle of each relation in a second pass for its ways."""
    wanted = {way for relation in relations for way in relation.ways}
    if not wanted:
        return []
    spots = {
        item.id: _spots(item)
        for item in _with_places(path, osmium.filter.IdFilter(sorted(wanted)))
        if isinstance(item, osmium.osm.Way)
    }
    return [
        place
        for relation in relations
        for place in _middle(
            relation.osm_id,
            relation.tags,
            [spot for way in relation.ways for spot in spots.get(way, [])],
        )
    ]


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


def _spots(way: osmium.osm.Way) -> list[tuple[float, float]]:
    return [(node.lon, node.lat) for node in way.nodes if node.location.valid()]


def _middle(osm_id: str, tags: dict[str, str], spots: list[tuple[float, float]]) -> list[OsmPlace]:
    if not spots:
        return []
    middle = np.mean(spots, axis=0)
    return [OsmPlace(osm_id, tags, float(middle[0]), float(middle[1]))]
