"""Contracts of the result tables on travel times to acute hospitals."""

from typing import Final

from pipeline.messages import msg
from pipeline.schemas.areas import SCHEME
from pipeline.schemas.common import MINUTES, PEOPLE, Contract, flag, municipality_code, number, text
from pipeline.travel_status import Status

LIMITS_MIN: Final = (15, 30, 45, 60)
"""Minutes that shares of people are told for; 30 is a convention of studies, no Danish goal is known."""

STATUS: Final = text(
    msg("found by road, only by ferry, or the reason why there is no time"),
    allowed=tuple(status.word for status in Status),
)

CATCHMENTS: Final = Contract(
    "catchments",
    msg("Each municipality by the acute hospital its people reach soonest"),
    {
        "scheme": SCHEME,
        "municipality_code": municipality_code(),
        "municipality_name": text(msg("name of the municipality"), empty=True),
        "facility_id": text(msg("the acute hospital reached soonest; empty where none"), empty=True),
        "facility_name": text(msg("its name"), empty=True),
        "people": number(msg("people of the municipality who reach it soonest"), unit=PEOPLE, low=0),
        "people_share": number(msg("their share of the municipality's people"), low=0, high=1, empty=True),
        "travel_min_median": number(
            msg("travel time that half of them do not exceed"), unit=MINUTES, low=0, empty=True
        ),
        "travel_min_p90": number(
            msg("travel time that nine in ten of them do not exceed"), unit=MINUTES, low=0, empty=True
        ),
        "own_cluster": flag(msg("whether the hospital belongs to a cluster of the municipality"), empty=True),
        "status": STATUS,
    },
    key=("scheme", "municipality_code", "facility_id", "status"),
)

ACUTE_ACCESS: Final = Contract(
    "acute_access",
    msg("Travel time to the nearest acute hospital by municipality, cluster and country"),
    {
        "scheme": SCHEME,
        "level": text(msg("what the row sums up"), allowed=("municipality", "cluster", "country")),
        "key": text(msg("code of the municipality, id of the cluster, or country")),
        "name": text(msg("its name"), empty=True),
        "people": number(msg("people, shared municipalities by the split rule"), unit=PEOPLE, low=0),
        "people_reached": number(msg("people with a travel time"), unit=PEOPLE, low=0),
        "travel_min_median": number(
            msg("travel time that half of the people do not exceed"), unit=MINUTES, low=0, empty=True
        ),
        "travel_min_p90": number(
            msg("travel time that nine in ten people do not exceed"), unit=MINUTES, low=0, empty=True
        ),
        "travel_min_max": number(msg("longest travel time of anybody"), unit=MINUTES, low=0, empty=True),
        **{
            f"share_within_{limit}_minutes": number(
                msg("share of all people within as many minutes as the name says"), low=0, high=1, empty=True
            )
            for limit in LIMITS_MIN
        },
        "people_ferry_only": number(msg("people who need a ferry"), unit=PEOPLE, low=0),
        "people_unreached": number(msg("people without a travel time"), unit=PEOPLE, low=0),
        "share_outside_own_cluster": number(
            msg("share of the people reached whose nearest acute hospital is of another cluster"),
            low=0,
            high=1,
            empty=True,
        ),
    },
    key=("scheme", "level", "key"),
)
