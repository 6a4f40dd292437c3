"""Registers of health houses for tests: three toy houses with hostile names, and the bundled one on toy clusters."""

import dataclasses

import geopandas as gpd
import pandas as pd

from pipeline.clusters.houses import functions_by_cluster
from pipeline.schemas import BUNDLED
from pipeline.study_result import StudyResult
from pipeline.tables import load_table
from tests.page_toys import IMAGE, QUOTES, SCRIPT, toy_study

SOURCE = "avisen <i>; https://example.org/hus?a=1&b=2, side 3; regionen"
CODES = {"one": "0103", "two": "0104", "three": "0102"}


def toy_register(lang: str = "da") -> StudyResult:
    """One open house with a hostile name, one planned and blank, one replaced that stands in two clusters."""
    study = toy_study(lang)
    functions = _functions()
    held = _held().merge(functions[["function_id", "name_da", "name_en"]])
    facilities = study.facilities[study.facilities["kind"] == "hospital"]
    own = study.facilities[study.facilities["facility_id"] == "house-one"]
    placed = [
        own.assign(facility_id=f"house-{house}", municipality_code=code, name=house, note=None, note_da=None)
        for house, code in CODES.items()
    ]
    return _with_register(
        dataclasses.replace(study, facilities=gpd.GeoDataFrame(pd.concat([facilities, *placed]))),
        _houses(),
        functions,
        held,
        pd.DataFrame(
            [
                (row.scheme, row.cluster_id, f"house-{house}", "spatial")
                for house, code in CODES.items()
                for row in study.cluster_members.itertuples()
                if row.municipality_code == code
            ],
            columns=["scheme", "cluster_id", "facility_id", "basis"],
        ),
    )


def bundled_register(lang: str = "da") -> StudyResult:
    """The bundled houses and functions, dealt out in turn to the clusters of the toy country."""
    study = toy_study(lang)
    tables = {name: load_table(name) for name in ("health_houses", "functions", "house_functions")}
    houses, functions = tables["health_houses"], tables["functions"]
    pairs = []
    for scheme, clusters in study.clusters.groupby("scheme"):
        ids = clusters["cluster_id"].tolist()
        pairs += [
            (scheme, ids[i % len(ids)], f"house-{house}", "spatial")
            for i, house in enumerate(houses["house_id"])
        ]
    held = tables["house_functions"].merge(functions[["function_id", "name_da", "name_en"]])
    columns = ["scheme", "cluster_id", "facility_id", "basis"]
    return _with_register(study, houses, functions, held, pd.DataFrame(pairs, columns=columns))


def _with_register(
    study: StudyResult,
    houses: pd.DataFrame,
    functions: pd.DataFrame,
    held: pd.DataFrame,
    pairs: pd.DataFrame,
) -> StudyResult:
    return dataclasses.replace(
        study,
        houses=houses,
        functions=functions,
        house_functions=held,
        facility_clusters=pairs,
        cluster_functions=functions_by_cluster(pairs, held, functions, study.clusters),
    )


def _complete(frame: pd.DataFrame, table: str) -> pd.DataFrame:
    """Add the columns that a contract has beyond those given, all blank."""
    return frame.reindex(columns=list(BUNDLED[table].columns))


def _houses() -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "house_id": ["one", "two", "three"],
            "name": [IMAGE, "Ølgod hus", "Aalborg hus"],
            "town": ["Byen", None, "Byen"],
            "municipality_code": ["0103", "0104", "0102"],
            "status": ["open", "planned", "replaced"],
            "status_year": pd.array([pd.NA, 2013, 2023], dtype="Int64"),
            "owner": ["mixed", "unknown", "region"],
            "owner_evidence": ["inferred", None, "sourced"],
            "owner_note": [QUOTES, None, None],
            "operator": [SCRIPT, None, None],
            "opened_year": pd.array([2018, pd.NA, 1999], dtype="Int64"),
            "floor_area_m2": [5200.0, None, 750.0],
            "total_cost_mio_dkk": [78.5, None, None],
            "regional_share_pct": [40.0, None, None],
            "municipal_share_pct": [60.0, None, None],
            "build_type": ["new", "unknown", "renovated"],
            "contract_form": ["totalentreprise", None, None],
            "evidence": ["sourced", "sourced", "weak"],
            "source": [SOURCE, "x", "y"],
            "precision": "register",
            "note": [SCRIPT, None, "see the plan"],
            "note_da": [None, None, "se planen"],
        }
    )
    return _complete(frame, "health_houses")


def _functions() -> pd.DataFrame:
    rows = [
        ("blood", "Blodprøver", "Blood tests", "region", None, None, True, None),
        ("clinics", "Ambulatorier", "Clinics", "region", None, None, True, None),
        ("heart", "Hjerte <b>", "Heart <b>", "region", "chronic|old", "kronikere; ældre", False, "clinics"),
        ("midwife", "Jordemoder", "Midwife", "region", "pregnant", "gravide", True, None),
        ("dentist", "Tandlæge", "Dentist", "private", None, None, True, None),
        ("jobs", "Jobcenter", "Job centre", "municipality", "old", "ældre", False, None),
        ("nowhere", "Ingen steder", "Nowhere", "voluntary", None, None, False, None),
    ]
    names = ["function_id", "name_da", "name_en", "sector", "target_group", "target_group_da"]
    frame = pd.DataFrame(rows, columns=[*names, "in_catalogue", "part_of"])
    return _complete(frame.assign(target_group_en=frame["target_group_da"]), "functions")


def _held() -> pd.DataFrame:
    rows = [
        ("one", "blood", "present", "blodprøver", "sourced"),
        ("one", "heart", "present", IMAGE, "inferred"),
        ("one", "jobs", "planned", None, "sourced"),
        ("one", "dentist", "present", "tand", "weak"),
        ("three", "blood", "past", "blod", "sourced"),
        ("three", "midwife", "planned", "jordemoder", "sourced"),
    ]
    frame = pd.DataFrame(rows, columns=["house_id", "function_id", "status", "stated_as", "evidence"])
    return _complete(frame, "house_functions")
