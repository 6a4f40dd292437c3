"""A toy country: six square municipalities of 10 km in two rows, as a valid coverage in EPSG:25832."""

import geopandas as gpd
import pandas as pd
import shapely

SIDE = 10_000.0
WEST, SOUTH = 500_000.0, 6_200_000.0
CODES = ("0101", "0102", "0103", "0104", "0105", "0106")


def toy_areas() -> gpd.GeoDataFrame:
    """Municipalities 0101 0102 0103 in the southern row, 0104 0105 0106 north of them."""
    boxes = [
        shapely.box(
            WEST + SIDE * (i % 3),
            SOUTH + SIDE * (i // 3),
            WEST + SIDE * (i % 3 + 1),
            SOUTH + SIDE * (i // 3 + 1),
        )
        for i in range(6)
    ]
    return gpd.GeoDataFrame(
        {
            "municipality_code": list(CODES),
            "name": [f"By {code}" for code in CODES],
            "precision": "measured",
        },
        geometry=[shapely.MultiPolygon([box]) for box in boxes],
        crs="EPSG:25832",
    )


def toy_members() -> pd.DataFrame:
    """Two clusters in scheme a (0102 in both), other clusters in scheme b."""
    pairs = [
        ("a", "west", "0101"),
        ("a", "west", "0102"),
        ("a", "west", "0104"),
        ("a", "east", "0102"),
        ("a", "east", "0103"),
        ("a", "east", "0106"),
        ("b", "vest", "0101"),
        ("b", "vest", "0104"),
        ("b", "vest", "0106"),
        ("b", "oest", "0102"),
        ("b", "oest", "0103"),
        ("b", "oest", "0105"),
    ]
    frame = pd.DataFrame(pairs, columns=["scheme", "cluster_id", "municipality_code"])
    frame = frame.sort_values(["scheme", "cluster_id", "municipality_code"], ignore_index=True)
    shared = frame.groupby(["scheme", "municipality_code"])["cluster_id"].transform("nunique") > 1
    return frame.assign(
        shared=shared,
        municipality_name="By " + frame["municipality_code"],
        population=frame["municipality_code"].map(toy_population()),
        evidence="sourced",
    )


def toy_population() -> pd.Series:
    """People by municipality; 0102 has an odd number."""
    return pd.Series([100, 201, 300, 400, 500, 600], index=list(CODES))


def toy_names() -> pd.DataFrame:
    """Names of the clusters."""
    ids = [("a", "west"), ("a", "east"), ("b", "vest"), ("b", "oest")]
    frame = pd.DataFrame(ids, columns=["scheme", "cluster_id"])
    return frame.assign(
        name=frame["cluster_id"].str.title(),
        full_name=frame["cluster_id"],
        region="Region",
        source="made for tests",
    )


def point(column: float, row: float) -> shapely.Point:
    """A point in units of squares from the toy country's south-west corner."""
    return shapely.Point(WEST + SIDE * column, SOUTH + SIDE * row)
