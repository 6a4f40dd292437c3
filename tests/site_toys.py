"""A small country for siting tests: random people, places of today and candidates, with ties and no ways."""

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from pipeline.sites.functions import FunctionCatalogue
from pipeline.sites.inputs import SiteInputs


def toy_inputs(
    functions: FunctionCatalogue, seed: int, *, points: int = 80, today: int = 5, sites: int = 8
) -> SiteInputs:
    """Build inputs in which everything occurs: unreachable pairs, empty points, asked functions, groups."""
    rng = np.random.default_rng(seed)
    homes = rng.uniform(0, 60_000, (points, 2))
    places = rng.uniform(0, 60_000, (today + sites, 2))
    places[today] = places[0]
    gaps = homes[:, None] - places[None]
    times = (np.hypot(gaps[..., 0], gaps[..., 1]) / 1000).round(0).astype(np.float32)
    times[rng.random(times.shape) < 0.08] = np.nan
    times[:3, :today] = np.nan
    times[:, today] = times[:, 0]
    people = rng.integers(0, 3000, points).astype(float)
    demand = pd.DataFrame({"weight": people}, index=[f"d{i}" for i in range(points)])
    for band, share in {"people_0_17": 0.2, "people_18_64": 0.55, "people_65_plus": 0.25}.items():
        demand[band] = people * share
    supply = gpd.GeoDataFrame(
        {"supply_id": [f"s{j}" for j in range(today)], "name": [f"Place {j}" for j in range(today)]},
        geometry=gpd.points_from_xy(*places[:today].T),
        crs="EPSG:25832",
    )
    pairs = [(f.id, f"s{j}") for f in functions for j in range(today) if j == 0 or rng.random() < 0.7]
    candidates = gpd.GeoDataFrame(
        {
            "site_id": [f"c{j}" for j in range(sites)],
            "name": [f"Site {j}" for j in range(sites)],
            "kind": "candidate",
            "host": rng.choice(["health_house", "town", "gp_house"], sites),
            "function_id": [None] * (sites - 1) + ["xray"],
            "municipality_code": "0101",
            "capacity": np.where(rng.random(sites) < 0.5, np.nan, 500.0),
            "cost_mio_dkk": np.where(rng.random(sites) < 0.5, np.nan, 4.0),
        },
        geometry=gpd.points_from_xy(*places[today:].T),
        crs="EPSG:25832",
    )
    halves = rng.random(points)
    cluster = csr_array(np.column_stack([halves, 1 - halves]))
    gap = csr_array((rng.random((points, 3)) < 0.15).astype(float))
    return SiteInputs(
        demand=demand,
        supply=supply,
        supply_pairs=pd.DataFrame(pairs, columns=["function_id", "supply_id"]),
        today_min=times[:, :today],
        sites=candidates,
        site_min=times[:, today:],
        groups={"cluster": (["west", "east"], cluster), "gp_gap": (["g0", "g1", "g2"], gap)},
        short_of_gps=rng.random(sites) < 0.5,
    )
