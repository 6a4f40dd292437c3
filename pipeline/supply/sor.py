"""Read general practices from the CSV export of SOR, the register of health organisations.

Two layouts are in use: the nightly SOR2 export (``SorEntity_daily.csv``; English column names such as
``SorId``, ``EntityTypeName``, ``ActivityAddressCoordETRS89z32EMeasure``) and the older ``sor.csv`` (Danish
names such as ``SOR-kode``, ``Enhedstype``, ``A_X``), both described at https://sor-filer.sundhedsdata.dk.
Semicolon or comma, UTF-8 or Windows-1252; ids may be wrapped as ``="123"``.
"""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from pipeline.crs import GEOGRAPHIC, METRIC
from pipeline.errors import Fault, TableError
from pipeline.findings import Finding
from pipeline.messages import msg
from pipeline.supply import PracticeRows, build_practices
from pipeline.supply.readers import BLANK_WORDS, dates
from pipeline.tables.place_files import open_table
from pipeline.tables.place_tables import choose_columns, numbers

GP_TYPES: Final = frozenset({"almen lægepraksis", "lægepraksis", "almen praksis", "praktiserende læge"})
"""Entity types of general practice, lower case (SNOMED CT 394761003 *almen lægepraksis*)."""

GP_SPECIALITIES: Final = frozenset({"almen medicin", ""})
"""Main specialities that a practice of these types may state; others are specialists."""

ADDRESSES: Final = ("activity", "visiting", "postal")
"""The addresses of an entity, the one where the work is done first."""

FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "sor_id": ("sorid", "sor-kode", "sor_kode", "sorkode"),
    "name": ("entityname", "enhedsnavn"),
    "type": ("entitytypename", "enhedstype"),
    "speciality": (
        "prioritizedentityspeciality1name",
        "sorprioritizedentityspeciality1name",
        "hovedspeciale",
    ),
    "provider": ("providerid", "provideridentifier", "ydernummer", "yder-nummer", "yder_nummer", "ydernr"),
    "valid_from": ("firstfromdate", "fromdate", "startdato", "oprettelsesdato"),
    "valid_to": ("todate", "slutdato", "lukkedato"),
    "activity_x": ("activityaddresscoordetrs89z32emeasure", "a_x"),
    "activity_y": ("activityaddresscoordetrs89z32nmeasure", "a_y"),
    "visiting_x": (
        "visitingaddresscoordetrs89z32emeasure",
        "sorvisitingaddresscoordetrs89z32emeasure",
        "b_x",
    ),
    "visiting_y": (
        "visitingaddresscoordetrs89z32nmeasure",
        "sorvisitingaddresscoordetrs89z32nmeasure",
        "b_y",
    ),
    "postal_x": ("postaladdresscoordetrs89z32emeasure", "p_x"),
    "postal_y": ("postaladdresscoordetrs89z32nmeasure", "p_y"),
}
"""Fields and the columns they have in the two layouts, lower case. Where the export calls one differently,
the settings map it."""


def read_sor(
    path: Path,
    areas: gpd.GeoDataFrame,
    *,
    columns: Mapping[str, str] | None = None,
    entity_types: Collection[str] = GP_TYPES,
) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Read the general practices of a SOR export.

    Parameters
    ----------
    path
        The CSV file.
    areas
        Municipality areas, EPSG:25832.
    columns
        Field (see `FIELDS`) → column, where names differ.
    entity_types
        Entity types that count as general practice, lower case.

    Returns
    -------
    tuple
        The frame of `pipeline.supply` and a note on how many entities were taken. Each entity stands at the
        first of its activity, visiting and postal address that has coordinates. Entities of one provider
        number at one place are one practice, at several places sites of one. SOR tells neither the number of
        GPs nor the intake: both are missing.

    Raises
    ------
    MissingInputError, TableError
        The file cannot be read, lacks columns, has cells that are no numbers or dates, or holds no general
        practice.
    """
    source = str(path)
    frame = open_table(path)
    chosen = choose_columns(frame, FIELDS, columns or {}, required=["sor_id", "name", "type"], source=source)
    kind = frame[chosen["type"]].astype("str").str.strip().str.lower()
    speciality = _text(frame, chosen, "speciality").str.lower()
    wanted = kind.isin({word.lower() for word in entity_types}) & speciality.isin(GP_SPECIALITIES)
    if not wanted.any():
        common = ", ".join(str(word) for word in kind.value_counts().index[:10])
        raise TableError(
            Fault(
                source,
                chosen["type"],
                msg("no general practice; the commonest entity types are {words}", words=common),
                msg("one of {words}", words=", ".join(sorted(entity_types))),
                msg("give the whole export, or name the entity types in the settings"),
            )
        )
    rows = frame[wanted]
    points, faults = _points(rows, chosen, source)
    days = {}
    for field in ("valid_from", "valid_to"):
        days[field] = pd.Series(pd.NaT, index=rows.index)
        if field in chosen:
            days[field], wrong = dates(rows[chosen[field]], source)
            faults += wrong
    if faults:
        raise TableError(faults)
    provider = _text(rows, chosen, "provider")
    provider = provider.where(
        ~provider.str.lower().isin(BLANK_WORDS), "sor-" + rows[chosen["sor_id"]].astype("str")
    )
    practices = build_practices(
        PracticeRows(
            points=points,
            provider=provider,
            name=_text(rows, chosen, "name"),
            capacity=np.full(len(rows), np.nan),
            open_to_new=pd.Series(pd.NA, index=rows.index, dtype="boolean"),
            valid_from=days["valid_from"],
            valid_to=days["valid_to"],
        ),
        areas,
        source=path.name,
        precision="register",
    )
    note = Finding(
        "sor_practices",
        msg(
            "{file}: {count:n} of {all:n} entities are general practices",
            file=path.name,
            count=int(wanted.sum()),
            all=len(frame),
        ),
        severity="note",
    )
    return practices, [note]


def _text(frame: pd.DataFrame, chosen: Mapping[str, str], field: str) -> pd.Series:
    if field not in chosen:
        return pd.Series("", index=frame.index, dtype="str")
    return frame[chosen[field]].astype("str").str.strip()


def _points(rows: pd.DataFrame, chosen: Mapping[str, str], source: str) -> tuple[gpd.GeoSeries, list[Fault]]:
    """Take the first address with coordinates; exports write them in metres or, at times, in degrees."""
    faults: list[Fault] = []
    points = gpd.GeoSeries([shapely.Point()] * len(rows), index=rows.index, crs=METRIC)
    pairs = [
        (chosen[f"{address}_x"], chosen[f"{address}_y"])
        for address in ADDRESSES
        if f"{address}_x" in chosen and f"{address}_y" in chosen
    ]
    if not pairs:
        listed = ", ".join(str(name) for name in list(rows.columns)[:30])
        faults.append(
            Fault(
                source,
                msg("columns"),
                msg("the columns {names}", names=listed),
                msg("a column {column}", column="ActivityAddressCoordETRS89z32EMeasure / A_X"),
                msg("name the columns of the coordinates in the mapping of columns"),
            )
        )
    for east, north in pairs:
        x, x_faults = numbers(rows[east], source)
        y, y_faults = numbers(rows[north], source)
        faults += [*x_faults, *y_faults]
        degrees = (x < 180) & (y < 180)
        # In degrees the two columns have been seen in either order; Denmark's latitude is the larger.
        lon, lat = np.minimum(x, y), np.maximum(x, y)
        from_degrees = gpd.GeoSeries.from_xy(lon, lat, index=rows.index, crs=GEOGRAPHIC).to_crs(METRIC)
        from_metres = gpd.GeoSeries.from_xy(x, y, index=rows.index, crs=METRIC)
        here = np.isfinite(x) & np.isfinite(y) & (x > 0) & (y > 0)
        points = points.where(~(points.is_empty & here), from_degrees.where(degrees, from_metres))
    return points, faults
