"""Build one self-contained map page: layers, tables, search, legend and credits around a folium map."""

import re
from dataclasses import dataclass, replace
from typing import Final

from maps import theme
from maps.web.folium_map import MAP_NAME, build_map, map_script
from maps.web.frame import Frame, as_text, frame_html, strings, templates
from maps.web.packing import pack
from maps.web.parts import Aside, Feature, Layer, Ranking, Table, Text, View, plain
from maps.web.selfcontained import asset, image_host, json_block, leaflet_script, script_block
from maps.web.texts import PAGE, SCRIPT
from maps.web.topology import Topology
from pipeline.messages import LOCALES, Translator, translator

SCRIPTS: Final = (
    "util.js",
    "geometry.js",
    "card.js",
    "labels.js",
    "map.js",
    "table.js",
    "ranking.js",
    "controls.js",
    "start.js",
)
_PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Background:
    """A background map that the reader may switch on; off until then.

    Parameters
    ----------
    url
        Address template with ``{z}``, ``{x}``, ``{y}``. A provider that needs a key takes it from the reader:
        write ``{key}`` in its place. The settings refuse a key written out.
    credit
        The provider's credit line.
    """

    url: str
    credit: str = ""

    @property
    def wants_key(self) -> bool:
        """Whether the reader has to give a key."""
        return "key" in _PLACEHOLDER.findall(self.url)


@dataclass(frozen=True, slots=True)
class MapPage:
    """A map with everything that belongs to it.

    Parameters
    ----------
    frame
        The page around it.
    topology
        Every shape that layers, outlines and features name.
    features, layers, tables, views
        See `maps.web.parts`; layers are drawn in their order.
    view
        Key of the view shown first.
    view_title
        Heading of the view switch.
    steps, step, step_title
        A second switch, the state shown first and its heading.
    more, style
        Content below the tables, escaped HTML, and its own style. What carries ``data-view`` is seen in that
        view only.
    background
        A background map the reader may switch on.
    attribution
        Short credit line in the map's corner.
    aside
        A far part of the country that a narrow screen leaves to a button.
    ranking
        The rows of a table that are listed beside the map.
    """

    frame: Frame
    topology: Topology
    features: tuple[Feature, ...]
    layers: tuple[Layer, ...]
    tables: tuple[Table, ...] = ()
    views: tuple[View, ...] = ()
    view: str = ""
    view_title: Text = ""
    steps: tuple[View, ...] = ()
    step: str = ""
    step_title: Text = ""
    more: str = ""
    style: str = ""
    background: Background | None = None
    attribution: Text = ""
    aside: Aside | None = None
    ranking: Ranking | None = None


def page_html(page: MapPage) -> str:
    """Write a map page as one self-contained HTML file.

    Returns
    -------
    str
        HTML that asks nobody for anything: same input, same bytes.
    """
    say = translator(page.frame.lang)
    host = image_host(page.background.url) if page.background else ""
    texts = strings(PAGE, say, host=host.removeprefix("https://"))
    if page.view_title:
        texts["views"] = as_text(page.view_title, say)
    texts["steps"] = as_text(page.step_title, say)
    body = (
        templates()
        .get_template("map.html.jinja")
        .render(
            t=texts,
            map_name=MAP_NAME,
            background=page.background is not None,
            background_key=bool(page.background and page.background.wants_key),
            has_tables=bool(page.tables),
            has_steps=bool(page.steps),
        )
    )
    tiles = (page.background.url, page.background.credit or host) if page.background else ("", "")
    built = build_map(page.topology.bounds, page.layers, *tiles)
    scripts = (leaflet_script(), "".join(asset(name) for name in SCRIPTS), map_script(built))
    tail = "\n".join(
        [
            json_block("geometry", page.topology.as_json()),
            json_block("page-data", pack(_page_data(page, say))),
            *(script_block(code) for code in scripts),
        ]
    )
    return frame_html(
        page.frame,
        body + page.more,
        style=page.style,
        tail=tail,
        scripts=scripts,
        map_name=MAP_NAME,
        has_tables=bool(page.tables),
        image_hosts=(host,) if host else (),
    )


def _page_data(page: MapPage, say: Translator) -> dict[str, object]:
    return {
        "locale": LOCALES[page.frame.lang].replace("_", "-"),
        "strings": strings(SCRIPT, say),
        "font": theme.FONT_STACK,
        "colours": {
            "ink": theme.INK,
            "land": theme.LAND,
            "border": theme.BORDER_MUNICIPALITY,
            "outline": theme.BORDER_CLUSTER,
            "highlight": theme.HIGHLIGHT,
        },
        "markers": plain(theme.MARKERS, say),
        "hatches": {
            hatch.name: {
                "angles": hatch.angles,
                "gap": hatch.gap,
                "width": hatch.width,
                "colour": hatch.colour,
            }
            for hatch in theme.HATCHES
        },
        "views": plain(page.views, say),
        "view": page.view,
        "steps": plain(page.steps, say),
        "step": page.step,
        "attribution": as_text(page.attribution, say),
        "aside": plain(page.aside, say),
        "features": {feature.key: plain(replace(feature, key=""), say) for feature in page.features},
        "layers": plain(page.layers, say),
        "tables": plain(page.tables, say),
        "ranking": plain(page.ranking, say),
    }
