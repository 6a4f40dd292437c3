"""Keep a page to itself: libraries inlined, data that cannot break out, a policy that forbids the rest."""

import base64
import hashlib
import json
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from xstatic.pkg import leaflet

ASSETS: Final = Path(__file__).parent / "assets"
LEAFLET: Final = Path(leaflet.BASE_DIR)

_IMAGE: Final = re.compile(r"url\(([\w./-]+\.png)\)")
_SOURCE_MAP: Final = re.compile(r"//# sourceMappingURL=.*")
_OLD_BEHAVIOR: Final = re.compile(r"\s*behavior: url\(#default#VML\);")
_BREAKING: Final = {ord(c): f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"}


def data_uri(content: bytes, kind: str) -> str:
    """Write bytes as a ``data:`` address of a media type such as ``image/png``."""
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


@cache
def asset(name: str) -> str:
    """Read one of the page's own style sheets or scripts."""
    return (ASSETS / name).read_text(encoding="utf-8")


@cache
def leaflet_script() -> str:
    """Leaflet's script as its package carries it, without the pointer to its source map."""
    return _SOURCE_MAP.sub("", (LEAFLET / "leaflet.js").read_text(encoding="utf-8")).strip() + "\n"


@cache
def leaflet_style() -> str:
    """Leaflet's style sheet with its images inside."""

    def inline(found: re.Match[str]) -> str:
        return f"url({data_uri((LEAFLET / found[1]).read_bytes(), 'image/png')})"

    sheet = (LEAFLET / "leaflet.css").read_text(encoding="utf-8").replace("\r\n", "\n")
    return _IMAGE.sub(inline, _OLD_BEHAVIOR.sub("", sheet))


def json_block(block_id: str, value: Any) -> str:  # noqa: ANN401
    """Write data as a script block that no text within can end or turn into markup.

    ``<``, ``>``, ``&`` and the two line separators of Unicode are written as JSON escapes, so that a name
    like ``</script>`` stays a name.
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return f'<script type="application/json" id="{block_id}">{text.translate(_BREAKING)}</script>'


def script_block(code: str) -> str:
    """Write a script of the project's own.

    Raises
    ------
    ValueError
        The code holds ``</script`` and would end early.
    """
    if "</script" in code.lower():
        raise ValueError("a script must not hold </script")
    return f"<script>{code}</script>"


def digest(text: str) -> str:
    """Give the hash by which a policy admits one inline block."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def content_policy(scripts: Iterable[str], styles: Iterable[str], image_hosts: Iterable[str] = ()) -> str:
    """Content Security Policy that admits exactly these inline blocks and, beyond data, these image hosts.

    Parameters
    ----------
    scripts, styles
        Content of the inline blocks, to the letter.
    image_hosts
        Origins of a background map, ``https://host``; empty for a page that never asks anybody.
    """
    rules = {
        "default-src": ["'none'"],
        "script-src": sorted({digest(text) for text in scripts}) or ["'none'"],
        "style-src": sorted({digest(text) for text in styles}) or ["'none'"],
        "img-src": ["data:", *sorted(set(image_hosts))],
        "connect-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'none'"],
    }
    return "; ".join(f"{rule} {' '.join(words)}" for rule, words in rules.items())


def image_host(template: str) -> str:
    """Find the origin that a tile address like ``https://{s}.tiles.example/{z}/{x}/{y}.png`` asks."""
    host = re.sub(r"^\{\w+\}", "*", urlsplit(template).netloc)
    return f"https://{host}"
