"""Read what-if scenarios, and hand their changes of the road network to the travel-time engine."""

from pathlib import Path
from typing import Final

from pyproj import Transformer

from pipeline.crs import GEOGRAPHIC, METRIC
from pipeline.errors import Fault, MissingInputError, SettingsError
from pipeline.messages import msg
from pipeline.roads.model import RoadClass
from pipeline.scenarios import LonLat, Scenario
from pipeline.settings.file import check_section, read_toml
from pipeline.travel.new_links import NewLink
from pipeline.travel.what_if import WhatIf

EXAMPLE: Final = "config/scenario-example.toml"
"""The commented example that messages point to."""


def load_scenario(path: Path) -> Scenario:
    """Read and check a scenario.

    Parameters
    ----------
    path
        TOML file in the form of ``config/scenario-example.toml``; paths in it are relative to its folder.

    Raises
    ------
    MissingInputError
        The file, or one that it names, is not there.
    SettingsError
        Not TOML, unknown keys, wrong types, values out of range, or no change at all: every fault at once.
    """
    folder = path.resolve().parent
    raw = read_toml(path, example=EXAMPLE)
    scenario = check_section(Scenario, raw, source=str(path), folder=folder, reference=EXAMPLE)
    if not scenario.changes_something:
        raise SettingsError(
            Fault(
                str(path),
                "",
                msg("a scenario that changes nothing"),
                msg("at least one change, for example [[open]]"),
                msg("compare with {example}; text stands in quotes, dates as YYYY-MM-DD", example=EXAMPLE),
            )
        )
    file = scenario.population.file
    if file is None:
        return scenario
    found = file if file.is_absolute() else folder / file
    if not found.is_file():
        raise MissingInputError(
            Fault(
                str(path),
                "population.file",
                msg("no file {path}", path=str(found)),
                msg("a CSV file with municipality_code and population"),
                msg("correct the path; it is relative to the settings file's folder"),
            )
        )
    population = scenario.population.model_copy(update={"file": found})
    return scenario.model_copy(update={"population": population})


def road_state(scenario: Scenario) -> WhatIf:
    """Turn a scenario's changes of the road network into a state of the travel-time engine."""
    to_metric = Transformer.from_crs(GEOGRAPHIC, METRIC, always_xy=True)

    def xy(at: LonLat) -> tuple[float, float]:
        east, north = to_metric.transform(*at)
        return float(east), float(north)

    classes = {RoadClass[name.upper()]: factor for name, factor in sorted(scenario.speeds.classes.items())}
    return WhatIf(
        speed_factor=scenario.speeds.all,
        class_factors=classes or None,
        closed=tuple(sorted({change.link for change in scenario.close_link})),
        opened=tuple(
            NewLink(
                name=link.name,
                start_xy=xy(link.start),
                end_xy=xy(link.end),
                seconds=link.minutes * 60,
                length_m=None if link.length_km is None else link.length_km * 1000,
                both_ways=link.both_ways,
                ferry=link.ferry,
            )
            for link in scenario.open_link
        ),
    )


def together(scenarios: list[Scenario]) -> None:
    """See that scenarios to be compared have different ids.

    Raises
    ------
    SettingsError
        Two have the same.
    """
    ids = [scenario.id for scenario in scenarios]
    twice = sorted({name for name in ids if ids.count(name) > 1})
    if twice:
        raise SettingsError(
            [
                Fault(
                    name,
                    "id",
                    msg("the same id twice"),
                    msg("an id of its own for every scenario"),
                    msg("rename one"),
                )
                for name in twice
            ]
        )
