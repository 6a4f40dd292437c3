"""Settings of the road readers: speeds, delays and ferries, each with its unit and where it comes from.

A *limit* is what a driver may do, a *factor* what is typically done of it between the delays that are counted
by themselves. Limits are law; factors and delays are assumptions, to be held against reference times.
"""

from typing import Annotated, Final, Literal

from pydantic import Field, field_validator

from pipeline.settings.sections import Section

Kmh = Annotated[float, Field(gt=0, le=200, allow_inf_nan=False)]
Factor = Annotated[float, Field(gt=0, le=1.5, allow_inf_nan=False)]
Seconds = Annotated[float, Field(ge=0, le=600, allow_inf_nan=False)]
Minutes = Annotated[float, Field(ge=0, le=1440, allow_inf_nan=False)]
Metres = Annotated[float, Field(ge=0, le=100_000, allow_inf_nan=False)]

ClassName = Literal[
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
    "other",
]


class ClassSpeed(Section):
    """How fast a class of road is driven."""

    urban_kmh: Kmh
    """Limit in towns where no sign is known, km/h."""

    rural_kmh: Kmh
    """Limit outside towns where no sign is known, km/h."""

    urban_factor: Factor = 1.0
    """Typical speed divided by the limit, in towns. Assumption."""

    rural_factor: Factor = 1.0
    """Typical speed divided by the limit, outside towns. Assumption."""

    top_kmh: Kmh = 130.0
    """Never driven faster than this, whatever the limit, km/h. Assumption (narrow, winding or unpaved)."""


CLASS_SPEEDS: Final[dict[ClassName, ClassSpeed]] = {
    "motorway": ClassSpeed(urban_kmh=110, rural_kmh=130, urban_factor=0.95, rural_factor=0.92),
    "motorway_link": ClassSpeed(urban_kmh=70, rural_kmh=80, urban_factor=0.85, rural_factor=0.85),
    "trunk": ClassSpeed(urban_kmh=70, rural_kmh=80, urban_factor=0.9, rural_factor=0.97),
    "trunk_link": ClassSpeed(urban_kmh=50, rural_kmh=70, urban_factor=0.85, rural_factor=0.85),
    "primary": ClassSpeed(urban_kmh=50, rural_kmh=80, urban_factor=0.88, rural_factor=0.93),
    "primary_link": ClassSpeed(urban_kmh=50, rural_kmh=60, urban_factor=0.85, rural_factor=0.85),
    "secondary": ClassSpeed(urban_kmh=50, rural_kmh=80, urban_factor=0.86, rural_factor=0.9),
    "secondary_link": ClassSpeed(urban_kmh=50, rural_kmh=60, urban_factor=0.8, rural_factor=0.8),
    "tertiary": ClassSpeed(urban_kmh=50, rural_kmh=80, urban_factor=0.84, rural_factor=0.84),
    "tertiary_link": ClassSpeed(urban_kmh=50, rural_kmh=60, urban_factor=0.8, rural_factor=0.8),
    "unclassified": ClassSpeed(urban_kmh=50, rural_kmh=80, urban_factor=0.8, rural_factor=0.7),
    "residential": ClassSpeed(urban_kmh=50, rural_kmh=80, urban_factor=0.65, rural_factor=0.55),
    "living_street": ClassSpeed(urban_kmh=15, rural_kmh=15, top_kmh=15),
    "service": ClassSpeed(urban_kmh=20, rural_kmh=30, top_kmh=30),
    "track": ClassSpeed(urban_kmh=15, rural_kmh=20, top_kmh=25),
    "other": ClassSpeed(urban_kmh=50, rural_kmh=80, urban_factor=0.7, rural_factor=0.7),
}
"""Denmark's general limits by class: 50 km/h in built-up areas, 80 outside and on expressways, 130 on
motorways (road traffic act § 42), 110 on motorways through towns, 15 in play streets. The factors are
assumptions."""


class DelaySettings(Section):
    """Time lost at points, added to the arc that arrives there. Turns themselves are not modelled."""

    yield_s: Seconds = 5.0
    """Arriving at a junction from a road of lesser class than the best that meets there, seconds.
    Assumption."""

    equal_s: Seconds = 2.0
    """Arriving at a junction where three or more roads of the best class meet, seconds. Assumption."""

    signal_s: Seconds = 12.0
    """A traffic signal, seconds: mean of stopping and passing. Takes the place of the junction's own delay.
    Assumption."""

    roundabout_s: Seconds = 4.0
    """Entering a roundabout (or a mini roundabout), seconds. Assumption."""

    stop_s: Seconds = 5.0
    """A stop sign, seconds, on top of the junction's own delay. Assumption."""

    give_way_s: Seconds = 1.0
    """A give-way sign, seconds, on top of the junction's own delay. Assumption."""

    crossing_s: Seconds = 0.5
    """A pedestrian crossing, seconds. Assumption."""

    level_crossing_s: Seconds = 5.0
    """A level crossing of a railway, seconds. Assumption."""

    calming_s: Seconds = 1.5
    """A bump or other traffic calming, seconds. Assumption."""


class FerryCrossing(Section):
    """What is known of one ferry; what is left out comes from the extract and the general settings."""

    car: bool | None = None
    """Whether it takes cars; overrules the extract."""

    crossing_min: Annotated[float | None, Field(gt=0, le=1440)] = None
    """Sailing time, minutes; overrules the extract."""

    boarding_min: Annotated[float | None, Field(ge=0, le=1440)] = None
    """How long before departure one must be there, minutes."""

    sailings_per_day: Annotated[float | None, Field(gt=0, le=500)] = None
    """Departures a day each way."""


class FerrySettings(Section):
    """Car ferries: crossing, boarding and waiting."""

    use: bool = True
    """Let travel go by car ferry."""

    boarding_min: Minutes = 10.0
    """How long before departure one must be there, minutes. Assumption."""

    short_crossing_min: Minutes = 15.0
    """Crossings up to this long are short, minutes: drive on, drive off. Assumption."""

    short_boarding_min: Minutes = 5.0
    """Boarding wait of a short crossing, minutes. Assumption."""

    sailings_per_day: Annotated[float | None, Field(gt=0, le=500)] = None
    """Departures a day each way where a ferry has no figure of its own; left out, no wait is added for the
    timetable: people come in time for the departure they plan for."""

    service_h: Annotated[float, Field(gt=0, le=24)] = 16.0
    """Hours of the day that departures are spread over. Assumption."""

    longest_wait_min: Minutes = 30.0
    """Cap on the mean wait for the timetable (half the time between departures), minutes. Assumption: whoever
    knows of few departures plans for one."""

    speed_kmh: Kmh = 25.0
    """Speed of a ferry without a believable sailing time, km/h. Assumption."""

    slowest_kmh: Kmh = 2.0
    """A stated sailing time of more than half an hour that means slower than this is not believed, km/h."""

    fastest_kmh: Kmh = 90.0
    """A stated sailing time that means faster than this is not believed, km/h (fast ferries: about 75)."""

    terminal_m: Metres = 300.0
    """A terminal that touches no road is joined to the nearest road within this distance, metres."""

    ramp_m: Metres = 1000.0
    """Access-only roads within this distance that lead to a terminal are open to the ferry's traffic,
    metres."""

    crossings: dict[str, FerryCrossing] = Field(default_factory=dict)
    """What is known of single ferries, by name or by id (`way/123`, `relation/123`; in a layer of lines
    `line/7`, its seventh row)."""


class LineSettings(Section):
    """Road lines from a layer of one's own, such as official road centrelines."""

    tolerance_m: Annotated[float, Field(ge=0, le=50, allow_inf_nan=False)] = 2.0
    """Ends of lines within this distance of each other, or of another line, are joined, metres."""

    cut_crossings: bool = False
    """Join lines where they cross without an end there. Off, since bridges cross roads without joining them;
    on for layers drawn without regard to junctions."""

    crs: str | None = None
    """Coordinate system of a file that states none, for example `EPSG:25832`."""

    classes: dict[str, ClassName] = Field(default_factory=dict)
    """What the layer's own words for classes of road mean, for example `{"4" = "tertiary"}`. OpenStreetMap's
    words and GeoDanmark's are known already."""


class RoadSettings(Section):
    """How roads are read and how fast they are driven."""

    speeds: dict[ClassName, ClassSpeed] = CLASS_SPEEDS
    """Limits and typical speeds by class; a class or a figure that is left out keeps its default."""

    urban_zone_kmh: Kmh = 50.0
    """What `DK:urban` stands for, km/h (road traffic act § 42)."""

    rural_zone_kmh: Kmh = 80.0
    """What `DK:rural` stands for, km/h (road traffic act § 42)."""

    trunk_zone_kmh: Kmh = 80.0
    """What `DK:trunk` (expressway) stands for, km/h (road traffic act § 42)."""

    motorway_zone_kmh: Kmh = 130.0
    """What `DK:motorway` stands for, km/h (road traffic act § 42)."""

    living_street_kmh: Kmh = 15.0
    """What `DK:living_street` (play street) stands for, km/h."""

    walk_kmh: Kmh = 7.0
    """What `walk` stands for, km/h. Assumption."""

    lowest_sign_kmh: Kmh = 5.0
    """A signed limit below this is taken for a mistake and ignored, km/h."""

    highest_sign_kmh: Kmh = 130.0
    """A signed limit above this is taken for a mistake and ignored, km/h (Denmark's highest limit)."""

    unpaved_kmh: Kmh = 40.0
    """Never driven faster than this on gravel and other unpaved roads, km/h. Assumption."""

    roundabout_kmh: Kmh = 30.0
    """Never driven faster than this on a roundabout, km/h. Assumption."""

    delays: DelaySettings = DelaySettings()
    """Time lost at junctions, signals, roundabouts, signs, crossings and bumps."""

    urban_cell_m: Annotated[float, Field(ge=50, le=5000)] = 200.0
    """Side of the cells in which residential streets are counted, metres; a cell counts with its eight
    neighbours."""

    urban_km_per_km2: Annotated[float, Field(gt=0, le=100)] = 2.0
    """Streets, km per km², from which on a road without zone or telling limit is in town. With 2 in cells of
    200 m, 95 % of the roads signed 70 or more on Samsø, Bornholm and around Sindal come out as country, and
    three quarters of those signed 40 or 50 as town."""

    tracks: Literal["destination", "open", "none"] = "destination"
    """Farm and forest tracks: only to reach a door on them (`destination`), like any road (`open`) or not at
    all (`none`)."""

    motorway_oneway: Literal["auto", "implied", "tagged"] = "auto"
    """Whether a motorway without a one-way tag is one-way: `implied`, as OpenStreetMap means it; `tagged`,
    only where tagged; `auto`, implied unless the whole extract knows no one-way streets."""

    oneway_evidence: Annotated[int, Field(ge=1)] = 1000
    """Roads that an extract must have at least before the lack of any one-way tag says that directions are
    not recorded (`motorway_oneway = "auto"`)."""

    ferries: FerrySettings = FerrySettings()
    """Car ferries."""

    lines: LineSettings = LineSettings()
    """Road lines from a layer of one's own."""

    @field_validator("speeds", mode="before")
    @classmethod
    def _fill_up(cls, value: object) -> object:
        """Keep the default of every class, and of every figure of a class, that is left out."""
        if not isinstance(value, dict):
            return value
        known = {str(name): speed for name, speed in CLASS_SPEEDS.items()}
        filled: dict[str, object] = {**known}
        for name, given in value.items():
            default = known.get(name)
            filled[name] = {**default.model_dump(), **given} if default and isinstance(given, dict) else given
        return filled
