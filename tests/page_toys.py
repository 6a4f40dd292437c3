"""A toy study for pages: six square municipalities, some with names that try to break out of the page."""

import dataclasses
import datetime as dt
from pathlib import Path
from types import SimpleNamespace

import geopandas as gpd
import pandas as pd
import shapely

from pipeline.clusters import build_clusters, check_population, split_population
from pipeline.clusters.facilities import count_by_cluster
from pipeline.clusters.houses import functions_by_cluster
from pipeline.clusters.practice_clusters import default_practice_clusters
from pipeline.findings import Finding
from pipeline.messages import msg
from pipeline.settings import MapSettings, Settings, StudySettings
from pipeline.sources import Source
from pipeline.study_inputs import InputFile
from pipeline.study_result import StudyResult
from tests.toys import CODES, point, toy_areas, toy_members, toy_names, toy_population

IMAGE = "<img src=x onerror=alert(1)>"
SCRIPT = "</script><script>alert(2)</script>"
QUOTES = 'O\'Neill "& søn" \u2028 <b>'
NAMES = ("Ærø", "Aabenraa", "Zebra", IMAGE, SCRIPT, "Køge")
"""Names of the municipalities 0101 to 0106."""


def toy_study(lang: str = "da", **maps: object) -> StudyResult:
    """Build a study of two schemes; 0102 stands in two clusters of scheme a, 0105 in none."""
    named = dict(zip(CODES, NAMES, strict=True))
    areas = toy_areas().assign(name=list(NAMES), precision="approximate", source="toy")
    municipalities = areas.assign(
        kind="municipality",
        region_2007="Region Øst",
        seat="Sæde",
        population=toy_population().to_numpy(),
        population_date=pd.Timestamp("2021-01-01"),
        area_km2=100.0,
    )
    members = toy_members()
    members = members.join(split_population(members, toy_population(), "once")).assign(
        municipality_name=members["municipality_code"].map(named),
        valid_from=None,
        valid_to=None,
        conflict=None,
    )
    gps = pd.Series(2.5, index=list(CODES))
    clusters = build_clusters(areas, members, toy_names().assign(full_name=IMAGE), gps)
    members = members.merge(
        clusters[["scheme", "cluster_id", "name"]].rename(columns={"name": "cluster_name"})
    )
    facilities = _facilities()
    roles = pd.concat(
        [facilities[["facility_id", "role"]].assign(scheme=scheme) for scheme in ("a", "b")],
        ignore_index=True,
    )
    roles.loc[(roles["scheme"] == "b") & (roles["facility_id"] == "hospital-two"), "role"] = "closed"
    pairs = facilities[["facility_id", "municipality_code"]].merge(members)[
        ["scheme", "cluster_id", "facility_id"]
    ]
    counts = count_by_cluster(pairs, facilities, roles)
    clusters = clusters.join(counts, on=["scheme", "cluster_id"])
    clusters = clusters.fillna(dict.fromkeys(counts.columns, 0)).astype(
        dict.fromkeys(counts.columns, "int64")
    )
    functions = _functions()
    held = pd.DataFrame(
        {
            "house_id": "one",
            "function_id": ["blood", "xray"],
            "status": ["present", "planned"],
            "evidence": "sourced",
        }
    ).merge(functions[["function_id", "name_da", "name_en"]])
    found = {
        "settings": Settings(
            study=StudySettings(
                name="toy", title="Prøve <i>æøå</i>", language=lang, as_of=dt.date(2020, 1, 1)
            ),
            maps=MapSettings(**maps),
        ),
        "schemes": _schemes(),
        "municipalities": municipalities,
        "clusters": clusters.assign(has_acute=clusters["acute_hospitals"] > 0),
        "cluster_members": members,
        "facilities": facilities,
        "facility_roles": roles,
        "facility_clusters": pairs.assign(basis="spatial"),
        "houses": _houses(),
        "functions": functions,
        "house_functions": held,
        "cluster_functions": functions_by_cluster(pairs, held, functions, clusters),
        "practice_clusters": default_practice_clusters(
            areas, municipalities.drop(columns="geometry"), gps * 2, gps
        ),
        "population_check": check_population(clusters, members, toy_population()),
        "findings": (
            Finding("strange_name", msg("{name} belongs to no cluster", name=IMAGE), scheme="a"),
            Finding("strange_name", msg("{name} belongs to no cluster", name=SCRIPT), "note"),
            Finding("strange_name", msg("{name} belongs to no cluster", name=QUOTES), "note", "a"),
        ),
        "files": (InputFile("municipality_areas", Path("toy.geojson"), "0" * 64, bundled=True),),
        "sources": {"toy": _source()},
    }
    # parts that no page here reads stay empty, so that a study may grow
    measured = SimpleNamespace(network=SimpleNamespace(arcs=SimpleNamespace(precision="measured")))
    found |= {"router": measured, "demand": pd.DataFrame({"precision": ["register"]})}
    return StudyResult(**{part.name: found.get(part.name) for part in dataclasses.fields(StudyResult)})


def _schemes() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "scheme": ["a", "b"],
            "name_da": ["Ordning A 2018", "Ordning B 2022"],
            "name_en": ["Scheme A 2018", "Scheme B 2022"],
            "unit_da": "klynge",
            "unit_en": "cluster",
            "on": [dt.date(2020, 1, 1), dt.date(2022, 7, 1)],
            "shown": [True, False],
        }
    )


def _facilities() -> gpd.GeoDataFrame:
    rows = [
        ("hospital-one", "hospital", "Ærøskøbing Hospital", "acute", "0101", point(0.3, 0.6), "ok"),
        ("hospital-two", "hospital", QUOTES, "non_acute", "0106", point(2.6, 1.4), "ok"),
        ("house-one", "health_house", IMAGE, "open", "0103", point(2.5, 0.4), "ok"),
        ("house-two", "health_house", "Uden punkt", "planned", "0104", None, "no_point"),
    ]
    columns = ["facility_id", "kind", "name", "role", "municipality_code", "geometry", "status"]
    frame = pd.DataFrame(rows, columns=columns).assign(
        address="Vejen 1",
        town="Byen",
        municipality_stated=None,
        snapped_m=0.0,
        valid_from=None,
        valid_to=None,
        point_precision="town",
        source="toy",
        precision="register",
        note=SCRIPT,
        note_da=None,
    )
    shapes = [shape if shape is not None else shapely.Point() for shape in frame["geometry"]]
    return gpd.GeoDataFrame(frame.drop(columns="geometry"), geometry=shapes, crs="EPSG:25832")


def _houses() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "house_id": ["one", "two"],
            "name": [IMAGE, "Uden punkt"],
            "town": "Byen",
            "owner": ["mixed", "unknown"],
            "owner_evidence": ["inferred", None],
            "owner_note": [QUOTES, None],
            "operator": ["Region Øst", None],
            "opened_year": pd.array([2018, pd.NA], dtype="Int64"),
            "floor_area_m2": [5200.0, float("nan")],
            "total_cost_mio_dkk": [78.5, float("nan")],
            "regional_share_pct": [40.0, float("nan")],
            "municipal_share_pct": [60.0, float("nan")],
            "state_grant_mio_dkk": float("nan"),
            "build_type": ["new", "unknown"],
            "evidence": "sourced",
        }
    )


def _functions() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "function_id": ["blood", "xray", "midwife"],
            "name_da": ["Blodprøver", "Røntgen", "Jordemoder"],
            "name_en": ["Blood tests", "X-ray", "Midwife"],
            "sector": "region",
            "target_group": None,
            "in_catalogue": True,
            "part_of": None,
        }
    )


def _source() -> Source:
    return Source(
        id="municipality-areas",
        kind="layer",
        title_da="Prøvegrænser",
        title_en="Toy borders",
        publisher="Nobody",
        address="https://example.org/toy",
        licence="MIT",
        credit="Grænser: prøve <b>fed</b>",
        version="1",
        precision="approximate",
        used_for=("clusters",),
    )
