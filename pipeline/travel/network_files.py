"""Networks and orders on disk: plain arrays without pickles, whole or not at all, checked when read."""

import hashlib
import json
import logging
import os
import tempfile
import zipfile
import zlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import KlyngekortError
from pipeline.roads.model import RoadArcs
from pipeline.travel.destination import RouteGraph
from pipeline.travel.hierarchy import order_vertices
from pipeline.travel.network import Network

VERSION: Final = 2
"""Raised whenever the layout of a file changes; files of other versions are made anew."""

_ARCS: Final = ("node_xy", "tail", "head", "seconds", "length_m", "road_class", "flags", "edge", "forward")
_LINES: Final = ("line_start", "line_xy")
_NETWORK: Final = ("edge_arc", "edge_node", "node_usable", "edge_snappable", "edge_loose", "node_landmass")
_DIGEST: Final = "digest"

_DAMAGES: Final = (
    OSError,
    ValueError,
    KeyError,
    EOFError,
    RuntimeError,
    zipfile.BadZipFile,
    zlib.error,
    TypeError,
)
"""What reading a damaged file may raise."""

log = logging.getLogger(__name__)

Arrays = Mapping[str, NDArray[Any]]


class CacheError(KlyngekortError):
    """A cache file is damaged or of another kind or version: make it anew."""


def cache_key(*parts: object) -> str:
    """Make a key of everything that a cached result depends on.

    Parameters
    ----------
    *parts
        Hashes of input files and of what reads them, settings (as JSON-able values).

    Returns
    -------
    str
        32 hexadecimal digits.
    """
    told = json.dumps([VERSION, *parts], sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(told.encode()).hexdigest()[:32]


def save_network(network: Network, path: Path) -> None:
    """Write a network to an ``.npz`` file; it appears whole or not at all.

    Raises
    ------
    OSError
        The folder cannot be written to, or the disk is full; an earlier file is untouched.
    """
    arcs = network.arcs
    arrays: dict[str, NDArray[Any]] = {name: getattr(arcs, name) for name in (*_ARCS, *_LINES)}
    arrays |= {name: getattr(network, name) for name in _NETWORK}
    arrays |= {f"graph_{column.name}": getattr(network.graph, column.name) for column in fields(RouteGraph)}
    links = list(arcs.named)
    arrays["named_start"] = np.cumsum([0, *(len(arcs.named[name]) for name in links)])
    arrays["named_arcs"] = np.concatenate([np.zeros(0, np.int32), *(arcs.named[name] for name in links)])
    texts = {
        "named": links,
        "node_names": dict(arcs.node_names),
        "notes": dict(arcs.notes),
        "precision": arcs.precision,
    }
    arrays["texts"] = np.frombuffer(json.dumps(texts, ensure_ascii=False).encode(), dtype=np.uint8)
    _save(path, "network", arrays)


def load_network(path: Path) -> Network:
    """Read a network written by `save_network`.

    Raises
    ------
    FileNotFoundError
        There is no such file.
    CacheError
        The file is damaged or of another version.
    """
    arrays = _load(path, "network")
    try:
        texts = json.loads(arrays["texts"].tobytes())
        start, rows = arrays["named_start"], arrays["named_arcs"]
        arcs = RoadArcs(
            **{name: arrays[name] for name in (*_ARCS, *_LINES)},
            named={name: rows[start[i] : start[i + 1]] for i, name in enumerate(texts["named"])},
            node_names=texts["node_names"],
            notes=texts["notes"],
            precision=texts["precision"],
        )
        graph = {column.name: arrays[f"graph_{column.name}"] for column in fields(RouteGraph)}
        network = Network(
            arcs=arcs,
            **{name: arrays[name] for name in _NETWORK},
            graph=RouteGraph(**graph),
        )
    except _DAMAGES as damage:
        raise CacheError(f"{path.name}: {damage}") from damage
    _mark_used(path)
    return network


def damaged_files(folder: Path) -> list[str]:
    """Read every network and order of a cache whole; gives the damaged ones, half-written ones among them."""
    damaged = []
    for path in sorted(folder.glob("*")) + sorted(folder.glob(".*.part")):
        if not path.is_file():
            continue
        try:
            _load(path, path.name.partition("-")[0])
        except (CacheError, FileNotFoundError):
            damaged.append(path.name)
    return damaged


def _mark_used(path: Path) -> None:
    """Let the day of a kept file be that of its last use, so that the unused ones can be told."""
    with suppress(OSError):
        os.utime(path)


def order_key(network: Network) -> str:
    """Make the key of a network's order: it depends on what is joined to what, and where it lies."""
    graph = network.graph
    return _digest(
        "order",
        {"xy": network.arcs.node_xy, "node": graph.vertex_node, "tail": graph.tail, "head": graph.head},
    )[:32]


def cached_order(network: Network, folder: Path) -> NDArray[np.int32]:
    """Read the order of a network's vertices from a folder, or find it and keep it there.

    A folder that cannot be written to costs time, not the result.

    Parameters
    ----------
    network
        The network.
    folder
        Made if it does not exist.

    Returns
    -------
    NDArray
        Int32 array of shape (vertices,), for `pipeline.travel.routing.Router`.
    """
    path = folder / f"order-{order_key(network)}.npz"
    count = len(network.graph.vertex_node)
    try:
        order = _load(path, "order")["order"]
        if order.dtype == np.int32 and np.array_equal(np.sort(order), np.arange(count)):
            _mark_used(path)
            return order
        log.warning("%s is no order of this network and is made anew", path.name)
    except FileNotFoundError:
        pass
    except (CacheError, KeyError) as damage:
        log.warning("%s is damaged and is made anew: %s", path.name, damage)
    order = order_vertices(network.graph, network.arcs.node_xy)
    try:
        _save(path, "order", {"order": order})
    except OSError as error:
        log.warning("the order could not be kept in %s: %s", folder, error)
    return order


def _digest(kind: str, arrays: Arrays) -> str:
    """Hash arrays with their names, types and shapes."""
    told = hashlib.sha256(f"{kind} {VERSION}".encode())
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        told.update(f"|{name} {array.dtype.str} {array.shape}|".encode())
        told.update(array.data.cast("B") if array.size else b"")
    return told.hexdigest()


def _save(path: Path, kind: str, arrays: Arrays) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    digest = np.frombuffer(_digest(kind, arrays).encode(), dtype=np.uint8)
    handle, unfinished = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            np.savez(file, allow_pickle=False, **{**arrays, _DIGEST: digest})
            file.flush()
            os.fsync(file.fileno())
        Path(unfinished).replace(path)
    finally:
        Path(unfinished).unlink(missing_ok=True)


def _load(path: Path, kind: str) -> Arrays:
    if not path.exists():
        raise FileNotFoundError(path)
    try:
        with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        digest = arrays.pop(_DIGEST).tobytes().decode()
    except _DAMAGES as damage:
        raise CacheError(f"{path.name}: {damage}") from damage
    if digest != _digest(kind, arrays):
        raise CacheError(f"{path.name}: its contents are not those that were written")
    return arrays
