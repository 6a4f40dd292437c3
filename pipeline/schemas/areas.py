"""Contracts of the tables about areas: municipalities, cluster schemes, clusters and who belongs to them."""

from typing import Final

from pipeline.messages import msg
from pipeline.schemas.common import (
    KM2,
    PEOPLE,
    SLUG,
    SLUG_LOOKS,
    Contract,
    Reference,
    date,
    evidence,
    flag,
    lat,
    lon,
    municipality_code,
    no_overlap_rule,
    number,
    origin,
    period_rule,
    text,
    valid_from,
    valid_to,
    whole,
)

IN_SCHEMES: Final = Reference(("scheme",), "schemes", ("scheme",))
IN_CLUSTERS: Final = Reference(("scheme", "cluster_id"), "clusters", ("scheme", "cluster_id"))
IN_MUNICIPALITIES: Final = Reference(("municipality_code",), "municipalities", ("municipality_code",))

SCHEME: Final = text(msg("id of the cluster scheme"), pattern=SLUG, looks=SLUG_LOOKS)
CLUSTER: Final = text(msg("id of the cluster, unique within its scheme"), pattern=SLUG, looks=SLUG_LOOKS)

MUNICIPALITIES: Final = Contract(
    "municipalities",
    msg("The 98 municipalities and Christiansø"),
    {
        "municipality_code": municipality_code(),
        "name": text(msg("name of the municipality")),
        "kind": text(
            msg("municipality, or island under the state"), allowed=("municipality", "state_island")
        ),
        "region_2007": text(msg("region from 2007; empty where no region governs"), empty=True),
        "region_2027": text(msg("region from 2027; empty where no region governs"), empty=True),
        "nuts2": text(msg("NUTS 2 code"), pattern=r"DK0[1-5]", looks=msg("DK01 to DK05"), empty=True),
        "seat": text(msg("town of the town hall"), empty=True),
        "seat_lon": lon(empty=True),
        "seat_lat": lat(empty=True),
        "seat_evidence": evidence(msg("how well the seat is supported"), empty=True),
        "seat_point_source": text(msg("where the seat's point comes from"), empty=True),
        "population": whole(msg("inhabitants"), unit=PEOPLE, low=0),
        "population_date": date(msg("day of the population figure"), empty=False),
        "population_2019": whole(msg("inhabitants on 1 January 2019"), unit=PEOPLE, low=0, empty=True),
        "area_km2": number(msg("land area"), unit=KM2, low=0),
        "area_km2_dagi_2015": number(
            msg("area of the boundary of 2015, with inner waters"), unit=KM2, low=0, empty=True
        ),
        "centroid_lon": lon(),
        "centroid_lat": lat(),
        **origin(),
    },
    key=("municipality_code",),
)

SCHEMES: Final = Contract(
    "schemes",
    msg("Cluster schemes and when each is in force"),
    {
        "scheme": SCHEME,
        "name_da": text(msg("name in Danish")),
        "name_en": text(msg("name in English")),
        "unit_da": text(msg("what one cluster is called, in Danish")),
        "unit_en": text(msg("what one cluster is called, in English")),
        "valid_from": valid_from(),
        "valid_to": valid_to(),
        "complete": flag(msg("whether the list covers the whole country")),
        "dates_evidence": evidence(msg("how well the two days are supported"), empty=True),
        **origin(),
    },
    key=("scheme",),
    rules=(period_rule(),),
)

CLUSTERS: Final = Contract(
    "clusters",
    msg("Clusters of each scheme"),
    {
        "scheme": SCHEME,
        "cluster_id": CLUSTER,
        "name": text(msg("short name for maps; told apart by region where two are alike")),
        "full_name": text(msg("name as published")),
        "region": text(msg("region of the cluster")),
        "hospitals_stated": text(msg("hospitals as the source names them"), empty=True),
        **origin(),
    },
    key=("scheme", "cluster_id"),
    references=(IN_SCHEMES,),
)

CLUSTER_MEMBERS: Final = Contract(
    "cluster_members",
    msg("Which municipality belongs to which cluster, and when; a municipality may stand in several"),
    {
        "scheme": SCHEME,
        "cluster_id": CLUSTER,
        "municipality_code": municipality_code(),
        "valid_from": valid_from(),
        "valid_to": valid_to(),
        "evidence": evidence(),
        "conflict": text(msg("what another source says instead"), empty=True),
        "conflict_da": text(msg("what another source says instead, in Danish"), empty=True),
        **origin(),
    },
    key=("scheme", "cluster_id", "municipality_code", "valid_from"),
    references=(IN_CLUSTERS, IN_MUNICIPALITIES),
    rules=(period_rule(), no_overlap_rule("scheme", "cluster_id", "municipality_code")),
)

SETTLEMENTS: Final = Contract(
    "settlements",
    msg("Towns and villages of 500 people or more"),
    {
        "geonameid": whole(msg("GeoNames id of the place"), low=1),
        "name": text(msg("name of the place")),
        "lon": lon(),
        "lat": lat(),
        "population": whole(msg("inhabitants; empty where doubtful"), unit=PEOPLE, low=0, empty=True),
        "municipality_code": municipality_code(empty=True),
        **origin(),
    },
    key=("geonameid",),
    references=(IN_MUNICIPALITIES,),
)

PRACTICE_CLUSTERS: Final = Contract(
    "practice_clusters",
    msg("GP practices and the practice cluster each belongs to; an own table, none is bundled"),
    {
        "practice_id": text(msg("id of the practice, such as its provider number")),
        "practice_cluster_id": text(msg("id of the practice cluster")),
        "name": text(msg("name of the practice cluster")),
        "lon": lon(),
        "lat": lat(),
        "valid_from": valid_from(),
        "valid_to": valid_to(),
        **origin(),
    },
    key=("practice_id", "valid_from"),
    rules=(period_rule(), no_overlap_rule("practice_id")),
)
