"""Turn a paper's texts, numbers and missing values into words that every format can hold."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from maps.files.printable import printable
from maps.paper.model import Table
from maps.web.parts import Credit, Field, Text, Value, plain
from pipeline.messages import Language, Message, Translator, msg, translator

_BLANK: Final = re.compile(r"[ \t\r\n\u2028\u2029]+")

NOT_STATED: Final = msg("not stated")
_WIDE: Final = 44  # letters that a column asks for at most
_LETTERS: Final = 118  # letters on a line of a table as wide as the page
_BOLD: Final = 1.2  # width of a bold letter
_PAD: Final = 2.5  # letters' room between two columns


@dataclass(frozen=True, slots=True)
class Figure:
    """A key figure in words."""

    label: str
    value: str
    mark: str
    caution: bool


@dataclass(frozen=True, slots=True)
class Wording:
    """Writes texts and values of one language.

    Control characters, which neither XML nor PDF can hold, become spaces.
    """

    say: Translator

    @classmethod
    def of(cls, lang: Language) -> "Wording":
        """Give the wording of a language."""
        return cls(translator(lang))

    def text(self, text: Text) -> str:
        """Write a text on one line."""
        told = self.say(text) if isinstance(text, Message) else text
        return _BLANK.sub(" ", printable(told, " ")).strip()

    def texts(self, texts: Sequence[Text]) -> list[str]:
        """Write several texts, without empty ones."""
        return [told for text in texts if (told := self.text(text))]

    def value(self, value: Value, decimals: int = 0) -> str:
        """Write a number as the language does, a missing value as not stated, an empty one as a dash."""
        known = plain(value, self.say)
        if known is None:
            return self.text(NOT_STATED)
        if isinstance(known, bool):
            return self.text(msg("yes") if known else msg("no"))
        if isinstance(known, int | float):
            return self.say.number(known, decimals)
        return self.text(str(known)) or "–"

    def figure(self, field: Field) -> Figure:
        """Write a key figure; its unit stands behind the value."""
        parts = (self.value(field.value, field.decimals), self.text(field.unit))
        return Figure(
            self.text(field.label),
            "\u00a0".join(part for part in parts if part),
            self.text(field.mark),
            field.caution,
        )

    def heads(self, table: Table) -> list[str]:
        """Write a table's header."""
        return self.texts_of(column.title for column in table.columns)

    def rows(self, table: Table) -> list[list[str]]:
        """Write a table's cells.

        Raises
        ------
        ValueError
            A row has more or fewer cells than the table has columns.
        """
        return [
            [self.value(cell, column.decimals) for cell, column in zip(row, table.columns, strict=True)]
            for row in table.rows
        ]

    def credit(self, credit: Credit) -> str:
        """Write a source with its licence and address."""
        return " · ".join(self.texts((credit.text, credit.licence, credit.address)))

    def texts_of(self, texts: Iterable[Text]) -> list[str]:
        """Write several texts, empty ones too."""
        return [self.text(text) for text in texts]


def shares(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[float]:
    """Share a table's width out among its columns: first room for the longest word of each, then by length.

    Returns
    -------
    list of float
        Parts of the width; they sum to 1.
    """
    least, wanted = [], []
    for number, head in enumerate(heads):
        cells = [row[number] for row in rows]
        words = [
            *(_BOLD * len(word) for word in head.split()),
            *(len(w) for cell in cells for w in cell.split()),
        ]
        least.append(float(min(max(words, default=1), _WIDE)) + _PAD)
        wanted.append(max(least[-1], min(max(map(len, cells), default=0), _WIDE) + _PAD))
    spare = max(_LETTERS - sum(least), 0.0)
    more = [want - need for want, need in zip(wanted, least, strict=True)]
    whole = sum(more)
    widths = [
        need + (spare * extra / whole if whole else 0.0) for need, extra in zip(least, more, strict=True)
    ]
    return [width / sum(widths) for width in widths]
