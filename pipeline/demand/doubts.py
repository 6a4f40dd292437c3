"""Figures by area that cannot be true: found, reported, and moved to where they may belong."""

from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from pipeline.crs import GEOGRAPHIC, METRIC
from pipeline.demand.spread import AreaColumns
from pipeline.findings import Finding
from pipeline.messages import msg
from pipeline.travel.land import land_parts

ISLAND_PER_KM2: Final = 100.0
"""Most adults per km² on an island without a settlement of 500 people: towns are listed from that size on,
and Denmark's small islands have about 30 people per km²."""

SMALL_ISLAND_KM2: Final = 60.0
"""Islands up to this size are looked at; larger ones are ordinary land."""

TYPICAL_ISLAND: Final = 30.0
"""Adults per km² that an implausible island keeps; the rest belongs elsewhere in its municipality."""

PER_ADDRESS: Final = 8.0
"""Most adults for each address, on the average of an area."""

IMPLAUSIBLE: Final = "figures_implausible"


def implausible_islands(areas: gpd.GeoDataFrame, settlements: pd.DataFrame, names: AreaColumns) -> pd.Series:
    """Find small islands with more people than an island without a town can have.

    Register figures that were moved to a renumbered area show up like this: an islet with the people of a
    town district.

    Parameters
    ----------
    areas
        Polygons in EPSG:25832.
    settlements
        Table ``settlements``: every place of 500 people or more, ``lon`` and ``lat``.
    names
        The columns of `areas`.

    Returns
    -------
    pd.Series
        Area id → most people that are plausible there, for the implausible areas only.
    """
    parts = land_parts(areas)
    towns = gpd.GeoSeries.from_xy(settlements["lon"], settlements["lat"], crs=GEOGRAPHIC).to_crs(METRIC)
    tree = shapely.STRtree(parts)
    has_town = np.zeros(len(parts), dtype=bool)
    # A harbour town's point may stand on the water's edge of a generalised outline.
    has_town[tree.query(shapely.buffer(towns.to_numpy(), 500.0), "intersects")[1]] = True
    small = (shapely.area(parts) < SMALL_ISLAND_KM2 * 1e6) & ~has_town
    area, part = tree.query(areas.geometry.to_numpy(), "intersects")
    on_small = np.bincount(area, weights=small[part], minlength=len(areas)) == np.bincount(
        area, minlength=len(areas)
    )
    km2 = areas.geometry.area.to_numpy() / 1e6
    count = areas[names.people].to_numpy(dtype=np.float64, na_value=0.0)
    found = on_small & (count > ISLAND_PER_KM2 * km2)
    return pd.Series(
        (TYPICAL_ISLAND * km2)[found], index=areas[names.area_id].to_numpy()[found], name="plausible"
    )


def crowded_areas(areas: gpd.GeoDataFrame, addresses: gpd.GeoDataFrame, names: AreaColumns) -> pd.Series:
    """Find areas with more people for each address than any neighbourhood has.

    Parameters
    ----------
    areas
        Polygons in EPSG:25832.
    addresses
        Points in EPSG:25832, one an address (not thinned).
    names
        The columns of `areas`.

    Returns
    -------
    pd.Series
        Area id → people per address, for the crowded areas only; one without any address is not among them.
    """
    area, _ = shapely.STRtree(addresses.geometry.to_numpy()).query(areas.geometry.to_numpy(), "intersects")
    number = np.bincount(area, minlength=len(areas))
    count = areas[names.people].to_numpy(dtype=np.float64, na_value=0.0)
    each = np.divide(count, number, out=np.zeros(len(areas)), where=number > 0)
    crowded = each > PER_ADDRESS
    return pd.Series(each[crowded], index=areas[names.area_id].to_numpy()[crowded], name="per_address")


def move_implausible(
    areas: gpd.GeoDataFrame,
    plausible: pd.Series,
    names: AreaColumns,
) -> gpd.GeoDataFrame:
    """Move what is too much on implausible areas to the rest of their municipality.

    Each implausible area keeps its plausible number; what is over is added to the other areas of its
    municipality in proportion to their own people, age by age, so that the municipality's sums stay.

    Parameters
    ----------
    areas
        As for `spread_over_points`.
    plausible
        Area id → people it keeps, from `implausible_islands`.
    names
        The columns of `areas`.
    """
    figures = areas[names.figures].to_numpy(dtype=np.float64, na_value=np.nan)
    total = np.nan_to_num(figures[:, -1])
    limit = areas[names.area_id].map(plausible).to_numpy(dtype=np.float64, na_value=np.nan)
    keep = np.where(np.isfinite(limit) & (total > 0), np.minimum(limit / np.maximum(total, 1e-9), 1.0), 1.0)
    moved = np.nan_to_num(figures) * (1 - keep)[:, None]
    code, towns = pd.factorize(areas[names.municipality])
    takes = np.where(np.isfinite(limit), 0.0, total)
    by_town = np.bincount(code, weights=takes, minlength=len(towns))
    share = np.divide(takes, by_town[code], out=np.zeros(len(areas)), where=by_town[code] > 0)
    nowhere = by_town[code] == 0
    keep = np.where(nowhere, 1.0, keep)
    moved[nowhere] = 0.0
    pool = np.column_stack(
        [np.bincount(code, weights=moved[:, at], minlength=len(towns)) for at in range(moved.shape[1])]
    )
    result = areas.copy()
    result[names.figures] = figures * keep[:, None] + pool[code] * share[:, None]
    return result


def doubt_findings(
    areas: pd.DataFrame, plausible: pd.Series, crowded: pd.Series, names: AreaColumns, *, label: str
) -> list[Finding]:
    """Tell the reader of every area whose figures cannot be true.

    Parameters
    ----------
    areas
        The areas with their figures as given.
    plausible, crowded
        From `implausible_islands` and `crowded_areas`.
    names
        The columns of `areas`.
    label
        Column with the area's name.
    """
    keys = areas[names.area_id]
    name_of = dict(zip(keys, areas[label].astype("str"), strict=True))
    people_of = dict(zip(keys, areas[names.people], strict=True))
    islands = [
        Finding(
            "area_figures_implausible",
            msg(
                "{area}: {people:n} {people:|person|people} cannot live on this island; {kept:n} are left "
                "there and the rest is spread over the municipality",
                area=name_of[key],
                people=float(people_of[key]),
                kept=float(most),
            ),
            keys=(str(key),),
        )
        for key, most in plausible.items()
    ]
    return islands + [
        Finding(
            "area_crowded",
            msg(
                "{area}: {each:n1} people for each address is more than can be; check the figure",
                area=name_of[key],
                each=float(each),
            ),
            keys=(str(key),),
        )
        for key, each in crowded.items()
    ]
