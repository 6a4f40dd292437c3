"""Layers with geometry that is none, at every door."""

import json
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from pipeline.errors import KlyngekortError
from pipeline.gis_files import CANNOT_READ, read_layer
from pipeline.layers import read_vector
from pipeline.roads.lines import read_road_lines
from pipeline.settings.roads import RoadSettings
from pipeline.tables.place_files import open_table

OPEN_RING = [[[9.0, 55.0], [10.0, 55.0], [10.0, 56.0], [9.0, 56.0]]]
CLOSED_RING = [[*OPEN_RING[0], [9.0, 55.0]]]


@pytest.fixture
def layer(tmp_path: Path) -> Path:
    """A GeoJSON of two areas, the second with a ring that does not close."""
    features = [
        {"type": "Feature", "properties": {"n": n}, "geometry": {"type": "Polygon", "coordinates": ring}}
        for n, ring in enumerate((CLOSED_RING, OPEN_RING))
    ]
    path = tmp_path / "areas.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return path


@pytest.mark.parametrize("read", [read_layer, read_vector, open_table])
def test_a_ring_that_does_not_close_is_no_geometry_and_costs_no_other_row(
    layer: Path, read: Callable[[Path], gpd.GeoDataFrame]
) -> None:
    frame = read(layer)
    assert frame["n"].tolist() == [0, 1]
    assert shapely.is_missing(frame.geometry.to_numpy()).tolist() == [False, True]


@pytest.mark.parametrize(
    "read", [read_vector, open_table, lambda path: read_road_lines(path, RoadSettings())]
)
def test_geometry_that_no_library_reads_is_refused_in_words(
    tmp_path: Path, read: Callable[[Path], object]
) -> None:
    path = tmp_path / "areas.parquet"
    gpd.GeoDataFrame({"n": [1]}, geometry=[shapely.Point(9, 55)], crs="EPSG:4326").to_parquet(
        path, compression=None
    )
    wkb = shapely.to_wkb(shapely.Point(9, 55))
    path.write_bytes(path.read_bytes().replace(wkb, b"\x01\x63" + wkb[2:]))
    with pytest.raises(CANNOT_READ):
        gpd.read_parquet(path)
    with pytest.raises(KlyngekortError, match=r"areas\.parquet"):
        read(path)
