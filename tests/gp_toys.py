"""The toy study with GP coverage: roads in squares, practices in the west, names that try to break out."""

import dataclasses

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from pipeline.access.areas import land_cells
from pipeline.coverage.gap_table import Surroundings
from pipeline.coverage.study import CoverageInputs, run_coverage
from pipeline.coverage.zones import coverage_zones
from pipeline.settings.coverage import CoverageSettings
from pipeline.study_result import StudyResult
from pipeline.travel.network import build_network
from pipeline.travel.routing import Router
from tests.coverage_toys import demand_frame, practice_frame
from tests.networks import ORIGIN, Road, roads
from tests.page_toys import IMAGE, QUOTES, SCRIPT, toy_study
from tests.toys import CODES, SOUTH, WEST, point, toy_population

STEP = 2_000.0
COLUMNS, ROWS = 16, 11
RULES = CoverageSettings.model_validate(
    {
        "choice": {"limits_km": [{"value": 12}]},
        "robustness": {"runs": 4, "speed_changes": [-0.1, 0.1]},
    }
)


def gp_study(lang: str = "da", **settings: object) -> StudyResult:
    """Build the study; in the east people have a long way and no choice, and one place has no road."""
    study = toy_study(lang)
    rules = CoverageSettings.model_validate({**RULES.model_dump(), **settings})
    chosen = study.settings.model_copy(update={"coverage": rules})
    router = Router(build_network(toy_roads()))
    areas = study.municipalities
    cluster_of = pd.Series({code: f"Klynge {code} {IMAGE}" for code in CODES})
    inputs = CoverageInputs(
        toy_demand(),
        _practices(),
        Surroundings(areas, toy_settlements(), cluster_of),
        pd.DataFrame(areas.drop(columns="geometry")),
        study.cluster_members,
    )
    found = run_coverage(router, inputs, rules, study.settings.study.as_of, lang=lang)
    cells = gpd.GeoSeries(land_cells(shapely.union_all(areas.geometry.to_numpy())), crs=areas.crs)
    return dataclasses.replace(
        study,
        settings=chosen,
        router=router,
        demand=inputs.demand,
        coverage=found,
        coverage_zones=coverage_zones(cells, inputs.demand, found.covered),
    )


def toy_roads():
    """Roads in squares over the toy country."""
    xy = [
        (WEST + column * STEP - ORIGIN[0], SOUTH + row * STEP - ORIGIN[1])
        for row in range(ROWS)
        for column in range(COLUMNS)
    ]
    across = [
        Road(row * COLUMNS + column, row * COLUMNS + column + 1, 150.0)
        for row in range(ROWS)
        for column in range(COLUMNS - 1)
    ]
    up = [
        Road(row * COLUMNS + column, (row + 1) * COLUMNS + column, 150.0)
        for row in range(ROWS - 1)
        for column in range(COLUMNS)
    ]
    return roads(xy, across + up)


def toy_demand() -> gpd.GeoDataFrame:
    """People in the middle of each square."""
    spots = np.array([(i + 0.5, j + 0.5) for j in range(10) for i in range(15)]) * STEP + (WEST, SOUTH)
    codes = [CODES[int((x - WEST) // 10_000 + 3 * ((y - SOUTH) // 10_000))] for x, y in spots]
    people = toy_population() * 10
    return demand_frame([people[code] / 25 for code in codes], codes, spots)


def _practices() -> gpd.GeoDataFrame:
    spots = [point(0.3, 0.3), point(0.3, 0.3), point(0.9, 1.1), point(1.3, 0.5), point(2.9, 1.9)]
    frame = practice_frame(
        [1.0, 0.5, 1.0, 0.7, 0.3],
        [True, None, False, True, False],
        [(spot.x, spot.y) for spot in spots],
        ["0101", "0101", "0104", "0102", "0106"],
    )
    return frame.assign(
        provider=frame["practice_id"],
        name=["Lægehuset", IMAGE, SCRIPT, QUOTES, "Lægerne Øst"],
        capacity_precision="modelled",
    )


def toy_settlements() -> pd.DataFrame:
    """A town in each municipality."""
    names = ["Ærøby", IMAGE, SCRIPT, QUOTES, "Køge", "Aabenraa"]
    towns = gpd.GeoSeries(
        [point(column + 0.5, row + 0.5) for row in range(2) for column in range(3)], crs="EPSG:25832"
    ).to_crs("EPSG:4326")
    return pd.DataFrame(
        {
            "geonameid": range(1, 7),
            "name": names,
            "lon": towns.x,
            "lat": towns.y,
            "population": 1000,
            "municipality_code": list(CODES),
        }
    )
