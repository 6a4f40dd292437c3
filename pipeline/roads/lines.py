"""Any layer of road lines in, road arcs out."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np
import pyogrio
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree

from pipeline.errors import Fault, MissingInputError, RoadError, first_line
from pipeline.gis_files import CANNOT_READ, read_layer
from pipeline.layers import to_metric
from pipeline.limits import check_frame, check_layer
from pipeline.messages import Message, msg
from pipeline.roads import line_columns as columns
from pipeline.roads.ferries import known_ferry, minutes_with_wait, sailing_min_of
from pipeline.roads.lines_to_arcs import RoadLines, to_arcs
from pipeline.roads.links import link_names
from pipeline.roads.model import RoadArcs, RoadClass, RoadFlag
from pipeline.roads.noding import Noded, node_lines
from pipeline.roads.split import PointDelays, along
from pipeline.settings.roads import FerrySettings, RoadSettings

_PARQUET: Final = frozenset({".parquet", ".geoparquet"})
_LINES: Final = (shapely.GeometryType.LINESTRING, shapely.GeometryType.LINEARRING)


def read_road_lines(
    path: Path | str,
    settings: RoadSettings,
    *,
    layer: str | None = None,
    speed_column: str | None = None,
    class_column: str | None = None,
    oneway_column: str | None = None,
    progress: Callable[[Message], None] | None = None,
) -> RoadArcs:
    """Read a layer of road lines, such as official road centrelines, and join it to a network.

    Parameters
    ----------
    path
        GeoPackage, Shapefile, GeoJSON, GeoParquet or another file of lines; multi-part lines are taken apart,
        and heights dropped.
    settings
        Speeds and delays; `RoadSettings.lines` says how lines are joined.
    layer
        Layer of a file with several; the only one with lines when left out.
    speed_column, class_column, oneway_column
        Columns with the limit (km/h), the class of road and the direction. Left out, columns with a usual
        Danish or OpenStreetMap name are used where there are any. The columns `bridge`, `tunnel`, `junction`
        and `name` are used where they are.
    progress
        Is told what goes on.

    Returns
    -------
    RoadArcs
        `precision` is ``register``. `RoadArcs.notes` counts what was read, dropped and not understood.

    Raises
    ------
    MissingInputError
        There is no such file, or it cannot be read.
    CRSError
        The layer has no CRS, or one that its coordinates contradict.
    RoadError
        A named column or layer is not there, or there are no lines for cars.
    """
    path = Path(path)
    tell = progress or (lambda _: None)
    tell(msg("Reading road lines from {file}", file=path.name))
    frame = _open(path, layer)
    check_frame(frame, path)
    given = {"speed": speed_column, "class": class_column, "oneway": oneway_column}
    known = {"speed": columns.SPEED_NAMES, "class": columns.CLASS_NAMES, "oneway": columns.ONEWAY_NAMES}
    _check_columns(path, frame, [name for name in given.values() if name is not None])
    picked = {key: given[key] or columns.find_column(frame.columns, known[key]) for key in given}
    notes: Counter[str] = Counter(lines_read=len(frame))
    frame = _plain_lines(to_metric(frame, str(path), crs=settings.lines.crs), notes)
    table = _attributes(frame, picked, settings, notes)
    usable = table.road_class >= 0
    notes["lines_not_for_cars"] = int((~usable).sum())
    usable &= _sails(table, settings.ferries, notes)
    if not usable.any():
        raise _no_lines(path, notes)
    table = table.take(usable)
    tell(msg("Joining {lines:n} road lines", lines=int(usable.sum())))
    noded = node_lines(
        frame.geometry.to_numpy()[usable],
        settings.lines.tolerance_m,
        crossings=settings.lines.cut_crossings,
        whole=table.road_class == RoadClass.FERRY,
    )
    if not len(noded.start):
        raise _no_lines(path, notes)
    notes["lines_too_short"] = noded.dropped
    return to_arcs(_road_lines(noded, table, settings, notes), settings, notes, "register")


@dataclass(frozen=True, slots=True)
class _Attributes:
    """What is known of each line; `direction` is 1 along it only, -1 against it only, 0 both ways."""

    road_class: NDArray[np.int64]
    limit_kmh: NDArray[np.float64]
    direction: NDArray[np.int64]
    bridge: NDArray[np.bool_]
    tunnel: NDArray[np.bool_]
    roundabout: NDArray[np.bool_]
    name: NDArray[np.object_]
    number: NDArray[np.int64]

    def take(self, rows: NDArray[np.bool_]) -> "_Attributes":
        """Keep some lines."""
        return _Attributes(*(getattr(self, key)[rows] for key in self.__slots__))


def _open(path: Path, layer: str | None) -> gpd.GeoDataFrame:
    if not path.is_file():
        raise MissingInputError(_unreadable(path, layer, msg("no such file")))
    check_layer(path)
    try:
        if path.suffix.lower() in _PARQUET:
            return gpd.read_parquet(path)
        names = [str(name) for name, kind in pyogrio.list_layers(path) if kind is None or "Line" in str(kind)]
        several = layer is None and len(names) > 1
        frame = None if several else read_layer(path, layer or next(iter(names), None))
    except CANNOT_READ as error:
        reason = first_line(error)
        raise MissingInputError(
            _unreadable(path, layer, msg("a file or layer that cannot be read ({reason})", reason=reason))
        ) from error
    if frame is None:
        raise RoadError(_many_layers(path, names))
    if not isinstance(frame, gpd.GeoDataFrame):
        raise RoadError(_unreadable(path, layer, msg("a table without geometry")))
    return frame


def _check_columns(path: Path, frame: gpd.GeoDataFrame, named: list[str]) -> None:
    held = ", ".join(str(name) for name in frame.columns if name != frame.geometry.name)
    faults = [
        Fault(
            source=str(path),
            where=msg("column {column}", column=name),
            found=msg("no such column; there are {columns}", columns=held),
            expected=msg("a column of the layer"),
            mend=msg("correct the name, or leave it out to have columns found by their usual names"),
        )
        for name in named
        if name not in frame.columns
    ]
    if faults:
        raise RoadError(faults)


def _plain_lines(frame: gpd.GeoDataFrame, notes: Counter[str]) -> gpd.GeoDataFrame:
    """Take multi-part lines apart, drop heights, and leave out what is no line or has no length."""
    frame = frame.assign(_number=np.arange(1, len(frame) + 1)).explode(index_parts=False, ignore_index=True)
    shapes = shapely.force_2d(frame.geometry.to_numpy())
    length = shapely.length(shapes)
    line = np.isin(shapely.get_type_id(shapes), _LINES) & np.isfinite(length) & (length > 0)
    notes["lines_no_line"] = notes["lines_read"] - frame["_number"][line].nunique()
    return frame.set_geometry(gpd.GeoSeries(shapes, index=frame.index, crs=frame.crs))[line]


def _attributes(
    frame: gpd.GeoDataFrame, picked: dict[str, str | None], settings: RoadSettings, notes: Counter[str]
) -> _Attributes:
    count = len(frame)
    speed, kind, oneway = (picked[key] for key in ("speed", "class", "oneway"))
    limit = columns.Read(np.full(count, np.nan), 0)
    if speed is not None:
        limit = columns.read_limits(frame[speed], settings)
    road_class = columns.Read(np.full(count, int(RoadClass.OTHER)), 0)
    if kind is not None:
        road_class = columns.read_classes(frame[kind], settings.lines.classes)
    direction = columns.Read(np.zeros(count, dtype=np.int64), 0)
    if oneway is not None:
        direction = columns.read_oneway(frame[oneway])
    notes.update(
        speeds_ignored=limit.unknown,
        classes_unknown=road_class.unknown,
        directions_unknown=direction.unknown,
    )

    def says(names: tuple[str, ...], *words: str) -> NDArray[np.bool_]:
        column = columns.find_column(frame.columns, names)
        yes = frozenset(words)
        return columns.read_yes(frame[column], yes) if column else np.zeros(count, dtype=bool)

    named = columns.find_column(frame.columns, columns.LINK_NAMES)
    texts = frame[named].astype("object").where(frame[named].notna(), "") if named else [""] * count
    return _Attributes(
        road_class=road_class.rows,
        limit_kmh=limit.rows,
        direction=direction.rows,
        bridge=says(columns.BRIDGE_NAMES, "bro", "viaduct"),
        tunnel=says(columns.TUNNEL_NAMES, "tunnel"),
        roundabout=says(columns.ROUNDABOUT_NAMES, "roundabout", "circular", "rundkørsel"),
        name=np.array([str(text).strip() for text in texts], dtype=object),
        number=frame["_number"].to_numpy(dtype=np.int64),
    )


def _keys(table: _Attributes, row: int) -> tuple[str, str]:
    """Name and id that the settings may know a ferry by."""
    return str(table.name[row]), f"line/{table.number[row]}"


def _sails(table: _Attributes, ferries: FerrySettings, notes: Counter[str]) -> NDArray[np.bool_]:
    """Tell which lines are no ferries, or ferries that cars may use."""
    taken = np.ones(len(table.road_class), dtype=bool)
    for row in np.flatnonzero(table.road_class == RoadClass.FERRY):
        takes_cars = known_ferry(_keys(table, int(row)), ferries).car is not False
        notes["ferries_foot"] += not takes_cars
        taken[row] = takes_cars and ferries.use
    return taken


def _crossing_s(
    noded: Noded, table: _Attributes, ferry: NDArray[np.bool_], ferries: FerrySettings, notes: Counter[str]
) -> NDArray[np.float64]:
    """Time of each line of a ferry, seconds; NaN for roads.

    Lines that alone meet at sea, with no road near, are one crossing, boarded once; its time is shared among
    them by length.
    """
    seconds = np.full(len(ferry), np.nan)
    rows = np.flatnonzero(ferry)
    if not len(rows):
        return seconds
    count = len(noded.node_xy)
    sailed, road = (
        np.bincount(np.concatenate([noded.start[which], noded.end[which]]), minlength=count)
        for which in (ferry, ~ferry)
    )
    at_sea = (sailed == 2) & (road == 0)
    if road.any():
        ashore = KDTree(noded.node_xy[road > 0])
        near = ashore.query(noded.node_xy[at_sea], distance_upper_bound=ferries.terminal_m)[0]
        at_sea[at_sea] = ~np.isfinite(near)
    ends = np.concatenate([noded.start[rows], noded.end[rows]])
    line = np.tile(np.arange(len(rows)), 2)[at_sea[ends]]
    _, node = np.unique(ends[at_sea[ends]], return_inverse=True)
    order = np.argsort(node, kind="stable")
    i, j = line[order].reshape(-1, 2).T
    joined = coo_array((np.ones(len(i), dtype=np.int8), (i, j)), shape=(len(rows), len(rows)))
    groups, group = connected_components(joined, directed=False)
    length = along(noded.line_start, noded.line_xy)[noded.line_start[1:] - 1]
    for number in range(groups):
        members = rows[group == number]
        known = known_ferry([key for row in noded.source[members] for key in _keys(table, int(row))], ferries)
        whole = float(length[members].sum())
        minutes = minutes_with_wait(sailing_min_of(whole, ferries), known, ferries)
        notes["ferry_durations_missing"] += known.crossing_min is None
        seconds[members] = minutes * 60 * length[members] / whole
    notes["ferry_crossings"] = groups
    return seconds


def _road_lines(noded: Noded, table: _Attributes, settings: RoadSettings, notes: Counter[str]) -> RoadLines:
    source = noded.source
    road_class = table.road_class[source]
    ferry = road_class == RoadClass.FERRY
    bridge, tunnel = table.bridge[source], table.tunnel[source]
    flags = np.where(bridge, int(RoadFlag.BRIDGE), 0) | np.where(tunnel, int(RoadFlag.TUNNEL), 0)
    never = (RoadClass.MOTORWAY, RoadClass.MOTORWAY_LINK, RoadClass.FERRY)
    flags |= np.where(bridge | tunnel | np.isin(road_class, never), int(RoadFlag.NO_SNAP), 0)
    tags = [{"name": name} if name else {} for name in table.name.tolist()]
    ends = noded.node_xy[noded.start], noded.node_xy[noded.end]
    linked = bridge | tunnel | ferry
    names, name = link_names(table.number[source], source, linked, tags, ends, kind="line")
    count = len(source)
    nothing = np.zeros(count)
    limit = table.limit_kmh[source]
    return RoadLines(
        node_xy=noded.node_xy,
        start=noded.start,
        end=noded.end,
        line_start=noded.line_start,
        line_xy=noded.line_xy,
        road_class=road_class.astype(np.uint8),
        flags=flags.astype(np.uint8),
        forward=table.direction[source] >= 0,
        backward=table.direction[source] <= 0,
        limit_forward=limit,
        limit_backward=limit,
        cap_kmh=np.where(table.roundabout[source], settings.roundabout_kmh, np.inf),
        zone=np.full(count, -1, dtype=np.int8),
        roundabout=table.roundabout[source],
        delays=PointDelays(nothing, nothing, nothing > 0, nothing > 0),
        fixed_s=_crossing_s(noded, table, ferry, settings.ferries, notes),
        name=name,
        names=names,
    )


def _unreadable(path: Path, layer: str | None, found: Message) -> Fault:
    return Fault(
        source=str(path),
        where=msg("layer {layer}", layer=layer) if layer else msg("file"),
        found=found,
        expected=msg("a layer of lines in GeoPackage, Shapefile, GeoJSON or GeoParquet"),
        mend=msg("open the file in a GIS program and save it again, or name an existing layer"),
    )


def _many_layers(path: Path, names: list[str]) -> Fault:
    return Fault(
        source=str(path),
        where=msg("layers"),
        found=msg("several layers with lines: {layers}", layers=", ".join(names)),
        expected=msg("the name of one layer"),
        mend=msg("name the layer in the settings"),
    )


def _no_lines(path: Path, notes: Counter[str]) -> RoadError:
    return RoadError(
        Fault(
            source=str(path),
            where=msg("lines"),
            found=msg("no line for cars among {lines:n} {lines:|row|rows}", lines=notes["lines_read"]),
            expected=msg("lines with a length, of a class that cars may use"),
            mend=msg("name the layer of road lines, or say what its classes mean"),
        )
    )
