"""Put a scenario into effect on the frames of a study: frames in, frames out, nothing else touched."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd

from pipeline.demand import bands_of
from pipeline.errors import SettingsError
from pipeline.layers.municipality_keys import code_of
from pipeline.messages import msg
from pipeline.scenarios import Scenario
from pipeline.scenarios.places import Places, Work
from pipeline.sites.functions import FunctionCatalogue
from pipeline.tables.place_files import open_table
from pipeline.tables.place_tables import choose_columns, numbers, row_faults

Frames = Mapping[str, pd.DataFrame]

POPULATION_FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "municipality_code": ("municipality_code", "kommunekode", "komkode", "kommune"),
    "population": ("population", "people", "folketal", "befolkning", "indbyggere"),
}
"""Names that the columns of a population file commonly have, lower case."""


def apply_scenario(
    scenario: Scenario, frames: Frames, functions: FunctionCatalogue, *, source: str = ""
) -> dict[str, pd.DataFrame]:
    """Put a scenario into effect.

    Parameters
    ----------
    scenario
        The scenario.
    frames
        Any of ``facilities``, ``house_functions``, ``practices``, ``demand``, ``towns`` (table
        ``municipalities``) and, to place what is new, ``municipalities`` (areas). Frames that the scenario
        does not touch are handed on as they are.
    functions
        The catalogue of functions, for their ids.
    source
        The scenario's file, for messages.

    Returns
    -------
    dict
        The frames after the changes. Roads are another matter: see `pipeline.scenarios.file.road_state`.

    Raises
    ------
    SettingsError
        Places, functions, practices or municipalities that are not there, or a frame that a change needs and
        that is missing: every fault at once.
    MissingInputError, TableError
        A population file that cannot be read or lacks a column.
    """
    work = Work(scenario, dict(frames), functions, source or scenario.id)
    _see_that_frames_are_there(work)
    if not work.faults:
        Places(work).change()
        _close_practices(work)
        _scale_people(work)
    if work.faults:
        raise SettingsError(work.faults)
    return work.frames


def _see_that_frames_are_there(work: Work) -> None:
    """See that the frames are there that the changes need."""
    scenario = work.scenario
    asked = {
        "facilities": bool(scenario.open or scenario.close or scenario.move),
        "house_functions": bool(scenario.open or scenario.close),
        "practices": bool(scenario.close_practice),
        "demand": scenario.population != type(scenario.population)(),
    }
    for name, wanted in asked.items():
        if wanted and name not in work.frames:
            work.fault(
                name,
                msg("no frame {name}", name=name),
                msg("the frame that the change is about"),
                msg("run the scenario on a study that has it"),
            )


def _close_practices(work: Work) -> None:
    """Take practices away that close."""
    for at, change in enumerate(work.scenario.close_practice):
        frame = work.frames["practices"]
        gone = (frame["practice_id"].astype(str) == change.practice).to_numpy()
        if "provider" in frame:
            gone = gone | (frame["provider"].astype(str) == change.practice).to_numpy()
        if not gone.any():
            work.fault(
                f"close_practice.{at}.practice",
                msg("no practice {practice}", practice=change.practice),
                msg("the id or provider number of a practice"),
                msg("see the table of practices"),
            )
        work.frames["practices"] = frame[~gone].reset_index(drop=True)


def _scale_people(work: Work) -> None:
    """Scale the people of each municipality, alike in every frame that counts them."""
    change = work.scenario.population
    if change == type(change)():
        return
    demand, towns = work.frames["demand"].copy(), work.frames.get("towns")
    codes = demand["municipality_code"].astype(str)
    living = demand["weight"].groupby(codes).sum()
    today = living if towns is None else _population(towns)
    stated = pd.Series(dtype=np.float64)
    if change.file is not None:
        stated = _stated(work, change.file, set(today.index))
    factor = pd.Series(change.factor, index=today.index)
    for code, times in sorted(change.municipalities.items()):
        if code in today.index:
            factor.loc[code] = times
        else:
            _unknown_code(work, f"population.municipalities.{code}", code)
    if work.faults:
        return
    stated = stated.drop(list(change.municipalities), errors="ignore")
    if towns is not None:
        after = (today * factor).round()  # whole people, which the points sum up to
        factor = (after / today.where(today > 0)).fillna(change.factor)
        after.loc[stated.index] = stated.round()
        work.frames["towns"] = towns.assign(population=after.to_numpy().astype("int64"))
    before = living.reindex(stated.index)
    factor.loc[stated.index] = (stated / before.where(before > 0)).fillna(1.0)
    each = codes.map(factor).fillna(change.factor).to_numpy(dtype=np.float64)
    for column in ["weight", *bands_of(gpd.GeoDataFrame(demand))]:
        demand[column] = demand[column].to_numpy(dtype=np.float64) * each
    work.frames["demand"] = demand


def _population(towns: pd.DataFrame) -> pd.Series:
    return pd.Series(towns["population"].to_numpy(dtype=np.float64), index=towns["municipality_code"])


def _unknown_code(work: Work, where: str, code: str) -> None:
    work.fault(
        where,
        msg("the municipality {code}", code=code),
        msg("the code of a municipality with people"),
        msg("correct {key}", key=where),
    )


def _stated(work: Work, path: Path, known: set[str]) -> pd.Series:
    """Read the population file: people by municipality."""
    source = str(path)
    table = open_table(path)
    chosen = choose_columns(table, POPULATION_FIELDS, {}, required=POPULATION_FIELDS, source=source)
    cells = table[chosen["municipality_code"]]
    codes = cells.map(lambda value: code_of(value) or str(value))
    people, faults = numbers(table[chosen["population"]], source, empty=False)
    column = chosen["municipality_code"]
    once = msg("each combination of {columns} once", columns=column)
    unknown, again = (~codes.isin(known)).to_numpy(), codes.duplicated().to_numpy()
    for wrong, expected, mend in (
        (unknown, msg("the code of a municipality with people"), msg("correct the value, or delete the row")),
        (again & ~unknown, once, msg("delete one of the two rows, or correct it")),
    ):
        rows = np.flatnonzero(wrong)
        faults += row_faults(source, column, rows, cells[wrong].tolist(), expected, mend)
    work.faults += faults
    return pd.Series(people, index=codes)[~(unknown | again)]
