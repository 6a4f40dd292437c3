"""Code words of the tables as people read them, and dates as the language writes them."""

import datetime as dt
from collections.abc import Mapping
from typing import Final

import pandas as pd
from babel.dates import format_date

from pipeline.messages import LOCALES, Language, Message, msg

HOSPITAL_ROLES: Final[Mapping[str, Message]] = {
    "acute": msg("Acute hospital"),
    "non_acute": msg("Hospital without emergency department"),
    "planned": msg("Planned hospital"),
    "closed": msg("Closed hospital"),
}

HOUSE_ROLES: Final[Mapping[str, Message]] = {
    "open": msg("Health house"),
    "planned": msg("Planned health house"),
    "granted": msg("Health house with a grant, not built"),
    "replaced": msg("Health house that another has replaced"),
    "closed": msg("Closed health house"),
}

OWNERS: Final[Mapping[str, Message]] = {
    "region": msg("the region"),
    "municipality": msg("the municipality"),
    "mixed": msg("region and municipality together"),
    "other": msg("others"),
}
"""An owner that is not known has no word: it is told as not stated."""

BUILD_TYPES: Final[Mapping[str, Message]] = {
    "new": msg("new building"),
    "renovated": msg("renovated building"),
}

POINT_PRECISIONS: Final[Mapping[str, Message]] = {
    "address": msg("the address"),
    "street": msg("the street"),
    "site": msg("the site"),
    "town": msg("the middle of the town"),
    "estimate": msg("estimated"),
}

ROUGH_POINTS: Final = frozenset({"town", "estimate"})
"""Points that do not stand where the house does."""

SECTORS: Final[Mapping[str, Message]] = {
    "region": msg("Regional"),
    "municipality": msg("Municipal"),
    "private": msg("Private"),
    "voluntary": msg("Voluntary"),
}


def word(words: Mapping[str, Message], code: object) -> Message | str | None:
    """Say a code word; an unknown one stands as it is, a missing or ``unknown`` one is None (not stated)."""
    if code is None or pd.isna(code) or code in {"", "unknown", "none"}:  # type: ignore[call-overload]
        return None
    return words.get(str(code), str(code))


def long_date(day: dt.date, lang: Language) -> str:
    """Write a day in words, for example ``31. december 2018``."""
    return str(format_date(day, "long", locale=LOCALES[lang]))


def short_date(day: dt.date, lang: Language) -> str:
    """Write a day where there is little room, for example ``31. dec. 2018``."""
    return str(format_date(day, "medium", locale=LOCALES[lang]))


def note_text(note: object, note_da: object, lang: Language) -> str | None:
    """Give a row's note: for Danish readers its Danish form, where there is one."""
    return (text_or_none(note_da) if lang == "da" else None) or text_or_none(note)


def text_or_none(value: object) -> str | None:
    """Give a table's text, or None where it is missing or blank."""
    return None if value is None or pd.isna(value) or not str(value).strip() else str(value)  # type: ignore[call-overload]
