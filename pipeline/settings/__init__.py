"""Typed settings of a study: what can be set, with a description of each.

A settings file names what to study and where the data lie. Paths are relative to the settings file's folder;
the word ``bundled`` stands for what ships with the project.
"""

import datetime as dt
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import Field, StringConstraints, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError

from pipeline.address_keys import keys_in
from pipeline.messages import Language
from pipeline.settings.coverage import CoverageSettings
from pipeline.settings.database import DatabaseSettings
from pipeline.settings.fetch import FetchSettings
from pipeline.settings.limits import LimitSettings
from pipeline.settings.main_roads import MainRoadSettings
from pipeline.settings.roads import RoadSettings
from pipeline.settings.sections import Section
from pipeline.settings.sites import SiteRules

PROJECT: Final = Path(__file__).resolve().parents[2]
"""The project's root: where ``config/`` and ``geodata/`` stand."""

BUNDLED: Final = "bundled"
"""The word that stands for the data that ship with the project."""

IN_DATABASE: Final = "postgis:"
"""What a table or view of the shared database is named with where a file could stand."""

SplitRule = Literal["once", "full", "none"]


def _input_file(value: object, info: ValidationInfo) -> object:
    """Resolve a path against the settings file's folder and see that the file is there."""
    if value is None or value == BUNDLED:
        return value
    if not isinstance(value, str | Path) or not str(value).strip():
        raise PydanticCustomError("path", 'a path in quotes, or "bundled"')
    if str(value).startswith(IN_DATABASE):
        return Path(value)
    base = (info.context or {}).get("folder", Path.cwd())
    path = Path(value).expanduser()
    path = path if path.is_absolute() else Path(base) / path
    if not path.exists():
        raise PydanticCustomError("missing_file", "no file {path}", {"path": str(path)})
    if path.is_dir() and path.suffix.lower() != ".gdb":
        raise PydanticCustomError("folder", "the folder {path}", {"path": str(path)})
    return path


Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]


class Told(Section):
    """Something to know about the data, told by whoever made them; shown with the other warnings."""

    da: Annotated[str, Field(min_length=1, max_length=600)]
    """The sentence in Danish."""

    en: Annotated[str, Field(min_length=1, max_length=600)]
    """The sentence in English."""

    severity: Literal["warning", "note"] = "warning"
    """`warning` (look at it) or `note` (good to know)."""


class StudySettings(Section):
    """What the study is called, and which day and language it is told in."""

    name: Slug
    """Short name in lower-case letters, digits and hyphens; results go to `out/<name>/`."""

    title: Annotated[str, Field(min_length=1, max_length=120)]
    """Title on pages and figures."""

    language: Language = "da"
    """Language of pages, figures and messages: `da` (Danish) or `en` (English). `--lang` overrides it."""

    as_of: dt.date
    """Day that the study describes (YYYY-MM-DD). The cluster scheme in force that day is shown first and used
    for figures by cluster; hospitals count as acute when they are acute that day."""

    split_shared: SplitRule = "once"
    """How the population of a municipality in several clusters counts: `once` (split evenly, so totals add
    up), `full` (whole in each cluster) or `none` (in no cluster)."""

    data: Path | None = None
    """Settings that `klyngekort fetch` writes (`open-data.toml`): they name the fetched files, whom to credit
    and what is missing. What this file says itself goes before them."""

    told: tuple[Told, ...] = ()
    """What a reader should know of the data; `klyngekort fetch` writes it to `open-data.toml`."""

    _data = field_validator("data", mode="before")(_input_file)


class BoundarySettings(Section):
    """Municipality boundaries."""

    file: Path | Literal["bundled"] = BUNDLED
    """`bundled` (approximate), or a GeoPackage, GeoJSON, Shapefile, GeoParquet or TopoJSON file."""

    layer: str | None = None
    """Layer to read where the file holds several."""

    key: str | None = None
    """Column with the municipality code or name; found by itself when left out."""

    crs: str | None = None
    """CRS of a file that does not state one, for example `EPSG:25832`."""

    credit: str | None = None
    """Credit line of your own file, shown on every map (for example `Indeholder data fra …`)."""

    date: str | None = None
    """Date or version of your own file, shown with the credit."""

    _file = field_validator("file", mode="before")(_input_file)


TableFile = Path | Literal["bundled"]


class TableSettings(Section):
    """Tables that replace the bundled ones; each has the columns of the bundled file of the same name."""

    municipalities: TableFile = BUNDLED
    """Municipalities with code, name, region, population and area."""

    schemes: TableFile = BUNDLED
    """Cluster schemes with the days they are in force."""

    clusters: TableFile = BUNDLED
    """Names of the clusters of each scheme."""

    cluster_members: TableFile = BUNDLED
    """Which municipality belongs to which cluster, dated; a municipality may belong to several."""

    hospitals: TableFile = BUNDLED
    """Hospitals with address and point."""

    hospital_status: TableFile = BUNDLED
    """Whether a hospital is acute, dated."""

    hospital_clusters: TableFile = BUNDLED
    """Which hospital serves which cluster, dated."""

    health_houses: TableFile = BUNDLED
    """Health houses with owner, operator, year, area and cost."""

    functions: TableFile = BUNDLED
    """Catalogue of functions that a health house can hold."""

    house_functions: TableFile = BUNDLED
    """Which function is found in which house."""

    gp_supply_region: TableFile = BUNDLED
    """Figures on general practitioners by region."""

    gp_supply_municipality: TableFile = BUNDLED
    """Figures on general practices by municipality."""

    settlements: TableFile = BUNDLED
    """Towns and villages with point and population."""

    links: TableFile = BUNDLED
    """Fixed links and car ferries of the bundled road network."""

    main_roads: TableFile = BUNDLED
    """Numbered roads of the bundled road network."""

    practice_clusters: Path | None = None
    """Optional table of GP practices and the practice cluster each belongs to; without it each municipality
    stands for one practice cluster, and pages say so."""

    _files = field_validator("*", mode="before")(_input_file)


class RoadsSettings(Section):
    """The road network that travel times are measured on."""

    file: Path | Literal["bundled"] = BUNDLED
    """`bundled` (numbered roads and assumed local roads, approximate), an OpenStreetMap extract (`.osm.pbf`,
    `.osm`, `.osm.gz`, `.osm.bz2`) or a layer of road lines (GeoPackage, Shapefile, GeoParquet)."""

    layer: str | None = None
    """Layer of road lines to read where the file holds several."""

    speed_column: str | None = None
    """Column of road lines with the speed limit, km/h; found by itself when left out."""

    class_column: str | None = None
    """Column of road lines with the class of road; found by itself when left out."""

    oneway_column: str | None = None
    """Column of road lines with the direction; found by itself when left out."""

    credit: str | None = None
    """Credit line of your own file, shown on every map that rests on it."""

    longest_access_m: Annotated[float, Field(gt=0, le=20_000)] = 2_000.0
    """A point farther than this from every road has no travel time, metres."""

    access_kmh: Annotated[float, Field(gt=0, le=130)] = 20.0
    """Speed between a point and the nearest road, km/h. Assumption."""

    profile: RoadSettings = RoadSettings()
    """How roads of an extract or layer are driven."""

    main_roads: MainRoadSettings = MainRoadSettings()
    """Speeds and detours of the bundled network."""

    _file = field_validator("file", mode="before")(_input_file)


class DemandSettings(Section):
    """Where people live, for GP coverage and siting."""

    kind: Literal["bundled", "points", "areas"] = "bundled"
    """`bundled` (municipality totals over towns and rural land, modelled), `points` (a table of points or a
    grid such as Eurostat's census grid) or `areas` (counts by area, spread over dwellings)."""

    file: Path | None = None
    """The file of points, cells or areas."""

    layer: str | None = None
    """Layer to read where the file holds several."""

    crs: str | None = None
    """CRS of a file that does not state one, for example `EPSG:25832`."""

    columns: dict[str, str] = {}  # noqa: RUF012  (pydantic copies it, and settings do not change)
    """Columns by what they hold, where they are not found by themselves: `id`, `cell`, `people`, `lon`,
    `lat`, `x`, `y` of points; `area_id`, `municipality`, `people`, `name` of areas."""

    bands: dict[str, str] = {}  # noqa: RUF012  (as above)
    """Columns of people by age: `people_0_17 = "…"`, `people_65_plus = "…"`."""

    adults_only: bool = False
    """The figures count adults only: children are added up to each municipality's population (modelled)."""

    addresses: Path | None = None
    """OpenStreetMap extract with addresses that areas are spread over; without it the roads that people live
    along stand in."""

    thin_m: Annotated[float, Field(gt=0, le=10_000)] = 750
    """Dwellings are gathered in cells of this size, metres."""

    credit: str | None = None
    """Credit line of your own file."""

    _files = field_validator("file", "addresses", mode="before")(_input_file)

    @model_validator(mode="after")
    def _file_given(self) -> Self:
        if self.kind != "bundled" and self.file is None:
            raise PydanticCustomError("no_file", "a file for this kind")
        return self


class PracticeSettings(Section):
    """GP practices."""

    kind: Literal["bundled", "table", "sor", "osm"] = "bundled"
    """`bundled` (region totals over practices by municipality, modelled), `table` (any table of points, a
    file of provider numbers among them), `sor` (CSV export of SOR) or `osm` (doctors in an OpenStreetMap
    extract)."""

    file: Path | None = None
    """The file."""

    layer: str | None = None
    """Layer to read where the file holds several."""

    crs: str | None = None
    """CRS of a file that does not state one, for example `EPSG:25832`."""

    columns: dict[str, str] = {}  # noqa: RUF012  (as above)
    """Columns by what they hold, where they are not found by themselves: `provider`, `name`, `capacity`,
    `open_to_new`, `valid_from`, `valid_to`, `lon`, `lat`, `x`, `y`."""

    credit: str | None = None
    """Credit line of your own file."""

    _file = field_validator("file", mode="before")(_input_file)

    @model_validator(mode="after")
    def _file_given(self) -> Self:
        if self.kind != "bundled" and self.file is None:
            raise PydanticCustomError("no_file", "a file for this kind")
        return self


class MapSettings(Section):
    """What the pages and figures show."""

    background_url: Annotated[str, StringConstraints(pattern=r"^https://[^\s\"'<>]+$")] | None = None
    """Address template of a background map with `{z}`, `{x}` and `{y}`. Off until the reader switches it on;
    without it no page ever sends a request. Never put a key in it: it would stand in the page."""

    background_credit: str | None = None
    """Credit line of the background map."""

    figures: bool = True
    """Draw the static figures (PNG, SVG, PDF) too."""

    figure_formats: tuple[Literal["png", "svg", "pdf"], ...] = ("png", "svg", "pdf")
    """File formats of the static figures."""

    figure_schemes: Literal["shown", "all"] = "shown"
    """Draw one figure per cluster for the scheme shown first (`shown`) or for every scheme (`all`)."""

    coverage_figures: tuple[Literal["regions", "clusters"], ...] = ("regions",)
    """Figures on GP coverage beside that of the country: `regions` (one for each region of 2007), `clusters`
    (one for each cluster of the scheme shown first; they take as long as all other figures)."""

    sheets: bool = True
    """Write a two-page sheet of each cluster (HTML and PDF), explain cards of candidate sites and a Word
    report too."""

    site_cards: Annotated[int, Field(ge=0, le=1000)] = 1
    """Explain cards are written of your own candidate sites (of more than 100, the best 100) and of so many
    best ones of each satellite function."""

    workers: Annotated[int, Field(ge=1, le=64)] = 2
    """Processes that draw figures and sheets and do test runs side by side; `--workers` overrides it."""

    @field_validator("background_url")
    @classmethod
    def _without_keys(cls, value: str | None) -> str | None:
        """Refuse a key written out in the address: it would stand in every page."""
        if value is not None and keys_in(value):
            raise PydanticCustomError("key_in_page", "an address without a key")
        return value


class SitesSettings(SiteRules):
    """Satellite functions: candidates, their evaluation and the choice among them."""

    _files = field_validator("candidates", "functions", mode="before")(_input_file)


class Settings(Section):
    """Everything a study needs to know."""

    study: StudySettings
    """The study itself."""

    boundaries: BoundarySettings = BoundarySettings()
    """Municipality boundaries."""

    tables: TableSettings = TableSettings()
    """Tables of municipalities, clusters, hospitals, houses and practices."""

    roads: RoadsSettings = RoadsSettings()
    """Road network."""

    maps: MapSettings = MapSettings()
    """Pages and figures."""

    demand: DemandSettings = DemandSettings()
    """Where people live."""

    practices: PracticeSettings = PracticeSettings()
    """GP practices."""

    coverage: CoverageSettings = CoverageSettings()
    """GP coverage: rules, gap areas and how they are shaken."""

    sites: SitesSettings = SitesSettings()
    """Satellite functions: candidates, their evaluation and the choice among them."""

    fetch: FetchSettings = Field(default_factory=FetchSettings)
    """Fetching of official and open data with `klyngekort fetch`."""

    database: DatabaseSettings = DatabaseSettings()
    """A shared database: inputs named `postgis:table` are read from it, results are published into it."""

    limits: LimitSettings = LimitSettings()
    """How large inputs may be."""
