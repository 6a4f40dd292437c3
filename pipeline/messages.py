"""Text for people, in Danish or English: written once in English, translated from message catalogues.

Code that finds something worth telling builds a `Message`; only the edge (command line, pages, figures)
turns it into text with a `Translator`. A field may carry the format ``n``, ``n1``, ``n2`` … for a number
written the way the language does, with that many decimals; ``|place|places`` writes the first word where
the number is one and the second where it is not, which is the rule of both languages (Unicode CLDR).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from string import Formatter
from typing import Any, Final, Literal, get_args

from babel.messages.pofile import read_po
from babel.numbers import format_decimal

Language = Literal["da", "en"]
LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)
LOCALES: Final[Mapping[Language, str]] = {"da": "da_DK", "en": "en_GB"}
CATALOGUES: Final = Path(__file__).parent / "locale"


@lru_cache(maxsize=65_536)
def format_number(value: float, decimals: int = 0, *, lang: Language = "en") -> str:
    """Write a number the way the language does.

    Parameters
    ----------
    value
        Any finite number.
    decimals
        Digits after the decimal mark, always shown.
    lang
        ``da`` writes ``5.840.045`` and ``12,5``; ``en`` writes ``5,840,045`` and ``12.5``.
    """
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    return str(format_decimal(value, format=pattern, locale=LOCALES[lang]))


class _LocalFormatter(Formatter):
    def __init__(self, lang: Language) -> None:
        self.lang = lang

    def format_field(self, value: Any, format_spec: str) -> str:  # noqa: ANN401
        if format_spec.startswith("n") and format_spec[1:].isdigit() | (format_spec == "n"):
            return format_number(value, int(format_spec[1:] or 0), lang=self.lang)
        if format_spec.startswith("|"):
            one, more = format_spec[1:].split("|")
            return one if abs(value - 1) < 0.5 else more  # whatever is written as 1; never NaN
        return str(super().format_field(value, format_spec))


@dataclass(frozen=True, slots=True)
class Message:
    """A sentence with named fields, in English until a `Translator` writes it."""

    text: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return translator("en")(self)


@dataclass(frozen=True, slots=True)
class Bilingual:
    """Text of the data that is there in both languages, as a value in a message."""

    da: str
    en: str

    def __str__(self) -> str:
        return self.en


def msg(text: str, **values: Any) -> Message:  # noqa: ANN401
    """Mark `text` for translation and keep its values; fields may themselves be messages.

    Examples
    --------
    >>> str(msg("{people:n} people in {name}", people=12345, name="Ærø"))
    '12,345 people in Ærø'
    """
    return Message(text, values)


@cache
def catalogue(lang: Language) -> Mapping[str, str]:
    """Read every message of a language, English → `lang`, from ``locale/<lang>/*.po``."""
    found: dict[str, str] = {}
    for path in sorted((CATALOGUES / lang).glob("*.po")):
        with path.open("rb") as file:
            for entry in read_po(file, locale=lang):
                if entry.id and entry.string and isinstance(entry.id, str) and isinstance(entry.string, str):
                    found[entry.id] = entry.string
    return found


@dataclass(frozen=True, slots=True)
class Translator:
    """Turns messages into text of one language."""

    lang: Language

    def __call__(self, message: Message | str) -> str:
        """Translate a message (or a bare sentence without fields); the English stands where none is known."""
        if isinstance(message, str):
            return message if self.lang == "en" else catalogue(self.lang).get(message, message)
        text = message.text if self.lang == "en" else catalogue(self.lang).get(message.text, message.text)
        if not message.values and "{" not in text and "}" not in text:
            return text
        values = {key: self._value(value) for key, value in message.values.items()}
        return _LocalFormatter(self.lang).vformat(text, (), values)

    def _value(self, value: Any) -> Any:  # noqa: ANN401
        if isinstance(value, Message):
            return self(value)
        return getattr(value, self.lang) if isinstance(value, Bilingual) else value

    def number(self, value: float, decimals: int = 0) -> str:
        """Write a number the way the language does."""
        return format_number(value, decimals, lang=self.lang)


@cache
def translator(lang: Language) -> Translator:
    """Give the translator of a language."""
    return Translator(lang)
