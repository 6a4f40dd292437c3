"""Every sentence for people has a Danish form with the same fields."""

import io
import re
from collections import Counter
from pathlib import Path
from string import Formatter
from typing import Final

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from maps.cli import app
from maps.commands.spoken import sentences
from pipeline.messages import CATALOGUES, Language, catalogue, format_number, msg, translator

ROOT = Path(__file__).resolve().parents[1]


def _sentences() -> list[tuple[str, int, str]]:
    found = []
    for room in ("pipeline", "maps"):
        rows = extract_from_dir(
            ROOT / room, method_map=[("**.py", "python")], keywords={"msg": None}, comment_tags=()
        )
        found += [(f"{room}/{name}", line, text) for name, line, text, *_ in rows]
    return found + [("help", 0, text) for text in sentences(app) if text]


def _fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_the_extraction_finds_sentences() -> None:
    assert len(_sentences()) > 100


def test_every_sentence_is_translated_to_danish() -> None:
    danish = catalogue("da")
    missing = [f"{name}:{line} {text!r}" for name, line, text in _sentences() if text not in danish]
    assert not missing, "\n".join(missing)


def test_a_translation_keeps_the_fields() -> None:
    broken = [text for text, danish in catalogue("da").items() if _fields(text) != _fields(danish)]
    assert not broken


def test_no_sentence_is_translated_twice() -> None:
    found = Counter(
        entry.id
        for path in (CATALOGUES / "da").glob("*.po")
        for entry in read_po(io.BytesIO(path.read_bytes()), locale="da")
        if entry.id
    )
    assert [text for text, times in found.items() if times > 1] == []


def test_no_catalogue_entry_is_left_over() -> None:
    used = {text for _, _, text in _sentences()}
    unused = [text for text in catalogue("da") if text not in used]
    assert not unused, "\n".join(unused)


@pytest.mark.parametrize(
    ("lang", "value", "decimals", "expected"),
    [("da", 5840045, 0, "5.840.045"), ("en", 5840045, 0, "5,840,045"), ("da", 12.345, 1, "12,3")],
)
def test_numbers_are_written_the_way_the_language_does(
    lang: str, value: float, decimals: int, expected: str
) -> None:
    assert format_number(value, decimals, lang=lang) == expected


def test_a_message_may_hold_another_message_and_a_number() -> None:
    inner = msg("no such file")
    outer = msg("{reason}: {count:n1} km", reason=inner, count=1234.56)
    assert str(outer) == "no such file: 1,234.6 km"
    assert translator("en")(outer) == str(outer)


def test_text_of_data_is_never_read_as_a_pattern() -> None:
    assert str(msg("{name} is in no cluster", name="{0.__class__}")) == "{0.__class__} is in no cluster"


@pytest.mark.parametrize(
    ("count", "told"), [(1, "1 gap"), (0, "0 gaps"), (2, "2 gaps"), (1.2, "1 gap"), (0.5, "0 gaps")]
)
def test_one_is_singular(count: float, told: str) -> None:
    assert str(msg("{count:n} {count:|gap|gaps}", count=count)) == told


COUNTED: Final = {
    "en": "people|practices|gaps|places|visits|functions|candidates|sites|clusters|files|nodes|links|rows|things|"
    "municipalities|hospitals|houses|areas|points|proposals|persons|patients|doctors|units|columns|layers|towns|"
    "pages|addresses|dwellings|cells|junctions|ferries|bridges|errors",
    "da": "borgere|personer|indbyggere|steder|praksisser|huller|funktioner|kandidater|klynger|filer|punkter|"
    "forbindelser|rækker|kommuner|hospitaler|sundhedshuse|områder|byer|læger|patienter|sygehuse|celler|sider|"
    "tabeller|advarsler|adresser|boliger|færger|broer|kolonner|besøger",
}
NEVER_ONE: Final = (
    "{counted:n} p",  # the people of a municipality
    "{by_age:n} p",  # the people of a country
    "{each:n1} p",  # too many at one address
    "{mean:n} ",  # people for each general practitioner
    "{count:n} best new places",  # one place has a sentence of its own
    "{count:n} bedste nye steder",
    "{low:n} to {high:n} ",
    "{low:n} til {high:n} ",
    "at most {",
    "højst {",
    "{tables:n} ",
    "{gps:n1} ",
    "{backup:n} ",
    "Region Hovedstaden",
    "{inferred:n} ",
)
"""Sentences whose number cannot be one."""


@pytest.mark.parametrize("lang", ["en", "da"])
def test_a_counted_word_has_a_form_for_one(lang: Language) -> None:
    counted = re.compile(rf"\{{\w+:n\d?\}} (?:\w+ )?(?:{COUNTED[lang]})\b")
    told = [(english if lang == "en" else danish) for english, danish in catalogue("da").items()]
    found = [text for text in told if counted.search(text) and not any(part in text for part in NEVER_ONE)]
    assert not found, "\n".join(found)
