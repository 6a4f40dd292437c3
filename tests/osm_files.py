"""Tiny OpenStreetMap files written by tests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import quoteattr

import numpy as np
from pyproj import Transformer

from pipeline.roads.model import RoadArcs
from pipeline.roads.osm import read_osm
from pipeline.settings.roads import DelaySettings, RoadSettings

ORIGIN = np.array([600_000.0, 6_200_000.0])
TO_DEGREES = Transformer.from_crs("EPSG:25832", "EPSG:4326", always_xy=True)

Tags = Mapping[str, str]


@dataclass
class Town:
    """A made-up place: nodes at metres east and north of an origin, ways over them, relations of ways."""

    nodes: dict[int, tuple[float, float]] = field(default_factory=dict)
    node_tags: dict[int, Tags] = field(default_factory=dict)
    ways: list[tuple[int, Sequence[int], Tags]] = field(default_factory=list)
    relations: list[tuple[int, Sequence[tuple[str, int, str]], Tags]] = field(default_factory=list)

    def node(self, osm_id: int, x: float, y: float = 0.0, **tags: str) -> "Town":
        self.nodes[osm_id] = (x, y)
        if tags:
            self.node_tags[osm_id] = {key.replace("__", ":"): value for key, value in tags.items()}
        return self

    def way(
        self, refs: Sequence[int], tags: Tags | None = None, osm_id: int | None = None, **more: str
    ) -> "Town":
        own = {**(tags or {}), **{key.replace("__", ":"): value for key, value in more.items()}}
        self.ways.append((osm_id or len(self.ways) + 1, refs, own))
        return self

    def relation(self, osm_id: int, members: Sequence[tuple[str, int, str]], **tags: str) -> "Town":
        self.relations.append((osm_id, members, tags))
        return self

    def text(self) -> str:
        lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<osm version="0.6" generator="test">']
        for osm_id, xy in self.nodes.items():
            lon, lat = TO_DEGREES.transform(*(ORIGIN + xy))
            lines.append(f'<node id="{osm_id}" version="1" lat="{lat:.9f}" lon="{lon:.9f}">')
            lines += [*_tags(self.node_tags.get(osm_id, {})), "</node>"]
        for osm_id, refs, tags in self.ways:
            lines.append(f'<way id="{osm_id}" version="1">')
            lines += [*(f'<nd ref="{ref}"/>' for ref in refs), *_tags(tags), "</way>"]
        for osm_id, members, tags in self.relations:
            lines.append(f'<relation id="{osm_id}" version="1">')
            lines += [f'<member type="{kind}" ref="{ref}" role="{role}"/>' for kind, ref, role in members]
            lines += [*_tags(tags), "</relation>"]
        return "\n".join([*lines, "</osm>"])

    def write(self, path: Path) -> Path:
        path.write_text(self.text(), encoding="utf-8")
        return path


def _tags(tags: Tags) -> list[str]:
    return [f"<tag k={quoteattr(key)} v={quoteattr(value)}/>" for key, value in tags.items()]


def places(arcs: RoadArcs) -> list[tuple[int, int]]:
    """Metres east and north of the origin of every node, rounded."""
    return [(round(x), round(y)) for x, y in (arcs.node_xy - ORIGIN).tolist()]


def moves(arcs: RoadArcs) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """From where to where every arc leads, sorted."""
    at = places(arcs)
    return sorted((at[tail], at[head]) for tail, head in zip(arcs.tail, arcs.head, strict=True))


FREE = DelaySettings(
    **dict.fromkeys(DelaySettings.model_fields, 0),
)
PLAIN = RoadSettings(delays=FREE)
"""No delays: times are length over speed alone."""

A, B, C, D = (0, 0), (1000, 0), (2000, 0), (3000, 0)


def road(*tags, **more):
    """A residential road of 1 km with some tags."""
    return Town().node(1, *A).node(2, *B).way([1, 2], {"highway": "residential", **dict(tags)}, **more)


def read(town, tmp_path, settings=PLAIN, name="town.osm"):
    return read_osm(town.write(tmp_path / name), settings)


def streets(spacing_m, count, kind="residential"):
    """Parallel streets of 500 m and a road through their middle, and one far away."""
    town = Town()
    for i in range(count):
        town.node(10 + i, i * spacing_m, 0).node(100 + i, i * spacing_m, 500).node(50 + i, i * spacing_m, 250)
        town.way([10 + i, 50 + i, 100 + i], highway=kind)
    town.way([50 + i for i in range(count)], highway="tertiary")
    return town.node(1, 20_000, 0).node(2, 21_000, 0).way([1, 2], highway="tertiary")
