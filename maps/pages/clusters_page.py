"""The page ``clusters.html``: the country's health clusters by scheme, with hospitals and health houses."""

from pathlib import Path
from typing import Final

from maps.naming import Names
from maps.pages.cluster_cards import cluster_features, municipality_features, practice_features
from maps.pages.cluster_layers import cluster_page_layers, study_topology
from maps.pages.cluster_tables import cluster_page_tables
from maps.pages.facility_cards import facility_features
from maps.pages.study_page import StudyPage, study_page_html
from maps.quality import data_notes
from maps.web.parts import Group, Link, Section, Text, View
from pipeline.messages import msg
from pipeline.study_result import StudyResult

FILE: Final = Path("clusters.html")


def clusters_page(result: StudyResult, *, links: tuple[Link, ...] = ()) -> str:
    """Write the cluster page of a study in the study's language.

    Parameters
    ----------
    result
        What the study found.
    links
        The other pages, for the navigation.

    Returns
    -------
    str
        One self-contained HTML file.
    """
    names = Names(result, result.settings.study.language)
    page = StudyPage(
        file=str(FILE),
        title=msg("Clusters, hospitals and health houses"),
        subtitle=" · ".join(names.schemes.values()),
        notes=data_notes(result),
        reading=_reading(),
        topology=study_topology(names),
        features=(
            *cluster_features(names),
            *municipality_features(names),
            *facility_features(names),
            *practice_features(names),
        ),
        layers=cluster_page_layers(names),
        tables=cluster_page_tables(names),
        views=tuple(_view(names, scheme) for scheme in names.schemes),
        view=result.shown_scheme,
        view_title=msg("Division of the country"),
    )
    return study_page_html(names, page, links)


def _view(names: Names, scheme: str) -> View:
    result = names.result
    clusters = result.clusters[result.clusters["scheme"] == scheme]
    members = result.cluster_members[result.cluster_members["scheme"] == scheme]
    stated = int((members["evidence"] == "sourced").sum())
    note: Text = msg(
        "As on {day}: {clusters:n} {clusters:|cluster|clusters}, {members:n} "
        "{members:|membership|memberships}, {stated:n} of them stated in a source.",
        day=names.days[scheme],
        clusters=len(clusters),
        members=len(members),
        stated=stated,
    )
    return View(scheme, names.schemes[scheme], note)


def _reading() -> Section:
    return Section(
        "reading",
        msg("How to read the map"),
        groups=(
            Group(
                msg("The three maps"),
                (
                    msg("Acute hospitals: with a joint emergency department on the day of the scheme."),
                    msg("Municipality clusters: the municipalities that work together around a hospital."),
                    msg("Practice clusters: groups of general practices; marked where they are assumed."),
                ),
            ),
            Group(
                msg("How the figures are counted"),
                (
                    msg(
                        "A municipality may belong to two clusters; it is striped, and opened it names both."
                    ),
                    msg(
                        "Hospitals belong to the clusters that a source states, else to their municipality's."
                    ),
                    msg("Health houses belong to the clusters of their municipality."),
                    msg("A mark tells that a figure is modelled, approximate or weakly supported."),
                ),
            ),
        ),
    )
