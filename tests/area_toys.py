"""A small country for tests of boundary files: four municipalities, one of them an enclave, and an island."""

import json
from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely

KM = 1000.0
X0, Y0 = 500 * KM, 6200 * KM


def towns() -> pd.DataFrame:
    """The table of municipalities: Christiansø is the one that may be missing."""
    return pd.DataFrame(
        {
            "municipality_code": ["0101", "0147", "0169", "0411", "0751"],
            "name": ["København", "Frederiksberg", "Høje-Taastrup", "Christiansø", "Aarhus"],
            "kind": ["municipality", "municipality", "municipality", "state_island", "municipality"],
            "area_km2": [84.0, 16.0, 100.0, 1.0, 100.0],
        }
    )


def square(x: float, y: float, side: float = 10.0, other: float | None = None) -> shapely.Polygon:
    """A rectangle in the country, kilometres from its corner, with a vertex on every kilometre."""
    box = shapely.box(X0 + x * KM, Y0 + y * KM, X0 + (x + side) * KM, Y0 + (y + (other or side)) * KM)
    return shapely.segmentize(box, KM)


def country() -> gpd.GeoDataFrame:
    """København around Frederiksberg, Aarhus in two parts, Høje-Taastrup between them; EPSG:25832."""
    enclave = square(3, 3, 4)
    return gpd.GeoDataFrame(
        {
            "KOMKODE": ["0101", "0147", "0751", "0169", "0751"],
            "KOMNAVN": ["København", "Frederiksberg", "Århus", "Høje Taastrup", "Århus"],
        },
        geometry=[
            square(0, 0).difference(enclave),
            enclave,
            square(20, 0, 5, 10),
            square(10, 0),
            square(25, 0, 5, 10),
        ],
        crs="EPSG:25832",
    )


def topojson(frame: gpd.GeoDataFrame, path: Path) -> None:
    """Write polygons as TopoJSON, each ring an arc of its own."""
    arcs, geometries = [], []
    for row in frame.to_crs("EPSG:4326").itertuples():
        rings = []
        for ring in (row.geometry.exterior, *row.geometry.interiors):
            rings.append([len(arcs)])
            arcs.append(shapely.get_coordinates(ring).tolist())
        properties = {"KOMKODE": row.KOMKODE, "KOMNAVN": row.KOMNAVN}
        geometries.append({"type": "Polygon", "arcs": rings, "properties": properties})
    collection = {"type": "GeometryCollection", "geometries": geometries}
    path.write_text(json.dumps({"type": "Topology", "objects": {"areas": collection}, "arcs": arcs}), "utf-8")
