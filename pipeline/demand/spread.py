"""Spread the counts of areas over the dwellings inside them, not one hundredth of a person lost."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from pipeline.crs import METRIC
from pipeline.demand import HUNDREDTHS, settlement_names
from pipeline.demand.apportion import share_out
from pipeline.findings import Finding
from pipeline.messages import Message, msg


@dataclass(frozen=True, slots=True)
class AreaColumns:
    """Which columns of a layer of areas hold what.

    Parameters
    ----------
    area_id
        Id of the area, unique.
    municipality
        Municipality code.
    people
        People, missing where not known.
    bands
        People by age, named ``people_<from>_<to>``.
    """

    area_id: str
    municipality: str
    people: str
    bands: tuple[str, ...] = ()

    @property
    def figures(self) -> list[str]:
        """The columns of figures, the total last."""
        return [*self.bands, self.people]


def spread_over_points(
    areas: gpd.GeoDataFrame,
    points: gpd.GeoDataFrame,
    settlements: pd.DataFrame,
    names: AreaColumns,
    *,
    source: str,
    doubtful: pd.Series | None = None,
) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Spread each area's people over the points inside it, in proportion to their weight.

    Parameters
    ----------
    areas
        Polygons in EPSG:25832 with the columns named below.
    points
        Dwellings: ``weight`` and points, EPSG:25832. One on a border belongs to the area with the lower id.
    settlements
        Table ``settlements``, for names.
    names
        The columns of `areas`. Each age band is spread by itself; people who stand in no band are spread
        besides, and the weight of a point is the sum of all.
    source
        Where the figures come from.
    doubtful
        Area id → status word of areas whose figures are not to be trusted (see `pipeline.demand.doubts`).

    Returns
    -------
    tuple
        The demand frame, one row a point with people and one for each area without points or figures, and
        what a reader should know. Figures are kept in hundredths of a person: for each area and band the sum
        over its points is the area's figure, rounded once to two decimals. ``status`` is ``ok``,
        ``area_without_dwellings`` (all on the area's own point), ``no_figures`` or the doubtful word.
    """
    rows = areas.sort_values(names.area_id).reset_index(drop=True)
    figures = rows[names.figures].to_numpy(dtype=np.float64, na_value=np.nan)
    known = np.isfinite(figures).all(axis=1)
    units = np.rint(np.where(known[:, None], figures, 0.0) * HUNDREDTHS).astype(np.int64)
    if names.bands:
        units[:, -1] = np.maximum(units[:, -1] - units[:, :-1].sum(axis=1), 0)
    inside = _points_inside(rows, points)
    empty = np.bincount(inside["area"], minlength=len(rows)) == 0
    own = shapely.point_on_surface(rows.geometry.to_numpy())
    alone = empty | ~known
    inside = inside[~alone[inside["area"].to_numpy()]]
    area = np.concatenate([inside["area"].to_numpy(), np.flatnonzero(alone)])
    weight = np.concatenate([inside["weight"].to_numpy(), np.ones(int(alone.sum()))])
    shapes = np.concatenate([inside["geometry"].to_numpy(), own[alone]])
    spread = np.column_stack([share_out(units[:, at], weight, area) for at in range(units.shape[1])])
    status = np.select([~known, empty], ["no_figures", "area_without_dwellings"], "ok").astype(object)
    if doubtful is not None:
        word = rows[names.area_id].map(doubtful)
        status = np.where(word.notna() & known, word, status)
    kept = (spread.sum(axis=1) > 0) | alone[area]
    order = np.lexsort((shapely.get_x(shapes), shapely.get_y(shapes), area))
    order = order[kept[order]]
    area, spread = area[order], spread[order]
    place = gpd.GeoSeries(shapes[order], crs=METRIC)
    frame = gpd.GeoDataFrame(
        {
            "demand_id": _ids(rows[names.area_id], area),
            "municipality_code": rows[names.municipality].to_numpy()[area],
            "settlement": settlement_names(place, settlements),
            "weight": spread.sum(axis=1) / HUNDREDTHS,
            **{band: spread[:, at] / HUNDREDTHS for at, band in enumerate(names.bands)},
            "precision": "modelled",
            "source": source,
            "status": status[area],
        },
        geometry=place,
    )
    return frame, _findings(rows, names, status, figures)


def _points_inside(rows: gpd.GeoDataFrame, points: gpd.GeoDataFrame) -> pd.DataFrame:
    """Find the area of each point; those in none are left out, those in several go to the first."""
    ordered = points.sort_values("weight", kind="stable")
    point, area = shapely.STRtree(rows.geometry.to_numpy()).query(ordered.geometry.to_numpy(), "intersects")
    found = pd.DataFrame({"point": point, "area": area}).sort_values(["point", "area"])
    found = found.drop_duplicates("point")
    shapes = ordered.geometry.to_numpy()[found["point"]]
    frame = pd.DataFrame(
        {
            "area": found["area"].to_numpy(),
            "weight": ordered["weight"].to_numpy()[found["point"]],
            "geometry": shapes,
            "x": shapely.get_x(shapes),
            "y": shapely.get_y(shapes),
        }
    )
    return frame.sort_values(["area", "y", "x", "weight"], ignore_index=True)


def _ids(area_ids: pd.Series, area: NDArray[np.int64]) -> list[str]:
    names = area_ids.astype("str").to_numpy()
    number = pd.Series(area).groupby(area).cumcount().to_numpy() + 1
    return [f"{names[at]}-{count}" for at, count in zip(area, number, strict=True)]


def _findings(
    rows: gpd.GeoDataFrame,
    names: AreaColumns,
    status: NDArray[np.object_],
    figures: NDArray[np.float64],
) -> list[Finding]:
    told: dict[str, Message] = {
        "no_figures": msg("{count:n} {count:|area has|areas have} no figures and count as nobody: {ids}"),
        "area_without_dwellings": msg(
            "{count:n} {count:|area|areas} with {people:n} {people:|person|people} {count:|has|have} "
            "no dwelling in the road or address data; their people stand on one point each: {ids}"
        ),
    }
    findings = []
    for word, message in told.items():
        these = status == word
        if these.any():
            ids = tuple(rows.loc[these, names.area_id].astype("str"))
            held = float(np.nansum(rows.loc[these, names.people].to_numpy(dtype=np.float64, na_value=np.nan)))
            values = {
                "count": len(ids),
                "people": held,
                "ids": ", ".join(ids[:8]) + (" …" if ids[8:] else ""),
            }
            findings.append(Finding(f"areas_{word}", msg(message.text, **values), keys=ids))
    total, by_band = np.nansum(figures[:, -1]), np.nansum(figures[:, :-1])
    if figures.shape[1] > 1 and abs(total - by_band) > 0.005 * max(total, 1.0):
        findings.append(
            Finding(
                "ages_do_not_sum",
                msg(
                    "{file}: the age groups sum to {by_age:n} people, the total to {total:n}",
                    file=names.people,
                    by_age=float(by_band),
                    total=float(total),
                ),
            )
        )
    return findings
