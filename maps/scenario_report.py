"""The difference of two states for the terminal: figures of the country, and how many rows differ."""

from collections.abc import Mapping
from typing import Final

import pandas as pd
from rich.markup import escape
from rich.table import Table

from maps.scenario_results import Comparison
from pipeline.messages import Translator, msg
from pipeline.scenarios.run import TODAY
from pipeline.schemas import RESULTS

FIGURES: Final = {
    "acute_access": ("travel_min_median", "travel_min_p90", "share_within_30_minutes", "people_unreached"),
    "functions_today": ("places", "people_within", "share_within", "mean_min"),
}
"""Tables and columns whose changes are told: travel times to acute hospitals, and functions."""


def figures_table(comparison: Comparison, names: Mapping[str, str], say: Translator) -> Table:
    """List the changed values of the country and of each function.

    Parameters
    ----------
    comparison
        Two states.
    names
        Function id → name.
    say
        The reader's language.
    """
    table = Table(title=escape(_title(comparison, say)), title_justify="left")
    for heading, right in (
        (msg("What"), False),
        (msg("Before"), True),
        (msg("After"), True),
        (msg("Change"), True),
    ):
        table.add_column(say(heading), justify="right" if right else "left")
    for name, columns in FIGURES.items():
        frame = comparison.tables.get(name, pd.DataFrame(columns=["column", "level", "scheme"]))
        rows = frame[frame["column"].isin(columns)]
        if "level" in rows:
            rows = rows[(rows["level"] == "country") & (rows["scheme"] == rows["scheme"].min())]
        for row in rows[rows["change"].notna()].to_dict("records") if len(rows) else ():
            words = say(RESULTS[name].columns[str(row["column"])].description)
            whose = str(row.get("function_id", ""))
            table.add_row(
                escape(f"{names.get(whose, whose)}: {words}" if whose else words),
                *(_number(row[key], say, signed=key == "change") for key in ("before", "after", "change")),
            )
    return table


def _title(comparison: Comparison, say: Translator) -> str:
    before = msg("Today") if comparison.before == TODAY else comparison.before
    return say(msg("{before} → {after}", before=before, after=comparison.after))


def _number(value: float, say: Translator, *, signed: bool) -> str:
    if pd.isna(value):
        return "–"
    text = say.number(float(value), 0 if abs(value) >= 100 else 3 if abs(value) < 1 else 1)
    return f"+{text}" if signed and value > 0 else text


def rows_table(comparison: Comparison, say: Translator) -> Table:
    """Count the rows of each table that came, went or changed."""
    table = Table(title=escape(_title(comparison, say)), title_justify="left")
    table.add_column(say(msg("Table")))
    for heading in (msg("rows added"), msg("rows removed"), msg("rows changed")):
        table.add_column(say(heading), justify="right")
    for name, frame in comparison.tables.items():
        key = list(RESULTS[name].key)
        counts = [
            *(int(((frame["row"] == word) & (frame["column"] == "")).sum()) for word in ("added", "removed")),
            len(frame.loc[frame["row"] == "changed", key].drop_duplicates()),
        ]
        table.add_row(name, *(say.number(count) for count in counts))
    return table
