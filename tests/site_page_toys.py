"""The toy study with satellite functions: a few towns and an own list, names that try to break out."""

import dataclasses
from pathlib import Path

import geopandas as gpd
import shapely

from pipeline.access.areas import land_cells
from pipeline.settings.sites import SiteRules
from pipeline.sites.overview import SiteOverview
from pipeline.sites.study import SiteFrames, run_sites
from pipeline.study_result import StudyResult
from pipeline.travel.network import build_network
from pipeline.travel.routing import Router
from tests.gp_toys import toy_demand, toy_roads, toy_settlements
from tests.page_toys import IMAGE, SCRIPT, toy_study

LIST = f"""navn;by;type;funktion;kapacitet;pris_mio_kr
"{IMAGE}";Køge;sundhedshus;;900;12
Forslag Nord;Ærøby;sundhedshus;;;
Kun røntgen;Aabenraa;sundhedshus;xray;;3
"{SCRIPT}";Atlantis;by;;;
"""
PEOPLE = 30.0
"""Times as many people as in the other toys, so that functions get their minimum volume."""

RULES = {"towns_from": 1000, "new_sites": 2, "stability": {"runs": 8, "speed_changes": [-0.2, 0.0, 0.2]}}


def site_study(folder: Path, lang: str = "da", **rules: object) -> StudyResult:
    """Build the study; `folder` takes the list of candidates."""
    study = toy_study(lang)
    path = folder / "egne.csv"
    path.write_text(LIST, encoding="utf-8")
    asked = SiteRules.model_validate({**RULES, "candidates": path, **rules})
    router = Router(build_network(toy_roads()))
    towns = toy_settlements()
    municipalities = study.municipalities.drop(columns="geometry").assign(
        seat=towns["name"].to_numpy(), seat_lon=towns["lon"].to_numpy(), seat_lat=towns["lat"].to_numpy()
    )
    demand = toy_demand()
    frames = SiteFrames(
        demand=demand.assign(weight=demand["weight"] * PEOPLE),
        areas=study.municipalities[["municipality_code", "name", "geometry"]],
        municipalities=municipalities,
        settlements=towns.assign(source="toy"),
        facilities=study.facilities.assign(register_id=study.facilities["facility_id"].str.split("-").str[1]),
        house_functions=study.house_functions.replace({"function_id": {"blood": "blood_tests"}}),
        cluster_members=study.cluster_members,
    )
    found = run_sites(router, frames, asked)
    cells = land_cells(shapely.union_all(study.municipalities.geometry.to_numpy()))
    settings = study.settings.model_copy(update={"sites": asked})
    return dataclasses.replace(
        study,
        settings=settings,
        router=router,
        demand=frames.demand,
        sites=found,
        site_overview=SiteOverview(found, gpd.GeoSeries(cells, crs="EPSG:25832")),
    )
