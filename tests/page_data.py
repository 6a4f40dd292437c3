"""Reads the data of a page the way its script does."""

from typing import Any

from maps.web.packing import MARK


def unpacked(packed: dict[str, Any]) -> Any:
    """Put shared parts back where `maps.web.packing.pack` took them out."""
    parts: list[Any] = []

    def whole(value: Any) -> Any:
        if isinstance(value, list):
            return [whole(part) for part in value]
        if not isinstance(value, dict):
            return value
        return parts[value[MARK]] if MARK in value else {name: whole(part) for name, part in value.items()}

    for part in packed["shared"]:
        parts.append(whole(part))  # noqa: PERF401  each part rests on those before
    return whole(packed["data"])
