"""Layers of road lines: joined to a network, their columns found and understood."""

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, MultiLineString, Point, Polygon

from pipeline.errors import CRSError, MissingInputError, RoadError
from pipeline.roads.line_columns import find_column, read_classes, read_limits, read_oneway
from pipeline.roads.lines import read_road_lines
from pipeline.roads.model import RoadClass, RoadFlag
from pipeline.roads.noding import node_lines
from pipeline.roads.osm import read_osm
from pipeline.roads.split import along
from pipeline.settings.roads import DelaySettings, FerryCrossing, FerrySettings, LineSettings, RoadSettings
from tests.osm_files import ORIGIN, moves, places

FREE = DelaySettings(**dict.fromkeys(DelaySettings.model_fields, 0))
PLAIN = RoadSettings(delays=FREE)


def line(*points):
    return LineString(np.array(points, dtype=float) + ORIGIN)


def noded(*lines, tolerance=2.0, **how):
    return node_lines(np.array(lines, dtype=object), tolerance, **how)


def parts_of(made):
    graph = nx.Graph(zip(made.start.tolist(), made.end.tolist(), strict=True))
    return nx.number_connected_components(graph)


def total_length(made):
    return along(made.line_start, made.line_xy)[made.line_start[1:] - 1].sum()


def test_ends_within_the_tolerance_are_one_node():
    made = noded(line((0, 0), (100, 0)), line((101, 1), (200, 0)))
    assert len(made.node_xy) == 3
    assert parts_of(made) == 1
    assert made.node_xy[made.end[0]] - ORIGIN == pytest.approx([100.5, 0.5])


def test_ends_beyond_the_tolerance_stay_apart():
    assert parts_of(noded(line((0, 0), (100, 0)), line((103, 0), (200, 0)))) == 2
    assert parts_of(noded(line((0, 0), (100, 0)), line((103, 0), (200, 0)), tolerance=3.5)) == 1


@pytest.mark.parametrize("gap", [-1.5, 0.0, 1.5])
def test_a_line_is_cut_where_another_ends_on_it(gap):
    made = noded(line((0, 0), (100, 0)), line((40, gap), (40, 80)))
    assert parts_of(made) == 1
    assert sorted(made.source.tolist()) == [0, 0, 1]
    assert len(made.node_xy) == 4


def test_two_side_roads_opposite_each_other_meet_in_one_node():
    made = noded(line((0, 0), (100, 0)), line((40, 0.5), (40, 80)), line((40, -0.5), (40, -80)))
    assert len(made.node_xy) == 5
    assert sorted(made.source.tolist()) == [0, 0, 1, 2]


def test_crossings_join_only_when_told():
    cross = line((0, 0), (100, 100)), line((0, 100), (100, 0))
    assert parts_of(noded(*cross)) == 2
    made = noded(*cross, crossings=True)
    assert parts_of(made) == 1
    assert len(made.start) == 4
    assert made.node_xy[4] - ORIGIN == pytest.approx([50, 50])


def test_a_line_that_crosses_twice_is_cut_twice():
    wave = line((0, -10), (50, 10), (100, -10))
    made = noded(line((0, 0), (100, 0)), wave, crossings=True)
    assert sorted(made.source.tolist()) == [0, 0, 0, 1, 1, 1]


def test_whole_lines_are_joined_at_their_ends_only():
    made = noded(line((0, 0), (100, 0)), line((40, 0), (40, 80)), whole=np.array([True, False]))
    assert parts_of(made) == 2
    made = noded(line((0, 0), (100, 0)), line((100, 0), (40, 80)), whole=np.array([True, False]))
    assert parts_of(made) == 1


def test_a_ring_is_cut_in_its_middle():
    made = noded(line((0, 0), (50, 0), (50, 50), (0, 50), (0, 0)))
    assert len(made.start) == 2
    assert (made.start != made.end).all()
    assert total_length(made) == pytest.approx(200)


def test_a_street_that_ends_on_itself_is_cut_there():
    """Stem of 100 m, loop of 200 m drawn in one go: the far corner is as near by either side of the loop."""
    street = line((0, 0), (100, 0), (150, 0), (150, 50), (100, 50), (100, 0))
    made = noded(street)
    ends = np.round(made.node_xy - ORIGIN).tolist()
    assert [100, 0] in ends
    graph = nx.MultiGraph(zip(made.start.tolist(), made.end.tolist(), strict=True))
    assert graph.degree(ends.index([100, 0])) == 3
    assert total_length(made) == pytest.approx(300)


def test_crumbs_within_the_tolerance_are_dropped_and_counted():
    made = noded(line((0, 0), (100, 0)), line((100, 0), (100.5, 0.5)), line((100.5, 0.5), (200, 0)))
    assert made.dropped == 1
    assert parts_of(made) == 1


def test_lines_keep_their_bends():
    made = noded(line((0, 0), (50, 30), (100, 0)), line((50, 30), (50, 90)))
    assert total_length(made) == pytest.approx(2 * np.hypot(50, 30) + 60)
    assert sorted(np.diff(made.line_start).tolist()) == [2, 2, 2]


steps = st.integers(0, 5)


@given(
    rows=st.lists(st.tuples(steps, steps, steps, st.booleans()), min_size=1, max_size=12),
    shake=st.integers(0, 10_000),
)
@settings(max_examples=100, deadline=None)
def test_streets_of_a_grid_hang_together_like_the_grid(rows, shake):
    """Oracle: streets along grid lines, cut at every crossing by shapely; here their ends are shaken by half a metre."""
    rng = np.random.default_rng(shake)
    streets = []
    for at, a, b, upright in rows:
        low, high = sorted((a, b)) if a != b else (a, a + 1)
        ends = [(at * 100, low * 100), (at * 100, high * 100)]
        streets.append(LineString(ends if upright else [(y, x) for x, y in ends]))
    shaken = [LineString(np.array(street.coords) + rng.uniform(-0.5, 0.5, (2, 2))) for street in streets]
    made = node_lines(np.array(shaken, dtype=object), 2.0, crossings=True)
    whole = shapely.get_parts(shapely.union_all(streets, grid_size=0.001))
    graph = nx.Graph()
    for piece in whole:
        graph.add_edge(*(tuple(np.round(end)) for end in (piece.coords[0], piece.coords[-1])))
    assert parts_of(made) == nx.number_connected_components(graph)
    ours = {tuple(np.round(xy / 100) * 100) for xy in made.node_xy}
    ends = {tuple(end) for street in streets for end in street.coords}
    assert ours >= ends
    assert (made.start != made.end).all()
    assert total_length(made) == pytest.approx(
        sum(street.length for street in streets), abs=4.0 * len(streets)
    )
    starts = made.line_xy[made.line_start[:-1]]
    assert np.array_equal(starts, made.node_xy[made.start])


def write(tmp_path, geometry, name="roads.gpkg", *, crs="EPSG:25832", **data):
    frame = gpd.GeoDataFrame(data, geometry=list(geometry), crs=crs)
    path = tmp_path / name
    if path.suffix in {".parquet", ".geoparquet"}:
        frame.to_parquet(path)
    else:
        frame.to_file(path)
    return path


TEE = line((0, 0), (100, 0)), line((40, 0), (40, 80))


@pytest.mark.parametrize(
    "name", ["roads.gpkg", "roads.shp", "roads.geojson", "roads.parquet", "roads.geoparquet"]
)
def test_every_file_form_is_read(name, tmp_path):
    path = tmp_path / name
    if name.endswith("json"):
        gpd.GeoSeries(TEE, crs="EPSG:25832").to_crs("EPSG:4326").to_file(path)
    else:
        write(tmp_path, TEE, name, note=["a", "b"])
    arcs = read_road_lines(path, PLAIN)
    assert len(arcs.tail) == 6
    assert arcs.precision == "register"
    assert set(places(arcs)) == {(0, 0), (40, 0), (100, 0), (40, 80)}


def test_another_crs_is_brought_to_ours_and_a_wrong_one_refused(tmp_path):
    frame = gpd.GeoDataFrame(geometry=list(TEE), crs="EPSG:25832").to_crs("EPSG:4326")
    frame.to_file(tmp_path / "degrees.gpkg")
    assert set(places(read_road_lines(tmp_path / "degrees.gpkg", PLAIN))) == {
        (0, 0),
        (40, 0),
        (100, 0),
        (40, 80),
    }
    frame.set_crs("EPSG:25832", allow_override=True).to_file(tmp_path / "wrong.gpkg")
    with pytest.raises(CRSError, match="degrees called metres"):
        read_road_lines(tmp_path / "wrong.gpkg", PLAIN)


def test_a_layer_without_crs_needs_one_from_the_settings(tmp_path):
    gpd.GeoDataFrame(geometry=list(TEE)).to_parquet(tmp_path / "bare.parquet")
    with pytest.raises(CRSError, match="no CRS"):
        read_road_lines(tmp_path / "bare.parquet", PLAIN)
    told = RoadSettings(lines=LineSettings(crs="EPSG:25832"))
    assert len(read_road_lines(tmp_path / "bare.parquet", told).tail) == 6


def test_parts_heights_and_odd_shapes_are_dealt_with(tmp_path):
    shapes = [
        MultiLineString([[(0, 0, 5), (100, 0, 6)], [(100, 0, 6), (100, 100, -999)]]),
        LineString([(0, 0), (0, 0)]),
        None,
        LineString(),
    ]
    moved = [shapely.transform(shapes[0], lambda xyz: xyz + np.append(ORIGIN, 0), include_z=True)]
    moved += [shapely.transform(shapes[1], lambda xy: xy + ORIGIN), *shapes[2:]]
    frame = gpd.GeoDataFrame(geometry=moved)
    path = tmp_path / "odd.parquet"
    frame.set_crs("EPSG:25832").to_parquet(path)
    arcs = read_road_lines(path, PLAIN)
    assert len(arcs.tail) == 4
    assert arcs.line_xy.shape[1] == 2
    assert arcs.notes["lines_no_line"] == 3
    assert arcs.notes["lines_read"] == 4


def test_limits_classes_and_directions_are_found_by_their_usual_names(tmp_path):
    path = write(
        tmp_path,
        [line((0, 0), (1000, 0)), line((0, 500), (1000, 500)), line((0, 900), (1000, 900))],
        VejKategori=["Motorvej", "Mellem vej", "Cykelsti langs vej"],
        Hastighedsgraense=[110, 60, 0],
        ENSRETTET=["ja", "nej", "nej"],
    )
    arcs = read_road_lines(path, PLAIN)
    assert sorted(arcs.road_class.tolist()) == [
        RoadClass.MOTORWAY,
        RoadClass.UNCLASSIFIED,
        RoadClass.UNCLASSIFIED,
    ]
    assert moves(arcs) == [((0, 0), (1000, 0)), ((0, 500), (1000, 500)), ((1000, 500), (0, 500))]
    assert arcs.notes["lines_not_for_cars"] == 1
    factor = PLAIN.speeds["motorway"].rural_factor
    assert (arcs.length_m / arcs.seconds * 3.6)[0] == pytest.approx(110 * factor)
    assert arcs.flags[0] & RoadFlag.NO_SNAP


def test_columns_can_be_named_and_words_explained(tmp_path):
    path = write(tmp_path, [line((0, 0), (1000, 0))], k=["4"], v=["50 km/t"], r=["mod"])
    own = RoadSettings(delays=FREE, lines=LineSettings(classes={"4": "tertiary"}))
    arcs = read_road_lines(path, own, class_column="k", speed_column="v", oneway_column="r")
    assert arcs.road_class.tolist() == [RoadClass.TERTIARY]
    assert moves(arcs) == [((1000, 0), (0, 0))]


def test_every_column_that_is_not_there_is_told_at_once(tmp_path):
    path = write(tmp_path, TEE, hast=[50, 50])
    with pytest.raises(RoadError) as refused:
        read_road_lines(path, PLAIN, speed_column="fart", class_column="klasse", oneway_column="hast")
    assert len(refused.value.faults) == 2
    assert "hast" in str(refused.value)


def test_bridges_tunnels_and_ferries_can_be_closed_by_name(tmp_path):
    path = write(
        tmp_path,
        [
            line((0, 0), (900, 0)),
            line((900, 0), (1900, 0)),
            line((1900, 0), (9900, 0)),
            line((3000, -50), (3000, 50)),
        ],
        vejklasse=["landevej", "landevej", "færge", "lokalvej"],
        bro=["ja", "nej", None, None],
        tunnel=[None, "1", None, None],
        navn=["Broen", "", "Overfarten", "Vej"],
    )
    arcs = read_road_lines(path, PLAIN)
    assert {name: len(rows) for name, rows in arcs.named.items()} == {
        "Broen": 2,
        "Overfarten": 2,
        "line/2": 2,
    }
    sea = arcs.road_class == RoadClass.FERRY
    assert (arcs.flags[sea] & RoadFlag.NO_SNAP).all()
    ferries = PLAIN.ferries
    assert arcs.seconds[sea][0] == pytest.approx(
        8000 / ferries.speed_kmh * 3.6 + ferries.boarding_min * 60, rel=1e-3
    )


def test_words_that_are_not_understood_are_counted(tmp_path):
    path = write(tmp_path, TEE, highway=["vejen", "primary"], maxspeed=["900", "80"], oneway=["måske", "no"])
    notes = read_road_lines(path, PLAIN).notes
    assert (notes["classes_unknown"], notes["speeds_ignored"], notes["directions_unknown"]) == (1, 1, 1)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["yes", "no", "-1", None], [1, 0, -1, 0]),
        (["F", "T", "B"], [1, -1, 0]),
        (["FT", "TF", "B"], [1, -1, 0]),
        (["T", "F"], [1, 0]),
        ([True, False], [1, 0]),
        ([1, 0, -1], [1, 0, -1]),
        ([1.0, 0.0, np.nan], [1, 0, 0]),
        (["Ja", "Nej", "begge"], [1, 0, 0]),
        (["med", "mod", ""], [1, -1, 0]),
    ],
)
def test_directions_in_many_words(words, expected):
    read = read_oneway(pd.Series(words))
    assert read.rows.tolist() == expected
    assert read.unknown == 0


def test_zero_and_missing_limits_are_no_mistakes():
    read = read_limits(pd.Series([0, 50, np.nan, 900]), PLAIN)
    assert read.rows.tolist() == pytest.approx([np.nan, 50, np.nan, np.nan], nan_ok=True)
    assert read.unknown == 1


def test_own_words_go_before_known_ones():
    read = read_classes(pd.Series(["sti", "Stor vej", "pedestrian", ""]), {"sti": "track"})
    assert read.rows.tolist() == [RoadClass.TRACK, RoadClass.TERTIARY, -1, RoadClass.OTHER]


def test_columns_are_found_whatever_their_case():
    assert find_column(["Id", "MaxSpeed"], ["speed", "maxspeed"]) == "MaxSpeed"
    assert find_column(["Id", 5], ["speed"]) is None


def test_of_several_layers_one_must_be_named(tmp_path):
    path = tmp_path / "many.gpkg"
    frame = gpd.GeoDataFrame(geometry=list(TEE), crs="EPSG:25832")
    frame.to_file(path, layer="roads")
    gpd.GeoDataFrame(geometry=[Point(ORIGIN)], crs="EPSG:25832").to_file(path, layer="doors")
    assert len(read_road_lines(path, PLAIN).tail) == 6
    frame.to_file(path, layer="paths")
    with pytest.raises(RoadError, match="roads, paths"):
        read_road_lines(path, PLAIN)
    assert len(read_road_lines(path, PLAIN, layer="roads").tail) == 6
    with pytest.raises(MissingInputError, match="rail"):
        read_road_lines(path, PLAIN, layer="rail")


def test_files_that_are_no_road_layers_are_refused(tmp_path):
    with pytest.raises(MissingInputError, match="no such file"):
        read_road_lines(tmp_path / "none.gpkg", PLAIN)
    (tmp_path / "bad.gpkg").write_bytes(b"not a database")
    with pytest.raises(MissingInputError, match="cannot be read"):
        read_road_lines(tmp_path / "bad.gpkg", PLAIN)
    (tmp_path / "bad.parquet").write_bytes(b"not parquet")
    with pytest.raises(MissingInputError, match="cannot be read"):
        read_road_lines(tmp_path / "bad.parquet", PLAIN)
    square = Polygon([(0, 0), (1, 0), (1, 1)])
    area = write(tmp_path, [shapely.transform(square, lambda xy: xy + ORIGIN)], "areas.gpkg")
    with pytest.raises(RoadError, match="no line for cars among 1 row"):
        read_road_lines(area, PLAIN)
    paths = write(tmp_path, TEE, "paths.gpkg", highway=["footway", "path"])
    with pytest.raises(RoadError, match="no line for cars among 2 rows"):
        read_road_lines(paths, PLAIN)


def test_a_table_without_geometry_is_refused(tmp_path):
    pd.DataFrame({"a": [1]}).to_parquet(tmp_path / "table.parquet")
    with pytest.raises((RoadError, MissingInputError)):
        read_road_lines(tmp_path / "table.parquet", PLAIN)
    pd.DataFrame({"a": [1]}).to_csv(tmp_path / "table.csv", index=False)
    with pytest.raises(RoadError, match="without geometry"):
        read_road_lines(tmp_path / "table.csv", PLAIN)


@pytest.mark.testdata
def test_a_real_island_through_a_layer_of_lines_keeps_its_roads(testdata, tmp_path):
    arcs = read_osm(testdata / "roads" / "samsoe-2020.osm.pbf", PLAIN)
    first = np.unique(arcs.edge, return_index=True)[1]
    two_way = np.bincount(arcs.edge) > 1
    points = np.repeat(np.arange(len(first)), np.diff(arcs.line_start))
    path = write(
        tmp_path,
        shapely.linestrings(arcs.line_xy, indices=points),
        highway=[RoadClass(int(kind)).name.lower() for kind in arcs.road_class[first]],
        oneway=np.where(two_way, "no", np.where(arcs.forward[first], "yes", "-1")),
    )
    again = read_road_lines(path, PLAIN)
    assert again.length_m.sum() == pytest.approx(arcs.length_m.sum(), rel=1e-4)
    by_class = [np.bincount(a.road_class, weights=a.length_m, minlength=17) for a in (arcs, again)]
    assert by_class[1] == pytest.approx(by_class[0], rel=2e-3, abs=20)


def crossing(tmp_path, *sea, names=None, **changed):
    """Minutes and arcs of the ferries between two roads 8 km apart."""
    rows = [line((-900, 0), (0, 0)), *sea, line((8000, 0), (9900, 0))]
    kinds = ["landevej", *["færge"] * len(sea), "landevej"]
    path = write(tmp_path, rows, vejklasse=kinds, navn=["", *(names or ["Overfart"] * len(sea)), ""])
    how = PLAIN.model_copy(update={"ferries": FerrySettings(speed_kmh=48, **changed)})
    arcs = read_road_lines(path, how)
    sailed = arcs.road_class == RoadClass.FERRY
    return arcs.seconds[sailed & arcs.forward].sum() / 60, sailed.sum(), arcs.notes


def test_a_ferry_of_a_layer_boards_and_waits_as_the_settings_say(tmp_path):
    sea = line((0, 0), (8000, 0))
    assert crossing(tmp_path, sea)[0] == pytest.approx(10 + 5)
    assert crossing(tmp_path, sea, short_crossing_min=9)[0] == pytest.approx(10 + 10)
    assert crossing(tmp_path, sea, sailings_per_day=48, service_h=16)[0] == pytest.approx(10 + 5 + 10)
    own = FerryCrossing(crossing_min=50, boarding_min=2, sailings_per_day=32)
    for key in ("Overfart", "line/2"):
        assert crossing(tmp_path, sea, crossings={key: own})[0] == pytest.approx(50 + 2 + 15)


def test_a_layer_is_read_without_ferries_where_the_settings_say_so(tmp_path):
    sea = line((0, 0), (8000, 0))
    assert crossing(tmp_path, sea, use=False)[1] == 0
    _, arcs, notes = crossing(tmp_path, sea, crossings={"Overfart": FerryCrossing(car=False)})
    assert (arcs, notes["ferries_foot"]) == (0, 1)


def test_a_ferry_in_parts_is_boarded_once_unless_it_lands_between(tmp_path):
    parts = [line((0, 0), (2000, 100)), line((2000, 101), (5000, 0)), line((5000, 0), (8000, 0))]
    whole = crossing(tmp_path, line((0, 0), (2000, 100), (5000, 0), (8000, 0)))[0]
    assert crossing(tmp_path, MultiLineString(parts))[0] == pytest.approx(whole, rel=1e-3)
    minutes, arcs, notes = crossing(tmp_path, *parts, names=["A", "B", ""])
    assert minutes == pytest.approx(whole, rel=1e-3)
    assert (arcs, notes["ferry_crossings"]) == (6, 1)
    isle = [*parts, line((2000, 102), (2000, 900))]
    path = write(tmp_path, isle, vejklasse=["færge"] * 3 + ["landevej"])
    assert read_road_lines(path, PLAIN).notes["ferry_crossings"] == 2
