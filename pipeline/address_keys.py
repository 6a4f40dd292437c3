"""Keys, passwords and users written out in addresses: where they must not stand, and masked in what is told.

One list of words holds for settings, messages, records and pages.
"""

import re
from typing import Final
from urllib.parse import unquote

_BEARING: Final = re.compile(
    r".*(key(?!word)|token|secret|signature|access|passw|passphrase|pwd|user|login|credential).*"
    r"|auth|authorization|pass|pw|sig",
    re.IGNORECASE,
)
"""What a parameter is called that lets its bearer in: ``apiKey``, ``X-Amz-Signature``, ``username`` …"""

_PAIR: Final = re.compile(r"(?<=[?&#;])([^=&#;?\s'\"]+)=([^&#;\s'\"]+)")
_PLACEHOLDER: Final = re.compile(r"\{\w+\}")
_USER: Final = re.compile(r"(?<=://)[^/?#\s'\"@]+@")


def keys_in(address: str) -> list[str]:
    """Name the parameters of an address that bear a key, ``@`` for a user before the host.

    A placeholder in braces in the place of a key is none.
    """
    named = [unquote(pair[1]) for pair in _PAIR.finditer(address) if _bears_key(pair)]
    return named + ["@"] * bool(_USER.search(address))


def without_keys(text: str) -> str:
    """Put ``***`` in the place of every key in the addresses of a text."""
    masked = _PAIR.sub(lambda pair: f"{pair[1]}=***" if _bears_key(pair) else pair[0], text)
    return _USER.sub("***@", masked)


def _bears_key(pair: re.Match[str]) -> bool:
    return bool(_BEARING.fullmatch(unquote(pair[1]))) and not _PLACEHOLDER.fullmatch(pair[2])
