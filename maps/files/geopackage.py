"""Write every layer into one GeoPackage with QGIS styles, sources and a data dictionary.

Equal layers give equal bytes: GDAL's clock is stopped while it writes.
"""

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import geopandas as gpd
import pandas as pd
import pyogrio

from maps.files.tables import Dictionary, Origin, stamped

FILE: Final = "klyngekort.gpkg"
GEOMETRY: Final = "geom"

_VERSION: Final = "1.2"  # read by every QGIS 3 without a warning
_FIXED_DATE: Final = "2000-01-01T00:00:00.000Z"
_CLOCK: Final = "OGR_CURRENT_DATE"  # GDAL writes this instead of the time of day

_STYLES_TABLE: Final = """
CREATE TABLE layer_styles (
  id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
  f_table_catalog TEXT(256), f_table_schema TEXT(256), f_table_name TEXT(256), f_geometry_column TEXT(256),
  styleName TEXT(30), styleQML TEXT, styleSLD TEXT, useAsDefault BOOLEAN, description TEXT, owner TEXT(30),
  ui TEXT(30), update_time DATETIME DEFAULT CURRENT_TIMESTAMP
)
"""


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer or table of the GeoPackage.

    Parameters
    ----------
    name
        Table name: ASCII letters, digits and underscores.
    frame
        A GeoDataFrame becomes a layer, a DataFrame a table.
    title
        What QGIS shows.
    style
        QML, see `maps.files.qgis_styles`.
    """

    name: str
    frame: pd.DataFrame
    title: str = ""
    style: str | None = None


def write_geopackage(
    path: Path, layers: Sequence[Layer], origin: Origin, dictionary: Dictionary | None = None
) -> Path:
    """Write the layers, their styles, a table ``sources`` and a table ``data_dictionary``.

    Parameters
    ----------
    path
        The file to write; one of that name is replaced.
    layers
        In the order that QGIS shall list them; geometry in one CRS each.
    origin
        Columns ``source`` and ``data_date`` are filled from it where a layer lacks them; it also stands in
        the file's metadata.
    dictionary
        Meaning of columns by layer name.

    Returns
    -------
    Path
        `path`.
    """
    path.unlink(missing_ok=True)
    told = json.dumps(origin.as_dict(), ensure_ascii=False, sort_keys=True)
    tables = [
        *layers,
        Layer("sources", _sources(origin)),
        Layer("data_dictionary", _dictionary(layers, origin, dictionary)),
    ]
    with _fixed_clock():
        for number, layer in enumerate(tables):
            _write_layer(path, layer, origin, first=number == 0, told=told)
    _write_styles(path, [layer for layer in layers if layer.style])
    return path


def _write_layer(path: Path, layer: Layer, origin: Origin, *, first: bool, told: str) -> None:
    frame = layer.frame if layer.name in {"sources", "data_dictionary"} else stamped(layer.frame, origin)
    spatial = isinstance(frame, gpd.GeoDataFrame)
    options = {"GEOMETRY_NAME": GEOMETRY, "SPATIAL_INDEX": "YES"} if spatial else {}
    kinds = set(frame.geom_type.dropna()) if isinstance(frame, gpd.GeoDataFrame) else set()
    pyogrio.write_dataframe(
        frame,
        path,
        layer=layer.name,
        driver="GPKG",
        append=not first,
        promote_to_multi=bool(kinds)
        and all(kind.removeprefix("Multi") in {"Polygon", "LineString"} for kind in kinds),
        layer_options={**options, "IDENTIFIER": layer.title or layer.name, "DESCRIPTION": origin.credit},
        dataset_options={"VERSION": _VERSION} if first else None,
        dataset_metadata={"klyngekort": told} if first else None,
    )


def _sources(origin: Origin) -> pd.DataFrame:
    rows = [("title", origin.title), ("data_date", origin.date)]
    rows += [("source", line) for line in origin.credit_lines] + [("note", line) for line in origin.notes]
    return pd.DataFrame(rows, columns=["kind", "text"])


def _dictionary(
    layers: Sequence[Layer], origin: Origin, dictionary: Mapping[str, Mapping[str, str]] | None
) -> pd.DataFrame:
    rows = [
        (layer.name, column, (dictionary or {}).get(layer.name, {}).get(column, ""))
        for layer in layers
        for column in stamped(layer.frame, origin).columns
        if not isinstance(layer.frame, gpd.GeoDataFrame) or column != layer.frame.geometry.name
    ]
    return pd.DataFrame(rows, columns=["layer", "column", "meaning"])


@contextmanager
def _fixed_clock() -> Iterator[None]:
    """Let GDAL write a fixed time; its setting is put back afterwards."""
    before = pyogrio.get_gdal_config_option(_CLOCK)
    pyogrio.set_gdal_config_options({_CLOCK: _FIXED_DATE})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({_CLOCK: before})


def _write_styles(path: Path, layers: Sequence[Layer]) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(_STYLES_TABLE)
        database.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, last_change, srs_id) "
            "VALUES ('layer_styles', 'attributes', 'layer_styles', '', ?, 0)",
            [_FIXED_DATE],
        )
        database.executemany(
            "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, "
            "styleName, styleQML, styleSLD, useAsDefault, description, owner, update_time) "
            "VALUES ('', '', ?, ?, ?, ?, '', 1, ?, '', ?)",
            [
                (layer.name, GEOMETRY, layer.name[:30], layer.style, layer.title, _FIXED_DATE)
                for layer in layers
            ],
        )
