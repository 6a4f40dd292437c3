"""What the page of the health-house register says: its sentences and the sections below its tables."""

from collections.abc import Mapping
from typing import Final

from maps.pages.house_matrix import Register
from maps.telling.house_words import NOT_STATED, STATUS_WORDS
from maps.web.parts import Group, Section
from pipeline.messages import Message, msg
from pipeline.study_result import StudyResult

TEXTS: Final[Mapping[str, Message]] = {
    "on_this_page": msg("On this page"),
    "noscript_houses": msg(
        "Without JavaScript the tables can be read, but not filtered, sorted or compared."
    ),
    "key_figures": msg("Key figures"),
    "register": msg("The register"),
    "register_intro": msg(
        "Which functions each health house holds or plans, and what is known of its owner and cost. Filter "
        "the houses, or sort by a heading; choose a house to compare it."
    ),
    "filters": msg("Filter the houses"),
    "words": msg("Name or place"),
    "views": msg("Division of the country"),
    "region": msg("Region"),
    "cluster": msg("Cluster"),
    "function": msg("Function"),
    "owner": msg("Owner"),
    "status": msg("Status"),
    "every": msg("all"),
    "clear_filters": msg("Clear the filters"),
    "choose_table": msg("Choose a table"),
    "functions": msg("Functions"),
    "facts": msg("Owner, cost and sources"),
    "extra": msg("Also functions beyond the catalogue"),
    "functions_label": msg("Health houses and their functions; the table can be scrolled"),
    "facts_label": msg("Health houses, owner, cost and sources; the table can be scrolled"),
    "house": msg("Health house"),
    "number": msg("Number"),
    "stated_for": msg("stated for"),
    "houses_holding": msg("Houses that hold it"),
    "not_stated": NOT_STATED,
    "plus_planned": msg("+ {count} planned"),
    "blank_note": msg("Blank means that no source states it, not that the house lacks it."),
    "mark_present": msg("in the house"),
    "mark_present_counted": msg("number of houses that hold it"),
    "mark_planned": msg("planned only"),
    "mark_past": msg("held until the house was replaced"),
    "mark_weak": msg("inferred or weakly supported"),
    "mark_blank": msg("blank: not stated – not the same as “no”"),
    "facts_note": msg(
        "Under each heading stands for how many houses it is stated. Cost per m² is the total cost over the "
        "floor area; sources often mean different things by both."
    ),
    "sources_and_notes": msg("Sources and notes"),
    "sources_short": msg("Sources"),
    "note": msg("Notes of the register"),
    "no_houses": msg("No house fits the filters."),
    "compare": msg("Two houses side by side"),
    "compare_intro": msg(
        "Choose any two houses. Functions and target groups count where they are in the house or planned; "
        "the share in common is what both have over what either has."
    ),
    "first_house": msg("First house"),
    "second_house": msg("Second house"),
    "too_few": msg("The register holds fewer than two houses, so there is nothing to compare."),
    "by_cluster": msg("Functions by cluster"),
    "by_cluster_intro": msg(
        "Which functions of the catalogue are known in the health houses of each cluster. Choose a cluster "
        "to see in which house, and what is not stated for any."
    ),
    "one_cluster": msg("One cluster in full"),
}
"""Sentences of the template."""

SCRIPT_TEXTS: Final[Mapping[str, Message]] = {
    "not_stated": NOT_STATED,
    "every": msg("all"),
    "planned": STATUS_WORDS["planned"],
    "past": STATUS_WORDS["past"],
    "houses_shown": msg("{shown} of {all} houses"),
    "compare_this": msg("show in the comparison"),
    "compared": msg("{first} and {second} side by side"),
    "on_map": msg("show on the map"),
    "tenants": msg("Functions by sector"),
    "support": msg("Evidence and sources"),
    "count": msg("{n} in use or planned"),
    "only": msg("Only {house}"),
    "in_both": msg("Both"),
    "functions_shared": msg("Functions: {both} of {either} in common ({share} %)"),
    "functions_unknown": msg("Functions: not stated for any of the two"),
    "groups_shared": msg("Target groups: {both} of {either} in common ({share} %)"),
    "groups_unknown": msg("Target groups: not known for any of the two"),
    "groups_note": msg(
        "A target group is known for {known1} of {all1} functions of {first} and {known2} of {all2} of "
        "{second}; most are inferred from what the function is."
    ),
    "open_cluster": msg("show in full"),
    "cluster_present": msg("Known in the cluster ({n})"),
    "cluster_planned": msg("Planned only ({n})"),
    "cluster_unknown": msg("Not stated for any house ({n})"),
    "cluster_houses": msg("Houses in the register ({n}): {names}."),
    "cluster_none": msg("The register holds no house in this cluster, so nothing is known of its functions."),
}
"""Sentences that the page's script fills in."""


def reading_section(register: Register) -> Section:
    """Say what a blank means, where the catalogue comes from and how houses are counted."""
    functions = register.names.result.functions
    catalogue = functions["in_catalogue"].astype(bool)
    inferred = int((functions["sector_evidence"] != "sourced").sum())
    grouped = functions["target_group"].notna()
    stated = int((grouped & (functions["target_evidence"] == "sourced")).sum())
    return Section(
        "reading",
        msg("How to read the register"),
        groups=(
            Group(
                msg("What a blank means"),
                (
                    msg(
                        "Not stated is not the same as missing: no public register says which functions a "
                        "house lacks."
                    ),
                    msg(
                        "A cluster without a mark may hold the function in a place that the register does "
                        "not know."
                    ),
                    msg(
                        "A planned house shows its plan of the year given; what came of it is not always "
                        "known."
                    ),
                ),
                "warning",
            ),
            Group(
                msg("The catalogue of functions"),
                (
                    msg(
                        "The catalogue is the {count:n} functions of Region Hovedstaden's vision for shared "
                        "health houses; {others:n} more are named by the houses' own sources or usage "
                        "figures.",
                        count=int(catalogue.sum()),
                        others=int((~catalogue).sum()),
                    ),
                    msg(
                        "A cardiology clinic counts as a hospital outpatient clinic of the catalogue, and so "
                        "on for other cases of a broader function; the comparison of two houses takes each "
                        "as it is stated."
                    ),
                    msg(
                        "The sector of {inferred:n} of {all:n} functions is inferred; {stated:n} of "
                        "{grouped:n} target groups are stated in a source.",
                        inferred=inferred,
                        all=len(functions),
                        stated=stated,
                        grouped=int(grouped.sum()),
                    ),
                ),
                "note",
            ),
            Group(
                msg("Houses and clusters"),
                (
                    msg("Health houses belong to the clusters of their municipality."),
                    msg(
                        "Areas, costs and shares are those of the sources and were not recalculated to one "
                        "year's prices."
                    ),
                ),
            ),
        ),
    )


def quality_sections(result: StudyResult) -> tuple[Section, ...]:
    """Tell what the checks found about houses, where they found anything."""
    told = tuple(
        finding.message
        for finding in result.findings
        if finding.keys and all(key.startswith("house-") for key in finding.keys)
    )
    if not told:
        return ()
    title = msg("Notes ({count:n}): {title}", count=len(told), title=msg("places and borders"))
    return (
        Section(
            "quality",
            msg("Data quality"),
            msg("Nothing is left out in silence: this is what the checks of the data found."),
            (Group(title, told, "note"),),
        ),
    )
