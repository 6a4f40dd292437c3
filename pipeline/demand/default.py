"""The bundled demand: each municipality's people, modelled over its towns and its rural land.

No open count of people by place ships with the project, so the population of each municipality is spread by a
formula. Sums by municipality are exact; where within it people live is modelled and marked so.
"""

from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from pipeline.crs import GEOGRAPHIC, METRIC
from pipeline.demand.apportion import share_out

SOURCE: Final = "municipality population (Danmarks Statistik) over settlements (GeoNames) and rural land"

TYPICAL_RURAL: Final = 16.0
"""People per km² of rural land, about the national average: some 12 % of the country's people live outside
towns, on about 41,000 km²."""

LEAST_RURAL, MOST_RURAL = 4.0, 60.0
"""Bounds of the people per km² of rural land. The upper one is wide since villages below 500 people are not
in the list of settlements and count as rural."""

WHOLE_MUNICIPALITY: Final = 0.95
"""A place among several that has this share of its municipality's people or more carries the municipality's
figure, not its own."""

SMALLEST_TOWN, UNKNOWN_TOWN = 500.0, 3_000.0
"""The list of settlements begins at 500 people. A place without a figure counts as at least that and at most
3,000, unless it is the seat of its municipality."""

DENSITY_AT_1000, DENSITY_POWER = 1_000.0, 0.2
"""People per km² of built-up land: 1,000 in a town of 1,000 people, growing with its size to the power 0.2
(about 1,600 at 10,000, 3,100 at 285,000)."""

SPREAD_FROM_M: Final = 1_500.0
"""A town with a larger radius is spread over 1 km cells, a smaller one stands on its point."""

TOWN_CELL_M, RURAL_CELL_M, STEP_M = 1_000.0, 2_000.0, 500.0


def default_demand(
    municipalities: pd.DataFrame, settlements: pd.DataFrame, areas: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """Spread each municipality's population over its settlements and its rural land.

    Parameters
    ----------
    municipalities
        Table ``municipalities``: ``municipality_code``, ``population``, ``seat``.
    settlements
        Table ``settlements``: ``geonameid``, ``name``, ``lon``, ``lat``, ``population`` (missing where
        doubtful), ``municipality_code``.
    areas
        Municipality areas, EPSG:25832.

    Returns
    -------
    gpd.GeoDataFrame
        Demand points, see `pipeline.demand`; ``precision`` is ``modelled``. The weights of a municipality are
        whole people and sum to its population exactly. ``geonameid`` tells the town that a point is part of,
        missing on rural land.

    Notes
    -----
    With P the municipality's people, A its rural land (km²) and g a town's figure: towns without a figure
    share what is left of P after the known ones and 16 people per km² of rural land, between 500 and 3,000
    each, the municipality's seat without that upper bound. Rural people are P - Σ g, held between 4 and 60
    per km² of A; the towns share the rest in proportion to g. A town whose built-up circle has a radius above
    1.5 km is spread over the 1 km cells in it, twice as dense at the centre as at the edge; rural people are
    spread evenly over the land outside all towns, gathered in 2 km cells.
    """
    rows = municipalities.dropna(subset=["population"]).sort_values("municipality_code")
    population = rows.set_index("municipality_code")["population"].astype("int64")
    land = _land_points(areas[areas["municipality_code"].isin(population.index)])
    towns = _towns(settlements, population)
    towns["seat"] = (
        towns["municipality_code"].map(rows.set_index("municipality_code")["seat"]) == towns["name"]
    )
    km2 = land.groupby("municipality_code").size().reindex(population.index).fillna(0) * (STEP_M / 1000) ** 2
    towns, rural = _split(towns, population, km2)
    owner, part = _inside(land, towns)
    places = pd.concat(
        [_town_points(towns, land, owner, part), _rural_points(land, owner, rural)], ignore_index=True
    ).sort_values(["municipality_code", "kind", "demand_id"], ignore_index=True)
    places = _nobody_lost(places, population, areas)
    key = places["municipality_code"] + places["kind"]
    codes, names = pd.factorize(key, sort=True)
    in_towns = population - rural
    units = np.array(
        [(in_towns if name[4:] == "town" else rural)[name[:4]] for name in names], dtype=np.int64
    )
    weight = share_out(units, places["share"].to_numpy(), codes)
    frame = gpd.GeoDataFrame(
        {
            "demand_id": places["demand_id"],
            "municipality_code": places["municipality_code"].astype("str"),
            "settlement": _nearest_name(places, towns),
            "weight": weight.astype(np.float64),
            "precision": "modelled",
            "source": SOURCE,
            "status": "ok",
            "geonameid": places["geonameid"].astype("Int64"),
        },
        geometry=gpd.points_from_xy(places["x"], places["y"]),
        crs=METRIC,
    )
    return frame[frame["weight"] > 0].reset_index(drop=True)


def _land_points(areas: gpd.GeoDataFrame) -> pd.DataFrame:
    """Put points 500 m apart on all land; each knows its municipality and which part of it it lies on."""
    parts = (
        areas[["municipality_code", "geometry"]].sort_values("municipality_code").explode(index_parts=False)
    )
    west, south, east, _ = np.asarray(parts.total_bounds) // STEP_M
    columns = int(east - west) + 1
    cell, part = [], []
    for number, shape in enumerate(parts.geometry):
        first_x, first_y, last_x, last_y = np.asarray(shape.bounds) // STEP_M
        x, y = np.meshgrid(np.arange(first_x, last_x + 1), np.arange(first_y, last_y + 1))
        shapely.prepare(shape)
        inside = shapely.contains_xy(shape, (x + 0.5) * STEP_M, (y + 0.5) * STEP_M)
        cell.append(((y - south) * columns + (x - west))[inside].astype(np.int64))
        part.append(np.full(len(cell[-1]), number))
    cells, parts_of = np.concatenate(cell), np.concatenate(part)
    # A point that two overlapping areas hold belongs to the first.
    cells, at = np.unique(cells, return_index=True)
    parts_of = parts_of[at]
    return pd.DataFrame(
        {
            # Plain objects: membership in Arrow-backed text is slow at this length.
            "municipality_code": pd.Series(parts["municipality_code"].to_numpy()[parts_of], dtype=object),
            "part": parts_of,
            "x": (cells % columns + west + 0.5) * STEP_M,
            "y": (cells // columns + south + 0.5) * STEP_M,
        }
    )


def _towns(settlements: pd.DataFrame, population: pd.Series) -> pd.DataFrame:
    """Take the settlements of the municipalities, doubtful figures blanked, with coordinates in metres."""
    rows = settlements[settlements["municipality_code"].isin(population.index)].sort_values("geonameid")
    xy = gpd.GeoSeries.from_xy(rows["lon"], rows["lat"], crs=GEOGRAPHIC).to_crs(METRIC)
    figure = rows["population"].astype("Float64").to_numpy(dtype=np.float64, na_value=np.nan)
    whole = figure >= WHOLE_MUNICIPALITY * rows["municipality_code"].map(population).to_numpy()
    several = rows.groupby("municipality_code")["geonameid"].transform("size").to_numpy() > 1
    return pd.DataFrame(
        {
            "geonameid": rows["geonameid"].to_numpy(),
            "name": rows["name"].to_numpy(),
            "municipality_code": rows["municipality_code"].to_numpy(),
            "figure": np.where((whole & several) | (figure <= 0), np.nan, figure),
            "x": xy.x.to_numpy(),
            "y": xy.y.to_numpy(),
        }
    )


def _split(towns: pd.DataFrame, population: pd.Series, km2: pd.Series) -> tuple[pd.DataFrame, pd.Series]:
    """Find each town's people and radius, and each municipality's rural people."""
    code = towns["municipality_code"]
    known = towns["figure"].groupby(code).sum().reindex(population.index).fillna(0)
    blanks = towns["figure"].isna().groupby(code).sum().reindex(population.index).fillna(0)
    built = known / _density(known.clip(lower=1))
    rural_km2 = (km2 - built).clip(lower=0)
    left = (population - known - TYPICAL_RURAL * rural_km2).clip(lower=0)
    guess = code.map(left / blanks.where(blanks > 0))
    small = guess.clip(upper=UNKNOWN_TOWN)
    # A seat without a figure takes what the other blanks, held small, leave over.
    others = small.where(towns["figure"].isna() & ~towns["seat"], 0.0).groupby(code).transform("sum")
    guess = small.where(~towns["seat"], code.map(left) - others).clip(lower=SMALLEST_TOWN)
    people = towns["figure"].fillna(guess)
    in_towns = people.groupby(code).sum().reindex(population.index)
    rural = (population - in_towns).clip(lower=LEAST_RURAL * rural_km2, upper=MOST_RURAL * rural_km2)
    rural = rural.clip(upper=population).where(in_towns.notna(), population).round().astype("int64")
    scale = (population - rural) / in_towns
    people = people * code.map(scale)
    radius = np.sqrt(people / _density(people.clip(lower=1)) / np.pi) * 1000
    return towns.assign(people=people, radius=radius), rural


def _density(people: pd.Series) -> pd.Series:
    density: pd.Series = DENSITY_AT_1000 * (people / 1000) ** DENSITY_POWER
    return density


def _inside(land: pd.DataFrame, towns: pd.DataFrame) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Find the town that each land point belongs to (-1: none) and its distance in town radii."""
    owner = np.full(len(land), -1, dtype=np.intp)
    least = np.full(len(land), np.inf)
    if towns.empty or land.empty:
        return owner, least
    land_xy, town_xy = land[["x", "y"]].to_numpy(), towns[["x", "y"]].to_numpy()
    radius = towns["radius"].clip(lower=STEP_M).to_numpy()
    near = cKDTree(land_xy).query_ball_point(town_xy, radius, return_sorted=True)
    town = np.repeat(np.arange(len(towns)), [len(found) for found in near])
    point = np.concatenate([np.asarray(found, dtype=np.intp) for found in near])
    part = np.hypot(*(land_xy[point] - town_xy[town]).T) / radius[town]
    own = land["municipality_code"].to_numpy()[point] == towns["municipality_code"].to_numpy()[town]
    order = np.lexsort((town[own], part[own]))[::-1]  # the nearest is written last and stays
    owner[point[own][order]], least[point[own][order]] = town[own][order], part[own][order]
    return owner, least


def _gather(points: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Gather points in groups: their shares are summed, the point nearest to their middle stands for them."""
    middle = points.groupby(by)[["x", "y"]].transform("mean")
    off = np.hypot(points["x"] - middle["x"], points["y"] - middle["y"]).round(3)
    nearest = points.assign(off=off).sort_values([*by, "off", "y", "x"]).drop_duplicates(by)
    return nearest.drop(columns=["off", "share"]).merge(
        points.groupby(by, as_index=False)["share"].sum(), on=by
    )


def _town_points(
    towns: pd.DataFrame, land: pd.DataFrame, owner: NDArray[np.intp], part: NDArray[np.float64]
) -> pd.DataFrame:
    large = (towns["radius"] > SPREAD_FROM_M).to_numpy()
    mine = (owner >= 0) & large[owner]
    cells = land[mine].assign(town=owner[mine], density=2.0 - part[mine])
    total = cells.groupby("town")["density"].transform("sum")
    cells["share"] = cells["density"] / total * towns["people"].to_numpy()[cells["town"]]
    cells["cell_x"], cells["cell_y"] = cells["x"] // TOWN_CELL_M, cells["y"] // TOWN_CELL_M
    spread = _gather(cells, ["town", "part", "cell_y", "cell_x"])
    ids = towns["geonameid"].to_numpy()[spread["town"]]
    spread["geonameid"] = ids
    spread["demand_id"] = [
        f"town-{town}-{x:.0f}-{y:.0f}-{part}"
        for town, x, y, part in zip(ids, spread["cell_x"], spread["cell_y"], spread["part"], strict=True)
    ]
    alone = towns[~towns.index.isin(cells["town"])]
    single = pd.DataFrame(
        {
            "municipality_code": alone["municipality_code"],
            "x": alone["x"],
            "y": alone["y"],
            "share": alone["people"],
            "demand_id": [f"town-{town}" for town in alone["geonameid"]],
            "geonameid": alone["geonameid"],
        }
    )
    columns = ["demand_id", "municipality_code", "x", "y", "share", "geonameid"]
    return pd.concat([single[columns], spread[columns]]).assign(kind="town")


def _rural_points(land: pd.DataFrame, owner: NDArray[np.intp], rural: pd.Series) -> pd.DataFrame:
    open_land = land[owner < 0]
    # A municipality that is town all over has its few rural people where its land is.
    covered = ~land["municipality_code"].isin(open_land["municipality_code"])
    rows = pd.concat([open_land, land[covered]]).assign(share=1.0)
    rows = rows[rows["municipality_code"].map(rural) > 0]
    rows["cell_x"], rows["cell_y"] = rows["x"] // RURAL_CELL_M, rows["y"] // RURAL_CELL_M
    cells = _gather(rows, ["municipality_code", "part", "cell_y", "cell_x"])
    cells["demand_id"] = [
        f"land-{code}-{x:.0f}-{y:.0f}-{part}"
        for code, x, y, part in zip(
            cells["municipality_code"], cells["cell_x"], cells["cell_y"], cells["part"], strict=True
        )
    ]
    return cells[["demand_id", "municipality_code", "x", "y", "share"]].assign(kind="land", geonameid=np.nan)


def _nobody_lost(places: pd.DataFrame, population: pd.Series, areas: gpd.GeoDataFrame) -> pd.DataFrame:
    """Give a municipality that is too small for the grid a point of its own."""
    have = set(places.loc[places["kind"] == "land", "municipality_code"])
    without = [code for code in population.index if code not in have]
    shapes = areas.drop_duplicates("municipality_code").set_index("municipality_code").geometry
    middles = {code: shapes[code].representative_point() for code in without if code in shapes.index}
    towns = places.drop_duplicates("municipality_code").set_index("municipality_code")
    extra = [
        {
            "demand_id": f"land-{code}",
            "municipality_code": code,
            "x": middles[code].x if code in middles else towns.loc[code, "x"],
            "y": middles[code].y if code in middles else towns.loc[code, "y"],
            "share": 1.0,
            "kind": "land",
            "geonameid": np.nan,
        }
        for code in without
        if code in middles or code in towns.index
    ]
    return pd.concat([places, pd.DataFrame(extra)], ignore_index=True) if extra else places


def _nearest_name(places: pd.DataFrame, towns: pd.DataFrame) -> NDArray[np.object_]:
    """Name each point after the nearest settlement, be it across the municipality's border."""
    if towns.empty:
        return np.full(len(places), "", dtype=object)
    _, at = cKDTree(towns[["x", "y"]].to_numpy()).query(places[["x", "y"]].to_numpy())
    return np.asarray(towns["name"].to_numpy(dtype=object)[at], dtype=object)
