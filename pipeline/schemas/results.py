"""Contracts of the result frames that drawing and the result files get; geometry is EPSG:25832."""

from typing import Final

from pipeline.messages import msg
from pipeline.schemas.areas import CLUSTER, IN_CLUSTERS, IN_MUNICIPALITIES, SCHEME
from pipeline.schemas.common import (
    KM2,
    PEOPLE,
    POINT_PRECISIONS,
    PRECISIONS,
    Contract,
    M,
    Reference,
    evidence,
    flag,
    municipality_code,
    note_da,
    number,
    origin,
    shape,
    text,
    valid_from,
    valid_to,
    whole,
)
from pipeline.schemas.services import FUNCTION, HOSPITAL_STATUSES, HOUSE, HOUSE_STATUSES, IN_FUNCTIONS

AREA_SHAPES: Final = ("Polygon", "MultiPolygon")
FACILITY: Final = text(msg("id of the hospital or health house"))
IN_FACILITIES: Final = Reference(("facility_id",), "facilities", ("facility_id",))

MUNICIPALITIES: Final = Contract(
    "municipalities",
    msg("Municipality areas"),
    {
        "municipality_code": municipality_code(),
        "name": text(msg("name of the municipality")),
        "precision": text(
            msg("how the row came about: measured, from a register, modelled or approximate"),
            allowed=PRECISIONS,
        ),
        "geometry": shape(msg("area of the municipality"), types=AREA_SHAPES),
    },
    key=("municipality_code",),
)

CLUSTERS: Final = Contract(
    "clusters",
    msg("Clusters of each scheme with key figures"),
    {
        "scheme": SCHEME,
        "cluster_id": CLUSTER,
        "name": text(msg("short name for maps; told apart by region where two are alike")),
        "full_name": text(msg("name as published")),
        "region": text(msg("region of the cluster")),
        "municipalities": whole(msg("number of municipalities, shared ones included"), low=1),
        "shared_municipalities": text(
            msg("municipalities that also belong to another cluster, joined by ;"), empty=True
        ),
        "population": whole(msg("inhabitants, shared municipalities by the split rule"), unit=PEOPLE, low=0),
        "population_full": whole(
            msg("inhabitants, shared municipalities counted in full"), unit=PEOPLE, low=0
        ),
        "area_km2": number(msg("area of the cluster"), unit=KM2, low=0),
        "acute_hospitals": whole(msg("number of acute hospitals on the day"), low=0),
        "hospitals": whole(msg("number of hospitals in use on the day, acute ones included"), low=0),
        "health_houses": whole(msg("number of open health houses"), low=0),
        "gps": number(msg("general practitioners, shared out by a model"), low=0, empty=True),
        "gps_precision": text(msg("precision of the number of general practitioners"), allowed=PRECISIONS),
        "has_acute": flag(msg("whether the cluster has an acute hospital")),
        "colour": whole(msg("number of the map colour; neighbours differ"), low=0, high=5),
        "evidence": evidence(msg("weakest support among the cluster's members")),
        **origin(note=False),
        "geometry": shape(msg("area of the cluster; clusters of one scheme may overlap"), types=AREA_SHAPES),
    },
    key=("scheme", "cluster_id"),
)

CLUSTER_MEMBERS: Final = Contract(
    "cluster_members",
    msg("Municipalities of each cluster with the share of their people counted there"),
    {
        "scheme": SCHEME,
        "cluster_id": CLUSTER,
        "cluster_name": text(msg("short name of the cluster")),
        "municipality_code": municipality_code(),
        "municipality_name": text(msg("name of the municipality")),
        "share": number(msg("share of the municipality's people counted in the cluster"), low=0, high=1),
        "population_part": whole(msg("people counted in the cluster"), unit=PEOPLE, low=0),
        "shared": flag(msg("whether the municipality belongs to more than one cluster of the scheme")),
        "valid_from": valid_from(),
        "valid_to": valid_to(),
        "evidence": evidence(),
        "conflict": text(msg("what another source says instead"), empty=True),
        "conflict_da": text(msg("what another source says instead, in Danish"), empty=True),
        **origin(note=False),
    },
    key=("scheme", "cluster_id", "municipality_code"),
    references=(IN_CLUSTERS, IN_MUNICIPALITIES),
)

FACILITIES: Final = Contract(
    "facilities",
    msg("Hospitals and health houses as points"),
    {
        "facility_id": FACILITY,
        "kind": text(msg("hospital or health house"), allowed=("hospital", "health_house")),
        "name": text(msg("name of the facility")),
        "role": text(
            msg("role on the day of the study"),
            allowed=tuple(dict.fromkeys((*HOSPITAL_STATUSES, *HOUSE_STATUSES))),
        ),
        "address": text(msg("street and number"), empty=True),
        "town": text(msg("town"), empty=True),
        "municipality_code": municipality_code(empty=True),
        "municipality_stated": municipality_code(empty=True),
        "municipality_polygon": municipality_code(empty=True),
        "snapped_m": number(msg("how far the point was moved onto land"), unit=M, low=0, empty=True),
        "stated_dist_m": number(
            msg("distance from the point to the stated municipality, where another holds the point"),
            unit=M,
            low=0,
            empty=True,
        ),
        "status": text(
            msg("how the point was placed"),
            allowed=("ok", "snapped", "outside_study_area", "municipality_differs", "no_point"),
        ),
        "valid_from": text(msg("year or day the facility opened"), empty=True),
        "valid_to": text(msg("year or day the facility closed"), empty=True),
        "point_precision": text(msg("what the point stands on"), allowed=POINT_PRECISIONS),
        **origin(),
        "note_da": note_da(),
        "geometry": shape(
            msg("point of the facility; missing where none is known"), types=("Point",), empty=True
        ),
    },
    key=("kind", "facility_id"),
)

FACILITY_CLUSTERS: Final = Contract(
    "facility_clusters",
    msg("Which facility belongs to which cluster"),
    {
        "scheme": SCHEME,
        "cluster_id": CLUSTER,
        "facility_id": FACILITY,
        "basis": text(
            msg("stated by a source, found by position, or both"), allowed=("stated", "spatial", "both")
        ),
    },
    key=("scheme", "cluster_id", "facility_id"),
    references=(IN_CLUSTERS, IN_FACILITIES),
)

HOUSE_FUNCTIONS: Final = Contract(
    "house_functions",
    msg("Which health house holds or plans which function"),
    {
        "house_id": HOUSE,
        "function_id": FUNCTION,
        "name_da": text(msg("name in Danish")),
        "name_en": text(msg("name in English")),
        "status": text(
            msg("held, planned, or held until the house was replaced"), allowed=("present", "planned", "past")
        ),
        "stated_as": text(msg("the source's own word for the function"), empty=True),
        "evidence": evidence(),
        **origin(),
    },
    key=("house_id", "function_id"),
    references=(Reference(("house_id",), "facilities", ("facility_id",)), IN_FUNCTIONS),
)
