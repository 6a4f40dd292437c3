"""Candidate sites and the sites of today: what they are, where they lie, and whether they count."""

from collections.abc import Sequence
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from pipeline.clusters.facilities import locate
from pipeline.crs import DENMARK_BOX, GEOGRAPHIC, METRIC
from pipeline.findings import Finding
from pipeline.layers.municipality_keys import skeleton
from pipeline.messages import Language, Message, msg, translator
from pipeline.sites.functions import FunctionCatalogue
from pipeline.sites.places import nearer_abroad

EVALUATED: Final = frozenset({"ok", "snapped"})
"""Statuses of sites that are evaluated; the others stand in the table with their reason."""

SAME_PLACE_M: Final = 50.0
"""Candidates for the same function this near to each other are one candidate, metres."""

MOST_TOLD: Final = 20
"""So many candidates are told of one by one; the others are counted, and stand in the table."""

COLUMNS: Final = (
    "site_id",
    "name",
    "kind",
    "host",
    "function_id",
    "capacity",
    "cost_mio_dkk",
    "address",
    "town",
    "municipality_code",
    "snapped_m",
    "point_precision",
    "status",
    "reason",
    "source",
    "precision",
    "geometry",
)
"""Columns of the `sites` frame, in their order."""


def finish_sites(parts: Sequence[gpd.GeoDataFrame], areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Put lists of candidates together: where each lies, whether it counts, and its id.

    Parameters
    ----------
    parts
        Frames with the columns `COLUMNS` save ``site_id``, ``municipality_code`` and ``snapped_m``; a row
        whose ``status`` is not ``ok`` keeps it. Of two candidates for the same thing at one place the earlier
        counts.
    areas
        Municipality areas, EPSG:25832.

    Returns
    -------
    gpd.GeoDataFrame
        Columns `COLUMNS`, EPSG:25832, index 0 … n-1. ``status`` is ``ok``, ``snapped`` (just off the coast),
        ``in_the_sea``, ``outside_study_area``, ``duplicate``, or what the reader found; ``reason`` is a
        `Message` or None. ``function_id`` is missing where a site stands for every function.
    """
    lists = [part.to_crs(METRIC) for part in parts if len(part)] or [_nothing()]
    sites = gpd.GeoDataFrame(pd.concat(lists, ignore_index=True), crs=METRIC)
    place = locate(sites.geometry, areas)
    status = sites["status"].to_numpy(dtype=object).copy()
    reason = sites["reason"].to_numpy(dtype=object).copy()
    usable = status == "ok"
    found = place["status"].to_numpy(dtype=object)
    status[usable] = found[usable]
    _tell_off_land(sites, areas, status, reason)
    _tell_duplicates(sites, status, reason)
    done = sites.assign(
        site_id=_ids(sites["name"]),
        municipality_code=place["municipality_polygon"].to_numpy(),
        snapped_m=place["snapped_m"].to_numpy(),
        status=status,
        reason=reason,
    )
    return done[list(COLUMNS)]


def _tell_off_land(
    sites: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, status: np.ndarray, reason: np.ndarray
) -> None:
    """Tell the sea from a place outside the study area."""
    off = np.flatnonzero(status == "outside_study_area")
    if not len(off):
        return
    shapes = sites.geometry.to_numpy()[off]
    xy = shapely.get_coordinates(shapes)
    dist = shapely.distance(shapes, shapely.union_all(areas.geometry.to_numpy()))
    west, south, east, north = DENMARK_BOX
    in_box = (xy[:, 0] >= west) & (xy[:, 0] <= east) & (xy[:, 1] >= south) & (xy[:, 1] <= north)
    sea = in_box & ~nearer_abroad(xy, dist)
    for row, metres, wet in zip(off, dist, sea, strict=True):
        if wet:
            status[row] = "in_the_sea"
            reason[row] = msg("the point lies in the sea, {km:n1} km from the study area", km=metres / 1000)
        else:
            reason[row] = msg("the point lies outside the study area, {km:n1} km away", km=metres / 1000)


def _tell_duplicates(sites: gpd.GeoDataFrame, status: np.ndarray, reason: np.ndarray) -> None:
    """Tell a candidate that an earlier one stands for; a grid keeps this quick for any list."""
    wanted = sites["function_id"].to_numpy(dtype=object)
    rows = np.flatnonzero(np.isin(status, sorted(EVALUATED)))
    xy = dict(zip(rows.tolist(), shapely.get_coordinates(sites.geometry.to_numpy()[rows]), strict=True))
    kept: dict[tuple[int, int], list[int]] = {}
    for row in rows.tolist():
        east, north = (int(value // SAME_PLACE_M) for value in xy[row])
        near = [
            other
            for column in (east - 1, east, east + 1)
            for line in (north - 1, north, north + 1)
            for other in kept.get((column, line), [])
            if np.hypot(*(xy[row] - xy[other])) <= SAME_PLACE_M
            and (pd.isna(wanted[other]) or wanted[other] == wanted[row])
        ]
        if near:
            status[row] = "duplicate"
            reason[row] = msg("the same place as {name}", name=sites["name"].iloc[min(near)])
        else:
            kept.setdefault((east, north), []).append(row)


def _ids(names: pd.Series) -> list[str]:
    """Make short ids that stay the same for the same list."""
    seen: dict[str, int] = {}
    ids = []
    for name in names:
        words = [skeleton(part) for part in str(name).split()]
        plain = "-".join(word for word in words if word) or "site"
        seen[plain] = seen.get(plain, 0) + 1
        ids.append(plain if seen[plain] == 1 else f"{plain}-{seen[plain]}")
    return ids


def house_sites(facilities: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Take every health house, open or on its way, as a candidate for every function.

    Parameters
    ----------
    facilities
        The `facilities` frame.
    """
    houses = facilities[
        (facilities["kind"] == "health_house") & ~facilities["role"].isin(["replaced", "closed"])
    ]
    located = houses[~(houses.geometry.is_empty | houses.geometry.isna())]
    return _builtin(
        located.geometry,
        name=located["name"],
        kind="health_house",
        host="health_house",
        address=located["address"],
        town=located["town"],
        point_precision=located["point_precision"],
        source=located["source"],
    )


def town_sites(settlements: pd.DataFrame, least_people: int) -> gpd.GeoDataFrame:
    """Take every town of a size as a candidate for every function.

    Parameters
    ----------
    settlements
        Table ``settlements``.
    least_people
        Fewest inhabitants; a town without a figure is left out.
    """
    towns = settlements[settlements["population"] >= least_people].sort_values(
        ["population", "geonameid"], ascending=[False, True]
    )
    points = gpd.GeoSeries.from_xy(towns["lon"], towns["lat"], index=towns.index, crs=GEOGRAPHIC).to_crs(
        METRIC
    )
    return _builtin(
        points,
        name=towns["name"],
        kind="town",
        host="town",
        address="",
        town=towns["name"],
        point_precision="town",
        source=towns["source"],
    )


def _builtin(points: gpd.GeoSeries, **columns: object) -> gpd.GeoDataFrame:
    frame = pd.DataFrame(columns, index=points.index).fillna({"address": "", "town": ""})
    return gpd.GeoDataFrame(
        frame.assign(
            function_id=None,
            capacity=np.nan,
            cost_mio_dkk=np.nan,
            status="ok",
            reason=None,
            precision="register",
        ),
        geometry=points,
        crs=METRIC,
    ).reset_index(drop=True)


def _nothing() -> gpd.GeoDataFrame:
    words = dict.fromkeys(("name", "kind", "host", "address", "town", "point_precision", "source"), "")
    return _builtin(gpd.GeoSeries([], crs=METRIC), **words)


def supply_sites(
    catalogue: FunctionCatalogue,
    facilities: gpd.GeoDataFrame,
    house_functions: pd.DataFrame,
    municipalities: pd.DataFrame,
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Find where each function is offered today.

    Parameters
    ----------
    catalogue
        Functions with what counts as offering them (`pipeline.sites.functions.Today`).
    facilities
        The `facilities` frame.
    house_functions
        The `house_functions` frame.
    municipalities
        Table ``municipalities``: ``seat``, ``seat_lon``, ``seat_lat``.

    Returns
    -------
    tuple
        Points (``supply_id``, ``name``, ``kind``, geometry) of every place with any of the functions, and
        pairs (``function_id``, ``supply_id``, ``basis``: ``stated`` for a house that states it, ``assumed``
        for a hospital or seat that is taken to have it).
    """
    located = facilities[~(facilities.geometry.is_empty | facilities.geometry.isna())]
    hospitals = located[located["kind"] == "hospital"]
    houses = located[(located["kind"] == "health_house") & (located["role"] == "open")]
    in_use = {
        "none": set[str](),
        "acute": set(hospitals.loc[hospitals["role"] == "acute", "facility_id"]),
        "all": set(hospitals.loc[hospitals["role"].isin(["acute", "non_acute"]), "facility_id"]),
    }
    present = house_functions[house_functions["status"] == "present"]
    seats = _seats(municipalities)
    pairs = []
    for function in catalogue:
        rule = function.today
        holding = present.loc[present["function_id"].isin(rule.functions), "house_id"]
        stated = set(houses.loc[houses["register_id"].isin(holding), "facility_id"])
        assumed = in_use[rule.hospitals] | (set(seats["supply_id"]) if rule.seats else set())
        pairs += [(function.id, site, "stated") for site in sorted(stated)]
        pairs += [(function.id, site, "assumed") for site in sorted(assumed)]
    table = pd.DataFrame(pairs, columns=["function_id", "supply_id", "basis"])
    places = pd.concat(
        [
            located.rename(columns={"facility_id": "supply_id"})[["supply_id", "name", "kind", "geometry"]],
            seats,
        ],
        ignore_index=True,
    )
    used = places[places["supply_id"].isin(table["supply_id"])].sort_values("supply_id", ignore_index=True)
    return gpd.GeoDataFrame(used, geometry="geometry", crs=METRIC), table


def _seats(municipalities: pd.DataFrame) -> gpd.GeoDataFrame:
    rows = municipalities.dropna(subset=["seat_lon", "seat_lat"])
    points = gpd.GeoSeries.from_xy(rows["seat_lon"], rows["seat_lat"], crs=GEOGRAPHIC).to_crs(METRIC)
    return gpd.GeoDataFrame(
        {
            "supply_id": [f"seat-{code}" for code in rows["municipality_code"]],
            "name": rows["seat"].to_list(),
            "kind": "seat",
        },
        geometry=points.to_numpy(),
        crs=METRIC,
    )


def site_findings(sites: gpd.GeoDataFrame) -> list[Finding]:
    """Tell of every candidate that is not evaluated, and of every town that was chosen among several."""
    told = []
    listed = (
        sites["kind"] == "candidate"
    ).cumsum() + 1  # rows of the user's list, its header being the first
    for row, number in zip(sites.itertuples(), listed, strict=True):
        reason = row.reason if isinstance(row.reason, Message) else msg("status {status}", status=row.status)
        if row.status not in EVALUATED:
            if row.kind == "candidate":
                message = msg(
                    "{file}, row {row}: the candidate {name} is left out: {reason}",
                    file=row.source,
                    row=int(number),
                    name=row.name,
                    reason=reason,
                )
                told.append(Finding(f"site_{row.status}", message, keys=(str(row.site_id),)))
        elif isinstance(row.reason, Message):
            message = msg("The candidate {name}: {reason}", name=row.name, reason=reason)
            told.append(Finding("site_note", message, "note", keys=(str(row.site_id),)))
    more = len(told) - MOST_TOLD
    if more > 0:
        message = msg(
            "{count:n} more {count:|candidate|candidates} like these: the table of sites tells each",
            count=more,
        )
        told = [*told[:MOST_TOLD], Finding("site_more", message)]
    return told


def reasons_as_text(sites: gpd.GeoDataFrame, lang: Language) -> gpd.GeoDataFrame:
    """Write the reasons in one language, as tables hold them."""
    say = translator(lang)
    return sites.assign(
        reason=[say(reason) if isinstance(reason, Message) else "" for reason in sites["reason"]]
    )
