"""Open a vector file of any common kind, or say why it cannot be opened."""

import json
import zipfile
from pathlib import Path
from typing import Final

import geopandas as gpd
import pyogrio

from pipeline.crs import DENMARK_BOX_DEGREES, GEOGRAPHIC
from pipeline.errors import Fault, InputError, MissingInputError, first_line
from pipeline.gis_files import CANNOT_READ, read_layer
from pipeline.limits import check_frame, check_layer
from pipeline.messages import Message, msg

__all__ = ["read_vector"]

KINDS: Final = msg("GeoPackage, GeoJSON, Shapefile (also zipped), GeoParquet or TopoJSON")
PARQUET: Final = frozenset({".parquet", ".geoparquet", ".pq"})
TEXT: Final = frozenset({".geojson", ".json", ".topojson"})
BESIDE: Final = (".shx", ".dbf")
"""Without these a shapefile has no rows or no columns."""

IN_ZIP: Final = (".shp", ".gpkg", ".geojson", ".json", ".topojson")
TOPOJSON: Final = "TopoJSON"
WANTED: Final = frozenset({"Polygon", "MultiPolygon"})


def read_vector(path: Path, *, layer: str | None = None) -> gpd.GeoDataFrame:
    """Read one layer of a vector file as it stands.

    Parameters
    ----------
    path
        GeoPackage, GeoJSON, Shapefile (also in a ``.zip``), GeoParquet or TopoJSON.
    layer
        Layer to read; needed only where the file holds several layers of polygons.

    Returns
    -------
    geopandas.GeoDataFrame
        The file's columns and geometry in its own CRS (none if it states none); row 0 is the first feature.
        TopoJSON states no CRS: it is taken as WGS84 where its coordinates are degrees in Denmark, as is
        usual.

    Raises
    ------
    MissingInputError
        The file does not exist, is empty, cut off or of another kind, or the layer is not clear.
    """
    _check_file(path)
    check_layer(path)
    _check_companions(path)
    frame = _read_parquet(path) if path.suffix.lower() in PARQUET else _read_ogr(path, layer)
    check_frame(frame, path)
    if frame.empty:
        raise _refused(path, msg("no features"), msg("at least one feature"), msg("export the layer again"))
    return frame.reset_index(drop=True)


def _refused(path: Path, found: Message | str, expected: Message, mend: Message) -> MissingInputError:
    return MissingInputError(Fault(str(path), "", found, expected, mend))


def _check_file(path: Path) -> None:
    if not path.exists():
        raise _refused(path, msg("no such file"), KINDS, msg("check the path in the settings"))
    if path.is_dir() and path.suffix.lower() != ".gdb":
        raise _refused(path, msg("a folder"), KINDS, msg("name the file in it"))
    if path.is_file() and path.stat().st_size == 0:
        raise _refused(path, msg("an empty file (0 bytes)"), KINDS, msg("download or export it again"))


def _check_companions(path: Path) -> None:
    """See that the other files of a shapefile stand beside it."""
    lacking = [end for end in BESIDE if not any(path.with_suffix(e).exists() for e in (end, end.upper()))]
    if path.suffix.lower() == ".shp" and lacking:
        found = msg("a shapefile without its {files}", files=", ".join(lacking))
        mend = msg("put all files of the shapefile (.shp, .shx, .dbf, .prj) beside each other")
        raise _refused(path, found, KINDS, mend)


def _read_parquet(path: Path) -> gpd.GeoDataFrame:
    try:
        return gpd.read_parquet(path)
    except CANNOT_READ as error:
        found = msg("it cannot be read: {reason}", reason=first_line(error))
        mend = msg("export it again as GeoParquet, with geometry")
        raise _refused(path, found, KINDS, mend) from error


def _read_ogr(path: Path, layer: str | None) -> gpd.GeoDataFrame:
    address = _address(path)
    try:
        layers = {str(name): kind for name, kind in pyogrio.list_layers(address)}
        chosen = _choose(path, layers, layer)
        frame = read_layer(address, chosen)
        driver = pyogrio.read_info(address, layer=chosen)["driver"]
    except InputError:
        raise
    except CANNOT_READ as error:
        raise _unreadable(path, error) from error
    if driver == TOPOJSON and frame.crs is None and _in_degrees(frame):
        frame = frame.set_crs(GEOGRAPHIC)
    return frame


def _address(path: Path) -> str:
    """Path for GDAL; a zip archive is entered as far as its one vector file."""
    if path.suffix.lower() != ".zip":
        return str(path)
    try:
        with zipfile.ZipFile(path) as archive:
            inside = [name for name in archive.namelist() if name.lower().endswith(IN_ZIP)]
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise _refused(path, msg("a damaged zip archive"), KINDS, msg("download it again")) from error
    if len(inside) != 1:
        found = msg("files in the archive: {names}", names=", ".join(sorted(inside)) or "–")
        mend = msg("unpack the archive and name the file in the settings")
        raise _refused(path, found, msg("one vector file in the archive"), mend)
    return f"/vsizip/{path.resolve()}/{inside[0]}"


def _choose(path: Path, layers: dict[str, str | None], layer: str | None) -> str:
    names = ", ".join(layers)
    if layer is not None:
        if layer in layers:
            return layer
        found = msg("layers: {names}", names=names)
        mend = msg("name one of them as the layer in the settings")
        raise _refused(path, found, msg("a layer “{layer}”", layer=layer), mend)
    drawn = [name for name, kind in layers.items() if kind is not None]
    polygons = [name for name in drawn if (layers[name] or "").split(" ")[0] in WANTED]
    for few in (drawn, polygons):
        if len(few) == 1:
            return few[0]
    if not drawn:
        raise _refused(path, msg("no layer with geometry"), KINDS, msg("export the layer with its geometry"))
    mend = msg("name one of them as the layer in the settings")
    raise _refused(path, msg("several layers: {names}", names=names), msg("one layer"), mend)


def _unreadable(path: Path, error: Exception) -> MissingInputError:
    """Tell a cut-off JSON text from a file of another kind."""
    if path.suffix.lower() in TEXT:
        try:
            json.loads(path.read_text(encoding="utf-8-sig"))
        except UnicodeDecodeError:
            return _refused(path, msg("text that is not UTF-8"), KINDS, msg("save it again as UTF-8"))
        except json.JSONDecodeError as broken:
            found = msg("the text breaks off or is broken at line {line}", line=broken.lineno)
            return _refused(path, found, KINDS, msg("download or export it again"))
    found = msg("it cannot be read: {reason}", reason=str(error).split(";")[0])
    return _refused(path, found, KINDS, msg("check that it is a vector file and complete"))


def _in_degrees(frame: gpd.GeoDataFrame) -> bool:
    west, south, east, north = DENMARK_BOX_DEGREES
    x0, y0, x1, y1 = frame.total_bounds
    return bool(west <= x0 <= x1 <= east and south <= y0 <= y1 <= north)
