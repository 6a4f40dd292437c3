"""A small country for figures: two rows of square municipalities, a crowded capital area, and Bornholm."""

import geopandas as gpd
import pandas as pd
from shapely.geometry import MultiPolygon, Point, box

SCHEME = "klynger-2018"
EVIL = "<script>alert('å & ø')</script>"

_SIDE = 40_000
_WEST, _SOUTH = 500_000, 6_150_000


def country() -> gpd.GeoDataFrame:
    """Six squares in the west, nine small ones in the capital area, Bornholm and Christiansø."""
    squares = {
        f"07{column}{row}": box(
            _WEST + column * _SIDE,
            _SOUTH + row * _SIDE,
            _WEST + (column + 1) * _SIDE,
            _SOUTH + (row + 1) * _SIDE,
        )
        for row in range(2)
        for column in range(3)
    }
    small = {
        f"01{column}{row}": box(
            700_000 + column * 9_000,
            6_160_000 + row * 9_000,
            709_000 + column * 9_000,
            6_169_000 + row * 9_000,
        )
        for row in range(3)
        for column in range(3)
    }
    east = {
        "0400": box(866_000, 6_110_000, 890_000, 6_140_000),
        "0411": box(898_000, 6_138_000, 899_000, 6_139_000),
    }
    shapes = {**squares, **small, **east}
    names = {
        "0700": "Ærø",
        "0710": "Østerby",
        "0720": "Åkirke",
        "0701": "Sønder Nissum",
        "0711": "Midt",
        "0721": "Nord",
    }
    return gpd.GeoDataFrame(
        {
            "municipality_code": list(shapes),
            "name": [names.get(code, f"By {code}") for code in shapes],
            "precision": "approximate",
        },
        geometry=[MultiPolygon([shape]) for shape in shapes.values()],
        crs="EPSG:25832",
    )


def members() -> pd.DataFrame:
    """Five clusters; 0710 belongs to two, Christiansø to none."""
    rows = [
        ("vest", "0700"),
        ("vest", "0701"),
        ("vest", "0710"),
        ("midt", "0710"),
        ("midt", "0711"),
        ("evil", "0720"),
    ]
    rows += [("evil", "0721"), ("born", "0400")]
    rows += [
        ("born" if code == "0100" else "hoved", code)
        for code in country()["municipality_code"]
        if code < "0200"
    ]
    table = pd.DataFrame(rows, columns=["cluster_id", "municipality_code"]).assign(scheme=SCHEME)
    return table.assign(shared=table["municipality_code"] == "0710")


def clusters() -> gpd.GeoDataFrame:
    """The clusters with names, colours and whether they have an acute hospital."""
    shape_of = country().set_index("municipality_code").geometry
    told = {
        "vest": ("Vestklyngen", 0, True),
        "midt": ("Klynge Midt", 1, False),
        "evil": (EVIL, 2, True),
        "hoved": ("Hovedklyngen", 3, True),
        "born": ("Bornholm", 4, True),
    }
    groups = members().groupby("cluster_id")["municipality_code"]
    rows = [
        {
            "scheme": SCHEME,
            "cluster_id": key,
            "name": name,
            "full_name": f"Klyngen {name}",
            "region": "Region Ærø & Å",
            "colour": colour,
            "has_acute": acute,
            "geometry": shape_of.loc[groups.get_group(key)].union_all(),
        }
        for key, (name, colour, acute) in told.items()
    ]
    return gpd.GeoDataFrame(rows, crs="EPSG:25832")


def facilities() -> gpd.GeoDataFrame:
    """Hospitals and houses: two at the same spot, one without a point, one with markup in its name."""
    rows = [
        ("a", "hospital", "acute", "Ærø Hospital", Point(520_000, 6_170_000)),
        ("b", "health_house", "open", "Ærø Sundhedshus", Point(520_000, 6_170_000)),
        ("c", "hospital", "non_acute", EVIL, Point(600_000, 6_200_000)),
        ("d", "hospital", "planned", "Nyt Hospital", Point(601_000, 6_201_000)),
        ("e", "hospital", "closed", "Gammelt Hospital", Point(560_000, 6_200_000)),
        ("f", "health_house", "granted", "Kommende Sundhedshus", None),
        ("g", "hospital", "acute", "Bornholms Hospital", Point(870_000, 6_120_000)),
        ("h", "hospital", "acute", "Hovedhospitalet", Point(712_000, 6_172_000)),
        ("i", "clinic", "odd", "Noget andet", Point(713_000, 6_173_000)),
    ]
    columns = ["facility_id", "kind", "role", "name", "geometry"]
    return gpd.GeoDataFrame(pd.DataFrame(rows, columns=columns), geometry="geometry", crs="EPSG:25832")


def pairs() -> pd.DataFrame:
    """Which facility belongs to which cluster."""
    rows = [("vest", "a"), ("vest", "b"), ("evil", "c"), ("evil", "d"), ("midt", "e"), ("vest", "f")]
    rows += [("born", "g"), ("hoved", "h"), ("hoved", "i")]
    return pd.DataFrame(rows, columns=["cluster_id", "facility_id"]).assign(scheme=SCHEME)
