import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, Point

from pipeline.demand.dwellings import along_lines, read_addresses, residential_points, thin
from pipeline.errors import MissingInputError
from pipeline.roads.model import RoadArcs, RoadClass

OSM = """<?xml version="1.0" encoding="UTF-8"?>
<osm version="0.6">
  <node id="1" lat="56.0" lon="10.0"><tag k="addr:housenumber" v="1"/></node>
  <node id="2" lat="56.001" lon="10.0"/>
  <node id="3" lat="56.001" lon="10.001"/>
  <node id="4" lat="56.002" lon="10.0"><tag k="amenity" v="bench"/></node>
  <way id="9"><nd ref="2"/><nd ref="3"/><nd ref="2"/>
    <tag k="building" v="yes"/><tag k="addr:housenumber" v="3"/></way>
</osm>
"""


def roads(lines, classes):
    """Two-way roads as arcs, each direction sharing the line."""
    xy = np.vstack(lines).astype(float)
    start = np.concatenate([[0], np.cumsum([len(line) for line in lines])])
    edge = np.repeat(np.arange(len(lines)), 2).astype(np.int32)
    nodes = np.arange(2 * len(lines), dtype=np.int32)
    return RoadArcs(
        node_xy=np.vstack([[line[0], line[-1]] for line in lines]).astype(float),
        tail=nodes,
        head=nodes[::-1].copy(),
        seconds=np.ones(len(edge), np.float32),
        length_m=np.ones(len(edge), np.float32),
        road_class=np.repeat(classes, 2).astype(np.uint8),
        flags=np.zeros(len(edge), np.uint8),
        edge=edge,
        forward=np.tile([True, False], len(lines)),
        line_start=start,
        line_xy=xy,
    )


def test_addresses_are_read_from_nodes_and_buildings(tmp_path):
    (tmp_path / "a.osm").write_text(OSM, encoding="utf-8")
    found = read_addresses(tmp_path / "a.osm").to_crs("EPSG:4326")
    assert found["weight"].tolist() == [1.0, 1.0]
    assert found.geometry.y.tolist() == pytest.approx([56.0, 56.001], abs=1e-5)


def test_a_file_that_is_no_extract_is_refused(tmp_path):
    (tmp_path / "a.osm.pbf").write_bytes(b"nothing of the kind")
    with pytest.raises(MissingInputError, match="OpenStreetMap extract"):
        read_addresses(tmp_path / "a.osm.pbf")
    with pytest.raises(MissingInputError):
        read_addresses(tmp_path / "none.osm.pbf")


def test_points_stand_along_the_roads_people_live_along():
    lines = [[[0, 0], [300, 0]], [[0, 50], [100, 50], [100, 150]], [[0, 900], [5000, 900]]]
    found = residential_points(roads(lines, [RoadClass.RESIDENTIAL, RoadClass.TERTIARY, RoadClass.MOTORWAY]))
    assert found.geometry.x.tolist() == pytest.approx([50, 150, 250, 50, 100])
    assert found["weight"].tolist() == pytest.approx([100, 100, 100, 10, 10])
    assert residential_points(roads(lines[2:], [RoadClass.MOTORWAY])).empty


@given(
    st.lists(
        st.lists(st.tuples(st.integers(0, 999), st.integers(0, 999)), min_size=2, max_size=5),
        min_size=1,
        max_size=5,
    ),
    st.sampled_from([30.0, 100.0, 1e6]),
)
def test_points_along_lines_carry_the_whole_length(lines, step):
    size = np.array([len(line) for line in lines])
    found = along_lines(np.vstack(lines).astype(float), size, np.ones(len(lines)), step_m=step)
    assert found["weight"].sum() == pytest.approx(sum(LineString(line).length for line in lines))
    on = gpd.GeoSeries([LineString(line) for line in lines]).union_all()
    assert (found.geometry.distance(on) < 1e-6).all()
    assert (found["weight"] <= step + 1e-9).all()


@given(
    st.lists(
        st.tuples(st.integers(0, 3000), st.integers(0, 3000), st.floats(0.1, 5)), min_size=1, max_size=40
    ),
    st.randoms(use_true_random=False),
)
def test_thinning_keeps_the_weight_and_chooses_among_the_points(spots, rng):
    points = gpd.GeoDataFrame(
        {"weight": [w for *_, w in spots]}, geometry=[Point(x, y) for x, y, _ in spots], crs="EPSG:25832"
    )
    thinned = thin(points, cell_m=500)
    assert thinned["weight"].sum() == pytest.approx(points["weight"].sum())
    assert set(thinned.geometry) <= set(points.geometry)
    cells = {(p.x // 500, p.y // 500) for p in thinned.geometry}
    assert len(cells) == len(thinned) == len({(p.x // 500, p.y // 500) for p in points.geometry})
    again = thin(points.iloc[rng.sample(range(len(points)), len(points))], cell_m=500)
    assert again.geometry.tolist() == thinned.geometry.tolist()


@pytest.mark.testdata
def test_real_addresses_of_samsoe(testdata):
    found = read_addresses(testdata / "roads" / "samsoe-2020.osm.pbf")
    assert 4500 < len(found) <= 4596
    assert found.geometry.x.between(590_000, 610_000).all()
