"""Reading OpenStreetMap extracts: cutting at junctions, file forms, and what is refused."""

import gzip
import subprocess
import sys
from collections import Counter
from itertools import pairwise
from math import nan
from textwrap import dedent

import networkx as nx
import numpy as np
import osmium
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.errors import InputError, MissingInputError, RoadError
from pipeline.messages import translator
from pipeline.roads.notes import road_findings
from pipeline.roads.osm import read_osm
from pipeline.roads.overlap import check_overlap
from pipeline.settings.roads import RoadSettings
from tests.osm_files import ORIGIN, PLAIN, A, B, C, Town, moves, places, read, road, streets


def test_ways_are_cut_where_they_share_a_node_and_nowhere_else(tmp_path):
    town = Town().node(1, -100).node(2, 0).node(3, 100).node(4, 0, 100).node(5, 0, -100)
    town.way([1, 2, 3], highway="residential").way([4, 2, 5], highway="residential")
    arcs = read(town, tmp_path)
    assert len(arcs.node_xy) == 5
    assert len(arcs.tail) == 8
    bridge = Town().node(1, -100).node(2, 100).node(3, 0, 100).node(4, 0, -100)
    bridge.way([1, 2], highway="residential").way([3, 4], highway="residential", bridge="yes")
    assert len(read(bridge, tmp_path).tail) == 4


def test_bends_stay_in_the_line_and_count_in_its_length(tmp_path):
    town = Town().node(1, 0, 0).node(2, 0, 300).node(3, 400, 300).way([1, 2, 3], highway="residential")
    arcs = read(town, tmp_path)
    assert arcs.length_m.tolist() == pytest.approx([700, 700], rel=1e-3)
    assert np.diff(arcs.line_start).tolist() == [3]
    assert np.allclose(arcs.line_xy[0], arcs.node_xy[arcs.tail[0]])
    assert np.allclose(arcs.line_xy[-1], arcs.node_xy[arcs.head[0]])


def test_a_ring_is_no_loop(tmp_path):
    town = Town().node(1, 0, 0).node(2, 100, 0).node(3, 100, 100).node(4, 0, 100).node(5, -100, 0)
    town.way([1, 2, 3, 4, 1], highway="residential").way([5, 1], highway="residential")
    arcs = read(town, tmp_path)
    assert (arcs.tail != arcs.head).all()
    assert arcs.length_m[arcs.forward].sum() == pytest.approx(500, rel=1e-3)


def test_a_way_that_repeats_a_node_has_no_line_without_length(tmp_path):
    arcs = read(Town().node(1, 0).node(2, 100).way([1, 1, 2, 2], highway="residential"), tmp_path)
    assert np.diff(arcs.line_start).tolist() == [2]
    assert (arcs.length_m > 0).all()


def test_points_missing_at_the_edge_cut_the_road_there(tmp_path):
    town = Town()
    for i in (1, 2, 3, 5, 6):
        town.node(i, i * 100.0)
    town.way([1, 2, 3, 4, 5, 6, 7], highway="residential").way([8, 1], highway="residential")
    arcs = read(town, tmp_path)
    assert arcs.notes["ways_cut"] == 2
    assert moves(arcs) == [
        ((100, 0), (300, 0)),
        ((300, 0), (100, 0)),
        ((500, 0), (600, 0)),
        ((600, 0), (500, 0)),
    ]


def test_buildings_and_addresses_change_nothing(tmp_path):
    plain = read(streets(80, 4), tmp_path)
    town = streets(80, 4)
    for i in range(200):
        town.node(10_000 + i, i, 40, addr__housenumber=str(i))
    town.way([10_000, 10_001, 10_002, 10_000], building="yes").way([10, 10_001], waterway="stream")
    full = read(town, tmp_path)
    for name in ("node_xy", "tail", "head", "seconds", "flags", "line_xy"):
        assert np.array_equal(getattr(plain, name), getattr(full, name)), name
    assert plain.notes == full.notes


def test_every_file_form_gives_the_same_roads(tmp_path):
    town = streets(80, 4).node(7, 20_500, 300).way([7, 2], highway="primary", bridge="yes", name="Bro")
    xml = town.write(tmp_path / "a.osm")
    for name in ("a.osm.pbf", "a.osm.bz2"):
        with osmium.SimpleWriter(str(tmp_path / name)) as writer:
            osmium.apply(str(xml), writer)
    (tmp_path / "a.osm.gz").write_bytes(gzip.compress(xml.read_bytes()))
    first = read_osm(xml, PLAIN)
    for name in ("a.osm.pbf", "a.osm.bz2", "a.osm.gz"):
        other = read_osm(tmp_path / name, PLAIN)
        assert np.array_equal(first.tail, other.tail)
        assert np.allclose(first.line_xy, other.line_xy, atol=0.02)
        assert list(first.named) == list(other.named) == ["Bro"]
        assert first.notes == other.notes


def test_a_file_in_any_order_of_objects_is_read(tmp_path):
    town = streets(80, 4)
    lines = town.text().splitlines()
    nodes = [i for i, line in enumerate(lines) if line.startswith(("<node", "</node"))]
    ways = lines[nodes[-1] + 1 : -1]
    turned = [*lines[:2], *ways, *lines[2 : nodes[-1] + 1], lines[-1]]
    (tmp_path / "turned.osm").write_text("\n".join(turned), encoding="utf-8")
    assert moves(read_osm(tmp_path / "turned.osm", PLAIN)) == moves(read(town, tmp_path))


def test_the_same_file_gives_the_same_bytes(tmp_path):
    town = streets(80, 5)
    first, second = read(town, tmp_path, RoadSettings()), read(town, tmp_path, RoadSettings())
    for name in ("node_xy", "tail", "head", "seconds", "length_m", "flags", "edge", "line_start", "line_xy"):
        assert getattr(first, name).tobytes() == getattr(second, name).tobytes(), name


def test_arrays_have_the_types_of_the_contract(tmp_path):
    arcs = read(streets(80, 3), tmp_path)
    types = {
        name: getattr(arcs, name).dtype.name
        for name in ("tail", "head", "seconds", "length_m", "edge", "line_start")
    }
    assert types == {
        "tail": "int32",
        "head": "int32",
        "seconds": "float32",
        "length_m": "float32",
        "edge": "int32",
        "line_start": "int64",
    }
    assert (arcs.road_class.dtype.name, arcs.flags.dtype.name, arcs.forward.dtype.name) == (
        "uint8",
        "uint8",
        "bool",
    )


ids = st.integers(0, 11)


@given(
    ways=st.lists(
        st.tuples(st.lists(ids, min_size=2, max_size=6), st.sampled_from(["", "yes", "-1"])),
        min_size=1,
        max_size=8,
    )
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_shortest_ways_between_junctions_are_those_of_the_uncut_ways(ways, tmp_path):
    """Oracle: a graph with an edge for every step of every way."""
    town, graph = Town(), nx.MultiDiGraph()
    spot = {i: (float(i * 137 % 700), float(i * 311 % 900)) for i in range(12)}
    for i, xy in spot.items():
        town.node(i + 1, *xy)
    for refs, oneway in ways:
        town.way([i + 1 for i in refs], highway="residential", **({"oneway": oneway} if oneway else {}))
        for a, b in pairwise(refs):
            if a != b:
                length = float(np.hypot(*np.subtract(spot[a], spot[b])))
                for u, v, allowed in ((a, b, oneway != "-1"), (b, a, oneway != "yes")):
                    if allowed:
                        graph.add_edge(spot[u], spot[v], weight=length)
    if not graph:
        with pytest.raises(RoadError):
            read(town, tmp_path)
        return
    arcs = read(town, tmp_path)
    at = [(float(x), float(y)) for x, y in places(arcs)]
    cut = nx.MultiDiGraph()
    for tail, head, length in zip(arcs.tail, arcs.head, arcs.length_m.tolist(), strict=True):
        cut.add_edge(at[tail], at[head], weight=length)
    expected = dict(nx.all_pairs_dijkstra_path_length(graph))
    for start, reached in nx.all_pairs_dijkstra_path_length(cut):
        same = {end: metres for end, metres in expected[start].items() if end in cut}
        assert reached == pytest.approx(same, rel=2e-3, abs=0.5)


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(MissingInputError, match="no such file"):
        read_osm(tmp_path / "none.osm.pbf", PLAIN)


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("roads.shp", b"x", "a file name ending in .shp"),
        ("roads", b"x", "a file name ending in"),
        ("empty.osm.pbf", b"", "an empty file"),
        ("page.osm.pbf", b"<!DOCTYPE html><html><body>404</body></html>", "not readable to its end"),
        ("page.osm", b"<!DOCTYPE html><html><body>404</body></html>", "not readable to its end"),
        ("page.osm.gz", b"not gzip", "not readable to its end"),
        (
            "half.osm",
            b'<osm version="0.6"><node id="1" lat="56" lon="10"/><way id="1">',
            "not readable to its end",
        ),
    ],
)
def test_what_is_no_extract_is_refused_with_its_name(name, content, told, tmp_path):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(RoadError, match=told) as refused:
        read_osm(path, PLAIN)
    assert str(path) in refused.value.text("da")


@pytest.mark.parametrize("share", [0.3, 0.9, 0.999])
def test_a_download_that_broke_off_is_refused(share, tmp_path):
    town = Town()
    for i in range(1, 3000):
        town.node(i, i * 7.3 % 5000, i * 3.1 % 4000)
    town.way(list(range(1, 1500)), highway="residential").way(list(range(1500, 2999)), highway="residential")
    whole = tmp_path / "whole.osm.pbf"
    with osmium.SimpleWriter(str(whole)) as writer:
        osmium.apply(str(town.write(tmp_path / "a.osm")), writer)
    raw = whole.read_bytes()
    (tmp_path / "cut.osm.pbf").write_bytes(raw[: int(len(raw) * share)])
    with pytest.raises(RoadError, match="not readable to its end"):
        read_osm(tmp_path / "cut.osm.pbf", PLAIN)


def test_an_extract_without_roads_is_refused(tmp_path):
    town = Town().node(1, 0).node(2, 100).way([1, 2], waterway="river")
    with pytest.raises(RoadError, match="no road for cars"):
        read(town, tmp_path)
    with pytest.raises(RoadError, match="among 1 ways"):
        read(town.way([1, 2], highway="service", motor_vehicle="no"), tmp_path)
    with pytest.raises(RoadError, match="no road for cars"):
        read(Town(), tmp_path)


def test_roads_without_any_places_are_refused(tmp_path):
    with pytest.raises(RoadError, match="no place for any of their points"):
        read(Town().way([1, 2], highway="residential"), tmp_path)


def test_progress_is_told(tmp_path):
    told = []
    read_osm(road().write(tmp_path / "a.osm"), PLAIN, progress=told.append)
    assert "a.osm" in str(told[0])
    assert len(told) == 3


def test_roads_of_another_place_are_refused(tmp_path):
    arcs = read(road(), tmp_path)
    near = np.array([[500.0, 100.0], [-3000.0, 0.0], [nan, nan], [80_000.0, 0.0]]) + ORIGIN
    assert check_overlap(arcs, near, "roads.osm").tolist() == [True, True, False, False]
    with pytest.raises(RoadError, match=r"roads in E 600–601 km") as refused:
        check_overlap(arcs, near[3:], "roads.osm")
    assert isinstance(refused.value, InputError)
    assert refused.value.faults[0].source == "roads.osm"


def test_no_points_at_all_are_no_mistake_of_the_roads(tmp_path):
    arcs = read(road(), tmp_path)
    assert check_overlap(arcs, np.full((2, 2), nan), "roads.osm").tolist() == [False, False]


def test_every_reason_for_leaving_a_way_out_is_counted(tmp_path):
    town = road().way([1, 2], highway="pedestrian").way([1, 2], highway="track")
    notes = read(town, tmp_path, RoadSettings(tracks="none")).notes
    left_out = Counter(
        {
            key: count
            for key, count in notes.items()
            if key.startswith("ways_") and key not in {"ways_read", "ways_used", "ways_cut"}
        }
    )
    assert notes["ways_read"] == notes["ways_used"] + left_out.total()


def test_what_was_counted_can_be_told_in_both_languages(tmp_path):
    town = road(("maxspeed", "900"), ("oneway", "no")).way([1, 2], highway="residential", bridge="no")
    town.node(3, 500, 0, barrier="bollard").way([1, 3, 2], highway="residential")
    notes = read(town, tmp_path).notes
    told = [finding.message for finding in road_findings(notes)]
    assert [str(message) for message in told] == [
        "Speed limits that cannot be true, ignored: 1",
        "Barriers that stop cars (bollards and the like): 1",
    ]
    danish = [translator("da")(message) for message in told]
    assert danish[0].startswith("Hastighedsgrænser")
    assert not road_findings({})


def test_a_full_disk_is_told_and_does_not_end_the_process(tmp_path):
    streets(80, 7).write(tmp_path / "a.osm")
    code = """
        import resource, signal, sys
        from pipeline.errors import OutputError
        from pipeline.settings.roads import RoadSettings
        from pipeline.roads.osm import read_osm
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
        try:
            read_osm(sys.argv[1], RoadSettings())
        except OutputError as error:
            print("TMPDIR" in str(error))
    """
    ran = subprocess.run(
        [sys.executable, "-c", dedent(code), str(tmp_path / "a.osm")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stdout.strip()) == (0, "True"), ran.stderr


def test_a_drawing_with_negative_ids_is_read(tmp_path):
    town = Town().node(-1, *A).node(-2, *B).node(3, *C)
    town.way([-1, -2], {"highway": "residential"}, osm_id=-7).way([-2, 3], {"highway": "tertiary"}, osm_id=-8)
    town.way([], {"highway": "residential"}, osm_id=9)
    arcs = read(town, tmp_path)
    assert moves(arcs) == [(A, B), (B, A), (B, C), (C, B)]


def test_ids_that_lie_far_apart_are_all_found(tmp_path):
    """More blocks of ids than one pass holds in its filter."""
    town = Town()
    spread = [1 + i * 2**26 for i in range(70)]
    for i, osm_id in enumerate(spread):
        town.node(osm_id, i * 10.0)
    arcs = read(town.way(spread, highway="residential"), tmp_path)
    assert arcs.notes["ways_cut"] == 0
    assert np.diff(arcs.line_start).tolist() == [70]


def test_one_way_country_roads_without_a_way_back_are_told(tmp_path):
    town = (
        Town().node(1, 0).node(2, 5000).node(3, 0, 30).node(4, 5000, 30).node(5, 0, 3000).node(6, 5000, 3000)
    )
    town.way([1, 2], highway="primary", oneway="yes").way([4, 3], highway="primary", oneway="yes")
    town.way([1, 3], highway="primary").way([2, 4], highway="primary")
    assert read(town, tmp_path).notes["oneways_alone_km"] == 0
    town.way([5, 6], highway="secondary", oneway="yes")
    notes = read(town, tmp_path).notes
    assert notes["oneways_alone_km"] == 5
    (told,) = (each for each in road_findings(notes) if each.severity == "warning")
    assert "no way back beside them, km: 5" in str(told.message)
    town.way([6, 5], highway="secondary", oneway="yes")
    assert read(town, tmp_path).notes["oneways_alone_km"] == 0
