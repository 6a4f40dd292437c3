"""Columns of a road line layer: found by their names, and read in the words that Danish layers use."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.roads.model import RoadClass
from pipeline.roads.profile import HIGHWAYS
from pipeline.roads.speeds import parse_maxspeed
from pipeline.settings.roads import RoadSettings

SPEED_NAMES: Final = (
    "maxspeed",
    "max_speed",
    "speed_kmh",
    "speed",
    "speedlimit",
    "speed_limit",
    "kmh",
    "kmt",
    "hastighed",
    "hastighedsgraense",
    "hastighedsgrænse",
    "tilladt_hastighed",
    "hast_begr",
    "hastbegr",
)
CLASS_NAMES: Final = (
    "highway",
    "fclass",
    "road_class",
    "roadclass",
    "class",
    "vejkategori",
    "vejklasse",
    "vejtype",
    "vej_klasse",
    "vej_type",
)
ONEWAY_NAMES: Final = (
    "oneway",
    "one_way",
    "ensrettet",
    "ensretning",
    "ensret",
    "kørselsretning",
    "koerselsretning",
)
BRIDGE_NAMES: Final = ("bridge", "bro")
TUNNEL_NAMES: Final = ("tunnel",)
LINK_NAMES: Final = ("name", "navn", "vejnavn", "street", "road_name")
ROUNDABOUT_NAMES: Final = ("junction", "roundabout", "rundkoersel", "rundkørsel")

_CLASSES: Final[dict[str, RoadClass]] = {
    **HIGHWAYS,
    **{road_class.name.lower(): road_class for road_class in RoadClass},
    "motorvej": RoadClass.MOTORWAY,
    "motorvejsrampe": RoadClass.MOTORWAY_LINK,
    "motorvejsafkørsel": RoadClass.MOTORWAY_LINK,
    "rampe": RoadClass.MOTORWAY_LINK,
    "motortrafikvej": RoadClass.TRUNK,
    "hovedrute": RoadClass.PRIMARY,
    "hovedlandevej": RoadClass.PRIMARY,
    "primær rute": RoadClass.PRIMARY,
    "gennemfartsrute": RoadClass.SECONDARY,
    "sekundær rute": RoadClass.SECONDARY,
    "landevej": RoadClass.SECONDARY,
    "fordelingsrute": RoadClass.TERTIARY,
    "fordelingsvej": RoadClass.TERTIARY,
    "stor vej": RoadClass.TERTIARY,
    "kommunevej": RoadClass.UNCLASSIFIED,
    "mellem vej": RoadClass.UNCLASSIFIED,
    "lokalvej": RoadClass.RESIDENTIAL,
    "boligvej": RoadClass.RESIDENTIAL,
    "villavej": RoadClass.RESIDENTIAL,
    "privat fællesvej": RoadClass.RESIDENTIAL,
    "opholds- og legeområde": RoadClass.LIVING_STREET,
    "lille vej": RoadClass.SERVICE,
    "adgangsvej": RoadClass.SERVICE,
    "privatvej": RoadClass.SERVICE,
    "anden vej": RoadClass.TRACK,
    "markvej": RoadClass.TRACK,
    "skovvej": RoadClass.TRACK,
    "færge": RoadClass.FERRY,
    "færgerute": RoadClass.FERRY,
}
"""Words for classes: OpenStreetMap's, and those of Danish layers (GeoDanmark's `vejkategori` among them)."""

NOT_FOR_CARS: Final = frozenset(
    {
        "sti",
        "hovedsti",
        "mindre sti",
        "cykelsti",
        "cykelsti langs vej",
        "gangsti",
        "gågade",
        "trappe",
        "footway",
        "cycleway",
        "path",
        "steps",
        "bridleway",
        "corridor",
        "pedestrian",
        "construction",
        "proposed",
        "busway",
        "bus_guideway",
        "raceway",
        "platform",
    }
)
"""Words for lines that are no roads for cars."""

_FORWARD: Final = frozenset(
    {"yes", "true", "1", "1.0", "ja", "j", "y", "f", "ft", "med", "med linjen", "forward"}
)
_BACKWARD: Final = frozenset({"-1", "-1.0", "reverse", "t", "tf", "mod", "mod linjen", "backward"})
_BOTH: Final = frozenset(
    {"", "no", "false", "0", "0.0", "nej", "n", "b", "both", "begge", "dobbeltrettet", "nan", "none"}
)
_TRUTH: Final = frozenset({"t", "f"})


def find_column(names: Iterable[Any], known: Iterable[str]) -> str | None:
    """Find the first of some known names among a layer's columns, whatever its case."""
    by_name = {str(name).lower(): str(name) for name in names}
    return next((by_name[name] for name in known if name in by_name), None)


def _words(column: pd.Series) -> pd.Series:
    words: pd.Series = column.astype("object").where(column.notna(), "").astype(str).str.strip().str.lower()
    return words


@dataclass(frozen=True, slots=True)
class Read:
    """What a column says, row by row, and how many of its words could not be understood."""

    rows: NDArray[Any]
    unknown: int


def read_limits(column: pd.Series, settings: RoadSettings) -> Read:
    """Read speed limits, numbers or text; NaN where there is none that can be.

    Returns
    -------
    Read
        km/h, one per row.
    """
    words = _words(column)
    known = {word: parse_maxspeed(word, settings) for word in sorted(set(words))}
    # Layers write 0 where they know no limit: nothing to use, nothing wrong.
    unknown = words.map({word: limit.ignored and word not in {"0", "0.0"} for word, limit in known.items()})
    values = words.map({word: limit.kmh for word, limit in known.items()}).to_numpy(dtype=float)
    return Read(values, int(unknown.sum()))


def read_classes(column: pd.Series, own: Mapping[str, str]) -> Read:
    """Read classes of road: -1 where it is none for cars, `RoadClass.OTHER` where the word is unknown.

    Parameters
    ----------
    column
        Words for classes.
    own
        What the layer's own words mean, names of classes in lower case.
    """
    words = _words(column)
    known = {word: int(kind) for word, kind in _CLASSES.items()} | dict.fromkeys(NOT_FOR_CARS, -1)
    known |= {word.lower(): int(RoadClass[name.upper()]) for word, name in own.items()}
    unknown = (words != "") & ~words.isin(known.keys())
    return Read(words.map(known).fillna(int(RoadClass.OTHER)).to_numpy(dtype=np.int64), int(unknown.sum()))


def read_oneway(column: pd.Series) -> Read:
    """Read directions: 1 along the line only, -1 against it only, 0 both (also where the word is unknown).

    ``F`` and ``T`` mean from-to and to-from, as in layers made of OpenStreetMap, unless no third word occurs:
    then they are false and true.
    """
    words = _words(column)
    if column.dtype == bool or set(words) <= _TRUTH | {""}:
        values = words.isin({"true", "t"}).to_numpy(dtype=np.int64)
        return Read(values, 0)
    values = np.select([words.isin(_FORWARD), words.isin(_BACKWARD)], [1, -1], 0)
    return Read(values, int((~words.isin(_FORWARD | _BACKWARD | _BOTH)).sum()))


def read_yes(column: pd.Series, words: frozenset[str]) -> NDArray[np.bool_]:
    """Tell which rows say yes, or one of some words."""
    return np.asarray(_words(column).isin({"yes", "true", "t", "1", "1.0", "ja", "j", *words}), dtype=bool)
