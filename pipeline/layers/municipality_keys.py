"""Find the municipality key of a layer: which column holds it, and which municipality each row means."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import pandas as pd

from pipeline.errors import Fault
from pipeline.messages import msg

__all__ = ["KeyColumn", "code_of", "find_key", "key_faults", "municipality_names", "skeleton"]

COUNTRY: Final = "CNTR_CODE"
"""Column with the country in Eurostat's LAU files; rows of other countries are left out."""

CODE: Final = re.compile(r"(?:DK[ _-]?)?0*([0-9]{3,4})(?:\.0+)?")
LETTERS: Final = str.maketrans({"å": "aa", "ø": "oe", "æ": "ae", "ö": "oe", "ä": "ae", "ü": "ue", "ð": "d"})
ENDING: Final = re.compile(r"\s*\b(by\s+|regions\s*)?(kommune|municipality)$")
OTHER_NAMES: Final = {
    "0101": ("Copenhagen", "Kopenhagen"),
    "0370": ("Naestved",),
    "0400": ("Bornholms Regions",),
    "0411": ("Ertholmene",),
    "0810": ("Brønderslev-Dronninglund",),
}
"""Names in use besides the official one, without the word for municipality."""

LEAST_SHARE: Final = 0.5
"""Share of the municipalities that a column must name to be taken for the key."""

MOST_FAULTS: Final = 12


@dataclass(frozen=True, slots=True)
class KeyColumn:
    """The column that says which municipality a row belongs to.

    Parameters
    ----------
    column
        Its name in the file.
    kind
        Whether it holds codes or names.
    codes
        ``municipality_code`` of every row, missing where the value is empty or unknown; the layer's index.
    explained
        How many municipalities it names.
    """

    column: str
    kind: Literal["code", "name"]
    codes: pd.Series
    explained: int


def code_of(value: object) -> str | None:
    """Read a municipality code however it is written: 101, 101.0, "0101", "DK_101", "DK0101".

    Examples
    --------
    >>> code_of("DK_101"), code_of(751), code_of("Aarhus")
    ('0101', '0751', None)
    """
    found = CODE.fullmatch(str(value).strip().upper())
    return found[1].zfill(4) if found else None


def skeleton(name: str) -> str:
    """Reduce a name to what its spellings share.

    Case, spaces, hyphens and the word *kommune* go; å and aa, ø and oe and o, æ and ae and a become one.

    Examples
    --------
    >>> skeleton("Århus Kommune") == skeleton("AARHUS"), skeleton("Høje Taastrup") == skeleton("Høje-Tåstrup")
    (True, True)
    """
    text = unicodedata.normalize("NFC", name).casefold().strip()
    text = ENDING.sub("", text).translate(LETTERS)
    text = "".join(c for c in unicodedata.normalize("NFKD", text) if c.isascii() and c.isalnum())
    return text.replace("aa", "a").replace("oe", "o").replace("ae", "a")


def municipality_names(municipalities: pd.DataFrame) -> dict[str, str]:
    """Every spelling's skeleton → municipality code; a genitive s more or less makes no difference.

    Parameters
    ----------
    municipalities
        ``municipality_code`` and ``name``.
    """
    names: dict[str, str] = {}
    for code, name in zip(municipalities["municipality_code"], municipalities["name"], strict=True):
        for spelling in (name, *OTHER_NAMES.get(code, ())):
            bare = skeleton(spelling)
            for variant in (bare, f"{bare}s", bare.removesuffix("s")):
                names.setdefault(variant, code)
    return names


def find_key(
    layer: pd.DataFrame,
    municipalities: pd.DataFrame,
    column: str | None = None,
    *,
    least: int | None = None,
) -> tuple[KeyColumn | None, KeyColumn | None]:
    """Choose the column that explains most municipalities, and the best column of the other kind.

    Parameters
    ----------
    layer
        The layer's rows without geometry.
    municipalities
        ``municipality_code`` and ``name`` of those to be found.
    column
        The user's choice, which must exist.
    least
        Fewest municipalities that the key names; half of them when left out, 1 in the user's own choice.

    Returns
    -------
    key, witness
        The key, or None if no column names half the municipalities; and, for cross-checking, the best column
        of the other kind (codes beside names or names beside codes), if any is as good.
    """
    expected = set(municipalities["municipality_code"])
    names = municipality_names(municipalities)
    columns = [column] if column is not None else list(layer.columns)
    keys = [key for name in columns for key in _readings(layer[name], expected, names)]
    fewest = LEAST_SHARE * len(expected) if column is None else 1
    keys = [key for key in keys if key.explained >= (fewest if least is None else least)]
    if not keys:
        return None, None
    best = max(keys, key=_merit)
    others = [
        key
        for name in layer.columns
        for key in _readings(layer[name], expected, names)
        if key.kind != best.kind and key.explained >= 0.9 * best.explained
    ]
    return best, max(others, key=_merit, default=None)


def _merit(key: KeyColumn) -> tuple[int, int, bool]:
    return key.explained, int(key.codes.notna().sum()), key.kind == "code"


def _readings(values: pd.Series, expected: set[str], names: dict[str, str]) -> list[KeyColumn]:
    """Read a column as codes and as names; equal values are read once."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        values = values.astype(values.cat.categories.dtype)
    mixed = values.dtype == object and bool(
        values.dropna().map(lambda value: isinstance(value, str | int)).all()
    )
    text = pd.api.types.is_string_dtype(values) or mixed
    if not (text or pd.api.types.is_numeric_dtype(values)):
        return []
    distinct = pd.Series(values.dropna().unique())
    as_code = {value: code for value in distinct if (code := code_of(value)) in expected}
    readings = [_reading(values, "code", as_code)]
    if text:
        as_name = {value: code for value in distinct if (code := names.get(skeleton(str(value)))) is not None}
        readings.append(_reading(values, "name", as_name))
    return readings


def _reading(values: pd.Series, kind: Literal["code", "name"], known: Mapping[Any, str]) -> KeyColumn:
    codes = values.map(known).astype("str").where(values.isin(list(known)))
    return KeyColumn(str(values.name), kind, codes, int(codes.nunique()))


def key_faults(layer: pd.DataFrame, key: KeyColumn, witness: KeyColumn | None, source: str) -> list[Fault]:
    """Tell rows with an empty or unknown key, and rows whose code and name disagree."""
    values = layer[key.column]
    faults = []
    empty = values.isna() | (values.astype("str").str.strip() == "")
    if empty.any():
        rows = ", ".join(str(row + 1) for row in empty.to_numpy().nonzero()[0][:MOST_FAULTS])
        where = msg("features {rows}, column {column}", rows=rows, column=key.column)
        mend = msg("fill in the municipality code, or remove these features")
        faults.append(Fault(source, where, msg("empty"), msg("a municipality code or name"), mend))
    unknown = values[key.codes.isna() & ~empty]
    for value, features in list(unknown.groupby(unknown, sort=True))[:MOST_FAULTS]:
        where = msg("feature {row}, column {column}", row=int(features.index[0]) + 1, column=key.column)
        mend = msg("correct it, or remove the feature; municipalities of before 2007 are not known here")
        faults.append(
            Fault(source, where, str(value), msg("the code or name of a Danish municipality"), mend)
        )
    if witness is not None:
        both = key.codes.notna() & witness.codes.notna()
        columns = [key.column, witness.column]
        differing = layer.loc[both & (key.codes != witness.codes), columns].astype("str")
        for row, pair in zip(differing.index[:MOST_FAULTS], differing.to_numpy(), strict=False):
            where = msg("feature {row}", row=row + 1)
            told = ", ".join(f"{column} {value}" for column, value in zip(columns, pair, strict=True))
            mend = msg("correct the one that is wrong, or name the key column in the settings")
            faults.append(Fault(source, where, told, msg("code and name of the same municipality"), mend))
    return faults
