"""Contracts of the tables about hospitals, health houses and the functions they hold."""

from typing import Final

import pandas as pd

from pipeline.messages import msg
from pipeline.schemas.areas import CLUSTER, IN_CLUSTERS, IN_MUNICIPALITIES, SCHEME
from pipeline.schemas.common import (
    M2,
    MIO_DKK,
    PERCENT,
    POINT_PRECISIONS,
    SLUG,
    SLUG_LOOKS,
    WORD,
    WORD_LOOKS,
    Contract,
    M,
    Reference,
    RowRule,
    evidence,
    flag,
    lat,
    lon,
    municipality_code,
    no_overlap_rule,
    note_da,
    number,
    origin,
    period_rule,
    text,
    valid_from,
    valid_to,
    year,
)

HOSPITAL: Final = text(msg("id of the hospital"), pattern=SLUG, looks=SLUG_LOOKS)
HOUSE: Final = text(msg("id of the health house"), pattern=SLUG, looks=SLUG_LOOKS)
FUNCTION: Final = text(msg("id of the function"), pattern=WORD, looks=WORD_LOOKS)
POINT_PRECISION: Final = text(msg("what the point stands on"), allowed=POINT_PRECISIONS)
POINT_SOURCE: Final = text(msg("where the point comes from"), empty=True)

HOSPITAL_STATUSES: Final = ("acute", "non_acute", "planned", "closed")
HOUSE_STATUSES: Final = ("open", "planned", "granted", "replaced")
SECTORS: Final = ("region", "municipality", "private", "voluntary")

IN_HOSPITALS: Final = Reference(("hospital_id",), "hospitals", ("hospital_id",))
IN_FUNCTIONS: Final = Reference(("function_id",), "functions", ("function_id",))


def _point_given(frame: pd.DataFrame) -> pd.Series:
    given = frame["lon"].notna() & frame["lat"].notna()
    missing = frame["lon"].isna() & frame["lat"].isna()
    return given.where(frame["point_precision"] != "none", missing)


def _shares_fit(frame: pd.DataFrame) -> pd.Series:
    total = frame["regional_share_pct"].fillna(0.0) + frame["municipal_share_pct"].fillna(0.0)
    return total <= 100.0


POINT_RULE: Final = RowRule(
    "point",
    ("lon", "lat", "point_precision"),
    _point_given,
    msg("longitude and latitude, or neither with point_precision none"),
    msg("give both coordinates, or write none in point_precision"),
)

HOSPITALS: Final = Contract(
    "hospitals",
    msg("Hospitals and where they stand"),
    {
        "hospital_id": HOSPITAL,
        "name": text(msg("name in 2018, or later if the hospital is newer")),
        "name_today": text(msg("name in 2026; empty if closed"), empty=True),
        "town": text(msg("town"), empty=True),
        "address": text(msg("street and number"), empty=True),
        "postcode": text(
            msg("postcode"), pattern=r"[0-9]{4}", looks=msg("four digits such as 5000"), empty=True
        ),
        "municipality_code": municipality_code(),
        "lon": lon(),
        "lat": lat(),
        "point_precision": POINT_PRECISION,
        "point_error_m": number(msg("how far off the point may be"), unit=M, low=0, empty=True),
        "point_source": POINT_SOURCE,
        "point_check": text(msg("what the point was compared with"), empty=True),
        **origin(),
        "note_da": note_da(),
    },
    key=("hospital_id",),
    references=(IN_MUNICIPALITIES,),
)

HOSPITAL_STATUS: Final = Contract(
    "hospital_status",
    msg("Whether a hospital is acute, other, planned or closed, and when"),
    {
        "hospital_id": HOSPITAL,
        "status": text(msg("role of the hospital in the period"), allowed=HOSPITAL_STATUSES),
        "valid_from": valid_from(),
        "valid_to": valid_to(),
        "evidence": evidence(),
        **origin(),
    },
    key=("hospital_id", "valid_from"),
    references=(IN_HOSPITALS,),
    rules=(period_rule(), no_overlap_rule("hospital_id")),
)

HOSPITAL_CLUSTERS: Final = Contract(
    "hospital_clusters",
    msg("Which hospital belongs to which cluster, and when; a hospital may stand in several"),
    {
        "scheme": SCHEME,
        "cluster_id": CLUSTER,
        "hospital_id": HOSPITAL,
        "valid_from": valid_from(),
        "valid_to": valid_to(),
        "evidence": evidence(),
        **origin(),
    },
    key=("scheme", "cluster_id", "hospital_id", "valid_from"),
    references=(IN_CLUSTERS, IN_HOSPITALS),
    rules=(period_rule(), no_overlap_rule("scheme", "cluster_id", "hospital_id")),
)

HEALTH_HOUSES: Final = Contract(
    "health_houses",
    msg("Health houses: owner, operator, year, area, cost and shares where known"),
    {
        "house_id": HOUSE,
        "name": text(msg("name of the health house")),
        "town": text(msg("town"), empty=True),
        "address": text(msg("street and number"), empty=True),
        "municipality_code": municipality_code(),
        "lon": lon(empty=True),
        "lat": lat(empty=True),
        "point_precision": POINT_PRECISION,
        "point_source": POINT_SOURCE,
        "status": text(msg("open, planned, granted money, or replaced by another"), allowed=HOUSE_STATUSES),
        "status_year": year(msg("year of the plan, grant or replacement"), empty=True),
        "owner": text(
            msg("who owns the house"), allowed=("region", "municipality", "mixed", "other", "unknown")
        ),
        "owner_evidence": evidence(msg("how well the owner is supported"), empty=True),
        "owner_note": text(msg("more about the ownership"), empty=True),
        "operator": text(msg("who runs the house"), empty=True),
        "opened_year": year(msg("year of opening"), empty=True),
        "floor_area_m2": number(msg("gross floor area"), unit=M2, low=0, empty=True),
        "lettable_area_m2": number(msg("floor area for letting"), unit=M2, low=0, empty=True),
        "total_cost_mio_dkk": number(msg("total building cost"), unit=MIO_DKK, low=0, empty=True),
        "regional_share_pct": number(
            msg("the region's share of the cost"), unit=PERCENT, low=0, high=100, empty=True
        ),
        "municipal_share_pct": number(
            msg("the municipality's share of the cost"), unit=PERCENT, low=0, high=100, empty=True
        ),
        "state_grant_mio_dkk": number(msg("grant from the state"), unit=MIO_DKK, low=0, empty=True),
        "build_type": text(msg("new-built or renovated"), allowed=("new", "renovated", "unknown")),
        "contract_form": text(msg("form of the building contract"), empty=True),
        "focus": text(msg("the health field that the house says it is for"), empty=True),
        "evidence": evidence(),
        **origin(),
        "note_da": note_da(),
    },
    key=("house_id",),
    references=(IN_MUNICIPALITIES,),
    rules=(
        POINT_RULE,
        RowRule(
            "shares",
            ("regional_share_pct", "municipal_share_pct"),
            _shares_fit,
            msg("shares that add up to at most 100"),
            msg("correct the two shares"),
        ),
    ),
)

FUNCTIONS: Final = Contract(
    "functions",
    msg("Functions that a health house can hold"),
    {
        "function_id": FUNCTION,
        "name_da": text(msg("name in Danish")),
        "name_en": text(msg("name in English")),
        "sector": text(msg("who provides the function"), allowed=SECTORS),
        "sector_evidence": evidence(msg("how well the sector is supported"), empty=True),
        "target_group": text(
            msg("whom the function is for, words joined by |; empty where no paper says"),
            pattern=rf"{WORD}(\|{WORD})*",
            looks=WORD_LOOKS,
            empty=True,
        ),
        "target_group_da": text(msg("target group in Danish"), empty=True),
        "target_group_en": text(msg("target group in English"), empty=True),
        "target_evidence": evidence(msg("how well the target group is supported"), empty=True),
        "in_catalogue": flag(msg("whether the Helsingør vision's illustration lists the function")),
        "part_of": text(
            msg("the broader function that this one is a case of"),
            pattern=WORD,
            looks=WORD_LOOKS,
            empty=True,
        ),
        **origin(),
    },
    key=("function_id",),
    references=(Reference(("part_of",), "functions", ("function_id",)),),
)

HOUSE_FUNCTIONS: Final = Contract(
    "house_functions",
    msg("Which health house holds or plans which function"),
    {
        "house_id": HOUSE,
        "function_id": FUNCTION,
        "status": text(
            msg("held, planned, or held until the house was replaced"), allowed=("present", "planned", "past")
        ),
        "stated_as": text(msg("the source's own word for the function"), empty=True),
        "evidence": evidence(),
        **origin(),
    },
    key=("house_id", "function_id"),
    references=(Reference(("house_id",), "health_houses", ("house_id",)), IN_FUNCTIONS),
)
