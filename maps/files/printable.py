"""Text that every kind of file can hold: XML, fonts and spreadsheets know no control characters."""

import re
from typing import Final

_UNPRINTABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def printable(text: str, stead: str = "") -> str:
    """Put `stead` for control characters (tab and line breaks stay), lone surrogates and non-characters."""
    return _UNPRINTABLE.sub(stead, text)
