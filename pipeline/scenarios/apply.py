"""Put a scenario into effect on the frames of a study: frames in, frames out, nothing else touched."""

from collections.abc import Mapping

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
from pipeline.tables.place_tables import numbers

Frames = Mapping[str, pd.DataFrame]


def apply_scenario(
    scenario: Scenario, frames: Frames, functions: FunctionCatalogue, *, source: str = ""
) -> dict[str, pd.DataFrame]:
    """Put a scenario into effect.

    Parameters
    ----------
    scenario
        The scenario.
    frames
        Any of ``facilities``, ``house_functions``, ``practices``, ``demand`` and, to place what is new,
        ``municipalities`` (areas). Frames that the scenario does not touch are handed on as they are.
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
    """Scale the people of each municipality."""
    change = work.scenario.population
    if change == type(change)():
        return
    demand = work.frames["demand"].copy()
    codes = demand["municipality_code"].astype(str)
    known = set(codes)
    today = demand["weight"].groupby(codes).sum()
    factor = pd.Series(change.factor, index=today.index)
    if change.file is not None:
        stated = _stated(work, today)
        factor.loc[stated.index] = stated
    for code, times in sorted(change.municipalities.items()):
        if code not in known:
            _unknown_code(work, f"population.municipalities.{code}", code)
            continue
        factor.loc[code] = times
    each = codes.map(factor).fillna(change.factor).to_numpy(dtype=np.float64)
    for column in ["weight", *bands_of(gpd.GeoDataFrame(demand))]:
        demand[column] = demand[column].to_numpy(dtype=np.float64) * each
    work.frames["demand"] = demand


def _unknown_code(work: Work, where: str, code: str) -> None:
    work.fault(
        where,
        msg("the municipality {code}", code=code),
        msg("the code of a municipality with people"),
        msg("correct {key}", key=where),
    )


def _stated(work: Work, today: pd.Series) -> pd.Series:
    """Read the population file: factor by municipality."""
    path = work.scenario.population.file
    table = open_table(path) if path is not None else pd.DataFrame()
    where = f"population.file {path}"
    missing = {"municipality_code", "population"} - set(table.columns)
    if missing:
        work.fault(
            where,
            msg("the columns {names}", names=", ".join(str(name) for name in table.columns)),
            msg("a column {column}", column=" / ".join(sorted(missing))),
            msg("add the column"),
        )
        return pd.Series(dtype=np.float64)
    codes = [code_of(value) or str(value) for value in table["municipality_code"]]
    people, faults = numbers(table["population"], str(path), empty=False)
    work.faults += faults
    for code in codes:
        if code not in today.index:
            _unknown_code(work, where, code)
    stated = pd.Series(people, index=codes)
    stated = stated[stated.index.isin(today.index) & ~stated.index.duplicated()]
    before = today.loc[stated.index]
    return (stated / before.where(before > 0)).fillna(1.0)
