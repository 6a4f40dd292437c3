import io
import json
import tarfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.builders import danish_map_drawing as drawing
from geodata.builders.check_municipality_areas import (
    LEAST_MEDIAN_IOU,
    LEAST_TOWNS,
    Quality,
    measure,
    report,
)
from geodata.builders.gap_filling import align_outline, close_gaps
from geodata.builders.georeference import MARGIN_M, Control, georeference, move
from geodata.builders.municipality_areas import GEODATA, TARGET, as_geojson, build, read_table, round_island
from pipeline.crs import METRIC
from pipeline.layers import load_bundled_areas, read_municipality_areas
from pipeline.tables import load_table

# --- the drawing --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        "M0,0L10,0L10,10L0,10Z",
        "m0,0l10,0l0,10l-10,0Z",
        "M0,0H10V10H0Z",
        "M0,0h10v10h-10Z",
        "M0,0 10,0 10,10 0,10Z",
        "M0,0C3,0 6,0 10,0c0,3 0,6 0,10L0,10Z",
    ],
)
def test_every_way_to_write_a_square_gives_the_square(data: str) -> None:
    square = drawing.path_polygon(data)
    assert square.area == pytest.approx(100)
    assert square.bounds == (0, -10, 10, 0)  # y points up


def test_a_circle_of_four_curves_is_round() -> None:
    k = 100 * 4 / 3 * (np.sqrt(2) - 1)
    quarters = f"M100,0c0,{k} {k - 100},100 -100,100c{-k},0 -100,{k - 100} -100,-100"
    quarters += f"c0,{-k} {100 - k},-100 100,-100c{k},0 100,{100 - k} 100,100Z"
    circle = drawing.path_polygon(quarters)
    assert circle.area == pytest.approx(np.pi * 100**2, rel=2e-3)
    assert (
        shapely.length(circle) / circle.count_coordinates() < drawing.STEP if hasattr(circle, "x") else True
    )


def test_sub_paths_are_areas_of_their_own_and_start_where_the_last_began() -> None:
    islands = drawing.path_polygon("M0,0l10,0l0,10l-10,0Zm20,0l10,0l0,10l-10,0Z")
    assert [part.bounds[0] for part in shapely.get_parts(islands)] == [0, 20]
    assert islands.area == pytest.approx(200)


def test_a_stroke_that_crosses_itself_still_is_an_area() -> None:
    looped = drawing.path_polygon("M0,0L10,0L10,10L4,10L6,9L6,11L0,10Z")
    assert looped.is_valid
    assert looped.area > 90


def javascript(count: int) -> str:
    path = "M0,0l1,0l0,1Z"
    entries = [
        f'{{id:"a{n}",name:"a",en_name:"a",display_name:"A",code:"{101 + n}",d:"{path}"}}'
        for n in range(count)
    ]
    entries.append(f'{{id:"region",name:"r",en_name:"r",display_name:"R",code:"1081",d:"{path}"}}')
    entries.append(f'{{id:"danmark",name:"d",en_name:"d",display_name:"D",en_term:"denmark",d:"{path}"}}')
    return "const m=[" + ",".join(entries) + "];"


def test_the_drawing_is_read_by_code_without_regions() -> None:
    found = drawing.read_drawing(javascript(98))
    assert len(found.municipalities) == 98
    assert found.municipalities.index[0] == "0101"
    assert found.outline.area == pytest.approx(0.5)
    with pytest.raises(SystemExit, match="found 97"):
        drawing.read_drawing(javascript(97))


def test_another_package_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "react-denmark-map-1.0.0.tgz"
    text = javascript(98).encode()
    with tarfile.open(path, "w:gz") as archive:
        member = tarfile.TarInfo(drawing.MEMBER)
        member.size = len(text)
        archive.addfile(member, io.BytesIO(text))
    with pytest.raises(SystemExit, match="SHA-256"):
        drawing.fetch_package(path)


# --- closing the gaps ---------------------------------------------------------------------------------------------


def drawn_apart() -> gpd.GeoSeries:
    """Two areas 30 units apart, and an enclave in the left one with a mouth towards the right."""
    enclave = shapely.box(400, 400, 600, 600)
    left = (
        shapely.box(0, 0, 985, 1000)
        .difference(enclave.buffer(30))
        .difference(shapely.box(500, 480, 990, 520))
    )
    return gpd.GeoSeries({"0101": left, "0147": enclave, "0169": shapely.box(1015, 0, 2000, 1000)})


def test_neighbours_meet_half_way_and_the_enclave_is_closed_in() -> None:
    outline = shapely.box(0, 0, 2000, 1000)
    closed = close_gaps(drawn_apart(), outline, enclave=("0147", "0101"))
    assert shapely.coverage_is_valid(closed.to_numpy())
    assert shapely.union_all(closed.to_numpy()).area == pytest.approx(outline.area)
    assert closed["0101"].bounds[2] == pytest.approx(1000, abs=3)
    border = closed["0101"].intersection(closed["0169"])
    assert border.length == pytest.approx(1000, rel=0.05)
    assert closed["0147"].distance(closed["0169"]) > 300
    assert closed["0147"].area == pytest.approx(230**2, rel=0.05)


def test_the_coast_moves_out_by_the_margin() -> None:
    outline = shapely.box(0, 0, 2000, 1000)
    closed = close_gaps(drawn_apart(), outline, enclave=("0147", "0101"), margin=10)
    assert shapely.union_all(closed.to_numpy()).bounds == pytest.approx((-10, -10, 2010, 1010))


def test_an_outline_at_another_scale_is_laid_over_the_coast() -> None:
    true = shapely.segmentize(shapely.box(0, 0, 2000, 1000).difference(shapely.Point(0, 0).buffer(300)), 20)
    drawn = gpd.GeoSeries({"0101": true})
    scaled = shapely.transform(true, lambda xy: xy * 1.54 + [7, -3])
    placed = align_outline(scaled, drawn)
    assert shapely.hausdorff_distance(placed, true) < 1


# --- placing it on the ground -------------------------------------------------------------------------------------

CORNER = np.array([520_000.0, 6_150_000.0])


def chequered(side: int = 4) -> gpd.GeoSeries:
    """A coverage of squares, 300 drawing units wide, and Bornholm in a corner."""
    areas = {
        f"05{row}{column}": shapely.segmentize(
            shapely.box(column * 300, row * 300, column * 300 + 300, row * 300 + 300), 50
        )
        for row in range(side)
        for column in range(side)
    }
    areas["0400"] = shapely.segmentize(shapely.box(2000, 2000, 2200, 2300), 50)
    return gpd.GeoSeries(areas).sort_index()


def on_ground(areas: gpd.GeoSeries) -> gpd.GeoSeries:
    """Where the chequered areas truly lie: 28 m a unit, bent a little; Bornholm far off."""
    bent = shapely.transform(areas.to_numpy(), lambda xy: CORNER + xy * 28.0 + 0.002 * xy[:, ::-1] ** 2)
    true = gpd.GeoSeries(bent, index=areas.index, crs=METRIC)
    true["0400"] = shapely.box(860_000, 6_110_000, 880_000, 6_140_000)
    return true


def known(true: gpd.GeoSeries, placed: gpd.GeoDataFrame | None = None) -> Control:
    nothing = gpd.GeoDataFrame({"municipality_code": []}, geometry=[], crs=METRIC)
    towns = gpd.GeoSeries([true["0500"].centroid], crs=METRIC)
    return Control(true.centroid, true.area / 1e6, nothing, nothing if placed is None else placed, towns)


def test_a_bent_drawing_is_straightened_by_its_centroids() -> None:
    drawn = chequered()
    true = on_ground(drawn)
    found = georeference(drawn, known(true))
    assert shapely.coverage_is_valid(found.to_numpy())
    assert (found.count_coordinates() == drawn.count_coordinates()).all()
    mainland = found.index.drop("0400")
    shared = found[mainland].intersection(true[mainland]).area / found[mainland].union(true[mainland]).area
    assert shared.min() > 0.95
    assert found["0400"].centroid.distance(true["0400"].centroid) < 1
    assert found["0400"].area == pytest.approx(true["0400"].area)


def test_a_known_point_just_outside_its_municipality_pulls_the_border_past_it() -> None:
    drawn = chequered()
    true = on_ground(drawn)
    border = georeference(drawn, known(true))["0500"].bounds[2]
    outside = shapely.Point(border + 500, true["0500"].centroid.y)
    placed = gpd.GeoDataFrame({"municipality_code": ["0500"]}, geometry=[outside], crs=METRIC)
    found = georeference(drawn, known(true, placed))
    assert shapely.coverage_is_valid(found.to_numpy())
    assert found["0500"].contains(outside)
    assert found["0500"].boundary.distance(outside) == pytest.approx(MARGIN_M, abs=60)
    assert (
        found["0533"].equals(georeference(drawn, known(true))["0533"])
        or found["0533"].distance(outside) > 1e4
    )


@given(seed=st.integers(0, 1000))
@settings(max_examples=10, deadline=None)
def test_moving_keeps_equal_vertices_equal(seed: int) -> None:
    chance = np.random.default_rng(seed)
    moved = move(chequered(), lambda xy: xy + chance.uniform(-20, 20, xy.shape))
    assert shapely.coverage_is_valid(moved.to_numpy())


# --- the file -----------------------------------------------------------------------------------------------------


def test_a_round_island_has_its_area_and_place() -> None:
    island = round_island(shapely.Point(600_000, 6_100_000), 12.3)
    assert island.area == pytest.approx(12.3e6)
    assert island.centroid.distance(shapely.Point(600_000, 6_100_000)) < 1e-6


def toy_folder(folder: Path, true: gpd.GeoSeries) -> Path:
    (folder / "builders").mkdir(parents=True)
    centre = true.centroid.to_crs("EPSG:4326")
    table = pd.DataFrame({"municipality_code": true.index, "area_km2": true.area.to_numpy() / 1e6})
    table = table.assign(centroid_lon=centre.x.to_numpy(), centroid_lat=centre.y.to_numpy())
    table.loc[len(table)] = ["0411", 0.4, 15.185, 55.32]
    table.to_csv(folder / "municipalities.csv", index=False)
    islands = pd.DataFrame(
        [["Ø", "0501", 9.0, 55.2, 5.0, False]],
        columns=["island", "municipality_code", "lon", "lat", "area_km2", "in_drawing"],
    )
    islands.to_csv(folder / "builders" / "islands.csv", index=False)
    return folder


def test_from_drawing_to_file_the_same_bytes_each_time(tmp_path: Path) -> None:
    drawn = chequered()
    apart = gpd.GeoSeries(
        {code: area.buffer(-12, join_style="mitre") for code, area in drawn.items()}
    ).rename(index={"0511": "0147", "0510": "0101"})
    true = on_ground(drawn).rename(index={"0511": "0147", "0510": "0101"}).sort_index()
    folder = toy_folder(tmp_path / "geodata", true)
    outline = shapely.union_all(drawn.to_numpy())
    texts = []
    for _ in range(2):
        areas = build(drawing.Drawing(apart.sort_index(), outline), known(true), folder)
        texts.append(as_geojson(areas, pd.Series(areas.index, index=areas.index)))
    assert texts[0] == texts[1]
    features = json.loads(texts[0])["features"]
    assert [feature["properties"]["municipality_code"] for feature in features] == sorted(
        [*true.index, "0411"]
    )
    found = gpd.GeoDataFrame.from_features(features, crs="EPSG:4326").to_crs(METRIC)
    assert shapely.coverage_is_valid(found.geometry.to_numpy())
    christiansoe = found.set_index("municipality_code").geometry["0411"]
    assert christiansoe.area == pytest.approx(0.4e6, rel=0.01)


@pytest.fixture(scope="module")
def bundled() -> gpd.GeoDataFrame:
    return load_bundled_areas(load_table("municipalities")).frame


def test_the_bundled_file_is_small_and_follows_the_standard() -> None:
    text = TARGET.read_text("utf-8")
    assert len(text.encode()) < 1_000_000
    content = json.loads(text)
    assert "crs" not in content
    for feature in content["features"]:
        assert set(feature["properties"]) == {"municipality_code", "name", "source", "precision"}
        assert feature["properties"]["precision"] == "approximate"
        for rings in feature["geometry"]["coordinates"]:
            corners = np.array(rings[0])
            assert shapely.LinearRing(corners).is_ccw
            assert (np.round(corners, 6) == corners).all()


def test_the_bundled_areas_add_up_to_the_country(bundled: gpd.GeoDataFrame) -> None:
    registered = load_table("municipalities").set_index("municipality_code")["area_km2"]
    drawn = bundled.set_index("municipality_code").area / 1e6
    assert drawn.sum() == pytest.approx(registered.sum(), rel=0.01)
    assert (drawn / registered - 1).abs().median() < 0.05


def test_bornholm_and_christiansoe_lie_in_the_baltic(bundled: gpd.GeoDataFrame) -> None:
    areas = bundled.to_crs("EPSG:4326").set_index("municipality_code").geometry
    assert areas["0400"].contains(shapely.Point(14.91, 55.13))
    assert areas["0411"].centroid.distance(shapely.Point(15.186, 55.320)) < 0.005
    assert bundled.set_index("municipality_code").area["0411"] == pytest.approx(0.4e6, rel=0.02)


def test_every_bundled_point_lies_in_its_municipality(bundled: gpd.GeoDataFrame) -> None:
    quality = measure(bundled, bundled)
    assert quality.outside.empty, report(quality)
    assert quality.median_iou == pytest.approx(1)


def test_islands_that_ferries_call_at_are_there(bundled: gpd.GeoDataFrame) -> None:
    islands = read_table(GEODATA / "builders" / "islands.csv")
    assert islands["island"].is_unique
    assert islands["source"].str.contains("https://").all()
    points = gpd.GeoSeries.from_xy(islands["lon"], islands["lat"], crs="EPSG:4326").to_crs(METRIC)
    homes = bundled.set_index("municipality_code").geometry[islands["municipality_code"]]
    assert (shapely.distance(homes.to_numpy(), points.to_numpy()) < 500).all()


@pytest.fixture(scope="module")
def quality(testdata: Path, bundled: gpd.GeoDataFrame) -> Quality:
    path = testdata / "boundaries" / "municipalities-2025.gpkg"
    return measure(bundled, read_municipality_areas(path, load_table("municipalities")).frame)


@pytest.mark.testdata
def test_the_bundled_areas_are_good_enough(quality: Quality) -> None:
    assert len(quality.towns) > 490
    assert quality.towns_right >= LEAST_TOWNS, report(quality)
    assert quality.median_iou >= LEAST_MEDIAN_IOU, report(quality)
    assert (quality.municipalities["iou"].drop("0411") > 0.6).all()


@pytest.mark.testdata
def test_the_report_names_the_figures_and_the_worst(quality: Quality) -> None:
    text = report(quality)
    assert f"{quality.towns_right:.1%} of {len(quality.towns)}" in text
    assert quality.municipalities["iou"].drop("0411").idxmin() in text
