"""The table of gap areas: who is affected, which rules are broken, what is nearest, what would close it."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.coverage import ACCESS_RULES, flagged, join_broken, points_xy
from pipeline.coverage.gap_areas import Gaps, find_gaps
from pipeline.coverage.gap_closing import SiteTimes, with_sites
from pipeline.coverage.gap_names import gap_name, name_gaps
from pipeline.coverage.limits import Limits, all_limits
from pipeline.coverage.neighbours import Neighbours
from pipeline.coverage.rules import RULES
from pipeline.crs import METRIC
from pipeline.demand import bands_of
from pipeline.messages import Language, translator
from pipeline.settings.coverage import CoverageSettings
from pipeline.weighted import weighted_quantile

KINDS: Final[dict[str, tuple[str, ...]]] = {
    "access": ACCESS_RULES,
    "capacity": ("capacity",),
    "fragile": ("fragile",),
}
"""Kinds of gap: hard to reach a practice; too few GPs for all; one closing from a gap. Each kind is merged by
itself, since the last two cover far larger areas."""

NEAREST_SHOWN: Final = 3

ROUNDED: Final = {
    **dict.fromkeys(("people", "people_unreached", "close_people", *(f"people_{rule}" for rule in RULES)), 2),
    **dict.fromkeys(("nearest_min", "p90_min", "worst_min", "excess_person_min"), 2),
    "close_gps": 4,
}
"""Decimals that mean something."""

AT_TOWN_M: Final = 1_500.0
"""A site this near to a settlement's point is in the settlement."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """Demand, practices and what the rules say of them.

    Parameters
    ----------
    demand, practices
        The two frames.
    covered
        Verdicts, same index as `demand` (`pipeline.coverage.coverage`).
    settings, on
        The rules and the day.
    """

    demand: gpd.GeoDataFrame
    practices: gpd.GeoDataFrame
    covered: pd.DataFrame
    settings: CoverageSettings
    on: dt.date


@dataclass(frozen=True, slots=True)
class GapTable:
    """The gaps of one kind.

    Parameters
    ----------
    table
        One row a gap, see `gap_table`.
    member
        Int64 array of shape (points,): the row of `table` that each demand point belongs to, -1 for none.
    """

    table: gpd.GeoDataFrame
    member: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What gaps are described with.

    Parameters
    ----------
    areas
        Municipality areas with ``name``, EPSG:25832.
    settlements
        Table ``settlements``.
    cluster_of
        Cluster names by municipality code, those of several joined by ``; ``.
    land
        Piece of land of each demand point (`pipeline.travel.land.nearest_land`); found when left out.
    neighbours
        Neighbouring demand points (`pipeline.coverage.gap_areas.neighbours_of`); found when left out.
    """

    areas: gpd.GeoDataFrame
    settlements: pd.DataFrame
    cluster_of: pd.Series
    land: NDArray[np.int32] | None = None
    neighbours: Neighbours | None = None


def gap_table(
    judgement: Judgement,
    around: Surroundings,
    *,
    kind: str = "access",
    site_times: SiteTimes | None = None,
    lang: Language = "da",
) -> GapTable:
    """Describe every gap area of a kind.

    Parameters
    ----------
    judgement
        Demand, practices and verdicts.
    around
        Areas, settlements and clusters.
    kind
        One of `KINDS`.
    site_times
        Measures what a new practice would help; left out, it is estimated along straight lines.
    lang
        Language of ``name``.

    Returns
    -------
    GapTable
        Rows by ``rank_people``. Columns: ``gap_id``, ``kind``, ``name`` with ``place``, ``direction``,
        ``place_km`` and ``number`` it is made of; ``municipality_code``, ``municipality`` (with most of the
        people), ``clusters``; ``people``, ``points``, age bands; ``rules`` and ``people_<rule>``;
        ``nearest_practice``, ``nearest_min`` (mean over people), ``p90_min``, ``worst_min``,
        ``nearest_three`` (practices most people are nearest to, with minutes); ``people_unreached`` (no
        practice can be reached); ``excess_person_min`` (minutes beyond the limit, summed over the people
        for whom one holds);
        ``rank_people``, ``rank_excess``; ``close_place`` with ``close_x``, ``close_y`` (where one new
        practice has least total distance to the people), ``close_practices`` and ``close_gps`` (how many are
        needed), ``close_people`` (people no longer in a gap then) and ``close_basis`` (``travel_times`` or
        ``straight_lines``); ``precision`` and geometry. A rule that is off or has no limit asks for nothing;
        without a limit of ``capacity`` the GPs needed are missing.
    """
    demand, covered, settings = judgement.demand, judgement.covered, judgement.settings
    hit = flagged(covered, KINDS[kind])
    found = find_gaps(demand, hit, around.areas, settings.gaps, around.land, around.neighbours)
    limits = all_limits(settings, demand["municipality_code"], judgement.on)
    rows = _members(demand, covered, found, _in_use(limits, settings))
    if not len(found.outlines):
        return GapTable(_empty_table(demand), found.member)
    names = judgement.practices.set_index("practice_id")["name"]
    told = _sums(rows, names, bands_of(demand))
    table = gpd.GeoDataFrame(told, geometry=found.outlines.geometry.to_numpy(), crs=METRIC)
    table["kind"] = kind
    table = with_sites(table, rows, settings, site_times, kind)
    table = _ranked(table.round(ROUNDED), settings.gaps.fewest_people)
    order = table.pop("order").to_numpy()
    middles = np.column_stack([table.pop("middle_x"), table.pop("middle_y")])
    names_of = around.areas.drop_duplicates("municipality_code").set_index("municipality_code")["name"]
    table["municipality"] = table["municipality_code"].map(names_of)
    table = table.join(name_gaps(table.geometry, middles, around.settlements, table["municipality_code"]))
    table["place"] = table["place"].where(table["place"] != "", table["municipality"].fillna(""))
    say = translator(lang)
    table["name"] = [
        say(gap_name(place, direction, km, number))
        for place, direction, km, number in zip(
            table["place"], table["direction"], table["place_km"], table["number"], strict=True
        )
    ]
    table["clusters"] = table["municipality_code"].map(around.cluster_of)
    table["close_place"] = _close_places(table, around.settlements, lang)
    again = table.groupby("municipality_code", dropna=False).cumcount() + 1
    table["gap_id"] = kind + "-" + table["municipality_code"].fillna("0000") + "-" + again.astype(str)
    place = np.full(len(found.outlines) + 1, -1, dtype=np.int64)
    place[order] = np.arange(len(table))
    member = place[found.member]
    lead = ["gap_id", "kind", "name", "municipality_code", "municipality", "clusters"]
    rest = [name for name in table.columns if name not in {*lead, "geometry"}]
    return GapTable(table[[*lead, *rest, "geometry"]], member)


def _empty_table(demand: pd.DataFrame) -> gpd.GeoDataFrame:
    """Give a table without gaps, of the same columns and types."""
    text = ["gap_id", "kind", "name", "municipality_code", "municipality", "clusters", "rules"]
    text += [
        "nearest_practice",
        "nearest_three",
        "precision",
        "place",
        "direction",
        "close_place",
        "close_basis",
    ]
    whole = ["points", "rank_people", "rank_excess", "number", "close_practices"]
    decimal = ["people", *bands_of(demand), *(f"people_{rule}" for rule in RULES), "nearest_min", "p90_min"]
    decimal += ["worst_min", "people_unreached", "excess_person_min", "place_km", "close_x", "close_y"]
    decimal += ["close_gps", "close_people"]
    kinds = {
        **dict.fromkeys(text, "str"),
        **dict.fromkeys(whole, "int64"),
        **dict.fromkeys(decimal, "float64"),
    }
    columns = {name: pd.Series(dtype=kind) for name, kind in kinds.items()}
    return gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries([], crs=METRIC))


def _in_use(limits: dict[str, Limits], settings: CoverageSettings) -> dict[str, NDArray[np.float64]]:
    """Take the limits of points, shape (points,); NaN where a rule is off too: nobody is held to it."""
    return {
        rule: limit.value if getattr(settings, rule).enabled else np.full(len(limit.value), np.nan)
        for rule, limit in limits.items()
    }


def _members(
    demand: gpd.GeoDataFrame, covered: pd.DataFrame, found: Gaps, limits: dict[str, NDArray[np.float64]]
) -> pd.DataFrame:
    """Take the flagged rows with all that describes them."""
    xy = points_xy(demand.geometry)
    rows = covered.assign(
        gap=found.member,
        row=np.arange(len(covered)),
        x=xy[:, 0],
        y=xy[:, 1],
        precision=demand["precision"].to_numpy(),
        limit_min=limits["time"],
        limit_km=limits["choice"],
        limit_gp=limits["capacity"],
        **{band: demand[band].to_numpy() for band in bands_of(demand)},
    )
    return rows[rows["gap"] >= 0].sort_values(["gap", "demand_id"])


def _sums(rows: pd.DataFrame, names: pd.Series, bands: Sequence[str]) -> pd.DataFrame:
    """Sum up what holds of each gap; one row a gap, in the order of gap numbers."""
    gap = rows["gap"].to_numpy()
    size = int(gap.max()) + 1
    people = rows["people"].to_numpy(dtype=np.float64)
    minutes = rows["travel_min"].to_numpy(dtype=np.float64)
    reached = np.isfinite(minutes)

    def total(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.bincount(gap, weights=values, minlength=size).astype(np.float64)

    broken = {
        rule: rows[f"{rule}_broken"].fillna(value=False).to_numpy(dtype=bool)
        for rule in RULES
        if f"{rule}_broken" in rows
    }
    everybody, arrived = total(people), total(people * reached)
    excess = np.maximum(minutes - rows["limit_min"].to_numpy(dtype=np.float64), 0)
    parts = np.split(np.arange(len(rows)), np.flatnonzero(np.diff(gap)) + 1)
    home = rows.groupby(["gap", "municipality_code"])[["people"]].sum().reset_index()
    home = home.sort_values(["gap", "people", "municipality_code"], ascending=[True, False, True])
    worst = rows.groupby("gap")["travel_min"].max()
    first = rows.groupby("gap")["precision"].agg(["first", "nunique"])
    with np.errstate(invalid="ignore"):
        mean = total(np.where(reached, minutes * people, 0.0)) / np.where(arrived > 0, arrived, np.nan)
    frame = pd.DataFrame({"order": np.arange(size)})
    frame["municipality_code"] = frame["order"].map(
        home.drop_duplicates("gap").set_index("gap")["municipality_code"]
    )
    frame["people"] = everybody
    frame["points"] = np.bincount(gap, minlength=size)
    for band in bands:
        frame[band] = total(rows[band].to_numpy(dtype=np.float64))
    frame["rules"] = join_broken({rule: total(hit.astype(float)) > 0 for rule, hit in broken.items()}, size)
    for rule in RULES:
        frame[f"people_{rule}"] = total(people * broken[rule]) if rule in broken else np.nan
    frame["nearest_min"] = mean
    frame["p90_min"] = [weighted_quantile(minutes[part], people[part], 0.9) for part in parts]
    frame["worst_min"] = worst.to_numpy(dtype=np.float64)
    frame["people_unreached"] = total(people * ~reached)
    frame["excess_person_min"] = total(np.where(np.isfinite(excess), excess * people, 0.0))
    frame["precision"] = first["first"].where(first["nunique"] == 1, "modelled").to_numpy()
    frame["middle_x"] = total(rows["x"].to_numpy() * people) / everybody
    frame["middle_y"] = total(rows["y"].to_numpy() * people) / everybody
    return frame.join(_nearest(rows[reached], names, size))


def _nearest(rows: pd.DataFrame, names: pd.Series, size: int) -> pd.DataFrame:
    """List the practices that most people of each gap are nearest to, with their mean minutes."""
    each = rows.assign(spent=rows["people"] * rows["travel_min"])
    each = each.groupby(["gap", "nearest_practice"], as_index=False)[["people", "spent"]].sum()
    each = each.sort_values(["gap", "people", "nearest_practice"], ascending=[True, False, True])
    each = each.groupby("gap").head(NEAREST_SHOWN)
    name = each["nearest_practice"].map(names).fillna(each["nearest_practice"]).astype("str")
    told = name + (each["spent"] / each["people"]).map(" ({:.0f} min)".format).astype("str")
    frame = pd.DataFrame(index=pd.RangeIndex(size))
    frame["nearest_practice"] = each.drop_duplicates("gap").set_index("gap")["nearest_practice"]
    frame["nearest_three"] = told.groupby(each["gap"]).agg("; ".join)
    return frame.assign(nearest_three=frame["nearest_three"].fillna(""))


def _ranked(table: gpd.GeoDataFrame, fewest: float) -> gpd.GeoDataFrame:
    kept = table[table["people"] >= fewest]
    kept = kept.sort_values(["people", "excess_person_min", "order"], ascending=[False, False, True])
    excess = kept["excess_person_min"].rank(method="min", ascending=False)
    return kept.assign(
        rank_people=np.arange(1, len(kept) + 1), rank_excess=excess.astype("int64")
    ).reset_index(drop=True)


def _close_places(table: gpd.GeoDataFrame, settlements: pd.DataFrame, lang: Language) -> list[str]:
    xy = np.column_stack([table["close_x"], table["close_y"]])
    spots = gpd.GeoSeries.from_xy(*xy.T, index=table.index, crs=METRIC)
    named = name_gaps(spots.buffer(AT_TOWN_M), xy, settlements, table["municipality_code"])
    place = named["place"].where(named["place"] != "", table["municipality"].fillna(""))
    say = translator(lang)
    return [
        say(gap_name(name, direction, km))
        for name, direction, km in zip(place, named["direction"], named["place_km"], strict=True)
    ]
