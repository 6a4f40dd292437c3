"""The bundled road network: landmasses joined as in reality, no road over water, times within the band."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
import shapely
from scipy.sparse.csgraph import connected_components, dijkstra

from pipeline.access.calibration import compare_times
from pipeline.roads.main_roads import read_main_roads
from pipeline.roads.model import RoadArcs, RoadClass, RoadFlag
from pipeline.settings.main_roads import MainRoadSettings
from pipeline.settings.roads import FerryCrossing, FerrySettings
from pipeline.tables import GEODATA, load_table

ISLANDS = ("Tranebjerg", "Ærøskøbing", "Rønne", "Byrum", "Nordby")
LIMFJORD = (
    "Limfjordstunnelen",
    "Limfjordsbroen",
    "Aggersundbroen",
    "Vilsundbroen",
    "Sallingsundbroen",
    "Oddesundbroen",
)
CUTS = [
    (("Storebæltsforbindelsen (vejbro vest + øst)",), "København", "Odense"),
    (("Ny Lillebæltsbro", "Gammel Lillebæltsbro"), "Odense", "Kolding"),
    (LIMFJORD, "Aalborg", "Hjørring"),
    (LIMFJORD, "Thisted", "Skive"),
    (("Vilsundbroen", "Sallingsundbroen"), "Nykøbing Mors", "Thisted"),
    (("Storstrømsbroen (gammel)", "Farøbroerne"), "København", "Nykøbing Falster"),
    (("Guldborgbroen", "Kong Frederik IX's Bro", "Guldborgsundtunnelen"), "Nykøbing Falster", "Nakskov"),
    (("Alssundbroen", "Kong Christian X's Bro"), "Sønderborg", "Aabenraa"),
    (("Langelandsbroen",), "Svendborg", "Rudkøbing"),
    (("Dronning Alexandrines Bro", "Bogø-Møn-dæmningen"), "Vordingborg", "Stege"),
]


@pytest.fixture(scope="module")
def areas() -> gpd.GeoDataFrame:
    path = GEODATA / "boundaries" / "municipalities.geojson"
    return gpd.read_file(path).to_crs("EPSG:25832")


@pytest.fixture(scope="module")
def roads(areas: gpd.GeoDataFrame) -> RoadArcs:
    tables = {name: load_table(name) for name in ("main_roads", "links", "settlements")}
    return read_main_roads(**tables, areas=areas, settings=MainRoadSettings(), ferries=FerrySettings())


def _graph(roads: RoadArcs, keep: np.ndarray) -> sp.csr_matrix:
    frame = pd.DataFrame({"t": roads.tail[keep], "h": roads.head[keep], "s": roads.seconds[keep]})
    fastest = frame.groupby(["t", "h"], as_index=False)["s"].min()
    size = (len(roads.node_xy),) * 2
    return sp.csr_matrix((fastest["s"].clip(lower=1e-3), (fastest["t"], fastest["h"])), shape=size)


def _pieces(roads: RoadArcs, closed: tuple[str, ...] = (), *, ferries: bool = False) -> np.ndarray:
    keep = np.full(len(roads.tail), fill_value=True) if ferries else roads.road_class != RoadClass.FERRY
    for name in closed:
        keep[roads.named[name]] = False
    return connected_components(_graph(roads, keep), directed=False)[1]


def test_every_arc_is_finite_marked_and_goes_both_ways(roads: RoadArcs) -> None:
    assert np.isfinite(roads.node_xy).all()
    assert np.isfinite(roads.seconds).all()
    assert (roads.seconds >= 0).all()
    assert (roads.flags & RoadFlag.APPROXIMATE).all()
    half = len(roads.tail) // 2
    assert (roads.tail[:half] == roads.head[half:]).all()
    assert (roads.seconds[:half] == roads.seconds[half:]).all()
    assert roads.precision == "approximate"


def test_ferries_and_motorways_take_no_doors(roads: RoadArcs) -> None:
    closed = np.isin(roads.road_class, [RoadClass.FERRY, RoadClass.MOTORWAY])
    assert (roads.flags[closed] & RoadFlag.NO_SNAP).all()


@pytest.mark.parametrize(("closed", "one", "other"), CUTS)
def test_closing_the_known_links_parts_the_land_they_join(
    roads: RoadArcs, closed: tuple[str, ...], one: str, other: str
) -> None:
    names = roads.node_names
    open_all, without = _pieces(roads), _pieces(roads, closed)
    assert open_all[names[one]] == open_all[names[other]]
    assert without[names[one]] != without[names[other]]


@pytest.mark.parametrize("island", ISLANDS)
def test_islands_are_reached_by_ferry_only(roads: RoadArcs, island: str) -> None:
    names = roads.node_names
    assert _pieces(roads)[names[island]] != _pieces(roads)[names["København"]]
    assert _pieces(roads, ferries=True)[names[island]] == _pieces(roads, ferries=True)[names["København"]]


def test_every_town_but_christiansoe_is_joined_to_the_country(roads: RoadArcs) -> None:
    pieces = _pieces(roads, ferries=True)
    main = pieces[roads.node_names["København"]]
    loose = {name for name, node in roads.node_names.items() if pieces[node] != main}
    assert loose <= {"Christiansø", "Feggesund"}


def test_assumed_local_roads_stay_on_land(roads: RoadArcs, areas: gpd.GeoDataFrame) -> None:
    half = len(roads.tail) // 2
    local = (roads.road_class[:half] == RoadClass.UNCLASSIFIED) & (roads.length_m[:half] > 0)
    lines = shapely.linestrings(roads.line_xy.reshape(-1, 2, 2)[local])
    wet = shapely.length(shapely.difference(lines, shapely.union_all(areas.geometry.to_numpy())))
    assert (wet > 1_000).mean() < 0.01  # harbours and headlands off the coarse coast only


def test_times_lie_within_the_band_of_the_reference(roads: RoadArcs) -> None:
    reference = load_table("reference_drive_times")
    alias = {"Aarhus": "Århus"}
    graph = _graph(roads, np.full(len(roads.tail), fill_value=True))
    start, end = (
        [roads.node_names[alias.get(town, town)] for town in reference[column]]
        for column in ("from_town", "to_town")
    )
    minutes = dijkstra(graph, indices=start)[np.arange(len(start)), end] / 60
    found = compare_times(reference, minutes)
    assert found.compared == 30
    assert found.median_share <= 0.10
    assert found.worst_share <= 0.25


def test_a_ferry_takes_what_the_settings_know_of_it(areas: gpd.GeoDataFrame) -> None:
    tables = {name: load_table(name) for name in ("main_roads", "links", "settlements")}
    name = str(tables["links"].loc[tables["links"]["kind"] == "ferry", "name"].iloc[0])

    def minutes(ferries: FerrySettings) -> float:
        roads = read_main_roads(**tables, areas=areas, settings=MainRoadSettings(), ferries=ferries)
        return float(roads.seconds[roads.named[name][0]]) / 60 if name in roads.named else float("nan")

    known = FerryCrossing(crossing_min=70, boarding_min=3, sailings_per_day=32)
    assert minutes(FerrySettings(crossings={name: known})) == pytest.approx(70 + 3 + 15)
    gaps = minutes(FerrySettings(sailings_per_day=32)) - minutes(FerrySettings())
    assert gaps == pytest.approx(15)
    assert np.isnan(minutes(FerrySettings(crossings={name: FerryCrossing(car=False)})))


def test_a_network_without_ferries_can_be_asked_for(areas: gpd.GeoDataFrame) -> None:
    tables = {name: load_table(name) for name in ("main_roads", "links", "settlements")}
    roads = read_main_roads(
        **tables, areas=areas, settings=MainRoadSettings(), ferries=FerrySettings(use=False)
    )
    assert not (roads.road_class == RoadClass.FERRY).any()


def test_the_same_inputs_give_the_same_network(roads: RoadArcs, areas: gpd.GeoDataFrame) -> None:
    tables = {name: load_table(name) for name in ("main_roads", "links", "settlements")}
    again = read_main_roads(
        **tables, areas=areas.iloc[::-1], settings=MainRoadSettings(), ferries=FerrySettings()
    )
    assert np.array_equal(again.tail, roads.tail)
    assert np.array_equal(again.seconds, roads.seconds)
