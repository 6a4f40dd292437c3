"""What-if scenarios as small typed files: what is opened, closed, moved, built, sped up or grown."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from pipeline.layers.municipality_keys import code_of
from pipeline.settings.sections import Section

Name = Annotated[str, StringConstraints(min_length=1, max_length=120, strip_whitespace=True)]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
MunicipalityCode = Annotated[
    str, BeforeValidator(lambda code: code_of(code) or code), StringConstraints(pattern=r"^[0-9]{4}$")
]
Longitude = Annotated[float, Field(ge=-180, le=180)]
Latitude = Annotated[float, Field(ge=-90, le=90)]
LonLat = tuple[Longitude, Latitude]
Factor = Annotated[float, Field(gt=0, le=10, allow_inf_nan=False)]

RoadClassName = Literal[
    "motorway",
    "motorway_link",
    "trunk",
    "trunk_link",
    "primary",
    "primary_link",
    "secondary",
    "secondary_link",
    "tertiary",
    "tertiary_link",
    "unclassified",
    "residential",
    "living_street",
    "service",
    "track",
    "ferry",
    "other",
]
"""Names of `pipeline.roads.model.RoadClass`."""


class OpenSite(Section):
    """A new health house or hospital."""

    name: Name
    """Name of the place."""

    at: LonLat
    """Longitude and latitude, degrees."""

    kind: Literal["health_house", "hospital", "acute_hospital"] = "health_house"
    """What it is."""

    functions: tuple[Name, ...] = ()
    """Functions of a health house: ids of the register of functions or of `config/functions.toml`."""


class CloseSite(Section):
    """A health house or hospital that closes, or functions that leave a house."""

    facility: Name
    """Id of the facility."""

    functions: tuple[Name, ...] = ()
    """Functions that leave a health house; none means that the whole place closes."""


class MoveSite(Section):
    """A health house or hospital that moves."""

    facility: Name
    """Id of the facility."""

    to: LonLat
    """Longitude and latitude of its new place, degrees."""


class ClosePractice(Section):
    """A general practice that closes."""

    practice: Name
    """Id of the practice, or the provider number that its sites share."""


class CloseLink(Section):
    """A ferry, bridge or tunnel that cannot be used."""

    link: Name
    """Name of the link in the road network."""


class OpenLink(Section):
    """A bridge, tunnel or ferry that does not exist yet."""

    name: Name
    """Its name."""

    start: LonLat
    """Longitude and latitude of one end, degrees; it is joined to the nearest public road."""

    end: LonLat
    """Longitude and latitude of the other end, degrees."""

    minutes: Annotated[float, Field(gt=0, le=1440)]
    """Minutes from end to end, waiting included."""

    length_km: Annotated[float, Field(gt=0, le=2000)] | None = None
    """Length; left out, the straight line."""

    both_ways: bool = True
    """Whether it can be used from end to start too."""

    ferry: bool = False
    """Whether it is a ferry."""


class SpeedChange(Section):
    """Other driving speeds."""

    all: Factor = 1.0
    """Factor on the speed of every road; 0.9 is ten per cent slower. Ferries keep their timetable."""

    classes: dict[RoadClassName, Factor] = Field(default_factory=dict)
    """Further factor on the speed of road classes, for example `motorway = 0.9`."""


class PopulationChange(Section):
    """The people of another year."""

    year: Annotated[int, Field(ge=1900, le=2100)] | None = None
    """The year, for titles."""

    file: Path | None = None
    """CSV with `municipality_code` and `population`; people of a municipality are scaled to it."""

    factor: Factor = 1.0
    """Factor on the people everywhere that the file says nothing of."""

    municipalities: dict[MunicipalityCode, Factor] = Field(default_factory=dict)
    """Factor on the people of single municipalities; goes before file and general factor."""

    source: str = ""
    """Where the figures come from."""


class Scenario(Section):
    """One what-if; everything that is not named stays as it is."""

    id: Slug
    """Short name in lower-case letters, digits and hyphens; results go to a folder of that name."""

    title: Name
    """Title on pages."""

    note: str = ""
    """What the scenario stands for."""

    open: tuple[OpenSite, ...] = ()
    """New places."""

    close: tuple[CloseSite, ...] = ()
    """Places that close, or functions that leave."""

    move: tuple[MoveSite, ...] = ()
    """Places that move."""

    close_practice: tuple[ClosePractice, ...] = ()
    """General practices that close."""

    close_link: tuple[CloseLink, ...] = ()
    """Ferries, bridges and tunnels that cannot be used."""

    open_link: tuple[OpenLink, ...] = ()
    """New ferries, bridges and tunnels."""

    speeds: SpeedChange = SpeedChange()
    """Driving speeds."""

    population: PopulationChange = PopulationChange()
    """People."""

    @property
    def changes_something(self) -> bool:
        """Whether anything differs from today."""
        lists = (self.open, self.close, self.move, self.close_practice)
        return any(lists) or self.changes_roads or self.population != PopulationChange()

    @property
    def changes_roads(self) -> bool:
        """Whether travel times must be measured again on another network."""
        return bool(self.close_link or self.open_link) or self.speeds != SpeedChange()
