"""A page keeps to itself, is the same every time and shows every name as text."""

import base64
import hashlib
import json
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from maps.pages.clusters_page import clusters_page
from maps.pages.index_page import PageCard, index_page, thumbnail
from maps.web.downloads import Download, Downloads
from maps.web.page import Background
from maps.web.parts import Field, Layer, Link, plain
from maps.web.selfcontained import (
    content_policy,
    image_host,
    json_block,
    leaflet_script,
    leaflet_style,
    script_block,
)
from pipeline.messages import msg, translator
from tests.found import some
from tests.page_data import unpacked
from tests.page_toys import IMAGE, NAMES, SCRIPT, toy_study

ROOT = Path(__file__).resolve().parents[1]
FETCHING = {"src", "srcset", "poster", "action", "formaction", "data", "background", "manifest", "ping"}


class Reader(HTMLParser):
    """Collects tags, text and the content of script and style blocks."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.blocks: list[tuple[str, dict[str, str | None], str]] = []
        self.words = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag in {"script", "style"}:
            self.blocks.append((tag, dict(attrs), ""))

    def handle_data(self, data: str) -> None:
        if self.cdata_elem:
            tag, attrs, text = self.blocks[-1]
            self.blocks[-1] = (tag, attrs, text + data)
        else:
            self.words += data

    def all_of(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag]


@pytest.fixture(scope="module")
def html() -> str:
    return clusters_page(
        toy_study(), links=(Link("Oversigt", "index.html"), Link("Klynger", "clusters.html"))
    )


@pytest.fixture(scope="module")
def start() -> str:
    downloads = [Downloads("Tabeller", (Download("Klynger", (Link("CSV", "tables/clusters.csv"),)),))]
    return index_page(
        toy_study(), cards=[PageCard(IMAGE, SCRIPT, "clusters.html")], downloads=downloads, version="1.0"
    )


@pytest.fixture(params=["html", "start"])
def page(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(request.param))


def _policy(reader: Reader) -> dict[str, list[str]]:
    (meta,) = (a for a in reader.all_of("meta") if a.get("http-equiv") == "Content-Security-Policy")
    return {rule.split()[0]: rule.split()[1:] for rule in (meta["content"] or "").split("; ")}


def test_nothing_is_fetched_from_anywhere(page: str) -> None:
    reader = Reader(page)
    for tag, attrs in some(reader.tags):
        for name in FETCHING & set(attrs):
            assert (attrs[name] or "").startswith("data:"), (tag, name)
    assert all((a.get("href") or "").startswith("data:") for a in reader.all_of("link"))
    for kind, _, text in reader.blocks:
        if kind == "style":
            assert not re.search(r"@import|url\((?!data:)", text)


def test_addresses_stand_only_in_links_for_the_reader(page: str) -> None:
    outward = [a["href"] for a in Reader(page).all_of("a") if (a.get("href") or "").startswith("http")]
    assert outward == ["https://example.org/toy"]


def test_the_policy_admits_the_pages_own_blocks_and_nothing_else(page: str) -> None:
    reader = Reader(page)
    policy = _policy(reader)
    assert (
        policy["default-src"]
        == policy["connect-src"]
        == policy["base-uri"]
        == policy["form-action"]
        == ["'none'"]
    )
    assert policy["img-src"] == ["data:"]
    assert "'unsafe-inline'" not in str(policy)
    for kind, attrs, text in reader.blocks:
        if attrs.get("type") == "application/json":
            continue
        digest = f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
        assert digest in policy[f"{kind}-src"]


def test_the_start_page_has_no_script(start: str) -> None:
    reader = Reader(start)
    assert reader.all_of("script") == []
    assert _policy(reader)["script-src"] == ["'none'"]


def test_no_attribute_carries_style_or_code(page: str) -> None:
    for _, attrs in some(Reader(page).tags):
        assert not [name for name in attrs if name == "style" or name.startswith("on")]


def test_the_page_names_its_language_title_and_parts(page: str) -> None:
    reader = Reader(page)
    assert reader.all_of("html")[0]["lang"] == "da"
    assert re.search(r"<title>[^<]+ – [^<]+</title>", page)
    assert len(reader.all_of("h1")) == len(reader.all_of("main")) == 1
    assert "user-scalable" not in page


def test_hostile_names_never_become_markup(page: str) -> None:
    reader = Reader(page)
    assert "<img src=x" not in page
    assert "alert(2)</script>" not in page
    assert not [a for a in reader.all_of("img") if a.get("onerror")]
    assert IMAGE in reader.words


def test_hostile_names_come_back_whole_from_the_data(html: str) -> None:
    (block,) = (text for _, attrs, text in Reader(html).blocks if attrs.get("id") == "page-data")
    features = unpacked(json.loads(block))["features"]
    assert [features[f"municipality:010{i}"]["name"] for i in range(1, 7)] == list(NAMES)


def test_a_data_block_cannot_be_ended_from_within() -> None:
    value = {"a": "</script><!--", "b": "\u2028\u2029&", "æ": "ø"}
    block = json_block("x", value)
    assert block.count("<") == 2
    assert not re.search("[\u2028\u2029&]", block)
    assert json.loads(Reader(block).blocks[0][2]) == value


def test_a_script_that_would_end_early_is_refused() -> None:
    with pytest.raises(ValueError, match="</script"):
        script_block("let a = '</SCRIPT>';")


def test_the_same_study_gives_the_same_bytes_in_another_process(html: str, start: str) -> None:
    code = (
        "import hashlib; from tests.test_page import *; html = clusters_page(toy_study(), links=("
        "Link('Oversigt', 'index.html'), Link('Klynger', 'clusters.html')));"
        "print(hashlib.sha256(html.encode()).hexdigest())"
    )
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
        run = subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        assert run.stdout.strip() == hashlib.sha256(html.encode()).hexdigest()
    assert clusters_page(toy_study()) == clusters_page(toy_study())
    assert start == index_page(
        toy_study(),
        cards=[PageCard(IMAGE, SCRIPT, "clusters.html")],
        downloads=[Downloads("Tabeller", (Download("Klynger", (Link("CSV", "tables/clusters.csv"),)),))],
        version="1.0",
    )


def test_english_is_told_on_request() -> None:
    reader = Reader(clusters_page(toy_study("en")))
    assert reader.all_of("html")[0]["lang"] == "en"
    assert "Clusters, hospitals and health houses" in reader.words


def test_the_borders_stand_once_for_all_layers(html: str) -> None:
    blocks = {attrs.get("id"): json.loads(text) for _, attrs, text in Reader(html).blocks if attrs.get("id")}
    assert html.count('"arcs"') == 1
    shapes = blocks["geometry"]["shapes"]
    layers = unpacked(blocks["page-data"])["layers"]
    named = {area["shape"] for layer in layers for area in layer.get("areas", [])}
    assert named <= set(shapes)
    lines = {line["name"] for layer in layers for line in layer.get("lines", [])}
    assert lines <= set(shapes) | set(blocks["geometry"]["lines"])


def test_every_reference_in_the_page_leads_somewhere(html: str) -> None:
    (block,) = (text for _, attrs, text in Reader(html).blocks if attrs.get("id") == "page-data")
    data = unpacked(json.loads(block))
    features = data["features"]
    used = {row["feature"] for table in data["tables"] for row in table["rows"]}
    for layer in data["layers"]:
        used |= {key for area in layer.get("areas", []) for key in area.get("features", [])}
        used |= {place["feature"] for place in layer.get("places", [])}
        legend = {line["key"] for line in layer.get("legend", [])}
        parts = [*layer.get("areas", []), *layer.get("places", [])]
        assert {key for part in parts for key in part.get("legend", [])} <= legend
    for feature in features.values():
        for listing in feature["card"].get("lists", []):
            used |= {key for _, key in listing.get("items", []) if key}
    assert used <= set(features)


def test_a_background_map_is_off_until_switched_on_and_admits_its_host_only() -> None:
    study = toy_study(
        background_url="https://{s}.tiles.example/{z}/{x}/{y}.png", background_credit="© <b>Kort</b>"
    )
    html = clusters_page(study)
    reader = Reader(html)
    assert _policy(reader)["img-src"] == ["data:", "https://*.tiles.example"]
    script = next(text for kind, attrs, text in reader.blocks[::-1] if kind == "script" and not attrs)
    assert "tile_layer_background" in script
    assert "tile_layer_background.addTo" not in script
    assert "&lt;b&gt;" in script or "\\u0026lt;b\\u0026gt;" in script


def test_a_key_is_asked_of_the_reader_where_the_address_leaves_room() -> None:
    assert Background("https://tiles.example/{z}/{x}/{y}.png?token={key}").wants_key
    html = clusters_page(toy_study(background_url="https://tiles.example/{z}/{x}/{y}.png?token={key}"))
    assert 'id="background-key"' in html


def test_without_a_background_the_page_has_no_switch_for_one(html: str) -> None:
    assert 'id="background-on"' not in html


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("https://tiles.example/{z}/{x}/{y}.png", "https://tiles.example"),
        ("https://{s}.tiles.example:8443/{z}/{x}/{y}.png", "https://*.tiles.example:8443"),
    ],
)
def test_the_host_of_a_tile_address(address: str, host: str) -> None:
    assert image_host(address) == host


def test_leaflet_is_carried_whole_and_asks_for_nothing() -> None:
    assert "sourceMappingURL" not in leaflet_script()
    assert leaflet_script().startswith("/* @preserve\n * Leaflet 1.9")
    assert not re.search(r"url\((?!data:)", leaflet_style())
    assert leaflet_style().count("url(data:image/png;base64,") == 3


def test_a_policy_without_blocks_admits_none() -> None:
    assert "script-src 'none'" in content_policy([], [])


def test_values_become_plain_json() -> None:
    say = translator("da")
    value = {"a": np.int64(5), "b": np.float64("nan"), "c": pd.NA, "d": (msg("Close"), 2.0, True), "e": 1.25}
    assert plain(value, say) == {"a": 5, "b": None, "c": None, "d": ["Luk", 2, True], "e": 1.25}


def test_a_missing_value_is_kept_and_empty_defaults_are_dropped() -> None:
    say = translator("en")
    assert plain(Field("Area", None), say) == {"label": "Area", "value": None}
    assert plain(Layer("x", "X", visible=False), say) == {
        "key": "x",
        "title": "X",
        "visible": False,
        "control": True,
    }


def test_figures_of_the_start_page(start: str) -> None:
    reader = Reader(start)
    assert "2.101" in reader.words
    assert "31. december" not in reader.words
    assert "tables/clusters.csv" in [a.get("href") for a in reader.all_of("a")]


def test_a_picture_is_made_small_and_put_into_the_page(tmp_path: Path) -> None:
    from PIL import Image  # noqa: PLC0415

    picture = tmp_path / "map.png"
    Image.new("RGB", (1600, 1200), "#72aee8").save(picture)
    address, width, height = thumbnail(picture)
    assert (width, height) == (520, 390)
    assert address.startswith("data:image/png;base64,")
    assert thumbnail(picture)[0] == address
    html = index_page(toy_study(), cards=[PageCard("Kort", "", "clusters.html", picture)])
    assert [a["alt"] for a in Reader(html).all_of("img")] == [""]
