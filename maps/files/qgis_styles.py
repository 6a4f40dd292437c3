"""QGIS styles (QML) for the layers of the GeoPackage, so that they open looking like the maps.

Written for QGIS 3; the builders take what the maps' theme holds, so that one change of a colour reaches both.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal
from xml.etree import ElementTree as ET

from maps import theme

_DOCTYPE: Final = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
_VERSION: Final = "3.34.0"
_PLACE_POINT: Final = "6"  # QGIS: ordered positions around the point
_PLACE_AREA: Final = "4"  # QGIS: horizontal, inside the area where it fits

Symbol = ET.Element
Edge = Literal["solid", "dash", "dot"]


@dataclass(frozen=True, slots=True)
class Category:
    """One entry of a legend: the value it stands for, its text, its symbol and whether it is on at first."""

    value: str
    label: str
    symbol: Symbol
    shown: bool = True


@dataclass(frozen=True, slots=True)
class Interval:
    """One class of a graduated style: ``lower`` < value ≤ ``upper``."""

    lower: float
    upper: float
    label: str
    symbol: Symbol


def _rgba(colour: str, alpha: int = 255) -> str:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"{red},{green},{blue},{alpha}"


def _symbol(kind: str, layers: Sequence[tuple[str, Mapping[str, str]]]) -> Symbol:
    symbol = ET.Element("symbol", type=kind, alpha="1", clip_to_extent="1", force_rhr="0")
    for name, options in layers:
        layer = ET.SubElement(symbol, "layer", {"class": name, "enabled": "1", "locked": "0", "pass": "0"})
        mapping = ET.SubElement(layer, "Option", type="Map")
        for key, value in options.items():
            ET.SubElement(mapping, "Option", type="QString", name=key, value=value)
    return symbol


def fill_symbol(
    colour: str | None,
    *,
    border: str | None = theme.BORDER_MUNICIPALITY,
    width_mm: float = 0.15,
    hatch: bool = False,
    edge: Edge = "solid",
) -> Symbol:
    """Build an area's symbol: a fill (or none), a border (or none) and, if asked, diagonal lines over it."""
    outline = {
        "outline_style": edge if border else "no",
        "outline_color": _rgba(border or theme.INK),
        "outline_width": f"{width_mm:g}",
        "outline_width_unit": "MM",
        "joinstyle": "round",
    }
    layers = [
        (
            "SimpleFill",
            {"color": _rgba(colour or theme.PAPER), "style": "solid" if colour else "no", **outline},
        )
    ]
    if hatch:
        lines = {"color": _rgba(theme.INK, 150), "style": "b_diagonal", "outline_style": "no"}
        layers.append(("SimpleFill", lines))
    return _symbol("fill", layers)


def line_symbol(colour: str, width_mm: float = 0.4, style: str = "solid") -> Symbol:
    """Build a line's symbol; `style` is ``solid``, ``dash`` or ``dot``."""
    options = {
        "line_color": _rgba(colour),
        "line_width": f"{width_mm:g}",
        "line_width_unit": "MM",
        "line_style": style,
        "capstyle": "round",
        "joinstyle": "round",
    }
    return _symbol("line", [("SimpleLine", options)])


def marker_symbol(shape: str, colour: str, *, border: str = theme.PAPER, size_mm: float = 3.0) -> Symbol:
    """Build a point's symbol; `shape` is QGIS's word, for example ``square``, ``diamond`` or ``pentagon``."""
    options = {
        "name": shape,
        "color": _rgba(colour),
        "outline_color": _rgba(border),
        "outline_style": "solid",
        "outline_width": "0.3",
        "outline_width_unit": "MM",
        "size": f"{size_mm:g}",
        "size_unit": "MM",
    }
    return _symbol("marker", [("SimpleMarker", options)])


def single(symbol: Symbol, *, label: str | None = None) -> str:
    """Write a style with one symbol for all; `label` is the column to write on the map."""
    renderer = _renderer("singleSymbol")
    _add_symbols(renderer, [symbol])
    return _qml(renderer, label, symbol)


def categorised(attribute: str, categories: Iterable[Category], *, label: str | None = None) -> str:
    """Write a style by category.

    Parameters
    ----------
    attribute
        A column, or a QGIS expression.
    categories
        The legend in its order.
    label
        Column to write on the map.
    """
    kinds = list(categories)
    renderer = _renderer("categorizedSymbol", attr=attribute)
    listed = ET.SubElement(renderer, "categories")
    for number, kind in enumerate(kinds):
        told = {
            "value": kind.value,
            "label": kind.label,
            "symbol": str(number),
            "type": "string",
            "render": "true" if kind.shown else "false",
        }
        ET.SubElement(listed, "category", told)
    _add_symbols(renderer, [kind.symbol for kind in kinds])
    return _qml(renderer, label, kinds[0].symbol if kinds else None)


def graduated(attribute: str, intervals: Iterable[Interval], *, label: str | None = None) -> str:
    """Write a style by classes of a number, for example minutes of travel."""
    classes = list(intervals)
    renderer = _renderer("graduatedSymbol", attr=attribute, graduatedMethod="GraduatedColor")
    listed = ET.SubElement(renderer, "ranges")
    for number, part in enumerate(classes):
        told = {"lower": f"{part.lower:.15g}", "upper": f"{part.upper:.15g}", "label": part.label}
        ET.SubElement(listed, "range", {**told, "symbol": str(number), "render": "true"})
    _add_symbols(renderer, [part.symbol for part in classes])
    return _qml(renderer, label, classes[0].symbol if classes else None)


def _renderer(kind: str, **attributes: str) -> ET.Element:
    fixed = {"forceraster": "0", "symbollevels": "0", "enableorderby": "0", "referencescale": "-1"}
    return ET.Element("renderer-v2", {"type": kind, **attributes, **fixed})


def _add_symbols(renderer: ET.Element, symbols: Iterable[Symbol]) -> None:
    listed = ET.SubElement(renderer, "symbols")
    for number, symbol in enumerate(symbols):
        named = ET.SubElement(listed, "symbol", {**symbol.attrib, "name": str(number)})
        named.extend(symbol)


def _qml(renderer: ET.Element, label: str | None, symbol: Symbol | None) -> str:
    style = ET.Element("qgis", version=_VERSION, styleCategories="Symbology|Labeling")
    style.set("labelsEnabled", "1" if label else "0")
    style.append(renderer)
    if label:
        settings = ET.SubElement(
            ET.SubElement(style, "labeling", type="simple"), "settings", calloutType="simple"
        )
        text = {
            "fieldName": label,
            "isExpression": "0",
            "fontSize": f"{theme.TYPE_PT['label']:g}",
            "fontSizeUnit": "Point",
            "textColor": _rgba(theme.INK),
        }
        written = ET.SubElement(settings, "text-style", text)
        halo = {
            "bufferDraw": "1",
            "bufferSize": "0.8",
            "bufferSizeUnits": "MM",
            "bufferColor": _rgba(theme.PAPER),
        }
        ET.SubElement(written, "text-buffer", halo)
        point = symbol is not None and symbol.get("type") == "marker"
        ET.SubElement(
            settings, "placement", placement=_PLACE_POINT if point else _PLACE_AREA, dist="1", distUnits="MM"
        )
    ET.indent(style)
    return _DOCTYPE + ET.tostring(style, encoding="unicode") + "\n"
