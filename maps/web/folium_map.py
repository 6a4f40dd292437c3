"""The folium map of a page: options, one feature group per layer and the background, under lasting ids.

folium would fetch ten files from four hosts and number its elements at random; only its script part is taken,
and the libraries stand in the page.
"""

from collections.abc import Iterable
from html import escape
from typing import Final, TypeVar

import folium
from branca.element import Element, Figure, MacroElement
from folium.template import Template

from maps.web.parts import Layer

MAP_NAME: Final = "map_klyngekort"
_E = TypeVar("_E", bound=Element)


class _LayerLink(MacroElement):
    """Tell the page's script which folium group a layer draws into."""

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "klyngekort.layer({{ this.group }}, {{ this.key|tojson }});"
        "{% endmacro %}"
    )

    def __init__(self, group: str, key: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.group = group
        self.key = key


class _Start(MacroElement):
    """Start the page's script when every layer has its group."""

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "{% if this.background %}klyngekort.background = {{ this.background }};{% endif %}"
        "klyngekort.start({{ this.map }});{% endmacro %}"
    )

    def __init__(self, map_name: str, background: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.map = map_name
        self.background = background


def _named(element: _E, name: str) -> _E:
    element._id = name  # noqa: SLF001 - branca has no public way to keep ids from changing with every run
    return element


def build_map(
    bounds: tuple[float, float, float, float],
    layers: Iterable[Layer],
    tiles_url: str = "",
    tiles_credit: str = "",
) -> folium.Map:
    """Build the folium map of a page.

    Parameters
    ----------
    bounds
        West, south, east, north in degrees.
    layers
        Each gets a feature group of its own.
    tiles_url, tiles_credit
        Address template and credit line of a background map, off until the reader switches it on.

    Returns
    -------
    folium.Map
        Its script part needs Leaflet and the page's own scripts only.
    """
    west, south, east, north = bounds
    built = folium.Map(
        location=[round((south + north) / 2, 5), round((west + east) / 2, 5)],
        tiles=None,
        zoom_start=7,
        zoom_control=False,
        min_zoom=5,
        max_zoom=15,
        zoom_snap=0.25,
        zoom_delta=0.5,
        wheel_px_per_zoom_level=90,
        fade_animation=False,
    )
    _named(built, "klyngekort")
    Figure().add_child(built)
    for layer in layers:
        group = _named(folium.FeatureGroup(name=layer.key, show=False), layer.key.replace("-", "_"))
        built.add_child(group)
        built.add_child(_named(_LayerLink(group.get_name(), layer.key), f"link_{layer.key}"))
    background = ""
    if tiles_url:
        tiles = folium.TileLayer(
            tiles_url,
            attr=escape(tiles_credit),
            show=False,
            name="background",
            overlay=True,
        )
        built.add_child(_named(tiles, "background"))
        background = tiles.get_name()
    built.add_child(_named(_Start(built.get_name(), background), "start"))
    return built


def map_script(built: folium.Map) -> str:
    """Write the script of a map from `build_map`, leaving aside the libraries that folium would fetch."""
    figure: Figure = built.get_root()  # type: ignore[assignment]  # the map was put into a figure
    figure.render()
    return "\n".join(line for line in str(figure.script.render()).splitlines() if line.strip())
