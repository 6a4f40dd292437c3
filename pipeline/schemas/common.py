"""What every table contract is built from: typed columns with a meaning, keys, references and row rules.

A contract is a strict pandera schema plus what pandera has no word for: the key, the references to other
tables and the sentences that tell a user how to mend a row. Column helpers keep unit, limits and words in the
column's ``metadata``, so that messages and the data dictionary say the same as the check does.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

import pandas as pd
import pandera.pandas as pa
from pandera.engines.geopandas_engine import Geometry

from pipeline.evidence import EVIDENCE
from pipeline.messages import Message, msg

AnyFrame = TypeVar("AnyFrame", bound=pd.DataFrame)

PRECISIONS: Final = ("measured", "register", "modelled", "approximate")
"""How a row came about: surveyed; from a register or list; computed by a model; rounded or placed by hand."""

POINT_PRECISIONS: Final = ("address", "street", "site", "town", "estimate", "none")

CODE: Final = r"[0-9]{4}"
SLUG: Final = r"(?=.{1,60}$)[a-z0-9]+(-[a-z0-9]+)*"
WORD: Final = r"[a-z0-9]+(_[a-z0-9]+)*"

CODE_LOOKS: Final = msg("four digits such as 0101")
SLUG_LOOKS: Final = msg("lower-case letters and digits joined by hyphens, at most 60, such as hst-nord")
WORD_LOOKS: Final = msg("lower-case letters and digits joined by underscores, such as blood_tests")

KM: Final = msg("km")
KM2: Final = msg("km²")
M: Final = msg("metres")
M2: Final = msg("m²")
MINUTES: Final = msg("minutes")
PEOPLE: Final = msg("people")
PERCENT: Final = msg("per cent")
MIO_DKK: Final = msg("million DKK")
DEGREES: Final = msg("degrees, WGS84")

FIRST_YEAR, LAST_YEAR = 1900, 2100


@dataclass(frozen=True, slots=True)
class Reference:
    """Columns whose values must stand as a key in another table.

    Parameters
    ----------
    columns
        Columns here; a row where one of them is empty refers to nothing.
    table
        Name of the other contract.
    target
        Columns there, in the same order.
    separator
        For one column that holds several values in a cell.
    also
        Words that are allowed although they are no key there.
    """

    columns: tuple[str, ...]
    table: str
    target: tuple[str, ...]
    separator: str = ""
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RowRule:
    """A rule over several columns.

    Parameters
    ----------
    name
        Short id, the error name of the pandera check.
    columns
        What the rule reads; the first one is named in messages.
    test
        Frame → Bool per row, True where the row is in order.
    expected, mend
        What a message says.
    """

    name: str
    columns: tuple[str, ...]
    test: Callable[[pd.DataFrame], pd.Series]
    expected: Message
    mend: Message


@dataclass(frozen=True, slots=True)
class Contract:
    """What a table must hold.

    Parameters
    ----------
    name
        The table's name, also its file name without ending.
    title
        What the table is about.
    columns
        Pandera columns by name, in order; made by the helpers of this module.
    key
        Columns that identify a row.
    references
        Columns that must stand in another table.
    rules
        Rules over several columns.
    """

    name: str
    title: Message
    columns: dict[str, pa.Column]
    key: tuple[str, ...]
    references: tuple[Reference, ...] = ()
    rules: tuple[RowRule, ...] = ()
    schema: pa.DataFrameSchema = field(init=False)

    def __post_init__(self) -> None:
        schema = pa.DataFrameSchema(
            self.columns,
            name=self.name,
            description=self.title.text,
            strict=True,
            unique=list(self.key),
            report_duplicates="all",
            checks=[pa.Check(rule.test, error=rule.name, ignore_na=False) for rule in self.rules],
        )
        object.__setattr__(self, "schema", schema)

    @property
    def required(self) -> tuple[str, ...]:
        """Columns that a file must have; those that may be empty may also be left out."""
        return tuple(name for name, column in self.columns.items() if not column.nullable)

    def select(self, frame: AnyFrame) -> AnyFrame:
        """Keep the contract's columns in the contract's order, text as text, and check them.

        Raises
        ------
        KeyError
            The frame lacks a column.
        pandera.errors.SchemaErrors
            The frame breaks the contract: every fault, lazily gathered.
        """
        words = [name for name, column in self.columns.items() if column.metadata["kind"] == "text"]
        chosen: AnyFrame = frame[list(self.columns)].astype(dict.fromkeys(words, "str"))
        self.schema.validate(chosen, lazy=True)
        return chosen


def _column(
    dtype: Any,  # noqa: ANN401
    kind: str,
    about: Message,
    checks: Sequence[pa.Check] = (),
    *,
    empty: bool = False,
    **traits: Any,  # noqa: ANN401
) -> pa.Column:
    return pa.Column(
        dtype, list(checks), nullable=empty, description=about.text, metadata={"kind": kind, **traits}
    )


def text(
    about: Message,
    *,
    allowed: Sequence[str] = (),
    pattern: str = "",
    looks: Message | None = None,
    empty: bool = False,
) -> pa.Column:
    """Text; `allowed` words or a `pattern` (the whole cell), with `looks` to say what the pattern means."""
    checks = [pa.Check.isin(list(allowed), error="allowed")] if allowed else []
    if pattern:
        checks.append(pa.Check.str_matches(rf"^(?:{pattern})$", error="pattern"))
    return _column(str, "text", about, checks, empty=empty, allowed=tuple(allowed), looks=looks)


def _limits(low: float | None, high: float | None) -> list[pa.Check]:
    checks = [pa.Check.ge(low, error="range")] if low is not None else []
    return [*checks, pa.Check.le(high, error="range")] if high is not None else checks


def number(
    about: Message,
    *,
    unit: Message | None = None,
    low: float | None = None,
    high: float | None = None,
    empty: bool = False,
) -> pa.Column:
    """Give a decimal number within limits, both included; missing is NaN."""
    return _column(float, "number", about, _limits(low, high), empty=empty, unit=unit, low=low, high=high)


def whole(
    about: Message,
    *,
    unit: Message | None = None,
    low: float | None = None,
    high: float | None = None,
    empty: bool = False,
) -> pa.Column:
    """Give a whole number within limits, both included: int64, or Int64 where it may be empty."""
    dtype = "Int64" if empty else "int64"
    return _column(dtype, "whole", about, _limits(low, high), empty=empty, unit=unit, low=low, high=high)


def year(about: Message, *, empty: bool = False) -> pa.Column:
    """Give a calendar year."""
    return whole(about, low=FIRST_YEAR, high=LAST_YEAR, empty=empty)


def flag(about: Message, *, empty: bool = False) -> pa.Column:
    """Give true or false: bool, or boolean where it may be empty."""
    return _column("boolean" if empty else "bool", "flag", about, empty=empty)


def date(about: Message, *, empty: bool = True) -> pa.Column:
    """Give a day, written 2018-12-31; datetime64[ms]."""
    return _column("datetime64[ms]", "date", about, empty=empty)


def shape(about: Message, *, types: Sequence[str], empty: bool = False) -> pa.Column:
    """Geometry of the given types, EPSG:25832."""
    words = list(types)
    check = pa.Check(lambda shapes: shapes.geom_type.isin(words), error="shape")
    return _column(Geometry, "geometry", about, [check], empty=empty, allowed=tuple(types))


def lon(*, empty: bool = False) -> pa.Column:
    """Longitude within Denmark's and its ferries' surroundings."""
    return number(msg("longitude"), unit=DEGREES, low=7.0, high=16.0, empty=empty)


def lat(*, empty: bool = False) -> pa.Column:
    """Latitude within Denmark's and its ferries' surroundings."""
    return number(msg("latitude"), unit=DEGREES, low=54.0, high=58.0, empty=empty)


def municipality_code(*, empty: bool = False) -> pa.Column:
    """Municipality key, four digits as text."""
    return text(msg("municipality code, four digits"), pattern=CODE, looks=CODE_LOOKS, empty=empty)


def evidence(about: Message | None = None, *, empty: bool = False) -> pa.Column:
    """How well a row is supported."""
    return text(about or msg("how well the row is supported"), allowed=tuple(EVIDENCE), empty=empty)


def valid_from() -> pa.Column:
    """First day of a period."""
    return date(msg("first day in force; empty: open"))


def valid_to() -> pa.Column:
    """First day after a period."""
    return date(msg("first day no longer in force; empty: open"))


def origin(*, note: bool = True) -> dict[str, pa.Column]:
    """``source``, ``precision`` and, where wanted, ``note``: where a row comes from."""
    columns = {
        "source": text(msg("where the row comes from")),
        "precision": text(
            msg("how the row came about: measured, from a register, modelled or approximate"),
            allowed=PRECISIONS,
        ),
    }
    return columns | ({"note": text(msg("what a reader should mind"), empty=True)} if note else {})


def note_da() -> pa.Column:
    """Note for Danish readers, ``note_da``: where the note itself is in another language."""
    return text(msg("the note in Danish, where it is written in another language"), empty=True)


def period_rule() -> RowRule:
    """``valid_from`` lies before ``valid_to`` where both are given."""

    def in_order(frame: pd.DataFrame) -> pd.Series:
        start, end = frame["valid_from"], frame["valid_to"]
        return start.isna() | end.isna() | (start < end)

    return RowRule(
        "period",
        ("valid_to", "valid_from"),
        in_order,
        msg("a day after valid_from"),
        msg("correct one of the two days; valid_to is the first day no longer in force"),
    )


def no_overlap_rule(*group: str) -> RowRule:
    """Periods of one and the same `group` do not overlap."""

    def apart(frame: pd.DataFrame) -> pd.Series:
        start = frame["valid_from"].fillna(pd.Timestamp("0001-01-01"))
        end = frame["valid_to"].fillna(pd.Timestamp("9999-12-31"))
        spans = frame[list(group)].assign(start=start, end=end).sort_values([*group, "start"], kind="stable")
        groups = spans.groupby(list(group), dropna=False)["end"]
        latest_before = groups.cummax().groupby([spans[name] for name in group], dropna=False).shift()
        clear = latest_before.isna() | (spans["start"] >= latest_before)
        return clear.reindex(frame.index)

    return RowRule(
        "overlap",
        ("valid_from", "valid_to", *group),
        apart,
        msg("periods that do not overlap for one and the same {columns}", columns=", ".join(group)),
        msg("let each period end on the day the next one begins"),
    )
