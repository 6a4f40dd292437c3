"""Population of municipalities from StatBank's table FOLK1A, as CSV with codes."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pandas as pd

from pipeline.errors import Fault, TableError
from pipeline.messages import msg
from pipeline.tables.place_files import open_table
from pipeline.tables.place_tables import choose_columns, numbers

FIELDS: Final = {
    "area": ("område", "omrade", "region"),
    "time": ("tid", "time"),
    "people": ("indhold", "content", "value"),
    "sex": ("køn", "sex"),
    "age": ("alder", "age"),
    "status": ("civilstand", "marital status"),
}
QUARTER: Final = re.compile(r"([0-9]{4})[KQ]([1-4])")
CODE: Final = re.compile(r"^0*([0-9]{3})\b")
TOTALS: Final = {
    "sex": ("TOT", "I alt", "Total"),
    "age": ("IALT", "I alt", "Alder i alt", "Total", "Age, total"),
    "status": ("TOT", "I alt", "Total"),
}
"""Words that stand for all of a kind, as a code or in words."""


@dataclass(frozen=True, slots=True)
class Population:
    """People by municipality code on the first day of a quarter (``2026K4`` and its date)."""

    people: pd.Series
    quarter: str
    day: str


def read_folk1a(path: Path, municipalities: pd.DataFrame) -> Population:
    """Read the newest quarter.

    Parameters
    ----------
    path
        CSV of FOLK1A with ``OMRÅDE``, ``TID``, ``INDHOLD`` and, where asked for, ``KØN``, ``ALDER`` and
        ``CIVILSTAND``; areas as code and name (``101 København``). Semicolon or comma.
    municipalities
        Table ``municipalities``.

    Returns
    -------
    Population
        Rows of the country and its regions are left out; so is Christiansø where it is not there.

    Raises
    ------
    MissingInputError, TableError
        The file cannot be read, lacks columns, totals or municipalities, or has several figures for one: all
        faults at once.
    """
    source = str(path)
    frame = open_table(path)
    chosen = choose_columns(frame, FIELDS, {}, required=["area", "time", "people"], source=source)
    for field, words in TOTALS.items():
        if field in chosen:
            text = frame[chosen[field]].astype("str").str.strip()
            total = text.isin(words) | text.str.startswith(tuple(f"{word} " for word in words))
            if not total.any():
                raise TableError(
                    Fault(
                        source,
                        chosen[field],
                        msg("the values {names}", names=", ".join(text.unique()[:6])),
                        msg("rows for all together ({words})", words=", ".join(words)),
                        msg("fetch the table again with totals"),
                    )
                )
            frame = frame[total]
    quarter = frame[chosen["time"]].astype("str").str.extract(QUARTER)
    code = frame[chosen["area"]].astype("str").str.extract(CODE)[0].str.zfill(4)
    time = (quarter[0] + "K" + quarter[1]).fillna("")
    newest = str(time.max())
    if not QUARTER.fullmatch(newest):
        found = msg("the values {names}", names=", ".join(frame[chosen["time"]].astype("str").unique()[:6]))
        wanted, mend = msg("quarters such as 2026K4"), msg("fetch the table again")
        raise TableError(Fault(source, chosen["time"], found, wanted, mend))
    kept = (time == newest) & code.isin(municipalities["municipality_code"])
    people, faults = numbers(frame.loc[kept, chosen["people"]], source)
    figures = pd.Series(people, index=pd.Index(code[kept], name="municipality_code"))
    faults += _gaps(figures, municipalities, source)
    if faults:
        raise TableError(faults)
    year, number = newest.split("K")
    day = f"{year}-{3 * int(number) - 2:02d}-01"
    return Population(figures.dropna().sort_index(), newest, day)


def _gaps(figures: pd.Series, municipalities: pd.DataFrame, source: str) -> list[Fault]:
    doubled = sorted(set(figures.index[figures.index.duplicated()]))
    needed = municipalities.loc[municipalities["kind"] == "municipality", "municipality_code"]
    lacking = sorted(set(needed) - set(figures.dropna().index))
    faults = []
    for codes, found in ((doubled, msg("several figures of a quarter")), (lacking, msg("no figure"))):
        if codes:
            where = msg("municipalities {codes}", codes=", ".join(codes[:12]))
            mend = msg("fetch the table again, without ages, sexes or marital status apart")
            faults.append(Fault(source, where, found, msg("one figure for each municipality"), mend))
    return faults


def with_population(table: pd.DataFrame, population: Population, credit: str) -> pd.DataFrame:
    """Put new figures into the table ``municipalities``, as text; everything else stays as it is."""
    at = table["municipality_code"].isin(population.people.index)
    figures = table.loc[at, "municipality_code"].map(population.people).round().astype("int64").astype("str")
    told = f"population: {credit}, FOLK1A, {population.quarter}; "
    result = table.copy()
    result.loc[at, "population"] = figures
    result.loc[at, "population_date"] = population.day
    result.loc[at, "source"] = told + result.loc[at, "source"]
    return result
