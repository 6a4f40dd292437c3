"""The bundled practices: each region's GPs, modelled over the practices and towns of its municipalities."""

from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd

from pipeline.clusters.gp_figures import modelled_gps, practice_counts
from pipeline.crs import METRIC
from pipeline.demand.apportion import largest_remainder

SOURCE: Final = (
    "GPs by region (PLO 2020) over practices by municipality (provider register 2025) and settlements"
)


def default_practices(
    demand: gpd.GeoDataFrame,
    municipalities: pd.DataFrame,
    gp_supply_region: pd.DataFrame,
    gp_supply_municipality: pd.DataFrame,
) -> gpd.GeoDataFrame:
    """Place as many practices in each municipality as the register counts, where its people live.

    Parameters
    ----------
    demand
        The bundled demand with ``geonameid``.
    municipalities, gp_supply_region, gp_supply_municipality
        Tables of these names.

    Returns
    -------
    gpd.GeoDataFrame
        The frame of `pipeline.supply`; everything is ``modelled``. The GPs of a region sum to its figure.

    Notes
    -----
    A municipality's practices are given to its towns by people with the largest remainder, and within a town
    that is spread over cells to these in the same way. Each practice of a municipality has the same number of
    GPs: the region's GPs in proportion to practices, divided by the municipality's practices. Several
    practices may stand on one point.
    """
    gps = modelled_gps(municipalities, gp_supply_region, gp_supply_municipality)
    counts = practice_counts(gp_supply_municipality)
    # Plain objects: slicing a frame with geometry for each municipality takes longer than all the rest.
    everywhere = pd.DataFrame(demand.drop(columns="geometry")).assign(geometry=demand.geometry.to_numpy())
    everywhere = everywhere.sort_values("demand_id")
    in_towns = everywhere.dropna(subset=["geonameid"])
    rows = []
    for code in sorted(set(counts.index) & set(gps.dropna().index)):
        places = in_towns[in_towns["municipality_code"] == code]
        if places.empty:
            places = everywhere[everywhere["municipality_code"] == code]
        number = int(counts[code])
        if places.empty or number == 0:
            continue
        placed = _place(places, number)
        placed["practice_id"] = [f"model-{code}-{at:03d}" for at in range(1, number + 1)]
        rows.append(placed.assign(capacity=float(gps[code]) / number, municipality_code=code))
    frame = pd.concat(rows, ignore_index=True)
    return gpd.GeoDataFrame(
        {
            "practice_id": frame["practice_id"],
            "provider": frame["practice_id"],
            "name": frame["settlement"],
            "capacity": frame["capacity"],
            "capacity_precision": "modelled",
            "open_to_new": pd.array([pd.NA] * len(frame), dtype="boolean"),
            "valid_from": pd.Series(pd.NaT, index=frame.index),
            "valid_to": pd.Series(pd.NaT, index=frame.index),
            "municipality_code": frame["municipality_code"],
            "source": SOURCE,
            "precision": "modelled",
            "status": "ok",
        },
        geometry=frame["geometry"].to_numpy(),
        crs=METRIC,
    )


def _place(places: pd.DataFrame, number: int) -> pd.DataFrame:
    """Give `number` practices to the towns, then to the points of each town."""
    town = places["geonameid"].astype("Int64").fillna(0)
    people = places["weight"].groupby(town).sum()
    seats = dict(zip(people.index, largest_remainder(number, people.to_numpy()), strict=True))
    chosen = np.zeros(len(places), dtype=np.int64)
    for name, count in seats.items():
        mine = np.flatnonzero((town == name).to_numpy())
        if count:
            chosen[mine] = largest_remainder(int(count), places["weight"].to_numpy()[mine])
    rows = np.repeat(np.arange(len(places)), chosen)
    return pd.DataFrame(
        {
            "settlement": places["settlement"].to_numpy()[rows],
            "geometry": places["geometry"].to_numpy()[rows],
        }
    )
