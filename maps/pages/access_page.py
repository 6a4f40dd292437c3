"""The page ``acute-access.html``: how soon people reach an acute hospital, and whose it is."""

from typing import Final

from maps.naming import Names
from maps.pages.access_layers import AccessFigures, access_layers, access_topology
from maps.pages.access_sums import (
    cluster_features,
    cluster_table,
    hospital_features,
    hospital_table,
    municipality_features,
    municipality_table,
)
from maps.pages.study_page import StudyPage, study_page_html
from maps.quality import data_notes
from maps.telling.access_words import access_notes
from maps.web.parts import (
    Group,
    Link,
    Section,
    View,
)
from pipeline.access import COUNTRY
from pipeline.messages import msg
from pipeline.study_result import StudyResult

FILE: Final = "acute-access.html"


def access_page(result: StudyResult, *, links: tuple[Link, ...] = ()) -> str:
    """Write the page on access to acute hospitals in the study's language.

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
    told = AccessFigures(names)
    page = StudyPage(
        file=FILE,
        title=msg("Travel time to the acute hospitals"),
        subtitle=msg("By car in free flow, to the nearest acute hospital on {day}", day=_day(names)),
        notes=(*data_notes(result), *access_notes(result)),
        reading=_reading(),
        topology=access_topology(told),
        features=(*municipality_features(told), *hospital_features(told), *cluster_features(told)),
        layers=access_layers(told),
        tables=(municipality_table(told), hospital_table(told), cluster_table(told)),
        views=tuple(_view(told, scheme) for scheme in names.schemes),
        view=result.shown_scheme,
        view_title=msg("Clusters to compare with"),
    )
    return study_page_html(names, page, links)


def _day(names: Names) -> str:
    return names.days[names.result.shown_scheme]


def _view(told: AccessFigures, scheme: str) -> View:
    row = told.figures[scheme, COUNTRY, COUNTRY]
    note = msg(
        "{share:n1} % of the people have an acute hospital of another cluster as their nearest; half of the "
        "country is there within {minutes:n} min.",
        share=100 * row.share_outside_own_cluster,
        minutes=row.travel_min_median,
    )
    return View(scheme, told.names.schemes[scheme], note)


def _reading() -> Section:
    return Section(
        "reading",
        msg("How to read the map"),
        groups=(
            Group(
                msg("What is measured"),
                (
                    msg(
                        "The fastest way by car from where people live to an acute hospital, without queues."
                    ),
                    msg("Ferries count with their sailing time and a wait for boarding."),
                    msg("A catchment is the land from which a hospital is the nearest in time."),
                    msg("Ambulances, and the wait for them, are not in the times."),
                    msg("No official limit is known in Denmark; 30 minutes is a convention of studies."),
                ),
            ),
        ),
    )
