"""Every table and layer has a publisher, terms and a credit line; a broken list is refused as a whole."""

import re
from pathlib import Path

import pytest

from pipeline.errors import MissingInputError, SettingsError
from pipeline.sources import SOURCES, Source, credit_lines, load_sources
from pipeline.tables import BUNDLED_TABLES

BLOCK = """
[[source]]
id = "a"
kind = "table"
title_da = "En tabel"
title_en = "A table"
publisher = "Somebody"
address = "https://www.example.dk/a"
address_tried = false
licence = "CC BY 4.0"
credit = "Kilde: Nogen"
version = "2026"
precision = "register"
used_for = ["clusters"]
"""

DOWNLOADS = {
    "dagi",
    "gisco-lau",
    "gisco-healthcare",
    "geoboundaries",
    "geofabrik-denmark",
    "geostat-grid-2021",
    "worldpop",
    "ghs-pop",
    "statbank-folk1a",
    "sor",
    "voting-areas",
    "provider-register",
}


@pytest.fixture(scope="module")
def sources() -> dict[str, Source]:
    return load_sources()


def test_every_bundled_table_and_the_boundaries_are_listed(sources: dict[str, Source]) -> None:
    assert {name for name, source in sources.items() if source.kind == "table"} == set(BUNDLED_TABLES)
    assert {name for name, source in sources.items() if source.kind == "layer"} == {"municipality-areas"}
    assert {name for name, source in sources.items() if source.kind == "download"} == DOWNLOADS


def test_no_address_claims_to_have_been_called(sources: dict[str, Source]) -> None:
    assert not [name for name, source in sources.items() if source.address_tried]
    assert [name for name, source in sources.items() if not source.address] == ["reference_drive_times"]


def test_the_boundaries_credit_their_author_and_are_marked_approximate(sources: dict[str, Source]) -> None:
    areas = sources["municipality-areas"]
    assert (areas.version, areas.licence, areas.precision) == ("1.0.0", "MIT", "approximate")
    assert "Martin Polley" in areas.credit


def test_titles_follow_the_language(sources: dict[str, Source]) -> None:
    assert sources["hospitals"].title("da") == "Hospitaler"
    assert sources["hospitals"].title("en") == "Hospitals"
    assert not [name for name, source in sources.items() if source.title_da == source.title_en]


def test_terms_of_bundled_sources_are_told_in_both_languages(sources: dict[str, Source]) -> None:
    same_in_both = re.compile(r"(MIT|CC BY 4\.0|[\d.]+) \((20\d\d|[\d.]+|som pakket .*)\)")
    english = {
        source.id: source.terms("da")
        for source in sources.values()
        if source.kind != "download"
        and source.terms("da") == source.terms("en")
        and not same_in_both.fullmatch(source.terms("da"))
    }
    assert not english
    assert sources["schemes"].terms("da") == "samlet af projektet (MIT) (2018, 2022 og 2027)"
    assert sources["schemes"].terms("en") == "compiled by the project (MIT) (2018, 2022 and 2027)"


def test_a_source_does_not_change_after_reading(sources: dict[str, Source]) -> None:
    with pytest.raises(ValueError, match="frozen"):
        sources["hospitals"].credit = "mine"  # type: ignore[misc]


def test_credits_stand_once_in_the_order_of_use(sources: dict[str, Source]) -> None:
    lines = credit_lines(sources, ["hospitals", "clusters", "hospitals"])
    assert lines == (sources["hospitals"].credit, sources["clusters"].credit)
    with pytest.raises(KeyError):
        credit_lines(sources, ["no-such-layer"])


def told(tmp_path: Path, text: str) -> list[tuple[str, str, str, str]]:
    path = tmp_path / "sources.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        load_sources(path)
    return [(str(f.where), str(f.found), str(f.expected), str(f.mend)) for f in caught.value.faults]


def test_a_good_list_is_read_in_its_order(tmp_path: Path) -> None:
    path = tmp_path / "sources.toml"
    path.write_text(BLOCK.replace('"a"', '"b"') + BLOCK)
    assert list(load_sources(path)) == ["b", "a"]


def test_all_faults_of_a_list_come_at_once(tmp_path: Path) -> None:
    text = (
        BLOCK.replace('precision = "register"', 'precision = "exact"')
        + BLOCK.replace('credit = "Kilde: Nogen"', 'credit = " "\nlicense = "MIT"')
        + BLOCK.replace("https://www.example.dk/a", "example").replace('publisher = "Somebody"\n', "")
    )
    faults = told(tmp_path, text)
    assert [
        (where, mend) for where, _, _, mend in faults if where.endswith(("precision", "publisher", "license"))
    ] == [
        ("source.0.precision", "see source.precision in geodata/sources.toml"),
        ("source.1.license", "did you mean licence?"),
        ("source.2.publisher", "add the key source.2.publisher"),
    ]
    wheres = {where for where, *_ in faults}
    assert {"source.1.credit", "source.2.address", "source.id = a"} <= wheres
    assert (
        "source.id = a",
        "3 blocks with this id",
        "each id once",
        "rename or delete all but one of them",
    ) in faults


@pytest.mark.parametrize("text", ["", "title = 1", "source = 3", "[source]\nid = 'a'"])
def test_a_list_without_blocks_is_refused(tmp_path: Path, text: str) -> None:
    assert [where for where, *_ in told(tmp_path, text) if where.startswith("source")]


def test_a_list_that_is_not_toml_or_not_there_is_refused(tmp_path: Path) -> None:
    assert told(tmp_path, "[[source]\n")[0][1].startswith("not valid TOML")
    with pytest.raises(MissingInputError, match="no such file"):
        load_sources(tmp_path / "none.toml")


def test_the_bundled_list_is_plain_text_with_line_feeds() -> None:
    assert b"\r" not in SOURCES.read_bytes()


def test_what_ships_is_credited_in_both_languages() -> None:
    bundled = [source for source in load_sources().values() if source.kind != "download"]
    assert bundled
    for source in bundled:
        assert source.credited("da") == source.credit
        same = source.credit == "GeoNames (CC BY 4.0)"  # a name, in any language
        assert (source.credited("en") == source.credit) == same
