"""What a map page is made of: features with cards, layers, tables and sections of text.

All of it is plain data. Texts may be `Message`s, which the page writes in its language; nothing here is HTML,
so that no name in anybody's table can become part of the page's code.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, is_dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from pipeline.messages import Message, Translator

LineStyle = Literal[
    "coast", "municipality", "cluster", "practice", "zone", "gap", "gap_likely", "gap_depends"
]
Text = Message | str
Value = Text | float | int | None


@dataclass(frozen=True, slots=True)
class Field:
    """One line of a card: a label and a value with its unit; a missing value is told as not stated.

    `mark` says what a reader must know about the value, `caution` that it is a warning: modelled,
    approximate, weakly supported. `view` keeps the line to one view.
    """

    label: Text
    value: Value
    unit: Text = ""
    decimals: int = 0
    mark: Text = ""
    view: str = ""
    caution: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """A list in a card; each item is a text and, optionally, the feature it leads to.

    `folded` lists open on demand.
    """

    label: Text
    items: tuple[tuple[Text, str], ...]
    view: str = ""
    folded: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """A link to another page or address."""

    title: Text
    href: str


@dataclass(frozen=True, slots=True)
class Card:
    """What a popup tells about a feature; `links` lead to files beside the page."""

    fields: tuple[Field, ...] = ()
    lists: tuple[Listing, ...] = ()
    notes: tuple[Text, ...] = ()
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class Feature:
    """Something with a name that can be searched for, chosen in a table and opened on the map.

    Parameters
    ----------
    key
        Unique within the page, for example ``municipality:0101``.
    name, kind
        Shown as title and second line.
    kinds
        Second line by view, where it differs.
    at
        Longitude and latitude of the popup's point, or None for what has no place.
    shape
        Name of the topology's shape that is outlined when the feature is chosen.
    view, step
        The only view and step in which it exists; empty for all. A feature without a place leads there.
    words
        Further words to find it by.
    layer
        Layer switched on when the feature is chosen.
    """

    key: str
    name: Text
    kind: Text
    card: Card
    at: tuple[float, float] | None = None
    shape: str = ""
    view: str = ""
    step: str = ""
    words: str = ""
    layer: str = ""
    kinds: Mapping[str, Text] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Area:
    """A shape filled in a layer, or outlined over what others fill.

    Parameters
    ----------
    shape
        Name in the topology.
    fills
        One colour, or several drawn as stripes.
    hatch
        Name of a hatch drawn over the fill.
    features
        Keys of the feature opened by a click and of further ones named in its popup.
    legend
        Key of the legend line that speaks of it.
    outline
        Line style of an outline that lets what lies below be seen, but takes the click.
    raised
        Filled above all that is not.
    """

    shape: str
    fills: tuple[str, ...] = ()
    hatch: str = ""
    features: tuple[str, ...] = ()
    legend: tuple[str, ...] = ()
    view: str = ""
    step: str = ""
    outline: LineStyle | Literal[""] = ""
    raised: bool = False


@dataclass(frozen=True, slots=True)
class Lines:
    """A named set of the topology's lines, or the whole outline of a shape, in a line style."""

    name: str
    style: LineStyle
    view: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """A marker at a point (longitude, latitude); its name and card are its feature's.

    A `dot` is a light circle in the marker's colours, for places that are too many for the keyboard.
    """

    feature: str
    lon: float
    lat: float
    marker: str
    legend: tuple[str, ...] = ()
    view: str = ""
    step: str = ""
    dot: bool = False


@dataclass(frozen=True, slots=True)
class Label:
    """A name on the map. A higher `priority` is placed first; `min_zoom` keeps small names back.

    `shape` is the area that it should stay within.
    """

    text: Text
    lon: float
    lat: float
    priority: float = 0.0
    min_zoom: float = 0.0
    style: Literal["cluster", "municipality"] = "cluster"
    view: str = ""
    step: str = ""
    shape: str = ""


@dataclass(frozen=True, slots=True)
class Legend:
    """A line of the legend, shown while something on the map refers to its key (or always, within its layer).

    `symbol` is one of ``fills`` (a strip of colours), ``hatch``, ``marker``, ``line``.
    """

    key: str
    text: Text
    symbol: Literal["fills", "hatch", "marker", "line"]
    fills: tuple[str, ...] = ()
    name: str = ""
    always: bool = False


@dataclass(frozen=True, slots=True)
class Layer:
    """What one tick box of the layer control shows."""

    key: str
    title: Text
    visible: bool = True
    control: bool = True
    note: Text = ""
    areas: tuple[Area, ...] = ()
    lines: tuple[Lines, ...] = ()
    places: tuple[Place, ...] = ()
    labels: tuple[Label, ...] = ()
    legend: tuple[Legend, ...] = ()


@dataclass(frozen=True, slots=True)
class View:
    """One state of a switch of the page, for example a cluster scheme.

    A page may have a second switch, its steps: `group` is the heading that a step stands under, and `notes`
    tells what each step shows in a view.
    """

    key: str
    title: Text
    note: Text = ""
    group: Text = ""
    notes: Mapping[str, Text] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Aside:
    """A far part of the country and the rest of it, each as west, south, east, north in degrees."""

    title: Text
    bounds: tuple[float, float, float, float]
    others: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Column:
    """A table column; `note` explains its head, `bar` draws each number as a bar too."""

    title: Text
    kind: Literal["text", "number"] = "text"
    decimals: int = 0
    note: Text = ""
    bar: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A table row that leads to its feature; None is told as not stated, an empty text as a dash."""

    feature: str
    cells: tuple[Value, ...]
    view: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table beside the map, with the map's numbers, first sorted by column `order`.

    Numbers are first sorted from the largest, or from the smallest where `rising`. With `unfold` each row
    opens to show its feature's card.
    """

    key: str
    title: Text
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    note: Text = ""
    order: int = 0
    rising: bool = False
    unfold: Text = ""


@dataclass(frozen=True, slots=True)
class Ranking:
    """The rows of a table with most in its column of bars, listed beside the map."""

    table: str
    title: Text
    count: int = 8


@dataclass(frozen=True, slots=True)
class Group:
    """Lines of a section under a heading of their own; `tone` gives them a sign, not just a colour."""

    title: Text
    lines: tuple[Text, ...]
    tone: Literal["plain", "note", "warning"] = "plain"
    folded: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page below the map."""

    key: str
    title: Text
    intro: Text = ""
    groups: tuple[Group, ...] = ()


@dataclass(frozen=True, slots=True)
class Credit:
    """A source with its licence; the address is a link for the reader to follow, never fetched."""

    text: Text
    licence: Text = ""
    address: str = ""


def plain(value: Any, say: Translator) -> Any:  # noqa: ANN401
    """Turn parts into plain JSON values, messages into text and missing values into None.

    Fields left at their empty default are dropped, so that a page carries only what it uses.
    """
    if isinstance(value, Message):
        return say(value)
    if value is None or isinstance(value, str | bool | int | float | np.generic):
        return _scalar(value)
    if is_dataclass(value):
        told = {name: plain(getattr(value, name), say) for name in value.__dataclass_fields__}
        return {name: part for name, part in told.items() if not _unused(name, part)}
    if isinstance(value, Mapping):
        return {str(key): plain(part, say) for key, part in value.items()}
    if isinstance(value, Sequence | np.ndarray):
        return [plain(part, say) for part in value]
    return _scalar(value)


_ON_BY_DEFAULT = frozenset({"visible", "control"})


def _unused(name: str, part: object) -> bool:
    if part is False:
        return name not in _ON_BY_DEFAULT
    if name == "decimals" and part == 0:
        return True
    return part in ("", [], {}) or (part is None and name != "value")


def _scalar(value: Any) -> str | int | float | None:  # noqa: ANN401
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        return int(value) if value.is_integer() else value
    return value if isinstance(value, bool | int) else str(value)
