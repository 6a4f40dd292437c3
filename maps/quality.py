"""What a first-time reader must know: what is approximate or modelled, and what the checks found."""

from collections.abc import Iterable

from maps.naming import Names
from maps.web.parts import Group, Section, Text
from pipeline.clusters.practice_clusters import DEFAULT_BASIS
from pipeline.findings import Finding
from pipeline.messages import msg
from pipeline.roads.notes import KIND as ROADS
from pipeline.study_result import StudyResult


def data_notes(result: StudyResult) -> tuple[Text, ...]:
    """Say at the top of a page what is not measured."""
    notes: list[Text] = []
    if (result.municipalities["precision"] == "approximate").any():
        notes.append(msg("The municipal borders are approximate, for overview only."))
    if (result.clusters["gps_precision"] == "modelled").any():
        notes.append(msg("Numbers of general practitioners are modelled."))
    return tuple(notes)


def quality_section(names: Names) -> Section:
    """Write the section on data quality: what is not measured, then what the checks found."""
    return Section(
        "quality",
        msg("Data quality"),
        msg("Nothing is left out in silence: this is what the checks of the data found."),
        (*approximate_groups(names.result), *finding_groups(names)),
    )


def finding_groups(names: Names) -> tuple[Group, ...]:
    """List the findings for all schemes and then for each, warnings first."""
    findings = names.result.findings
    common = [f for f in findings if not f.scheme]
    groups = _groups([f for f in common if f.kind != ROADS], msg("places and borders"), folded=False)
    groups += _groups([f for f in common if f.kind == ROADS], msg("roads and ferries"), folded=True)
    for scheme, title in names.schemes.items():
        groups += _groups([f for f in findings if f.scheme == scheme], title, folded=True)
    return tuple(groups)


def _groups(findings: Iterable[Finding], title: Text, *, folded: bool) -> list[Group]:
    told = list(findings)
    groups = []
    warnings = tuple(f.message for f in told if f.severity == "warning")
    notes = tuple(f.message for f in told if f.severity == "note")
    if warnings:
        groups.append(
            Group(msg("Warnings ({count:n}): {title}", count=len(warnings), title=title), warnings, "warning")
        )
    if notes:
        heading = msg("Notes ({count:n}): {title}", count=len(notes), title=title)
        groups.append(Group(heading, notes, "note", folded=folded))
    return groups


def approximate_groups(result: StudyResult) -> tuple[Group, ...]:
    """List what is approximate, modelled or assumed, and what that means for a reader."""
    lines: list[Text] = []
    if (result.municipalities["precision"] == "approximate").any():
        lines.append(
            msg(
                "Municipal borders: drawn from an open overview map and fitted by known points. Borders and "
                "coasts may be off by hundreds of metres, in places by more; small islands are circles. "
                "They do not tell on which side of a border an address is."
            )
        )
    if (result.clusters["gps_precision"] == "modelled").any():
        lines.append(
            msg(
                "General practitioners: each region's number, spread over its municipalities by their "
                "practices. No public count by municipality is known."
            )
        )
    rough = int(result.facilities["point_precision"].isin(["town", "estimate"]).sum())
    if rough:
        lines.append(
            msg(
                "{count:n} of {all:n} {all:|hospital|hospitals} and houses stand roughly, most in "
                "the middle of their town.",
                count=rough,
                all=len(result.facilities),
            )
        )
    if (result.practice_clusters["basis"] == DEFAULT_BASIS).any():
        lines.append(
            msg("Practice clusters: assumed one per municipality, since no public register names them.")
        )
    lines.append(msg("Health houses: gathered from public sources; the list is not complete."))
    return (Group(msg("Approximate, modelled or assumed"), tuple(lines), "warning"),)
