"""Put a scenario into effect on the frames of a study: frames in, frames out, nothing else touched."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from pipeline.crs import GEOGRAPHIC, METRIC
from pipeline.demand import bands_of
from pipeline.errors import Fault, SettingsError
from pipeline.facilities import locate
from pipeline.functions import FunctionCatalogue
from pipeline.messages import Message, msg
from pipeline.municipality_keys import code_of, skeleton
from pipeline.place_files import open_table
from pipeline.place_tables import numbers
from pipeline.scenario import LonLat, OpenSite, Scenario

Frames = Mapping[str, pd.DataFrame]

KIND: Final = {"health_house": "health_house", "hospital": "hospital", "acute_hospital": "hospital"}
ROLE: Final = {"health_house": "open", "hospital": "non_acute", "acute_hospital": "acute"}
SOURCE: Final = "scenario"


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
        The frames after the changes. Roads are another matter: see `pipeline.scenario_file.road_state`.

    Raises
    ------
    SettingsError
        Places, functions, practices or municipalities that are not there, or a frame that a change needs and
        that is missing: every fault at once.
    """
    work = _Work(scenario, dict(frames), functions, source or scenario.id)
    work.needs()
    if not work.faults:
        work.facilities()
        work.practices()
        work.people()
    if work.faults:
        raise SettingsError(work.faults)
    return work.frames


class _Work:
    """One application: the frames so far, and the faults found."""

    def __init__(
        self, scenario: Scenario, frames: dict[str, pd.DataFrame], functions: FunctionCatalogue, source: str
    ) -> None:
        self.scenario, self.frames, self.functions, self.source = scenario, frames, functions, source
        self.faults: list[Fault] = []

    def fault(self, where: str, found: Message, expected: Message, mend: Message) -> None:
        self.faults.append(Fault(self.source, where, found, expected, mend))

    def needs(self) -> None:
        """See that the frames are there that the changes need."""
        scenario = self.scenario
        asked = {
            "facilities": bool(scenario.open or scenario.close or scenario.move),
            "house_functions": bool(scenario.open or scenario.close),
            "practices": bool(scenario.close_practice),
            "demand": scenario.population != type(scenario.population)(),
        }
        for name, wanted in asked.items():
            if wanted and name not in self.frames:
                self.fault(
                    name,
                    msg("no frame {name}", name=name),
                    msg("the frame that the change is about"),
                    msg("run the scenario on a study that has it"),
                )

    def _row(self, where: str, facility: str) -> int:
        """Find a facility's row, or note the fault and give -1."""
        ids = self.frames["facilities"]["facility_id"].astype(str)
        at = np.flatnonzero((ids == facility).to_numpy())
        if len(at):
            return int(at[0])
        near = get_close_matches(facility, ids.tolist(), n=1)
        self.fault(
            where,
            msg("no facility {facility}", facility=facility),
            msg("the id of a hospital or health house"),
            msg("did you mean {near}?", near=near[0]) if near else msg("see the table of facilities"),
        )
        return -1

    def _function(self, where: str, name: str) -> str | None:
        """Find a function's id in the register; a satellite function stands for the first it is found as."""
        register = self.frames.get("functions")
        known = set() if register is None else set(register["function_id"].astype(str))
        known |= {each for function in self.functions for each in function.today.functions}
        if name in known:
            return name
        for function in self.functions:
            if function.id == name and function.today.functions:
                return function.today.functions[0]
        self.fault(
            where,
            msg("the function {function}, which nobody has defined", function=name),
            msg("one of {words}", words=", ".join(sorted(known | set(self.functions.ids)))),
            msg("correct {key}", key=where),
        )
        return None

    def facilities(self) -> None:
        """Open, close and move places."""
        scenario = self.scenario
        if not (scenario.open or scenario.close or scenario.move):
            return
        for at, close in enumerate(scenario.close):
            self._close(f"close.{at}", close.facility, close.functions)
        for at, move in enumerate(scenario.move):
            row = self._row(f"move.{at}.facility", move.facility)
            if row >= 0:
                self._place([row], [move.to])
        for at, site in enumerate(scenario.open):
            self._open(f"open.{at}", site)

    def _close(self, where: str, facility: str, functions: tuple[str, ...]) -> None:
        row = self._row(f"{where}.facility", facility)
        if row < 0:
            return
        frame = self.frames["facilities"].copy()
        held = self.frames["house_functions"].copy()
        here = (held["house_id"] == facility).to_numpy()
        if not functions:
            frame.loc[frame.index[row], "role"] = "closed"
            held.loc[here, "status"] = "past"
        elif frame["kind"].iloc[row] != "health_house":
            self.fault(
                f"{where}.functions",
                msg("functions of a hospital"),
                msg("functions of a health house; what a hospital has is assumed, not listed"),
                msg("leave the functions out to close the hospital"),
            )
        for name in functions:
            function_id = self._function(f"{where}.functions", name)
            leaving = here & (held["function_id"] == function_id).to_numpy()
            if function_id is not None and frame["kind"].iloc[row] == "health_house" and not leaving.any():
                self.fault(
                    f"{where}.functions",
                    msg("{facility} does not have the function {function}", facility=facility, function=name),
                    msg("a function that the house has"),
                    msg("remove it from the list"),
                )
            held.loc[leaving, "status"] = "past"
        self.frames["facilities"], self.frames["house_functions"] = frame, held

    def _open(self, where: str, site: OpenSite) -> None:
        frame, held = self.frames["facilities"], self.frames["house_functions"]
        words = [skeleton(part) for part in site.name.split()]
        plain = "new-" + ("-".join(word for word in words if word) or "site")
        taken = set(frame["facility_id"].astype(str))
        facility = next(
            name for name in (plain, *(f"{plain}-{n}" for n in range(2, 1000))) if name not in taken
        )
        row = dict.fromkeys(frame.columns) | {
            "facility_id": facility,
            "kind": KIND[site.kind],
            "name": site.name,
            "role": ROLE[site.kind],
            "address": "",
            "town": "",
            "status": "ok",
            "point_precision": "site",
            "source": SOURCE,
            "precision": "modelled",
            "note": "",
            "geometry": shapely.Point(),
        }
        kept = {name: [row[name]] for name in frame.columns}
        added = gpd.GeoDataFrame(kept, geometry="geometry", crs=METRIC)
        for name, dtype in frame.dtypes.items():
            if name != "geometry":
                added[name] = added[name].astype(dtype)
        self.frames["facilities"] = pd.concat([frame, added], ignore_index=True)
        self._place([len(frame)], [site.at])
        found = [self._function(f"{where}.functions", name) for name in site.functions]
        rows = pd.DataFrame(
            {
                "house_id": facility,
                "function_id": [name for name in dict.fromkeys(found) if name],
                "status": "present",
            }
        )
        rows = rows.reindex(columns=held.columns)
        for name in ("source", "evidence"):
            if name in rows:
                rows[name] = {"source": SOURCE, "evidence": "assumption"}[name]
        if len(rows):
            self.frames["house_functions"] = pd.concat(
                [held, rows.astype(held.dtypes.to_dict())], ignore_index=True
            )

    def _place(self, rows: list[int], places: list[LonLat]) -> None:
        """Put facilities at new places, and into the municipality that lies there."""
        frame = self.frames["facilities"].copy()
        points = gpd.GeoSeries([shapely.Point(at) for at in places], crs=GEOGRAPHIC).to_crs(METRIC)
        shapes = frame["geometry"].to_numpy().copy()
        shapes[rows] = points.to_numpy()
        frame = gpd.GeoDataFrame(frame.drop(columns="geometry"), geometry=shapes, crs=METRIC)[frame.columns]
        areas = self.frames.get("municipalities")
        if areas is not None:
            found = locate(points, gpd.GeoDataFrame(areas))
            for name, values in {
                "municipality_code": found["municipality_polygon"],
                "municipality_polygon": found["municipality_polygon"],
                "snapped_m": found["snapped_m"],
                "status": found["status"],
            }.items():
                if name in frame:
                    frame.loc[frame.index[rows], name] = values.to_numpy()
        self.frames["facilities"] = frame

    def practices(self) -> None:
        """Take practices away that close."""
        for at, change in enumerate(self.scenario.close_practice):
            frame = self.frames["practices"]
            gone = (frame["practice_id"].astype(str) == change.practice).to_numpy()
            if "provider" in frame:
                gone = gone | (frame["provider"].astype(str) == change.practice).to_numpy()
            if not gone.any():
                self.fault(
                    f"close_practice.{at}.practice",
                    msg("no practice {practice}", practice=change.practice),
                    msg("the id or provider number of a practice"),
                    msg("see the table of practices"),
                )
            self.frames["practices"] = frame[~gone].reset_index(drop=True)

    def people(self) -> None:
        """Scale the people of each municipality."""
        change = self.scenario.population
        if change == type(change)():
            return
        demand = self.frames["demand"].copy()
        codes = demand["municipality_code"].astype(str)
        known = set(codes)
        today = demand["weight"].groupby(codes).sum()
        factor = pd.Series(change.factor, index=today.index)
        if change.file is not None:
            stated = self._stated(today)
            factor.loc[stated.index] = stated
        for code, times in sorted(change.municipalities.items()):
            if code not in known:
                self._unknown_code(f"population.municipalities.{code}", code)
                continue
            factor.loc[code] = times
        each = codes.map(factor).fillna(change.factor).to_numpy(dtype=np.float64)
        for column in ["weight", *bands_of(gpd.GeoDataFrame(demand))]:
            demand[column] = demand[column].to_numpy(dtype=np.float64) * each
        self.frames["demand"] = demand

    def _unknown_code(self, where: str, code: str) -> None:
        self.fault(
            where,
            msg("the municipality {code}", code=code),
            msg("the code of a municipality with people"),
            msg("correct {key}", key=where),
        )

    def _stated(self, today: pd.Series) -> pd.Series:
        """Read the population file: factor by municipality."""
        path = self.scenario.population.file
        table = open_table(path) if path is not None else pd.DataFrame()
        where = f"population.file {path}"
        missing = {"municipality_code", "population"} - set(table.columns)
        if missing:
            self.fault(
                where,
                msg("the columns {names}", names=", ".join(str(name) for name in table.columns)),
                msg("a column {column}", column=" / ".join(sorted(missing))),
                msg("add the column"),
            )
            return pd.Series(dtype=np.float64)
        codes = [code_of(value) or str(value) for value in table["municipality_code"]]
        people, faults = numbers(table["population"], str(path), empty=False)
        self.faults += faults
        for code in codes:
            if code not in today.index:
                self._unknown_code(where, code)
        stated = pd.Series(people, index=codes)
        stated = stated[stated.index.isin(today.index) & ~stated.index.duplicated()]
        before = today.loc[stated.index]
        return (stated / before.where(before > 0)).fillna(1.0)
