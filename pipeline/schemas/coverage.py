"""Contracts of the tables on GP coverage: demand, practices, verdicts, gaps and sums by area."""

from typing import Final, get_args

import pandera.pandas as pa

from pipeline.messages import Message, msg
from pipeline.schemas.areas import CLUSTER, IN_CLUSTERS, IN_MUNICIPALITIES, SCHEME
from pipeline.schemas.common import (
    MINUTES,
    PEOPLE,
    PRECISIONS,
    Contract,
    Reference,
    date,
    flag,
    municipality_code,
    number,
    origin,
    shape,
    text,
    whole,
)
from pipeline.settings.coverage import RuleName

RULES: Final[tuple[RuleName, ...]] = get_args(RuleName)
GPS: Final = msg("GPs")
PRACTICE: Final = text(msg("id of the practice or of its site"))
IN_DEMAND: Final = Reference(("demand_id",), "demand", ("demand_id",))

RULE_WORDS: Final[dict[str, Message]] = {
    "choice": msg("fewer open practices to choose between than there should be"),
    "time": msg("nearest practice too far away"),
    "capacity": msg("more patients for each GP than there should be"),
    "closed": msg("every practice in reach is closed to new patients"),
    "fragile": msg("a gap as soon as one practice closes"),
    "island": msg("no practice without a ferry"),
}
"""What it means that a rule is broken."""

POINT_STATUSES: Final = (
    "ok",
    "snapped",
    "outside_study_area",
    "no_point",
    "no_figures",
    "area_without_dwellings",
    "figures_implausible",
)

PRECISION: Final = text(
    msg("how the row came about: measured, from a register, modelled or approximate"), allowed=PRECISIONS
)


def _people(about: Message, *, empty: bool = False) -> pa.Column:
    return number(about, unit=PEOPLE, low=0, empty=empty)


UNDER_18: Final = _people(msg("people under 18, where ages are known"), empty=True)
OVER_64: Final = _people(msg("people of 65 and more, where ages are known"), empty=True)

DEMAND: Final = Contract(
    "demand",
    msg("Where people live: the points that coverage is counted for"),
    {
        "demand_id": text(msg("id of the point")),
        "municipality_code": municipality_code(empty=True),
        "settlement": text(msg("nearest settlement"), empty=True),
        "weight": _people(msg("people at the point")),
        "under_18": UNDER_18,
        "over_64": OVER_64,
        "status": text(
            msg("how the point was placed, or what is wrong with its figure"), allowed=POINT_STATUSES
        ),
        **origin(note=False),
        "geometry": shape(msg("the point; missing where none is known"), types=("Point",), empty=True),
    },
    key=("demand_id",),
    references=(IN_MUNICIPALITIES,),
)

PRACTICES: Final = Contract(
    "practices",
    msg("GP practices, one row a site"),
    {
        "practice_id": PRACTICE,
        "provider": text(msg("number or name that the sites of one practice share")),
        "name": text(msg("name of the practice")),
        "capacity": number(
            msg("number of GPs, shared evenly among the sites of a practice"), unit=GPS, low=0
        ),
        "capacity_precision": text(msg("how the number of GPs came about"), allowed=PRECISIONS),
        "open_to_new": flag(msg("whether it takes new patients; empty: not known"), empty=True),
        "valid_from": date(msg("first day in force; empty: open")),
        "valid_to": date(msg("first day no longer in force; empty: open")),
        "municipality_code": municipality_code(empty=True),
        "status": text(
            msg("how the point was placed"),
            allowed=("ok", "snapped", "outside_study_area", "no_point", "duplicate"),
        ),
        "serves": flag(msg("whether the practice counts: it has a point and is there on the study's day")),
        **origin(note=False),
        "geometry": shape(msg("the point; missing where none is known"), types=("Point",), empty=True),
    },
    key=("practice_id",),
    references=(IN_MUNICIPALITIES,),
)


def _verdict(rule: str) -> dict[str, pa.Column]:
    return {
        f"{rule}_broken": flag(RULE_WORDS[rule], empty=True),
        f"{rule}_measure": number(msg("what the rule measured"), empty=True),
        f"{rule}_margin": number(msg("how far on the right side of the limit; negative: broken"), empty=True),
        f"{rule}_status": text(msg("ok, or why the verdict is missing or to be read with care"), empty=True),
    }


GP_COVERAGE: Final = Contract(
    "gp_coverage",
    msg("GP coverage of each demand point: every rule's verdict, measure and margin"),
    {
        "demand_id": text(msg("id of the point")),
        "municipality_code": municipality_code(empty=True),
        "people": _people(msg("people at the point")),
        "nearest_practice": text(msg("nearest practice by car"), empty=True),
        "travel_min": number(msg("drive to the nearest practice"), unit=MINUTES, low=0, empty=True),
        "travel_status": text(msg("ok, or why there is no drive")),
        "open_by_road": whole(msg("open practices within the limit of choice, by road"), low=0, empty=True),
        "open_straight": whole(msg("open practices within the limit of choice, straight line"), low=0),
        "gps_per_10000": number(msg("GPs for each 10,000 people after competition"), low=0, empty=True),
        "patients_per_gp": number(
            msg("people for each GP after competition; empty: no GP"), low=0, empty=True
        ),
        **{name: column for rule in RULES for name, column in _verdict(rule).items()},
        "rules_broken": text(msg("names of the broken rules, joined by |"), empty=True),
    },
    key=("demand_id",),
    references=(IN_DEMAND,),
)

GP_GAPS: Final = Contract(
    "gp_gaps",
    msg("Gap areas: where neighbouring points break a rule"),
    {
        "gap_id": text(msg("id of the gap")),
        "kind": text(
            msg("access (hard to reach), capacity (too few GPs) or fragile (one closing from a gap)"),
            allowed=("access", "capacity", "fragile"),
        ),
        "name": text(msg("settlement, or direction from the nearest one")),
        "municipality_code": municipality_code(empty=True),
        "municipality": text(msg("municipality with most of the people"), empty=True),
        "clusters": text(msg("health clusters of the municipality, joined by ;"), empty=True),
        "people": _people(msg("people in the gap")),
        "under_18": UNDER_18,
        "over_64": OVER_64,
        "points": whole(msg("number of demand points"), low=1),
        "rules": text(msg("rules broken in the gap, joined by |")),
        **{f"people_{rule}": _people(RULE_WORDS[rule], empty=True) for rule in RULES},
        "nearest_practice": text(msg("practice that most people are nearest to"), empty=True),
        "nearest_min": number(msg("mean drive to the nearest practice"), unit=MINUTES, low=0, empty=True),
        "p90_min": number(msg("drive that nine in ten do not exceed"), unit=MINUTES, low=0, empty=True),
        "worst_min": number(msg("longest drive of all"), unit=MINUTES, low=0, empty=True),
        "nearest_three": text(msg("practices most people are nearest to, with minutes"), empty=True),
        "people_unreached": _people(msg("people who cannot reach any practice")),
        "excess_person_min": number(msg("minutes beyond the limit, summed over people"), unit=MINUTES, low=0),
        "rank_people": whole(msg("rank by people"), low=1),
        "rank_excess": whole(msg("rank by minutes beyond the limit"), low=1),
        "close_place": text(msg("where one new practice would help most"), empty=True),
        "close_practices": whole(msg("new practices needed; 0 where GPs, not places, are short"), low=0),
        "close_gps": number(msg("GPs needed"), unit=GPS, low=0, empty=True),
        "close_people": _people(msg("people whom a practice there would take out of the gap")),
        "close_basis": text(
            msg("travel times, or rough straight lines"), allowed=("travel_times", "straight_lines")
        ),
        "runs": whole(
            msg("number of test runs under changed speeds, limits, people and closings"), low=1, empty=True
        ),
        "share_runs": number(
            msg("share of the test runs that find it"),
            low=0,
            high=1,
            empty=True,
        ),
        "certainty": text(
            msg(
                "how it stands up to the test runs: certain (nearly all find it), likely (most) or depends; "
                "it says nothing of errors in the data"
            ),
            allowed=("certain", "likely", "depends"),
            empty=True,
        ),
        "depends_on": text(msg("what the gap hangs on, joined by |"), empty=True),
        "people_low": _people(msg("people in the gap, 5th percentile of the runs"), empty=True),
        "people_high": _people(msg("people in the gap, 95th percentile of the runs"), empty=True),
        "precision": PRECISION,
        "geometry": shape(msg("land that the points stand for"), types=("MultiPolygon",)),
    },
    key=("gap_id",),
    references=(IN_MUNICIPALITIES,),
)

SUMS: Final = {
    "people": _people(msg("people")),
    "people_any": _people(msg("people who break a rule on reaching a practice")),
    "share_any": number(msg("share of people who break a rule on reaching a practice"), low=0, high=1),
    **{
        name: column
        for rule in RULES
        for name, column in (
            (f"people_{rule}", _people(RULE_WORDS[rule], empty=True)),
            (f"share_{rule}", number(RULE_WORDS[rule], low=0, high=1, empty=True)),
        )
    },
    "people_unjudged": _people(msg("people whose drive is not known")),
    "median_min": number(msg("drive that half of the people do not exceed"), unit=MINUTES, low=0, empty=True),
    "p90_min": number(msg("drive that nine in ten do not exceed"), unit=MINUTES, low=0, empty=True),
    "gps": number(msg("GPs in the area"), unit=GPS, low=0),
    "gps_per_10000": number(msg("GPs in the area for each 10,000 people in it"), low=0),
    "access_gini": number(
        msg("how unevenly GPs after competition are spread over people: 0 even, 1 all for one"),
        low=0,
        high=1,
        empty=True,
    ),
}
CHANGE: Final = {
    "people_any_change": number(msg("people: change from the first scenario"), empty=True),
    "share_any_change": number(msg("share: change from the first scenario"), empty=True),
    "median_min_change": number(
        msg("median drive: change from the first scenario"), unit=MINUTES, empty=True
    ),
    "p90_min_change": number(msg("long drives: change from the first scenario"), unit=MINUTES, empty=True),
    "gps_per_10000_change": number(msg("GPs: change from the first scenario"), empty=True),
}

GP_COVERAGE_BY_MUNICIPALITY: Final = Contract(
    "gp_coverage_by_municipality",
    msg("GP coverage by municipality"),
    {
        "municipality_code": municipality_code(),
        "name": text(msg("name of the municipality")),
        **SUMS,
        **CHANGE,
        "precision": PRECISION,
    },
    key=("municipality_code",),
    references=(IN_MUNICIPALITIES,),
)

GP_COVERAGE_BY_CLUSTER: Final = Contract(
    "gp_coverage_by_cluster",
    msg("GP coverage by health cluster of every scheme"),
    {
        "scheme": SCHEME,
        "cluster_id": CLUSTER,
        "name": text(msg("short name of the cluster")),
        **SUMS,
        **CHANGE,
        "precision": PRECISION,
    },
    key=("scheme", "cluster_id"),
    references=(IN_CLUSTERS,),
)

GP_COVERAGE_BY_PRACTICE_CLUSTER: Final = Contract(
    "gp_coverage_by_practice_cluster",
    msg("GP coverage by practice cluster: people belong to that of their nearest practice"),
    {
        "practice_cluster_id": text(msg("id of the practice cluster; none: no practice in reach")),
        "name": text(msg("name of the practice cluster"), empty=True),
        "practices": whole(msg("number of practices that serve"), low=0),
        "basis": text(msg("how practice clusters are known"), allowed=("stated", "one_per_municipality")),
        **SUMS,
        "precision": PRECISION,
    },
    key=("practice_cluster_id",),
)

GP_PRACTICE_DEPENDENCE: Final = Contract(
    "gp_practice_dependence",
    msg("Practices by the people who would be in a gap if they closed"),
    {
        "practice_id": PRACTICE,
        "people_nearest": _people(msg("people whose nearest practice it is")),
        "people_alone_time": _people(msg("people who have no other within the limit of time")),
        "people_alone_choice": _people(msg("people who would have too few to choose between")),
        "people_alone": _people(msg("people who would fall into a gap, nobody twice")),
        "rank": whole(msg("rank by these people; empty: nobody"), low=1, empty=True),
    },
    key=("practice_id",),
    references=(Reference(("practice_id",), "practices", ("practice_id",)),),
)

CONTRACTS: Final = (
    DEMAND,
    PRACTICES,
    GP_COVERAGE,
    GP_GAPS,
    GP_COVERAGE_BY_MUNICIPALITY,
    GP_COVERAGE_BY_CLUSTER,
    GP_COVERAGE_BY_PRACTICE_CLUSTER,
    GP_PRACTICE_DEPENDENCE,
)
"""All contracts of this module."""
