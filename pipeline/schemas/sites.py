"""Contracts of the tables on satellite functions: candidates, their evaluation, and the best choices."""

from typing import Final

import pandera.pandas as pa

from pipeline.messages import Message, msg
from pipeline.schemas.common import (
    MINUTES,
    MIO_DKK,
    PEOPLE,
    POINT_PRECISIONS,
    PRECISIONS,
    WORD,
    WORD_LOOKS,
    Contract,
    M,
    Reference,
    municipality_code,
    number,
    shape,
    text,
    whole,
)
from pipeline.site_words import CRITERIA, FAMILY_NAMES, HOST_NAMES, MET, STATUS_NAMES, VERDICTS

VISITS: Final = msg("visits a year")
DKK: Final = msg("DKK")
KM: Final = msg("km")

HOSTS: Final = tuple(HOST_NAMES)
LEVELS: Final = ("low", "medium", "high")
SITE: Final = text(msg("id of the candidate site"))
FUNCTION: Final = text(msg("id of the satellite function"), pattern=WORD, looks=WORD_LOOKS)
IN_SITES: Final = Reference(("site_id",), "sites", ("site_id",))


def _people(about: Message, *, empty: bool = False) -> pa.Column:
    return number(about, unit=PEOPLE, low=0, empty=empty)


def _visits(about: Message, *, empty: bool = False) -> pa.Column:
    return number(about, unit=VISITS, low=0, empty=empty)


def _minutes(about: Message, *, empty: bool = True) -> pa.Column:
    return number(about, unit=MINUTES, empty=empty)


SITES: Final = Contract(
    "sites",
    msg("Candidate sites, evaluated or left out with the reason"),
    {
        "site_id": SITE,
        "name": text(msg("name of the place")),
        "kind": text(msg("where the candidate comes from"), allowed=("candidate", "health_house", "town")),
        "host": text(msg("kind of place"), allowed=HOSTS),
        "function_id": text(
            msg("function that the candidate stands for; empty: every function"),
            pattern=WORD,
            looks=WORD_LOOKS,
            empty=True,
        ),
        "capacity": _visits(msg("visits a year that there is room for"), empty=True),
        "cost_mio_dkk": number(msg("cost of opening"), unit=MIO_DKK, low=0, empty=True),
        "address": text(msg("address as stated"), empty=True),
        "town": text(msg("town as stated"), empty=True),
        "municipality_code": municipality_code(empty=True),
        "snapped_m": number(
            msg("distance to the municipality that it was taken to"), unit=M, low=0, empty=True
        ),
        "point_precision": text(msg("what the point stands for"), allowed=POINT_PRECISIONS),
        "status": text(msg("whether the candidate is evaluated"), allowed=tuple(STATUS_NAMES)),
        "reason": text(msg("why it is left out, or what to know of it"), empty=True),
        "source": text(msg("list or table that it comes from")),
        "precision": text(
            msg("how the row came about: measured, from a register, modelled or approximate"),
            allowed=PRECISIONS,
        ),
        "geometry": shape(msg("point of the candidate"), types=("Point",), empty=True),
    },
    key=("site_id",),
)

SITE_EVALUATION: Final = Contract(
    "site_evaluation",
    msg("Candidate sites by function, against the places of today"),
    {
        "function_id": FUNCTION,
        "rank": whole(msg("rank within the function; empty: it is there already"), low=1, empty=True),
        "site_id": SITE,
        "name": text(msg("name of the place")),
        "kind": text(msg("where the candidate comes from"), allowed=("candidate", "health_house", "town")),
        "host": text(msg("kind of place"), allowed=HOSTS),
        "municipality_code": municipality_code(empty=True),
        "verdict": text(msg("verdict over all criteria"), allowed=tuple(VERDICTS)),
        "unmet": text(msg("criteria that are not met, joined by ;"), empty=True),
        "score": number(msg("score of the ranking: above 1 no decisive criterion fails"), low=0, empty=True),
        "people_newly_within": _people(msg("people of the target group who come within the limit")),
        "people_newly_reached": _people(msg("people who had no way to the function before")),
        "people_nearer": _people(msg("people of the target group whose journey gets shorter")),
        "person_min_saved": number(msg("people times minutes saved, one journey each"), low=0),
        "visit_min_saved": number(msg("minutes of travel saved in a year, one way"), low=0),
        "saved_per_visit_min": _minutes(msg("minutes saved for each visit that had a way before")),
        "worst_min_change": _minutes(msg("change of the longest journey")),
        "p90_min_change": _minutes(msg("change of the journey that nine in ten do not exceed")),
        "gini_change": number(
            msg("change of the Gini coefficient of journeys; below 0: more equal"), empty=True
        ),
        "patients": number(msg("patients a year if all go to the nearest place"), low=0),
        "volume_nearest": _visits(msg("visits a year if all go to the nearest place")),
        "volume_huff": _visits(msg("visits a year if people spread (Huff)")),
        "volume_needed": _visits(msg("visits a year that the function needs")),
        "volume_taken": _visits(msg("visits a year taken from places of today")),
        "volume_taken_most": _visits(msg("visits a year taken from the place that loses most")),
        "taken_most_from": text(msg("the place that loses most"), empty=True),
        "others_below": whole(msg("places pushed below their minimum volume"), low=0),
        "others_below_names": text(msg("places pushed below their minimum volume, joined by ;"), empty=True),
        "gap_people_helped": _people(msg("people in GP gap areas helped; empty: not known"), empty=True),
        "gp_gaps_helped": whole(msg("GP gap areas where half or more are helped"), low=0, empty=True),
        "nearest_km": number(msg("straight line to the nearest place of today"), unit=KM, low=0, empty=True),
        "staffing_risk": text(msg("how hard the place is to staff, by rule of thumb"), allowed=LEVELS),
        "capacity": _visits(msg("visits a year that there is room for"), empty=True),
        "cost_mio_dkk": number(msg("cost of opening"), unit=MIO_DKK, low=0, empty=True),
        "cost_per_visit_min_dkk": number(
            msg("cost of opening for each minute of travel saved in a year"), unit=DKK, low=0, empty=True
        ),
        **{key: text(name, allowed=tuple(MET)) for key, name in CRITERIA.items()},
        "reasons": text(msg("the verdict in words")),
    },
    key=("function_id", "site_id"),
    references=(IN_SITES,),
)

FUNCTIONS_TODAY: Final = Contract(
    "functions_today",
    msg("How people reach each satellite function today"),
    {
        "function_id": FUNCTION,
        "name": text(msg("name of the function")),
        "places": whole(msg("places of today, stated and assumed"), low=0),
        "places_assumed": whole(msg("places that are only taken to have the function"), low=0),
        "limit_min": _minutes(msg("longest acceptable journey"), empty=False),
        "target_people": _people(msg("people of the target group")),
        "visits": _visits(msg("visits a year")),
        "people_within": _people(msg("people of the target group within the limit")),
        "share_within": number(msg("share of the target group within the limit"), low=0, high=1, empty=True),
        "people_reached": _people(msg("people of the target group with a way to the function")),
        "mean_min": _minutes(msg("mean journey of those")),
        "p90_min": _minutes(msg("journey that nine in ten of those do not exceed")),
        "worst_min": _minutes(msg("longest journey of those")),
        "gini": number(msg("Gini coefficient of their journeys"), low=0, high=1, empty=True),
        "places_below_volume": whole(msg("places of today with fewer visits than the function needs"), low=0),
        "demand_basis": text(msg("whether ages are known at the demand points")),
    },
    key=("function_id",),
)

SITE_GROUPS: Final = Contract(
    "site_groups",
    msg("What each candidate brings to groups of people"),
    {
        "function_id": FUNCTION,
        "site_id": SITE,
        "grouping": text(msg("kind of group: age band, cluster scheme, GP gap area")),
        "group_id": text(msg("the group")),
        "people": _people(msg("people of the target group in it; residents for age bands")),
        "people_newly_within": _people(msg("of these, people who come within the limit")),
        "person_min_saved": number(msg("people times minutes saved, one journey each"), low=0),
        "mean_saved_min": number(msg("minutes saved, mean of all people of the group"), unit=MINUTES, low=0),
    },
    key=("function_id", "site_id", "grouping", "group_id"),
    references=(IN_SITES,),
)

SITE_STABILITY: Final = Contract(
    "site_stability",
    msg("How firm the ranking of candidates is"),
    {
        "function_id": FUNCTION,
        "site_id": SITE,
        "rank": whole(msg("rank without any draw; empty: the function is there already"), low=1, empty=True),
        "p_top": number(msg("share of runs among the best"), low=0, high=1, empty=True),
        "rank_low": whole(msg("rank that 5 % of the runs better"), low=1, empty=True),
        "rank_median": whole(msg("rank in the middle of the runs"), low=1, empty=True),
        "rank_high": whole(msg("rank that 5 % of the runs exceed"), low=1, empty=True),
        "tipped_by": text(
            msg("assumption that most often moves it in or out of the best"),
            allowed=("", *FAMILY_NAMES),
            empty=True,
        ),
        "tipped_share": number(msg("share of that assumption's runs"), low=0, high=1, empty=True),
    },
    key=("function_id", "site_id"),
    references=(IN_SITES,),
)

SITE_CHOICES: Final = Contract(
    "site_choices",
    msg("The best choice of k new sites, and what each further site brings"),
    {
        "function_id": FUNCTION,
        "model": text(msg("what the choice looks for"), pattern=WORD, looks=WORD_LOOKS),
        "new_sites": whole(msg("most new sites"), low=0),
        "value": number(msg("value of the model: people, people times minutes, or minutes"), empty=True),
        "bound": number(msg("no choice can be better than this"), empty=True),
        "gap": number(msg("distance from value to bound as a share of the bound"), low=0, empty=True),
        "status": text(
            msg("how sure the choice is"),
            allowed=("optimal", "gap", "heuristic", "infeasible", "unsettled"),
        ),
        "label": text(msg("how sure the choice is, in words")),
        "gain": number(msg("better than with one site fewer by this much"), empty=True),
        "people_within": _people(msg("people within the limit"), empty=True),
        "people_reached": _people(msg("people with a way to the function"), empty=True),
        "mean_min": _minutes(msg("mean journey")),
        "p90_min": _minutes(msg("journey that nine in ten do not exceed")),
        "worst_min": _minutes(msg("longest journey")),
        "sites": text(msg("the new sites, joined by ;"), empty=True),
        "notes": text(msg("what to know of the choice, and who stands in the way of one"), empty=True),
    },
    key=("function_id", "model", "new_sites"),
)

CONTRACTS: Final = (SITES, SITE_EVALUATION, FUNCTIONS_TODAY, SITE_GROUPS, SITE_STABILITY, SITE_CHOICES)
"""All contracts of this module."""
