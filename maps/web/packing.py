"""Write what stands in a page's data many times only once: sentences, fields and lists that cards share."""

from collections.abc import Hashable
from json import dumps
from json.encoder import encode_basestring
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
    parts = _Parts()
    whole = parts.add(value)
    parts.count(whole)
    return {"data": parts.packed(whole), "shared": parts.shared}


class _Parts:
    """Every different part once: a number for it, what it is, how long it is as JSON, and how often it is."""

    def __init__(self) -> None:
        self.shared: list[Any] = []
        self._numbers: dict[Hashable, int] = {}
        self._values: list[Any] = []
        self._children: list[tuple[int, ...]] = []
        self._lengths: list[int] = []
        self._times: list[int] = []
        self._places: dict[int, int] = {}

    def add(self, value: Any) -> int:  # noqa: ANN401
        """Give a value and all within it numbers; equal values have the same one."""
        if isinstance(value, dict):
            children = tuple([self.add(part) for part in value.values()])
            names = tuple(value)
            length = 1 + sum(len(encode_basestring(name)) + 2 for name in names)
            return self._numbered((dict, names, children), value, children, max(length, 2))
        if isinstance(value, list | tuple):
            children = tuple([self.add(part) for part in value])
            return self._numbered((list, children), value, children, max(1 + len(children), 2))
        if isinstance(value, str):
            return self._numbered(value, value, (), len(encode_basestring(value)))
        text = dumps(value)
        return self._numbered((text,), value, (), len(text))

    def _numbered(self, key: Hashable, value: Any, children: tuple[int, ...], length: int) -> int:  # noqa: ANN401
        number = self._numbers.setdefault(key, len(self._values))
        if number == len(self._values):
            self._values.append(value)
            self._children.append(children)
            self._lengths.append(length + sum(self._lengths[child] for child in children))
            self._times.append(0)
        return number

    def count(self, number: int) -> None:
        """Count a part, and what is within it the first time only."""
        self._times[number] += 1
        if self._times[number] == 1:
            for child in self._children[number]:
                self.count(child)

    def packed(self, number: int) -> Any:  # noqa: ANN401
        """Write a part, or what points to it where it is repeated and long enough."""
        value = self._values[number]
        if (
            not isinstance(value, dict | list | tuple | str)
            or self._lengths[number] < _SHORTEST
            or self._times[number] < 2
        ):
            return self._inside(number)
        if number not in self._places:
            part = self._inside(number)
            self._places[number] = len(self.shared)
            self.shared.append(part)
        return {MARK: self._places[number]}

    def _inside(self, number: int) -> Any:  # noqa: ANN401
        value = self._values[number]
        if isinstance(value, dict):
            return dict(zip(value, map(self.packed, self._children[number]), strict=True))
        if isinstance(value, list | tuple):
            return [self.packed(child) for child in self._children[number]]
        return value
