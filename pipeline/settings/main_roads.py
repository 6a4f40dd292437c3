"""Settings of the bundled main-road network: crow-fly sections made into driving times."""

from typing import Annotated

from pydantic import Field

from pipeline.settings.sections import Section

Speed = Annotated[float, Field(gt=0, le=200, allow_inf_nan=False)]
Detour = Annotated[float, Field(ge=1, le=3, allow_inf_nan=False)]
Delay = Annotated[float, Field(ge=0, le=60, allow_inf_nan=False)]


class SectionSpeed(Section):
    """How a class of main road is driven between two places."""

    kmh: Speed
    """Mean speed between towns, km/h. Calibrated on typical town-to-town times."""

    detour: Detour
    """Road length divided by the crow-fly length between two neighbouring places. Calibrated on typical road
    distances."""


class MainRoadSettings(Section):
    """The bundled network: numbered roads as ordered places, and assumed local roads between them.

    The values were fitted to typical drive times between 30 pairs of towns, themselves known to about ±10 %.
    """

    motorway: SectionSpeed = SectionSpeed(kmh=112, detour=1.06)
    """Motorways."""

    expressway: SectionSpeed = SectionSpeed(kmh=90, detour=1.08)
    """Expressways (motortrafikveje)."""

    primary: SectionSpeed = SectionSpeed(kmh=80, detour=1.12)
    """Primary routes."""

    secondary: SectionSpeed = SectionSpeed(kmh=72, detour=1.16)
    """Secondary routes."""

    local: SectionSpeed = SectionSpeed(kmh=55, detour=1.25)
    """Assumed local roads. No map lies behind them: they join neighbouring places that no water parts."""

    town_min: Delay = 1.0
    """Driving from the edge of a town of 10,000 people to its centre, minutes; grows with the square root of
    the population. A road passing through takes `through_share` of it at each side."""

    through_share: Annotated[float, Field(ge=0, le=1)] = 0.5
    """How much of the town driving a primary or secondary road meets that passes a town (bypasses spare the
    rest)."""

    junction_min: Delay = 2.0
    """Between a motorway and the centre of a place at it, minutes, beside the town driving."""

    junction_km: Annotated[float, Field(ge=0, le=20)] = 2.0
    """The same in kilometres."""

    local_spacing_km: Annotated[float, Field(ge=1, le=10)] = 2.8
    """Distance between the assumed crossings of local roads in open land, kilometres; together with the
    snapping limit it decides that every spot on land has a road near."""

    most_water_m: Annotated[float, Field(ge=0, le=5000)] = 100.0
    """A local road may lie this far outside the (approximate) land, metres, and no farther."""
