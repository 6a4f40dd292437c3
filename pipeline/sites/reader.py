"""Read a user's list of candidate sites: what cannot be used keeps its row and says why."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from pipeline.crs import DENMARK_BOX_DEGREES, GEOGRAPHIC, METRIC
from pipeline.errors import Fault, TableError
from pipeline.messages import Message, msg
from pipeline.sites import finish_sites
from pipeline.sites.functions import FunctionCatalogue
from pipeline.sites.places import Gazetteer
from pipeline.tables.place_files import open_table
from pipeline.tables.place_tables import COORDINATES, choose_columns, numbers, points_of

FIELDS: Final[Mapping[str, Sequence[str]]] = {
    "name": ("name", "navn", "site", "sted", "titel", "title"),
    "town": ("town", "by", "bynavn", "city", "postdistrikt"),
    "address": ("address", "adresse"),
    "municipality": ("municipality", "kommune", "municipality_code", "kommunekode", "kommunenavn"),
    "function_id": ("function_id", "function", "funktion"),
    "host": ("host", "vært", "type"),
    "capacity": ("capacity", "kapacitet"),
    "cost_mio_dkk": ("cost_mio_dkk", "cost", "pris_mio_kr", "omkostning_mio_kr", "pris", "omkostning"),
    "cost_dkk": ("cost_dkk", "pris_kr", "omkostning_kr"),
    **COORDINATES,
}
"""Names that the columns of a list of candidates commonly have, lower case."""

HOSTS: Final[Mapping[str, str]] = {
    "health_house": "health_house",
    "sundhedshus": "health_house",
    "gp_house": "gp_house",
    "lægehus": "gp_house",
    "hospital": "hospital",
    "sygehus": "hospital",
    "town": "town",
    "by": "town",
    "": "town",
}
"""What a candidate can be, in both languages; a bare row is a place in a town without a house."""


def read_candidates(
    path: Path,
    areas: gpd.GeoDataFrame,
    gazetteer: Gazetteer,
    functions: FunctionCatalogue,
    *,
    layer: str | None = None,
) -> gpd.GeoDataFrame:
    """Read a list of candidate sites.

    Parameters
    ----------
    path
        CSV (comma, semicolon or tab), GeoPackage, GeoJSON or Parquet. A name and either a point (geometry,
        ``lon`` and ``lat``, or ``x`` and ``y`` in EPSG:25832), a town or an address; optional ``function``,
        ``host``, ``capacity`` (visits a year), ``cost`` (million DKK; ``cost_dkk`` in DKK) and
        ``municipality``. Danish column names are known too.
    areas
        Municipality areas, EPSG:25832.
    gazetteer
        Towns by name.
    functions
        Functions that may be named.
    layer
        Layer of a file with several.

    Returns
    -------
    gpd.GeoDataFrame
        The `sites` frame (`pipeline.sites.COLUMNS`), a row for each row of the file in its order. A row that
        cannot be used has another ``status`` than ``ok`` or ``snapped``, and a ``reason``.

    Raises
    ------
    MissingInputError
        The file is not there or cannot be read.
    TableError
        The file has no rows, or no column that tells where a site is.
    CRSError
        A layer without CRS, or degrees called metres.
    """
    frame = open_table(path, layer=layer)
    chosen = choose_columns(frame, FIELDS, {}, required=(), source=str(path))
    rows = _Rows(frame, chosen, str(path))
    points = rows.points(gazetteer)
    capacity = rows.numbers("capacity")
    mio, dkk = rows.numbers("cost_mio_dkk"), rows.numbers("cost_dkk")
    host, function_id = rows.hosts(), rows.functions(functions)
    sites = gpd.GeoDataFrame(
        {
            "name": rows.names(),
            "kind": "candidate",
            "host": host,
            "function_id": function_id,
            "capacity": capacity,
            "cost_mio_dkk": np.where(np.isnan(mio), dkk / 1e6, mio),
            "address": rows.text("address"),
            "town": rows.text("town"),
            "point_precision": rows.point_precision,
            "status": rows.status,
            "reason": rows.reason,
            "source": path.name,
            "precision": "register",
        },
        geometry=points.to_numpy(),
        crs=METRIC,
    )
    return finish_sites([sites], areas)


PAIRS: Final[Mapping[tuple[str, str], Message]] = {
    ("lon", "lat"): msg("longitude and latitude in degrees"),
    ("x", "y"): msg("metres of EPSG:25832"),
}
"""Columns of coordinates, and what they hold."""


class _Rows:
    """The rows of one file; the first thing wrong with a row is its status."""

    def __init__(self, frame: pd.DataFrame, chosen: Mapping[str, str], source: str) -> None:
        self.frame, self.chosen, self.source = frame, chosen, source
        count = len(frame)
        self.status = np.full(count, "ok", dtype=object)
        self.reason = np.full(count, None, dtype=object)
        self.point_precision = np.full(count, "address", dtype=object)

    def refuse(self, row: int, status: str, reason: Message) -> None:
        if self.status[row] == "ok":
            self.status[row], self.reason[row] = status, reason

    def text(self, field: str) -> list[str]:
        if field not in self.chosen:
            return [""] * len(self.frame)
        column = self.frame[self.chosen[field]]
        return ["" if pd.isna(value) else str(value).strip() for value in column]

    def names(self) -> list[str]:
        parts = zip(self.text("name"), self.text("town"), self.text("address"), strict=True)
        return [
            name or town or address or f"#{row}" for row, (name, town, address) in enumerate(parts, start=2)
        ]

    def numbers(self, field: str) -> NDArray[np.float64]:
        if field not in self.chosen:
            return np.full(len(self.frame), np.nan)
        column = self.frame[self.chosen[field]]
        found, _ = numbers(column, self.source)
        for row in np.flatnonzero(np.isnan(found)):
            told = "" if pd.isna(column.iloc[row]) else str(column.iloc[row]).strip()
            if told:
                self.refuse(
                    int(row),
                    "bad_value",
                    msg(
                        "{column} is {value}, not a number of 0 or more",
                        column=str(column.name),
                        value=told[:40],
                    ),
                )
        return found

    def hosts(self) -> list[str]:
        found = []
        for row, told in enumerate(self.text("host")):
            host = HOSTS.get(told.casefold().replace(" ", "_"))
            if host is None:
                words = ", ".join(word for word in HOSTS if word)
                self.refuse(
                    row, "bad_value", msg("the host {host} is not one of {words}", host=told, words=words)
                )
            found.append(host or "town")
        return found

    def functions(self, catalogue: FunctionCatalogue) -> list[str | None]:
        known = catalogue.by_name
        found = []
        for row, told in enumerate(self.text("function_id")):
            function_id = known.get(told.casefold()) if told else None
            if told and function_id is None:
                self.refuse(
                    row,
                    "unknown_function",
                    msg(
                        "nobody has defined the function {function}; known are {words}",
                        function=told,
                        words=", ".join(catalogue.ids),
                    ),
                )
            found.append(function_id)
        return found

    def points(self, gazetteer: Gazetteer) -> gpd.GeoSeries:
        points = self._stated_points()
        if points is None:
            if not {"town", "address", "name"} & set(self.chosen):
                raise TableError(self._no_place_column())
            points = gpd.GeoSeries([shapely.Point()] * len(self.frame), crs=METRIC)
        shapes = points.to_numpy().copy()
        missing = np.flatnonzero(shapely.is_missing(shapes) | shapely.is_empty(shapes))
        towns = gpd.GeoSeries.from_xy(
            gazetteer.settlements["lon"], gazetteer.settlements["lat"], crs=GEOGRAPHIC
        ).to_crs(METRIC)
        told = list(
            zip(*(self.text(key) for key in ("town", "address", "name", "municipality")), strict=True)
        )
        unusable = self._unusable_coordinates()
        for row in missing.tolist():
            town, address, name, municipality = told[row]
            place = town or address or name
            if not (town or address) and row in unusable:
                self.refuse(int(row), "bad_value", unusable[row])
                continue
            if not place:
                self.refuse(int(row), "no_place", msg("neither a point nor a town or address"))
                continue
            found = gazetteer.find(place, municipality)
            if found.row < 0:
                self.refuse(int(row), found.status, found.note or msg("no town is called {town}", town=place))
                continue
            shapes[row], self.point_precision[row] = towns.iloc[found.row], "town"
            self.reason[row] = found.note
        return gpd.GeoSeries(shapes, crs=METRIC)

    def _unusable_coordinates(self) -> dict[int, Message]:
        """Tell what is wrong with coordinates that make no point, by row; rows without any are not told."""
        pair = next((pair for pair in PAIRS if set(pair) <= set(self.chosen)), None)
        if pair is None:
            return {}
        cells = zip(*(self.text(key) for key in pair), strict=True)
        return {
            row: msg("the coordinates {x}, {y} are no {pair}", x=x or "–", y=y or "–", pair=PAIRS[pair])
            for row, (x, y) in enumerate(cells)
            if x or y
        }

    def _stated_points(self) -> gpd.GeoSeries | None:
        """Take the points that the file gives; a cell that is no number leaves its row without a point."""
        if isinstance(self.frame, gpd.GeoDataFrame) and self.frame.active_geometry_name:
            shapes = self.frame.geometry.to_numpy().copy()
            shapes[~np.isfinite(shapely.bounds(shapes)).all(axis=1)] = shapely.Point()
            placed = self.frame.set_geometry(gpd.GeoSeries(shapes, self.frame.index, self.frame.crs))
            return points_of(placed, self.chosen, self.source)
        for pair in PAIRS:
            if set(pair) <= set(self.chosen):
                names = [self.chosen[key] for key in pair]
                read = {name: numbers(self.frame[name], self.source, low=-np.inf)[0] for name in names}
                if pair[0] == "lon":
                    self._see_that_they_are_degrees(*read.values())
                return points_of(pd.DataFrame(read), dict(zip(pair, names, strict=True)), self.source)
        return None

    def _see_that_they_are_degrees(self, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> None:
        """Refuse exchanged coordinates, and take away those that are no degrees."""
        west, south, east, north = DENMARK_BOX_DEGREES
        turned = (lat >= west) & (lat <= east) & (lon >= south) & (lon <= north)
        for row in np.flatnonzero(turned):
            told = msg("longitude {x} and latitude {y} are exchanged", x=f"{lon[row]:g}", y=f"{lat[row]:g}")
            self.refuse(int(row), "bad_value", told)
        lon[turned | (np.abs(lon) > 180) | (np.abs(lat) > 90)] = np.nan

    def _no_place_column(self) -> Fault:
        listed = ", ".join(str(name) for name in list(self.frame.columns)[:30])
        return Fault(
            self.source,
            msg("columns"),
            msg("the columns {names}", names=listed),
            msg("a geometry, columns lon and lat or x and y, or a column town or address"),
            msg("add the column that tells where each site is"),
        )
