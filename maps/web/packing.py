"""Write what stands in a page's data many times only once: sentences, fields and lists that cards share."""

import json
from collections import Counter
from typing import Any, Final

MARK: Final = "$"
"""Key of an object that stands for a shared part: its value is the part's number."""

_SHORTEST: Final = 14
"""Parts shorter than this as JSON are cheaper repeated than pointed to."""


def pack(value: Any) -> dict[str, Any]:  # noqa: ANN401
    """Take repeated parts out of plain JSON data.

    Parameters
    ----------
    value
        Dicts, lists, text and numbers; no dict has the key `MARK`.

    Returns
    -------
    dict
        ``shared``, the repeated parts, each of which points to earlier ones only, and ``data``, where
        ``{MARK: number}`` stands for a part. The page's script puts them back (``kk.unpack``).
    """
    times: Counter[str] = Counter()
    _count(value, times)
    places: dict[str, int] = {}
    shared: list[Any] = []
    return {"data": _packed(value, times, places, shared), "shared": shared}


def _key(value: Any) -> str:  # noqa: ANN401
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _children(value: Any) -> list[Any]:  # noqa: ANN401
    if isinstance(value, dict):
        return list(value.values())
    return list(value) if isinstance(value, list | tuple) else []


def _count(value: Any, times: Counter[str]) -> None:  # noqa: ANN401
    """Count parts, those within a repeated part only once."""
    if not isinstance(value, dict | list | tuple | str):
        return
    key = _key(value)
    times[key] += 1
    if times[key] == 1:
        for child in _children(value):
            _count(child, times)


def _packed(value: Any, times: Counter[str], places: dict[str, int], shared: list[Any]) -> Any:  # noqa: ANN401
    if not isinstance(value, dict | list | tuple | str):
        return value
    key = _key(value)
    if len(key) < _SHORTEST or times[key] < 2:
        return _inside(value, times, places, shared)
    if key not in places:
        part = _inside(value, times, places, shared)
        places[key] = len(shared)
        shared.append(part)
    return {MARK: places[key]}


def _inside(value: Any, times: Counter[str], places: dict[str, int], shared: list[Any]) -> Any:  # noqa: ANN401
    if isinstance(value, dict):
        return {name: _packed(part, times, places, shared) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_packed(part, times, places, shared) for part in value]
    return value
