"""Open, close and move places as a scenario says."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from pipeline.clusters.facilities import locate
from pipeline.crs import GEOGRAPHIC, METRIC
from pipeline.errors import Fault
from pipeline.layers.municipality_keys import skeleton
from pipeline.messages import Message, msg
from pipeline.scenarios import LonLat, OpenSite, Scenario
from pipeline.sites.functions import FunctionCatalogue

KIND: Final[Mapping[str, str]] = {
    "health_house": "health_house",
    "hospital": "hospital",
    "acute_hospital": "hospital",
}
ROLE: Final[Mapping[str, str]] = {"health_house": "open", "hospital": "non_acute", "acute_hospital": "acute"}
PREFIX: Final[Mapping[str, str]] = {
    "health_house": "house-",
    "hospital": "hospital-",
    "acute_hospital": "hospital-",
}
SOURCE: Final = "scenario"


@dataclass(slots=True)
class Work:
    """A scenario being put into effect: the frames so far, and the faults found.

    Parameters
    ----------
    scenario
        The scenario.
    frames
        Frames by name; a changed one is replaced, never changed in place.
    functions
        The catalogue of functions.
    source
        The scenario's file, for messages.
    faults
        What is wrong with the scenario.
    """

    scenario: Scenario
    frames: dict[str, pd.DataFrame]
    functions: FunctionCatalogue
    source: str
    faults: list[Fault] = field(default_factory=list)

    def fault(self, where: str, found: Message, expected: Message, mend: Message) -> None:
        """Note a fault."""
        self.faults.append(Fault(self.source, where, found, expected, mend))


@dataclass(frozen=True, slots=True)
class Places:
    """The places of a scenario being put into effect.

    Parameters
    ----------
    work
        Frames and faults.
    """

    work: Work

    def change(self) -> None:
        """Open, close and move places."""
        scenario = self.work.scenario
        if not (scenario.open or scenario.close or scenario.move):
            return
        touched: set[int] = set()
        for at, close in enumerate(scenario.close):
            row = self._row(f"close.{at}.facility", close.facility)
            if row >= 0 and (close.functions or self._first(f"close.{at}.facility", row, touched)):
                self._close(f"close.{at}", close.facility, row, close.functions)
        for at, move in enumerate(scenario.move):
            row = self._row(f"move.{at}.facility", move.facility)
            if row >= 0 and self._first(f"move.{at}.facility", row, touched):
                self._place(f"move.{at}.to", row, move.to)
        for at, site in enumerate(scenario.open):
            self._open(f"open.{at}", site)

    def _row(self, where: str, facility: str) -> int:
        """Find a facility's row by its id or the one of its register; note the fault and give -1 if none."""
        frame = self.work.frames["facilities"]
        ids = frame["facility_id"].astype(str)
        at = np.flatnonzero((ids == facility).to_numpy())
        if not len(at):
            at = np.flatnonzero((frame["register_id"].astype(str) == facility).to_numpy())
        if len(at) == 1:
            return int(at[0])
        expected = msg("the id of a hospital or health house")
        if len(at) > 1:
            names = ", ".join(ids.iloc[at])
            found = msg("{facility}, which may be {names}", facility=facility, names=names)
            self.work.fault(where, found, expected, msg("name the one that is meant"))
            return -1
        near = get_close_matches(facility, ids.tolist(), n=1)
        mend = msg("did you mean {near}?", near=near[0]) if near else msg("see the table of facilities")
        self.work.fault(where, msg("no facility {facility}", facility=facility), expected, mend)
        return -1

    def _function(self, where: str, name: str) -> str | None:
        """Find a function's id in the register; a satellite function stands for the first it is found as."""
        register = self.work.frames.get("functions")
        known = set() if register is None else set(register["function_id"].astype(str))
        known |= {each for function in self.work.functions for each in function.today.functions}
        if name in known:
            return name
        for function in self.work.functions:
            if function.id == name and function.today.functions:
                return function.today.functions[0]
        self.work.fault(
            where,
            msg("the function {function}, which nobody has defined", function=name),
            msg("one of {words}", words=", ".join(sorted(known | set(self.work.functions.ids)))),
            msg("correct {key}", key=where),
        )
        return None

    def _first(self, where: str, row: int, touched: set[int]) -> bool:
        """See that a place closes or moves only once; note the fault if it did before."""
        if row in touched:
            self.work.fault(
                where,
                msg(
                    "{facility} closes or moves twice",
                    facility=self.work.frames["facilities"]["name"].iloc[row],
                ),
                msg("one change of each place"),
                msg("remove one of the two"),
            )
            return False
        touched.add(row)
        return True

    def _close(self, where: str, facility: str, row: int, functions: tuple[str, ...]) -> None:
        frame = self.work.frames["facilities"].copy()
        held = self.work.frames["house_functions"].copy()
        is_house = frame["kind"].iloc[row] == "health_house"
        here = (held["house_id"] == frame["register_id"].iloc[row]).to_numpy() & is_house
        if not functions:
            frame.loc[frame.index[row], "role"] = "closed"
            held.loc[here, "status"] = "past"
        elif not is_house:
            self.work.fault(
                f"{where}.functions",
                msg("functions of a hospital"),
                msg("functions of a health house; what a hospital has is assumed, not listed"),
                msg("leave the functions out to close the hospital"),
            )
        for name in functions:
            function_id = self._function(f"{where}.functions", name)
            leaving = here & (held["function_id"] == function_id).to_numpy()
            if function_id is not None and is_house and not leaving.any():
                self.work.fault(
                    f"{where}.functions",
                    msg("{facility} does not have the function {function}", facility=facility, function=name),
                    msg("a function that the house has"),
                    msg("remove it from the list"),
                )
            held.loc[leaving, "status"] = "past"
        self.work.frames["facilities"], self.work.frames["house_functions"] = frame, held

    def _open(self, where: str, site: OpenSite) -> None:
        frame, held = self.work.frames["facilities"], self.work.frames["house_functions"]
        words = [skeleton(part) for part in site.name.split()]
        plain = "new-" + ("-".join(word for word in words if word) or "site")
        taken = set(frame["register_id"].astype(str))
        register_id = next(
            name for name in (plain, *(f"{plain}-{n}" for n in range(2, 1000))) if name not in taken
        )
        row = dict.fromkeys(frame.columns) | {
            "facility_id": PREFIX[site.kind] + register_id,
            "register_id": register_id,
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
            "note_da": "",
            "geometry": shapely.Point(),
        }
        kept = {name: [row[name]] for name in frame.columns}
        added = gpd.GeoDataFrame(kept, geometry="geometry", crs=METRIC)
        for name, dtype in frame.dtypes.items():
            if name != "geometry":
                added[name] = added[name].astype(dtype)
        self.work.frames["facilities"] = pd.concat([frame, added], ignore_index=True)
        self._place(f"{where}.at", len(frame), site.at)
        found = [self._function(f"{where}.functions", name) for name in site.functions]
        rows = pd.DataFrame(
            {
                "house_id": register_id,
                "function_id": [name for name in dict.fromkeys(found) if name],
                "status": "present",
            }
        )
        rows = rows.reindex(columns=held.columns)
        for name, word in {"source": SOURCE, "evidence": "assumption", "precision": "modelled"}.items():
            if name in rows:
                rows[name] = word
        if len(rows):
            self.work.frames["house_functions"] = pd.concat(
                [held, rows.astype(held.dtypes.to_dict())], ignore_index=True
            )

    def _place(self, where: str, row: int, at: LonLat) -> None:
        """Put a facility at a new place, and into the municipality that lies there."""
        frame = self.work.frames["facilities"].copy()
        points = gpd.GeoSeries([shapely.Point(at)], crs=GEOGRAPHIC).to_crs(METRIC)
        shapes = frame["geometry"].to_numpy().copy()
        shapes[row] = points.iloc[0]
        frame = gpd.GeoDataFrame(frame.drop(columns="geometry"), geometry=shapes, crs=METRIC)[frame.columns]
        areas = self.work.frames.get("municipalities")
        if areas is not None:
            found = locate(points, gpd.GeoDataFrame(areas)).iloc[0]
            if found["status"] == "outside_study_area":
                self.work.fault(
                    where,
                    msg("no land of the study area at {at}", at=f"{at[0]:g}, {at[1]:g}"),
                    msg("longitude and latitude, degrees, of a place in a municipality"),
                    msg("correct {key}; mind that longitude comes first", key=where),
                )
            for name, value in {
                "municipality_code": found["municipality_polygon"],
                "municipality_polygon": found["municipality_polygon"],
                "snapped_m": found["snapped_m"],
                "status": found["status"],
            }.items():
                if name in frame:
                    frame.loc[frame.index[row], name] = value
        self.work.frames["facilities"] = frame
