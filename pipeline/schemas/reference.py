"""Contracts of the tables about GP supply, roads and ferries, rules and yearly use of functions."""

from typing import Final

import pandas as pd

from pipeline.messages import msg
from pipeline.schemas.areas import IN_MUNICIPALITIES
from pipeline.schemas.common import (
    CODE,
    KM,
    MINUTES,
    SLUG,
    SLUG_LOOKS,
    WORD,
    WORD_LOOKS,
    Contract,
    Reference,
    RowRule,
    evidence,
    flag,
    lat,
    lon,
    municipality_code,
    number,
    origin,
    period_rule,
    text,
    valid_from,
    valid_to,
    whole,
    year,
)
from pipeline.schemas.services import IN_FUNCTIONS

LINK_KINDS: Final = ("ferry", "bridge", "tunnel", "causeway", "tidal_road")
ROAD_CLASSES: Final = ("motorway", "expressway", "primary", "secondary")

MEASURE: Final = text(msg("what the value counts"), pattern=WORD, looks=WORD_LOOKS)

GP_SUPPLY_REGION: Final = Contract(
    "gp_supply_region",
    msg("Supply of general practitioners by region, planning area and country"),
    {
        "area": text(msg("name of the region, planning area or country")),
        "area_type": text(msg("what kind of area"), allowed=("region", "planning_area", "country")),
        "measure": MEASURE,
        "year": year(msg("year of the figure")),
        "date": text(
            msg("month or day of the figure, where the source tells it"),
            pattern=r"[0-9]{4}-[0-9]{2}(-[0-9]{2})?",
            looks=msg("a month or day such as 2018-10 or 2018-10-01"),
            empty=True,
        ),
        "value": number(msg("the figure, in the unit of the measure")),
        "evidence": evidence(),
        **origin(),
    },
    key=("area", "measure", "year"),
)

GP_SUPPLY_MUNICIPALITY: Final = Contract(
    "gp_supply_municipality",
    msg("Supply of general practitioners by municipality"),
    {
        "municipality_code": municipality_code(),
        "measure": MEASURE,
        "year": year(msg("year of the figure")),
        "value": number(msg("the figure, in the unit of the measure")),
        "evidence": evidence(),
        **origin(),
    },
    key=("municipality_code", "measure", "year"),
    references=(IN_MUNICIPALITIES,),
)


def _ferry_timed(frame: pd.DataFrame) -> pd.Series:
    return (frame["kind"] != "ferry") | frame["crossing_min"].notna()


LINKS: Final = Contract(
    "links",
    msg("Bridges, tunnels, causeways and ferries between the parts of the country"),
    {
        "link_id": text(msg("id of the link"), pattern=SLUG, looks=SLUG_LOOKS),
        "name": text(msg("name of the link")),
        "kind": text(msg("what kind of link"), allowed=LINK_KINDS),
        "status": text(msg("open, being built or closed"), allowed=("open", "under_construction", "closed")),
        "from_place": text(msg("place at one end")),
        "to_place": text(msg("place at the other end")),
        "from_lon": lon(),
        "from_lat": lat(),
        "to_lon": lon(),
        "to_lat": lat(),
        "length_km": number(msg("length of the fixed link"), unit=KM, low=0, empty=True),
        "crossing_min": number(msg("time of crossing"), unit=MINUTES, low=0, empty=True),
        "minutes_evidence": evidence(msg("how well the time of crossing is supported"), empty=True),
        "road": text(msg("road number"), empty=True),
        "toll": flag(msg("whether crossing costs money")),
        "car_ferry": flag(msg("whether the ferry takes cars; empty for fixed links"), empty=True),
        "domestic": flag(msg("whether both ends lie in Denmark")),
        "evidence": evidence(),
        **origin(),
    },
    key=("link_id",),
    rules=(
        RowRule(
            "ferry",
            ("crossing_min", "kind"),
            _ferry_timed,
            msg("the minutes of crossing for a ferry"),
            msg("fill in crossing_min"),
        ),
    ),
)

MAIN_ROADS: Final = Contract(
    "main_roads",
    msg("Numbered roads as ordered places: a rough stand-in for a road network"),
    {
        "route": text(msg("road number or name")),
        "chain": text(msg("part of the route; parts are not joined")),
        "seq": whole(msg("place in the order along the route"), low=1),
        "road_class": text(msg("class of the section from here to the next place"), allowed=ROAD_CLASSES),
        "place": text(msg("name of the place")),
        "geonameid": whole(msg("GeoNames id of the place"), low=1, empty=True),
        "lon": lon(),
        "lat": lat(),
        "point_source": text(msg("where the point comes from"), empty=True),
        "is_last": flag(msg("whether the chain ends here")),
        "evidence": evidence(),
        **origin(),
    },
    key=("route", "chain", "seq"),
)

RULES: Final = Contract(
    "rules",
    msg("Danish rules on the choice and capacity of general practitioners"),
    {
        "rule_id": text(msg("id of the rule"), pattern=WORD, looks=WORD_LOOKS),
        "measure": text(msg("what the rule limits")),
        "value": number(msg("the limit"), low=0),
        "unit": text(msg("unit of the limit")),
        "area": text(
            msg("where the rule holds: all, or municipality codes joined by |"),
            pattern=rf"all|{CODE}(\|{CODE})*",
            looks=msg("all, or codes such as 0101|0147"),
        ),
        "valid_from": valid_from(),
        "valid_to": valid_to(),
        "evidence": evidence(),
        **origin(),
    },
    key=("rule_id",),
    references=(
        Reference(("area",), "municipalities", ("municipality_code",), separator="|", also=("all",)),
    ),
    rules=(period_rule(),),
)


def _value_or_range(frame: pd.DataFrame) -> pd.Series:
    low, high = frame["value_low"], frame["value_high"]
    return frame["value"].notna() | (low.notna() & high.notna() & (low <= high))


FUNCTION_RATES: Final = Contract(
    "function_rates",
    msg("Yearly use of functions"),
    {
        "service": text(msg("the service counted"), pattern=WORD, looks=WORD_LOOKS),
        "function_id": text(
            msg("the function that comes closest"), pattern=WORD, looks=WORD_LOOKS, empty=True
        ),
        "indicator": text(msg("what is counted")),
        "value": number(msg("the figure; empty where only a range is known"), empty=True),
        "value_low": number(msg("lowest figure of a range"), empty=True),
        "value_high": number(msg("highest figure of a range"), empty=True),
        "unit": text(msg("unit of the figure")),
        "age_band": text(msg("ages the figure is for")),
        "period": text(msg("year or years of the figure"), empty=True),
        "evidence": evidence(),
        **origin(),
    },
    key=("service", "indicator", "unit", "age_band", "period"),
    references=(IN_FUNCTIONS,),
    rules=(
        RowRule(
            "figure",
            ("value", "value_low", "value_high"),
            _value_or_range,
            msg("a value, or value_low and value_high in this order"),
            msg("fill in value, or both ends of the range"),
        ),
    ),
)

REFERENCE_DRIVE_TIMES: Final = Contract(
    "reference_drive_times",
    msg("Typical car times between towns: a band for calibration, never a result"),
    {
        "from_town": text(msg("town of departure")),
        "to_town": text(msg("town of arrival")),
        "road_km": number(msg("distance by road"), unit=KM, low=0),
        "minutes": number(msg("time by car in free flow"), unit=MINUTES, low=0),
        "evidence": evidence(),
        **origin(),
    },
    key=("from_town", "to_town"),
)
