"""What a reader of GP coverage should know: people not judged, limits that ended, rules that tell little."""

import datetime as dt

import numpy as np
import pandas as pd

from pipeline.coverage import ACCESS_RULES, flagged, supply_of
from pipeline.coverage.limits import all_limits
from pipeline.coverage.reach import UNKNOWN_STATUS
from pipeline.coverage.rules import RULES
from pipeline.findings import Finding
from pipeline.messages import msg
from pipeline.settings.coverage import CoverageSettings


def coverage_findings(covered: pd.DataFrame, settings: CoverageSettings, on: dt.date) -> list[Finding]:
    """Report what a reader of the verdicts should know: people not judged, limits that have ended."""
    findings = []
    unjudged = covered["travel_status"].isin(UNKNOWN_STATUS)
    if unjudged.any():
        findings.append(
            Finding(
                "people_not_judged",
                msg(
                    "{count:n} {count:|point|points} with {people:n} {people:|person|people} "
                    "{count:|has|have} no usable road and {count:|is|are} not judged",
                    count=int(unjudged.sum()),
                    people=float(covered.loc[unjudged, "people"].sum()),
                ),
                keys=tuple(covered.loc[unjudged, "demand_id"].head(20)),
            )
        )
    limits = all_limits(settings, covered["municipality_code"], on)
    if settings.capacity.enabled and limits["capacity"].expired.any():
        findings.append(
            Finding(
                "capacity_limit_expired",
                msg(
                    "the limit of patients per GP is no longer in force on {day}; the last one is used for "
                    "want of figures for each municipality",
                    day=on.isoformat(),
                ),
            )
        )
    findings += [
        Finding("rule_blind", msg("the rule {rule} could not be judged anywhere", rule=rule), keys=(rule,))
        for rule in RULES
        if f"{rule}_broken" in covered and covered[f"{rule}_broken"].isna().all()
    ]
    people = float(covered.loc[flagged(covered, ACCESS_RULES), "people"].sum())
    findings.append(
        Finding(
            "people_in_gaps",
            msg(
                "{people:n} of {all:n} {all:|person|people} {people:|has|have} a GP too far away or too "
                "little choice",
                people=people,
                all=float(covered["people"].sum()),
            ),
            severity="note",
        )
    )
    return findings


def capacity_figures(
    demand: pd.DataFrame, practices: pd.DataFrame, settings: CoverageSettings, on: dt.date
) -> tuple[float, float]:
    """Find the people for each GP that serves, and the least strict limit that holds anywhere."""
    supply = supply_of(practices, on)
    gps = float(supply.capacity[supply.serving].sum())
    people = float(demand["weight"].sum())
    limits = all_limits(settings, demand["municipality_code"], on)["capacity"].value
    limit = float(np.nanmax(limits)) if np.isfinite(limits).any() else float("nan")
    return people / gps if gps else float("inf"), limit


def capacity_findings(average: float, limit: float) -> list[Finding]:
    """Report that a study has more people for each GP than the limit, on average (see `capacity_figures`)."""
    if not average > limit:
        return []
    return [
        Finding(
            "capacity_average",
            msg(
                "there are {mean:n} people for each GP on average, more than the limit of {limit:n}: the "
                "rule on capacity is broken in most places, whatever the distances",
                mean=average,
                limit=limit,
            ),
        )
    ]
