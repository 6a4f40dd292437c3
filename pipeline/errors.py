"""The errors a user can cause, told so that the user can mend them.

Each error inherits from `KlyngekortError` and from the built-in kind it is a case of. An error gathers *all*
faults of an input, and each fault says where it is, what was found, what was expected and how to mend it.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from pipeline.messages import Language, Message, translator

Text = Message | str


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with an input.

    Parameters
    ----------
    source
        The file or setting file, as the user named it.
    where
        The row, key, column or layer.
    found, expected, mend
        What stands there, what should, and what the user can do.
    """

    source: str
    where: Text
    found: Text
    expected: Text
    mend: Text

    def text(self, lang: Language = "en") -> str:
        """Write the fault as a heading and three short lines."""
        say = translator(lang)
        labels = {"da": ("fandt", "ventede", "løsning"), "en": ("found", "expected", "mend")}[lang]
        told = (say(self.found), say(self.expected), say(self.mend))
        head = f"{self.source}: {say(self.where)}" if str(self.where) else self.source
        return "\n".join([head, *(f"    {label}: {part}" for label, part in zip(labels, told, strict=True))])


class KlyngekortError(Exception):
    """Anything that Klyngekort refuses; a subclass says what."""


class InputError(KlyngekortError, ValueError):
    """One input with one or more faults; exit code 2 on the command line."""

    def __init__(self, faults: Fault | Iterable[Fault]) -> None:
        self.faults = (faults,) if isinstance(faults, Fault) else tuple(faults)
        super().__init__(self.text())

    def text(self, lang: Language = "en") -> str:
        """Write every fault, one after the other."""
        return "\n".join(fault.text(lang) for fault in self.faults)


class SettingsError(InputError):
    """The settings file holds unknown keys, wrong types or values out of range."""


class MissingInputError(InputError, FileNotFoundError):
    """A file named in the settings does not exist or cannot be read."""


class LimitError(InputError):
    """A file that asks for more than the limits of the settings allow."""


class CRSError(InputError):
    """A layer without CRS, or with one that its coordinates contradict."""


class TableError(InputError):
    """A table breaks its contract: a column, a key, a range or a reference."""


class GeometryError(InputError):
    """A geometry that cannot be mended."""


class RoadError(InputError):
    """A road extract or line layer that cannot become a network."""


class FetchError(InputError):
    """A layer that could not be fetched, or is not what it should be; files that were there are untouched."""


class OutputError(KlyngekortError, OSError):
    """Results could not be written; earlier results are untouched."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        super().__init__(fault.text())

    def text(self, lang: Language = "en") -> str:
        """Write the fault in the reader's language."""
        return self.fault.text(lang)


class FindingError(KlyngekortError, RuntimeError):
    """The inputs are in order, but a check found something that stops the run; exit code 1."""

    def __init__(self, findings: Iterable[Text]) -> None:
        self.findings = tuple(findings)
        super().__init__("\n".join(str(finding) for finding in self.findings))

    def text(self, lang: Language = "en") -> str:
        """Write every finding, one a line."""
        return "\n".join(translator(lang)(finding) for finding in self.findings)
