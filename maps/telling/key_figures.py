"""The key figures of a study: what the start page and the report begin with."""

from dataclasses import replace

from maps.naming import Names
from maps.telling.cluster_words import MODELLED
from maps.web.parts import Field
from maps.words import long_date
from pipeline.messages import Message, msg
from pipeline.site_words import SUITABLE
from pipeline.study_result import StudyResult


def key_figures(names: Names) -> tuple[Field, ...]:
    """Count what the shown scheme holds."""
    result = names.result
    shown = result.shown_scheme
    clusters = result.clusters[result.clusters["scheme"] == shown]
    members = result.cluster_members[result.cluster_members["scheme"] == shown]
    roles = result.facility_roles[result.facility_roles["scheme"] == shown]["role"]
    towns = result.municipalities["kind"] == "municipality"
    dated = result.municipalities["population_date"].max()
    count = {
        "municipalities": int(towns.sum()),
        "shared": int(members.loc[members["shared"], "municipality_code"].nunique()),
        "acute": int((roles == "acute").sum()),
        "others": int((roles == "non_acute").sum()),
        "without": int((~clusters["has_acute"]).sum()),
        "houses": int((roles == "open").sum()),
    }
    return (
        Field(msg("{count:|cluster|clusters}", count=len(clusters)), len(clusters)),
        _count(msg("{count:|municipality|municipalities}"), count["municipalities"]),
        _count(msg("{count:|municipality in two clusters|municipalities in two clusters}"), count["shared"]),
        Field(
            msg("people, {day}", day=long_date(dated, names.lang)), result.municipalities["population"].sum()
        ),
        _count(msg("{count:|acute hospital|acute hospitals}"), count["acute"]),
        _count(msg("{count:|other hospital in use|other hospitals in use}"), count["others"]),
        _count(
            msg("{count:|cluster without an acute hospital|clusters without an acute hospital}"),
            count["without"],
        ),
        _count(msg("{count:|open health house known|open health houses known}"), count["houses"]),
        Field(msg("general practitioners"), clusters["gps"].sum(), mark=MODELLED, caution=True),
        *_coverage_figures(result),
        *_site_figures(result),
    )


def _count(label: Message, count: int) -> Field:
    return Field(Message(label.text, {"count": count}), count)


def _coverage_figures(result: StudyResult) -> tuple[Field, ...]:
    """Count who lacks a GP, and in how many gaps."""
    if result.coverage is None:
        return ()
    sums = result.coverage.by_municipality
    gaps = result.coverage.gaps["access"].table
    mark = MODELLED if result.coverage.precision == "modelled" else ""
    return (
        Field(msg("people lack a GP within reach"), float(sums["people_any"].sum()), mark=mark, caution=True),
        replace(_count(msg("{count:|gap|gaps} in the coverage by GPs"), len(gaps)), mark=mark, caution=True),
    )


def _site_figures(result: StudyResult) -> tuple[Field, ...]:
    """Count the satellite functions and the candidates that suit one."""
    if result.sites is None:
        return ()
    found = result.sites.evaluation.table
    good = found.loc[found["verdict"].isin(SUITABLE), "site_id"].nunique()
    return (
        _count(msg("satellite {count:|function|functions} evaluated"), found["function_id"].nunique()),
        replace(
            _count(msg("{count:|place that suits|places that suit} one of them"), int(good)),
            mark=MODELLED,
            caution=True,
        ),
    )
