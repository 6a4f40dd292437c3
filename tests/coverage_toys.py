"""Small made-up demand, practices and travel times for tests of coverage."""

import datetime as dt

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely import Point

from pipeline.coverage.reach import Pairs, Reach
from pipeline.settings.coverage import CoverageSettings

DAY = dt.date(2025, 6, 1)


def demand_frame(weight, codes=None, xy=None):
    n = len(weight)
    xy = np.column_stack([np.arange(n) * 1000.0 + 500_000, np.full(n, 6_200_000.0)]) if xy is None else xy
    return gpd.GeoDataFrame(
        {
            "demand_id": [f"d{i:03d}" for i in range(n)],
            "municipality_code": ["0751"] * n if codes is None else codes,
            "settlement": ["By"] * n,
            "weight": np.asarray(weight, dtype=float),
            "precision": "modelled",
            "source": "toy",
            "status": "ok",
        },
        geometry=[Point(x, y) for x, y in xy],
        crs="EPSG:25832",
    )


def practice_frame(capacity, open_to_new=None, xy=None, codes=None):
    m = len(capacity)
    xy = np.column_stack([np.arange(m) * 1000.0 + 500_000, np.full(m, 6_200_100.0)]) if xy is None else xy
    return gpd.GeoDataFrame(
        {
            "practice_id": [f"p{j:03d}" for j in range(m)],
            "name": [f"Lægerne {j}" for j in range(m)],
            "capacity": np.asarray(capacity, dtype=float),
            "open_to_new": pd.array([True] * m if open_to_new is None else open_to_new, dtype="boolean"),
            "valid_from": pd.NaT,
            "valid_to": pd.NaT,
            "municipality_code": ["0751"] * m if codes is None else codes,
            "source": "toy",
            "precision": "register",
            "status": "ok",
        },
        geometry=[Point(x, y) for x, y in xy],
        crs="EPSG:25832",
    )


def reach_of(seconds, road=None, straight=None, **more):
    """Travel from dense arrays; distances default to 15 m for each second."""
    seconds = np.asarray(seconds, dtype=float)
    road = seconds * 15 if road is None else np.asarray(road, dtype=float)
    straight = road / 1.3 if straight is None else np.asarray(straight, dtype=float)
    return Reach(
        time=Pairs.from_dense(seconds),
        straight=Pairs.from_dense(straight),
        road=Pairs.from_dense(road),
        **more,
    )


def settings_of(**parts):
    """Settings from plain dictionaries, as a settings file would give them."""
    return CoverageSettings.model_validate(parts)
