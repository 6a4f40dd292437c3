"""Words and colours of travel-time bands, and what travel times rest on."""

from maps import theme
from maps.web.parts import Text
from pipeline.access.areas import BANDS_MIN, FARTHER, NOT_REACHED
from pipeline.messages import Message, msg
from pipeline.study_result import StudyResult


def band_name(band: str) -> Message:
    """Say a band of travel time in words."""
    if band == FARTHER:
        return msg("more than {limit} min", limit=BANDS_MIN[-1])
    if band == NOT_REACHED:
        return msg("not reached by road or car ferry")
    at = [str(limit) for limit in BANDS_MIN].index(band)
    if at == 0:
        return msg("up to {limit} min", limit=band)
    return msg("{low} to {limit} min", low=BANDS_MIN[at - 1], limit=band)


def band_fill(band: str) -> str:
    """Give the colour of a band; the darker, the farther."""
    order = [*(str(limit) for limit in BANDS_MIN), FARTHER]
    return theme.SEQUENTIAL[order.index(band)] if band in order else theme.LAND


def access_notes(result: StudyResult) -> tuple[Text, ...]:
    """Say at the top of a page what the travel times rest on."""
    notes: list[Text] = []
    if result.router.network.arcs.precision == "approximate":
        notes.append(msg("Travel times are approximate: numbered roads and assumed local roads."))
    if (result.demand["precision"] == "modelled").any():
        notes.append(msg("Where people live within a municipality is modelled."))
    return tuple(notes)
